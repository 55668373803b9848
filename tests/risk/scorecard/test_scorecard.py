from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.calibration import Calibration
from inadimplencia_ml.risk.metrics import auc, brier, calibration_error
from inadimplencia_ml.risk.scale import score_raw
from inadimplencia_ml.risk.scorecard.classifier import ScorecardClassifier
from risk.risk_data import Book, make_book


def with_specials(book: Book) -> pd.DataFrame:
    rng = np.random.default_rng(9)
    streak = np.where(rng.random(len(book.y)) < 0.1, -9.0, np.where(rng.random(len(book.y)) < 0.05, -8.0, np.nan))
    return book.X.assign(on_time_streak=np.where(np.isnan(streak), book.X["on_time_streak"], streak))


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(6_000)


@pytest.fixture(scope="module")
def X(book: Book) -> pd.DataFrame:
    return with_specials(book)


@pytest.fixture(scope="module")
def model(book: Book, X: pd.DataFrame) -> ScorecardClassifier:
    made = ScorecardClassifier(special={"on_time_streak": [-9, -8]}, purge_days=30, n_jobs=1)
    return made.fit(X, book.y, dates=book.dates, groups=book.clients)


@pytest.fixture(scope="module")
def fresh() -> Book:
    return make_book(20_000, seed=1)


def p_of(model: ScorecardClassifier, X: Any) -> Any:
    return model.predict_proba(X)[:, 1]


def test_probabilities_come_close_to_the_truth(book: Book, fresh: Book) -> None:
    model = ScorecardClassifier(purge_days=30, n_jobs=1).fit(book.X, book.y, dates=book.dates)
    p = p_of(model, fresh.X)

    assert brier(fresh.y, p) < 1.02 * brier(fresh.y, fresh.truth)
    assert calibration_error(fresh.y, p) < 0.02
    assert auc(fresh.y, p) > auc(fresh.y, fresh.truth) - 0.012


def test_the_card_adds_up_to_the_points_and_the_points_to_the_probability(
    model: ScorecardClassifier, X: pd.DataFrame
) -> None:
    card = model.card("en")
    points = model.score_points(X)
    by_hand = np.full(len(X), int(card["points"][0]))
    for feature in model.card_.features:
        bins = card[card["feature"] == feature.name]
        place = feature.bins.place(
            model.encoded(X)[:, feature.position], model.columns_.categories[feature.position] or ()
        )
        by_hand += bins["points"].to_numpy()[place]

    assert np.array_equal(points, by_hand)
    assert np.abs(points - score_raw(p_of(model, X))).max() <= (len(model.card_.features) + 1) / 2


def test_a_moved_level_moves_the_points_too(model: ScorecardClassifier, X: pd.DataFrame) -> None:
    moved = ScorecardClassifier.from_parts(model.to_parts())
    moved.calibration_ = replace(moved.calibration_, shift=np.log(2.0))

    assert (model.score_points(X) - moved.score_points(X)).mean() == pytest.approx(40, abs=1)
    assert np.abs(moved.score_points(X) - score_raw(p_of(moved, X))).max() <= (len(model.card_.features) + 1) / 2
    assert moved.card()["points"][0] == moved.card_.base_points - 40


def test_points_stay_near_where_the_calibration_is_a_curve(book: Book, X: pd.DataFrame) -> None:
    made = ScorecardClassifier(calibration="beta", n_jobs=1).fit(X, book.y)
    away = made.score_points(X) - score_raw(p_of(made, X))

    assert made.calibration_.method == "beta"
    assert np.abs(away).mean() < 8


def test_the_table_tells_the_data_it_was_made_of(model: ScorecardClassifier, X: pd.DataFrame, book: Book) -> None:
    card = model.card("en")
    streak = card[card["feature"] == "on_time_streak"].set_index("bin")
    special = X["on_time_streak"] == -9

    assert list(card.columns) == "feature bin points woe rows bads bad_rate share iv".split()
    assert streak.loc["−9", "rows"] == special.sum()
    assert streak.loc["−9", "bad_rate"] == pytest.approx(book.y[special].mean())
    assert streak["rows"].sum() == len(X)
    assert streak["share"].sum() == pytest.approx(1.0)
    assert set(card["feature"][1:]) == {f.name for f in model.card_.features}


def test_safer_bins_have_more_points(model: ScorecardClassifier) -> None:
    card = model.card()[1:]
    occupied = card[card["rows"] > 0]

    assert all(f.slope > 0 for f in model.card_.features)
    for _, bins in occupied.groupby("feature"):
        order = bins.sort_values("woe")
        assert (np.diff(order["points"]) >= 0).all()


def test_the_catalogue_says_which_way_the_points_go(model: ScorecardClassifier) -> None:
    trends = {f.name: f.trend for f in model.card_.features}
    points = {f.name: model.card_.points_of(f)[: f.bins.ordered] for f in model.card_.features}

    assert (trends["late_share_365d"], trends["on_time_streak"]) == ("up", "down")
    assert (np.diff(points["late_share_365d"]) <= 0).all()
    assert (np.diff(points["on_time_streak"]) >= 0).all()


def test_trends_can_be_given_in_words() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"age": rng.uniform(0, 1, 4_000)})
    y = rng.random(4_000) < np.where(np.abs(X["age"] - 0.5) < 0.2, 0.05, 0.4)
    models = {w: ScorecardClassifier(monotone={"age": w}, n_jobs=1) for w in ("auto", "up", "valley", "none")}
    trend = {w: m.fit(X, y).selection_[0]["trend"] for w, m in models.items()}

    assert trend == {"auto": "valley", "up": "up", "valley": "valley", "none": "none"}


def test_noise_stays_off_the_card_and_a_double_too(book: Book, X: pd.DataFrame) -> None:
    rng = np.random.default_rng(3)
    noisy = X.assign(
        noise=rng.normal(size=len(X)), word=rng.choice(list("abcdef"), len(X)), twin=X["late_share_365d"] * 3
    )
    made = ScorecardClassifier(n_jobs=1, monotone=None).fit(noisy, book.y)
    status = {row["feature"]: row["status"] for row in made.selection_}

    assert status["noise"] == "weak"
    assert status["word"] == "weak"
    assert status["twin"] == "like late_share_365d"
    assert status["late_share_365d"] == "in"


def test_many_values_without_meaning_stay_off_the_card(book: Book, X: pd.DataFrame) -> None:
    """Put in order by their own outcomes, 150 shops look strong; as other rows see them they are nothing."""
    rng = np.random.default_rng(5)
    shops = {f"shop_{k}": rng.integers(0, 150, len(X)).astype(str) for k in range(4)}
    made = ScorecardClassifier(n_jobs=1).fit(X.assign(**shops), book.y)

    assert [row["status"] for row in made.selection_[-4:]] == ["weak"] * 4


def test_many_values_with_a_meaning_come_in_as_far_as_they_can_be_believed() -> None:
    rng = np.random.default_rng(6)
    effect = rng.normal(0, 0.8, 150)
    shop, z = rng.integers(0, 150, 12_000), rng.normal(size=12_000)
    truth = 1 / (1 + np.exp(2 - z - effect[shop]))
    X, y = pd.DataFrame({"z": z, "shop": shop.astype(str)}), rng.random(12_000) < truth
    made = ScorecardClassifier(n_jobs=1, calibration="none").fit(X[:6_000], y[:6_000])
    p = p_of(made, X[6_000:])

    assert [f.name for f in made.card_.features] == ["z", "shop"]
    assert auc(y[6_000:], p) > auc(y[6_000:], truth[6_000:]) - 0.03
    assert p.mean() == pytest.approx(y[6_000:].mean(), abs=0.02)
    assert calibration_error(y[6_000:], p) < 0.025


def test_a_column_that_contradicts_its_own_bins_leaves_the_card() -> None:
    """Safe by itself because it goes with what is safe; given the other it would count against."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=20_000), rng.normal(size=20_000)
    X = pd.DataFrame({"a": a, "shadow": 0.9 * a + 0.6 * b})
    y = rng.random(20_000) < 1 / (1 + np.exp(1.5 - 2.0 * a + 0.8 * b))
    made = ScorecardClassifier(n_jobs=1).fit(X, y)

    assert {r["feature"]: r["status"] for r in made.selection_} == {"a": "in", "shadow": "sign"}


def test_held_out_predictions_owe_nothing_to_their_own_outcome(
    book: Book, X: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the outcomes of the last fold turned round, nothing changes that was predicted for it."""
    # Which columns may come in and how strongly slopes are drawn is chosen over all folds, so both are fixed here.
    monkeypatch.setattr("inadimplencia_ml.risk.scorecard.fitting._SCREENS", (4.0,))
    y, part = book.y[:3_000], X[:3_000]
    settings = dict(calibration="none", ridge=10.0, n_jobs=1)
    made = ScorecardClassifier(**settings).fit(part, y, dates=book.dates[:3_000])  # type: ignore[arg-type]
    last = made.oof_index_[made.oof_fold_ == made.oof_fold_.max()]
    turned = y.copy()
    turned[last] = 1 - turned[last]
    again = ScorecardClassifier(**settings).fit(part, turned, dates=book.dates[:3_000])  # type: ignore[arg-type]
    a, b = (m.oof_log_odds_[np.isin(m.oof_index_, last)] for m in (made, again))

    assert made.fold_kind_ == "dates"
    assert np.array_equal(a, b)
    assert not np.array_equal(made.log_odds(part), again.log_odds(part))


def test_held_out_predictions_come_in_order_of_rows(model: ScorecardClassifier, book: Book) -> None:
    held = model.oof_index_

    assert (np.diff(held) > 0).all()
    assert len(held) == len(model.oof_probability_) == len(model.oof_fold_) == len(model.oof_log_odds_)
    assert np.array_equal(model.calibration_.probability(model.oof_log_odds_), model.oof_probability_)
    assert calibration_error(book.y[held], model.oof_probability_) < 0.03


def test_parts_and_json_bring_the_model_back_to_the_bit(model: ScorecardClassifier, X: pd.DataFrame) -> None:
    parts = model.to_parts("second.")
    back = ScorecardClassifier.from_parts(json.loads(json.dumps(parts)), "second.")
    again = ScorecardClassifier.from_json(model.to_json())

    for made in (back, again):
        assert np.array_equal(p_of(made, X), p_of(model, X))
        assert np.array_equal(made.score_points(X), model.score_points(X))
        assert np.array_equal(made.contributions(X), model.contributions(X))
        assert made.card_text() == model.card_text()
    assert back.to_parts("second.") == parts
    assert list(back.feature_names_in_) == list(X.columns)
    assert parts["second.model.json"]["kind"] == "ScorecardClassifier"  # type: ignore[index]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda about: about.update(kind="RiskClassifier"), "is a RiskClassifier"),
        (lambda about: about["card"].update(base_points=1), "its points are not those"),
        (lambda about: about["card"]["features"][0].update(slope=1e300), "its points are not those"),
        (lambda about: about["card"].update(intercept=1e308, line=[10.0, 0.0]), "card of the model cannot be read"),
        (lambda about: about["card"]["features"][0].update(woe=[0.0]), "card of the model cannot be read"),
        (lambda about: about["card"]["features"][0].update(position=3), "its columns do not list there"),
        (lambda about: about.pop("classes"), r"model\.json of the model cannot be read"),
    ],
)
def test_a_part_that_was_changed_is_refused(model: ScorecardClassifier, change: Any, message: str) -> None:
    parts = json.loads(model.to_json())
    change(parts["model.json"])

    with pytest.raises(BundleError, match=message):
        ScorecardClassifier.from_json(json.dumps(parts))


@pytest.mark.parametrize("text", ["[1]", "{}", "{"])
def test_a_text_that_is_no_scorecard_is_refused(text: str) -> None:
    with pytest.raises(BundleError, match=r"no part model\.json|not JSON"):
        ScorecardClassifier.from_json(text)


def test_one_row_and_a_batch_give_the_same_bits(model: ScorecardClassifier, X: pd.DataFrame) -> None:
    singles = np.concatenate([p_of(model, X.iloc[[i]]) for i in range(100)])

    assert np.array_equal(p_of(model, X[:100]), singles)


def test_the_same_data_give_the_same_card_at_any_thread_count(book: Book, X: pd.DataFrame) -> None:
    one, three = (
        ScorecardClassifier(n_jobs=n).fit(X[:2_000], book.y[:2_000], dates=book.dates[:2_000]).to_json() for n in (1, 3)
    )

    assert one == three


def test_contributions_add_up_to_the_log_odds(model: ScorecardClassifier, X: pd.DataFrame) -> None:
    told = model.contributions(X)

    assert told.shape == (len(X), 5)
    assert np.abs(told.sum(axis=1) - model.log_odds(X)).max() < 1e-9
    assert np.abs(told[:, :-1].mean(axis=0)).max() < 1e-9  # against the average of the fit


def test_unseen_and_missing_categories_have_places_of_their_own(model: ScorecardClassifier, X: pd.DataFrame) -> None:
    uf = next(f for f in model.card_.features if f.name == "client_uf")
    rows = pd.concat([X.iloc[[0]]] * 3, ignore_index=True).assign(client_uf=["XX", None, "BA"])
    encoded = model.encoded(rows)[:, 2]

    assert encoded[0] == len(model.columns_.categories[2] or ())
    assert np.isnan(encoded[1])
    places = uf.bins.place(encoded, model.columns_.categories[2] or ())
    assert places[0] == (len(uf.bins.groups or ()) if uf.bins.other is None else uf.bins.other)
    assert places[1] == uf.bins.size - 1


def test_a_table_means_the_same_in_any_library(model: ScorecardClassifier, X: pd.DataFrame) -> None:
    part = X[:200]

    assert np.array_equal(p_of(model, part), p_of(model, pl.from_pandas(part)))
    assert np.array_equal(p_of(model, part), p_of(model, part.astype({"client_uf": "category"})))


def test_weights_count_as_rows_do_and_rows_of_weight_zero_not_at_all(book: Book, X: pd.DataFrame) -> None:
    half = np.arange(3_000) % 2 == 0
    part, y = X[:3_000], book.y[:3_000]
    weighted = ScorecardClassifier(n_jobs=1).fit(part, y, sample_weight=half * 3.0)
    without = ScorecardClassifier(n_jobs=1).fit(part[half], y[half])
    heavy = ScorecardClassifier(n_jobs=1).fit(part, y, sample_weight=np.where(y == 1, 5.0, 1.0))

    assert np.allclose(p_of(weighted, X), p_of(without, X))
    assert (weighted.oof_index_ % 2 == 0).all()
    assert p_of(heavy, X).mean() > 2 * book.y.mean()


def test_inputs_are_never_changed(book: Book, X: pd.DataFrame) -> None:
    kept, y, weight = X.copy(), book.y.copy(), np.ones(len(X))
    ScorecardClassifier(n_jobs=1, special=[-9, -8]).fit(X, y, dates=book.dates, sample_weight=weight)

    pd.testing.assert_frame_equal(X, kept)
    assert np.array_equal(y, book.y)
    assert (weight == 1).all()


def test_too_few_cases_for_folds_still_make_a_card() -> None:
    tiny = make_book(60, level=-2.5, seed=4)
    tiny.y[:] = 0
    tiny.y[:4] = 1
    made = ScorecardClassifier(n_jobs=1).fit(tiny.X, tiny.y, dates=tiny.dates)

    assert made.fold_kind_ == "none"
    assert made.calibration_ == Calibration()
    assert p_of(made, tiny.X).mean() == pytest.approx(4 / 60, abs=0.03)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"calibration": "plat"}, r"Did you mean 'platt'"),
        ({"max_bins": 0}, "max_bins is 0"),
        ({"min_share": 0.6}, r"min_share is 0\.6; expected 0 to 0\.5"),
        ({"ridge": 0}, "ridge is 0"),
        ({"min_bads": -1}, "min_bads is -1"),
        ({"max_correlation": 0}, "max_correlation is 0"),
        ({"monotone": {"client_uf_": "up"}}, r"'client_uf_', which X has not\. Did you mean 'client_uf'"),
        ({"monotone": {"on_time_streak": "upp"}}, r"the trend 'upp'\. Did you mean 'up'"),
        ({"special": {"on_time_strek": [-9]}}, r"'on_time_strek', which X has not\. Did you mean 'on_time_streak'"),
        ({"special": {"client_uf": [-9]}}, "'client_uf', which holds categories"),
        ({"special": ["x"]}, "Expected finite numbers"),
        ({"bins": {"on_time_streak": {"edges": [5, 5]}}}, "the edges must rise"),
    ],
)
def test_a_wrong_parameter_is_told(parameters: Any, message: str, book: Book, X: pd.DataFrame) -> None:
    with pytest.raises(CallError, match=message):
        ScorecardClassifier(**parameters).fit(X, book.y)


def test_a_clone_is_unfitted_with_the_same_parameters(model: ScorecardClassifier) -> None:
    twin = clone(model)

    assert twin.get_params() == model.get_params()
    assert not hasattr(twin, "card_")


def test_the_text_is_read_in_both_languages(model: ScorecardClassifier) -> None:
    pt, en = model.card_text(), model.card_text("en")

    assert pt.startswith(f"Scorecard: {len(model.card_.features)} variáveis, base {model.card_.base_points} pontos")
    assert "up to" in en
    assert "500 points are 10 good to 1 bad" in en
    assert all(f.name in pt for f in model.card_.features)


def test_where_cases_abound_nothing_is_chosen_on_folds(
    book: Book, X: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inadimplencia_ml.risk.scorecard.fitting._ENOUGH", 100)
    made = ScorecardClassifier(n_jobs=1).fit(X, book.y)

    assert (made.screen_, made.ridge_) == (8.0, 3.0)
    assert len(made.oof_index_) == len(X)


def test_heloc_keeps_its_codes_apart_and_ranks_well(real_data: Path) -> None:
    table = pd.read_csv(real_data / "heloc" / "heloc_dataset_v1.csv", sep=r"\s+", header=None).add_prefix("f")
    y, features = table.pop("f0").to_numpy(), table.astype(float)
    train = np.arange(len(y)) % 4 > 0
    made = ScorecardClassifier(special=[-7, -8, -9], n_jobs=1).fit(features[train], y[train])
    card = made.card("en")

    assert auc(y[~train], p_of(made, features[~train])) > 0.785
    assert calibration_error(y[~train], p_of(made, features[~train])) < 0.04
    for feature in made.card_.features:
        bins = card[card["feature"] == feature.name].set_index("bin")["rows"]
        told = {code: int((features.loc[train, feature.name] == code).sum()) for code in (-9, -8, -7)}
        assert {code: int(bins[f"−{-code}"]) for code in told} == told
