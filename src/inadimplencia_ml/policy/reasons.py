"""Why: each decision's reasons as a list of text, every one a code and a sentence in Portuguese.

Sentences are made once for each thing that can be said and then taken by number, so that a million cases cost no more
Python than a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.policy.conditions import Flags, Numbers
from inadimplencia_ml.policy.dunning import Ladder, Wanted
from inadimplencia_ml.policy.eligible import PRESUPPOSED
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.sections import HOUSE_CHOICE, PROFILES, ROWS, STATES

__all__ = ["days_late_text", "named_lists", "reasons_of"]

Codes = npt.NDArray[np.int64]

BLOCK = 1_000_000  # rows a chunk: the texts of one chunk stay below the two gigabytes of an Arrow list
SEGMENT_SENTENCES = {"low": "risco baixo", "medium": "risco médio", "high": "risco alto", "none": "risco desconhecido"}
SILENT = "espera: nesta etapa a régua não fala com clientes desta linha."
NO_HISTORY = "histerese: desligada, pois não há decisão anterior à mão; a etapa é a de hoje."


def days_late_text(dpd: int) -> str:
    """A dpd in words.

    >>> days_late_text(1), days_late_text(0), days_late_text(-3)
    ('1 dia de atraso', 'no vencimento', 'vence em 3 dias')
    """
    if dpd == 0:
        return "no vencimento"
    days = f"{abs(dpd)} dia" + ("s" if abs(dpd) != 1 else "")
    return f"{days} de atraso" if dpd > 0 else f"vence em {days}"


class _Sentences:
    """Numbered sentences, and for each slot of a reason which one a case takes (-1 for none)."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.slots: list[npt.NDArray[np.int32]] = []

    def say(self, texts: Sequence[str], which: Codes) -> None:
        """A slot: position in ``texts`` by case, -1 for silence."""
        self.slots.append(np.where(which >= 0, which + len(self.texts), -1).astype(np.int32))
        self.texts.extend(texts)

    def lists(self) -> pa.ChunkedArray:
        """One list of text a case."""
        dictionary = pa.array(self.texts, pa.string())
        n = len(self.slots[0])
        chunks = []
        for start in range(0, max(n, 1), BLOCK):
            table = np.stack([slot[start : start + BLOCK] for slot in self.slots], axis=1)
            said = table >= 0
            offsets = np.concatenate([[0], np.cumsum(said.sum(axis=1))]).astype(np.int32)
            chunks.append(pa.ListArray.from_arrays(pa.array(offsets), dictionary.take(pa.array(table[said]))))
        return pa.chunked_array(chunks)


def reasons_of(
    rules: PolicyInForce,
    ladder: Ladder,
    asked: Wanted,
    *,
    dpd: Numbers,
    segment: Codes,
    state: Codes,
    profile: Codes,
    held: Flags,
    escalation: Codes,
    unknown_past: Flags,
) -> pa.ChunkedArray:
    """The reasons of every case.

    Parameters
    ----------
    held : bool array, cases x safeguards
        What held something back.
    escalation : int array
        Action proposed beside, -1 for none.
    unknown_past : bool array
        Cases without an earlier decision.
    """
    policy = rules.policy
    say = _Sentences()
    _say_stage(say, ladder, asked.stage, dpd)
    names = [f"segmento: {SEGMENT_SENTENCES[row]}." for row in ROWS]
    told = [f"{name}: {policy.states[name].sentence}" for name in STATES]  # type: ignore[index]
    say.say([*names, *told], np.where(state == 0, segment, state + len(ROWS)))
    say.say([SILENT], np.where((asked.stage >= 0) & (asked.step < 0), 0, -1))
    by_profile = [f"{code}: {policy.profiles[code].sentence}" for code in PROFILES]  # type: ignore[index]
    say.say(by_profile, np.where(asked.by_profile, profile, -1))
    for number, text in enumerate(_held_texts(rules)):
        if held[:, number].any():
            say.say([text], np.where(held[:, number], 0, -1))
    proposed = [f"{a}: proposta, só com a aprovação de uma pessoa. {one.sentence}" for a, one in rules.actions.items()]
    say.say(proposed, escalation)
    say.say([NO_HISTORY], np.where(unknown_past, 0, -1))
    return say.lists()


def _held_texts(rules: PolicyInForce) -> list[str]:
    """What to say of each safeguard: its code, the rules it comes from, its sentence."""
    texts = []
    for name in rules.safeguards:
        entry = rules.policy.safeguards[name]
        sources = ", ".join(s for s in entry.source if s != HOUSE_CHOICE)
        texts.append(f"{name}{f' ({sources})' if sources else ''}: {entry.sentence}")
    return [*texts, *(f"{name} ({source}): {sentence}" for name, (source, sentence) in PRESUPPOSED.items())]


def _say_stage(say: _Sentences, ladder: Ladder, stage: Codes, dpd: Numbers) -> None:
    """The stage with the days, or why there is none."""
    known = ~np.isnan(dpd)
    days = np.where(known, dpd, 0).astype(np.int64)
    pairs, which = np.unique(np.where(known, (stage + 1) << 32 | (days + 2**31), -1), return_inverse=True)
    texts = []
    for pair in pairs:
        number, late = int(pair >> 32) - 1, int(pair & (2**32 - 1)) - 2**31
        name = ladder.stages[number] if number >= 0 else "fora da régua"
        told = f"{name}: {days_late_text(late)} no pior título relevante."
        texts.append("sem etapa: nenhum título relevante a cobrar." if pair < 0 else told)
    say.say(texts, which)


def named_lists(flags: Flags, names: Sequence[str]) -> pa.Array:
    """The names flagged in each row, as a list; rows with the same flags share the work."""
    weights = np.left_shift(np.uint64(1), np.arange(len(names), dtype=np.uint64))
    patterns, which = np.unique(flags.astype(np.uint64) @ weights, return_inverse=True)
    lists = [[name for bit, name in enumerate(names) if int(p) >> bit & 1] for p in patterns]
    return pa.array(lists, pa.list_(pa.string())).take(pa.array(which))
