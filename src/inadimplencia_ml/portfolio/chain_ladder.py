"""The chain ladder: how far a cohort has come at each age, told by the older ones, and where it will end.

T. Mack, "Distribution-free calculation of the standard error of chain ladder reserve estimates", ASTIN Bulletin 23
(1993), for the volume-weighted factors; the pooled rate weighs each cohort's exposure by the share that it has come
(Cape Cod; H. Bühlmann and J. Straub, 1983), so that the youngest cohorts, of which little is seen, count for little.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Development", "development", "latest", "pooled_rate", "ultimates"]

Floats = npt.NDArray[np.float64]
Ages = npt.NDArray[np.int64]


class Development(NamedTuple):
    """Further axes of the triangle, such as resamples, stand behind."""

    factors: Floats  # from each age to the next
    developed: Floats  # share of the ultimate at each age


def development(cumulative: Floats, age: Ages, tail: float = 1.0) -> Development:
    """Volume-weighted factors of a triangle, a row a cohort, a column an age.

    Parameters
    ----------
    cumulative : array, cohorts by ages
        Cells beyond a cohort's ``age`` are not looked at.
    age : int array over cohorts
        The last column that is known of each.
    tail : float
        Ultimate over the last column, 1 or more: an assumption, nothing in the triangle tells it.

    Examples
    --------
    >>> triangle = np.array([[10.0, 15.0, 18.0], [20.0, 30.0, np.nan], [16.0, np.nan, np.nan]])
    >>> found = development(triangle, np.array([2, 1, 0]))
    >>> found.factors.round(4).tolist(), found.developed.round(4).tolist()
    ([1.5, 1.2], [0.5556, 0.8333, 1.0])
    """
    columns = cumulative.shape[1]
    known = np.arange(1, columns) <= age[:, None]
    known = known.reshape(known.shape + (1,) * (cumulative.ndim - 2))
    after = np.where(known, cumulative[:, 1:], 0.0).sum(axis=0)
    before = np.where(known, cumulative[:, :-1], 0.0).sum(axis=0)
    nothing = np.where(after > 0, np.inf, 1.0)
    factors = np.divide(after, before, out=nothing, where=before > 0)
    end = np.full((1, *cumulative.shape[2:]), 1.0 / tail)
    steps = np.concatenate([end, 1.0 / factors[::-1]])
    return Development(factors, np.cumprod(steps, axis=0)[::-1])


def latest(cumulative: Floats, age: Ages) -> Floats:
    """The last known cell of each cohort."""
    return np.asarray(cumulative[np.arange(len(age)), age])


def ultimates(cumulative: Floats, age: Ages, found: Development) -> Floats:
    """Where each cohort will end; NaN where nothing of the ultimate is developed at its age."""
    share = found.developed[age]
    ends: Floats = np.divide(latest(cumulative, age), share, out=np.full(share.shape, np.nan), where=share > 0)
    return ends


def pooled_rate(cumulative: Floats, age: Ages, exposure: Floats, found: Development) -> Floats:
    """Ultimate over exposure of all cohorts: what came, over exposure times the share developed; NaN where 0."""
    used = (exposure * found.developed[age]).sum(axis=0)
    came = latest(cumulative, age).sum(axis=0)
    rate: Floats = np.divide(came, used, out=np.full(np.shape(used), np.nan), where=used > 0)
    return rate
