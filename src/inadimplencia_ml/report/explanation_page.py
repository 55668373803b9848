"""An explanation as a page: one HTML file that needs no other, runs nothing, and prints on A4."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from inadimplencia_ml.errors import MissingExtraError
from inadimplencia_ml.explanation import Explanation
from inadimplencia_ml.explanation.sections import Section

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["explanation_page"]

_LANGUAGE = {"pt": "pt-BR", "en": "en"}
_HIGHEST = 1000  # points of the scale


def explanation_page(told: Explanation) -> str:
    """The page of an explanation, from the same sections as its text.

    Raises
    ------
    MissingExtraError
        jinja2 is not installed; the extra ``report`` brings it.
    """
    head, *parts = told.sections
    return _template().render(
        language=_LANGUAGE[told.lang],
        audience=told.audience,
        title=head.paragraphs[0],
        lead=head.paragraphs[1:],
        score=told.score,
        place=None if told.score is None else 100 * told.score / _HIGHEST,
        parts=[(one, _bars(one, told)) for one in parts],
    )


def _bars(one: Section, told: Explanation) -> list[float] | None:
    """By row of a section of reasons the width of its bar, as a percentage of the weightiest reason; None elsewhere."""
    sides = {"against": told.against, "for": told.favour}
    if told.audience != "manager" or one.name not in sides or not one.rows:
        return None
    most = max(abs(points) for side in sides.values() for _, points, _ in side)
    return [100 * abs(points) / most for _, points, _ in sides[one.name]]


def _tied(text: str) -> str:
    """A figure and its sign are not parted at the end of a line."""
    return text.replace("R$ ", "R$\N{NO-BREAK SPACE}").replace(" %", "\N{NO-BREAK SPACE}%")


@cache
def _template() -> Template:
    try:
        import jinja2
    except ImportError:
        raise MissingExtraError.of("jinja2", "report") from None
    text = resources.files("inadimplencia_ml.report").joinpath("explanation.html.j2").read_text(encoding="utf-8")
    house = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    house.filters["tied"] = _tied
    return house.from_string(text)
