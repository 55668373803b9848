"""Declared aggregates in plain pandas, over the slow reference's facts: it shares no line with the library."""

from __future__ import annotations

import datetime as dt
import math
import random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from inadimplencia_ml.features.custom.declared import Aggregate
from reference.plain_cut import Tables
from reference.slow_facts import rows
from reference.slow_features import Book, cancellation

MEASURES = "amount open_amount paid_amount days_late dpd days_early term_days".split()
MEASURES += "installment installments fine_rate interest_rate_month".split()
AGGREGATIONS = "count sum mean min max std median last first".split()
WINDOWS = [1, 7, 30, 45, 90, 200, 365, 1000, "all"]
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
FILTERS: list[dict[str, Any]] = [
    {},
    {},
    {"days_late": {"ge": 15}},
    {"days_late": {"gt": 0, "le": 30}},
    {"amount": {"gt": 100}},
    {"amount": {"ge": 5.03, "lt": 250.5}},
    {"amount": {"known": False}},
    {"status": "open"},
    {"status": ["settled", "written_off"]},
    {"status": "closed", "amount": {"known": True}},
    {"kind": ["boleto", "PIX"]},
    {"kind": {"known": False}},
    {"product": {"known": True}, "dpd": {"eq": 0}},
    {"contract_id": ["K1", "K3"]},
    {"installment": [1, 2], "paid_amount": {"gt": 0}},
    {"installments": {"known": False}},
    {"term_days": {"lt": 15}},
    {"due_weekday": [0, 4], "open_amount": {"ge": 0.01}},
    {"issue_weekday": 2},
    {"due_month_end": True},
    {"due_month_end": False, "due_month_day": {"le": 15}},
    {"fine_rate": {"ge": 0.02}},
    {"interest_rate_month": 0.01},
    {"days_early": {"gt": 0}},
]


def with_columns(tables: Tables, seed: int) -> Tables:
    """The ledger with what the random one leaves out: the same in every row of an invoice."""
    dice = random.Random(seed)
    told = {
        invoice: {
            "kind": dice.choice(["boleto", " Boleto", "pix", "card", None]),
            "product": dice.choice(["A", "B", None]),
            "contract_id": dice.choice(["K1", "K2", "K3", None]),
            "installment": dice.choice([1, 2, 3, None]),
            "installments": dice.choice([1, 12, None]),
            "fine_rate": dice.choice([0.02, 0.1, None]),
            "interest_rate_month": dice.choice([0.01, 0.023333, None]),
        }
        for invoice in tables["invoices"]["invoice_id"].unique()
    }
    more = pd.DataFrame([told[i] for i in tables["invoices"]["invoice_id"]], tables["invoices"].index)
    more = more.astype({"installment": "Int64", "installments": "Int64"})
    return {**tables, "invoices": pd.concat([tables["invoices"], more], axis=1)}


def states_of(tables: Tables, snapshots: pd.DataFrame, calendar: Any) -> pd.DataFrame:
    """One row an invoice that is there at a snapshot, with all that a declaration can read."""
    book = Book(tables, calendar, "America/Sao_Paulo")
    told = tables["invoices"].drop_duplicates("invoice_id").set_index("invoice_id").to_dict("index")
    out = []
    for place, key in enumerate(rows(snapshots, SAO_PAULO)):
        t = key["as_of"] - (key["view"] == "at_issue")
        client = book.clients.get(key["client_id"])
        for s in [] if client is None else book.states(client, t):
            if s.too_old or s.unobserved:
                continue
            row = told[s.invoice.id]
            due, issue = dt.date.fromordinal(s.due), dt.date.fromordinal(s.invoice.issue)
            early = s.status == "settled" and s.amount != 0
            status = s.status
            if status == "closed":
                status = cancellation(s.invoice, t)[1]
            out.append(
                {
                    "snapshot": place,
                    "t": t,
                    "id": s.invoice.id,
                    "due": s.due,
                    "issue": s.invoice.issue,
                    "closed": s.ended,
                    "amount": math.nan if s.amount is None else s.amount / 100,
                    "open_amount": s.outstanding / 100,
                    "paid_amount": s.paid / 100,
                    "days_late": s.days_late,
                    "dpd": s.dpd,
                    "days_early": max(0, -s.days_late) if early else 0,
                    "term_days": s.due - s.invoice.issue,
                    "due_weekday": due.weekday(),
                    "due_month_day": due.day,
                    "due_month_end": (due + dt.timedelta(3)).day <= 3,
                    "issue_weekday": issue.weekday(),
                    "status": status,
                    "kind": row["kind"] if pd.isna(row["kind"]) else row["kind"].strip().lower(),
                    **{c: row[c] for c in ("product", "contract_id")},
                    **{c: float(row[c]) if pd.notna(row[c]) else math.nan for c in MEASURES[-4:]},
                }
            )
    return pd.DataFrame(out).assign(count=1)


def chosen(frame: pd.DataFrame, tests: dict[str, Any]) -> pd.Series:
    keep = pd.Series(True, frame.index)
    for name, test in tests.items():
        column = frame[name]
        if name == "status":
            wanted = {test} if isinstance(test, str) else set(test)
            keep &= column.isin(wanted | ({"renegotiated", "written_off"} if "closed" in wanted else set()))
        elif isinstance(test, bool):
            keep &= column == test
        elif isinstance(test, list):
            keep &= column.isin([x.lower() if name == "kind" else x for x in test])
        else:
            for sign, value in (test if isinstance(test, dict) else {"eq": test}).items():
                keep &= (column.notna() == value) if sign == "known" else getattr(column, sign)(value)
    return keep


def expected(frame: pd.DataFrame, how: dict[str, Any], size: int) -> np.ndarray:
    """A declaration in plain pandas, one value a snapshot."""
    day = frame[how["by"]]
    keep = chosen(frame, how["filter"]) & (day <= frame["t"]) & frame[how["measure"]].notna()
    if how["window"] != "all":
        keep &= day > frame["t"] - how["window"]
    kept = frame[keep].sort_values([how["by"], "due", "issue", "id"])
    groups = kept.groupby("snapshot")[how["measure"]]
    name = how["aggregation"]
    if name == "share":
        part = kept[chosen(kept, how["of"])].groupby("snapshot")[how["measure"]].sum()
        total = groups.sum()
        values = part.reindex(total.index).fillna(0) / total.where(total != 0)
    else:
        values = getattr(groups, name)()
    empty = 0 if name in ("count", "sum") else math.nan
    return values.reindex(range(size), fill_value=empty).to_numpy(float)


def declarations(seed: int) -> list[dict[str, Any]]:
    """Each measure with each aggregation, over chance windows, dates and filters; and shares."""
    dice = random.Random(seed)

    def how(measure: str, aggregation: str) -> dict[str, Any]:
        return {
            "measure": measure,
            "aggregation": aggregation,
            "window": dice.choice(WINDOWS),
            "by": dice.choice(["due", "due", "issue", "closed"]),
            "filter": dice.choice(FILTERS),
        }

    out = [how(m, a) for m in MEASURES for a in AGGREGATIONS]
    out += [how("count", "count") | {"filter": tests} for tests in FILTERS]
    sizes = ("count", "amount", "open_amount", "paid_amount")
    return out + [how(m, "share") | {"of": dice.choice(FILTERS[2:])} for m in sizes for _ in range(3)]


def named(declared: list[dict[str, Any]]) -> list[Aggregate]:
    return [Aggregate(name=f"x{k}", **how) for k, how in enumerate(declared)]
