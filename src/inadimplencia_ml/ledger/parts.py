"""A ledger folder too large for memory, as several ledgers of disjoint clients.

The rows are dealt out on disk by a hash of the client's id, each table in the order of its file, so that doubles are
resolved as in one piece. Memory then depends on the size of a part, not of the book.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
        invoices = _source(files["invoices"])
        connection.execute(
            f"CREATE TABLE owners AS SELECT invoice_id, any_value({_part('client_id', count)}) AS part "
            f"FROM {invoices} GROUP BY invoice_id"
        )
        for name, path in files.items():
            columns = pq.read_schema(path).names
            by_invoice = name == "payments" and "invoice_id" in columns
            if by_invoice:
                owned = f"{_source(path)} p LEFT JOIN owners o USING (invoice_id)"
                rows = f"(SELECT p.*, coalesce(o.part, 0) AS part FROM {owned})"
            elif "client_id" in columns:
                rows = f"(SELECT *, {_part('client_id', count)} AS part FROM {_source(path)})"
            else:
                rows = f"(SELECT *, NULL AS part FROM {_source(path)})"
            connection.execute(f"CREATE OR REPLACE TEMP TABLE dealt AS SELECT * FROM {rows}")
            for k in range(count):
                target = out / str(k) / f"{name}.parquet"
                target.parent.mkdir(parents=True, exist_ok=True)
                connection.execute(
                    f"COPY (SELECT * EXCLUDE (part, file_row_number) FROM dealt WHERE coalesce(part, {k}) = {k} "
                    f"ORDER BY file_row_number) TO {_quoted(target)} (FORMAT parquet)"
                )


def _source(path: Path) -> str:
    return f"read_parquet({_quoted(path)}, file_row_number = true)"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _part(column: str, count: int) -> str:
    """The part of a client, by the text of its id: tables may hold it as a number or as text."""
    return f"(hash(CAST({column} AS VARCHAR)) % {count})::BIGINT"
