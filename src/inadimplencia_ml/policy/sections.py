"""The sections of a policy file: what may stand in it, and what each thing means.

Every number stands in a `Dated` entry: a sentence in Portuguese that a manager can read, a unit, where it comes from,
and its values with the day from which each holds. A value of null switches the entry off from that day.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from inadimplencia_ml.calendar import UFS
from inadimplencia_ml.policy.conditions import Condition

__all__ = [
    "HOUSE_CHOICE",
    "PROFILES",
    "ROWS",
    "STATES",
    "Acceleration",
    "Action",
    "AtLeast",
    "Closing",
    "ContactPrior",
    "Dated",
    "Duty",
    "FirmTone",
    "FirstLate",
    "Hours",
    "Intensity",
    "Level",
    "Materiality",
    "Modifiers",
    "PeopleOnly",
    "Profile",
    "ProfileRule",
    "Row",
    "Stage",
    "Step",
    "Strict",
    "Template",
    "Timing",
    "Week",
    "Windows",
    "state_code",
]

HOUSE_CHOICE = "house choice"
"""The source of a number that no law gives."""

ROWS = ("low", "medium", "high", "none")
"""Rows of the ladder: the risk segments, and clients without one."""

STATES = ("scoreable", "already_bad", "no_exposure", "inactive")
PROFILES = ("P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7")

RowName = Literal["low", "medium", "high", "none"]
ProfileCode = Literal["P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7"]
T = TypeVar("T")


class Strict(BaseModel):
    """Frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Dated(Strict, Generic[T]):
    """A value, its dates, its unit and where it comes from."""

    sentence: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    source: tuple[str, ...] = Field(min_length=1)
    values: dict[dt.date, T | None] = Field(min_length=1)

    def at(self, day: dt.date) -> T | None:
        """The value in force at ``day``: that of the latest date not after it; None if there is none, or it is off."""
        begun = [start for start in self.values if start <= day]
        return self.values[max(begun)] if begun else None


class Materiality(Strict):
    """From when a late title counts."""

    min_amount: Dated[Annotated[float, Field(ge=0)]]
    min_share: Dated[Annotated[float, Field(ge=0, le=1)]]


class Timing(Strict):
    """When a plan is carried out, and by which measures the facts of the profiles are taken."""

    lead_days: Dated[Annotated[int, Field(ge=0, le=30)]]
    grace_days: Dated[Annotated[int, Field(ge=0, le=90)]]
    cure_dpd: Dated[Annotated[int, Field(ge=1, le=365)]]


def _clock(value: Any) -> Any:
    """YAML reads an unquoted 18:00 as the number 1080."""
    if not isinstance(value, (str, dt.time)):
        raise ValueError(f"{value!r} is not a time; write it in quotation marks, as '18:00'")
    return value


Clock = Annotated[dt.time, BeforeValidator(_clock)]
Hours = tuple[Clock, Clock]


class Week(Strict):
    """Hours in which a client may be contacted, local wall time; null where not at all. Never on a holiday."""

    mon_fri: Hours | None
    sat: Hours | None
    sun: Hours | None

    @model_validator(mode="after")
    def _hours_run_forwards(self) -> Week:
        for name in ("mon_fri", "sat", "sun"):
            hours = getattr(self, name)
            if hours is not None and hours[0] >= hours[1]:
                raise ValueError(f"{name} ends at {hours[1]:%H:%M}, not after it begins at {hours[0]:%H:%M}")
        return self


def state_code(value: str) -> str:
    """The value if it is a state of Brazil."""
    if value not in UFS:
        raise ValueError(f"{value!r} is not a state (UF)")
    return value


class Windows(Strict):
    """Which hours hold for whom: the strictest of all listed for everyone, or those of the client's state."""

    use: Dated[Literal["strictest", "by_uf"]]
    default: Dated[Week]
    by_uf: dict[Annotated[str, BeforeValidator(state_code)], Dated[Week]]


class Action(Strict):
    """Something that can be done. The harder, the greater its severity; an escalation is never done, only proposed.

    A contact speaks of what is not due yet, or of what is late, and has the channels it may use.
    """

    sentence: str = Field(min_length=1)
    severity: int = Field(ge=0)
    kind: Literal["none", "task", "contact", "escalation"]
    speaks: Literal["before_due", "after_due"] | None = None
    channels: tuple[str, ...] = ()


class Template(Strict):
    """A text by its code. ``softer`` is the text to take where its tone is too firm."""

    sentence: str = Field(min_length=1)
    tone: int = Field(ge=0)
    asserts_default: bool
    softer: str | None = None


class Closing(Strict):
    """What a safeguard closes, and when. ``of: title`` looks at each title: one that fails is left out of the plan, and
    where none is left the safeguard closes for the client."""

    of: Literal["client", "title"] = "client"
    when: Condition
    closes: tuple[str, ...] = Field(min_length=1)


class Row(Strict):
    """Which row of the ladder the clients of a state follow."""

    follow: Literal["segment", "low", "medium", "high", "none"]


class Days(Strict):
    """Days past due, both ends included; no ``le``: without end."""

    ge: int
    le: int | None = None


class Step(Strict):
    """What a stage does for one row of the ladder."""

    action: str
    channels: tuple[str, ...] = Field(min_length=1)
    template: str
    escalation: str | None = None


class Stage(Strict):
    """A rung of the ladder; a row of null is silent."""

    dpd: Days
    every_days: int = Field(default=0, ge=0)
    low: Step | None
    medium: Step | None
    high: Step | None
    none: Step | None


class FirstLate(Strict):
    """Another text for the first delay in twelve months."""

    template: str
    until_dpd: int = Field(ge=1)


class PeopleOnly(Strict):
    """Once a title is past due a person writes: the task to give, and the text to go by."""

    action: str
    template: str


class AtLeast(Strict):
    """A harder action than the ladder's, from some days past due to others, both included."""

    action: str
    from_dpd: int = Field(ge=1)
    until_dpd: int


class Modifiers(Strict):
    """What a profile changes in the ladder. Days are added to the wait (negative: sooner) once a title is past due."""

    shift_days: int = 0
    tone_max: int = Field(ge=0)
    no_escalation_before_dpd: int = Field(ge=1)
    first_late: FirstLate | None = None
    at_least: AtLeast | None = None
    before_due_like: RowName | None = None
    people_only: PeopleOnly | None = None
    every_days: int = Field(default=0, ge=0)


class Profile(Dated[Modifiers]):
    """How a kind of debtor is treated. The name stays inside the house: texts and tables carry the code."""

    name: str


class ProfileRule(Strict):
    """One line of the decision list: the first whose condition holds gives the profile."""

    profile: ProfileCode
    when: Condition


class Duty(Strict):
    """What is owed once a title is settled: after which escalations, whether in effect (null: either), by when."""

    after: tuple[str, ...] = Field(min_length=1)
    in_effect: bool | None = None
    business_days: int = Field(ge=0, le=60)


class Level(Strict):
    """How much to insist with a client who so probably pays by itself: the channels that are left."""

    level: int = Field(ge=0, le=3)
    self_cure: float = Field(ge=0, le=1)
    channels: tuple[str, ...]


class Intensity(Strict):
    """Levels, the softest first, up to some days past due."""

    until_dpd: int
    levels: tuple[Level, ...] = Field(min_length=1)


class Acceleration(Strict):
    """Signs of a client who avoids us; ``at_least`` of them let the ladder run ``days`` sooner, and a person look."""

    days: int = Field(ge=1, le=60)
    at_least: int = Field(ge=1)
    signals: dict[str, Condition] = Field(min_length=1)


class FirmTone(Strict):
    """A text of this tone or a firmer one only where the condition holds; else the softer text in its place."""

    tone: int = Field(ge=1)
    when: Condition


class ContactPrior(Strict):
    """What is expected of contacts before a client's own tell: answers by channel and band of hours.

    ``strength`` is how many contacts the prior weighs; ``words`` are hours that clients ask for in a word.
    """

    strength: float = Field(gt=0)
    bands: dict[str, Hours] = Field(min_length=1)
    words: dict[str, Hours]
    prior: dict[str, dict[str, Annotated[float, Field(ge=0, le=1)]]]
