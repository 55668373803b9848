"""The true chance of payment: what happens is as likely as it says, and two ways of computing it agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.synthetic import Book, TruePayments, generate_book, true_payments
from inadimplencia_ml.synthetic.book import client_ids, world_of
from inadimplencia_ml.synthetic.records import title_names
from inadimplencia_ml.synthetic.workdays import NEVER

DAYS = ["2023-09-15", "2024-02-29", "2024-06-30", "2024-11-08", "2024-12-31", "2025-04-30"]
AHEAD = 80


@pytest.fixture(scope="module")
def many() -> Book:
    return generate_book(1200, random_state=5)


@pytest.fixture(scope="module")
def truth(many: Book) -> TruePayments:
    return true_payments(many, DAYS, days_ahead=AHEAD)


@pytest.fixture(scope="module")
def happened(many: Book, truth: TruePayments) -> pd.DataFrame:
    """Days from as_of until each title was paid, or closed; and what the truth knows of it."""
    world = world_of(many)
    world_of_title = pd.DataFrame(
        {
            "settled": world.fates.settled,
            "closed": world.closed_on,
            "due": world.fates.payable,
            "asked": world.fates.asked,
            "void": world.fates.void_on < NEVER,
        },
        index=title_names(world),
    )
    found = world_of_title.loc[truth.titles["invoice_id"]].reset_index(drop=True)
    as_of = truth.titles["as_of"].to_numpy().astype("datetime64[D]").astype(np.int64)
    assert (found["settled"] > as_of).all()
    assert (found["closed"] > as_of).all()
    found["paid_after"] = np.where(found["settled"] < found["closed"], found["settled"] - as_of, NEVER)
    found["over_after"] = np.minimum(found["settled"], found["closed"]) - as_of
    found["past_due"] = as_of - found["due"]
    return found.assign(client=truth.titles["client_id"], as_of=truth.titles["as_of"])


def standard_errors(p: np.ndarray, came: np.ndarray, client: pd.Series) -> float:
    """How far what came lies from its chance, in standard errors over clients, or over titles where that is more."""
    off = pd.Series(came - p).groupby(client.to_numpy()).sum()
    return float(off.sum() / np.sqrt(max((off**2).sum(), (p * (1 - p)).sum(), 1e-6)))


def far(truth: np.ndarray, came: np.ndarray, happened: pd.DataFrame) -> dict[str, float]:
    """Groups in which what happened is further from the truth than chance lets it be."""
    bands = pd.cut(happened["past_due"], [-200, -15, -3, 0, 10, 30, 50, 100, 2_000])
    groups = {"all": happened.index, **happened.groupby(bands, observed=True).groups}
    groups |= happened.groupby("as_of").groups
    tenth = pd.qcut(truth, 8, labels=False, duplicates="drop")
    groups |= {f"band {k}": happened.index[tenth == k] for k in np.unique(tenth)}
    off = {k: standard_errors(truth[at], came[at], happened.loc[at, "client"]) for k, at in groups.items()}
    return {str(k): round(z, 1) for k, z in off.items() if abs(z) > 3.5}


@pytest.mark.parametrize("day", [1, 5, 15, 30, 60, 80])
def test_titles_are_paid_and_stay_open_as_often_as_the_truth_says(truth, happened, day: int) -> None:
    p, still = truth.paid[:, day - 1], truth.still_open[:, day - 1]
    assert far(p, (happened["paid_after"] <= day).to_numpy(), happened) == {}
    assert far(still, (happened["over_after"] > day).to_numpy(), happened) == {}


def test_a_distorted_truth_is_found_out(truth: TruePayments, happened: pd.DataFrame) -> None:
    day = 15
    still = np.cumprod(1 - np.minimum(1.3 * truth.hazard, 1.0), axis=1)[:, day - 1]
    assert "all" in far(1 - still, (happened["paid_after"] <= day).to_numpy(), happened)


def test_closings_take_their_share_of_those_late_for_long(truth: TruePayments, happened: pd.DataFrame) -> None:
    long_late = (happened["past_due"] > 45).to_numpy()
    closed = 1 - truth.paid[:, -1] - truth.still_open[:, -1]
    assert closed[long_late].mean() > 0.1
    assert (closed[(happened["past_due"] < -60).to_numpy() & ~happened["void"].to_numpy()] < 1e-12).all()
    assert (truth.paid[happened["void"]] == 0).all()


def test_a_client_with_one_late_title_defaults_as_often_as_it_is_not_paid(many: Book, truth, happened) -> None:
    # `truth` computes a client's default by another way; with one title late they are one event.
    months = many.truth.months.query("reachable_count == 1 and state == 'scoreable'")
    rows = happened.assign(client_id=happened["client"], at=happened.index)
    rows = rows[rows["past_due"].between(0, 29) & ~rows["asked"]].merge(months, on=["client_id", "as_of"])
    until = (30 - rows["past_due"]).to_numpy()
    unpaid = 1.0 - truth.paid[rows["at"], until - 1]

    assert len(rows) > 20
    np.testing.assert_allclose(unpaid, rows["probability"], atol=1e-8)


def test_days_outside_the_book_are_refused(many: Book) -> None:
    with pytest.raises(CallError, match="expected days from 2022-01-01 to 2025-06-30"):
        true_payments(many, ["2025-07-01"])
    with pytest.raises(CallError, match=r"days_ahead is 90\. Expected 1 to 89"):
        true_payments(many, DAYS, days_ahead=90)


def test_the_world_of_a_book_is_the_one_it_was_kept_of(many: Book) -> None:
    world = world_of(many)
    assert sorted(client_ids(world)) == many.truth.clients["client_id"].tolist()
