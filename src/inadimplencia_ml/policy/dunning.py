"""The régua: what the ladder asks for, by stage and row, and what the client's profile changes in it.

This is what would be done if nothing stood in the way. Whether it may be done is said by `eligible`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.policy.conditions import Flags, Numbers
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.sections import PROFILES, ROWS, STATES, Step

__all__ = ["Ladder", "Wanted", "wanted"]

Codes = npt.NDArray[np.int64]


class Ladder:
    """The ladder of a policy as arrays: steps by stage and row, names as positions."""

    def __init__(self, rules: PolicyInForce) -> None:
        self.rules = rules
        self.actions = tuple(rules.actions)
        self.severity = np.array([one.severity for one in rules.actions.values()])
        self.kind = np.array([one.kind for one in rules.actions.values()])
        self.templates = tuple(rules.policy.templates)
        self.stages = rules.stage_codes
        self.starts = np.array([stage.dpd.ge for stage in rules.stages.values()])
        last = rules.stages[self.stages[-1]].dpd.le
        self.end = np.inf if last is None else float(last)
        self.every_days = np.array([stage.every_days for stage in rules.stages.values()])
        self.steps: list[Step] = []
        self.step_of = np.full((len(self.stages), len(ROWS)), -1)
        for i, stage in enumerate(rules.stages.values()):
            for j, row in enumerate(ROWS):
                step = getattr(stage, row)
                if step is not None:
                    self.step_of[i, j] = len(self.steps)
                    self.steps.append(step)
        self.modifiers = [rules.modifiers[code] for code in PROFILES]

    def action(self, name: str) -> int:
        """Position of an action."""
        return self.actions.index(name)

    def template(self, name: str) -> int:
        """Position of a template."""
        return self.templates.index(name)

    def stage_at(self, dpd: Numbers) -> Codes:
        """The stage of each dpd, -1 outside the ladder or where dpd is missing."""
        with np.errstate(invalid="ignore"):
            inside = (dpd >= self.starts[0]) & (dpd <= self.end)
        known = np.where(inside, dpd, self.starts[0])
        return np.where(inside, np.searchsorted(self.starts, known, side="right") - 1, -1)


@dataclass(frozen=True)
class Wanted:
    """By case: what ladder and profile ask for. Positions in the ladder's tuples; -1 for none."""

    stage: Codes  # of the worst material title
    rung: Codes  # the stage whose step is taken, after the profile's shift
    step: Codes
    action: Codes
    template: Codes
    escalation: Codes
    every_days: Codes
    no_escalation_before: Codes
    by_profile: Flags  # the profile changed something
    sooner: Flags  # signs of avoidance brought another step
    held_back: Flags  # a step further than the next one not yet lived would be taken
    gentler: Flags  # a softer text, since it is too soon for a firm one


def wanted(
    ladder: Ladder,
    dpd: Numbers,
    row: Codes,
    profile: Codes,
    first_late: Flags,
    *,
    hasten: Flags | None = None,
    furthest: Codes | None = None,
    firm: Flags | None = None,
) -> Wanted:
    """What is asked for.

    Parameters
    ----------
    dpd : float array
        Of the worst material title; NaN with none.
    row : int array
        Positions in ROWS.
    profile : int array
        Positions in PROFILES.
    first_late : bool array
        Cases with at most one late title in twelve months.
    hasten : bool array, optional
        Cases that show signs of avoiding us.
    furthest : int array, optional
        The furthest stage whose step may be taken, by what was lived.
    firm : bool array, optional
        Cases that may get a firm text.
    """
    with np.errstate(invalid="ignore"):
        late = dpd > 0
    stage, plain_rung, rung, held_back = _rungs(ladder, dpd, late, profile, hasten, furthest)
    step = np.where(rung >= 0, ladder.step_of[rung, row], -1)
    like = np.array([-1 if m.before_due_like is None else ROWS.index(m.before_due_like) for m in ladder.modifiers])
    borrow = (step < 0) & (rung >= 0) & ~late & (like[profile] >= 0)
    step = np.where(borrow, ladder.step_of[rung, like[profile]], step)
    asked = step >= 0
    plain = np.array([ladder.action(s.action) for s in ladder.steps] + [0])[step]  # silent: -1 takes the last, nothing
    action = _action(ladder, plain, dpd, profile, asked & late)
    base = np.array([ladder.template(s.template) for s in ladder.steps] + [-1])[step]
    by_profile = _template(ladder, base, dpd, profile, asked & late, first_late)
    template = by_profile if firm is None else _gentler(ladder, by_profile, firm)
    kinds = [-1 if s.escalation is None else ladder.action(s.escalation) for s in ladder.steps]
    pace = np.array([m.every_days for m in ladder.modifiers])[profile]
    return Wanted(
        stage=stage,
        rung=rung,
        step=step,
        action=action,
        template=template,
        escalation=np.array([*kinds, -1])[step],
        every_days=np.maximum(np.where(rung >= 0, ladder.every_days[rung], 0), pace),
        no_escalation_before=np.array([m.no_escalation_before_dpd for m in ladder.modifiers])[profile],
        by_profile=(plain_rung != stage) | (borrow & asked) | (action != plain) | (by_profile != base),
        sooner=rung > plain_rung,
        held_back=held_back,
        gentler=template != by_profile,
    )


def _rungs(
    ladder: Ladder, dpd: Numbers, late: Flags, profile: Codes, hasten: Flags | None, furthest: Codes | None
) -> tuple[Codes, Codes, Codes, Flags]:
    """The stage; the rung after the profile's shift; the rung that is taken; where it was held back."""
    shift = np.array([m.shift_days for m in ladder.modifiers])[profile]
    stage = ladder.stage_at(dpd)
    plain = rung = ladder.stage_at(np.where(late, np.maximum(1, dpd - shift), dpd))
    if hasten is not None and ladder.rules.acceleration is not None:
        people = np.array([m.people_only is not None for m in ladder.modifiers])[profile]
        sooner = np.minimum(shift, -ladder.rules.acceleration.days)
        there = ladder.stage_at(np.where(late, np.maximum(1, dpd - sooner), dpd))
        rung = np.where(hasten & late & ~people, np.maximum(there, plain), plain)
    if furthest is None:
        return stage, plain, rung, np.zeros(len(dpd), bool)
    held_back = late & (rung > furthest)
    return stage, plain, np.where(held_back, furthest, rung), held_back


def _action(ladder: Ladder, plain: Codes, dpd: Numbers, profile: Codes, asked: Flags) -> Codes:
    """The step's action, or the harder one of the profile, or a task where only people may speak."""
    out = plain.copy()
    for number, modifiers in enumerate(ladder.modifiers):
        mine = asked & (profile == number)
        if modifiers.at_least is not None:
            harder = ladder.action(modifiers.at_least.action)
            then = mine & (dpd >= modifiers.at_least.from_dpd) & (dpd <= modifiers.at_least.until_dpd)
            softer = (ladder.kind[out] == "contact") & (ladder.severity[out] < ladder.severity[harder])
            out[then & softer] = harder
        if modifiers.people_only is not None:
            out[mine] = ladder.action(modifiers.people_only.action)
    return out


def _template(ladder: Ladder, base: Codes, dpd: Numbers, profile: Codes, asked: Flags, first_late: Flags) -> Codes:
    """The step's text, that of a first delay, or a softer one within the profile's tone."""
    out = base.copy()
    for number, modifiers in enumerate(ladder.modifiers):
        mine = asked & (profile == number)
        if modifiers.people_only is not None:
            out[mine] = ladder.template(modifiers.people_only.template)
        elif modifiers.first_late is not None:
            out[mine & first_late & (dpd <= modifiers.first_late.until_dpd)] = ladder.template(
                modifiers.first_late.template
            )
    softer = np.array([[_softened(ladder, t, m.tone_max) for m in ladder.modifiers] for t in ladder.templates])
    return np.where(out >= 0, softer[out, profile], -1)


def _gentler(ladder: Ladder, template: Codes, firm: Flags) -> Codes:
    """The texts, softer where it is too soon for a firm one."""
    rule = ladder.rules.firm_tone
    if rule is None:
        return template
    softer = np.array([_softened(ladder, t, rule.tone - 1) for t in ladder.templates])
    return np.where((template >= 0) & ~firm, softer[template], template)


def _softened(ladder: Ladder, template: str, tone_max: int) -> int:
    name = ladder.rules.softened(template, tone_max)
    return -1 if name is None else ladder.template(name)  # fits_together: None only for texts no step uses


def rows_of(rules: PolicyInForce, segment: Codes, state: Codes) -> Codes:
    """The row of the ladder that each case follows: positions in ROWS, from positions in ROWS and STATES."""
    follow = np.array([-1 if rules.follow[s] == "segment" else ROWS.index(rules.follow[s]) for s in STATES])
    return np.where(follow[state] < 0, segment, follow[state])
