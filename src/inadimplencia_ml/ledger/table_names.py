"""Which names a ledger's tables may have: they become names of files, and must not lead out of the folder."""

from __future__ import annotations

import re

from inadimplencia_ml.tables import LEDGER_TABLES

__all__ = ["is_attribute", "is_table"]

_ATTRIBUTE = re.compile(r"attributes/[^\s./\\\0:*?\"<>|][^/\\\0:*?\"<>|\r\n]{0,99}")


def is_attribute(name: str) -> bool:
    """Whether a name is that of a table of attributes: ``attributes/`` and one plain word of a file's name.

    >>> is_attribute("attributes/bureau"), is_attribute("attributes/../x"), is_attribute("attributes/")
    (True, False, False)
    """
    return _ATTRIBUTE.fullmatch(name) is not None


def is_table(name: str) -> bool:
    """Whether a name is that of a table of a ledger."""
    return name in LEDGER_TABLES or is_attribute(name)
