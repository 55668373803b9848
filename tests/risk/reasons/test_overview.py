"""Tables of the reasons of a whole book, held against plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.reasons import (
    family_importance,
    feature_points,
    fit_reasons,
    reason_stability,
    reasons_kept,
)
from inadimplencia_ml.risk.scale import POINTS_PER_LOG_ODDS
from inadimplencia_ml.risk.scorer import Scorer
from risk.risk_data import Book, make_book

DAYS = pd.to_datetime(["2025-01-31", "2025-02-28", "2025-03-31"])


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(1_500)


@pytest.fixture(scope="module")
def scorer(book: Book) -> Scorer:
    model = RiskClassifier(n_trees=40, n_bags=1, n_jobs=1).fit(book.X, book.y)
    return Scorer("t", model, None, fit_reasons(model, book.X, book.y))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def lines(scorer: Scorer, book: Book) -> pd.DataFrame:
    """Forty clients on three days; on the last day twenty of them are others."""
    parts = []
    for number, day in enumerate(DAYS):
        rows = book.X.iloc[40 * number : 40 * number + 40]
        who = [f"C{i if number < 2 or i < 20 else i + 40}" for i in range(40)]
        told = scorer.breakdown(rows)
        assert told is not None
        parts.append(told.lines(pd.DataFrame({"client_id": who, "as_of": day}), rows))
    return pd.concat(parts, ignore_index=True)


def test_the_weight_of_a_family_is_the_mean_of_its_points_without_their_sign(lines: pd.DataFrame) -> None:
    table = family_importance(lines)
    for row in table.itertuples():
        own = lines[lines["code"] == row.code]
        assert row.mean_points == pytest.approx(own["points"].abs().mean())
        assert row.against == pytest.approx((own["side"] == "against").mean())
        assert table.loc[row.Index, "for"] == pytest.approx((own["side"] == "for").mean())
    assert table["share"].sum() == pytest.approx(1)
    assert table["mean_points"].is_monotonic_decreasing
    assert set(table["code"]) == {"R02", "R04", "R08", "R12"}


def test_the_weights_day_by_day_are_those_of_the_day_alone(lines: pd.DataFrame) -> None:
    table = reason_stability(lines)
    for day in DAYS:
        alone = family_importance(lines[lines["as_of"] == day]).sort_values("code", ignore_index=True)
        mine = table[table["as_of"] == day].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine[alone.columns], alone)
        assert sorted(mine["rank"]) == [1, 2, 3, 4]
        assert mine.loc[mine["rank"] == 1, "mean_points"].item() == mine["mean_points"].max()
        assert (mine["clients"] == 40).all()


def test_reasons_kept_are_counted_over_the_clients_of_both_days(lines: pd.DataFrame) -> None:
    table = reasons_kept(lines)
    against = lines[lines["side"] == "against"]
    assert table["as_of"].tolist() == list(DAYS[1:])
    assert table["both"].tolist() == [40, 20]
    for row in table.itertuples():
        kept = []
        for who in lines.loc[lines["as_of"] == row.as_of, "client_id"].unique():
            told = [set(against.loc[(against["client_id"] == who) & (against["as_of"] == d), "code"])
                    for d in (row.before, row.as_of)]  # fmt: skip
            known = (lines.loc[lines["as_of"] == row.before, "client_id"] == who).any()
            if known and told[0] | told[1]:
                kept.append(len(told[0] & told[1]) / len(told[0] | told[1]))
        assert row.kept == pytest.approx(np.mean(kept))
        assert -1 <= row.rank_correlation <= 1


def test_one_day_has_nothing_to_be_compared_with(lines: pd.DataFrame) -> None:
    table = reasons_kept(lines[lines["as_of"] == DAYS[0]])
    assert table.empty
    assert list(table.columns) == ["as_of", "before", "both", "kept", "rank_correlation"]


def test_points_of_a_feature_are_its_contribution_on_the_scale(scorer: Scorer, book: Book) -> None:
    table = feature_points(scorer.classifier, book.X[:50])
    told = scorer.classifier.contributions(book.X[:50])
    names = list(book.X.columns)

    weight = np.abs(told[:, :-1]).mean(axis=0)
    assert table["feature"].unique().tolist() == [names[j] for j in np.argsort(-weight, kind="stable")]
    for j, name in enumerate(names):
        own = table[table["feature"] == name]
        np.testing.assert_allclose(own["points"], -POINTS_PER_LOG_ODDS * told[:, j])
        assert (own["direction"] == {"late_share_365d": 1, "on_time_streak": -1}.get(name, 0)).all()
    uf = table[table["feature"] == "client_uf"]
    assert uf["value"].isna().all()
    assert uf["level"].tolist() == book.X["client_uf"][:50].tolist()
    assert table.loc[table["feature"] == "late_share_365d", "level"].isna().all()


def test_rows_are_drawn_by_the_seed_and_features_may_be_named(scorer: Scorer, book: Book) -> None:
    one, again, other = (feature_points(scorer.classifier, book.X, rows=60, random_state=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(other)
    assert len(one) == 4 * 60
    named = feature_points(scorer.classifier, book.X[:9], features=["client_uf"], reasons=scorer.reasons)
    assert named["feature"].unique().tolist() == ["client_uf"]
    assert named["code"].unique().tolist() == ["R12"]


def test_what_is_no_table_of_reasons_is_told(scorer: Scorer, book: Book, lines: pd.DataFrame) -> None:
    with pytest.raises(CallError, match=r"no column 'side'\. Expected one that Model.reasons returned"):
        family_importance(lines.drop(columns="side"))
    with pytest.raises(CallError, match=r"no whole score: call Model\.reasons without spoken_only"):
        reason_stability(lines[lines["side"] == "against"])
    with pytest.raises(CallError, match=r"no feature 'client_u'\. Did you mean 'client_uf'"):
        feature_points(scorer.classifier, book.X, features=["client_u"])
    with pytest.raises(CallError, match="give a table, not an array"):
        feature_points(scorer.classifier, book.X[["on_time_streak"]].to_numpy())
