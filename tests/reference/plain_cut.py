"""A ledger's raw tables cut at a day by plain filters, and a made-up future: for the laws of time.

This is not the library's clock: it knows only the dates that stand in a row.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd

from reference.slow_facts import as_day

Tables = dict[str, pd.DataFrame]
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
FACTS = {  # the dates that say when a row is a fact, and what else a row says later than that, with the days it is told
    "invoices": (
        ("issue_date", "known_on"),
        {
            ("paid_date",): ("paid_date", "paid_amount"),
            ("cancelled_date", "cancelled_known_on"): ("cancelled_date", "cancelled_known_on", "cancel_reason"),
        },
    ),
    "payments": (("payment_date", "known_on"), {("reversed_on",): ("reversed_on",)}),
    "clients": (("known_on",), {}),
    "contacts": (("contacted_at", "known_on"), {("replied_on",): ("replied_on",)}),
    "agreements": (("created_at", "known_on"), {}),
}
IDS = {"invoices": ["invoice_id", "known_on"], "payments": ["payment_id"]}


def dated(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its days as plain midnights."""
    out = table.copy()
    for name in table.columns:
        if name.endswith(("_date", "_on", "_until", "_at")) or name == "as_of":
            days = [as_day(value, SAO_PAULO) for value in table[name]]
            out[name] = pd.to_datetime([None if day is None else dt.date.fromordinal(day) for day in days])
    return out


def resolved(tables: Tables) -> Tables:
    """The tables in plain days, of doubled rows the first: from here on the order of the rows means nothing."""
    plain = {name: dated(table) for name, table in tables.items()}
    for name, key in IDS.items():
        if name in plain:
            plain[name] = plain[name].drop_duplicates(key, ignore_index=True)
    return plain


def told_by(table: pd.DataFrame, days: tuple[str, ...], t: dt.date) -> pd.Series:
    """The rows none of whose days lies after t."""
    present = [name for name in days if name in table]
    return ~(table[present] > pd.Timestamp(t)).any(axis=1) if present else pd.Series(True, table.index)


def cut(tables: Tables, t: dt.date) -> Tables:
    """What the tables held at the end of day t."""
    out = {}
    for name, table in tables.items():
        days, later = FACTS[name]
        kept = table[told_by(table, days, t)].reset_index(drop=True)
        for told, columns in later.items():
            present = [c for c in columns if c in kept]
            kept[present] = kept[present].where(told_by(kept, told, t))
        out[name] = kept
    return out


def with_invented_future(tables: Tables, t: dt.date) -> Tables:
    """The cut tables, and facts after t that never were: in the rows that are there, and in rows of their own."""
    past = cut(tables, t)
    after, before = pd.Timestamp(t) + pd.Timedelta(days=1), pd.Timestamp(t) - pd.Timedelta(days=5)
    invoices = past["invoices"]
    lies = {"due_date": after, "amount": 7.0, "paid_date": before, "paid_amount": 7.0, "cancelled_date": before}
    versions = invoices.drop_duplicates("invoice_id").assign(**lies, cancel_reason="void", observed_until=before)
    versions["known_on"] = after
    news = invoices.drop_duplicates("invoice_id").assign(issue_date=after, due_date=after, known_on=before)
    ids = news["invoice_id"]
    news["invoice_id"] = -ids if ids.dtype.kind == "i" else ids + "?"
    unpaid = invoices["paid_date"].isna() & invoices["paid_amount"].isna()
    kept = invoices[["cancelled_date", "cancelled_known_on", "cancel_reason"]].isna().all(axis=1)
    invoices = invoices.assign(
        paid_date=invoices["paid_date"].mask(unpaid, after),
        paid_amount=invoices["paid_amount"].mask(unpaid, 7.0),
        cancelled_date=invoices["cancelled_date"].mask(kept, before),
        cancelled_known_on=invoices["cancelled_known_on"].mask(kept, after),
    )
    out = {**past, "invoices": pd.concat([invoices, versions, news], ignore_index=True)}
    if "payments" in past:
        payments = past["payments"]
        more = payments.assign(payment_id=payments["payment_id"] + "?", payment_date=before, known_on=after, amount=9.0)
        payments = payments.assign(reversed_on=payments["reversed_on"].fillna(after))
        out["payments"] = pd.concat([payments, more], ignore_index=True)
    if "clients" in past:
        news = past["clients"].drop_duplicates("client_id")
        news = news.assign(known_on=after, uf="RJ", kind="PF", is_consumer=True)
        out["clients"] = pd.concat([past["clients"], news], ignore_index=True)
    if "contacts" in past:
        contacts = past["contacts"]
        more = contacts.assign(contacted_at=before, known_on=after)
        if "replied_on" in contacts:
            contacts = contacts.assign(replied_on=contacts["replied_on"].fillna(after))
        out["contacts"] = pd.concat([contacts, more], ignore_index=True)
    if "agreements" in past:
        more = past["agreements"].assign(kind="promise", created_at=before, due_date=before, amount=1.0, known_on=after)
        out["agreements"] = pd.concat([past["agreements"], more], ignore_index=True)
    return out
