"""What we owe a client who has paid: records withdrawn, letters, cancelled protests, each with its day.

A duty is not an action: no cap, window or safeguard holds it back, and nobody has to approve it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.calendar import UFS, Calendar
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.sections import HOUSE_CHOICE
from inadimplencia_ml.tables import RECORDS

__all__ = ["business_days_after", "duties_owed"]

Days = npt.NDArray[np.int32]


def duties_owed(rules: PolicyInForce, records: pd.DataFrame | None, calendar: Calendar) -> pd.DataFrame:
    """One row a duty, in the order of the records: client_id, invoice_id, duty, due_on, rule.

    Parameters
    ----------
    records : DataFrame, optional
        The escalations that stand, as in `inadimplencia_ml.tables.RECORDS`. Duties follow from those whose title was
        settled or made void.
    """
    if records is None:
        return pd.DataFrame({name: [] for name in ("client_id", "invoice_id", "duty", "due_on", "rule")})
    for name in RECORDS.required:
        if name not in records.columns:
            raise CallError(f"records: column {name!r} is missing.{did_you_mean(name, map(str, records.columns))}")
    done = pd.to_datetime(records["settled_on"]) if "settled_on" in records else pd.Series(pd.NaT, records.index)
    in_effect = records["effective_on"].notna() if "effective_on" in records else pd.Series(False, records.index)
    parts = []
    for name, duty in rules.duties.items():
        mine = done.notna() & records["kind"].isin(duty.after)
        if duty.in_effect is not None:
            mine &= in_effect == duty.in_effect
        owed = records.loc[mine, ["client_id", "invoice_id"]]
        days = done[mine].to_numpy("datetime64[D]").astype(np.int32)
        due = business_days_after(days, duty.business_days, _states(records, mine), calendar)
        dates = due.astype("datetime64[D]").astype("datetime64[s]")
        parts.append(owed.assign(duty=name, due_on=dates, rule=_rule(rules, name)))
    if not parts:  # the policy names no duty
        return duties_owed(rules, None, calendar)
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)


def business_days_after(days: Days, count: int, uf: npt.NDArray[np.int8], calendar: Calendar) -> Days:
    """The day that lies ``count`` business days after each day; the day itself is not counted."""
    out = days.astype(np.int32, copy=True)
    for _ in range(count):
        out = calendar.adjust(out + np.int32(1), uf)
    return out


def _states(records: pd.DataFrame, mine: pd.Series) -> npt.NDArray[np.int8]:
    if "uf" not in records:
        return np.full(int(mine.sum()), -1, np.int8)
    return pd.Index(UFS).get_indexer(pd.Index(records.loc[mine, "uf"])).astype(np.int8)


def _rule(rules: PolicyInForce, name: str) -> str:
    sources = (rules.policy.duties or {})[name].source
    return ", ".join(s for s in sources if s != HOUSE_CHOICE) or HOUSE_CHOICE
