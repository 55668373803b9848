"""Which partition each invoice of a book is in, whatever the number of invoices: keys in buckets on the disk.

An invoice's id becomes a key of 128 bits, two hashes by DuckDB, in one pass over its column; the first bits say into
which bucket it goes. A bucket is sorted and looked up in by itself, so memory is that of one, and time goes with rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["NOBODY", "Numbers", "Owners", "quoted"]

Numbers = npt.NDArray[np.uint16]
Rows = npt.NDArray[np.void]
NOBODY = np.uint16(2**16 - 1)
"""The partition of a row that names no client."""
_A_BUCKET, _MOST_BITS = 2_000_000, 8
_AT_ONCE = 2
_VECTORS = 500
"""Of 2,048 rows, in which DuckDB hands over what it found."""
_OWNER = np.dtype([("a", "<u8"), ("b", "<u8"), ("part", "<u2")])
_ROW = np.dtype([("a", "<u8"), ("b", "<u8"), ("at", "<i8")])
_KNOWN = "coalesce(epoch_us(TRY_CAST(known_on AS TIMESTAMP)), -9000000000000000000)"


class Owners:
    """The partition of every invoice: of the client that its rows name, or where they differ of the one named first.

    Parameters
    ----------
    connection : DuckDBPyConnection
    invoices : Path
    own : array of uint16
        The partition of each row by its own client; rows of an invoice that name different ones are put right in it.
    folder : Path
        For the buckets.
    """

    def __init__(self, connection: Any, invoices: Path, own: Numbers, folder: Path) -> None:
        self._connection, self._folder = connection, folder
        self._bits = min(_MOST_BITS, (len(own) // _A_BUCKET).bit_length())
        with _Buckets(folder / "owners", self._bits, _OWNER) as self._owners:
            for found in self._keys(invoices):
                self._owners.add(_records(_OWNER, a=found["a"], b=found["b"], part=own[found["at"]]))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            unclear = list(pool.map(self._settle, range(len(self._owners))))
        self._named = self._first_named(invoices, own, np.concatenate(unclear))

    def put_into(self, part: Numbers, path: Path) -> None:
        """Sets the partition of each row of a file that names a known invoice."""
        with _Buckets(self._folder / "rows", self._bits, _ROW) as buckets:
            for found in self._keys(path):
                buckets.add(_records(_ROW, **found))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda k: self._put(part, k, buckets.read(k)), range(len(buckets))))
        buckets.remove()

    def _put(self, part: Numbers, k: int, rows: Rows) -> None:
        owners, mine = self._owners.read(k), self._named[_bucket_of(self._named["a"], self._bits) == k]
        owners["part"][_places(owners, mine)] = mine["part"]
        place = _places(owners, rows)
        there = place >= 0
        owner = owners["part"][place[there]]
        known = owner != NOBODY
        part[rows["at"][there][known]] = owner[known]

    def _keys(self, path: Path, also: str = "") -> Iterator[dict[str, npt.NDArray[Any]]]:
        """The place and the key of every row that names an invoice, some rows at a time and in no order."""
        schema = pq.read_schema(path)
        if "invoice_id" not in schema.names:
            return  # what the door says of such a file comes later
        kind = schema.field("invoice_id").type
        numbers = pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        text = f"CAST({'TRY_CAST(invoice_id AS BIGINT)' if numbers else 'invoice_id'} AS VARCHAR)"
        self._connection.execute(
            f"SELECT file_row_number AS at, hash({text}) AS a, hash('2' || {text}) AS b{also} "
            f"FROM read_parquet({quoted(path)}, file_row_number = true) WHERE {text} IS NOT NULL"
        )
        while len(found := self._connection.fetch_df_chunk(_VECTORS)):
            yield {name: found[name].to_numpy() for name in found.columns}

    def _settle(self, k: int) -> npt.NDArray[np.uint64]:
        """Makes one row an invoice of a bucket; tells the keys of invoices whose rows name several partitions."""
        rows = self._owners.read(k)
        rows = rows[_order(rows)]
        first = _firsts(rows)
        if not len(first):
            return np.zeros(0, np.uint64)
        low, high = (f.reduceat(rows["part"], first) for f in (np.minimum, np.maximum))
        owners = rows[first]
        owners["part"] = low
        self._owners.write(k, owners)
        unclear: npt.NDArray[np.uint64] = owners["a"][low < high]
        return unclear

    def _first_named(self, invoices: Path, own: Numbers, unclear: npt.NDArray[np.uint64]) -> Rows:
        """Of invoices whose rows differ, the partition of the client named first; their rows all go there."""
        if not len(unclear):
            return np.zeros(0, _OWNER)
        known = _KNOWN if "known_on" in pq.read_schema(invoices).names else "0"
        unclear, found = np.sort(unclear), []
        for some in self._keys(invoices, f", {known} AS known"):
            near = np.minimum(np.searchsorted(unclear, some["a"]), len(unclear) - 1)
            mine = unclear[near] == some["a"]
            found.append({name: values[mine] for name, values in some.items()})
        every = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
        part = own[every["at"]]
        order = np.lexsort((every["at"], every["known"], part == NOBODY, every["b"], every["a"]))
        rows = _records(_OWNER, a=every["a"][order], b=every["b"][order], part=part[order])
        first = _firsts(rows)
        named = rows[first]
        own[every["at"][order]] = np.repeat(named["part"], np.diff(np.append(first, len(rows))))
        return named


class _Buckets:
    """Files of records, each of the keys that begin with the same bits."""

    def __init__(self, folder: Path, bits: int, kind: np.dtype[np.void]) -> None:
        self._bits, self._kind = bits, kind
        self._paths = [folder.with_name(f"{folder.name}{k:03d}") for k in range(1 << bits)]

    def __len__(self) -> int:
        return len(self._paths)

    def __enter__(self) -> _Buckets:
        self._opened = ExitStack()
        self._files = [self._opened.enter_context(path.open("wb")) for path in self._paths]
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def add(self, records: Rows) -> None:
        """Writes each record into its bucket."""
        number = _bucket_of(records["a"], self._bits)
        order = np.argsort(number, kind="stable")
        dealt, edges = records[order], np.searchsorted(number[order], np.arange(len(self) + 1))
        for k, file in enumerate(self._files):
            if edges[k] < edges[k + 1]:
                file.write(dealt[edges[k] : edges[k + 1]].tobytes())

    def read(self, k: int) -> Rows:
        return np.fromfile(self._paths[k], self._kind)

    def write(self, k: int, records: Rows) -> None:
        records.tofile(self._paths[k])

    def remove(self) -> None:
        for path in self._paths:
            path.unlink()


def _bucket_of(keys: npt.NDArray[np.uint64], bits: int) -> npt.NDArray[np.int16]:
    high = keys >> np.uint64(64 - bits) if bits else np.zeros(len(keys), np.uint64)
    return high.astype(np.int16)


def _records(kind: np.dtype[np.void], **columns: npt.NDArray[Any]) -> Rows:
    out = np.empty(len(columns["a"]), kind)
    for name, values in columns.items():
        out[name] = values
    return out


def _order(rows: Rows) -> npt.NDArray[np.int64]:
    """The order by both halves of the key; the second hardly ever decides."""
    order = np.argsort(rows["a"])
    a, b = rows["a"][order], rows["b"][order]
    return np.lexsort((rows["b"], rows["a"])) if np.any((a[1:] == a[:-1]) & (b[1:] != b[:-1])) else order


def _firsts(rows: Rows) -> npt.NDArray[np.int64]:
    """Where each key begins in rows that are in order."""
    if not len(rows):
        return np.zeros(0, np.int64)
    new = (rows["a"][1:] != rows["a"][:-1]) | (rows["b"][1:] != rows["b"][:-1])
    return np.flatnonzero(np.append(True, new))


def _places(known: Rows, wanted: Rows) -> npt.NDArray[np.int64]:
    """The place of each key among those known, which are in order; -1 where it is none of them."""
    if not len(known):
        return np.full(len(wanted), -1)
    keys = np.ascontiguousarray(known["a"])
    at = np.minimum(np.searchsorted(keys, np.ascontiguousarray(wanted["a"])), len(keys) - 1)
    same = keys[at] == wanted["a"]
    hit = same & (known["b"][at] == wanted["b"])
    for i in np.flatnonzero(same & ~hit):  # two ids with the same first half
        end = np.searchsorted(keys, keys[at[i]], "right")
        several = at[i] + np.flatnonzero(known["b"][at[i] : end] == wanted["b"][i])
        at[i], hit[i] = (several[0], True) if len(several) else (-1, False)
    return np.where(hit, at, -1)


def quoted(path: Path) -> str:
    """A path as a text of SQL."""
    return "'" + str(path).replace("'", "''") + "'"
