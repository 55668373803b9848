"""The judgement as it is kept: its facts and tables, to plain data and back, and in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.judgement_text import render
from inadimplencia_ml.risk.judging.compared import MODEL
from inadimplencia_ml.risk.judging.parts import PART_METRICS

__all__ = ["Judgement"]

_TABLES = ("metrics", "calibration", "bins", "ratings", "months")
_LATER_TABLES = (
    *("parts", "ratings_by_part", "jeffreys", "swap_set", "approvals", "money"),
    *("champion", "leaks", "labels"),
)
"""Tables that a judgement kept by an older version may lack; there they are empty."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """How a model did out of time.

    Tables that nothing was given for are empty. Intervals are of 95 %.

    Attributes
    ----------
    facts : dict
        ``judged_from``, ``judged_to`` (dates), ``rows``, ``clients``, ``bads``, ``bad_rate``, ``mean_probability``,
        ``resamples`` and ``lift_10`` (times more bad ones in the riskiest tenth); where given, ``approval_rate``,
        ``margin_rate``, ``loss_given_default``, and ``exposure_missing`` (rows whose exposure is not known).
    metrics : DataFrame
        model, metric, value, low, high, and the model's figure less the baseline's: difference, difference_low,
        difference_high. Intervals over resampled clients.
    calibration : DataFrame
        part (all, or a segment), metric, value, low, high. ``calibration_error_level_removed`` is what is left of the
        calibration error when the level is mended (`metrics.level_removed`).
    bins : DataFrame
        Fifteen bins of equal mass: rows, bads, mean_probability, bad_rate.
    ratings : DataFrame
        rating, rows, clients, bads, mean_probability, bad_rate, low, high, inversion (a lower bad rate than the safer
        rating before it), beyond_chance (more than chance brings about in one table of forty).
    months : DataFrame
        month, rows, bads, bad_rate, mean_probability, auc.
    notes : tuple of str
        Codes of what a reader must know; ``risk.judgement_text`` says them in words.
    parts : DataFrame
        dimension (segment, month, kind, history), part, metric (`judging.parts.PART_METRICS`), value, low, high; wide
        by ``by``.
    ratings_by_part : DataFrame
        dimension (month, kind), part, and the columns of ``ratings``.
    jeffreys : DataFrame
        dimension (all, rating, history), part, rows, clients, bads, mean_probability, bad_rate, design_effect,
        effective_rows, low, high, probability_above (chance that the true rate lies above the mean probability), power
        (chance to find odds twice as high), verdict (ok, understated, overstated, inconclusive). See
        `judging.jeffreys`.
    swap_set : DataFrame
        approval_rate, group (both_approved, swapped_in, swapped_out, both_declined; in_less_out: the difference of the
        two in the middle), rows, share, bads, bad_rate, low, high, amount, bad_amount, bad_amount_rate, amount_low,
        amount_high. Rows tied at the cut count in part.
    approvals : DataFrame
        model, approval_rate, cutoff (probability up to which is approved), rows, bads, bad_rate, low, high, amount,
        bad_amount, bad_amount_rate, amount_low, amount_high, margin, margin_low, margin_high.
    money : DataFrame
        metric, value, low, high: exposure, bad_exposure (of those that went bad), bad_rate_amount,
        mean_probability_amount, observed_to_expected_amount, auc_amount, calibration_error_amount, bad_caught_10 (share
        of the bad exposure among the riskiest tenth of rows), overdue, overdue_caught_10.
    champion : DataFrame
        The candidates' figures on the same folds, as given.
    leaks : DataFrame
        What the leak audit found, as given.
    labels : DataFrame
        label, snapshots: how many ended in each label.
    """

    facts: dict[str, Any]
    metrics: pd.DataFrame
    calibration: pd.DataFrame
    bins: pd.DataFrame
    ratings: pd.DataFrame
    months: pd.DataFrame
    notes: tuple[str, ...] = field(default=())
    parts: pd.DataFrame = field(default_factory=pd.DataFrame)
    ratings_by_part: pd.DataFrame = field(default_factory=pd.DataFrame)
    jeffreys: pd.DataFrame = field(default_factory=pd.DataFrame)
    swap_set: pd.DataFrame = field(default_factory=pd.DataFrame)
    approvals: pd.DataFrame = field(default_factory=pd.DataFrame)
    money: pd.DataFrame = field(default_factory=pd.DataFrame)
    champion: pd.DataFrame = field(default_factory=pd.DataFrame)
    leaks: pd.DataFrame = field(default_factory=pd.DataFrame)
    labels: pd.DataFrame = field(default_factory=pd.DataFrame)

    def value(self, metric: str, model: str = MODEL) -> float:
        """One figure of the table of metrics."""
        found = self.metrics[(self.metrics["model"] == model) & (self.metrics["metric"] == metric)]
        if found.empty:
            raise CallError(f"The judgement has no figure {metric!r} of {model!r}.")
        return float(found["value"].iloc[0])

    def by(self, dimension: str) -> pd.DataFrame:
        """The parts of one dimension (segment, month, kind, history), a row each: metrics and their low and high.

        Raises
        ------
        CallError
            The judgement was not made by this dimension.
        """
        known = [] if self.parts.empty else list(self.parts["dimension"].unique())
        if dimension not in known:
            raise CallError(f"The judgement is not made by {dimension!r}. It has: {', '.join(known) or 'none'}.")
        held = self.parts[self.parts["dimension"] == dimension]
        columns: dict[str, Any] = {}
        for metric in PART_METRICS:
            some = held[held["metric"] == metric].set_index("part")
            columns[metric] = some["value"]
            if some["low"].notna().any():
                columns |= {f"{metric}_low": some["low"], f"{metric}_high": some["high"]}
        return pd.DataFrame(columns).rename_axis(None)

    def to_json(self) -> dict[str, Any]:
        """Plain data; a figure that could not be had is null."""
        tables = {name: _records(getattr(self, name)) for name in (*_TABLES, *_LATER_TABLES)}
        return {"facts": dict(self.facts), "notes": list(self.notes), **tables}

    @classmethod
    def from_json(cls, data: Any) -> Judgement:
        """The judgement that ``to_json`` wrote, in this version or an earlier one.

        Raises
        ------
        BundleError
            The data is not of that form.
        """
        try:
            tables = {name: _table(data[name]) for name in _TABLES}
            tables |= {name: _table(data[name]) for name in _LATER_TABLES if name in data}
            ratings = tables["ratings"]
            if "beyond_chance" not in ratings:  # an older version marked all inversions alike
                tables["ratings"] = ratings.assign(beyond_chance=ratings["inversion"])
            return cls(facts=dict(data["facts"]), notes=tuple(data["notes"]), **tables)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"The judgement of the model cannot be read: {error!r}") from None

    def text(self, lang: str = "pt") -> str:
        """The judgement in words, in Portuguese (``pt``) or English (``en``)."""
        tables = {name: getattr(self, name) for name in (*_TABLES, *_LATER_TABLES)}
        return render(self.facts, tables, self.notes, lang)


def _table(data: Any) -> pd.DataFrame:
    if not data["columns"]:
        return pd.DataFrame()
    table = pd.DataFrame(data["rows"], columns=data["columns"])
    empty = [c for c in table.columns if len(table) and table[c].isna().all()]
    return table.astype(dict.fromkeys(empty, "float64"))


def _records(table: pd.DataFrame) -> dict[str, Any]:
    rows = [[_plain(v) for v in row] for row in table.itertuples(index=False)]
    return {"columns": [str(c) for c in table.columns], "rows": rows}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NaT or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value.isoformat() if isinstance(value, dt.date) else value
