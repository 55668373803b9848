"""A column, a table, and what several tables share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["CLIENT", "KNOWN_ON", "Column", "Kind", "Table", "must"]

Kind = Literal["id", "text", "date", "datetime", "amount", "number", "count", "bool", "any", "texts"]


@dataclass(frozen=True)
class Column:
    """One column: how it is read, and what it holds."""

    name: str
    kind: Kind
    meaning: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: its columns, the id that tells a double, and whether further columns are welcome."""

    name: str
    columns: tuple[Column, ...]
    key: str | None = None
    open_columns: bool = False
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {c.name: c for c in self.columns})

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which the table cannot be read."""
        return tuple(c.name for c in self.columns if c.required)

    def kind_of(self, name: str) -> Kind:
        """The kind of a column; further columns of an open table are of kind ``any``."""
        return self.by_name[name].kind if name in self.by_name else "any"


def must(name: str, kind: Kind, meaning: str) -> Column:
    """A column without which the table cannot be read."""
    return Column(name, kind, meaning, required=True)


KNOWN_ON = Column("known_on", "date", "day the row reached the books")
CLIENT = must("client_id", "id", "the client")
