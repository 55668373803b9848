"""The payments and series that the money clock needs, as known on a day; and what a decision then asks for."""

from __future__ import annotations

import pandas as pd

import inadimplencia_ml as iml
from inadimplencia_ml.cases.build import build_cases
from inadimplencia_ml.cases.money_facts import money_facts

DAY = "2025-08-01"
INVOICES = pd.DataFrame(
    {
        "client_id": ["C1", "C1"],
        "invoice_id": ["T1", "T2"],
        "issue_date": "2025-05-02",
        "due_date": "2025-06-02",
        "amount": [1000.0, 500.0],
        "fine_rate": [0.02, None],
        "interest_rate_month": [0.01, None],
    }
)
PAYMENTS = pd.DataFrame(
    {
        "invoice_id": ["T1", "T1", "T1", "T9"],
        "payment_date": ["2025-07-02", "2025-07-03", "2025-08-02", "2025-07-01"],
        "amount": [500.0, 100.0, 50.0, 70.0],
        "reversed_on": [None, "2025-07-10", None, None],
    }
)
MACRO = pd.DataFrame(
    {
        "series": "taxa_legal",
        "date": ["2025-06-01", "2025-07-01", "2025-08-01"],
        "value": [0.6, 0.5, 0.9],
        "known_on": ["2025-06-02", "2025-07-01", "2025-08-04"],
    }
)


def test_what_came_later_or_was_taken_back_is_no_payment() -> None:
    ledger = iml.Ledger(INVOICES, payments=PAYMENTS, macro=MACRO)
    facts = money_facts(ledger, DAY, build_cases(ledger, DAY).titles)
    assert facts["payments"] is not None
    assert facts["payments"]["amount"].tolist() == [500.0]
    assert facts["rates"] is not None
    assert facts["rates"]["value"].tolist() == [0.6, 0.5]


def test_a_title_carries_its_terms_and_its_business_day() -> None:
    titles = build_cases(iml.Ledger(INVOICES.assign(due_date="2025-06-07", index=["ipca", None])), DAY).titles
    assert titles["due_adj"].dt.strftime("%Y-%m-%d").tolist() == ["2025-06-09", "2025-06-09"]
    assert titles.loc[0, ["fine_rate", "interest_rate_month", "index"]].tolist() == [0.02, 0.01, "ipca"]
    assert titles.loc[1, ["fine_rate", "interest_rate_month", "index"]].isna().all()


def test_the_decision_asks_for_the_updated_balance() -> None:
    """500 + 20 fine + 10 and 5 interest; the other title agrees on nothing and no series covers August: 500."""
    ledger = iml.Ledger(INVOICES, payments=PAYMENTS, macro=MACRO)
    scores = pd.DataFrame({"client_id": ["C1"], "as_of": DAY, "state": "scoreable", "segment": "medium"})
    plan = iml.decide(iml.Policy.default(), scores, ledger, DAY)
    assert plan.items.set_index("invoice_id")["amount_due"].to_dict() == {"T1": 535.0, "T2": 500.0}
    assert plan.decisions.loc[0, "amount_due"] == 1035.0
