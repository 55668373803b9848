"""Probabilities for a population with another event rate than that of the training, known or found without outcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.calibration import Calibration

__all__ = ["estimate_prior", "shifted"]

_ROUNDS = 1_000
_CLOSE = 1e-10


def shifted(calibration: Calibration, prior: float, rate: float) -> Calibration:
    """The calibration for an event rate ``rate`` where it was made for ``prior``: log-odds plus a constant.

    Bayes' rule with unchanged likelihoods: logit p' = logit p + logit rate − logit prior (Elkan 2001, The foundations
    of cost-sensitive learning, theorem 2).

    Raises
    ------
    CallError
        A rate is not between 0 and 1.

    Examples
    --------
    >>> twice = shifted(Calibration(), 0.1, 0.2)
    >>> twice.probability(np.array([np.log(0.1 / 0.9)])).round(3)
    array([0.2])
    """
    for name, value in (("prior", prior), ("rate", rate)):
        if not 0.0 < value < 1.0:
            raise CallError(f"{name} is {value}; expected a share between 0 and 1, both excluded.")
    move = np.log(rate) - np.log1p(-rate) - np.log(prior) + np.log1p(-prior)
    return replace(calibration, shift=calibration.shift + float(move))


def estimate_prior(probability: Any, prior: float) -> float:
    """The event rate of rows whose outcome is not known, from probabilities made for the event rate ``prior``.

    Expectation and maximisation by turns: probabilities are moved to the rate, and the rate becomes their mean, until
    neither moves (Saerens, Latinne and Decaestecker 2002, doi:10.1162/089976602753284446). Right where good ones and
    bad ones look as before and only their share is another, and where the probabilities are calibrated: a drift of the
    features themselves is taken for a change of the rate.

    Parameters
    ----------
    probability : array-like
        Probabilities of the event, 0 to 1.
    prior : float
        The event rate they were made for, ``prior_`` of a model.

    Raises
    ------
    CallError
        No probabilities, one that is none, or a prior that is no rate.

    Examples
    --------
    >>> p = np.repeat([0.05, 0.5], [600, 400])  # made for 20 %
    >>> round(estimate_prior(p, 0.2), 2)
    0.31
    """
    p = np.asarray(probability, dtype=np.float64)
    if p.ndim != 1 or not len(p) or not ((p >= 0) & (p <= 1)).all():
        raise CallError("probability: expected one probability a row, each from 0 to 1, and at least one.")
    if not 0.0 < prior < 1.0:
        raise CallError(f"prior is {prior}; expected a share between 0 and 1, both excluded.")
    rate = float(prior)
    for _ in range(_ROUNDS):
        after = _moved_mean(p, rate / prior, (1.0 - rate) / (1.0 - prior))
        close = abs(after - rate) < _CLOSE
        rate = min(max(after, 1e-9), 1.0 - 1e-9)
        if close:
            break
    return rate


def _moved_mean(p: npt.NDArray[np.float64], bad: float, good: float) -> float:
    return float((p * bad / (p * bad + (1.0 - p) * good)).mean())
