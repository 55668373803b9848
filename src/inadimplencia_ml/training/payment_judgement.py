"""How good a time to payment is on days after its fit, against one curve for all and the client's mean delay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, NotEnoughData
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.outcome import booking_lag_days
from inadimplencia_ml.risk.time_to_pay.censoring import StepCurve, kaplan_meier
from inadimplencia_ml.risk.time_to_pay.estimator import TimeToPayment
from inadimplencia_ml.risk.time_to_pay.survival_metrics import brier_by_time, dynamic_auc, integrated_brier
from inadimplencia_ml.training.open_invoices import (
    OpenSamples,
    columns_to_read,
    default_estimator,
    open_samples,
    payment_wanted,
)
from inadimplencia_ml.training.permission import permission_of
from inadimplencia_ml.training.settings import TrainingSettings

__all__ = ["PaymentSets", "baseline_curves", "judge_time_to_payment", "judged_curves", "payment_sets"]

Floats = npt.NDArray[np.float64]

_MEAN_DELAY = "days_late_mean_all"
_LEAST_AT_RISK = 30


@dataclass(frozen=True)
class PaymentSets:
    """Open invoices that are fitted on, as known when the others begin, and open invoices that are judged on.

    Attributes
    ----------
    train, test : OpenSamples
    columns : list of str
        The features that are read.
    """

    train: OpenSamples
    test: OpenSamples
    columns: list[str]


def judge_time_to_payment(
    ledger: Ledger,
    *,
    judge_from: dt.date | str,
    judge_to: dt.date | str | None = None,
    days_ahead: int = 60,
    every_days: int = 10,
    settings: TrainingSettings | None = None,
    estimator: TimeToPayment | None = None,
    custom: Sequence[Custom] = (),
) -> pd.DataFrame:
    """Fits on what was known at ``judge_from`` and judges on invoices open from then on.

    Parameters
    ----------
    ledger : Ledger
    judge_from, judge_to : date
        First and last day looked from; by default the last one whose ``days_ahead`` are booked.
    days_ahead : int
        How far ahead is judged, 2 or more.
    every_days, settings, estimator, custom
        As in `train_time_to_payment`.

    Returns
    -------
    DataFrame
        A row for ``time_to_payment``, ``kaplan_meier`` (one curve for all, with late entry) and ``client_mean_delay``
        (each around its client's mean days late so far, as far around it as others were). ``integrated_brier`` and
        ``brier_…`` are better when lower, ``dynamic_auc`` when higher.

    Raises
    ------
    NotEnoughData
        No invoice is open on days whose ``days_ahead`` are booked.
    """
    sets = payment_sets(
        ledger,
        judge_from,
        judge_to,
        days_ahead=days_ahead,
        every_days=every_days,
        settings=settings or TrainingSettings(),
        custom=custom,
    )
    keys, test = sets.train.features, sets.test.features
    model = estimator or default_estimator(sets.columns, ledger)
    model.fit(
        keys[sets.columns],
        sets.train.ends,
        entry=sets.train.entry,
        dates=keys["as_of"],
        groups=keys["client_id"].to_numpy(),
    )
    curves = model.predict_curves(test[sets.columns], entry=sets.test.entry, dates=test["as_of"], days_ahead=days_ahead)
    return judged_curves(sets, {"time_to_payment": curves.paid} | baseline_curves(sets, days_ahead))


def payment_sets(
    ledger: Ledger,
    judge_from: dt.date | str,
    judge_to: dt.date | str | None = None,
    *,
    days_ahead: int = 60,
    every_days: int = 10,
    settings: TrainingSettings,
    custom: Sequence[Custom] = (),
) -> PaymentSets:
    """The two sets of a judgement out of time."""
    if days_ahead < 2:
        raise CallError(f"days_ahead is {days_ahead}; expected 2 or more")
    cut, wanted = to_date(judge_from, "judge_from"), payment_wanted(settings, custom)
    known, until = ledger.known_at(cut), ledger.known_until
    permission_of(known, wanted, settings)
    train = open_samples(known, cut, wanted, settings, every_days=every_days)
    last = until - dt.timedelta(days=booking_lag_days(ledger, until) + days_ahead)
    last = last if judge_to is None else to_date(judge_to, "judge_to")
    if last < cut:
        raise NotEnoughData(f"the {days_ahead} days after {cut} are not booked yet: the ledger ends on {until}")
    test = open_samples(ledger, until, wanted, settings, horizon_days=days_ahead, every_days=every_days, from_=cut)
    kept = (test.features["as_of"] <= pd.Timestamp(last)).to_numpy()
    if not kept.any():
        raise NotEnoughData(f"no invoice was open on the days looked from, {cut} to {last}")
    return PaymentSets(train, test.take(np.flatnonzero(kept)), columns_to_read(train, settings, known, wanted))


def baseline_curves(sets: PaymentSets, days_ahead: int) -> dict[str, Floats]:
    """P(paid by each day ahead) of the judged rows by methods that need no model."""
    ends, entry = sets.train.ends, sets.train.entry
    paid = (ends["cause"] == 1).to_numpy()
    whole = kaplan_meier(ends["last_day"], paid, entry, least_at_risk=_LEAST_AT_RISK)
    usual, level = _mean_delay(sets.train, None)
    around = kaplan_meier(ends["last_day"] - usual, paid, entry - usual, least_at_risk=_LEAST_AT_RISK)
    return {
        "kaplan_meier": _along(whole, sets.test.entry, days_ahead),
        "client_mean_delay": _along(around, sets.test.entry - _mean_delay(sets.test, level)[0], days_ahead),
    }


def _mean_delay(samples: OpenSamples, level: float | None) -> tuple[Floats, float]:
    """Each row's mean delay in whole days, that of all where there is none; and that of all."""
    known = samples.features[_MEAN_DELAY].to_numpy(np.float64)
    if level is None:
        level = float(np.nanmean(known)) if np.isfinite(known).any() else 0.0
    return np.asarray(np.round(np.where(np.isfinite(known), known, level)), np.float64), level


def _along(curve: StepCurve, entry: npt.NDArray[np.generic], days_ahead: int) -> Floats:
    """P(paid by each day ahead | open at entry) on a curve over days relative to some day."""
    start = np.asarray(entry, np.float64)
    days = start[:, None] + np.arange(1, days_ahead + 1)
    return 1.0 - np.clip(curve.at(days) / np.maximum(curve.at(start), 1e-12)[:, None], 0.0, 1.0)


def judged_curves(sets: PaymentSets, predicted: Mapping[str, Floats]) -> pd.DataFrame:
    """One row a method, from P(paid by each day ahead) of the judged rows; see `judge_time_to_payment`."""
    days_ahead = next(iter(predicted.values())).shape[1]
    ahead, cause = sets.test.ahead(days_ahead)
    times = np.arange(1, days_ahead + 1)
    rows = {}
    for name, p in predicted.items():
        score = brier_by_time(ahead, cause, p, times)
        rows[name] = {"integrated_brier": integrated_brier(ahead, cause, p, times)}
        rows[name] |= {f"brier_{d}": float(score[d - 1]) for d in (7, 30) if d <= days_ahead}
        rows[name] |= {"dynamic_auc": dynamic_auc(ahead, cause, p, times).mean}
    return pd.DataFrame(rows).T
