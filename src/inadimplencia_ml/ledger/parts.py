"""A ledger folder too large for memory, as several ledgers of disjoint clients.

The rows are dealt out on disk by a hash of the client's id, each table in the order of its file, so that doubles are
resolved as in one piece. Memory then depends on the size of a part, not of the book.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.folder import read_settings, table_files
from inadimplencia_ml.ledger.ledger import Ledger, read_ledger

__all__ = ["LedgerParts", "ledger_parts"]

MOST_ROWS = 12_000_000
"""Invoice rows that are read in one piece: under 3 GB with the features of a block beside them."""
_ROWS_A_PART = 8_000_000
_MEMORY = "1GB"
_WRITTEN_AT_ONCE = 2

Numbers = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class LedgerParts:
    """The ledgers of a folder, one after another.

    Attributes
    ----------
    count : int
        How many; 1 where the book is read in one piece.
    """

    count: int
    _folder: Path
    _where: Path | None

    def __iter__(self) -> Iterator[Ledger]:
        if self._where is None:
            yield read_ledger(self._folder)
            return
        for k in range(self.count):
            yield read_ledger(self._where / str(k), settings=read_settings(self._folder))

    def of_clients(self, ids: Any) -> npt.NDArray[np.int64]:
        """The part of each client id, known or not."""
        if self._where is None:
            return np.zeros(len(ids), np.int64)
        import duckdb  # only where it is needed: a book that fits memory does not wait for it

        with duckdb.connect() as connection:
            connection.register("asked", pa.table({"client_id": ids}))
            found = connection.execute(f"SELECT {_part('client_id', self.count)} AS part FROM asked").fetchnumpy()
        return np.asarray(found["part"], np.int64)


@contextmanager
def ledger_parts(folder: Path, *, most_rows: int = MOST_ROWS, rows_a_part: int | None = None) -> Iterator[LedgerParts]:
    """The ledger of a folder, in one piece or dealt out into a temporary folder that goes with the block.

    Parameters
    ----------
    folder : Path
        A ledger folder.
    most_rows, rows_a_part : int
        Up to how many invoice rows the book stays whole, and about how many a part holds.

    Raises
    ------
    LedgerError
        As `read_ledger`.
    """
    files = table_files(folder)
    rows = _rows(files["invoices"])
    if rows <= most_rows:
        yield LedgerParts(1, folder, None)
        return
    count = -(-rows // (rows_a_part or _ROWS_A_PART))
    with tempfile.TemporaryDirectory(prefix="inadimplencia-") as temporary:
        _deal(files, count, Path(temporary))
        yield LedgerParts(count, folder, Path(temporary))


def _rows(path: Path) -> int:
    try:
        return int(pq.ParquetFile(path).metadata.num_rows)
    except (pa.ArrowException, OSError) as error:
        raise LedgerError(f"{path}: not readable as Parquet ({str(error).splitlines()[0]})") from error


def _deal(files: dict[str, Path], count: int, out: Path) -> None:
    """Writes each table's rows of part k into ``out/k``, in the order of the file."""
    import duckdb

    with duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": str(out / "spilled")}) as connection:
        several = _find_owners(connection, files["invoices"], count)
        part = {name: _part_of_rows(connection, name, path, count, several) for name, path in files.items()}
    with ThreadPoolExecutor(_WRITTEN_AT_ONCE) as pool:
        for job in [pool.submit(_write_rows, path, part[name], count, out, name) for name, path in files.items()]:
            job.result()


def _find_owners(connection: Any, invoices: Path, count: int) -> bool:
    """Makes the table ``owners``, the part of each invoice: its rows all go to the client that it names first.

    Returns whether an invoice has several rows; later ones may name no client, or, in error, another.
    """
    known = "coalesce(CAST(known_on AS VARCHAR), '')" if "known_on" in pq.read_schema(invoices).names else "''"
    connection.execute(
        f"CREATE TABLE owners AS SELECT invoice_id, any_value({_part('client_id', count)}) AS part, "
        f"count(*) > 1 AS several FROM {_source(invoices)} GROUP BY invoice_id"
    )
    connection.execute(
        f"CREATE TABLE named AS SELECT invoice_id, arg_min({_part('client_id', count)}, ({known}, file_row_number)) "
        f"AS part FROM {_source(invoices)} WHERE client_id IS NOT NULL "
        "AND invoice_id IN (SELECT invoice_id FROM owners WHERE several) GROUP BY invoice_id"
    )
    connection.execute("UPDATE owners SET part = named.part FROM named WHERE owners.invoice_id = named.invoice_id")
    return bool(connection.execute("SELECT count(*) > 0 FROM named").fetchone()[0])


def _part_of_rows(connection: Any, name: str, path: Path, count: int, several: bool) -> Numbers | None:
    """The part of each row of a file; None for a table without clients, which every part has whole."""
    columns, own = pq.read_schema(path).names, _part("client_id", count)
    if "invoice_id" in columns and (name == "payments" or (name == "invoices" and several)):
        own = own if "client_id" in columns else "0"  # of an invoice that is not there
        query = f"coalesce(owners.part, {own}) AS part FROM {_source(path)} LEFT JOIN owners USING (invoice_id)"
    elif "client_id" in columns:
        query = f"{own} AS part FROM {_source(path)}"
    else:
        return None
    found = connection.execute(
        f"SELECT part::USMALLINT AS part FROM (SELECT file_row_number, {query}) ORDER BY file_row_number"
    )
    return np.asarray(found.fetchnumpy()["part"])


def _write_rows(path: Path, part: Numbers | None, count: int, out: Path, name: str) -> None:
    """Deals out the rows of a file, a group of rows at a time."""
    with ExitStack() as opened:
        file = opened.enter_context(pq.ParquetFile(path))
        writers = []
        for k in range(count):
            target = out / str(k) / f"{name}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            writers.append(opened.enter_context(pq.ParquetWriter(target, file.schema_arrow, use_dictionary=False)))
        begin = 0
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            for k, writer in enumerate(writers):
                mine = None if part is None else pa.array(part[begin : begin + rows.num_rows] == k)
                writer.write_table(rows if mine is None else rows.filter(mine))
            begin += rows.num_rows


def _source(path: Path) -> str:
    return f"read_parquet({_quoted(path)}, file_row_number = true)"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _part(column: str, count: int) -> str:
    """The part of a client, by the text of its id: tables may hold it as a number or as text."""
    return f"(hash(CAST({column} AS VARCHAR)) % {count})::BIGINT"
