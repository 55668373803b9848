"""Harder measures that were asked for: which stand against a client or a title, and which outlived their reason."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.calendar import UFS
from inadimplencia_ml.cases.title_facts import TitleStates
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.codes import NONE, date_codes
from inadimplencia_ml.ledger.lateness import SETTLED

__all__ = ["ESCALATION_KINDS", "Records", "escalations", "notices", "records_of", "still_standing"]

I64 = npt.NDArray[np.int64]

ESCALATION_KINDS = ("negativacao_notice", "negativacao", "protest", "mediation", "agency", "legal")
_OF_RECORDS = ESCALATION_KINDS[:2]  # a notice may be told in a row of its own, or in that of the record


class Records(NamedTuple):
    """The escalations that stand: one row a title and kind, whatever the rows that told it."""

    client: I64
    invoice: I64  # number of the invoice, -1 where unknown
    kind: npt.NDArray[np.object_]
    requested: I64  # the last day on which it was asked for
    effective: I64  # NONE where not in effect
    notice: I64  # NONE without a notice
    proof: npt.NDArray[np.object_]  # None without a proof


def records_of(table: pa.Table | None, books: Books) -> Records | None:
    """What stands on the day of the table: asked for, and not withdrawn since. None without a table."""
    if table is None:
        return None
    frame = pd.DataFrame(
        {
            "client": books.client_numbers(table["client_id"]).astype(np.int64),
            "invoice": books.invoice_numbers(table["invoice_id"]).astype(np.int64),
            "kind": table["kind"].to_pandas().astype(object),
            "requested": date_codes(table, "requested_at").astype(np.int64),
            "effective": date_codes(table, "effective_at").astype(np.int64),
            "notice": date_codes(table, "notice_sent_at").astype(np.int64),
            "withdrawn": date_codes(table, "withdrawn_at").astype(np.int64),
            "proof": table["notice_proof"].to_pandas() if "notice_proof" in table.column_names else None,
        }
    ).sort_values(["requested", "notice", "proof"])
    last = dict.fromkeys(("requested", "effective", "notice", "withdrawn"), "max") | {"proof": "last"}
    told = frame.groupby(["client", "invoice", "kind"], as_index=False, dropna=False).agg(last)
    told = told[(told["withdrawn"] < told["requested"]).to_numpy()]  # asked for again after a withdrawal: it stands
    arrays = {name: told[name].to_numpy() for name in Records._fields}
    proof = told["proof"].astype(object).where(told["proof"].notna(), None).to_numpy(object)
    return Records(**arrays | {"kind": told["kind"].to_numpy(object), "proof": proof})


def escalations(records: Records | None, books: Books) -> dict[str, Any]:
    """By client, which escalations stand; NaN without an escalations table."""
    n = len(books.client_ids)
    if records is None:
        return {name: np.full(n, np.nan) for name in (*(f"has_{k}" for k in ESCALATION_KINDS), "last_escalation_on")}
    out: dict[str, Any] = {}
    for kind in ESCALATION_KINDS:
        out[f"has_{kind}"] = np.bincount(records.client[records.kind == kind], minlength=n) > 0
    last = np.full(n, -np.inf)
    np.maximum.at(last, records.client, records.requested.astype(np.float64))
    return out | {"last_escalation_on": np.where(np.isinf(last), np.nan, last)}


def notices(records: Records | None, number: I64) -> dict[str, Any]:
    """By title (``number``: of its invoice), the written notice of a negative record; missing where there is none."""
    blank = {"notice_asked": pd.array([None] * len(number), "boolean")}
    days, proof = np.full(len(number), np.datetime64("NaT", "s")), np.full(len(number), None, object)
    if records is None:
        return blank | {"notice_sent_on": days, "notice_proof": pd.Series(proof, dtype="str")}
    at = np.flatnonzero(np.isin(records.kind, _OF_RECORDS) & (records.invoice >= 0))
    order = at[np.lexsort((records.notice[at], records.invoice[at]))]  # the latest notice of an invoice is last
    mine = np.searchsorted(records.invoice[order], number, side="right") - 1
    found = mine >= 0
    found[found] = records.invoice[order][mine[found]] == number[found]
    row = order[mine[found]]
    sent = records.notice[row]
    days[found] = np.where(
        sent == NONE, np.datetime64("NaT", "s"), sent.astype("datetime64[D]").astype("datetime64[s]")
    )
    proof[found] = records.proof[row]
    return {
        "notice_asked": pd.array(found, "boolean"),
        "notice_sent_on": days,
        "notice_proof": pd.Series(proof, dtype="str"),
    }


def still_standing(records: Records | None, books: Books, states: TitleStates) -> pd.DataFrame:
    """The escalations that stand, with the day on which their title was settled or made void: missing while owed."""
    if records is None:
        names = ("client_id", "invoice_id", "kind", "requested_on", "effective_on", "settled_on", "uf")
        return pd.DataFrame({name: [] for name in names})
    known = np.flatnonzero(records.invoice >= 0)
    invoice, client = records.invoice[known], records.client[known]
    uf = np.array([*UFS, None], object)[books.client_uf[client]]
    return pd.DataFrame(
        {
            "client_id": books.client_ids.take(pa.array(client)).to_pandas(),
            "invoice_id": books.invoice_ids.take(pa.array(invoice)).to_pandas(),
            "kind": records.kind[known],
            "requested_on": _dates(records.requested[known]),
            "effective_on": _dates(records.effective[known]),
            "settled_on": _dates(_closed_on(books, states)[invoice]),
            "uf": uf,
        }
    )


def _closed_on(books: Books, states: TitleStates) -> I64:
    """By invoice the day on which nothing was owed any more: settled, or made void. NONE while it is owed."""
    v, out = books.versions, np.full(len(books.invoice_ids), np.int64(NONE))
    settled = states.status == SETTLED
    out[v.invoice[settled]] = states.closed[settled]
    void = v.void & (v.closed_known <= states.t) & (v.since <= states.t) & (v.until > states.t)
    out[v.invoice[void]] = v.cancelled[void]
    return out


def _dates(days: I64) -> npt.NDArray[np.datetime64]:
    dates = days.astype("datetime64[D]").astype("datetime64[s]")
    return np.where(days == NONE, np.datetime64("NaT", "s"), dates)
