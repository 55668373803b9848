"""The snapshots on which a model is validated, with what the library says of them and what the plain SQL says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.evaluation.plain_book import PlainBook
from inadimplencia_ml.evaluation.plain_sql import covers, plain_features, plain_labels
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import make_snapshots, read_snapshots
from inadimplencia_ml.outcome import label
from inadimplencia_ml.pipeline import Model, states
from inadimplencia_ml.target import Target

__all__ = ["Sample", "draw", "judged_counts", "reckoned"]

Flags = npt.NDArray[np.bool_]
_EPOCH = dt.date(1970, 1, 1)
_AT_ONCE = 200_000
"""Snapshots that the database holds at once: each stands beside all invoices of its client."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Snapshots and what both reckonings say of them; the plain one of the covered rows alone.

    Attributes
    ----------
    snapshots : DataFrame
        client_id, as_of and, of invoices, invoice_id and view.
    features : DataFrame
        As the model asks for them.
    labels : DataFrame
        As `inadimplencia_ml.outcome.label` gives them, known at the ledger's last day.
    scoreable : array of bool
        Rows that get the target's probability.
    covered : array of bool
        Rows that the plain SQL covers.
    plain_features : DataFrame
        Ten features, one row a covered snapshot.
    plain_labels : array or None
        The label of each covered snapshot; None where the SQL does not know the target.
    left_out : DataFrame
        reason, clients, snapshots.
    """

    snapshots: pd.DataFrame
    features: pd.DataFrame
    labels: pd.DataFrame
    scoreable: Flags
    covered: Flags
    plain_features: pd.DataFrame
    plain_labels: npt.NDArray[np.object_] | None
    left_out: pd.DataFrame

    @property
    def event(self) -> npt.NDArray[np.float64]:
        """1 bad, 0 good, NaN where it is not known."""
        bad = self.labels["label"].map({"bad": 1.0, "good": 0.0})
        return np.asarray(bad, dtype=np.float64)


def draw(ledger: Ledger, target: Target, most: int, random_state: int) -> pd.DataFrame:
    """Snapshots up to the ledger's last day, at most ``most``: month ends of clients, or invoices at their issue.

    Raises
    ------
    CallError
        There is none.
    """
    known = ledger.books.versions.known
    if not len(known):
        raise CallError("the ledger holds no invoice: there is nothing to validate on")
    first = _EPOCH + dt.timedelta(days=int(known.min()))
    found = _between(ledger, target, min(first, ledger.known_until), ledger.known_until)
    if not len(found):
        raise CallError(f"no month ends between {first} and {ledger.known_until}: there is nothing to validate on")
    if len(found) <= most:
        return found
    chosen = np.random.default_rng(random_state).choice(len(found), most, replace=False)
    return found.iloc[np.sort(chosen)].reset_index(drop=True)


def reckoned(model: Model, ledger: Ledger, snapshots: pd.DataFrame) -> Sample:
    """Both reckonings of the snapshots."""
    target = model.target
    features = model.wanted.build(ledger, snapshots)
    labels = label(ledger, snapshots, target)
    state = states(ledger, read_snapshots(snapshots, ledger), target)
    with _plain(ledger, target, snapshots) as book:
        said = plain_labels(book, target, ledger.known_until) if covers(target) else None
        return Sample(
            snapshots=snapshots,
            features=features,
            labels=labels,
            scoreable=np.asarray(state == "scoreable"),
            covered=book.covered(),
            plain_features=plain_features(book),
            plain_labels=said,
            left_out=book.left_out(),
        )


def judged_counts(model: Model, ledger: Ledger) -> tuple[int, int]:
    """Rows and bad ones of the period on which the model was judged, as known at its cut.

    By the plain SQL; of clients that it does not cover, by the library.
    """
    manifest, target = model.bundle.manifest, model.target
    first, last = (dt.date.fromisoformat(day) for day in manifest.judged_on.split("/"))
    cut = dt.date.fromisoformat(manifest.cut)
    known = ledger.known_at(cut)
    snapshots = _between(known, target, first, last)
    if not len(snapshots):
        return 0, 0
    said = label(known, snapshots, target, labels_known_at=cut)["label"].to_numpy(dtype=object)
    for start in range(0, len(snapshots), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        with _plain(ledger, target, snapshots[part].reset_index(drop=True)) as book:
            said[part][book.covered()] = plain_labels(book, target, cut)
    return int(np.isin(said, ("good", "bad")).sum()), int((said == "bad").sum())


def _between(ledger: Ledger, target: Target, first: dt.date, last: dt.date) -> pd.DataFrame:
    if target.level == "invoice":
        return make_snapshots(ledger, at_issue=True, from_=first, to=last)
    return make_snapshots(ledger, every="month", from_=first, to=last)


def _plain(ledger: Ledger, target: Target, snapshots: pd.DataFrame) -> PlainBook:
    tables: dict[str, Any] = ledger.all_tables()
    return PlainBook(tables, snapshots, ledger.calendar, at_issue=target.level == "invoice")
