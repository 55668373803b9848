"""What happens to each client's limit: the first rule that holds, in steps, and what it asks for.

More risk never earns a higher limit: a client gets at most what the same facts would give him in every safer segment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.policy.conditions import Facts, Flags, Numbers, holds
from inadimplencia_ml.policy.credit_limit.rules import CHANGES, Change, LimitRule, LimitsInForce
from inadimplencia_ml.policy.credit_limit.wanted import BOUNDS, Wish, wished
from inadimplencia_ml.policy.sections import ROWS

__all__ = ["Limits", "limits_of"]

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Limits:
    """By client.

    Attributes
    ----------
    present, limit : float arrays
        The limit now (NaN: none known) and the one decided; NaN where nothing can be said (frozen without a limit).
    change : int array
        Position in CHANGES.
    rule : int array
        Position in ``rules`` of what decided.
    rules : tuple of str
    bound : int array
        Position in BOUNDS of what binds the limit that purchases, risk and means speak for.
    wished : float array
        That limit.
    notice_days : int array
        Days of notice before a cut holds; 0 for none.
    needs_consent, needs_approval : bool arrays
        An increase waits for the client's consent; a person must approve.
    no_new_sales : bool array
        No sale on credit until it is over.
    """

    present: Numbers
    limit: Numbers
    change: Codes
    rule: Codes
    rules: tuple[str, ...]
    bound: Codes
    wished: Numbers
    notice_days: Codes
    needs_consent: Flags
    needs_approval: Flags
    no_new_sales: Flags

    @property
    def changes(self) -> tuple[Change, ...]:
        """Names of the positions in ``change``."""
        return CHANGES

    @property
    def bounds(self) -> tuple[str, ...]:
        """Names of the positions in ``bound``."""
        return BOUNDS


class _InSegment:
    """The same facts, as if all clients were of one segment."""

    def __init__(self, facts: Facts, segment: str) -> None:
        self._facts, self._segment = facts, segment

    def __len__(self) -> int:
        return len(self._facts)

    def kind(self, name: str) -> str:
        return self._facts.kind(name)

    def number(self, name: str) -> Numbers:
        return self._facts.number(name)

    def text_is(self, name: str, values: tuple[str, ...]) -> Flags:
        return np.full(len(self), self._segment in values) if name == "segment" else self._facts.text_is(name, values)

    def known(self, name: str) -> Flags:
        return np.ones(len(self), bool) if name == "segment" else self._facts.known(name)


def limits_of(rules: LimitsInForce, facts: Facts, segment: Codes) -> Limits:
    """The limit of every client.

    Parameters
    ----------
    rules : LimitsInForce
    facts : Facts
        Of the cases, the derived ones with them.
    segment : int array
        Position in ROWS.
    """
    present = facts.number("credit_limit")
    wish = wished(
        rules,
        probability=facts.number("probability"),
        purchases_12m=facts.number("purchases_12m"),
        months=facts.number("purchase_months_12m"),
        term_days=facts.number("mean_term_days_12m"),
        late_days=facts.number("mean_late_days_12m"),
        income=facts.number("income"),
        balance=np.nan_to_num(facts.number("open_amount")),
        present=present,
        others_of_group=facts.number("group_open_amount") - facts.number("open_amount"),
    )
    names = tuple(rules.rules)
    limit, change, rule = (np.full(len(facts), fill) for fill in (np.inf, len(CHANGES), -1))
    limit, change, rule = limit.astype(np.float64), change.astype(np.int64), rule.astype(np.int64)
    for number, row in enumerate(ROWS):
        # "none" is neither safer nor riskier than another row: it counts for its own clients alone.
        counts = segment == number if row == "none" else (segment >= number) & (segment < ROWS.index("none"))
        if counts.any():
            own = _in_row(rules, names, _InSegment(facts, row), wish, present)
            less = counts & ((_known(own[0]) < _known(limit)) | ((_known(own[0]) == _known(limit)) & (own[1] < change)))
            limit, change, rule = (
                np.where(less, new, old) for new, old in zip(own, (limit, change, rule), strict=True)
            )
    return _with_terms(rules, names, wish, present, limit, change, rule)


def _known(limit: Numbers) -> Numbers:
    """A limit that is not known is frozen: nothing more is given."""
    return np.nan_to_num(limit, nan=0.0, posinf=np.inf)


def _in_row(
    rules: LimitsInForce, names: tuple[str, ...], facts: Facts, wish: Wish, present: Numbers
) -> tuple[Numbers, Codes, Codes]:
    """Limit, change and rule as the facts of one segment give them."""
    recent = facts.number("days_since_limit_change") < rules.steps.cool_down_days
    out, change = np.full(len(facts), np.nan), np.zeros(len(facts), np.int64)
    rule, free = np.full(len(facts), -1, np.int64), np.ones(len(facts), bool)
    for number, name in enumerate(names):
        one = rules.rules[name]
        mine = free & holds(one.when, facts)
        if one.waits:
            mine &= ~recent
        limit, what = _moved(rules, one, wish.limit, present, facts.number("limit_before_cut"))
        out[mine], change[mine], rule[mine] = limit[mine], what[mine], number
        free &= ~mine
    return out, change, rule


def _moved(
    rules: LimitsInForce, one: LimitRule, wish: Numbers, present: Numbers, before: Numbers
) -> tuple[Numbers, Codes]:
    """Where one rule takes every limit, and what that is; a change within the band is none."""
    steps, none = rules.steps, np.isnan(present)
    has = np.nan_to_num(present)
    same = "hold" if one.change == "hold" else "keep"
    if one.change == "prepay_only":
        return np.zeros(len(wish)), np.full(len(wish), CHANGES.index("prepay_only"))
    if one.change == "freeze":
        return present.copy(), np.full(len(wish), CHANGES.index("freeze"))
    aim = has
    if one.change in ("offer_increase", "grant"):
        aim = np.maximum(has, np.minimum(wish, has * (1 + steps.up)))
    elif one.change == "restore":
        aim = np.maximum(has, np.minimum(wish, np.nan_to_num(before) * (one.share or 0.0)))
    elif one.change == "reduce_to_need":
        aim = np.minimum(has, np.maximum(wish, has * (1 - steps.down)))
    elif one.change == "reduce":
        aim = has * (1 - (one.share or 0.0))
    aim = np.where(aim == has, has, np.floor(aim / steps.round_to + 1e-9) * steps.round_to)
    moved = np.abs(aim - has) >= steps.band * np.maximum(has, 1e-9)
    moved &= aim != has
    limit, what = np.where(moved, aim, has), np.where(moved, CHANGES.index(one.change), CHANGES.index(same))
    if one.change in ("reduce", "hold"):  # nothing is granted to a client who is late
        return np.where(none, np.nan, limit), np.where(none, CHANGES.index("freeze"), what).astype(np.int64)
    return np.where(none, wish, limit), np.where(none, CHANGES.index("grant"), what).astype(np.int64)


def _with_terms(
    rules: LimitsInForce,
    names: tuple[str, ...],
    wish: Wish,
    present: Numbers,
    limit: Numbers,
    change: Codes,
    rule: Codes,
) -> Limits:
    terms, lines = rules.terms, [rules.rules[name] for name in names]
    worse, approval = (np.array([getattr(one, what) for one in lines])[rule] for what in ("worse", "approval"))
    with np.errstate(invalid="ignore"):
        cut, raised = limit < present, limit > present
    at_once = worse & terms.at_once_if_worse
    stopped = np.isin(change, [CHANGES.index("freeze"), CHANGES.index("prepay_only")])
    return Limits(
        present=present,
        limit=limit,
        change=change,
        rule=rule,
        rules=names,
        bound=wish.bound,
        wished=wish.limit,
        notice_days=np.where(cut & ~at_once, terms.reduction_notice_days, 0).astype(np.int64),
        needs_consent=raised & terms.increase_needs_consent,
        needs_approval=approval & (cut | stopped),
        no_new_sales=stopped,
    )
