"""Until when a request must be answered: days from a file, each with its source and the date from which it holds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.settings_file import settings_of

__all__ = ["DEFAULT_TERMS", "Due", "Term", "Terms", "read_terms"]

DEFAULT_TERMS = Path(__file__).with_name("terms.yaml")


class Due(NamedTuple):
    """The last day to answer, and where the term comes from."""

    on: dt.date
    source: str


class Term(BaseModel):
    """Days of one kind of request, by the date from which they hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sentence: str = Field(min_length=5)
    unit: Literal["days"] = "days"
    source: str = Field(min_length=5)
    values: dict[dt.date, int] = Field(min_length=1)


class Terms(BaseModel):
    """The terms of all kinds of requests.

    Examples
    --------
    >>> read_terms().due("review", "2025-03-03").on
    datetime.date(2025, 3, 13)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    terms: dict[str, Term]

    def due(self, kind: str, asked_on: dt.date | str) -> Due:
        """The last day to answer a request of this kind.

        Raises
        ------
        CallError
            The kind is unknown, or no term holds on that day.
        """
        if kind not in self.terms:
            raise CallError(f"terms: there is none for {kind!r}.{did_you_mean(kind, self.terms)}")
        day, term = to_date(asked_on, "asked_on"), self.terms[kind]
        begun = [first for first in term.values if first <= day]
        if not begun:
            raise CallError(f"terms: {kind}: none holds on {day}; the first holds from {min(term.values)}")
        return Due(day + dt.timedelta(days=term.values[max(begun)]), term.source)


def read_terms(file: Path = DEFAULT_TERMS) -> Terms:
    """The terms of a YAML file, by default those that come with the library.

    Raises
    ------
    CallError
        The file is not readable, or a key is wrong.
    """
    return settings_of(file, Terms)
