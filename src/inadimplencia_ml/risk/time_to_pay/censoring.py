"""Kaplan-Meier curves, and the weights that make up for follow-ups lost from sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError

__all__ = ["StepCurve", "censoring_curve", "kaplan_meier"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StepCurve:
    """A curve that falls in steps from 1: ``values[i]`` from ``times[i]`` on."""

    times: Floats
    values: Floats

    def at(self, t: Any) -> Floats:
        """The value at each time, steps at that time taken."""
        return self._padded()[np.searchsorted(self.times, np.asarray(t, np.float64), side="right")]

    def before(self, t: Any) -> Floats:
        """The value just before each time."""
        return self._padded()[np.searchsorted(self.times, np.asarray(t, np.float64), side="left")]

    def _padded(self) -> Floats:
        return np.concatenate([[1.0], self.values])


def kaplan_meier(time: Any, event: Any, entry: Any = None, *, least_at_risk: int = 1) -> StepCurve:
    """The product-limit curve of the time to ``event``.

    Parameters
    ----------
    time : array-like
        Last time looked at.
    event : array-like of bool
        Whether the event came then; else the follow-up was lost then.
    entry : array-like, optional
        Time from which each is looked at (late entry): it is at risk after it, and known to be without event at it.
    least_at_risk : int
        Steps with fewer at risk are passed over: with late entry a curve may begin with so few that one event takes it
        to 0 for ever.

    Notes
    -----
    Kaplan and Meier (1958): S(t) = Π (1 − d/n) over event times up to t, d events among n at risk.

    Examples
    --------
    >>> curve = kaplan_meier([1, 2, 2, 3], [True, True, False, True])
    >>> curve.times.tolist(), curve.values.tolist()
    ([1.0, 2.0, 3.0], [0.75, 0.5, 0.0])
    """
    t, came = np.asarray(time, np.float64), np.asarray(event, np.bool_)
    start = np.full(len(t), -np.inf) if entry is None else np.asarray(entry, np.float64)
    if t.shape != came.shape or t.shape != start.shape or t.ndim != 1:
        raise CallError(f"time, event and entry have the shapes {t.shape}, {came.shape} and {start.shape}")
    steps, ended = np.unique(t[came], return_counts=True)
    at_risk = _at_risk(steps, t, start)
    share = np.where(at_risk >= least_at_risk, ended / at_risk, 0.0)
    return StepCurve(steps, np.asarray(np.cumprod(1.0 - share), np.float64))


def censoring_curve(time: Any, event: Any) -> StepCurve:
    """The product-limit curve of staying in sight; where an event and a loss fall on one time, the event came first."""
    t, came = np.asarray(time, np.float64), np.asarray(event, np.bool_)
    steps, lost = np.unique(t[~came], return_counts=True)
    at_risk = _at_risk(steps, t, np.full(len(t), -np.inf))
    times, ended = np.unique(t[came], return_counts=True)
    found = np.searchsorted(times, steps)
    same = np.zeros(len(steps), np.int64)
    here = (found < len(times)) & (times[np.minimum(found, len(times) - 1)] == steps) if len(times) else same > 0
    same[here] = ended[found[here]]
    return StepCurve(steps, np.asarray(np.cumprod(1.0 - lost / (at_risk - same)), np.float64))


def _at_risk(steps: Floats, time: Floats, entry: Floats) -> npt.NDArray[np.int64]:
    """How many are looked at when each step comes: entered before it, and not gone before it."""
    entered = np.searchsorted(np.sort(entry), steps, side="left")
    gone = np.searchsorted(np.sort(time), steps, side="left")
    return (entered - gone).astype(np.int64)
