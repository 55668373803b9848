"""What decided a profile, the two axes, and who moved where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from prose import BEHAVIOUR, MONDAY, tables_of

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.profile_view import (
    cut_off_by_cost,
    cut_offs_by_loss,
    deciding_facts,
    migration_matrix,
    two_axes,
)
from inadimplencia_ml.policy.profiles import assign_profiles

POLICY = Policy.default()


def test_the_facts_told_are_those_of_the_line_that_gave_the_profile() -> None:
    cases = tables_of([{"profile": code, "dpd": -5} for code in BEHAVIOUR]).cases
    told = deciding_facts(POLICY, cases, MONDAY)
    given = dict(zip(cases["client_id"], assign_profiles(cases, POLICY, MONDAY), strict=True))
    rules = POLICY.in_force(MONDAY).profile_rules

    assert dict(zip(told["client_id"], told["profile"], strict=True)) == given
    for (_, line), rows in told.groupby(["client_id", "line"]):
        asked = list(dict.fromkeys(rules[line - 1].when.names()))
        assert rows["fact"].dropna().tolist() == asked
    by = cases.set_index("client_id")
    for row in told.dropna(subset=["fact", "value"]).itertuples():
        assert float(by.loc[row.client_id, row.fact]) == row.value


def test_hardship_is_no_ability_and_says_nothing_of_the_will() -> None:
    plain = {"late_share_12m": 0.4, "cure_share_12m": 0.9, "promises_kept_share_12m": 1.0}
    got = two_axes(pd.DataFrame([plain | {"client_id": 1}, plain | {"client_id": 2, "hardship": True}]))
    assert got[["ability", "willingness"]].values.tolist() == [[0.9, 0.8], [0.0, 0.8]]


def test_nothing_known_is_nothing_said() -> None:
    got = two_axes(pd.DataFrame({"client_id": [1]})).iloc[0]
    assert np.isnan(got["ability"])
    assert np.isnan(got["willingness"])
    assert got["known"] == 0


def test_every_client_is_counted_once_in_a_migration() -> None:
    rng = np.random.default_rng(0)
    names = np.array(["low", "medium", "high", None], dtype=object)
    old = pd.DataFrame({"client_id": np.arange(300), "segment": names[rng.integers(0, 4, 300)]})
    new = pd.DataFrame({"client_id": np.arange(100, 420), "segment": names[rng.integers(0, 4, 320)]})
    got = migration_matrix(old, new)
    assert got["clients"].sum() == 420
    assert got.loc[got["before"] == "new", "clients"].sum() == 120
    assert got.loc[got["after"] == "gone", "clients"].sum() == 100
    shares = got[got["before"] != "new"].groupby("before")["share"].sum()
    assert shares.round(12).eq(1).all()


def test_a_client_that_comes_twice_is_refused() -> None:
    twice = pd.DataFrame({"client_id": [1, 1], "segment": ["low", "low"]})
    with pytest.raises(CallError, match="1 clients come more than once"):
        migration_matrix(twice, twice)
    with pytest.raises(CallError, match=r"'segment' is missing.*'segmen'"):
        migration_matrix(pd.DataFrame({"client_id": [1], "segmen": ["low"]}), twice)


def test_above_the_cut_off_treating_pays_and_below_it_does_not() -> None:
    balance = np.array([100.0, 1000.0, 5000.0])
    at = cut_off_by_cost(20.0, 0.3, balance)
    assert at[1:] * 0.3 * balance[1:] == pytest.approx([20.0, 20.0])
    assert at[0] == pytest.approx(20 / 30)
    with pytest.raises(CallError, match="effect 0"):
        cut_off_by_cost(1.0, 0, 10.0)


@pytest.mark.parametrize("seed", range(3))
def test_segments_cut_by_loss_hold_the_shares_asked_for_and_the_riskier_one_the_greater_losses(seed: int) -> None:
    loss = np.random.default_rng(seed).lognormal(3, 2, 400)
    low, medium = cut_offs_by_loss(loss, (0.6, 0.9))
    assert [(loss <= low).mean(), (loss <= medium).mean()] == [0.6, 0.9]
    assert loss[loss > medium].min() > loss[(loss > low) & (loss <= medium)].max()


def test_losses_that_cannot_be_cut_are_refused() -> None:
    with pytest.raises(CallError, match=r"the segments hold 97\.0%, 0\.0%, 3\.0% of the clients"):
        cut_offs_by_loss(np.append(np.zeros(97), [1.0, 2.0, 3.0]))
    with pytest.raises(CallError, match="two rising shares"):
        cut_offs_by_loss(np.arange(9.0), (0.9, 0.5))
    with pytest.raises(CallError, match="some missing or below 0"):
        cut_offs_by_loss(np.array([1.0, np.nan]))
