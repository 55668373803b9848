"""What was paid on statements: as a panel or a table of its own tells it, and as the ledger takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.adapters.months import months_later
from inadimplencia_ml.ledger.adapters.named_columns import (
    NOTHING_REFUSED,
    UNKNOWN,
    Given,
    amount_array,
    date_array,
    joined,
    moved,
    with_source_rows,
)
from inadimplencia_ml.ledger.adapters.oldest_first import NOTHING, Course, Money
from inadimplencia_ml.ledger.adapters.statements import Statements
from inadimplencia_ml.ledger.codes import NONE
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.tables import PAYMENTS

__all__ = ["Paid", "applied", "paid_apart", "paid_in_panel", "paid_rows", "payments_of_statements"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]


class _Columns(NamedTuple):
    """By row of a table: the account (-1: not of the panel), what was paid, when, known when (NONE: from its date)."""

    code: I64
    cents: I64
    date: I32
    known: I32
    own: I64


@dataclass(frozen=True)
class Paid:
    """The rows of a table that hold a payment."""

    rows: I64
    client: pa.Array
    columns: _Columns
    refused: pa.Table  # by place among these

    @classmethod
    def of(cls, columns: _Columns, client: pa.Array, refused: pa.Table, holds: npt.NDArray[np.bool_]) -> Paid:
        """Those rows of a table that hold a payment, readable or not."""
        rows = np.flatnonzero(holds)
        picked = _Columns._make(values[rows] for values in columns)
        return cls(rows, client.take(pa.array(rows)), picked, moved(refused, rows, len(holds)))

    @classmethod
    def nothing(cls) -> Paid:
        """No payments at all."""
        none, days = np.empty(0, np.int64), np.empty(0, np.int32)
        return cls(none, pa.nulls(0), _Columns(none, none, days, days, none), NOTHING_REFUSED)

    def money(self, accounts: int) -> tuple[Money, I64]:
        """Payments that can be applied, by account and day known, and which they are."""
        c = self.columns
        good = np.flatnonzero((c.code >= 0) & (c.cents > 0) & (c.date != NONE))
        code, cents, date, known, own = _Columns._make(values[good] for values in c)
        day = np.where(known == NONE, date, known)
        order = np.lexsort((cents, date, known == NONE, day, code))  # by what they say: rows may come in any order
        start = np.searchsorted(code[order], np.arange(accounts + 1)).astype(np.int64)
        return Money(start, day[order], cents[order], own[order], (known == NONE)[order]), good[order]


def paid_in_panel(s: Statements) -> Paid | None:
    """What the rows of the panel say; a payment without a date lies on the due date of its month."""
    named, given = s.named, s.given
    if named.paid_amount is None:
        return None
    cents, refused = given.cents("paid_amount", named.paid_amount)
    date, undated = np.full(given.rows, NONE, np.int32), np.ones(given.rows, bool)
    if named.payment_date is not None:
        date, unread = given.days("payment_date", named.payment_date, "payment_date")
        undated = date == NONE
        undated[unread["row"].to_numpy()] = False
        unread = unread.filter(pa.array((cents != 0)[unread["row"].to_numpy()]))
        refused = pa.concat_tables([refused, unread])
    _, after = s.neighbours()
    closing, due = s.closing[s.rows], s.due[s.rows]
    if named.paid_before:
        ends, falls = closing, s.falls_due()
    else:
        # Where statements are missing the month ends all the same: what comes later must not say when this was known.
        month_on = np.maximum(months_later(closing, 1), due)
        ends = np.where(after >= 0, np.minimum(closing[after], month_on), month_on).astype(np.int32)
        falls = np.minimum(due, ends)
    known = np.full(given.rows, NONE, np.int32)
    known[s.rows] = np.where(undated[s.rows], ends, NONE)
    date[s.rows] = np.where(undated[s.rows], falls, date[s.rows])
    own = s.place if named.own else np.full(given.rows, -1)
    holds = (cents != UNKNOWN) & (cents != 0)  # nothing paid is no payment
    holds[refused["row"].to_numpy()] = True
    holds &= s.place >= 0  # a double, or a statement that cannot be read, pays nothing
    return Paid.of(_Columns(s.code, cents, date, known, own), s.client, refused, holds)


def paid_apart(s: Statements, given: Given) -> Paid:
    """Payments in a table of their own."""
    named = s.named
    client, no_client = given.ids("client_id", named.client_id, "client_id")
    key, refused = [client], [no_client]
    if named.account_id is not None:
        account, no_account = given.ids("account_id", named.account_id, "client_id")
        key.append(account)
        refused.append(no_account)
    found = pc.fill_null(pc.index_in(joined(*key), value_set=s.accounts), -1)
    code = np.where(client.is_valid(), found, -1).astype(np.int64)
    return paid_rows(given, named.paid_amount, named.payment_date, client, code, np.full(given.rows, -1), refused)


def paid_rows(
    given: Given,
    amount: str | None,
    day: str | None,
    client: pa.Array,
    code: I64,
    own: I64,
    refused: list[pa.Table],
) -> Paid:
    """Every row of a table of payments: whose it is, and on which obligation it was made (-1: not said)."""
    cents, no_amount = given.cents("paid_amount", amount or "amount")
    date, no_date = given.days("payment_date", day or "payment_date", "payment_date")
    none = np.full(given.rows, NONE, np.int32)
    told = pa.concat_tables([*refused, no_amount, no_date])
    return Paid.of(_Columns(code, cents, date, none, own), client, told, np.ones(given.rows, bool))


def applied(course: Course, paid: Paid, used: I64, ids: pa.Array) -> tuple[pa.Table, I64, pa.Table]:
    """Payments in the pieces in which they were applied, then those that could not be; their rows; what is refused.

    ``ids`` are the invoices by obligation, null where one is no invoice: what lies on such a one is on account.
    """
    money = np.flatnonzero(course.piece_payment >= 0)
    which = used[course.piece_payment[money]]
    idle = np.ones(len(paid.rows), bool)
    idle[used] = False
    left = np.flatnonzero(idle)
    at = np.concatenate([which, left])
    statement = np.concatenate([course.piece_statement[money], np.full(len(left), -1)])
    table = {
        "client_id": paid.client.take(pa.array(at)),
        "invoice_id": ids.take(pa.array(statement, mask=statement < 0)),
        "payment_date": date_array(paid.columns.date[at]),
        "amount": amount_array(np.concatenate([course.piece_cents[money], paid.columns.cents[left]])),
        "kind": pa.repeat(pa.scalar("payment"), len(at)),
        "known_on": date_array(paid.columns.known[at]),
    }
    place = np.full(len(paid.rows), -1)
    place[left] = len(which) + np.arange(len(left))
    row = place[paid.refused["row"].to_numpy()]
    return pa.table(table), paid.rows[at], paid.refused.set_column(0, "row", pa.array(row, pa.int64()))


def payments_of_statements(s: Statements, course: Course, paid: Paid | None, used: I64) -> Admitted:
    """Payments as they were applied, and what the statements prove to be credited or carried over."""
    ids = s.ids.take(pa.array(s.rows, mask=course.amount == NOTHING))
    credit = np.flatnonzero(course.piece_payment < 0)
    at = course.piece_at[credit]
    notes = {
        "client_id": s.client.take(pa.array(s.rows[at])),
        "invoice_id": ids.take(pa.array(course.piece_statement[credit])),
        "payment_date": date_array(s.falls_due()[at]),
        "amount": amount_array(course.piece_cents[credit]),
        "kind": pa.repeat(pa.scalar("credit_note"), len(credit)),
        "known_on": date_array(s.closing[s.rows[at]]),
    }
    table, sources, refused = pa.table(notes), s.rows[at], None
    if paid is not None:
        money, rows, refused = applied(course, paid, used, ids)
        table, sources = pa.concat_tables([money, table]), np.concatenate([rows, sources])
    one = admit(PAYMENTS, table, timezone=s.given.timezone, rejected=refused)
    return with_source_rows(one, sources)
