"""What a policy file says of its gates: what must hold before a harder measure is even proposed to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

from inadimplencia_ml.policy.conditions import Condition
from inadimplencia_ml.policy.on_day import OnDay
from inadimplencia_ml.policy.sections import HOUSE_CHOICE, Dated, Strict, state_code

__all__ = ["Agency", "ByState", "FromDpd", "Gate", "GateOnDay", "Gates", "GatesInForce", "Lawsuit"]

Share = Annotated[float, Field(ge=0, le=1)]
Reais = Annotated[float, Field(ge=0)]


class ByState(Strict):
    """A number of days by state, and for all other states and clients without one."""

    default: Annotated[int, Field(ge=0, le=365)]
    by_uf: dict[Annotated[str, BeforeValidator(state_code)], Annotated[int, Field(ge=0, le=365)]] = Field(
        default_factory=dict
    )


class FromDpd(Strict):
    """A share that holds from so many days past due on."""

    from_dpd: int
    share: Share


class Agency(Strict):
    """What a collection agency recovers of what is late, and the part of it that it keeps."""

    recovered: Share
    fee: Share


class Lawsuit(Strict):
    """What a lawsuit brings: the chance of winning, the share then recovered, and what it costs."""

    success: Share
    recovered: Share
    cost: Reais


class Gate(Strict):
    """What must hold of a title, or of its client, before an escalation is proposed.

    ``approver`` names who decides in the end. ``first`` is the escalation proposed in its place while the gate is shut
    and that other gate is open: the notice before the record.
    """

    sentence: str = Field(min_length=1)
    approver: str = Field(default="uma pessoa", min_length=1)
    first: str | None = None
    conditions: dict[str, Dated[Condition]] = Field(min_length=1)


class Gates(Strict):
    """The gates of a policy by escalation, and the values that their facts are worked out with."""

    notice_days: Dated[ByState]
    own_recovery: Dated[Annotated[tuple[FromDpd, ...], Field(min_length=1)]]
    own_cost: Dated[Reais]
    agency: Dated[Agency]
    lawsuit: Dated[Lawsuit]
    of: dict[str, Gate]


@dataclass(frozen=True)
class GateOnDay:
    """The conditions of one gate that hold on a day, each with its sentence and the rules it comes from."""

    gate: Gate
    conditions: dict[str, Condition]

    def told(self, name: str) -> str:
        """A condition in words, with its rules."""
        entry = self.gate.conditions[name]
        rules = ", ".join(s for s in entry.source if s != HOUSE_CHOICE)
        return f"{entry.sentence.rstrip('.')}{f' ({rules})' if rules else ''}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Every rule behind the gate, each once, in the order written."""
        return tuple(dict.fromkeys(s for name in self.conditions for s in self.gate.conditions[name].source))


@dataclass(frozen=True)
class GatesInForce:
    """The gates on one day."""

    notice_days: ByState
    own_recovery: tuple[FromDpd, ...]
    own_cost: float
    agency: Agency
    lawsuit: Lawsuit
    of: dict[str, GateOnDay]

    @classmethod
    def on(cls, gates: Gates | None, day: OnDay) -> GatesInForce | None:
        """The gates in force; None where a policy has no such section."""
        if gates is None:
            return None
        values = [name for name in type(gates).model_fields if name != "of"]
        named = {name: day.must(f"gates.{name}", getattr(gates, name)) for name in values}
        return cls(**named, of={k: GateOnDay(gate, day.present(gate.conditions)) for k, gate in gates.of.items()})
