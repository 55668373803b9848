"""How a scorecard is fitted: bins, choice of columns and slopes on some rows, and the same held out by folds.

How strongly columns must speak to come in, and how strongly their slopes are drawn together, is chosen by the loss of
the folds. Fine bins are cut once for all rows, without a look at the outcome; everything else is learned inside a fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.risk.newton import logistic
from inadimplencia_ml.risk.scorecard.drafts import Binned, Draft, learn_bins
from inadimplencia_ml.risk.scorecard.signed_logistic import CLOSE, CellData, signed_logistic

__all__ = ["Fitted", "Grid", "chosen_columns", "fitted", "held_out"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]
Fold = tuple[Rows, Rows]
Reason = str | int  # why a column stays out: a word, or the number of the stronger column that says the same

# All measured on german, heloc, uci_taiwan and pakdd2009_brazil by five-fold cross-validation; see decision 0010.
_CENTRE = 0.5  # of the mean slope: 1 is right for columns that know nothing of each other, less for real ones
_SCREENS = (2.0, 4.0, 8.0, 16.0)  # information value in units of what one bin earns by chance
_RIDGES = (3.0, 10.0, 30.0, 100.0)  # rows
_ENOUGH = 20_000  # cases of the rarer class above which neither matters: the least ridge and the third screen are taken
_LEAST_SLOPE = 0.05  # a column that moves the score less than that by its own evidence is idle on the card
_CLOSE_ENOUGH = 1e-5  # of slopes that are only compared; probabilities differ by less than their fifth place


@dataclass(frozen=True)
class Grid:
    """The screens and ridges to choose from."""

    screens: tuple[float, ...]
    ridges: tuple[float, ...]

    @classmethod
    def of(cls, y: Floats, ridge: float | None) -> Grid:
        """What is given, and else what the number of cases of the rarer class leaves open."""
        few = min(y.sum(), len(y) - y.sum()) < _ENOUGH
        screens = _SCREENS if few else (_SCREENS[2],)
        ridges = (ridge,) if ridge is not None else _RIDGES if few else (_RIDGES[0],)
        return cls(screens, ridges)


def chosen_columns(draft: Draft, binned: Binned, screen: float) -> tuple[Ints, list[Reason]]:
    """The columns that may come into the card, and of each column why not: "weak", a stronger one, or "".

    The strongest come first; one that says nearly the same as a stronger one, by the correlation of the weights of
    evidence, stays out. Columns whose bins are given are no candidates for leaving out.
    """
    given = np.array([c.given is not None for c in draft.cells])
    strong = (binned.information > screen * binned.level.noise) | (given & (binned.information > 0))
    reasons: list[Reason] = ["" if s else "weak" for s in strong]
    order = np.flatnonzero(strong)
    order = order[np.lexsort((order, -binned.information[order], ~given[order]))]
    kept: list[int] = []
    for j in order.tolist():
        alike = [k for k in kept if binned.likeness[j, k] > draft.settings.max_correlation]
        if alike and not given[j]:
            reasons[j] = alike[0]
        else:
            kept.append(j)
    return np.array(sorted(kept), dtype=np.int64), reasons


@dataclass(frozen=True)
class Fitted:
    """Bins, the columns that came in with their slopes, the intercept, and why the others stayed out."""

    binned: Binned
    columns: Ints
    slopes: Floats
    intercept: float
    reasons: list[Reason]


def fitted(draft: Draft, rows: Rows, screen: float, ridge: float) -> Fitted:
    """Everything learned on some rows."""
    binned = learn_bins(draft, rows)
    columns, reasons = chosen_columns(draft, binned, screen)
    data = binned.data_for_slopes(draft, columns, rows)
    beta = _settled(data, signed_logistic(data, ridge=ridge, centre=_CENTRE), ridge)
    beta = _levelled(draft, binned, columns, rows, beta)
    return Fitted(binned, columns, beta[:-1], float(beta[-1]), reasons)


def _levelled(draft: Draft, binned: Binned, columns: Ints, rows: Rows, beta: Floats) -> Floats:
    """The intercept that gives the rows their rate with the evidence that predicts; slopes as they are."""
    if not set(draft.crossed) & set(columns[beta[:-1] > 0].tolist()):
        return beta
    z = binned.data(draft, columns, rows).log_odds(beta, rows)
    moved = logistic([np.ones(len(rows))], draft.y[rows], weight=draft.weight[rows], offset=z)
    return np.append(beta[:-1], beta[-1] + moved[0])


def _settled(data: CellData, beta: Floats, ridge: float, close: float = CLOSE) -> Floats:
    """The slopes without the columns that hardly move: these are 0, and the others are fitted again without them."""
    moving = beta[:-1] >= _LEAST_SLOPE
    if moving.all():
        return beta
    without = replace(data, columns=data.columns[moving], tables=np.ascontiguousarray(data.tables[moving]))
    kept = np.append(moving, True)
    out = np.zeros(len(beta))
    out[kept] = signed_logistic(without, ridge=ridge, centre=_CENTRE, start=beta[kept], close=close)
    return out


def held_out(draft: Draft, folds: Sequence[Fold], grid: Grid) -> tuple[float, float, list[Floats]]:
    """The screen and the ridge with the least loss over the folds, and each fold's held-out log-odds with these.

    The screen is chosen first, at a ridge from the middle of the grid, then the ridge.
    """
    middle = len(grid.ridges) // 2
    if not folds:
        return grid.screens[len(grid.screens) // 2], grid.ridges[middle], []
    learned = [learn_bins(draft, train) for train, _ in folds]
    screens = _tried(draft, folds, learned, [(screen, grid.ridges[middle]) for screen in grid.screens])
    screen = grid.screens[_least(draft, folds, screens)]
    ridges = _tried(draft, folds, learned, [(screen, ridge) for ridge in grid.ridges])
    best = _least(draft, folds, ridges)
    return screen, grid.ridges[best], [paths[best] for paths in ridges]


def _least(draft: Draft, folds: Sequence[Fold], tried: Sequence[Floats]) -> int:
    """Which of the rows of ``tried``, an array a fold, has the least loss over the folds; the first of equals."""
    losses = np.zeros(len(tried[0]))
    for (_, test), z in zip(folds, tried, strict=True):
        losses += (draft.weight[test] * (np.logaddexp(0.0, z) - draft.y[test] * z)).sum(axis=-1)
    return int(np.argmin(losses))


def _tried(
    draft: Draft, folds: Sequence[Fold], learned: Sequence[Binned], choices: Sequence[tuple[float, float]]
) -> list[Floats]:
    """Held-out log-odds of each fold under each choice of screen and ridge: arrays (choices, test rows)."""

    def of_fold(fold: Fold, binned: Binned) -> Floats:
        train, test = fold
        out = np.empty((len(choices), len(test)))
        seen: dict[tuple[bytes, float], int] = {}
        last: tuple[bytes, Floats] | None = None
        for c, (screen, ridge) in enumerate(choices):
            columns, _ = chosen_columns(draft, binned, screen)
            key = columns.tobytes()
            if (key, ridge) in seen:
                out[c] = out[seen[key, ridge]]
                continue
            data = binned.data_for_slopes(draft, columns, train)
            start = last[1] if last is not None and last[0] == key else None
            beta = signed_logistic(data, ridge=ridge, centre=_CENTRE, start=start, close=_CLOSE_ENOUGH)
            seen[key, ridge], last = c, (key, beta)
            moved = _levelled(draft, binned, columns, train, _settled(data, beta, ridge, _CLOSE_ENOUGH))
            out[c] = binned.data(draft, columns, test).log_odds(moved, test)
        return out

    with ThreadPoolExecutor(draft.threads) as pool:
        return list(pool.map(of_fold, folds, learned))
