"""Doubled rows and histories of invoices, told apart in file order before anything is shuffled.

Only rows whose id comes more than once are looked at; they are compared by integer codes of their columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.cells import Rows
from inadimplencia_ml.ledger.codes import repeated

__all__ = ["Doubles", "Histories", "doubles_of", "histories_of"]

Codes = npt.NDArray[np.int64]
_NOTHING: Rows = np.empty(0, np.int64)
_NULL_DAY = np.int64(-(2**40))  # before any date: no known_on means known from the start


@dataclass(frozen=True)
class Doubles:
    """Rows that repeat an earlier one (``row`` → ``first``), and whether they say otherwise than it."""

    row: Rows
    conflict: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Histories:
    """What the rows of one invoice are to each other."""

    later: Rows  # later rows of invoices: may leave fields empty
    first: Rows  # for each of them the first row of its invoice
    client_changed: Rows
    issue_changed: Rows
    doubles: Doubles


def doubles_of(columns: Mapping[str, pa.Array], on: Sequence[str], alive: npt.NDArray[np.bool_]) -> Doubles:
    """Later rows equal to an earlier one in the columns ``on``; null equals null, but a lone key never is null.

    Parameters
    ----------
    columns
        Canonical columns, all of one length.
    on
        The columns that must be equal.
    alive
        Rows to look at.
    """
    if len(on) == 1:
        alive = alive & columns[on[0]].is_valid().to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(alive) if len(on) > 1 else _alive(repeated(columns[on[0]]), alive)
    rows, group = _several(rows, _codes([_taken(columns[name], rows) for name in on]))
    order = np.argsort(group, kind="stable")
    rows, group = rows[order], group[order]
    begins = np.flatnonzero(np.r_[True, group[1:] != group[:-1]][: len(group)])
    first = np.repeat(rows[begins], np.diff(np.r_[begins, len(rows)]))
    again = rows != first
    return _doubles(columns, rows[again], first[again])


def histories_of(columns: Mapping[str, pa.Array], alive: npt.NDArray[np.bool_]) -> Histories:
    """Tells the rows of each invoice_id apart: the first known one, later ones, doubles, and contradictions.

    The first row is the earliest known (no known_on: from the start) that has client, issue and due date; those
    before it are left to be rejected. Later rows may leave anything empty but may not change client or issue_date.
    """
    rows = _alive(repeated(columns["invoice_id"]), alive)
    rows, group = _several(rows, _codes([_taken(columns["invoice_id"], rows)]))
    if not len(rows):
        return Histories(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _no_doubles())
    known = _days(columns.get("known_on"), rows)
    order = np.lexsort((rows, known, group))
    rows, group, known = rows[order], group[order], known[order]
    begins = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    size = np.diff(np.r_[begins, len(rows)])

    complete = np.ones(len(rows), bool)
    for name in ("client_id", "issue_date", "due_date"):
        complete &= _taken(columns[name], rows).is_valid().to_numpy(zero_copy_only=False)
    at = np.arange(len(rows))
    first_at = np.repeat(np.minimum.reduceat(np.where(complete, at, len(rows)), begins), size)
    after = at > first_at
    first = rows[np.minimum(first_at, len(rows) - 1)]

    apart = after & (known != known[np.minimum(first_at, len(rows) - 1)])
    client = apart & _differs(columns["client_id"], rows, first)
    issue = apart & _differs(columns["issue_date"], rows, first)
    keep = (at >= first_at) & ~client & ~issue
    rows_kept, group, known = rows[keep], group[keep], known[keep]
    new = np.r_[True, (group[1:] != group[:-1]) | (known[1:] != known[:-1])][: len(rows_kept)]
    stands = np.repeat(rows_kept[new], np.diff(np.r_[np.flatnonzero(new), len(rows_kept)]))
    doubles = _doubles(columns, rows_kept[~new], stands[~new])
    return Histories(rows[after], first[after], rows[client], rows[issue], doubles)


def _no_doubles() -> Doubles:
    return Doubles(_NOTHING, np.empty(0, bool))


def _alive(rows: Rows, alive: npt.NDArray[np.bool_]) -> Rows:
    return rows[alive[rows]]


def _taken(column: pa.Array, rows: Rows) -> pa.Array:
    return column.take(pa.array(rows))


def _several(rows: Rows, group: Codes) -> tuple[Rows, Codes]:
    """Only rows whose group has more than one of them."""
    if not len(rows):
        return rows, group
    several = np.bincount(group)[group] > 1
    return rows[several], group[several]


def _codes(columns: Sequence[pa.Array]) -> Codes:
    """One small integer a row, equal where all columns are equal (null equals null); all different: 0, 1, 2, ..."""
    total = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        coded = column.dictionary_encode(null_encoding="encode")
        width = max(len(coded.dictionary), 1)
        total = total * width + coded.indices.to_numpy(zero_copy_only=False)
        if len(columns) > 1:
            _, total = np.unique(total, return_inverse=True)
    return total


def _doubles(columns: Mapping[str, pa.Array], rows: Rows, first: Rows) -> Doubles:
    conflict = np.zeros(len(rows), bool)
    for column in columns.values():
        conflict |= _differs(column, rows, first, null_too=True)
    order = np.argsort(rows)
    return Doubles(rows[order], conflict[order])


def _differs(column: pa.Array, rows: Rows, first: Rows, *, null_too: bool = False) -> npt.NDArray[np.bool_]:
    """Where the value of a row is another than that of its first row; a null differs only if ``null_too``."""
    mine, theirs = _taken(column, rows), _taken(column, first)
    other = pc.fill_null(pc.not_equal(mine, theirs), False)
    if null_too:
        other = pc.or_(other, pc.xor(mine.is_null(), theirs.is_null()))
    result: npt.NDArray[np.bool_] = other.to_numpy(zero_copy_only=False)
    return result


def _days(column: pa.Array | None, rows: Rows) -> Codes:
    if column is None:
        return np.full(len(rows), _NULL_DAY)
    known = _taken(column, rows).cast(pa.int32()).cast(pa.int64())
    days: Codes = pc.fill_null(known, int(_NULL_DAY)).to_numpy(zero_copy_only=False)
    return days
