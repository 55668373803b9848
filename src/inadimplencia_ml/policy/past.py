"""What earlier decisions tell: which stages a client has already lived, so that none is repeated and none skipped."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.conditions import Flags, Numbers
from inadimplencia_ml.policy.dunning import Ladder

__all__ = ["Past", "days_since_done", "furthest_rung", "past_of", "stages_lived"]

Codes = npt.NDArray[np.int64]


class Past(NamedTuple):
    """Earlier decisions that did something, and by case whether there is any decision at all."""

    case: Codes  # by decision
    stage: Codes  # position in the ladder, -1 outside it
    rung: Codes  # of the step that was taken
    days_ago: Codes
    unknown: Flags  # by case: no earlier decision


def past_of(ladder: Ladder, history: pd.DataFrame | None, client_ids: pd.Series, day: dt.date) -> Past:
    """The decisions before ``day``. CallError names a column that is missing."""
    if history is None:
        none = np.zeros(0, np.int64)
        return Past(none, none, none, none, np.ones(len(client_ids), bool))
    for name in ("client_id", "as_of", "stage", "action"):
        if name not in history.columns:
            raise CallError(f"history: column {name!r} is missing.{did_you_mean(name, map(str, history.columns))}")
    case = pd.Index(client_ids).get_indexer(pd.Index(history["client_id"])).astype(np.int64)
    ago = day_number(day) - pd.to_datetime(history["as_of"]).to_numpy("datetime64[D]").astype(np.int64)
    earlier = (case >= 0) & (ago > 0)
    unknown = np.bincount(case[earlier], minlength=len(client_ids)) == 0
    done = earlier & (history["action"] != "nothing").to_numpy()
    stages = pd.Index(ladder.stages)
    stage = stages.get_indexer(pd.Index(history["stage"])).astype(np.int64)
    told = stages.get_indexer(pd.Index(history["rung"])).astype(np.int64) if "rung" in history.columns else stage
    rung = np.where(told < 0, stage, told)
    return Past(case[done], stage[done], rung[done], ago[done], unknown)


def stages_lived(past: Past, stage: Codes, stage_dpd: Numbers) -> tuple[Numbers, Numbers]:
    """By case, how many stages beyond today's were lived in this delay, and days since the last such decision.

    NaN where none was. A delay begins with the title that gives the stage: what was done before it was late belongs to
    another one.
    """
    n = len(stage)
    with np.errstate(invalid="ignore"):
        same_delay = past.days_ago < stage_dpd[past.case]
    beyond = np.flatnonzero(same_delay & (past.stage > stage[past.case]))
    back, since = np.full(n, -np.inf), np.full(n, np.inf)
    np.maximum.at(back, past.case[beyond], (past.stage - stage[past.case])[beyond].astype(np.float64))
    np.minimum.at(since, past.case[beyond], past.days_ago[beyond].astype(np.float64))
    return np.where(np.isinf(back), np.nan, back), np.where(np.isinf(since), np.nan, since)


def days_since_done(past: Past) -> Numbers:
    """By case, days since the last decision that did something; NaN where none did."""
    since = np.full(len(past.unknown), np.inf)
    np.minimum.at(since, past.case, past.days_ago.astype(np.float64))
    return np.where(np.isinf(since), np.nan, since)


def furthest_rung(ladder: Ladder, past: Past, n: int) -> Codes:
    """By case the furthest stage whose step may be taken; the last of the ladder where nothing was done yet.

    It is the next after the last one lived, or the one that time alone has led to since.
    """
    out = np.full(n, len(ladder.stages) - 1, np.int64)
    lived = np.flatnonzero(past.rung >= 0)
    order = lived[np.lexsort((past.rung[lived], -past.days_ago[lived], past.case[lived]))]
    last = order[np.append(np.diff(past.case[order]) > 0, True)] if len(order) else order
    ends = np.append(ladder.starts[1:] - 1, ladder.starts[-1])
    by_time = ladder.stage_at((ends[past.rung[last]] + past.days_ago[last]).astype(np.float64))
    by_time = np.where(by_time < 0, len(ladder.stages) - 1, by_time)
    first_late = int(ladder.stage_at(np.array([1.0]))[0])
    out[past.case[last]] = np.maximum(np.maximum(past.rung[last] + 1, by_time), first_late)
    return out
