"""TimeToPayment: when each open invoice will be paid, given how long it has been open already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.errors import CallError, NotEnoughData, did_you_mean
from inadimplencia_ml.risk.boosting import Growth, grow, threads_of, tree_settings
from inadimplencia_ml.risk.calibration import Method
from inadimplencia_ml.risk.fit_inputs import as_clients, usable_rows
from inadimplencia_ml.risk.model_parts import Parts
from inadimplencia_ml.risk.time_to_pay.baseline import baseline_of
from inadimplencia_ml.risk.time_to_pay.columns import encoded, learn_columns, usual_columns
from inadimplencia_ml.risk.time_to_pay.curves import PaymentCurves
from inadimplencia_ml.risk.time_to_pay.day_grid import DayGrid
from inadimplencia_ml.risk.time_to_pay.day_matrix import DayMatrix
from inadimplencia_ml.risk.time_to_pay.dependence import HORIZON, Dependence, decided_rows, measured
from inadimplencia_ml.risk.time_to_pay.folds import TimeFolds, folds_of
from inadimplencia_ml.risk.time_to_pay.follow_up_inputs import days_of, read_follow_ups, whole_days
from inadimplencia_ml.risk.time_to_pay.hazard import Hazard, HazardFit, fit_hazard
from inadimplencia_ml.risk.time_to_pay.model_parts import parts_of, restore
from inadimplencia_ml.risk.time_to_pay.person_days import (
    CLOSED,
    PAID,
    Cells,
    FollowUps,
    fingerprints,
    sampled_cells,
    thinned,
)

__all__ = ["TimeToPayment"]

Floats = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_METHODS = ("auto", "none", "platt", "beta", "isotonic")
_FEW_ENDS = 5_000  # payments; below, more seeds are averaged
_BAGS_OF_FEW, _BAGS = 5, 3
_LEAST_ENDS = 30
_TREES_OF_FEW = 5  # of the other end, where fewer than that are known: little more than its rate
_DEPENDENCE_ROWS = 6_000
_COARSER = 3  # times the learning rate, and as few times the trees, of the model that dependence is measured by
_DAYS_A_CLOSING = 20  # days without the other end that are fitted on for each that has it; more tell nothing
_LEAST_DAYS = 20_000
_CELLS_FOR_THREADS = 60_000_000  # rows x columns: below, one thread takes some 20 s, two on a busy machine minutes


class TimeToPayment(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Discrete-time hazard of payment of open invoices, with a competing end, by boosted trees on days at risk.

    For day d relative to the due date and features x, as they are on the day looked from,

        h(d|x) = P(paid on d | open until d−1),   g(d|x) = P(closed otherwise on d | open until d−1, not paid on d),
        S(d|x) = Π (1−h)(1−g),   F(d|x) = Σ h(s) S(s−1)

    with products and sums over the days after the one looked from, so an invoice already open for a time enters late.
    Each hazard is a logistic regression by boosted trees on cells of an interval of days, a business day or not, and
    within two weeks of the due date the weekday; cells weigh as much as they hold days (Allison 1982; Tutz and Schmid
    2016). Trees begin at the hazard that all rows have in a cell's interval. They are counted, and hazards calibrated,
    on later dates, for which training stops where these dates begin.

    Parameters
    ----------
    interval_starts : sequence of int or None
        First day of each interval relative to the due date; None: single days from −7 to 15, wider ones further off.
    calendar : Calendar, "BR" or "none"
        Which days are business days.
    usual_days : sequence of str
        Columns that hold a usual day of payment relative to the due date, such as the client's mean days late: trees
        then read how far each day is from it, which they could find only by many splits.
    max_cells : int
        Cells fitted on at most; with more, they are drawn and weighted by the inverse of their share.
    n_trees : int or None
        Trees of each hazard; None: counted on held-out dates, at most ``max_trees``.
    max_trees, patience : int
        Trees at most, and trees without improvement after which counting stops.
    learning_rate, num_leaves, max_depth, min_child_samples, feature_fraction, subsample, reg_lambda, extra_trees
        As in LightGBM. None: by the number of cells and ends.
    calibration : {"auto", "none", "platt", "beta", "isotonic"}
        "auto" takes the method that does best on the latest held-out dates.
    n_folds : int
        Parts into which the dates are cut for counting and calibrating.
    n_bags : int or None
        Models of different seeds that are averaged; None: 5 below 5,000 payments, else 3.
    random_state : int, RandomState or None
        Seed.
    n_jobs : int or None
        Threads, None: all cores, but one where the table is small. The result does not depend on it.

    Attributes
    ----------
    paid_, closed_ : Hazard
        ``closed_`` is None where no follow-up ended so.
    n_features_in_, feature_names_in_, feature_importances_
        As in scikit-learn; importances are shares of the gain in the hazard of payment, those of the day left out.
    fold_kind_ : str
        What held-out cells were kept apart by: "dates", "clients", "rows" or "none".
    dependence_ : Dependence
        How payments of one client, and of one date, hang together on held-out dates; widens the interval of cash.
    cells_ : int
        Cells fitted on.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> slow = rng.random(500)
    >>> paid = rng.geometric(0.3 - 0.25 * slow)
    >>> y = pd.DataFrame({"last_day": paid.clip(max=20), "cause": (paid <= 20).astype(int)})
    >>> model = TimeToPayment(n_trees=20).fit(pd.DataFrame({"slow": slow}), y, entry=np.zeros(500))
    >>> curves = model.predict_curves(pd.DataFrame({"slow": [0.1, 0.9]}), entry=[0, 0], days_ahead=10)
    >>> quick, sluggish = curves.paid_by(5)[:, 0]
    >>> bool(quick > sluggish)
    True
    """

    def __init__(
        self,
        *,
        interval_starts: Any = None,
        calendar: Any = "BR",
        usual_days: Any = (),
        max_cells: int = 120_000,
        n_trees: int | None = None,
        max_trees: int = 400,
        patience: int = 30,
        learning_rate: float = 0.08,
        num_leaves: int | None = None,
        max_depth: int = 8,
        min_child_samples: int | None = None,
        feature_fraction: float = 0.7,
        subsample: float = 0.8,
        reg_lambda: float = 10.0,
        extra_trees: bool | None = False,
        calibration: Method | Literal["auto"] = "platt",
        n_folds: int = 4,
        n_bags: int | None = None,
        random_state: Any = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.interval_starts = interval_starts
        self.calendar = calendar
        self.usual_days = usual_days
        self.max_cells = max_cells
        self.n_trees = n_trees
        self.max_trees = max_trees
        self.patience = patience
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.max_depth = max_depth
        self.min_child_samples = min_child_samples
        self.feature_fraction = feature_fraction
        self.subsample = subsample
        self.reg_lambda = reg_lambda
        self.extra_trees = extra_trees
        self.calibration = calibration
        self.n_folds = n_folds
        self.n_bags = n_bags
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self, X: Any, y: Any, *, entry: Any, dates: Any = None, groups: Any = None, sample_weight: Any = None
    ) -> Self:
        """Fits the hazards.

        Parameters
        ----------
        X : DataFrame (pandas, Polars, Arrow) or array
            Features on the day looked from. Text and pandas categories are categories; missing values are welcome.
        y : DataFrame or structured array
            ``last_day``: the day, relative to the due date, of the end, or the last one looked at. ``cause``: 0 still
            open then, 1 paid, 2 closed otherwise.
        entry : array-like of int
            The day looked from, relative to the due date: −10 for an invoice due in ten days. Open at its end.
        dates : array-like, optional
            The same day as a date. Without it there are no weekdays and business days; folds are of clients or rows.
        groups : array-like, optional
            The client of each row.
        sample_weight : array-like, optional
            Weight of each row, 0 or more.

        Raises
        ------
        CallError
            A column or parameter is wrong, or a follow-up ends before it begins.
        NotEnoughData
            Fewer than 30 payments.
        """
        self._check_parameters()
        x = learn_columns(self, X)
        self.usual_ = usual_columns(self.columns_, self.usual_days)
        rows, as_of = read_follow_ups(y, entry, dates, len(x))
        weight, kept = usable_rows(sample_weight, x)
        clients = None if groups is None else as_clients(groups, len(x))
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        draw = fingerprints(x, *rows, *(() if weight is None else (sample_weight,)), seed=seed)
        # Rows in the order of what they hold: the order in which they came moves nothing.
        order = np.flatnonzero(kept)[np.argsort(draw[kept], kind="stable")]
        rows = rows._replace(draw=draw).take(order)
        weight = None if weight is None else np.asarray(sample_weight, np.float64)[order]
        as_of = None if as_of is None else as_of[order]
        self._fit(x[order], rows, weight, as_of, None if clients is None else clients[order], seed)
        return self

    def _fit(self, x: Floats, rows: FollowUps, weight: Floats | None, as_of: Any, clients: Any, seed: int) -> None:
        self.dated_ = as_of is not None
        days = self._days()
        cells = sampled_cells(rows, self.grid_, days.calendar, self.max_cells)
        paid = int((cells.cause == PAID).sum())
        if paid < _LEAST_ENDS:
            raise NotEnoughData(f"{paid} payments to fit on; at least {_LEAST_ENDS} are needed")
        matrix = days.of(x, rows, cells)
        weights = cells.weight if weight is None else cells.weight * weight[cells.row]
        made = folds_of(rows, cells, self.grid_, as_of, clients, n_folds=self.n_folds, seed=seed)
        self.fold_kind_, self.cells_ = made.kind, len(cells.row)
        n_bags = self.n_bags if self.n_bags is not None else _BAGS_OF_FEW if paid < _FEW_ENDS else _BAGS
        seeds = [(seed + 1_000_003 * bag) % (2**31 - 1) for bag in range(n_bags)]
        y = (cells.cause == PAID).astype(np.float64)
        growth, start = self._growth(matrix, cells, y, weights)
        self.paid_ = fit_hazard(growth, self._how(made, seeds), start, cells.interval, self.grid_.first_days)
        self.closed_ = self._fit_closed(matrix, rows, cells, weights, made, seeds)
        self.feature_importances_ = self.paid_.gain_shares(matrix.shape[1])[: self.n_features_in_]
        self.dependence_ = Dependence()
        if made.kind == "dates":
            coarse = growth.with_settings(replace(growth.settings, learning_rate=_COARSER * self.learning_rate))
            trees = max(1, self.paid_.n_trees // _COARSER)
            earlier = replace(self.paid_, boosters=[grow(coarse, made.folds[-1][0], trees, seeds[0])])
            self.dependence_ = self._dependence(earlier, x, rows, as_of, clients, made.starts[-1])

    def _dependence(
        self, earlier: Hazard, x: Floats, rows: FollowUps, as_of: I64, clients: Any, start: int
    ) -> Dependence:
        """Measured on the last held-out dates, by a hazard grown before them."""
        late = np.flatnonzero(as_of >= start)
        late = late[decided_rows(rows.first[late], rows.last[late], rows.cause[late], as_of[late])]
        number = np.arange(len(as_of)) if clients is None else np.unique(clients, return_inverse=True)[1]
        late = late[np.argsort(number[late], kind="stable")][:_DEPENDENCE_ROWS]  # whole clients, but for one
        if not len(late):
            return Dependence()
        asked = rows.take(late)
        asked = asked._replace(last=asked.first + HORIZON - 1, cause=np.zeros(len(late), np.int64))
        blocks = self._days().curves(earlier, self.closed_, x[late], asked, HORIZON, self.n_jobs)
        p = np.concatenate([block.paid[:, -1] for block in blocks])
        paid = (rows.cause[late] == PAID) & (rows.last[late] - rows.first[late] < HORIZON)
        return measured(paid.astype(np.float64), p, number[late], as_of[late])

    def _fit_closed(
        self, matrix: Floats, rows: FollowUps, cells: Cells, weight: Floats, made: TimeFolds, seeds: list[int]
    ) -> Hazard | None:
        """The hazard of the other end, on the days on which nothing was paid."""
        ends = int((cells.cause == CLOSED).sum())
        if not ends:
            return None
        drawn, share = thinned(rows, cells, CLOSED, max(_LEAST_DAYS, _DAYS_A_CLOSING * ends))
        share = share[cells.cause[drawn] != PAID]
        drawn = drawn[cells.cause[drawn] != PAID]
        at = np.zeros(len(cells.row), np.bool_)
        at[drawn] = True
        own = Cells(*(column[drawn] for column in cells))
        y = (own.cause == CLOSED).astype(np.float64)
        place = np.cumsum(at) - 1
        folds = [(place[a[at[a]]], place[b[at[b]]]) for a, b in made.folds]
        # A fold whose training saw no such end would count its trees on nothing.
        folds = [(a, b) for a, b in folds if y[a].any() and y[b].any()]
        growth, start = self._growth(np.ascontiguousarray(matrix[drawn]), own, y, weight[drawn] / share)
        how = self._how(TimeFolds(made.kind, folds, made.starts), seeds)
        if y.sum() < _LEAST_ENDS:
            how = replace(how, folds=[], n_trees=_TREES_OF_FEW)
        return fit_hazard(growth, how, start, own.interval, self.grid_.first_days)

    def _how(self, made: TimeFolds, seeds: list[int]) -> HazardFit:
        return HazardFit(
            made.folds, made.kind == "dates", seeds, self.n_trees, self.max_trees, self.patience, self.calibration
        )

    def _growth(self, x: Floats, cells: Cells, y: Floats, weight: Floats) -> tuple[Growth, Floats]:
        settings = tree_settings(
            len(y),
            int(min(y.sum(), len(y) - y.sum())),
            learning_rate=self.learning_rate,
            num_leaves=self.num_leaves,
            max_depth=self.max_depth,
            min_child_samples=self.min_child_samples,
            feature_fraction=self.feature_fraction,
            subsample=self.subsample,
            reg_lambda=self.reg_lambda,
            extra_trees=self.extra_trees,
        )
        names = self._days().names(self.columns_.names)
        # No direction is imposed: who pays late seldom pays on the due date, but may well pay some days after it.
        free, threads = [0] * len(names), threads_of(self.n_jobs, x.size, one_below=_CELLS_FOR_THREADS)
        start = baseline_of(cells, y, weight, self.grid_.count)
        own = start[cells.interval, cells.is_open]
        return Growth(x, y, weight, names, self.columns_.categorical, free, settings, threads, start=own), start

    def predict_curves(self, X: Any, *, entry: Any, dates: Any = None, days_ahead: int = 90) -> PaymentCurves:
        """Paid, closed otherwise and still open by each of the days ahead.

        Parameters
        ----------
        X : DataFrame or array
            As in ``fit``.
        entry : array-like of int
            The day looked from, relative to the due date.
        dates : array-like
            The same as a date, where the model was fitted with dates.
        days_ahead : int
            How many days ahead, 1 or more.
        """
        parts = list(self.iter_curves(X, entry=entry, dates=dates, days_ahead=days_ahead))
        joined = [np.concatenate([getattr(p, n) for p in parts]) for n in ("paid", "closed", "still_open")]
        return PaymentCurves(*joined)

    def iter_curves(self, X: Any, *, entry: Any, dates: Any = None, days_ahead: int = 90) -> Iterator[PaymentCurves]:
        """The same in blocks of rows, for books whose curves would not fit into memory together."""
        x = encoded(self, X)
        rows = self._asked(len(x), entry, dates, days_ahead)
        yield from self._days().curves(self.paid_, self.closed_, x, rows, days_ahead, self.n_jobs)

    def predict(self, X: Any, *, entry: Any, dates: Any = None, days_ahead: int = 180) -> Floats:
        """Days until an invoice is as likely paid as not; NaN where that is beyond ``days_ahead``."""
        blocks = self.iter_curves(X, entry=entry, dates=dates, days_ahead=days_ahead)
        return np.concatenate([curves.quantile(0.5) for curves in blocks])

    def _asked(self, n: int, entry: Any, dates: Any, days_ahead: int) -> FollowUps:
        if days_ahead < 1:
            raise CallError(f"days_ahead is {days_ahead}; expected 1 or more.")
        if self.dated_ and dates is None:
            raise CallError("The model was fitted with dates: give those of these rows, for weekdays and holidays.")
        first = whole_days(entry, "entry", n) + 1
        as_of = days_of(dates, n) if self.dated_ else None
        none = np.zeros(n, np.int64)
        due = none if as_of is None else as_of - (first - 1)
        return FollowUps(first, first + days_ahead - 1, none, due, none)

    def _days(self) -> DayMatrix:
        return DayMatrix(self.grid_, Calendar.of(self.calendar) if self.dated_ else None, self.usual_)

    def _check_parameters(self) -> None:
        if self.calibration not in _METHODS:
            raise CallError(f"calibration is {self.calibration!r}.{did_you_mean(self.calibration, _METHODS)}")
        for name, least in (("n_trees", 1), ("max_trees", 1), ("patience", 1), ("n_bags", 1), ("max_cells", 1_000)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise CallError(f"{name} is {value}; expected {least} or more.")
        if self.n_folds < 2:
            raise CallError(f"n_folds is {self.n_folds}; expected 2 or more.")
        Calendar.of(self.calendar)
        self.grid_ = DayGrid.read(self.interval_starts)

    def to_parts(self, prefix: str = "") -> Parts:
        """The whole fitted model as plain data: LightGBM's text and JSON by file name, which ``prefix`` begins."""
        check_is_fitted(self)
        return parts_of(self, prefix)

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], prefix: str = "", *, n_jobs: int | None = None) -> Self:
        """The fitted model that ``to_parts`` wrote; it predicts to the bit as it did.

        Raises
        ------
        BundleError
            A part is missing or not of its form.
        """
        model = cls()
        restore(model, parts, prefix)
        model.n_jobs = n_jobs
        return model
