"""Hours of contact: by state or the strictest, never on a holiday, never before the plan begins."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from inadimplencia_ml.calendar import UFS, Calendar
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.windows import contact_times, week_of

DEFAULT = resources.files("inadimplencia_ml.policy").joinpath("default.yaml").read_text(encoding="utf-8")
POLICY = STRICTEST = Policy.default()
WINDOWS = POLICY.windows
FILE = Path(__file__).parent / "cases" / "hours_by_state.yaml"
STATES: list[dict[str, Any]] = [case | {"file": FILE.stem} for case in yaml.safe_load(FILE.read_text("utf-8"))]


def by_uf(policy: Policy) -> Policy:
    """The policy with the hours of each state."""
    use = policy.windows.use.model_copy(update={"values": dict.fromkeys(policy.windows.use.values, "by_uf")})
    return policy.model_copy(update={"windows": policy.windows.model_copy(update={"use": use})})


BY_UF = by_uf(POLICY)
BR = Calendar.of("BR")


def hours(policy: Policy, as_of: str, uf: str | None, calendar: Calendar = BR) -> tuple[str, str]:
    times = contact_times(policy.in_force(as_of), pd.Series([uf]), calendar, 1)
    return str(times.begin[0]), str(times.end[0])


def test_the_strictest_hours_fit_in_those_of_every_state() -> None:
    week = week_of(STRICTEST.in_force("2025-01-01"), "SP")
    assert week.mon_fri == (dt.time(9), dt.time(18))
    assert (week.sat, week.sun) == (None, None)


@pytest.mark.parametrize("told", STATES, ids=[case["name"] for case in STATES])
def test_a_state_is_contacted_in_the_hours_that_the_case_says(told: dict[str, Any]) -> None:
    found = hours(by_uf(POLICY), str(told.get("as_of", "2025-03-10")), told["uf"])
    assert found == tuple(hour.isoformat() for hour in told["hours"])


def test_every_state_with_hours_of_its_own_has_a_case() -> None:
    assert {case["about"] for case in STATES if "about" in case} == {f"windows.by_uf.{uf}" for uf in WINDOWS.by_uf}


def test_a_state_without_a_law_and_a_client_without_a_state_have_the_default_hours() -> None:
    for uf in ("MG", None):
        assert hours(BY_UF, "2025-03-14", uf) == ("2025-03-17T09:00:00", "2025-03-17T18:00:00")


def test_a_holiday_shuts_a_saturday_that_is_open_else() -> None:
    assert hours(BY_UF, "2025-11-14", "SP") == ("2025-11-17T08:00:00", "2025-11-17T20:00:00")


def test_a_municipal_holiday_shuts_a_weekday_and_a_saturday() -> None:
    own = Calendar.of(pd.DataFrame({"date": ["2025-03-15", "2025-03-17"], "uf": ["SP", "SP"]}))
    assert hours(BY_UF, "2025-03-14", "SP", own)[0] == "2025-03-18T08:00:00"


def test_without_a_calendar_the_week_alone_counts() -> None:
    assert hours(STRICTEST, "2025-12-24", "SP", Calendar.of("none"))[0] == "2025-12-25T09:00:00"


def test_hours_of_as_of_itself_are_used_only_if_the_policy_says_so() -> None:
    today = Policy.from_text(DEFAULT.replace("values: {2000-01-01: 1}", "values: {2000-01-01: 0}", 1))
    assert hours(today, "2025-03-11", "SP")[0] == "2025-03-11T09:00:00"
    assert hours(STRICTEST, "2025-03-11", "SP")[0] == "2025-03-12T09:00:00"


def test_a_policy_without_any_hour_finds_none() -> None:
    shut = Policy.from_text(DEFAULT.replace('{mon_fri: ["09:00", "18:00"], sat: null', "{mon_fri: null, sat: null"))
    times = contact_times(shut.in_force("2025-03-11"), None, BR, 2)
    assert np.isnat(times.begin).all()
    assert np.isnan(times.days).all()


@given(
    st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31)),
    st.sampled_from([None, *UFS]),
    st.sampled_from([STRICTEST, BY_UF]),
)
def test_hours_are_allowed_whatever_the_day_and_the_state(day: dt.date, uf: str | None, policy: Policy) -> None:
    rules = policy.in_force(day)
    times = contact_times(rules, pd.Series([uf], dtype=object), BR, 1)
    begin, end = times.begin[0].astype(object), times.end[0].astype(object)
    week = week_of(rules, uf)
    allowed = (week.mon_fri,) * 5 + (week.sat, week.sun)
    assert (begin.time(), end.time()) == allowed[begin.weekday()]
    assert begin.date() == end.date() == day + dt.timedelta(days=int(times.days[0]))
    assert times.days[0] >= rules.lead_days
    if begin.weekday() < 5:
        assert BR.adjusted(begin.date(), uf) == begin.date()
