from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

from inadimplencia_ml.errors import CallError, NotEnoughData
from inadimplencia_ml.risk.date_split import DateSplit, client_folds, folds_for_fit

MONTHS = pd.date_range("2024-01-31", periods=24, freq="ME").to_numpy().astype("datetime64[D]")


@given(
    places=st.lists(st.integers(0, 23), min_size=30, max_size=200),
    n_splits=st.integers(1, 6),
    purge=st.integers(0, 120),
    kind=st.sampled_from(["expanding", "rolling"]),
)
def test_training_ends_a_purge_before_the_test_part_and_no_date_is_parted(
    places: list[int], n_splits: int, purge: int, kind: str
) -> None:
    dates = MONTHS[places]
    seen = np.zeros(len(dates), dtype=int)
    try:
        folds = list(DateSplit(n_splits, kind=kind, purge_days=purge).split(None, dates=dates))  # type: ignore[arg-type]
    except NotEnoughData:
        return

    assert len(folds) == n_splits
    for train, test in folds:
        assert len(train)
        assert len(test)
        assert dates[train].max() < dates[test].min()
        assert dates[train].max() + np.timedelta64(purge, "D") <= dates[test].min()
        assert not set(dates[train]) & set(dates[test])
        seen[test] += 1
    assert seen.max() == 1
    assert len({str(d) for d in dates[seen == 1]} & {str(d) for d in dates[seen == 0]}) == 0


def test_test_parts_follow_each_other_to_the_last_date() -> None:
    folds = list(DateSplit(3).split(None, dates=MONTHS))
    tests = np.concatenate([test for _, test in folds])

    assert np.array_equal(tests, np.arange(6, 24))


def test_expanding_keeps_all_of_the_past_and_rolling_a_window() -> None:
    expanding = [len(train) for train, _ in DateSplit(3).split(None, dates=MONTHS)]
    rolling = [len(train) for train, _ in DateSplit(3, kind="rolling").split(None, dates=MONTHS)]

    assert expanding == [6, 12, 18]
    assert all(5 <= n <= 7 for n in rolling)


def test_the_first_training_part_can_be_asked_to_be_larger() -> None:
    first, _ = next(DateSplit(3, min_train=15).split(None, dates=MONTHS))

    assert len(first) == 15


def test_dates_of_python_pandas_and_text_are_the_same() -> None:
    days = [dt.date(2025, 1, d) for d in range(1, 10)]
    ways = [days, pd.Series(pd.to_datetime(days)), [d.isoformat() for d in days]]
    found = [[list(map(list, fold)) for fold in DateSplit(2).split(days, dates=way)] for way in ways]

    assert found[0] == found[1] == found[2]


def test_it_serves_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(240, 2))
    scores = cross_val_score(LogisticRegression(), x, x[:, 0] > 0, cv=DateSplit(4, dates=np.repeat(MONTHS, 10)))

    assert len(scores) == 4
    assert scores.min() > 0.9


def test_scikit_learn_can_hand_over_the_dates_as_groups() -> None:
    x = np.random.default_rng(0).normal(size=(240, 2))
    y, dates = x[:, 0] > 0, np.repeat(MONTHS, 10)
    as_parameter = cross_val_score(LogisticRegression(), x, y, cv=DateSplit(4, dates=dates))
    as_groups = cross_val_score(LogisticRegression(), x, y, groups=dates, cv=DateSplit(4))
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=clone(DateSplit(4), safe=False))

    assert np.array_equal(as_parameter, as_groups)
    assert search.fit(x, y, groups=dates).best_score_ >= as_groups.mean()


def test_scikit_learn_can_route_the_dates_by_their_name() -> None:
    x = np.random.default_rng(0).normal(size=(240, 2))
    y, dates = x[:, 0] > 0, np.repeat(MONTHS, 10)
    plain = cross_val_score(LogisticRegression(), x, y, cv=DateSplit(4, dates=dates))
    with config_context(enable_metadata_routing=True):
        routed = cross_val_score(LogisticRegression(), x, y, cv=DateSplit(4), params={"dates": dates})
        searched = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=DateSplit(4)).fit(x, y, dates=dates)

    assert np.array_equal(plain, routed)
    assert searched.best_score_ == pytest.approx(plain.mean())


def test_groups_of_clients_are_not_taken_for_dates() -> None:
    with pytest.raises(CallError, match=r"dates holds numbers \(int64\)"):
        list(DateSplit(2).split(range(24), groups=np.arange(24)))
    by_dates = list(DateSplit(2, dates=MONTHS).split(range(24), groups=np.arange(24)))
    assert [len(test) for _, test in by_dates] == [8, 8]


@given(rows=st.integers(1, 40), purge=st.integers(0, 60))
def test_the_largest_training_part_holds_the_latest_whole_dates_that_fit(rows: int, purge: int) -> None:
    dates = np.repeat(MONTHS, 3)
    whole = [train for train, _ in DateSplit(3, purge_days=purge).split(None, dates=dates)]
    if rows < 3:
        with pytest.raises(NotEnoughData, match="a larger min_train, max_train"):
            list(DateSplit(3, purge_days=purge, max_train=rows).split(None, dates=dates))
        return
    held = [train for train, _ in DateSplit(3, purge_days=purge, max_train=rows).split(None, dates=dates)]

    for all_of_them, kept in zip(whole, held, strict=True):
        assert np.array_equal(kept, all_of_them[-min(rows // 3 * 3, len(all_of_them)) :])


@pytest.mark.parametrize("purge", [0, 45])
def test_a_rolling_window_spans_the_days_asked_for_up_to_the_purge(purge: int) -> None:
    split = DateSplit(4, kind="rolling", purge_days=purge, train_days=92)
    for train, test in split.split(None, dates=MONTHS):
        first = MONTHS[test].min()
        before = (first - MONTHS).astype(int)
        assert np.array_equal(train, np.flatnonzero((before > 0) & (before >= purge) & (before <= 92 + purge)))


def test_a_sparse_table_can_be_split() -> None:
    found = list(DateSplit(2).split(csr_array((24, 3)), dates=MONTHS))

    assert [len(test) for _, test in found] == [8, 8]


@pytest.mark.parametrize(
    ("split", "dates", "error", "message"),
    [
        (DateSplit(2), None, CallError, "needs dates"),
        (DateSplit(0), MONTHS, CallError, "n_splits is 0"),
        (DateSplit(2, kind="sliding"), MONTHS, CallError, "kind is 'sliding'"),  # type: ignore[arg-type]
        (DateSplit(2, purge_days=-1), MONTHS, CallError, "purge_days is -1"),
        (DateSplit(2, max_train=0), MONTHS, CallError, "max_train is 0; expected 1 or more"),
        (DateSplit(2, train_days=30), MONTHS, CallError, "train_days is the window of kind='rolling'"),
        (DateSplit(24), MONTHS, NotEnoughData, "24 splits need 25 different dates; there are 24"),
        (DateSplit(5, purge_days=400), MONTHS, NotEnoughData, "a purge of 400 days"),
        (DateSplit(2), [*["2025-01-01"] * 23, "NaT"], CallError, "1 of the dates are missing"),
        (DateSplit(2), MONTHS[:5], CallError, "there are 24 rows"),
        (DateSplit(2), ["soon"] * 24, CallError, "dates cannot be read"),
    ],
)
def test_what_cannot_be_split_is_told(split: DateSplit, dates: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        list(split.split(range(24), dates=dates))


def test_folds_of_clients_hold_whole_clients_and_equal_shares_of_bad_ones() -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 500, 3_000)
    y = (rng.random(3_000) < 0.1).astype(float)
    fold = client_folds(y, groups, 5, 0)

    assert pd.Series(fold).groupby(groups).nunique().max() == 1
    assert np.ptp(np.bincount(fold, weights=y)) <= 15
    assert np.ptp(np.bincount(client_folds(y, None, 5, 0), weights=y)) <= 1


def test_a_single_date_leaves_clients_to_be_parted() -> None:
    y = np.tile([0.0, 0.0, 1.0], 100)
    days = np.full(300, np.datetime64("2025-01-31"))
    kind, folds = folds_for_fit(y, days, np.arange(300) // 2, n_splits=5, purge_days=0, random_state=0)

    assert (kind, len(folds)) == ("clients", 5)


def test_a_purge_longer_than_the_book_leaves_rows_to_be_parted() -> None:
    y = np.tile([0.0, 1.0], 240)
    kind, _ = folds_for_fit(y, np.repeat(MONTHS, 20), None, n_splits=5, purge_days=3_000, random_state=0)

    assert kind == "rows"


def test_too_few_cases_leave_no_fold() -> None:
    kind, folds = folds_for_fit(np.array([1.0, 0, 0, 0]), None, None, n_splits=5, purge_days=0, random_state=0)

    assert (kind, folds) == ("none", [])
