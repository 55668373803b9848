"""One decision a case, for all cases at once: what is open, what the ladder asks for, and a check that both agree.

1. `eligible` closes what may not be done. 2. Within it the ladder's action is taken, or the next softer one of its
kind, or nothing; an escalation is only proposed. 3. `check` is an assertion: it repairs nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.calendar import Calendar, day_number
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.channels import best_channel, usable_channels
from inadimplencia_ml.policy.check import check
from inadimplencia_ml.policy.conditions import Flags, Numbers
from inadimplencia_ml.policy.dunning import Ladder, Wanted, rows_of, wanted
from inadimplencia_ml.policy.eligible import eligible
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.inputs import given
from inadimplencia_ml.policy.plan import Plan, decisions_of, duties_of, items_of, to_frame
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.profiles import profile_numbers
from inadimplencia_ml.policy.sections import PROFILES, ROWS, STATES
from inadimplencia_ml.policy.standing import Standing, standing
from inadimplencia_ml.policy.windows import ContactTimes, contact_times
from inadimplencia_ml.tables import CASES

__all__ = ["Decisions", "decide"]

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class Decisions:
    """A plan: Arrow tables to write, and the same in pandas to look at.

    Attributes
    ----------
    tables : dict of name to Arrow table
        ``decisions``, ``decision_items`` and ``duties``, with the columns of `inadimplencia_ml.tables`.
    """

    tables: dict[str, pa.Table]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {table.num_rows:,}" for name, table in self.tables.items())
        return f"<Decisions {sizes}>"

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """One row a case, in the order of the cases."""
        return to_frame(self.tables["decisions"])

    @cached_property
    def items(self) -> pd.DataFrame:
        """One row a title concerned, in the order of the titles."""
        return to_frame(self.tables["decision_items"])

    @cached_property
    def duties(self) -> pd.DataFrame:
        """What we owe; none yet."""
        return to_frame(self.tables["duties"])


def decide(
    policy: Policy,
    scores: pd.DataFrame,
    cases: pd.DataFrame,
    titles: pd.DataFrame,
    *,
    as_of: dt.date | str,
    known_until: dt.date | None = None,
    calendar: Calendar | str = "BR",
    history: pd.DataFrame | None = None,
    bundle_digest: str | None = None,
) -> Decisions:
    """The plan for all cases: exactly one decision each, with its reasons.

    Parameters
    ----------
    policy : Policy
        What holds on ``as_of`` is applied.
    scores : DataFrame
        One row a client: state and segment, and the target they are of.
    cases, titles : DataFrame
        The facts known at the end of ``as_of``: one row a client, and one an open title.
    as_of : date
        The cut. The plan is for the first allowed hours after it.
    known_until : date, optional
        Last day the books know; ``as_of`` if not given.
    calendar : Calendar or {"BR", "none"}
        Holidays, on which nobody is contacted.
    history : DataFrame, optional
        Earlier decisions; without them hysteresis is off, and each row says so.
    bundle_digest : str, optional
        Digest of the model, for the decision_id; the scores' model_version if not given.

    Returns
    -------
    Decisions

    Raises
    ------
    PolicyError
        The scores are of another target than the policy asks for, or hold an unknown segment or state.
    CallError
        Columns are missing, a client comes twice, or cases and scores are not of the same clients and date.

    Examples
    --------
    >>> day = "2025-06-30"
    >>> cases = pd.DataFrame({"client_id": ["C1"], "as_of": day, "open_amount": 900.0, "overdue_amount": 900.0,
    ...                       "open_count": 1, "overdue_count": 1, "n_due_12m": 2})
    >>> titles = pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "due_date": "2025-06-18", "dpd": 12,
    ...                        "dpd_original": 12, "open_amount": 900.0})
    >>> scores = pd.DataFrame({"client_id": ["C1"], "as_of": day, "state": "scoreable", "segment": "high"})
    >>> plan = decide(Policy.default(), scores, cases, titles, as_of=day)
    >>> plan.decisions.loc[0, ["stage", "action", "channel", "template"]].tolist()
    ['E4', 'message', 'whatsapp', 'T05']
    """
    rules = policy.in_force(as_of)
    got = given(rules, scores, cases, titles)
    n, ladder, facts = len(got.cases), Ladder(rules), FrameFacts(got.cases, CASES)
    times = contact_times(rules, got.cases.get("uf"), Calendar.of(calendar), n)
    where = standing(got.titles, got.title_case, n, rules)
    profile = profile_numbers(facts, rules).astype(np.int64)
    with np.errstate(invalid="ignore"):
        first_late = facts.number("late_count_12m") <= 1
    asked = wanted(ladder, where.stage_dpd, rows_of(rules, got.segment, got.state), profile, first_late)
    usable, past = usable_channels(rules, facts), _past(ladder, history, got.cases["client_id"], rules.day)
    for name, codes, names in (
        ("segment", got.segment, ROWS),
        ("state", got.state, STATES),
        ("profile", profile, PROFILES),
    ):
        facts.add(name, np.array(names, dtype=object)[codes])
    facts.add("probability", FrameFacts(got.scores, CASES).number("probability"))
    age = 0 if known_until is None else (rules.day - known_until).days
    _add_days(facts, where, asked, times, past, day_number(rules.day), age)
    may = eligible(facts, rules, where, usable, times)
    action = _chosen(ladder, asked.action, may.open)
    escalation = np.where(may.open[np.arange(n), asked.escalation] & (asked.escalation >= 0), asked.escalation, -1)
    channel = best_channel(rules, ladder.steps, facts, usable, action, asked.step)
    plan = Plan(rules, ladder, got, where, profile, asked, may, times, action, escalation, channel, past.unknown)
    check(plan)
    made = {"decisions": decisions_of(plan, bundle_digest), "decision_items": items_of(plan), "duties": duties_of(plan)}
    return Decisions(made)


def _chosen(ladder: Ladder, wanted_action: Codes, is_open: Flags) -> Codes:
    """The wanted action if it is open, else the hardest open one below it of the same kind, else nothing."""
    out = np.full(len(wanted_action), ladder.action("nothing"), np.int64)
    kinds = ladder.kind[wanted_action]
    for action in range(len(ladder.actions)):  # the softest first, so that the hardest allowed is written last
        fits = is_open[:, action] & (action <= wanted_action) & (kinds == ladder.kind[action])
        out[fits] = action
    return out


class _Past(NamedTuple):
    """By case, from earlier decisions: the last stage's position, the day something was last done (NaN), none known."""

    stage: Numbers
    done_on: Numbers
    unknown: Flags


def _past(ladder: Ladder, history: pd.DataFrame | None, client_ids: pd.Series, day: dt.date) -> _Past:
    nothing = np.full(len(client_ids), np.nan)
    if history is None:
        return _Past(nothing, nothing, np.ones(len(client_ids), bool))
    for name in ("client_id", "as_of", "stage", "action"):
        if name not in history.columns:
            raise CallError(f"history: column {name!r} is missing.{did_you_mean(name, map(str, history.columns))}")
    when = pd.to_datetime(history["as_of"])
    earlier = history.assign(when=when)[(when < pd.Timestamp(day)).to_numpy()].sort_values("when", kind="stable")
    last = earlier.drop_duplicates("client_id", keep="last").set_index("client_id")
    done = earlier[(earlier["action"] != "nothing").to_numpy()].drop_duplicates("client_id", keep="last")
    number = pd.Index(ladder.stages).get_indexer(pd.Index(last["stage"])).astype(np.float64)
    stages = pd.Series(np.where(number < 0, np.nan, number), index=last.index).reindex(client_ids)
    days = done.set_index("client_id")["when"].reindex(client_ids).to_numpy("datetime64[D]")
    done_on = np.full(len(days), np.nan)
    done_on[~np.isnat(days)] = days[~np.isnat(days)].astype(np.int64)
    return _Past(np.asarray(stages, np.float64), done_on, ~pd.Index(client_ids).isin(last.index))


def _add_days(
    facts: FrameFacts,
    where: Standing,
    asked: Wanted,
    times: ContactTimes,
    past: _Past,
    today: int,
    data_age_days: int,
) -> None:
    """The facts that follow from the rest, counted to the day of the next contact."""
    next_day = today + times.days
    since = next_day - facts.number("last_contact_on")
    stage = np.where(asked.stage >= 0, asked.stage, np.nan)
    facts.add("stage_dpd", where.stage_dpd)
    facts.add("collectible_amount", where.collectible_amount)
    facts.add("days_since_contact", since)
    facts.add("days_since_reply", next_day - facts.number("last_reply_on"))
    facts.add("days_past_promise", next_day - facts.number("promise_due_on"))
    facts.add("days_to_next_step", asked.every_days - since)
    facts.add("days_to_escalation", asked.no_escalation_before - where.stage_dpd)
    facts.add("data_age_days", np.full(len(facts), float(data_age_days)))
    facts.add("stages_back", past.stage - stage)
    facts.add("days_since_decision", today - past.done_on)
