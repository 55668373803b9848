"""The sentence of a reason, with the client's own numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import SupportsFloat

from inadimplencia_ml.catalog.context_texts import CONTEXT_REASONS
from inadimplencia_ml.catalog.feature import Feature, Lang
from inadimplencia_ml.catalog.figures import figure, shown
from inadimplencia_ml.catalog.lookup import BY_NAME, FEATURES
from inadimplencia_ml.catalog.payment_texts import PAYMENT_REASONS
from inadimplencia_ml.catalog.sentence import ReasonFamily, Sentence
from inadimplencia_ml.errors import CallError, did_you_mean

__all__ = [
    "CALIBRATION",
    "REASONS",
    "REFERENCE",
    "SHORT_HISTORY",
    "STATEMENTS",
    "STEPS",
    "is_directed",
    "members",
    "number_of",
    "pieces",
    "placeholders",
    "reason_family",
    "reason_sentence",
    "written",
]

#: All reason families by code, R01 onwards; a code is never given to another family.
REASONS: tuple[ReasonFamily, ...] = tuple(sorted((*PAYMENT_REASONS, *CONTEXT_REASONS), key=lambda family: family.code))

#: Code of the statement that a client's history is short.
SHORT_HISTORY = "R17"

_LESS_CERTAIN = (
    Sentence(
        "Histórico curto: {due_count_all|nenhum título venceu|1 título venceu|# títulos venceram} até esta data; o "
        "escore é menos preciso.",
        "Short history: {due_count_all|no invoice has|1 invoice has|# invoices have} fallen due by this date; the "
        "score is less precise.",
    ),
    Sentence(
        "Histórico curto: poucos títulos venceram até esta data; o escore é menos preciso.",
        "Short history: few invoices have fallen due by this date; the score is less precise.",
    ),
)

#: What is said of a client beside the reasons: it explains no point of the score, so it is the same whichever way the
#: score went, and no feature belongs to it. Its code stands in the one row with those of the families.
STATEMENTS: tuple[ReasonFamily, ...] = (
    ReasonFamily(SHORT_HISTORY, "Histórico curto", "Short history", against=_LESS_CERTAIN, favour=_LESS_CERTAIN),
)

#: Codes of the two steps of a score that belong to no family: where it starts, and how it was calibrated.
REFERENCE, CALIBRATION = "REF", "CAL"

_START = (
    Sentence(
        "Ponto de partida: a média dos clientes que pagaram como combinado.",
        "Starting point: the average of the clients who paid as agreed.",
    ),
)
_CALIBRATED = (
    Sentence(
        "Ajuste que põe o escore de acordo com a frequência observada em datas posteriores.",
        "Adjustment that brings the score in line with the frequency observed on later dates.",
    ),
)

#: With the families they add up to the score; no client is told of them as a reason.
STEPS: tuple[ReasonFamily, ...] = (
    ReasonFamily(REFERENCE, "Ponto de partida", "Starting point", against=_START, favour=_START),
    ReasonFamily(CALIBRATION, "Calibração", "Calibration", against=_CALIBRATED, favour=_CALIBRATED),
)

_BY_CODE: dict[str, ReasonFamily] = {family.code: family for family in (*REASONS, *STATEMENTS, *STEPS)}
_PLACEHOLDER = re.compile(r"\{(\w+)((?:\|[^{}|]*)*)\}")


def reason_family(code: str) -> ReasonFamily:
    """The reason family, the statement or the step of a code.

    Raises
    ------
    CallError
        If there is no such code.

    Examples
    --------
    >>> reason_family("R01").name_en
    'Overdue now'
    """
    try:
        return _BY_CODE[code]
    except KeyError:
        raise CallError(f"No reason has the code {code!r}.{did_you_mean(code, _BY_CODE)}") from None


@cache
def members(code: str) -> tuple[Feature, ...]:
    """The features with a fixed name whose reason this is, in their order.

    Examples
    --------
    >>> [f.name for f in members("R07")]
    ['due_count_all', 'issued_count_all', 'tenure_days', 'last_contract_age_days']
    """
    family = reason_family(code)
    return tuple(f for f in FEATURES if f.reason == family.code)


def is_directed(code: str) -> bool:
    """Whether more is worse, or better, of some feature of the family.

    Such a family speaks against a client only where a number is worse than usual; one without direction (volume,
    calendar, ...) whenever it lowered the score.

    Examples
    --------
    >>> is_directed("R01"), is_directed("R14")
    (True, False)
    """
    return any(f.direction for f in members(code))


def reason_sentence(code: str, values: Mapping[str, object], *, against: bool, lang: Lang = "pt") -> str:
    """A sentence, fit to be read by the client, that says what spoke against or for them, with their own numbers.

    The first sentence of the family whose numbers are all there, and whose conditions they meet, is taken; the last one
    needs no number.

    Parameters
    ----------
    code : str
        Code of the reason family, such as ``R01``.
    values : mapping
        The client's row of features, or a part of it; missing values may be NaN, None or absent.
    against : bool
        True: the sentence for what lowered the score; False: for what raised it.
    lang : {"pt", "en"}
        Portuguese with R$ 1.234,56 and 35 %, or English with R$ 1,234.56 and 35%.

    Raises
    ------
    CallError
        If the code or the language is unknown.

    Examples
    --------
    >>> row = {"overdue_count": 2.0, "overdue_amount": 1234.56, "dpd_max": 41.0}
    >>> reason_sentence("R01", row, against=True)
    'Há 2 títulos em atraso, com R$ 1.234,56 em aberto; o atraso mais longo é de 41 dias.'
    >>> reason_sentence("R01", {"overdue_count": 0.0}, against=False, lang="en")
    'No invoice is overdue on the date of this assessment.'
    """
    if lang not in ("pt", "en"):
        raise CallError(f"lang is {lang!r}. Texts exist in 'pt' and 'en'.")
    family = reason_family(code)
    offered = ((s, _numbers(s, values)) for s in (family.against if against else family.favour))
    sentence, numbers = next((s, found) for s, found in offered if found is not None)
    return "".join(
        piece if isinstance(piece, str) else written(*piece, numbers[piece[0]], lang)
        for piece in pieces(sentence, lang)
    )


@cache
def pieces(sentence: Sentence, lang: Lang) -> tuple[str | tuple[str, str], ...]:
    """A sentence cut at its placeholders: words as they are, and (name, forms) where a number is written.

    Examples
    --------
    >>> pieces(Sentence("Há {open_count|1 título|# títulos} em aberto.", ""), "pt")
    ('Há ', ('open_count', '|1 título|# títulos'), ' em aberto.')
    """
    out: list[str | tuple[str, str]] = []
    text, end = sentence.text(lang), 0
    for found in _PLACEHOLDER.finditer(text):
        out += [text[end : found.start()], (found[1], found[2])]
        end = found.end()
    return tuple(piece for piece in (*out, text[end:]) if piece)


def number_of(value: object) -> float | None:
    """The value as a finite number; None for whatever is missing."""
    if isinstance(value, str) or not isinstance(value, SupportsFloat):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


@cache
def placeholders(sentence: Sentence) -> frozenset[str]:
    """Names of the features that a sentence writes out, in either language."""
    return frozenset(m[1] for text in (sentence.pt, sentence.en) for m in _PLACEHOLDER.finditer(text))


def _numbers(sentence: Sentence, values: Mapping[str, object]) -> dict[str, float] | None:
    """The numbers a sentence needs; None if one is missing, or not on the side of zero that the sentence speaks of."""
    numbers = {}
    for name in placeholders(sentence).union(sentence.above_zero, sentence.not_above_zero):
        number = number_of(values.get(name))
        if number is None:
            return None
        numbers[name] = number
    above = {name for name, number in numbers.items() if shown(number, BY_NAME[name].unit) > 0}
    return numbers if above.issuperset(sentence.above_zero) and above.isdisjoint(sentence.not_above_zero) else None


def written(name: str, forms: str, value: float, lang: Lang) -> str:
    """One placeholder filled: the number, or the form for its grammatical number with # in the number's place."""
    unit = BY_NAME[name].unit
    number = figure(value, unit, lang)
    if not forms:
        return number
    *zero, one, many = forms[1:].split("|")
    count = abs(shown(value, unit))
    form = one if count == 1 else zero[0] if zero and count == 0 else many
    return form.replace("#", number)
