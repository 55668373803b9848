"""A picture of whether reasons stay what they were: the weight of each family by day, and what clients keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.report.plot_style import (
    BLUE,
    GREY,
    INK,
    PALE,
    Words,
    entitle,
    new_figure,
    quiet,
    shortened,
    table_of,
    tilt,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_reason_stability"]

_MOST_DAYS = 14  # more columns than these leave no room for figures in the cells

_TEXTS: dict[str, tuple[str, str]] = {
    "moved": (
        "{family}: peso entre {low} e {high} do total",
        "{family}: between {low} and {high} of the total weight",
    ),
    "below": (
        "a família que mais mudou; abaixo, o peso de cada uma por data, em % do total do dia",
        "the family that changed most; below, the weight of each by date, in % of the day's total",
    ),
    "one_below": ("peso de cada família, em % do total do dia", "weight of each family, in % of the day's total"),
    "kept": ("motivos mantidos desde a data anterior", "reasons kept since the date before"),
    "one_day": ("{family}: {high} do total, o que mais pesa", "{family}: {high} of the total, the most"),
}


def plot_reason_stability(table: pd.DataFrame, kept: pd.DataFrame | None = None, *, lang: Lang = "pt") -> Figure:
    """The share of each family in the weight of all, date by date, and below it the share of reasons clients keep.

    Parameters
    ----------
    table : DataFrame
        From ``reason_stability``.
    kept : DataFrame, optional
        From ``reasons_kept``, of the same lines.
    lang : {"pt", "en"}

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    CallError
        A table is none of those, or has no rows.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> table = pd.DataFrame({"as_of": pd.to_datetime(["2025-01-31", "2025-02-28"]), "code": "R01",
    ...                       "family": "Overdue now", "share": [0.3, 0.5]})
    >>> plot_reason_stability(table, lang="en").get_suptitle()
    'Overdue now: between 30% and 50% of the total weight'
    """
    table = table_of(table, "reason_stability", ["as_of", "code", "family", "share"])
    if kept is not None:
        kept = table_of(kept, "reasons_kept", ["as_of", "kept"])
    say = Words(lang, _TEXTS)
    names = table.drop_duplicates("code").set_index("code")["family"]
    wide = table.pivot(index="code", columns="as_of", values="share").fillna(0.0)
    wide = wide.loc[wide.mean(axis=1).sort_values(ascending=False, kind="stable").index]
    if kept is not None and not kept["as_of"].isin(wide.columns).all():
        raise CallError("The two tables tell of different dates: make both of the same lines.")
    height = 1.6 + 0.34 * len(wide)
    figure = new_figure(max(7.0, min(10.0, 3.2 + 0.55 * wide.shape[1])), height + (1.3 if kept is not None else 0))
    if kept is None:
        above, below = figure.subplots(), None
    else:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[height, 1.2])
    _weights(above, wide, [f"{shortened(names[code])} ({code})" for code in wide.index], say)
    last = above
    if below is not None and kept is not None:
        _kept_line(below, wide, kept, say)
        last = below
    last.set_xticks(range(wide.shape[1]), [_day(day, say) for day in wide.columns])
    if wide.shape[1] > 4:
        tilt(last)
    entitle(figure, _title(wide, names[wide.index], say), say("below" if wide.shape[1] > 1 else "one_below"))
    return figure


def _weights(axes: Axes, wide: pd.DataFrame, names: list[str], say: Words) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    share = wide.to_numpy(np.float64)
    scale = LinearSegmentedColormap.from_list("weight", ["white", PALE, BLUE])
    most = max(float(share.max()), 1e-9)
    axes.imshow(share, aspect="auto", cmap=scale, vmin=0.0, vmax=most)
    axes.set_yticks(range(len(names)), names)
    if wide.shape[1] <= _MOST_DAYS:
        for (i, j), value in np.ndenumerate(share):
            colour = "white" if value > 0.7 * most else INK
            axes.annotate(say.number(100 * value), (j, i), ha="center", va="center", fontsize=8, color=colour)
    quiet(axes)


def _kept_line(axes: Axes, wide: pd.DataFrame, kept: pd.DataFrame, say: Words) -> None:
    by_day = kept.set_index("as_of")["kept"].reindex(wide.columns).to_numpy(np.float64)
    axes.plot(range(len(by_day)), by_day, "-o", color=BLUE, markersize=4)
    axes.set_ylim(0, 1.05)
    axes.yaxis.set_major_formatter(lambda value, _: say.share(value))
    axes.annotate(say("kept"), (0, 1), (0, 3), xycoords="axes fraction", textcoords="offset points", fontsize=8,
                  color=GREY)  # fmt: skip
    quiet(axes, grid="y")


def _day(day: object, say: Words) -> str:
    date = pd.Timestamp(day)  # type: ignore[arg-type]  # a date in any form
    return date.strftime("%d/%m/%y" if say.lang == "pt" else "%Y-%m-%d")


def _title(wide: pd.DataFrame, names: pd.Series[str], say: Words) -> str:
    share = wide.to_numpy(np.float64)
    if share.shape[1] == 1:
        return say("one_day", family=shortened(str(names.iloc[0])), high=say.share(float(share[0, 0])))
    most = int(np.ptp(share, axis=1).argmax())
    ends = {"low": say.share(float(share[most].min())), "high": say.share(float(share[most].max()))}
    return say("moved", family=shortened(str(names.iloc[most])), **ends)
