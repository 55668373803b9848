"""What a gate may ask of a title: its own facts, those of its client, and what follows from both."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.policy.conditions import Flags, Numbers
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.gates.rules import GatesInForce
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.tables import TITLES

__all__ = ["TitleAndClient", "with_gate_facts"]

I64 = npt.NDArray[np.int64]


class TitleAndClient:
    """Facts of titles, and of the client of each; where both have one, the title's own."""

    def __init__(self, titles: FrameFacts, clients: FrameFacts, case: I64) -> None:
        self.titles = titles
        self.clients = clients
        self.case = case

    def __len__(self) -> int:
        return len(self.case)

    def _own(self, name: str) -> bool:
        return name in TITLES.by_name or self.titles.has(name)

    def kind(self, name: str) -> str:
        """``text``, ``bool`` or ``number``."""
        return self.titles.kind(name) if self._own(name) else self.clients.kind(name)

    def number(self, name: str) -> Numbers:
        """A number, a date as days since 1970, a flag as 1 or 0; NaN where missing."""
        return self.titles.number(name) if self._own(name) else self.clients.number(name)[self.case]

    def text_is(self, name: str, values: tuple[str, ...]) -> Flags:
        """Where a text is one of ``values``."""
        return self.titles.text_is(name, values) if self._own(name) else self.clients.text_is(name, values)[self.case]

    def known(self, name: str) -> Flags:
        """Where the fact is not missing."""
        return self.titles.known(name) if self._own(name) else self.clients.known(name)[self.case]


def with_gate_facts(titles: FrameFacts, clients: FrameFacts, case: I64, rules: PolicyInForce) -> TitleAndClient:
    """The facts of titles and clients, with those that only gates ask for.

    The worth of a measure is reckoned on all that the client has late and may be collected, in BRL: what the measure
    brings, less what our own collecting would still bring or cost.
    """
    gates = rules.gates
    assert gates is not None
    today = day_number(rules.day)
    sent = titles.number("notice_sent_on")
    titles.add("days_since_due", today - titles.number("due_date"))
    titles.add("days_to_notice_end", _notice_days(gates, clients, case) - (today - sent))
    titles.add("part_paid", np.maximum(titles.number("amount") - titles.number("open_amount"), 0).round(2))
    late, share = clients.number("collectible_late_amount"), _own_share(gates, clients)
    agency, lawsuit = gates.agency, gates.lawsuit
    own = share * late - gates.own_cost
    clients.add("own_gain", own)
    clients.add("agency_gain", late * agency.recovered * (1 - agency.fee) - own)
    clients.add("lawsuit_gain", late * lawsuit.success * lawsuit.recovered - lawsuit.cost - np.maximum(own, 0))
    return TitleAndClient(titles, clients, case)


def _notice_days(gates: GatesInForce, clients: FrameFacts, case: I64) -> Numbers:
    days = np.full(len(clients), float(gates.notice_days.default))
    for uf, longer in gates.notice_days.by_uf.items():
        days[clients.text_is("uf", (uf,))] = longer
    return days[case]


def _own_share(gates: GatesInForce, clients: FrameFacts) -> Numbers:
    """What our own collecting is still expected to bring: as the case says, else by the age of the worst title."""
    told, dpd = clients.number("recovery_share"), clients.number("stage_dpd")
    share = np.ones(len(clients))
    for step in sorted(gates.own_recovery, key=lambda one: one.from_dpd):
        with np.errstate(invalid="ignore"):
            share = np.where(dpd >= step.from_dpd, step.share, share)
    return np.where(np.isnan(told), share, told)
