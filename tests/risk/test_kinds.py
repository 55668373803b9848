from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from risk_data import make_book

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.kinds import model_from_parts


def parts_of_format_1(model: RiskClassifier) -> dict[str, Any]:
    """The parts as the first format had them: no prior, no shift, no parameters of the search."""
    parts: dict[str, Any] = model.to_parts()
    about, calibration = dict(parts["model.json"]), dict(parts["calibration.json"])
    del about["prior"], calibration["shift"]
    about["parameters"] = {k: v for k, v in about["parameters"].items() if not k.startswith("search_")}
    return parts | {"model.json": about, "calibration.json": calibration}


def test_a_model_of_the_first_format_predicts_as_it_did() -> None:
    book = make_book(800)
    model = RiskClassifier(n_trees=15, n_bags=1, n_jobs=1).fit(book.X, book.y)
    back = model_from_parts(parts_of_format_1(model))

    assert isinstance(back, RiskClassifier)
    assert np.array_equal(back.predict_proba(book.X), model.predict_proba(book.X))
    with pytest.raises(CallError, match="kept without the event rate"):
        back.with_prior(0.3)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, r"no part model\.json"),
        ({"model.json": {"kind": "os.system"}}, r"unknown kind 'os\.system'"),
        ({"model.json": {"kind": "Blendd"}}, "Did you mean 'Blend'"),
        ({"model.json": {"kind": None}}, "unknown kind None"),
    ],
)
def test_a_kind_that_is_not_in_the_table_is_refused(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        model_from_parts(parts)
