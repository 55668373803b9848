from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.catalog import BY_NAME, reason_sentence
from inadimplencia_ml.errors import BundleError, CallError, NotEnoughData
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.reasons import REASON_COLUMNS, Reasons, fit_reasons
from inadimplencia_ml.risk.scale import POINTS_PER_LOG_ODDS
from risk.risk_data import Book, make_book

LATE, STREAK, VOLUME, RECORD = "R02", "R04", "R08", "R12"


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(4_000)


@pytest.fixture(scope="module")
def model(book: Book) -> RiskClassifier:
    return RiskClassifier(n_trees=80, n_bags=2, n_jobs=1).fit(book.X, book.y)


@pytest.fixture(scope="module")
def reasons(model: RiskClassifier, book: Book) -> Reasons:
    return fit_reasons(model, book.X, book.y)


def test_families_and_directions_come_from_the_catalogue(reasons: Reasons) -> None:
    assert reasons.families == (*(BY_NAME[n].reason for n in ("late_share_365d", "on_time_streak")), RECORD, VOLUME)
    assert reasons.directions == (1, -1, 0, 0)
    assert reasons.codes == (LATE, STREAK, VOLUME, RECORD)


def test_shown_contributions_add_up_to_the_distance_from_the_reference(
    reasons: Reasons, model: RiskClassifier, book: Book
) -> None:
    shown = reasons.by_family(model, book.X)
    good = book.X[book.y == 0]

    assert np.abs(shown.sum(axis=1) - (model.log_odds(book.X) - reasons.mean_log_odds)).max() < 1e-6
    assert reasons.rows == 2_000 < len(good)


def test_the_reference_itself_has_no_contribution_on_average(model: RiskClassifier, book: Book) -> None:
    some = make_book(800, seed=5)
    frozen = fit_reasons(model, some.X, some.y)
    good = some.X[some.y == 0]

    assert np.abs(frozen.by_family(model, good).mean()).max() < 1e-9
    assert frozen.mean_log_odds == pytest.approx(model.log_odds(good).mean())


def test_a_family_speaks_against_a_client_only_with_a_value_worse_than_the_median(
    reasons: Reasons, model: RiskClassifier, book: Book
) -> None:
    against, shown = reasons.against(model, book.X), reasons.by_family(model, book.X)
    medians = dict(zip(reasons.columns, reasons.medians, strict=True))
    late_speaks, streak_speaks = against[LATE] > 0, against[STREAK] > 0

    assert (book.X["late_share_365d"].to_numpy()[late_speaks] > medians["late_share_365d"]).all()
    assert (book.X["on_time_streak"].to_numpy()[streak_speaks] < medians["on_time_streak"]).all()
    assert (shown[LATE][late_speaks] > 0).all()
    assert late_speaks.sum() > 100


def test_a_family_without_direction_speaks_by_its_contribution_alone(
    reasons: Reasons, model: RiskClassifier, book: Book
) -> None:
    against, shown = reasons.against(model, book.X), reasons.by_family(model, book.X)
    point = 1 / POINTS_PER_LOG_ODDS

    assert np.array_equal(against[RECORD] > 0, shown[RECORD] >= point / 2)


def test_no_family_speaks_for_and_against_one_client(reasons: Reasons, model: RiskClassifier, book: Book) -> None:
    against, favourable = reasons.against(model, book.X), reasons.favourable(model, book.X)

    assert not ((against > 0) & (favourable < 0)).any(axis=None)
    assert (favourable[STREAK] < 0).sum() > 100


def test_codes_are_the_loudest_families_in_order(reasons: Reasons, model: RiskClassifier, book: Book) -> None:
    codes, against = reasons.codes_of(model, book.X), reasons.against(model, book.X)

    assert tuple(codes.columns) == REASON_COLUMNS
    for i in range(0, 4_000, 97):
        loud = against.iloc[i][against.iloc[i] > 0].sort_values(ascending=False, kind="stable")
        assert [c for c in codes.iloc[i] if c is not None] == list(loud.index[:4])


def test_a_client_of_whom_nothing_bad_is_known_has_no_reason(reasons: Reasons, model: RiskClassifier) -> None:
    best = pd.DataFrame(
        {"late_share_365d": [0.0], "on_time_streak": [20.0], "client_uf": ["RS"], "issued_amount_90d": [np.nan]}
    )
    codes = reasons.codes_of(model, best).iloc[0]

    assert LATE not in set(codes)
    assert STREAK not in set(codes)
    assert codes["reason_4"] is None


def test_one_row_and_a_batch_have_the_same_reasons(reasons: Reasons, model: RiskClassifier, book: Book) -> None:
    batch = reasons.by_family(model, book.X[:60]).to_numpy()
    singles = np.concatenate([reasons.by_family(model, book.X.iloc[[i]]).to_numpy() for i in range(60)])

    assert np.array_equal(batch, singles)


def test_every_code_has_a_sentence(reasons: Reasons, model: RiskClassifier, book: Book) -> None:
    codes = reasons.codes_of(model, book.X[:200])
    rows = book.X[:200].to_dict("records")
    sentences = [reason_sentence(c, rows[i], against=True) for i, c in codes["reason_1"].items() if c is not None]

    assert sentences
    assert all(s.endswith(".") for s in sentences)


def test_missing_values_are_never_worse(reasons: Reasons, model: RiskClassifier, book: Book) -> None:
    unknown = book.X[:40].assign(late_share_365d=np.nan)

    assert (reasons.against(model, unknown)[LATE] == 0).all()


def test_families_and_directions_of_own_columns_can_be_given(model: RiskClassifier, book: Book) -> None:
    own = fit_reasons(model, book.X, book.y, families={"client_uf": "R14"}, directions={"issued_amount_90d": 1})

    assert own.families[2] == "R14"
    assert own.directions[3] == 1


def test_plain_data_brings_the_reference_back(reasons: Reasons, model: RiskClassifier, book: Book) -> None:
    back = Reasons.from_json(json.loads(json.dumps(reasons.to_json(), allow_nan=False)))

    pd.testing.assert_frame_equal(back.codes_of(model, book.X[:99]), reasons.codes_of(model, book.X[:99]))
    assert back.to_json() == reasons.to_json()
    assert np.isnan(back.medians[2])  # a state has no median


def test_an_empty_table_has_no_reasons(reasons: Reasons, model: RiskClassifier, book: Book) -> None:
    assert reasons.codes_of(model, book.X[:0]).shape == (0, 4)


class _Liar:
    """A model whose contributions do not add up."""

    def __init__(self, model: RiskClassifier) -> None:
        self.model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def log_odds(self, X: Any) -> Any:
        return self.model.log_odds(X) + 1e-3


def test_contributions_that_do_not_add_up_are_never_shown(reasons: Reasons, model: RiskClassifier, book: Book) -> None:
    with pytest.raises(BundleError, match=r"miss the log-odds by 0\.001"):
        reasons.codes_of(_Liar(model), book.X[:5])  # type: ignore[arg-type]


def test_reasons_of_other_columns_are_refused(reasons: Reasons, book: Book) -> None:
    other = RiskClassifier(n_trees=5, n_jobs=1).fit(book.X[["on_time_streak"]], book.y)

    with pytest.raises(CallError, match="made for a model of other columns"):
        reasons.codes_of(other, book.X[["on_time_streak"]])


def test_what_has_no_good_payer_or_no_names_is_told(model: RiskClassifier, book: Book) -> None:
    with pytest.raises(NotEnoughData, match="no row is good"):
        fit_reasons(model, book.X, np.ones(4_000))
    plain = RiskClassifier(n_trees=5, n_jobs=1).fit(book.X[["on_time_streak"]].to_numpy(), book.y)
    with pytest.raises(CallError, match="Reasons need columns with names"):
        fit_reasons(plain, book.X, book.y)


def test_plain_data_of_another_form_is_refused(reasons: Reasons) -> None:
    with pytest.raises(BundleError, match="reasons of the model cannot be read"):
        Reasons.from_json({"columns": []})
    with pytest.raises(BundleError, match="columns and families do not fit"):
        Reasons.from_json(reasons.to_json() | {"medians": [0.0]})
