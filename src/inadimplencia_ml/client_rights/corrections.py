"""Corrected facts in the ledger: a new row known from the day of the correction; nothing that stood there changes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.client_rights.whose import is_client
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.ledger.appending import append_facts
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.ledger.folder import read_folder
from inadimplencia_ml.ledger.ledger import Ledger, read_ledger, read_partition
from inadimplencia_ml.ledger.partitions import Partitions, is_partitioned
from inadimplencia_ml.ledger.together import finished, journal_of
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES, Table

__all__ = ["Correction", "corrected", "keep"]

_YES, _NO = ("true", "yes", "sim", "1"), ("false", "no", "nao", "não", "0")
_NOT_GIVEN = ("client_id", "known_on")


class Correction(NamedTuple):
    """The ledger before and after, of one in partitions the client's; the row, and whether it was there already."""

    before: Ledger
    after: Ledger
    row: Admitted
    held: bool


def corrected(folder: Path, table: str, facts: Mapping[str, Any], client_id: Any, on: dt.date | str) -> Correction:
    """The ledger of a folder with one more row of a client; the folder itself is not touched.

    Parameters
    ----------
    folder : path
    table : str
        A table of the ledger, attributes as ``attributes/<name>``.
    facts : mapping
        The corrected columns. Of an invoice that is known, ``invoice_id`` and what is corrected: the rest stays as it
        was. A payment that was forgotten is a row of payments; an invoice that never was gets ``cancel_reason`` void
        with its dates.
    client_id : str or int
    on : date
        The day from which the facts are known: what was scored or decided earlier stays as it was.

    Raises
    ------
    CallError
        The table or a column is unknown, a value cannot be read, the invoice is another client's, or the ledger already
        has another row of that invoice known on that day. No value is told.
    """
    day, (before, admitted, parts) = to_date(on, "on"), _read(Path(folder), client_id)
    kind = _kind(table, before)
    old = admitted.get(table)
    row = _row(kind, table, facts, client_id, day, before)
    _of_no_other_partition(parts, row.get("invoice_id"), client_id)
    new = admit(kind, pd.DataFrame([row]), timezone=before.timezone, name=table)
    _refuse_rejected(new, table)
    fresh = _of_types(new.table, old, table)
    new = Admitted(fresh, new.problems, new.counts, new.notes)
    if old is not None and _holds(old.table, fresh):
        return Correction(before, before, new, True)
    if old is not None and table == "invoices":
        _refuse_same_day(kind, old.table, fresh, before.timezone)
    admitted = admitted | {table: new if old is None else _joined(old, new)}
    after = Ledger.from_admitted(
        admitted,
        calendar=before.calendar,
        timezone=before.timezone,
        currency=before.currency,
        known_until=max(before.known_until, day),
    )
    return Correction(before, after, new, False)


def keep(found: Correction, folder: Path, table: str) -> None:
    """Writes a corrected row into its ledger: the folder whole, or of one in partitions the client's.

    Raises
    ------
    CallError
        Another run writes there, or the row is a link that ties clients of different partitions together.
    """
    if is_partitioned(folder):
        append_facts(folder, {table: found.row}, known_until=found.after.known_until)
    else:
        found.after.write(folder)


def _read(folder: Path, client_id: Any) -> tuple[Ledger, dict[str, Admitted], Partitions | None]:
    """The ledger and its tables; of one in partitions, those of the client's."""
    if not is_partitioned(folder):
        return read_ledger(folder), read_folder(folder)[0], None
    finished(journal_of(folder))
    parts = Partitions.read(folder)
    k = int(parts.of_clients([client_id])[0])
    return read_partition(parts, k), parts.tables(k), parts


def _kind(table: str, ledger: Ledger) -> Table:
    known = [name for name in LEDGER_TABLES if name != "macro"] + [f"attributes/{n}" for n in ledger.attributes]
    if table not in known:
        raise CallError(f"correct: the ledger has no table {table!r} on clients.{did_you_mean(table, known)}")
    return LEDGER_TABLES.get(table, ATTRIBUTES)


def _row(
    kind: Table, table: str, facts: Mapping[str, Any], client_id: Any, day: dt.date, ledger: Ledger
) -> dict[str, Any]:
    """The facts as the table's columns, with whose they are and from when they are known."""
    if not facts:
        raise CallError(f"correct: no fact is given; expected columns of {table} and what is right")
    for name in facts:
        if name in _NOT_GIVEN:
            raise CallError(f"correct: {name} is not given: the row is of the client, known from the day itself")
        if not kind.open_columns and name not in kind.by_name:
            raise CallError(f"correct: {table} has no column {name!r}.{did_you_mean(name, kind.by_name)}")
    row = {name: _typed(f"{table}.{name}", kind.kind_of(name), value) for name, value in facts.items()}
    row = {"client_id": client_id, **row, "known_on": day.isoformat()}
    if table == "invoices" and "invoice_id" in row:
        row = _like_its_invoice(ledger, row)
    elif row.get("invoice_id") is not None:
        _of_the_client(ledger, row["invoice_id"], client_id)
    return row


def _typed(name: str, kind: str, value: Any) -> Any:
    """A value as it was typed, as the door reads it."""
    if value is None or not isinstance(value, str):
        return value
    text = value.strip()
    if kind in ("amount", "number", "count"):
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if math.isnan(number):
            raise CallError(f"correct: {name} is not a number; write 1234.56") from None
        return number
    if kind == "bool":
        if text.casefold() not in (*_YES, *_NO):
            raise CallError(f"correct: {name} is neither true nor false")
        return text.casefold() in _YES
    return text


def _versions(ledger: Ledger, invoice_id: Any) -> pa.Table:
    invoices = ledger.tables["invoices"]
    return invoices.filter(pc.equal(invoices["invoice_id"].cast(pa.string()), str(invoice_id)))


def _like_its_invoice(ledger: Ledger, row: dict[str, Any]) -> dict[str, Any]:
    """What every row of an invoice says, from the latest one that is known."""
    rows = _versions(ledger, row["invoice_id"])
    if not rows.num_rows:
        return row
    _of_the_client(ledger, row["invoice_id"], row["client_id"])
    frame = rows.to_pandas()
    if "known_on" in frame.columns:
        frame = frame.sort_values("known_on", na_position="first", kind="stable")
    latest = frame[["issue_date", "due_date"]].ffill().iloc[-1]
    return {name: value for name, value in latest.items() if not pd.isna(value)} | row


def _of_the_client(ledger: Ledger, invoice_id: Any, client_id: Any) -> None:
    rows = _versions(ledger, invoice_id)
    if rows.num_rows and str(rows["client_id"][0].as_py()) != str(client_id):
        raise CallError("correct: the invoice is another client's")


def _of_no_other_partition(parts: Partitions | None, invoice_id: Any, client_id: Any) -> None:
    """An invoice lies in the partition of its client: one that is in another is another client's."""
    if parts is None or invoice_id is None:
        return
    home = int(parts.of_clients([client_id])[0])
    for k in range(len(parts)):
        if k != home and pc.any(is_client(parts.column(k, "invoices", "invoice_id"), invoice_id)).as_py():
            raise CallError("correct: the invoice is another client's")


def _refuse_rejected(new: Admitted, table: str) -> None:
    if new.counts["rejected"]:
        wrong = new.problems.filter(pc.equal(new.problems["outcome"], "rejected")).to_pylist()[0]
        raise CallError(f"correct: {table}.{wrong['column']}: {wrong['reason']}")


def _of_types(new: pa.Table, old: Admitted | None, table: str) -> pa.Table:
    """The new row in the types of the rows that are there: an id that is a number stays one."""
    if old is None:
        return new
    for name in new.column_names:
        if name in old.table.column_names and new.schema.field(name).type != old.table.schema.field(name).type:
            at, wanted = new.schema.get_field_index(name), old.table.schema.field(name).type
            try:
                new = new.set_column(at, name, new[name].cast(wanted))
            except pa.ArrowInvalid:
                raise CallError(f"correct: {table}.{name}: expected {wanted}, as in the rows that are there") from None
    return new


def _holds(old: pa.Table, row: pa.Table) -> bool:
    """Whether an equal row is there: a correction that was cut off is made again without doubling it."""
    if any(name not in old.column_names for name in row.column_names):
        return False
    same = None
    for name in row.column_names:
        value = row[name][0]
        here = pc.equal(old[name], value) if value.is_valid else pc.is_null(old[name])
        here = pc.fill_null(here, False)
        same = here if same is None else pc.and_(same, here)
    return bool(pc.any(same).as_py())


def _refuse_same_day(kind: Table, old: pa.Table, row: pa.Table, timezone: str) -> None:
    mine = old.filter(pc.equal(old["invoice_id"], row["invoice_id"][0]))
    together = admit(kind, pa.concat_tables([mine, row], promote_options="permissive"), timezone=timezone)
    if together.counts["duplicate"]:
        raise CallError("correct: the ledger has another row of that invoice known on that day; take the next day")


def _joined(old: Admitted, new: Admitted) -> Admitted:
    """The rows that were there and the new one after them, counted together."""
    problems = new.problems
    if problems.num_rows:
        at = problems.schema.get_field_index("row")
        moved = pc.add(problems["row"], old.counts["rows"])
        problems = problems.set_column(at, problems.schema.field(at), moved)
    return Admitted(
        pa.concat_tables([old.table, new.table], promote_options="permissive").combine_chunks(),
        pa.concat_tables([old.problems, problems], promote_options="permissive"),
        {name: count + new.counts[name] for name, count in old.counts.items()},
        old.notes,
    )
