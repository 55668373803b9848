"""The families spread, latest, shock, cures, postponed and rhythm: against the slow reference, and by laws."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import seeds, tries
from inadimplencia_ml import Ledger, build_features
from inadimplencia_ml.catalog import HISTORY_FAMILIES
from reference.plain_cut import SAO_PAULO, Tables, cut, dated, resolved, with_invented_future
from reference.random_ledger import random_ledger
from reference.slow_features import Book
from reference.slow_history import SLOW_FAMILIES, slow_history

KEYS = ["client_id", "as_of", "view"]
NAMES = [feature.name for family in SLOW_FAMILIES for feature in HISTORY_FAMILIES[family]]
SEEDS, CALM_SEEDS = seeds(16), seeds(6, first=100)
SHOWN = 8
LONG_AFTER = dt.date(2026, 1, 1)

NESTED = [  # each column is at least the one before
    ["late_7_count_90d", "late_7_count_365d", "late_7_count_all"],
    ["renegotiated_count_365d", "renegotiated_count_all"],
    ["renegotiated_amount_365d", "renegotiated_amount_all"],
    ["written_off_count_365d", "written_off_count_all"],
    ["written_off_amount_365d", "written_off_amount_all"],
    ["postponed_count_365d", "postponed_count_all"],
    ["days_late_max_last_3", "days_late_max_last_6", "days_late_max_last_12"],
    ["days_late_max_first_3", "days_late_max_first_6"],
    ["reduced_count_365d", "due_count_365d"],
    ["significant_late_count_90d", "late_count_90d"],
    ["significant_late_count_365d", "late_count_365d"],  # not nested in themselves: 5 % of more money is more
    ["significant_late_count_all", "late_count_all"],
    ["late_run_count_365d", "late_count_365d"],
    ["late_streak_max_365d", "late_count_365d"],
    ["late_streak_max_365d", "due_count_365d"],
    ["on_time_streak", "on_time_streak_max_all"],
    ["never_paid_count_all", "late_30_count_all"],
    ["open_postponed_count", "open_count"],
    ["open_postponed_amount", "open_amount"],
]
OF_THE_CALENDAR = [  # a week moves them: they read the day of the month, or its name
    "as_of_month",
    "as_of_month_day",
    "as_of_days_to_month_end",
    "due_month_end_share_365d",
    "late_share_month_end_365d",
    "issued_amount_same_month_last_year",
    "season_ratio_12m",
    "active_months_365d",
    "paid_month_day_mean_365d",
    "paid_after_month_end_share_365d",
]

law = settings(max_examples=tries(15), derandomize=True, deadline=None, database=None)
of_any_ledger = given(seed=st.integers(0, 10**6))


# ── the slow reference ───────────────────────────────────────────────────────────────────────────────────────────────
def nasty(seed: int) -> tuple[Tables, pd.DataFrame, dict[str, Any]]:
    """A random ledger with its cuts; one of a calm seed is `calmed`."""
    tables, snapshots, how = random_ledger(seed, clients=25 if seed in SEEDS else 12)
    return (tables, snapshots, how) if seed in SEEDS else calmed(tables, how)


def calmed(tables: Tables, how: dict[str, Any]) -> tuple[Tables, pd.DataFrame, dict[str, Any]]:
    """The ledger without what was paid late, but for each client's last four invoices; and cuts from these on."""
    book, late, cuts = Book(tables, how["calendar"], SAO_PAULO.key), set(), []
    for client_id, client in book.clients.items():
        states = sorted(book.states(client, LONG_AFTER.toordinal()), key=lambda s: s.due)
        late |= {s.invoice.id for s in states[:-4] if s.days_late > 5}
        for state in states[-4:-3]:
            first = dt.date.fromordinal(state.due)
            cuts += [(client_id, first + dt.timedelta(days), "end_of_day") for days in range(0, 100, 15)]
    invoices = tables["invoices"][~tables["invoices"]["invoice_id"].isin(late)].reset_index(drop=True)
    return {**tables, "invoices": invoices}, pd.DataFrame(cuts, columns=KEYS), how


@cache
def expected(seed: int) -> pd.DataFrame:
    tables, snapshots, how = nasty(seed)
    return slow_history(tables, snapshots, **how)


def differences(wanted: pd.DataFrame, got: pd.DataFrame) -> list[str]:
    """Each cell that differs, in words."""
    a, b = wanted[NAMES].to_numpy(float), got[NAMES].to_numpy(float)
    out = []
    for row, column in np.argwhere(~np.isclose(b, a, rtol=1e-9, atol=1e-9, equal_nan=True)):
        key = ", ".join(str(wanted.at[row, k]) for k in KEYS)
        out.append(f"{NAMES[column]} of {key}: expected {a[row, column]!r}, got {b[row, column]!r}")
    return out


@pytest.mark.parametrize("seed", [*SEEDS, *CALM_SEEDS])
def test_every_history_feature_is_what_its_definition_says(seed: int) -> None:
    tables, snapshots, how = nasty(seed)
    wanted = expected(seed)
    got = build_features(Ledger(**tables, **how), snapshots, families=list(SLOW_FAMILIES))
    assert got["client_id"].tolist() == wanted["client_id"].tolist()
    assert pd.to_datetime(got["as_of"]).dt.date.tolist() == wanted["as_of"].tolist()
    wrong = differences(wanted, got)
    if wrong:
        pytest.fail(f"{len(wrong)} cells differ:\n" + "\n".join(wrong[:SHOWN]), pytrace=False)


def test_the_reference_and_the_catalogue_name_the_same_columns_in_the_same_order() -> None:
    assert [c for c in expected(0).columns if c not in KEYS] == NAMES


def test_every_column_says_something_in_one_row_of_a_hundred() -> None:
    rows = pd.concat([expected(seed) for seed in (*SEEDS, *CALM_SEEDS)], ignore_index=True)[NAMES]
    said = (rows.notna() & (rows != 0)).mean()
    assert said[said < 0.01].to_dict() == {}
    assert rows.columns[rows.nunique() < 2].tolist() == []


def test_a_cell_that_differs_from_the_reference_is_named_with_both_values() -> None:
    wrong = expected(1).assign(term_last=expected(1)["term_last"].where(expected(1).index != 2, 7777.0))
    (message,) = differences(expected(1), wrong)
    assert message.startswith(f"term_last of {expected(1).at[2, 'client_id']}, {expected(1).at[2, 'as_of']}")
    assert message.endswith("got np.float64(7777.0)")


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def book(seed: int) -> tuple[Tables, pd.DataFrame, dict[str, Any]]:
    """A small nasty ledger in plain days, its doubles resolved, with the cuts of its clients."""
    tables, snapshots, how = random_ledger(seed, clients=5)
    cuts = dated(snapshots)[["client_id", "as_of"]].drop_duplicates(ignore_index=True)
    return resolved(tables), cuts, how


def features(tables: Tables | Ledger, cuts: pd.DataFrame, how: dict[str, Any]) -> pd.DataFrame:
    ledger = tables if isinstance(tables, Ledger) else Ledger(**tables, **how)
    return build_features(ledger, cuts, families=list(SLOW_FAMILIES))[NAMES]


def assert_same_bits(got: pd.DataFrame, wanted: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(got.reset_index(drop=True), wanted.reset_index(drop=True), check_exact=True)


def some_day(cuts: pd.DataFrame, seed: int) -> tuple[dt.date, pd.DataFrame]:
    """One of the later days of the cuts, and the cuts up to it."""
    days = sorted(cuts["as_of"])
    t = days[len(days) * 3 // 10 + seed % (len(days) // 2)]
    return t.date(), cuts[cuts["as_of"] <= t].reset_index(drop=True)


@pytest.mark.parametrize("change", [cut, with_invented_future])
@law
@of_any_ledger
def test_what_comes_after_the_day_changes_no_history_feature(
    change: Callable[[Tables, dt.date], Tables], seed: int
) -> None:
    tables, cuts, how = book(seed)
    t, cuts = some_day(cuts, seed)
    assert_same_bits(features(change(tables, t), cuts, how), features(tables, cuts, how))


@law
@of_any_ledger
def test_a_ledger_as_known_that_day_gives_the_same_history_features(seed: int) -> None:
    tables, cuts, how = book(seed)
    t, cuts = some_day(cuts, seed)
    ledger = Ledger(**tables, **how)
    assert_same_bits(features(ledger.known_at(t), cuts, how), features(ledger, cuts, how))


@law
@of_any_ledger
def test_the_order_of_the_rows_means_nothing_to_history_features(seed: int) -> None:
    tables, cuts, how = book(seed)
    shuffled = {name: table.sample(frac=1, random_state=seed) for name, table in tables.items()}
    assert_same_bits(features(shuffled, cuts, how), features(tables, cuts, how))
    mixed = cuts.sample(frac=1, random_state=seed)
    assert_same_bits(features(tables, mixed, how).set_axis(mixed.index).sort_index(), features(tables, cuts, how))


@law
@of_any_ledger
def test_two_halves_of_the_clients_joined_are_the_whole(seed: int) -> None:
    tables, cuts, how = book(seed)
    parts = []
    for here in (cuts["client_id"].isin(set(cuts["client_id"].unique()[k::2])) for k in (0, 1)):
        clients = set(cuts.loc[here, "client_id"])
        own = set(tables["invoices"].loc[tables["invoices"]["client_id"].isin(clients), "invoice_id"])
        key, of = {"payments": "invoice_id"}, {"payments": own}
        part = {n: t[t[key.get(n, "client_id")].isin(of.get(n, clients))] for n, t in tables.items()}
        parts.append(features(part, cuts[here], how).set_axis(cuts.index[here]))
    assert_same_bits(pd.concat(parts).sort_index(), features(tables, cuts, how))


@law
@of_any_ledger
def test_a_wider_window_of_history_holds_the_narrower(seed: int) -> None:
    tables, cuts, how = book(seed)
    got = build_features(Ledger(**tables, **how), cuts, families=list(SLOW_FAMILIES))
    for names in NESTED:
        values = got[names].fillna(-np.inf).to_numpy()
        assert (values[:, 1:] >= values[:, :-1]).all(), names


@law
@of_any_ledger
def test_a_week_later_without_holidays_only_columns_of_the_calendar_change(seed: int) -> None:
    tables, cuts, _ = book(seed)
    how, week = {"calendar": "none"}, pd.Timedelta(days=7)

    def moved(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(**{c: table[c] + week for c in table.columns if table[c].dtype.kind == "M"})

    lasting = [name for name in NAMES if name not in OF_THE_CALENDAR]
    before = features(tables, cuts, how)[lasting]
    after = features({name: moved(table) for name, table in tables.items()}, moved(cuts), how)[lasting]
    pd.testing.assert_frame_equal(after, before, rtol=1e-9, atol=1e-9)


@law
@of_any_ledger
def test_at_issue_history_ends_the_day_before(seed: int) -> None:
    tables, snapshots, how = random_ledger(seed, clients=5)
    at_issue = dated(snapshots[snapshots["view"] == "at_issue"]).reset_index(drop=True)
    before = at_issue[["client_id", "as_of"]].assign(as_of=at_issue["as_of"] - pd.Timedelta(days=1))
    ledger = Ledger(**tables, **how)
    assert_same_bits(features(ledger, at_issue, how), features(ledger, before, how))
