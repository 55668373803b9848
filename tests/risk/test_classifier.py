from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from risk_data import Book, make_book
from sklearn.base import clone

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.metrics import auc, brier, calibration_error, calibration_line


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(6_000)


@pytest.fixture(scope="module")
def model(book: Book) -> RiskClassifier:
    return RiskClassifier(purge_days=30, n_jobs=1).fit(book.X, book.y, dates=book.dates, groups=book.clients)


@pytest.fixture(scope="module")
def fresh() -> Book:
    return make_book(20_000, seed=1)


def p_of(model: RiskClassifier, X: Any) -> Any:
    return model.predict_proba(X)[:, 1]


def test_probabilities_lie_between_0_and_1_and_add_up(model: RiskClassifier, fresh: Book) -> None:
    both = model.predict_proba(fresh.X)

    assert ((both >= 0) & (both <= 1)).all()
    assert np.array_equal(both[:, 0], 1 - both[:, 1])


def test_probabilities_come_close_to_the_truth(model: RiskClassifier, fresh: Book) -> None:
    p = p_of(model, fresh.X)
    irreducible = brier(fresh.y, fresh.truth)

    assert brier(fresh.y, p) < 1.02 * irreducible
    assert calibration_error(fresh.y, p) < 0.015
    assert auc(fresh.y, p) > auc(fresh.y, fresh.truth) - 0.015


@pytest.mark.parametrize("level", [-5.5, 0.5])
def test_a_rare_or_a_frequent_event_keeps_its_rate(level: float) -> None:
    few, later = make_book(8_000, level=level, seed=2), make_book(30_000, level=level, seed=3)

    p = p_of(RiskClassifier(n_jobs=1).fit(few.X, few.y, dates=few.dates), later.X)

    assert p.mean() == pytest.approx(later.y.mean(), rel=0.15)
    assert 0.75 < calibration_line(later.y, p).slope < 1.3


def test_the_catalogue_says_which_way_a_column_moves_the_risk(model: RiskClassifier, book: Book) -> None:
    one = pd.concat([book.X.iloc[[7]]] * 50, ignore_index=True)
    rising = p_of(model, one.assign(late_share_365d=np.linspace(0, 1, 50)))
    falling = p_of(model, one.assign(on_time_streak=np.linspace(0, 30, 50)))

    assert (np.diff(rising) >= 0).all()
    assert rising[-1] > rising[0]
    assert (np.diff(falling) <= 0).all()
    assert model.monotone_ == [1, -1, 0, 0]


@pytest.mark.parametrize("extra_trees", [True, False])
def test_directions_hold_for_every_client_however_trees_are_cut(extra_trees: bool, book: Book) -> None:
    made = RiskClassifier(n_trees=60, num_leaves=31, extra_trees=extra_trees, n_bags=1, n_jobs=1).fit(book.X, book.y)
    lower = p_of(made, book.X)
    higher = p_of(made, book.X.assign(late_share_365d=book.X["late_share_365d"] + 0.1))

    assert (higher >= lower).all()


def test_a_mapping_says_directions_and_none_leaves_all_free(book: Book) -> None:
    given = RiskClassifier(monotone={"issued_amount_90d": -1}, n_trees=5, n_jobs=1).fit(book.X, book.y)
    free = RiskClassifier(monotone=None, n_trees=5, n_jobs=1).fit(book.X, book.y)

    assert (given.monotone_, free.monotone_) == ([0, 0, 0, -1], [0, 0, 0, 0])


def test_a_direction_for_a_column_that_is_not_there_names_the_near_one(book: Book) -> None:
    with pytest.raises(CallError, match=r"'late_share_356d', which X has not\. Did you mean 'late_share_365d'"):
        RiskClassifier(monotone={"late_share_356d": 1}).fit(book.X, book.y)


def test_one_row_and_a_batch_give_the_same_bits(model: RiskClassifier, fresh: Book) -> None:
    batch = p_of(model, fresh.X[:300])
    singles = np.concatenate([p_of(model, fresh.X.iloc[[i]]) for i in range(300)])
    shuffled = np.random.default_rng(0).permutation(300)

    assert np.array_equal(batch, singles)
    assert np.array_equal(batch[shuffled], p_of(model, fresh.X[:300].iloc[shuffled]))


def test_the_same_data_and_seed_give_the_same_bytes_at_any_thread_count(book: Book) -> None:
    def parts(threads: int) -> Any:
        made = RiskClassifier(purge_days=30, n_bags=2, max_trees=40, n_jobs=threads)
        return made.fit(book.X[:3_000], book.y[:3_000], dates=book.dates[:3_000]).to_parts()

    one, two, three = parts(1), parts(2), parts(3)

    assert json.dumps(one["model.json"], sort_keys=True) == json.dumps(two["model.json"], sort_keys=True)
    assert one == two == three


def test_another_seed_gives_another_model(book: Book) -> None:
    first, second = (RiskClassifier(n_trees=20, random_state=s, n_jobs=1).fit(book.X, book.y) for s in (1, 2))

    assert first.to_parts()["model.txt"] != second.to_parts()["model.txt"]


def test_parts_bring_the_model_back_to_the_bit(model: RiskClassifier, fresh: Book) -> None:
    parts = model.to_parts()
    through_json = {k: v if isinstance(v, bytes) else json.loads(json.dumps(v)) for k, v in parts.items()}

    back = RiskClassifier.from_parts(through_json)

    assert np.array_equal(p_of(back, fresh.X), p_of(model, fresh.X))
    assert np.array_equal(back.contributions(fresh.X[:50]), model.contributions(fresh.X[:50]))
    assert np.array_equal(back.feature_importances_, model.feature_importances_)
    assert list(back.feature_names_in_) == list(fresh.X.columns)
    assert back.to_parts() == parts
    assert back.get_params() | {"n_jobs": 1} == model.get_params()


def test_two_models_fit_in_one_folder_under_prefixes(model: RiskClassifier, fresh: Book) -> None:
    parts = model.to_parts("second.")

    assert all(name.startswith("second.") for name in parts)
    assert np.array_equal(p_of(RiskClassifier.from_parts(parts, "second."), fresh.X[:9]), p_of(model, fresh.X[:9]))


def test_classes_of_text_come_back_from_parts(book: Book) -> None:
    named = np.where(book.y == 1, "mau", "bom")
    made = RiskClassifier(n_trees=10, n_jobs=1).fit(book.X, named)
    back = RiskClassifier.from_parts(made.to_parts())

    assert list(back.classes_) == ["bom", "mau"]
    assert set(back.predict(book.X)) <= {"bom", "mau"}


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"model.txt": None}, r"no part model\.txt"),
        ({"calibration.json": {"method": "magic", "coefficients": [], "knots": []}}, "calibration of the model is not"),
        ({"model.txt": b"no trees at all"}, "it is no model of LightGBM"),
        ({"model.json": {}}, r"model\.json of the model cannot be read"),
    ],
)
def test_a_part_that_is_missing_or_wrong_is_named(model: RiskClassifier, broken: Any, message: str) -> None:
    parts = {k: v for k, v in (model.to_parts() | broken).items() if v is not None}

    with pytest.raises(BundleError, match=message):
        RiskClassifier.from_parts(parts)


def test_trees_of_other_columns_are_refused(model: RiskClassifier, book: Book) -> None:
    other = RiskClassifier(n_trees=5, n_jobs=1).fit(book.X[["late_share_365d"]], book.y)

    with pytest.raises(BundleError, match=r"trees of the model read 1 columns, model\.json lists 4"):
        RiskClassifier.from_parts(model.to_parts() | {"model.txt": other.to_parts()["model.txt"]})


def test_an_unseen_category_counts_as_missing(model: RiskClassifier, book: Book) -> None:
    X = book.X[:50]

    assert np.array_equal(p_of(model, X.assign(client_uf="XX")), p_of(model, X.assign(client_uf=None)))


def test_a_category_means_the_same_in_any_dtype_and_library(model: RiskClassifier, book: Book) -> None:
    X = book.X[:200]
    expected = p_of(model, X)
    # In another order of categories, with codes of their own, as text, as objects, in Polars.
    shifted = pd.Categorical(X["client_uf"], categories=["ZZ", "SP", "AM", "RS", "BA"])

    assert np.array_equal(expected, p_of(model, X.assign(client_uf=shifted)))
    assert np.array_equal(expected, p_of(model, X.assign(client_uf=X["client_uf"].astype(object))))
    assert np.array_equal(expected, p_of(model, pl.from_pandas(X)))


def test_missing_values_need_no_filling(model: RiskClassifier, book: Book) -> None:
    nothing = pd.DataFrame(np.nan, index=range(3), columns=book.X.columns).astype({"client_uf": object})

    assert np.isfinite(p_of(model, nothing)).all()


def test_a_missing_column_is_named_with_the_near_one(model: RiskClassifier, book: Book) -> None:
    with pytest.raises(CallError, match=r"- late_share_365d Did you mean 'late_share_356d'\?"):
        model.predict_proba(book.X.rename(columns={"late_share_365d": "late_share_356d"}))


def test_text_in_a_column_of_numbers_is_shown(model: RiskClassifier, book: Book) -> None:
    wrong = book.X[:2].astype({"on_time_streak": object})
    wrong.loc[1, "on_time_streak"] = "muitos"

    with pytest.raises(CallError, match=r"'on_time_streak' held numbers .* now it holds 'muitos'"):
        model.predict_proba(wrong)


def test_an_infinite_value_is_refused_by_column(model: RiskClassifier, book: Book) -> None:
    with pytest.raises(CallError, match="'late_share_365d' holds an infinite value"):
        model.predict_proba(book.X[:2].assign(late_share_365d=np.inf))


def test_an_array_cannot_stand_for_a_table_with_categories(model: RiskClassifier) -> None:
    with pytest.raises(CallError, match="'client_uf' holds categories: give a table"):
        model.predict_proba(np.zeros((2, 4)))


def test_contributions_add_up_to_the_log_odds(model: RiskClassifier, fresh: Book) -> None:
    X = fresh.X[:500]

    assert np.abs(model.contributions(X).sum(axis=1) - model.log_odds(X)).max() < 1e-9


def test_inputs_are_never_changed(book: Book) -> None:
    X, y, w = book.X.copy(), book.y.copy(), np.linspace(0, 2, len(book.y))
    kept = w.copy()
    RiskClassifier(n_trees=5, n_jobs=1).fit(X, y, dates=book.dates, groups=book.clients, sample_weight=w)

    pd.testing.assert_frame_equal(X, book.X)
    assert np.array_equal(y, book.y)
    assert np.array_equal(w, kept)


def test_held_out_predictions_come_from_later_dates_in_order_of_rows(model: RiskClassifier, book: Book) -> None:
    held = model.oof_index_

    assert model.fold_kind_ == "dates"
    assert (np.diff(held) > 0).all()
    assert book.dates[held].min() > book.dates.min()
    assert len(held) == len(model.oof_probability_) == len(model.oof_fold_)
    assert calibration_error(book.y[held], model.oof_probability_) < 0.03


def test_without_dates_clients_stay_together(book: Book) -> None:
    made = RiskClassifier(n_trees=5, n_jobs=1).fit(book.X, book.y, groups=book.clients)
    folds = pd.Series(made.oof_fold_).groupby(book.clients[made.oof_index_]).nunique()

    assert made.fold_kind_ == "clients"
    assert folds.max() == 1


def test_rows_of_weight_zero_are_as_if_not_there(book: Book) -> None:
    half = np.arange(len(book.y)) % 2 == 0
    weighted = RiskClassifier(n_trees=20, n_jobs=1).fit(book.X, book.y, sample_weight=half.astype(float))
    without = RiskClassifier(n_trees=20, n_jobs=1).fit(book.X[half], book.y[half])
    weights_of_one = without.to_parts()["model.txt"]

    assert (weighted.oof_index_ % 2 == 0).all()
    assert np.allclose(p_of(weighted, book.X[:99]), p_of(without, book.X[:99]))
    assert isinstance(weights_of_one, bytes)


def test_weights_move_the_level(book: Book) -> None:
    heavy = np.where(book.y == 1, 5.0, 1.0)
    plain, moved = (RiskClassifier(n_trees=60, n_jobs=1).fit(book.X, book.y, sample_weight=w) for w in (None, heavy))

    assert p_of(moved, book.X).mean() > 1.5 * p_of(plain, book.X).mean()


def test_a_given_number_of_trees_is_kept(book: Book) -> None:
    made = RiskClassifier(n_trees=37, n_bags=1, n_jobs=1).fit(book.X, book.y)

    assert (made.n_trees_, made.boosters_[0].num_trees()) == (37, 37)


def test_noise_alone_is_not_learned() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2_000, 8)), (rng.random(2_000) < 0.2).astype(int)
    p = p_of(RiskClassifier(n_jobs=1).fit(X, y), rng.normal(size=(2_000, 8)))

    assert p.std() < 0.05
    assert p.mean() == pytest.approx(0.2, abs=0.03)


def test_few_cases_get_several_seeds_and_small_trees() -> None:
    few = make_book(600, level=-1.0)
    made = RiskClassifier(n_jobs=1).fit(few.X, few.y, dates=few.dates)

    assert (len(made.boosters_), made.settings_.num_leaves, made.settings_.extra_trees) == (5, 7, True)
    assert set(made.to_parts()) == {
        *(["model.txt"] + [f"model_{i}.txt" for i in range(2, 6)]),
        "model.json",
        "calibration.json",
    }


def test_a_large_table_gets_fewer_seeds_and_the_latest_two_folds(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"n_trees": 10, "purge_days": 30, "n_jobs": 1}
    some = RiskClassifier(**given).fit(book.X, book.y, dates=book.dates)
    monkeypatch.setattr("inadimplencia_ml.risk.classifier._LARGE", 20_000)
    large = RiskClassifier(**given).fit(book.X, book.y, dates=book.dates)

    assert (len(some.boosters_), len(large.boosters_)) == (5, 3)
    assert len(np.unique(some.oof_fold_)) > len(np.unique(large.oof_fold_)) == 2
    assert set(large.oof_index_) < set(some.oof_index_)
    assert book.dates[large.oof_index_].max() == book.dates.max()


def test_some_cases_get_three_seeds_on_all_rows_and_one_in_the_folds() -> None:
    some = make_book(4_000, level=0.0, seed=5)
    made = RiskClassifier(n_trees=10, n_jobs=1).fit(some.X, some.y)
    alone = RiskClassifier(n_trees=10, n_bags=1, n_jobs=1).fit(some.X, some.y)

    assert min(some.y.sum(), 4_000 - some.y.sum()) >= 1_000
    assert (len(made.boosters_), len(alone.boosters_)) == (3, 1)
    assert np.array_equal(made.oof_log_odds_, alone.oof_log_odds_)
    assert not np.array_equal(made.log_odds(some.X), alone.log_odds(some.X))


def test_a_model_is_fitted_where_no_fold_can_be_made() -> None:
    tiny = make_book(40, level=-2.5, seed=4)
    tiny.y[:] = 0
    tiny.y[:3] = 1
    made = RiskClassifier(n_jobs=1).fit(tiny.X, tiny.y, dates=tiny.dates)

    assert made.fold_kind_ == "none"
    assert (len(made.oof_index_), made.calibration_.method) == (0, "none")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"calibration": "plat"}, r"calibration is 'plat'\. Did you mean 'platt'"),
        ({"n_trees": 0}, "n_trees is 0; expected 1 or more"),
        ({"n_folds": 1}, "n_folds is 1; expected 2 or more"),
        ({"monotone": "up"}, "monotone is 'up'; expected 'catalog'"),
        ({"monotone": {"on_time_streak": 2}}, "the direction 2; expected -1, 0 or 1"),
    ],
)
def test_a_wrong_parameter_is_told(parameters: Any, message: str, book: Book) -> None:
    with pytest.raises(CallError, match=message):
        RiskClassifier(**parameters).fit(book.X, book.y)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dates": ["2025-01-01"]}, "Expected one date a row"),
        ({"groups": [1, 2]}, "Expected one client a row"),
        ({"sample_weight": np.zeros(6_000)}, "no class is left"),
    ],
)
def test_what_comes_beside_the_features_must_fit(given: Any, message: str, book: Book) -> None:
    with pytest.raises(CallError, match=message):
        RiskClassifier(n_trees=5).fit(book.X, book.y, **given)


def test_one_class_alone_is_refused(book: Book) -> None:
    with pytest.raises(CallError, match="needs two classes"):
        RiskClassifier().fit(book.X, np.zeros(len(book.y)))


def test_a_clone_is_unfitted_with_the_same_parameters(model: RiskClassifier) -> None:
    twin = clone(model)

    assert twin.get_params() == model.get_params()
    assert not hasattr(twin, "boosters_")
