"""Laws of the updated balance, and an independent reckoning in Decimal, on random titles and payments."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from amounts_prose import POLICY, Once, payments_of, policy_with, titles_of
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.errors import CallError, PolicyError
from inadimplencia_ml.policy.amounts.balance import balances_of, updated_balance
from inadimplencia_ml.policy.amounts.cents import half_up
from inadimplencia_ml.policy.amounts.legal_rate import legal_rate_series
from reference.plain_balance import plain_balance

DUE = dt.date(2025, 6, 2)
PLAIN: Any = Once(POLICY)
INTEREST_FIRST: Any = Once(policy_with({"imputation": "interest_first"}))
DAY = dt.timedelta(days=1)
LEGAL = {(2024 + m // 12, m % 12 + 1): Decimal(400_000 + 31_337 * m % 300_000) / 10**6 for m in range(48)}
SERIES = {"taxa_legal": {dt.date(year, month, 1): float(rate) for (year, month), rate in LEGAL.items()}}

RATES = st.sampled_from(["0", "0.005", "0.01", "0.0233", "0.10"]).map(Decimal) | st.none()
TITLE = st.fixed_dictionaries(
    {
        "due": st.integers(-300, 60).map(lambda days: DUE + days * DAY),
        "cents": st.integers(1, 10**9),
        "fine_rate": RATES,
        "interest_rate_month": RATES,
        "interest_per_day": st.none() | st.integers(1, 40).map(lambda c: Decimal(c) / 100),
        "kind": st.sampled_from(["boleto", "pix", "carnê", None]),
    }
)
BOOK = st.lists(
    st.tuples(TITLE, st.lists(st.tuples(st.integers(-20, 200), st.integers(1, 400)), max_size=3)),
    min_size=1,
    max_size=6,
)
SOME = settings(max_examples=25)


def told_of(
    title: dict[str, Any], payments: list[tuple[int, int]]
) -> tuple[dict[str, Any], list[tuple[dt.date, Decimal]]]:
    """The title as the tables have it and its payments; parts of thousandths, never all of it."""
    paid, left = [], title["cents"]
    for after, part in sorted(payments):
        amount = min(left - 1, title["cents"] * part // 1000)
        if amount > 0:
            left -= amount
            paid.append((title["due"] + after * DAY, Decimal(amount) / 100))
    row = {"due": title["due"], "amount": title["cents"] / 100, "open": left / 100, "kind": title["kind"]}
    rates = {
        n: None if title[n] is None else float(title[n])
        for n in ("fine_rate", "interest_rate_month", "interest_per_day")
    }
    return row | rates, paid


def tables_of(book: list[Any]) -> tuple[pd.DataFrame, pd.DataFrame | None, list[Any]]:
    told = [told_of(*one) for one in book]
    rows = [
        {"invoice_id": f"T{number}", "payment_date": when, "amount": float(amount)}
        for number, (_, paid) in enumerate(told, 1)
        for when, amount in paid
    ]
    return titles_of([title for title, _ in told]), payments_of(rows), told


@SOME
@given(BOOK, st.integers(-10, 250), st.booleans(), st.booleans())
def test_it_is_what_a_second_reckoning_in_decimal_says(book: Any, after: int, consumer: bool, first: bool) -> None:
    titles, payments, told = tables_of(book)
    day, calendar = DUE + after * DAY, Calendar.of("BR")
    policy = INTEREST_FIRST if first else PLAIN
    found = updated_balance(titles, policy, day, consumer=consumer, payments=payments, rates=SERIES)
    for at, ((title, _), (_, paid)) in enumerate(zip(book, told, strict=True)):
        moved = calendar.adjusted(title["due"])
        plain = title | {
            "open": Decimal(round(titles["open_amount"][at] * 100)) / 100,
            "amount": Decimal(title["cents"]) / 100,
            "pay_until": moved,
            "count_from": title["due"] if title["kind"] == "boleto" else moved,
        }
        if title["interest_per_day"] and title["interest_per_day"] * 30 > plain["amount"] / 5:
            continue  # a rate beyond belief, told in the case files
        wanted = plain_balance(plain, paid, day, consumer=consumer, interest_first=first, legal=LEGAL)
        got = found.iloc[at]
        assert {n: Decimal(str(got[n])).quantize(Decimal("0.01")) for n in wanted} == wanted


@SOME
@given(BOOK, st.integers(-10, 200), st.integers(0, 40), st.booleans())
def test_waiting_never_makes_it_cheaper(book: Any, after: int, more: int, consumer: bool) -> None:
    titles, _, _ = tables_of(book)
    one = updated_balance(titles, PLAIN, DUE + after * DAY, consumer=consumer, rates=SERIES)
    other = updated_balance(titles, PLAIN, DUE + (after + more) * DAY, consumer=consumer, rates=SERIES)
    assert (other["total"] >= one["total"]).all()


@SOME
@given(BOOK, st.integers(-10, 250))
def test_a_consumers_fine_is_never_above_two_percent_and_the_parts_are_the_total(book: Any, after: int) -> None:
    titles, payments, _ = tables_of(book)
    rules = PLAIN.in_force(DUE).amounts
    got = balances_of(titles, rules, DUE + after * DAY, payments=payments, rates=SERIES)
    amounts = np.rint(titles["amount"].to_numpy() * 100).astype(np.int64)
    assert (got.fine <= half_up(amounts, 2, 100)).all()
    assert (got.total == got.principal + got.correction + got.fine + got.interest - got.discount - got.reduction).all()
    assert (got.total >= 0).all()


@SOME
@given(BOOK, st.integers(-10, 250), st.randoms(use_true_random=False))
def test_the_order_of_titles_and_payments_changes_nothing(book: Any, after: int, dice: Any) -> None:
    titles, payments, _ = tables_of(book)
    places = list(range(len(titles)))
    dice.shuffle(places)
    mixed = None if payments is None else payments.iloc[::-1]
    one = updated_balance(titles, PLAIN, DUE + after * DAY, payments=payments, rates=SERIES)
    other = updated_balance(titles.iloc[places], PLAIN, DUE + after * DAY, payments=mixed, rates=SERIES)
    pd.testing.assert_frame_equal(one.iloc[places].reset_index(drop=True), other)


@SOME
@given(BOOK, st.integers(0, 250), st.integers(0, 100), st.booleans())
def test_who_pays_all_on_some_day_owes_nothing_ever_after(book: Any, after: int, more: int, first: bool) -> None:
    titles, payments, _ = tables_of(book)
    policy = INTEREST_FIRST if first else PLAIN
    day = DUE + after * DAY
    known = None if payments is None else payments[payments["payment_date"] <= pd.Timestamp(day)]
    taken = np.zeros(len(titles))
    if known is not None:
        taken = known.groupby("invoice_id")["amount"].sum().reindex(titles["invoice_id"], fill_value=0).to_numpy()
    open_now = titles.assign(open_amount=(titles["amount"] - taken).round(2))
    owed = updated_balance(open_now, policy, day, payments=known, rates=SERIES)
    last = pd.DataFrame({"invoice_id": owed["invoice_id"], "payment_date": pd.Timestamp(day), "amount": owed["total"]})
    last = last[last["amount"] > 0]
    paid = last if known is None else pd.concat([known, last])
    settled = open_now.assign(open_amount=0.0)
    rest = updated_balance(settled, policy, day + more * DAY, payments=paid, rates=SERIES)
    assert (rest["total"] == 0).all()


def test_half_a_cent_goes_up_however_large_the_amount() -> None:
    assert half_up(10**16 + 1, 1, 2) == 5 * 10**15 + 1
    amount, numerator, denominator = 987_654_321_987_654, 123_456_789, 10**12 + 7
    exact = (2 * amount * numerator + denominator) // (2 * denominator)
    assert half_up(np.array([amount]), numerator, denominator).tolist() == [exact]
    assert half_up(-3, 1, 2) == -1


def test_titles_without_a_due_date_or_below_zero_are_refused() -> None:
    titles = titles_of([{"due": DUE, "amount": 10.0}])
    with pytest.raises(CallError, match="open_amount is missing or below zero"):
        updated_balance(titles.assign(open_amount=-1.0), POLICY, DUE)
    with pytest.raises(CallError, match="due_date is missing in some rows"):
        updated_balance(titles.assign(due_date=pd.NaT), POLICY, DUE)
    with pytest.raises(CallError, match=r"column 'open_amount' is missing.*open_amonut"):
        updated_balance(titles.rename(columns={"open_amount": "open_amonut"}), POLICY, DUE)
    with pytest.raises(CallError, match="discount_rate is a share from 0 to 1"):
        updated_balance(titles.assign(discount_rate=5.0), POLICY, DUE)
    with pytest.raises(PolicyError, match="no section `amounts`"):
        updated_balance(titles, POLICY.model_copy(update={"amounts": None}), DUE)


def test_rates_without_their_columns_or_with_a_date_twice_are_refused() -> None:
    titles = titles_of([{"due": DUE, "amount": 10.0}])
    with pytest.raises(CallError, match=r"rates: column 'value' is missing.*valor"):
        updated_balance(titles, POLICY, DUE, rates=pd.DataFrame({"date": [DUE], "series": ["ipca"], "valor": [1.0]}))
    twice = pd.DataFrame({"date": [DUE, DUE], "series": ["ipca", "ipca"], "value": [1.0, 2.0]})
    with pytest.raises(CallError, match="series 'ipca' has a date twice"):
        updated_balance(titles, POLICY, DUE, rates=twice)


def test_the_legal_rate_of_a_month_is_selic_over_ipca_15_of_the_month_before() -> None:
    selic = {"2024-08-01": 1.00867580, "2024-09-01": 1.00834800}
    inflation = {"2024-08-01": 0.19, "2024-09-01": 0.13, "2024-10-01": 5.0}
    found = legal_rate_series(selic, inflation)
    wanted = [
        (Decimal("1.00867580") / Decimal("1.0019") - 1) * 100,
        (Decimal("1.00834800") / Decimal("1.0013") - 1) * 100,
    ]
    assert found.index.astype(str).tolist() == ["2024-09-01", "2024-10-01"]
    assert found.tolist() == [float(round(one, 6)) for one in wanted]
    assert legal_rate_series({"2024-08-01": 1.001}, {"2024-08-01": 0.5}).tolist() == [0.0]
