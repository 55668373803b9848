"""An explanation fit to be sent to the client: criteria, procedure, own data, and how to correct or ask for review.

What the law asks for is there (LGPD, art. 20, § 1º; Lei 12.414/2011, art. 5º); codes, segments, points by criterion and
debtor profiles are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from inadimplencia_ml.catalog import SHORT_HISTORY, reason_sentence
from inadimplencia_ml.explanation.client_words import CLIENT, CLIENT_EVENT, CLIENT_STATE, SOURCES
from inadimplencia_ml.explanation.material import Material
from inadimplencia_ml.explanation.sections import Section, money, on_day
from inadimplencia_ml.explanation.titles_told import titles_told
from inadimplencia_ml.explanation.way_told import way_told
from inadimplencia_ml.explanation.words import EVENT, joined, say

__all__ = ["client_sections", "reference_of"]


def client_sections(m: Material) -> Iterator[Section]:
    """All parts, in reading order."""
    lang = m.lang
    yield Section("head", "", tuple(_head(m)))
    if m.points is not None and m.scored:
        yield _side(m, "against")
        yield _side(m, "for")
    ways = () if m.beside.way is None else way_told(m.beside.way, "client", lang)
    if ways:
        yield Section("way", CLIENT["way"][lang], ways)
    yield Section("criteria", CLIENT["criteria"][lang], tuple(_criteria(m)))
    yield Section("sources", CLIENT["sources"][lang], (_sources(m),))
    if m.beside.titles is not None:
        yield titles_told(CLIENT["titles"][lang], m.beside.titles, lang)
    yield Section("decision", CLIENT["decided"][lang], tuple(_decided(m)))
    yield Section("rights", CLIENT["rights"][lang], tuple(_rights(m)))
    if m.beside.creditor:
        yield Section("foot", "", (m.beside.creditor,))


def reference_of(model_version: str) -> str:
    """The digits by which an assessment is found again: those of its model.

    >>> reference_of("client_default_30d_in_90d@2025-03-31#0123456789ab")
    '0123456789ab'
    """
    return model_version.rpartition("#")[2]


def _head(m: Material) -> Iterator[str]:
    lang = m.lang
    yield say(CLIENT, "title", lang, day=on_day(m.row["as_of"], lang))
    yield say(CLIENT, "whom", lang, client=m.row["client_id"])
    if m.scored:
        texts = CLIENT_EVENT if m.event in CLIENT_EVENT else EVENT
        yield say(CLIENT, "score", lang, score=m.row["score"], event=say(texts, m.event, lang, **m.days))
    else:
        yield say(CLIENT_STATE, m.row["state"], lang, **m.days)
    if m.row["cold_start"]:
        yield reason_sentence(SHORT_HISTORY, m.values, against=True, lang=lang)


def _side(m: Material, side: Literal["against", "for"]) -> Section:
    told = m.spoken(side)
    sentences = tuple(one.sentence for one in told) or (CLIENT["nothing"][m.lang],)
    return Section(side, CLIENT[side][m.lang], sentences)


def _criteria(m: Material) -> Iterator[str]:
    if m.beside.criteria:
        names = "; ".join(_lowered(m.name(code)) for code in m.beside.criteria)
        yield say(CLIENT, "considered", m.lang, names=names)
    yield CLIENT["method"][m.lang]
    yield CLIENT["left_out"][m.lang]


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]


def _sources(m: Material) -> str:
    told = []
    for table in m.beside.sources or ("invoices",):
        kind, _, name = table.partition("/")
        if kind in SOURCES:
            told.append(say(SOURCES, kind, m.lang, name=name))
    return say(CLIENT, "until", m.lang, day=on_day(m.row["as_of"], m.lang), sources=joined(told, m.lang))


def _decided(m: Material) -> Iterator[str]:
    one = m.beside.decided
    if one is not None and one.credit_limit is not None:
        yield say(CLIENT, "limit", m.lang, limit=money(one.credit_limit, m.lang))
    yield CLIENT["person"][m.lang]


def _rights(m: Material) -> Iterator[str]:
    yield from (CLIENT[key][m.lang] for key in ("correct", "revise", "know"))
    if m.beside.service:
        yield say(CLIENT, "where", m.lang, service=m.beside.service)
    else:
        yield CLIENT["nowhere"][m.lang]
    yield say(CLIENT, "reference", m.lang, digest=reference_of(str(m.row["model_version"])))
