"""Everything that may stand in the texts of some decisions, as columns of text; None where it is not known."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.policy.messages.creditor import Creditor
from inadimplencia_ml.policy.messages.message_plan import Offer
from inadimplencia_ml.policy.messages.placeholders import PLACEHOLDERS
from inadimplencia_ml.policy.messages.rules import MessagesInForce
from inadimplencia_ml.policy.messages.safe_text import clean, dates, money, name_or
from inadimplencia_ml.policy.messages.sides import DETAILS, Sides
from inadimplencia_ml.policy.messages.title_columns import TitleColumns

__all__ = ["Gathered", "gathered"]

Texts = list[str | None]


@dataclass(frozen=True)
class Gathered:
    """Columns by placeholder, the titles, and what is known of who reads on which channel.

    Attributes
    ----------
    columns : dict of name to list of str or None
        A text a decision.
    left : dict of name to list of bool
        Where a placeholder stays as it is, for the sender.
    confirmed : dict of channel to list of bool or None
        Whether the client is who reads there; None: not known.
    until : dict of escalation to list of str or None
        The day until which an answer is awaited, where a person has approved that escalation.
    offers : list of tuple of Offer
        By decision, all that may be offered.
    """

    titles: TitleColumns
    columns: dict[str, Texts]
    left: dict[str, list[bool]] = field(default_factory=dict)
    confirmed: dict[str, list[bool | None]] = field(default_factory=dict)
    until: dict[str, Texts] = field(default_factory=dict)
    offers: list[tuple[Offer, ...]] = field(default_factory=list)


def gathered(
    ids: pd.Index,
    days: npt.NDArray[np.datetime64],
    titles: TitleColumns,
    creditor: Creditor,
    sides: Sides,
    rules: MessagesInForce,
) -> Gathered:
    """The columns of the decisions on clients ``ids``, of the facts of ``days``."""
    n = len(ids)
    out = Gathered(titles, dict(titles.columns))
    columns = out.columns
    columns.update({name: [value] * n for name, value in creditor.values().items()})
    columns["nome"] = _names(sides.column("clients", "name", ids), n, rules)
    columns["data_base"] = dates(days)
    columns["data_limite"] = dates(days + np.timedelta64(rules.answer_days, "D"))
    since = sides.column("clients", "since", ids)
    if since is not None:
        years = pd.to_datetime(since).dt.year
        columns["cliente_desde"] = [None if np.isnan(y) else f"{int(y)}" for y in years.to_numpy(np.float64)]
    for name in DETAILS:
        given = sides.column("details", name, ids)
        if given is not None:
            columns[name] = _written(given, PLACEHOLDERS[name].kind)
    _add_offers(out, ids, sides)
    _add_approved(out, ids, sides)
    for channel in rules.channels:
        said = sides.column("clients", f"confirmed_{channel}", ids)
        out.confirmed[channel] = [None] * n if said is None else [None if pd.isna(v) else bool(v) for v in said]
    links = None if sides.links is None else sides.links.reindex(ids)
    columns["link_pagamento"] = [None] * n if links is None else _written(links, "link")
    for name, one in PLACEHOLDERS.items():
        if one.known == "sender":
            found = columns.get(name, [None] * n)
            out.left[name] = [value is None for value in found]
            columns[name] = [f"{{{name}}}" if value is None else value for value in found]
    return out


def _names(given: pd.Series | None, n: int, rules: MessagesInForce) -> Texts:
    if given is None:
        return [rules.name_missing] * n
    values = [None if gone else one for one, gone in zip(given.tolist(), given.isna().tolist(), strict=True)]
    return [name_or(one, rules.name_missing, rules.name_max) for one in values]


def _written(given: pd.Series, kind: str) -> Texts:
    """Values as a client reads them."""
    gone = given.isna().to_numpy()
    if kind == "money":
        cents = np.rint(np.where(gone, 0, given.to_numpy(np.float64, na_value=np.nan)) * 100)
        texts: Sequence[str | None] = money(np.nan_to_num(cents).astype(np.int64))
    elif kind == "date":
        return dates(pd.to_datetime(given).to_numpy("datetime64[D]"))
    elif kind == "count":
        texts = [f"{int(v):,}".replace(",", ".") for v in given.fillna(0).tolist()]
    else:
        texts = [clean(one) for one in given.tolist()]
    return [None if missing else text for text, missing in zip(texts, gone.tolist(), strict=True)]


def _add_offers(out: Gathered, ids: pd.Index, sides: Sides) -> None:
    """What may be offered without anybody's approval, in words; of the cash offers that cost less, the first."""
    n = len(ids)
    mine: list[list[Offer]] = [[] for _ in range(n)]
    cheaper: list[Offer | None] = [None] * n
    if sides.offers is not None:
        frame = sides.offers[sides.offers.index.isin(ids)]
        for i, row in zip(ids.get_indexer(frame.index).tolist(), frame.to_dict("records"), strict=True):
            if row.get("requires_approval", False):  # not known is not allowed either: NaN is true
                continue
            one = _offer({name: None if pd.isna(value) else value for name, value in row.items()})
            mine[i].append(one)
            balance = row.get("balance")
            if cheaper[i] is None and not one.parts and one.amount is not None and balance and one.amount < balance:
                cheaper[i] = one
    out.offers.extend(tuple(one) for one in mine)
    told = [[offer.words for offer in one if offer.words] for one in mine]
    out.columns.setdefault("opcoes_pagamento", ["; ou ".join(one) or None for one in told])
    if "valor_com_desconto" not in out.columns:
        cents = np.array([0 if o is None or o.amount is None else round(o.amount * 100) for o in cheaper], np.int64)
        texts = money(cents)
        out.columns["valor_com_desconto"] = [None if o is None else t for o, t in zip(cheaper, texts, strict=True)]
    if "validade_proposta" not in out.columns:
        days = [None if o is None else o.valid_until for o in cheaper]
        out.columns["validade_proposta"] = dates(np.array(days, "datetime64[D]"))


def _offer(row: dict[Hashable, Any]) -> Offer:
    """An offer as it is handed over; what the table does not say stays open."""
    words, until, parts = row.get("words"), row.get("valid_until"), row.get("parts")
    return Offer(
        code=str(row["offer"]),
        quote_id=None if row.get("quote_id") is None else str(row["quote_id"]),
        words=None if words is None else clean(words),
        amount=row.get("amount"),
        pay_now=row.get("pay_now"),
        parts=None if parts is None else int(parts),
        valid_until=None if until is None else pd.Timestamp(until).date(),
    )


def _add_approved(out: Gathered, ids: pd.Index, sides: Sides) -> None:
    """By kind of escalation, the day until which the client may answer; of several titles the earliest."""
    if sides.approved is None:
        return
    frame = sides.approved[sides.approved.index.isin(ids)]
    days = pd.to_datetime(frame["answer_until"]).to_numpy("datetime64[D]")
    for kind in frame["kind"].unique().tolist():
        mine = (frame["kind"] == kind).to_numpy()
        until = np.full(len(ids), np.datetime64("NaT", "D"), "datetime64[D]")
        np.fmin.at(until, ids.get_indexer(frame.index[mine]), days[mine])
        out.until[str(kind)] = dates(until)
