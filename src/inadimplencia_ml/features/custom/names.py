"""Names that a feature of one's own may have: plain words that no other column has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from inadimplencia_ml.catalog import BY_NAME
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.settings_file import shown

__all__ = ["check_name", "check_names"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_KEYS = ("client_id", "as_of", "invoice_id", "view")
_OPEN_ENDED = {"client_": "the clients table", "macro_": "the macro table"}
"""Names that columns of the ledger's own tables have."""


def check_name(name: str) -> str:
    """The name, if a feature of one's own may have it.

    Raises
    ------
    ValueError
        It is no plain word, or the name of another column.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{shown(name)} is no name of a column: up to 63 small letters a-z, digits and _, a letter first"
        )
    if name in _KEYS:
        raise ValueError(f"{name!r} is the name of a key of a snapshot. Choose another.")
    if name in BY_NAME:
        raise ValueError(f"{name!r} is a feature of the catalogue: {BY_NAME[name].meaning_en} Choose another name.")
    for start, source in _OPEN_ENDED.items():
        if name.startswith(start):
            raise ValueError(f"{name!r}: names that begin with {start!r} belong to columns of {source}")
    return name


def check_names(names: Iterable[str], ledger: Ledger) -> None:
    """Refuses a name given twice, or one that a column of the ledger's attribute tables has.

    Raises
    ------
    CallError
        Says which name, and what has it.
    """
    told = Counter(names)
    for name, times in told.items():
        if times > 1:
            raise CallError(f"custom: the feature {name!r} is given {times} times. Give each a name of its own.")
        for table, content in ledger.attributes.items():
            columns = {f"{table}_{c}{end}" for c in content.column_names for end in ("", "_days")}
            if name in columns:
                raise CallError(f"custom: {name!r} is a column of the attribute table {table!r}. Choose another name.")
