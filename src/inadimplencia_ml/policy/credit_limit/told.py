"""What to say of a limit, in Portuguese: the rule, what weighs most, and what the change still asks for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.policy.credit_limit.limits import Limits
from inadimplencia_ml.policy.credit_limit.rules import CHANGES, LimitRule, LimitRules

__all__ = ["limit_texts"]

_BOUNDS = (
    "o que o cliente precisa para o que compra",
    "o lucro esperado",
    "a perda que se aceita esperar",
    "a renda",
    "o teto da política",
    "o que o grupo já deve",
    "a falta de um escore",
)
_SAYS_BOUND = ("reduce_to_need", "restore", "offer_increase", "grant")


def limit_texts(
    limits: Limits, rules: LimitRules, in_force: dict[str, LimitRule]
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Every sentence that is needed, and by client which."""
    notice, days = np.unique(limits.notice_days, return_inverse=True)
    parts = (limits.rule, limits.change, limits.bound, days, limits.needs_consent, limits.needs_approval)
    stacked = np.stack([part.astype(np.int64) for part in parts], axis=1)
    radix = stacked.max(axis=0, initial=0) + 1
    code = np.zeros(len(stacked), np.int64)
    for column in range(stacked.shape[1]):
        code = code * radix[column] + stacked[:, column]
    _, first, which = np.unique(code, return_index=True, return_inverse=True)
    texts = [_text(limits, rules, in_force, int(notice[days[row]]), int(row)) for row in first]
    return texts, which.astype(np.int64)


def _otherwise(asked: str, done: str) -> str | None:
    """What to say where a rule did not do what its sentence tells.

    >>> _otherwise("reduce", "reduce"), _otherwise("offer_increase", "keep")
    (None, 'desta vez o limite fica como está')
    """
    if asked == done:
        return None
    if done in ("keep", "hold"):
        return None if asked in ("keep", "hold") else "desta vez o limite fica como está"
    if done == "grant":
        return None if asked == "keep" else "ainda sem limite, o cliente recebe um"
    return "sem limite conhecido, nada se concede" if done == "freeze" else None


def _text(limits: Limits, rules: LimitRules, in_force: dict[str, LimitRule], notice: int, row: int) -> str:
    name = limits.rules[limits.rule[row]]
    otherwise = _otherwise(in_force[name].change, CHANGES[limits.change[row]])
    said = [] if otherwise is None else [otherwise]
    if CHANGES[limits.change[row]] in _SAYS_BOUND:
        said.append(f"pesa mais {_BOUNDS[limits.bound[row]]}")
    if notice:
        said.append(f"com aviso de {notice} dia{'s' if notice != 1 else ''}")
    if limits.needs_consent[row]:
        said.append("só com o aceite do cliente")
    if limits.needs_approval[row] and otherwise is None:
        said.append("com a aprovação de uma pessoa")
    more = "; ".join(said)
    return f"limite, {name}: {rules.rules[name].sentence}" + (f" {more[0].upper()}{more[1:]}." if more else "")
