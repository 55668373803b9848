"""Pictures of a judgement: what the model said beside what happened, and the bad rate by rating."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.report.plot_style import BLUE, GREY, INK, PALE, Words, entitle, new_figure, quiet, table_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_calibration", "plot_ratings"]

_CALIBRATION: dict[str, tuple[str, str]] = {
    "title": (
        "O modelo disse {said} de maus; aconteceram {came}",
        "The model said {said} bad; {came} came",
    ),
    "below": (
        "cada ponto é um quinze avos dos casos julgados; na diagonal, o que foi dito é o que aconteceu",
        "each point is a fifteenth of the judged cases; on the diagonal, what was said is what came",
    ),
    "x": ("probabilidade média", "mean probability"),
    "y": ("taxa de maus", "bad rate"),
}
_RATINGS: dict[str, tuple[str, str]] = {
    "title": (
        "De {first} em {a} a {last} em {z}: taxa de maus por classe",
        "From {first} in {a} to {last} in {z}: bad rate by rating",
    ),
    "below": (
        "intervalo de 95 %; o traço é a probabilidade média da classe",
        "95% interval; the dash is the mean probability of the rating",
    ),
    "y": ("taxa de maus", "bad rate"),
}


def plot_calibration(bins: pd.DataFrame, *, lang: Lang = "pt") -> Figure:
    """What the model said (across) and what happened (up), by bins of equal mass.

    Parameters
    ----------
    bins : DataFrame
        ``Judgement.bins``: rows, bads, mean_probability, bad_rate.
    lang : {"pt", "en"}

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    CallError
        The table is none of a judgement, or has no rows.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> bins = pd.DataFrame({"rows": [90, 10], "bads": [3, 2], "mean_probability": [0.03, 0.21],
    ...                      "bad_rate": [3 / 90, 0.2]})
    >>> plot_calibration(bins, lang="en").get_suptitle()
    'The model said 4.8% bad; 5.0% came'
    """
    bins = table_of(bins, "Judgement.bins", ["rows", "bads", "mean_probability", "bad_rate"])
    say, rows = Words(lang, _CALIBRATION), bins["rows"].to_numpy(np.float64)
    said = float(np.average(bins["mean_probability"], weights=rows))
    came = float(bins["bads"].sum() / rows.sum())
    figure = new_figure(6.0, 5.2)
    axes = figure.subplots()
    end = 1.05 * float(max(bins["mean_probability"].max(), bins["bad_rate"].max(), 0.01))
    axes.plot([0, end], [0, end], color=PALE, linewidth=2)
    axes.plot(bins["mean_probability"], bins["bad_rate"], "o", color=BLUE, markersize=6)
    axes.set(xlim=(0, end), ylim=(0, end))
    quiet(axes, grid="both")
    axes.set_xlabel(say("x"), color=GREY, fontsize=9)
    axes.set_ylabel(say("y"), color=GREY, fontsize=9)
    _in_percent(axes.xaxis, say)
    _in_percent(axes.yaxis, say)
    entitle(figure, say("title", said=say.share(said, 1), came=say.share(came, 1)), say("below"))
    return figure


def plot_ratings(ratings: pd.DataFrame, *, lang: Lang = "pt") -> Figure:
    """The bad rate of each rating with its 95 % interval, and the probability that the model said.

    Parameters
    ----------
    ratings : DataFrame
        ``Judgement.ratings``: rating, rows, mean_probability, bad_rate, low, high.
    lang : {"pt", "en"}

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    CallError
        The table is none of a judgement, or has no rows.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> ratings = pd.DataFrame({"rating": ["A", "B"], "rows": [80, 20], "mean_probability": [0.02, 0.2],
    ...                         "bad_rate": [0.025, 0.25], "low": [0.01, 0.1], "high": [0.06, 0.45]})
    >>> plot_ratings(ratings, lang="en").get_suptitle()
    'From 2.5% in A to 25.0% in B: bad rate by rating'
    """
    table = table_of(ratings, "Judgement.ratings", ["rating", "mean_probability", "bad_rate", "low", "high"])
    say, at = Words(lang, _RATINGS), np.arange(len(table))
    rate = table["bad_rate"].to_numpy(np.float64)
    below, above = (np.abs(table[end].to_numpy(np.float64) - rate) for end in ("low", "high"))
    figure = new_figure(7.0, 4.2)
    axes = figure.subplots()
    axes.bar(at, rate, width=0.6, color=BLUE)
    axes.errorbar(at, rate, yerr=[np.nan_to_num(below), np.nan_to_num(above)], fmt="none", ecolor=INK, elinewidth=1.2)
    axes.hlines(table["mean_probability"], at - 0.36, at + 0.36, color=GREY, linewidth=2)
    axes.set_xticks(at, [str(name) for name in table["rating"]])
    axes.set_ylim(bottom=0)
    quiet(axes, grid="y")
    axes.set_ylabel(say("y"), color=GREY, fontsize=9)
    _in_percent(axes.yaxis, say)
    ends = {"first": say.share(rate[0], 1), "last": say.share(rate[-1], 1)}
    names = {"a": table["rating"].iloc[0], "z": table["rating"].iloc[-1]}
    entitle(figure, say("title", **ends, **names), say("below"))
    return figure


def _in_percent(axis: object, say: Words) -> None:
    from matplotlib.axis import Axis
    from matplotlib.ticker import FuncFormatter

    assert isinstance(axis, Axis)
    axis.set_major_formatter(FuncFormatter(lambda value, _: say.share(value, 0 if value >= 0.1 or value == 0 else 1)))
