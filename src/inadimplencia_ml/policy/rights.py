"""Until when each right on a title lasts, and what is at stake: *calendário de direitos*.

Rights of the creditor end (a record, a lawsuit), and so do some of the client's (a discount for paying in time). The
policy holds each with its source and whether somebody has verified it; this only counts days.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.conditions import Condition, Numbers, holds
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.on_day import OnDay
from inadimplencia_ml.policy.sections import HOUSE_CHOICE, Dated, Strict
from inadimplencia_ml.tables import TITLES
from inadimplencia_ml.tables.same_kind import same_kind

if TYPE_CHECKING:
    from inadimplencia_ml.policy.policy import Policy

__all__ = ["Right", "RightsInForce", "rights_calendar"]

Day = Literal["due_date", "discount_until"]


class Right(Strict):
    """Whose right it is, for which titles, and how long after which day it lasts."""

    holder: Literal["creditor", "client"]
    when: Condition
    starts: Day
    years: Annotated[int, Field(ge=0, le=50)] = 0
    days: Annotated[int, Field(ge=0, le=3650)] = 0
    stake: Literal["open_amount", "discount"]


@dataclass(frozen=True)
class RightsInForce:
    """The rights of a day, by code."""

    of: dict[str, Right]

    @classmethod
    def on(cls, rules: dict[str, Dated[Right]] | None, day: OnDay) -> RightsInForce | None:
        """The rights in force; None where the policy has no such section."""
        return None if rules is None else cls(day.present(rules))


@same_kind("titles")
def rights_calendar(policy: Policy, titles: pd.DataFrame, as_of: dt.date | str) -> pd.DataFrame:
    """Per title and right: the last day and the value at stake.

    Parameters
    ----------
    policy : Policy
    titles : DataFrame
        One row an open title, as `inadimplencia_ml.tables.TITLES` says.
    as_of : date

    Returns
    -------
    DataFrame
        client_id, invoice_id, right, holder, last_day, days_left (below 0: over), value (money), rule (its sources),
        verified (every source was read in force), sentence; by title, then in the order of the policy.

    Raises
    ------
    CallError
        A column is missing.

    Examples
    --------
    >>> from inadimplencia_ml.policy.policy import Policy
    >>> titles = pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "due_date": ["2021-03-10"], "dpd": [1470],
    ...                        "dpd_original": [1470], "open_amount": [900.0]})
    >>> told = rights_calendar(Policy.default(), titles, "2025-03-19")
    >>> told.loc[told["right"] == "record", ["last_day", "days_left", "value", "rule", "verified"]].values.tolist()
    [[Timestamp('2026-03-10 00:00:00'), 356, 900.0, 'R32', False]]
    """
    for name in TITLES.required:
        if name not in titles.columns:
            hint = did_you_mean(name, map(str, titles.columns))
            raise CallError(f"titles: column {name!r} is missing.{hint}")
    rules = policy.in_force(as_of)
    facts, day = FrameFacts(titles, TITLES), np.datetime64(rules.day, "D")
    found = []
    for number, (code, right) in enumerate(({} if rules.rights is None else rules.rights.of).items()):
        last = _last_day(titles, right)
        rows = np.flatnonzero(holds(right.when, facts) & ~np.isnat(last))
        sources = [s for s in policy.rights[code].source if s != HOUSE_CHOICE] if policy.rights else []
        verified = all(policy.references[s].verified_on is not None for s in sources)
        part = titles.iloc[rows][["client_id", "invoice_id"]].assign(
            right=code,
            holder=right.holder,
            last_day=last[rows].astype("datetime64[s]"),
            days_left=(last[rows] - day).astype(np.int64),
            value=_stake(facts, right)[rows],
            rule=", ".join(sources),
            verified=verified,
            sentence="" if policy.rights is None else policy.rights[code].sentence,
        )
        found.append(part.assign(_row=rows, _right=number))
    if not found:
        names = "client_id invoice_id right holder last_day days_left value rule verified sentence".split()
        return pd.DataFrame(columns=names)
    table = pd.concat(found, ignore_index=True).sort_values(["_row", "_right"], ignore_index=True)
    return table.drop(columns=["_row", "_right"])


def _last_day(titles: pd.DataFrame, right: Right) -> npt.NDArray[np.datetime64]:
    """The last day of the right; a day of a month that is shorter some years later becomes its last one."""
    if right.starts not in titles.columns:
        return np.full(len(titles), np.datetime64("NaT", "D"))
    start = pd.to_datetime(titles[right.starts])
    moved = start + pd.DateOffset(years=right.years, days=right.days)
    return np.asarray(moved.to_numpy("datetime64[D]"))


def _stake(facts: FrameFacts, right: Right) -> Numbers:
    if right.stake == "open_amount":
        return facts.number("open_amount")
    return np.asarray(np.round(facts.number("amount") * facts.number("discount_rate"), 2), np.float64)
