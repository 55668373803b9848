"""Ledger -> time to payment: open invoices on days of the past, what became of them, fit.

An invoice is looked at on several days while it is open. From each it is followed until it is paid or closed otherwise,
until the last day whose payments are booked, or for ``horizon_days``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.compiled import maker
from inadimplencia_ml.errors import CallError, NotEnoughData
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.books import Books, Payments, Versions
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.exposure import Histories, histories
from inadimplencia_ml.ledger.lateness import NEVER, settlement
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.open_invoices import OpenInvoices, open_on, open_snapshots
from inadimplencia_ml.outcome import booking_lag_days
from inadimplencia_ml.payment_forecast import DAYS_PAST_DUE, Origin, PaymentModel, payment_features
from inadimplencia_ml.risk.time_to_pay.estimator import TimeToPayment
from inadimplencia_ml.risk.time_to_pay.person_days import CLOSED, OPEN, PAID
from inadimplencia_ml.target import Target
from inadimplencia_ml.training.origin import data_digest, versions_of
from inadimplencia_ml.training.permission import permission_of
from inadimplencia_ml.training.samples import model_columns, wanted_of
from inadimplencia_ml.training.settings import TrainingSettings

__all__ = [
    "OpenSamples",
    "columns_to_read",
    "default_estimator",
    "follow_ups",
    "open_samples",
    "payment_wanted",
    "train_time_to_payment",
]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Tell = Callable[[str], None]

_MOST_LOOKS = 500_000  # each is followed over dozens of days, and some hundred thousand of these are fitted on
_USUAL_DAYS = ("days_late_mean_all", "days_late_mean_last_3", "days_late_ewm_90d", "known_outcome_days_late_mean")
_INVOICES = Target(level="invoice", event="paid")  # the families of features that invoices ask for by default


@dataclass(frozen=True)
class OpenSamples:
    """Open invoices of the past and what became of them, one entry a row.

    Attributes
    ----------
    features : DataFrame
        client_id, as_of and invoice_id, then features as known at as_of.
    entry : array
        Days past due at as_of, negative before the due date.
    ends : DataFrame
        ``last_day`` (relative to the due date) and ``cause``: 0 still open, 1 paid, 2 closed otherwise.
    outstanding : array
        In currency, at as_of.
    counts : dict
        Rows followed, by how they ended, and rows left out: ``booked_late`` were over by as_of without the books
        knowing, ``not_followed`` have no day behind as_of whose payments are booked.
    """

    features: pd.DataFrame
    entry: I64
    ends: pd.DataFrame
    outstanding: npt.NDArray[np.float64]
    counts: dict[str, int]

    def take(self, rows: npt.NDArray[np.intp]) -> OpenSamples:
        """The rows at these positions; counts stay those of all."""
        features, ends = (frame.iloc[rows].reset_index(drop=True) for frame in (self.features, self.ends))
        return OpenSamples(features, self.entry[rows], ends, self.outstanding[rows], self.counts)

    def ahead(self, days: int) -> tuple[npt.NDArray[np.float64], I64]:
        """Days followed and how that ended; what comes later than ``days`` is still open a day after them."""
        followed = (self.ends["last_day"].to_numpy() - self.entry).astype(np.float64)
        cause = self.ends["cause"].to_numpy(np.int64)
        return np.minimum(followed, days + 1.0), np.where(followed > days, OPEN, cause)


def train_time_to_payment(
    ledger: Ledger,
    *,
    cut: dt.date | str | None = None,
    horizon_days: int = 180,
    every_days: int = 10,
    settings: TrainingSettings | None = None,
    estimator: TimeToPayment | None = None,
    custom: Sequence[Custom] = (),
    progress: Tell | None = None,
) -> PaymentModel:
    """Fits when open invoices are paid, on what was known at ``cut``.

    Parameters
    ----------
    ledger : Ledger
    cut : date, optional
        Nothing known later is used; by default the ledger's known_until.
    horizon_days : int
        Days that an invoice is followed from each day it is looked at, and the farthest that is forecast.
    every_days : int
        Invoices are looked at every so many days before the cut; ten, so that weekdays take turns. Where that gives
        more than half a million rows (or ``settings.max_snapshots``), a multiple of it, then fewer clients.
    settings : TrainingSettings, optional
        Of it, ``months``, ``max_snapshots``, ``max_categories``, ``families``, ``custom``, ``exclude``, ``treatment``,
        ``random_state`` and what is said in writing of columns are read.
    estimator : TimeToPayment, optional
        Unfitted; by default `default_estimator` with the seed of the settings.
    custom : sequence of Aggregate, PythonFeature or SqlFeature
        Features of one's own.
    progress : callable, optional
        Called with the name of each step.

    Returns
    -------
    PaymentModel

    Raises
    ------
    CallError
        The cut lies after the ledger's known_until, a number of days is below 1, or a column may not enter a model.
    NotEnoughData
        No invoice was open and followed, or too few were paid.

    Examples
    --------
    >>> from inadimplencia_ml.synthetic import generate_book
    >>> book = generate_book(60, random_state=3, start="2024-01-01", end="2024-12-31")
    >>> ledger = Ledger(**book.tables)
    >>> quick = TimeToPayment(n_trees=20, n_bags=1)
    >>> model = train_time_to_payment(ledger, every_days=30, estimator=quick)
    >>> cash = model.cash(ledger, "2024-12-31", days=(7, 30, 90))
    >>> bool((cash["expected_by_then"].diff().dropna() >= 0).all())
    True
    """
    tell = progress or (lambda step: None)
    settings = settings or TrainingSettings()
    day = ledger.known_until if cut is None else to_date(cut, "cut")
    if day > ledger.known_until:
        raise CallError(f"cut: {day} lies after {ledger.known_until}, the last day the ledger knows")
    known, wanted = ledger.known_at(day), payment_wanted(settings, custom)
    permission_of(known, wanted, settings)
    tell("open invoices, features and ends")
    samples = open_samples(known, day, wanted, settings, horizon_days=horizon_days, every_days=every_days)
    columns = columns_to_read(samples, settings, known, wanted)
    tell("fitting")
    model = estimator or default_estimator(columns, ledger, settings.random_state)
    keys = samples.features
    model.fit(
        keys[columns], samples.ends, entry=samples.entry, dates=keys["as_of"], groups=keys["client_id"].to_numpy()
    )
    origin = Origin(
        fitted_to=keys["as_of"].max().date().isoformat(),
        data_digest=data_digest(known),
        versions=versions_of(),
        random_state=settings.random_state,
        booking_lag_days=booking_lag_days(known, day),
        settings=settings.model_dump(mode="json", exclude={"custom"}) | {"every_days": every_days},
    )
    return PaymentModel(model, wanted, tuple(columns), day, horizon_days, samples.counts, origin)


def payment_wanted(settings: TrainingSettings, custom: Sequence[Custom] = ()) -> Wanted:
    """The features that are built: by default those of invoices."""
    return wanted_of(_INVOICES, settings, custom)


def columns_to_read(samples: OpenSamples, settings: TrainingSettings, ledger: Ledger, wanted: Wanted) -> list[str]:
    """The features that may enter the model, and the days past due."""
    own = samples.features.drop(columns=DAYS_PAST_DUE)
    rows = np.ones(len(samples.entry), np.bool_)
    return [*model_columns(own, rows, settings, ledger, wanted), DAYS_PAST_DUE]


def default_estimator(columns: Sequence[str], ledger: Ledger, random_state: int = 0) -> TimeToPayment:
    """The estimator with the ledger's calendar, which reads the client's mean days late as usual days of payment."""
    usual = [name for name in _USUAL_DAYS if name in columns]
    return TimeToPayment(calendar=ledger.calendar, usual_days=usual, random_state=random_state)


def open_samples(
    ledger: Ledger,
    cut: dt.date,
    wanted: Wanted,
    settings: TrainingSettings,
    *,
    horizon_days: int = 180,
    every_days: int = 10,
    from_: dt.date | None = None,
) -> OpenSamples:
    """Open invoices on days before ``cut`` and what became of them; ``ledger`` is already the one known at the cut.

    ``from_``: the first day looked from; by default as early as the settings' ``months`` let.
    """
    if horizon_days < 1 or every_days < 1:
        raise CallError(f"horizon_days is {horizon_days} and every_days {every_days}; expected 1 or more")
    last = day_number(cut) - booking_lag_days(ledger, cut)
    found = _looked_at(ledger, last, settings, every_days, from_)
    if not len(found.day):
        raise NotEnoughData(f"no invoice was open on any of the days before {cut}")
    end, cause = follow_ups(ledger.books, found, day_number(cut), last, horizon_days)
    kept = end > found.day
    counts = {"booked_late": int((~kept & (cause != OPEN)).sum()), "not_followed": int((~kept & (cause == OPEN)).sum())}
    found, end, cause = found.take(kept), end[kept], cause[kept]
    if not len(found.day):
        raise NotEnoughData(f"no invoice open before {cut} could be followed for a day")
    for name, code in (("still_open", OPEN), ("paid", PAID), ("closed", CLOSED)):
        counts[name] = int((cause == code).sum())
    entry = found.day.astype(np.int64) - found.due_adj
    features = payment_features(ledger, open_snapshots(ledger.books, found), entry, wanted)
    ends = pd.DataFrame({"last_day": end.astype(np.int64) - found.due_adj, "cause": cause})
    return OpenSamples(features, entry, ends, found.left / 100, counts)


def _looked_at(
    ledger: Ledger, last: int, settings: TrainingSettings, every_days: int, from_: dt.date | None
) -> OpenInvoices:
    """The open invoices on each of the days, fewer days and then fewer clients where there are too many."""
    issue = ledger.books.versions.issue
    first = int(issue.min()) if len(issue) else last
    if settings.months is not None:
        first = max(
            first, day_number((pd.Timestamp("1970-01-01") + pd.Timedelta(days=last)).date()) - 30 * settings.months
        )
    if from_ is not None:
        first = max(first, day_number(from_))
    days = np.arange(last - 1, first - 1, -every_days)
    found = open_on(ledger.books, days.tolist())
    most = min(settings.max_snapshots, _MOST_LOOKS)
    if len(found.day) <= most:
        return found
    every = -(-len(found.day) // most)
    kept = np.isin(found.day, days[::every])
    share = most / max(int(kept.sum()), 1)
    if share < 1:
        clients = np.random.default_rng(settings.random_state).random(len(ledger.books.client_ids)) < share
        kept &= clients[found.client]
    return found.take(kept)


def follow_ups(books: Books, found: OpenInvoices, known_at: int, last: int, horizon_days: int) -> tuple[I64, I64]:
    """The last day followed and the cause of each open invoice, as known on the day ``known_at``.

    Parameters
    ----------
    found : OpenInvoices
    known_at, last : int
        Day numbers: of what is known, and the last one whose payments are booked.
    horizon_days : int
        Days followed at most.

    Returns
    -------
    (day, cause) arrays
        Payment by its date, a part payment is none; a void invoice, a renegotiated one and one written off are closed
        on their cancelled_date, unless a payment settled them by then (which saves no void one: its payments are gone).
        A day on or before the one looked from means that it was over by then, or not followed.
    """
    end, cause = np.empty(len(found.day), np.int64), np.empty(len(found.day), np.int64)
    _ends(found.invoice, histories(books), books.versions, books.payments, known_at, last, end, cause)
    farthest = found.day.astype(np.int64) + horizon_days
    beyond = end > farthest
    return np.where(beyond, farthest, end), np.where(beyond, OPEN, cause)


@maker
def _ends(invoice: I32, h: Histories, v: Versions, p: Payments, known_at: int, last: int, end: I64, cause: I64) -> None:
    for s in range(len(invoice)):
        i = invoice[s]
        j = h.at[h.start[i + 1] - 1]
        settled, _, _, _, _ = settlement(known_at, v.issue[j], v.cents[j], v.pay_start[j], v.pay_stop[j], p)
        cancelled = np.int64(v.cancelled[j]) if v.closed_known[j] <= known_at else np.int64(NEVER)
        followed = min(np.int64(last), np.int64(v.observed_until[j]))
        if cancelled != NEVER and (v.void[j] or cancelled < settled):
            day, how = cancelled, 2
        elif settled != NEVER:
            day, how = np.int64(settled), 1
        else:
            day, how = followed + 1, 0
        if day > followed:
            day, how = followed, 0
        end[s], cause[s] = day, how
