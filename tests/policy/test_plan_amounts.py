"""The amounts of a plan: the parts of each title make what is asked for, to the cent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from prose import MONDAY, plan_of

from effort import tries
from inadimplencia_ml.policy.decide import Decisions
from inadimplencia_ml.policy.policy import Policy

POLICY = Policy.default()
PARTS = ("correction", "fine", "interest")
TITLES = st.fixed_dictionaries(
    {
        "dpd": st.integers(-7, 120),
        "amount": st.integers(1, 3_000_000).map(lambda cents: cents / 100),
        "fine_rate": st.sampled_from([0.0, 0.02, 0.1]),
        "interest_rate_month": st.sampled_from([0.0, 0.01, 0.03]),
        "discount_rate": st.sampled_from([0.0, 0.015, 0.05, 0.333]),
        "days": st.integers(-5, 5),
    }
)


def plan(titles: list[dict[str, Any]]) -> Decisions:
    """The plan of one client; each title's discount ends some days from Monday."""
    told = [
        {name: value for name, value in title.items() if name != "days"}
        | {"discount_until": pd.Timestamp(MONDAY + dt.timedelta(days=title["days"]))}
        for title in titles
    ]
    return plan_of([{"segment": "medium", "titles": told}], POLICY)


def cents(values: pd.Series) -> np.ndarray:
    return np.rint(values.to_numpy(np.float64) * 100).astype(np.int64)


@settings(max_examples=tries(60), deadline=None)
@given(titles=st.lists(TITLES, min_size=1, max_size=5))
def test_the_parts_of_a_title_make_what_is_asked_for_and_a_discount_only_takes_off(titles: list[Any]) -> None:
    made = plan(titles)
    items = made.items
    parts = cents(items["open_amount"]) + sum(cents(items[name]) for name in PARTS)
    assert (parts - cents(items["discount"]) == cents(items["amount_due"])).all()
    assert (cents(items["discount"]) >= 0).all()
    assert (cents(items["discount"]) <= cents(items["open_amount"])).all()
    assert cents(made.decisions["amount_due"])[0] == cents(items["amount_due"]).sum()
    given_until = {f"C1-{i}": t["days"] >= 0 and t["discount_rate"] > 0 for i, t in enumerate(titles, 1)}
    for invoice, discount in zip(items["invoice_id"], items["discount"], strict=True):
        assert given_until[invoice] or discount == 0


def test_a_discount_of_five_percent_is_given_until_its_day_and_not_after() -> None:
    title = {"dpd": -5, "amount": 1000.01, "discount_rate": 0.05}
    told = [plan([title | {"days": days}]).items.iloc[0] for days in (0, -1)]
    assert [row["discount"] for row in told] == [50.0, 0.0]
    assert [row["amount_due"] for row in told] == [950.01, 1000.01]
