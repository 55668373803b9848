"""A broken plan from the books to the decision: stage, items, amounts, duties; a kept one speaks for its own titles."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import inadimplencia_ml as iml

DAY = "2025-03-31"  # a Monday
TERMS = {"client_id": "A", "fine_rate": 0.02, "interest_rate_month": 0.01}
CLOSED = {"cancelled_date": "2025-01-06", "cancel_reason": "renegotiated", "issue_date": "2024-09-02", "amount": 500.0}
INVOICES = [
    TERMS | CLOSED | {"invoice_id": "T1", "due_date": "2024-10-10"},
    TERMS | CLOSED | {"invoice_id": "T2", "due_date": "2024-11-11"},
    TERMS | {"invoice_id": "T3", "issue_date": "2025-02-03", "due_date": "2025-03-24", "amount": 200.0},
    *(
        {"client_id": "A", "invoice_id": f"P-{due}", "issue_date": "2025-01-06", "due_date": due, "amount": 520.0}
        | {"contract_id": "P"}
        for due in ("2025-02-10", "2025-03-10", "2025-04-10")
    ),
]
PLAN = {"client_id": "A", "agreement_id": "P", "created_at": "2025-01-06", "kind": "plan", "due_date": "2025-04-10",
        "amount": 1560.0, "replaces": "T1,T2", "origin_due_date": "2024-10-10"}  # fmt: skip
RECORD = {"client_id": "A", "invoice_id": "T1", "kind": "negativacao", "requested_at": "2024-12-02"}


def decided(paid: list[tuple[str, str, float]]) -> iml.Decisions:
    payments = pd.DataFrame(paid, columns=["invoice_id", "payment_date", "amount"])
    records = pd.DataFrame([RECORD | {"effective_at": "2024-12-20"}])
    ledger = iml.Ledger(
        pd.DataFrame(INVOICES), payments, agreements=pd.DataFrame([PLAN]), escalations=records, known_until=DAY
    )
    scores: dict[str, Any] = {"client_id": ["A"], "as_of": DAY, "state": "scoreable", "segment": "medium"}
    return iml.decide(iml.Policy.default(), pd.DataFrame(scores), ledger, DAY)


def test_a_kept_plan_leaves_the_other_title_to_the_ladder() -> None:
    plan = decided([("P-2025-02-10", "2025-02-10", 520.0), ("P-2025-03-10", "2025-03-10", 520.0)])
    row = plan.decisions.iloc[0]
    assert (row["stage"], plan.items["invoice_id"].tolist()) == ("E4", ["T3"])
    assert (row["action"], row["blocked_by"]) == ("message", [])
    assert plan.duties.empty


def test_a_broken_plan_is_decided_on_by_the_titles_it_gives_back_net_of_what_was_paid() -> None:
    plan = decided([("P-2025-02-10", "2025-02-10", 520.0)])
    row, items = plan.decisions.iloc[0], plan.items.set_index("invoice_id")
    assert row["stage"] == "E9"
    assert any("acordo: não foi cumprido" in reason for reason in row["reasons"])
    assert list(items.index) == ["T2", "T3"]  # T1 was paid up by the first instalment, and twenty reais of T2
    assert items.loc["T2", ["dpd", "open_amount", "fine", "interest"]].tolist() == [140, 480.0, 9.6, 22.4]
    assert row["amount_due"] == pytest.approx(items["amount_due"].sum())
    assert plan.duties[["invoice_id", "duty", "due_on"]].values.tolist() == [
        ["T1", "withdraw_record", pd.Timestamp("2025-02-17")]
    ]
