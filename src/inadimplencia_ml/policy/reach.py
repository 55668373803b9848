"""By which channel and at which hour a client answers: what he asked for, else what his contacts of a year tell.

The rate of answers by channel and hours is drawn towards the policy's prior, as a client has few contacts:
``rate = (answered + strength * prior) / (tried + strength)``, the posterior mean of a beta-binomial model.
"""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.sections import Hours
from inadimplencia_ml.policy.windows import ContactTimes
from inadimplencia_ml.tables import REACH

__all__ = ["ContactRates", "contact_rates", "hours_asked_for", "narrowed"]

Codes = npt.NDArray[np.int64]


class ContactRates:
    """Rates of answers of the clients that have any contact on record.

    Attributes
    ----------
    row : int array, one a case
        Position in ``rates``, -1 for a case without contacts.
    rates : float array, rows x channels x bands
    """

    def __init__(self, row: Codes, rates: npt.NDArray[np.float64]) -> None:
        self.row = row
        self.rates = rates

    def of_channels(self, case: Codes) -> npt.NDArray[np.float64]:
        """The best rate of each channel over the hours, by case; NaN for cases without contacts."""
        best = self.rates.max(axis=2, initial=-np.inf)
        return np.vstack([best, np.full((1, best.shape[1]), np.nan)])[self.row[case]]

    def best_band(self, channel: Codes) -> Codes:
        """The hours in which each case's channel is answered best, -1 without contacts or channel."""
        out = np.full(len(self.row), -1, np.int64)
        at = np.flatnonzero((self.row >= 0) & (channel >= 0))
        if len(at):
            out[at] = self.rates[self.row[at], channel[at]].argmax(axis=1)
        return out


def contact_rates(rules: PolicyInForce, reach: pd.DataFrame | None, client_ids: pd.Series) -> ContactRates | None:
    """The rates of every case; None without contacts or without such a section in the policy.

    Parameters
    ----------
    reach : DataFrame, optional
        Contacts of a year by client, channel and hour, as in `inadimplencia_ml.tables.REACH`.
    """
    prior = rules.contact_rates
    if prior is None or reach is None:
        return None
    for name in REACH.required:
        if name not in reach.columns:
            raise CallError(f"reach: column {name!r} is missing.{did_you_mean(name, map(str, reach.columns))}")
    case = pd.Index(client_ids).get_indexer(pd.Index(reach["client_id"]))
    channel = pd.Index(tuple(rules.policy.channels)).get_indexer(pd.Index(reach["channel"]))
    band = _band_of_hour(rules)[reach["hour"].to_numpy(np.int64)]
    fits = (case >= 0) & (channel >= 0) & (band >= 0)
    listed, compact = np.unique(case[fits], return_inverse=True)
    priors = np.array([[prior.prior[c][b] for b in prior.bands] for c in rules.policy.channels])
    shape = (len(listed), *priors.shape)
    key = np.ravel_multi_index((compact, channel[fits], band[fits]), shape) if len(listed) else compact
    tried, answered = (
        np.bincount(key, weights=reach[name].to_numpy(np.float64)[fits], minlength=int(np.prod(shape))).reshape(shape)
        for name in ("tried", "answered")
    )
    row = np.full(len(client_ids), -1, np.int64)
    row[listed] = np.arange(len(listed))
    return ContactRates(row, (answered + prior.strength * priors) / (tried + prior.strength))


def _band_of_hour(rules: PolicyInForce) -> Codes:
    """The position of the band of each hour of the day, -1 outside all."""
    out = np.full(24, -1, np.int64)
    assert rules.contact_rates is not None
    for number, (begin, end) in enumerate(rules.contact_rates.bands.values()):
        out[begin.hour : end.hour + (end.minute > 0)] = number
    return out


def hours_asked_for(rules: PolicyInForce, asked: pd.Series | None, n: int) -> tuple[Codes, list[Hours]]:
    """By case the position among the hours that clients asked for, -1 for none or for words that are not understood."""
    if asked is None or rules.contact_rates is None:
        return np.full(n, -1, np.int64), []
    codes, words = pd.factorize(asked)
    found: list[Hours] = []
    position = np.full(len(words) + 1, -1, np.int64)
    for number, word in enumerate(words):
        hours = _hours(str(word), rules.contact_rates.words)
        if hours is not None:
            position[number] = len(found)
            found.append(hours)
    return position[codes], found


def _hours(text: str, words: dict[str, Hours]) -> Hours | None:
    """Hours from words: ``manhã`` as the policy says, or ``9h às 12h``, ``09:00-12:30``."""
    plain = text.strip().lower()
    if plain in words:
        return words[plain]
    told = re.findall(r"(\d{1,2})(?:[:h](\d{2}))?", plain)
    if len(told) != 2:
        return None
    hours = [(int(h), int(m or 0)) for h, m in told]
    if any(h > 23 or m > 59 for h, m in hours) or hours[0] >= hours[1]:
        return None
    return dt.time(*hours[0]), dt.time(*hours[1])


def narrowed(times: ContactTimes, which: Codes, hours: list[Hours]) -> ContactTimes:
    """The hours of contact, cut to those of ``which`` where both have a part in common."""
    if not hours:
        return times
    day = times.begin.astype("datetime64[D]")
    seconds = np.array([[60 * (60 * t.hour + t.minute) for t in pair] for pair in hours] + [[0, 0]])
    begin = np.maximum(times.begin, day + seconds[which, 0].astype("timedelta64[s]"))
    end = np.minimum(times.end, day + seconds[which, 1].astype("timedelta64[s]"))
    fits = (which >= 0) & (begin < end)
    return ContactTimes(np.where(fits, begin, times.begin), np.where(fits, end, times.end), times.days)
