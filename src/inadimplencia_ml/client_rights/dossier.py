"""All that is held on one person: every row, where it lies, when we learnt it, what for, and on what legal basis."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.client_rights.holdings import (
    Holding,
    Holdings,
    invoices_of,
    own_values,
    read_table,
    texts_naming,
)
from inadimplencia_ml.client_rights.whose import client_rows, is_client, line_is_of
from inadimplencia_ml.client_rights.wording import about_table, rights
from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.ledger.together import finished, journal_of

__all__ = ["ANOTHER", "Dossier", "Part", "dossier"]

ANOTHER = "(de outra pessoa)"
"""What stands in a row of this person where another one is named."""


@dataclass(frozen=True)
class Part:
    """What one file holds.

    Attributes
    ----------
    table, origin : str
        The table, and the file it lies in.
    name, purpose, basis : str
        In Portuguese: how it is called, what it is for, the legal basis.
    rows : list of dict
        As plain data: column to value, dates in ISO; what is empty is left out.
    """

    table: str
    origin: str
    name: str
    purpose: str
    basis: str
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Dossier:
    """All that is held on one person.

    Attributes
    ----------
    client_id : str or int
    parts : tuple of Part
    elsewhere : tuple of str
        Files in the folders that are no table of ours and name the person: to be looked at by whoever answers.
    """

    client_id: Any
    parts: tuple[Part, ...]
    elsewhere: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """Rows by file."""
        return {part.origin: len(part.rows) for part in self.parts}

    def to_dict(self) -> dict[str, Any]:
        """As plain data, with keys in Portuguese: it is for the person."""
        return {
            "cliente": self.client_id,
            "titulo": "Dados que guardamos sobre você",
            "partes": [
                {
                    "tabela": part.table,
                    "nome": part.name,
                    "origem": part.origin,
                    "finalidade": part.purpose,
                    "base_legal": part.basis,
                    "registros": part.rows,
                }
                for part in self.parts
            ],
            "direitos": list(rights()),
        }


def dossier(
    ledger: str | Path, client_id: Any, *, scores: Sequence[str | Path] = (), reviews: str | Path | None = None
) -> Dossier:
    """Gathers all that is held on one person.

    Parameters
    ----------
    ledger : path
        Folder of the ledger.
    client_id : str or int
    scores : sequence of path
        Folders of scores, decisions and messages.
    reviews : path, optional
        The log of reviews; by default ``reviews.parquet`` beside the ledger.

    Returns
    -------
    Dossier
        Tables of the ledger first. Where a row names another person, their id is left out. Of a ledger in partitions
        the client's is read, and the few rows of others that name them; the origin is that of the table in one piece.

    Raises
    ------
    CallError
        Nothing is held on this person, or a folder is not there.
    LedgerError
        A file cannot be read, or the ledger was written to meanwhile.
    """
    finished(journal_of(Path(ledger)))
    holdings = Holdings.of(Path(ledger), [Path(one) for one in scores], None if reviews is None else Path(reviews))
    asked = holdings.client_id(client_id)
    try:
        parts = _parts(holdings.about(asked), asked)
    except LedgerError:
        if holdings.parts is not None:
            holdings.parts.still_stands()
        raise
    if not parts:
        raise CallError("dossie: nothing is held on this client, neither in the ledger nor in the folders given")
    named = () if isinstance(asked, int) else tuple(one.place for one in texts_naming(holdings, [asked]))
    return Dossier(asked, tuple(parts), named)


def _parts(holdings: Holdings, asked: Any) -> list[Part]:
    """The rows by table and place: files of several partitions together."""
    mine = invoices_of(holdings, asked)
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in holdings.files:
        rows = _rows(holdings, one, asked, mine)
        if rows:
            found.setdefault((one.table, one.place), []).extend(rows)
    return [_part(table, place, rows) for (table, place), rows in found.items()]


def _part(table: str, place: str, rows: list[dict[str, Any]]) -> Part:
    about = about_table(table)
    return Part(table, place, about.name, about.purpose, about.basis, rows)


def _rows(holdings: Holdings, holding: Holding, client_id: Any, invoices: pa.Array) -> list[dict[str, Any]]:
    if holding.kind == "lines":
        lines = holding.path.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line_is_of(line, client_id)]
    if holding.kind != "table":
        return []
    table = read_table(holding.path)
    if holding.of_ledger and holding.table == "problems":
        told = pc.is_in(table["value"], value_set=own_values(holdings, client_id, invoices))
        found = table.filter(pc.fill_null(told, False))
        return _plain(found.drop_columns(["reason"]))  # English; the code says the same
    if not {"client_id", "invoice_id"} & set(table.column_names):
        return []
    rows = table.filter(client_rows(table, client_id, invoices))
    return _plain(_without_others(rows, client_id, invoices))


def _without_others(rows: pa.Table, client_id: Any, invoices: pa.Array) -> pa.Table:
    """Another payer of an invoice of theirs, or another's invoice that they paid, is not theirs to know."""
    if "client_id" in rows.column_names:
        rows = _masked(rows, "client_id", pc.invert(is_client(rows["client_id"], client_id)))
    if "invoice_id" in rows.column_names and "payment_date" in rows.column_names:
        theirs = pc.is_in(rows["invoice_id"].cast(pa.string()), value_set=invoices)
        rows = _masked(rows, "invoice_id", pc.invert(pc.fill_null(theirs, False)))
    return rows


def _masked(rows: pa.Table, column: str, others: Any) -> pa.Table:
    text = rows[column].cast(pa.string())
    shown = pc.if_else(pc.and_(others, text.is_valid()), ANOTHER, text)
    return rows.set_column(rows.schema.get_field_index(column), column, shown)


def _plain(rows: pa.Table) -> list[dict[str, Any]]:
    """Rows as plain data; what is empty says nothing."""
    return [{k: _value(v) for k, v in row.items() if v is not None and v != []} for row in rows.to_pylist()]


def _value(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value != value:
        return None
    return value if isinstance(value, str | int | float | bool | list | None) else str(value)
