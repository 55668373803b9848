"""The policy: one YAML file, read into frozen objects; `in_force(day)` is what holds on a day.

Nothing in the file is ever run. A key that is not known, a value that does not fit, or parts that do not fit together
are refused with the place in the file.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError, model_validator

from inadimplencia_ml.errors import PolicyError, did_you_mean
from inadimplencia_ml.policy.contents import PolicyContents
from inadimplencia_ml.policy.fitting import fits_together
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.review.diff import PolicyDiff, policy_diff
from inadimplencia_ml.policy.sections import Strict
from inadimplencia_ml.settings_file import shown, yaml_data

__all__ = ["Policy", "places_wrong", "policy_data", "policy_text"]

MOST_TOLD = 5  # findings that one message bears
_MOST_HINTS = 50  # near names take time to find, and a file may have keys without end


class Policy(PolicyContents):
    """What a company does about its receivables, as data.

    Examples
    --------
    >>> policy = Policy.default()
    >>> policy.name
    'regua_padrao_br/0.1.0'
    >>> policy.in_force("2025-06-30").stage_codes
    ('E0', 'E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'E7', 'E8', 'E9', 'E10', 'E11')
    """

    @classmethod
    def default(cls) -> Policy:
        """The policy that comes with the library."""
        return _default().model_copy(deep=True)  # reading takes long, and dicts inside could be changed

    @classmethod
    def read(cls, path: str | Path) -> Policy:
        """The policy of a YAML file.

        Raises
        ------
        PolicyError
            The file is not there, is not YAML, has a key that is not known, or does not fit together.
        """
        return cls.from_text(policy_text(path), where=str(path))

    @classmethod
    def from_text(cls, text: str, *, where: str = "policy") -> Policy:
        """The policy of a YAML text; ``where`` names it in messages."""
        try:
            return cls.model_validate(policy_data(text, where=where))
        except ValidationError as error:
            wrong = places_wrong(error)
            more = f"; and {len(wrong) - MOST_TOLD} more" if len(wrong) > MOST_TOLD else ""
            raise PolicyError(f"{where}: {'; '.join(wrong[:MOST_TOLD])}{more}") from error

    def in_force(self, as_of: dt.date | str) -> PolicyInForce:
        """The values that hold on a day.

        Raises
        ------
        PolicyError
            A part has no value yet on that day.
        """
        day = as_of if type(as_of) is dt.date else _date(as_of)
        rules = PolicyInForce.of(self, day)
        wrong = fits_together(rules)
        if wrong:
            raise PolicyError(f"policy {self.name} in force on {day}: {wrong[0]}")
        return rules

    def diff(self, other: PolicyContents) -> PolicyDiff:
        """What another policy says differently: by entry, the old value, the new one, and from when."""
        return policy_diff(self, other)

    @model_validator(mode="after")
    def _fits_together_whenever_it_changes(self) -> Policy:
        begun = False
        for day in sorted({day for entry in self.entries().values() for day in entry.values}):
            try:
                rules = PolicyInForce.of(self, day)
            except PolicyError as error:  # before all that must have a value has begun there is no policy
                not_yet = error
                if begun:
                    raise
                continue
            begun = True
            wrong = fits_together(rules)
            if wrong:
                raise ValueError(f"from {day} on: {wrong[0]}")
        if not begun:
            raise ValueError(str(not_yet))
        return self


@cache
def _default() -> Policy:
    text = resources.files("inadimplencia_ml.policy").joinpath("default.yaml").read_text(encoding="utf-8")
    return Policy.from_text(text, where="default.yaml")


def _date(value: object) -> dt.date:
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise PolicyError(f"as_of: {value!r} is not a date. Expected YYYY-MM-DD.") from error


def policy_text(path: str | Path) -> str:
    """The text of a policy file, or PolicyError."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"policy {path}: cannot be read ({error.__class__.__name__}).") from error


def policy_data(text: str, *, where: str) -> dict[str, Any]:
    """The plain data of a policy's YAML, or PolicyError."""
    data = yaml_data(text, f"{where} is not YAML", PolicyError)
    if not isinstance(data, dict):
        raise PolicyError(f"{where}: expected a policy, got {type(data).__name__}.")
    return data


def places_wrong(error: ValidationError) -> list[str]:
    """The findings of a validation in words: where, what came, what is right."""
    known = {name for section in _below(Strict) for name in section.model_fields}
    lines = []
    for number, one in enumerate(error.errors(include_url=False)):
        place = ".".join(str(part) for part in one["loc"]) or "policy"
        if one["type"] == "extra_forbidden":
            name = one["loc"][-1]
            hint = did_you_mean(name, known) if number < _MOST_HINTS else ""
            lines.append(f"{place}: unknown key {shown(name)}.{hint}")
        else:
            lines.append(f"{place}: {one['msg'].removeprefix('Value error, ')}")
    return lines


def _below(kind: type[Strict]) -> set[type[Strict]]:
    """Every kind of section there is."""
    return {kind} | {one for child in kind.__subclasses__() for one in _below(child)}
