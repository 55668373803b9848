"""The points of a score: they add up to it for every kind of model, and are told in lines with sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from inadimplencia_ml.catalog import CALIBRATION, REFERENCE, SHORT_HISTORY, reason_family, reason_sentence
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.calibration import Calibration
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.reason_table import reason_table
from inadimplencia_ml.risk.reasons import SIDES, fit_reasons
from inadimplencia_ml.risk.scale import score_raw
from inadimplencia_ml.risk.scorecard.classifier import ScorecardClassifier
from inadimplencia_ml.risk.scorer import Scorer
from inadimplencia_ml.risk.wrapped.classifier import WrappedClassifier
from inadimplencia_ml.risk.wrapped.recognised import engine_of
from risk.risk_data import Book, make_book

NUMBERS = ["late_share_365d", "on_time_streak"]


def _wrapped(x: pd.DataFrame, y: Any, dates: Any) -> WrappedClassifier:
    foreign = make_pipeline(SimpleImputer(), LogisticRegression()).fit(x[NUMBERS], y)
    return WrappedClassifier(engine=engine_of(foreign, x[NUMBERS])).fit(x[NUMBERS], y, dates=dates)


KINDS: dict[str, Callable[[pd.DataFrame, Any, Any], Any]] = {
    "boosted": lambda x, y, d: RiskClassifier(n_trees=40, n_bags=2, n_jobs=1).fit(x, y, dates=d),
    "isotonic": lambda x, y, d: RiskClassifier(n_trees=30, calibration="isotonic", n_jobs=1).fit(x, y, dates=d),
    "scorecard": lambda x, y, d: ScorecardClassifier(n_jobs=1).fit(x, y, dates=d),
    "blend": lambda x, y, d: Blend(n_trees=30, n_jobs=1).fit(x, y, dates=d),
    "wrapped": _wrapped,
}


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(2_500, months=8)


@pytest.fixture(scope="module", params=KINDS)
def scorer(request: pytest.FixtureRequest, book: Book) -> Scorer:
    model = KINDS[request.param](book.X, book.y, book.dates)
    own = book.X[list(model.feature_names_in_)]
    return Scorer.of("t", model, own, book.y, dates=book.dates, clients=book.clients, seed=0)


def strange(x: pd.DataFrame) -> pd.DataFrame:
    """Rows as they come later: nothing known, a state never seen, no state, numbers beyond all that was seen."""
    odd = x.iloc[:5].copy()
    odd.iloc[0] = np.nan
    odd["client_uf"] = ["XX", None, "SP", "", "AM"]
    odd.iloc[2, :2] = [1e4, -1e4]
    return pd.concat([x.iloc[:200], odd], ignore_index=True)


def keys(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"client_id": [f"C{i}" for i in range(rows)], "as_of": "2025-06-30"})


def test_reference_families_and_calibration_add_up_to_the_score(scorer: Scorer, book: Book) -> None:
    rows = strange(book.X)
    told = scorer.breakdown(rows)
    assert told is not None
    expected = score_raw(scorer.score(rows).probability)

    np.testing.assert_allclose(told.score_raw, expected, rtol=0, atol=1e-6)
    lines = told.lines(keys(len(rows)), rows, short=rows["on_time_streak"] > 5)
    summed = lines.groupby("client_id", sort=False)["points"].sum()
    np.testing.assert_allclose(summed.to_numpy(), expected, rtol=0, atol=1e-6)


def test_the_calibration_is_what_it_does_to_the_raw_log_odds(scorer: Scorer, book: Book) -> None:
    told = scorer.breakdown(book.X[:50])
    assert told is not None
    raw = scorer.classifier.log_odds(book.X[:50])
    moved = scorer.classifier.calibration_.log_odds(raw) - raw

    np.testing.assert_allclose(told.calibration, -40.0 / np.log(2.0) * moved, rtol=0, atol=1e-9)


def test_a_level_that_was_moved_is_in_the_line_of_the_calibration(book: Book) -> None:
    model = RiskClassifier(n_trees=20, n_bags=1, n_jobs=1).fit(book.X, book.y)
    reasons = fit_reasons(model, book.X, book.y)
    moved = model.with_prior(0.4)
    before, after = (Scorer("t", one, None, reasons).breakdown(book.X[:9]) for one in (model, moved))  # type: ignore[arg-type]
    assert before is not None
    assert after is not None

    np.testing.assert_array_equal(before.families, after.families)
    assert (after.calibration < before.calibration).all()
    np.testing.assert_allclose(after.score_raw, score_raw(moved.predict_proba(book.X[:9])[:, 1]), rtol=0, atol=1e-6)


def test_what_holds_a_score_between_0_and_1000_is_in_the_line_of_the_calibration(book: Book) -> None:
    model = RiskClassifier(n_trees=20, n_bags=1, n_jobs=1).fit(book.X, book.y)
    reasons = fit_reasons(model, book.X, book.y)
    for level, end in ((30.0, 0.0), (-30.0, 1000.0)):
        model.calibration_ = Calibration("platt", (1.0, level))
        told = Scorer("t", model, None, reasons).breakdown(book.X[:9])  # type: ignore[arg-type]
        assert told is not None
        np.testing.assert_allclose(told.score_raw, end, rtol=0, atol=1e-9)


def test_one_row_and_a_batch_have_the_same_lines(scorer: Scorer, book: Book) -> None:
    rows = strange(book.X)
    batch = scorer.breakdown(rows)
    assert batch is not None
    every = batch.lines(keys(len(rows)), rows)
    for i in (0, 7, len(rows) - 5, len(rows) - 1):
        alone = scorer.breakdown(rows.iloc[[i]])
        assert alone is not None
        line = alone.lines(keys(len(rows)).iloc[[i]], rows.iloc[[i]])
        mine = every[every["client_id"] == f"C{i}"].reset_index(drop=True)
        pd.testing.assert_frame_equal(line, mine, check_exact=True)


def test_an_unseen_state_is_told_as_a_missing_one_or_as_unseen_but_always_alike(scorer: Scorer, book: Book) -> None:
    rows = pd.concat([book.X.iloc[[3]]] * 3, ignore_index=True).assign(client_uf=["XX", "YY", "ZZ"])
    told = scorer.breakdown(rows)
    assert told is not None
    assert (told.families == told.families[0]).all()
    assert (told.sides == told.sides[0]).all()


def test_lines_stand_in_reading_order_with_the_sentence_of_one_row(scorer: Scorer, book: Book) -> None:
    rows = book.X.iloc[:60].reset_index(drop=True)
    told = scorer.breakdown(rows)
    assert told is not None
    for lang in ("pt", "en"):
        lines = told.lines(keys(60), rows, short=np.arange(60) % 2 == 0, lang=lang)
        assert list(lines.columns) == ["client_id", "as_of", "code", "family", "side", "points", "sentence"]
        for i in range(0, 60, 7):
            own = lines[lines["client_id"] == f"C{i}"]
            place = own["side"].map(SIDES.index)
            assert place.is_monotonic_increasing
            assert own["code"].iloc[0] == REFERENCE
            assert own["code"].iloc[-1] == CALIBRATION
            assert (SHORT_HISTORY in set(own["code"])) == (i % 2 == 0)
            for side in ("against", "for"):
                assert own.loc[own["side"] == side, "points"].abs().is_monotonic_decreasing
            values = {str(k): v for k, v in rows.iloc[i].items()}
            for line in own.itertuples():
                assert line.family == reason_family(line.code).name(lang)
                if line.side == "silent":
                    assert pd.isna(line.sentence)
                else:
                    assert line.sentence == reason_sentence(line.code, values, against=line.side != "for", lang=lang)


def test_what_a_client_is_told_leaves_out_what_is_silent_and_the_steps(scorer: Scorer, book: Book) -> None:
    told = scorer.breakdown(book.X[:200])
    assert told is not None
    whole, spoken = (told.lines(keys(200), book.X[:200], spoken_only=only) for only in (False, True))
    kept = whole[whole["side"].isin(["against", "for", "statement"])].reset_index(drop=True)

    pd.testing.assert_frame_equal(spoken, kept)
    assert spoken["sentence"].notna().all()


def test_the_first_lines_against_a_client_are_the_codes_of_the_scores(scorer: Scorer, book: Book) -> None:
    told, codes = scorer.breakdown(book.X[:300]), scorer.score(book.X[:300]).reasons
    assert told is not None
    lines = told.lines(keys(300), book.X[:300], spoken_only=True)
    against = lines[lines["side"] == "against"].groupby("client_id")["code"].apply(lambda c: list(c)[:4])
    for i in range(300):
        assert against.get(f"C{i}", []) == [c for c in codes[i] if c is not None]


def test_clients_of_two_states_are_told_by_their_own_scorer_and_stay_in_order(book: Book) -> None:
    made = [KINDS[k](book.X, book.y, book.dates) for k in ("boosted", "scorecard")]
    event, cured = (Scorer.of("t", m, book.X, book.y, dates=book.dates, clients=book.clients, seed=0) for m in made)
    rows = book.X.iloc[:6].assign(due_count_all=[0.0, 5.0, 2.0, 9.0, 9.0, 9.0])
    state = np.array(["already_bad", "scoreable", "scoreable", "inactive", "already_bad", "no_exposure"], dtype=object)
    lines = reason_table({"event": event, "not_cured": cured}, keys(6), rows, state)

    assert lines["client_id"].unique().tolist() == ["C0", "C1", "C2", "C4"]
    assert lines.loc[lines["code"] == SHORT_HISTORY, "client_id"].tolist() == ["C0", "C2"]
    told = lines.groupby("client_id")["points"].sum()
    for i, scorer in ((0, cured), (1, event), (2, event), (4, cured)):
        expected = score_raw(scorer.score(rows.iloc[[i]]).probability)[0]
        assert told[f"C{i}"] == pytest.approx(expected, abs=1e-6)
    nobody = reason_table({"event": event}, keys(6), rows, np.full(6, "inactive", dtype=object))
    assert nobody.empty
    assert list(nobody.columns) == list(lines.columns)


def test_a_model_without_contributions_has_no_lines(book: Book) -> None:
    model = KINDS["boosted"](book.X, book.y, book.dates)
    silent = Scorer("t", model, None, None)  # type: ignore[arg-type]
    rows = book.X.iloc[:2].assign(due_count_all=9.0)

    assert silent.breakdown(rows) is None
    with pytest.raises(CallError, match="brought from outside, and what each column adds is not known exactly"):
        reason_table({"event": silent}, keys(2), rows, np.full(2, "scoreable", dtype=object))
