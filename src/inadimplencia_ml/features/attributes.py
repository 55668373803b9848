"""Client attributes as last known before each snapshot: from the clients table and from any attributes table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.codes import NONE, date_codes
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks

__all__ = ["attribute_columns", "attribute_features"]

_NOT_A_FEATURE = frozenset(
    "client_id known_on tax_id uf city is_consumer vulnerable hardship do_not_contact preferred_channel "
    "preferred_hours".split()
)
"""Ids, proxies of origin, the reach of a law, rights and wishes: facts for the policy, never a feature."""


def attribute_features(ledger: Ledger, looks: Looks) -> pd.DataFrame:
    """One column an attribute: numbers as float64, dates as days before the snapshot, text as categories.

    The latest row known at the snapshot's day counts, field by field: a null keeps the older value.
    """
    columns: dict[str, pd.Series] = {}
    for prefix, table in _tables(ledger).items():
        names = _feature_columns(table)
        if names:
            columns |= _latest(prefix, table, names, ledger, looks)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(looks.day)))


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


def _latest(prefix: str, table: pa.Table, names: list[str], ledger: Ledger, looks: Looks) -> dict[str, pd.Series]:
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
    out = {}
    for name in names:
        rows = order[np.lexsort((_rank(table[name], order), known, client))] if tied else order
        column = table[name].take(pa.array(rows))
        given = pc.is_valid(column).to_numpy()
        last = np.maximum.accumulate(np.where(given | first, np.arange(len(order)), 0))
        pick = pa.array(np.where(valid, np.append(last, 0)[np.maximum(at, 0)], 0), mask=~valid)
        series = _as_feature(column.take(pick), looks.day)
        if series is not None:
            suffix = "_days" if pa.types.is_temporal(column.type) else ""
            out[f"{prefix}_{name}{suffix}"] = series
    return out


def _rank(column: pa.ChunkedArray, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Order of the values, by which rows of one client known on one day are told apart, whatever the file's order."""
    values = column.take(pa.array(rows))
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    rank: npt.NDArray[np.int64] = pc.rank(values, sort_keys="ascending", tiebreaker="dense").to_numpy().astype(np.int64)
    return rank


def _as_feature(column: pa.ChunkedArray, day: npt.NDArray[np.int32]) -> pd.Series | None:
    """Numbers as floats, dates as days before ``day``, text as categories; anything else is no feature."""
    kind = column.type
    if pa.types.is_temporal(kind):
        value = date_codes(pa.table({"d": column}), "d")
        return pd.Series(np.where(value == NONE, np.nan, day - value.astype(np.float64)))
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        if pa.types.is_boolean(kind):
            column = column.cast(pa.int8())
        return pd.Series(pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        if len(column) == 1:  # of one row the general way costs as much as to score it
            return _one_category(column[0].as_py())
        text: pd.Series = column.to_pandas().astype("category")
        return text
    return None


def _one_category(text: str | None) -> pd.Series:
    known = pd.Index([] if text is None else [text], dtype="str")
    return pd.Series(pd.Categorical.from_codes([-1 if text is None else 0], known, validate=False))
