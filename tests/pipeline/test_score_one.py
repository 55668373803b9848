"""One client from raw records: the bits of the book, from any thread, and clear words where something is wrong."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError

AS_OF = "2025-02-28"
NUMBERS = ["probability", "probability_low", "probability_high", "score_raw", "score"]
WORDS = ["model_version", "target", "state", "rating", "segment", "segment_basis", "cold_start"]
CODES = [f"reason_{i}" for i in (1, 2, 3, 4)]
TEXTS = [f"text_{i}" for i in (1, 2, 3, 4)]


def records_of(ledger: iml.Ledger, client: Any) -> dict[str, Any]:
    """The rows of one client, as an application would hold them: JSON and back."""
    tables = ledger.tables
    own = tables["invoices"].filter(pc.equal(tables["invoices"]["client_id"], client))
    ids = own["invoice_id"].combine_chunks()
    found: dict[str, Any] = {"attributes": {}}
    for name, table in ledger.all_tables().items():
        if name == "payments":
            rows = table.filter(pc.is_in(table["invoice_id"], value_set=ids))
        else:
            rows = table.filter(pc.equal(table["client_id"], client))
        place = found["attributes"] if "/" in name else found
        place[name.removeprefix("attributes/")] = rows.to_pylist()
    return dict(json.loads(json.dumps(found, default=str)))


@pytest.fixture(scope="module")
def scores(model: iml.Model, ledger: iml.Ledger) -> pd.DataFrame:
    return model.score(ledger, AS_OF, texts=True)


@pytest.fixture(scope="module")
def some(scores: pd.DataFrame, ledger: iml.Ledger) -> dict[str, dict[str, Any]]:
    """Records of clients in every state, short histories among them."""
    chosen = pd.concat([scores.groupby("state").head(4), scores[scores["cold_start"].astype(bool)].head(3)])
    return {client: records_of(ledger, client) for client in chosen["client_id"]}


def test_one_client_scores_to_the_bit_as_in_the_book(
    model: iml.Model, scores: pd.DataFrame, some: dict[str, dict[str, Any]]
) -> None:
    book = scores.set_index("client_id")
    assert len(set(book.loc[list(some), "state"])) == len(set(scores["state"])) >= 3
    for client, records in some.items():
        told, row = model.score_one(records, AS_OF), book.loc[client]
        assert told["client_id"] == client
        assert told["as_of"] == AS_OF
        for name in NUMBERS:
            assert (told[name] is None) == bool(pd.isna(row[name])), name
            assert told[name] is None or told[name] == row[name], name
        assert [told[n] for n in WORDS] == [None if pd.isna(row[n]) else row[n] for n in WORDS]
        assert [r["code"] for r in told["reasons"]] == [code for code in row[CODES] if isinstance(code, str)]
        assert [r["sentence"] for r in told["reasons"]] == [text for text in row[TEXTS] if isinstance(text, str)]
        assert told["not_given"] == []
        json.dumps(told)  # plain values


def test_eight_threads_get_the_same_bits(model: iml.Model, some: dict[str, dict[str, Any]]) -> None:
    alone = [model.score_one(records, AS_OF) for records in some.values()]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda records: model.score_one(records, AS_OF), [*some.values()] * 4))

    assert together == alone * 4


def test_what_is_known_later_changes_nothing(model: iml.Model, ledger: iml.Ledger, some: dict[str, Any]) -> None:
    past = ledger.known_at(AS_OF)
    client = next(iter(some))

    assert model.score_one(records_of(past, client), AS_OF) == model.score_one(some[client], AS_OF)


def test_a_client_of_whom_little_is_given_is_scored_and_what_is_lacking_is_named(
    model: iml.Model, ledger: iml.Ledger
) -> None:
    invoice = {"client_id": "new", "invoice_id": "N1", "issue_date": "2025-02-20", "due_date": "2025-03-20"}
    told = model.score_one({"invoices": [{**invoice, "amount": 900.0}]}, AS_OF)
    bare = iml.Ledger(invoices=pd.DataFrame([{**invoice, "amount": 900.0}]))
    features = iml.build_features(bare, pd.DataFrame({"client_id": ["new"], "as_of": [AS_OF]}))

    assert told["state"] == "scoreable"
    assert 0 < told["probability"] < 1
    assert told["cold_start"]
    assert set(told["not_given"]) == set(model.scorers["event"].columns) - set(features.columns)


def test_earlier_scores_count_as_in_the_book(
    model: iml.Model, ledger: iml.Ledger, scores: pd.DataFrame, some: dict[str, dict[str, Any]]
) -> None:
    before = [model.score_one(records, "2025-01-31") for records in some.values()]
    book = model.score(ledger, AS_OF, history=pd.DataFrame(before)).set_index("client_id")
    for earlier, (client, records) in zip(before, some.items(), strict=True):
        told = model.score_one(records, AS_OF, history=[earlier])
        assert (told["segment"], told["segment_basis"]) == tuple(book.loc[client, ["segment", "segment_basis"]])
    quiet = {"clients": [{"client_id": "quiet"}]}
    assert model.score_one(quiet, AS_OF)["segment"] == "none"
    last = {"client_id": "quiet", "as_of": "2024-12-31", "segment": "medium"}
    assert model.score_one(quiet, AS_OF, history=[last])["segment"] == "medium"


def test_records_that_the_door_must_read_first_give_the_same_bits(model: iml.Model, some: dict[str, Any]) -> None:
    for records in some.values():
        written = [
            row | {"amount": f"{row['amount']:.2f}", "due_date": f"{row['due_date']}T00:00:00"}
            for row in records["invoices"]
        ]
        assert model.score_one({**records, "invoices": written}, AS_OF) == model.score_one(records, AS_OF)


def test_english_sentences_are_told_on_request(model: iml.Model, some: dict[str, Any]) -> None:
    for records in some.values():
        pt, en = (model.score_one(records, AS_OF, lang=lang)["reasons"] for lang in ("pt", "en"))
        assert [r["code"] for r in pt] == [r["code"] for r in en]
        assert all(a["sentence"] != b["sentence"] for a, b in zip(pt, en, strict=True))


def test_related_clients_are_context_and_one_is_asked_for(model: iml.Model, some: dict[str, Any]) -> None:
    first, second = list(some)[:2]
    both = {"invoices": some[first]["invoices"] + some[second]["invoices"]}
    both |= {"payments": some[first]["payments"] + some[second]["payments"]}

    with pytest.raises(CallError, match="records are of 2 clients"):
        model.score_one(both, AS_OF)
    alone = {name: some[first][name] for name in ("invoices", "payments")}
    assert model.score_one(both, AS_OF, client_id=first) == model.score_one(alone, AS_OF)


@pytest.mark.parametrize(
    ("records", "options", "words"),
    [
        ({}, {"as_of": AS_OF}, "records are of 0 clients"),
        ({"clients": [{"client_id": 1}]}, {}, "give as_of"),
        ({"clients": [{"client_id": 1}]}, {"as_of": "soon"}, "as_of: 'soon' is not a date"),
        ({"clients": [{"client_id": 1}]}, {"as_of": AS_OF, "invoice_id": 7}, "level client; leave invoice_id out"),
        ({"clients": [{"client_id": 1}]}, {"as_of": AS_OF, "client_id": 2}, "no row of this client_id"),
        ({"clients": [{"client_id": 1, "known_on": "2025-03-09"}]}, {"as_of": AS_OF}, "nothing is known of the client"),
    ],
)
def test_a_wrong_call_is_told(model: iml.Model, records: dict[str, Any], options: dict[str, Any], words: str) -> None:
    with pytest.raises(CallError, match=words):
        model.score_one(records, **options)


def test_a_model_of_invoices_scores_one_at_its_issue(ledger: iml.Ledger) -> None:
    quick = iml.TrainingSettings(
        n_bootstrap=50, judge_bads=20, candidates=("scorecard",), families=(), max_snapshots=1_500
    )
    model = iml.train(ledger, iml.Target(level="invoice", event="late", dpd=5), settings=quick)
    invoices = ledger.frame("invoices").drop_duplicates("invoice_id").tail(3)
    snapshots = invoices[["client_id", "invoice_id"]].assign(as_of=invoices["issue_date"], view="at_issue")
    book = model.score(ledger, snapshots=snapshots)
    for row in book.itertuples(index=False):
        told = model.score_one(records_of(ledger, row.client_id), invoice_id=row.invoice_id)
        assert told["invoice_id"] == row.invoice_id
        assert told["as_of"] == str(row.as_of.date())
        np.testing.assert_array_equal([told[n] for n in NUMBERS], [getattr(row, n) for n in NUMBERS])
        assert [told[n] for n in ("state", "rating", "segment")] == [row.state, row.rating, row.segment]
    with pytest.raises(CallError, match="level invoice; give invoice_id"):
        model.score_one(records_of(ledger, book["client_id"].iloc[0]), AS_OF)
    with pytest.raises(CallError, match="no invoice of this invoice_id"):
        model.score_one(records_of(ledger, book["client_id"].iloc[0]), invoice_id="none")
