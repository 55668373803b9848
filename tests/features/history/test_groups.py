"""The other members of a client's groups, by hand and added up one by one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml import Ledger, audit_leaks, build_features
from inadimplencia_ml.catalog.history.groups import GROUPS
from inadimplencia_ml.features.history.groups import NAMES
from reference.plain_cut import dated, resolved
from reference.random_ledger import random_ledger

law = settings(max_examples=8, derandomize=True, deadline=None, database=None)

INVOICES = pd.DataFrame(
    [
        ("A", "a1", "2025-01-01", "2025-02-01", 100.0, None),  # open: 119 days late on 31 May
        ("B", "b1", "2025-01-01", "2025-05-01", 200.0, None),  # part paid: 30 days late
        ("B", "b2", "2025-05-10", "2025-06-10", 300.0, None),  # not due
        ("C", "c1", "2025-01-01", "2025-03-01", 400.0, None),  # paid 5 days late, taken back on 1 June
        ("C", "c2", "2025-01-02", "2025-03-02", 400.0, "2025-05-01"),  # void
        ("D", "d1", "2024-01-01", "2024-05-31", 50.0, None),  # paid early; due a day too long ago
    ],
    columns=["client_id", "invoice_id", "issue_date", "due_date", "amount", "cancelled_date"],
)
PAYMENTS = pd.DataFrame(
    [
        ("b1", "2025-05-05", 80.0, None),
        ("c1", "2025-03-06", 400.0, "2025-06-01"),
        ("d1", "2024-05-01", 50.0, None),
    ],
    columns=["invoice_id", "payment_date", "amount", "reversed_on"],
)
LINKS = [
    ("A", "G1", "economic_group", None),
    ("B", "G1", "economic_group", None),
    ("C", "G1", "economic_group", "2025-03-10"),
    ("B", "G2", "payer", None),
    ("D", "G2", "payer", "2025-05-31"),
    ("A", "G2", "guarantor", None),  # the same name, but another kind: no member of it
    ("E", "G1", "economic_group", "2025-06-01"),  # without an invoice
]


def book(links: list[tuple[Any, ...]] = LINKS) -> Ledger:
    table = pd.DataFrame(links, columns=["client_id", "group_id", "kind", "known_on"])
    return Ledger(INVOICES, PAYMENTS, links=table, calendar="none")


def build(ledger: Ledger, snapshots: Any) -> pd.DataFrame:
    return build_features(ledger, snapshots, families=["groups"])


def group(ledger: Ledger, client: str, day: str = "2025-05-31") -> list[float]:
    got = build(ledger, pd.DataFrame({"client_id": [client], "as_of": [day]}))
    return [None if math.isnan(x) else x for x in got.iloc[0][list(NAMES)].astype(float)]


def test_the_columns_are_those_of_the_catalogue() -> None:
    assert list(NAMES) == [f.name for f in GROUPS]


def test_a_group_is_its_other_members_as_they_stand_on_the_day() -> None:
    # B: 120 of 200 overdue, 300 not due, 1 due; C: one due, paid 5 days late, the void one gone
    assert group(book(), "A") == [2, 420, 120, 1, 30, 2, 1.0, (30 + 5) / 2]
    assert group(book(), "C") == [2, 520, 220, 2, 119, 2, 1.0, (119 + 30) / 2]


def test_a_client_in_two_groups_has_the_members_of_both() -> None:
    assert group(book(), "B") == [3, 100, 100, 1, 119, 2, 1.0, (119 + 5) / 2]  # A, C and D, known since that day
    assert group(book(), "B", "2025-05-30") == [2, 100, 100, 1, 118, 2, 1.0, (118 + 5) / 2]


def test_a_reversal_of_a_member_shows_from_its_day() -> None:
    assert group(book(), "A", "2025-06-01") == [3, 820, 520, 2, 92, 2, 1.0, (31 + 92) / 2]


def test_a_member_that_is_in_two_common_groups_counts_once() -> None:
    twice = [(client, g, "payer", None) for g in ("G1", "G2") for client in "AB"] + [("C", "G2", "payer", None)]
    assert group(book(twice), "A") == [2, 420, 120, 1, 30, 2, 1.0, (30 + 5) / 2]
    assert group(book(twice), "C") == [2, 520, 220, 2, 119, 2, 1.0, (119 + 30) / 2]


def test_a_link_told_twice_holds_from_the_first_day_it_was_known() -> None:
    links = [("A", "G", "payer", "2025-05-31"), ("A", "G", "payer", "2025-02-01"), ("B", "G", "payer", None)]
    assert group(book(links), "B")[0] == 1
    assert group(book(links), "B", "2025-01-31")[0] == 0


@pytest.mark.parametrize(("client", "day"), [("D", "2025-05-30"), ("C", "2025-03-09"), ("nobody", "2025-05-31")])
def test_without_members_counts_and_amounts_are_zero_and_shares_missing(client: str, day: str) -> None:
    assert group(book(), client, day) == [0, 0, 0, 0, 0, 0, None, None]


def test_nobody_is_linked_yet() -> None:
    assert group(book(LINKS[:0]), "A") == [0, 0, 0, 0, 0, 0, None, None]


def one_by_one(ledger: Ledger, links: pd.DataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """The columns from the fixed columns of every other member."""
    out = []
    for client, t in zip(cuts["client_id"], cuts["as_of"], strict=True):
        known = links[links["known_on"].isna() | (links["known_on"] <= t)]
        mine = known[known["client_id"] == client]
        both = known.merge(mine, on=["group_id", "kind"])
        others = sorted(set(both["client_id_x"]) - {client})
        f = build_features(ledger, pd.DataFrame({"client_id": others, "as_of": t})) if others else None
        if f is None:
            out.append([0, 0, 0, 0, 0, 0, np.nan, np.nan])
            continue
        due, late = f["due_count_365d"].sum(), f["late_count_365d"].sum()
        days = (f["days_late_mean_365d"].fillna(0) * f["due_count_365d"]).sum()
        shares = [late / due, days / due] if due else [np.nan, np.nan]
        now = [f["open_amount"].sum(), f["overdue_amount"].sum(), (f["overdue_count"] > 0).sum(), f["dpd_max"].max()]
        out.append([len(others), *now, due, *shares])
    return pd.DataFrame(out, columns=list(NAMES), index=cuts.index)


def linked_book(seed: int) -> tuple[Ledger, pd.DataFrame, pd.DataFrame]:
    """A small nasty ledger with links, these, and some cuts of its clients."""
    tables, snapshots, how = random_ledger(seed, clients=8)
    tables, dice = resolved(tables), np.random.default_rng(seed)
    ids = tables["invoices"]["client_id"].unique()
    links = pd.DataFrame(
        {
            "client_id": dice.choice(ids, 20),
            "group_id": dice.choice(["1", "2", "3"], 20),
            "kind": dice.choice(["payer", "cnpj_root"], 20),
            "known_on": dice.choice(
                np.append(tables["invoices"]["issue_date"].dropna(), [np.datetime64("NaT", "D")] * 5), 20
            ),
        }
    )
    links["known_on"] = pd.to_datetime(links["known_on"])
    days = dated(snapshots)["as_of"].drop_duplicates().sample(4, random_state=seed)
    cuts = pd.MultiIndex.from_product([ids, days], names=["client_id", "as_of"]).to_frame(index=False)
    return Ledger(**tables, links=links, **how), links, cuts


@law
@given(seed=st.integers(0, 10**6))
def test_the_columns_are_the_sums_over_the_other_members(seed: int) -> None:
    ledger, links, cuts = linked_book(seed)
    got = build(ledger, cuts)[list(NAMES)]
    some = cuts.sample(12, random_state=seed)
    pd.testing.assert_frame_equal(
        got.loc[some.index], one_by_one(ledger, links, some), check_dtype=False, rtol=1e-9, atol=1e-9
    )


@law
@given(seed=st.integers(0, 10**6))
def test_cut_threads_and_company_change_nothing(seed: int) -> None:
    ledger, _, cuts = linked_book(seed)
    whole = build(ledger, cuts)[list(NAMES)]
    t = cuts["as_of"].sort_values().iloc[len(cuts) // 2]
    past = cuts["as_of"] <= t
    apart = build(ledger.known_at(t), cuts[past])[list(NAMES)]
    pd.testing.assert_frame_equal(apart, whole[past].reset_index(drop=True))
    one = build_features(ledger, cuts, families=["groups"], n_jobs=1)[list(NAMES)]
    pd.testing.assert_frame_equal(one, build_features(ledger, cuts, families=["groups"], n_jobs=3)[list(NAMES)])
    alone = build(ledger, cuts.iloc[[0]])[list(NAMES)]
    pd.testing.assert_frame_equal(alone, whole.iloc[[0]])


def test_a_large_group_is_added_up_once() -> None:
    n = 2000
    ids = [f"C{k}" for k in range(n)]
    invoices = pd.DataFrame({"client_id": ids, "invoice_id": ids, "issue_date": "2025-01-01", "due_date": "2025-02-01"})
    everyone = [pd.DataFrame({"client_id": ids, "group_id": g, "kind": "payer"}) for g in ("G1", "G2")]
    pairs = pd.DataFrame({"client_id": ids, "group_id": [f"P{k // 2}" for k in range(n)], "kind": "cnpj_root"})
    ledger = Ledger(invoices.assign(amount=10.0), links=pd.concat([*everyone, pairs]), calendar="none")
    got = build(ledger, pd.DataFrame({"client_id": ids, "as_of": "2025-02-11"}))[list(NAMES)]
    expected = [n - 1, 10.0 * (n - 1), 10.0 * (n - 1), n - 1, 10, n - 1, 1.0, 10.0]
    assert (got.to_numpy() == expected).all()


def test_nothing_leaks() -> None:
    snapshots = pd.DataFrame({"client_id": list("ABCD") * 2, "as_of": ["2025-03-08"] * 4 + ["2025-06-02"] * 4})
    report = audit_leaks(book(), snapshots, build)
    assert report.ok, str(report)
