"""Escalations, notices and proofs of a title; what stands although the title was paid."""

from __future__ import annotations

from typing import Any

import pandas as pd

from inadimplencia_ml import Ledger
from inadimplencia_ml.cases import Cases, build_cases

DAY = "2025-03-31"


def built(escalations: list[dict[str, Any]], day: str = DAY, **invoice: Any) -> Cases:
    """Cases of client A with T1, open since 10 March 2025, and T2, paid on 14 March."""
    base = {"client_id": "A", "issue_date": "2025-01-02", "amount": 100.0, "due_date": "2025-03-10"}
    rows = pd.DataFrame([base | {"invoice_id": "T1"} | invoice, base | {"invoice_id": "T2", "paid_date": "2025-03-14"}])
    asked = pd.DataFrame([{"client_id": "A", "invoice_id": "T1", "kind": "negativacao"} | row for row in escalations])
    return build_cases(Ledger(rows, escalations=asked), day)


def test_a_notice_is_of_its_title_and_counts_from_the_day_it_went_out() -> None:
    told = [{"requested_at": "2025-03-12", "notice_sent_at": "2025-03-17", "notice_proof": "AR 1"}]
    titles = built(told).titles.set_index("invoice_id")
    assert titles.loc["T1", ["notice_asked", "notice_sent_on", "notice_proof"]].tolist() == [
        True,
        pd.Timestamp("2025-03-17"),
        "AR 1",
    ]
    before = built(told, "2025-03-16").titles.iloc[0]
    assert before["notice_asked"]
    assert pd.isna(before["notice_sent_on"])
    assert pd.isna(before["notice_proof"])


def test_a_title_without_a_notice_says_so_and_without_the_table_nothing_is_said() -> None:
    other = built([{"invoice_id": "T2", "requested_at": "2025-03-12"}]).titles.iloc[0]
    assert not other["notice_asked"]
    rows = pd.DataFrame(
        {"client_id": ["A"], "invoice_id": ["T1"], "issue_date": ["2025-01-02"], "due_date": ["2025-03-10"]}
    )
    assert pd.isna(build_cases(Ledger(rows.assign(amount=1.0)), DAY).titles.iloc[0]["notice_asked"])


def test_the_proofs_of_a_title_come_from_its_invoice() -> None:
    title = built([{"requested_at": "2025-03-12"}], protestable=True, delivery_proof=False, bank_instruction="protest")
    got = title.titles.iloc[0]
    assert (got["protestable"], got["delivery_proof"], got["bank_instruction"]) == (True, False, "protest")
    assert pd.isna(got["acceptance_refused"])


def test_what_stands_is_asked_for_and_not_withdrawn_since() -> None:
    rows = [
        {"requested_at": "2025-03-12", "withdrawn_at": "2025-03-20"},
        {"kind": "protest", "requested_at": "2025-03-12", "withdrawn_at": "2025-03-20"},
        {"kind": "protest", "requested_at": "2025-03-25"},
        {"kind": "agency", "requested_at": "2025-03-12", "withdrawn_at": "2025-04-01"},
    ]
    got = built(rows)
    case = got.cases.iloc[0]
    assert [case[f"has_{k}"] for k in ("negativacao", "protest", "agency", "legal")] == [False, True, True, False]
    assert case["last_escalation_on"] == pd.Timestamp("2025-03-25")
    assert got.records["kind"].tolist() == ["agency", "protest"]


def test_a_record_of_a_paid_title_tells_the_day_of_the_payment() -> None:
    rows = [
        {"invoice_id": "T2", "requested_at": "2025-03-12"},
        {"invoice_id": "T2", "requested_at": "2025-03-12", "effective_at": "2025-03-24"},
        {"invoice_id": "T1", "requested_at": "2025-03-12", "effective_at": "2025-03-24"},
    ]
    records = built(rows).records.set_index("invoice_id")
    assert pd.isna(records.loc["T1", "settled_on"])
    assert records.loc["T2", "settled_on"] == pd.Timestamp("2025-03-14")
    assert records.loc["T2", "effective_on"] == pd.Timestamp("2025-03-24")
    earlier = built(rows, "2025-03-20").records.set_index("invoice_id")
    assert pd.isna(earlier.loc["T2", "effective_on"])


def test_a_title_made_void_is_owed_no_more() -> None:
    void = {"cancelled_date": "2025-03-19", "cancel_reason": "void"}
    records = built([{"requested_at": "2025-03-12", "effective_at": "2025-03-18"}], **void).records
    assert records["settled_on"].tolist() == [pd.Timestamp("2025-03-19")]
