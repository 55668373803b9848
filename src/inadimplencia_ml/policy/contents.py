"""What a policy file holds, as frozen objects: sections, dated values, sources."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import model_validator

from inadimplencia_ml.errors import did_you_mean
from inadimplencia_ml.policy import sections
from inadimplencia_ml.policy.sections import (
    HOUSE_CHOICE,
    Action,
    Closing,
    Dated,
    Materiality,
    Profile,
    ProfileRule,
    Reference,
    Row,
    Stage,
    Strict,
    Template,
    Timing,
    Windows,
)

__all__ = ["PolicyContents"]


class PolicyContents(Strict):
    """The sections of a policy; `Policy` reads them and tells what holds on a day."""

    format: Literal[1]
    id: str
    version: str
    owner: str
    review_months: int
    currency: str
    target: str | None
    references: dict[str, Reference]
    materiality: Materiality
    timing: Timing
    windows: Windows
    tones: dict[int, str]
    channels: dict[str, str]
    actions: dict[str, Action]
    templates: dict[str, Template]
    safeguards: dict[str, Dated[Closing]]
    states: dict[Literal["scoreable", "already_bad", "no_exposure", "inactive"], Dated[Row]]
    ladder: dict[str, Dated[Stage]]
    profile_rules: Dated[tuple[ProfileRule, ...]]
    profiles: dict[sections.ProfileCode, Profile]

    @property
    def name(self) -> str:
        """Id and version, as decisions carry it."""
        return f"{self.id}/{self.version}"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that the policy says, however its file is laid out."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def entries(self) -> dict[str, Dated[Any]]:
        """Every dated entry by its place in the file."""
        found: dict[str, Dated[Any]] = {}
        for place in ("materiality", "timing", "windows"):
            section = getattr(self, place)
            named = {k: getattr(section, k) for k in type(section).model_fields}
            found |= {f"{place}.{k}": v for k, v in named.items() if isinstance(v, Dated)}
        found |= {f"windows.by_uf.{uf}": week for uf, week in self.windows.by_uf.items()}
        for place in ("safeguards", "states", "ladder", "profiles"):
            found |= {f"{place}.{k}": v for k, v in getattr(self, place).items()}
        return found | {"profile_rules": self.profile_rules}

    @model_validator(mode="after")
    def _every_source_is_known(self) -> Self:
        for place, entry in self.entries().items():
            for source in entry.source:
                if source != HOUSE_CHOICE and source not in self.references:
                    hint = did_you_mean(source, [*self.references, HOUSE_CHOICE])
                    raise ValueError(f"{place}: source {source!r} is not among the references.{hint}")
        return self
