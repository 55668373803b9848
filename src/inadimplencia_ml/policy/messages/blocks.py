"""A plan cut into blocks of decisions, each with its titles and all that its texts may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, PolicyError, names_told
from inadimplencia_ml.policy.decide import Decisions
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.messages.creditor import Creditor
from inadimplencia_ml.policy.messages.gathering import Gathered, gathered
from inadimplencia_ml.policy.messages.rules import MessagesInForce
from inadimplencia_ml.policy.messages.sides import Sides
from inadimplencia_ml.policy.messages.title_columns import title_columns
from inadimplencia_ml.policy.policy import Policy

__all__ = ["Block", "blocks_of", "texts_in_force"]

ROWS_A_BLOCK = 20_000


@dataclass(frozen=True)
class Block:
    """Some decisions, row by row as lists, and what is gathered for them."""

    rows: pd.DataFrame
    lists: dict[str, list[object]]
    found: Gathered


def texts_in_force(policy: Policy | None, plan: Decisions) -> tuple[PolicyInForce, MessagesInForce]:
    """The policy of a plan on its day, and its section of messages.

    Raises
    ------
    PolicyError
        The plan was made under another policy or names a template that it lacks, or the policy has no texts.
    """
    rules_of = Policy.default() if policy is None else policy
    rows = plan.frame("decisions")
    made = sorted(set(rows["policy_version"]))
    if made and made != [rules_of.name]:
        raise PolicyError(f"the plan was made under {', '.join(made)}, and the texts are of {rules_of.name}.")
    days = sorted(set(pd.to_datetime(rows["as_of"]).dt.date))
    if len(days) > 1:
        raise CallError(f"a plan is of one date; this one is of {len(days)}, {days[0]} to {days[-1]}.")
    begun = max(min(entry.values) for entry in rules_of.entries().values())
    rules = rules_of.in_force(days[0] if days else begun)
    if rules.messages is None:
        raise PolicyError(f"policy {rules_of.name} has no section `messages`, so there is nothing to say.")
    unknown = sorted(set(rows["template"].dropna().astype(str)) - set(rules.policy.templates))
    if unknown:
        raise PolicyError(f"decisions: template {names_told(unknown[:1])} is not in policy {rules_of.name}.")
    return rules, rules.messages


def blocks_of(
    plan: Decisions,
    wanted: Callable[[pd.DataFrame], npt.NDArray[np.bool_]],
    creditor: Creditor,
    sides: Sides,
    messages: MessagesInForce,
) -> Iterator[Block]:
    """The wanted decisions of a plan, in their order, block by block."""
    rows, items = plan.frame("decisions"), plan.frame("decision_items")
    rows = rows[wanted(rows)].reset_index(drop=True)
    if "due_date" not in items.columns:
        raise CallError("decision_items: column 'due_date' is missing; decide again with this version.")
    at = pd.Index(rows["client_id"]).get_indexer(pd.Index(items["client_id"]))
    order = np.argsort(at, kind="stable")
    at, items = at[order], items.iloc[order]
    for start in range(0, len(rows), ROWS_A_BLOCK):
        part = rows.iloc[start : start + ROWS_A_BLOCK]
        low, high = np.searchsorted(at, [start, start + len(part)])
        titles = title_columns(items.iloc[low:high], at[low:high] - start, len(part), messages)
        days = pd.to_datetime(part["as_of"]).to_numpy("datetime64[D]")
        found = gathered(pd.Index(part["client_id"]), days, titles, creditor, sides, messages)
        yield Block(part, {str(name): _plain_values(part[name]) for name in part.columns}, found)


def _plain_values(column: pd.Series) -> list[object]:
    """Python values, None where missing."""
    gone = column.isna().tolist()
    if column.dtype.kind == "M":
        found: list[object] = list(column.dt.to_pydatetime())
    else:
        found = column.tolist()
    return [None if missing else value for value, missing in zip(found, gone, strict=True)]
