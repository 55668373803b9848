"""build_features: a table of snapshots in, one row of features a snapshot out, as known at each snapshot."""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.features.attributes import attribute_features
from inadimplencia_ml.features.invoice import own_fields
from inadimplencia_ml.features.sweep import Snaps, fixed_names, sweep
from inadimplencia_ml.features.treatment import CONTACT_NAMES, PROMISE_NAMES, contact_features, promise_features
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.lateness import Consumers
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks, read_snapshots

__all__ = ["build_features"]

_HALF_LIFE_DAYS = 90
_MONTHS_BACK = 13  # month ends that lie before the first snapshot and are still looked at


def _fixed_features(books: Books, looks: Looks, n_jobs: int) -> npt.NDArray[np.float64]:
    """The fixed columns as an array feature x snapshot."""
    out = np.empty((len(fixed_names()), len(looks.day)), np.float64)
    if len(looks.day):
        snaps, client_start, who = _kernel_input(books, looks)
        edges = _shares(client_start, snaps.start, n_jobs)
        spans = [(low, high) for low, high in itertools.pairwise(edges) if low < high]
        with ThreadPoolExecutor(max_workers=max(1, len(spans))) as pool:
            jobs = [
                pool.submit(sweep, low, high, client_start, books.versions, books.payments, who, snaps, out)
                for low, high in spans
            ]
            for job in jobs:
                job.result()
    return out


def _kernel_input(books: Books, looks: Looks) -> tuple[Snaps, npt.NDArray[np.int32], Consumers]:
    """Snapshots by client; unknown clients form a last group that has no invoices."""
    n = len(books.client_ids)
    client = np.where(looks.client < 0, n, looks.client)
    order = np.lexsort((looks.day, client)) if not _sorted(client, looks.day) else np.arange(len(client))
    day = looks.day[order]
    ends = _month_ends(int(day.min()), int(day.max()))
    oldest = min(int(books.versions.due.min(initial=int(day.min()))), int(day.min()))
    weights = np.exp2(-np.arange(int(day.max()) - oldest + 1) / _HALF_LIFE_DAYS)
    count = np.bincount(client, minlength=n + 1)
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    month = (np.searchsorted(ends, day, side="right") - 1).astype(np.int32)
    snaps = Snaps(start, day, order.astype(np.int64), month, ends, weights)
    who = books.consumers._replace(start=_with_empty_group(books.consumers.start))
    return snaps, _with_empty_group(books.client_start), who


def _with_empty_group(start: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return np.append(start, start[-1]).astype(np.int32)


def _sorted(client: npt.NDArray[np.int32], day: npt.NDArray[np.int32]) -> bool:
    step = np.diff(client)
    return bool(np.all((step > 0) | ((step == 0) & (np.diff(day) >= 0))))


def _month_ends(first: int, last: int) -> npt.NDArray[np.int32]:
    """All month ends from 13 months before ``first`` to the one after ``last``."""
    low, high = (int(np.datetime64(day, "D").astype("datetime64[M]").astype(np.int64)) for day in (first, last))
    months = np.arange(low - _MONTHS_BACK, high + 2).astype("datetime64[M]")
    ends: npt.NDArray[np.int32] = months.astype("datetime64[D]").astype(np.int32) - 1
    return ends.astype(np.int32)


def _shares(client_start: npt.NDArray[np.int32], snap_start: npt.NDArray[np.int32], n_jobs: int) -> list[int]:
    """Edges between clients that split the work of (version, snapshot) pairs into equal shares."""
    pairs = (np.diff(client_start).astype(np.int64) + 1) * np.diff(snap_start)
    total = np.concatenate([[0], np.cumsum(pairs)])
    edges = np.searchsorted(total, np.linspace(0, total[-1], n_jobs + 1))
    edges[0], edges[-1] = 0, len(pairs)
    return [int(e) for e in edges]


def build_features(ledger: Ledger, snapshots: object, *, n_jobs: int | None = None) -> pd.DataFrame:
    """One row of features a snapshot, from what was known at its date.

    Parameters
    ----------
    ledger : Ledger
    snapshots : table
        pandas, Polars or Arrow, with client_id and as_of; for an invoice also invoice_id and view.
    n_jobs : int, optional
        Threads; by default as many as there are cores. The result does not depend on it.

    Returns
    -------
    DataFrame
        The keys of the snapshots, then float64 features in the order of the catalogue, rows as given. Contact and
        promise features are there if the ledger has those tables; the invoice's own fields and its batch if the
        snapshots name invoices; then the client's attributes, text as categories. Counts and amounts of a client
        without data are 0, shares, means and recencies NaN.

    Examples
    --------
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "issue_date": ["2025-01-02"],
    ...                               "due_date": ["2025-02-03"], "amount": [1200.0], "paid_date": ["2025-02-10"]}))
    >>> dates = pd.DataFrame({"client_id": ["C1", "C1"], "as_of": ["2025-02-06", "2025-03-01"]})
    >>> features = build_features(ledger, dates)
    >>> features[["overdue_amount", "dpd_max", "days_late_last"]].to_numpy().tolist()
    [[1200.0, 3.0, 3.0], [0.0, 0.0, 7.0]]
    """
    looks = read_snapshots(snapshots, ledger)
    out = _fixed_features(ledger.books, looks, n_jobs or os.cpu_count() or 1)
    blocks = [pd.DataFrame(out.T, columns=fixed_names(), copy=False)]
    if "contacts" in ledger.tables:
        blocks.append(pd.DataFrame(contact_features(ledger, looks).T, columns=CONTACT_NAMES, copy=False))
    if "agreements" in ledger.tables:
        blocks.append(pd.DataFrame(promise_features(ledger, looks).T, columns=PROMISE_NAMES, copy=False))
    if looks.invoice is not None:
        blocks.append(own_fields(ledger, looks))
    blocks.append(attribute_features(ledger, looks))
    return pd.concat([looks.keys, *blocks], axis=1)
