"""Titles, one row an invoice: the version that the ledger's own books hold for the day, in SQL and in Python alike."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from custom_build import build_with, columns

from effort import seeds
from inadimplencia_ml import Ledger
from inadimplencia_ml.features.audit import audit_leaks
from inadimplencia_ml.features.custom.coded import Facts, PythonFeature, SqlFeature
from inadimplencia_ml.features.custom.query import run_query
from inadimplencia_ml.features.custom.titles import titles_of
from inadimplencia_ml.ledger.codes import NONE, cent_codes, date_codes, text_codes
from inadimplencia_ml.ledger.lateness import NEVER
from reference.random_ledger import random_ledger

POSTPONED = pd.DataFrame(
    {
        "client_id": ["C1", "C1", "C1", "C2"],
        "invoice_id": ["T1", "T1", "T2", "T3"],
        "issue_date": ["2025-01-02", "2025-01-02", "2025-01-10", "2025-01-10"],
        "due_date": ["2025-02-03", "2025-03-05", "2025-02-10", "2025-02-10"],
        "known_on": [None, "2025-02-10", None, None],
        "amount": [1200.0, None, 100.0, 50.0],
        "kind": ["boleto", None, "pix", "pix"],
        "cancelled_date": [None, None, None, "2025-02-12"],
    }
)
PAYMENTS = pd.DataFrame(
    {
        "payment_id": ["P1"],
        "invoice_id": ["T1"],
        "payment_date": ["2025-02-14"],
        "amount": [1000.0],
        "client_id": ["C1"],
    }
)
LOOK = pd.DataFrame({"client_id": ["C1", "C2"], "as_of": ["2025-02-20"] * 2})


def frame_on(ledger: Ledger, day: str) -> pd.DataFrame:
    return Facts(ledger.known_at(day), dt.date.fromisoformat(day))["titles"].set_index("invoice_id")


def test_a_postponed_invoice_is_one_title_and_a_null_keeps_the_older_value() -> None:
    got = frame_on(Ledger(POSTPONED), "2025-02-10")
    assert got.index.tolist() == ["T1", "T2", "T3"]
    assert got.loc["T1", "due_date"] == pd.Timestamp("2025-03-05")
    assert got.loc["T1", ["amount", "kind"]].tolist() == [1200.0, "boleto"]
    assert frame_on(Ledger(POSTPONED), "2025-02-09").loc["T1", "due_date"] == pd.Timestamp("2025-02-03")


def test_a_void_invoice_is_gone_from_its_day_and_a_renegotiated_one_stays() -> None:
    book = Ledger(POSTPONED)
    assert "T3" in frame_on(book, "2025-02-11").index
    assert "T3" not in frame_on(book, "2025-02-12").index
    other = Ledger(POSTPONED.assign(cancel_reason=[None, None, None, "renegotiated"]))
    assert "T3" in frame_on(other, "2025-02-12").index


def test_a_join_with_titles_counts_each_payment_once_where_one_with_invoices_counts_it_twice() -> None:
    book = Ledger(POSTPONED, PAYMENTS)
    text = "SELECT {0}.client_id, sum(payments.amount) FROM payments JOIN {0} USING (invoice_id) GROUP BY ALL"
    both = [SqlFeature(name=f"by_{name}", sql=text.format(name)) for name in ("titles", "invoices")]
    assert columns(book, LOOK, both).iloc[0].tolist() == [1000.0, 2000.0]


def test_amounts_of_titles_are_decimals_in_sql() -> None:
    query = SqlFeature(
        name="kinds", sql="SELECT client_id, max(typeof(amount) = 'DECIMAL(18,2)') FROM Titles GROUP BY 1"
    )
    assert columns(Ledger(POSTPONED), LOOK, [query])["kinds"].tolist()[0] == 1.0


def open_titles(facts: Facts, clients: pd.Index) -> pd.Series:
    return facts["titles"].groupby("client_id").size()


@pytest.mark.parametrize("seed", seeds(24))
def test_titles_are_the_versions_that_the_books_hold_for_the_day(seed: int) -> None:
    tables, looks, settings = random_ledger(seed)
    book = Ledger(**tables, **settings)
    v, days = book.books.versions, pd.to_datetime(looks["as_of"].astype(str).str[:10], errors="coerce").dropna()
    compared = 0
    for day in sorted({d.date() for d in days})[:: max(1, len(days) // 12)]:
        t = (day - dt.date(1970, 1, 1)).days
        held = np.flatnonzero((v.since <= t) & (t < v.until) & ~(v.void & (v.closed_known <= t)))
        held = held[np.argsort(v.invoice[held])]
        got = titles_of(book.known_at(day).tables["invoices"])
        number = book.books.invoice_numbers(got["invoice_id"])
        order = np.argsort(number)
        assert number[order].tolist() == v.invoice[held].tolist()
        assert date_codes(got, "due_date")[order].tolist() == v.due[held].tolist()
        assert date_codes(got, "issue_date")[order].tolist() == v.issue[held].tolist()
        assert cent_codes(got, "amount")[order].tolist() == v.cents[held].tolist()
        closed = v.closed_known[held] <= t
        assert date_codes(got, "cancelled_date")[order].tolist() == np.where(closed, v.cancelled[held], NONE).tolist()
        reason = text_codes(got, "cancel_reason", ("void", "renegotiated", "written_off"))[order]
        assert reason[closed].tolist() == v.reason[held][closed].tolist()
        until = date_codes(got, "observed_until")[order]
        assert np.where(until == NONE, NEVER, until).tolist() == v.observed_until[held].tolist()
        compared += len(held)
    assert compared > 0


@pytest.mark.parametrize("seed", range(3))
def test_sql_and_python_read_the_same_titles_and_leak_nothing(seed: int) -> None:
    tables, looks, settings = random_ledger(seed, clients=8)
    book = Ledger(**tables, **settings)
    query = SqlFeature(name="by_sql", sql="SELECT client_id, count(*) FROM titles GROUP BY client_id")
    both = [query, PythonFeature(name="by_python", function=open_titles)]
    got = columns(book, looks, both)
    assert got["by_sql"].equals(got["by_python"].rename("by_sql"))
    assert got["by_sql"].notna().any()
    report = audit_leaks(book, looks, build_with(both), dates=2)
    assert report.ok, str(report)


def test_titles_are_made_only_for_a_query_that_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr("inadimplencia_ml.features.custom.query.titles_of", lambda table: made.append(1) or table)
    known, clients = Ledger(POSTPONED).known_at("2025-02-20"), pd.Index(["C1"], name="client_id")
    for table, times in (("invoices", 0), ('"titles"', 1)):
        text = f"SELECT client_id, count(*) FROM {table} GROUP BY client_id"
        run_query(text, known, dt.date(2025, 2, 20), clients, where="here")
        assert len(made) == times
