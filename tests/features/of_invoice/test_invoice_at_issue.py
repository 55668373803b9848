"""The invoice of a snapshot against its client's others: by hand, and for large clients as for small ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml import Ledger, build_features, make_snapshots
from inadimplencia_ml.features.of_invoice import asked, invoice_sweep
from inadimplencia_ml.features.of_invoice.invoice import own_fields
from inadimplencia_ml.ledger.snapshots import read_snapshots
from reference.plain_cut import dated, resolved
from reference.random_ledger import random_ledger

law = settings(max_examples=tries(20), deadline=None)

PAST = [
    "invoice_amount_to_client_mean",
    "invoice_amount_client_rank",
    "invoice_term_to_client_mean",
    "invoice_term_client_rank",
    "invoice_days_since_previous_issue",
]
BATCH = ["batch_count", "batch_amount", "batch_amount_share", "batch_amount_rank"]


@contextmanager
def every_client_is_large(steps: int) -> Iterator[None]:
    """No client is walked as a whole; the more ``steps``, the more days are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asked, "_FEW", 0)
        patch.setattr(invoice_sweep, "PAIRS", 0)
        patch.setattr(invoice_sweep, "STEPS", steps)
        yield


def random_book(seed: int, one_client: bool = False) -> tuple[Ledger, pd.DataFrame]:
    """A random ledger with each invoice at issue, and at the end of its day of issue and of later days."""
    tables, _, how = random_ledger(seed, clients=6)
    tables, dice = resolved(tables), np.random.default_rng(seed)
    if one_client:
        someone = tables["invoices"]["client_id"].iloc[0]
        tables = {name: table.assign(client_id=someone) for name, table in tables.items() if name != "clients"}
    invoices = dated(tables["invoices"]).drop_duplicates("invoice_id")
    at_issue = pd.DataFrame({"client_id": invoices["client_id"], "as_of": invoices["issue_date"]})
    at_issue = at_issue.assign(invoice_id=invoices["invoice_id"], view="at_issue")
    later = at_issue.assign(as_of=at_issue["as_of"] + pd.to_timedelta(dice.integers(0, 3000, len(at_issue)), "D"))
    quarters = later.assign(as_of=later["as_of"].dt.to_period("Q").dt.start_time)  # many of one day
    days = [at_issue.assign(view="end_of_day"), later.assign(view="end_of_day"), later, quarters]
    everything = pd.concat([at_issue, *days])
    return Ledger(**tables, **how), everything.sample(frac=1, random_state=seed).reset_index(drop=True)


def fields(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
    return own_fields(ledger, read_snapshots(snapshots, ledger))


@law
@given(seed=st.integers(0, 10**6), one_client=st.booleans(), steps=st.sampled_from([0, 3, 32]))
def test_a_large_client_gets_the_bits_of_a_small_one(seed: int, one_client: bool, steps: int) -> None:
    ledger, snapshots = random_book(seed, one_client)
    plain = fields(ledger, snapshots)
    with every_client_is_large(steps):
        pd.testing.assert_frame_equal(fields(ledger, snapshots), plain, check_exact=True)
    assert plain["batch_count"].max() > 0


def long_book(invoices: int = 900) -> pd.DataFrame:
    """One client with several invoices a day, few amounts and terms, some amounts missing."""
    dice = np.random.default_rng(5)
    issue = np.datetime64("2024-01-01") + np.sort(dice.integers(0, 200, invoices))
    amount = np.where(dice.random(invoices) < 0.1, np.nan, dice.integers(1, 40, invoices) * 10.0)
    terms = dice.choice([10, 20, 30], invoices)
    return pd.DataFrame(
        {"client_id": 1, "invoice_id": np.arange(invoices), "issue_date": issue, "due_date": issue + terms}
    ).assign(amount=amount, term=terms)


def plain_fields(book: pd.DataFrame, one: Any) -> list[float]:
    """The columns of batch and past of one invoice, from a plain filter a column."""
    batch, past = book[book["issue_date"] == one.issue_date], book[book["issue_date"] < one.issue_date]
    told, own = past["amount"].dropna(), one.amount
    batch_rank = (batch["amount"] <= own).sum() / batch["amount"].count() if own == own else np.nan
    rank = (told <= own).sum() / len(told) if own == own and len(told) else np.nan
    return [
        len(batch),
        batch["amount"].sum(),
        own / batch["amount"].sum(),
        batch_rank,
        own / told.mean(),
        rank,
        one.term / past["term"].mean(),
        (past["term"] <= one.term).mean(),
        (one.issue_date - past["issue_date"].max()).days,
    ]


@pytest.mark.parametrize("view", ["at_issue", "end_of_day"])
def test_batch_and_past_of_a_large_client_are_what_plain_filters_give(view: str) -> None:
    book = long_book()
    ledger = Ledger(book.drop(columns="term"), calendar="none")
    snapshots = make_snapshots(ledger, at_issue=True).assign(view=view)
    assert asked.ask(ledger.books, read_snapshots(snapshots, ledger), invoice_sweep.PAIRS).large.all()
    made = build_features(ledger, snapshots).set_index("invoice_id")[BATCH + PAST]
    expected = [plain_fields(book, one) for one in book.itertuples()]
    np.testing.assert_allclose(made.loc[book["invoice_id"]].to_numpy(), expected, rtol=1e-12)


def test_a_client_is_large_only_with_many_invoices_and_many_snapshots() -> None:
    ledger = Ledger(long_book(9000).drop(columns="term"), calendar="none")
    snapshots = make_snapshots(ledger, at_issue=True)

    def large(count: int) -> bool:
        looks = read_snapshots(snapshots.iloc[:count], ledger)
        return bool(asked.ask(ledger.books, looks, 9000 * 70).large[0])

    assert (large(10), large(64), large(70), large(71), large(9000)) == (False, False, False, True, True)


def test_a_void_invoice_is_of_its_own_batch_but_of_no_other() -> None:
    book = long_book(4).assign(issue_date="2025-01-02", due_date="2025-02-03", amount=[10.0, 20.0, 30.0, 40.0])
    void = book.assign(cancelled_date=[None, "2025-01-02", None, None]).drop(columns="term")
    ledger = Ledger(void, calendar="none")
    snapshots = make_snapshots(ledger, at_issue=True)
    expected = [[3, 80, 10 / 80, 1 / 3], [4, 100, 0.2, 0.5], [3, 80, 30 / 80, 2 / 3], [3, 80, 0.5, 1]]

    assert fields(ledger, snapshots)[BATCH].to_numpy().tolist() == expected
    with every_client_is_large(0):
        assert fields(ledger, snapshots)[BATCH].to_numpy().tolist() == expected
