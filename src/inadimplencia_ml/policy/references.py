"""The section `references`: rules of law and of the trade, and what a policy must do to keep them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from inadimplencia_ml.policy.sections import Closing, Strict, Week, state_code

__all__ = ["Bound", "Demands", "Reference"]

Place = Literal[
    "always",
    "safeguard",
    "window",
    "gate",
    "profile",
    "text",
    "amount",
    "offer",
    "limit",
    "duty",
    "model",
    "information",
    "handoff",
]


class Bound(Strict):
    """The least and the greatest value that the rule allows."""

    ge: float | None = None
    le: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Bound:
        if self.ge is None and self.le is None:
            raise ValueError("an empty bound: give ge or le")
        return self


class Demands(Strict):
    """What a policy that keeps the rule shows, so that `policy check` can tell.

    ``bounds``: values by their place in the file. ``closes``: what must be closed, and when; the policy's safeguards
    may close more. ``hours``: by state, hours outside of which nobody may be contacted.
    """

    bounds: dict[str, Bound] = Field(default_factory=dict)
    closes: tuple[Closing, ...] = ()
    hours: dict[Annotated[str, BeforeValidator(state_code)], Week] = Field(default_factory=dict)


class Reference(Strict):
    """A rule, when somebody of the company last read it in force, and what the engine makes of it.

    Attributes
    ----------
    severity
        Hard: the engine refuses. Soft: it warns, or only informs.
    verified_on
        The day on which its text in force was checked; None: nobody has yet.
    read
        How much of the rule was before the eyes of whoever wrote the list: its text, what others say of it, nothing. It
        is no verification.
    where
        What keeps it: sections of the policy; ``always``, what holds under every policy; ``model``, the scores;
        ``handoff``, others, outside this library; ``information``, nothing needs to.
    engine
        What the engine does with it, in a sentence.
    """

    title: str
    severity: Literal["hard", "soft"]
    verified_on: dt.date | None
    about: Literal["conduct", "hours", "data", "amounts", "escalation", "limits"] | None = None
    read: Literal["text", "secondary", "none"] = "none"
    where: tuple[Place, ...] = ()
    engine: str = ""
    demands: Demands = Demands()
