"""Labels from their definitions: plain Python, day by day, slow on purpose.

Written from the design's words (the outcome window, the Target, the readings of decision 0005) and not from the
library's code. What was known at the end of a day comes from the slow reference of the features; here stands what
happened afterwards, by the dates of the events, as known on the day the labels are made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reference.slow_facts import Client, Invoice, rows, unique
from reference.slow_features import Book, State, cancellation, latest, payments_seen, settled_on

Label = tuple[str, bool]  # the label, and whether it is a bad one known before its time


@dataclass(frozen=True)
class Day:
    """An invoice at the end of a day, by the dates of events: cents left (None: not open), days past due, its terms."""

    left: int | None
    dpd: int
    terms: tuple[int, int | None]  # the due date adjusted, and the amount


class Course:
    """What became of one invoice, as known on day ``known``: its last state, and every day on the way."""

    def __init__(self, book: Book, client: Client, invoice: Invoice, known: int) -> None:
        self.book, self.client, self.invoice, self.known = book, client, invoice, known
        self.first_known = invoice.versions[0].known
        self.payments = payments_seen(invoice, known)
        self.cancelled, self.reason = cancellation(invoice, known) or (None, None)
        self.observed_until = latest(invoice, "observed_until", known)
        self.settled_on = self._settled_on(known)
        self._days: dict[tuple[int, bool], Day] = {}

    def _settled_on(self, day: int) -> int | None:
        """When the amount that was in force on ``day`` was paid."""
        return settled_on(latest(self.invoice, "amount", day), self.invoice.issue, self.payments)

    @property
    def ended_by_cancel(self) -> bool:
        """Renegotiated or written off, and not paid on or before that day."""
        return self.cancelled is not None and (self.settled_on is None or self.settled_on > self.cancelled)

    def sees(self, day: int) -> bool:
        return self.observed_until is None or day <= self.observed_until

    def _said_on(self, day: int) -> int:
        """The day whose version is in force on ``day``: the first one from the start, none that is not known yet."""
        return max(self.first_known, min(day, self.known))

    def due_adj(self, day: int) -> int:
        """The due date in force on a day, adjusted; before anything was known of the invoice, its first."""
        due = latest(self.invoice, "due", self._said_on(day))
        return self.book.adjusted(due, self.client, self.first_known, self.invoice.uf)

    def on(self, day: int, *, amount_of: int | None = None, closing: bool = True) -> Day:
        """The invoice at the end of a day, in the amount in force that day (or on ``amount_of``)."""
        key = (day, closing)
        if amount_of is None and key in self._days:
            return self._days[key]
        said = self._said_on(day if amount_of is None else amount_of)
        amount, done = latest(self.invoice, "amount", said), self._settled_on(said)
        paid = sum(p.settles or 0 for p in self.payments if p.day <= day)
        left: int | None = max(0, (amount or 0) - paid)
        if amount == 0 or (done is not None and done <= day):
            left = None
        if closing and self.cancelled is not None and self.cancelled <= day:
            left = None
        due_adj = self.due_adj(day)
        out = Day(left, day - due_adj, (due_adj, amount))
        if amount_of is None:
            self._days[key] = out
        return out

    def exists(self, day: int) -> bool:
        return day >= self.invoice.issue

    def closed_overdue(self, material: int) -> bool:
        """Renegotiated or written off after its due date, the material amount out the day before, and not paid."""
        if self.cancelled is None or self.cancelled <= self.due_adj(self.cancelled) or not self.exists(self.cancelled):
            return False
        today = self.on(self.cancelled, closing=False)
        before = self.on(self.cancelled - 1, amount_of=self.cancelled, closing=False).left
        return today.left is not None and before is not None and before >= material


def has(day: Day, dpd: int, material: int) -> bool:
    return day.left is not None and day.left >= material and day.dpd >= dpd


# ── clients ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class Labels:
    """The labels of one ledger as known on one day."""

    def __init__(self, tables: dict[str, pd.DataFrame], known: int, lag: int, calendar: Any, timezone: str) -> None:
        self.book, self.known, self.lag = Book(tables, calendar, timezone), known, lag
        self._courses: dict[tuple[Any, int], Course] = {}

    def course(self, client: Client, invoice: Invoice, known: int) -> Course:
        key = (invoice.id, known)
        if key not in self._courses:
            self._courses[key] = Course(self.book, client, invoice, known)
        return self._courses[key]

    def states(self, client: Client, t: int) -> list[State]:
        return [s for s in self.book.states(client, t) if not (s.too_old or s.unobserved)]

    def of_client(self, client: Client, as_of: int, view: str, target: Any) -> Label:
        if as_of > self.known:
            return "immature", False
        t = as_of - (view == "at_issue")
        states = self.states(client, t)
        opened = [s for s in states if s.status == "open"]
        material = max(
            round(100 * target.min_amount),
            math.ceil(Fraction(str(target.min_share)) * sum(s.outstanding for s in opened)),
        )
        last = t + target.horizon_days
        if any(self.was_bad(client, s, t, target, material) for s in states):
            return "already_bad", False
        exposed = any(
            s.outstanding >= material and self.course(client, s.invoice, t).due_adj(t) + target.dpd <= last
            for s in opened
        )
        bad = unseen = False
        for invoice in client.invoices:
            is_open = any(s.invoice is invoice for s in opened)
            is_new = invoice.versions[0].known > t and target.exposure == "open_or_new"
            if not (is_open or is_new) or invoice.versions[0].known > self.known:
                continue
            course = self.course(client, invoice, self.known)
            if course.reason == "void":
                continue
            came, lost, could = self.window(course, t, last, target, material)
            bad, unseen, exposed = bad or came, unseen or lost, exposed or (is_new and could)
        if not (bad or exposed):
            return "no_exposure", False
        if unseen or last + self.lag > self.known:
            return "immature", bad
        return ("bad" if bad else "good"), False

    def was_bad(self, client: Client, state: State, t: int, target: Any, material: int) -> bool:
        """In the event on a day of [t - cure_days, t], as known at t."""
        course = self.course(client, state.invoice, t)
        days = [d for d in range(t - target.cure_days, t + 1) if course.exists(d)]
        if any(has(course.on(d), target.dpd, material) for d in days):
            return True
        return course.cancelled in days[-target.cure_days :] * bool(target.cure_days) and course.closed_overdue(
            material
        )

    def window(self, course: Course, t: int, last: int, target: Any, material: int) -> tuple[bool, bool, bool]:
        """Whether the invoice brings the event in (t, last], may bring it unseen, and could bring it at all."""
        came = lost = could = False
        days = [d for d in range(t + 1, last + 1) if course.exists(d)]
        for d in days if target.ever else [d for d in days if d == last]:
            day = course.on(d, closing=False)
            if day.dpd < target.dpd:
                continue
            left_then = course.on(t, amount_of=d, closing=False).left
            if left_then is None or left_then < material:
                continue  # paid before the window opened, or never enough to matter
            could = True
            yesterday = course.on(d - 1, closing=False) if d - 1 in days else None
            begins = not target.ever or (
                yesterday is None or yesterday.terms != day.terms or yesterday.dpd < target.dpd
            )
            if begins and not course.sees(d):
                lost = True
            elif d <= self.known and course.sees(d) and has(course.on(d), target.dpd, material):
                came = True
        if course.cancelled in days and course.sees(course.cancelled) and course.closed_overdue(material):
            came = True
        return came, lost, could

    # ── invoices ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def of_invoice(self, client: Client, invoice: Invoice, as_of: int, view: str, target: Any) -> Label:
        if as_of > self.known:
            return "immature", False
        if invoice.versions[0].known > self.known:
            return "no_exposure", False
        look = as_of - (view == "at_issue")
        material = round(100 * target.min_amount)
        if invoice.versions[0].known <= look:
            standing = self.standing(client, invoice, look, target, material)
            if standing is not None:
                return standing, False
        course = self.course(client, invoice, self.known)
        due_adj = course.due_adj(as_of)
        if course.reason == "void" or (course.ended_by_cancel and course.cancelled <= due_adj):
            return "no_exposure", False
        decided = as_of + target.horizon_days if target.event == "paid" else due_adj + target.dpd
        event = self.event(course, due_adj, decided, target, material)
        if not course.sees(decided):
            return "immature", False
        if decided + self.lag > self.known:
            return "immature", event and target.event != "paid"
        return ("bad" if event != (target.event == "paid") else "good"), False

    def standing(self, client: Client, invoice: Invoice, look: int, target: Any, material: int) -> str | None:
        """already_bad or no_exposure as known on the look day; None where the question is still open."""
        state = next((s for s in self.states(client, look) if s.invoice is invoice), None)
        if state is None:
            return "no_exposure"
        course = self.course(client, invoice, look)
        decided = course.due_adj(look) + target.dpd
        if target.event != "paid" and look >= decided:
            if target.event == "late":
                return "already_bad" if state.days_late >= target.dpd else "no_exposure"
            left = course.on(decided, amount_of=look).left
            return "already_bad" if left is not None and left >= material else "no_exposure"
        return None if state.status == "open" else "no_exposure"

    def event(self, course: Course, due_adj: int, decided: int, target: Any, material: int) -> bool:
        """Whether the event is known to have come."""
        done = course.settled_on
        if target.event == "paid":
            return done is not None and done <= decided and not course.ended_by_cancel
        if course.ended_by_cancel and course.cancelled <= decided:  # overdue: on or before due_adj nothing is exposed
            before = course.on(course.cancelled - 1, amount_of=self.known, closing=False).left
            return target.event == "late" or (before is not None and before >= material)
        if decided > self.known:
            return False
        if target.event == "late":
            return done is None or done >= decided
        left = course.on(decided, amount_of=self.known).left
        return left is not None and left >= material


# ── a table of snapshots ─────────────────────────────────────────────────────────────────────────────────────────────
def slow_booking_lag(tables: dict[str, pd.DataFrame], known: int, zone: ZoneInfo) -> int:
    """The 95th centile (the higher value) of the days from payment to booking, over the year before ``known``."""
    table = tables.get("payments")
    if table is None or "known_on" not in table:
        return 0
    delays = sorted(
        max(0, row["known_on"] - row["payment_date"])
        for row in unique(rows(table, zone), "payment_id")
        if row["known_on"] is not None and row["known_on"] <= known and known - 365 < row["payment_date"] <= known
    )
    return delays[-(-95 * (len(delays) - 1) // 100)] if delays else 0


def slow_labels(
    tables: dict[str, pd.DataFrame],
    snapshots: pd.DataFrame,
    targets: list[Any],
    known_at: int,
    calendar: Any = "BR",
    timezone: str = "America/Sao_Paulo",
) -> list[list[Label]]:
    """For each target, the label of each snapshot and whether it is a bad one known too early."""
    zone = ZoneInfo(timezone)
    labels = Labels(tables, known_at, slow_booking_lag(tables, known_at, zone), calendar, timezone)
    owners = {invoice.id: client for client in labels.book.clients.values() for invoice in client.invoices}
    invoices = {invoice.id: invoice for client in owners.values() for invoice in client.invoices}
    asked = list(rows(snapshots, zone))
    out = []
    for target in targets:
        one: list[Label] = []
        for row in asked:
            view, client = row["view"] or "end_of_day", labels.book.clients.get(row["client_id"], Client())
            if target.level == "client":
                one.append(labels.of_client(client, row["as_of"], view, target))
            elif row["invoice_id"] in invoices and owners[row["invoice_id"]] is client:
                one.append(labels.of_invoice(client, invoices[row["invoice_id"]], row["as_of"], view, target))
            else:
                one.append(("immature" if row["as_of"] > known_at else "no_exposure", False))
        out.append(one)
    return out
