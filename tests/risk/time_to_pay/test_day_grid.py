"""Intervals and cells: every day is in one of them, and the sample of cells keeps what it stands for."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.risk.time_to_pay.day_grid import DayGrid
from inadimplencia_ml.risk.time_to_pay.person_days import FollowUps, cells_of, fingerprints, sampled_cells

FOLLOWED = st.lists(
    st.tuples(st.integers(-130, 400), st.integers(0, 250), st.integers(0, 2), st.integers(19_000, 20_500)),
    min_size=1,
    max_size=6,
)


def follow_ups(rows: list[tuple[int, int, int, int]]) -> FollowUps:
    first, more, cause, due = (np.array(values, np.int64) for values in zip(*rows, strict=True))
    return FollowUps(first, first + more, cause, due, np.arange(len(rows), dtype=np.int64) * 7_919)


def test_the_default_intervals_are_single_days_around_the_due_date() -> None:
    grid = DayGrid()
    single = grid.first_days[grid.is_single]

    assert single.tolist() == list(range(-7, 16))
    assert (grid.first_days[1:] == grid.last_days[:-1] + 1).all()


@given(st.integers(-500, 800))
def test_every_day_lies_in_its_interval(day: int) -> None:
    grid = DayGrid()
    j = int(grid.of(np.array([day]))[0])

    assert grid.first_days[j] <= day or j == 0
    assert day <= grid.last_days[j] or j == grid.count - 1


@settings(max_examples=40)
@given(FOLLOWED)
def test_cells_hold_every_day_at_risk_once_and_every_end(rows: list[tuple[int, int, int, int]]) -> None:
    made, grid, calendar = follow_ups(rows), DayGrid(), Calendar.of("BR")
    cells = cells_of(made, grid, calendar)

    for i in range(len(rows)):
        own = cells.row == i
        days = np.arange(made.first[i], made.last[i] + 1)
        is_open = calendar.is_business_day((made.due[i] + days).astype(np.int32))
        ended = (days == made.last[i]) & (made.cause[i] != 0)
        slow: dict[tuple[int, int, int], float] = {}
        for day, o, e in zip(days, is_open, ended, strict=True):
            key = int(grid.of(np.array([day]))[0]), int(o), int(made.cause[i]) if e else 0
            slow[key] = slow.get(key, 0.0) + 1
        found = {
            (int(j), int(o), int(c)): float(w)
            for j, o, c, w in zip(
                cells.interval[own], cells.is_open[own], cells.cause[own], cells.weight[own], strict=True
            )
        }
        assert found == slow


def test_the_weights_of_a_sample_add_up_to_the_days_they_stand_for() -> None:
    rng = np.random.default_rng(1)
    first = rng.integers(-30, 5, 4_000)
    last, cause = first + rng.integers(0, 60, 4_000), rng.choice([0, 1, 2], 4_000, p=[0.2, 0.75, 0.05])
    draw = fingerprints(np.column_stack([first, last, rng.random(4_000)]).astype(float), seed=1)
    rows = FollowUps(first, last, cause, np.full(4_000, 20_000), draw)
    whole, part = cells_of(rows, DayGrid(), None), sampled_cells(rows, DayGrid(), None, 9_000)

    assert len(part.row) < len(whole.row) / 4
    assert abs(len(part.row) - 9_000) < 400
    for code in (0, 1):
        all_of_it = whole.weight[whole.cause == code].sum()
        assert abs(part.weight[part.cause == code].sum() / all_of_it - 1) < 0.05


def test_equal_rows_have_equal_fingerprints_and_others_other_ones() -> None:
    x = np.array([[0.0, np.nan], [-0.0, np.nan], [0.0, 1.0], [1e-300, np.nan]])
    one, two, three, four = fingerprints(x, seed=0)

    assert one == two
    assert len({one, three, four}) == 3
    assert fingerprints(x, seed=1)[0] != one
