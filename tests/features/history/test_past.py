"""The invoice against the client's earlier ones, by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml import Ledger, audit_leaks, build_features, make_snapshots
from inadimplencia_ml.catalog.history.past import PAST
from inadimplencia_ml.features.history import past_sweep
from inadimplencia_ml.features.history.past import NAMES
from inadimplencia_ml.features.of_invoice import asked
from inadimplencia_ml.ledger.snapshots import read_snapshots
from reference.plain_cut import dated, resolved
from reference.random_ledger import random_ledger

law = settings(max_examples=10, derandomize=True, deadline=None, database=None)

AS_OF = "2025-06-02"  # a Monday; seen at issue, the past ends on Sunday, 1 June
FIELDS = ["invoice_id", "issue_date", "due_date", "amount", "known_on", "cancelled_date", "cancel_reason"]
OWN = ("own", AS_OF, "2025-07-02", 100.0)


def book(*rows: tuple[Any, ...], payments: list[dict[str, Any]] | None = None, **more: Any) -> Ledger:
    """One client's invoices; of the fields of a row the last may be left out."""
    invoices = pd.DataFrame([dict(zip(FIELDS, row, strict=False)) for row in rows]).assign(client_id="C1")
    return Ledger(
        invoices.reindex(columns=["client_id", *FIELDS]),
        None if payments is None else pd.DataFrame(payments),
        **{"calendar": "none", **more},
    )


def paid(invoice: str, day: str, amount: float = 100.0, **more: str) -> dict[str, Any]:
    return {"invoice_id": invoice, "payment_date": day, "amount": amount, "known_on": None, "reversed_on": None} | more


def look(ledger: Ledger, invoice: str = "own", as_of: str = AS_OF, view: str = "at_issue") -> pd.Series:
    snapshot = pd.DataFrame({"client_id": ["C1"], "as_of": [as_of], "invoice_id": [invoice], "view": [view]})
    return build_features(ledger, snapshot, families=["past"]).iloc[0]


def past(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[list(NAMES)].astype(float)


def test_the_columns_are_those_of_the_catalogue() -> None:
    assert list(NAMES) == [f.name for f in PAST]


def test_lateness_of_the_earlier_ones_is_told_of_what_is_settled_closed_or_late() -> None:
    ledger = book(
        ("on_time", "2025-03-01", "2025-03-31", 100.0),
        ("late", "2025-03-02", "2025-04-01", 100.0),
        ("open_late", "2025-04-20", "2025-05-22", 100.0),  # in part: still open, 10 days late on 1 June
        ("not_due", "2025-05-10", "2025-06-09", 100.0),  # its outcome is not known
        ("written_off", "2025-02-01", "2025-03-01", 100.0, None, "2025-04-02", "written_off"),  # 32 days late
        ("void", "2025-02-01", "2025-03-01", 100.0, None, "2025-04-02", "void"),
        OWN,
        payments=[paid("on_time", "2025-03-28"), paid("late", "2025-04-07"), paid("open_late", "2025-05-20", 40.0)],
    )
    row = look(ledger)

    assert (row.earlier_count, row.known_outcome_count) == (5, 4)
    assert (row.known_outcome_late_count, row.known_outcome_late_share) == (3, 0.75)
    assert row.known_outcome_days_late_mean == (-3 + 6 + 10 + 32) / 4
    assert (row.known_outcome_late_5_count, row.known_outcome_late_5_share) == (3, 0.75)
    assert row.days_since_late_5 == 0  # one of them is open
    ages = np.array([65, 60, 55, 0])  # from 28 March, 2 and 7 April, and the one that is open
    for half_life in (60, 90):
        weights = 0.5 ** (ages / half_life)
        expected = weights @ [-3, 32, 6, 10] / weights.sum()
        assert row[f"known_outcome_days_late_ewm_{half_life}d"] == pytest.approx(expected, rel=1e-12)


def test_once_all_is_closed_the_days_count_from_the_last_one_that_was_five_days_late() -> None:
    rows = [("five", "2025-03-02", "2025-04-01", 100.0), ("four", "2025-03-02", "2025-04-02", 100.0), OWN]
    ledger = book(*rows, payments=[paid("five", "2025-04-06"), paid("four", "2025-04-06")])

    assert (look(ledger).known_outcome_late_5_count, look(ledger).days_since_late_5) == (1, 56)
    four = book(*rows[1:], payments=[paid("four", "2025-04-06")])
    assert (look(four).known_outcome_late_5_count, look(four).known_outcome_late_5_share) == (0, 0)
    assert math.isnan(look(four).days_since_late_5)


def test_what_is_booked_or_taken_back_on_the_day_of_issue_is_not_yet_known() -> None:
    rows = [("first", "2025-05-01", "2025-05-22", 100.0), ("second", "2025-05-01", "2025-05-22", 100.0), OWN]
    payments = [
        paid("first", "2025-05-20", known_on="2025-06-02"),  # booked on the day of issue: still open and late
        paid("second", "2025-05-20", reversed_on="2025-06-02"),  # still settled
    ]
    ledger = book(*rows, payments=payments)

    assert look(ledger).known_outcome_days_late_mean == (10 - 2) / 2
    assert look(ledger, view="end_of_day").known_outcome_days_late_mean == (-2 + 11) / 2


def test_a_postponed_invoice_is_as_late_as_its_latest_due_date_says() -> None:
    ledger = book(
        ("old", "2025-05-01", "2025-05-12", 100.0, "2025-05-01"),
        ("old", "2025-05-01", "2025-05-28", None, "2025-05-13"),
        OWN,
    )
    assert (look(ledger).known_outcome_days_late_mean, look(ledger).similar_term_late_share) == (4, 1)
    assert look(ledger).earlier_count == 1


@pytest.mark.parametrize(("amount", "alike"), [(74.99, 0), (75.0, 1), (125.0, 1), (125.01, 0), (None, 0)])
def test_similar_is_from_three_quarters_to_five_quarters_of_the_amount(amount: float | None, alike: int) -> None:
    assert look(book(("old", "2025-05-01", "2025-05-22", amount), OWN)).similar_count == alike


def test_lateness_is_told_apart_for_similar_amounts_and_similar_terms() -> None:
    ledger = book(
        ("alike", "2025-03-01", "2025-03-08", 90.0),  # 7 days, paid 4 late
        ("alike_too", "2025-03-01", "2025-03-08", 110.0),  # 7 days, paid 2 early
        ("alike_open", "2025-05-31", "2025-06-30", 110.0),  # not due: counted, but nothing is known of how it ends
        ("other", "2025-03-01", "2025-04-03", 900.0),  # 33 days, paid a day late
        ("other_too", "2025-03-01", "2025-04-04", 900.0),  # 34 days, paid a day late
        ("short", "2025-03-01", "2025-03-28", 900.0),  # 27 days, on time
        OWN,  # 30 days
        payments=[
            paid("alike", "2025-03-12", 90.0),
            paid("alike_too", "2025-03-06", 110.0),
            paid("other", "2025-04-04", 900.0),
            paid("other_too", "2025-04-05", 900.0),
            paid("short", "2025-03-28", 900.0),
        ],
    )
    row = look(ledger)
    assert (row.similar_count, row.similar_late_share, row.similar_days_late_mean) == (3, 0.5, 1.0)
    assert row.similar_term_late_share == 0.5


def test_those_that_fall_due_with_it_are_known_as_on_the_day_before_or_issued_with_it() -> None:
    ledger = book(
        ("with_it", "2025-05-02", "2025-07-02", 30.0),
        ("batch", AS_OF, "2025-07-02", 20.0),
        ("batch_too", AS_OF, "2025-07-03", 50.0),
        ("booked", "2025-05-02", "2025-07-02", 7.0, AS_OF),  # becomes known only on the day of issue
        ("moved", "2025-05-02", "2025-06-20", 8.0, "2025-05-02"),
        ("moved", "2025-05-02", "2025-07-02", None, AS_OF),  # is moved to that due date only then
        OWN,
    )
    row = look(ledger)
    assert (row.same_due_count, row.same_due_amount) == (3, 150.0)
    assert row.amount_to_open == 100 / (30 + 8 + 20 + 50 + 100)
    later = look(ledger, view="end_of_day")
    assert (later.same_due_count, later.same_due_amount) == (5, 165.0)
    assert later.amount_to_open == 100 / (30 + 7 + 8 + 20 + 50 + 100)


def test_what_is_open_counts_net_of_part_payments_and_the_largest_whole() -> None:
    rows = [("old", "2025-05-01", "2025-06-22", 400.0), ("paid", "2025-05-01", "2025-06-22", 500.0), OWN]
    ledger = book(*rows, payments=[paid("old", "2025-05-20", 100.0), paid("paid", "2025-05-20", 500.0)])

    assert (look(ledger).amount_to_open, look(ledger).amount_to_max) == (100 / (300 + 100), 100 / 500)


def test_the_due_date_is_told_by_the_end_of_its_month_and_by_how_far_it_moves() -> None:
    ledger = book(("own", AS_OF, "2025-06-28", 100.0), calendar="BR")  # a Saturday

    assert (look(ledger).invoice_due_days_to_month_end, look(ledger).invoice_due_days_moved) == (2, 2)


def test_without_a_past_counts_are_zero_and_shares_missing() -> None:
    row = look(book(OWN))
    empty = past(row.to_frame().T).iloc[0].dropna()

    assert empty.to_dict() == {
        "earlier_count": 0,
        "known_outcome_count": 0,
        "known_outcome_late_count": 0,
        "known_outcome_late_5_count": 0,
        "similar_count": 0,
        "same_due_count": 1,
        "same_due_amount": 100,
        "amount_to_open": 1,
        "invoice_due_days_to_month_end": 29,
        "invoice_due_days_moved": 0,
    }


def test_an_invoice_without_an_amount_is_like_no_other() -> None:
    row = look(book(("old", "2025-05-01", "2025-05-22", 100.0), ("own", AS_OF, "2025-07-02", None)))

    assert (row.similar_count, row.same_due_amount, row.known_outcome_count) == (0, 0, 1)
    assert row[["amount_to_open", "amount_to_max", "similar_late_share"]].isna().all()


@pytest.mark.parametrize("invoice", ["unheard_of", "of_another", "later"])
def test_an_invoice_that_is_not_known_of_the_client_has_no_past(invoice: str) -> None:
    rows = [("old", "2025-05-01", "2025-05-22", 100.0), ("later", "2025-05-01", "2025-05-22", 100.0, "2025-06-03")]
    mine = pd.DataFrame([dict(zip(FIELDS, row, strict=False)) for row in rows]).assign(client_id="C1")
    other = mine.iloc[:1].assign(client_id="C2", invoice_id="of_another")

    ledger = Ledger(pd.concat([mine, other]), calendar="none")
    assert look(ledger, invoice)[list(NAMES)].isna().all()
    assert look(ledger, "old")[["earlier_count", "same_due_count"]].tolist() == [0, 1]


@contextmanager
def every_client_is_large(steps: int) -> Iterator[None]:
    """No client is walked as a whole; the more ``steps``, the more days are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asked, "_FEW", 0)
        patch.setattr(past_sweep, "PAIRS", 0)
        patch.setattr(past_sweep, "STEPS", steps)
        yield


def random_book(seed: int, one_client: bool = False) -> tuple[Ledger, pd.DataFrame]:
    """A random ledger with each invoice at issue and, later, at the end of a day, in chance order."""
    tables, _, how = random_ledger(seed, clients=5)
    tables, dice = resolved(tables), np.random.default_rng(seed)
    if one_client:
        someone = tables["invoices"]["client_id"].iloc[0]
        tables = {name: table.assign(client_id=someone) for name, table in tables.items() if name != "clients"}
    invoices = dated(tables["invoices"]).drop_duplicates("invoice_id")
    at_issue = pd.DataFrame({"client_id": invoices["client_id"], "as_of": invoices["issue_date"]})
    at_issue = at_issue.assign(invoice_id=invoices["invoice_id"], view="at_issue")
    later = at_issue["as_of"] + pd.to_timedelta(dice.integers(0, 200, len(at_issue)), unit="D")
    both = pd.concat([at_issue, at_issue.assign(as_of=later, view="end_of_day")])
    return Ledger(**tables, **how), both.sample(frac=1, random_state=seed).reset_index(drop=True)


@law
@given(seed=st.integers(0, 10**6))
def test_a_ledger_as_known_at_a_day_gives_the_same_bits_up_to_it(seed: int) -> None:
    ledger, snapshots = random_book(seed)
    day = snapshots["as_of"].sort_values().iloc[len(snapshots) * 2 // 3]
    upto = snapshots[snapshots["as_of"] <= day].reset_index(drop=True)
    cut = past(build_features(ledger.known_at(day.date()), upto, families=["past"]))
    pd.testing.assert_frame_equal(cut, past(build_features(ledger, upto, families=["past"])), check_exact=True)


@law
@given(seed=st.integers(0, 10**6))
def test_what_snapshots_share_gives_each_what_it_has_alone(seed: int) -> None:
    ledger, snapshots = random_book(seed)
    snapshots = snapshots.assign(as_of=snapshots["as_of"].dt.to_period("Q").dt.start_time)  # many of one day
    together = past(build_features(ledger, snapshots, families=["past"]))
    some = snapshots.sample(min(20, len(snapshots)), random_state=seed)
    for k in some.index:
        alone = past(build_features(ledger, snapshots.loc[[k]], families=["past"]))
        pd.testing.assert_frame_equal(alone, together.loc[[k]].reset_index(drop=True), check_exact=True)


@settings(max_examples=tries(25), deadline=None)
@given(seed=st.integers(0, 10**6), one_client=st.booleans(), steps=st.sampled_from([0, 1, 4, 32]))
def test_a_large_client_gets_the_bits_of_a_small_one(seed: int, one_client: bool, steps: int) -> None:
    ledger, snapshots = random_book(seed, one_client)
    much_later = snapshots.assign(as_of=snapshots["as_of"] + pd.Timedelta(days=1700))
    quarters = snapshots.assign(as_of=snapshots["as_of"].dt.to_period("Q").dt.start_time)
    snapshots = pd.concat([snapshots, quarters, much_later], ignore_index=True)
    plain = past(build_features(ledger, snapshots, families=["past"]))
    with every_client_is_large(steps):
        swept = past(build_features(ledger, snapshots, families=["past"]))
    pd.testing.assert_frame_equal(swept, plain, check_exact=True)
    assert plain["same_due_count"].max() > 0


def test_many_invoices_of_one_client_are_swept_and_get_the_same_bits() -> None:
    dice, n = np.random.default_rng(3), 700
    issue = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(dice.integers(0, 300, n)), "D")
    invoices = pd.DataFrame({"client_id": 1, "invoice_id": np.arange(n), "issue_date": issue})
    invoices["due_date"] = issue + pd.to_timedelta(dice.choice([14, 28, 30, 60], n), "D")
    invoices["amount"] = dice.integers(1, 60, n) * 5.0
    late = pd.to_timedelta(dice.integers(-10, 40, n), "D")
    payments = pd.DataFrame({"invoice_id": np.arange(n), "payment_date": invoices["due_date"] + late})
    payments["amount"] = invoices["amount"] * dice.choice([1.0, 0.5], n, p=[0.9, 0.1])
    ledger = Ledger(invoices, payments)
    snapshots = make_snapshots(ledger, at_issue=True)
    swept = past(build_features(ledger, snapshots, families=["past"]))
    assert asked.ask(ledger.books, read_snapshots(snapshots, ledger), past_sweep.PAIRS).large.all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(past_sweep, "PAIRS", n * n)
        walked = past(build_features(ledger, snapshots, families=["past"]))
    pd.testing.assert_frame_equal(swept, walked, check_exact=True)
    assert swept["similar_count"].max() > 100


def test_nothing_leaks() -> None:
    ledger, snapshots = random_book(7)

    def build(known: Ledger, asked: Any) -> pd.DataFrame:
        made = build_features(known, asked, families=["past"])
        return made[["client_id", "as_of", "invoice_id", "view", *NAMES]]

    assert past(build(ledger, snapshots)).notna().any().all()
    audit_leaks(ledger, snapshots, build, dates=16).raise_if_leaking()
