from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from risk_data import Book, make_book

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.kinds import candidate_of, model_from_parts
from inadimplencia_ml.risk.metrics import log_loss


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(2_500)


@pytest.fixture(scope="module")
def model(book: Book) -> Blend:
    return Blend(purge_days=30, n_jobs=1).fit(book.X, book.y, dates=book.dates, groups=book.clients)


def test_weights_are_shares_of_all_members(model: Blend) -> None:
    assert set(model.weights_) == {"boosted", "scorecard", "linear"}
    assert sum(model.weights_.values()) == pytest.approx(1.0)
    assert min(model.weights_.values()) >= 0


def test_log_odds_and_contributions_are_the_weighted_sums_of_the_members(model: Blend, book: Book) -> None:
    X = book.X[:200]
    z = sum(w * model.members_[n].log_odds(X) for n, w in model.weights_.items())

    assert np.allclose(model.log_odds(X), z, atol=1e-12)
    assert np.abs(model.contributions(X).sum(axis=1) - model.log_odds(X)).max() < 1e-9
    assert model.encoded(X).shape == X.shape


def test_held_out_rows_are_those_of_the_members_and_were_seen_by_none(model: Blend, book: Book) -> None:
    boosted = model.members_["boosted"]
    held = sum(w * model.members_[n].oof_log_odds_ for n, w in model.weights_.items())

    assert model.fold_kind_ == "dates"
    assert np.array_equal(model.oof_index_, boosted.oof_index_)
    assert np.array_equal(model.oof_fold_, boosted.oof_fold_)
    assert np.allclose(model.oof_log_odds_, held, atol=1e-12)
    worst = max(log_loss(book.y[m.oof_index_], m.oof_probability_) for m in model.members_.values())
    assert log_loss(book.y[model.oof_index_], model.oof_probability_) < worst


def test_parts_bring_the_blend_back_to_the_bit(model: Blend, book: Book) -> None:
    parts = model.to_parts("event.")
    through_json = {k: v if isinstance(v, bytes) else json.loads(json.dumps(v)) for k, v in parts.items()}
    back = model_from_parts(through_json, "event.")

    assert isinstance(back, Blend)
    assert candidate_of(back) == "blend"
    assert np.array_equal(back.predict_proba(book.X), model.predict_proba(book.X))
    assert np.array_equal(back.contributions(book.X[:50]), model.contributions(book.X[:50]))
    assert back.to_parts("event.") == parts
    assert back.n_trees_ == model.n_trees_


def test_one_row_and_a_batch_give_the_same_bits(model: Blend, book: Book) -> None:
    batch = model.predict_proba(book.X[:40])

    assert np.array_equal(batch, np.concatenate([model.predict_proba(book.X.iloc[[i]]) for i in range(40)]))


def test_the_catalogue_says_which_way_a_column_moves_the_risk(model: Blend, book: Book) -> None:
    one = pd.concat([book.X.iloc[[3]]] * 40, ignore_index=True)
    rising = model.predict_proba(one.assign(late_share_365d=np.linspace(0, 1, 40)))[:, 1]

    assert (np.diff(rising) >= -1e-12).all()
    assert rising[-1] > rising[0]


def test_one_member_alone_is_that_member(book: Book) -> None:
    made = Blend(members=("scorecard",), n_jobs=1).fit(book.X[:600], book.y[:600])

    assert made.weights_ == {"scorecard": 1.0}
    assert made.n_trees_ is None
    assert np.array_equal(made.log_odds(book.X), made.members_["scorecard"].log_odds(book.X))


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(3)])
def test_members_share_their_folds_whatever_the_seed_is(random_state: Any, book: Book) -> None:
    made = Blend(n_trees=5, random_state=random_state, n_jobs=1).fit(book.X[:400], book.y[:400])

    assert len(made.oof_index_) == 400
    assert Blend.from_parts(made.to_parts()).random_state is None


def test_rows_of_weight_zero_are_in_no_fold(book: Book) -> None:
    weight = np.arange(600) % 2.0
    made = Blend(n_trees=5, n_jobs=1).fit(book.X[:600], book.y[:600], sample_weight=weight)

    assert (made.oof_index_ % 2 == 1).all()
    assert made.prior_ == pytest.approx(book.y[1:600:2].mean())


def test_a_blend_stands_where_no_fold_can_be_made(book: Book) -> None:
    y = np.zeros(60, dtype=int)
    y[:3] = 1
    made = Blend(n_jobs=1).fit(book.X[:60], y)

    assert made.fold_kind_ == "none"
    assert made.weights_ == pytest.approx({"boosted": 1 / 3, "scorecard": 1 / 3, "linear": 1 / 3})


def test_members_of_other_folds_are_refused(book: Book) -> None:
    X, y = book.X[:600], book.y[:600]
    other = Blend(members=("boosted",), n_trees=5, n_folds=3, n_jobs=1).fit(X, y).members_["boosted"]
    scorecard = Blend(members=("scorecard",), n_jobs=1).fit(X, y).members_["scorecard"]

    with pytest.raises(CallError, match="fitted on other rows or folds"):
        Blend().stack({"boosted": other, "scorecard": scorecard}, X, y)


@pytest.mark.parametrize(
    ("members", "message"), [(("bosted",), r"there is no 'bosted'\. Did you mean 'boosted'"), ((), "members is empty")]
)
def test_members_that_are_none_are_refused(members: Any, message: str, book: Book) -> None:
    with pytest.raises(CallError, match=message):
        Blend(members=members).fit(book.X, book.y)


@pytest.mark.parametrize("weights", [{}, {"os": 1.0}, {"boosted": "much"}, None])
def test_weights_of_another_form_are_refused(weights: Any, model: Blend) -> None:
    parts = model.to_parts()
    about = dict(parts["model.json"]) | {"weights": weights}  # type: ignore[arg-type]

    with pytest.raises(BundleError, match=r"model\.json of the blend cannot be read"):
        Blend.from_parts(parts | {"model.json": about})
