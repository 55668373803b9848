"""What a model learns from: snapshots of the past, their features as known then, their labels as known at the cut."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import feature
from inadimplencia_ml.catalog.forbidden import is_said
from inadimplencia_ml.errors import CallError, NotEnoughData, did_you_mean
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.features.history.families import wanted_families
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.exposure import client_exposure
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import make_snapshots, read_snapshots
from inadimplencia_ml.outcome import LABELS, label
from inadimplencia_ml.target import Target
from inadimplencia_ml.training.settings import TrainingSettings

__all__ = ["Built", "Samples", "built", "gather", "judge_from", "model_columns", "not_cured", "wanted_of"]

Flags = npt.NDArray[np.bool_]
CURE_DAYS = 90
"""The second target: a client already in the event is not cured this many days later."""


@dataclass(frozen=True)
class Samples:
    """Snapshots of the past, one entry a row.

    Attributes
    ----------
    features : DataFrame
        Keys and features.
    labels : DataFrame
        As `inadimplencia_ml.outcome.label` gives them, known at the cut.
    drawn_share : float
        Share of the clients that was drawn; 1 if all are in.
    """

    features: pd.DataFrame
    labels: pd.DataFrame
    drawn_share: float

    @property
    def decided(self) -> Flags:
        """Rows that are good or bad."""
        return self.labels["event"].notna().to_numpy()

    @property
    def waterfall(self) -> dict[str, int]:
        """How many snapshots ended in each label, and the early bads among the immature."""
        counts = self.labels["label"].value_counts()
        return {name: int(counts.get(name, 0)) for name in LABELS} | {"bad_early": int(self.labels["bad_early"].sum())}


def wanted_of(target: Target, settings: TrainingSettings, custom: Sequence[Custom]) -> Wanted:
    """The features that training builds: those of the settings, and code that the caller hands in.

    For invoices the family ``past`` is asked for by default, the invoice against its client's past: in date folds on
    real books it found more of the late ones; no other family did so by itself.
    """
    default = ("past",) if target.level == "invoice" else ()
    families = default if settings.families is None else settings.families
    return Wanted(wanted_families(families), (*settings.custom, *custom))


def gather(ledger: Ledger, target: Target, cut: dt.date, settings: TrainingSettings, wanted: Wanted) -> Samples:
    """All snapshots a model may learn from at ``cut``; ``ledger`` is already the one known then.

    Clients: month ends on which something was open or had been issued in the last 180 days. Invoices: their day of
    issue.
    """
    return built(ledger, target, cut, settings, wanted).labelled(ledger, target, cut)


@dataclass(frozen=True)
class Built:
    """Snapshots with their features, without labels: the same for all targets of one level.

    Attributes
    ----------
    features : DataFrame
        Keys and features.
    drawn_share : float
        Share of the clients that was drawn.
    """

    features: pd.DataFrame
    drawn_share: float

    @property
    def keys(self) -> pd.DataFrame:
        """The snapshots alone."""
        return self.features[[c for c in ("client_id", "as_of", "invoice_id", "view") if c in self.features.columns]]

    def labelled(self, ledger: Ledger, target: Target, cut: dt.date) -> Samples:
        """The same with the labels of one target, as known at ``cut``."""
        return Samples(self.features, label(ledger, self.keys, target, labels_known_at=cut), self.drawn_share)


def built(ledger: Ledger, target: Target, cut: dt.date, settings: TrainingSettings, wanted: Wanted) -> Built:
    """The snapshots of ``gather`` with their features; of the target only the level counts."""
    snapshots, share = _drawn(_snapshots(ledger, target, cut, settings), settings)
    return Built(wanted.build(ledger, snapshots), share)


def _snapshots(ledger: Ledger, target: Target, cut: dt.date, settings: TrainingSettings) -> pd.DataFrame:
    versions = ledger.books.versions
    if not len(versions.issue):
        raise NotEnoughData(f"no invoice is known at the cut {cut}")
    first = dt.date(1970, 1, 1) + dt.timedelta(days=int(versions.issue.min()))
    if settings.months is not None:
        first = max(first, (pd.Timestamp(cut) - pd.DateOffset(months=settings.months)).date())
    if target.level == "invoice":
        return make_snapshots(ledger, at_issue=True, from_=first, to=cut)
    snapshots = make_snapshots(ledger, every="month", from_=first, to=cut)
    looks = read_snapshots(snapshots, ledger)
    where = client_exposure(ledger.books, looks.client, looks.day, target)
    active = where.open_now | where.recent
    return snapshots.loc[active].reset_index(drop=True)


def _drawn(snapshots: pd.DataFrame, settings: TrainingSettings) -> tuple[pd.DataFrame, float]:
    """All snapshots, or those of clients drawn at random where there are too many."""
    share = settings.max_snapshots / max(len(snapshots), 1)
    if share >= 1:
        return snapshots, 1.0
    clients = np.sort(snapshots["client_id"].unique())
    chosen = np.random.default_rng(settings.random_state).random(len(clients)) < share
    return snapshots[snapshots["client_id"].isin(clients[chosen])].reset_index(drop=True), float(chosen.mean())


def not_cured(ledger: Ledger, samples: Samples, target: Target, cut: dt.date) -> tuple[Flags, Flags]:
    """For snapshots already in the event: which are mature at the cut, and which are still in it 90 days later."""
    looks = read_snapshots(samples.features[["client_id", "as_of"]], ledger)
    already = (samples.labels["label"] == "already_bad").to_numpy()
    later = looks.day + CURE_DAYS
    mature = already & (later <= (np.datetime64(cut) - np.datetime64("1970-01-01")).astype(int))
    still = client_exposure(ledger.books, looks.client, later.astype(np.int32), target).already_bad
    return mature, still & mature


def judge_from(samples: Samples, cut: dt.date, settings: TrainingSettings) -> pd.Timestamp:
    """First as_of of the last period: whole months at the end of the mature snapshots.

    Raises
    ------
    NotEnoughData
        Fewer than two months are mature.
    """
    if settings.judge_from is not None:
        return pd.Timestamp(settings.judge_from)
    labels = samples.labels[samples.decided]
    month = labels["as_of"].dt.to_period("M")
    waiting = samples.labels[
        (samples.labels["label"] == "immature") & (samples.labels["mature_on"] < pd.Timestamp(2199, 1, 1))
    ]
    open_months = set(waiting["as_of"].dt.to_period("M"))
    months = [m for m in sorted(month.unique()) if m not in open_months] or sorted(month.unique())
    if len(months) < 2:
        raise NotEnoughData(
            f"only {len(months)} months of mature snapshots before the cut {cut}; at least 2 are needed"
        )
    size, bads = month.value_counts(), labels.groupby(month)["label"].apply(lambda v: int((v == "bad").sum()))
    taken, held, rows = 0, 0, 0
    for m in reversed(months[1:]):
        enough = taken >= settings.judge_months and held >= settings.judge_bads
        too_many = taken > 0 and rows + size[m] > settings.judge_share * len(labels)
        if enough or too_many:
            break
        taken, held, rows = taken + 1, held + int(bads[m]), rows + int(size[m])
    return pd.Timestamp(months[-taken].start_time)


def model_columns(
    features: pd.DataFrame, rows: Flags, settings: TrainingSettings, ledger: Ledger, wanted: Wanted
) -> list[str]:
    """The columns that may enter a model: by role, not excluded, not constant, not a text of too many values.

    Raises
    ------
    CallError
        A name in ``exclude`` is no feature.
    """
    keys = ("client_id", "as_of", "invoice_id", "view")
    names = [c for c in features.columns if c not in keys]
    for name in settings.exclude:
        if name not in names:
            raise CallError(f"exclude: there is no feature {name!r}.{did_you_mean(name, names)}")
    roles = {"risk", "treatment"} if settings.treatment else {"risk"}
    attributes, own = tuple(ledger.attributes), wanted.features()

    def enters(name: str) -> bool:
        if name in own:
            return own[name].role in roles
        role = feature(name, attributes=attributes).role
        return role in roles or (role in ("protected", "rights") and is_said(name, settings.not_forbidden))

    return [
        name
        for name in names
        if name not in settings.exclude and enters(name) and _tells(features.loc[rows, name], settings.max_categories)
    ]


def _tells(column: pd.Series, max_categories: int) -> bool:
    """Whether a column has at least two different values, a missing one counted, and not too many of text."""
    different = column.nunique(dropna=False)
    return different > 1 and (not isinstance(column.dtype, pd.CategoricalDtype) or different <= max_categories)
