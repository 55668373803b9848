"""build_features: a table of snapshots in, one row of features a snapshot out, as known at each snapshot."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.features.attributes import AttributeValues, attribute_frame, attribute_values
from inadimplencia_ml.features.fixed.columns import fixed_names
from inadimplencia_ml.features.fixed.sweep import sweep
from inadimplencia_ml.features.history.families import Families, wanted_families
from inadimplencia_ml.features.looked import Looked
from inadimplencia_ml.features.of_invoice.invoice import own_fields
from inadimplencia_ml.features.treatment import CONTACT_NAMES, PROMISE_NAMES, contact_features, promise_features
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks, read_snapshots
from inadimplencia_ml.tables.same_kind import same_kind

if TYPE_CHECKING:
    from inadimplencia_ml.features.custom.columns import Custom

__all__ = ["Part", "build_features", "feature_parts", "feature_row"]

_Matrix: TypeAlias = tuple[Sequence[str], npt.NDArray[np.float64]]  # names, and feature x snapshot
Part: TypeAlias = _Matrix | AttributeValues | pd.DataFrame

_HALF_LIFE_DAYS = 90
_FIXED = tuple(fixed_names())


def _fixed_features(books: Books, looked: Looked, n_jobs: int) -> npt.NDArray[np.float64]:
    """The fixed columns as an array feature x pair of client and day."""
    snaps = looked.snaps
    out = np.empty((len(_FIXED), len(snaps.day)), np.float64)
    if len(snaps.day):
        oldest = min(int(books.versions.due.min(initial=0)), int(snaps.day.min()))
        weights = np.exp2(-np.arange(int(snaps.day.max()) - oldest + 1) / _HALF_LIFE_DAYS)
        arguments = looked.client_start, books.versions, books.payments, looked.who, snaps, weights, out
        looked.each_share(n_jobs, sweep, *arguments)
    return out


@same_kind("snapshots")
def build_features(
    ledger: Ledger,
    snapshots: object,
    *,
    families: Families = (),
    custom: Sequence[Custom] = (),
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """One row of features a snapshot, from what was known at its date.

    Parameters
    ----------
    ledger : Ledger
    snapshots : table
        pandas, Polars or Arrow, with client_id and as_of; for an invoice also invoice_id and view.
    families : sequence of str or "all"
        Families of the catalogue beyond the fixed list, after whose columns theirs follow:
        ``inadimplencia_ml.catalog.HISTORY_FAMILIES``. A family whose tables the ledger lacks has no columns.
    custom : sequence of Aggregate, PythonFeature or SqlFeature
        Features of one's own; their columns come last.
    n_jobs : int, optional
        Threads; by default as many as there are cores. The result does not depend on it.

    Returns
    -------
    DataFrame, or the kind of table that the snapshots are
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
    parts = feature_parts(ledger, looks, families=families, custom=custom, n_jobs=n_jobs)
    frames = [part if isinstance(part, pd.DataFrame) else _frame(part, len(looks.day)) for part in parts]
    return pd.concat([looks.keys, *frames], axis=1)


def feature_row(
    ledger: Ledger, looks: Looks, *, families: Families = (), custom: Sequence[Custom] = ()
) -> dict[str, float | str | None]:
    """The columns of the only snapshot as plain values: numbers, NaN where nothing is known; text, or None."""
    row: dict[str, float | str | None] = {}
    for part in feature_parts(ledger, looks, families=families, custom=custom, n_jobs=1):
        if isinstance(part, tuple):
            row |= dict(zip(part[0], part[1][:, 0].tolist(), strict=True))
        else:
            row |= {str(name): _cell(column) for name, column in part.items()}
    return row


def feature_parts(
    ledger: Ledger,
    looks: Looks,
    *,
    families: Families = (),
    custom: Sequence[Custom] = (),
    n_jobs: int | None = None,
    last_day: int | None = None,
) -> list[Part]:
    """The columns of `build_features` without the keys, in their order.

    Each part is as it was computed: names and an array feature x snapshot, columns by name, or a frame. ``last_day`` is
    the last one looked from, in days since 1970, where these are not all snapshots.
    """
    names = wanted_families(families)
    looked, jobs = Looked.of(ledger.books, looks), n_jobs or os.cpu_count() or 1
    parts: list[Part] = [(_FIXED, looked.expand(_fixed_features(ledger.books, looked, jobs)))]
    if "contacts" in ledger.tables:
        parts.append((CONTACT_NAMES, contact_features(ledger, looks)))
    if "agreements" in ledger.tables:
        parts.append((PROMISE_NAMES, promise_features(ledger, looks)))
    if looks.invoice is not None:
        parts.append(own_fields(ledger, looks))
    parts.append(attribute_values(ledger, looks))
    if names:
        from inadimplencia_ml.features.history.frames import history_frames  # many kernels, for those who ask

        parts += history_frames(ledger, looks, looked, names, jobs, last_day)
    if custom:
        from inadimplencia_ml.features.custom.columns import custom_frames  # brings a database and a validator along

        parts += custom_frames(ledger, looks, looked, custom, jobs)
    return parts


def _frame(part: _Matrix | AttributeValues, rows: int) -> pd.DataFrame:
    if isinstance(part, tuple):
        return pd.DataFrame(part[1].T, columns=list(part[0]), copy=False)
    return attribute_frame(part, rows)


def _cell(column: Any) -> float | str | None:
    """The one value of a column: an array of numbers, text of Arrow, or a column of pandas."""
    if isinstance(column, np.ndarray):
        return float(column[0])
    if isinstance(column, pd.Series):
        value = column.iloc[0]
        worded = isinstance(column.dtype, pd.CategoricalDtype | pd.StringDtype) or column.dtype == object
        return (None if pd.isna(value) else str(value)) if worded else float(value)
    text: str | None = column[0].as_py()
    return text
