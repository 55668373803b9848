"""What a picture has written on it, and where, for the tests of all pictures."""

from __future__ import annotations

from itertools import combinations
from typing import Any


def written(figure: Any) -> list[tuple[Any, Any]]:
    """Every text that is drawn, with its box; matplotlib also keeps labels of ticks beyond the ends of an axis."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    beyond = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            beyond |= {t.label1 for t in axis.get_major_ticks() if not low <= t.get_loc() <= high}
    shown = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text() and t not in beyond]
    return [(t, t.get_window_extent(canvas.get_renderer())) for t in shown]


def texts(figure: Any) -> list[str]:
    """Every text of a picture."""
    return [text.get_text() for text, _ in written(figure)]


def overlapping(figure: Any) -> list[tuple[str, str]]:
    """Pairs of texts that lie upon each other; boxes of tilted ones say nothing of that and are left out."""
    boxes = [(t.get_text(), box.padded(-1)) for t, box in written(figure) if t.get_rotation() in (0, 90)]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def outside(figure: Any) -> list[str]:
    """Texts that leave the page."""
    page = figure.bbox.padded(1)
    ends = [(t.get_text(), box) for t, box in written(figure)]
    return [word for word, b in ends if b.x0 < page.x0 or b.y0 < page.y0 or b.x1 > page.x1 or b.y1 > page.y1]
