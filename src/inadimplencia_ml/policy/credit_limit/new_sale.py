"""A new sale on credit: approve, ask for an entry, refer to a person, ask for payment in advance, or decline.

The margin test: a sale of 1 with margin g, of which the client pays e down, is worth making if
g (1 - PD (1 - e)) >= PD (1 - e) LGD (1 - g) + funding (1 - e).
Without an entry that is (1 - PD) g >= PD LGD (1 - g) + funding.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.conditions import Numbers
from inadimplencia_ml.policy.credit_limit.rules import LimitsInForce
from inadimplencia_ml.tables.same_kind import same_kind

if TYPE_CHECKING:
    from inadimplencia_ml.policy.policy import Policy

__all__ = ["ANSWERS", "SALE_COLUMNS", "decide_sales", "entry_needed"]

ANSWERS = ("approve", "entry", "refer", "prepay", "decline")
"""What may be said to a sale, the kindest first."""

SALE_COLUMNS = ("client_id", "amount", "margin", "term_days")
"""What a sale is asked with: money, margin as a share of the price, and days until it is due."""

_ACTIONS = {"approve": None, "entry": "liberar_com_entrada", "refer": None, "prepay": "bloquear_pedido"}
_ACTIONS["decline"] = "bloquear_pedido"
_SENTENCES = {
    "approve": "Cabe no limite, e a margem cobre o risco.",
    "entry": "Cabe com uma entrada.",
    "refer": "Passa um pouco do limite, ou é grande: uma pessoa decide.",
    "prepay": "As vendas a prazo a este cliente estão suspensas; por ora, só à vista.",
    "decline": "Nem com a maior entrada: passa do limite, ou a margem não paga o risco.",
}


def entry_needed(probability: Numbers, margin: Numbers, funding: Numbers, lgd: float) -> Numbers:
    """The smallest share paid down with which a sale passes the margin test; 0 where it passes without one.

    Examples
    --------
    >>> entry_needed(np.array([0.02, 0.30]), np.array([0.25, 0.25]), np.array([0.02, 0.02]), 0.45).round(3).tolist()
    [0.0, 0.0]
    >>> entry_needed(np.array([0.60]), np.array([0.10]), np.array([0.02]), 0.45).round(3).tolist()
    [0.69]
    """
    cost = probability * (margin + lgd * (1 - margin)) + funding  # of each real that is lent
    with np.errstate(divide="ignore", invalid="ignore"):
        lent = np.where(cost > 0, margin / cost, np.inf)
    return np.asarray(np.clip(1 - lent, 0.0, 1.0), np.float64)


@same_kind("sales", "clients")
def decide_sales(policy: Policy, sales: pd.DataFrame, clients: pd.DataFrame, as_of: dt.date | str) -> pd.DataFrame:
    """What to say to each sale.

    Parameters
    ----------
    policy : Policy
        With a section `limits`.
    sales : DataFrame
        client_id, amount (money), margin (share of the price), term_days.
    clients : DataFrame
        One row a client: client_id, credit_limit, open_amount, probability, no_new_sales, and optionally
        group_open_amount.
    as_of : date

    Returns
    -------
    DataFrame
        The sales with answer, action, entry (share), room (money left in the limit), reason.

    Raises
    ------
    CallError
        A column or a client is missing, or the policy has no `limits.new_sale` in force.

    Examples
    --------
    >>> from inadimplencia_ml.policy.policy import Policy
    >>> sales = pd.DataFrame({"client_id": ["C1"], "amount": [2000.0], "margin": [0.25], "term_days": [30]})
    >>> clients = pd.DataFrame({"client_id": ["C1"], "credit_limit": [5000.0], "open_amount": [3600.0],
    ...                         "probability": [0.04], "no_new_sales": [False]})
    >>> decide_sales(Policy.default(), sales, clients, "2025-06-30")[["answer", "action", "entry"]].values.tolist()
    [['entry', 'liberar_com_entrada', 0.3]]
    """
    rules = policy.in_force(as_of).limits
    if rules is None or rules.new_sale is None:
        raise CallError(f"policy {policy.name}: limits.new_sale has no value on {as_of}.")
    for frame, name, columns in (
        (sales, "sales", SALE_COLUMNS),
        (clients, "clients", ("client_id", "credit_limit", "open_amount", "probability", "no_new_sales")),
    ):
        for column in columns:
            if column not in frame.columns:
                hint = did_you_mean(column, map(str, frame.columns))
                raise CallError(f"{name}: column {column!r} is missing.{hint}")
    own = clients.set_index("client_id").reindex(sales["client_id"])
    unknown = int(own["no_new_sales"].isna().sum())
    if unknown:
        raise CallError(f"sales: {unknown} are of clients that are not among the clients given.")
    amount, margin = (sales[c].to_numpy(np.float64) for c in ("amount", "margin"))
    room = _room(rules, own)
    probability = own["probability"].to_numpy(np.float64, na_value=np.nan)
    funding = rules.new_sale.funding_rate_month * sales["term_days"].to_numpy(np.float64) / 30
    known = np.where(np.isnan(probability), 0.0, probability)  # without a score the room, small by rule, decides alone
    for_margin = entry_needed(known, margin, funding, rules.lgd)
    for_room = np.clip(1 - np.maximum(room, 0) / np.maximum(amount, 1e-9), 0.0, 1.0)
    entry = np.maximum(for_margin, for_room)
    stopped = own["no_new_sales"].to_numpy(bool)
    over = (for_margin <= 0) & (
        amount <= np.maximum(room, 0) + rules.new_sale.over * own["credit_limit"].fillna(0).to_numpy()
    )
    answer = np.select(
        [
            stopped,
            (entry <= 0) & (amount < rules.new_sale.refer_from),
            (entry <= 0) | over,
            entry <= rules.new_sale.entry,
        ],
        [3, 0, 2, 1],
        default=4,
    )
    return _told(sales, answer, np.where(answer == 1, np.ceil(entry * 100 - 1e-9) / 100, 0.0), room)


def _room(rules: LimitsInForce, own: pd.DataFrame) -> Numbers:
    room = own["credit_limit"].fillna(0).to_numpy(np.float64) - own["open_amount"].fillna(0).to_numpy(np.float64)
    if rules.group_cap is not None and "group_open_amount" in own.columns:
        owed = own["group_open_amount"].fillna(own["open_amount"]).to_numpy(np.float64, na_value=0.0)
        room = np.minimum(room, rules.group_cap - owed)
    return np.asarray(room, np.float64)


def _told(sales: pd.DataFrame, answer: npt.NDArray[np.int64], entry: Numbers, room: Numbers) -> pd.DataFrame:
    names = np.array(ANSWERS, dtype=object)[answer]
    return sales.assign(
        answer=names,
        action=pd.Series([_ACTIONS[a] for a in names], index=sales.index, dtype=object),
        entry=entry,
        room=room,
        reason=pd.Series([_SENTENCES[a] for a in names], index=sales.index, dtype=object),
    )
