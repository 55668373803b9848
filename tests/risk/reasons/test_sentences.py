"""Sentences of whole books: to the letter those of one row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml.catalog import BY_NAME, REASONS, STATEMENTS, STEPS, Lang, reason_sentence
from inadimplencia_ml.catalog.reasons import placeholders
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.reasons import reason_sentences, with_texts

FAMILIES = (*REASONS, *STATEMENTS, *STEPS)
READ = sorted(
    {
        name
        for family in FAMILIES
        for s in (*family.against, *family.favour)
        for name in placeholders(s).union(s.above_zero, s.not_above_zero)
    }
)
#: Where rounding, words and missing numbers turn.
EDGES = [0.0, -0.0, 1.0, 2.0, 0.004, 0.005, 0.0049999, 0.995, 0.9949, 0.49999999999999994, 0.5, 1.5, 2.5, -0.4, -3.0,
         1.005, 1.115, 0.285, 1234.567, 1e9, 1e-9, np.nan, np.inf, -np.inf]  # fmt: skip


def same(table: pd.DataFrame, lang: Lang) -> None:
    records = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    for family in FAMILIES:
        for against in (True, False):
            many = reason_sentences(family.code, table, against=against, lang=lang).to_pylist()
            assert many == [reason_sentence(family.code, row, against=against, lang=lang) for row in records]


@settings(max_examples=tries(30))
@given(data=st.data(), lang=st.sampled_from(["pt", "en"]))
def test_many_sentences_are_those_of_each_row(data: st.DataObject, lang: Lang) -> None:
    one = st.one_of(st.sampled_from(EDGES), st.floats(-100, 5000), st.integers(0, 40).map(float))
    rows = data.draw(st.lists(st.lists(one, min_size=len(READ), max_size=len(READ)), min_size=1, max_size=4))
    same(pd.DataFrame(rows, columns=READ), lang)


@pytest.mark.parametrize("lang", ["pt", "en"])
def test_every_edge_of_every_number_is_written_alike(lang: Lang) -> None:
    same(pd.DataFrame(dict.fromkeys(READ, EDGES)), lang)


def test_numbers_of_other_kinds_are_read_as_in_one_row() -> None:
    table = pd.DataFrame(
        {
            "overdue_count": pd.array([1, None, 3], dtype="Int64"),
            "overdue_amount": pd.Series([1234.5, None, "x"], dtype=object),
            "dpd_max": pd.Series([True, False, True]),
        }
    )
    records: list[dict[str, Any]] = [
        {"overdue_count": 1, "overdue_amount": 1234.5, "dpd_max": True},
        {"overdue_count": None, "overdue_amount": None, "dpd_max": False},
        {"overdue_count": 3, "overdue_amount": "x", "dpd_max": True},
    ]
    many = reason_sentences("R01", table, against=True).to_pylist()
    assert many == [reason_sentence("R01", row, against=True) for row in records]


def test_rows_may_be_asked_for_in_any_order() -> None:
    table = pd.DataFrame({"overdue_count": [0.0, 1.0, 2.0]})
    found = reason_sentences("R01", table, against=True, rows=np.array([2, 2, 1])).to_pylist()
    assert found == [reason_sentence("R01", {"overdue_count": n}, against=True) for n in (2.0, 2.0, 1.0)]
    assert reason_sentences("R01", table, against=True, rows=np.array([], dtype=int)).to_pylist() == []


@pytest.mark.parametrize("lang", ["pt", "en"])
def test_scores_get_the_sentence_of_each_code_beside_it(lang: Lang) -> None:
    scores = pd.DataFrame(
        {
            "client_id": ["a", "b", "c"],
            "reason_1": pd.Series(["R01", "R02", None], dtype="str"),
            "reason_2": pd.Series(["R17", None, None], dtype="str"),
        }
    ).set_axis([7, 8, 9])
    scores.attrs["bundle_digest"] = "0"
    features = pd.DataFrame({"overdue_count": [2.0, 0.0, 1.0], "due_count_all": [1.0, 9.0, 9.0]})
    told = with_texts(scores, features, lang=lang)

    rows = features.to_dict("records")
    assert told["text_1"].tolist()[:2] == [
        reason_sentence("R01", rows[0], against=True, lang=lang),
        reason_sentence("R02", rows[1], against=True, lang=lang),
    ]
    assert told["text_2"].iloc[0] == reason_sentence("R17", rows[0], against=True, lang=lang)
    assert told[["text_1", "text_2"]].isna().sum().tolist() == [1, 2]
    assert "text_1" not in scores.columns
    assert told.attrs == scores.attrs


def test_a_language_without_texts_is_refused() -> None:
    with pytest.raises(CallError, match=r"lang is 'es'\. Texts exist in 'pt' and 'en'"):
        reason_sentences("R01", pd.DataFrame(), against=True, lang="es")  # type: ignore[arg-type]
    assert {BY_NAME[name].unit for name in READ} >= {"count", "days", "amount", "share", "ratio"}
