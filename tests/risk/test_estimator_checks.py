"""scikit-learn's own checks, all of them."""

from __future__ import annotations

from typing import Any

from sklearn.utils.estimator_checks import parametrize_with_checks

from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.linear import LinearClassifier

_HISTOGRAMS = (
    "LightGBM's histogram bins are cut by rows, not by weights: a weight of 2 is not exactly a row given twice"
)


def _expected(estimator: Any) -> dict[str, str]:
    return {
        "check_sample_weight_equivalence_on_dense_data": _HISTOGRAMS,
        "check_sample_weight_equivalence_on_sparse_data": _HISTOGRAMS,
    }


_CHECKED = [
    RiskClassifier(),
    RiskClassifier(n_bags=1, n_trees=20),
    Blend(n_trees=8, n_folds=2),
    LinearClassifier(n_folds=2),
]


@parametrize_with_checks(_CHECKED, expected_failed_checks=_expected)
def test_scikit_learn_finds_nothing_to_say(estimator: Any, check: Any) -> None:
    check(estimator)
