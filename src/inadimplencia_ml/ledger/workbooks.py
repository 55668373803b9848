"""A sheet of a workbook (Excel, LibreOffice) as columns: the first row that is not blank names them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.errors import LedgerError, MissingExtraError, did_you_mean
from inadimplencia_ml.ledger.mixed_values import as_array, said_as
from inadimplencia_ml.ledger.unpacked import look_into

__all__ = ["SheetRows", "read_sheet"]


@dataclass(frozen=True)
class SheetRows:
    """Columns by position, of cells as they are kept: text, numbers, dates; ``line`` is the row of the sheet."""

    header: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    line: npt.NDArray[np.int64]


def read_sheet(path: Path, sheet: str | None, decimal: str) -> SheetRows:
    """Reads a sheet, by default the only one. Blank rows are no rows; dates stored as bare numbers stay numbers.

    Raises
    ------
    LedgerError
        It is no workbook, has no such sheet, or several and none is named; it holds no rows, or unpacks to too much.
    MissingExtraError
        The extra ``excel`` is not installed.
    """
    try:
        import python_calamine as calamine
    except ModuleNotFoundError:
        raise MissingExtraError.of("python-calamine", "excel") from None
    look_into(path)
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as book:
            wanted = _named(path, book.sheet_names, sheet)
            cells = book.get_sheet_by_name(wanted).to_python(skip_empty_area=False)
    except (calamine.CalamineError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise LedgerError(f"{path.name} is not a whole workbook: {reason[:200]}") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the library in Rust, which is no Exception
            raise
        raise LedgerError(f"{path.name} is not a whole workbook: its parts contradict each other") from None
    kept = [(i, row) for i, row in enumerate(cells, 1) if any(cell != "" for cell in row)]
    if len(kept) < 2:
        raise LedgerError(
            f"{path.name}, sheet {wanted!r}: has a header but no rows." if kept else f"{path.name}: empty."
        )
    header = tuple(str(cell).strip() for cell in kept[0][1])
    values = list(zip(*(row for _, row in kept[1:]), strict=True))
    said = said_as(decimal)
    columns = tuple(pa.chunked_array([as_array([_plain(cell) for cell in column], said)]) for column in values)
    return SheetRows(header, columns, np.array([i for i, _ in kept[1:]], np.int64))


def _named(path: Path, names: list[str], sheet: str | None) -> str:
    if sheet is None and len(names) == 1:
        return names[0]
    if sheet is None:
        raise LedgerError(f"{path.name} has {len(names)} sheets. Say which in the mapping, with sheet: {names}.")
    if sheet not in names:
        raise LedgerError(f"{path.name} has no sheet {sheet!r}.{did_you_mean(sheet, names)}")
    return sheet


def _plain(cell: Any) -> Any:
    """A cell as a value; an empty one is missing, a time of day or a length of time is text."""
    if isinstance(cell, str):
        return cell if cell.strip() else None
    return str(cell) if isinstance(cell, (dt.time, dt.timedelta)) else cell
