"""What shap's plots are given, and that they draw it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inadimplencia_ml.errors import CallError, MissingExtraError
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.reasons import fit_reasons, shap_explanation
from inadimplencia_ml.risk.scorer import Scorer
from risk.risk_data import Book, make_book


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(600)


@pytest.fixture(scope="module")
def scorer(book: Book) -> Scorer:
    model = RiskClassifier(n_trees=30, n_bags=1, n_jobs=1).fit(book.X, book.y)
    return Scorer("t", model, None, fit_reasons(model, book.X, book.y))  # type: ignore[arg-type]


@pytest.fixture
def shap() -> Any:
    pytest.importorskip("matplotlib", reason="plots need the extra `report`")
    import matplotlib

    matplotlib.use("Agg")
    return pytest.importorskip("shap", reason="needs the extra `explain`")


@pytest.mark.parametrize("by", ["feature", "family"])
def test_values_and_base_add_up_to_the_raw_log_odds(shap: Any, scorer: Scorer, book: Book, by: Any) -> None:
    told = scorer.shap_explanation(book.X[:80], by=by, lang="en")
    raw = scorer.classifier.log_odds(book.X[:80])

    assert isinstance(told, shap.Explanation)
    np.testing.assert_allclose(told.values.sum(axis=1) + told.base_values, raw, rtol=0, atol=1e-9)
    if by == "feature":
        assert list(told.feature_names) == list(book.X.columns)
        assert told.display_data[:, 2].tolist() == book.X["client_uf"][:80].tolist()
        np.testing.assert_array_equal(told.data, scorer.classifier.encoded(book.X[:80]))
    else:
        assert told.feature_names[0] == "R02 How often late"


PLOTS: dict[str, Callable[[Any, Any], Any]] = {
    "beeswarm": lambda shap, told: shap.plots.beeswarm(told, show=False, plot_size=None),
    "waterfall": lambda shap, told: shap.plots.waterfall(told[0], show=False),
    "bar": lambda shap, told: shap.plots.bar(told, show=False),
    "scatter": lambda shap, told: shap.plots.scatter(told[:, 0], show=False),
}


@pytest.mark.parametrize("by", ["feature", "family"])
@pytest.mark.parametrize("plot", PLOTS)
def test_the_plots_of_shap_draw_it(shap: Any, scorer: Scorer, book: Book, plot: str, by: Any) -> None:
    from matplotlib import pyplot

    pyplot.figure()
    PLOTS[plot](shap, scorer.shap_explanation(book.X[:40], by=by))
    drawn = pyplot.gcf()
    assert any(axes.has_data() for axes in drawn.axes)
    pyplot.close("all")


def test_without_shap_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, scorer: Scorer, book: Book) -> None:
    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(MissingExtraError, match=r"shap is not installed\..*inadimplencia-ml\[explain\]"):
        scorer.shap_explanation(book.X[:3])


def test_wrong_calls_are_told(scorer: Scorer, book: Book) -> None:
    with pytest.raises(CallError, match=r"by is 'families'; .*Did you mean 'family'"):
        scorer.shap_explanation(book.X[:3], by="families")  # type: ignore[arg-type]
    silent = Scorer("t", scorer.classifier, None, None)  # type: ignore[arg-type]
    with pytest.raises(CallError, match="from outside is not known exactly"):
        silent.shap_explanation(book.X[:3])
    pytest.importorskip("shap", reason="needs the extra `explain`")
    with pytest.raises(CallError, match="compares with a frozen reference"):
        shap_explanation(scorer.classifier, book.X[:3], by="family")
    with pytest.raises(CallError, match="give a table, not an array"):
        shap_explanation(scorer.classifier, np.zeros((2, 4)))
