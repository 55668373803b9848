"""One object that says how good a model was on data that came after it, and what it was compared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import BundleError, CallError, NotEnoughData
from inadimplencia_ml.risk.bootstrap import bootstrap_draws, estimate
from inadimplencia_ml.risk.date_split import as_days
from inadimplencia_ml.risk.judgement_text import render
from inadimplencia_ml.risk.metrics import auc, checked, equal_mass_bins, lift_at

__all__ = ["MODEL", "Judgement", "judge"]

Floats = npt.NDArray[np.float64]

#: The judged model's name in the tables.
MODEL = "model"

_COMPARED = ("auc", "average_precision", "ks", "brier", "log_loss")
_CALIBRATION = ("calibration_slope", "calibration_intercept", "calibration_level", "calibration_error")
_TABLES = ("metrics", "calibration", "bins", "ratings", "months")


@dataclass(frozen=True, eq=False)
class Judgement:
    """How a model did out of time.

    Attributes
    ----------
    facts : dict
        ``judged_from``, ``judged_to`` (dates), ``rows``, ``clients``, ``bads``, ``bad_rate``, ``mean_probability``,
        ``resamples`` and ``lift_10`` (times more bad ones in the riskiest tenth).
    metrics : DataFrame
        model, metric, value, low, high, and the model's figure less the baseline's: difference, difference_low,
        difference_high. 95 % intervals over resampled clients.
    calibration : DataFrame
        part (all, or a segment), metric, value, low, high.
    bins : DataFrame
        Fifteen bins of equal mass: rows, bads, mean_probability, bad_rate.
    ratings : DataFrame
        rating, rows, clients, bads, mean_probability, bad_rate, low, high, inversion (a lower bad
        rate than the safer rating before it).
    months : DataFrame
        month, rows, bads, bad_rate, mean_probability, auc.
    notes : tuple of str
        Codes of what a reader must know; ``risk.judgement_text`` says them in words.
    """

    facts: dict[str, Any]
    metrics: pd.DataFrame
    calibration: pd.DataFrame
    bins: pd.DataFrame
    ratings: pd.DataFrame
    months: pd.DataFrame
    notes: tuple[str, ...] = field(default=())

    def value(self, metric: str, model: str = MODEL) -> float:
        """One figure of the table of metrics."""
        found = self.metrics[(self.metrics["model"] == model) & (self.metrics["metric"] == metric)]
        if found.empty:
            raise CallError(f"The judgement has no figure {metric!r} of {model!r}.")
        return float(found["value"].iloc[0])

    def to_json(self) -> dict[str, Any]:
        """Plain data; a figure that could not be had is null."""
        tables = {name: _records(getattr(self, name)) for name in _TABLES}
        return {"facts": dict(self.facts), "notes": list(self.notes), **tables}

    @classmethod
    def from_json(cls, data: Any) -> Judgement:
        """The judgement that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form.
        """
        try:
            tables = {name: pd.DataFrame(data[name]["rows"], columns=data[name]["columns"]) for name in _TABLES}
            return cls(facts=dict(data["facts"]), notes=tuple(data["notes"]), **tables)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"The judgement of the model cannot be read: {error!r}") from None

    def text(self, lang: str = "pt") -> str:
        """The judgement in words, in Portuguese (``pt``) or English (``en``)."""
        tables = {"ratings": self.ratings, "months": self.months}
        return render(self.facts, self.metrics, self.calibration, **tables, notes=self.notes, lang=lang)


def _records(table: pd.DataFrame) -> dict[str, Any]:
    rows = [[_plain(v) for v in row] for row in table.itertuples(index=False)]
    return {"columns": list(table.columns), "rows": rows}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, dt.date) else value


def judge(
    y: Any,
    p: Any,
    *,
    dates: Any,
    groups: Any = None,
    baselines: Mapping[str, Any] | None = None,
    ratings: Any = None,
    segments: Any = None,
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
        The arrays do not fit.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> p = rng.beta(1, 5, 600)
    >>> found = judge(rng.random(600) < p, p, dates=np.repeat(["2025-01-31", "2025-02-28"], 300), n=50)
    >>> found.facts["rows"], bool(found.value("auc") > 0.6)
    (600, True)
    """
    y, p = checked(np.asarray(y, dtype=np.float64), p)
    bads = int(y.sum())
    if bads in (0, len(y)):
        raise NotEnoughData(
            f"A judgement needs bad and good cases; there are {bads} bad and {len(y) - bads} good ones."
        )
    days = as_days(dates, len(y))
    table = _metrics(y, p, baselines or {}, groups, n, random_state)
    return Judgement(
        facts=_facts(y, p, days, groups, n),
        metrics=table,
        calibration=_calibration(y, p, groups, segments, n, random_state),
        bins=_bins(y, p),
        ratings=_ratings(y, p, groups, ratings, n, random_state),
        months=_months(y, p, days),
        notes=tuple(notes),
    )


def _facts(y: Floats, p: Floats, days: Any, groups: Any, n: int) -> dict[str, Any]:
    return {
        "judged_from": str(days.min()),
        "judged_to": str(days.max()),
        "rows": len(y),
        "clients": None if groups is None else len(np.unique(np.asarray(groups))),
        "bads": int(y.sum()),
        "bad_rate": float(y.mean()),
        "mean_probability": float(p.mean()),
        "resamples": n,
        "lift_10": lift_at(y, p, 0.1),
    }


def _metrics(y: Floats, p: Floats, baselines: Mapping[str, Any], groups: Any, n: int, seed: int) -> pd.DataFrame:
    """All models on the same resamples, so that differences are paired."""
    ours = bootstrap_draws(_COMPARED, y, p, groups, n=n, random_state=seed)
    rows: list[tuple[Any, ...]] = [(MODEL, m, *estimate(ours[m]), None, None, None) for m in _COMPARED]
    for name, other in baselines.items():
        if name == MODEL:
            raise CallError(f"A baseline cannot be called {MODEL!r}: that is the judged model.")
        theirs = bootstrap_draws(_COMPARED, y, other, groups, n=n, random_state=seed)
        rows += [(name, m, *estimate(theirs[m]), *estimate(ours[m] - theirs[m])) for m in _COMPARED]
    columns = ["model", "metric", "value", "low", "high", "difference", "difference_low", "difference_high"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:], "float64"))


def _calibration(y: Floats, p: Floats, groups: Any, segments: Any, n: int, seed: int) -> pd.DataFrame:
    clients = None if groups is None else np.asarray(groups)
    parts: list[tuple[str, Any, tuple[str, ...]]] = [("all", np.ones(len(y), dtype=bool), _CALIBRATION)]
    if segments is not None:
        names = pd.Series(np.asarray(segments, dtype=object))
        parts += [(str(s), (names == s).to_numpy(dtype=bool), ()) for s in _in_order(names)]
    rows: list[tuple[Any, ...]] = []
    for part, held, figures in parts:
        wanted = ("bad_rate", "mean_probability", *figures)
        some = None if clients is None else clients[held]
        draws = bootstrap_draws(wanted, y[held], p[held], some, n=n, random_state=seed)
        rows.append((part, "rows", float(held.sum()), np.nan, np.nan))
        rows.append((part, "bads", float(y[held].sum()), np.nan, np.nan))
        # Resampled data is rougher than the data, so a resampled calibration error is always larger: no interval.
        rows += [
            (part, m, draws[m][0], np.nan, np.nan) if m == "calibration_error" else (part, m, *estimate(draws[m]))
            for m in wanted
        ]
    return pd.DataFrame(rows, columns=["part", "metric", "value", "low", "high"])


def _in_order(names: pd.Series[Any]) -> list[Any]:
    """The segments that occur: low, medium, high first, others after them."""
    usual = ("low", "medium", "high")
    found = set(names.dropna())
    return [s for s in usual if s in found] + sorted(found.difference(usual))


def _bins(y: Floats, p: Floats) -> pd.DataFrame:
    place = equal_mass_bins(p, 15)
    mass = np.bincount(place)
    return pd.DataFrame(
        {
            "rows": mass,
            "bads": np.bincount(place, weights=y).astype(np.int64),
            "mean_probability": np.bincount(place, weights=p) / mass,
            "bad_rate": np.bincount(place, weights=y) / mass,
        }
    )


def _ratings(y: Floats, p: Floats, groups: Any, ratings: Any, n: int, seed: int) -> pd.DataFrame:
    columns = ["rating", "rows", "clients", "bads", "mean_probability", "bad_rate", "low", "high", "inversion"]
    if ratings is None:
        return pd.DataFrame(columns=columns)
    names = np.asarray(ratings, dtype=object)
    clients = None if groups is None else np.asarray(groups)
    rows: list[tuple[Any, ...]] = []
    before = -1.0
    for name in sorted({str(r) for r in names if r is not None}):
        held = names == name
        some = None if clients is None else clients[held]
        rate = estimate(bootstrap_draws("bad_rate", y[held], p[held], some, n=n, random_state=seed)["bad_rate"])
        count = int(held.sum()) if some is None else len(np.unique(some))
        rows.append(
            (name, int(held.sum()), count, int(y[held].sum()), float(p[held].mean()), *rate, bool(rate.value < before))
        )
        before = rate.value
    return pd.DataFrame(rows, columns=columns)


def _months(y: Floats, p: Floats, days: Any) -> pd.DataFrame:
    months = days.astype("datetime64[M]")
    rows = []
    for month in np.unique(months):
        held = months == month
        rates = float(y[held].mean()), float(p[held].mean())
        rows.append((str(month), int(held.sum()), int(y[held].sum()), *rates, auc(y[held], p[held])))
    return pd.DataFrame(rows, columns=["month", "rows", "bads", "bad_rate", "mean_probability", "auc"])
