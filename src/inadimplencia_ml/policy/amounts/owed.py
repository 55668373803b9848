"""What the titles of a plan cost on its day: the amounts that decisions carry."""

from __future__ import annotations

from typing import Any

import numpy as np

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.policy.amounts.balance import Balances, balances_of
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.inputs import Given
from inadimplencia_ml.policy.standing import Standing

__all__ = ["owed_on"]


def owed_on(
    rules: PolicyInForce,
    got: Given,
    where: Standing,
    facts: FrameFacts,
    *,
    calendar: Calendar | str,
    rates: Any = None,
    payments: Any = None,
) -> Balances:
    """By title, the updated balance at the end of the plan's day; what is open where the policy has no `amounts`.

    A client of whom it is not known whether consumer law holds is taken for a consumer.
    """
    if rules.amounts is None:
        none = np.zeros(len(where.cents), np.int64)
        return Balances(where.cents, *(none,) * 5, none.astype(np.int8), none.astype(np.uint16))
    consumer = facts.number("is_consumer") != 0
    return balances_of(
        got.titles,
        rules.amounts,
        rules.day,
        consumer=consumer[got.title_case],
        payments=payments,
        rates=rates,
        calendar=calendar,
    )
