"""Postponed and reduced invoices, counted by hand against what was first known of them."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from features.history.history_books import assert_only_what_was_known_counts
from inadimplencia_ml.catalog import HISTORY_FAMILIES
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.features.history.postponed import NAMES
from inadimplencia_ml.ledger.ledger import Ledger

ZERO = [n for n in NAMES if "count" in n or "amount" in n or n == "dpd_original_max"]
INVOICES = "invoice_id known_on issue_date due_date amount cancelled_date cancel_reason cancelled_known_on".split()
Rows = list[tuple[object, ...]]


def book(rows: Rows, payments: Rows | None = None, calendar: str = "none") -> Ledger:
    """Rows of client C1 (`INVOICES`, missing at the end) and payments: invoice, day, amount, known_on, reversed_on."""
    invoices = pd.DataFrame(filled(rows, INVOICES), columns=INVOICES).assign(client_id="C1")
    names = "invoice_id payment_date amount known_on reversed_on".split()
    paid = None if payments is None else pd.DataFrame(filled(payments, names), columns=names)
    return Ledger(invoices, paid, calendar=calendar)


def filled(rows: Rows, names: list[str]) -> Rows:
    return [(*row, *[None] * (len(names) - len(row))) for row in rows]


def look(ledger: Ledger, as_of: str, client: str = "C1") -> dict[str, float]:
    snapshots = pd.DataFrame({"client_id": [client], "as_of": [as_of]})
    row = build_features(ledger, snapshots, families=["postponed"]).iloc[0]
    return {name: row[name] for name in NAMES}


def history(name: str, *dues: tuple[str, str], amounts: tuple[object, ...] = (100.0,)) -> Rows:
    """Rows of an invoice issued on 1 January 2025: (known_on, due_date), an amount each, the last one repeated."""
    whole = [*amounts, *[amounts[-1]] * (len(dues) - len(amounts))]
    return [(name, known, "2025-01-01", due, amount) for (known, due), amount in zip(dues, whole, strict=True)]


@pytest.fixture(scope="module")
def varied() -> Ledger:
    first = ("2025-01-01", "2025-02-01")
    moved = ("2025-01-20", "2025-03-01")  # 28 days
    return book(
        [
            *history("kept", first),
            *history("postponed and paid", first, moved),
            *history("postponed and part paid", first, moved),
            *history("postponed, payment taken back", first, moved),
            *history("twice, not due", first, moved, ("2025-02-20", "2025-08-01")),
            *history("brought forward", first, ("2025-01-10", "2025-01-25")),
            *history("told on 1 July", first, ("2025-07-01", "2025-09-01")),
            *history("reduced", first, ("2025-01-15", "2025-02-01"), amounts=(100.0, 70.0)),
            *history("raised", first, ("2025-01-15", "2025-02-01"), amounts=(100.0, 130.0)),
            *history("amount told later", first, ("2025-01-15", "2025-02-01"), amounts=(None, 50.0)),
            ("renegotiated", "2025-01-01", "2025-01-01", "2025-02-01", 100.0),
            ("renegotiated", "2025-01-20", "2025-01-01", "2025-03-01", 100.0, "2025-03-11", "renegotiated"),
            ("void", "2025-01-01", "2025-01-01", "2025-02-01", 100.0),
            ("void", "2025-01-20", "2025-01-01", "2025-03-01", 60.0, "2025-03-11", "void"),
        ],
        [
            ("kept", "2025-02-01", 100.0),
            ("postponed and paid", "2025-02-26", 100.0),
            ("postponed and part paid", "2025-02-10", 40.0),
            ("postponed, payment taken back", "2025-02-20", 100.0, None, "2025-04-01"),
            ("brought forward", "2025-02-04", 100.0),
            ("told on 1 July", "2025-06-10", 100.0, "2025-07-03"),
            ("reduced", "2025-02-01", 70.0),
            ("raised", "2025-02-01", 130.0),
            ("amount told later", "2025-02-01", 50.0),
        ],
    )


def test_the_columns_are_those_of_the_catalogue() -> None:
    assert tuple(f.name for f in HISTORY_FAMILIES["postponed"]) == NAMES


def test_postponed_invoices_are_counted_by_their_present_due_date(varied: Ledger) -> None:
    row = look(varied, "2025-06-30")
    # due by then, ten: four of them moved from 1 February to 1 March
    assert (row["postponed_count_365d"], row["postponed_count_all"], row["postponed_share_365d"]) == (4.0, 4.0, 4 / 10)
    assert row["postponed_days_mean_365d"] == 28.0
    # open: part paid 60, taken back 100, twice 100; "told on 1 July" is not postponed yet
    assert (row["open_postponed_count"], row["open_postponed_amount"]) == (3.0, 260.0)


def test_lateness_against_the_first_due_date_hides_nothing(varied: Ledger) -> None:
    row = look(varied, "2025-06-30")
    assert row["dpd_original_max"] == 149.0  # from 1 February, also of the one that is due in August
    original = [0, 25, 149, 149, 3, 149, 0, 0, 0, 38]  # in the order of the rows; brought forward: 3 after the first
    late = [0, -3, 121, 121, 10, 149, 0, 0, 0, 10]
    assert row["days_late_original_mean_365d"] == sum(original) / 10
    assert row["days_late_hidden_mean_365d"] == (sum(original) - sum(late)) / 10


def test_a_postponement_counts_from_the_day_it_is_known(varied: Ledger) -> None:
    row = look(varied, "2025-07-02")
    assert (row["open_postponed_count"], row["open_postponed_amount"]) == (4.0, 360.0)
    assert row["postponed_share_365d"] == 4 / 9  # due in September now
    assert look(varied, "2025-07-03")["open_postponed_count"] == 3.0  # its payment is booked


def test_only_an_amount_first_given_and_then_lowered_is_reduced(varied: Ledger) -> None:
    row = look(varied, "2025-06-30")
    assert (row["reduced_count_365d"], row["reduced_amount_365d"]) == (1.0, 30.0)


def test_an_amount_reduced_to_nothing_is_reduced_by_all_of_it() -> None:
    rows = history("T", ("2025-01-01", "2025-02-01"), ("2025-01-10", "2025-02-01"), amounts=(80.0, 0.0))
    row = look(book(rows), "2025-03-01")
    assert (row["reduced_count_365d"], row["reduced_amount_365d"]) == (1.0, 80.0)


def test_the_first_due_date_moves_to_a_business_day_too() -> None:
    rows = history("T", ("2025-01-01", "2025-02-01"), ("2025-01-10", "2025-02-10"))  # a Saturday, then a Monday
    row = look(book(rows, calendar="BR"), "2025-02-05")
    assert (row["dpd_original_max"], row["open_postponed_count"]) == (2.0, 1.0)  # from Monday, 3 February


@pytest.mark.parametrize(("as_of", "within"), [("2026-03-01", 0.0), ("2026-02-28", 1.0)])
def test_a_year_ago_to_the_day_is_outside_the_window(as_of: str, within: float) -> None:
    rows = history("T", ("2025-01-01", "2025-02-01"), ("2025-01-10", "2025-03-01"), amounts=(80.0, 60.0))
    row = look(book(rows), as_of)
    assert (row["postponed_count_365d"], row["reduced_count_365d"]) == (within, within)
    assert row["postponed_count_all"] == 1.0


@pytest.mark.parametrize("client", ["C1", "nobody"])
def test_without_data_counts_are_zero_and_the_rest_is_missing(client: str) -> None:
    row = look(book(history("T", ("2025-01-01", "2025-02-01"))), "2024-12-31", client)
    assert {name: row[name] for name in ZERO} == dict.fromkeys(ZERO, 0.0)
    assert len(ZERO) == 7
    assert all(math.isnan(row[name]) for name in NAMES if name not in ZERO)


@pytest.mark.parametrize("seed", [3, 8])
def test_only_what_was_known_counts(seed: int) -> None:
    assert_only_what_was_known_counts("postponed", seed)
