"""The fixed features from their definitions: plain Python, one snapshot at a time, slow on purpose.

It shares no line with the library: it holds every fact of a client in small records (`slow_facts.py`) and asks of each
what was known of it at the end of a day. Days are ordinals, money is whole cents, and None is missing. Whoever changes
a definition changes it here by hand, from the words and not from the library's code.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reference.slow_facts import Client, Invoice, Payment, client_facts, next_business_day, rows

WINDOWS = {"30d": 30, "90d": 90, "180d": 180, "365d": 365, "all": 10**6}
CONSUMER_DAYS = 1825
TOLERANCE_CENTS = 1


# ── what was known at the end of day t ───────────────────────────────────────────────────────────────────────────────
def latest(invoice: Invoice, name: str, t: int) -> Any:
    """A field of an invoice at t: the latest known row counts, a null keeps the older value."""
    values = [getattr(v, name) for v in invoice.versions if v.known <= t]
    return next((value for value in reversed(values) if value is not None), None)


def cancellation(invoice: Invoice, t: int) -> tuple[int, str] | None:
    """(cancelled_date, reason) at t, or None; known from the last of its dates and of the row that says it."""
    date = reason = None
    for v in invoice.versions:
        if max(v.known, v.cancelled or 0, v.cancelled_known or 0) <= t:
            date, reason = v.cancelled or date, v.reason or reason
    return None if date is None else (date, reason or "void")


def shorthand(invoice: Invoice, t: int) -> Payment | None:
    """The payment that paid_date tells of at t: the latest known row with one counts; a repetition is none."""
    told = []
    amount = None
    for v in invoice.versions:
        amount = v.amount if v.amount is not None else amount
        if v.paid is not None and max(v.paid, v.known) <= t:
            cents = v.paid_amount if v.paid_amount is not None else amount
            told.append(Payment(v.paid, max(v.paid, v.known), cents, cents))
    if not told:
        return None
    current = told.pop()
    while told and (told[-1].day, told[-1].amount) == (current.day, current.amount):
        current = told.pop()
    return current


def payments_seen(invoice: Invoice, t: int) -> list[Payment]:
    """The payments of an invoice that are booked and not reversed at t."""
    booked = [p for p in invoice.payments if p.booked <= t]
    short = shorthand(invoice, t)
    if short is not None:
        doubles = [p for p in booked if (p.day, p.amount) == (short.day, short.amount)]
        booked = [p for p in booked if p not in doubles]
        back = [max(p.reversed, p.booked) for p in doubles if p.reversed is not None]
        short.reversed = min(back, default=None)
        booked.append(short)
    return [p for p in booked if p.reversed is None or p.reversed > t]


def settled_on(amount: int | None, issue: int, payments: list[Payment]) -> int | None:
    """The first payment day on which the payments reach the amount, less the tolerance."""
    if amount == 0:
        return issue
    settling = sorted((p for p in payments if p.settles != 0), key=lambda p: p.day)
    if amount is None:
        return settling[0].day if settling else None
    total = 0
    for p in settling:
        total += p.settles or 0
        if total >= amount - TOLERANCE_CENTS:
            return p.day
    return None


@dataclass
class State:
    """An invoice as known at t, not void."""

    invoice: Invoice
    due: int
    amount: int | None
    payments: list[Payment]
    status: str  # open, settled, closed (renegotiated or written off)
    ended: int | None  # the day it was settled or closed
    days_late: int
    too_old: bool = False  # a consumer's invoice, due five years ago or more
    unobserved: bool = False  # past its observed_until

    @property
    def paid(self) -> int:
        return sum(p.settles or 0 for p in self.payments)

    @property
    def outstanding(self) -> int:
        return max(0, (self.amount or 0) - self.paid) if self.status == "open" else 0

    @property
    def dpd(self) -> int:
        return max(0, self.days_late) if self.status == "open" else 0


def closed_days(table: pd.DataFrame) -> Iterable[tuple[int, str | None]]:
    for date, uf in zip(table["date"], table["uf"], strict=True):
        yield date.toordinal(), None if pd.isna(uf) else uf


class Book:
    """A ledger's facts, and the one question: what was known of this client at the end of day t?"""

    def __init__(self, tables: dict[str, pd.DataFrame], calendar: Any, timezone: str) -> None:
        self.clients = client_facts(tables, ZoneInfo(timezone))
        self.calendar = calendar if isinstance(calendar, str) else tuple(closed_days(calendar))

    def adjusted(self, due: int, client: Client, known: int, uf: str | None = None) -> int:
        """The due date moved to a business day, by the UF given, else by the client's first if known on ``known``."""
        first = next(((k, u) for k, u, _, _ in client.history if u is not None), (math.inf, None))
        return next_business_day(due, uf or (first[1] if first[0] <= known else None), self.calendar)

    def is_consumer(self, client: Client, t: int) -> bool:
        known = [says for says in client.history if says[0] <= t]
        kind = next((k for _, _, k, _ in reversed(known) if k is not None), None)
        return next((bool(c) for _, _, _, c in reversed(known) if c is not None), kind == "PF")

    def state(self, client: Client, invoice: Invoice, t: int) -> State | None:
        """An invoice at t; None if it is not seen yet or void."""
        first_known = invoice.versions[0].known
        cancelled = cancellation(invoice, t)
        if first_known > t or (cancelled and cancelled[1] == "void"):
            return None
        due, amount, payments = latest(invoice, "due", t), latest(invoice, "amount", t), payments_seen(invoice, t)
        due_adj = self.adjusted(due, client, first_known, invoice.uf)
        ended, status = settled_on(amount, invoice.issue, payments), "settled"
        if cancelled and (ended is None or ended > cancelled[0]):
            ended, status = cancelled[0], "closed"
        elif ended is None:
            status = "open"
        day = t if ended is None else ended
        days_late = day - due_adj if day > due_adj else min(0, day - due)
        return State(invoice, due, amount, payments, status, ended, days_late, *self.left(client, invoice, t, t))

    def left(self, client: Client, invoice: Invoice, t: int, day: int) -> tuple[bool, bool]:
        """Whether, as known at t, the invoice is too old at t, and whether ``day`` is past its observed_until."""
        too_old = self.is_consumer(client, t) and latest(invoice, "due", t) <= t - CONSUMER_DAYS
        until = latest(invoice, "observed_until", t)
        return too_old, until is not None and day > until

    def states(self, client: Client, t: int) -> list[State]:
        return [s for s in (self.state(client, invoice, t) for invoice in client.invoices) if s is not None]

    def worst_dpd(self, client: Client, month_end: int, t: int) -> int:
        """dpd_max as it was known at a month end, without what may not speak at t."""
        then = [s for s in self.states(client, month_end) if not (s.too_old or s.unobserved)]
        return max((s.dpd for s in then if not self.left(client, s.invoice, t, month_end)[0]), default=0)


# ── the features ─────────────────────────────────────────────────────────────────────────────────────────────────────
def ratio(above: float, below: float) -> float:
    return above / below if below else math.nan


def mean(values: list[int]) -> float:
    return ratio(sum(values), len(values))


def weighted(values: list[int], weights: list[int]) -> float:
    return ratio(sum(v * w for v, w in zip(values, weights, strict=True)), sum(weights))


def reais(states: Iterable[State]) -> float:
    """The whole amounts of the invoices; a missing one adds nothing."""
    return sum(s.amount or 0 for s in states) / 100


def window_features(active: list[State], issued: list[State], t: int, days: int) -> dict[str, float]:
    """The features of one window; ``active`` invoices by due date, ``issued`` ones by issue date."""
    due = [s for s in active if t - days < s.due <= t]
    late = [s for s in due if s.days_late > 0]
    days_late = [s.days_late for s in due]
    early = [s for s in due if s.days_late < 0 and s.status == "settled" and s.amount != 0]
    new = [s for s in issued if t - days < s.invoice.issue <= t]
    received = [p for s in active for p in s.payments if p.kind == "payment" and t - days < p.booked <= t]
    return {
        "due_count": len(due),
        "due_amount": reais(due),
        "late_count": len(late),
        "late_amount": reais(late),
        "late_share": ratio(len(late), len(due)),
        "late_amount_share": ratio(reais(late), reais(due)),
        **{f"late_{k}_count": sum(d >= k for d in days_late) for k in (15, 30, 60, 90)},
        "days_late_mean": mean(days_late),
        "days_late_max": max(days_late, default=math.nan),
        "days_late_std": statistics.stdev(days_late) if len(days_late) > 1 else math.nan,
        "days_late_weighted": weighted(days_late, [s.amount or 0 for s in due]),
        "early_share": ratio(len(early), len(due)),
        "paid_amount": sum(p.amount or 0 for p in received) / 100,
        "issued_count": len(new),
        "issued_amount": reais(new),
    }


def open_features(active: list[State], t: int) -> dict[str, float]:
    """What is open at t, and how far overdue."""
    still = [s for s in active if s.status == "open"]
    overdue = [s for s in still if s.dpd > 0]

    def band(low: int, high: int) -> float:
        return sum(s.outstanding for s in still if low <= s.dpd <= high) / 100

    total, beyond = band(0, 10**6), band(1, 10**6)
    return {
        "open_count": len(still),
        "open_amount": total,
        "overdue_count": len(overdue),
        "overdue_amount": beyond,
        "overdue_share": ratio(beyond, total),
        "dpd_max": max((s.dpd for s in still), default=0),
        "dpd_weighted": weighted([s.dpd for s in still], [s.outstanding for s in still]),
        "overdue_1_30_amount": band(1, 30),
        "overdue_31_60_amount": band(31, 60),
        "overdue_61_90_amount": band(61, 90),
        "overdue_91_plus_amount": band(91, 10**6),
        "not_due_amount": band(0, 0),
        "due_next_30d_amount": sum(s.outstanding for s in still if t < s.due <= t + 30) / 100,
    }


def recency_features(seen: list[State], active: list[State], t: int) -> dict[str, float]:
    """Days since the last issue, payment and late invoice, and since the first issue."""
    issues = [s.invoice.issue for s in seen]
    paid = [p.day for s in active for p in s.payments if p.kind == "payment"]
    ended_late = [s.ended for s in active if s.ended is not None and s.days_late > 0]
    if any(s.dpd > 0 for s in active):
        ended_late = [t]
    return {
        "days_since_issue": t - max(issues, default=math.nan),
        "days_since_payment": t - max(paid, default=math.nan),
        "days_since_late": t - max(ended_late, default=math.nan),
        "tenure_days": t - min(issues, default=math.nan),
    }


def streak(days_late: list[int], late: bool) -> int:
    """How many of the last matured invoices in a row were late, or not."""
    return next((n for n, d in enumerate(reversed(days_late)) if (d > 0) != late), len(days_late))


def slope(points: list[tuple[float, float]]) -> float:
    """The least-squares slope; NaN with fewer than two different x."""
    if len({x for x, _ in points}) < 2:
        return math.nan
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def shape_features(matured: list[State], t: int) -> dict[str, float]:
    """How the client has paid over time; ``matured`` in order of due date, issue date and id."""
    days_late = [s.days_late for s in matured]
    weights = [0.5 ** ((t - s.due) / 90) for s in matured]
    return {
        "on_time_streak": streak(days_late, late=False),
        "late_streak": streak(days_late, late=True),
        "days_late_last": days_late[-1] if days_late else math.nan,
        "days_late_mean_last_3": mean(days_late[-3:]),
        "days_late_mean_last_6": mean(days_late[-6:]),
        "days_late_mean_first_3": mean(days_late[:3]),
        "days_late_ewm_90d": weighted(days_late, weights),
        "days_late_slope_365d": slope([(s.due / 30, s.days_late) for s in matured if s.due > t - 365]),
    }


def paid_in_parts(s: State) -> bool:
    """Whether the money did not come whole on the day of the first payment; a closed invoice is asked the same."""
    first = min((p.day for p in s.payments if p.kind == "payment"), default=None)
    whole = settled_on(s.amount, s.invoice.issue, s.payments)
    return first is not None and (whole is None or whole > first)


def month_ends(t: int, count: int) -> list[int]:
    """The last ``count`` calendar month ends on or before t, the oldest first."""
    after = dt.date.fromordinal(t + 1)  # a month has ended on t if another begins on the day after
    ends = [after.replace(day=1) - dt.timedelta(days=1)]
    while len(ends) < count:
        ends.insert(0, ends[0].replace(day=1) - dt.timedelta(days=1))
    return [day.toordinal() for day in ends]


def bucket(dpd: int) -> int:
    return sum(dpd > edge for edge in (0, 30, 60, 90))


def contact_features(client: Client, t: int, dated: bool) -> dict[str, float]:
    """What we did; ``dated`` says whether the contacts have a column replied_on."""
    seen = [(day, replied) for day, known, replied in client.contacts if known <= t]
    recent = [replied for day, replied in seen if day > t - 90]
    answered = [replied for replied in recent if replied is not None and replied <= t]
    return {
        "contact_count_90d": len(recent),
        "contact_answer_share_90d": ratio(len(answered), len(recent)) if dated else math.nan,
        "days_since_contact": t - max((day for day, _ in seen), default=math.nan),
    }


def promise_features(book: Book, client: Client, active: list[State], t: int) -> dict[str, float]:
    """Promises kept and broken, told from the payments."""
    kept = broken = 0
    for created, known, due, amount in client.promises:
        if known > t or not t - 365 < due <= t:
            continue
        until = book.adjusted(due, client, known)
        paid = sum(p.amount or 0 for s in active for p in s.payments if created <= p.day <= until)
        kept += paid >= amount - TOLERANCE_CENTS
        broken += paid < amount - TOLERANCE_CENTS and t > until
    return {"promise_kept_share_365d": ratio(kept, kept + broken), "promise_broken_count_365d": broken}


def features_at(book: Book, client: Client, t: int) -> dict[str, float]:
    """Every feature of a client at the end of day t, but for those of contacts and promises."""
    seen = book.states(client, t)
    issued = [s for s in seen if not s.too_old]
    active = [s for s in issued if not s.unobserved]
    by_window = {w: window_features(active, issued, t, days) for w, days in WINDOWS.items()}
    out = {f"{name}_{w}": value for w, features in by_window.items() for name, value in features.items()}
    matured = sorted((s for s in active if s.due <= t), key=lambda s: (s.due, s.invoice.issue, s.invoice.id))
    out |= open_features(active, t) | recency_features(seen, active, t) | shape_features(matured, t)
    out["late_share_ratio_90d_365d"] = ratio(out["late_share_90d"], out["late_share_365d"])
    worst = [book.worst_dpd(client, month_end, t) for month_end in month_ends(t, 12)]
    out |= {f"worst_dpd_{k}m": max(worst[-k:]) for k in (3, 6, 12)}
    out["roll_up_count_12m"] = sum(bucket(b) > bucket(a) for a, b in pairwise(worst))
    out["partial_count_all"] = sum(map(paid_in_parts, matured))
    year = [s for s in matured if s.due > t - 365]
    out["payment_ratio_365d"] = ratio(sum(min(s.paid, s.amount or 0) for s in year) / 100, reais(year))
    issues = [s.invoice.issue for s in issued]
    out["days_between_issues_mean"] = ratio(max(issues, default=0) - min(issues, default=0), max(0, len(issues) - 1))
    ticket = {w: ratio(out[f"issued_amount_{w}"], out[f"issued_count_{w}"]) for w in ("90d", "365d")}
    out["ticket_mean_365d"] = ticket["365d"]
    out["ticket_ratio_90d_365d"] = ratio(ticket["90d"], ticket["365d"])
    return out


def slow_features(
    tables: dict[str, pd.DataFrame],
    snapshots: pd.DataFrame,
    calendar: str | pd.DataFrame = "BR",
    timezone: str = "America/Sao_Paulo",
) -> pd.DataFrame:
    """client_id, as_of, view and every fixed feature, one row a snapshot, in the order of the snapshots.

    ``calendar`` is "BR", "none", or a table of (date, uf or missing): BR with these days closed as well.
    """
    book = Book(tables, calendar, timezone)
    dated = "replied_on" in tables.get("contacts", ())
    at = cache(partial(_all_features, book, set(tables), dated))
    out = []
    for row in rows(snapshots, ZoneInfo(timezone)):
        view = row.get("view") or "end_of_day"
        key = {"client_id": row["client_id"], "as_of": dt.date.fromordinal(row["as_of"]), "view": view}
        out.append(key | at(row["client_id"], row["as_of"] - (view == "at_issue")))
    return pd.DataFrame(out)


def _all_features(book: Book, present: set[str], dated: bool, client_id: Any, t: int) -> dict[str, float]:
    client = book.clients.get(client_id, Client())
    out = features_at(book, client, t)
    if "contacts" in present:
        out |= contact_features(client, t, dated)
    if "agreements" in present:
        active = [s for s in book.states(client, t) if not (s.too_old or s.unobserved)]
        out |= promise_features(book, client, active, t)
    return {name: float(value) for name, value in out.items()}
