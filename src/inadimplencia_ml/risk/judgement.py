"""Judges probabilities by what came of them, on data later than any the model was fitted on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, NotEnoughData
from inadimplencia_ml.risk.client_draws import ClientDraws
from inadimplencia_ml.risk.date_split import Days, as_days
from inadimplencia_ml.risk.draw_figures import DrawFigures, resample
from inadimplencia_ml.risk.judging.approvals import Approvals
from inadimplencia_ml.risk.judging.compared import MODEL, Calibration, Compared, bin_table
from inadimplencia_ml.risk.judging.jeffreys import jeffreys_table
from inadimplencia_ml.risk.judging.money import Money
from inadimplencia_ml.risk.judging.parts import Parts
from inadimplencia_ml.risk.judging.ratings import rating_table, ratings_by_part
from inadimplencia_ml.risk.judging.rows import Cells, Rows, amounts, cells_of
from inadimplencia_ml.risk.judging.swap_set import SwapSet
from inadimplencia_ml.risk.judging.tables import Judgement
from inadimplencia_ml.risk.metrics import auc, checked, lift_at

__all__ = ["MODEL", "Judgement", "judge"]

Floats = npt.NDArray[np.float64]

_TWENTIETHS = tuple(k / 20 for k in range(1, 21))
_TENTHS = tuple(k / 10 for k in range(1, 10))


def judge(
    y: Any,
    p: Any,
    *,
    dates: Any,
    groups: Any = None,
    baselines: Mapping[str, Any] | None = None,
    ratings: Any = None,
    segments: Any = None,
    kinds: Any = None,
    new_clients: Any = None,
    exposure: Any = None,
    overdue: Any = None,
    previous: Any = None,
    approval_rate: float | None = None,
    margin_rate: float | None = None,
    loss_given_default: float | None = None,
    champion: pd.DataFrame | None = None,
    leaks: pd.DataFrame | None = None,
    labels: Mapping[str, int] | None = None,
    notes: tuple[str, ...] = (),
    n: int = 500,
    random_state: int = 0,
) -> Judgement:
    """Judges probabilities by what came of them.

    Parameters
    ----------
    y, p : array-like
        Outcomes (1 bad, 0 good) and the model's probabilities, on data later than any it was fitted on.
    dates : array-like
        The as_of of each row.
    groups : array-like, optional
        The client of each row; intervals draw clients.
    baselines : mapping of arrays, optional
        Probabilities of other models for the same rows.
    ratings, segments : array-like, optional
        Rating and risk segment of each row.
    kinds : array-like, optional
        Kind of client of each row (``PF``, ``PJ``); None where it is not known.
    new_clients : array-like of bool, optional
        Rows of clients of whom nearly nothing is known (``cold_start``); they are judged apart.
    exposure : array-like, optional
        Money at risk of each row on its as_of, 0 or more; where it is missing a row weighs nothing in money.
    overdue : array-like, optional
        Money past due of each row, 0 or more; read with ``exposure``.
    previous : array-like, optional
        Probabilities of the model in use, for the same rows: how do they compare (as ``previous``), and whom would this
        one let in and keep out?
    approval_rate : float, optional
        Share of rows approved by both in the swap set, above 0 and below 1; without it, each tenth.
    margin_rate, loss_given_default : float, optional
        What a good one earns and a bad one loses, as shares of the exposure (of 1 a row without it); both or none.
    champion : DataFrame, optional
        Figures of the candidates on the same folds; kept as it is.
    leaks : DataFrame, optional
        What the leak audit looked at and found; kept as it is, so without a client's id.
    labels : mapping of int, optional
        How many snapshots ended in each label.
    notes : tuple of str
        Codes of what a reader must know, kept as they are.
    n : int
        Number of resamples.
    random_state : int
        Seed.

    Raises
    ------
    NotEnoughData
        One class only.
    CallError
        The arrays do not fit, or a rate is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> p = rng.beta(1, 5, 600)
    >>> found = judge(rng.random(600) < p, p, dates=np.repeat(["2025-01-31", "2025-02-28"], 300), n=50)
    >>> found.facts["rows"], bool(found.value("auc") > 0.6), found.jeffreys["verdict"].tolist()
    (600, True, ['ok'])
    """
    y, p = checked(np.asarray(y, dtype=np.float64), p)
    bads = int(y.sum())
    if bads in (0, len(y)):
        raise NotEnoughData(
            f"A judgement needs bad and good cases; there are {bads} bad and {len(y) - bads} good ones."
        )
    _check_rates(approval_rate, margin_rate, loss_given_default)
    days = as_days(dates, len(y))
    money, missing = (None, None) if exposure is None else amounts(exposure, len(y), "exposure")
    rows = Rows(y, p, ClientDraws(groups, len(y), n, random_state), money)
    cells = _cells(len(y), days, ratings=ratings, segments=segments, kinds=kinds, new_clients=new_clients)
    before = None if previous is None else checked(y, previous)[1]
    models = {MODEL: p} if before is None else {MODEL: p, "previous": before}
    asked: dict[str, _Table] = {
        "metrics": Compared(rows, {name: q for name, q in models.items() if name != MODEL} | dict(baselines or {})),
        "calibration": Calibration(rows, cells.get("segment")),
        "parts": Parts(rows, {name: one for name, one in cells.items() if name != "rating"}),
        "approvals": Approvals(rows, models, _TWENTIETHS, margin_rate, loss_given_default),
    }
    if before is not None:
        asked["swap_set"] = SwapSet(rows, before, _TENTHS if approval_rate is None else (approval_rate,))
    if money is not None:
        asked["money"] = Money(rows, None if overdue is None else amounts(overdue, len(y), "overdue")[0])
    resample(rows.drawn, [figures for one in asked.values() for figures in one.asked])
    given = {"approval_rate": approval_rate, "margin_rate": margin_rate, "loss_given_default": loss_given_default}
    kept = {k: v for k, v in (given | {"exposure_missing": missing}).items() if v is not None}
    return Judgement(
        facts=_facts(rows, days, groups is not None) | kept,
        bins=bin_table(rows),
        months=_months(y, p, days),
        notes=tuple(notes),
        champion=pd.DataFrame() if champion is None else champion.copy(),
        leaks=pd.DataFrame() if leaks is None else leaks.copy(),
        labels=_labels(labels),
        **_rating_tables(rows, cells),
        **{name: one.table() for name, one in asked.items()},
    )


class _Table(Protocol):
    asked: list[DrawFigures]

    def table(self) -> pd.DataFrame: ...


def _check_rates(approval_rate: float | None, margin_rate: float | None, loss_given_default: float | None) -> None:
    if approval_rate is not None and not 0 < approval_rate < 1:
        raise CallError(f"approval_rate is {approval_rate}; expected above 0 and below 1.")
    if (margin_rate is None) != (loss_given_default is None):
        raise CallError("margin_rate and loss_given_default go together: give both, or none.")
    for name, rate in (("margin_rate", margin_rate), ("loss_given_default", loss_given_default)):
        if rate is not None and not 0 <= rate <= 1:
            raise CallError(f"{name} is {rate}; expected a share of the exposure, 0 to 1.")


def _cells(n: int, days: Days, *, ratings: Any, segments: Any, kinds: Any, new_clients: Any) -> dict[str, Cells]:
    """How the rows are told apart, by the name of the dimension."""
    months = days.astype("datetime64[M]")
    found = {"month": cells_of(months.astype(str), n, "dates")}
    if segments is not None:
        found = {"segment": cells_of(segments, n, "segments", ("low", "medium", "high"))} | found
    if kinds is not None:
        found["kind"] = cells_of(kinds, n, "kinds")
    if new_clients is not None:
        new = np.asarray(new_clients)
        if new.shape != (n,) or new.dtype != np.bool_:
            raise CallError(f"new_clients has the shape {new.shape} and the type {new.dtype}. Expected one bool a row.")
        found["history"] = cells_of(np.where(new, "new", "known"), n, "new_clients", ("new", "known"))
    if ratings is not None:
        found["rating"] = cells_of(ratings, n, "ratings")
    return found


def _rating_tables(rows: Rows, cells: Mapping[str, Cells]) -> dict[str, pd.DataFrame]:
    ratings = cells.get("rating", Cells(np.full(len(rows.y), -1), ()))
    apart = {name: cells[name] for name in ("month", "kind") if name in cells}
    return {
        "ratings": rating_table(rows, ratings),
        "ratings_by_part": ratings_by_part(rows, ratings, apart),
        "jeffreys": jeffreys_table(rows, ratings, cells.get("history")),
    }


def _facts(rows: Rows, days: Days, by_client: bool) -> dict[str, Any]:
    return {
        "judged_from": str(days.min()),
        "judged_to": str(days.max()),
        "rows": len(rows.y),
        "clients": rows.drawn.clients if by_client else None,
        "bads": int(rows.y.sum()),
        "bad_rate": float(rows.y.mean()),
        "mean_probability": float(rows.p.mean()),
        "resamples": rows.drawn.n,
        "lift_10": lift_at(rows.y, rows.p, 0.1),
    }


def _labels(labels: Mapping[str, int] | None) -> pd.DataFrame:
    if labels is None:
        return pd.DataFrame()
    return pd.DataFrame({"label": list(labels), "snapshots": [int(count) for count in labels.values()]})


def _months(y: Floats, p: Floats, days: Days) -> pd.DataFrame:
    months = days.astype("datetime64[M]")
    rows = []
    for month in np.unique(months):
        held = months == month
        rates = float(y[held].mean()), float(p[held].mean())
        rows.append((str(month), int(held.sum()), int(y[held].sum()), *rates, auc(y[held], p[held])))
    return pd.DataFrame(rows, columns=["month", "rows", "bads", "bad_rate", "mean_probability", "auc"])
