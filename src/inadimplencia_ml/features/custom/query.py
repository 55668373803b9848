"""One SELECT over the known facts, in a DuckDB of its own that reaches no file, no network and no variable."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.custom.titles import TITLES, titles_of
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.tables import LEDGER_TABLES

if TYPE_CHECKING:
    import duckdb

__all__ = ["check_query", "index_of", "run_query"]

_LOCKED = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",  # else a name in the query could stand for a variable of the caller
    "threads": "1",  # floats are added in one order
    "lock_configuration": "true",
}
_NOT_CODE = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_READS_TITLES = re.compile(rf"\b{TITLES}\b", re.IGNORECASE)
_CHANGING = re.compile(
    r"\b(?:current_date|current_time|current_timestamp|localtime|localtimestamp)\b"
    r"|\b(?:now|today|get_current_time|get_current_timestamp|transaction_timestamp|random|uuid|gen_random_uuid)\s*\(",
    re.IGNORECASE,
)


def check_query(sql: str) -> None:
    """Refuses what is not one SELECT whose only parameter is ``$as_of``.

    Raises
    ------
    ValueError
        Says what came.
    """
    import duckdb

    with _connection() as database:
        try:
            statements = database.extract_statements(sql)
        except duckdb.Error as error:
            raise ValueError(f"no SQL that DuckDB reads: {_first_line(error)}") from None
    kinds = [statement.type.name for statement in statements]
    if kinds != ["SELECT"]:
        raise ValueError(f"expected one SELECT, got {' and '.join(kinds) or 'nothing'}")
    others = sorted(set(statements[0].named_parameters) - {"as_of"})
    if others:
        raise ValueError(f"the parameter ${others[0]} is unknown; there is $as_of alone")
    changing = _CHANGING.search(_NOT_CODE.sub(" ", sql))
    if changing:
        raise ValueError(f"{changing[0]!r} changes from run to run. The day is $as_of; leave clock and chance out")


def run_query(sql: str, known: Ledger, day: dt.date, clients: pd.Index, *, where: str) -> pd.Series:
    """The value column of the query by client_id.

    Raises
    ------
    CallError
        The query fails, or gives other columns; begins with ``where``.
    """
    import duckdb

    with _connection() as database:
        for name, table in known.all_tables().items():
            database.register(name.replace("/", "_"), _with_decimals(name, table))
        if _READS_TITLES.search(sql):
            database.register(TITLES, titles_of(_with_decimals("invoices", known.tables["invoices"])))
        database.register("asked", pa.table({"client_id": pa.array(clients, from_pandas=True)}))
        parameters = {"as_of": day} if "as_of" in database.extract_statements(sql)[0].named_parameters else {}
        try:
            result = database.execute(sql, parameters)
            names = [str(column[0]) for column in result.description]
            columns = result.fetchnumpy()
        except duckdb.Error as error:
            raise CallError(f"{where} fails: {_first_line(error)}") from None
    if len(names) != 2 or names.count("client_id") != 1:
        raise CallError(f"{where} gave the columns {names}. Give client_id and one column of numbers")
    value = next(name for name in names if name != "client_id")
    found = pd.Series(columns[value], index=index_of(pa.array(pd.Series(columns["client_id"]), from_pandas=True)))
    return found[found.index.notna()]


def index_of(ids: pa.Array) -> pd.Index:
    """Client ids for pandas: integers exact even where one is missing."""
    mapper = {pa.int64(): pd.Int64Dtype()}.get if ids.null_count else None
    index: pd.Index = pd.Index(ids.to_pandas(types_mapper=mapper), name="client_id")
    return index


def _connection() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(":memory:", config=dict(_LOCKED))


def _with_decimals(name: str, table: pa.Table) -> pa.Table:
    """The table with its amounts as decimals, whose sums do not hang on the order of rows."""
    known = LEDGER_TABLES[name].by_name if name in LEDGER_TABLES else {}
    for at, column in enumerate(table.column_names):
        if column in known and known[column].kind == "amount":
            try:
                table = table.set_column(at, column, table[column].cast(pa.decimal128(18, 2)))
            except pa.ArrowInvalid:
                continue  # ten thousand trillion and more: it stays a float
    return table


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
