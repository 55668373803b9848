"""A repayment schedule, one row an instalment, becomes a ledger: each instalment an invoice known from disbursement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.adapters.amortising import amortisation, schedule_from_contracts
from inadimplencia_ml.ledger.adapters.months import months_later
from inadimplencia_ml.ledger.adapters.named_columns import (
    NOTHING_REFUSED,
    UNKNOWN,
    Given,
    amount_array,
    date_array,
    joined,
    with_source_rows,
)
from inadimplencia_ml.ledger.adapters.oldest_first import Obligations, run_accounts
from inadimplencia_ml.ledger.adapters.statement_payments import Paid, applied, paid_rows
from inadimplencia_ml.ledger.codes import NONE
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.tables import INVOICES, PAYMENTS

__all__ = ["amortisation", "ledger_from_schedule", "schedule_from_contracts"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
_MADE = {"client_id", "invoice_id", "contract_id", "installment", "installments", "issue_date", "due_date", "amount"}
_MADE |= {"paid_date", "paid_amount", "known_on"}


def ledger_from_schedule(
    schedule: Any,
    *,
    contract_id: str = "contract_id",
    client_id: str = "client_id",
    installment: str = "installment",
    due_date: str = "due_date",
    amount: str = "amount",
    issue_date: str | None = None,
    installments: str | None = None,
    paid_date: str | None = None,
    paid_amount: str | None = None,
    payments: Any = None,
    columns: Mapping[str, str] | None = None,
    calendar: Any = "BR",
    timezone: str = "America/Sao_Paulo",
    currency: str = "BRL",
    known_until: dt.date | str | None = None,
) -> Ledger:
    """A ledger of a repayment schedule, one row an instalment.

    Each instalment is an invoice with the id ``<contract>:<instalment>``. It is known from ``issue_date``, the day of
    disbursement: from then on the client owes all of them. Where there is no such column, or no date in it, that is
    taken to be a month before the contract's first due date.

    Payments stand in the schedule (``paid_date``, ``paid_amount``: one an instalment; no amount means all of it), or in
    a table of their own, any number of them. A payment that names its instalment settles that one; one that names only
    the contract settles the oldest open instalments, what is too much lies on the last one. A payment of an unknown
    contract is kept on account.

    Parameters
    ----------
    schedule : table
        pandas, Polars or Arrow; never changed. The other arguments name its columns. From contracts alone:
        `schedule_from_contracts`.
    contract_id, client_id, installment, due_date, amount : str
    issue_date : str, optional
        Day of disbursement.
    installments : str, optional
        Number of instalments of the contract.
    paid_date, paid_amount : str, optional
        When and how much was paid; with ``payments``, columns of that table (by default payment_date and amount).
    payments : table, optional
        Payments: the contract, if it has that column the instalment, the day and the amount.
    columns : mapping, optional
        Further columns of invoices: ledger column → column of the schedule.
    calendar, timezone, currency, known_until
        As for `Ledger`.

    Raises
    ------
    LedgerError
        A column is missing, or a table is none.
    CallError
        Arguments do not fit each other.

    Examples
    --------
    >>> import pandas as pd
    >>> contracts = pd.DataFrame({"contract_id": ["K1"], "client_id": ["C1"], "issue_date": ["2025-01-10"],
    ...                           "principal": [900.0], "rate_month": [0.0], "installments": [3]})
    >>> paid = pd.DataFrame({"contract_id": ["K1"], "payment_date": ["2025-02-10"], "amount": [400.0]})
    >>> ledger = ledger_from_schedule(schedule_from_contracts(contracts), issue_date="issue_date", payments=paid)
    >>> ledger.frame("payments")[["invoice_id", "amount"]].to_numpy().tolist()
    [['K1:1', 300.0], ['K1:2', 100.0]]
    """
    if payments is None and paid_amount is not None and paid_date is None:
        raise CallError("paid_amount= is given without paid_date=: a payment needs its day")
    plan = _Plan(Given(schedule, "schedule", timezone), contract_id, installment, due_date, amount, issue_date)
    told = {"client_id": client_id, "installments": installments}
    if payments is None:
        told |= {"paid_date": paid_date, "paid_amount": paid_amount}
    admitted = {"invoices": plan.invoices(told, columns, currency)}
    if payments is not None:
        table = Given(payments, "payments", timezone)
        admitted["payments"] = plan.payments(table, contract_id, installment, paid_amount, paid_date)
    return Ledger.from_admitted(
        admitted, calendar=calendar, timezone=timezone, currency=currency, known_until=known_until
    )


class _Plan:
    """The rows of a schedule as arrays, in their order."""

    def __init__(
        self, given: Given, contract_id: str, installment: str, due_date: str, amount: str, issue_date: str | None
    ) -> None:
        self.given = given
        self.contract, no_contract = given.ids("contract_id", contract_id, "contract_id")
        self.number, no_number = _numbers(given, installment)
        self.due, no_due = given.days("due_date", due_date, "due_date")
        self.cents, no_amount = given.cents("amount", amount)
        coded = self.contract.dictionary_encode()
        self.contracts = coded.dictionary
        self.code: I64 = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        issued, no_issue = np.full(given.rows, NONE, np.int32), NOTHING_REFUSED
        if issue_date is not None:
            issued, no_issue = given.days("issue_date", issue_date, "issue_date")
        self.issue = self._issued(issued, no_issue)
        self.ids = _ids(self.contract, self.number)
        self.refused = pa.concat_tables([no_contract, no_number, no_due, no_amount, no_issue])
        self._sort()

    def _issued(self, issued: I32, unread: pa.Table) -> I32:
        """Where disbursement is not told: a month before the contract's first due date."""
        if not len(self.contracts):
            return issued
        first = np.full(len(self.contracts), np.iinfo(np.int32).max, np.int32)
        has = np.flatnonzero((self.code >= 0) & (self.due != NONE))
        np.minimum.at(first, self.code[has], self.due[has])
        missing = np.zeros(len(issued), bool)
        missing[has] = issued[has] == NONE
        missing[unread["row"].to_numpy()] = False
        before = months_later(np.where(missing, first[self.code], 0).astype(np.int32), -1)
        return np.where(missing, before, issued).astype(np.int32)

    def _sort(self) -> None:
        """Usable rows by contract, due date and number; of two of one number the first row counts."""
        good = (self.code >= 0) & (self.due != NONE) & self.ids.is_valid().to_numpy(zero_copy_only=False)
        good[self.refused["row"].to_numpy()] = False
        good &= (self.cents >= 0) | (self.cents == UNKNOWN)
        rows = np.flatnonzero(good)
        named = self.ids.take(pa.array(rows)).dictionary_encode().indices.to_numpy()
        rows = rows[np.sort(np.unique(named, return_index=True)[1])]
        number = self.number.fill_null(0).to_numpy(zero_copy_only=False)
        self.rows = rows[np.lexsort((number[rows], self.due[rows], self.code[rows]))]

    def invoices(self, told: Mapping[str, str | None], further: Mapping[str, str] | None, currency: str) -> Admitted:
        """One row an instalment."""
        table = {
            "invoice_id": self.ids,
            "issue_date": date_array(self.issue),
            "due_date": date_array(self.due),
            "amount": amount_array(self.cents),
            "contract_id": self.contract,
            "installment": self.number,
        }
        table |= {ours: self.given.raw(ours, theirs) for ours, theirs in told.items() if theirs is not None}
        table |= self.given.further(further, _MADE)
        return admit(INVOICES, pa.table(table), timezone=self.given.timezone, rejected=self.refused, currency=currency)

    def payments(
        self, given: Given, contract_id: str, installment: str, amount: str | None, day: str | None
    ) -> Admitted:
        """Payments as they were applied."""
        contract, no_contract = given.ids("contract_id", contract_id, "invoice_id")
        code = pc.fill_null(pc.index_in(contract.cast(pa.string()), value_set=self.contracts.cast(pa.string())), -1)
        ids, no_number = contract.cast(pa.string()), NOTHING_REFUSED
        own = np.full(given.rows, -1)
        if installment in given.columns:
            number, no_number = _numbers(given, installment)
            named = _ids(contract, number)
            place = pc.index_in(named, value_set=self.ids.take(pa.array(self.rows)), skip_nulls=True)
            own = pc.fill_null(place, -1).to_numpy(zero_copy_only=False).astype(np.int64)
            ids = pc.coalesce(named, ids)
            code = pc.if_else(pc.and_(named.is_valid(), pc.equal(pa.array(own), -1)), pa.scalar(-1, pa.int32()), code)
        owner = np.where(contract.is_valid(), code.to_numpy(zero_copy_only=False), -1).astype(np.int64)
        paid = paid_rows(given, amount, day, ids, owner, own, [no_contract, no_number])
        table, sources, refused = self._applied(paid)
        return with_source_rows(admit(PAYMENTS, table, timezone=given.timezone, rejected=refused), sources)

    def _applied(self, paid: Paid) -> tuple[pa.Table, I64, pa.Table]:
        at = self.rows
        start = np.searchsorted(self.code[at], np.arange(len(self.contracts) + 1)).astype(np.int64)
        early = np.full(len(at), np.iinfo(np.int32).min, np.int32)  # all are owed before the first payment comes
        none = np.full(len(at), -1, np.int32)
        money, used = paid.money(len(self.contracts))
        course = run_accounts(Obligations(start, early, early, self.cents[at], none), money, carries=False)
        ids = self.ids.take(pa.array(at))
        table, sources, refused = applied(course, paid, used, ids)
        # a payment of no known instalment keeps the name it came with: that of no invoice, so it is on account
        own = pc.coalesce(table["invoice_id"], table["client_id"])
        return table.drop_columns(["client_id"]).set_column(0, "invoice_id", own), sources, refused


def _numbers(given: Given, column: str) -> tuple[pa.Array, pa.Table]:
    cells = given.read("installment", column, "count")
    return cells.values, given.refused(cells, "installment", column, "count", "installment")


def _ids(contract: pa.Array, number: pa.Array) -> pa.Array:
    """``<contract>:<instalment>``; null where either is missing."""
    both = pc.and_(contract.is_valid(), number.is_valid())
    return pc.if_else(both, joined(contract, number), pa.scalar(None, pa.string()))
