"""Declared aggregates: against plain pandas over the slow reference's facts, and worked out by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from custom_build import columns
from plain_aggregates import FILTERS, chosen, declarations, expected, named, states_of, with_columns

from effort import seeds
from inadimplencia_ml import Ledger
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.custom.declared import Aggregate
from inadimplencia_ml.features.custom.one_pass import _month_day
from reference.random_ledger import random_ledger


@pytest.mark.parametrize("seed", seeds(16))
def test_every_measure_and_aggregation_is_what_plain_pandas_says(seed: int) -> None:
    tables, snapshots, how = random_ledger(seed, clients=12)
    tables = with_columns(tables, seed)
    declared = declarations(seed)
    got = columns(Ledger(**tables, **how), snapshots, named(declared))
    frame = states_of(tables, snapshots, how["calendar"])
    wrong = []
    for name, one in zip(got.columns, declared, strict=True):
        want = expected(frame, one, len(snapshots))
        for at in np.flatnonzero(~np.isclose(got[name], want, rtol=1e-9, atol=1e-7, equal_nan=True))[:2]:
            wrong.append(f"{one} of {snapshots.iloc[at].tolist()}: expected {want[at]!r}, got {got[name][at]!r}")
    if wrong:
        pytest.fail(f"{len(wrong)} cells differ:\n" + "\n".join(wrong[:6]), pytrace=False)


def test_the_reference_has_something_to_say_of_every_filter() -> None:
    seen = {}
    for seed in range(6):
        tables, snapshots, how = random_ledger(seed, clients=12)
        frame = states_of(with_columns(tables, seed), snapshots, how["calendar"])
        for tests in FILTERS[2:]:
            keep = chosen(frame, tests)
            seen.setdefault(str(tests), set()).update(keep.unique())
    assert {tests: flags for tests, flags in seen.items() if flags != {True, False}} == {}


# --- by hand ---------------------------------------------------------------------------------------------------------


def small_book(**more: Any) -> Ledger:
    return Ledger(
        pd.DataFrame(
            {
                "client_id": "C",
                "invoice_id": ["A", "B", "D", "E"],
                "issue_date": ["2025-01-06", "2025-01-06", "2025-02-03", "2025-03-03"],
                "due_date": ["2025-02-03", "2025-02-03", "2025-03-03", "2025-06-02"],
                "amount": [100.0, 50.0, 30.0, 20.0],
                "paid_date": ["2025-02-13", None, "2025-02-24", None],
                "kind": ["boleto", "pix", "Boleto ", None],
                **more,
            }
        ),
        calendar="none",
    )


def value(ledger: Ledger, as_of: str, **how: Any) -> float:
    one = Aggregate(name="mine", **how)
    return float(columns(ledger, pd.DataFrame({"client_id": ["C"], "as_of": [as_of]}), [one])["mine"][0])


@pytest.mark.parametrize(
    ("how", "right"),
    [
        ({"aggregation": "count", "window": "all"}, 3),  # E is not due
        ({"aggregation": "count", "window": "all", "by": "issue"}, 4),
        ({"aggregation": "count", "window": 10, "by": "issue"}, 0),
        ({"aggregation": "count", "window": 11, "by": "issue"}, 1),
        ({"aggregation": "count", "window": 38, "by": "due"}, 1),  # A and B fell due 38 days ago: just out
        ({"aggregation": "count", "window": 39, "by": "due"}, 3),
        ({"aggregation": "count", "window": "all", "by": "closed"}, 2),
        ({"measure": "amount", "aggregation": "sum", "window": "all", "filter": {"kind": "BOLETO"}}, 130.0),
        ({"measure": "days_late", "aggregation": "max", "window": 90}, 38),  # B, open since 3 February
        ({"measure": "days_late", "aggregation": "min", "window": 90}, -7),
        ({"measure": "days_late", "aggregation": "mean", "window": 90}, 41 / 3),
        ({"measure": "days_late", "aggregation": "median", "window": 90}, 10),
        ({"measure": "days_early", "aggregation": "sum", "window": 90}, 7),
        ({"measure": "amount", "aggregation": "last", "window": "all", "by": "closed"}, 30.0),
        ({"measure": "amount", "aggregation": "first", "window": "all", "by": "closed"}, 100.0),
        ({"measure": "open_amount", "aggregation": "sum", "window": "all", "by": "issue"}, 70.0),
        ({"measure": "dpd", "aggregation": "max", "window": "all", "by": "closed"}, 0),
        ({"aggregation": "share", "window": 90, "of": {"days_late": {"gt": 0}}}, 2 / 3),
        ({"measure": "amount", "aggregation": "share", "window": 90, "of": {"status": "settled"}}, 130 / 180),
    ],
    ids=str,
)
def test_a_book_worked_out_by_hand(how: dict[str, Any], right: float) -> None:
    assert value(small_book(), "2025-03-13", **how) == right


def test_a_column_is_read_from_the_row_that_was_known_first() -> None:
    one = {"client_id": "C", "invoice_id": "A", "issue_date": "2025-01-06", "due_date": "2025-02-03", "amount": 1.0}
    history = pd.DataFrame([one | {"kind": "pix"}, one | {"kind": "boleto", "known_on": "2025-01-20"}])
    counted = {kind: value(Ledger(history), "2025-03-01", aggregation="count", window="all", filter={"kind": kind})
               for kind in ("pix", "boleto")}  # fmt: skip
    assert counted == {"pix": 1, "boleto": 0}


def test_great_amounts_have_a_standard_deviation_too() -> None:
    ledger = small_book(amount=[9e9, 5e9, 1e9, 2e9])
    got = value(ledger, "2025-03-13", measure="amount", aggregation="std", window="all")
    assert got == pytest.approx(4e9, rel=1e-12)


def test_a_client_without_invoices_has_counts_of_zero_and_no_mean() -> None:
    snapshots = pd.DataFrame({"client_id": ["unknown"], "as_of": ["2025-03-13"]})
    declared = [
        Aggregate(name="n", aggregation="count", window=90),
        Aggregate(name="total", measure="amount", aggregation="sum", window=90),
        Aggregate(name="mean", measure="amount", aggregation="mean", window=90),
        Aggregate(name="part", aggregation="share", window=90, of={"days_late": {"gt": 0}}),
    ]
    assert columns(small_book(), snapshots, declared).iloc[0].fillna(-1).tolist() == [0, 0, -1, -1]


def test_a_ledger_in_which_nothing_is_known_yet_has_features_too() -> None:
    empty = small_book().known_at("2020-01-01")
    assert value(empty, "2020-01-01", aggregation="count", window=90, filter={"kind": "pix"}) == 0
    assert np.isnan(value(empty, "2020-01-01", measure="amount", aggregation="max", window=90))


def test_a_column_that_the_ledger_lacks_is_an_error_that_names_the_feature() -> None:
    with pytest.raises(CallError, match="'mine' reads the column 'product' of invoices, which this ledger does not"):
        value(small_book(), "2025-03-13", aggregation="count", window=90, filter={"product": "x"})
    with pytest.raises(CallError, match="'mine' reads the column 'installment'"):
        value(small_book(), "2025-03-13", measure="installment", aggregation="max", window=90)


@pytest.mark.parametrize("day", [-719_000, -1, 0, 58, 59, 60, 11_016, 11_017, 19_782, 47_540, 900_000])
def test_the_day_of_the_month_is_that_of_the_calendar(day: int) -> None:
    assert _month_day(day) == (dt.date(1970, 1, 1) + dt.timedelta(day)).day
