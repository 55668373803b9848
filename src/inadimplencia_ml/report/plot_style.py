"""What all pictures share: calm colours, quiet axes, figures and words in Portuguese or English."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from inadimplencia_ml.errors import CallError, MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "AMBER",
    "BLUE",
    "GREY",
    "INK",
    "PALE",
    "RED",
    "Words",
    "entitle",
    "new_figure",
    "quiet",
    "shortened",
    "table_of",
    "tilt",
]

#: Chosen to stay apart in grey and for eyes that do not tell red from green.
INK, GREY, PALE, BLUE, AMBER, RED = "#2f3640", "#8a929c", "#dfe5ea", "#2f6690", "#e6b35a", "#b5483a"


class Words:
    """The texts and figures of one picture in one language.

    Parameters
    ----------
    lang : {"pt", "en"}
    texts : dict
        Key to (pt-BR, English).

    Raises
    ------
    CallError
        The language is neither.
    """

    def __init__(self, lang: str, texts: dict[str, tuple[str, str]]) -> None:
        if lang not in ("pt", "en"):
            raise CallError(f"lang is {lang!r}. Texts exist in 'pt' and 'en'.")
        self.lang = lang
        self._texts = texts

    def __call__(self, key: str, **figures: object) -> str:
        """The text of a key, its gaps filled."""
        return self._texts[key][0 if self.lang == "pt" else 1].format(**figures)

    def number(self, value: float, digits: int = 0) -> str:
        """1.234,5 in Portuguese, 1,234.5 in English; ∞ and a dash for what is no number."""
        if not math.isfinite(value):
            return "–" if math.isnan(value) else "∞"
        text = f"{value:,.{digits}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.lang == "pt" else text

    def share(self, value: float, digits: int = 0) -> str:
        """A share as a percentage."""
        return self.number(100 * value, digits) + ("%" if self.lang == "en" else " %")


def new_figure(width: float, height: float) -> Figure:
    """An empty figure in inches, with no part in pyplot: nothing is left open, and a notebook shows it as a cell's
    last value.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401  # asked whether it is there
    except ImportError:
        raise MissingExtraError.of("matplotlib", "report") from None
    return _picture()(figsize=(width, height), layout="constrained", facecolor="white")


@cache
def _picture() -> type[Figure]:
    """A figure that can show itself; made when matplotlib is first needed."""
    from matplotlib.figure import Figure

    class Picture(Figure):
        """A figure that Jupyter shows without pyplot and its backends."""

        def _repr_png_(self) -> bytes:
            page = io.BytesIO()
            self.savefig(page, format="png", dpi=self.dpi)
            return page.getvalue()

    return Picture


def quiet(axes: Axes, *, grid: str = "") -> None:
    """Takes away the frame and all that is not read; ``grid`` names the axis whose lines help the eye."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, labelsize=9, colors=INK)
    if grid:
        lines: Any = grid
        axes.grid(visible=True, axis=lines, color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)


def entitle(figure: Figure, title: str, below: str, *, above: int = 10) -> None:
    """What the picture shows, in a sentence at its top left, and a quieter second line, points above the axes."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold", color=INK)
    if below:
        figure.axes[0].annotate(
            below, (0.01, 1), (0, above), xycoords=("figure fraction", "axes fraction"), textcoords="offset points",
            fontsize=9, color=GREY, annotation_clip=False,
        )  # fmt: skip


def tilt(axes: Axes) -> None:
    """Turns the names below an axis so that long ones stand beside each other."""
    for label in axes.get_xticklabels():
        label.set(rotation=35, ha="right", rotation_mode="anchor")


def table_of(table: object, maker: str, columns: Sequence[str]) -> pd.DataFrame:
    """The table, if it is one that the function ``maker`` returned.

    Raises
    ------
    CallError
        It is no pandas table, a column is missing, or it has no rows.
    """
    lacking = [c for c in columns if not isinstance(table, pd.DataFrame) or c not in table.columns]
    if lacking or not isinstance(table, pd.DataFrame):
        raise CallError(f"The table has no column {lacking[0]!r}. Expected one that {maker} returned.")
    if not len(table):
        raise CallError(f"The table of {maker} has no rows: there is nothing to draw.")
    return table


def shortened(name: str, limit: int = 40) -> str:
    """A long name with its middle left out: both ends tell more than one."""
    if len(name) <= limit:
        return name
    front = (limit - 1) * 2 // 3
    return f"{name[:front]}…{name[len(name) - (limit - 1 - front) :]}"
