"""How good curves of payment are: integrated Brier score and time-dependent AUC, with censoring weights.

Rows are looked at from time 0 on; ``cause`` is 0 where a row was lost from sight at ``time``, 1 paid, 2 closed
otherwise. Predicted are the probabilities of being paid by each of ``times``. What was closed otherwise is never paid,
so it counts as unpaid at all later times (Gerds and Schumacher 2006; Blanche, Dartigues and Jacqmin-Gadda 2013).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.time_to_pay.censoring import censoring_curve

__all__ = ["DynamicAuc", "brier_by_time", "brier_rows", "dynamic_auc", "integrated_brier"]

Floats = npt.NDArray[np.float64]


class DynamicAuc(NamedTuple):
    """AUC at each time, and their mean weighted by how many are paid between one time and the next."""

    by_time: Floats
    mean: float


class _Seen(NamedTuple):
    """What is known of each row by each time (rows × times), and the weight that stands for those lost from sight."""

    paid: npt.NDArray[np.bool_]
    weight: Floats  # 0 where it is not known


def brier_by_time(time: Any, cause: Any, predicted: Any, times: Any) -> Floats:
    """Brier score of being paid by each time, weighted by the inverse probability of being in sight.

    Graf, Schmoor, Sauerbrei and Schumacher (1999): a row that ended by t weighs 1/G(time−), one still in sight and open
    1/G(t), one lost before t nothing; G is the Kaplan-Meier curve of the losses in the same rows.

    Examples
    --------
    >>> brier_by_time([1, 3], [1, 1], [[0.8], [0.4]], [2]).round(6).tolist()  # (0.2² + 0.4²) / 2
    [0.1]
    """
    return np.asarray(brier_rows(time, cause, predicted, times).mean(axis=0))


def brier_rows(time: Any, cause: Any, predicted: Any, times: Any) -> Floats:
    """The weighted squared error of each row at each time, whose mean over rows is `brier_by_time`."""
    t, how, p, grid = _checked(time, cause, predicted, times)
    seen = _seen(t, how, grid)
    return np.asarray(seen.weight * (seen.paid - p) ** 2)


def integrated_brier(time: Any, cause: Any, predicted: Any, times: Any) -> float:
    """Mean over time of `brier_by_time`: the area under straight lines between the times, over their span."""
    score, grid = brier_by_time(time, cause, predicted, times), np.asarray(times, np.float64)
    if len(grid) < 2:
        raise CallError(f"an integral needs two times or more; got {grid.tolist()}")
    return float(np.trapezoid(score, grid) / (grid[-1] - grid[0]))


def dynamic_auc(time: Any, cause: Any, predicted: Any, times: Any) -> DynamicAuc:
    """Cumulative/dynamic AUC: at each time, whether those paid by then were held likelier than those not paid by then.

    Uno, Cai, Tian and Wei (2007): cases paid by t weigh 1/G(time−); those not paid by t weigh 1/G(t) in sight,
    1/G(time−) where closed otherwise. NaN at a time without both.

    Parameters
    ----------
    predicted : array, row × time, or one figure a row
        Larger for rows held likelier to be paid.
    """
    p = np.asarray(predicted, np.float64)
    p = np.repeat(p[:, None], len(np.atleast_1d(times)), axis=1) if p.ndim == 1 else p
    t, how, p, grid = _checked(time, cause, p, times, probabilities=False)
    seen = _seen(t, how, grid)
    case = np.where(seen.paid, seen.weight, 0.0)
    control = np.where(seen.paid, 0.0, seen.weight)
    area = np.array([_auc(p[:, k], case[:, k], control[:, k]) for k in range(len(grid))])
    paid_between = np.diff(case.mean(axis=0), prepend=0.0)
    known = np.isfinite(area)
    total = paid_between[known].sum()
    mean = float((area[known] * paid_between[known]).sum() / total) if total > 0 else float("nan")
    return DynamicAuc(area, mean)


def _auc(p: Floats, case: Floats, control: Floats) -> float:
    if case.sum() <= 0 or control.sum() <= 0:
        return float("nan")
    order = np.argsort(p, kind="stable")
    ranked, below = p[order], np.concatenate([[0.0], np.cumsum(control[order])])
    left, right = np.searchsorted(ranked, p, side="left"), np.searchsorted(ranked, p, side="right")
    beaten = 0.5 * (below[left] + below[right])  # ties count half
    return float((case * beaten).sum() / (case.sum() * control.sum()))


def _seen(time: Floats, cause: npt.NDArray[np.int64], grid: Floats) -> _Seen:
    in_sight = censoring_curve(time, cause != 0)
    ended = (time[:, None] <= grid[None, :]) & (cause != 0)[:, None]
    still = time[:, None] > grid[None, :]
    of_end, of_time = in_sight.before(time), in_sight.at(grid)
    if (still.any(axis=0) & (of_time <= 0)).any() or (ended.any(axis=1) & (of_end <= 0)).any():
        raise CallError("nobody is in sight at some of the times: choose earlier ones")
    safe_end, safe_time = np.where(of_end > 0, of_end, 1.0), np.where(of_time > 0, of_time, 1.0)
    weight = np.where(ended, 1.0 / safe_end[:, None], np.where(still, 1.0 / safe_time[None, :], 0.0))
    return _Seen(ended & (cause == 1)[:, None], weight)


def _checked(
    time: Any, cause: Any, predicted: Any, times: Any, *, probabilities: bool = True
) -> tuple[Floats, npt.NDArray[np.int64], Floats, Floats]:
    t, how = np.asarray(time, np.float64), np.asarray(cause, np.int64)
    p, grid = np.asarray(predicted, np.float64), np.atleast_1d(np.asarray(times, np.float64))
    if t.ndim != 1 or t.shape != how.shape or p.shape != (len(t), len(grid)) or not len(t):
        raise CallError(
            f"time {t.shape}, cause {how.shape}, predicted {p.shape} and times {grid.shape} do not fit: expected a row "
            "of predictions an entry of time and cause, and a column a time"
        )
    if (np.diff(grid) <= 0).any() or (t <= 0).any():
        raise CallError("times must grow, and every time lie after 0, the day looked from")
    if not np.isin(how, (0, 1, 2)).all():
        raise CallError("cause: expected 0 (lost from sight), 1 (paid) and 2 (closed otherwise) alone")
    if not np.isfinite(p).all() or (probabilities and ((p < 0) | (p > 1)).any()):
        raise CallError("predicted: a probability is missing or lies outside 0 to 1")
    return t, how, p, grid
