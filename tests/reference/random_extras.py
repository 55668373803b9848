"""A random ledger (`random_ledger.py`) with what the further families read: contracts, methods, limits, links, macro.

The tables are copies with more columns and more rows; client and further tables are put into plain days. Spellings,
late bookings and nulls are made common, and later rows of an invoice say what must not count.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import pandas as pd

from reference.plain_cut import dated
from reference.random_ledger import FIRST_DAY, LAST_DAY, Dice, Row, as_frame, money, random_ledger

METHODS = ["PIX", "pix", " Pix ", "boleto", "Boleto", "BOLETO ", "card", "Cartão", "cartao de crédito", "CREDIT_CARD"]
METHODS += ["debit card", "Cartão-Débito", "débito", "Débito Automático", "direct debit", "TED", "doc", "Transferência"]
METHODS += ["dinheiro", "cheque", "pix parcelado", "", "  ", None, None]
KINDS = ["boleto", "duplicata", "pix", "card", "Cartão", "credit_card", "DEBIT", "débito automático", None]
LINK_KINDS = ["cnpj_root", "economic_group", "economic_group", "payer", "guarantor"]
SERIES = ["selic", "ipca", "usd", "late"]
ABSENT = {  # columns that the ledger of a seed does not have
    1: ("invoices", ["installment"]),
    3: ("payments", ["method"]),
    6: ("invoices", ["contract_id"]),
    7: ("payments", ["reversed_on"]),
    8: ("invoices", ["kind"]),
}
Tables = dict[str, pd.DataFrame]


def random_extras(seed: int, clients: int | None = None) -> tuple[Tables, pd.DataFrame, dict[str, Any]]:
    """Tables, snapshots and settings as of ``random_ledger``, made richer; what is absent turns with the seed."""
    tables, snapshots, how = random_ledger(seed, clients)
    dice = Dice(10**7 + seed)
    cuts = dated(snapshots)
    with_contracts(dice, tables, seed)
    if "payments" in tables:
        tables["payments"]["method"] = [dice.one(METHODS) for _ in range(len(tables["payments"]))]
    if seed % 10 in ABSENT:
        name, columns = ABSENT[seed % 10]
        tables |= {name: tables[name].drop(columns=columns)} if name in tables else {}
    for name, more in (("clients", limits), ("contacts", contacts), ("agreements", agreements)):
        if name in tables:
            tables[name] = more(dice, dated(tables[name]), cuts)
    for name in ("opened", "delivered", "right_party", "cost", "direction"):
        if "contacts" in tables and dice.hit(0.1):
            tables["contacts"] = tables["contacts"].drop(columns=name)
    if seed % 8 != 5:
        tables["links"] = links(dice, cuts)
    if seed % 8 != 6:
        tables["macro"] = macro(dice, seed)
    return tables, with_invoices(dice, cuts, tables["invoices"]), how


def with_contracts(dice: Dice, tables: Tables, seed: int) -> None:
    """Writes contract, instalment and kind into each row of an invoice: mostly what the invoice has, or else a lie."""
    invoices = tables["invoices"]
    contracts = [f"K{n}" for n in range(1, 13)] if seed % 2 else list(range(1, 13))
    of_client: dict[Any, list[Any]] = defaultdict(lambda: dice.sample(contracts, dice.one([1, 2, 3])))
    said: dict[Any, Row] = {}
    rows = []
    for client, invoice in zip(invoices["client_id"], invoices["invoice_id"], strict=True):
        base = said.setdefault(invoice, invoice_words(dice, of_client[client]))
        rows.append(base if dice.hit(0.8) else invoice_words(dice, of_client[client]))
    tables["invoices"] = invoices.assign(
        contract_id=pd.Series([row["contract_id"] for row in rows], dtype=object if seed % 2 else "Int64"),
        installment=pd.Series([row["installment"] for row in rows], dtype="Int64"),
        kind=[row["kind"] for row in rows],
    )


def invoice_words(dice: Dice, contracts: list[Any]) -> Row:
    return {
        "contract_id": dice.one([*contracts, *contracts, None]),
        "installment": dice.one([1, 1, 1, 2, 3, None]),
        "kind": dice.one(KINDS),
    }


def days_of(cuts: pd.DataFrame) -> dict[Any, list[dt.date]]:
    """The days from which each client is looked at, those of the book's own time."""
    out: dict[Any, list[dt.date]] = defaultdict(list)
    for client, day in zip(cuts["client_id"], cuts["as_of"], strict=True):
        if dt.date(2020, 1, 1) < day.date() < dt.date(2026, 1, 1):
            out[client].append(day.date())
    return out


def joined(table: pd.DataFrame, rows: list[Row]) -> pd.DataFrame:
    """The table in plain days with further rows below."""
    if not rows:
        return table
    more = pd.DataFrame({c: pd.Series([row.get(c) for row in rows], dtype=object) for c in table.columns})
    return pd.concat([table.astype(object), dated(more).astype(object)], ignore_index=True).astype(table.dtypes)


def limits(dice: Dice, table: pd.DataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """Credit limits: in the rows that are there, and a history in rows of their own, some two a day."""

    def limit() -> float | None:
        return dice.one([None, 0.0, 500.0, 500.0, 1000.0, money(dice.expovariate(1 / 3000))])

    rows = []
    for client, days in days_of(cuts).items() if "known_on" in table else ():
        for _ in range(dice.one([0, 1, 2, 4])):
            day = dice.one([None, dice.later(dice.one(days), -500, 5), dice.later(dice.one(days), -60, 1)])
            rows += [
                {"client_id": client, "known_on": day, "credit_limit": limit()} for _ in range(dice.one([1, 1, 2]))
            ]
    return joined(table.assign(credit_limit=[limit() or float("nan") for _ in range(len(table))]), rows)


def contacts(dice: Dice, table: pd.DataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """What came of the contacts, and more of them in the weeks before the cuts; some ids come twice."""
    rows = []
    for client, days in days_of(cuts).items():
        for _ in range(dice.randint(2, 12)):
            day = dice.later(dice.one(days), -100, 2)
            row = {"client_id": client, "contacted_at": day, "channel": dice.one(["email", "Email", "sms", "phone"])}
            row |= {"direction": dice.one([None, "outbound", "outbound", "inbound"]), "known_on": dice.known(day)}
            row["replied_on"] = dice.one([None, None, day, dice.later(day, -2, 40)])
            rows.append(row)
    out = joined(table, rows)
    for name, values in (("opened", [True, True, False, None]), ("delivered", [True, True, False, None])):
        out[name] = pd.Series([dice.one(values) for _ in range(len(out))], dtype="boolean")
    out["right_party"] = pd.Series([dice.one([True, False, None]) for _ in range(len(out))], dtype="boolean")
    out["cost"] = [dice.one([None, 0.0, 0.1, 0.35, 2.07]) for _ in range(len(out))]
    out["cost"] = out["cost"].astype("float64")
    out["contact_id"] = [None if dice.hit(0.1) else f"E{n - dice.hit(0.05)}" for n in range(len(out))]
    return out


def agreements(dice: Dice, table: pd.DataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """More promises and plans, made shortly before the cuts and due around them."""
    rows = []
    for client, days in days_of(cuts).items():
        for _ in range(dice.randint(0, 3)):
            made = dice.later(dice.one(days), -90, 1)
            row = {"client_id": client, "agreement_id": f"B{dice.getrandbits(60)}", "created_at": made}
            row |= {"kind": dice.one(["promise", "promise", "plan"]), "due_date": dice.later(made, 0, 100)}
            rows.append(row | {"amount": dice.one([5.03, 50.0, 100.0, 900.1]), "known_on": dice.known(made)})
    return joined(table, rows)


def links(dice: Dice, cuts: pd.DataFrame) -> pd.DataFrame:
    """Groups of several kinds under the same numbers; known late or from the start, told twice; of strangers too."""
    clients = list(dict.fromkeys(cuts["client_id"]))
    stranger = "stranger" if isinstance(clients[0], str) else 2**54
    rows = []
    for client in [*clients, stranger]:
        for _ in range(dice.one([0, 1, 1, 2, 3])):
            day = dice.one([None, None, FIRST_DAY + dt.timedelta(dice.randint(0, 700))])
            row = {"client_id": client, "group_id": f"G{dice.randint(1, 1 + len(clients) // 3)}", "known_on": day}
            row["kind"] = dice.one(LINK_KINDS)
            rows += [row, {**row, "known_on": dice.later(LAST_DAY, -400, 0)}] if dice.hit(0.2) else [row]
    return as_frame(dice, rows, ("client_id", "group_id", "kind", "known_on"), "midnight")


def macro(dice: Dice, seed: int) -> pd.DataFrame:
    """Monthly series with revisions, forecasts and values not given; one that nobody knows before the last cuts."""
    rows = []
    for series in SERIES:
        day = dt.date(2021, 1, 31) if series != "late" else dt.date(2045, 1, 31)
        for _ in range(60):
            for _ in range(dice.one([1, 1, 1, 2, 3])):
                value = dice.one([None, round(dice.uniform(-5, 20), 2), round(dice.uniform(-5, 20), 2), 1.5])
                known = dice.one([None, dice.later(day, 5, 40), dice.later(day, 5, 40), dice.later(day, -60, 0)])
                rows.append({"date": day, "series": series, "value": value, "known_on": known})
            day = dice.later(day, 25, 35)
    frame = as_frame(dice, rows, ("date", "series", "value", "known_on"), ["date", "midnight"][seed % 2])
    return frame.assign(value=frame["value"].astype("float64"))


def with_invoices(dice: Dice, cuts: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    """The cuts, and such as look at an invoice at the end of a day: its own client's, or (rarely) another's."""
    own = dated(invoices).drop_duplicates("invoice_id").to_dict("records")
    clients = list(dict.fromkeys(cuts["client_id"]))
    rows = []
    for row in dice.sample(own, min(len(own), 3 * len(clients))):
        client = row["client_id"] if dice.hit(0.95) else dice.one(clients)
        day = row["issue_date"].date()
        at = {
            "invoice_id": row["invoice_id"],
            "view": "end_of_day",
            "as_of": dice.later(day, *dice.one([(0, 0), (-5, 250)])),
        }
        rows.append({"client_id": client, **at})
    return joined(cuts, rows)
