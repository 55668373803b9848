"""What a reason family and its sentences are.

A client may read every one of them: they state facts, politely, without judging, and never name a profile. Each says
what is true of the numbers it shows, whichever they are; a list goes from the most telling sentence to one without
numbers.

A family whose features have a direction speaks only where a number is worse (or better) than usual, so the numbers
speak for themselves. In a family without (volume, calendar, ...) neither more nor less is bad: there the sentence says
itself that the score was lowered or raised.

Placeholders are features of the family. ``{name}`` writes the number by its unit; ``{name|one|many}`` and
``{name|none|one|many}`` choose the words, with # where the number stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from inadimplencia_ml.catalog.feature import Lang

__all__ = ["ReasonFamily", "Sentence", "both_ways", "undirected_family", "without_numbers"]


@dataclass(frozen=True)
class Sentence:
    """One sentence in two languages, and the numbers that must be above zero, or not above it, for it to be said."""

    pt: str
    en: str
    above_zero: tuple[str, ...] = ()
    not_above_zero: tuple[str, ...] = ()

    def text(self, lang: Lang) -> str:
        """The sentence with its placeholders."""
        return self.pt if lang == "pt" else self.en


@dataclass(frozen=True)
class ReasonFamily:
    """A group of correlated features that speaks with one voice.

    Parameters
    ----------
    code : str
        Stable code, R01 onwards; never given to another family.
    name_pt, name_en : str
        What it is called.
    against, favour : tuple of Sentence
        What is said when it lowered, or raised, the score; the first that fits is taken, the last always fits.
    """

    code: str
    name_pt: str
    name_en: str
    against: tuple[Sentence, ...]
    favour: tuple[Sentence, ...]

    def name(self, lang: Lang) -> str:
        """Its name in Portuguese (``pt``) or English (``en``)."""
        return self.name_pt if lang == "pt" else self.name_en


def without_numbers(pt: str, en: str, *, lowered: bool) -> Sentence:
    """The last sentence of a list: what it was about, and which way it went."""
    return Sentence(
        pt=f"{pt} {'reduziu' if lowered else 'aumentou'} o escore.",
        en=f"{en} {'lowered' if lowered else 'raised'} the score.",
    )


def both_ways(
    pt: str, en: str, *, above_zero: tuple[str, ...] = (), not_above_zero: tuple[str, ...] = ()
) -> tuple[Sentence, Sentence]:
    """The same facts for a family without direction: one sentence lowered the score, the other raised it."""
    lowered = Sentence(f"{pt} reduziu o escore.", f"{en} lowered the score.", above_zero, not_above_zero)
    return lowered, Sentence(f"{pt} aumentou o escore.", f"{en} raised the score.", above_zero, not_above_zero)


def undirected_family(
    code: str, names: tuple[str, str], about: tuple[str, str], *pairs: tuple[Sentence, Sentence]
) -> ReasonFamily:
    """A family without direction from pairs of sentences."""
    return ReasonFamily(
        code,
        *names,
        against=(*(p[0] for p in pairs), without_numbers(*about, lowered=True)),
        favour=(*(p[1] for p in pairs), without_numbers(*about, lowered=False)),
    )
