"""The loss of a source whose worth is known; verdicts at their limits; what is told of both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.evaluation.findings import exact, inconclusive, within
from inadimplencia_ml.evaluation.plain_book import LEFT_OUT
from inadimplencia_ml.evaluation.settings import ValidationSettings
from inadimplencia_ml.evaluation.sources import loss_of_sources
from inadimplencia_ml.evaluation.validation_text import TESTS, render, table_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation.md"


def ledger() -> iml.Ledger:
    row = {"client_id": "C1", "invoice_id": "T1", "issue_date": "2025-01-02", "due_date": "2025-02-03", "amount": 1.0}
    bureau = pd.DataFrame({"client_id": ["C1"], "known_on": ["2025-01-01"], "points": [500.0]})
    clients = pd.DataFrame({"client_id": ["C1"], "kind": ["PJ"]})
    return iml.Ledger(pd.DataFrame([row]), clients=clients, attributes={"bureau": bureau})


def test_what_ranks_by_one_table_loses_all_without_it_and_nothing_without_another() -> None:
    y = np.array([0.0, 0.0, 1.0, 1.0, np.nan])

    def probability(book: iml.Ledger) -> Any:
        told = book.attributes["bureau"].num_rows > 0
        return np.array([0.1, 0.1, 0.2, 0.2, 0.1]) if told else np.full(5, 0.1)

    found = loss_of_sources(ledger(), probability, y).set_index("source")
    assert found.loc["attributes/bureau", ["auc_with", "auc_without", "auc_loss"]].tolist() == [1.0, 0.5, 0.5]
    # two rows in five fall from odds of 4 to 1 to odds of 9 to 1: 40 points for each doubling
    assert found.loc["attributes/bureau", "score_change"] == pytest.approx(2 / 5 * 40 * np.log2(9 / 4))
    assert found.loc["clients", ["auc_loss", "score_change"]].tolist() == [0.0, 0.0]


def test_a_table_without_which_nothing_can_be_scored_has_no_figures() -> None:
    def probability(book: iml.Ledger) -> Any:
        if not book.attributes["bureau"].num_rows:
            raise CallError("no bureau")
        return np.array([0.1, 0.2])

    found = loss_of_sources(ledger(), probability, np.array([0.0, 1.0])).set_index("source")
    assert np.isnan(found.loc["attributes/bureau", "auc_loss"])
    assert found.loc["clients", "auc_loss"] == 0


def test_a_verdict_turns_at_the_limit_and_few_rows_say_nothing_unless_one_is_wrong() -> None:
    assert within("auc_holds", 100, 0.05, 0.05, least=100).verdict == "pass"
    assert within("auc_holds", 100, 0.0501, 0.05, least=100).verdict == "fail"
    assert within("auc_holds", 99, 0.5, 0.05, least=100).verdict == "inconclusive"
    assert exact("labels", 3, 1, 0, least=100).verdict == "fail"
    assert exact("labels", 3, 0, 0, least=100).verdict == "inconclusive"
    assert exact("labels", 100, 0, 0, least=100).verdict == "pass"


def test_whatever_is_found_can_be_told_in_both_languages() -> None:
    found = [inconclusive(test, "cannot_score", 5) for test in TESTS] + [within("labels", 9, 3, 0, least=1)]
    left = pd.DataFrame({"reason": list(LEFT_OUT), "clients": 1, "snapshots": 2})
    facts = {"model": "m", "known_until": "2025-01-31", "snapshots": 9, "covered": 8, "scored": 7, "later": True}
    facts |= {"segment_changes": 0.5, "rating_changes": 0.75}
    table = pd.DataFrame(found)
    pages = [render(facts, table, left, pd.DataFrame(), pd.DataFrame(), lang) for lang in ("pt", "en")]
    for at, page in enumerate(pages):
        assert all(words[at] in page for words in (*TESTS.values(), *LEFT_OUT.values()))
        assert table_of(table, ("pt", "en")[at]).iloc[:, 1].tolist()[:-1] == [words[at] for words in TESTS.values()]
    assert "FALHA" in pages[0]
    assert "FAIL" in pages[1]


def test_the_page_tells_every_test_and_the_settings_it_names_are_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in TESTS if name != "sources" and f"`{name}" not in page] == []
    named = {"feature_tolerance", "metric_tolerance", "auc_drop", "source_auc_loss", "least_rows", "least_bads"}
    assert [name for name in (*named, "sources_needed") if f"`{name}`" not in page] == []
    assert named <= set(ValidationSettings.model_fields)
