"""Client attributes as last known before each snapshot: from the clients table and from any attributes table."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.codes import NONE, date_codes
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks

__all__ = ["AttributeValues", "attribute_columns", "attribute_frame", "attribute_values"]

Floats = npt.NDArray[np.float64]
AttributeValues: TypeAlias = dict[str, Floats | pa.ChunkedArray]

_NOT_A_FEATURE = frozenset(
    "client_id known_on tax_id uf city is_consumer vulnerable hardship do_not_contact preferred_channel "
    "preferred_hours".split()
)
"""Ids, proxies of origin, the reach of a law, rights and wishes: facts for the policy, never a feature."""


def attribute_values(ledger: Ledger, looks: Looks) -> AttributeValues:
    """Each attribute by name: numbers as floats, dates as days before the snapshot, text as it is.

    The latest row known at the snapshot's day counts, field by field: a null keeps the older value.
    """
    columns: AttributeValues = {}
    for prefix, table in _tables(ledger).items():
        names = _feature_columns(table)
        if names:
            columns |= _latest(prefix, table, names, ledger, looks)
    return columns


def attribute_frame(values: AttributeValues, rows: int) -> pd.DataFrame:
    """The same as a table of so many rows; text as categories."""
    columns = {
        name: pd.Series(column) if isinstance(column, np.ndarray) else column.to_pandas().astype("category")
        for name, column in values.items()
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(rows))


def attribute_columns(ledger: Ledger) -> dict[str, str]:
    """The features that a ledger's clients and attribute tables give, and the column that each comes from."""
    return {
        f"{prefix}_{name}{'_days' if pa.types.is_temporal(table.schema.field(name).type) else ''}": name
        for prefix, table in _tables(ledger).items()
        for name in _feature_columns(table)
    }


def _feature_columns(table: pa.Table) -> list[str]:
    return [n for n in table.column_names if n not in _NOT_A_FEATURE and not n.startswith("consent_")]


def _tables(ledger: Ledger) -> dict[str, pa.Table]:
    clients = {"client": ledger.tables["clients"]} if "clients" in ledger.tables else {}
    return clients | ledger.attributes


def _latest(prefix: str, table: pa.Table, names: list[str], ledger: Ledger, looks: Looks) -> AttributeValues:
    client = ledger.books.client_numbers(table["client_id"]).astype(np.int64)
    known = date_codes(table, "known_on").astype(np.int64)
    mine = np.flatnonzero(client >= 0)
    order = mine[np.lexsort((known[mine], client[mine]))]
    client, known = client[order], known[order]
    tied = bool(((client[1:] == client[:-1]) & (known[1:] == known[:-1])).any())
    first = np.ones(len(order), bool)
    first[1:] = client[1:] != client[:-1]
    key = client << 33 | (known - int(NONE))
    wanted = looks.client.astype(np.int64) << 33 | (looks.day.astype(np.int64) - int(NONE))
    at = np.searchsorted(key, wanted, side="right") - 1
    valid = (at >= 0) & (looks.client >= 0)
    valid[valid] = client[at[valid]] == looks.client[valid]
    at = np.maximum(at, 0)
    picked = _picked(order, at, valid) if first.all() else None  # one row a client: the same for all columns
    out: AttributeValues = {}
    for name in names:
        column, pick = table[name], picked
        if pick is None:
            rows = order[np.lexsort((_rank(column, order), known, client))] if tied else order
            given = pc.is_valid(column.take(pa.array(rows))).to_numpy()
            last = np.maximum.accumulate(np.where(given | first, np.arange(len(order)), 0))
            pick = _picked(rows[last], at, valid)
        values = _as_feature(column.take(pick), looks.day)
        if values is not None:
            suffix = "_days" if pa.types.is_temporal(column.type) else ""
            out[f"{prefix}_{name}{suffix}"] = values
    return out


def _picked(rows: npt.NDArray[np.int64], at: npt.NDArray[np.int64], valid: npt.NDArray[np.bool_]) -> pa.Array:
    """By snapshot the row that speaks, null where none does."""
    return pa.array(np.where(valid, np.append(rows, 0)[at], 0), mask=~valid)


def _rank(column: pa.ChunkedArray, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Order of the values, by which rows of one client known on one day are told apart, whatever the file's order."""
    values = column.take(pa.array(rows))
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    rank: npt.NDArray[np.int64] = pc.rank(values, sort_keys="ascending", tiebreaker="dense").to_numpy().astype(np.int64)
    return rank


def _as_feature(column: pa.ChunkedArray, day: npt.NDArray[np.int32]) -> Floats | pa.ChunkedArray | None:
    """Numbers as floats, dates as days before ``day``, text as it is; anything else is no feature."""
    kind = column.type
    if pa.types.is_temporal(kind):
        value = date_codes(pa.table({"d": column}), "d")
        return np.where(value == NONE, np.nan, day - value.astype(np.float64))
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return None
    return np.asarray(pc.fill_null(column.cast(pa.float64(), safe=False), float("nan")).to_numpy(), np.float64)
