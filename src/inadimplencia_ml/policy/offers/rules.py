"""The section `offers` of a policy file: the menu, what each profile may have, who may grant how much, campaigns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from inadimplencia_ml.policy.conditions import Condition
from inadimplencia_ml.policy.on_day import OnDay
from inadimplencia_ml.policy.sections import PROFILES, Dated, ProfileCode, Strict

__all__ = [
    "AUTHORITIES",
    "Campaign",
    "Discount",
    "Extension",
    "Installments",
    "Offer",
    "OffersInForce",
    "OffersRules",
    "ProfileTerms",
    "Waiver",
]

Share = Annotated[float, Field(ge=0, le=1)]
Authority = Literal["system", "supervisor", "manager"]
Charge = Literal["fine", "interest"]

AUTHORITIES: tuple[Authority, ...] = ("system", "supervisor", "manager")
"""Who may grant a discount (sistema, supervisor, gerente), the least first. What is not the system's needs a person."""


class Extension(Strict):
    """More days to pay what is owed today."""

    kind: Literal["extension"]
    when: Condition
    days: int = Field(ge=1, le=60)
    max_per_year: int = Field(ge=1)


class Installments(Strict):
    """What is owed today in parts, the first of them the entry; how many is the profile's matter."""

    kind: Literal["installments"]
    when: Condition


class Waiver(Strict):
    """The principal in full, without some charges, if paid in the days that the offer is good for."""

    kind: Literal["waiver"]
    when: Condition
    waives: tuple[Charge, ...] = Field(min_length=1)


class Discount(Strict):
    """Fine and interest waived, and a share of the principal: by days past due, the share from each day on."""

    kind: Literal["discount"]
    when: Condition
    share_from_dpd: dict[int, Share] = Field(min_length=1)


Offer = Annotated[Extension | Installments | Waiver | Discount, Field(discriminator="kind")]


class ProfileTerms(Strict):
    """What a profile may have. ``by_person``: everything is granted by a person alone."""

    extension: bool
    max_installments: int = Field(ge=0, le=60)
    min_entry: Share
    discount_from: Authority | None
    by_person: bool = False


class Campaign(Strict):
    """A condition, a list that somebody approves, a life, and terms; who breaks it owes the original titles again."""

    when: Condition
    begins_on: dt.date
    life_days: Literal[30, 60, 90]
    discount: Share
    waives: tuple[Charge, ...] = ()
    methods: tuple[str, ...] = Field(min_length=1)

    @property
    def ends_on(self) -> dt.date:
        """Its last day."""
        return self.begins_on + dt.timedelta(days=self.life_days - 1)


class OffersRules(Strict):
    """What may be offered; the menu stands in the order in which it is offered."""

    never_when: Dated[Condition]
    menu: dict[str, Dated[Offer]]
    profiles: dict[ProfileCode, Dated[ProfileTerms]]
    authority: Dated[dict[Authority, Share]]
    valid_days: Dated[Annotated[int, Field(ge=1, le=30)]]
    min_installment: Dated[Annotated[float, Field(ge=0)]]
    installment_rate_month: Dated[Annotated[float, Field(ge=0, le=0.1)]]
    essential_minimum: Dated[Annotated[float, Field(ge=0)]]
    ignored_at_most: Dated[Annotated[int, Field(ge=0)]]
    campaigns: dict[str, Dated[Campaign]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _everybody_is_named(self) -> OffersRules:
        missing = [code for code in PROFILES if code not in self.profiles]
        if missing:
            raise ValueError(f"profiles: no entry for {', '.join(missing)}")
        for levels in self.authority.values.values():
            shares = [levels.get(name, -1.0) for name in AUTHORITIES] if levels else [0.0]
            if min(shares) < 0 or sorted(shares) != shares:
                raise ValueError(f"authority: one share each for {', '.join(AUTHORITIES)}, none below the one before")
        both = set(self.menu) & set(self.campaigns)
        if both:
            raise ValueError(f"campaigns: {sorted(both)[0]!r} is an offer of the menu too")
        return self


@dataclass(frozen=True)
class OffersInForce:
    """The values of the section on one day."""

    day: dt.date
    never_when: Condition | None
    menu: dict[str, Extension | Installments | Waiver | Discount]
    profiles: tuple[ProfileTerms, ...]  # in the order of PROFILES
    authority: tuple[float, ...]  # in the order of AUTHORITIES
    valid_days: int
    min_installment: float
    installment_rate_month: float
    essential_minimum: float | None
    ignored_at_most: int
    campaigns: dict[str, Campaign]

    @classmethod
    def of(cls, rules: OffersRules | None, on: OnDay) -> OffersInForce | None:
        """The values in force; None where the policy has no such section."""
        if rules is None:
            return None
        must = on.must
        levels = must("offers.authority", rules.authority)
        running = on.present(rules.campaigns)
        terms = {code: rules.profiles[code] for code in PROFILES}  # type: ignore[index]  # its keys
        return cls(
            day=on.day,
            never_when=rules.never_when.at(on.day),
            menu=on.present(rules.menu),
            profiles=tuple(must(f"offers.profiles.{code}", one) for code, one in terms.items()),
            authority=tuple(levels[name] for name in AUTHORITIES),
            valid_days=must("offers.valid_days", rules.valid_days),
            min_installment=must("offers.min_installment", rules.min_installment),
            installment_rate_month=must("offers.installment_rate_month", rules.installment_rate_month),
            essential_minimum=rules.essential_minimum.at(on.day),
            ignored_at_most=must("offers.ignored_at_most", rules.ignored_at_most),
            campaigns={name: one for name, one in running.items() if one.begins_on <= on.day <= one.ends_on},
        )

    def conditions(self) -> Iterator[tuple[str, Condition]]:
        """Every condition of the section, with its place."""
        if self.never_when is not None:
            yield "offers.never_when", self.never_when
        yield from ((f"offers.menu.{code}", one.when) for code, one in self.menu.items())
        yield from ((f"offers.campaigns.{code}", one.when) for code, one in self.campaigns.items())
