"""Payments by invoice and date: rows of the payments table and the shorthand of invoice rows, without their doubles."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.ledger.codes import MISSING, NONE, cent_codes, date_codes, lookup, starts, text_codes
from inadimplencia_ml.ledger.invoice_rows import InvoiceRows
from inadimplencia_ml.ledger.lateness import NEVER
from inadimplencia_ml.ledger.sorting import in_order, in_place, order_by_group, sort_within

__all__ = ["Payments", "payments_of"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Columns = dict[str, Any]


class Payments(NamedTuple):
    """Arrays over payments, ordered by invoice and date; seen at t when known <= t < until."""

    date: I32
    cents: I64  # what settles
    money: I64  # what came in, interest and fines included
    is_payment: Flags  # kind payment
    settles: Flags
    booked: I32  # max(payment_date, known_on): the day it counts for
    known: I32  # first day it is seen; later than booked where it is seen again
    until: I32


def payments_of(table: pa.Table | None, rows: InvoiceRows, paid: I32 | None = None) -> tuple[Payments, I32, int]:
    """All payments of known invoices, where each invoice's begin, and how many doubles of a shorthand there were.

    ``paid`` may say of each payment which row of the invoices table it is of, -1 for none; else it is looked up by id.
    """
    parts, doubles = _shorthand(rows), 0
    superseded = parts.pop("superseded")
    if table is not None and table.num_rows and "invoice_id" in table.column_names:
        full, doubles = _without_doubles(_table_rows(table, rows, paid), parts, superseded)
        parts = {n: np.concatenate([parts[n], full[n]]) for n in parts} if len(parts["invoice"]) else full
    keep = parts["known"] < parts["until"]
    if not keep.all():
        parts = in_order(parts, np.flatnonzero(keep))
    start = starts(np.bincount(parts["invoice"], minlength=len(rows.first_rows)))
    order = order_by_group(parts["invoice"], start)
    if order is None:
        order = np.arange(len(parts["invoice"]), dtype=np.int32)
    sort_within(start, parts["date"].take(order).astype(np.int64), order)
    told = {name: parts[name] for name in Payments._fields}
    return Payments(**(told if in_place(order) else in_order(told, order))), start, doubles


def _table_rows(table: pa.Table, rows: InvoiceRows, paid: I32 | None) -> Columns:
    if paid is None:
        invoice = lookup(table["invoice_id"], rows.invoice_ids)
    else:
        of_row = np.append(rows.invoice_of_row, np.int32(-1))  # its last entry is that of row -1: none
        invoice = of_row.take(paid, mode="wrap")
    mine = invoice >= 0  # the others are on account
    date = date_codes(table, "payment_date")
    money = cent_codes(table, "amount")
    principal = cent_codes(table, "principal")
    reversed_on = date_codes(table, "reversed_on")
    booked = np.maximum(date, date_codes(table, "known_on"))
    columns = {
        "invoice": invoice,
        "date": date,
        "cents": np.where(principal == MISSING, money, principal) if "principal" in table.column_names else money,
        "money": money,
        "is_payment": text_codes(table, "kind", ("payment",)) != -2,
        "settles": principal != 0,
        "booked": booked,
        "known": booked,
        "until": np.where(reversed_on == NONE, NEVER, reversed_on).astype(np.int32, copy=False),
    }
    return columns if mine.all() else in_order(columns, np.flatnonzero(mine))


def _shorthand(rows: InvoiceRows) -> Columns:
    """The payment that an invoice's paid_date tells of, for as long as it is the last one known."""
    at = np.flatnonzero(rows.paid_date != NONE)
    cents = np.where(rows.paid_cents[at] == MISSING, np.maximum(rows.cents[at], 0), rows.paid_cents[at])
    invoice, date = rows.invoice[at], rows.paid_date[at]
    known = np.maximum(date, rows.since[at])
    until, told, booked = np.full(len(at), NEVER, np.int32), np.arange(len(at)), known
    if (invoice[1:] == invoice[:-1]).any():
        booked = known.copy()
        _last_known(invoice, date, cents, known, until, told, booked)
    pieces = np.flatnonzero(known < until)
    told, yes = told[pieces], np.ones(len(pieces), bool)
    columns = {"date": date[told], "cents": cents[told], "money": cents[told], "is_payment": yes, "settles": yes}
    spans = {"invoice": invoice, "booked": booked, "known": known, "until": until, "superseded": until}
    return columns | {name: values[pieces] for name, values in spans.items()}


@maker
def _last_known(invoice: I32, date: I32, cents: I64, known: I32, until: I32, told: I64, booked: I32) -> None:
    """From each known day on: until which day, which entry counts, and since when it has been told without a break."""
    begin = 0
    for k in range(len(invoice)):
        if invoice[k] != invoice[begin]:
            begin = k
        end = k
        while end < len(invoice) and invoice[end] == invoice[k]:
            end += 1
        for q in range(begin, end):
            if known[q] > known[k]:
                until[k] = min(until[k], known[q])
            elif known[q] == known[k] and q < k:
                until[k] = known[k]  # that entry speaks for this day already
        now = begin
        for q in range(begin, end):
            now = q if known[q] <= known[k] else now
        told[k], first = now, now
        for q in range(now - 1, begin - 1, -1):
            if known[q] <= known[k]:
                if date[q] != date[now] or cents[q] != cents[now]:
                    break
                first = q
        booked[k] = known[first]


def _without_doubles(full: Columns, short: Columns, superseded: I32) -> tuple[Columns, int]:
    """Rows of the table, each only while no shorthand says the same; their reversal goes over to it."""
    if not len(short["invoice"]) or not len(full["invoice"]):
        return full, 0
    key = ["invoice", "date", "money"]
    left = pd.DataFrame({c: full[c] for c in key}).assign(row=np.arange(len(full["date"])))
    right = pd.DataFrame({c: short[c] for c in key}).assign(short=np.arange(len(short["date"])))
    pairs = left.merge(right, on=key)
    if not len(pairs):
        return full, 0
    row, to = pairs["row"].to_numpy(), pairs["short"].to_numpy()
    taken_back = full["until"][row] < NEVER
    ends = np.maximum(full["until"][row], full["booked"][row])[taken_back]
    order = np.lexsort((short["known"][to], row))
    row, covered = row[order], short["known"][to][order]
    free = superseded[to][order]
    np.minimum.at(short["until"], to[taken_back], ends)
    last = np.append(row[1:] != row[:-1], True)
    again = np.where(last, full["until"][row], np.append(covered[1:], NEVER))
    pieces = {name: np.concatenate([values, values[row]]) for name, values in full.items()}
    n = len(full["date"])
    np.minimum.at(pieces["until"], row, covered)  # until the shorthand is known it is a row of its own
    pieces["known"][n:] = np.maximum(full["known"][row], free)  # and again once the shorthand no longer counts
    pieces["until"][n:] = np.minimum(again, full["until"][row])
    return pieces, len(np.unique(row))
