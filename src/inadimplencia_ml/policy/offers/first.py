"""The one offer that a decision names: the first of the menu that needs nobody's approval."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.policy.amounts.balance import Balances
from inadimplencia_ml.policy.conditions import Facts, Flags
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.offers.campaigns import on_lists
from inadimplencia_ml.policy.offers.menu import menu_of, owing
from inadimplencia_ml.policy.offers.past import past_offers
from inadimplencia_ml.policy.standing import Standing

__all__ = ["first_offers"]

I64 = npt.NDArray[np.int64]


def first_offers(
    rules: PolicyInForce,
    facts: Facts,
    where: Standing,
    owed: Balances,
    profile: I64,
    talks: Flags,
    client_ids: pd.Series,
    *,
    history: pd.DataFrame | None = None,
    approved: pd.DataFrame | None = None,
) -> tuple[tuple[str, ...], I64]:
    """The codes of the offers, and by case the position of the first one, -1 for none.

    Parameters
    ----------
    talks : bool array
        Cases in which somebody speaks with the client of what is late; nobody else is offered anything.
    history, approved : DataFrame, optional
        See `offer_menu`.
    """
    if rules.offers is None:
        return (), np.full(len(facts), -1, np.int64)
    past = past_offers(history, client_ids, np.datetime64(rules.day, "D"))
    lists = on_lists(rules.offers, approved, client_ids)
    menu = menu_of(rules.offers, facts, owing(where, owed, len(facts)), where.stage_dpd, profile, past, lists)
    return menu.names, np.where(talks, menu.first(len(facts)), -1)
