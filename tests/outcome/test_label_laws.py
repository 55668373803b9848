"""Labels against the slow reference on ledgers that hold what no well-kept book holds; and what holds of any label."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import seeds
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.outcome import LABELS, label
from inadimplencia_ml.target import Target
from outcome.slow_labels import slow_labels
from reference.plain_cut import Tables, cut, resolved, with_invented_future
from reference.random_ledger import Dice, random_ledger

CLIENTS = [
    Target(),
    Target(dpd=1, horizon_days=30),
    Target(dpd=5, horizon_days=60, exposure="open_or_new"),
    Target(event="late", dpd=30, horizon_days=120, ever=False),
    Target(dpd=5, horizon_days=45, ever=False, exposure="open_or_new", min_amount=50),
    Target(dpd=30, horizon_days=60, min_share=0.3, min_amount=20),
    Target(dpd=1, horizon_days=90, cure_days=30),
    Target(dpd=30, horizon_days=90, cure_days=90, min_amount=60, exposure="open_or_new"),
    Target(dpd=5, horizon_days=7, min_share=0.07),
]
INVOICES = [
    Target(level="invoice", event="late", dpd=1),
    Target(level="invoice", event="late", dpd=5, min_amount=50),
    Target(level="invoice", event="late", dpd=30),
    Target(level="invoice", event="default", dpd=1),
    Target(level="invoice", event="default", dpd=5, min_amount=30),
    Target(level="invoice", event="default", dpd=30, min_amount=60),
    Target(level="invoice", event="paid", horizon_days=30),
    Target(level="invoice", event="paid", dpd=5, horizon_days=120),
]
ASKED = [*CLIENTS, *INVOICES]
END = dt.date(2026, 12, 31)
PER_CLIENT = 14  # snapshots of a client

law = settings(max_examples=5, derandomize=True, deadline=None, database=None)
of_any_ledger = given(seed=st.integers(0, 10**6))


def book(seed: int, clients: int = 4) -> tuple[Tables, dict[str, Any], pd.DataFrame, dt.date]:
    """A small nasty ledger, snapshots of its clients and invoices, and a day on which the labels are known."""
    tables, _, how = random_ledger(seed, clients=clients)
    tables, dice = resolved(tables), Dice(seed)
    invoices, rows = tables["invoices"], []
    for client, mine in invoices.groupby("client_id"):
        for _ in range(PER_CLIENT):
            chosen = mine.iloc[dice.randrange(len(mine))]
            day = chosen["issue_date"].date() + dt.timedelta(dice.one([0, 1, 5, 20, 40, 70]))
            view = dice.one(["end_of_day"] * 5 + ["at_issue"])
            rows.append(("client", client, chosen["invoice_id"], day, view))
    for _, first in invoices.drop_duplicates("invoice_id").iterrows():
        issue, ids = first["issue_date"].date(), ("invoice", first["client_id"], first["invoice_id"])
        rows += [(*ids, issue, "at_issue"), (*ids, dice.later(issue, -5, 90), "end_of_day")]
    snapshots = pd.DataFrame(rows, columns=["of", "client_id", "invoice_id", "as_of", "view"])
    return tables, how, snapshots, dice.later(dt.date(2023, 12, 1), 0, 500)


def asked_of(target: Target, snapshots: pd.DataFrame) -> pd.DataFrame:
    return snapshots[snapshots["of"] == target.level].drop(columns="of").reset_index(drop=True)


def book_of(tables: Tables, how: dict[str, Any]) -> Ledger:
    return Ledger(**tables, **how, known_until=END)


def case(seed: int) -> tuple[Ledger, pd.DataFrame, dt.date]:
    tables, how, snapshots, known = book(seed)
    return book_of(tables, how), snapshots, known


def labels_of(ledger: Ledger, snapshots: pd.DataFrame, known: dt.date, target: Target) -> pd.DataFrame:
    return label(ledger, asked_of(target, snapshots), target, labels_known_at=known)


def same(one: pd.DataFrame, other: pd.DataFrame, target: Target) -> None:
    """Asserts equal labels, and names the snapshots that differ."""
    names = ["label", "event", "bad_early", "mature_on"]
    differ = ~((one[names] == other[names]) | (one[names].isna() & other[names].isna())).all(axis=1)
    assert not differ.any(), f"{target.name}:\n{one[differ].head()}\nbecame\n{other[differ].head()}"


# ── against the slow reference ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("seed", seeds(24))
def test_every_label_is_what_its_definition_says(seed: int) -> None:
    tables, how, snapshots, known = book(seed)
    ledger = book_of(tables, how)
    wrong = []
    for targets in (CLIENTS, INVOICES):
        asked = asked_of(targets[0], snapshots)
        expected = slow_labels(tables, asked, targets, known.toordinal(), **how)
        for target, words in zip(targets, expected, strict=True):
            got = label(ledger, asked, target, labels_known_at=known)
            told = list(zip(got["label"], got["bad_early"], strict=True))
            wrong += [
                f"{target.name} of {asked.iloc[row].tolist()}: expected {said}, got {told[row]}"
                for row, said in enumerate(words)
                if told[row] != said
            ]
    if wrong:
        pytest.fail(f"{len(wrong)} labels differ, known at {known}:\n" + "\n".join(wrong[:8]), pytrace=False)


def test_the_ledgers_hold_every_label_of_every_kind_of_target() -> None:
    found: dict[str, set[str]] = {}
    for seed in range(5):
        ledger, snapshots, known = case(seed)
        for target in ASKED:
            got = labels_of(ledger, snapshots, known, target)
            found.setdefault(target.name, set()).update(got["label"])
    scarce = {name: sorted(set(LABELS) - labels) for name, labels in found.items() if set(LABELS) - labels}
    assert scarce == {t.name: ["already_bad"] for t in ASKED if t.event == "paid"}


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def unchanged(seed: int, change: Callable[[Tables, dt.date], Tables]) -> None:
    tables, how, snapshots, known = book(seed)
    ledger, changed = book_of(tables, how), book_of(change(tables, known), how)
    for target in ASKED[seed % 3 :: 3]:
        same(labels_of(ledger, snapshots, known, target), labels_of(changed, snapshots, known, target), target)


@law
@of_any_ledger
def test_facts_known_after_the_labels_may_be_removed(seed: int) -> None:
    unchanged(seed, cut)


@law
@of_any_ledger
def test_facts_known_after_the_labels_may_be_invented(seed: int) -> None:
    unchanged(seed, with_invented_future)


@law
@of_any_ledger
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    unchanged(seed, lambda tables, _: {n: t.sample(frac=1, random_state=seed) for n, t in tables.items()})


@law
@of_any_ledger
def test_snapshots_are_labelled_each_for_itself(seed: int) -> None:
    ledger, snapshots, known = case(seed)
    for target in ASKED[seed % 3 :: 3]:
        asked = labels_of(ledger, snapshots, known, target)
        order = np.random.default_rng(seed).permutation(len(snapshots))[: len(snapshots) // 2]
        some = labels_of(ledger, snapshots.iloc[order], known, target)
        mine = asked_of(target, snapshots.assign(row=np.arange(len(snapshots))))["row"]
        wanted = [row for row in order if row in set(mine)]
        same(asked.set_index(mine.to_numpy()).loc[wanted].reset_index(drop=True), some, target)


@law
@of_any_ledger
def test_labels_of_the_ledger_known_then_are_the_labels_known_then(seed: int) -> None:
    ledger, snapshots, known = case(seed)
    for target in ASKED[seed % 3 :: 3]:
        asked = asked_of(target, snapshots)
        same(label(ledger, asked, target, labels_known_at=known), label(ledger.known_at(known), asked, target), target)


@law
@of_any_ledger
def test_the_five_labels_partition_all_snapshots(seed: int) -> None:
    ledger, snapshots, known = case(seed)
    for target in ASKED:
        got = labels_of(ledger, snapshots, known, target)
        decided = got["label"].isin(["good", "bad"])
        assert got["label"].isin(LABELS).all()
        assert got["event"].notna().tolist() == decided.tolist()
        assert (got.loc[decided, "mature_on"] <= pd.Timestamp(known)).all()
        assert (got.loc[got["bad_early"], "label"] == "immature").all()
        bad = got["label"] == "bad"
        assert (got.loc[decided, "event"] == (bad != (target.event == "paid"))[decided]).all()


@law
@given(seed=st.integers(0, 10**6), days=st.sampled_from([(7, 8), (30, 60), (45, 200)]))
def test_a_longer_horizon_never_turns_bad_into_good(seed: int, days: tuple[int, int]) -> None:
    ledger, snapshots, _ = case(seed)
    for target in (t for t in CLIENTS if t.ever):
        short, long = (target.model_copy(update={"horizon_days": d}) for d in days)
        one, other = (labels_of(ledger, snapshots, END, t)["label"] for t in (short, long))
        assert not ((one == "bad") & (other == "good")).any(), target.name
        assert not ((one == "bad") & (other == "no_exposure")).any(), target.name


@law
@given(seed=st.integers(0, 10**6), days=st.sampled_from([(1, 2), (5, 30), (30, 90)]))
def test_a_higher_dpd_never_turns_good_into_bad(seed: int, days: tuple[int, int]) -> None:
    ledger, snapshots, known = case(seed)
    for target in (t for t in ASKED if t.event != "paid"):
        low, high = (target.model_copy(update={"dpd": d}) for d in days)
        one, other = (labels_of(ledger, snapshots, known, t)["label"] for t in (low, high))
        assert not ((one == "good") & (other == "bad")).any(), target.name


@law
@of_any_ledger
def test_a_higher_material_amount_never_turns_good_into_bad(seed: int) -> None:
    ledger, snapshots, known = case(seed)
    for target in (t for t in ASKED if t.event == "default"):
        low, high = (target.model_copy(update={"min_amount": amount}) for amount in (10.0, 120.0))
        one, other = (labels_of(ledger, snapshots, known, t)["label"] for t in (low, high))
        assert not ((one == "good") & (other == "bad")).any(), target.name
