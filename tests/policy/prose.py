"""Cases in a few words → the tables that a policy decides on. Used by the case files, the laws and the golden plan."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from inadimplencia_ml.policy.decide import Decisions, decide
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.gates.facts import with_gate_facts
from inadimplencia_ml.policy.gates.findings import gate_findings
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.standing import standing
from inadimplencia_ml.tables import CASES, TITLES

MONDAY = dt.date(2025, 3, 10)

# How a client behaved, for each profile that the default policy finds in it.
BEHAVIOUR: dict[str, dict[str, Any]] = {
    "P0": {"n_due_12m": 2, "late_count_12m": 1, "late_share_12m": 0.5},
    "P1": {"n_due_12m": 6, "late_count_12m": 0, "late_share_12m": 0.0, "days_since_issue": 300},
    "P2": {"n_due_12m": 10, "late_count_12m": 0, "late_share_12m": 0.0},
    "P3": {"n_due_12m": 10, "late_count_12m": 1, "late_share_12m": 0.1, "cure_share_12m": 1.0},
    "P4": {"n_due_12m": 10, "late_count_12m": 6, "late_share_12m": 0.6, "cure_share_12m": 1.0},
    "P5": {"n_due_12m": 10, "late_count_12m": 6, "late_share_12m": 0.6, "cure_share_12m": 0.7},
    "P6": {
        "n_due_12m": 10,
        "late_count_12m": 6,
        "late_share_12m": 0.6,
        "cure_share_12m": 0.2,
        "contacts_90d": 4,
        "answered_90d": 1,
    },
    "P7": {"n_due_12m": 10, "late_count_12m": 1, "late_share_12m": 0.1, "hardship": True},
}
COMMON: dict[str, Any] = {
    "kind": "PJ",
    "uf": None,
    "vulnerable": False,
    "hardship": False,
    "do_not_contact": False,
    "median_late_days_12m": 12.0,
    "ever_paid": True,
    "days_since_issue": 20,
    "contacts_1d": 0,
    "contacts_7d": 0,
    "contacts_30d": 0,
    "contacts_90d": 4,
    "calls_7d": 0,
    "tax_id_known": True,
}
# A title and a client for whom every gate is open, where a case says nothing else.
READY: dict[str, Any] = {
    "protestable": True,
    "delivery_proof": True,
    "notice_asked": True,
    "notice_proof": "recibo",
}
DATES = (
    "last_contact_on",
    "last_reply_on",
    "promise_made_on",
    "promise_due_on",
    "last_escalation_on",
    "agreement_due_on",
)


class Tables(NamedTuple):
    """What `decide` takes."""

    scores: pd.DataFrame
    cases: pd.DataFrame
    titles: pd.DataFrame


def one_title(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The titles of a case: as given, or one made of its dpd and amount."""
    if "titles" in case:
        return [dict(title) for title in case["titles"]]
    return [] if case.get("dpd") is None else [{"dpd": case["dpd"], "amount": case.get("amount", 1000.0)}]


def tables_of(cases: list[dict[str, Any]], as_of: dt.date = MONDAY) -> Tables:
    """Scores, cases and titles; clients are named C1, C2, ... unless told."""
    rows, titles, scores = [], [], []
    for number, case in enumerate(cases, 1):
        client = case.get("client_id", f"C{number}")
        mine = one_title(case)
        for place, title in enumerate(mine, 1):
            due = as_of - dt.timedelta(days=title["dpd"])
            filled = {"invoice_id": f"{client}-{place}", "due_date": due, "dpd_original": title["dpd"]} | title
            left = filled.pop("amount", 1000.0)
            told = {"client_id": client, "open_amount": left, "amount": filled.pop("face", left)}
            titles.append(told | READY | {"notice_sent_on": as_of - dt.timedelta(days=60)} | filled)
        amounts = np.array([t.get("amount", 1000.0) for t in mine])
        late = np.array([t["dpd"] > 0 for t in mine], bool)
        apart = ("titles", "amount", "profile", "segment", "state", "dpd", "probability")
        told = {k: v for k, v in case.items() if k not in apart}
        row = COMMON | BEHAVIOUR[case.get("profile", "P5")]
        row |= {"client_id": client, "as_of": as_of, "open_amount": amounts.sum(), "open_count": len(mine)}
        row |= {"overdue_amount": amounts[late].sum() if mine else 0.0, "overdue_count": int(late.sum())}
        rows.append(row | told)
        segment, state = case.get("segment", "medium"), case.get("state", "scoreable")
        chance = {"probability": case["probability"]} if "probability" in case else {}
        scores.append({"client_id": client, "as_of": as_of, "segment": segment, "state": state} | chance)
    frame = pd.DataFrame(rows)
    for name in DATES:
        if name in frame:
            frame[name] = pd.to_datetime(frame[name])
    columns = ["client_id", "invoice_id", "due_date", "dpd", "dpd_original", "open_amount"]
    found = pd.DataFrame(titles) if titles else pd.DataFrame(columns=columns)
    for name in ("due_date", "notice_sent_on"):
        if name in found:
            found[name] = pd.to_datetime(found[name])
    return Tables(pd.DataFrame(scores), frame, found)


def plan_of(cases: list[dict[str, Any]], policy: Policy, as_of: dt.date = MONDAY, **options: Any) -> Decisions:
    """The plan of cases told in a few words."""
    return decide(policy, *tables_of(cases, as_of), as_of=as_of, **options)


def unmet_of(case: dict[str, Any], kind: str, policy: Policy, as_of: dt.date = MONDAY) -> list[str]:
    """What the first title of a case does not meet of the gate of an escalation."""
    rules, tables = policy.in_force(as_of), tables_of([case], as_of)
    clients, titles = FrameFacts(tables.cases, CASES), FrameFacts(tables.titles, TITLES)
    numbers = np.zeros(len(tables.titles), np.int64)
    where = standing(tables.titles, numbers, 1, rules)
    clients.add("stage_dpd", where.stage_dpd)
    clients.add("collectible_late_amount", where.late_amount)
    assert rules.gates is not None
    found = gate_findings(rules.gates, with_gate_facts(titles, clients, numbers, rules), numbers, 1)
    return [name for name, flag in zip(rules.gates.of[kind].conditions, found.unmet[kind][0], strict=True) if flag]
