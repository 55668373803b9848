"""Folds that keep time's order: fit on the past, judge on what came after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import BaseCrossValidator

from inadimplencia_ml.errors import CallError, NotEnoughData

__all__ = ["DateSplit", "as_days", "client_folds", "folds_for_fit"]

Indices = npt.NDArray[np.intp]
Days = npt.NDArray[np.datetime64]


def as_days(dates: Any, rows: int | None = None) -> Days:
    """``dates`` as datetime64[D].

    Raises
    ------
    CallError
        A date is missing or unreadable, or their number is not ``rows``.
    """
    try:
        days: Days = np.asarray(dates).astype("datetime64[D]")
    except (TypeError, ValueError) as error:
        raise CallError(f"dates cannot be read: {error}. Expected dates, one a row.") from None
    if days.ndim != 1 or (rows is not None and len(days) != rows):
        raise CallError(f"dates has the shape {days.shape}, and there are {rows} rows. Expected one date a row.")
    if np.isnat(days).any():
        raise CallError(f"{int(np.isnat(days).sum())} of the dates are missing. Every row needs its date.")
    return days


class DateSplit(BaseCrossValidator):  # type: ignore[misc]  # scikit-learn ships no types
    """Cross-validation in the order of dates: each test part lies after its training part.

    The dates are cut into ``n_splits`` test parts of about equal numbers of rows behind a first training part; rows of
    one date are never parted. A purge keeps rows out of training whose outcome was not yet known when the test part
    began.

    Parameters
    ----------
    n_splits : int
        Number of test parts.
    kind : {"expanding", "rolling"}
        Training on all earlier dates, or on as many days as the first training part spans.
    purge_days : int
        Days between a training date and the first date of the test part: the horizon of the outcome.
    min_train : int or None
        Rows that the first training part holds at least, before the purge; None: a part of its own, as large as a
        test part.
    dates : array-like or None
        One date a row; may be given to ``split`` instead.

    Examples
    --------
    >>> import pandas as pd
    >>> dates = pd.date_range("2025-01-31", periods=6, freq="ME")
    >>> for train, test in DateSplit(2, purge_days=45).split(range(6), dates=dates):
    ...     print(train, test)
    [0] [2 3]
    [0 1 2] [4 5]
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        kind: Literal["expanding", "rolling"] = "expanding",
        purge_days: int = 0,
        min_train: int | None = None,
        dates: Any = None,
    ) -> None:
        self.n_splits = n_splits
        self.kind = kind
        self.purge_days = purge_days
        self.min_train = min_train
        self.dates = dates

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """The number of folds."""
        return self.n_splits

    def split(self, X: Any, y: Any = None, groups: Any = None, dates: Any = None) -> Iterator[tuple[Indices, Indices]]:
        """The folds, earliest first: row numbers of training and test.

        Raises
        ------
        CallError
            No dates, or a parameter out of range.
        NotEnoughData
            Too few different dates, or none left for training behind the purge.
        """
        self._check()
        given = self.dates if dates is None else dates
        if given is None:
            raise CallError("DateSplit needs dates: split(X, y, groups, dates=...) or DateSplit(dates=...).")
        days = as_days(given, None if X is None else len(X))
        starts = self._starts(days)
        span = starts[0] - days.min()
        ends = [*starts[1:], days.max() + np.timedelta64(1, "D")]
        for start, end in zip(starts, ends, strict=True):
            known = (days < start) & (days + np.timedelta64(self.purge_days, "D") <= start)
            if self.kind == "rolling":
                known &= days >= start - span
            if not known.any():
                raise NotEnoughData(
                    f"No row is left to train on before {start} with a purge of {self.purge_days} days: "
                    f"the dates begin on {days.min()}. Use fewer splits, a larger min_train or a shorter purge."
                )
            yield np.flatnonzero(known), np.flatnonzero((days >= start) & (days < end))

    def _check(self) -> None:
        if self.n_splits < 1:
            raise CallError(f"n_splits is {self.n_splits}; expected 1 or more.")
        if self.kind not in ("expanding", "rolling"):
            raise CallError(f"kind is {self.kind!r}; expected 'expanding' or 'rolling'.")
        if self.purge_days < 0:
            raise CallError(f"purge_days is {self.purge_days}; expected 0 or more.")

    def _starts(self, days: Days) -> list[np.datetime64]:
        """The first date of each test part."""
        unique, counts = np.unique(days, return_counts=True)
        if len(unique) < self.n_splits + 1:
            raise NotEnoughData(
                f"{self.n_splits} splits need {self.n_splits + 1} different dates; there are {len(unique)}."
            )
        before = np.concatenate([[0], np.cumsum(counts)])  # rows before each date
        first = len(days) / (self.n_splits + 1) if self.min_train is None else float(self.min_train)
        # The first training part takes whole dates until it is large enough, and leaves a date for each test part.
        lead = int(np.clip(np.searchsorted(before, first), 1, len(unique) - self.n_splits))
        places = [lead]
        for k in range(1, self.n_splits):
            wish = before[lead] + (len(days) - before[lead]) * k / self.n_splits
            nearest = int(np.abs(before - wish).argmin())
            places.append(int(np.clip(nearest, places[-1] + 1, len(unique) - self.n_splits + k)))
        return [unique[p] for p in places]


def client_folds(y: npt.NDArray[Any], groups: Any, n_splits: int, random_state: int) -> npt.NDArray[np.int64]:
    """The fold, 0 to n_splits − 1, of each row; rows of one client stay together, bad ones are spread evenly.

    Without ``groups`` each row is a client of its own, so the folds are stratified by ``y``.
    """
    place = np.arange(len(y)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    bads = np.bincount(place, weights=np.asarray(y, dtype=np.float64))
    shuffled = np.random.default_rng(random_state).permutation(len(bads))
    order = shuffled[np.argsort(-bads[shuffled], kind="stable")]
    fold = np.empty(len(bads), dtype=np.int64)
    fold[order] = np.arange(len(bads)) % n_splits
    return fold[place]


def folds_for_fit(
    y: npt.NDArray[np.float64], dates: Days | None, groups: Any, *, n_splits: int, purge_days: int, random_state: int
) -> tuple[Literal["dates", "clients", "rows", "none"], list[tuple[Indices, Indices]]]:
    """The folds on which a model's trees are counted and its probabilities calibrated, and what they keep apart.

    Dates in their order where they allow it: at least two test parts, each behind a training part of 20 or more of both
    classes. Else clients, else rows, at random; none where a class has too few cases to be split.
    """
    if dates is not None:
        for n in range(
            n_splits - 1, 1, -1
        ):  # the first training part, a third of the rows, stands for one of the folds
            folds = _date_folds(y, dates, n, purge_days)
            if folds:
                return "dates", folds
    if groups is None:
        rarer = _rarer(y)
    else:
        place = np.unique(np.asarray(groups), return_inverse=True)[1]
        rarer = min(len(np.unique(place[y > 0.5])), len(np.unique(place[y <= 0.5])))
    k = min(n_splits, rarer // 3)
    if k < 2:
        return "none", []
    fold = client_folds(y, groups, k, random_state)
    folds = [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(k)]
    return ("rows" if groups is None else "clients"), folds


def _rarer(y: npt.NDArray[np.float64]) -> int:
    return int(min((y > 0.5).sum(), (y <= 0.5).sum()))


def _date_folds(y: npt.NDArray[np.float64], days: Days, n: int, purge_days: int) -> list[tuple[Indices, Indices]]:
    """Expanding folds behind a third of the rows; empty if they would be too thin."""
    hidden = int((days < days.min() + np.timedelta64(purge_days, "D")).sum())
    lead = max(len(y) // 3, hidden + len(y) // 6)  # what the purge hides does not count as training
    try:
        folds = list(DateSplit(n, purge_days=purge_days, min_train=lead).split(None, dates=days))
    except NotEnoughData:
        return []
    held = np.concatenate([y[test] for _, test in folds])
    thin = any(_rarer(y[train]) < 20 for train, _ in folds) or _rarer(held) < 20
    return [] if thin else folds
