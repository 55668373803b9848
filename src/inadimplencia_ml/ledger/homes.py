"""Which partition each row of a ledger's files belongs to: that of its client, and of all clients linked with it.

A client goes by the hash of its id. Clients with a group in common stay together, where the first of them would be. An
invoice's rows, and its payments, go to the client that the invoice names first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.frames import in_one_piece
from inadimplencia_ml.ledger.owners import NOBODY, Numbers, Owners
from inadimplencia_ml.ledger.partitions import groups_of, hashed
from inadimplencia_ml.storage import read_parquet

__all__ = ["Homes", "Numbers", "linked_clients", "row_count"]

_MEMORY = "1500MB"
_ROWS_AT_ONCE = 2_000_000


class Homes:
    """The partition of every client and, once ``find_owners`` has looked through the invoices, of every invoice.

    Parameters
    ----------
    files : dict of Path
        The ledger's files by table.
    count : int
        How many partitions.
    spill : Path
        A folder for what does not fit into memory.
    """

    def __init__(self, files: dict[str, Path], count: int, spill: Path) -> None:
        import duckdb  # only where it is needed: a book that fits memory does not wait for it

        self.files, self.count = files, count
        how: dict[str, Any] = {"memory_limit": _MEMORY, "temp_directory": str(spill)}
        how["preserve_insertion_order"] = False  # where it counts, it is asked for
        self.connection = duckdb.connect(config=how)
        links = read_parquet(files["links"]) if "links" in files else None
        self._linked, self._at = _linked_homes(links, count)
        self._spill = spill
        spill.mkdir(exist_ok=True)

    def __enter__(self) -> Homes:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def of_clients(self, ids: Any) -> Numbers:
        """The partition of each client; `NOBODY` for a row that names none."""
        coded = in_one_piece(ids).cast(pa.string()).dictionary_encode()
        number = hashed(coded.dictionary, self.count).astype(np.uint16)
        if len(self._linked):
            at = pc.fill_null(pc.index_in(coded.dictionary, value_set=self._linked), -1).to_numpy(zero_copy_only=False)
            number = np.where(at >= 0, np.append(self._at, np.uint16(0))[at], number)
        row = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
        return np.asarray(np.append(number, NOBODY)[row], np.uint16)

    def find_owners(self) -> None:
        """Looks through the invoices: their rows all go to the client that they name first."""
        path = self.files["invoices"]
        self._invoices = self._by_client(path)
        self._owners = Owners(self.connection, path, self._invoices, self._spill)

    def of_rows(self, name: str) -> Numbers | None:
        """The partition of each row of a table's file; None for a table of no client."""
        path = self.files[name]
        columns = pq.read_schema(path).names
        by_invoice = name == "payments" and "invoice_id" in columns
        if "client_id" not in columns and not by_invoice:
            return None
        part = self._invoices if name == "invoices" else self._by_client(path)
        if by_invoice:
            self._owners.put_into(part, path)
        part[part == NOBODY] = 0
        return part

    def _by_client(self, path: Path) -> Numbers:
        """The partition of each row by the client that it names."""
        part, begin = np.full(row_count(path), NOBODY), 0
        if "client_id" in pq.read_schema(path).names:
            for ids in _column(path, "client_id"):
                part[begin : begin + len(ids)] = self.of_clients(ids)
                begin += len(ids)
        return part


def _linked_homes(links: pa.Table | None, count: int) -> tuple[pa.Array, Numbers]:
    """The clients that have a link, as text, and their partitions: all of one group are where the first of them is."""
    if links is not None and "client_id" not in links.column_names:
        raise LedgerError("links: the column 'client_id' is missing. Import the ledger again.")
    clients, first = linked_clients(links)
    return clients, hashed(clients, count)[first].astype(np.uint16)


def linked_clients(links: pa.Table | None) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """The clients that have a link, as text in order, and for each the place of the first one it is tied to.

    Clients are tied together who have a group in common, or are both tied to a third.
    """
    none = pa.array([], pa.string()), np.zeros(0, np.int64)
    if links is None or not links.num_rows:
        return none
    from scipy.sparse import coo_array  # only for books with links
    from scipy.sparse.csgraph import connected_components

    rows = pa.table({"client": links["client_id"].cast(pa.string()), "group": groups_of(links)}).drop_null()
    if not rows.num_rows:
        return none
    clients = pc.unique(rows["client"])
    clients = clients.take(pc.sort_indices(clients))
    one = pc.index_in(in_one_piece(rows["client"]), value_set=clients).to_numpy()
    group = in_one_piece(rows["group"]).dictionary_encode()
    other = group.indices.to_numpy() + len(clients)
    size = len(clients) + len(group.dictionary)
    graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(size, size))
    component = connected_components(graph, directed=False)[1][: len(clients)]
    _, first, back = np.unique(component, return_index=True, return_inverse=True)  # clients are sorted
    return clients, first[back]


def row_count(path: Path) -> int:
    """Rows of a Parquet file.

    Raises
    ------
    LedgerError
        It is not readable as Parquet.
    """
    try:
        return int(pq.ParquetFile(path).metadata.num_rows)
    except (pa.ArrowException, OSError) as error:
        raise LedgerError(f"{path}: not readable as Parquet ({str(error).splitlines()[0]})") from error


def _column(path: Path, name: str) -> Iterator[Any]:
    """One column of a file as text, some groups of rows at a time."""
    with pq.ParquetFile(path) as file:
        waiting: list[Any] = []
        for group in range(file.num_row_groups):
            waiting += file.read_row_group(group, columns=[name])[name].cast(pa.string()).chunks
            if sum(map(len, waiting)) >= _ROWS_AT_ONCE or group == file.num_row_groups - 1:
                yield in_one_piece(pa.chunked_array(waiting, pa.string()))
                waiting = []
