"""An explanation for the company: points, codes, segment, the sum of the score, the decision with its rules."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from inadimplencia_ml.catalog import SHORT_HISTORY, Lang, feature, reason_sentence
from inadimplencia_ml.catalog.figures import figure
from inadimplencia_ml.explanation.material import Decided, Material, Points
from inadimplencia_ml.explanation.sections import Section, money, on_day, signed, whole_points
from inadimplencia_ml.explanation.titles_told import titles_told
from inadimplencia_ml.explanation.way_told import way_told
from inadimplencia_ml.explanation.words import EVENT, FACTS, SEGMENT, STATE, TITLES, WORDS, say

__all__ = ["fact_values", "manager_sections"]


def manager_sections(m: Material) -> Iterator[Section]:
    """All parts, in reading order."""
    yield Section("head", "", tuple(_head(m)))
    if m.points is not None and m.scored:
        yield _side(m, "against")
        yield _side(m, "for")
    elif m.scored:
        yield Section("unexplained", "", (WORDS["unexplained"][m.lang],))
    if m.beside.way is not None:
        yield Section("way", WORDS["way"][m.lang], way_told(m.beside.way, "manager", m.lang))
    if m.beside.decided is not None:
        yield Section("decision", WORDS["decision"][m.lang], tuple(_decision(m.beside.decided, m.lang)))
        yield Section("rules", WORDS["rules"][m.lang], m.beside.decided.reasons)
    if m.points is not None and m.scored:
        yield _sum(m, m.points)
    yield _facts(m)
    if m.beside.titles is not None:
        yield titles_told(TITLES["titles"][m.lang], m.beside.titles, m.lang)
    yield Section("rights", WORDS["review_title"][m.lang], tuple(_review(m)))
    yield Section("foot", "", (say(WORDS, "model", m.lang, model=m.row["model_version"]),))


def fact_values(m: Material) -> dict[str, float]:
    """The features told as facts that are known."""
    known = {name: m.values[name] for name in FACTS if name in m.values}
    return {name: value for name, value in known.items() if value == value}


def _head(m: Material) -> Iterator[str]:
    row, lang = m.row, m.lang
    yield say(WORDS, "title", lang, client=row["client_id"], day=on_day(row["as_of"], lang))
    if m.scored:
        key = "unrated" if pd.isna(row["rating"]) else "score"
        yield say(WORDS, key, lang, score=row["score"], rating=row["rating"], segment=SEGMENT[row["segment"]][lang])
        p, low, high = (_percent(row[k], lang) for k in ("probability", "probability_low", "probability_high"))
        yield say(WORDS, "probability", lang, event=say(EVENT, m.event, lang, **m.days), p=p, low=low, high=high)
    elif row["segment"] != "none":
        yield say(WORDS, "no_score", lang, segment=SEGMENT[row["segment"]][lang])
    if row["state"] in STATE:
        yield say(STATE, row["state"], lang, **m.days)
    if row["cold_start"]:
        yield reason_sentence(SHORT_HISTORY, m.values, against=True, lang=lang)


def _percent(value: float, lang: Lang) -> str:
    text = f"{100 * value:.1f}"
    return text.replace(".", ",") + " %" if lang == "pt" else text + "%"


def _side(m: Material, side: str) -> Section:
    told = m.spoken("against" if side == "against" else "for")
    if not told:
        return Section(side, WORDS[side][m.lang], (WORDS["nothing"][m.lang],))
    unit = WORDS["points"][m.lang]
    rows = tuple((f"{one.points:+.0f} {unit}", f"{one.name} ({one.code}): {one.sentence}") for one in told)
    return Section(side, WORDS[side][m.lang], rows=rows, right=(0,))


def _sum(m: Material, points: Points) -> Section:
    """From the reference to the score: the families of a point and more, the others together, the calibration."""
    families, total = points.families, float(m.row["score_raw"])
    told = sorted((code for code in families if abs(families[code]) >= 1), key=lambda code: families[code])
    others = [value for code, value in families.items() if code not in told]
    lines = [(WORDS["reference"][m.lang], points.reference)]
    lines += [(f"{m.name(code)} ({code})", families[code]) for code in told]
    lines += [(WORDS["others"][m.lang], sum(others))] if others else []
    lines += [(WORDS["calibration"][m.lang], total - sum(value for _, value in lines))]
    whole = whole_points([value for _, value in lines], int(m.row["score"]))
    rows = [(str(whole[0]), lines[0][0])]
    rows += [(signed(n), name) for n, (name, _) in zip(whole[1:], lines[1:], strict=True)]
    rows += [(str(m.row["score"]), WORDS["total"][m.lang])]
    return Section("sum", WORDS["sum"][m.lang], rows=tuple(rows), right=(0,), total=True)


def _facts(m: Material) -> Section:
    rows = tuple(
        (figure(float(value), feature(name).unit, m.lang), FACTS[name][m.lang])
        for name, value in fact_values(m).items()
    )
    return Section("facts", WORDS["facts"][m.lang], rows=rows, right=(0,))


def _decision(one: Decided, lang: Lang) -> Iterator[str]:
    yield one.action
    if one.channel is not None:
        yield say(WORDS, "channel", lang, channel=one.channel, template=one.template or "–", stage=one.stage or "–")
    if not pd.isna(one.contact_from):
        yield say(WORDS, "between", lang, start=_moment(one.contact_from, lang), end=_moment(one.contact_until, lang))
    if one.escalation is not None:
        yield say(WORDS, "escalation", lang, sentence=one.escalation)
    elif one.requires_approval:
        yield WORDS["approval"][lang]
    if one.credit_limit is not None:
        yield say(WORDS, "limit", lang, limit=money(one.credit_limit, lang))
    if one.amount_due:
        yield say(WORDS, "amount_due", lang, amount=money(one.amount_due, lang))
    yield say(WORDS, "policy", lang, policy=one.policy, id=one.decision_id)


def _moment(when: object, lang: Lang) -> str:
    return f"{on_day(when, lang)} {pd.Timestamp(str(when)):%H:%M}"


def _review(m: Material) -> Iterator[str]:
    yield WORDS["review"][m.lang]
    if m.beside.service:
        yield say(WORDS, "contact", m.lang, service=m.beside.service)
