"""The facts that a policy may ask for: columns of cases and titles, and what follows from them on the day of contact.

What is not among the columns given is missing for everyone, and a missing fact fires no rule.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.policy.conditions import Flags, Numbers
from inadimplencia_ml.tables import CASES, TITLES, Column, Table

__all__ = ["DERIVED", "DERIVED_OF_GATES", "DERIVED_OF_TITLES", "FrameFacts", "fact_kinds"]

DERIVED: tuple[Column, ...] = (
    Column("segment", "text", "risk segment of the score"),
    Column("state", "text", "state of the score"),
    Column("probability", "number", "probability of the score's target"),
    Column("profile", "text", "P0 to P7"),
    Column("stage_dpd", "count", "dpd of the worst material title that may be collected"),
    Column("collectible_amount", "amount", "outstanding on titles that no safeguard leaves out"),
    Column("collectible_late_amount", "amount", "of it, on titles past due"),
    Column("days_since_contact", "count", "from the last outbound contact to the day of the next"),
    Column("days_since_reply", "count", "from the client's last answer to the day of the next contact"),
    Column("days_past_promise", "count", "from the open promise's due date to the day of the next contact"),
    Column("days_to_next_step", "count", "days that the stage's or the profile's pace still asks to wait"),
    Column("days_to_escalation", "count", "days until the profile allows an escalation"),
    Column("data_age_days", "count", "from the last day the books know to as_of"),
    Column(
        "data_age_business_days", "count", "business days, national, after the last day the books know, up to as_of"
    ),
    Column("wrong_channels", "count", "channels whose last contact came back, or reached someone else"),
    Column("stages_back", "count", "stages beyond today's that the client has lived in this delay; null for none"),
    Column("days_since_decision", "count", "from the last decision that did something to as_of"),
    Column("days_since_lived", "count", "from the last decision that did something beyond today's stage to as_of"),
)
"""Facts of a case that the engine works out."""

DERIVED_OF_TITLES: tuple[Column, ...] = (Column("days_since_due", "count", "from the due date, as known, to as_of"),)

DERIVED_OF_GATES: tuple[Column, ...] = (
    Column("days_to_notice_end", "count", "days of the notice that are still to pass; missing before it went out"),
    Column("part_paid", "amount", "paid of the title so far"),
    Column("own_gain", "amount", "expected of our own collecting of all that is late, less its cost"),
    Column("agency_gain", "amount", "expected of a collection agency after its fee, less own_gain"),
    Column("lawsuit_gain", "amount", "expected of a lawsuit after its cost, less own_gain where above zero"),
)
"""Facts that only gates may ask for; see `gates.facts`."""

_KINDS = {"id": "text", "text": "text", "any": "text", "bool": "bool"}


@cache
def fact_kinds(of: str) -> dict[str, str]:
    """Every fact of ``client``, ``title`` or ``gate`` with its kind: text, bool or number.

    A gate looks at a title and may ask for facts of its client too; where both have one, it is the title's.
    """
    of_client, of_title = (*CASES.columns, *DERIVED), (*TITLES.columns, *DERIVED_OF_TITLES)
    columns = {"client": of_client, "title": of_title, "gate": (*of_client, *of_title, *DERIVED_OF_GATES)}[of]
    return {c.name: _KINDS.get(c.kind, "number") for c in columns}


class FrameFacts:
    """Facts from the columns of a frame and from arrays beside it; arrays go first.

    Parameters
    ----------
    frame : DataFrame
        Cases or titles.
    table : Table
        Its contract: the kinds of its columns.
    """

    def __init__(self, frame: pd.DataFrame, table: Table) -> None:
        self.frame = frame
        self._kinds = {c.name: _KINDS.get(c.kind, "number") for c in table.columns}
        self._numbers: dict[str, Numbers] = {}
        self._texts: dict[str, npt.NDArray[np.object_]] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def add(self, name: str, values: npt.NDArray[np.generic]) -> None:
        """A further fact: numbers and flags as numbers, anything else as text."""
        if values.dtype.kind in "fiub":
            self._numbers[name] = values.astype(np.float64)
        else:
            self._texts[name] = values.astype(object)

    def has(self, name: str) -> bool:
        """Whether the fact was added, or is a column of the frame."""
        return name in self._numbers or name in self._texts or name in self.frame.columns

    def kind(self, name: str) -> str:
        """``text``, ``bool`` or ``number``."""
        if name in self._texts or name in self._numbers:
            return "text" if name in self._texts else "number"
        return self._kinds.get(name, "number")

    def number(self, name: str) -> Numbers:
        """A number, a date as days since 1970, a flag as 1 or 0; NaN where missing."""
        if name not in self._numbers:
            self._numbers[name] = self._read(name)
        return self._numbers[name]

    def _read(self, name: str) -> Numbers:
        if name not in self.frame.columns:
            return np.full(len(self), np.nan)
        column = self.frame[name]
        if name.endswith(("_on", "_date")):
            days = pd.to_datetime(column).to_numpy("datetime64[D]")
            return np.where(np.isnat(days), np.nan, days.astype(np.float64))
        return column.to_numpy(dtype=np.float64, na_value=np.nan)

    def text_is(self, name: str, values: tuple[str, ...]) -> Flags:
        """Where a text is one of ``values``."""
        if name in self._texts:
            return np.isin(self._texts[name], values)
        if name not in self.frame.columns:
            return np.zeros(len(self), bool)
        return self.frame[name].isin(list(values)).to_numpy(dtype=bool)

    def known(self, name: str) -> Flags:
        """Where the fact is not missing."""
        if self.kind(name) != "text":
            return ~np.isnan(self.number(name))
        if name in self._texts:
            return np.asarray(~pd.isna(self._texts[name]), bool)
        if name not in self.frame.columns:
            return np.zeros(len(self), bool)
        return self.frame[name].notna().to_numpy(dtype=bool)
