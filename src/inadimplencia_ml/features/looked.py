"""On which client and day the kernels look: snapshots by client and day, each pair once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.lateness import Consumers
from inadimplencia_ml.ledger.snapshots import Looks

__all__ = ["Looked", "Snaps"]

I32 = npt.NDArray[np.int32]
_MONTHS_BACK = 25  # month ends that lie before the first snapshot and are still looked at


class Snaps(NamedTuple):
    """Days looked from, ordered by client and day, no pair twice; and what kernels look up by day."""

    start: I32  # where a client's days begin; one more group for clients without a fact
    day: I32
    month: I32  # position in month_ends of the last one on or before the day
    month_ends: I32


@dataclass(frozen=True)
class Looked:
    """The snapshots of a call as the compiled passes take them.

    Attributes
    ----------
    snaps : Snaps
    client_start : int32 array
        Where a client's versions begin, an empty group for unknown clients at the end.
    who : Consumers
    row : int array or None
        For each snapshot the position of its pair of client and day; None where they are the same.
    """

    snaps: Snaps
    client_start: I32
    who: Consumers
    row: npt.NDArray[np.int64] | None

    @classmethod
    def of(cls, books: Books, looks: Looks) -> Looked:
        """Snapshots by client and day. Unknown clients form a last group that has no invoices."""
        n = len(books.client_ids)
        client, day = np.where(looks.client < 0, n, looks.client), looks.day
        row = None
        step, days = np.diff(client), np.diff(day)
        if not np.all((step > 0) | ((step == 0) & (days > 0))):
            key = client.astype(np.int64) << 32 | (day.astype(np.int64) + 2**31)
            key, row = np.unique(key, return_inverse=True)
            client, day = (key >> 32).astype(np.int32), ((key & 0xFFFFFFFF) - 2**31).astype(np.int32)
        start = np.concatenate([[0], np.cumsum(np.bincount(client, minlength=n + 1))]).astype(np.int32)
        ends = _month_ends(int(day.min(initial=0)), int(day.max(initial=0)))
        month = (np.searchsorted(ends, day, side="right") - 1).astype(np.int32)
        who = books.consumers._replace(start=_with_empty_group(books.consumers.start))
        return cls(Snaps(start, day, month, ends), _with_empty_group(books.client_start), who, row)

    def each_share(self, n_jobs: int, kernel: Callable[..., None], *arguments: Any) -> None:
        """Calls ``kernel(low, high, *arguments)`` on spans of clients of equal work, in threads."""
        edges = self._edges(n_jobs)
        spans = [(low, high) for low, high in pairwise(edges) if low < high]
        if len(spans) == 1:
            kernel(*spans[0], *arguments)
            return
        with ThreadPoolExecutor(max_workers=max(1, len(spans))) as pool:
            for job in [pool.submit(kernel, low, high, *arguments) for low, high in spans]:
                job.result()

    def expand(self, out: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Columns by pair of client and day as columns by snapshot."""
        return out if self.row is None else np.take(out, self.row, axis=1)  # by rows of features, as they were

    def _edges(self, n_jobs: int) -> list[int]:
        """Edges between clients that split the pairs of version and snapshot into equal shares."""
        pairs = (np.diff(self.client_start).astype(np.int64) + 1) * np.diff(self.snaps.start)
        total = np.concatenate([[0], np.cumsum(pairs)])
        edges = np.searchsorted(total, np.linspace(0, total[-1], n_jobs + 1))
        edges[0], edges[-1] = 0, len(pairs)
        return [int(e) for e in edges]


def _with_empty_group(start: I32) -> I32:
    return np.append(start, start[-1]).astype(np.int32)


def _month_ends(first: int, last: int) -> I32:
    """All month ends from 25 months before ``first`` to the one after ``last``."""
    low, high = (int(np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64)) for day in (first, last))
    months = np.arange(low - _MONTHS_BACK, high + 2).astype("datetime64[M]")
    ends: I32 = months.astype("datetime64[D]").astype(np.int32) - 1
    return ends.astype(np.int32)
