"""Features of one's own in a saved model: declared ones come back whole, coded ones are handed in and compared."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.features.custom.coded import Facts, PythonFeature, SqlFeature
from inadimplencia_ml.features.custom.declared import Aggregate, parse_custom
from inadimplencia_ml.features.custom.stored import custom_from_json, custom_to_json

SQL = "SELECT client_id, count(*)\nFROM invoices\nGROUP BY client_id"


def invoice_count(facts: Facts, clients: pd.Index) -> pd.Series:
    return facts["invoices"].groupby("client_id").size()


def other_count(facts: Facts, clients: pd.Index) -> pd.Series:
    return facts["invoices"].groupby("client_id").size() + 0


DECLARED = parse_custom("""
- name: boleto_late_count_180d
  aggregation: count
  window: 180
  filter: {days_late: {ge: 15}, kind: [boleto, pix], due_month_end: false, status: open}
  direction: 1
- {name: late_part_all, measure: amount, aggregation: share, window: all, by: closed, of: {days_late: {gt: 0}}}
""")
BY_PYTHON = PythonFeature(name="all_count", function=invoice_count, role="treatment", meaning_pt="Total de títulos.")
BY_SQL = SqlFeature(name="row_count", sql=SQL)


def on_disk(custom: Any) -> Any:
    return json.loads(json.dumps(custom_to_json(custom), allow_nan=False))


def test_declared_features_come_back_from_the_bundle_alone() -> None:
    assert custom_from_json(on_disk(DECLARED)) == DECLARED


def test_all_come_back_in_their_order_when_code_is_handed_in() -> None:
    custom = (DECLARED[0], BY_PYTHON, DECLARED[1], BY_SQL)
    assert custom_from_json(on_disk(custom), [BY_SQL, BY_PYTHON]) == custom
    assert custom_from_json(on_disk(custom), custom) == custom
    assert custom_from_json([]) == ()


def test_of_code_the_bundle_holds_name_digest_meaning_and_role_and_no_code() -> None:
    stored = on_disk([BY_PYTHON, BY_SQL])
    assert [one["kind"] for one in stored] == ["python", "sql"]
    assert stored[0]["digest"] == BY_PYTHON.digest
    assert (stored[0]["meaning_pt"], stored[0]["role"]) == ("Total de títulos.", "treatment")
    assert "SELECT" not in json.dumps(stored)
    assert "groupby" not in json.dumps(stored)


def test_a_digest_tells_code_and_not_newlines() -> None:
    assert SqlFeature(name="row_count", sql=SQL.replace("\n", "\r\n") + "\n").digest == BY_SQL.digest
    assert SqlFeature(name="row_count", sql=SQL.lower()).digest != BY_SQL.digest
    assert PythonFeature(name="all_count", function=other_count).digest != BY_PYTHON.digest
    assert PythonFeature(name="another", function=invoice_count).digest != BY_PYTHON.digest
    assert len(BY_SQL.digest) == len(BY_PYTHON.digest) == 64


def test_code_that_is_missing_is_asked_for() -> None:
    with pytest.raises(
        BundleError, match=r"a model on disk holds none: all_count \(python\), row_count \(sql\). .*custom=\[\.\.\.\]"
    ):
        custom_from_json(on_disk([BY_PYTHON, DECLARED[0], BY_SQL]))


def test_other_code_is_refused_with_both_digests() -> None:
    other = PythonFeature(name="all_count", function=other_count, role="treatment")
    with pytest.raises(BundleError, match=f"the code of 'all_count' is not .*{other.digest}.*{BY_PYTHON.digest}"):
        custom_from_json(on_disk([BY_PYTHON]), [other])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            [PythonFeature(name="all_counts", function=invoice_count)],
            "no custom feature 'all_counts'. Did you mean 'all",
        ),
        ([SqlFeature(name="all_count", sql=SQL)], "'all_count' is python in the model, and sql is given"),
        (
            [PythonFeature(name="all_count", function=invoice_count)],
            "the role of 'all_count' is treatment in the model",
        ),
        ([BY_PYTHON, BY_PYTHON], "the feature 'all_count' is given twice"),
        (
            [BY_PYTHON, DECLARED[0].model_copy(update={"window": 90})],
            "'boleto_late_count_180d' is declared otherwise in the model. Leave it out",
        ),
    ],
)
def test_what_is_handed_in_must_be_what_the_model_knows(given: Any, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        custom_from_json(on_disk([BY_PYTHON, DECLARED[0]]), given)


def test_a_model_without_custom_features_takes_none() -> None:
    with pytest.raises(BundleError, match=r"no custom feature 'row_count'\. It has none"):
        custom_from_json([], [BY_SQL])


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({"kind": "declared"}, "expected a list of definitions, got dict"),
        (
            [{"kind": "lambda", "name": "x"}],
            "custom feature 'x' of the model: the kind 'lambda' is unknown. Known: decl",
        ),
        (
            [{"kind": "declared", "name": "x", "window": 3}],
            "'x' of the model: aggregation Field required",
        ),
        (
            [{"kind": "declared", "name": "x", "aggregation": "count", "window": 3, "filters": {}}],
            "unknown key 'filters'. Did you mean 'filter'",
        ),
    ],
)
def test_an_entry_that_cannot_be_read_is_named(stored: Any, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        custom_from_json(stored)


def test_a_function_without_source_has_no_digest() -> None:
    with pytest.raises(CallError, match=r"custom feature 'x': the source of its function cannot be read .* with def"):
        custom_to_json([PythonFeature(name="x", function=len)])


def test_a_declared_feature_is_stored_with_every_setting() -> None:
    stored = on_disk([Aggregate(name="x", aggregation="count", window="all")])[0]
    assert stored == {
        "kind": "declared",
        "name": "x",
        "role": "risk",
        "direction": 0,
        "meaning_pt": "",
        "meaning_en": "",
        "measure": "count",
        "aggregation": "count",
        "window": "all",
        "by": "due",
        "filter": {},
    }
