"""Figures and columns of an explanation: points that add up when they are whole, and a text whose columns stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml.explanation.sections import Section, as_text, whole_points

some_points = st.lists(st.floats(-400, 400, allow_nan=False), min_size=1, max_size=14)


@effort(max_examples=tries(150))
@given(some_points)
def test_whole_points_add_up_and_none_is_off_by_a_point(points: list[float]) -> None:
    total = round(sum(points))
    whole = whole_points(points, total)

    assert sum(whole) == total
    assert all(abs(n - p) <= 1 for n, p in zip(whole, points, strict=True))


def test_points_that_do_not_add_up_are_rounded_one_by_one() -> None:
    assert whole_points([1.4, 2.6], 90) == [1, 3]


def test_figures_stand_to_the_right_and_words_are_not_padded_at_the_end() -> None:
    part = Section("sum", "A conta", ("Uma nota.",), ("pontos", "de"), (("-5", "um"), ("+120", "outro motivo")), (0,))

    lines = as_text([part]).split("\n")
    assert lines == ["A conta", "  pontos  de", "      -5  um", "    +120  outro motivo", "  Uma nota."]
