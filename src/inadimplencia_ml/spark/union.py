"""All rows of a client brought together: one table of all tables, dealt out by client and put in order.

A client is at home by itself, or with the first of the clients that it is linked with. A payment, and any row of an
invoice, is at home where the client is whom the invoice names first: as in `ledger/homes.py`, which deals out files.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import pyarrow as pa

from inadimplencia_ml.ledger.homes import linked_clients
from inadimplencia_ml.spark.session import functions, plain_errors
from inadimplencia_ml.spark.slots import TABLE, Slots
from inadimplencia_ml.spark.spark_ledger import PLACE, ROW, SparkLedger, SparkTable

__all__ = ["HOME", "brought_together"]

HOME = "home"
_OWN = (HOME, PLACE, ROW)
_NOBODY = "\x1f"
"""What the home of a row begins with that names no client: many homes, since there may be many such rows."""
_FIRST, _OWNER, _OWNED = "home_of_first", "home_of_owner", "owned_invoice"
_INEXACT = ("decimal", "double", "float")


def brought_together(ledger: SparkLedger, further: Mapping[str, Any], partitions: int | None) -> tuple[Any, Slots]:
    """One DataFrame in which all rows of a home follow one another, and where in it the columns of each table lie.

    Parameters
    ----------
    ledger : SparkLedger
    further : mapping of name to DataFrame
        Tables that are not of the ledger, with client_id: snapshots, earlier results.
    partitions : int, optional
        How many; by default what Spark decides.
    """
    of_spark = functions()
    with plain_errors():
        tables = _at_home(ledger, further)
        plain = {n: [(c, kind) for c, kind in t.dtypes if c not in _OWN] for n, t in tables.items()}
        slots = Slots.of(plain)
        rows = reduce(lambda one, other: one.union(other), [_laid_out(name, t, slots) for name, t in tables.items()])
        dealt = rows.repartition(HOME) if partitions is None else rows.repartition(partitions, HOME)
        without = any(ROW not in table.columns for table in tables.values())
        values = [place for place, kind in slots.types.items() if not kind.startswith("map")] if without else []
        ordered = dealt.sortWithinPartitions(HOME, TABLE, PLACE, ROW, *values)
        return ordered.select(HOME, TABLE, ROW, *[of_spark.col(place) for place in slots.types]), slots


def _at_home(ledger: SparkLedger, further: Mapping[str, Any]) -> dict[str, Any]:
    """Every table with the home of each row."""
    of_spark = functions()
    linked = _linked(ledger)
    frames = {name: table.frame for name, table in ledger.tables.items()} | dict(further)
    homed = {name: _of_clients(frame, linked) for name, frame in frames.items()}
    invoices = ledger.tables["invoices"]
    owners = _owners(homed["invoices"], invoices)
    if not invoices.passed:  # rows of one invoice may still name several clients
        homed["invoices"] = _of_invoices(homed["invoices"], owners)
    if "payments" in homed and "invoice_id" in homed["payments"].columns:
        homed["payments"] = _of_invoices(homed["payments"], owners)
    return {name: t.withColumn(HOME, of_spark.coalesce(HOME, of_spark.lit(_NOBODY))) for name, t in homed.items()}


def _linked(ledger: SparkLedger) -> Any:
    """The clients that have a link, and the first client each of them is tied to; None without links."""
    links = ledger.tables.get("links")
    if links is None:
        return None
    of_spark = functions()
    wanted = [
        _as_text(links.frame, "client_id").alias("client_id"),
        _as_text(links.frame, "group_id").alias("group_id"),
    ]
    kinds = [of_spark.col("kind").cast("string").alias("kind")] if "kind" in links.frame.columns else []
    clients, first = linked_clients(links.frame.select(*wanted, *kinds).distinct().toArrow())
    if not len(clients):
        return None
    table = pa.table({HOME: clients, _FIRST: clients.take(pa.array(first))})
    return ledger.spark.createDataFrame(table)


def _of_clients(frame: Any, linked: Any) -> Any:
    """A table with the home of the client that a row names; null where it names none."""
    of_spark = functions()
    if "client_id" not in frame.columns:
        return frame.withColumn(HOME, of_spark.lit(None).cast("string"))
    named = frame.withColumn(HOME, _as_text(frame, "client_id"))
    if linked is None:
        return named
    return named.join(linked, HOME, "left").withColumn(HOME, of_spark.coalesce(_FIRST, HOME)).drop(_FIRST)


def _owners(invoices: Any, table: SparkTable) -> Any:
    """The home of each invoice: that of the client whom its first known row names."""
    of_spark = functions()
    rows = invoices.where(of_spark.col(HOME).isNotNull())
    owned = _as_text(rows, "invoice_id").alias(_OWNED)
    if table.passed:  # there, all rows of an invoice name one client
        return rows.groupBy(owned).agg(of_spark.min(HOME).alias(_OWNER))
    known = of_spark.col("known_on").cast("string") if "known_on" in rows.columns else of_spark.lit(None)
    order = [of_spark.coalesce(known, of_spark.lit("")).alias("known")]
    if ROW in rows.columns:
        order += [of_spark.coalesce(PLACE, of_spark.lit("")).alias("place"), of_spark.col(ROW)]
    first = of_spark.min_by(HOME, of_spark.struct(*order, of_spark.col(HOME)))
    return rows.groupBy(owned).agg(first.alias(_OWNER))


def _of_invoices(frame: Any, owners: Any) -> Any:
    """A table whose rows are at home where the owner of their invoice is; where there is none, as before."""
    of_spark = functions()
    tied = frame.withColumn(_OWNED, _as_text(frame, "invoice_id")).join(owners, _OWNED, "left")
    nowhere = of_spark.concat(of_spark.lit(_NOBODY), of_spark.col(_OWNED))
    return tied.withColumn(HOME, of_spark.coalesce(_OWNER, HOME, nowhere)).drop(_OWNER, _OWNED)


def _as_text(frame: Any, column: str) -> Any:
    """An id as text, the same for 7, 7.0 and '7'."""
    kind = dict(frame.dtypes)[column]
    value = frame[column]
    return (value.try_cast("decimal(38,0)") if kind.startswith(_INEXACT) else value).cast("string")


def _laid_out(name: str, frame: Any, slots: Slots) -> Any:
    """The rows of one table as rows of the one table of all."""
    of_spark = functions()
    at = {place: column for column, place in slots.tables[name].items()}
    order = {PLACE: "string", ROW: "bigint"}
    kept = [
        of_spark.col(column) if column in frame.columns else of_spark.lit(None).cast(kind).alias(column)
        for column, kind in order.items()
    ]
    values = [
        (of_spark.col(_quoted(at[place])) if place in at else of_spark.lit(None).cast(kind)).alias(place)
        for place, kind in slots.types.items()
    ]
    number = of_spark.lit(slots.number(name)).cast("int").alias(TABLE)
    return frame.select(of_spark.col(HOME), number, *kept, *values)


def _quoted(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"
