"""Debtor profiles and segments as tables to look at: the facts that decided, ability and willingness, who moved where.

Names of profiles stay inside the house; the tables carry codes.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.conditions import Numbers, holds
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.tables import CASES
from inadimplencia_ml.tables.same_kind import same_kind

if TYPE_CHECKING:
    from inadimplencia_ml.policy.policy import Policy

__all__ = ["cut_off_by_cost", "cut_offs_by_loss", "deciding_facts", "migration_matrix", "two_axes"]

_LEAST_SEGMENT = 0.05  # of the clients in a segment


@same_kind("cases")
def deciding_facts(policy: Policy, cases: pd.DataFrame, as_of: dt.date | str) -> pd.DataFrame:
    """Which line of the policy gave each client its profile, and the facts that this line asks for.

    Parameters
    ----------
    policy : Policy
    cases : DataFrame
        One row a client, as `inadimplencia_ml.tables.CASES` says.
    as_of : date

    Returns
    -------
    DataFrame
        One row a client and fact: client_id, profile, line (from 1), fact, value (number, 1 and 0 for yes and no; NaN
        where missing). A line that holds for everyone has one row with no fact.

    Examples
    --------
    >>> from inadimplencia_ml.policy.policy import Policy
    >>> cases = pd.DataFrame({"client_id": ["C1"], "as_of": "2025-06-30", "open_amount": 0.0, "overdue_amount": 0.0,
    ...                       "open_count": 1, "overdue_count": 0, "n_due_12m": 2, "days_since_issue": 10})
    >>> deciding_facts(Policy.default(), cases, "2025-06-30").values.tolist()
    [['C1', 'P0', 4, 'n_due_12m', 2.0]]
    """
    rules, facts = policy.in_force(as_of).profile_rules, FrameFacts(cases, CASES)
    free, found = np.ones(len(cases), bool), []
    for line, rule in enumerate(rules, 1):
        rows = np.flatnonzero(free & holds(rule.when, facts))
        free[rows] = False
        for place, name in enumerate(dict.fromkeys(rule.when.names()) or [None]):
            value = np.full(len(rows), np.nan) if name is None else facts.number(name)[rows]
            told = {"client_id": cases["client_id"].to_numpy()[rows], "profile": rule.profile, "line": line}
            found.append(pd.DataFrame(told | {"fact": name, "value": value, "_row": rows, "_place": place}))
    table = pd.concat(found, ignore_index=True).sort_values(["_row", "_place"], ignore_index=True)
    return table.drop(columns=["_row", "_place"])


@same_kind("cases")
def two_axes(cases: pd.DataFrame) -> pd.DataFrame:
    """Whether a client can pay, and whether he wants to, each between 0 and 1.

    ability is the share of late titles settled in the end (1 with none late), and 0 where hardship was told: who cannot
    pay is not who will not. willingness is the mean of what is known of: titles paid in time, promises kept, contacts
    answered.

    Returns
    -------
    DataFrame
        client_id, ability, willingness (NaN where nothing is known), known (how many of the three are).

    Raises
    ------
    CallError
        client_id is missing.

    Examples
    --------
    >>> two_axes(pd.DataFrame({"client_id": ["C1"], "late_share_12m": [0.5], "cure_share_12m": [1.0],
    ...                        "promises_kept_share_12m": [0.0]})).values.tolist()
    [['C1', 1.0, 0.25, 2]]
    """
    if "client_id" not in cases.columns:
        raise CallError(f"cases: column 'client_id' is missing.{did_you_mean('client_id', map(str, cases.columns))}")
    facts = FrameFacts(cases, CASES)
    late, cured = facts.number("late_share_12m"), facts.number("cure_share_12m")
    ability = np.where(np.isnan(cured) & (late == 0), 1.0, cured)
    ability = np.where(facts.number("hardship") == 1, 0.0, ability)
    contacts = facts.number("contacts_90d")
    with np.errstate(invalid="ignore", divide="ignore"):
        answered = np.where(contacts > 0, facts.number("answered_90d") / contacts, np.nan)
    sides = np.stack([1 - late, facts.number("promises_kept_share_12m"), np.minimum(answered, 1.0)])
    known = (~np.isnan(sides)).sum(axis=0)
    willing = np.where(known > 0, np.nansum(sides, axis=0) / np.maximum(known, 1), np.nan)
    return pd.DataFrame(
        {"client_id": cases["client_id"].to_numpy(), "ability": ability, "willingness": willing, "known": known}
    )


@same_kind("before", "after")
def migration_matrix(before: pd.DataFrame, after: pd.DataFrame, column: str = "segment") -> pd.DataFrame:
    """Where clients went between two tables of scores.

    Parameters
    ----------
    before, after : DataFrame
        One row a client: client_id and ``column``.
    column : str
        segment, rating or profile.

    Returns
    -------
    DataFrame
        One row a pair: before, after ("new" and "gone" for clients in one table alone), clients, share (of all that
        were there before; of the new ones NaN).

    Raises
    ------
    CallError
        A column is missing, or a client comes twice.

    Examples
    --------
    >>> old = pd.DataFrame({"client_id": [1, 2, 3], "segment": ["low", "low", "high"]})
    >>> new = pd.DataFrame({"client_id": [1, 2, 4], "segment": ["low", "high", "low"]})
    >>> migration_matrix(old, new).values.tolist()
    [['high', 'gone', 1, 1.0], ['low', 'high', 1, 0.5], ['low', 'low', 1, 0.5], ['new', 'low', 1, nan]]
    """
    for name, frame in (("before", before), ("after", after)):
        for needed in ("client_id", column):
            if needed not in frame.columns:
                hint = did_you_mean(needed, map(str, frame.columns))
                raise CallError(f"{name}: column {needed!r} is missing.{hint}")
        twice = int(frame["client_id"].duplicated().sum())
        if twice:
            raise CallError(f"{name}: {twice} clients come more than once; give the scores of one day.")
    both = before[["client_id", column]].merge(after[["client_id", column]], on="client_id", how="outer")
    old, new = (both[f"{column}_{end}"].astype(object) for end in ("x", "y"))
    was, is_now = both["client_id"].isin(before["client_id"]), both["client_id"].isin(after["client_id"])
    pairs = pd.DataFrame({"before": old.where(old.notna(), "none"), "after": new.where(new.notna(), "none")})
    pairs.loc[~was, "before"] = "new"
    pairs.loc[~is_now, "after"] = "gone"
    counts = pairs.groupby(["before", "after"], sort=True).size().rename("clients").reset_index()
    whole = counts.groupby("before")["clients"].transform("sum")
    counts["share"] = np.where(counts["before"] == "new", np.nan, counts["clients"] / whole)
    return counts


def cut_off_by_cost(cost: float, effect: float, balance: float | Numbers) -> float | Numbers:
    """The probability of default above which a treatment pays: p* = cost / (effect x balance), at most 1.

    Parameters
    ----------
    cost : float
        Of treating one client, money.
    effect : float
        Share of the expected loss that the treatment saves, above 0 to 1; to be measured, not guessed.
    balance : float or array
        What is at stake, money.

    Raises
    ------
    CallError
        The cost is below 0 or the effect outside (0, 1].

    Examples
    --------
    >>> cut_off_by_cost(6.0, 0.1, 1200.0)
    0.05
    """
    if cost < 0 or not 0 < effect <= 1:
        raise CallError(f"cost {cost} and effect {effect}: a cost from 0 on, an effect above 0 and at most 1.")
    at_stake = np.maximum(np.asarray(balance, np.float64), 1e-12) * effect
    found = np.minimum(cost / at_stake, 1.0)
    return float(found) if np.ndim(balance) == 0 else np.asarray(found, np.float64)


def cut_offs_by_loss(expected_loss: Numbers, shares: tuple[float, float] = (0.50, 0.85)) -> tuple[float, float]:
    """The expected losses at which low and medium end, by centiles of the clients: the third way to cut segments.

    The first are probabilities (``medium_from`` and ``high_from`` of a training), the second costs
    (`cut_off_by_cost`). A loss equal to a cut-off belongs to the safer side.

    Parameters
    ----------
    expected_loss : array
        By client, probability times loss given default times exposure, money.
    shares : (float, float)
        Of the clients up to low, and up to medium; rising within 0 and 1.

    Raises
    ------
    CallError
        There are no clients, a loss is missing or below 0, the shares do not rise, or a segment would hold under 5 % of
        the clients: too many have the same loss.

    Examples
    --------
    >>> cut_offs_by_loss(np.arange(1.0, 101.0))
    (50.0, 85.0)
    """
    loss = np.asarray(expected_loss, np.float64)
    if not loss.size or np.isnan(loss).any() or (loss < 0).any():
        raise CallError(
            f"expected_loss: {loss.size} values, some missing or below 0. Expected a loss from 0 on a client."
        )
    if not 0 < shares[0] < shares[1] < 1:
        raise CallError(f"shares are {shares}; expected two rising shares within 0 and 1.")
    low, medium = (float(cut) for cut in np.quantile(loss, shares, method="inverted_cdf"))
    held = np.bincount(np.searchsorted([low, medium], loss, side="left"), minlength=3) / loss.size
    if held.min() < _LEAST_SEGMENT:
        told = ", ".join(f"{share:.1%}" for share in held)
        raise CallError(f"cut at {low} and {medium} the segments hold {told} of the clients; each needs 5 %.")
    return low, medium
