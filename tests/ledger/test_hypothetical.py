"""A ledger with payments that were not made: read like any other, and the real one left as it was."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.hypothetical import Payment, clients_alone, group_members, with_payments
from inadimplencia_ml.ledger.importing import import_ledger
from inadimplencia_ml.ledger.mapping import read_mapping
from inadimplencia_ml.ledger.open_invoices import open_invoices

HOUSE = Path(__file__).resolve().parents[2]
DAY = dt.date(2025, 3, 31)


def a_book(ids: tuple[object, ...] = ("A", "B", "C"), **tables: object) -> iml.Ledger:
    invoices = pd.DataFrame(
        {
            "client_id": [ids[0], ids[0], ids[1], ids[2]],
            "invoice_id": [1, 2, 3, 4],
            "issue_date": "2025-01-10",
            "due_date": ["2025-02-10", "2025-03-10", "2025-02-10", "2025-02-10"],
            "amount": [100.0, 50.25, 70.0, 10.0],
        }
    )
    return iml.Ledger(invoices, **tables)  # type: ignore[arg-type]


@pytest.mark.parametrize("before", [False, True], ids=["no payment so far", "a table of payments"])
def test_a_payment_settles_what_a_real_one_would_and_changes_nothing_behind_it(before: bool) -> None:
    made = pd.DataFrame({"invoice_id": [3], "payment_date": ["2025-03-01"], "amount": [20.0], "method": ["pix"]})
    ledger = a_book(payments=made if before else None)
    kept = ledger.all_tables()
    paid = with_payments(ledger, [Payment(1, DAY, 100.0), Payment(3, DAY, 30.0)])

    real = pd.DataFrame({"invoice_id": [1, 3], "payment_date": str(DAY), "amount": [100.0, 30.0]})
    expected = a_book(payments=pd.concat([made, real]) if before else real)
    pd.testing.assert_frame_equal(open_invoices(paid, DAY), open_invoices(expected, DAY))
    assert 1 not in set(open_invoices(paid, DAY)["invoice_id"])
    assert 1 in set(open_invoices(paid, DAY - dt.timedelta(days=1))["invoice_id"])
    assert all(ledger.all_tables()[name].equals(table) for name, table in kept.items())
    assert set(ledger.tables) == set(kept)


def test_a_payment_of_an_unknown_invoice_or_of_nothing_is_refused() -> None:
    with pytest.raises(CallError, match="invoice_id is unknown"):
        with_payments(a_book(), [Payment(9, DAY, 1.0)])
    with pytest.raises(CallError, match="payments: amount"):
        with_payments(a_book(), [Payment(1, DAY, 0.0)])
    assert with_payments(book := a_book(), []) is book


@pytest.mark.parametrize("ids", [("A", "B", "C"), (7, 8, 9)], ids=["text", "numbers"])
def test_clients_alone_keep_all_their_facts_and_nobody_elses(ids: tuple[object, ...]) -> None:
    payments = pd.DataFrame({"invoice_id": [1, 3, 4], "payment_date": "2025-02-20", "amount": 5.0})
    links = pd.DataFrame({"client_id": [ids[0], ids[2]], "group_id": "G", "kind": "payer"})
    bureau = pd.DataFrame({"client_id": list(ids), "known_on": "2025-01-01", "marks": [1, 2, 3]})
    macro = pd.DataFrame({"date": ["2025-01-31"], "series": ["selic"], "value": [13.25]})
    ledger = a_book(ids, payments=payments, links=links, attributes={"bureau": bureau}, macro=macro)

    assert group_members(ledger, ids[0]) == [ids[0], ids[2]]
    assert group_members(ledger, ids[1]) == [ids[1]]
    alone = clients_alone(ledger, group_members(ledger, ids[0]))
    assert sorted(alone.frame("invoices")["invoice_id"]) == [1, 2, 4]
    assert sorted(alone.frame("payments")["invoice_id"]) == [1, 4]
    assert alone.frame("attributes/bureau")["marks"].tolist() == [1, 3]
    assert len(alone.frame("macro")) == 1
    assert len(ledger.frame("invoices")) == 4


def test_on_real_invoices_a_client_alone_is_the_same_and_a_payment_clears_what_is_overdue(real_data: Path) -> None:
    files = sorted((real_data / "ibm_ar").glob("*.csv"))
    ledger = import_ledger(files, read_mapping(HOUSE / "examples" / "mappings" / "ibm_ar.yaml"))
    day = dt.date(2013, 3, 31)
    known, open_ones = ledger.known_at(day), open_invoices(ledger, day).query("outstanding > 0")
    late = open_ones[open_ones["days_past_due"] > 0]
    own = pd.DataFrame({"client_id": late["client_id"].unique()[:15], "as_of": day})
    payments = [Payment(i, day, a) for i, a in zip(late["invoice_id"], late["outstanding"], strict=True)]

    whole = iml.build_features(known, own)
    assert (whole["overdue_amount"] > 0).all()
    cleared = iml.build_features(with_payments(known, payments), own)
    assert (cleared["overdue_amount"] == 0).all()
    assert ((whole["open_amount"] - cleared["open_amount"] - whole["overdue_amount"]).abs() < 0.01).all()
    for k, client in enumerate(own["client_id"]):
        alone = iml.build_features(clients_alone(known, [client]), own.iloc[[k]])
        pd.testing.assert_frame_equal(alone.reset_index(drop=True), whole.iloc[[k]].reset_index(drop=True))
