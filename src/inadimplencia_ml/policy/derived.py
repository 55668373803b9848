"""The facts of a case that the engine works out itself: score and profile, days to the next contact, stages lived."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.policy.dunning import Wanted
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.inputs import Given
from inadimplencia_ml.policy.past import Past, days_since_done, stages_lived
from inadimplencia_ml.policy.sections import PROFILES, ROWS, STATES
from inadimplencia_ml.policy.standing import Standing
from inadimplencia_ml.policy.windows import ContactTimes
from inadimplencia_ml.tables import CASES

__all__ = ["add_days", "add_scores"]

Codes = npt.NDArray[np.int64]


def add_scores(facts: FrameFacts, got: Given, profile: Codes) -> None:
    """The facts of the score, and the profile."""
    for name, codes, names in (
        ("segment", got.segment, ROWS),
        ("state", got.state, STATES),
        ("profile", profile, PROFILES),
    ):
        facts.add(name, np.array(names, dtype=object)[codes])
    scored = FrameFacts(got.scores, CASES)
    facts.add("probability", scored.number("probability"))
    if scored.has("self_cure_probability"):
        facts.add("self_cure_probability", scored.number("self_cure_probability"))


def add_days(
    facts: FrameFacts,
    where: Standing,
    asked: Wanted,
    times: ContactTimes,
    past: Past,
    today: int,
    data_age: tuple[int, int],
) -> None:
    """The facts that follow from the rest, counted to the day of the next contact."""
    next_day = today + times.days
    since = next_day - facts.number("last_contact_on")
    facts.add("stage_dpd", where.stage_dpd)
    facts.add("collectible_amount", where.collectible_amount)
    facts.add("collectible_late_amount", where.late_amount)
    facts.add("days_since_contact", since)
    facts.add("days_since_reply", next_day - facts.number("last_reply_on"))
    facts.add("days_past_promise", next_day - facts.number("promise_due_on"))
    facts.add("days_to_next_step", asked.every_days - since)
    facts.add("days_to_escalation", asked.no_escalation_before - where.stage_dpd)
    for name, age in zip(("data_age_days", "data_age_business_days"), data_age, strict=True):
        facts.add(name, np.full(len(facts), float(age)))
    back, since = stages_lived(past, asked.stage, where.stage_dpd)
    facts.add("stages_back", back)
    facts.add("days_since_lived", since)
    facts.add("days_since_decision", days_since_done(past))
