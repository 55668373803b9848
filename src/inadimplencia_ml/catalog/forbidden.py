"""What may not enter a credit score, and what asks for a reason first: known by the words of a name or of a meaning.

The words are data, in ``forbidden.yaml``, each ground with the law or the choice behind it. A word list errs both ways:
what it takes for something else is let in by a written statement, and what it does not know it cannot refuse.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from inadimplencia_ml.catalog.feature import Role

__all__ = ["GROUNDS_FILE", "Gravity", "Ground", "ground_of_meaning", "ground_of_name", "grounds", "is_said"]

Gravity = Literal["forbidden", "proxy", "attention"]
GROUNDS_FILE = Path(__file__).with_name("forbidden.yaml")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PIECES = re.compile(r"[a-z]+|[0-9]+")
_ENTRY = re.compile(r"([a-z0-9]+\*?)( ([a-z0-9]+\*?|\*))*")
_TAKEN = " -"  # in place of a harmless phrase


@dataclass(frozen=True)
class Ground:
    """Why a column is refused or asked about.

    Attributes
    ----------
    gravity : {"forbidden", "proxy", "attention"}
        Kept out; kept out by default as a proxy; asked about.
    role : {"protected", "rights", "risk"}
        What the catalogue says of such a column.
    source : str
        The law or the choice behind it.
    pt, en : str
        What the column is about.
    words, only_names, harmless : tuple of str
        What it is known by; what it is known by in names alone; what looks alike and is something else.
    """

    gravity: Gravity
    role: Role
    source: str
    pt: str
    en: str
    words: tuple[str, ...]
    only_names: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.gravity not in get_args(Gravity) or self.role not in get_args(Role):
            raise ValueError(f"{GROUNDS_FILE.name}: the gravity {self.gravity!r} or the role {self.role!r} is unknown")
        for entry in (*self.words, *self.only_names, *self.harmless):
            if not _ENTRY.fullmatch(entry):
                raise ValueError(f"{GROUNDS_FILE.name}: {entry!r}: expected small letters without accents")


@lru_cache(maxsize=1)
def grounds() -> dict[str, Ground]:
    """The grounds by code, in the order of the file; the first that a name meets counts.

    Examples
    --------
    >>> grounds()["sex"].source
    'Lei 12.414/2011, art. 7º-A, I'
    """
    given = yaml.safe_load(GROUNDS_FILE.read_text(encoding="utf-8"))
    return {code: Ground(**_frozen(entry)) for code, entry in given["grounds"].items()}


def _frozen(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(map(str, value)) if isinstance(value, list) else value for key, value in entry.items()}


@lru_cache(maxsize=65536)
def ground_of_name(name: str) -> str | None:
    """The code of the ground that the words of a column's name meet; None where there is none.

    Examples
    --------
    >>> [ground_of_name(n) for n in ("cliente_raça", "zipCode", "age_of_oldest_invoice_days", "message_count")]
    ['social_origin', 'place', None, None]
    """
    return _met(_words(name), names=True)


def ground_of_meaning(text: str) -> str | None:
    """The code of the ground that a sentence on a column meets; None where there is none.

    Examples
    --------
    >>> ground_of_meaning("Faixa etária do cliente, em anos"), ground_of_meaning("Títulos vencidos em 90 dias")
    ('age', None)
    """
    return _met(_words(text), names=False)


def is_said(name: str, stated: Collection[str]) -> bool:
    """Whether something was written of a feature, under its name or under that of its column in a table.

    Examples
    --------
    >>> is_said("bureau_race_condition", ["race_condition"]), is_said("bureau_score", ["race_condition"])
    (True, False)
    """
    plain = name.removesuffix("_days")
    return name in stated or any(one.endswith(f"_{column}") for column in stated for one in (name, plain))


def _met(words: list[str], *, names: bool) -> str | None:
    line = f" {' '.join(words)} "
    for code, (sought, in_names, harmless) in _patterns().items():
        left = line if harmless is None else harmless.sub(_TAKEN, line)
        if sought.search(left) or (names and in_names is not None and in_names.search(left)):
            return code
    return None


@lru_cache(maxsize=1)
def _patterns() -> dict[str, tuple[re.Pattern[str], re.Pattern[str] | None, re.Pattern[str] | None]]:
    """What is looked for in a line of words, by ground: words, words of names alone, harmless phrases."""
    return {
        code: (_any_of(ground.words), _maybe(ground.only_names), _maybe(ground.harmless))
        for code, ground in grounds().items()
    }


def _maybe(entries: Sequence[str]) -> re.Pattern[str] | None:
    return _any_of(entries) if entries else None


def _any_of(entries: Sequence[str]) -> re.Pattern[str]:
    """One of the entries, its words side by side; the longest first, so that a phrase is taken whole."""
    told = (" ".join(map(_one_word, entry.split())) for entry in sorted(entries, key=len, reverse=True))
    return re.compile(f" (?:{'|'.join(told)})(?= )")


def _one_word(part: str) -> str:
    if part == "*":
        return "[a-z0-9]+"
    return f"{part[:-1]}[a-z0-9]*" if part.endswith("*") else f"{part}s?"


def _words(text: str) -> list[str]:
    """Words without accents; a word within another begins with a capital letter or follows a digit."""
    parted = _CAMEL.sub(" ", unicodedata.normalize("NFKD", text))
    plain = parted.casefold().encode("ascii", "ignore").decode("ascii")
    return _PIECES.findall(plain)
