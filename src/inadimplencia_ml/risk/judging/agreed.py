"""What bringing probabilities to agree did, out of time: how often, how far, and to what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.risk.agreement import Implied, agree
from inadimplencia_ml.risk.client_draws import ClientDraws, estimate
from inadimplencia_ml.risk.draw_figures import CellSums, ratio, resample
from inadimplencia_ml.risk.metrics import row_log_loss
from inadimplencia_ml.risk.scale import score_raw

__all__ = ["ALL_MEMBERS", "agreement_tables"]

Floats = npt.NDArray[np.float64]

ALL_MEMBERS = "all"
"""The line of all members together."""

_PAIRS = ["rarer", "likelier", "rows", "crossed", "crossed_share", "excess_mean", "excess_max"]


def agreement_tables(
    names: Sequence[str],
    probability: Floats,
    outcome: Floats,
    implied: Implied,
    *,
    groups: Any,
    n: int = 500,
    random_state: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables: of each member and of all together, and of each pair in which one event implies the other.

    Parameters
    ----------
    names : sequence of str
        The members, in the order of the columns.
    probability : array, (rows, members)
        What each member says by itself, of rows later than any that it was fitted on; NaN where it says nothing.
    outcome : array, (rows, members)
        1 or 0; NaN where it is not known.
    implied : array of bool, (members, members)
        As for `agree`.
    groups : array-like
        The client of each row.
    n, random_state : int
        Resamples of clients, and their seed.

    Returns
    -------
    members : DataFrame
        member, rows (it scores), moved, moved_share, points_mean and points_max (of those moved, points of score either
        way), probability_alone and probability (means), decided (rows with a known outcome), events, log_loss_alone,
        log_loss, difference with low and high (95 %, clients resampled; below 0: agreeing is better), brier_alone,
        brier. In the line ``all``: rows of two members or more whose outcomes are all known; losses are sums over the
        members.
    pairs : DataFrame
        rarer, likelier, rows (both score), crossed (the rarer more probable), crossed_share, excess_mean and excess_max
        (by how much, of those crossed).
    """
    agreed = agree(probability, implied)
    told = np.isfinite(probability)
    known = told & np.isfinite(outcome)
    drawn = ClientDraws(groups, len(probability), n, random_state)
    lines = []
    for i, name in enumerate(names):
        lines.append({"member": name, **_moves(probability[told[:, i], i], agreed[told[:, i], i])})
        held = known[:, i]
        one = outcome[held, i]
        lines[-1] |= {"decided": int(held.sum()), "events": float(one.sum())}
        lines[-1] |= _losses(probability[held][:, [i]], agreed[held][:, [i]], one[:, None], drawn, held)
    if len(names) > 1:
        whole = (told.sum(axis=1) > 1) & (told == known).all(axis=1)
        moved = (probability[whole] != agreed[whole]) & told[whole]
        lines.append({"member": ALL_MEMBERS, "rows": int(whole.sum()), "moved": int(moved.any(axis=1).sum())})
        lines[-1]["moved_share"] = float(moved.any(axis=1).mean()) if whole.any() else np.nan
        lines[-1] |= {"decided": int(whole.sum()), "events": float(np.nansum(outcome[whole]))}
        lines[-1] |= _losses(probability[whole], agreed[whole], outcome[whole], drawn, whole)
    return pd.DataFrame(lines), _pairs(names, probability, implied)


def _moves(alone: Floats, agreed: Floats) -> dict[str, Any]:
    moved = alone != agreed
    points = np.abs(score_raw(agreed[moved]) - score_raw(alone[moved]))
    empty = not len(alone)
    return {
        "rows": len(alone),
        "moved": int(moved.sum()),
        "moved_share": np.nan if empty else float(moved.mean()),
        "points_mean": float(points.mean()) if len(points) else np.nan,
        "points_max": float(points.max()) if len(points) else np.nan,
        "probability_alone": np.nan if empty else float(alone.mean()),
        "probability": np.nan if empty else float(agreed.mean()),
    }


def _losses(alone: Floats, agreed: Floats, outcome: Floats, drawn: ClientDraws, held: npt.NDArray[np.bool_]) -> Any:
    """Mean losses of the held rows, and the difference with its interval; several columns are added up."""
    if not len(alone):
        return {}
    log_loss = [_summed(row_log_loss, outcome, p) for p in (alone, agreed)]
    brier = [_summed(lambda y, q: (q - y) ** 2, outcome, p) for p in (alone, agreed)]
    less = np.zeros(len(held))
    less[held] = log_loss[1] - log_loss[0]
    sums = CellSums([less, held.astype(np.float64)], drawn)
    resample(drawn, [sums])
    value, low, high = estimate(ratio(sums.draws[:, 0, 0], sums.draws[:, 0, 1]))
    return {
        "log_loss_alone": float(log_loss[0].mean()),
        "log_loss": float(log_loss[1].mean()),
        "difference": value,
        "low": low,
        "high": high,
        "brier_alone": float(brier[0].mean()),
        "brier": float(brier[1].mean()),
    }


def _summed(loss: Any, outcome: Floats, p: Floats) -> Floats:
    total = np.zeros(len(p))
    for column in range(p.shape[1]):
        told = np.isfinite(p[:, column])
        total[told] += loss(outcome[told, column], p[told, column])
    return total


def _pairs(names: Sequence[str], p: Floats, implied: Implied) -> pd.DataFrame:
    lines = []
    for a, b in zip(*np.nonzero(implied), strict=True):
        if a == b:
            continue
        both = np.isfinite(p[:, a]) & np.isfinite(p[:, b])
        excess = (p[:, a] - p[:, b])[both]
        over = excess[excess > 0]
        share = len(over) / len(excess) if len(excess) else np.nan
        sizes = (float(over.mean()), float(over.max())) if len(over) else (np.nan, np.nan)
        lines.append((names[a], names[b], len(excess), len(over), share, *sizes))
    return pd.DataFrame(lines, columns=_PAIRS)
