"""Snapshots: on whom and from which day features look. Made here, read here, in the ledger's numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import CallError, did_you_mean, names_told
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.codes import NONE, as_frame, date_codes
from inadimplencia_ml.ledger.findings import as_text
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.tables import SNAPSHOTS

__all__ = [
    "Looks",
    "asked_snapshots",
    "first_fact_days",
    "last_day_of",
    "make_snapshots",
    "read_snapshots",
    "snapshot_days",
    "snapshot_of",
    "snapshot_table",
]

I32 = npt.NDArray[np.int32]
VIEWS = ("end_of_day", "at_issue")


@dataclass(frozen=True)
class Looks:
    """Snapshots as numbers, in the order of their rows."""

    given: pa.Table  # client_id, as_of and, where given, invoice_id and view, as they came
    client: I32  # -1: unknown to the ledger
    as_of: I32
    day: I32  # the day whose end is looked at: as_of, or the day before for the view at_issue
    invoice: I32 | None  # -1: unknown
    at_issue: npt.NDArray[np.bool_]

    @cached_property
    def keys(self) -> pd.DataFrame:
        """client_id, as_of and, where given, invoice_id and view."""
        frame = as_frame(self.given)
        frame["as_of"] = self.as_of.astype("datetime64[D]").astype("datetime64[s]")
        return frame


def make_snapshots(
    ledger: Ledger,
    as_of: Any = None,
    *,
    every: str | None = None,
    from_: dt.date | str | None = None,
    to: dt.date | str | None = None,
    at_issue: bool = False,
) -> pd.DataFrame:
    """A table of snapshots: every client with a fact on each date, or every invoice on its day of issue.

    Parameters
    ----------
    ledger : Ledger
    as_of : date, ISO text, or a sequence of them
        The days to look from.
    every : {"month"}
        All month ends from ``from_`` to ``to``, in place of as_of.
    from_, to : date
        First and last day for ``every`` and, if wanted, for ``at_issue``.
    at_issue : bool
        One snapshot an invoice, view ``at_issue``.

    Returns
    -------
    DataFrame with client_id and as_of, for invoices also invoice_id and view.

    Examples
    --------
    >>> import pandas as pd
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "issue_date": ["2025-01-20"],
    ...                               "due_date": ["2025-02-20"], "amount": [10.0]}))
    >>> make_snapshots(ledger, every="month", from_="2024-12-01", to="2025-02-28")["as_of"].astype(str).tolist()
    ['2025-01-31', '2025-02-28']
    """
    if sum((as_of is not None, every is not None, at_issue)) != 1:
        raise CallError("make_snapshots: give one of as_of, every='month' and at_issue=True")
    first = None if from_ is None else to_date(from_, "from_")
    last = None if to is None else to_date(to, "to")
    if at_issue:
        return _invoices_at_issue(ledger, first, last)
    if every is not None:
        if every != "month" or first is None or last is None:
            raise CallError(f"make_snapshots: every={every!r}; expected every='month' with from_ and to")
        if first > last:
            raise CallError(f"make_snapshots: from_ {first} lies after to {last}")
        ends = pd.date_range(first, last, freq="ME")
        days = [d.date() for d in ends]
    else:
        given = as_of if isinstance(as_of, Sequence) and not isinstance(as_of, str) else [as_of]
        days = sorted({to_date(d, "as_of") for d in given})
    return _clients_at(ledger, days)


def _clients_at(ledger: Ledger, days: list[dt.date]) -> pd.DataFrame:
    ids = ledger.books.client_ids
    since = first_fact_days(ledger)
    stamps = np.array(days, "datetime64[D]").astype(np.int32)
    client, which = np.nonzero(since[:, None] <= stamps[None, :])
    return pd.DataFrame(
        {
            "client_id": _ids(ids.take(pa.array(client))),
            "as_of": pd.Series(stamps[which].astype("datetime64[D]").astype("datetime64[s]")),
        }
    )


def _ids(ids: pa.Array) -> pd.Series:
    """Ids for pandas: those of text are text also where there is none."""
    values = ids.to_pandas().to_numpy()
    return pd.Series(values, dtype="str" if values.dtype == object else values.dtype)


def first_fact_days(ledger: Ledger) -> I32:
    """By client, the first day on which anything is known of it (rows without known_on: known from the start)."""
    books = ledger.books
    since = np.full(len(books.client_ids), np.iinfo(np.int32).max, np.int32)
    owner = np.repeat(np.arange(len(since)), np.diff(books.client_start))
    np.minimum.at(since, owner, books.versions.known)
    own = {"contacts": "contacted_at", "agreements": "created_at", "escalations": "requested_at"}
    for name, table in ledger.tables.items():
        if name in ("clients", "links", *own):
            day = date_codes(table, "known_on")
            if name in own:
                day = np.maximum(day, date_codes(table, own[name]))
            np.minimum.at(since, books.client_numbers(table["client_id"]), day)
    return since


def _invoices_at_issue(ledger: Ledger, first: dt.date | None, last: dt.date | None) -> pd.DataFrame:
    books, v = ledger.books, ledger.books.versions
    _, one = np.unique(v.invoice, return_index=True)  # one version of each invoice, in the order of invoices
    owner = np.repeat(np.arange(len(books.client_ids)), np.diff(books.invoice_start))
    issue = v.issue[one].astype("datetime64[D]")
    keep = np.ones(len(issue), bool)
    if first is not None:
        keep &= issue >= np.datetime64(first)
    if last is not None:
        keep &= issue <= np.datetime64(last)
    rows = np.flatnonzero(keep)
    return pd.DataFrame(
        {
            "client_id": _ids(books.client_ids.take(pa.array(owner[rows]))),
            "as_of": pd.Series(issue[rows].astype("datetime64[s]")),
            "invoice_id": _ids(books.invoice_ids.take(pa.array(rows))),
            "view": pd.Series(np.full(len(rows), "at_issue"), dtype="str"),
        }
    )


def read_snapshots(snapshots: Any, ledger: Ledger) -> Looks:
    """Snapshots (pandas, Polars or Arrow) in the ledger's numbers.

    Raises
    ------
    CallError
        A column is missing, an as_of is not a date, a view is unknown, or an at_issue snapshot has no invoice_id.
    """
    table = snapshot_table(snapshots)
    books = ledger.books
    as_of, at_issue = _looked_from(table, ledger.timezone)
    invoice = books.invoice_numbers(table["invoice_id"]) if "invoice_id" in table.column_names else None
    if at_issue.any() and invoice is None:
        raise CallError("snapshots: view at_issue needs the column invoice_id")
    keys = [n for n in ("client_id", "as_of", "invoice_id", "view") if n in table.column_names]
    return Looks(
        given=table.select(keys),
        client=books.client_numbers(table["client_id"]),
        as_of=as_of,
        day=(as_of - at_issue).astype(np.int32),
        invoice=invoice,
        at_issue=at_issue,
    )


def last_day_of(snapshots: Any, timezone: str) -> int:
    """The last day whose end is looked at, in days since 1970; `codes.NONE` where there is no snapshot.

    Raises
    ------
    CallError
        As `read_snapshots`.
    """
    as_of, at_issue = _looked_from(snapshot_table(snapshots), timezone)
    return int((as_of - at_issue).max(initial=NONE))


def _looked_from(table: pa.Table, timezone: str) -> tuple[I32, npt.NDArray[np.bool_]]:
    """The day of each snapshot, and whether it looks from before that day."""
    as_of = snapshot_days(table, timezone)
    return as_of, _at_issue(table) if "view" in table.column_names else np.zeros(len(as_of), bool)


def snapshot_of(ledger: Ledger, client_id: Any, as_of: dt.date | str) -> pd.DataFrame:
    """The snapshot of one client at a date.

    Raises
    ------
    CallError
        The ledger does not know the client at that date.
    """
    day = to_date(as_of, "as_of")
    number = ledger.books.client_numbers([client_id])[0]
    wanted = make_snapshots(ledger, day)
    own = wanted[wanted["client_id"].astype(str) == str(client_id)]
    if number < 0 and own.empty:
        raise CallError(f"client {client_id!r} is unknown to the ledger.")  # a near id would be another client's
    if own.empty:
        raise CallError(f"client {client_id!r} has no fact known at {day}; nothing can be said of it yet")
    return own


def asked_snapshots(
    ledger: Ledger, level: str, as_of: Any = None, snapshots: Any = None, *, at_issue: bool = False
) -> Any:
    """The snapshots that a model of a level looks from: those given, or all of a date or of the days of issue.

    Raises
    ------
    CallError
        Not one of the three is given, or it is none for this level.
    """
    if sum((as_of is not None, snapshots is not None, at_issue)) != 1:
        raise CallError("score: give one of as_of, snapshots and at_issue=True")
    if (at_issue or as_of is not None) and at_issue != (level == "invoice"):
        word = "at_issue=True or snapshots with invoice_id" if level == "invoice" else "as_of"
        raise CallError(f"score: the model is of level {level}; give {word}")
    if snapshots is not None:
        return snapshots
    return make_snapshots(ledger, at_issue=True) if at_issue else make_snapshots(ledger, as_of)


def snapshot_table(snapshots: Any) -> pa.Table:
    """Snapshots as Arrow.

    Raises
    ------
    CallError
        A column is missing.
    """
    arrow = isinstance(snapshots, pa.Table)  # for which a third of narwhals need not be loaded
    table: pa.Table = snapshots if arrow else nw.from_native(snapshots, eager_only=True).to_arrow()
    for name in SNAPSHOTS.required:
        if name not in table.column_names:
            hint = did_you_mean(name, table.column_names)
            raise CallError(f"snapshots: column {name!r} is missing; it has {names_told(table.column_names)}.{hint}")
    return table


def snapshot_days(table: pa.Table, timezone: str) -> I32:
    """The day of each snapshot; a moment with a zone is cut to its date in ``timezone``.

    Raises
    ------
    CallError
        A row has no date, or one beyond all calendars.
    """
    column = table["as_of"]
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        try:
            column = pc.local_timestamp(column.cast(pa.timestamp("us", timezone)))
        except pa.ArrowInvalid:
            raise CallError("snapshots: as_of holds a moment that no calendar knows.") from None
    if not (pa.types.is_date(column.type) or pa.types.is_timestamp(column.type)):
        table = pa.table({"as_of": pa.array(_dates(as_text(column)), pa.date32())})
    else:
        table = pa.table({"as_of": column.cast(pa.date32(), safe=False)})
    days = date_codes(table, "as_of")
    if (days == NONE).any():
        raise CallError(f"snapshots: {int((days == NONE).sum())} rows have no as_of")
    return days


def _dates(texts: pa.Array) -> list[dt.date]:
    days = []
    for row, text in enumerate(texts.to_pylist(), 1):
        try:
            days.append(to_date(text, "snapshots as_of"))
        except CallError:  # the value may be a client's: columns are easily taken one for another
            raise CallError(f"snapshots: as_of of row {row:,} is not a date. Expected YYYY-MM-DD.") from None
    return days


def _at_issue(table: pa.Table) -> npt.NDArray[np.bool_]:
    views = pc.fill_null(table["view"].cast(pa.string()), "end_of_day")
    unknown = sorted(set(pc.unique(views).to_pylist()) - set(VIEWS))
    if unknown:
        raise CallError(f"snapshots: view {unknown[0]!r} is unknown.{did_you_mean(unknown[0], VIEWS)}")
    flags: npt.NDArray[np.bool_] = pc.equal(views, "at_issue").to_numpy()
    return flags
