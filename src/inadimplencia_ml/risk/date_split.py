"""Folds that keep time's order: fit on the past, judge on what came after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

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
        A date is missing or unreadable, they are numbers, or there are not ``rows`` of them.
    """
    given = np.asarray(dates)
    if given.dtype.kind in "biufc":  # numpy would read them as days since 1970, clients' numbers as well
        raise CallError(f"dates holds numbers ({given.dtype}). Expected dates, one a row.")
    try:
        days: Days = given.astype("datetime64[D]")
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

    The dates come from where it suits: ``DateSplit(dates=...)``, ``split(X, y, dates=...)``, or ``groups=`` of
    scikit-learn's ``cross_val_score``, ``GridSearchCV.fit`` and the like; where more than one is given, the first of
    ``split``'s, the constructor's and ``groups``. With scikit-learn's metadata routing, ``dates`` and ``groups`` are
    asked for by their names.

    Parameters
    ----------
    n_splits : int
        Number of test parts.
    kind : {"expanding", "rolling"}
        Training on all earlier dates, or on a window of days that moves along.
    purge_days : int
        Days between a training date and the first date of the test part: the horizon of the outcome.
    min_train : int or None
        Rows that the first training part holds at least, before the purge; None: a part of its own, as large as a
        test part.
    max_train : int or None
        Rows that a training part holds at most, after the purge: its latest dates, whole, as far as they fit.
    train_days : int or None
        Days that the window of ``kind="rolling"`` spans, up to the purge; None: as many as the first training part.
    dates : array-like or None
        One date a row.

    Examples
    --------
    >>> import pandas as pd
    >>> dates = pd.date_range("2025-01-31", periods=6, freq="ME")
    >>> for train, test in DateSplit(2, purge_days=45).split(range(6), dates=dates):
    ...     print(train, test)
    [0] [2 3]
    [0 1 2] [4 5]
    >>> for train, test in DateSplit(2, kind="rolling", train_days=62).split(range(6), dates=dates):
    ...     print(train, test)
    [0 1] [2 3]
    [2 3] [4 5]

    In scikit-learn's searches and scores:

    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_score
    >>> X, y = np.arange(12.0).reshape(-1, 1) % 4, np.arange(12) % 4 > 1
    >>> cross_val_score(LogisticRegression(), X, y, groups=np.repeat(dates, 2), cv=DateSplit(2))
    array([1., 1.])
    """

    # What the searches and scores of scikit-learn hand over when its metadata routing is on.
    __metadata_request__split: ClassVar[dict[str, bool]] = {"groups": True, "dates": True}

    def __init__(
        self,
        n_splits: int = 5,
        *,
        kind: Literal["expanding", "rolling"] = "expanding",
        purge_days: int = 0,
        min_train: int | None = None,
        max_train: int | None = None,
        train_days: int | None = None,
        dates: Any = None,
    ) -> None:
        self.n_splits = n_splits
        self.kind = kind
        self.purge_days = purge_days
        self.min_train = min_train
        self.max_train = max_train
        self.train_days = train_days
        self.dates = dates

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None, dates: Any = None) -> int:
        """The number of folds."""
        return self.n_splits

    def split(self, X: Any, y: Any = None, groups: Any = None, dates: Any = None) -> Iterator[tuple[Indices, Indices]]:
        """The folds, earliest first: row numbers of training and test.

        Raises
        ------
        CallError
            No dates, or a parameter out of range.
        NotEnoughData
            Too few different dates, or none left for training behind the purge or within ``max_train``.
        """
        self._check()
        given = next((d for d in (dates, self.dates, groups) if d is not None), None)
        if given is None:
            raise CallError(
                "DateSplit needs dates: DateSplit(dates=...), split(X, y, dates=...), or groups=dates in scikit-learn."
            )
        rows = None if X is None else X.shape[0] if hasattr(X, "shape") else len(X)
        days = as_days(given, rows)
        starts = self._starts(days)
        span = starts[0] - days.min()
        if self.train_days is not None:
            span = np.timedelta64(self.train_days + self.purge_days, "D")
        ends = [*starts[1:], days.max() + np.timedelta64(1, "D")]
        for start, end in zip(starts, ends, strict=True):
            known = (days < start) & (days + np.timedelta64(self.purge_days, "D") <= start)
            if self.kind == "rolling":
                known &= days >= start - span
            train = self._latest(np.flatnonzero(known), days)
            if not len(train):
                raise NotEnoughData(
                    f"No row is left to train on before {start} with a purge of {self.purge_days} days: "
                    f"the dates begin on {days.min()}. Use fewer splits, a larger min_train, max_train or train_days, "
                    "or a shorter purge."
                )
            yield train, np.flatnonzero((days >= start) & (days < end))

    def _latest(self, train: Indices, days: Days) -> Indices:
        """The rows of the latest dates that fit into ``max_train``."""
        if self.max_train is None or len(train) <= self.max_train:
            return train
        unique, counts = np.unique(days[train], return_counts=True)
        fit = int((np.cumsum(counts[::-1]) <= self.max_train).sum())
        return train[days[train] >= unique[-fit]] if fit else train[:0]

    def _check(self) -> None:
        if self.n_splits < 1:
            raise CallError(f"n_splits is {self.n_splits}; expected 1 or more.")
        if self.kind not in ("expanding", "rolling"):
            raise CallError(f"kind is {self.kind!r}; expected 'expanding' or 'rolling'.")
        if self.purge_days < 0:
            raise CallError(f"purge_days is {self.purge_days}; expected 0 or more.")
        for name in ("min_train", "max_train", "train_days"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise CallError(f"{name} is {value}; expected 1 or more.")
        if self.train_days is not None and self.kind != "rolling":
            raise CallError(f"train_days is the window of kind='rolling'; kind is {self.kind!r}.")

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
