"""What `check` says of a ledger: what is missing, impossible, stale, or cannot be protected from leaks.

Findings are data: level, table, code, count, sum of money where it matters, and one sentence. Only an error makes the
command fail: a ledger from which nothing can be learnt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import did_you_mean
from inadimplencia_ml.ledger.cells import Rows, where
from inadimplencia_ml.ledger.findings import REASONS
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.matching import Matched, match_payments
from inadimplencia_ml.tables import LEDGER_TABLES

__all__ = ["Finding", "Report", "check"]

Level = Literal["error", "warning", "info"]
_LEVELS: tuple[Level, ...] = ("error", "warning", "info")
STALE_DAYS = 31  # a book without any new invoice or payment for a month is not the book of that day


@dataclass(frozen=True)
class Finding:
    """One thing found; ``amount`` is in the ledger's currency, None where no sum says anything."""

    level: Level
    table: str
    code: str
    count: int
    sentence: str
    amount: float | None = None


@dataclass(frozen=True)
class Report:
    """All findings, errors first."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether the ledger can be used: no finding is an error."""
        return all(finding.level != "error" for finding in self.findings)

    def frame(self) -> pd.DataFrame:
        """The findings as a table: level, table, code, count, amount, sentence."""
        columns = ["level", "table", "code", "count", "amount", "sentence"]
        return pd.DataFrame([vars(finding) for finding in self.findings], columns=columns)

    def __str__(self) -> str:
        if not self.findings:
            return "Nothing found."
        return "\n".join(_line(finding) for finding in self.findings)


def _line(finding: Finding) -> str:
    amount = "" if finding.amount is None else f"{finding.amount:,.2f}"
    numbers = f"{finding.count:>9,} {amount:>16}"
    return f"{finding.level:<8}{finding.table:<18}{finding.code:<24}{numbers}  {finding.sentence}"


def check(ledger: Ledger) -> Report:
    """Looks a ledger over.

    Parameters
    ----------
    ledger
        A whole ledger, not one cut by ``known_at``.

    Examples
    --------
    >>> import pandas as pd
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "issue_date": ["2025-01-20"],
    ...                               "due_date": ["2025-02-20"], "amount": [10.0]}))
    >>> report = check(ledger)
    >>> report.ok, [f.code for f in report.findings if f.level == "error"]
    (False, ['no_due_invoice'])
    """
    found = [
        *_unusable(ledger),
        *_outcomes(ledger),
        *_payments(ledger),
        *_clients(ledger),
        *_stale(ledger),
        *_unprotected(ledger),
        *_notes(ledger),
    ]
    return Report(tuple(sorted(found, key=lambda finding: _LEVELS.index(finding.level))))


def _unusable(ledger: Ledger) -> Iterator[Finding]:
    invoices = ledger.tables["invoices"]
    if not invoices.num_rows:
        yield Finding("error", "invoices", "no_invoices", 0, "The ledger holds no invoice.")
        return
    due = where(pc.less_equal(invoices["due_date"], pa.scalar(ledger.known_until)))
    if not len(due):
        yield Finding(
            "error",
            "invoices",
            "no_due_invoice",
            invoices.num_rows,
            f"No invoice fell due by {ledger.known_until}: nothing can be learnt of lateness.",
        )


def _outcomes(ledger: Ledger) -> Iterator[Finding]:
    """Rows that did not pass the door plainly: whole tables first, then code by code."""
    for table, counts in _counts(ledger).items():
        rejected, rows = counts["rejected"], counts["rows"]
        if rejected * 2 > rows:
            sentence = f"{rejected:,} of {rows:,} rows were rejected: the mapping or the file is wrong."
            yield Finding("error", table, "mostly_rejected", rejected, sentence)
    problems = ledger.problems
    if not len(problems):
        return
    missing = problems["column"].isna()
    per_row = problems.assign(column=problems["column"].mask(missing, "")).drop_duplicates(["table", "row", "code"])
    groups: Any = per_row.groupby(["outcome", "table", "code"], sort=True)
    for (outcome, table, code), rows in groups:
        level: Level = "info" if code == "duplicate_same" or code.endswith("placeholder") else "warning"
        columns = ", ".join(sorted(set(rows["column"]) - {""}))
        reason = str(rows["reason"].iloc[0]) if rows["reason"].nunique() == 1 else _general(code)
        said = f"{outcome}{f', column {columns}' if columns else ''}: {reason}."
        yield Finding(level, table, code, len(rows), said, _sum_of(ledger, table, rows["row"].to_numpy(), outcome))


def _counts(ledger: Ledger) -> dict[str, dict[str, int]]:
    rows: Any = ledger.counts.to_dict("records")
    return {str(row["table"]): {k: int(v) for k, v in row.items() if k != "table"} for row in rows}


def _general(code: str) -> str:
    words = {"column": "value", "date": "", "kind": "what the column holds", "choices": "the known values"}
    return " ".join(REASONS[code].format(**words).split())


def _sum_of(ledger: Ledger, table: str, rows: Rows, outcome: str) -> float | None:
    """The amounts of flagged rows: their place in the table is their input row less the rows dropped before it."""
    kept, counts = ledger.tables.get(table), _counts(ledger)
    if outcome != "flagged" or kept is None or "amount" not in kept.column_names:
        return None
    if kept.num_rows != counts[table]["accepted"] + counts[table]["flagged"]:
        return None  # a ledger cut by known_at: its rows are no longer those of the door
    problems = ledger.problems
    gone = problems[(problems["table"] == table) & problems["outcome"].isin(["rejected", "duplicate"])]["row"]
    place = rows - np.searchsorted(np.unique(gone.to_numpy()), rows)
    amounts = kept["amount"].take(pa.array(place))
    return _total(amounts) if amounts.null_count < len(amounts) else None


def _total(amounts: pa.ChunkedArray | pa.Array) -> float:
    cents = pc.sum(pc.cast(pc.round(pc.multiply(amounts, 100.0)), pa.int64())).as_py()
    return float(cents or 0) / 100


def _payments(ledger: Ledger) -> Iterator[Finding]:
    if "payments" in ledger.tables:
        payments, matched = ledger.tables["payments"], match_payments(ledger)
        for code, at, sentence in _payment_facts(matched):
            if len(at):
                amount = _total(payments["amount"].take(pa.array(at)))
                yield Finding("warning", "payments", code, len(at), sentence, amount)
    doubles = ledger.books.doubles if ledger.tables["invoices"].num_rows else 0
    if doubles:
        yield Finding(
            "info", "payments", "shorthand_double", doubles, "Payments that repeat an invoice's paid_date: dropped."
        )
    if ledger.tables["invoices"].num_rows:
        yield from _overpaid(ledger)
        if not ledger.books.payments.settles.any():
            sentence = (
                "No invoice was ever paid, so each counts as late once it is due. Are payments in another file (import "
                "all together), or in columns that are not mapped (paid_date, paid_amount)?"
            )
            yield Finding("warning", "invoices", "never_paid", ledger.tables["invoices"].num_rows, sentence)


def _payment_facts(matched: Matched) -> Iterator[tuple[str, Rows, str]]:
    yield "on_account", matched.without, "Payments that name no invoice: on account, in no feature."
    yield (
        "unknown_invoice",
        matched.unknown,
        "Payments of an invoice that is not in the ledger: on account, in no feature.",
    )
    yield (
        "paid_before_issue",
        matched.before_issue,
        "Payments dated before their invoice was issued: taken as advances.",
    )
    yield "after_observed_until", matched.after_observed, "Payments after the last day on which they are recorded."
    yield (
        "after_cancellation",
        matched.after_cancelled,
        "Payments after their invoice was cancelled: they settle nothing.",
    )


def _overpaid(ledger: Ledger) -> Iterator[Finding]:
    """Invoices whose settling payments, as known at the end, exceed the amount by more than a cent."""
    versions, payments = ledger.books.versions, ledger.books.payments
    last = ledger.books.versions.until == versions.until.max(initial=0)
    counted = np.where(payments.until > np.int64(_day(ledger.known_until)), payments.cents, 0)
    running = np.concatenate([[0], np.cumsum(np.where(payments.settles, counted, 0))])
    paid = running[versions.pay_stop] - running[versions.pay_start]
    excess = paid - versions.cents
    over = (
        last
        & (versions.cents >= 0)
        & (excess > 1)
        & ~(versions.void & (versions.closed_known <= _day(ledger.known_until)))
    )
    if over.any():
        sentence = "Invoices paid above their amount: the excess is kept apart."
        yield Finding("warning", "invoices", "overpaid", int(over.sum()), sentence, float(excess[over].sum()) / 100)


def _day(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days


def _clients(ledger: Ledger) -> Iterator[Finding]:
    clients, owners = ledger.tables.get("clients"), pc.unique(ledger.tables["invoices"]["client_id"])
    if clients is not None:
        ids = pc.unique(clients["client_id"])
        idle = _count(pc.invert(pc.is_in(ids, value_set=owners)))
        if idle:
            yield Finding(
                "info", "clients", "no_invoice", idle, "Clients without an invoice: they get a row, but no score."
            )
        stranger = _count(pc.invert(pc.is_in(owners, value_set=ids)))
        if stranger:
            yield Finding(
                "warning", "clients", "unknown_client", stranger, "Clients with invoices, but not in the clients table."
            )
        columns = [name for name in ("client_id", "known_on") if name in clients.column_names]
        twice = int(clients.select(columns).to_pandas().duplicated().sum())
        if twice:
            yield Finding(
                "warning",
                "clients",
                "said_twice",
                twice,
                "Rows of a client known on the same day: the last one counts.",
            )
    for name, table in ledger.attributes.items():
        unknown = _count(pc.invert(pc.is_in(pc.unique(table["client_id"]), value_set=owners)))
        if unknown:
            yield Finding(
                "info", f"attributes/{name}", "no_invoice", unknown, "Clients with attributes, but without an invoice."
            )


def _count(condition: pa.Array | pa.ChunkedArray) -> int:
    return int(pc.sum(condition).as_py() or 0)


def _stale(ledger: Ledger) -> Iterator[Finding]:
    invoices = ledger.tables["invoices"]
    if not invoices.num_rows:
        return
    for table, column, what in (("invoices", "issue_date", "invoice"), ("payments", "payment_date", "payment")):
        dates = ledger.tables[table][column] if table in ledger.tables else None
        if dates is None or not len(dates):
            continue
        last = pc.max(dates).as_py()
        idle = (ledger.known_until - last).days
        if idle > STALE_DAYS:
            yield Finding(
                "warning",
                table,
                "stale",
                idle,
                f"The last {what} is of {last}, {idle} days before {ledger.known_until}.",
            )
        future = _count(pc.greater(dates, pa.scalar(ledger.known_until)))
        if future:
            yield Finding("warning", table, "after_known_until", future, f"Rows dated after {ledger.known_until}.")
        empty = _empty_months(dates)
        if len(empty):
            named = ", ".join(empty[:6]) + (", ..." if len(empty) > 6 else "")
            yield Finding("warning", table, "empty_months", len(empty), f"Months without any {what}: {named}.")


def _empty_months(dates: pa.ChunkedArray) -> list[str]:
    months = np.unique(dates.to_numpy().astype("datetime64[M]"))
    whole: npt.NDArray[np.datetime64] = np.arange(months[0], months[-1] + np.timedelta64(1, "M"))
    return [str(month) for month in np.setdiff1d(whole, months)]


_WITHOUT_KNOWN_ON = {
    "invoices": "a row counts from its issue_date, and a changed due date or amount cannot be told from the first.",
    "payments": "a payment counts from its payment_date, even if it was booked later.",
    "clients": "client facts count as known from the start: what describes today would tell a past day its future.",
    "agreements": "an agreement counts from the day it was made, even if it was booked later.",
    "contacts": "a contact counts from its own day, even if it was booked later.",
}


def _unprotected(ledger: Ledger) -> Iterator[Finding]:
    for name, sentence in _WITHOUT_KNOWN_ON.items():
        table = ledger.tables.get(name)
        if table is None or not table.num_rows:
            continue
        if "known_on" not in table.column_names or table["known_on"].null_count == table.num_rows:
            level: Level = "warning" if name == "clients" and _has_facts(table) else "info"
            yield Finding(level, name, "no_known_on", table.num_rows, f"Without known_on {sentence}")
    invoices = ledger.tables["invoices"]
    if "cancelled_date" in invoices.column_names:
        closed = pc.sum(invoices["cancelled_date"].is_valid()).as_py() or 0
        told = "cancelled_known_on" in invoices.column_names or "known_on" in invoices.column_names
        if closed and not told:
            sentence = "Cancellations without cancelled_known_on count from their date, even if they were booked later."
            yield Finding("info", "invoices", "no_cancelled_known_on", int(closed), sentence)


def _has_facts(clients: pa.Table) -> bool:
    """Whether the clients table tells what may change in time."""
    return bool(set(clients.column_names) - {"client_id", "known_on", "kind", "tax_id", "since"})


def _notes(ledger: Ledger) -> Iterator[Finding]:
    said = {
        "amounts_rounded": "Amounts with more than two decimals: rounded.",
        "dates_cut": "Dates that came with a time of day: cut to the date.",
        "dates_moved": f"Dates that are other days in {ledger.timezone} than as written.",
        "tax_ids_restored": "Tax ids that had lost zeros at the front: restored.",
    }
    for table, notes in ledger.notes.items():
        for note, count in notes.items():
            code, _, column = note.partition(":")
            if code == "ignored_column":
                known = LEDGER_TABLES[table].by_name if table in LEDGER_TABLES else ()
                hint = did_you_mean(column, known)
                hint = hint if hint.startswith(" Did") else ""
                sentence = f"The column {column!r} is not one of this table: it was left out.{hint}"
                yield Finding("warning" if hint else "info", table, code, count, sentence)
            else:
                yield Finding("info", table, code, count, said.get(code, note))
