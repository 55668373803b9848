"""A picture of the features that say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.report.plot_style import BLUE, INK, PALE, Words, entitle, new_figure, quiet, shortened, table_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_correlation_groups"]

_TEXTS: dict[str, tuple[str, str]] = {
    "many": (
        "{spare} de {n} variáveis repetem o que outras {kept} já dizem",
        "{spare} of {n} features repeat what {kept} others say already",
    ),
    "many_of_one": (
        "{spare} de {n} variáveis repetem o que uma outra já diz",
        "{spare} of {n} features repeat what one other says already",
    ),
    "one": ("Uma variável, de {n}, repete o que outra já diz", "One feature of {n} repeats what another says already"),
    "none": ("Nenhuma das {n} variáveis repete outra", "None of the {n} features repeats another"),
    "key": (
        "em negrito, a representante de cada grupo; ponto vazado, correlação negativa",
        "in bold the one that stands for its group; a hollow point is a negative correlation",
    ),
    "shown": ("os {shown} maiores de {groups} grupos", "the {shown} largest of {groups} groups"),
    "axis": (
        "correlação com a representante, sem o sinal",
        "correlation with the representative, without its sign",
    ),
}


def plot_correlation_groups(table: pd.DataFrame, *, top: int = 12, lang: Lang = "pt") -> Figure:
    """Each group of correlated features: the one that stands for it, and how closely the others follow.

    Parameters
    ----------
    table : DataFrame
        From ``correlation_groups``; features alone in their group are counted and not drawn.
    top : int
        How many groups are drawn, the largest first.
    lang : {"pt", "en"}

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    CallError
        The table is none of ``correlation_groups``, or has no rows.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> table = pd.DataFrame({"group": [1, 1, 2], "size": [2, 2, 1], "feature": ["a", "b", "c"],
    ...                       "representative": ["a", "a", "c"], "correlation": [1.0, -0.9, 1.0]})
    >>> plot_correlation_groups(table, lang="en").get_suptitle()
    'One feature of 3 repeats what another says already'
    """
    table = table_of(table, "correlation_groups", ["group", "size", "feature", "representative", "correlation"])
    say = Words(lang, _TEXTS)
    heads = table[(table["size"] > 1)].drop_duplicates("group")
    shown = heads.sort_values("size", ascending=False, kind="stable")["group"].head(top).tolist()
    drawn = pd.concat([table[table["group"] == g] for g in shown]) if shown else table.head(0)
    between = drawn["group"].ne(drawn["group"].shift()).cumsum() - 1  # a row of air between groups
    drawn = drawn.assign(line=np.arange(len(drawn)) + 0.8 * between)
    figure = new_figure(8.5, (1.6 if shown else 0.7) + 0.27 * (len(drawn) + 0.8 * len(shown)))
    axes = figure.subplots()
    if len(drawn):
        _members(axes, drawn, say)
    else:
        axes.set_axis_off()
    entitle(figure, *_titles(table, len(heads), len(shown), say))
    return figure


def _members(axes: Axes, drawn: pd.DataFrame, say: Words) -> None:
    """One line a feature, from the left edge to how closely it follows its representative."""
    size = drawn["correlation"].abs()
    left = min(0.7, float(size.min()) - 0.1)
    first = (drawn["feature"] == drawn["representative"]).to_numpy(bool)
    hollow = (drawn["correlation"] < 0).to_numpy(bool)
    axes.hlines(drawn["line"], left, size.fillna(left), color=PALE, linewidth=3)
    axes.scatter(size[~hollow], drawn["line"][~hollow], s=36, color=BLUE, zorder=3)
    axes.scatter(size[hollow], drawn["line"][hollow], s=36, facecolor="white", edgecolor=BLUE, linewidth=1.5, zorder=3)
    axes.set_yticks(drawn["line"].to_numpy(), [shortened(str(n)) for n in drawn["feature"]])
    axes.set_ylim(drawn["line"].max() + 0.7, -0.7)
    axes.set_xlim(left, 1.015)
    axes.xaxis.set_major_formatter(lambda value, _: say.number(value, 2))
    axes.set_xlabel(say("axis"), color=INK, fontsize=9)
    quiet(axes, grid="x")
    for label, bold in zip(axes.get_yticklabels(), first, strict=True):
        label.set_fontweight("bold" if bold else "normal")


def _titles(table: pd.DataFrame, groups: int, shown: int, say: Words) -> tuple[str, str]:
    n, spare = len(table), int((table["size"] > 1).sum()) - groups
    if spare <= 1:
        key = "one" if spare else "none"
    else:
        key = "many" if groups > 1 else "many_of_one"
    below = [say("key")] if spare else []
    if shown < groups:
        below.append(say("shown", shown=shown, groups=groups))
    return say(key, spare=spare, n=n, kept=groups), "; ".join(below)
