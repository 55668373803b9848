"""Credit limits: every rule told in cases, more risk never earns more, and the formulas by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prose import plan_of
from test_case_files import CASES, decided

from effort import tries
from inadimplencia_ml.errors import CallError, PolicyError
from inadimplencia_ml.policy.credit_limit import allot_limits, decide_sales
from inadimplencia_ml.policy.credit_limit.new_sale import entry_needed
from inadimplencia_ml.policy.credit_limit.rules import Need, Profit
from inadimplencia_ml.policy.credit_limit.wanted import need_limit, profit_limit
from inadimplencia_ml.policy.policy import Policy

POLICY = Policy.default()
LIMITS = POLICY.in_force("2025-03-10").limits
assert LIMITS is not None
PROFIT = Profit(
    margin_rate=0.4, utilisation=0.5, conversion=0.5, funding_rate=0.14, capital_rate=0.01, elasticity=0.3, grid=41
)


def rule_of(decision: dict[str, Any]) -> str:
    """The rule that decided on the limit, as the reasons tell it."""
    return str(next(r for r in decision["reasons"] if r.startswith("limite, "))).split(", ")[1].split(":")[0]


def revolving() -> Policy:
    """The default policy for revolving credit."""
    method = POLICY.limits.method.model_copy(update={"values": {min(POLICY.limits.method.values): "revolving"}})  # type: ignore[union-attr]
    return POLICY.model_copy(update={"limits": POLICY.limits.model_copy(update={"method": method})})  # type: ignore[union-attr]


# --- cases -----------------------------------------------------------------------------------------------------------


def test_every_rule_has_a_case_where_it_decides_and_one_where_it_just_does_not() -> None:
    seen: dict[str, set[bool]] = {name: set() for name in LIMITS.rules}
    for told in CASES:
        for name in told.get("limit", ()):
            seen[name].add(rule_of(decided(told)[0]) == name)
    assert {name for name, both in seen.items() if both != {True, False}} == {"rest"}  # which holds for everyone left
    assert seen["rest"] == {True}


@pytest.mark.parametrize("name", [name for name in LIMITS.rules if name != "rest"])
def test_without_a_rule_some_case_turns_red(name: str) -> None:
    assert POLICY.limits is not None
    rules = {k: v for k, v in POLICY.limits.rules.items() if k != name}
    weaker = POLICY.model_copy(update={"limits": POLICY.limits.model_copy(update={"rules": rules})})
    told = [c for c in CASES if c["file"] == "limits" and rule_of(decided(c)[0]) == name]
    changed = [
        c
        for c in told
        for d in [decided(c, weaker)[0]]
        if any(not _same(d[k], v) for k, v in c["decision"].items() if k != "because")
    ]
    assert changed, f"no case needs the rule {name}"


def _same(got: Any, wanted: Any) -> bool:
    return pd.isna(got) if wanted is None else bool(got == wanted)


# --- laws ------------------------------------------------------------------------------------------------------------

FACTS = st.fixed_dictionaries(
    {
        "dpd": st.sampled_from([None, -5, 0, 1, 12, 20, 40, 70]),
        "credit_limit": st.sampled_from([None, 0.0, 700.0, 5000.0, 60_000.0]),
        "purchases_12m": st.sampled_from([0.0, 3_000.0, 90_000.0, 2_000_000.0]),
        "purchase_months_12m": st.integers(1, 12),
        "income": st.sampled_from([None, 1_500.0, 20_000.0]),
        "on_time_streak": st.integers(0, 8),
        "days_since_cure": st.sampled_from([None, 10, 100, 200]),
        "limit_before_cut": st.sampled_from([None, 9_000.0]),
        "days_since_limit_change": st.sampled_from([None, 5, 400]),
        "mean_term_days_12m": st.sampled_from([None, 14.0, 60.0]),
        "group_open_amount": st.sampled_from([None, 1_000.0, 190_000.0]),
    }
)


@settings(max_examples=tries(90), deadline=None)
@given(facts=FACTS, method=st.sampled_from([POLICY, revolving()]))
def test_more_risk_never_earns_a_higher_limit(facts: dict[str, Any], method: Policy) -> None:
    chances = [0.001, 0.02, 0.049, 0.05, 0.1, 0.19, 0.2, 0.35, 0.6, 0.95]
    segments = ["low" if p < 0.05 else "medium" if p < 0.2 else "high" for p in chances]
    told = {k: v for k, v in facts.items() if v is not None}
    plan = plan_of([told | {"probability": p, "segment": s} for p, s in zip(chances, segments, strict=True)], method)
    limits = plan.decisions["credit_limit"].fillna(0).to_numpy()
    assert (np.diff(limits) <= 0).all(), list(zip(chances, limits.tolist(), strict=True))
    assert (limits >= 0).all()


@settings(max_examples=tries(60), deadline=None)
@given(facts=FACTS, chance=st.sampled_from([0.01, 0.1, 0.5]))
def test_being_later_never_earns_a_higher_limit(facts: dict[str, Any], chance: float) -> None:
    segment = "low" if chance < 0.05 else "medium" if chance < 0.2 else "high"
    told = {k: v for k, v in facts.items() if v is not None} | {"probability": chance, "segment": segment}
    told |= {"days_since_limit_change": 400}  # within the cool-down a later client may be frozen, not cut again
    plan = plan_of([told | {"dpd": dpd} for dpd in (1, 16, 31, 61)], POLICY)
    assert (np.diff(plan.decisions["credit_limit"].fillna(0).to_numpy()) <= 0).all()


# --- formulas --------------------------------------------------------------------------------------------------------


def test_the_need_is_the_purchases_of_the_days_until_they_are_paid() -> None:
    need = Need(growth=0.1, headroom=1.5, term_days=30)
    got = need_limit(
        np.array([1000.0, 1000.0, np.nan]), np.array([45.0, np.nan, 30.0]), np.array([15.0, np.nan, 0.0]), need
    )
    assert got.round(6).tolist() == [3300.0, 1650.0, 0.0]


def test_the_best_limit_of_the_grid_is_that_of_a_plain_search() -> None:
    rng = np.random.default_rng(0)
    chance, balance = rng.uniform(0.001, 0.6, 50), rng.uniform(0, 4000, 50)
    start, cap = rng.uniform(500, 5000, 50), np.full(50, 20_000.0)
    got = profit_limit(chance, balance, start, cap, 0.45, PROFIT)

    def profit(limit: float, p0: float, owed: float, now: float) -> float:
        odds = np.log(p0 / (1 - p0)) + 0.3 * max(0.0, np.log(max(limit, 1e-9) / now))
        p = 1 / (1 + np.exp(-odds))
        if p > 0.5 and limit > 0:
            return -np.inf
        exposure = owed + 0.5 * max(limit - owed, 0)
        return float((1 - p) * 0.4 * 0.5 * limit - p * 0.45 * exposure - 0.14 * 0.5 * limit - 0.01 * limit)

    for i in range(50):
        grid = np.linspace(0, 20_000, 41)
        values = [profit(limit, chance[i], balance[i], start[i]) for limit in grid]
        assert got[i] == pytest.approx(grid[int(np.argmax(values))])


def test_an_entry_makes_the_margin_test_just_hold() -> None:
    rng = np.random.default_rng(1)
    chance, margin = rng.uniform(0, 1, 200), rng.uniform(0.02, 0.6, 200)
    funding = rng.uniform(0, 0.05, 200)
    entry = entry_needed(chance, margin, funding, 0.45)
    lent = 1 - entry
    gain = margin * (1 - chance * lent) - chance * lent * 0.45 * (1 - margin) - funding * lent
    assert (gain >= -1e-12).all()
    assert np.abs(gain[entry > 0]).max() < 1e-12  # and with a cent less it would not


def sales(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{"client_id": "A", "amount": 1000.0, "margin": 0.3, "term_days": 30} | row for row in rows])


def client(**told: Any) -> pd.DataFrame:
    plain = {
        "client_id": "A",
        "credit_limit": 5000.0,
        "open_amount": 3000.0,
        "probability": 0.05,
        "no_new_sales": False,
    }
    return pd.DataFrame([plain | told])


def test_a_sale_to_an_unknown_client_is_refused_without_naming_him() -> None:
    with pytest.raises(CallError, match="1 are of clients") as told:
        decide_sales(POLICY, sales({"client_id": "Zé"}), client(), "2025-03-10")
    assert "Zé" not in str(told.value)


# --- the whole book --------------------------------------------------------------------------------------------------


def test_a_budget_of_loss_is_kept_and_no_other_choice_within_it_earns_more() -> None:
    rng = np.random.default_rng(3)
    profit = np.cumsum(rng.exponential(1, (4, 4)) * np.array([0, 4, 2, 1]), axis=1)
    loss = np.cumsum(rng.exponential(1, (4, 4)) * np.array([0, 1, 2, 4]), axis=1)
    for budget in np.linspace(0, loss[:, -1].sum() + 1, 30):
        got = allot_limits(profit, loss, float(budget))
        assert got.loss <= budget + 1e-9
        every = np.stack(np.meshgrid(*[np.arange(4)] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
        rows = np.arange(4)
        sums = profit[rows, every].sum(axis=1), loss[rows, every].sum(axis=1)
        best_at_its_loss = sums[0][sums[1] <= got.loss + 1e-9].max()
        assert got.profit == pytest.approx(best_at_its_loss)  # what the budget leaves over may go unused
        if got.price == 0:
            assert got.profit == pytest.approx(sums[0].max())


def test_a_budget_that_even_the_smallest_limits_break_is_refused() -> None:
    with pytest.raises(CallError, match=r"lose 2\.00, more than 1\.00"):
        allot_limits(np.zeros((2, 2)), np.ones((2, 2)), 1.0)


# --- the file --------------------------------------------------------------------------------------------------------


def test_a_rule_that_asks_for_the_probability_is_refused() -> None:
    text = _default_text().replace(
        "{when: {segment: {eq: high}}, change: reduce_to_need",
        "{when: {probability: {gt: 0.2}}, change: reduce_to_need",
    )
    with pytest.raises(PolicyError, match=r"limits\.rules\.high_risk: asks for the probability"):
        Policy.from_text(text)


def _default_text() -> str:
    from importlib import resources

    return resources.files("inadimplencia_ml.policy").joinpath("default.yaml").read_text(encoding="utf-8")
