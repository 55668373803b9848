"""The terms of titles as arrays: what each agrees on, after the policy's caps, and the days of its money clock.

What a title does not say is not asked for. A rate beyond belief (a percentage written where a share belongs) is taken
as not said, and noted.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.calendar import UFS, Calendar
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.amounts.cents import ONE, in_cents, in_rate
from inadimplencia_ml.policy.amounts.rules import OTHER, AmountsInForce, Cap

__all__ = ["NOTES", "NO_DAY", "Terms", "days_of", "terms_of"]

I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

NO_DAY = -(2**40)
"""A day that was not given."""

NOTES: dict[str, str] = {
    "no_fine": "O título não prevê multa.",
    "fine_capped": "A multa combinada passa do limite; vale o limite.",
    "fine_above_soft_cap": "A multa combinada passa do usual; vale o combinado.",
    "fine_not_believed": "A multa informada não é crível; nada se soma.",
    "interest_capped": "Os juros combinados passam do limite; vale o limite.",
    "interest_above_soft_cap": "Os juros combinados passam do usual; vale o combinado.",
    "interest_not_believed": "Os juros informados não são críveis; nada se soma.",
    "above_twice_legal": "Os juros passam do dobro da taxa legal do mês.",
    "index_missing": "O título prevê um índice cuja série não foi informada; sem correção.",
}
"""What a balance may be noted for: the code, one bit each in this order, and the sentence."""

_BIT = {name: np.uint16(1 << place) for place, name in enumerate(NOTES)}


class Terms(NamedTuple):
    """By title. Days count from 1970-01-01, amounts are cents, rates 1e-8."""

    open_cents: I64  # principal outstanding, as the books have it
    amount_cents: I64  # original amount; 0 where not given
    due: I64
    pay_until: I64
    count_from: I64
    stops_on_credit: Flags
    fine: I64
    interest: I64  # a month; 0 where none is agreed
    interest_a_day: I64  # cents a day on the whole amount; 0 where none is agreed
    silent: Flags  # nothing at all is said of interest: what the law gives may hold
    price_index: I64  # position among the policy's indices, -1 for none
    discount: I64
    discount_until: I64  # NO_DAY where none
    contract_rate: I64  # of an instalment, a month
    notes: npt.NDArray[np.uint16]


def terms_of(
    titles: pd.DataFrame, rules: AmountsInForce, consumer: Flags | None, calendar: Calendar, *, legal: I64 | None = None
) -> Terms:
    """The terms of every title.

    Parameters
    ----------
    consumer : bool array, optional
        By title, whether consumer law holds; without it for all, the strictest reading.
    legal : int array, optional
        The legal rate of the month looked at, against which agreed interest is noted.
    """
    for name in ("due_date", "open_amount"):
        if name not in titles.columns:
            raise CallError(f"titles: column {name!r} is missing.{did_you_mean(name, map(str, titles.columns))}")
    n = len(titles)
    open_amount = _numbers(titles, "open_amount")
    if np.isnan(open_amount).any() or (open_amount < 0).any():
        raise CallError("titles: open_amount is missing or below zero in some rows.")
    who = (np.ones(n, bool) if consumer is None else np.asarray(consumer, bool)).astype(np.intp)
    notes = np.zeros(n, np.uint16)
    amount = in_cents(_numbers(titles, "amount"))
    fine, interest, a_day = _fine(titles, rules, who, notes), *_interest(titles, rules, who, amount, notes)
    due, pay_until, count_from, on_credit = _clock(titles, rules, calendar)
    if legal is not None:
        monthly = np.where(a_day > 0, _monthly(a_day, amount, rules), interest)
        notes[(monthly > 2 * legal) & (legal > 0)] |= _BIT["above_twice_legal"]
    until = days_of(titles["discount_until"]) if "discount_until" in titles.columns else np.full(n, NO_DAY)
    return Terms(
        in_cents(open_amount),
        amount,
        due,
        pay_until,
        count_from,
        on_credit,
        fine,
        interest,
        a_day,
        np.isnan(_numbers(titles, "interest_rate_month")) & np.isnan(_numbers(titles, "interest_per_day")),
        _codes(titles, "index", tuple(rules.indices), notes),
        in_rate(_shares(titles, "discount_rate")) if rules.punctuality_discount else np.zeros(n, np.int64),
        until,
        in_rate(_shares(titles, "contract_rate_month")),
        notes,
    )


def days_of(column: Any) -> I64:
    """Dates as days since 1970; NO_DAY where missing."""
    days = pd.to_datetime(pd.Series(column)).to_numpy("datetime64[D]")
    return np.where(np.isnat(days), NO_DAY, days.astype(np.int64))


def _numbers(titles: pd.DataFrame, name: str) -> Numbers:
    if name not in titles.columns:
        return np.full(len(titles), np.nan)
    return titles[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _shares(titles: pd.DataFrame, name: str) -> Numbers:
    """A share from 0 to 1; CallError for what is none."""
    values = _numbers(titles, name)
    if ((values < 0) | (values > 1)).any():
        raise CallError(f"titles: {name} is a share from 0 to 1; some rows have other values.")
    return values


def _fine(titles: pd.DataFrame, rules: AmountsInForce, who: npt.NDArray[np.intp], notes: Any) -> I64:
    given = _numbers(titles, "fine_rate")
    silly = (given < 0) | (given > rules.believable_fine)
    notes[np.isnan(given) | (given == 0)] |= _BIT["no_fine"]
    notes[silly] |= _BIT["fine_not_believed"]
    return _capped(in_rate(np.where(silly, 0, given)), rules.fine_caps, who, notes, "fine")


def _interest(
    titles: pd.DataFrame, rules: AmountsInForce, who: npt.NDArray[np.intp], amount: I64, notes: Any
) -> tuple[I64, I64]:
    """Interest a month, and in cents a day; where both are said the day's holds, unless the cap says less."""
    given = _numbers(titles, "interest_rate_month")
    silly = (given < 0) | (given > rules.believable_interest)
    notes[silly] |= _BIT["interest_not_believed"]
    monthly = in_rate(np.where(silly, 0, given))
    per_day = _numbers(titles, "interest_per_day")
    a_day = np.where((per_day > 0) & (amount > 0), in_cents(per_day), 0)
    equal = _monthly(a_day, amount, rules)
    wild = (per_day < 0) | (equal > in_rate(np.array(rules.believable_interest)))
    notes[wild] |= _BIT["interest_not_believed"]
    a_day = np.where(wild, 0, a_day)
    monthly = np.where(a_day > 0, _monthly(a_day, amount, rules), np.where(wild, 0, monthly))
    capped = _capped(monthly, rules.interest_caps, who, notes, "interest")
    a_day = np.where(capped < monthly, 0, a_day)
    return np.where(a_day > 0, 0, capped), a_day


def _monthly(a_day: I64, amount: I64, rules: AmountsInForce) -> I64:
    """The monthly rate that cents a day come to, rounded up, so that a cap is never passed unseen."""
    return np.where(a_day > 0, -((-a_day * rules.month_days * ONE) // np.maximum(amount, 1)), 0)


def _capped(rate: I64, caps: tuple[Cap | None, Cap | None], who: npt.NDArray[np.intp], notes: Any, name: str) -> I64:
    for place, cap in enumerate(caps):
        if cap is None:
            continue
        most = in_rate(np.array(cap.share))
        above = (who == place) & (rate > most)
        if cap.binding == "hard":
            rate = np.where(above, most, rate)
        notes[above] |= _BIT[f"{name}_capped" if cap.binding == "hard" else f"{name}_above_soft_cap"]
    return rate


def _clock(titles: pd.DataFrame, rules: AmountsInForce, calendar: Calendar) -> tuple[I64, I64, I64, Flags]:
    """Due date, last day in time, the day after which a late title counts, and whether the value date stops it."""
    due = days_of(titles["due_date"])
    if (due == NO_DAY).any():
        raise CallError("titles: due_date is missing in some rows.")
    adjusted = _adjusted(titles, due, calendar)
    names = tuple(rules.kinds)
    kind = _codes(titles, "kind", names, None)
    kind = np.where(kind < 0, names.index(OTHER), kind)
    clocks = tuple(rules.kinds.values())
    at_due = {f: np.array([getattr(c, f) == "due" for c in clocks])[kind] for f in ("pay_until", "count_from")}
    return (
        due,
        np.where(at_due["pay_until"], due, adjusted),
        np.where(at_due["count_from"], due, adjusted),
        np.array([c.stops_on == "credited_on" for c in clocks])[kind],
    )


def _adjusted(titles: pd.DataFrame, due: I64, calendar: Calendar) -> I64:
    given = days_of(titles["due_adj"]) if "due_adj" in titles.columns else np.full(len(due), NO_DAY)
    missing = given == NO_DAY
    if not missing.any():
        return given
    uf = _codes(titles, "uf", UFS, None).astype(np.int8)
    moved = calendar.adjust(due[missing].astype(np.int32), uf[missing]).astype(np.int64)
    given[missing] = moved
    return given


def _codes(titles: pd.DataFrame, name: str, known: tuple[str, ...], notes: Any) -> I64:
    """Positions in ``known``, -1 for none; a name that is not known is noted, if it is an index's."""
    if name not in titles.columns:
        return np.full(len(titles), -1, np.int64)
    codes, values = pd.factorize(titles[name])
    places = np.array([*pd.Index(known).get_indexer(pd.Index(values)), -1], np.int64)[codes]
    if notes is not None:
        notes[(places < 0) & (codes >= 0)] |= _BIT["index_missing"]
    return places
