"""Moves between month ends: against plain pandas, their laws, and the point of no return by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.portfolio.no_return import point_of_no_return
from portfolio.plain_book import UNTIL, ledger_of, left_at, plain_book, reached_on

BUCKETS = ["0", "1-30", "31-60", "61-90", "91+"]


def states(invoices: pd.DataFrame, payments: pd.DataFrame, day: pd.Timestamp, by: str) -> pd.DataFrame:
    """Bucket and cents of who has something open at the end of a day."""
    paid, closed = invoices["paid_on"] <= day, invoices["cancelled_date"] <= day
    own = invoices.assign(left=left_at(invoices, payments, day), dpd=(day - invoices["due_date"]).dt.days.clip(lower=0))
    own = own[(own["issue_date"] <= day) & ~paid & ~closed]
    found = own.groupby(by).agg(dpd=("dpd", "max"), left=("left", "sum"))
    found["state"] = pd.cut(found["dpd"], [-1, 0, 30, 60, 90, 10**6], labels=BUCKETS).astype(str)
    return found


def slow_moves(invoices: pd.DataFrame, payments: pd.DataFrame, by: str, months: int) -> pd.DataFrame:
    ends = pd.date_range(end=UNTIL, periods=months + 1, freq="ME")
    rows = []
    for first, second in itertools.pairwise(ends):
        one, two = states(invoices, payments, first, by), states(invoices, payments, second, by)
        for who in one.index.union(two.index):
            source = one["state"].get(who, "new")
            target = two["state"].get(who)
            if target is None:
                was = invoices[(invoices[by] == who) & (invoices["issue_date"] <= first)]
                was = was[~(was["paid_on"] <= first) & ~(was["cancelled_date"] <= first)]
                shut = was[was["cancelled_date"] <= second]
                shut = shut[~(shut["paid_on"] <= shut["cancelled_date"])]["cancel_reason"]
                settled = (was["paid_on"] <= second).any()
                closed = shut.isin(["written_off", "renegotiated"]).any()
                target = "closed" if closed else "settled" if settled else "gone"
            before, after = one["left"].get(who, 0) / 100, two["left"].get(who, 0) / 100
            rows.append((second, source, target, before if source != "new" else after, after))
    table = pd.DataFrame(rows, columns=["end", "from_state", "to_state", "amount", "amount_after"])
    table["month"] = table.pop("end").dt.to_period("M").dt.to_timestamp()
    grouped = table.groupby(["month", "from_state", "to_state"])
    return grouped.agg(count=("amount", "size"), amount=("amount", "sum"), amount_after=("amount_after", "sum"))


@pytest.mark.parametrize(("level", "by"), [("client", "client_id"), ("invoice", "invoice_id")])
def test_moves_are_those_that_plain_pandas_finds(level: str, by: str) -> None:
    invoices, payments = plain_book(1)
    got = iml.roll_rates(ledger_of(invoices, payments), months=9, level=level)
    said = slow_moves(invoices, payments, by, 9)

    own = got.moves.set_index(["month", "from_state", "to_state"]).sort_index()
    assert own.index.tolist() == said.sort_index().index.tolist()
    np.testing.assert_allclose(own.to_numpy(float), said.sort_index().to_numpy(float), atol=1e-6)
    met = {"new", "settled", "closed"} if level == "invoice" else {"91+", "closed"}
    assert met <= {*own.index.get_level_values(1), *own.index.get_level_values(2)}


def test_moves_out_of_a_state_add_up_to_one_and_meet_the_stocks() -> None:
    got = iml.roll_rates(ledger_of(*plain_book(2)), months=10, level="invoice")

    for of in ("count", "amount"):
        sums = got.matrix(of).sum(axis=1)
        np.testing.assert_allclose(sums[got.matrix(of, share=False).sum(axis=1) > 0], 1.0)
    parts = got.forward[["roll_forward", "stay", "roll_back", "left_otherwise"]].sum(axis=1)
    np.testing.assert_allclose(parts[got.forward["count"] > 0], 1.0)
    stock = got.stocks.pivot(index="month", columns="state", values="amount")[BUCKETS]
    out = got.moves[got.moves["from_state"] != "new"].groupby("month")["amount"].sum()
    into = got.moves.groupby("month")["amount_after"].sum()
    np.testing.assert_allclose(stock.sum(axis=1).iloc[:-1], out)
    np.testing.assert_allclose(stock.sum(axis=1).iloc[1:], into)


def test_reaching_the_last_bucket_is_the_product_of_the_moves_where_nobody_comes_back() -> None:
    rows = [("T1", "2025-01-20", None), ("T2", "2025-01-20", "2025-02-10"), ("T3", "2025-01-20", "2025-03-10")]
    invoices = pd.DataFrame(rows, columns=["invoice_id", "due_date", "paid_date"])
    invoices = invoices.assign(client_id="C1", issue_date="2025-01-02", amount=100.0)
    ledger = iml.Ledger(invoices, calendar="none", known_until="2025-06-30")
    forward = iml.roll_rates(ledger, months=5, level="invoice").forward.set_index("state")

    # 3 stand at 1-30 in January, 2 of them at 31-60 in February, 1 at 61-90 in March, then 91+
    assert forward["roll_forward"][["1-30", "31-60", "61-90"]].tolist() == pytest.approx([2 / 3, 1 / 2, 1.0])
    assert forward["reach_last"][BUCKETS[1:]].tolist() == pytest.approx([1 / 3, 1 / 2, 1.0, 1.0])


def test_what_was_past_a_threshold_is_cured_moved_lost_or_unpaid() -> None:
    invoices, payments = plain_book(3, clients=10)
    got = iml.roll_rates(ledger_of(invoices, payments), months=2, thresholds=(10, 60), follow_days=45).no_return
    ends = ("cured", "renegotiated", "written_off", "unpaid")

    for row in got.to_dict("records"):
        day = reached_on(invoices, payments, row["dpd"], UNTIL)
        later = day + pd.Timedelta(days=45)
        own = invoices[(day == invoices["due_date"] + pd.Timedelta(days=row["dpd"])) & (later <= UNTIL)]
        shut = (own["cancelled_date"] <= later[own.index]) & (own["cancelled_date"] != day[own.index])
        cured = (own["paid_on"] <= later[own.index]) & ~(own["cancelled_date"] < own["paid_on"])
        said = [int(cured.sum())]
        said += [int((shut & ~cured & (own["cancel_reason"] == reason)).sum()) for reason in ends[1:3]]
        assert [row[end] for end in ends] == [*said, len(own) - sum(said)]
        assert row["invoices"] == len(own)
        assert sum(row[f"{end}_share"] for end in ends) == pytest.approx(1.0)
        assert sum(row[f"{end}_amount"] for end in ends) == pytest.approx(row["amount"])
        left = sum(left_at(invoices, payments, day[i])[i] for i in own.index) / 100
        assert row["amount"] == pytest.approx(left)
        after = sum(left_at(invoices, payments, later[i])[i] for i in own.index) / 100
        assert row["cured_amount"] == pytest.approx(left - after)


def test_the_point_of_no_return_is_the_lowest_from_which_on_all_are_below() -> None:
    def of(*shares: float) -> int | None:
        return point_of_no_return(pd.DataFrame({"dpd": [10, 20, 30, 40], "cured_share": shares}))

    assert of(0.9, 0.4, 0.6, 0.3) == 40
    assert of(0.9, 0.4, 0.3, float("nan")) == 20
    assert of(0.9, 0.8, 0.7, 0.5) is None


def test_nothing_later_than_the_day_moves_a_figure() -> None:
    invoices, payments = plain_book(4)
    cut = "2025-02-28"
    late = payments.assign(amount=payments["amount"].where(payments["payment_date"] <= cut, 1.0))
    one, other = (iml.roll_rates(ledger_of(invoices, p), cut, months=6) for p in (payments, late))

    pd.testing.assert_frame_equal(one.moves, other.moves)
    pd.testing.assert_frame_equal(one.no_return, other.no_return)


def test_a_wrong_word_offers_the_right_one() -> None:
    with pytest.raises(CallError, match="Did you mean 'client'"):
        iml.roll_rates(ledger_of(*plain_book(1)), level="clients")
    with pytest.raises(CallError, match="months: "):
        iml.roll_rates(ledger_of(*plain_book(1)), months=0)
