"""The updated balance of one title, day by day in Decimal, written from the words of docs/amounts.md alone."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
DAY = dt.timedelta(days=1)


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def plain_balance(
    title: dict[str, Any],
    payments: list[tuple[dt.date, Decimal]],
    day: dt.date,
    *,
    consumer: bool,
    interest_first: bool,
    legal: dict[tuple[int, int], Decimal] | None = None,
) -> dict[str, Decimal]:
    """Principal, fine and interest at the end of ``day``.

    ``title`` holds due, pay_until, count_from, open, amount, fine_rate, interest_rate_month, interest_per_day (None
    where not said); ``payments`` the days and amounts that were taken off ``open``; ``legal`` the rate of a
    month in percent, which holds for titles that say nothing of interest, due from 30 August 2024 on.
    """
    principal = title["open"] + sum((amount for _, amount in payments), Decimal(0))
    fine = interest = Decimal(0)
    running = False
    stretch: list[dt.date] = []  # the days since the outstanding amount last changed

    def close() -> Decimal:
        return cents(interest_of(title, principal, stretch, consumer, legal))

    today = min([title["due"], title["count_from"], *(d for d, _ in payments)]) - DAY
    while today < day:
        today += DAY
        if today > title["count_from"]:
            stretch.append(today)
        paid = [amount for when, amount in payments if when == today]
        if today > title["pay_until"] and not running and (paid or today == day):
            running = True
            fine = cents(principal * fine_rate(title, consumer))
        for amount in paid:
            if running:
                interest += close()
                stretch = []
            left = amount
            for name in ("interest", "fine", "principal") if interest_first else ("principal", "interest", "fine"):
                owed = {"interest": interest, "fine": fine, "principal": principal}[name]
                part = min(left, owed)
                left -= part
                interest -= part if name == "interest" else 0
                fine -= part if name == "fine" else 0
                principal -= part if name == "principal" else 0
    if running:
        interest += close()
    return {"principal": principal, "fine": fine, "interest": interest, "total": principal + fine + interest}


def fine_rate(title: dict[str, Any], consumer: bool) -> Decimal:
    agreed = title["fine_rate"] or Decimal(0)
    return min(agreed, Decimal("0.02")) if consumer else agreed


def interest_of(
    title: dict[str, Any],
    outstanding: Decimal,
    days: list[dt.date],
    consumer: bool,
    legal: dict[tuple[int, int], Decimal] | None,
) -> Decimal:
    if title["interest_per_day"]:
        a_month = title["interest_per_day"] * 30 / title["amount"]
        if consumer and a_month > Decimal("0.01"):
            return outstanding * Decimal("0.01") * len(days) / 30
        return title["interest_per_day"] * outstanding / title["amount"] * len(days)
    if title["interest_rate_month"] is not None:
        agreed = min(title["interest_rate_month"], Decimal("0.01")) if consumer else title["interest_rate_month"]
        return outstanding * agreed * len(days) / 30
    if legal is None or title["due"] < dt.date(2024, 8, 30):
        return Decimal(0)
    rate = sum((legal[d.year, d.month] / 100 / length(d) for d in days), Decimal(0))
    return outstanding * rate.quantize(Decimal("0.00000001"), ROUND_HALF_UP)


def length(day: dt.date) -> int:
    first = day.replace(day=1)
    return ((first + 31 * DAY).replace(day=1) - first).days
