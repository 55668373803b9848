from __future__ import annotations

import numpy as np
import pytest
from risk_data import make_book

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.classifier import RiskClassifier

QUICK = {"max_trees": 60, "patience": 20, "n_bags": 1, "n_folds": 3, "n_jobs": 1}


def test_the_same_trials_find_the_same_settings() -> None:
    book = make_book(1_200)
    first, second = (
        RiskClassifier(search_trials=6, random_state=3, **QUICK).fit(book.X, book.y, dates=book.dates) for _ in range(2)
    )

    assert first.settings_ == second.settings_
    assert first.to_parts() == second.to_parts()


def test_what_beats_the_settings_by_size_is_taken() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3_000, 4))
    y = (x[:, 0] * x[:, 1] * x[:, 2] > 0).astype(int)  # three columns at once: stumps see nothing
    stumps = {"num_leaves": 2, "max_depth": 3} | QUICK
    plain = RiskClassifier(**stumps).fit(x, y)
    found = RiskClassifier(search_trials=9, **stumps).fit(x, y)

    assert plain.settings_.num_leaves == 2
    assert found.settings_.num_leaves > 2
    later = rng.normal(size=(2_000, 4))
    truth = later[:, 0] * later[:, 1] * later[:, 2] > 0
    assert (found.predict(later) == truth).mean() > (plain.predict(later) == truth).mean() + 0.1


def test_noise_gives_no_reason_to_leave_the_settings_by_size() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(800, 3)), (rng.random(800) < 0.3).astype(int)
    by_size = RiskClassifier(**QUICK).fit(x, y).settings_
    # What is tried must beat them by more than a standard error.
    assert RiskClassifier(search_trials=4, **QUICK).fit(x, y).settings_ == by_size


def test_no_time_is_enough_for_one_trial() -> None:
    book = make_book(600)

    made = RiskClassifier(search_seconds=1e-9, **QUICK).fit(book.X, book.y)

    assert made.n_trees_ >= 1


@pytest.mark.parametrize("wrong", [{"search_trials": 0}, {"search_seconds": 0.0}])
def test_a_budget_of_nothing_is_refused(wrong: dict[str, float]) -> None:
    book = make_book(100)

    with pytest.raises(CallError, match=r"search_\w+ is 0.*; expected more than 0"):
        RiskClassifier(**wrong).fit(book.X, book.y)


def test_deep_trees_are_taken_where_columns_act_together_and_only_there() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3_000, 5))
    together = (rng.random(3_000) < np.where(x[:, 0] * x[:, 1] * x[:, 2] > 0, 0.8, 0.1)).astype(int)
    apart = (rng.random(3_000) < 1 / (1 + np.exp(-x[:, 0] - x[:, 1] + 1))).astype(int)

    assert RiskClassifier(**QUICK).fit(x, together).settings_.num_leaves == 31
    assert RiskClassifier(**QUICK).fit(x, apart).settings_.num_leaves == 7
