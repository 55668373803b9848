"""A large ledger folder written in pieces, so that no more than one piece is ever in memory.

Each piece is a book of its own, drawn by `features/big_book.py`; its ids carry the number of the piece.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "features"))

from big_book import LAST_DAY, draw_book

from inadimplencia_ml import Ledger
from inadimplencia_ml.storage import digest, read_json, write_json

__all__ = ["book_of", "write_large_ledger"]

A_PIECE = 5_000_000
MOST_DRAWN = 4
"""Pieces that are drawn; a larger book repeats them under other ids, since drawing takes longer than scoring."""


def write_large_ledger(folder: Path, invoices: int, clients: int, *, seed: int = 0) -> Path:
    """Writes a ledger folder of so many invoices and clients, as the import would; one that is there is kept."""
    if (folder / "manifest.json").exists():
        return folder
    pieces = max(1, invoices // A_PIECE)
    folder.mkdir(parents=True, exist_ok=True)
    writers: dict[str, pq.ParquetWriter] = {}
    counts: dict[str, dict[str, int]] = {}
    drawn = -1
    for number in range(pieces):
        if drawn != (now := number * min(pieces, MOST_DRAWN) // pieces):
            drawn, ledger = now, book_of(invoices // pieces, clients // pieces, seed + now)
        _add(ledger, number, folder, writers)
        for row in ledger.counts.to_dict("records"):
            told = counts.setdefault(row.pop("table"), dict.fromkeys(row, 0))
            for word, rows in row.items():
                told[word] += rows
    for writer in writers.values():
        writer.close()
    small = ledger.of_tables({name: table.slice(0, 10) for name, table in ledger.all_tables().items()})
    said = read_json(small.write(folder / "small") / "manifest.json")  # what a ledger says of itself
    (folder / "small" / "problems.parquet").rename(folder / "problems.parquet")
    shutil.rmtree(folder / "small")
    files = {name: folder / f"{name}.parquet" for name in writers}
    tables = {name: {"rows": pq.read_metadata(file).num_rows, "sha256": digest(file)} for name, file in files.items()}
    write_json(said | {"tables": tables, "counts": counts}, folder / "manifest.json")
    return folder


def book_of(invoices: int, clients: int, seed: int) -> Ledger:
    """A book in memory."""
    book = draw_book(invoices, clients, random_state=seed, text_ids=True)
    return Ledger(book.invoices, book.payments, book.clients, known_until=str(LAST_DAY))


def _add(ledger: Ledger, number: int, folder: Path, writers: dict[str, pq.ParquetWriter]) -> None:
    for name, table in ledger.all_tables().items():
        for column in ("client_id", "invoice_id"):
            if column in table.column_names:
                at = table.schema.get_field_index(column)
                ids = pc.binary_join_element_wise(table[column], pa.scalar(f"{number:03d}"), "-")
                table = table.set_column(at, column, ids)
        if name not in writers:
            file = folder / f"{name}.parquet"
            writers[name] = pq.ParquetWriter(file, table.schema, compression="snappy", use_dictionary=False)
        writers[name].write_table(table, row_group_size=200_000)
