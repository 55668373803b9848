"""A statement panel, one row a client a month, becomes a ledger: each statement an invoice, each payment a payment.

A card statement is no invoice as a trader writes one: what is left unpaid comes again in the next statement. Whoever
makes each balance an invoice counts the same debt every month. Here each obligation is counted once, on the statement
that first asked for it, and payments settle the oldest open one first. `docs/adapters.md` tells the readings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.ledger.adapters.named_columns import Given, one_of
from inadimplencia_ml.ledger.adapters.oldest_first import run_accounts
from inadimplencia_ml.ledger.adapters.statement_payments import Paid, paid_apart, paid_in_panel, payments_of_statements
from inadimplencia_ml.ledger.adapters.statements import StatementColumns, Statements, clients_of, invoices_of
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.door import Admitted
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.tables.same_kind import same_kind

__all__ = ["ledger_from_statements", "statements_from_wide"]

OBLIGATIONS = ("minimum", "new_charges", "balance")
PAID = ("after_closing", "before_closing")


def ledger_from_statements(
    panel: Any,
    *,
    client_id: str = "client_id",
    statement_date: str = "statement_date",
    due_date: str | None = None,
    term_days: int | None = None,
    amount: str | None = None,
    minimum: str | None = None,
    status: str | None = None,
    paid_amount: str | None = None,
    payment_date: str | None = None,
    payments: Any = None,
    paid: Literal["after_closing", "before_closing"] = "after_closing",
    obligation: Literal["minimum", "new_charges", "balance"] | None = None,
    minimum_has_arrears: bool = True,
    account_id: str | None = None,
    credit_limit: str | None = None,
    attributes: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    calendar: Any = "BR",
    timezone: str = "America/Sao_Paulo",
    currency: str = "BRL",
    known_until: dt.date | str | None = None,
) -> Ledger:
    """A ledger of a panel of statements, one row a client (or account) and closing date.

    What a statement asks for is an invoice, known on its closing date, with the id ``<client>:<closing date>``
    (``<client>:<account>:<closing date>`` with accounts). A statement that asks for nothing new (balance zero, in
    credit, or all of it asked for before) is no invoice; `ledger.notes` counts them.

    ``obligation`` says what it asks for:

    * ``minimum``: the minimum payment. A client who pays it is not in arrears, whatever rest revolves.
    * ``new_charges``: the balance less what is still open of earlier statements, never below zero. The open amount at
      each closing is then the balance. Without a minimum a client who revolves looks late: give a ``status`` if the
      panel has one.
    * ``balance``: the whole amount. Right only where a rest does *not* come again in the next statement.

    The default is ``minimum`` if that column is given, else ``new_charges``. The first two count nothing twice: where a
    statement asks for less than was open, the difference is a payment of kind credit_note.

    Payments settle the oldest open statement closed by then; what is too much lies on the newest. With ``balance`` and
    ``paid="after_closing"`` each settles the statement in whose row it stands.

    ``status`` (months past due at the closing, zero or less: none) has the last word on lateness: k says that what fell
    due k months back is unpaid and everything older is settled. What is settled though no money was seen for it was
    carried over: a credit_note. What is past due though it was settled, or lies before the panel, becomes an invoice of
    unknown amount, known from that closing.

    Parameters
    ----------
    panel : table
        pandas, Polars or Arrow; never changed. The other arguments name its columns.
    client_id, statement_date : str
        The client, and the closing date of the statement.
    due_date : str, optional
        Due date; it is to lie before the next closing.
    term_days : int, optional
        Days from closing to due date where there is no due date.
    amount, minimum : str, optional
        Balance and minimum payment. One of these or ``status`` is needed.
    status : str, optional
        Months past due at the closing, up to 60.
    paid_amount, payment_date : str, optional
        What was paid, and when. A payment without a date counts as made on the due date of its month, and is known on
        the closing date that ends the month (at the latest a month after its own statement closed).
    payments : table, optional
        Payments of their own; client_id, account_id, payment_date and paid_amount then name columns of this table.
    paid : {"after_closing", "before_closing"}
        Whether a row holds what was paid on its statement, or what was paid in the month that its closing ends.
    minimum_has_arrears : bool
        Whether the minimum contains what was left unpaid of earlier ones.
    account_id : str, optional
        Cards or accounts that revolve apart.
    credit_limit : str, optional
        Goes to clients.credit_limit, known from the closing date on which it changes.
    attributes : sequence of str
        Columns that go to the clients table under their names, in the same way.
    columns : mapping, optional
        Further columns of invoices: ledger column → column of the panel.
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
    >>> panel = pd.DataFrame({
    ...     "client_id": "C1", "statement_date": ["2025-01-05", "2025-02-05", "2025-03-05"],
    ...     "due_date": ["2025-01-15", "2025-02-17", "2025-03-17"], "amount": [1000.0, 900.0, 1050.0],
    ...     "minimum": [150.0, 135.0, 270.0], "paid": [400.0, None, None], "paid_on": ["2025-01-15", None, None]})
    >>> ledger = ledger_from_statements(panel, due_date="due_date", amount="amount", minimum="minimum",
    ...                                 paid_amount="paid", payment_date="paid_on")
    >>> ledger.frame("invoices")[["invoice_id", "amount"]].to_numpy().tolist()
    [['C1:2025-01-05', 150.0], ['C1:2025-02-05', 135.0], ['C1:2025-03-05', 135.0]]
    """
    obligation = obligation or ("minimum" if minimum is not None else "new_charges")
    one_of("obligation", obligation, OBLIGATIONS)
    one_of("paid", paid, PAID)
    stated = minimum if obligation == "minimum" else amount
    if stated is None and not (status is not None and obligation == "new_charges"):
        needed = "minimum" if obligation == "minimum" else "amount"
        raise CallError(f"obligation={obligation!r} needs {needed}=; or give status= alone")
    if due_date is None and term_days is None:
        raise CallError("give due_date=, or term_days= from closing to due date")
    if payments is None and payment_date is not None and paid_amount is None:
        raise CallError("payment_date= is given without paid_amount=")
    if account_id is not None and credit_limit is not None:
        raise CallError("credit_limit= is one a client: with account_id= put the sum of its accounts into attributes")
    named = StatementColumns(
        client_id=client_id,
        statement_date=statement_date,
        due_date=due_date,
        term_days=term_days,
        stated=stated,
        stated_argument="minimum" if obligation == "minimum" else "amount",
        status=status,
        account_id=account_id,
        paid_amount=paid_amount,
        payment_date=payment_date,
        paid_before=paid == "before_closing",
        own=obligation == "balance" and paid == "after_closing" and payments is None,
        carries=obligation == "new_charges" or (obligation == "minimum" and minimum_has_arrears),
        credit_limit=credit_limit,
        attributes=tuple(attributes),
        further=dict(columns or {}),
    )
    statements = Statements(Given(panel, "panel", timezone), named)
    received = (
        paid_in_panel(statements) if payments is None else paid_apart(statements, Given(payments, "payments", timezone))
    )
    admitted = _admitted(statements, received, currency)
    return Ledger.from_admitted(
        admitted, calendar=calendar, timezone=timezone, currency=currency, known_until=known_until
    )


def _admitted(s: Statements, paid: Paid | None, currency: str) -> dict[str, Admitted]:
    money, used = (Paid.nothing() if paid is None else paid).money(len(s.accounts))
    course = run_accounts(s.obligations(), money, carries=s.named.carries)
    out = {"invoices": invoices_of(s, course, currency)}
    if paid is not None or (course.piece_payment < 0).any():
        out["payments"] = payments_of_statements(s, course, paid, used)
    clients = clients_of(s)
    return out if clients is None else out | {"clients": clients}


@same_kind("frame")
def statements_from_wide(
    frame: Any,
    *,
    statement_dates: Sequence[dt.date | str],
    columns: Mapping[str, Sequence[str | None]],
    client_id: str = "client_id",
    keep: Sequence[str] = (),
) -> pd.DataFrame:
    """A panel in long form, one row a client and closing date, from one row a client with a column a month.

    Parameters
    ----------
    frame : table
        pandas, Polars or Arrow, one row a client.
    statement_dates : sequence of dates
        The closing dates, in the order in which ``columns`` names the months. Only months known: their last days.
    columns : mapping
        New column → its columns in ``frame``, one a closing date; None where a month has none.
    client_id : str
        Kept under its name.
    keep : sequence of str
        Further columns repeated in each month. They are told as known from the first closing on.

    Returns
    -------
    DataFrame with client_id, statement_date, the new columns and those kept; a client's months in order of time.

    Raises
    ------
    LedgerError
        A column is missing, or the columns of months differ in kind.
    CallError
        A list is not as long as ``statement_dates``, or a date comes twice.

    Examples
    --------
    >>> wide = pd.DataFrame({"ID": [1], "BILL_AMT1": [3913], "BILL_AMT2": [3102]})
    >>> statements_from_wide(wide, client_id="ID", statement_dates=["2005-09-30", "2005-08-31"],
    ...                      columns={"balance": ["BILL_AMT1", "BILL_AMT2"]})
       ID statement_date  balance
    0   1     2005-08-31     3102
    1   1     2005-09-30     3913
    """
    given = Given(frame, "frame", "America/Sao_Paulo")
    dates = [to_date(date, "statement_dates") for date in statement_dates]
    if len(set(dates)) < len(dates) or not dates:
        raise CallError("statement_dates: each closing date may come once, and at least one is needed")
    for name, names in columns.items():
        if isinstance(names, str) or len(names) != len(dates):
            raise CallError(f"columns: {name!r} has {len(names)} columns for {len(dates)} statement_dates")
    order = sorted(range(len(dates)), key=dates.__getitem__)
    rows = np.arange(len(dates) * given.rows).reshape(len(dates), given.rows).T.ravel()
    client = np.repeat(np.arange(given.rows), len(dates))
    long = {client_id: given.raw("client_id", client_id).take(pa.array(client))}
    long["statement_date"] = pa.array([dates[k] for k in order] * given.rows, pa.date32())
    for name, names in columns.items():
        months = [_month(given, names[k]) for k in order]
        long[name] = _stacked(name, months).take(pa.array(rows))
    for name in keep:
        long[name] = given.raw("keep", name).take(pa.array(client))
    panel: pd.DataFrame = pa.table(long).to_pandas(date_as_object=False)
    return panel


def _month(given: Given, column: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(given.rows)]) if column is None else given.raw("columns", column)


def _stacked(name: str, months: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Columns one after another, whole and decimal numbers as decimal numbers."""
    try:
        tables = [pa.table({"months": month}) for month in months]
        return pa.concat_tables(tables, promote_options="permissive")["months"].combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        kinds = sorted({str(month.type) for month in months})
        raise LedgerError(f"columns: the months of {name!r} differ in kind: {', '.join(kinds)}") from None
