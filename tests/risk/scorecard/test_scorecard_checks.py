"""scikit-learn's own checks, all of them."""

from __future__ import annotations

from typing import Any

from sklearn.utils.estimator_checks import parametrize_with_checks

from inadimplencia_ml.risk.scorecard.classifier import ScorecardClassifier


@parametrize_with_checks([ScorecardClassifier()])
def test_scikit_learn_finds_nothing_to_say(estimator: Any, check: Any) -> None:
    check(estimator)
