"""Refused applicants: what each assumption gives, on populations whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError, NotEnoughData
from inadimplencia_ml.risk.reject_inference import _approved

ROWS = 5_000


def applicants(hidden: float = 0.0, curve: float = 0.5, seed: int = 0) -> dict[str, Any]:
    """Risk rises with debt, ever faster; a house accepts those with little debt, and by a hidden eye."""
    rng = np.random.default_rng(seed)
    x = pd.DataFrame({"debt": rng.normal(size=ROWS), "noise": rng.normal(size=ROWS)})
    seen = rng.normal(size=ROWS)
    truth = expit(-2.2 + 0.4 * x["debt"] + curve * x["debt"] ** 2 + hidden * seen).to_numpy()
    bad = rng.random(ROWS) < truth
    accepted = rng.random(ROWS) < expit(0.8 - 1.6 * x["debt"] - 1.5 * hidden * seen).to_numpy()
    return dict(X=x[accepted], y=bad[accepted], rejected=x[~accepted], truth=truth[~accepted].mean())


@pytest.fixture(scope="module")
def drawn() -> dict[str, Any]:
    return applicants(curve=0.0)


@pytest.fixture(scope="module")
def found(drawn: dict[str, Any]) -> Any:
    pairs = np.arange(len(drawn["X"])) // 2
    asked = dict(factors=(1.0, 1.5, 2.5), approval_rate=0.5, groups=pairs)
    return iml.reject_inference(LogisticRegression(), drawn["X"], drawn["y"], drawn["rejected"], **asked)


def row_of(found: Any, method: str, factor: float | None = None) -> pd.Series:
    table = found.table[found.table["method"] == method]
    return (table if factor is None else table[table["factor"] == factor]).iloc[0]


def test_where_features_alone_decided_reweighting_comes_nearer_to_the_truth_of_the_refused():
    gains = []
    for seed in range(2):
        drawn = applicants(seed=seed)
        found = iml.reject_inference(LogisticRegression(), drawn["X"], drawn["y"], drawn["rejected"], factors=())
        alone, reweighted = (row_of(found, m)["told_rejected"] for m in ("accepted_only", "reweighted"))
        gains.append(abs(alone - drawn["truth"]) - abs(reweighted - drawn["truth"]))
        assert row_of(found, "reweighted")["log_loss_all"] < row_of(found, "accepted_only")["log_loss_all"]
        assert 0.6 < found.acceptance_auc < 0.95
        assert 0 < found.effective_rows < len(drawn["X"])
    assert min(gains) > 0.01


def test_where_a_hidden_eye_decided_no_weight_helps_and_some_factor_is_right():
    drawn = applicants(hidden=1.0, seed=1)
    squares = {name: drawn[name].assign(squared=drawn[name]["debt"] ** 2) for name in ("X", "rejected")}
    found = iml.reject_inference(
        LogisticRegression(), squares["X"], drawn["y"], squares["rejected"], factors=(1.0, 2.0, 4.0, 8.0)
    )
    told = found.table.set_index("factor")["told_rejected"]
    assert row_of(found, "accepted_only")["told_rejected"] < drawn["truth"] - 0.05
    assert row_of(found, "reweighted")["told_rejected"] < drawn["truth"] - 0.05
    assert told.loc[1.0] < drawn["truth"] < told.loc[8.0]


def test_a_higher_factor_tells_of_more_risk_and_moves_few_approvals_where_the_form_is_right(found):
    parcelled = found.table[found.table["method"] == "parcelled"]
    for column in ("told_rejected", "approved_told"):
        assert parcelled[column].is_monotonic_increasing
    assert row_of(found, "accepted_only")["moved"] == 0.0
    assert (parcelled["moved"] < 0.2).all()
    assert found.table[["told_accepted", "told_rejected", "auc", "auc_all", "moved"]].to_numpy().min() >= 0
    assert found.table[["told_accepted", "told_rejected", "auc", "auc_all", "moved"]].to_numpy().max() <= 1
    # at factor 1 the refused are counted as the model of the accepted tells, so little changes
    assert row_of(found, "parcelled", 1.0)["told_rejected"] == pytest.approx(
        row_of(found, "accepted_only")["told_rejected"], abs=0.01
    )


def test_the_sample_counts_each_refused_one_once_and_keeps_its_two_rows_together(drawn, found):
    made, n, m = found.sample("parcelled", 1.5), len(drawn["X"]), len(drawn["rejected"])

    assert len(made.X) == n + 2 * m
    bad, good = made.sample_weight[n : n + m], made.sample_weight[n + m :]
    assert bad + good == pytest.approx(np.ones(m))
    assert made.y[n : n + m].all()
    assert not made.y[n + m :].any()
    assert (made.groups[n : n + m] == made.groups[n + m :]).all()
    assert not np.isin(made.groups[n:], made.groups[:n]).any()
    assert (made.groups[:n] == np.arange(n) // 2).all()

    alone = LogisticRegression().fit(drawn["X"], drawn["y"]).predict_proba(drawn["rejected"])[:, 1]
    assert bad / good == pytest.approx(1.5 * alone / (1 - alone))

    assert found.sample("reweighted").sample_weight is found.weight
    assert found.weight * found.acceptance == pytest.approx(np.ones(n), abs=0.5)
    assert found.weight.max() <= 10 * (1 / found.acceptance).mean()
    assert (found.sample("accepted_only").sample_weight == 1).all()


def test_any_kind_of_table_any_order_and_our_own_classifier():
    pl = pytest.importorskip("polars")
    drawn = applicants()
    x, y, rejected = drawn["X"][:1500], drawn["y"][:1500], drawn["rejected"][:800]
    before = x.copy()
    model = iml.RiskClassifier(max_trees=30, monotone=None)
    held = np.arange(len(x)) >= 1000
    one = iml.reject_inference(model, x, y, rejected, factors=(1.2,), held_out=held)
    other = iml.reject_inference(
        model, pl.from_pandas(x), y, pl.from_pandas(rejected[["noise", "debt"]]), factors=(1.2,), held_out=held
    )
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(x, before)
    assert not hasattr(model, "classes_")


def test_those_whom_no_accepted_one_is_like_are_counted():
    x = pd.DataFrame({"debt": np.linspace(-2, 2, 3000)})
    bad = np.random.default_rng(0).random(3000) < 0.3
    accepted = (x["debt"] < 0).to_numpy()  # a hard cut: nobody accepted is like the refused
    asked = dict(factors=(), largest_weight=1.0)
    found = iml.reject_inference(LogisticRegression(), x[accepted], bad[accepted], x[~accepted], **asked)
    assert found.weight.max() <= (1 / found.acceptance).mean()
    assert found.acceptance_auc > 0.99
    assert found.unlike_any_accepted > 0.9


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.9]), min_size=1, max_size=30), st.floats(0.01, 0.99))
def test_exactly_the_rate_is_approved_and_the_least_risky_first(told: list[float], rate: float):
    p, counts = np.array(told), np.full(len(told), 1 / len(told))
    approved = _approved(p, counts, rate)

    assert approved @ counts == pytest.approx(rate)
    assert ((approved >= 0) & (approved <= 1)).all()
    for low, high in zip(np.unique(p)[:-1], np.unique(p)[1:], strict=True):
        assert approved[p == low].min() >= approved[p == high].max()
        assert approved[p == low].min() == 1 or approved[p == high].max() == 0


WRONG: list[tuple[dict[str, Any], str]] = [
    (dict(rejected=pd.DataFrame({"debts": np.zeros(50), "noise": np.zeros(50)})), "rejected lacks the column 'debt'"),
    (dict(factors=(1.0, 0.0)), "A factor is 0"),
    (dict(approval_rate=1.0), "approval_rate is 1"),
    (dict(largest_weight=0.5), "largest_weight is 0.5"),
    (dict(y=np.zeros(5)), "y has the shape"),
    (dict(y=np.zeros(400)), "y has 1 classes"),
    (dict(held_out=[1, 0]), "held_out: expected True or False"),
    (dict(groups=[1, 2]), "groups has the shape"),
    (dict(estimator=KNeighborsClassifier()), "KNeighborsClassifier: its fit takes no sample_weight"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_said(wrong: dict[str, Any], said: str):
    drawn = applicants()
    given = dict(estimator=LogisticRegression(), X=drawn["X"][:400], y=drawn["y"][:400], rejected=drawn["rejected"])
    with pytest.raises(CallError, match=said):
        iml.reject_inference(**(given | wrong))


def test_too_few_are_refused():
    drawn = applicants()
    with pytest.raises(NotEnoughData, match="5 applicants were refused"):
        iml.reject_inference(LogisticRegression(), drawn["X"], drawn["y"], drawn["rejected"][:5])
    with pytest.raises(NotEnoughData, match="0 bad and 0 good accepted ones are there to judge on"):
        iml.reject_inference(
            LogisticRegression(), drawn["X"], drawn["y"], drawn["rejected"], held_out=np.zeros(len(drawn["X"]), bool)
        )


def test_ten_of_each_class_are_enough():
    drawn = applicants()
    x, y = drawn["X"][:600], drawn["y"][:600]
    held = np.zeros(600, bool)
    held[np.concatenate([np.flatnonzero(y)[:10], np.flatnonzero(~y)[:10]])] = True
    found = iml.reject_inference(LogisticRegression(), x, y, drawn["rejected"][:200], factors=(), held_out=held)
    assert found.table["auc"].between(0, 1).all()


def test_a_method_that_is_none_is_told_the_near_one(found):
    with pytest.raises(CallError, match="reweighted"):
        found.sample("reweighed")  # type: ignore[arg-type]
