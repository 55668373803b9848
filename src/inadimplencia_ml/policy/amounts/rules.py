"""The section `amounts` of a policy file: caps, clocks, indices, and what holds where a title agrees on nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from inadimplencia_ml.policy.on_day import OnDay
from inadimplencia_ml.policy.sections import Dated, Strict

__all__ = ["OTHER", "AmountsInForce", "AmountsRules", "Cap", "MoneyClock", "NoRate", "Series"]

OTHER = "other"
"""The clock of the kinds that the policy does not name."""

Share = Annotated[float, Field(ge=0, le=1)]
Imputation = Literal["interest_first", "principal_first"]
Discounting = Literal["compound", "simple"]


class MoneyClock(Strict):
    """Until which day a title is paid in time, from which day a late one counts, and on which day a payment counts."""

    pay_until: Literal["due", "due_adj"]
    count_from: Literal["due", "due_adj"]
    stops_on: Literal["payment_date", "credited_on"]


class Cap(Strict):
    """A limit. ``hard``: what is above is not asked for. ``soft``: it is asked for as agreed, and noted."""

    share: Share
    binding: Literal["hard", "soft"]


class Series(Strict):
    """A series of the table `macro`, and what its values are.

    Of an index: ``level``, or ``percent_change`` (of the month, in percent). Of a rate: ``percent`` or ``share``.
    """

    series: str
    gives: Literal["level", "percent_change", "percent", "share"]


class NoRate(Strict):
    """What a late title pays that agrees on no interest, by its due date: nothing, or the legal rate."""

    due_from: dt.date
    interest: Literal["nothing", "legal_rate"]


class AmountsRules(Strict):
    """How much is owed on a day. A cap that is null does not hold."""

    kinds: dict[str, Dated[MoneyClock]]
    fine_cap_consumer: Dated[Cap]
    fine_cap_company: Dated[Cap]
    interest_cap_consumer: Dated[Cap]
    interest_cap_company: Dated[Cap]
    believable_fine: Dated[Share]
    believable_interest: Dated[Share]
    month_days: Dated[Annotated[int, Field(ge=28, le=31)]]
    no_rate_agreed: Dated[tuple[NoRate, ...]]
    legal_rate: Dated[Series]
    indices: dict[str, Dated[Series]]
    imputation: Dated[Imputation]
    punctuality_discount: Dated[bool]
    early_settlement: Dated[Discounting]

    @model_validator(mode="after")
    def _every_kind_has_a_clock(self) -> AmountsRules:
        if OTHER not in self.kinds:
            raise ValueError(f"kinds: no entry {OTHER!r}, for the kinds that are not named")
        return self

    @model_validator(mode="after")
    def _series_are_what_they_should_be(self) -> AmountsRules:
        for name, entry in self.indices.items():
            if any(one and one.gives not in ("level", "percent_change") for one in entry.values.values()):
                raise ValueError(f"indices.{name}: gives `level` or `percent_change`")
        if any(one and one.gives not in ("percent", "share") for one in self.legal_rate.values.values()):
            raise ValueError("legal_rate: gives `percent` or `share`")
        return self


@dataclass(frozen=True)
class AmountsInForce:
    """The values of the section on one day; a cap of None does not hold."""

    kinds: dict[str, MoneyClock]
    fine_caps: tuple[Cap | None, Cap | None]  # of companies, of consumers
    interest_caps: tuple[Cap | None, Cap | None]
    believable_fine: float
    believable_interest: float
    month_days: int
    no_rate_agreed: tuple[NoRate, ...]
    legal_rate: Series | None
    indices: dict[str, Series]
    imputation: Imputation
    punctuality_discount: bool
    early_settlement: Discounting

    @classmethod
    def of(cls, rules: AmountsRules | None, on: OnDay) -> AmountsInForce | None:
        """The values in force; None where the policy has no such section."""
        if rules is None:
            return None
        must, day = on.must, on.day
        kinds = {OTHER: must(f"amounts.kinds.{OTHER}", rules.kinds[OTHER])}
        return cls(
            kinds=on.present(rules.kinds) | kinds,
            fine_caps=(rules.fine_cap_company.at(day), rules.fine_cap_consumer.at(day)),
            interest_caps=(rules.interest_cap_company.at(day), rules.interest_cap_consumer.at(day)),
            believable_fine=must("amounts.believable_fine", rules.believable_fine),
            believable_interest=must("amounts.believable_interest", rules.believable_interest),
            month_days=must("amounts.month_days", rules.month_days),
            no_rate_agreed=rules.no_rate_agreed.at(day) or (),
            legal_rate=rules.legal_rate.at(day),
            indices=on.present(rules.indices),
            imputation=must("amounts.imputation", rules.imputation),
            punctuality_discount=bool(rules.punctuality_discount.at(day)),
            early_settlement=must("amounts.early_settlement", rules.early_settlement),
        )
