"""The way to the next segment: the cheapest titles, none of which can be spared, against every set tried by hand."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml.explanation.way_up import HORIZONS, OpenTitle, Pay, Standing, WayUp, find_way_up

DAY = dt.date(2025, 3, 31)
HIGH, MEDIUM = Standing("scoreable", "high", 400), Standing("scoreable", "medium", 480)
SILENT = Standing("no_exposure", "none", None)

Rescore = Callable[[Sequence[Pay], dt.date], Standing]


def titles_of(cents: Sequence[int], *, days_ago: int = 10) -> list[OpenTitle]:
    due = DAY - dt.timedelta(days=days_ago)
    return [OpenTitle(f"T{k}", due + dt.timedelta(days=k % 5), c / 100, True) for k, c in enumerate(cents)]


def worth(need: float, weights: dict[str, float]) -> Rescore:
    """Medium once the titles paid are worth ``need``, each by its own weight."""

    def rescore(payments: Sequence[Pay], day: dt.date) -> Standing:
        return MEDIUM if sum(weights[p.invoice_id] for p in payments) >= need else HIGH

    return rescore


some_titles = st.lists(st.tuples(st.integers(1, 900_000), st.integers(0, 9)), min_size=1, max_size=9)


@effort(max_examples=tries(90))
@given(some_titles, st.integers(1, 40))
def test_what_is_found_leads_there_and_nothing_of_it_can_be_spared(drawn: list[tuple[int, int]], need: int) -> None:
    titles = titles_of([cents for cents, _ in drawn])
    weights = {one.invoice_id: float(w) for one, (_, w) in zip(titles, drawn, strict=True)}
    rescore = worth(need, weights)
    way = find_way_up(HIGH, titles, DAY, rescore)

    if sum(weights.values()) < need:
        assert (way.kind, way.after.segment) == ("not_enough", "high")
        return
    assert way.kind == "pay_today"
    assert way.after == rescore(way.payments(DAY), DAY) == MEDIUM
    for left_out in way.today:
        rest = [p for p in way.payments(DAY) if p.invoice_id != left_out.invoice_id]
        assert rescore(rest, DAY) == HIGH
    if way.cheapest:
        sets = itertools.chain.from_iterable(itertools.combinations(titles, n) for n in range(1, len(titles) + 1))
        enough = [s for s in sets if sum(weights[t.invoice_id] for t in s) >= need]
        assert way.amount == min(round(sum(t.amount for t in s), 2) for s in enough)


@effort(max_examples=tries(30))
@given(some_titles)
def test_payments_that_make_it_worse_again_do_not_hide_a_smaller_set_that_helps(drawn: list[tuple[int, int]]) -> None:
    titles = titles_of([cents for cents, _ in drawn[:6]])

    def exactly_one(payments: Sequence[Pay], day: dt.date) -> Standing:
        return MEDIUM if len(payments) == 1 else HIGH

    way = find_way_up(HIGH, titles, DAY, exactly_one)
    assert [one.amount for one in way.today] == [min(one.amount for one in titles)]


def test_many_titles_take_few_scores() -> None:
    titles = titles_of([1000 + k for k in range(200)])
    asked = []

    def half_of_them(payments: Sequence[Pay], day: dt.date) -> Standing:
        asked.append(len(payments))
        return MEDIUM if len(payments) >= 100 else HIGH

    way = find_way_up(HIGH, titles, DAY, half_of_them)
    assert (len(way.today), way.cheapest) == (100, False)
    assert len(asked) <= 100 + 8  # each title left out once, and where to stop among the oldest is found by halving


def test_paying_on_time_is_tried_only_if_paying_today_is_not_enough() -> None:
    due = titles_of([5000])
    ahead = [OpenTitle(f"A{k}", DAY + dt.timedelta(days=d), 70.0, False) for k, d in enumerate((5, 45, 80))]

    def with_time(payments: Sequence[Pay], day: dt.date) -> Standing:
        days = {p.invoice_id: p.day for p in payments}
        assert all(days[one.invoice_id] == one.due_date for one in ahead if one.due_date <= day)
        assert {p.invoice_id for p in payments if p.day == DAY} <= {"T0"}
        return MEDIUM if day >= DAY + dt.timedelta(days=60) and "T0" in days else HIGH

    way = find_way_up(HIGH, [*due, *ahead], DAY, with_time)
    assert way.kind == "pay_on_time"
    assert way.day == DAY + dt.timedelta(days=HORIZONS[1])
    assert [one.invoice_id for one in (*way.today, *way.later)] == ["T0", "A0", "A1"]
    assert way.amount == 50 + 140
    assert way.after == with_time(way.payments(DAY), way.day)
    assert (way.waits, way.at_once) == (True, HIGH)
    spared = find_way_up(HIGH, [*due, *ahead], DAY, lambda p, day: MEDIUM if day > DAY else HIGH)
    assert (spared.today, len(spared.later)) == ((), 1)  # the old title changes nothing: it is not asked for


def test_a_segment_of_an_earlier_day_is_none_that_was_reached() -> None:
    kept = Standing("no_exposure", "low", None)  # nothing to rate: the segment is that of the history
    way = find_way_up(HIGH, titles_of([100]), DAY, lambda p, day: kept if p else HIGH)

    assert (way.kind, way.after) == ("nothing_left", kept)


def test_where_paying_leaves_nothing_to_rate_that_is_said_and_with_the_fewest_reais() -> None:
    titles = titles_of([100, 900, 300])

    def gone_without_the_second(payments: Sequence[Pay], day: dt.date) -> Standing:
        return SILENT if "T1" in {p.invoice_id for p in payments} else HIGH

    way = find_way_up(HIGH, titles, DAY, gone_without_the_second)
    assert (way.kind, [one.invoice_id for one in way.today], way.after) == ("nothing_left", ["T1"], SILENT)


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        (Standing("scoreable", "low", 700), "safest"),
        (SILENT, "unrated"),
        (Standing("inactive", "medium", None), "unrated"),  # the segment of an earlier day
    ],
)
def test_who_has_no_segment_to_leave_is_not_scored_again(now: Standing, kind: str) -> None:
    def never(payments: Sequence[Pay], day: dt.date) -> Standing:
        raise AssertionError("nothing is to be scored")

    assert find_way_up(now, titles_of([100]), DAY, never).kind == kind


def test_a_way_is_plain_data() -> None:
    way = find_way_up(HIGH, titles_of([100, 250]), DAY, lambda p, day: MEDIUM if len(p) > 1 else HIGH)
    told = way.to_dict()

    assert isinstance(way, WayUp)
    assert told["amount"] == 3.5
    assert told["today"][0] == {"invoice_id": "T0", "due_date": "2025-03-21", "amount": 1.0, "fallen_due": True}
    assert told["after"] == {"state": "scoreable", "segment": "medium", "score": 480}
