"""Every exception of the library.

* InadimplenciaError
  + LedgerError         the data at the door is wrong as a whole: a column is missing, two currencies, no readable file
  + MappingError        an import mapping is wrong; names the file and the key
  + CallError           an argument is wrong: an unknown client, a date that is none, a column that is not there
    - NotEnoughData     too few good or bad cases to fit or judge; carries the counts
  + BundleError         a saved model is altered, of an unknown format, or made for other features
  + PolicyError         a policy file is wrong, or does not fit the scores
  + DatabaseError       a database cannot be reached, refuses, or its tables are not as they must be
  + MissingExtraError   an optional library is not installed; says how to get it
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from itertools import islice

__all__ = [
    "BundleError",
    "CallError",
    "DatabaseError",
    "InadimplenciaError",
    "LedgerError",
    "MappingError",
    "MissingExtraError",
    "NotEnoughData",
    "PolicyError",
    "did_you_mean",
    "names_told",
]


class InadimplenciaError(Exception):
    """The root of all errors of this library."""


class LedgerError(InadimplenciaError, ValueError):
    """The data at the door is wrong as a whole. Single bad rows never raise: they are gathered and counted."""


class MappingError(InadimplenciaError, ValueError):
    """An import mapping is wrong."""


class CallError(InadimplenciaError, ValueError):
    """An argument of a call is wrong."""


class NotEnoughData(CallError):
    """Too few good or bad cases to fit or judge a model."""


class BundleError(InadimplenciaError, ValueError):
    """A saved model cannot be trusted or does not fit."""


class PolicyError(InadimplenciaError, ValueError):
    """A policy file is wrong, or does not fit the scores it is given."""


class DatabaseError(InadimplenciaError):
    """A database cannot be reached, refuses what is asked, or its tables are not as they must be."""


class MissingExtraError(InadimplenciaError, ImportError):
    """An optional library is not installed."""

    @classmethod
    def of(cls, library: str, extra: str) -> MissingExtraError:
        """The error for ``library``, which ``pip install 'inadimplencia-ml[extra]'`` brings."""
        return cls(f"{library} is not installed. Install it with: pip install 'inadimplencia-ml[{extra}]'")


_LOOKED_AT, _LONGEST, _TOLD = 1_000, 60, 40
"""Names compared, how much of a name is shown, and how many: a file may have 100,000 columns, or an endless one."""
_A_VALUE = re.compile(r"\d{4}|\d[.,/-]\d")


def did_you_mean(name: object, known: Iterable[object], *, limit: int = 3) -> str:
    """A hint with the names near to ``name``, or with all known ones if they are few; empty if nothing helps.

    >>> did_you_mean("due_dat", ["due_date", "amount"])
    " Did you mean 'due_date'?"
    """
    told = [one for k in islice(known, _LOOKED_AT) if (one := str(k)).isprintable()]
    names = sorted({one[:_LONGEST] for one in told if not _A_VALUE.search(one)})
    folded = {n.casefold(): n for n in names}
    near = difflib.get_close_matches(str(name).casefold()[:_LONGEST], list(folded), n=limit, cutoff=0.6)
    if near:
        return " Did you mean " + " or ".join(repr(folded[n]) for n in near) + "?"
    if 0 < len(names) <= 12:
        return " Known: " + ", ".join(names) + "."
    return ""


def names_told(names: Iterable[object]) -> str:
    """Names of columns for a message; none of them where one looks like a value, or most come several times.

    A file without a header has a client's row in its place, and messages repeat no personal data.

    >>> names_told(["Cliente", "Valor"])
    "'Cliente', 'Valor'"
    >>> names_told(["Maria", "31/01/2025", "10,00"])
    '(not shown: they look like values; is there a line of names?)'
    """
    all_of_them = [str(name) for name in names]
    if any(_A_VALUE.search(name) for name in all_of_them) or 2 * len(set(all_of_them)) < len(all_of_them):
        return "(not shown: they look like values; is there a line of names?)"
    short = [repr(name if len(name) <= _LONGEST else name[:_LONGEST] + "...") for name in all_of_them[:_TOLD]]
    while len(short) > 1 and sum(map(len, short)) > _LONGEST * _TOLD // 2:  # signs that cannot be shown take more room
        del short[len(short) // 2 :]
    more = len(all_of_them) - len(short)
    return ", ".join(short) + (f" and {more:,} more" if more else "")
