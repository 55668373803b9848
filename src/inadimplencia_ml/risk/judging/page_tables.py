"""Sections of the page that a judgement has only if it was given what they need; an empty one is None."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.risk.client_draws import Estimate
from inadimplencia_ml.risk.judging.saying import Say, grid

__all__ = ["approvals", "champion", "labels", "leaks", "money", "parts", "swap_set"]

Tables = Mapping[str, pd.DataFrame]

_SHARES = ("bad_rate_amount", "mean_probability_amount", "bad_caught_10", "overdue_caught_10")
_SUMS = ("exposure", "bad_exposure", "overdue")
_SHOWN = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # of the curve, whose other points are in the table


def parts(tables: Tables, say: Say) -> str | None:
    """Kinds, and new clients apart from known ones; segments and months have sections of their own."""
    table, tested = tables["parts"], tables["jeffreys"]
    verdicts: dict[str, str] = {}
    if len(tested):  # an older version did not test the history
        of_history = tested[tested["dimension"] == "history"]
        verdicts = dict(zip(of_history["part"], of_history["verdict"], strict=True))
    if table.empty or not table["dimension"].isin(["kind", "history"]).any():
        return None
    rows = []
    for (dimension, part), held in table.groupby(["dimension", "part"], sort=False):
        if dimension not in ("kind", "history"):
            continue
        found = {str(r.metric): r for r in held.itertuples()}
        shares = [say.share(found[m].value) for m in ("mean_probability", "bad_rate")]
        spans = [say.span(found["observed_to_expected"], 2), say.span(found["auc"])]
        verdict = verdicts.get(str(part), "") if dimension == "history" else ""
        told = [say[verdict] if verdict else ""] if verdicts else []
        rows.append([say[str(part)], say.number(found["rows"].value, 0), *shares, *spans, *told])
    head = ["", say["cases"], say["predicted"], say["observed"], say["ratio"], "AUC"]
    head += [say["test"]] if verdicts else []
    return "\n".join([say["parts"], *grid(head, rows)])


def money(tables: Tables, say: Say) -> str | None:
    """What the figures are when each case counts by its exposure."""
    table = tables["money"]
    if table.empty:
        return None
    rows = []
    for r in table.itertuples():
        one = Estimate(*(float(v) for v in (r.value, r.low, r.high)))  # type: ignore[arg-type]  # numbers
        if r.metric in _SHARES:
            shown = say.span(Estimate(*(100 * v for v in one)), 1) + " %"
        elif r.metric in _SUMS:
            shown = say.number(one.value, 2)
        else:
            shown = say.span(one, 4 if r.metric == "calibration_error_amount" else 3)
        rows.append([say[str(r.metric)], shown])
    return "\n".join([say["money"], *grid(["", ""], rows)[1:]])


def swap_set(tables: Tables, say: Say) -> str | None:
    """Who comes in and who goes out in place of the previous model's choice."""
    table = tables["swap_set"]
    if table.empty:
        return None
    rows = []
    for rate, held in table.groupby("approval_rate", sort=True):
        found = held.set_index("group")
        come, go = found.loc["swapped_in"], found.loc["swapped_out"]
        counts = [say.number(one["rows"], 0) for one in (come, go)]
        rows.append([say.share(rate, 0), *counts, *(_rate(one, say) for one in (come, go))])
    head = [say["approval"], say["swapped_in"], say["swapped_out"], say["bad_of_in"], say["bad_of_out"]]
    return "\n".join([say["swap_set"], *grid(head, rows)])


def approvals(tables: Tables, say: Say) -> str | None:
    """The curve at some approval rates, of the judged model alone."""
    table = tables["approvals"]
    if table.empty:
        return None
    own = table[table["model"] == "model"].reset_index(drop=True)
    near = sorted({int((own["approval_rate"] - wish).abs().to_numpy().argmin()) for wish in _SHOWN})
    has_margin = own["margin"].notna().any()
    rows = []
    for r in own.loc[near].to_dict("records"):
        margin = [say.span(Estimate(r["margin"], r["margin_low"], r["margin_high"]), 2)] if has_margin else []
        rows.append([say.share(r["approval_rate"], 0), say.share(r["cutoff"]), _rate(r, say), *margin])
    head = [say["approval"], say["cutoff"], say["bad"], *([say["margin"]] if has_margin else [])]
    return "\n".join([say["approvals"], *grid(head, rows)])


def champion(tables: Tables, say: Say) -> str | None:
    """The candidates' table as it was given, in words as far as they are known."""
    return _as_given(tables["champion"], say, "candidates")


def leaks(tables: Tables, say: Say) -> str | None:
    """What the audit found; a table of another form than training gives, as it is."""
    table = tables["leaks"]
    if table.empty or not {"variant", "features", "snapshots", "differing", "which"}.issubset(table.columns):
        return _as_given(table, say, "leaks")
    looked = {k: say.number(table[k].max(), 0) for k in ("features", "snapshots")}
    found = table[table["differing"] > 0]
    if found.empty:
        return "\n".join([say["leaks"], say["no_leak"].format(**looked)])
    lines = [f"  {say[f'leak_{r.variant}']}: {r.which}" for r in found.itertuples()]
    return "\n".join([say["leaks"], *lines])


def labels(tables: Tables, say: Say) -> str | None:
    """How many snapshots ended in each label."""
    table = tables["labels"]
    if table.empty:
        return None
    rows = [[say[f"label_{r.label}"], say.number(r.snapshots, 0)] for r in table.itertuples()]
    return "\n".join([say["labels"], *grid(["", ""], rows)[1:]])


def _as_given(table: pd.DataFrame, say: Say, title: str) -> str | None:
    if table.empty:
        return None
    rows = [[_cell(v, say) for v in row] for row in table.itertuples(index=False)]
    return "\n".join([say[title], *grid([say[str(c)] for c in table.columns], rows)])


def _cell(value: Any, say: Say) -> str:
    if isinstance(value, bool | np.bool_) or value is None:
        return "–" if value is None else str(bool(value))
    if isinstance(value, int | np.integer):
        return say.number(int(value), 0)
    return say.number(value, 4) if isinstance(value, float) else say[str(value)]


def _rate(row: Any, say: Say) -> str:
    """A bad rate with its interval, in per cent."""
    return say.span(Estimate(*(100 * float(row[k]) for k in ("bad_rate", "low", "high"))), 2) + " %"
