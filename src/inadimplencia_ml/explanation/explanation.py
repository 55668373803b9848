"""One client's score in words, in Portuguese or English: for the company, or fit to be sent to the client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.explanation.client_sections import client_sections
from inadimplencia_ml.explanation.manager_sections import fact_values, manager_sections
from inadimplencia_ml.explanation.material import Beside, Material, Points
from inadimplencia_ml.explanation.sections import Section, as_text
from inadimplencia_ml.explanation.way_told import Audience
from inadimplencia_ml.explanation.way_up import WayUp

__all__ = ["Explanation"]

_AUDIENCES = ("manager", "client")


@dataclass(frozen=True, repr=False)
class Explanation:
    """A client's score in words.

    Attributes
    ----------
    client_id, as_of, state, score, segment
        As in the scores table.
    against, favour : tuple of (code, points, sentence)
        Reason families that speak, the weightiest first, four at most; points are what they cost or bring.
    facts : dict
        Values of the features told.
    titles : DataFrame or None
        The titles behind the score, as known on the day.
    way : WayUp or None
        What would move the client to the next segment, scored again.
    audience : {"manager", "client"}
        Whom the text is for.
    lang : {"pt", "en"}
    sections : tuple of Section
        The parts of the text, in reading order; a page is laid out from the same ones.
    """

    client_id: Any
    as_of: str
    state: str
    score: int | None
    segment: str
    against: tuple[tuple[str, float, str], ...]
    favour: tuple[tuple[str, float, str], ...]
    facts: dict[str, Any]
    titles: pd.DataFrame | None
    way: WayUp | None
    audience: Audience
    lang: Lang
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """All of it, for people."""
        return as_text(self.sections)

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for machines; of one for the client only what the client reads."""
        plain = {k: getattr(self, k) for k in ("client_id", "as_of", "audience", "lang", "score")}
        if self.audience == "client":
            parts = [(one.title, [*one.paragraphs], [list(row) for row in one.rows]) for one in self.sections]
            told = [dict(zip(("title", "paragraphs", "rows"), part, strict=True)) for part in parts]
            return plain | {"sections": told}
        keys = ("code", "points", "sentence")
        sides = {k: [dict(zip(keys, r, strict=True)) for r in getattr(self, k)] for k in ("against", "favour")}
        way = {} if self.way is None else {"way": self.way.to_dict()}
        titles = {} if self.titles is None else {"titles": _records(self.titles)}
        return plain | {"state": self.state, "segment": self.segment, "facts": self.facts} | sides | way | titles

    @classmethod
    def of(
        cls,
        row: Mapping[str, Any],
        features: Mapping[str, Any],
        points: Points | None,
        target: Mapping[str, Any],
        *,
        beside: Beside | None = None,
        lang: Lang = "pt",
        audience: Audience = "manager",
    ) -> Explanation:
        """The explanation of one scored row.

        Parameters
        ----------
        row : mapping
            The row of the scores table.
        features : mapping
            The row of features it was scored on.
        points : Points, optional
            How the score adds up.
        target : mapping
            The target as plain data: level, event, dpd, horizon_days.
        beside : Beside, optional
            Titles, way up, decision: what is not there is not told.
        lang : {"pt", "en"}
        audience : {"manager", "client"}
            ``client``: no code, no segment, no rule; criteria, own data, and how to correct or ask for review.

        Raises
        ------
        CallError
            The audience or the language is unknown.
        """
        if audience not in _AUDIENCES:
            raise CallError(f"audience is {audience!r}.{did_you_mean(audience, _AUDIENCES)}")
        if lang not in ("pt", "en"):
            raise CallError(f"lang is {lang!r}. Texts exist in 'pt' and 'en'.")
        told = Material(row, dict(features), target, points, beside or Beside(), lang)
        make = manager_sections if audience == "manager" else client_sections
        against = tuple((s.code, s.points, s.sentence) for s in told.spoken("against"))
        favour = tuple((s.code, s.points, s.sentence) for s in told.spoken("for"))
        return cls(
            client_id=row["client_id"],
            as_of=pd.Timestamp(row["as_of"]).date().isoformat(),
            state=row["state"],
            score=None if pd.isna(row["score"]) else int(row["score"]),
            segment=row["segment"],
            against=against,
            favour=favour,
            facts=fact_values(told),
            titles=told.beside.titles,
            way=told.beside.way,
            audience=audience,
            lang=lang,
            sections=tuple(make(told)),
        )


def _records(titles: pd.DataFrame) -> list[dict[str, Any]]:
    """The titles as plain data: dates in ISO, what is missing None."""
    return [{str(name): _plain(value) for name, value in one.items()} for one in titles.to_dict("records")]


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value
