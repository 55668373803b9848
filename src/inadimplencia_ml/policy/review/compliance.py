"""Every legal rule a policy names: its source, whether somebody verified it, and what the engine makes of it on a day.

No legal opinion. A hard rule that nobody of the company has read in force is flagged, here and on every escalation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pandas as pd

from inadimplencia_ml.policy.eligible import PRESUPPOSED
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.references import Reference

__all__ = ["compliance_report", "compliance_text", "kind_of_place"]

KINDS = {
    "safeguards": "safeguard",
    "windows": "window",
    "gates": "gate",
    "profiles": "profile",
    "profile_rules": "profile",
    "templates": "text",
    "messages": "text",
    "tones": "text",
    "amounts": "amount",
    "offers": "offer",
    "campaigns": "offer",
    "limits": "limit",
    "new_sale": "limit",
    "duties": "duty",
}
"""What an entry of a section is, as `Reference.where` names it; of any other section: ``ladder``."""

NEEDS_NO_PLACE = ("always", "model", "information", "handoff")
ABOUT = {
    "conduct": "Conduta e conteúdo",
    "hours": "Quando e quantas vezes",
    "data": "Dados, escore, explicação",
    "amounts": "Valores",
    "escalation": "Medidas mais duras",
    "limits": "Limites de crédito",
    None: "Outras",
}
ABOUT_EN = {
    "conduct": "Conduct and content",
    "hours": "When and how often",
    "data": "Data, score, explanation",
    "amounts": "Amounts",
    "escalation": "Escalation",
    "limits": "Credit limits",
    None: "Others",
}


def kind_of_place(place: str) -> str:
    """What the entry at a place is.

    >>> kind_of_place("windows.by_uf.SP"), kind_of_place("ladder.E3")
    ('window', 'ladder')
    """
    return KINDS.get(place.replace("[", ".").split(".")[0], "ladder")


def compliance_report(policy: Policy, as_of: dt.date | str) -> pd.DataFrame:
    """One row a rule of the policy's references.

    Returns
    -------
    DataFrame
        ``rule``, ``about``, ``title``, ``severity`` (hard: the engine refuses; soft: it warns), ``verified_on`` (null:
        nobody yet), ``read`` (text, secondary or none: how much of it was read by whoever wrote the list), ``flagged``
        (hard and not verified), ``engine`` (what the engine does, in a sentence), ``applied_in`` (places of the policy
        in force that name it as their source, and what holds under every policy), ``missing`` (kinds of place that the
        rule says it is kept in, of which none is in force: switched off, or not in this file), ``handoff`` (others must
        act).

    Examples
    --------
    >>> report = compliance_report(Policy.default(), "2025-06-30").set_index("rule")
    >>> report.loc["R9", "severity"], report.loc["R9", "verified_on"], report.loc["R9", "applied_in"]
    ('hard', None, ['windows.by_uf.SP'])
    """
    day = policy.in_force(as_of).day
    places = _places(policy, day)
    rows = []
    for rule, reference in policy.references.items():
        mine = places.get(rule, [])
        rows.append(
            {
                "rule": rule,
                "about": reference.about,
                "title": reference.title,
                "severity": reference.severity,
                "verified_on": reference.verified_on,
                "read": reference.read,
                "flagged": reference.severity == "hard" and reference.verified_on is None,
                "engine": reference.engine,
                "applied_in": mine,
                "missing": _missing(reference, mine),
                "handoff": "handoff" in reference.where,
            }
        )
    return pd.DataFrame(rows)


def _places(policy: Policy, day: dt.date) -> dict[str, list[str]]:
    """By rule: the entries in force that name it as their source, then what no policy can switch off."""
    found: dict[str, list[str]] = {}
    for place, entry in policy.entries().items():
        if entry.at(day) is not None:
            for source in entry.source:
                found.setdefault(source, []).append(place)
    for name, (rule, _) in PRESUPPOSED.items():
        for one in rule.split(", "):
            found.setdefault(one, []).append(f"always.{name}")
    return found


def _missing(reference: Reference, places: list[str]) -> list[str]:
    had = {kind_of_place(place) for place in places}
    return [kind for kind in reference.where if kind not in NEEDS_NO_PLACE and kind not in had]


def compliance_text(policy: Policy, as_of: dt.date | str, lang: str = "pt") -> str:
    """The report in words: by subject, each rule with what the engine does, where, and what is still to be done.

    ``lang`` is that of the frame; rules and sentences are those of the policy.
    """
    report = compliance_report(policy, as_of)
    say, about = (_PT, ABOUT) if lang == "pt" else (_EN, ABOUT_EN)
    day = policy.in_force(as_of).day
    head = say["head"].format(policy=policy.name, day=day, rules=len(report), flagged=int(report["flagged"].sum()))
    lines = [head, say["warning"]]
    for subject, title in about.items():
        mine = report[[one == subject for one in report["about"]]]
        if len(mine):
            lines += ["", title, "-" * len(title)]
            lines += [line for row in mine.to_dict("records") for line in _told(row, say)]
    return "\n".join(lines) + "\n"


def _told(row: dict[Any, Any], say: dict[str, str]) -> Iterator[str]:
    verified = say["unverified"] if row["verified_on"] is None else say["verified"].format(row["verified_on"])
    flag = "! " if row["flagged"] else "  "
    yield f"{flag}{row['rule']} · {say[str(row['severity'])]} · {verified} · {row['title']}"
    if row["engine"]:
        yield f"      {row['engine']}"
    for name in ("applied_in", "missing"):
        if row[name]:
            yield f"      {say[name]}: {', '.join(row[name])}"
    if row["handoff"]:
        yield f"      {say['handoff']}"


_PT = {
    "head": "Regras da política {policy} em {day:%d/%m/%Y}: {rules} regras, {flagged} duras sem conferência.",
    "warning": "Isto não é parecer jurídico. Uma regra marcada com ! é dura e ninguém da empresa a conferiu em vigor.",
    "hard": "dura",
    "soft": "branda",
    "unverified": "não conferida",
    "verified": "conferida em {:%d/%m/%Y}",
    "applied_in": "nesta política",
    "missing": "sem lugar em vigor nesta política",
    "handoff": "entrega: parte dela cabe a outros, fora deste programa.",
}
_EN = {
    "head": "Rules of policy {policy} on {day:%Y-%m-%d}: {rules} rules, {flagged} hard ones not verified.",
    "warning": "No legal opinion. A rule marked ! is hard, and nobody of the company has verified it in force.",
    "hard": "hard",
    "soft": "soft",
    "unverified": "not verified",
    "verified": "verified on {:%Y-%m-%d}",
    "applied_in": "in this policy",
    "missing": "no place in force in this policy",
    "handoff": "hand-off: a part of it is for others to do, outside this program.",
}
