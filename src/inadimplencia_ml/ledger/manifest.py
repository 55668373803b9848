"""What the manifest of a ledger folder must say, in one piece or in partitions; and which columns a sealed table has.

A manifest is read from disk: a name in it must not lead out of the folder, and a number must be one, before either is
used. A table whose columns are not those of the door is none that passed it, whatever its digest.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.findings import PROBLEMS
from inadimplencia_ml.ledger.table_names import is_table
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES, Kind

__all__ = ["checked_manifest", "has_passed_the_door", "problems_of"]


def _a_table(name: str) -> str:
    if not is_table(name):
        raise ValueError("is no table of a ledger")
    return name


Table = Annotated[str, AfterValidator(_a_table)]
Rows = Annotated[int, Field(ge=0, strict=True)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Counts = dict[str, Rows]


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="ignore")

    calendar: dict[str, Any]
    counts: dict[Table, Counts]
    notes: dict[str, Counts] = {}
    timezone: str = "America/Sao_Paulo"
    currency: Annotated[str, Field(min_length=3, max_length=3)] = "BRL"
    known_until: Any = None  # looked at where it is read


class _File(BaseModel):
    rows: Rows
    sha256: Digest | None = None


class _Sealed(BaseModel):
    sha256: Digest


class _Named(_File):
    file: Annotated[str, Field(pattern=r"^whole/[A-Za-z0-9_]{1,60}-[0-9a-f]{8}\.parquet$")]


class _Schema(BaseModel):
    schema_: str = Field(alias="schema")


class _Part(BaseModel):
    folder: Annotated[str, Field(pattern=r"^[0-9]{5,9}-[0-9a-f]{8}$")]
    tables: dict[Table, _File]


class _InOnePiece(_Manifest):
    tables: dict[Table, _Sealed]


class _InPartitions(_Manifest):
    kind: Literal["inadimplencia_ml ledger"]
    partitions: Annotated[list[_Part], Field(min_length=1)]
    tables: dict[Table, _Schema]
    whole: dict[str, _Named]
    notes: dict[str, Counts]
    known_until: dt.date
    deliveries: list[Digest] = []


def checked_manifest(said: Any, path: Path, *, partitioned: bool) -> dict[str, Any]:
    """What a manifest says, once it is known to say all that is read of it.

    Raises
    ------
    LedgerError
        It is damaged; names the place in it.
    """
    try:
        found = (_InPartitions if partitioned else _InOnePiece).model_validate(said)
        Calendar.from_json(found.calendar)
        if missing := [name for name in found.tables if "rows" not in found.counts.get(name, {})]:
            raise ValueError(f"counts of {missing[0]}")
        if isinstance(found, _InPartitions):
            _of_one_another(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _damaged(path, f"{where[:100]}: {first['msg']}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _damaged(path, repr(error)[:200]) from error
    whole: dict[str, Any] = said
    return whole


def _of_one_another(found: _InPartitions) -> None:
    """Every table that a part holds has its columns told, and the invoices and the problems are there."""
    told = set(found.tables)
    for part in found.partitions:
        if "invoices" not in part.tables or not set(part.tables) <= told:
            raise ValueError(f"tables of {part.folder}")
    if "problems" not in found.whole or not set(found.whole) - {"problems"} <= told:
        raise ValueError("whole")


def _damaged(path: Path, why: str) -> LedgerError:
    return LedgerError(f"{path}: is damaged, so the ledger cannot be trusted ({why})")


_KINDS: dict[Kind, tuple[pa.DataType, ...]] = {
    "id": (pa.string(), pa.int64()),
    "text": (pa.string(),),
    "date": (pa.date32(),),
    "datetime": (pa.timestamp("us"),),
    "amount": (pa.float64(),),
    "number": (pa.float64(),),
    "count": (pa.int64(),),
    "bool": (pa.bool_(),),
    "any": (pa.string(), pa.int64(), pa.float64(), pa.date32(), pa.bool_()),
}


def has_passed_the_door(name: str, table: pa.Table) -> bool:
    """Whether a table has the columns, of the types, that the door gives it."""
    kind = LEDGER_TABLES.get(name, ATTRIBUTES)
    names = table.column_names
    if len(set(names)) < len(names) or not set(kind.required) <= set(names):
        return False
    if name == "payments" and not {"invoice_id", "client_id"} & set(names):
        return False
    return all(field.type in _KINDS[kind.kind_of(field.name)] for field in table.schema)


def problems_of(table: pa.Table, path: Path) -> pa.Table:
    """What the door found, with the columns that it has.

    Raises
    ------
    LedgerError
        Columns are missing or of other types.
    """
    try:
        return table.select(PROBLEMS.names).cast(PROBLEMS)
    except (KeyError, pa.ArrowException) as error:
        raise LedgerError(f"{path}: holds no findings of an import ({str(error).splitlines()[0][:100]})") from error
