"""A large book decided part by part: tables of some clients in, Parquet parts out, with the memory of one part.

A decision looks at one client alone; what it takes of others (a group's exposure) is a fact of the case. So parts may
be cut anywhere between clients, and the plan is the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.decide import decide
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.storage import write_parquet, written_whole

__all__ = ["decide_in_parts", "parts_of"]

ROWS = 1_000_000
"""Clients a part: about four gigabytes at the peak."""


def decide_in_parts(
    policy: Policy, parts: Iterable[Mapping[str, Any]], out: str | Path, *, as_of: dt.date | str, **common: Any
) -> dict[str, int]:
    """The plan of a large book as folders of Parquet parts, which are read back like one table.

    Parameters
    ----------
    policy : Policy
    parts : iterable of mapping
        Each holds ``scores``, ``cases``, ``titles`` of its own clients, and what else `decide` takes by client
        (``history``, ``records``, ``reach``, ``payments``, ``past_offers``, ``approved``). No client is in two parts.
        They are taken one after the other and not kept, so an iterator may read each from disk; `parts_of` cuts tables
        that are in memory.
    out : path
        A folder, written whole or not at all: ``decisions/part-00000.parquet`` and so on, the same for
        ``decision_items``, ``duties`` and ``further``.
    as_of, **common
        As `decide` takes them, for all parts.

    Returns
    -------
    dict of table to int
        How many rows each has.

    Raises
    ------
    CallError
        There is no part, or a part is not as `decide` wants it; nothing is written then.

    Examples
    --------
    >>> import tempfile
    >>> day = "2025-06-30"
    >>> cases = pd.DataFrame({"client_id": ["C1", "C2"], "as_of": day, "open_amount": 900.0, "overdue_amount": 900.0,
    ...                       "open_count": 1, "overdue_count": 1, "n_due_12m": 2})
    >>> titles = pd.DataFrame({"client_id": ["C1", "C2"], "invoice_id": ["T1", "T2"], "due_date": "2025-06-18",
    ...                        "dpd": 12, "dpd_original": 12, "open_amount": 900.0})
    >>> scores = pd.DataFrame({"client_id": ["C1", "C2"], "as_of": day, "state": "scoreable", "segment": "high"})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     decide_in_parts(Policy.default(), parts_of(scores, cases, titles, rows=1), f"{folder}/plan", as_of=day)
    {'decisions': 2, 'decision_items': 2, 'duties': 0, 'further': 0}
    """
    counts: dict[str, int] = {}
    with written_whole(Path(out)) as room:
        taken = iter(parts)
        number = 0
        for number, part in enumerate(taken, 1):
            plan = decide(policy, **part, as_of=as_of, **common)
            del part  # before the next is read
            for name, table in plan.tables.items():
                write_parquet(table, room / name / f"part-{number - 1:05}.parquet")
                counts[name] = counts.get(name, 0) + table.num_rows
            del plan
        if number == 0:
            raise CallError("parts: there is none; give at least one, with scores, cases and titles.")
    return counts


def parts_of(
    scores: pd.DataFrame, cases: pd.DataFrame, titles: pd.DataFrame, *, rows: int = ROWS, **beside: Any
) -> Iterator[dict[str, Any]]:
    """Tables in memory, cut by client into parts of ``rows`` cases, in the order of the cases.

    What stands ``beside`` (records, reach, history and the like) is cut too where it has a ``client_id``; rows of
    clients without a case go with the first part. Anything else is handed to each part whole.
    """
    if rows < 1:
        raise CallError(f"rows {rows}: a part has at least one case.")
    tables: dict[str, Any] = {"scores": scores, "cases": cases, "titles": titles} | beside
    place = pd.Index(cases["client_id"])
    whole = {name: one for name, one in tables.items() if not _has_clients(one)}
    cut = {name: (one, _rows_of(one, place, rows)) for name, one in tables.items() if name not in whole}
    for number in range(max(1, -(-len(cases) // rows))):
        yield whole | {name: one.iloc[at[number]].reset_index(drop=True) for name, (one, at) in cut.items()}


def _has_clients(table: Any) -> bool:
    return isinstance(table, pd.DataFrame) and "client_id" in table.columns


def _rows_of(table: pd.DataFrame, place: pd.Index, rows: int) -> list[npt.NDArray[np.intp]]:
    """By part, the rows of a table, in their order."""
    part = np.maximum(place.get_indexer(pd.Index(table["client_id"])), 0) // rows
    order = np.argsort(part, kind="stable")
    ends = np.cumsum(np.bincount(part, minlength=max(1, -(-len(place) // rows))))
    return np.split(order, ends[:-1])
