"""All that an explanation is told from, as plain values: whoever calls has fetched it from the ledger and the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pandas as pd

from inadimplencia_ml.catalog import Lang, reason_family, reason_sentence
from inadimplencia_ml.explanation.way_up import WayUp

__all__ = ["Beside", "Decided", "Material", "Points", "Spoken"]

_SHOWN = 4  # families told a side


class Points(NamedTuple):
    """How a score adds up: ``reference`` + ``families`` + the calibration = the score.

    Attributes
    ----------
    reference : float
        Points of the mean of the reference.
    families : dict
        By reason code, what each family costs (below 0) or brings.
    sides : dict
        By reason code: -1 it speaks against the client, 1 for them, 0 it is silent.
    """

    reference: float
    families: Mapping[str, float]
    sides: Mapping[str, int]


class Decided(NamedTuple):
    """What a policy decided, in its own words; None where it says nothing."""

    action: str
    stage: str | None
    channel: str | None
    template: str | None
    contact_from: Any
    contact_until: Any
    escalation: str | None
    requires_approval: bool
    credit_limit: float | None
    limit_action: str | None
    amount_due: float
    reasons: tuple[str, ...]
    policy: str
    decision_id: str


@dataclass(frozen=True)
class Beside:
    """What stands beside the score: the titles behind it, a way up, a decision, and where the facts came from.

    Attributes
    ----------
    titles : DataFrame, optional
        As `cases.client_titles` tells them.
    way : WayUp, optional
    decided : Decided, optional
    criteria : tuple of str
        Codes of the reason families that the model reads.
    sources : tuple of str
        Tables of the ledger that the model's features are built from.
    service : str, optional
        Where the client reaches a person.
    creditor : str, optional
        Who writes, in one line.
    """

    titles: pd.DataFrame | None = None
    way: WayUp | None = None
    decided: Decided | None = None
    criteria: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    service: str | None = None
    creditor: str | None = None


class Spoken(NamedTuple):
    """A family that speaks: its code, its name, its points, its sentence with the client's own numbers."""

    code: str
    name: str
    points: float
    sentence: str


@dataclass(frozen=True)
class Material:
    """A scored row and all that is told with it.

    Attributes
    ----------
    row : mapping
        The row of the scores table.
    values : mapping
        The row of features it was scored on.
    target : mapping
        The target as plain data: level, event, dpd, horizon_days.
    points : Points, optional
        None: nobody can say what each family weighed.
    """

    row: Mapping[str, Any]
    values: Mapping[str, Any]
    target: Mapping[str, Any]
    points: Points | None
    beside: Beside
    lang: Lang

    @property
    def scored(self) -> bool:
        """Whether there is a probability to tell."""
        return not pd.isna(self.row["probability"])

    @property
    def event(self) -> str:
        """Which event the probability is of."""
        if self.row["state"] == "already_bad":
            return "not_cured"
        return "client" if self.target["level"] == "client" else str(self.target["event"])

    @property
    def days(self) -> dict[str, Any]:
        """The numbers of the target, for the texts."""
        return {"dpd": self.target["dpd"], "horizon": self.target["horizon_days"]}

    def spoken(self, side: Literal["against", "for"]) -> tuple[Spoken, ...]:
        """The families of one side that speak, the weightiest first, four at most."""
        if self.points is None:
            return ()
        sign = -1 if side == "against" else 1
        mine = [code for code in self.points.families if self.points.sides[code] == sign]
        mine.sort(key=lambda code: -abs(self.points.families[code]) if self.points else 0.0)
        return tuple(self._told(code, against=side == "against") for code in mine[:_SHOWN])

    def _told(self, code: str, *, against: bool) -> Spoken:
        weight = 0.0 if self.points is None else float(self.points.families[code])
        sentence = reason_sentence(code, self.values, against=against, lang=self.lang)
        return Spoken(code, self.name(code), weight, sentence)

    def name(self, code: str) -> str:
        """The name of a reason family."""
        family = reason_family(code)
        return family.name_pt if self.lang == "pt" else family.name_en
