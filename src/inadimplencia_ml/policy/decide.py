"""One decision a case, for all cases at once: what is open, what the ladder asks for, and a check that both agree.

1. `eligible` closes what may not be done. 2. Within it the ladder's action is taken, or the next softer one of its
kind, or nothing; an escalation is only proposed. 3. `check` is an assertion: it repairs nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.calendar import Calendar, day_number
from inadimplencia_ml.policy.acceleration import accelerated
from inadimplencia_ml.policy.amounts.owed import owed_on
from inadimplencia_ml.policy.channels import best_channel, usable_channels, wrong_channels
from inadimplencia_ml.policy.check import check
from inadimplencia_ml.policy.conditions import Flags, holds
from inadimplencia_ml.policy.credit_limit.limits import limits_of
from inadimplencia_ml.policy.derived import add_days, add_scores
from inadimplencia_ml.policy.dunning import Ladder, Wanted, rows_of, wanted
from inadimplencia_ml.policy.duties import duties_owed
from inadimplencia_ml.policy.eligible import GATE, Eligible, eligible
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.further import further_of
from inadimplencia_ml.policy.gates.facts import with_gate_facts
from inadimplencia_ml.policy.gates.findings import GateFindings, gate_findings
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.inputs import Given, given
from inadimplencia_ml.policy.intensity import channels_left, intensity_levels
from inadimplencia_ml.policy.offers.first import first_offers
from inadimplencia_ml.policy.past import Past, furthest_rung, past_of
from inadimplencia_ml.policy.plan import Plan
from inadimplencia_ml.policy.plan_tables import decisions_of, duties_of, items_of, to_frame
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.profiles import profile_numbers
from inadimplencia_ml.policy.reach import ContactRates, contact_rates, hours_asked_for, narrowed
from inadimplencia_ml.policy.standing import Standing, concerned, standing, with_broken_plans
from inadimplencia_ml.policy.windows import ContactTimes, contact_times
from inadimplencia_ml.tables import CASES, TITLES
from inadimplencia_ml.tables.same_kind import FrameKind, as_kind

__all__ = ["Decisions", "decide"]

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class Decisions:
    """A plan: Arrow tables to write, and the same in the kind of table that the scores came in, to look at.

    Attributes
    ----------
    tables : dict of name to Arrow table
        ``decisions``, ``decision_items``, ``duties`` and ``further``, with the columns of `inadimplencia_ml.tables`.
    kind : {"pandas", "polars", "arrow"}
    """

    tables: dict[str, pa.Table]
    kind: FrameKind = "pandas"

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {table.num_rows:,}" for name, table in self.tables.items())
        return f"<Decisions {sizes}>"

    @property
    def decisions(self) -> pd.DataFrame:
        """One row a case, in the order of the cases."""
        return self._to_look_at("decisions")

    @property
    def items(self) -> pd.DataFrame:
        """One row a title concerned, in the order of the titles."""
        return self._to_look_at("decision_items")

    @property
    def duties(self) -> pd.DataFrame:
        """What we owe to clients who have paid, in the order of the records."""
        return self._to_look_at("duties")

    @property
    def further(self) -> pd.DataFrame:
        """Benefits, steps of the way back and small tasks, in the order of the cases."""
        return self._to_look_at("further")

    def frame(self, name: str) -> pd.DataFrame:
        """One of the tables in pandas, whatever the kind."""
        if name not in self._frames:
            self._frames[name] = to_frame(self.tables[name])
        return self._frames[name]

    def of_kind(self, kind: FrameKind) -> Decisions:
        """The same plan, to be looked at in another kind of table."""
        return self if kind == self.kind else replace(self, kind=kind)

    @cached_property
    def _frames(self) -> dict[str, pd.DataFrame]:
        return {}

    def _to_look_at(self, name: str) -> pd.DataFrame:
        told: pd.DataFrame = self.frame(name) if self.kind == "pandas" else as_kind(self.tables[name], self.kind)
        return told


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
    rates: pd.DataFrame | None = None,
    payments: pd.DataFrame | None = None,
    past_offers: pd.DataFrame | None = None,
    approved: pd.DataFrame | None = None,
    records: pd.DataFrame | None = None,
    reach: pd.DataFrame | None = None,
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
    rates : DataFrame, optional
        The series that the policy's amounts name (date, series, value); without them, nothing is added for them.
    payments : DataFrame, optional
        Payments on the open titles, so that each part costs interest for the days it was outstanding.
    past_offers, approved : DataFrame, optional
        Earlier offers, and the approved lists of campaigns; see `offer_menu`.
    records : DataFrame, optional
        Escalations that stand, for the duties towards those who have paid.
    reach : DataFrame, optional
        Contacts of a year by client, channel and hour, to choose channel and hours by.

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
    rules, calendar = policy.in_force(as_of), Calendar.of(calendar)
    got = given(rules, scores, cases, titles)
    n, ladder, facts = len(got.cases), Ladder(rules), FrameFacts(got.cases, CASES)
    times = contact_times(rules, got.cases.get("uf"), calendar, n)
    where = with_broken_plans(standing(got.titles, got.title_case, n, rules), facts)
    profile = profile_numbers(facts, rules).astype(np.int64)
    add_scores(facts, got, profile)
    past = past_of(ladder, history, got.cases["client_id"], rules.day)
    asked = _asked(ladder, got, facts, where, profile, past)
    age = _age(rules.day, known_until, calendar)
    add_days(facts, where, asked, times, past, day_number(rules.day), age)
    level = intensity_levels(rules, facts.number("self_cure_probability"), where.stage_dpd)
    facts.add("wrong_channels", wrong_channels(rules, facts).sum(axis=1))
    usable = usable_channels(rules, facts)
    left = channels_left(rules, usable, level)
    gates = _gates(rules, ladder, facts, got, where)
    owed = owed_on(rules, got, where, facts, calendar=calendar, rates=rates, payments=payments)
    may = eligible(facts, rules, where, usable, times, gates, left)
    action = _chosen(ladder, asked.action, may.open)
    escalation = _proposed(ladder, rules, asked.escalation, may)
    answers = contact_rates(rules, reach, got.cases["client_id"])
    channel = best_channel(rules, ladder.steps, facts, left, action, asked.step, answers)
    times = _hours(rules, got, times, channel, answers)
    limits = None if rules.limits is None else limits_of(rules.limits, facts, got.segment)
    talks = np.isin(ladder.kind[action], ("contact", "task")) & (where.stage_dpd > 0)
    offers = first_offers(
        rules, facts, where, owed, profile, talks, got.cases["client_id"], history=past_offers, approved=approved
    )
    done = (action, escalation, channel, past.unknown)
    plan = Plan(
        rules,
        ladder,
        got,
        where,
        profile,
        asked,
        may,
        times,
        *done,
        gates,
        owed,
        offers,
        limits,
        level,
        duties_owed(rules, records, calendar),
    )
    check(plan)
    made = {"decisions": decisions_of(plan, bundle_digest), "decision_items": items_of(plan), "duties": duties_of(plan)}
    made["further"] = further_of(rules.further, facts, made["decisions"]["client_id"], np.datetime64(rules.day, "D"))
    return Decisions(made)


def _age(day: dt.date, known_until: dt.date | None, calendar: Calendar) -> tuple[int, int]:
    """How many days, and how many business days, the books do not show yet."""
    last, today = day_number(known_until or day), day_number(day)
    unseen = np.arange(last + 1, today + 1, dtype=np.int32)
    return today - last, int(calendar.is_business_day(unseen).sum()) if len(unseen) else 0


def _chosen(ladder: Ladder, wanted_action: Codes, is_open: Flags) -> Codes:
    """The wanted action if it is open, else the hardest open one below it of the same kind, else nothing."""
    out = np.full(len(wanted_action), ladder.action("nothing"), np.int64)
    kinds = ladder.kind[wanted_action]
    for action in range(len(ladder.actions)):  # the softest first, so that the hardest allowed is written last
        fits = is_open[:, action] & (action <= wanted_action) & (kinds == ladder.kind[action])
        out[fits] = action
    return out


def _asked(ladder: Ladder, got: Given, facts: FrameFacts, where: Standing, profile: Codes, past: Past) -> Wanted:
    """What ladder, profile, signs of avoidance and earlier decisions ask for."""
    rules = ladder.rules
    with np.errstate(invalid="ignore"):
        first_late = facts.number("late_count_12m") <= 1
    row = rows_of(rules, got.segment, got.state)
    hasten = accelerated(rules, facts, where.stage_dpd)
    furthest = furthest_rung(ladder, past, len(facts))
    firm = None if rules.firm_tone is None else holds(rules.firm_tone.when, facts)
    return wanted(ladder, where.stage_dpd, row, profile, first_late, hasten=hasten, furthest=furthest, firm=firm)


def _hours(
    rules: PolicyInForce, got: Given, times: ContactTimes, channel: Codes, answers: ContactRates | None
) -> ContactTimes:
    """Within the allowed hours, those that the client asked for, else those in which the channel is answered best."""
    which, hours = hours_asked_for(rules, got.cases.get("preferred_hours"), len(got.cases))
    if answers is not None and rules.contact_rates is not None:
        band = answers.best_band(channel)
        which = np.where((which < 0) & (band >= 0), band + len(hours), which)
        hours = [*hours, *rules.contact_rates.bands.values()]
    return narrowed(times, which, hours)


def _gates(rules: PolicyInForce, ladder: Ladder, facts: FrameFacts, got: Given, where: Standing) -> GateFindings | None:
    """The gates held against every late title that the decisions are about; None in a policy without gates."""
    if rules.gates is None:
        return None
    rows = np.flatnonzero(concerned(where, int(ladder.starts[0])) & (where.dpd > 0))
    titles = FrameFacts(got.titles.iloc[rows], TITLES)
    return gate_findings(rules.gates, with_gate_facts(titles, facts, where.case[rows], rules), rows, len(facts))


def _proposed(ladder: Ladder, rules: PolicyInForce, asked: Codes, may: Eligible) -> Codes:
    """The escalation asked for if it is open; if nothing but its gate shuts it, the one that comes before it."""
    out = np.where(may.open[np.arange(len(asked)), asked] & (asked >= 0), asked, -1)
    for kind, gate in {} if rules.gates is None else rules.gates.of.items():
        if gate.gate.first is not None:
            number, first = ladder.action(kind), ladder.action(gate.gate.first)
            shut = may.closed_by[:, number] == may.safeguards.index(GATE + kind)
            out[(asked == number) & shut & may.open[:, first]] = first
    return out
