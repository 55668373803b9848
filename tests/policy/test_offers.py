"""Laws of the offers on random clients: never above the balance, never beyond authority, equal for equals."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import pytest
from amounts_prose import Once
from hypothesis import given, settings
from hypothesis import strategies as st
from prose import BEHAVIOUR, MONDAY, plan_of, tables_of

from inadimplencia_ml.errors import CallError, PolicyError
from inadimplencia_ml.policy.offers.campaigns import campaign_list, reinstated_titles
from inadimplencia_ml.policy.offers.price import in_parts, price_schedule
from inadimplencia_ml.policy.offers.quotes import offer_menu
from inadimplencia_ml.policy.offers.rules import Campaign, Discount, Extension, Installments, OffersRules, Waiver
from inadimplencia_ml.policy.offers.value import break_even_discount, settlement_value
from inadimplencia_ml.policy.policy import Policy

POLICY = Policy.default()
PLAIN: Any = Once(POLICY)
TITLE = st.fixed_dictionaries(
    {
        "dpd": st.integers(-5, 500),
        "amount": st.integers(1, 10**6).map(lambda c: c / 100),
        "fine_rate": st.sampled_from([0.02, 0.1, None]),
        "interest_rate_month": st.sampled_from([0.01, 0.02, None]),
    }
)
CASE = st.fixed_dictionaries(
    {
        "titles": st.lists(TITLE, min_size=1, max_size=3),
        "profile": st.sampled_from(sorted(BEHAVIOUR)),
        "segment": st.sampled_from(["low", "medium", "high", "none"]),
        "is_consumer": st.sampled_from([True, False]),
    },
    optional={"income": st.integers(500, 5000).map(float)},
)
CLIENTS = st.lists(CASE, min_size=1, max_size=6)
SOME = settings(max_examples=12)


def rate_of(rate: float) -> Policy:
    assert POLICY.offers is not None
    told = POLICY.offers.model_dump()
    told["installment_rate_month"]["values"] = {dt.date(2000, 1, 1): rate}
    return POLICY.model_copy(update={"offers": OffersRules.model_validate(told)})


@SOME
@given(CLIENTS)
def test_no_offer_is_above_the_balance_and_its_parts_add_up(cases: list[dict[str, Any]]) -> None:
    menu = offer_menu(PLAIN, *tables_of(cases), as_of=MONDAY)
    cents = {n: np.rint(menu[n] * 100).astype(int) for n in ("amount", "balance", "pay_now", "discount", "waived")}
    assert (cents["amount"] <= cents["balance"]).all()
    assert (cents["amount"] == cents["balance"] - cents["discount"] - cents["waived"]).all()
    each, last = (np.rint(menu[n] * 100).astype(int) for n in ("installment", "last_installment"))
    sums = cents["pay_now"] + each * (menu["parts"] - 1).clip(lower=0) + last
    assert (sums == cents["amount"]).all()


@SOME
@given(CLIENTS)
def test_no_discount_is_beyond_its_authority_and_all_above_the_systems_asks_for_approval(cases: list[Any]) -> None:
    tables = tables_of(cases)
    menu = offer_menu(PLAIN, *tables, as_of=MONDAY)
    most = menu["authority"].map({"system": 0.10, "supervisor": 0.20, "manager": 0.30}).to_numpy(float)
    principal = tables.titles.query("dpd > 0").groupby("client_id")["open_amount"].sum().reindex(menu["client_id"])
    assert (menu["discount_share"].to_numpy() <= most).all()
    assert (
        np.rint(menu["discount"].to_numpy() * 100) <= principal.to_numpy() * 100 * menu["discount_share"] + 1e-6
    ).all()
    assert (menu["requires_approval"] == (menu["authority"] != "system")).all()


@SOME
@given(CLIENTS)
def test_equal_clients_get_equal_offers_and_the_same_quotes_again(cases: list[dict[str, Any]]) -> None:
    tables = tables_of(cases + cases)
    menu = offer_menu(PLAIN, *tables, as_of=MONDAY)
    again = offer_menu(PLAIN, tables.scores, tables.cases, tables.titles.iloc[::-1], as_of=MONDAY)
    pd.testing.assert_frame_equal(menu, again)
    assert menu["quote_id"].is_unique
    number = menu["client_id"].str.removeprefix("C").astype(int)
    terms = [c for c in menu.columns if c not in ("client_id", "quote_id")]
    first, second = (
        menu.loc[side, terms].reset_index(drop=True) for side in (number <= len(cases), number > len(cases))
    )
    pd.testing.assert_frame_equal(first, second)


@SOME
@given(
    CASE, st.integers(1, 400), st.integers(0, 60), st.sampled_from(["installments", "waive_charges", "cash_discount"])
)
def test_a_quote_does_not_fall_with_the_days_within_a_step_of_the_discount(
    case: dict[str, Any], dpd: int, more: int, code: str
) -> None:
    quotes = []
    for days in (dpd, dpd + more):
        titles = [title | {"dpd": days} for title in case["titles"]]
        menu = offer_menu(PLAIN, *tables_of([case | {"titles": titles}]), as_of=MONDAY)
        quotes.append(menu[menu["offer"] == code].reset_index(drop=True))
    one, other = quotes
    if len(one) and len(other) and one["discount_share"].tolist() == other["discount_share"].tolist():
        assert (other["amount"] >= one["amount"]).all()


@SOME
@given(CLIENTS)
def test_the_decision_names_the_first_offer_that_nobody_must_approve(cases: list[dict[str, Any]]) -> None:
    decisions = plan_of(cases, POLICY).decisions
    menu = offer_menu(PLAIN, *tables_of(cases), as_of=MONDAY)
    free = menu[~menu["requires_approval"]].drop_duplicates("client_id").set_index("client_id")["offer"]
    wanted = free.reindex(decisions["client_id"]).to_numpy(dtype=object)
    talks = decisions["action"].isin(["message", "call", "human_task"]).to_numpy()
    got = decisions["offer"].to_numpy(dtype=object, na_value=None)
    assert [None if pd.isna(o) or not t else o for o, t in zip(wanted, talks, strict=True)] == [
        None if pd.isna(o) else o for o in got
    ]


@SOME
@given(st.integers(5_000, 10**8), st.integers(1, 60), st.sampled_from([0.0, 0.005, 0.01, 0.0199, 0.1]))
def test_a_plan_pays_exactly_what_is_owed_with_its_interest(each: int, parts: int, rate: float) -> None:
    cents = each * parts
    plan = in_parts(np.array([cents]), np.array([parts]), rate)
    owed = cents
    for number in range(parts):
        owed += int(owed * rate + 0.5) if rate else 0
        owed -= int(plan.regular[0] if number < parts - 1 else plan.last[0])
    assert abs(owed) <= parts  # a cent a month between exact halves and floats
    assert plan.total[0] == plan.regular[0] * (parts - 1) + plan.last[0]
    assert plan.total[0] >= cents
    assert abs(int(plan.last[0]) - int(plan.regular[0])) <= 2 * parts * (1 + rate) ** parts + 1


def test_with_interest_the_present_value_of_the_parts_is_the_balance() -> None:
    menu = offer_menu(rate_of(0.02), *tables_of([{"segment": "high", "profile": "P3", "dpd": 20}]), as_of=MONDAY)
    row = menu.set_index("offer").loc["installments"]
    flows = [row["installment"]] * (row["parts"] - 1) + [row["last_installment"]]
    assert sum(f / 1.02**k for k, f in enumerate(flows, 1)) == pytest.approx(1000.0, abs=0.01)
    assert row["amount"] == pytest.approx(sum(flows))


def test_the_table_of_a_plan_ends_at_nothing() -> None:
    found = price_schedule(1234.56, 7, 0.0175, "2025-01-31")
    assert found["balance"].iloc[-1] == 0.0
    assert found["principal"].sum().round(2) == 1234.56
    assert found["due_date"].dt.day.tolist() == [31, 28, 31, 30, 31, 30, 31]
    with pytest.raises(CallError, match="a plan of 0 in 3 parts"):
        price_schedule(0, 3, 0.0, "2025-01-31")
    with pytest.raises(CallError, match="too little to be divided"):
        price_schedule(0.34, 33, 0.1, "2025-01-31")


def test_no_field_of_an_offer_asks_for_a_right_or_charges_the_cost_of_collecting() -> None:
    fields = {
        n for kind in (Extension, Installments, Waiver, Discount, Campaign, OffersRules) for n in kind.model_fields
    }
    words = ("lawsuit", "right", "confess", "fee", "cost", "deposit", "renounce")
    assert [name for name in fields if any(word in name for word in words)] == []
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        Waiver.model_validate({"kind": "waiver", "when": {}, "waives": ["interest"], "collection_fee": 10})


def test_settling_is_worth_what_comes_in_at_once_or_in_parts_weighed_by_its_chance() -> None:
    cash = settlement_value(
        1000.0, discount=0.2, entry=0.0, parts=0, accept=0.5, otherwise=100.0, rate_month=0.0, cost=10
    )
    assert cash == pytest.approx(0.5 * 800 + 0.5 * 100 - 10)
    parts = settlement_value(
        1000.0, discount=0.0, entry=0.2, parts=2, accept=1.0, otherwise=0.0, rate_month=0.0,
        discount_rate_month=0.05, keeps_paying=0.9,
    )  # fmt: skip
    assert parts == pytest.approx(200 + 400 * 0.9 / 1.05 + 400 * (0.9 / 1.05) ** 2)
    even = settlement_value(1000.0, discount=0.0, entry=0.0, parts=12, accept=1.0, otherwise=0.0, rate_month=0.02)
    assert even == pytest.approx(1000.0)
    by_discount = settlement_value(
        1000.0, discount=np.array([0.0, 0.1, 0.2]), entry=0.0, parts=0, accept=0.5, otherwise=0.0, rate_month=0.0
    )
    assert by_discount.tolist() == pytest.approx([500.0, 450.0, 400.0])
    with pytest.raises(CallError, match="accept is a share"):
        settlement_value(1000.0, discount=0.0, entry=0.0, parts=0, accept=2.0, otherwise=0.0, rate_month=0.0)


def test_paying_sooner_is_worth_the_cost_of_money_and_the_loss_it_spares() -> None:
    assert break_even_discount(0.365, 10, 0.0) == pytest.approx(0.01)
    assert break_even_discount(0.365, 10, 0.02) == pytest.approx(0.03)
    assert break_even_discount(0.1, np.array([0, 365])).tolist() == [0.0, 0.1]
    with pytest.raises(CallError, match="may not be below zero"):
        break_even_discount(0.1, -1)


@SOME
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=5), st.integers(0, 3 * 10**6))
def test_a_broken_agreement_brings_back_what_was_not_paid(cents: list[int], paid: int) -> None:
    days = [MONDAY - dt.timedelta(days=7 * k % 30) for k in range(len(cents))]
    titles = pd.DataFrame({"invoice_id": range(len(cents)), "due_date": days, "open_amount": np.array(cents) / 100})
    left = np.rint(reinstated_titles(titles, paid / 100)["open_amount"].to_numpy() * 100).astype(int)
    assert left.sum() == max(0, sum(cents) - paid)
    assert ((left >= 0) & (left <= np.array(cents))).all()
    touched = titles.assign(left=left).sort_values(["due_date", "invoice_id"])
    partly = touched[(touched["left"] > 0) & (touched["left"] < np.rint(touched["open_amount"] * 100))]
    assert len(partly) <= 1


def test_a_campaign_proposes_each_client_once_and_a_client_on_two_lists_is_refused() -> None:
    assert POLICY.offers is not None
    entry = {"sentence": "Uma.", "unit": "-", "source": ["house choice"]}
    terms = {"begins_on": MONDAY, "life_days": 60, "discount": 0.2, "methods": ["pix"]}
    told = {
        code: entry | {"values": {dt.date(2000, 1, 1): terms | {"when": when}}}
        for code, when in (("one", {"profile": {"eq": "P3"}}), ("two", {}))
    }
    offers = OffersRules.model_validate(POLICY.offers.model_dump() | {"campaigns": told})
    policy = POLICY.model_copy(update={"offers": offers})
    tables = tables_of([{"profile": "P3", "dpd": 70}, {"profile": "P4", "dpd": 70}])
    found = campaign_list(policy, tables.cases, as_of=MONDAY)
    assert found[["client_id", "campaign"]].to_numpy().tolist() == [["C1", "one"], ["C2", "two"]]
    assert found["ends_on"].tolist() == [pd.Timestamp(MONDAY) + pd.Timedelta(days=59)] * 2
    twice = pd.DataFrame({"client_id": ["C1", "C1"], "campaign": ["one", "two"]})
    with pytest.raises(CallError, match="1 clients stand on two lists"):
        offer_menu(policy, *tables, as_of=MONDAY, approved=twice)


def test_what_does_not_fit_in_the_section_is_refused() -> None:
    assert POLICY.offers is not None
    told = POLICY.offers.model_dump()
    with pytest.raises(ValueError, match="profiles: no entry for P7"):
        OffersRules.model_validate(told | {"profiles": {k: v for k, v in told["profiles"].items() if k != "P7"}})
    shares = {"system": 0.3, "supervisor": 0.2, "manager": 0.3}
    wrong = told["authority"] | {"values": {dt.date(2000, 1, 1): shares}}
    with pytest.raises(ValueError, match="none below the one before"):
        OffersRules.model_validate(told | {"authority": wrong})
    with pytest.raises(PolicyError, match="no section `offers`"):
        offer_menu(POLICY.model_copy(update={"offers": None}), *tables_of([{"dpd": 3}]), as_of=MONDAY)


def test_a_condition_on_an_unknown_fact_is_refused_with_the_near_name() -> None:
    text = resources.files("inadimplencia_ml.policy").joinpath("default.yaml").read_text("utf-8")
    wrong = text.replace("kind: waiver, when: {stage_dpd: {ge: 31", "kind: waiver, when: {stage_dpb: {ge: 31")
    with pytest.raises(PolicyError, match=r"offers\.menu\.waive_charges.*stage_dpb.*stage_dpd"):
        Policy.from_text(wrong)
