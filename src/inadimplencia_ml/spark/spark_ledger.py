"""A ledger whose tables lie with Spark: what is there, of which types, and whether it has passed the door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.canonical import canonical_schema
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.door import admit
from inadimplencia_ml.spark.session import functions, plain_errors
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES

__all__ = ["PLACE", "ROW", "SparkLedger", "SparkTable", "told"]

PLACE, ROW = "of_file", "row_in_file"
"""Columns that say where a row stood, where it came from files: rows of a client are read in that order."""
_IDS = ("client_id", "invoice_id")


@dataclass(frozen=True)
class SparkTable:
    """One table of a ledger, with Spark.

    Attributes
    ----------
    frame : DataFrame of Spark
        The columns of the table, and `PLACE` and `ROW` where it came from files.
    schema : pyarrow.Schema
        Its columns once it passed the door.
    passed : bool
        Whether it has.
    """

    frame: Any
    schema: pa.Schema
    passed: bool


@dataclass(frozen=True)
class SparkLedger:
    """The tables of a company on Spark, as `Ledger` holds them in memory; nothing is read until something is asked.

    Attributes
    ----------
    tables : dict of SparkTable
        By name, attributes as ``attributes/<name>``.
    whole : dict of pyarrow.Table
        Tables of no client (macro), here and on every worker.
    settings : dict
        calendar (as JSON), timezone, currency, known_until (ISO, or None where it is yet to be found).
    one_currency : bool
        Whether a row in another currency than the ledger's is an error, or the rows say the currency.
    counts : dict
        By table that passed the door before, what became of its rows.
    """

    tables: Mapping[str, SparkTable]
    whole: Mapping[str, pa.Table]
    settings: Mapping[str, Any]
    one_currency: bool = True
    counts: Mapping[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        invoices: Any,
        payments: Any = None,
        clients: Any = None,
        agreements: Any = None,
        contacts: Any = None,
        links: Any = None,
        escalations: Any = None,
        macro: Any = None,
        attributes: Mapping[str, Any] | None = None,
        *,
        calendar: Any = "BR",
        timezone: str = "America/Sao_Paulo",
        currency: str = "BRL",
        known_until: dt.date | str | None = None,
    ) -> SparkLedger:
        """A ledger of Spark's DataFrames; tables and settings as for `Ledger`.

        Rows pass the door where they are computed. Of two rows with one id that say different things, the one stays
        that comes first by its values: DataFrames have no order.

        Parameters
        ----------
        invoices, payments, clients, agreements, contacts, links, escalations, macro : DataFrame of Spark
        attributes : mapping of name to DataFrame, optional
        calendar, timezone, currency
            As for `Ledger`.
        known_until : date, optional
            The day of extraction; without it, all tables are gone through once to find the last fact.

        Raises
        ------
        LedgerError
            A required column is missing.
        """
        given = dict(
            invoices=invoices,
            payments=payments,
            clients=clients,
            agreements=agreements,
            contacts=contacts,
            links=links,
            escalations=escalations,
            macro=macro,
        )
        given |= {f"attributes/{name}": frame for name, frame in (attributes or {}).items()}
        settings = {"calendar": Calendar.of(calendar).to_json(), "timezone": timezone, "currency": currency}
        last = None if known_until is None else to_date(known_until, "known_until").isoformat()
        frames = {name: frame for name, frame in given.items() if frame is not None}
        return cls.of_frames(frames, settings | {"known_until": last})

    @classmethod
    def of_frames(
        cls,
        frames: Mapping[str, Any],
        settings: Mapping[str, Any],
        passed: Mapping[str, pa.Schema] | None = None,
        counts: Mapping[str, dict[str, int]] | None = None,
        *,
        one_currency: bool = True,
    ) -> SparkLedger:
        """A ledger of DataFrames by name; ``passed`` holds the schemas of those that have passed the door."""
        if "invoices" not in frames:
            raise LedgerError(f"a ledger needs the table invoices; got {sorted(frames) or 'no table'}")
        tables, whole = {}, {}
        with plain_errors():
            for name, frame in frames.items():
                if passed is not None and name in passed:
                    table = SparkTable(frame, passed[name], True)
                else:
                    table = SparkTable(frame, _after_the_door(name, frame), False)
                if name == "payments" or "client_id" in table.schema.names:
                    tables[name] = table
                else:
                    whole[name] = _collected(name, table, settings["timezone"])
            tables = _same_ids(tables)
            settings = dict(settings) if one_currency else _with_currency(tables, settings)
        return cls(tables, whole, settings, one_currency, counts or {})

    @classmethod
    def read(cls, folder: str | Path, *, spark: Any = None) -> SparkLedger:
        """A ledger from a folder that Spark can read: ledger, partitioned ledger, or plain Parquet named as the tables.

        Parameters
        ----------
        folder : path or URI
            A path that this process reads too is held against its digests. In any other place (``s3a://…``) there must
            be a manifest, and rows pass the door again: nobody looked whether they are still what it let through.
        spark : SparkSession, optional
            The session; by default the one that is there.

        Raises
        ------
        LedgerError
            There is no ledger, or a file of it was altered or damaged.
        """
        from inadimplencia_ml.spark.folder import ledger_of_folder

        return ledger_of_folder(folder, spark)

    @property
    def spark(self) -> Any:
        """The session of its tables."""
        return self.tables["invoices"].frame.sparkSession

    @property
    def known_until(self) -> dt.date | None:
        """The last day of the books, where it is known before all is read."""
        last = self.settings["known_until"]
        return None if last is None else dt.date.fromisoformat(last)


def told(name: str) -> Any:
    """What a table of this name may hold."""
    return LEDGER_TABLES.get(name, ATTRIBUTES)


def _after_the_door(name: str, frame: Any) -> pa.Schema:
    """The columns of a table once it passed the door; its required ones are asked for here."""
    given = pa.schema([f for f in frame.limit(0).toArrow().schema if f.name not in (PLACE, ROW)])
    admit(told(name), given.empty_table(), timezone="UTC", name=name)
    return canonical_schema(told(name), given)


def _collected(name: str, table: SparkTable, timezone: str) -> pa.Table:
    """A table of no client, in memory."""
    rows = table.frame.select(*[f"`{c}`" for c in table.frame.columns if c not in (PLACE, ROW)]).toArrow()
    return rows.cast(table.schema) if table.passed else admit(told(name), rows, timezone=timezone, name=name).table


def _same_ids(tables: dict[str, SparkTable]) -> dict[str, SparkTable]:
    """Each id column of one type in all tables: that of those with rows, or text where they differ."""
    out = dict(tables)
    for column in _IDS:
        kinds = {name: t.schema.field(column).type for name, t in out.items() if column in t.schema.names}
        if len(set(kinds.values())) > 1:
            kinds = {name: kind for name, kind in kinds.items() if not out[name].frame.isEmpty()}
        kind = next(iter(kinds.values())) if len(set(kinds.values())) == 1 else pa.string()
        for name, table in out.items():
            if column in table.schema.names:
                at = table.schema.get_field_index(column)
                schema = table.schema.set(at, pa.field(column, kind))
                out[name] = SparkTable(table.frame, schema, table.passed)
    return out


def _with_currency(tables: Mapping[str, SparkTable], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the currency that the invoices are in, where they say it."""
    invoices = tables["invoices"]
    if "currency" not in invoices.schema.names or invoices.passed:
        return dict(settings)
    of_spark = functions()
    column = of_spark.upper(of_spark.trim(invoices.frame["currency"]))
    rows = invoices.frame.select(column.alias("currency")).where("currency != ''").distinct().limit(3).collect()
    found = sorted(row["currency"] for row in rows)
    if len(found) > 1:
        raise LedgerError(
            f"invoices: more than one currency, {' and '.join(found)}. A ledger holds one: split the rows."
        )
    return dict(settings) | ({"currency": found[0]} if found else {})
