"""The tables that we write into a database: their columns, their keys, and rows as they are stored.

Tables of a plan that name no date get the date, the model and the policy of the decision they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import CallError, DatabaseError, did_you_mean
from inadimplencia_ml.ledger.canonical import TYPES
from inadimplencia_ml.tables import DECISION_ITEMS, DECISIONS, DUTIES, FURTHER, SCORES, Kind, Table

__all__ = ["DEFINITIONS", "PARENT", "Definition", "rows_of", "stored_part"]

PARENT = ("client_id", "as_of", "model_version", "policy_version")
"""Key of a decision. What belongs to a decision is replaced together with it."""
_OF_SCORE = ("as_of", "model_version")
_TYPES: dict[Kind, pa.DataType] = {**TYPES, "texts": pa.list_(pa.string())}


@dataclass(frozen=True)
class Definition:
    """A table in the database.

    Attributes
    ----------
    name : str
    contract : Table
        What it holds beside the key.
    key : tuple of str
        There is one row of each; none is ever null.
    belongs : bool
        Whether its rows belong to a decision.
    """

    name: str
    contract: Table
    key: tuple[str, ...]
    belongs: bool = False


DEFINITIONS: dict[str, Definition] = {
    d.name: d
    for d in (
        Definition("scores", SCORES, ("client_id", *_OF_SCORE)),
        Definition("invoice_scores", SCORES, ("invoice_id", *_OF_SCORE)),
        Definition("decisions", DECISIONS, PARENT),
        Definition("decision_items", DECISION_ITEMS, ("client_id", "invoice_id", *PARENT[1:]), belongs=True),
        Definition("duties", DUTIES, ("client_id", "invoice_id", "duty", "rule", *PARENT[1:]), belongs=True),
        Definition("further", FURTHER, ("client_id", "kind", "code", *PARENT[1:]), belongs=True),
    )
}


def stored_part(tables: Mapping[str, Any]) -> dict[Definition, pa.Table]:
    """The tables of one part as they are stored, decisions before what belongs to them.

    Parameters
    ----------
    tables : mapping of name to table
        pandas or Arrow, as `Model.score` and `decide` give them.

    Raises
    ------
    CallError
        A table is not one of ours, lacks a column of its key, or holds a key twice.
    """
    arrow = {name: table if isinstance(table, pa.Table) else _from_pandas(table) for name, table in tables.items()}
    part: dict[Definition, pa.Table] = {}
    for name in sorted(arrow, key=lambda n: (n not in ("scores", "decisions"), n)):
        table = arrow[name]
        if name not in DEFINITIONS:
            raise CallError(f"no table {name!r} is written into a database.{did_you_mean(name, DEFINITIONS)}")
        if name == "scores" and "invoice_id" in table.column_names:
            name = "invoice_scores"
        if DEFINITIONS[name].belongs:
            table = _with_decision(name, table, arrow.get("decisions"))
        part[DEFINITIONS[name]] = rows_of(DEFINITIONS[name], table)
    return part


def _from_pandas(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def rows_of(definition: Definition, table: pa.Table) -> pa.Table:
    """Rows as they are stored: every column of the contract, of its type, keys without nulls, each key once."""
    columns: dict[str, Any] = {}
    wanted = dict.fromkeys([*definition.key, *definition.contract.by_name, *table.column_names])
    for name in wanted:
        kind: Kind = "date" if name == "as_of" else definition.contract.kind_of(name)
        if name in table.column_names:
            columns[name] = _typed(table[name], kind, f"{definition.name}.{name}")
        else:
            columns[name] = pa.nulls(table.num_rows, pa.string() if kind in ("any", "id") else _TYPES[kind])
    for name in definition.key:
        if name in ("model_version", "policy_version"):
            columns[name] = pc.fill_null(columns[name].cast(pa.string()), "")
        if columns[name].null_count:
            raise CallError(f"{definition.name}: {name} is missing in {columns[name].null_count:,} rows; it is a key")
    stored = pa.table(columns)
    keys = stored.select(list(definition.key)).group_by(list(definition.key), use_threads=False).aggregate([])
    if keys.num_rows < stored.num_rows:
        twice = stored.num_rows - keys.num_rows
        raise CallError(f"{definition.name}: {twice:,} rows have the {', '.join(definition.key)} of another row")
    return stored


def _typed(column: pa.ChunkedArray, kind: Kind, name: str) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    wanted = _TYPES.get(kind)
    if wanted is None:  # an id, or a further column: as it is
        wanted = _kept_type(column.type)
    try:
        column = column.cast(wanted, safe=not pa.types.is_temporal(wanted))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise DatabaseError(f"{name} came as {column.type}; expected {wanted}") from None
    if pa.types.is_floating(wanted):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, wanted), column)
    if pa.types.is_string(wanted) and pc.any(pc.match_substring(column, "\0")).as_py():
        raise CallError(f"{name}: a text holds the sign NUL, which a database does not take")
    return column


def _kept_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    same = pa.types.is_boolean(kind) or pa.types.is_date32(kind) or pa.types.is_list(kind)
    return kind if same else pa.string()


def _with_decision(name: str, table: pa.Table, decisions: pa.Table | None) -> pa.Table:
    """Rows with the date, the model and the policy of the client's decision; of no decision, of the plan."""
    if decisions is None or not decisions.num_rows:
        raise CallError(f"{name} are written together with the decisions they belong to; those are missing")
    at = pc.index_in(table["client_id"], value_set=decisions["client_id"].combine_chunks())
    at = np.asarray(pc.fill_null(at, 0).to_numpy(), np.int64)
    for column in PARENT[1:]:
        values = decisions[column].take(pa.array(at))
        if column in table.column_names:
            table = table.drop_columns([column])
        table = table.append_column(column, values)
    return table
