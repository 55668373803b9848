"""Business days: weekends, national days, state days, municipal days."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inadimplencia_ml.calendar import UFS, Calendar, _holidays, asked_days, day_number, kept_days
from inadimplencia_ml.errors import CallError

BR = Calendar.of("BR")


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        ("2025-03-01", "2025-03-05"),  # Carnival Saturday: Monday and Tuesday are closed, Ash Wednesday is not
        ("2025-06-19", "2025-06-20"),  # Corpus Christi
        ("2023-11-20", "2023-11-20"),  # Black Awareness Day is national only from 2024
        ("2024-11-20", "2024-11-21"),
        ("2025-12-24", "2025-12-24"),
        ("2025-12-31", "2025-12-31"),
        ("2025-12-25", "2025-12-26"),
        ("2025-04-18", "2025-04-22"),  # Good Friday, then the weekend, then Tiradentes
    ],
)
def test_a_closed_day_moves_to_the_next_business_day(day: str, moved: str) -> None:
    assert BR.adjusted(dt.date.fromisoformat(day)) == dt.date.fromisoformat(moved)


def test_a_state_day_moves_only_the_invoices_of_its_state() -> None:
    ninth_of_july = dt.date(2025, 7, 9)  # São Paulo

    assert BR.adjusted(ninth_of_july, "SP") == dt.date(2025, 7, 10)
    assert BR.adjusted(ninth_of_july, "RJ") == ninth_of_july
    assert BR.adjusted(ninth_of_july) == ninth_of_july


def test_municipal_days_come_in_as_a_table() -> None:
    birthday = pd.DataFrame({"date": ["2025-01-25", "2025-01-27"], "uf": [None, "SP"]})
    calendar = Calendar.of(birthday)

    assert calendar.adjusted(dt.date(2025, 1, 25), "SP") == dt.date(2025, 1, 28)
    assert calendar.adjusted(dt.date(2025, 1, 25), "RJ") == dt.date(2025, 1, 27)
    assert Calendar.from_json(calendar.to_json()) == calendar


def test_the_calendar_none_moves_nothing() -> None:
    days = np.arange(20_000, 20_030, dtype=np.int32)

    assert (Calendar.of("none").adjust(days) == days).all()


def test_an_unknown_calendar_offers_the_near_name() -> None:
    with pytest.raises(CallError, match=r"calendar 'BRR' is unknown\. Did you mean 'BR'\?"):
        Calendar.of("BRR")


@given(st.dates(dt.date(1900, 1, 1), dt.date(2150, 12, 31)), st.sampled_from([*UFS, None]))
def test_an_adjusted_day_is_a_business_day_within_a_week(day: dt.date, uf: str | None) -> None:
    moved = BR.adjusted(day, uf)
    code = np.array([-1 if uf is None else UFS.index(uf)], np.int8)

    assert 0 <= (moved - day).days <= 7
    assert BR.is_business_day(np.array([day_number(moved)], np.int32), code)[0]
    assert moved.weekday() < 5


def test_many_days_of_many_states_at_once_are_as_one_by_one() -> None:
    rng = np.random.default_rng(0)
    days = rng.integers(19_000, 21_000, 500).astype(np.int32)
    codes = rng.integers(-1, 27, 500).astype(np.int8)

    together = BR.adjust(days, codes)

    one_by_one = [BR.adjust(days[i : i + 1], codes[i : i + 1])[0] for i in range(500)]
    assert together.tolist() == one_by_one


def test_the_closed_days_that_are_kept_are_those_that_the_library_tells() -> None:
    kept = kept_days()
    if kept is None:  # another version of it is installed, which then is asked itself
        assert _holidays(2025, "SP").tolist() == list(asked_days(2025, "SP"))
        return
    assert (kept["first_year"], kept["last_year"]) == (1990, 2060)
    for uf in (None, *UFS):
        for year in (1990, 2003, 2024, 2026, 2060):
            assert sorted(_holidays(year, uf).tolist()) == sorted(asked_days(year, uf)), (year, uf)


def test_years_that_are_not_kept_are_asked_for() -> None:
    for year in (1989, 2061):
        assert sorted(_holidays(year, "RJ").tolist()) == sorted(asked_days(year, "RJ"))
