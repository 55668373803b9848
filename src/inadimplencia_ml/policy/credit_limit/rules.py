"""The sections `limits` and `new_sale` of a policy file: what a limit follows from, and how it may change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from inadimplencia_ml.policy.conditions import Condition
from inadimplencia_ml.policy.on_day import OnDay
from inadimplencia_ml.policy.sections import Dated, Strict

__all__ = [
    "CHANGES",
    "Budget",
    "Capacity",
    "Change",
    "LimitRule",
    "LimitRules",
    "LimitsInForce",
    "Need",
    "NewSale",
    "NoScore",
    "Profit",
    "Steps",
    "Terms",
    "limits_fit",
]

Share = Annotated[float, Field(ge=0, le=1)]
Money = Annotated[float, Field(ge=0)]
Days = Annotated[int, Field(ge=0)]

Change = Literal[
    "prepay_only", "freeze", "reduce", "reduce_to_need", "hold", "keep", "restore", "offer_increase", "grant"
]
CHANGES: tuple[Change, ...] = (
    "prepay_only",
    "freeze",
    "reduce",
    "reduce_to_need",
    "hold",
    "keep",
    "restore",
    "offer_increase",
    "grant",
)
"""What may happen to a limit, the hardest first."""


class Need(Strict):
    """Monthly purchases x days until they are paid / 30 x (1 + growth) x headroom."""

    growth: Annotated[float, Field(ge=0, le=5)]
    headroom: Annotated[float, Field(ge=1, le=5)]
    term_days: Annotated[int, Field(ge=1, le=720)]  # where no term is known


class Budget(Strict):
    """What a year may be expected to lose on one client: a share of the margin he brings, but never under a floor."""

    margin_rate: Share
    share_of_margin: Share
    floor: Money


class Capacity(Strict):
    """What a person can pay: a share of the monthly income, for some months. Unknown income binds nothing."""

    income_share: Share
    months: Annotated[float, Field(gt=0, le=60)]


class NoScore(Strict):
    """The most that a client without a probability gets."""

    most: Money


class Profit(Strict):
    """Of revolving credit: per year and real of limit, what is earned, used and lost.

    ``elasticity`` says by how much the log-odds of default rise when a limit grows by a factor of e.
    """

    margin_rate: Share
    utilisation: Share
    conversion: Share
    funding_rate: Share
    capital_rate: Share
    elasticity: Annotated[float, Field(ge=0, le=5)]
    grid: Annotated[int, Field(ge=2, le=200)]


class Steps(Strict):
    """How far a limit moves at once. A change under ``band`` is none; after one, ``cool_down_days`` without another."""

    up: Annotated[float, Field(gt=0, le=10)]
    down: Share
    band: Share
    cool_down_days: Days
    round_to: Annotated[float, Field(gt=0)]


class Terms(Strict):
    """What a change asks for, by kind of creditor."""

    reduction_notice_days: Days
    at_once_if_worse: bool
    increase_needs_consent: bool


class LimitRule(Strict):
    """A line of the list: for whom, and what happens. ``share`` is the cut, or the part of the former limit restored.

    ``worse``: the client's risk got worse, so that a cut may hold at once; ``waits``: not within the cool-down.
    """

    when: Condition
    change: Change
    share: Share | None = None
    worse: bool = False
    waits: bool = False
    approval: bool = False


class NewSale(Strict):
    """One order. ``over``: by which share it may pass the limit if a person decides; ``entry``: the most to ask."""

    funding_rate_month: Share
    over: Share
    entry: Share
    refer_from: Money


class LimitRules(Strict):
    """The section `limits`."""

    method: Dated[Literal["trade", "revolving"]]
    creditor: Dated[Literal["financial_institution", "other"]]
    lgd: Dated[Share]
    need: Dated[Need]
    budget: Dated[Budget]
    capacity: Dated[Capacity]
    cap: Dated[Money]
    group_cap: Dated[Money]
    no_score: Dated[NoScore]
    profit: Dated[Profit]
    steps: Dated[Steps]
    terms: dict[Literal["financial_institution", "other"], Dated[Terms]]
    rules: dict[str, Dated[LimitRule]]
    new_sale: Dated[NewSale]


@dataclass(frozen=True)
class LimitsInForce:
    """The values of the section on one day; a part that is off does not bind."""

    method: str
    lgd: float
    need: Need
    budget: Budget | None
    capacity: Capacity | None
    cap: float
    group_cap: float | None
    no_score: NoScore
    profit: Profit | None
    steps: Steps
    terms: Terms
    rules: dict[str, LimitRule]
    new_sale: NewSale | None

    @classmethod
    def of(cls, rules: LimitRules | None, on: OnDay) -> LimitsInForce | None:
        """The values in force; None where the policy has no such section."""
        if rules is None:
            return None
        must, day = on.must, on.day
        creditor = must("limits.creditor", rules.creditor)
        return cls(
            method=must("limits.method", rules.method),
            lgd=must("limits.lgd", rules.lgd),
            need=must("limits.need", rules.need),
            budget=rules.budget.at(day),
            capacity=rules.capacity.at(day),
            cap=must("limits.cap", rules.cap),
            group_cap=rules.group_cap.at(day),
            no_score=must("limits.no_score", rules.no_score),
            profit=rules.profit.at(day),
            steps=must("limits.steps", rules.steps),
            terms=must(f"limits.terms.{creditor}", rules.terms[creditor]),
            rules=on.present(rules.rules),
            new_sale=rules.new_sale.at(day),
        )


def limits_fit(limits: LimitsInForce | None) -> Iterator[str]:
    """What does not fit in the section of a day, each with its place."""
    if limits is None:
        return
    if limits.method == "revolving" and limits.profit is None:
        yield "limits.profit: has no value, and the method is revolving"
    lines = list(limits.rules.items())
    if not lines or lines[-1][1].when.names():
        yield "limits.rules: the last must hold for everyone (when: {})"
    for name, rule in lines:
        if (rule.change in ("reduce", "restore")) != (rule.share is not None):
            yield f"limits.rules.{name}: `share` belongs to reduce and restore, and to both of them"
        if "probability" in rule.when.names():
            yield f"limits.rules.{name}: asks for the probability; ask for the segment: more risk never earns more"
