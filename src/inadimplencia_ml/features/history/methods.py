"""Payment methods, reversed payments, and charges to card or account that failed, of what the payments table says."""

from __future__ import annotations

import unicodedata
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import View, divide, look_at, make_view, window_start
from inadimplencia_ml.features.history.walk import side_of
from inadimplencia_ml.features.looked import Looked, Snaps
from inadimplencia_ml.ledger.books import Books, Payments, Versions
from inadimplencia_ml.ledger.codes import NONE, cent_codes, date_codes, starts, text_codes
from inadimplencia_ml.ledger.lateness import NEVER, Consumers, consumer_on
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["NAMES", "method_features"]

NAMES: tuple[str, ...] = (
    "method_pix_share_365d",
    "method_boleto_share_365d",
    "method_card_share_365d",
    "method_debit_share_365d",
    "method_transfer_share_365d",
    "method_other_share_365d",
    "method_count_365d",
    "method_last_changed",
    "reversed_count_365d",
    "reversed_amount_365d",
    "reversed_share_365d",
    "days_since_reversal",
    "recurring_failed_count_90d",
    "recurring_failed_count_365d",
    "recurring_failed_share_365d",
    "recurring_failed_last",
)

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Out = npt.NDArray[np.float64]

_PIX, _BOLETO, _CARD, _DEBIT, _TRANSFER, _OTHER, _METHODS = range(7)
_SPELT = {"pix": _PIX, "boleto": _BOLETO}
_SPELT |= dict.fromkeys(("card", "credit_card", "debit_card"), _CARD)
_SPELT |= dict.fromkeys(("debit", "direct_debit", "debito", "debito_automatico"), _DEBIT)
_SPELT |= dict.fromkeys(("transfer", "ted", "doc", "transferencia"), _TRANSFER)
_REVERSED = 8  # the column of reversed_count_365d
_RECURRING = 12  # and of recurring_failed_count_90d


class _Rows(NamedTuple):
    """Rows of the payments table of kind payment on known invoices, by invoice; a client's lie together."""

    start: I32  # where a client's rows begin; one more group for clients without a fact
    invoice: I32
    date: I32
    known: I32
    reversed_on: I32  # NEVER where it was not
    cents: npt.NDArray[np.int64]
    method: I8  # position among the six, -1 where not given


def method_features(ledger: Ledger, looked: Looked, n_jobs: int) -> Out:
    """The columns ``NAMES``, feature x pair of client and day."""
    books, table = ledger.books, ledger.tables.get("payments")
    out = np.full((len(NAMES), len(looked.snaps.day)), np.nan)
    if not out.size:
        return out
    invoice_start = np.append(books.invoice_start, books.invoice_start[-1])
    rows = _read(table, books, invoice_start)
    arguments = looked.client_start, books.versions, books.payments, looked.who, looked.snaps
    looked.each_share(n_jobs, _methods, *arguments, invoice_start, rows, side_of(ledger).recurring, out)
    if table is None or "reversed_on" not in table.column_names:
        out[NAMES.index("reversed_share_365d")] = np.nan
    return out


def _read(table: pa.Table | None, books: Books, invoice_start: I32) -> _Rows:
    if table is None or "invoice_id" not in table.column_names:
        day, none = np.empty(0, np.int32), np.zeros(len(invoice_start), np.int32)
        return _Rows(none, day, day, day, day, np.empty(0, np.int64), np.empty(0, np.int8))
    invoice = books.invoice_numbers(table["invoice_id"])
    kept = np.flatnonzero((invoice >= 0) & (text_codes(table, "kind", ("payment",)) != -2))
    kept = kept[np.argsort(invoice[kept], kind="stable")]
    date, back = date_codes(table, "payment_date"), date_codes(table, "reversed_on")
    of_invoice = starts(np.bincount(invoice[kept], minlength=len(books.first_row)))
    return _Rows(
        start=of_invoice[invoice_start],
        invoice=invoice[kept],
        date=date[kept],
        known=np.maximum(date, date_codes(table, "known_on"))[kept],
        reversed_on=np.where(back == NONE, NEVER, back)[kept],
        cents=cent_codes(table, "amount")[kept],
        method=_method_codes(table)[kept],
    )


def _method_codes(table: pa.Table) -> I8:
    if "method" not in table.column_names:
        return np.full(table.num_rows, -1, np.int8)
    given = pc.unique(table["method"])
    codes = np.array([-1 if name is None else _method(name) for name in given.to_pylist()], np.int8)
    found = pc.index_in(table["method"], value_set=given)  # a null is found where unique put it
    return codes[found.to_numpy()] if len(codes) else np.empty(0, np.int8)


def _method(name: str) -> int:
    """Which of the six a name means: without case and accents, words joined by one underscore; -1 for a blank."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode("ascii")
    plain = "_".join("".join(c if c.isalnum() else " " for c in plain).split())
    if plain.startswith("cartao"):
        return _CARD
    return _SPELT.get(plain, _OTHER) if name.strip() else -1


@maker
def _write_rows(t: int, low: int, high: int, first: int, there: Flags, rows: _Rows, s: int, out: Out) -> None:
    """The columns up to days_since_reversal from the rows low..high; ``first`` is the client's first invoice."""
    count = np.zeros(_METHODS, np.int64)
    payments, reversals, last_reversal = 0, 0, -NEVER
    amount: Any = np.int64(0)
    day, before = -NEVER, -NEVER  # the last two days with a method, and the first of their methods
    method, method_before = -1, -1
    for k in range(low, high):
        if rows.known[k] > t or not there[rows.invoice[k] - first]:
            continue
        back = rows.reversed_on[k]
        if back <= t:
            last_reversal = max(last_reversal, back)
            if back > t - 365:
                reversals += 1
                amount += rows.cents[k]
            continue
        date, code = rows.date[k], rows.method[k]
        if date > t - 365:
            payments += 1
            if code >= 0:
                count[code] += 1
        if code < 0:
            continue
        if date > day:
            before, method_before = day, method
            day, method = date, code
        elif date == day:
            method = min(method, code)
        elif date > before:
            before, method_before = date, code
        elif date == before:
            method_before = min(method_before, code)
    given = count.sum()
    for m in range(_METHODS):
        out[m, s] = divide(count[m], given)
    out[_METHODS, s] = np.sum(count > 0)
    out[_METHODS + 1, s] = method != method_before if method_before >= 0 else np.nan
    out[_REVERSED, s] = reversals
    out[_REVERSED + 1, s] = amount / 100
    out[_REVERSED + 2, s] = divide(reversals, reversals + payments)
    out[_REVERSED + 3, s] = t - last_reversal if last_reversal != -NEVER else np.nan


@maker
def _write_recurring(t: int, matured: int, view: View, v: Versions, recurring: Flags, s: int, out: Out) -> None:
    quarter, year = window_start(t, 90, matured, view), window_start(t, 365, matured, view)
    failed_90, failed, charged, last = 0, 0, 0, np.nan
    for i in range(matured):
        if not recurring[v.invoice[view.version[i]]]:
            continue
        bad = view.late[i] >= 2
        last = 1.0 if bad else 0.0
        charged += i >= year
        failed += bad and i >= year
        failed_90 += bad and i >= quarter
    out[_RECURRING, s] = failed_90
    out[_RECURRING + 1, s] = failed
    out[_RECURRING + 2, s] = divide(failed, charged)
    out[_RECURRING + 3, s] = last


@maker
def _methods(
    low: int,
    high: int,
    client_start: I32,
    v: Versions,
    p: Payments,
    who: Consumers,
    snaps: Snaps,
    invoice_start: I32,
    rows: _Rows,
    recurring: Flags,
    out: Out,
) -> None:
    widest, most = 0, 0
    for c in range(low, high):
        widest = max(widest, client_start[c + 1] - client_start[c])
        most = max(most, invoice_start[c + 1] - invoice_start[c])
    view, there = make_view(widest), np.zeros(most, np.bool_)
    for c in range(low, high):
        first = invoice_start[c]
        for s in range(snaps.start[c], snaps.start[c + 1]):
            t = np.int64(snaps.day[s])
            n, matured = look_at(t, client_start[c], client_start[c + 1], v, p, consumer_on(t, c, who), view)
            there[: invoice_start[c + 1] - first] = False
            for i in range(n):
                there[v.invoice[view.version[i]] - first] = True
            _write_rows(t, rows.start[c], rows.start[c + 1], first, there, rows, s, out)
            _write_recurring(t, matured, view, v, recurring, s, out)
