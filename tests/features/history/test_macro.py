"""The series of the economy, as known on the day."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml import Ledger, audit_leaks, build_features
from inadimplencia_ml.catalog import feature
from inadimplencia_ml.catalog.history.macro import MACRO
from inadimplencia_ml.errors import CallError, LedgerError

INVOICES = pd.DataFrame(
    {
        "client_id": ["C1"],
        "invoice_id": ["T1"],
        "issue_date": ["2024-01-10"],
        "due_date": ["2024-02-10"],
        "amount": [100.0],
    }
)
ROWS = [
    ("selic", "2024-03-31", 10.0, "2024-04-10"),
    ("selic", "2025-02-28", 12.0, "2025-03-10"),
    ("selic", "2025-03-31", 13.0, "2025-04-10"),
    ("selic", "2025-03-31", 13.5, "2025-05-10"),  # revised
    ("selic", "2025-02-28", 99.0, "2025-05-20"),  # of an older date: revises nothing that counts
    ("selic", "2025-12-31", 15.0, "2025-01-01"),  # a forecast is no fact before its date
    ("ipca", "2025-05-31", 0.4, None),
]


def book(rows: list[tuple[Any, ...]] = ROWS) -> Ledger:
    macro = pd.DataFrame(rows, columns=["series", "date", "value", "known_on"])
    return Ledger(INVOICES, macro=macro, calendar="none")


def build(ledger: Ledger, snapshots: Any) -> pd.DataFrame:
    return build_features(ledger, snapshots, families=["macro"])


def macro(ledger: Ledger, *days: str) -> pd.DataFrame:
    got = build(ledger, pd.DataFrame({"client_id": "C1", "as_of": list(days)}))
    return got[[c for c in got.columns if c.startswith("macro_")]]


def test_each_series_has_its_value_and_two_changes_in_the_order_of_names() -> None:
    assert macro(book(), "2025-06-30").columns.tolist() == [
        *("macro_ipca", "macro_ipca_change_90d", "macro_ipca_change_365d"),
        *("macro_selic", "macro_selic_change_90d", "macro_selic_change_365d"),
    ]


def test_the_latest_date_known_counts_and_of_one_date_what_was_known_last() -> None:
    days = ["2024-04-09", "2024-04-10", "2025-03-10", "2025-04-10", "2025-05-10", "2025-05-20", "2025-12-31"]
    assert macro(book(), *days)["macro_selic"].tolist()[1:] == [10, 12, 13, 13.5, 13.5, 15]
    assert np.isnan(macro(book(), *days)["macro_selic"][0])


def test_a_change_is_against_what_was_known_then() -> None:
    x = macro(book(), "2025-06-30", "2025-07-09").astype(float)
    assert x["macro_selic_change_90d"].tolist() == [13.5 - 12, 13.5 - 13]  # 1 April, 10 April
    assert x["macro_selic_change_365d"].tolist() == [3.5, 3.5]
    assert x["macro_ipca"].tolist() == [0.4, 0.4]
    assert x["macro_ipca_change_90d"].isna().all()


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_what_is_known_on_one_day_does_not_depend_on_the_order_of_the_rows(order: list[int]) -> None:
    rows = [("x", "2025-01-31", 1.0, "2025-02-10"), ("x", "2025-01-31", 3.0, "2025-02-10")]
    rows.append(("x", "2025-01-31", 2.0, "2025-02-10"))
    assert macro(book([rows[k] for k in order]), "2025-03-01")["macro_x"].tolist() == [3.0]


def test_two_early_rows_of_one_date_count_by_their_booking() -> None:
    rows = [("x", "2025-03-31", 1.0, "2025-03-20"), ("x", "2025-03-31", 5.0, "2025-03-10")]
    assert macro(book(rows), "2025-03-31")["macro_x"].tolist() == [1.0]


def test_a_series_of_which_nothing_is_known_yet_has_no_columns() -> None:
    assert macro(book(), "2025-05-30").columns.str.contains("ipca").sum() == 0
    assert macro(book(), "2024-01-31").empty
    assert macro(book(), "2025-05-30", "2025-05-31")["macro_ipca"].isna().tolist() == [True, False]


def test_an_unknown_client_lives_in_the_same_economy() -> None:
    got = build(book(), pd.DataFrame({"client_id": ["nobody"], "as_of": ["2025-06-30"]}))
    assert got["macro_selic"].tolist() == [13.5]


def test_a_series_named_as_the_change_of_another_is_refused() -> None:
    rows = [("x", "2025-01-31", 1.0, None), ("x_change_90d", "2025-01-31", 1.0, None)]
    with pytest.raises(LedgerError, match=r"two series make the column 'macro_x_change_90d'\. Give the series"):
        macro(book(rows), "2025-03-01")


def test_the_catalogue_makes_the_features_when_asked() -> None:
    assert MACRO == ()
    now, change = feature("macro_ipca"), feature("macro_ipca_change_365d")
    assert (now.family, now.window, now.reason, now.direction) == ("macro", "latest", "R12", 0)
    assert (change.family, change.window) == ("macro", "365d")
    assert "series ipca known at t less the one known at t − 365 d" in change.meaning_en
    assert "série ipca conhecido em t menos o conhecido em t − 365 d" in change.meaning_pt
    assert feature("macro_ipca", attributes=["macro"]).family == "attributes"
    with pytest.raises(CallError, match="No feature is called 'macro_'"):
        feature("macro_")


def test_a_ledger_as_known_at_a_day_gives_the_same_up_to_it() -> None:
    days = pd.date_range("2024-02-01", "2025-05-19", freq="23D")
    snapshots = pd.DataFrame({"client_id": "C1", "as_of": days})
    pd.testing.assert_frame_equal(build(book().known_at("2025-05-19"), snapshots), build(book(), snapshots))


def test_nothing_leaks() -> None:
    days = pd.to_datetime(["2024-04-09", "2025-04-12", "2025-06-15"])
    report = audit_leaks(book(), pd.DataFrame({"client_id": "C1", "as_of": days}), build)
    assert report.ok, str(report)
