"""A title in a few words → the tables that the balance is reckoned on, and a policy with a few values of its own."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pandas as pd

from inadimplencia_ml.policy.policy import Policy

POLICY = Policy.default()
TERMS = (
    "kind uf fine_rate interest_rate_month interest_per_day index "
    "discount_rate discount_until contract_rate_month due_adj"
).split()


def title_row(told: dict[str, Any], number: int = 1) -> dict[str, Any]:
    """One title: ``open`` is what is outstanding, the amount where not told."""
    row = {"client_id": "C1", "invoice_id": told.get("invoice_id", f"T{number}"), "due_date": told["due"]}
    return (
        row
        | {"amount": told["amount"], "open_amount": told.get("open", told["amount"])}
        | {name: told[name] for name in TERMS if name in told}
    )


def titles_of(told: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame([title_row(one, number) for number, one in enumerate(told, 1)])
    for name in ("due_date", "due_adj", "discount_until"):
        if name in frame:
            frame[name] = pd.to_datetime(frame[name])
    return frame


def payments_of(told: list[dict[str, Any]] | None, invoice_id: str = "T1") -> pd.DataFrame | None:
    if not told:
        return None
    frame = pd.DataFrame([{"invoice_id": invoice_id} | row for row in told])
    for name in ("payment_date", "credited_on"):
        if name in frame:
            frame[name] = pd.to_datetime(frame[name])
    return frame


def policy_with(values: dict[str, Any] | None, policy: Policy = POLICY) -> Policy:
    """The default policy with other values of its section ``amounts``."""
    if not values:
        return policy
    amounts = policy.amounts
    assert amounts is not None
    told = amounts.model_dump()
    for name, value in values.items():
        told[name]["values"] = {dt.date(2000, 1, 1): value}
    return policy.model_copy(update={"amounts": type(amounts).model_validate(told)})


class Once:
    """A policy whose values in force are worked out once: the default policy's sections here hold on every day."""

    def __init__(self, policy: Policy) -> None:
        self.digest = policy.digest
        self._rules = policy.in_force("2025-06-30")

    def in_force(self, as_of: object) -> Any:
        return dataclasses.replace(self._rules, day=as_of)
