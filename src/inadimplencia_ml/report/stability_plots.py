"""Pictures of stability over time: the PSI by period, the bad rate along a feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.features.study.trend import order_correlation
from inadimplencia_ml.report.plot_style import (
    AMBER,
    BLUE,
    GREY,
    INK,
    PALE,
    RED,
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

__all__ = ["plot_psi", "plot_trend"]

Floats = npt.NDArray[np.float64]

# Under the first the title claims no order, under the second only a tendency; 1 is a perfect one.
_SOME_ORDER, _CLEAR_ORDER = 0.5, 0.9
_WIDEST = 10.0  # inches, what a page and a notebook show without shrinking
_MOST_PERIODS = 18  # more columns than these leave no room for figures in the cells

_PSI: dict[str, tuple[str, str]] = {
    "many": (
        "{moved} de {n} variáveis mudaram muito de distribuição (PSI acima de {high})",
        "{moved} of {n} features changed their distribution a lot (PSI over {high})",
    ),
    "one": (
        "Uma variável, de {n}, mudou muito de distribuição (PSI acima de {high})",
        "One feature of {n} changed its distribution a lot (PSI over {high})",
    ),
    "none": (
        "Nenhuma variável mudou muito de distribuição (maior PSI: {worst})",
        "No feature changed its distribution a lot (highest PSI: {worst})",
    ),
    "worst": ("a maior mudança: {feature}, {worst} em {period}", "largest change: {feature}, {worst} in {period}"),
    "shown": ("as {shown} que mais mudaram, de {n}", "the {shown} that changed most, of {n}"),
    "stable": ("abaixo de {low}, ou dentro do acaso (95 %)", "under {low}, or within chance (95%)"),
    "stable_figures": (
        "abaixo de {low}, ou dentro do acaso (95 %, em itálico)",
        "under {low}, or within chance (95%, in italics)",
    ),
    "shift": ("{low} a {high}", "{low} to {high}"),
    "large": ("acima de {high}", "over {high}"),
    "reference": ("referência", "reference"),
}

_TREND: dict[str, tuple[str, str]] = {
    "up": ("{name}: quanto maior, maior a taxa de maus", "{name}: the higher, the higher the bad rate"),
    "down": ("{name}: quanto maior, menor a taxa de maus", "{name}: the higher, the lower the bad rate"),
    "up_often": ("{name}: em geral, quanto maior, maior a taxa", "{name}: mostly, the higher, the higher the rate"),
    "down_often": ("{name}: em geral, quanto maior, menor a taxa", "{name}: mostly, the higher, the lower the rate"),
    "flat": ("{name}: a taxa de maus não segue a ordem", "{name}: the bad rate does not follow the order"),
    "unordered": ("{name}: taxa de maus por categoria", "{name}: bad rate by category"),
    "span": ("a taxa vai de {low} a {high}", "the rate runs from {low} to {high}"),
    "bad_rate": ("taxa de maus", "bad rate"),
    "rows": ("casos", "cases"),
    "all": ("todos os casos, intervalo de 95 %", "all cases, 95% interval"),
    "period": ("cada um dos {n} períodos", "each of the {n} periods"),
    "average": ("média {rate}", "average {rate}"),
}


def plot_psi(
    table: pd.DataFrame, *, thresholds: tuple[float, float] = (0.10, 0.25), top: int = 20, lang: Lang = "pt"
) -> Figure:
    """The PSI of each feature (rows, the most changed on top) in each period (columns), in three colours.

    Parameters
    ----------
    table : DataFrame
        From ``psi_by_period``.
    thresholds : pair of float
        Where the colours change; what lies within chance stays pale whatever its size.
    top : int
        How many features are drawn; the title counts all.
    lang : {"pt", "en"}

    Returns
    -------
    matplotlib.figure.Figure
        The title counts the features that passed the second threshold, and chance, in a period after the reference.

    Raises
    ------
    CallError
        The table is none of ``psi_by_period``, or has no rows.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> table = pd.DataFrame({"feature": ["dpd_max"] * 2, "period": ["2025-01", "2025-02"], "n": [900, 800],
    ...                       "psi": [0.01, 0.31], "chance_95": [0.02, 0.02], "in_reference": [True, False]})
    >>> plot_psi(table, lang="en").get_suptitle()
    'One feature of 1 changed its distribution a lot (PSI over 0.25)'
    """
    table = table_of(table, "psi_by_period", ["feature", "period", "psi", "chance_95", "in_reference"])
    say = Words(lang, _PSI)
    judged = table if table["in_reference"].all() else table[~table["in_reference"]]
    worst = judged.groupby("feature", sort=False)["psi"].max().sort_values(ascending=False, kind="stable")
    names = worst.index[:top]
    wide = table.pivot(index="feature", columns="period", values=["psi", "chance_95"]).loc[names]
    psi, chance = wide["psi"], wide["chance_95"].to_numpy(np.float64)
    figure = new_figure(min(max(8.0, 3.2 + 0.6 * psi.shape[1]), _WIDEST), 1.8 + 0.32 * len(names))
    axes = figure.subplots()
    _cells(axes, psi.to_numpy(np.float64), chance, thresholds, say)
    axes.set_yticks(range(len(names)), [shortened(str(n)) for n in names])
    step = -(-psi.shape[1] // _MOST_PERIODS)
    axes.set_xticks(range(0, psi.shape[1], step), [str(p) for p in psi.columns[::step]])
    quiet(axes)
    if psi.shape[1] > 8 or len(str(psi.columns[0])) > 10:
        tilt(axes)
    _mark_reference(axes, table.groupby("period")["in_reference"].all().to_numpy(bool), say)
    entitle(figure, *_psi_titles(judged, len(worst), len(names), thresholds[1], say), above=24)
    _psi_legend(figure, thresholds, say, figures=psi.shape[1] <= _MOST_PERIODS)
    return figure


def _cells(axes: Axes, psi: Floats, chance: Floats, thresholds: tuple[float, float], say: Words) -> None:
    """One coloured cell a feature and period: pale, its figure in italics, where chance alone may have brought it."""
    from matplotlib.colors import ListedColormap

    low, high = thresholds
    chancy = psi <= chance
    shade = np.where(chancy, 0, (psi >= low).astype(int) + (psi > high))
    shown = np.ma.masked_where(np.isnan(psi), shade)
    # `pcolormesh` and not an image: white lines between the cells.
    edges = (np.arange(psi.shape[1] + 1) - 0.5, np.arange(psi.shape[0] + 1) - 0.5)
    axes.pcolormesh(*edges, shown, cmap=ListedColormap([PALE, AMBER, RED]), vmin=0, vmax=2, edgecolors="white")
    axes.invert_yaxis()
    if psi.shape[1] > _MOST_PERIODS:
        return
    for i, j in np.argwhere(~np.isnan(psi)):
        colour = "white" if shade[i, j] == 2 else GREY if chancy[i, j] else INK
        text = say.number(psi[i, j], 2)
        axes.text(
            j, i, text, ha="center", va="center", fontsize=8, color=colour, style="italic" if chancy[i, j] else None
        )


def _mark_reference(axes: Axes, inside: npt.NDArray[np.bool_], say: Words) -> None:
    """A line above the periods of the reference, and its name over the longest run of them."""
    from matplotlib.transforms import ScaledTranslation

    over = axes.get_xaxis_transform() + ScaledTranslation(0, 4 / 72, axes.figure.dpi_scale_trans)
    runs = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int))).reshape(-1, 2)
    for start, end in runs:
        axes.plot([start - 0.45, end - 0.55], [1, 1], color=BLUE, linewidth=2, clip_on=False, transform=over)
    if len(runs):
        start, end = runs[np.argmax(runs[:, 1] - runs[:, 0])]
        axes.annotate(say("reference"), (start - 0.45, 1), (0, 7), xycoords=axes.get_xaxis_transform(),
                      textcoords="offset points", fontsize=8, color=BLUE)  # fmt: skip


def _psi_titles(judged: pd.DataFrame, n: int, shown: int, high: float, say: Words) -> tuple[str, str]:
    passed = judged[(judged["psi"] > high) & (judged["psi"] > judged["chance_95"])]
    moved, top = passed["feature"].nunique(), judged.iloc[int(judged["psi"].fillna(-1).to_numpy().argmax())]
    worst = say.number(top["psi"], 2)
    title = say(
        "many" if moved > 1 else "one" if moved else "none", moved=moved, n=n, high=say.number(high, 2), worst=worst
    )
    below = [say("worst", feature=shortened(str(top["feature"])), worst=worst, period=top["period"])]
    if shown < n:
        below.append(say("shown", shown=shown, n=n))
    return title, "; ".join(below)


def _psi_legend(figure: Figure, thresholds: tuple[float, float], say: Words, *, figures: bool) -> None:
    from matplotlib.patches import Patch

    bounds = {key: say.number(value, 2) for key, value in zip(("low", "high"), thresholds, strict=True)}
    stable = "stable_figures" if figures else "stable"
    keys = [Patch(color=c, label=say(k, **bounds)) for c, k in ((PALE, stable), (AMBER, "shift"), (RED, "large"))]
    figure.legend(handles=keys, loc="outside lower left", ncols=3, frameon=False, fontsize=8, title="PSI",
                  title_fontsize=8, alignment="left", handlelength=1.2)  # fmt: skip


def plot_trend(rates: pd.DataFrame, feature: str | None = None, *, lang: Lang = "pt") -> Figure:
    """The bad rate along the bins of one feature with its 95 % interval, a pale line a period, and the rows below.

    Parameters
    ----------
    rates : DataFrame
        From ``bad_rate_by_bin``, whose ``lang`` is that of the labels.
    feature : str, optional
        Which feature; may be left out if the table holds a single one.
    lang : {"pt", "en"}

    Returns
    -------
    matplotlib.figure.Figure
        The interval is Wilson's, for rows drawn independently.

    Raises
    ------
    CallError
        The table is none of ``bad_rate_by_bin``, or holds no such feature.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> rates = pd.DataFrame({"feature": ["dpd_max"] * 2, "period": [None, None], "bin": [0, 1],
    ...                       "label": ["até 0", "mais de 0"], "ordered": [True, True], "n": [90, 30],
    ...                       "bads": [9, 12], "bad_rate": [0.1, 0.4]})
    >>> plot_trend(rates).get_suptitle()
    'dpd_max: quanto maior, maior a taxa de maus'
    """
    heads = ["feature", "period", "bin", "label", "ordered", "n", "bads", "bad_rate"]
    rates = table_of(rates, "bad_rate_by_bin", heads)
    say = Words(lang, _TREND)
    name = _one_feature(rates, feature)
    block = rates[rates["feature"] == name]
    whole = block[block["period"].isna() & (block["n"] > 0)].reset_index(drop=True)
    figure = new_figure(max(7.0, 1.6 + 0.7 * len(whole)), 4.8)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    periods = _period_lines(above, block[block["period"].notna()], whole)
    _rate_line(above, whole, say)
    below.bar(whole.index, whole["n"], color=PALE, width=0.7)
    for i, n in enumerate(whole["n"]):
        below.annotate(say.number(n), (i, 0), (0, 3), textcoords="offset points", ha="center", fontsize=8, color=INK)
    below.set_yticks([])
    below.set_ylabel(say("rows"), color=INK, fontsize=9)
    below.set_xticks(range(len(whole)), [shortened(str(t), 22) for t in whole["label"]])
    quiet(below)
    if whole["label"].str.len().max() > 8:
        tilt(below)
    entitle(figure, *_trend_titles(name, whole, say))
    _trend_legend(figure, periods, say)
    return figure


def _one_feature(rates: pd.DataFrame, feature: str | None) -> str:
    names = [str(n) for n in rates["feature"].unique()]
    if feature is None and len(names) == 1:
        return names[0]
    if feature not in names:
        raise CallError(f"The table holds no feature {feature!r}.{did_you_mean(feature, names)}")
    return feature


def _period_lines(axes: Axes, parts: pd.DataFrame, whole: pd.DataFrame) -> int:
    """A pale line for each period; how many there are."""
    place = {b: i for i, b in enumerate(whole["bin"])}
    groups = [part for _, part in parts[parts["n"] > 0].groupby("period")]
    for part in groups:
        for kept in (part[part["ordered"]], part[~part["ordered"]]):
            at = kept["bin"].map(place).to_numpy()
            line = "-" if kept["ordered"].any() else ""
            axes.plot(at, kept["bad_rate"], line, marker=".", markersize=3, color=GREY, alpha=0.35, linewidth=0.9)
    return len(groups)


def _rate_line(axes: Axes, whole: pd.DataFrame, say: Words) -> None:
    rate, n = whole["bad_rate"].to_numpy(np.float64), whole["n"].to_numpy(np.float64)
    z = 1.959964  # the 97.5th centile of the normal
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(rate * (1 - rate) / n + (z / (2 * n)) ** 2) / (1 + z * z / n)
    axes.vlines(whole.index, middle - half, middle + half, color=BLUE, linewidth=2, alpha=0.5)
    ordered = whole["ordered"].to_numpy(bool)
    axes.plot(whole.index[ordered], rate[ordered], "-o", color=BLUE, linewidth=2, markersize=5)
    axes.plot(whole.index[~ordered], rate[~ordered], "o", color=BLUE, markersize=5, markerfacecolor="white")
    average = whole["bads"].sum() / whole["n"].sum()
    axes.axhline(average, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    text = say("average", rate=say.share(average, 1))
    axes.annotate(text, (1, average), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                  va="center", fontsize=8, color=GREY)  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_ylabel(say("bad_rate"), color=INK, fontsize=9)
    axes.yaxis.set_major_formatter(lambda value, _: say.share(value, 0 if axes.get_ylim()[1] > 0.05 else 1))
    quiet(axes, grid="y")


def _trend_titles(name: str, whole: pd.DataFrame, say: Words) -> tuple[str, str]:
    """Up or down as the rank correlation says; most often, if a part of the rows goes another way."""
    ordered = whole[whole["ordered"]]
    low, high = float(whole["bad_rate"].min()), float(whole["bad_rate"].max())
    order = order_correlation(ordered)
    key = "up" if order > 0 else "down"
    if not abs(order) >= _SOME_ORDER:
        key = "flat" if len(ordered) else "unordered"
    elif abs(order) < _CLEAR_ORDER:
        key += "_often"
    return say(key, name=shortened(name)), say("span", low=say.share(low, 1), high=say.share(high, 1))


def _trend_legend(figure: Figure, periods: int, say: Words) -> None:
    from matplotlib.lines import Line2D

    keys = [Line2D([], [], color=BLUE, marker="o", label=say("all"))]
    if periods:
        keys.append(Line2D([], [], color=GREY, alpha=0.5, marker=".", label=say("period", n=periods)))
    figure.legend(handles=keys, loc="outside lower left", ncols=2, frameon=False, fontsize=8)
