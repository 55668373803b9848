"""What a policy file holds, as frozen objects: sections, dated values, sources."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from inadimplencia_ml.errors import did_you_mean
from inadimplencia_ml.policy import sections
from inadimplencia_ml.policy.amounts.rules import AmountsRules
from inadimplencia_ml.policy.credit_limit.rules import LimitRules
from inadimplencia_ml.policy.further import FurtherRules
from inadimplencia_ml.policy.gates.rules import Gates
from inadimplencia_ml.policy.messages.rules import MessageRules, MessageTemplate
from inadimplencia_ml.policy.offers.rules import OffersRules
from inadimplencia_ml.policy.references import Reference
from inadimplencia_ml.policy.rights import Right
from inadimplencia_ml.policy.sections import (
    HOUSE_CHOICE,
    Acceleration,
    Action,
    Closing,
    ContactPrior,
    Dated,
    Duty,
    FirmTone,
    Intensity,
    Materiality,
    Profile,
    ProfileRule,
    Row,
    Stage,
    Strict,
    Timing,
    Windows,
)

__all__ = ["PolicyContents"]


class PolicyContents(Strict):
    """The sections of a policy; `Policy` reads them and tells what holds on a day.

    A section that came later is optional (``None``), so that older files are read on.
    """

    format: Literal[1]
    id: str
    version: str
    owner: str
    review_months: Annotated[int, Field(ge=1, le=60)]
    reviewed_on: dt.date | None = None
    currency: str
    target: str | None
    references: dict[str, Reference]
    materiality: Materiality
    timing: Timing
    windows: Windows
    tones: dict[int, str]
    channels: dict[str, str]
    actions: dict[str, Action]
    templates: dict[str, MessageTemplate]
    safeguards: dict[str, Dated[Closing]]
    states: dict[Literal["scoreable", "already_bad", "no_exposure", "inactive"], Dated[Row]]
    ladder: dict[str, Dated[Stage]]
    profile_rules: Dated[tuple[ProfileRule, ...]]
    profiles: dict[sections.ProfileCode, Profile]
    amounts: AmountsRules | None = None
    offers: OffersRules | None = None
    messages: MessageRules | None = None
    gates: Gates | None = None
    duties: dict[str, Dated[Duty]] | None = None
    intensity: Dated[Intensity] | None = None
    acceleration: Dated[Acceleration] | None = None
    firm_tone: Dated[FirmTone] | None = None
    contact_rates: Dated[ContactPrior] | None = None
    limits: LimitRules | None = None
    further: FurtherRules | None = None
    rights: dict[str, Dated[Right]] | None = None

    @property
    def name(self) -> str:
        """Id and version, as decisions carry it."""
        return f"{self.id}/{self.version}"

    @property
    def review_due(self) -> dt.date | None:
        """The day by which the owner should read it again; None if nobody ever has."""
        return None if self.reviewed_on is None else _months_after(self.reviewed_on, self.review_months)

    def is_old(self, day: dt.date, as_of: dt.date) -> bool:
        """Whether more months than a review may take lie between two days."""
        return _months_after(day, self.review_months) < as_of

    def unverified(self, sources: Iterable[str]) -> tuple[str, ...]:
        """Of the sources, the hard rules whose text in force nobody has verified yet."""
        known = {name: self.references[name] for name in dict.fromkeys(sources) if name in self.references}
        return tuple(n for n, rule in known.items() if rule.severity == "hard" and rule.verified_on is None)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that the policy says, however its file is laid out."""
        told = self.model_dump(mode="json", exclude_defaults=True)  # a further section leaves older files as they are
        content = json.dumps(told, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def entries(self) -> dict[str, Dated[Any]]:
        """Every dated entry by its place in the file, however deep it stands."""
        return {place: entry for name in type(self).model_fields for place, entry in _dated(name, getattr(self, name))}

    @model_validator(mode="after")
    def _every_source_is_known(self) -> Self:
        for place, entry in self.entries().items():
            for source in entry.source:
                if source != HOUSE_CHOICE and source not in self.references:
                    hint = did_you_mean(source, [*self.references, HOUSE_CHOICE])
                    raise ValueError(f"{place}: source {source!r} is not among the references.{hint}")
        return self


def _months_after(day: dt.date, months: int) -> dt.date:
    """The same day some months later, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return dt.date(day.year + years, month + 1, min(day.day, last))


def _dated(place: str, part: Any) -> Iterator[tuple[str, Dated[Any]]]:
    """The dated entries of a part of the policy, each with its place."""
    if isinstance(part, Dated):
        yield place, part
    elif isinstance(part, Mapping):
        for name, one in part.items():
            yield from _dated(f"{place}.{name}", one)
    elif isinstance(part, tuple):
        for number, one in enumerate(part):
            yield from _dated(f"{place}[{number}]", one)
    elif isinstance(part, Strict):
        for name in type(part).model_fields:
            yield from _dated(f"{place}.{name}", getattr(part, name))
