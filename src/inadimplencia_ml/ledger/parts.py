"""A ledger folder too large for memory, as several ledgers of disjoint clients, one after another."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.ledger.folder import table_files
from inadimplencia_ml.ledger.homes import row_count
from inadimplencia_ml.ledger.ledger import Ledger, read_ledger, read_partition
from inadimplencia_ml.ledger.partitioning import partition_ledger
from inadimplencia_ml.ledger.partitions import Partitions, is_partitioned

__all__ = ["LedgerParts", "invoice_rows", "ledger_parts"]

MOST_ROWS = 12_000_000
"""Invoice rows that are read in one piece: under 3 GB with the features of a block beside them."""
_ROWS_A_PART = 8_000_000


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
    _parts: Partitions | None

    def __iter__(self) -> Iterator[Ledger]:
        if self._parts is None:
            yield read_ledger(self._folder)
            return
        for k in range(self.count):
            yield read_partition(self._parts, k)

    def of_clients(self, ids: Any) -> npt.NDArray[np.int64]:
        """The part of each client id, known or not."""
        return np.zeros(len(ids), np.int64) if self._parts is None else self._parts.of_clients(ids)


def invoice_rows(folder: Path) -> int:
    """Invoice rows of a ledger folder, in partitions or not, as its files say.

    Raises
    ------
    LedgerError
        There is no such folder, it holds no invoices, or their file is not readable.
    """
    return Partitions.read(folder).rows if is_partitioned(folder) else row_count(table_files(folder)["invoices"])


@contextmanager
def ledger_parts(folder: Path, *, most_rows: int = MOST_ROWS, rows_a_part: int | None = None) -> Iterator[LedgerParts]:
    """The ledger of a folder: in one piece, in its partitions, or dealt out into a temporary folder.

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
    if invoice_rows(folder) <= most_rows:
        yield LedgerParts(1, folder, None)
    elif is_partitioned(folder):
        parts = Partitions.read(folder)
        yield LedgerParts(len(parts), folder, parts)
    else:
        with tempfile.TemporaryDirectory(prefix="inadimplencia-") as temporary:
            out = partition_ledger(folder, Path(temporary) / "ledger", rows_a_partition=rows_a_part or _ROWS_A_PART)
            parts = Partitions.read(out)
            yield LedgerParts(len(parts), folder, parts)
