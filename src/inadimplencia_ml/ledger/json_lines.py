"""A file of JSON lines as columns, read in blocks: one object a line, what is none is told with its line.

A line may be long, a file may be one line: no more of it is held than a row may take.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.ledger.csv_rows import Ragged
from inadimplencia_ml.ledger.mixed_values import as_array, as_column, said_as

__all__ = ["JsonRows", "read_json_lines"]

_ROWS_AT_ONCE = 20_000
_LONGEST = 1 << 20  # bytes of a line
_SHOWN = 200
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class JsonRows:
    """Columns by name, of the wanted ones that came; ``names`` are all that came, ``line`` is 1-based."""

    names: tuple[str, ...]
    columns: dict[str, pa.ChunkedArray]
    line: npt.NDArray[np.int64]
    ragged: tuple[Ragged, ...]


def read_json_lines(path: Path, wanted: Sequence[str], decimal: str) -> JsonRows:
    """Reads the wanted keys of every line; blank lines are no rows, a key that is missing in a line is null there."""
    names: dict[str, None] = {}
    numbers: list[int] = []
    ragged: list[Ragged] = []
    said = said_as(decimal)
    pieces: dict[str, list[pa.Array]] = {name: [] for name in wanted}
    with path.open("rb") as file:
        for block in _blocks(_lines(file)):
            rows = []
            for number, line in block:
                row = _object(line)
                if isinstance(row, str):
                    ragged.append(Ragged(len(numbers), line[:_SHOWN].decode("utf-8", "replace").strip(), row))
                    row = {}
                numbers.append(number)
                names.update(dict.fromkeys(row))
                rows.append(row)
            for name in wanted:
                pieces[name].append(as_array([row.get(name) for row in rows], said))
    columns = {name: as_column(pieces[name], said=said) for name in wanted if name in names}
    return JsonRows(tuple(names), columns, np.array(numbers, np.int64), tuple(ragged))


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers; of one that is too long a little more than may be held."""
    number = 0
    while line := file.readline(_LONGEST + 1):
        number += 1
        end = line
        while len(line) > _LONGEST and end and not end.endswith(b"\n"):
            end = file.readline(_LONGEST)  # passed over
        line = line.removeprefix(_MARK) if number == 1 else line
        if line.strip():
            yield number, line


def _blocks(lines: Iterator[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    while block := list(islice(lines, _ROWS_AT_ONCE)):
        yield block


def _object(line: bytes) -> dict[str, Any] | str:
    """The object of a line, or why it is none."""
    if len(line) > _LONGEST:
        return f"the line is longer than {_LONGEST:,} bytes"
    try:
        found = json.loads(line.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError:
        return "the line is not UTF-8"
    except (ValueError, RecursionError):
        return "the line is not JSON"
    if not isinstance(found, dict):
        return "the line holds no JSON object"
    return "the line holds half a character" if b"\\ud" in line.lower() and _is_broken(found) else found


def _is_broken(found: dict[str, Any]) -> bool:
    """Whether a text in it cannot be written: JSON lets half of a character stand alone."""
    try:
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
