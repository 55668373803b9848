"""Statements on their way into a ledger: the rows of a panel as arrays, and the invoices and clients made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.ledger.adapters.months import month_of, months_later
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
from inadimplencia_ml.ledger.adapters.oldest_first import NOTHING, Course, Obligations
from inadimplencia_ml.ledger.codes import NONE
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.tables import CLIENTS, INVOICES

__all__ = ["StatementColumns", "Statements", "clients_of", "invoices_of"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
_MADE = {"client_id", "invoice_id", "issue_date", "due_date", "amount", "contract_id", "known_on"}
_MADE |= {"paid_date", "paid_amount"}


@dataclass(frozen=True)
class StatementColumns:
    """Which column of a panel is which, and how it is to be read; as `ledger_from_statements` explains."""

    client_id: str
    statement_date: str
    due_date: str | None
    term_days: int | None
    stated: str | None  # what a statement asks for
    stated_argument: str
    status: str | None
    account_id: str | None
    paid_amount: str | None
    payment_date: str | None
    paid_before: bool  # a row holds what was paid before its closing
    own: bool  # a payment settles the statement in whose row it stands
    carries: bool  # what is asked for contains what was left unpaid
    credit_limit: str | None
    attributes: tuple[str, ...]
    further: Mapping[str, str] = field(default_factory=dict)


class Statements:
    """The rows of a panel as arrays, in their order; ``rows``: the usable ones, in the order of account and closing."""

    def __init__(self, given: Given, named: StatementColumns) -> None:
        self.given, self.named = given, named
        self.client, no_client = given.ids("client_id", named.client_id, "client_id")
        self.closing, no_closing = given.days("statement_date", named.statement_date, "issue_date")
        self.due, no_due = self._due()
        self.stated, no_amount = np.full(given.rows, UNKNOWN), NOTHING_REFUSED
        if named.stated is not None:
            self.stated, no_amount = given.cents(named.stated_argument, named.stated)
        self.status, no_status = self._status()
        self.refused = pa.concat_tables([no_client, no_closing, no_due, no_amount, no_status])
        key = [self.client]
        self.account: pa.Array | None = None
        if named.account_id is not None:
            self.account, no_account = given.ids("account_id", named.account_id, "contract_id")
            self.refused = pa.concat_tables([self.refused, no_account])
            key.append(self.account)
        coded = joined(*key).dictionary_encode()
        self.accounts = coded.dictionary
        self.code: I64 = coded.indices.to_numpy().astype(np.int64)
        self.ids = joined(*key, date_array(self.closing))
        self._sort()

    def _due(self) -> tuple[I32, pa.Table]:
        named, none = self.named, self.closing == NONE
        term = np.where(none, NONE, self.closing.astype(np.int64) + (named.term_days or 0)).astype(np.int32)
        if named.due_date is None:
            return term, NOTHING_REFUSED
        due, refused = self.given.days("due_date", named.due_date, "due_date")
        if named.term_days is not None:
            unread = np.isin(np.arange(len(due)), refused["row"].to_numpy())
            due = np.where((due == NONE) & ~unread, term, due)
        return due, refused

    def _status(self) -> tuple[I32, pa.Table]:
        column = self.named.status
        if column is None:
            return np.full(self.given.rows, -1, np.int32), NOTHING_REFUSED
        cells = self.given.read("status", column, "number")
        values = cells.values.to_numpy(zero_copy_only=False)
        months = np.where(np.isnan(values), -1, np.clip(np.nan_to_num(values), 0, 9999)).astype(np.int32)
        return months, self.given.refused(cells, "status", column, "number", column)

    def _sort(self) -> None:
        """Usable rows, each account's in order of closing; of two with the same closing the first row counts."""
        good = self.client.is_valid().to_numpy(zero_copy_only=False) & (self.closing != NONE) & (self.due != NONE)
        good[self.refused["row"].to_numpy()] = False
        rows = np.flatnonzero(good)
        rows = rows[np.lexsort((self.closing[rows], self.code[rows]))]
        code, closing = self.code[rows], self.closing[rows]
        double = np.zeros(len(rows), bool)
        double[1:] = (code[1:] == code[:-1]) & (closing[1:] == closing[:-1])
        first = np.maximum.accumulate(np.where(double, 0, np.arange(len(rows))))
        self.doubles, self.first_of_doubles = rows[double], rows[first][double]
        self.rows = rows[~double]
        self.start = np.searchsorted(self.code[self.rows], np.arange(len(self.accounts) + 1)).astype(np.int64)
        self.place = np.full(self.given.rows, -1)
        self.place[self.rows] = np.arange(len(self.rows))

    def obligations(self) -> Obligations:
        """The usable rows for the pass over accounts."""
        at = self.rows
        return Obligations(self.start, self.closing[at], month_of(self.closing[at]), self.stated[at], self.status[at])

    def neighbours(self) -> tuple[I64, I64]:
        """By usable row, the statement before and the one after of the same account; -1 where there is none."""
        n, code = np.arange(len(self.rows)), self.code[self.rows]
        same = np.append(code[1:] == code[:-1], False)[: len(n)]
        return np.where(np.roll(same, 1), n - 1, -1), np.where(same, n + 1, -1)

    def falls_due(self) -> I32:
        """By usable row, the due date in the month that its closing ends, on which undated facts of that month lie."""
        before, _ = self.neighbours()
        due, closing = self.due[self.rows], self.closing[self.rows]
        return np.asarray(np.where(before >= 0, np.minimum(due[before], closing), closing), np.int32)


def invoices_of(s: Statements, course: Course, currency: str) -> Admitted:
    """A row a statement that asks for something, then what a status alone tells of; problems by rows of the panel."""
    cents = s.stated.copy()
    cents[s.rows] = course.amount
    first = cents[s.first_of_doubles]  # a double is told to the door as one, with the amount that its first row has
    alike = (s.stated[s.doubles] == s.stated[s.first_of_doubles]) | (first == NOTHING)
    cents[s.doubles] = np.where(alike, first, s.stated[s.doubles])
    asks = np.ones(len(cents), bool)
    asks[s.rows] = course.amount != NOTHING
    asks[s.doubles] = first != NOTHING
    whole = {
        "client_id": s.client,
        "invoice_id": s.ids,
        "issue_date": date_array(s.closing),
        "due_date": date_array(s.due),
        "amount": amount_array(np.where(cents == NOTHING, 0, cents)),
    }
    if s.account is not None:
        whole["contract_id"] = s.account
    whole |= s.given.further(s.named.further, _MADE)
    rows = np.flatnonzero(asks)
    parts, sources = [pa.table(whole).take(pa.array(rows))], [rows]
    for table, source in _told_by_status(s, course):
        parts.append(table)
        sources.append(source)
    one = admit(
        INVOICES,
        pa.concat_tables(parts, promote_options="permissive"),
        timezone=s.given.timezone,
        rejected=moved(s.refused, rows, len(cents)),
        currency=currency,
    )
    notes = {"statements_asking_nothing": int(len(asks) - len(rows))}
    return with_source_rows(one, np.concatenate(sources), notes)


def _told_by_status(s: Statements, course: Course) -> list[tuple[pa.Table, I64]]:
    """Ends of statements of unknown amount, obligations before or beside the panel's, and their ends."""
    if s.named.status is None:
        return []
    row, closing, falls = s.rows, s.closing[s.rows], s.falls_due()
    ended = np.flatnonzero(course.closed_by >= 0)
    by = course.closed_by[ended]
    ends = _rows(s, row[ended], s.ids.take(pa.array(row[ended])), s.closing[row[ended]], s.due[row[ended]], closing[by])
    out = [(ends.append_column("paid_date", date_array(falls[by])), row[by])]
    at, back = course.seen_at, course.seen_back.astype(np.int32)
    issue, due = months_later(closing[at], -back), months_later(s.due[row[at]], -back)
    key = s.accounts.take(pa.array(s.code[row[at]]))
    ids = joined(key, date_array(issue), date_array(closing[at]))  # the day it was seen keeps two of a month apart
    out.append((_rows(s, row[at], ids, issue, due, closing[at]), row[at]))
    over = np.flatnonzero(course.seen_closed >= 0)
    by = course.seen_closed[over]
    ends = _rows(s, row[at[over]], ids.take(pa.array(over)), issue[over], due[over], closing[by])
    out.append((ends.append_column("paid_date", date_array(falls[by])), row[by]))
    return out


def _rows(s: Statements, rows: I64, ids: pa.Array, issue: I32, due: I32, known_on: I32) -> pa.Table:
    dates = {"issue_date": issue, "due_date": due, "known_on": known_on}
    columns = {"client_id": s.client.take(pa.array(rows)), "invoice_id": ids}
    columns |= {name: date_array(days) for name, days in dates.items()}
    if s.account is not None:
        columns["contract_id"] = s.account.take(pa.array(rows))
    return pa.table(columns)


def clients_of(s: Statements) -> Admitted | None:
    """A row a client for its first statement, and for each later one by which something about it changes."""
    named, given = s.named, s.given
    columns = {name: given.raw("attributes", name) for name in named.attributes}
    if named.credit_limit is not None:
        columns["credit_limit"] = given.raw("credit_limit", named.credit_limit)
    if not columns:
        return None
    client = s.client.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    rows = s.rows[np.lexsort((s.closing[s.rows], client[s.rows]))]
    changed = np.ones(len(rows), bool)
    changed[1:] = client[rows][1:] != client[rows][:-1]
    for column in columns.values():
        code = column.combine_chunks().dictionary_encode(null_encoding="encode").indices.to_numpy()[rows]
        changed[1:] |= code[1:] != code[:-1]
    rows = rows[changed]
    at = pa.array(rows)
    table = {"client_id": s.client.take(at), "known_on": date_array(s.closing[rows])}
    table |= {name: column.take(at) for name, column in columns.items()}
    return with_source_rows(admit(CLIENTS, pa.table(table), timezone=given.timezone), rows)
