"""The mapping of an export: which file holds which table, which column is which, how numbers and dates are written.

A mapping is YAML, read safely into frozen models. Unknown and doubled keys are errors that name the file, the key and
the nearest known name. `examples/mappings` holds some.
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
import warnings
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from inadimplencia_ml.errors import MappingError, did_you_mean
from inadimplencia_ml.ledger.table_names import is_attribute
from inadimplencia_ml.ledger.text_cells import TextFormat
from inadimplencia_ml.settings_file import shown, yaml_data
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES, Table

__all__ = ["FileMapping", "LedgerSettings", "Mapping", "Value", "mapping_to_yaml", "parse_mapping", "read_mapping"]

_MOST_TOLD, _LONGEST_TOLD = 5, 300  # findings that one message bears, and signs of each
_NOT_OF_FILES = ("idna", "punycode", "raw-unicode-escape", "unicode-escape")
Value = str | int | float | bool | dt.date | None


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LedgerSettings(_Settings):
    """What holds for the ledger as a whole."""

    calendar: Literal["BR", "none"] = "BR"
    timezone: str = "America/Sao_Paulo"
    currency: str = Field(default="BRL", min_length=3, max_length=3)
    known_until: dt.date | None = None

    @field_validator("timezone")
    @classmethod
    def _a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):  # an unknown key, or one that is no relative path
            raise ValueError(f"{value!r} is not a time zone; expected one such as America/Sao_Paulo") from None
        return value


class FileMapping(_Settings):
    """How the files of one name become rows of one table.

    ``columns`` says for each ledger column which column of the export it is. ``values`` translates cells before they
    are read; a cell translated to nothing is missing. ``copies`` takes a ledger column from another of the same row.
    ``sheet`` names the sheet of a workbook; several entries may read sheets of one file.
    """

    file: str = Field(min_length=1)
    table: str
    format: Literal["csv", "parquet", "excel", "json_lines"] | None = None
    sheet: str | None = None
    encoding: str = "auto"
    delimiter: str = "auto"
    decimal: Literal[",", "."] = ","
    thousands: Literal[".", ",", " ", "'", ""] | None = None
    dates: tuple[str, ...] = ("%d/%m/%Y",)
    columns: dict[str, str]
    constants: dict[str, Value] = {}
    copies: dict[str, str] = {}
    values: dict[str, dict[str, Value]] = {}
    types: dict[str, Literal["text", "number", "date", "bool"]] = {}
    ids_from_file_and_line: bool = False
    same_row_is_duplicate: bool = False
    duplicate_on: tuple[str, ...] | None = None

    @property
    def schema_of_table(self) -> Table:
        """What the ledger's table holds."""
        return _table(self.table)

    @property
    def text_format(self) -> TextFormat:
        """How numbers and dates are written; thousands are marked with the sign that the decimals do not use."""
        thousands = self.thousands if self.thousands is not None else {",": ".", ".": ","}[self.decimal]
        return TextFormat(self.decimal, thousands, self.dates)

    @field_validator("table")
    @classmethod
    def _a_table(cls, value: str) -> str:
        if value not in LEDGER_TABLES and not is_attribute(value):
            raise ValueError(f"{value!r} is not a table.{did_you_mean(value, [*LEDGER_TABLES, 'attributes/<name>'])}")
        return value

    @field_validator("delimiter")
    @classmethod
    def _a_delimiter(cls, value: str) -> str:
        value = {"tab": "\t", "\\t": "\t"}.get(value, value)
        usable = len(value) == 1 and value.isascii() and not value.isalnum() and value not in '"\r\n\0'
        if value != "auto" and not usable:
            raise ValueError(f"{value!r} is not one sign; expected auto, tab or a sign such as ';'")
        return value

    @field_validator("encoding")
    @classmethod
    def _an_encoding(cls, value: str) -> str:
        if value == "auto":
            return value
        try:
            name = codecs.lookup(value).name.replace("_", "-")
            usable = "1;a".encode(value).decode(value) == "1;a" and name not in _NOT_OF_FILES
        except (LookupError, ValueError):  # not known, not of text, or not of these signs
            usable = False
        if not usable:
            raise ValueError(f"{value!r} is not an encoding of text; expected auto or one such as utf-8 or cp1252")
        return value

    @field_validator("dates")
    @classmethod
    def _date_formats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for form in value:
            try:
                with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of a day without a year
                    back = dt.datetime.strptime(dt.date(2021, 3, 4).strftime(form), form)
            except (ValueError, re.error) as error:  # a part that comes twice makes a broken pattern in strptime
                raise ValueError(f"{form!r} is not a date format such as %d/%m/%Y: {error}") from None
            if (back.year, back.month) != (2021, 3):
                raise ValueError(f"{form!r} does not tell the year and the month; expected one such as %d/%m/%Y")
        return value

    @model_validator(mode="after")
    def _fits_the_table(self) -> FileMapping:
        table = self.schema_of_table
        made = {*self.columns, *self.constants, *self.copies} | (
            {"invoice_id"} if self.ids_from_file_and_line else set()
        )
        for key in ("columns", "constants", "copies"):
            for name in getattr(self, key):
                if name not in table.by_name and not table.open_columns:
                    raise ValueError(f"{key}: {table.name} has no column {name!r}.{did_you_mean(name, table.by_name)}")
        for key, names in (("values", self.values), ("types", self.types), ("duplicate_on", self.duplicate_on or ())):
            for name in names:
                if name not in made:
                    raise ValueError(f"{key}: {name!r} is not mapped.{did_you_mean(name, made)}")
        for name in self.types:
            if name in table.by_name:
                raise ValueError(f"types: {name!r} is a column of {table.name} whose type is known; leave it out")
        for name, source in self.copies.items():
            if source not in self.columns:
                raise ValueError(
                    f"copies: {name!r} copies {source!r}, which is not mapped.{did_you_mean(source, made)}"
                )
        doubled = [n for n in made if sum(n in group for group in (self.columns, self.constants, self.copies)) > 1]
        if doubled:
            raise ValueError(f"{sorted(doubled)[0]!r} is given twice, among columns, constants and copies")
        self._has_what_is_required(table, made)
        return self

    def _has_what_is_required(self, table: Table, made: set[str]) -> None:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}")
        if self.ids_from_file_and_line and (self.table != "invoices" or "invoice_id" in self.columns):
            raise ValueError("ids_from_file_and_line makes invoice_id: only for invoices without a mapped invoice_id")
        missing = [name for name in table.required if name not in made]
        if missing:
            raise ValueError(
                f"columns: {missing[0]!r} is missing, which {self.table} needs.{did_you_mean(missing[0], ())}"
            )
        if self.table == "payments" and not made & {"invoice_id", "client_id"}:
            raise ValueError("columns: payments need 'invoice_id' or 'client_id'")


class Mapping(_Settings):
    """A whole mapping: the ledger's settings and one entry a kind of file."""

    ledger: LedgerSettings = LedgerSettings()
    files: tuple[FileMapping, ...]

    @model_validator(mode="after")
    def _agree(self) -> Mapping:
        if not any(entry.table == "invoices" for entry in self.files):
            raise ValueError("no entry has the table invoices, which every ledger needs")
        for entry in self.files:
            first = next(other for other in self.files if other.table == entry.table)
            for key in ("same_row_is_duplicate", "duplicate_on", "ids_from_file_and_line"):
                if getattr(first, key) != getattr(entry, key):
                    raise ValueError(f"{key} differs between {first.file!r} and {entry.file!r}, both of {entry.table}")
        return self


def read_mapping(path: str | Path) -> Mapping:
    """Reads a mapping file.

    Raises
    ------
    MappingError
        There is no such file, it is no YAML, or a key or value is wrong; the message names the file and the key.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is a folder" if path.is_dir() else "cannot be read as UTF-8 text" if path.exists() else "is not there"
        raise MappingError(f"the mapping {path} {reason}. Expected a YAML file.") from error
    return parse_mapping(text, name=path.name)


def parse_mapping(text: str, *, name: str = "mapping") -> Mapping:
    """A mapping from its YAML text.

    Examples
    --------
    >>> mapping = parse_mapping('''
    ... files:
    ...   - file: titulos*.csv
    ...     table: invoices
    ...     columns: {client_id: Cliente, invoice_id: Título, issue_date: Emissão, due_date: Vencimento, amount: Valor}
    ... ''')
    >>> mapping.files[0].columns["due_date"], mapping.ledger.calendar
    ('Vencimento', 'BR')
    """
    data = yaml_data(text, f"{name} is not YAML", MappingError, text_keys=True)
    if not isinstance(data, dict):
        raise MappingError(f"{name}: expected the keys ledger and files, got {type(data).__name__}")
    try:
        return Mapping.model_validate(data)
    except ValidationError as error:
        wrong = error.errors()
        more = f"; and {len(wrong) - _MOST_TOLD:,} more" if len(wrong) > _MOST_TOLD else ""
        told = "; ".join(_sentence(one, data)[:_LONGEST_TOLD] for one in wrong[:_MOST_TOLD])
        raise MappingError(f"{name}: {told}{more}") from None


def mapping_to_yaml(mapping: Mapping, comments: tuple[str, ...] = ()) -> str:
    """A mapping as YAML that :func:`read_mapping` reads back; comments stand at the top, one a line."""
    data = mapping.model_dump(mode="json", exclude_defaults=True)
    data = {"ledger": mapping.ledger.model_dump(mode="json"), **data} | {
        "ledger": mapping.ledger.model_dump(mode="json")
    }
    body = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=120)
    return "".join(f"# {line}\n" for line in comments) + body


def _listed(data: Any) -> Any:
    """Tuples as lists, which YAML knows."""
    if isinstance(data, dict):
        return {key: _listed(value) for key, value in data.items()}
    return [_listed(value) for value in data] if isinstance(data, tuple | list) else data


def _table(name: str) -> Table:
    return LEDGER_TABLES.get(name, ATTRIBUTES)


def _sentence(error: Any, data: Any) -> str:
    """One validation error as: where, what came, what is right."""
    *path, last = error["loc"] or ("",)
    where = ""
    if len(error["loc"]) > 1 and error["loc"][0] == "files" and isinstance(error["loc"][1], int):
        entry = data["files"][error["loc"][1]]
        said = entry.get("file", "?") if isinstance(entry, dict) else "?"
        where = f"files[{error['loc'][1]}] ({said}): "
    key = ".".join(str(part) for part in error["loc"] if not isinstance(part, int) and part != "files")
    if error["type"] == "extra_forbidden":
        models: dict[str, type[BaseModel]] = {"ledger": LedgerSettings, "files": FileMapping}
        model = models[str(path[0])] if path else Mapping
        return f"{where}unknown key {str(last)!r}.{did_you_mean(last, model.model_fields)}"
    if error["type"] == "missing":
        return f"{where}the key {str(last)!r} is missing"
    if error["type"] == "value_error":
        text = str(error["ctx"]["error"])
        return f"{where}{key}: {text}" if key and not text.startswith(f"{key}:") else f"{where}{text}"
    hint = "; write it in quotes if it is a name" if error["type"] == "string_type" else ""
    return f"{where}{key}: {error['msg']}, got {shown(error['input'])}{hint}"
