"""What a person is told of our tables and columns, in Portuguese, and values as they are written in Brazil."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict

from inadimplencia_ml import tables as all_tables
from inadimplencia_ml.catalog import reason_family
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.tables import Table

__all__ = ["WORDS_FILE", "About", "about_table", "column_name", "plain_value", "rights", "table_name"]

WORDS_FILE = Path(__file__).with_name("words.yaml")
_REASON = re.compile(r"reason_\d")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(\D|$)")
_TABLES = [one for one in vars(all_tables).values() if isinstance(one, Table)]


class About(NamedTuple):
    """What a table is for: its name, the purpose and the legal basis of keeping it."""

    name: str
    purpose: str
    basis: str


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: dict[str, About]
    columns: dict[str, str]
    values: dict[str, dict[str, str]]
    rights: tuple[str, ...]


@lru_cache(maxsize=1)
def _words() -> _Words:
    given = yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))
    tables = {name: About(**entry) for name, entry in given.pop("tables").items()}
    return _Words(tables=tables, **given)


def about_table(name: str) -> About:
    """The words on a table; further attribute tables are told with their own name.

    Examples
    --------
    >>> about_table("attributes/bureau").name
    'Informações complementares (bureau)'
    """
    kind, _, own = name.partition("/")
    found = _words().tables.get(kind, _words().tables["other"])
    return found._replace(name=f"{found.name} ({own or name})") if own or kind not in _words().tables else found


def table_name(name: str) -> str:
    """The name of a table in Portuguese."""
    return about_table(name).name


def column_name(name: str) -> str:
    """The name of a column in Portuguese; one that the company added keeps its own.

    Examples
    --------
    >>> column_name("due_date"), column_name("apelido")
    ('Vencimento', 'apelido')
    """
    return _words().columns.get(name, name)


def rights() -> tuple[str, ...]:
    """What the person may ask, a sentence each."""
    return _words().rights


def plain_value(column: str, value: Any) -> str:
    """A value as it is written in Brazil.

    Examples
    --------
    >>> [plain_value(c, v) for c, v in (("amount", 1234.5), ("amount", "1234.50"), ("due_date", "2026-03-15"))]
    ['R$ 1.234,50', 'R$ 1.234,50', '15/03/2026']
    >>> plain_value("is_consumer", True)
    'sim'
    >>> plain_value("cancel_reason", "void"), plain_value("reason_1", "R01")
    ('título sem efeito', 'R01: Atraso atual')
    """
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, list | tuple):
        return "; ".join(plain_value(column, one) for one in value)
    if isinstance(value, str) and (said := _in_words(column, value)) is not None:
        return said
    kind = _kind(column)
    if kind == "amount" and _NUMBER.fullmatch(str(value)):  # a fact from the command comes as text
        return "R$ " + _comma(f"{float(value):,.2f}")
    if isinstance(value, float):
        return _comma(f"{value:,.6g}" if not value.is_integer() else f"{value:,.0f}")
    return _date(str(value)) if kind in ("date", "datetime", "any") else str(value)


def _in_words(column: str, value: str) -> str | None:
    """A word of a closed list, or the code of a reason with its name; None for anything else."""
    if _REASON.fullmatch(column):
        try:
            return f"{value}: {reason_family(value).name_pt}"
        except CallError:  # of a later version
            return value
    return _words().values.get(column, {}).get(value)


@lru_cache(maxsize=1024)
def _kind(column: str) -> str:
    return next((one.by_name[column].kind for one in _TABLES if column in one.by_name), "any")


def _comma(text: str) -> str:
    return text.translate(str.maketrans(",.", ".,"))


def _date(text: str) -> str:
    """An ISO date or time as dd/mm/yyyy; anything else as it is."""
    if not _ISO.match(text):
        return text
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment:%d/%m/%Y}" if len(text) == 10 or moment.time() == dt.time(0) else f"{moment:%d/%m/%Y %H:%M}"
