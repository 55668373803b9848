"""Which rows of a table, lines of a file and words of a text are on one client."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.folder import table_files
from inadimplencia_ml.ledger.partitions import Partitions, is_partitioned

__all__ = ["as_a_word", "client_id_in", "client_rows", "is_client", "line_is_of", "mentioned"]


def client_id_in(ledger: Path, asked: Any) -> Any:
    """An id in the type of a ledger.

    Raises
    ------
    CallError
        The ledger's ids are numbers and this is none.
    """
    parted = is_partitioned(ledger)
    schema = Partitions.read(ledger).schema("invoices") if parted else pq.read_schema(table_files(ledger)["invoices"])
    if not pa.types.is_integer(schema.field("client_id").type):
        return str(asked)
    try:
        return int(asked)
    except ValueError:
        raise CallError("client: the ledger's ids are numbers, and this is none") from None


def is_client(column: Any, client_id: Any) -> Any:
    """Which cells are the client's id, whatever the type they are kept in."""
    return pc.fill_null(pc.equal(column.cast(pa.string()), str(client_id)), False)


def client_rows(table: pa.Table, client_id: Any, invoices: pa.Array) -> Any:
    """Which rows are on a client: by the id, or by an invoice of theirs where the row names no client."""
    if "client_id" in table.column_names:
        mine = is_client(table["client_id"], client_id)
    else:
        mine = pa.array(np.zeros(table.num_rows, bool))
    if "invoice_id" in table.column_names:
        theirs = pc.is_in(table["invoice_id"].cast(pa.string()), value_set=invoices)
        mine = pc.or_(mine, pc.fill_null(theirs, False))
    return mine


def line_is_of(line: str, client_id: Any) -> bool:
    """Whether a line of JSON is on a client: its ``client_id``, at the top or within."""
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return any(str(value) == str(client_id) for value in _ids(said))


def _ids(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "client_id":
                yield inner
            yield from _ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner)


def as_a_word(secret: str) -> re.Pattern[str]:
    """The id with nothing of another id before or after it: C1 is not in C12, nor in C1-2."""
    return re.compile(rf"(?<![0-9A-Za-z_])(?<![0-9A-Za-z][-./]){re.escape(secret)}(?![0-9A-Za-z_])(?![-./][0-9A-Za-z])")


def mentioned(text: str, secret: str) -> bool:
    """Whether a text names an id as a word of its own.

    Examples
    --------
    >>> [mentioned(text, "C1") for text in ("pago por C1.", "C12", "C1-2")]
    [True, False, False]
    """
    return as_a_word(secret).search(text) is not None
