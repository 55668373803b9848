"""Campaigns: who would be on the list, whose list was approved, and what is owed again when an agreement is broken."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, PolicyError, did_you_mean
from inadimplencia_ml.policy.amounts.cents import in_cents
from inadimplencia_ml.policy.conditions import Facts, Flags, holds
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.offers.rules import OffersInForce
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.profiles import profile_numbers
from inadimplencia_ml.policy.sections import PROFILES
from inadimplencia_ml.tables import CASES
from inadimplencia_ml.tables.same_kind import same_kind

__all__ = ["campaign_list", "on_lists", "reinstated_titles"]


@same_kind("cases")
def campaign_list(policy: Policy, cases: pd.DataFrame, *, as_of: dt.date | str) -> pd.DataFrame:
    """Who meets the condition of a running campaign, each client in one: the first of the policy.

    It is a proposal. Somebody reads it, strikes out whom they will, and hands what is left to `offer_menu` as
    ``approved``. Conditions on the score or on titles are not met here: give them as columns of the cases.

    Returns
    -------
    DataFrame
        client_id, campaign, begins_on, ends_on.
    """
    rules = policy.in_force(as_of)
    if rules.offers is None:
        raise PolicyError("the policy has no section `offers`; there are no campaigns.")
    facts = FrameFacts(cases, CASES)
    facts.add("profile", np.array(PROFILES, dtype=object)[profile_numbers(facts, rules)])
    for name in ("stage_dpd", "segment", "state"):
        if name in cases.columns:
            facts.add(name, cases[name].to_numpy())
    chosen = _first(rules.offers, facts)
    at = np.flatnonzero(chosen >= 0)
    names, found = [*rules.offers.campaigns], [*rules.offers.campaigns.values()]
    rows = {
        "client_id": cases["client_id"].to_numpy()[at],
        "campaign": np.array([*names, ""], dtype=object)[chosen[at]],
        "begins_on": pd.to_datetime([found[c].begins_on for c in chosen[at]]),
        "ends_on": pd.to_datetime([found[c].ends_on for c in chosen[at]]),
    }
    return pd.DataFrame(rows)


def _first(rules: OffersInForce, facts: Facts) -> npt.NDArray[np.int64]:
    out = np.full(len(facts), -1, np.int64)
    for place, campaign in enumerate(rules.campaigns.values()):
        out[(out < 0) & holds(campaign.when, facts)] = place
    return out


def on_lists(rules: OffersInForce, approved: pd.DataFrame | None, client_ids: pd.Series) -> dict[str, Flags]:
    """By running campaign, the cases on its approved list. A client on two lists is an error: one campaign a client."""
    if approved is None:
        return {}
    for name in ("client_id", "campaign"):
        if name not in approved.columns:
            raise CallError(f"approved: column {name!r} is missing.{did_you_mean(name, map(str, approved.columns))}")
    twice = int(approved["client_id"].duplicated().sum())
    if twice:
        raise CallError(f"approved: {twice} clients stand on two lists. One campaign a client.")
    clients = pd.Index(client_ids)
    return {
        code: clients.isin(approved.loc[(approved["campaign"] == code).to_numpy(), "client_id"])
        for code in rules.campaigns
    }


@same_kind("titles")
def reinstated_titles(titles: pd.DataFrame, paid: float) -> pd.DataFrame:
    """The original titles after a broken agreement: what was paid under it is taken off, the oldest due first.

    Parameters
    ----------
    titles : DataFrame
        invoice_id, due_date, open_amount, as they stood when the agreement was made.
    paid : float
        All that came in under the agreement.

    Returns
    -------
    DataFrame
        The same rows with the open_amount that is owed again; a title that is paid up has 0.

    Examples
    --------
    >>> titles = pd.DataFrame({"invoice_id": ["T1", "T2"], "due_date": ["2025-03-01", "2025-02-01"],
    ...                        "open_amount": [300.0, 200.0]})
    >>> reinstated_titles(titles, 250.0)["open_amount"].tolist()
    [250.0, 0.0]
    """
    if not paid >= 0:
        raise CallError(f"reinstated_titles: paid is {paid}; expected an amount of 0 or more.")
    order = np.lexsort((titles["invoice_id"].astype(str), pd.to_datetime(titles["due_date"])))
    cents = in_cents(titles["open_amount"].to_numpy(np.float64))[order]
    before = np.cumsum(cents) - cents
    left = np.empty_like(cents)
    left[order] = np.clip(cents - np.clip(round(paid * 100) - before, 0, None), 0, None)
    return titles.assign(open_amount=left / 100)
