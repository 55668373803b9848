"""Pictures of what moves the scores of a book: families by weight, features by client, one feature along its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.errors import CallError, did_you_mean
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

__all__ = ["plot_beeswarm", "plot_dependence", "plot_family_importance"]

Floats = npt.NDArray[np.float64]

_POINTS = ["feature", "code", "direction", "value", "level", "points"]
_BINS = 12  # of the line of means along a feature
_SOME_ORDER = 0.5  # rank correlation under which the title claims no order
_MOST_LEVELS = 20

_IMPORTANCE: dict[str, tuple[str, str]] = {
    "title": ("{family} é o que mais pesa: {share} do total", "{family} weighs most: {share} of the total"),
    "below": (
        "pontos que cada família tira ou põe, em média por cliente",
        "points that each family takes away or adds, on average over clients",
    ),
    "sides": ("contra {against} · a favor {favour}", "against {against} · for {favour}"),
    "axis": ("pontos, sem o sinal", "points, without their sign"),
}

_SWARM: dict[str, tuple[str, str]] = {
    "title": ("{feature} é a variável que mais move o escore", "{feature} moves the score most"),
    "below": (
        "cada ponto é um cliente; à direita, a variável aumenta o escore",
        "each point is a client; to the right the feature raises the score",
    ),
    "axis": ("pontos", "points"),
    "low": ("valor baixo", "low value"),
    "high": ("valor alto", "high value"),
    "other": ("categoria ou sem valor", "category or no value"),
}

_DEPENDENCE: dict[str, tuple[str, str]] = {
    "down": ("{name}: quanto maior, menor o escore", "{name}: the higher, the lower the score"),
    "up": ("{name}: quanto maior, maior o escore", "{name}: the higher, the higher the score"),
    "flat": ("{name}: o escore não segue a ordem", "{name}: the score does not follow the order"),
    "levels": ("{name}: pontos por categoria", "{name}: points by category"),
    "held_1": ("direção imposta ao modelo: para baixo", "direction the model is held to: downwards"),
    "held_-1": ("direção imposta ao modelo: para cima", "direction the model is held to: upwards"),
    "held_0": ("sem direção imposta ao modelo", "the model is held to no direction"),
    "axis": ("pontos", "points"),
    "missing": ("sem valor", "missing"),
    "mean": ("média por faixa", "mean by range"),
    "client": ("um cliente", "one client"),
    "levels_left": ("as {shown} mais frequentes de {n} categorias", "the {shown} most frequent of {n} categories"),
}


def plot_family_importance(table: pd.DataFrame, *, lang: Lang = "pt") -> Figure:
    """What each reason family weighs, and of how many clients it speaks against and for.

    Parameters
    ----------
    table : DataFrame
        From ``family_importance``.
    lang : {"pt", "en"}

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    CallError
        The table is none of ``family_importance``, or has no rows.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> table = pd.DataFrame({"code": ["R01", "R02"], "family": ["Overdue now", "How often late"],
    ...                       "mean_points": [30.0, 10.0], "share": [0.75, 0.25], "against": [0.2, 0.1],
    ...                       "for": [0.7, 0.5]})
    >>> plot_family_importance(table, lang="en").get_suptitle()
    'Overdue now weighs most: 75% of the total'
    """
    table = table_of(table, "family_importance", ["code", "family", "mean_points", "share", "against", "for"])
    say = Words(lang, _IMPORTANCE)
    drawn = table.sort_values("mean_points", ascending=False, kind="stable").reset_index(drop=True)
    figure = new_figure(8.5, 1.5 + 0.38 * len(drawn))
    axes = figure.subplots()
    axes.barh(drawn.index, drawn["mean_points"], color=[BLUE, *[PALE] * (len(drawn) - 1)], height=0.62)
    for i, row in drawn.iterrows():
        sides = say("sides", against=say.share(row["against"]), favour=say.share(row["for"]))
        axes.annotate(f"{say.number(row['mean_points'], 1)}   {sides}", (row["mean_points"], i), (5, 0),
                      textcoords="offset points", va="center", fontsize=8, color=INK)  # fmt: skip
    axes.set_yticks(
        drawn.index, [f"{shortened(name)} ({code})" for code, name in zip(drawn["code"], drawn["family"], strict=True)]
    )
    axes.set_ylim(len(drawn) - 0.4, -0.6)
    axes.set_xlim(0, 1.6 * max(float(drawn["mean_points"].max()), 1e-9))
    axes.xaxis.set_major_formatter(lambda value, _: say.number(value))
    axes.set_xlabel(say("axis"), color=INK, fontsize=9)
    quiet(axes)
    first = drawn.iloc[0]
    entitle(figure, say("title", family=first["family"], share=say.share(first["share"])), say("below"))
    return figure


def plot_beeswarm(table: pd.DataFrame, *, top: int = 15, lang: Lang = "pt") -> Figure:
    """The points of each feature for each client, coloured by the feature's value.

    Parameters
    ----------
    table : DataFrame
        From ``feature_points``.
    top : int
        How many features are drawn, the weightiest first.
    lang : {"pt", "en"}

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    CallError
        The table is none of ``feature_points``, or has no rows.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> table = pd.DataFrame({"feature": ["dpd_max"] * 2, "code": "R01", "direction": 1, "value": [0.0, 30.0],
    ...                       "level": None, "points": [4.0, -50.0]})
    >>> plot_beeswarm(table, lang="en").get_suptitle()
    'dpd_max moves the score most'
    """
    table = table_of(table, "feature_points", _POINTS)
    say = Words(lang, _SWARM)
    weight = table["points"].abs().groupby(table["feature"], sort=False).mean()
    names = weight.sort_values(ascending=False, kind="stable").index[:top].tolist()
    figure = new_figure(8.5, 1.7 + 0.42 * len(names))
    axes = figure.subplots()
    for line, name in enumerate(names):
        own = table[table["feature"] == name]
        points, rank = own["points"].to_numpy(np.float64), own["value"].rank(pct=True).to_numpy(np.float64)
        axes.scatter(points, line + 0.38 * _spread(points), s=6, c=_colours(rank), linewidths=0, rasterized=True)
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(names)), [shortened(str(name)) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.xaxis.set_major_formatter(lambda value, _: say.number(value))
    axes.set_xlabel(say("axis"), color=INK, fontsize=9)
    quiet(axes, grid="x")
    entitle(figure, say("title", feature=shortened(str(names[0]))), say("below"))
    _legend(figure, [(BLUE, say("low")), (RED, say("high")), (GREY, say("other"))])
    return figure


def _spread(points: Floats) -> Floats:
    """Where each point stands across its line, −1 to 1: crowded points stand further apart, no two runs differ."""
    width = max(float(np.ptp(points)), 1e-9) / 60
    cell = np.floor(points / width).astype(np.int64)
    order = np.lexsort((points, cell))
    _, start, count = np.unique(cell[order], return_index=True, return_counts=True)
    place = np.arange(len(points)) - np.repeat(start, count)  # 0, 1, 2, … within a cell
    step = np.where(place % 2, 1, -1) * ((place + 1) // 2)
    out = np.empty(len(points))
    out[order] = 2.0 * step / max(int(count.max()), 12)
    return out


def _colours(rank: Floats) -> Any:
    """From low (blue) to high (red) by rank; grey where there is none."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    scale = LinearSegmentedColormap.from_list("value", [BLUE, "#b9a7ad", RED])
    found = scale(np.nan_to_num(rank, nan=0.5))
    found[np.isnan(rank)] = to_rgba(GREY)
    return found


def _legend(figure: Figure, keys: list[tuple[str, str]]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], marker="o", linestyle="", markersize=5, color=c, label=t) for c, t in keys]
    figure.legend(handles=handles, loc="outside lower left", ncols=len(keys), frameon=False, fontsize=8)


def plot_dependence(table: pd.DataFrame, feature: str | None = None, *, lang: Lang = "pt") -> Figure:
    """The points of one feature along its values, their mean by range, and the direction that the model is held to.

    Parameters
    ----------
    table : DataFrame
        From ``feature_points``.
    feature : str, optional
        Which feature; may be left out if the table holds a single one.
    lang : {"pt", "en"}

    Returns
    -------
    matplotlib.figure.Figure
        Points of clients of equal value differ: the rest of the client says how much a value counts.

    Raises
    ------
    CallError
        The table is none of ``feature_points``, or holds no such feature.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> table = pd.DataFrame({"feature": "dpd_max", "code": "R01", "direction": 1, "value": [0.0, 10.0, 30.0],
    ...                       "level": None, "points": [4.0, -8.0, -50.0]})
    >>> plot_dependence(table, lang="en").get_suptitle()
    'dpd_max: the higher, the lower the score'
    """
    table = table_of(table, "feature_points", _POINTS)
    names = [str(n) for n in table["feature"].unique()]
    name = names[0] if feature is None and len(names) == 1 else feature
    if name not in names:
        raise CallError(f"The table holds no feature {feature!r}.{did_you_mean(feature, names)}")
    own, say = table[table["feature"] == name], Words(lang, _DEPENDENCE)
    figure = new_figure(7.5, 4.4)
    axes = figure.subplots()
    if own["value"].notna().any():
        title, below = _along(axes, own, say)
    else:
        title, below = _by_level(axes, own, say)
    axes.axhline(0, color=GREY, linewidth=0.8, zorder=0)
    axes.set_ylabel(say("axis"), color=INK, fontsize=9)
    axes.yaxis.set_major_formatter(lambda value, _: say.number(value))
    quiet(axes, grid="y")
    entitle(figure, say(title, name=shortened(str(name))), below)
    _legend(figure, [(BLUE, say("client")), (AMBER, say("mean"))])
    return figure


def _along(axes: Axes, own: pd.DataFrame, say: Words) -> tuple[str, str]:
    """Numbers: points, their mean by range, the missing at the left, and an arrow of the direction."""
    known = own[own["value"].notna()].sort_values("value", kind="stable")
    x, points = known["value"].to_numpy(np.float64), known["points"].to_numpy(np.float64)
    axes.scatter(x, points, s=8, color=BLUE, alpha=0.35, linewidths=0, rasterized=True)
    groups = np.array_split(np.arange(len(x)), min(_BINS, len(np.unique(x))))
    line = pd.DataFrame({"x": [x[g].mean() for g in groups], "y": [points[g].mean() for g in groups]})
    axes.plot(line["x"], line["y"], "-o", color=AMBER, linewidth=2, markersize=4, zorder=3)
    missing = own.loc[own["value"].isna(), "points"]
    if len(missing):
        at = x.min() - 0.08 * max(float(np.ptp(x)), 1.0)
        axes.scatter(np.full(len(missing), at), missing, s=8, color=GREY, alpha=0.35, linewidths=0)
        axes.annotate(say("missing"), (at, 0), (0, 4), xycoords=("data", "axes fraction"), textcoords="offset points",
                      ha="center", fontsize=8, color=GREY)  # fmt: skip
    axes.xaxis.set_major_formatter(lambda value, _: say.number(value, 0 if np.ptp(x) > 5 else 2))
    direction = int(own["direction"].iloc[0])
    if direction:
        y = (0.92, 0.72) if direction > 0 else (0.72, 0.92)
        axes.annotate("", (0.97, y[1]), (0.87, y[0]), xycoords="axes fraction", textcoords="axes fraction",
                      arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.5})  # fmt: skip
    order = float(known["value"].corr(known["points"], method="spearman")) if line["y"].nunique() > 1 else 0.0
    title = "flat" if not abs(order) >= _SOME_ORDER else "up" if order > 0 else "down"
    return title, say(f"held_{direction}")


def _by_level(axes: Axes, own: pd.DataFrame, say: Words) -> tuple[str, str]:
    """Categories: their points side by side, the highest mean first."""
    level = own["level"].astype(object).where(own["level"].notna(), say("missing"))
    counts = level.value_counts()
    shown = counts.index[:_MOST_LEVELS]
    kept = level.isin(shown)
    means = own.loc[kept, "points"].groupby(level[kept]).mean().sort_values(ascending=False, kind="stable")
    place = level[kept].map({name: i for i, name in enumerate(means.index)}).to_numpy(np.float64)
    points = own.loc[kept, "points"].to_numpy(np.float64)
    axes.scatter(place + 0.3 * _spread(points), points, s=8, color=BLUE, alpha=0.35, linewidths=0, rasterized=True)
    axes.scatter(range(len(means)), means, s=40, color=AMBER, zorder=3)
    axes.set_xticks(range(len(means)), [shortened(str(name), 22) for name in means.index])
    if max((len(str(name)) for name in means.index), default=0) > 8:
        tilt(axes)
    left = len(counts) > len(shown)
    return "levels", say("levels_left", shown=len(shown), n=len(counts)) if left else say("held_0")
