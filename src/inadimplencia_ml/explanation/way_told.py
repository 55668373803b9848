"""The way to the next segment in words: for the manager with segments, for the client without."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.explanation.client_words import CLIENT_WAY
from inadimplencia_ml.explanation.sections import money, on_day
from inadimplencia_ml.explanation.way_up import OpenTitle, WayUp
from inadimplencia_ml.explanation.words import SEGMENT, WAY, Texts, joined, say

__all__ = ["Audience", "way_told"]

Audience = Literal["manager", "client"]

_LISTED = 4  # titles named one by one


def way_told(way: WayUp, audience: Audience, lang: Lang) -> tuple[str, ...]:
    """Sentences: what to pay, where it leads, and that it was scored again."""
    texts = WAY if audience == "manager" else CLIENT_WAY
    if way.kind == "unrated" and audience == "client":
        return ()
    if way.kind in ("safest", "unrated"):
        return (say(texts, way.kind, lang),)
    if way.kind == "not_enough" and not way.today:
        return (say(texts, "nothing_to_pay", lang),)
    sentences = [_sentence(way, texts, audience, lang), say(texts, "proof", lang)]
    if audience == "manager" and way.kind != "not_enough" and len(way.today) > 1:
        sentences.insert(1, say(WAY, "cheapest" if way.cheapest else "no_spare", lang))
    if way.at_once is not None and way.at_once.score is not None and way.before.score is not None:
        sentences.insert(-1, say(texts, "at_once", lang, before=way.before.score, after=way.at_once.score))
    return tuple(sentences)


def _sentence(way: WayUp, texts: Texts, audience: Audience, lang: Lang) -> str:
    key: str = way.kind
    if key == "pay_on_time" and not way.today:
        key = "on_time_alone"
    if key == "nothing_left" and way.waits:
        key = "nothing_left_later"
    if key == "pay_today" and audience == "client" and len(way.today) == 1:
        key = "pay_today_one"
    before, after = way.before.score, way.after.score
    moved = "change" if before is not None else "arrival"
    paid = money(_sum(way.today), lang)
    ended = "no_result" if after is None else "new_result" if before is None else "result"
    return say(
        texts,
        key,
        lang,
        titles=_titles(way.today, lang),
        of_titles=_titles(way.today, lang, "of_"),
        of_due=say(WAY, "of_due", lang, of_titles=_titles(way.today, lang, "of_"), amount=paid) if way.today else "",
        amount=paid,
        change=say(texts, moved, lang, before=before, after=after),
        result=say(texts, ended, lang, before=before, after=after),
        segment=SEGMENT[way.after.segment][lang],
        day=on_day(way.day, lang),
        later=_later(way.later, texts, lang),
    )


def _titles(titles: Sequence[OpenTitle], lang: Lang, prefix: str = "") -> str:
    """The titles by their ids; of many the number and the oldest."""
    ids = [str(one.invoice_id) for one in titles]
    if len(ids) == 1:
        return say(WAY, prefix + "one", lang, ids=ids[0])
    if len(ids) <= _LISTED:
        return say(WAY, prefix + "some", lang, ids=joined(ids, lang))
    oldest: dt.date = min((one.due_date for one in titles), default=dt.date.min)
    return say(WAY, prefix + "many", lang, n=len(ids), day=on_day(oldest, lang))


def _later(titles: Sequence[OpenTitle], texts: Texts, lang: Lang) -> str:
    if not titles:
        return say(texts, "no_later", lang)
    named = {"pt": ("1 título", "{n} títulos"), "en": ("1 invoice", "{n} invoices")}[lang]
    n = named[0] if len(titles) == 1 else named[1].format(n=len(titles))
    return say(texts, "later", lang, n=n, amount=money(_sum(titles), lang))


def _sum(titles: Sequence[OpenTitle]) -> float:
    return round(sum(one.amount for one in titles), 2)
