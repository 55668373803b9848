"""The menu on a ledger: the facts of the day, its payments and its series, and nothing that came later."""

from __future__ import annotations

import pandas as pd

import inadimplencia_ml as iml

DAY = "2025-06-30"
INVOICES = pd.DataFrame(
    {
        "client_id": ["C1", "C1", "C2", "C2"],
        "invoice_id": ["T1", "T2", "T3", "T4"],
        "issue_date": ["2024-09-02", "2025-02-28", "2024-09-02", "2025-05-02"],
        "due_date": ["2024-09-30", "2025-03-28", "2024-09-30", "2025-06-10"],
        "paid_date": ["2024-10-04", None, "2024-10-04", None],
        "amount": [1000.0, 1000.0, 500.0, 500.0],
        "fine_rate": 0.02,
        "interest_rate_month": 0.01,
    }
)
SCORES = pd.DataFrame({"client_id": ["C1", "C2"], "as_of": DAY, "state": "scoreable", "segment": "high"})


def test_the_decision_names_the_first_offer_of_the_menu() -> None:
    ledger, policy = iml.Ledger(INVOICES, known_until=DAY), iml.Policy.default()
    menu = iml.offer_menu(policy, SCORES, ledger, DAY)
    assert menu.groupby("client_id")["offer"].first().to_dict() == {"C1": "cash_discount", "C2": "installments"}
    decided = iml.decide(policy, SCORES, ledger, DAY).decisions.set_index("client_id")
    assert decided["offer"].to_dict() == {"C1": "cash_discount", "C2": "installments"}
    balance = menu.groupby("client_id")["balance"].first()
    assert decided["amount_due"].to_dict() == balance.to_dict() == {"C1": 1051.33, "C2": 513.33}


def test_a_part_payment_lowers_the_offer_and_a_later_one_does_not() -> None:
    parts = pd.DataFrame(
        {"invoice_id": ["T2", "T2"], "payment_date": ["2025-04-27", "2025-07-01"], "amount": [500.0, 100.0]}
    )
    menu = iml.offer_menu(iml.Policy.default(), SCORES, iml.Ledger(INVOICES, payments=parts), DAY)
    mine = menu[menu["client_id"] == "C1"].set_index("offer")
    # 30 days on 1.000,00 and 64 on 500,00: 10,00 + 10,67; fine 20,00
    assert mine.loc["cash_discount", ["balance", "amount"]].tolist() == [540.67, 450.0]


def test_a_client_without_a_score_is_offered_nothing() -> None:
    menu = iml.offer_menu(iml.Policy.default(), SCORES[:1], iml.Ledger(INVOICES), DAY)
    assert set(menu["client_id"]) == {"C1"}


def test_a_decision_takes_the_offers_made_before_and_the_lists_of_campaigns_as_the_menu_does() -> None:
    ledger, policy = iml.Ledger(INVOICES, known_until=DAY), with_campaign(iml.Policy.default())
    lists = pd.DataFrame({"client_id": ["C1"], "campaign": ["regularize"]})
    days = ["2025-06-02", "2025-06-09", "2025-06-16", "2025-06-23"]
    waiting = pd.DataFrame({"client_id": "C1", "offered_on": days, "offer": "cash_discount", "discount_share": 0.0})

    def first(**told: pd.DataFrame) -> object:
        return iml.decide(policy, SCORES, ledger, DAY, **told).decisions["offer"].iloc[0]

    assert first() == "cash_discount"
    assert first(approved=lists) == "regularize"
    assert first(past_offers=waiting) == "installments"  # a discount that was never given does not come by waiting
    for past, approved in ((None, lists), (waiting, None), (waiting, lists)):
        menu = iml.offer_menu(policy, SCORES, ledger, DAY, history=past, approved=approved)
        mine = menu[(menu["client_id"] == "C1") & (menu["authority"] == "system")]
        assert first(past_offers=past, approved=approved) == mine["offer"].iloc[0]


def with_campaign(policy: iml.Policy) -> iml.Policy:
    """The policy with its campaign switched on for the day."""
    terms = {"when": {"stage_dpd": {"ge": 61}}, "begins_on": "2025-06-15", "life_days": 30, "discount": 0.2}
    told = policy.model_dump(mode="json", by_alias=True)
    told["offers"]["campaigns"]["regularize"]["values"] = {"2000-01-01": terms | {"methods": ["pix"]}}
    return iml.Policy.model_validate(told)
