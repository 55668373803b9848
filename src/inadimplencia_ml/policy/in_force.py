"""What holds on one day.

A further section adds one field here and one line in `of`; whether its parts fit is a check in `fitting`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from inadimplencia_ml.policy.amounts.rules import AmountsInForce
from inadimplencia_ml.policy.contents import PolicyContents
from inadimplencia_ml.policy.credit_limit.rules import LimitsInForce
from inadimplencia_ml.policy.further import FurtherRulesInForce
from inadimplencia_ml.policy.gates.rules import GatesInForce
from inadimplencia_ml.policy.messages.rules import MessagesInForce
from inadimplencia_ml.policy.offers.rules import OffersInForce
from inadimplencia_ml.policy.on_day import OnDay
from inadimplencia_ml.policy.rights import RightsInForce
from inadimplencia_ml.policy.sections import (
    ROWS,
    Acceleration,
    Action,
    Closing,
    ContactPrior,
    Duty,
    FirmTone,
    Intensity,
    Modifiers,
    ProfileRule,
    Stage,
    Step,
    Week,
)

__all__ = ["PolicyInForce"]


@dataclass(frozen=True)
class PolicyInForce:
    """The values of a policy on one day; what is switched off is not in it."""

    policy: PolicyContents = field(repr=False)
    day: dt.date
    min_amount: float
    min_share: float
    lead_days: int
    grace_days: int
    cure_dpd: int
    use_windows: str
    default_week: Week
    weeks: dict[str, Week]
    safeguards: dict[str, Closing]
    follow: dict[str, str]
    stages: dict[str, Stage]
    profile_rules: tuple[ProfileRule, ...]
    modifiers: dict[str, Modifiers]
    messages: MessagesInForce | None
    gates: GatesInForce | None
    duties: dict[str, Duty]
    intensity: Intensity | None
    acceleration: Acceleration | None
    firm_tone: FirmTone | None
    contact_rates: ContactPrior | None
    amounts: AmountsInForce | None
    offers: OffersInForce | None
    limits: LimitsInForce | None
    further: FurtherRulesInForce | None
    rights: RightsInForce | None

    @classmethod
    def of(cls, policy: PolicyContents, day: dt.date) -> PolicyInForce:
        """The values in force on ``day``; PolicyError names a part that has none."""
        on = OnDay(policy.name, day)
        must, present = on.must, on.present
        stages: dict[str, Stage] = present(policy.ladder)
        return cls(
            policy=policy,
            day=day,
            min_amount=must("materiality.min_amount", policy.materiality.min_amount),
            min_share=must("materiality.min_share", policy.materiality.min_share),
            lead_days=must("timing.lead_days", policy.timing.lead_days),
            grace_days=must("timing.grace_days", policy.timing.grace_days),
            cure_dpd=must("timing.cure_dpd", policy.timing.cure_dpd),
            use_windows=must("windows.use", policy.windows.use),
            default_week=must("windows.default", policy.windows.default),
            weeks=present(policy.windows.by_uf),
            safeguards=present(policy.safeguards),
            follow={k: row.follow for k, row in on.all_of("states", policy.states).items()},
            stages=dict(sorted(stages.items(), key=lambda item: item[1].dpd.ge)),
            profile_rules=must("profile_rules", policy.profile_rules),
            modifiers=on.all_of("profiles", policy.profiles),
            messages=MessagesInForce.of(policy.messages, policy.name, day),
            gates=GatesInForce.on(policy.gates, on),
            duties=present(policy.duties or {}),
            intensity=None if policy.intensity is None else policy.intensity.at(day),
            acceleration=None if policy.acceleration is None else policy.acceleration.at(day),
            firm_tone=None if policy.firm_tone is None else policy.firm_tone.at(day),
            contact_rates=None if policy.contact_rates is None else policy.contact_rates.at(day),
            amounts=AmountsInForce.of(policy.amounts, on),
            offers=OffersInForce.of(policy.offers, on),
            limits=LimitsInForce.of(policy.limits, on),
            further=FurtherRulesInForce.on(policy.further, on),
            rights=RightsInForce.on(policy.rights, on),
        )

    @property
    def stage_codes(self) -> tuple[str, ...]:
        """The stages in the order of their days."""
        return tuple(self.stages)

    @property
    def actions(self) -> dict[str, Action]:
        """Every action, the softest first."""
        return dict(sorted(self.policy.actions.items(), key=lambda item: item[1].severity))

    def softened(self, template: str, tone_max: int) -> str | None:
        """The template, or the first softer one within ``tone_max``; None if there is none."""
        name: str | None = template
        while name is not None and self.policy.templates[name].tone > tone_max:
            name = self.policy.templates[name].softer
        return name

    def steps(self) -> Iterator[tuple[str, Stage, Step]]:
        """Every step that is not silent: its place, its stage, itself."""
        for code, stage in self.stages.items():
            for row in ROWS:
                step = getattr(stage, row)
                if step is not None:
                    yield f"ladder.{code}.{row}", stage, step

    def closed_actions(self, closing: Closing) -> tuple[str, ...]:
        """The actions that a safeguard closes."""
        return tuple(a for a, one in self.actions.items() if a in closing.closes or one.kind in closing.closes)
