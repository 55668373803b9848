"""What was offered before: so that an offer does not grow better merely because the last ones were left unanswered."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean

__all__ = ["PastOffers", "past_offers"]

I64 = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

YEAR = 365
NEEDED = ("client_id", "offered_on", "offer")


class PastOffers(NamedTuple):
    """By case. Where nothing of the kind was offered: no discount, NaN for instalments."""

    ignored: I64  # offers left unanswered since the last one that was accepted
    best_share: Numbers  # largest discount ever offered
    most_parts: Numbers  # most instalments ever offered
    least_entry: Numbers  # smallest entry ever offered, share
    accepted_in_year: dict[str, I64]  # by offer


def past_offers(history: pd.DataFrame | None, client_ids: pd.Series, day: np.datetime64) -> PastOffers:
    """The earlier offers of each client.

    Parameters
    ----------
    history : DataFrame, optional
        One row an offer made: client_id, offered_on, offer; and, where known, accepted (yes or no), discount_share,
        parts, entry_share. What was not accepted counts as left unanswered. An offer made on ``day`` or later is none.
    """
    n = len(client_ids)
    nothing = np.full(n, np.nan)
    if history is None or not len(history):
        return PastOffers(np.zeros(n, np.int64), np.zeros(n), nothing, nothing, {})
    for name in NEEDED:
        if name not in history.columns:
            raise CallError(f"offers: column {name!r} is missing.{did_you_mean(name, map(str, history.columns))}")
    when = pd.to_datetime(history["offered_on"]).to_numpy("datetime64[D]")
    case = pd.Index(client_ids).get_indexer(pd.Index(history["client_id"]))
    mine = (case >= 0) & (when < day)
    rows, case, when = history[mine], case[mine], when[mine].astype(np.int64)
    yes = rows["accepted"].fillna(False).to_numpy(bool) if "accepted" in rows.columns else np.zeros(len(rows), bool)
    last_yes = np.full(n, np.iinfo(np.int64).min)
    np.maximum.at(last_yes, case[yes], when[yes])
    share = np.zeros(n)
    np.maximum.at(share, case, np.nan_to_num(_numbers(rows, "discount_share")))
    year = yes & (when > int(day.astype(np.int64)) - YEAR)
    names = rows["offer"].to_numpy(dtype=object)
    return PastOffers(
        np.bincount(case[~yes & (when > last_yes[case])], minlength=n),
        share,
        _extreme(case, _numbers(rows, "parts"), n, np.fmax),
        _extreme(case, _numbers(rows, "entry_share"), n, np.fmin),
        {str(name): np.bincount(case[year & (names == name)], minlength=n) for name in pd.unique(rows["offer"])},
    )


def _numbers(rows: pd.DataFrame, name: str) -> Numbers:
    if name not in rows.columns:
        return np.full(len(rows), np.nan)
    return rows[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _extreme(case: I64, values: Numbers, n: int, take: np.ufunc) -> Numbers:
    out = np.full(n, np.nan)
    take.at(out, case, values)
    return out
