"""Small nasty ledgers from a seed: every fact the data contract allows, rare ones made common.

``random_ledger(seed)`` gives tables, snapshots and settings. What a whole ledger has or has not (its calendar, the type
of its ids and dates, absent tables and columns) turns with the seed, so that any twenty seeds in a row hold everything;
`ledger_items.py` counts how often each item occurs.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pandas as pd

FIRST_DAY, LAST_DAY = dt.date(2022, 11, 1), dt.date(2025, 3, 31)  # of the recent book; old ones reach back seven years
MUNICIPAL = [  # closed days for the custom calendar: a week day in a common due week, a Monday, a state's own
    (dt.date(2024, 1, 25), None),
    (dt.date(2024, 6, 10), None),
    (dt.date(2023, 7, 5), "SP"),
    (dt.date(2024, 3, 5), "RJ"),
    (dt.date(2024, 3, 15), "SP"),
]
HOLIDAYS = [
    dt.date(2024, 2, 12),
    dt.date(2024, 2, 13),
    dt.date(2024, 5, 30),
    dt.date(2023, 11, 20),
    dt.date(2024, 11, 20),
    dt.date(2024, 12, 25),
]
UFS = ["SP", "SP", "RJ", "BA", "AC", "RS", "DF", "PE"]
KINDS = ["payment"] * 8 + [None] * 2 + ["credit_note", "discount", "withheld_tax", "return_of_goods"]
TERMS = [0, 5, 7, 7, 14, 15, 28, 30, 30, 45, 60, -3]
PAID_AFTER_DUE = [-12, -5, -1, 0, 0, 0, 1, 1, 2, 3, 5, 14, 15, 16, 29, 30, 31, 45, 60, 61, 90, 91, 130]
Row = dict[str, Any]
Thing = TypeVar("Thing")


class Dice(random.Random):
    """Chance with the few throws that the stories need."""

    def hit(self, probability: float) -> bool:
        return self.random() < probability

    def one(self, things: Sequence[Thing]) -> Thing:
        return things[self.randrange(len(things))]

    def later(self, day: dt.date, low: int, high: int) -> dt.date:
        return day + dt.timedelta(self.randint(low, high))

    def known(self, day: dt.date) -> dt.date | None:
        """A booking day: not said, the same day, later, or (a post-dated row) earlier."""
        return self.one([None, day, self.later(day, 1, 20), self.later(day, 1, 4), self.later(day, -10, -1)])


def money(value: float) -> float:
    return round(max(value, 0.01), 2)


# ── one invoice: its history, its payments ───────────────────────────────────────────────────────────────────────────
def history(dice: Dice, client: Any, invoice_id: Any, issue: dt.date) -> list[Row]:
    """The rows of one invoice, oldest first: what each one says of due date, amount, UF and observed_until."""
    due = issue + dt.timedelta(dice.one(TERMS))
    if dice.hit(0.4):  # fixed days a month make ties
        due = max(issue, due.replace(day=dice.one([5, 10, 15, 25])))
    amount: float | None = dice.one(
        [100.0, 100.0, 5.03, 250.5, money(dice.expovariate(1 / 800)), money(dice.expovariate(1 / 800))]
    )
    unsaid = dice.hit(0.08)
    if unsaid or dice.hit(0.05):
        amount = None if unsaid else 0.0
    first = {
        "client_id": client,
        "invoice_id": invoice_id,
        "issue_date": issue,
        "due_date": due,
        "amount": amount,
        "uf": dice.one(UFS) if dice.hit(0.2) else None,
        "observed_until": dice.later(issue, 0, 200) if dice.hit(0.06) else None,
        "known_on": dice.known(issue),
    }
    out = [first]
    known = first["known_on"] or issue
    for _ in range(dice.one([0, 0, 0, 1, 1, 2, 3])):
        known = dice.later(known, 1, 6) if known < issue and dice.hit(0.5) else dice.later(max(known, issue), 1, 50)
        row = {**first, "due_date": None, "amount": None, "uf": None, "observed_until": None, "known_on": known}
        if dice.hit(0.6):
            row["due_date"] = dice.later(due, -10, 60)
        if dice.hit(0.4):
            row["amount"] = dice.one([0.0, 50.0, 100.0, money((amount or 300) * 0.9), money((amount or 300) * 1.1)])
        if dice.hit(0.15):
            row["observed_until"] = dice.later(issue, 0, 250)
        if dice.hit(0.15):
            row["uf"] = dice.one(UFS)  # must not count
        out.append(row)
    return out


def shorthand(dice: Dice, rows: list[Row]) -> None:
    """Writes paid_date and paid_amount into some rows: once, twice the same, moved, or moved and moved back."""
    due, amount = rows[0]["due_date"], rows[-1]["amount"] or rows[0]["amount"]
    spelt = all(r["amount"] is None for r in rows) or rows[0]["amount"] is not None  # a paid_amount may be left out

    def fact() -> tuple[dt.date, float | None]:
        sums = [None, None, amount or 70.0, money((amount or 70.0) / 2)] if spelt else [amount or 70.0, 33.33]
        return due + dt.timedelta(dice.one(PAID_AFTER_DUE)), dice.one(sums)

    a, b, none = fact(), fact(), (None, None)
    start = dice.randrange(len(rows))
    stories = [[a]] if len(rows) == 1 else [[none] * start + [a], [a, a], [a, b], [a, b, a], [a, b, a], [a, none, b]]
    for row, (day, paid) in zip(rows, dice.one(stories), strict=False):
        row["paid_date"], row["paid_amount"] = day, paid


def cancellation(dice: Dice, rows: list[Row]) -> None:
    """Writes a cancellation into the first or a later row; a later one may repeat it, move it, or give the reason."""
    issue, due = rows[0]["issue_date"], rows[0]["due_date"]
    at = dice.randrange(len(rows))
    day = dice.one(
        [dice.later(issue, 0, 10), dice.later(due, -10, 10), dice.later(due, 0, 100), dice.later(issue, -4, -1)]
    )
    told = dice.one([None, None, dice.later(day, 1, 30), dice.later(day, -15, -1)])
    rows[at] |= {
        "cancelled_date": day,
        "cancel_reason": dice.one(["void", "renegotiated", "renegotiated", "written_off", None]),
        "cancelled_known_on": told,
    }
    for row in rows[at + 1 :]:
        if dice.hit(0.5):
            again = dice.one([day, day, dice.later(day, -20, 20), None])
            row |= {
                "cancelled_date": again,
                "cancel_reason": dice.one([rows[at]["cancel_reason"], "written_off", "renegotiated"]),
            }


def parts(dice: Dice, amount: float) -> list[float]:
    """The amounts that are paid: whole, short by a cent or two, too much, in parts."""
    share = money(amount * dice.uniform(0.1, 0.9))
    rest = money(amount - share)
    half = money(rest / 2)
    whole = [[amount], [amount], [amount - 0.01], [amount - 0.02], [amount + 10], [amount, 20]]
    return dice.one([*whole, [share], [share, rest], [share, rest - 0.01], [share, half], [share, half, rest - half]])


def payment(dice: Dice, row: Row, plain: bool = False) -> Row:
    """A payments row with its booking, kind, split and reversal; ``plain``: neither split nor reversed."""
    day, amount = row["payment_date"], money(row["amount"])
    row |= {"amount": amount, "kind": dice.one(KINDS), "known_on": dice.known(day)}
    if plain:
        return row
    if dice.hit(0.15):
        principal = 0.0 if dice.hit(0.25) else money(amount * dice.one([0.5, 0.9, 0.97]))
        fine = round(min(amount - principal, 0.02 * amount), 2)
        row |= {"principal": principal, "fine": fine, "interest": round(amount - principal - fine, 2)}
    if dice.hit(0.2):
        booked = max(day, row["known_on"] or day)
        row["reversed_on"] = dice.one(
            [dice.later(booked, 1, 40), dice.later(booked, 1, 40), booked, dice.later(booked, -9, -1)]
        )
    return row


def payments(dice: Dice, rows: list[Row], pure: bool, honest: bool) -> list[Row]:
    """The payments of one invoice; ``pure``: only doubles of its shorthand; ``honest``: paid in full and at once."""
    first, out = rows[0], []
    stem = {"client_id": dice.one([first["client_id"], None]), "invoice_id": first["invoice_id"]}
    if not pure:
        amount = next((r["amount"] for r in reversed(rows) if r["amount"]), 80.0)
        day = first["due_date"] + dt.timedelta(dice.one(PAID_AFTER_DUE[: 12 if honest else None]))
        if dice.hit(0.06):
            day = dice.later(first["issue_date"], -20, -1)  # in advance
        for part in [amount] if honest else parts(dice, amount):
            out.append(payment(dice, {**stem, "payment_date": day, "amount": part}, plain=honest))
            day = dice.later(day, *dice.one([(0, 0), (0, 0), (1, 45), (1, 5)]))
    for row in {r["paid_date"]: r for r in rows if r.get("paid_date")}.values():
        cents = row["paid_amount"] or row["amount"]
        if cents and dice.hit(0.7):
            double = payment(dice, {**stem, "payment_date": row["paid_date"], "amount": cents})
            seen = max(row["paid_date"], row["known_on"] or row["issue_date"])
            if dice.hit(0.7):
                double["known_on"] = dice.later(seen, *dice.one([(-15, -1), (-15, -1), (1, 15)]))
            if dice.hit(0.3):
                double["reversed_on"] = dice.later(seen, -5, 60)
            out.append(double)
    return out


def stray(dice: Dice, client: Any, issue: dt.date, unknown: Any) -> list[Row]:
    """Money on account: without an invoice, or for one the ledger does not hold."""
    day = dice.later(issue, 0, 60)
    return [
        payment(
            dice, {"client_id": client, "invoice_id": dice.one([None, unknown]), "payment_date": day, "amount": 55.5}
        )
    ]


# ── one client: its history, contacts and promises ───────────────────────────────────────────────────────────────────
def client_rows(dice: Dice, client: Any) -> list[Row]:
    """Up to three rows of one client, each with its own known_on."""
    days: list[dt.date | None] = [None] if dice.hit(0.5) else []
    days += dice.sample([FIRST_DAY + dt.timedelta(90 * k) for k in range(-8, 9)], dice.one([1, 1, 2]))
    return [
        {
            "client_id": client,
            "known_on": day,
            "uf": dice.one([*UFS, None, None, None]),
            "kind": dice.one(["PF", "PF", "PJ", None]),
            "is_consumer": dice.one([None, None, True, True, False]),
        }
        for day in days
    ]


def contact_rows(dice: Dice, client: Any) -> list[Row]:
    out = []
    for _ in range(dice.randint(0, 8)):
        day = dice.later(FIRST_DAY, 200, 900)
        replied = dice.one([None, day, dice.later(day, 1, 60)])
        out.append(
            {
                "client_id": client,
                "contacted_at": day,
                "channel": dice.one(["email", "whatsapp", "phone"]),
                "direction": dice.one([None, "outbound", "outbound", "inbound"]),
                "replied": dice.one([None, True]) if replied is None else True,
                "replied_on": replied,
                "known_on": dice.known(day),
            }
        )
    return out


def agreement_rows(dice: Dice, client: Any, paid: list[Row]) -> list[Row]:
    """Promises and plans, most of them about money that came, in time or not, whole or not."""
    out = []
    for _ in range(dice.randint(0, 6)):
        row = dice.one(paid) if paid else {"payment_date": dice.later(FIRST_DAY, 200, 700), "amount": 90.0}
        near = sum(p["amount"] for p in paid if abs((p["payment_date"] - row["payment_date"]).days) <= 20)
        created = dice.later(row["payment_date"], -30, 1)
        amount = dice.one([row["amount"], row["amount"] + 0.01, row["amount"] + 0.02, near or 90.0, 1234.56])
        out.append(
            {
                "client_id": client,
                "agreement_id": f"A{dice.getrandbits(60)}",
                "created_at": created,
                "kind": dice.one(["promise", "promise", "promise", "plan"]),
                "due_date": max(created, dice.later(row["payment_date"], -3, 20)),
                "amount": money(amount),
                "status": dice.one(["kept", "broken", None]),  # must not be read
                "known_on": dice.known(created),
            }
        )
    return out


# ── snapshots ────────────────────────────────────────────────────────────────────────────────────────────────────────
def month_end(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(31)).replace(day=1) - dt.timedelta(1)


def snapshot_rows(dice: Dice, client: Any, invoices: list[Row], paid: list[Row]) -> list[Row]:
    """Cuts where something happens to this client, a day before or after, and some odd ones."""
    days = [dice.later(FIRST_DAY, 100, 800), month_end(dice.later(FIRST_DAY, 100, 800)), dice.one(HOLIDAYS)]
    days += [dice.later(LAST_DAY, 400, 3000), dt.date(2010, 5, 31)] if dice.hit(0.25) else []
    for row in dice.sample([*invoices, *paid], min(4, len(invoices) + len(paid))):
        event = dice.one([v for k, v in row.items() if k.endswith(("_date", "_on", "_until")) and v is not None])
        days.append(dice.later(event, -1, 1))
    border = dice.one(invoices)["due_date"]
    if border is not None:
        days += [border + dt.timedelta(1825 + dice.one([-1, 0, 1, 40]))]
    out = [{"client_id": client, "as_of": day, "invoice_id": None, "view": "end_of_day"} for day in sorted(set(days))]
    issued = {r["invoice_id"]: r["issue_date"] for r in dice.sample(invoices, min(2, len(invoices)))}
    at_issue = [{"client_id": client, "as_of": day, "invoice_id": i, "view": "at_issue"} for i, day in issued.items()]
    return out + at_issue


# ── a whole ledger ───────────────────────────────────────────────────────────────────────────────────────────────────
def id_maker(dice: Dice, style: str) -> Callable[[], Any]:
    """Unique ids: short text that sorts by bytes unlike by number or locale, small integers, or ones beyond 2**53."""
    numbers = iter(dice.sample(range(1, 3000), 2999))
    if style == "text":
        return lambda: dice.one(["N", "N", "n", "é", "É", "z", "N-", "N 0"]) + str(next(numbers))
    return (lambda: 2**53 + next(numbers)) if style == "big" else lambda: next(numbers)


def as_frame(dice: Dice, rows: list[Row], columns: Sequence[str], style: str) -> pd.DataFrame:
    """The rows in any order, with days as dates, as timestamps, with a time of day, or in UTC (a day on)."""
    dice.shuffle(rows)
    frame = pd.DataFrame({c: pd.Series([row.get(c) for row in rows], dtype=object) for c in columns})
    for c in columns:
        values = frame[c].dropna()
        if c == "contacted_at" or (style != "date" and c.endswith(("_date", "_on", "_at", "_until", "as_of"))):
            hour = {"date": 9, "midnight": 0, "timed": 23, "utc": 22}[style]
            time_of_day = pd.Timedelta(hours=hour, minutes=30 * (hour > 0))
            frame[c] = pd.to_datetime(frame[c]).astype("datetime64[us]") + time_of_day
            if style == "utc":
                frame[c] = frame[c].dt.tz_localize("America/Sao_Paulo").dt.tz_convert("UTC")
        elif c in ("amount", "paid_amount", "principal", "fine", "interest"):
            frame[c] = frame[c].astype("float64")
        elif len(values) and all(type(v) is int for v in values):
            frame[c] = frame[c].astype("Int64")
    return frame


INVOICES = "client_id invoice_id issue_date due_date amount uf observed_until known_on paid_date paid_amount"
INVOICES += " cancelled_date cancel_reason cancelled_known_on"
PAYMENTS = "payment_id client_id invoice_id payment_date amount kind principal fine interest reversed_on known_on"
COLUMNS = {
    "invoices": INVOICES.split(),
    "payments": PAYMENTS.split(),
    "clients": ("client_id", "known_on", "uf", "kind", "is_consumer"),
    "contacts": ("client_id", "contacted_at", "channel", "direction", "replied", "replied_on", "known_on"),
    "agreements": ("client_id", "agreement_id", "created_at", "kind", "due_date", "amount", "status", "known_on"),
}
ABSENT = [
    (),
    (),
    ("clients",),
    ("contacts",),
    (),
    ("agreements",),
    ("payments",),
    ("contacts", "agreements", "clients"),
]
STYLES = ["date", "midnight", "timed", "utc"]


def client_story(dice: Dice, client: Any, new_id: Callable[[], Any], count: int) -> dict[str, list[Row]]:
    """Everything that happens to one client."""
    out: dict[str, list[Row]] = {"invoices": [], "payments": [], "clients": [], "contacts": [], "agreements": []}
    issue = dice.later(FIRST_DAY, 0, 300) - dt.timedelta(dice.one([0, 0, 0, 0, 2100]))
    good = dice.hit(0.5)
    for _ in range(count):
        honest = good and dice.hit(0.85)
        issue = min(dice.later(issue, *dice.one([(0, 0), (1, 10), (10, 35), (28, 31)])), LAST_DAY)
        rows = history(dice, client, new_id(), issue)
        short, gone = dice.hit(0.25), dice.hit(0.05 if honest else 0.25)
        if short:
            shorthand(dice, rows)
        if gone:
            cancellation(dice, rows)
        if honest or dice.hit(0.85):
            out["payments"] += payments(dice, rows, short and dice.hit(0.7), honest)
        if dice.hit(0.06):
            double = dice.one(rows)
            rows.append({**double, "due_date": dice.later(issue, 5, 50), "amount": 77.0})
        out["invoices"] += rows
        if dice.hit(0.06):
            out["payments"] += stray(dice, client, issue, new_id())
    out["clients"] = client_rows(dice, client) if dice.hit(0.9) else []
    out["contacts"] = contact_rows(dice, client)
    out["agreements"] = agreement_rows(dice, client, out["payments"])
    return out


def random_ledger(
    seed: int, clients: int | None = None
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, dict[str, Any]]:
    """Tables, snapshots and settings (``calendar``: "BR", "none" or closed days) of a small nasty ledger."""
    dice = Dice(seed)
    new_client = id_maker(dice, ["text", "int", "big", "text", "big"][seed % 5])
    new_invoice = id_maker(dice, ["text", "big", "text", "int"][seed % 4])
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    snapshots: list[Row] = []
    for _ in range(clients or dice.randint(15, 40)):
        client = new_client()
        story = client_story(dice, client, new_invoice, dice.randint(5, 25))
        snapshots += snapshot_rows(dice, client, story["invoices"], story["payments"])
        for name, facts in story.items():
            rows[name] += facts
    for number, row in enumerate(rows["payments"]):
        row["payment_id"] = f"P{number}"
    doubles = [{**row, "amount": 1.0} for row in rows["payments"] if dice.hit(0.02)]  # the same payment_id once more
    rows["payments"] += doubles
    snapshots += [{"client_id": new_client(), "as_of": day, "view": "end_of_day"} for day in (*HOLIDAYS, LAST_DAY)]
    tables = {
        name: as_frame(dice, facts, COLUMNS[name], STYLES[(seed + k) % 4])
        for k, (name, facts) in enumerate(rows.items())
        if name not in ABSENT[seed % 8]
    }
    if seed % 9 == 4:
        for name in tables.keys() - {"invoices"}:
            tables[name] = tables[name].drop(columns="known_on")
        if "clients" in tables:  # one row a client: a history without known_on has no order
            tables["clients"] = tables["clients"].drop_duplicates("client_id", ignore_index=True)
    if "contacts" in tables and seed % 6 == 2:
        tables["contacts"] = tables["contacts"].drop(columns="replied_on")
    calendar = ["BR", "none", pd.DataFrame(MUNICIPAL, columns=["date", "uf"])][seed % 3]
    frame = as_frame(dice, snapshots, ("client_id", "as_of", "invoice_id", "view"), STYLES[(seed // 4) % 4])
    return tables, frame, {"calendar": calendar}
