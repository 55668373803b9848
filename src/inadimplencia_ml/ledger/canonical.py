"""Which types the columns of a table have once it passed the door, told from the types in which they came.

A part of a book cannot tell by itself: where all its values of a column are missing, the door makes it text.
"""

from __future__ import annotations

import pyarrow as pa

from inadimplencia_ml.tables import Kind, Table

__all__ = ["EMPTY_TYPES", "TYPES", "canonical_schema", "canonical_type"]

TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "amount": pa.float64(),
    "number": pa.float64(),
    "count": pa.int64(),
    "bool": pa.bool_(),
}
"""The type of a kind, where it does not hang on how the column came."""
EMPTY_TYPES: dict[Kind, pa.DataType] = {**TYPES, "id": pa.string(), "any": pa.string()}
"""The type of a column that holds nothing."""


def canonical_schema(table: Table, given: pa.Schema) -> pa.Schema:
    """The columns that the door lets through, in its order, and their types."""
    listed = [c.name for c in table.columns if c.name in given.names]
    further = [name for name in given.names if table.open_columns and name not in table.by_name]
    return pa.schema([(name, canonical_type(table.kind_of(name), given.field(name).type)) for name in listed + further])


def canonical_type(kind: Kind, given: pa.DataType) -> pa.DataType:
    """The type of a column of a kind, by the type in which it came.

    Examples
    --------
    >>> canonical_type("id", pa.int32()), canonical_type("any", pa.decimal128(10, 2))
    (DataType(int64), DataType(double))
    """
    if kind in TYPES:
        return TYPES[kind]
    number = pa.types.is_floating(given) or pa.types.is_decimal(given)
    if kind == "id":
        return pa.int64() if number or pa.types.is_integer(given) else pa.string()
    if pa.types.is_date(given) or pa.types.is_timestamp(given):
        return pa.date32()
    if number or pa.types.is_uint64(given):
        return pa.float64()
    if pa.types.is_boolean(given):
        return pa.bool_()
    return pa.int64() if pa.types.is_integer(given) else pa.string()
