"""Words that do not belong into a message, each with its place and a better one.

Non-violent means here: it observes, asks, and offers a choice. It does not threaten, shame, shout, hurry without a
reason, speak of a delay that is none, or name a consequence that no person has approved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from inadimplencia_ml.policy.messages.folding import folded, pattern_of
from inadimplencia_ml.policy.messages.rules import MessagesInForce, Wording, WordRule
from inadimplencia_ml.policy.messages.wording import MASK

__all__ = ["Finding", "Linter", "linter_of"]

_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"(?<![\w/.-])P[0-7](?![\w/.-])")
_LITERAL = re.compile(r"R\$\s*\d+(?:[.,]\d+)*|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b")
_RULE = {"threat": "R1", "shame": "R1", "deadline": "R4", "consequence": "R4", "asserts_default": "R4"}


class Finding(NamedTuple):
    """One thing to change.

    Attributes
    ----------
    kind : str
        word, threat, deadline, shame, exclamation, capitals, profile, asserts_default, consequence or literal.
    found : str
        As it stands in the text.
    start, end : int
        Its place: the text from ``start`` up to ``end``.
    suggestion : str
        What to say instead, or what to do.
    rule : str or None
        The reference of the policy it breaks, if one does.
    """

    kind: str
    found: str
    start: int
    end: int
    suggestion: str
    rule: str | None = None


@dataclass(frozen=True)
class Linter:
    """What is looked for, ready to look."""

    words: tuple[WordRule, ...]
    wording: Wording
    profiles: tuple[str, ...]
    _told: dict[tuple[object, ...], list[Finding]] = field(default_factory=dict, compare=False, repr=False)

    def of_template(self, text: str, *, before_due: bool, escalation: str | None) -> list[Finding]:
        """`findings` of the words of a template; told once, since a policy is read far more often than it changes."""
        asked = (text, before_due, escalation)
        if asked not in self._told:
            found = self.findings(text, before_due=before_due, escalation=escalation, as_template=True)
            self._told[asked] = found
        return self._told[asked]

    def findings(
        self,
        text: str,
        *,
        before_due: bool = False,
        escalation: str | None = None,
        as_template: bool = False,
        data: Iterable[str] = (),
    ) -> list[Finding]:
        """All findings, in the order of their places.

        Parameters
        ----------
        text : str
            A rendered message, or the words of a template.
        before_due : bool
            It speaks of what is not due yet: nothing in it may say that a payment is missing.
        escalation : str, optional
            The escalation that a person has approved; only its own words may announce it.
        as_template : bool
            Amounts and dates must come from placeholders.
        data : iterable of str
            What was filled in: a client called Devedor is not a word to avoid.
        """
        bare = _without(text, data)
        low, places = folded(bare)
        found = [
            Finding(kind, text[start:end], start, end, instead, _RULE.get(kind))
            for kind, pattern, instead in self._sought(before_due, escalation)
            for start, end in _spans(pattern, low, places)
        ]
        found += [*self._shouted(bare, text)]
        found += [_at("profile", m, text, "não nomeie o perfil do cliente") for m in _CODE.finditer(bare)]
        if as_template:
            found += [_at("literal", m, text, "use um marcador, como {valor}") for m in _LITERAL.finditer(bare)]
        return sorted(_widest(found), key=lambda one: (one.start, one.end, one.kind))

    def _sought(self, before_due: bool, escalation: str | None) -> Iterator[tuple[str, re.Pattern[str], str]]:
        for rule in self.words:
            yield from ((rule.kind, pattern_of(word), rule.instead) for word in rule.avoid)
        for name, words in self.wording.consequences.items():
            if name != escalation:
                told = f"só com uma escalada aprovada ({name})"
                yield from (("consequence", pattern_of(word), told) for word in words)
        if before_due:
            told = "nada venceu ainda: não diga que falta um pagamento"
            yield from (("asserts_default", pattern_of(word), told) for word in self.wording.asserts)
        for name in self.profiles:
            told = "não nomeie o perfil do cliente"
            if folded(name)[0] in {folded(one)[0] for one in self.wording.everyday}:
                yield from (("profile", pattern_of(f"{person} {name}"), told) for person in self.wording.persons)
            else:
                yield "profile", pattern_of(name), told

    def _shouted(self, bare: str, text: str) -> Iterator[Finding]:
        marks = list(re.finditer("[!¡]", bare))
        for m in marks[self.wording.exclamations_max :]:
            yield _at("exclamation", m, text, "ponto final")
        for m in _WORD.finditer(bare):
            long = len(m[0]) >= self.wording.capitals_from
            if long and m[0].isupper() and m[0] not in self.wording.acronyms:
                yield _at("capitals", m, text, m[0].lower())


@lru_cache(maxsize=16)
def _linter(words: tuple[WordRule, ...], wording: str, profiles: tuple[str, ...]) -> Linter:
    return Linter(words, Wording.model_validate_json(wording), profiles)


def linter_of(rules: MessagesInForce, profiles: Iterable[str]) -> Linter:
    """The linter of a policy on a day; ``profiles`` are the names of its profiles."""
    return _linter(rules.words, rules.wording.model_dump_json(), tuple(profiles))


def _at(kind: str, m: re.Match[str], text: str, suggestion: str) -> Finding:
    return Finding(kind, text[m.start() : m.end()], m.start(), m.end(), suggestion, _RULE.get(kind))


def _spans(pattern: re.Pattern[str], low: str, places: list[int]) -> Iterator[tuple[int, int]]:
    for m in pattern.finditer(low):
        yield places[m.start()], places[m.end() - 1] + 1


def _without(text: str, data: Iterable[str]) -> str:
    """The text with what was filled in replaced by a neutral sign, the longest first, each as a whole word."""
    for value in sorted({str(one) for one in data if one}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", lambda m: MASK * len(m[0]), text)
    return text


def _widest(found: list[Finding]) -> Iterator[Finding]:
    """Without those that lie inside another of the same kind."""
    for one in dict.fromkeys(found):
        wider = (o for o in found if o.kind == one.kind and o.start <= one.start and o.end >= one.end)
        if not any(o.end - o.start > one.end - one.start for o in wider):
            yield one
