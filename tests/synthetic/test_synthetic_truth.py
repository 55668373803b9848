"""The truth behind the synthetic book: calibrated, like a real portfolio, and out of a model's reach."""

from __future__ import annotations

from collections.abc import Callable

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from inadimplencia_ml.synthetic import Book, generate_book
from inadimplencia_ml.synthetic.book import world_of

AtTheEnd = Callable[[Book], pd.DataFrame]


def standard_errors(months: pd.DataFrame) -> float:
    """How far what happened lies from the truth, in standard errors; a client's months are one draw, not many."""
    off = (months["defaulted"] - months["probability"]).groupby(months["client_id"]).sum()
    return float(off.sum() / np.sqrt((off**2).sum()))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_true_probabilities_are_calibrated_low_and_high(seed: int) -> None:
    months = generate_book(3000, random_state=seed).truth.months.query("state == 'scoreable'")
    assert months["probability"].between(0, 1).all()
    assert abs(standard_errors(months)) < 3.5
    bands = pd.cut(months["probability"], [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1])
    errors = {band: standard_errors(rows) for band, rows in months.groupby(bands, observed=True)}
    assert len(errors) == 9
    assert {band: e for band, e in errors.items() if abs(e) > 3.5} == {}


def test_the_truth_is_calibrated_within_each_kind_of_client_and_of_month() -> None:
    truth = generate_book(3000, random_state=3).truth
    months = truth.months.query("state == 'scoreable'").merge(truth.clients[["client_id", "temper"]], on="client_id")
    groups = {
        **dict(list(months.groupby("temper"))),
        "recession": months[months["as_of"].between("2024-01-31", "2024-06-30")],
        "just struck": months[months["blow"]],
    }
    assert {name: e for name, rows in groups.items() if abs(e := standard_errors(rows)) > 3.5} == {}


def test_a_client_without_a_title_that_can_default_has_probability_zero(book: Book) -> None:
    months = book.truth.months
    idle = months[months["state"] == "no_exposure"]
    assert (idle["probability"] == 0).all()
    assert not idle["defaulted"].any()
    assert months.loc[months["state"] == "already_bad", "probability"].isna().all()
    assert (months.loc[months["state"] == "scoreable", "probability"] > 0).all()


def test_the_book_is_like_a_real_portfolio(book: Book, at_the_end: AtTheEnd) -> None:
    months = book.truth.months.query("state == 'scoreable'")
    assert 0.05 < months["defaulted"].mean() < 0.11
    calm, recession = (
        months.loc[months["as_of"].between(*span), "defaulted"].mean()
        for span in (("2023-02-28", "2023-09-30"), ("2024-01-31", "2024-04-30"))
    )
    assert recession > 1.5 * calm
    titles = book.truth.titles.merge(at_the_end(book).reset_index(), on="invoice_id")
    titles = titles[(titles["due_date_last"] < "2025-03-01") & titles["cancel_reason"].ne("void")]
    late = ~(titles["settled_on"] - titles["due_date_last"] <= pd.Timedelta(days=5))
    share = late.groupby(titles["client_id"]).agg(["mean", "size"]).query("size >= 6")["mean"]
    assert 0.5 < (share <= 0.1).mean() < 0.75  # nearly always in time


def test_without_the_recession_the_same_clients_live_calmer_months_from_2024_on_and_the_same_ones_before() -> None:
    hard, calm = (generate_book(400, random_state=3, recession=one) for one in (True, False))
    ability = [world_of(book).clients.ability for book in (hard, calm)]
    harder = (ability[0] < ability[1]).all(axis=0)
    risk = [
        book.truth.months.query("'2023-12-01' < as_of < '2024-05-01' and state == 'scoreable'")["probability"].mean()
        for book in (hard, calm)
    ]

    assert np.flatnonzero(harder).tolist() == list(range(24, 32))  # of the months from January 2022
    assert (ability[0][:, ~harder] == ability[1][:, ~harder]).all()
    assert risk[0] > 1.5 * risk[1]


def history(book: Book, months: pd.DataFrame, at_the_end: AtTheEnd) -> pd.DataFrame:
    """A few plain features of a client's past at each month end, by hand: nothing that came after it."""
    titles = at_the_end(book).reset_index()[["client_id", "invoice_id", "issue_date", "due_date", "amount"]]
    receipts = book.tables["payments"].query("kind == 'payment'").loc[lambda p: p["reversed_on"].isna()]
    paid = receipts.groupby("invoice_id").agg(paid_on=("payment_date", "max"), paid_known=("known_on", "max"))
    titles = titles.merge(paid, on="invoice_id", how="left")
    rows = months[["client_id", "as_of"]].reset_index().merge(titles, on="client_id")
    rows = rows[rows["issue_date"] <= rows["as_of"]]
    is_open = ~(rows["paid_known"] <= rows["as_of"])
    until = rows["paid_on"].where(~is_open, rows["as_of"])
    matured = rows["due_date"] <= rows["as_of"]
    days_late = (until - rows["due_date"]).dt.days.where(matured)
    recent = days_late.where(rows["due_date"] > rows["as_of"] - pd.Timedelta(days=120))
    facts = pd.DataFrame(
        {
            "index": rows["index"],
            "open_count": is_open,
            "overdue_count": is_open & (days_late > 0),
            "dpd_max": days_late.where(is_open).clip(lower=0),
            "late_share": (days_late > 2).where(matured).astype("float64"),
            "late_15_share": (days_late > 15).where(matured).astype("float64"),
            "days_late_mean": days_late.clip(-5, 120),
            "days_late_recent": recent.clip(-5, 120),
            "days_late_worst": days_late.clip(-5, 120),
            "due_count": matured,
        }
    )
    sums, means, most = ["open_count", "overdue_count", "due_count"], ["late_share", "late_15_share"], ["dpd_max"]
    how = dict.fromkeys(sums, "sum") | dict.fromkeys([*means, "days_late_mean", "days_late_recent"], "mean")
    return facts.groupby("index").agg(how | dict.fromkeys([*most, "days_late_worst"], "max")).reindex(months.index)


def test_an_oracle_beats_a_model_that_learns_from_the_ledger_by_five_points_of_auc(
    book: Book, at_the_end: AtTheEnd
) -> None:
    months = book.truth.months.query("state == 'scoreable'").reset_index(drop=True)
    features = history(book, months, at_the_end)
    old, new = months["as_of"] <= "2024-09-30", months["as_of"] >= "2024-12-31"
    model = lgb.LGBMClassifier(
        n_estimators=200, learning_rate=0.03, num_leaves=12, min_child_samples=60, random_state=0, n_jobs=1, verbose=-1
    )
    model.fit(features[old], months.loc[old, "defaulted"])
    learnt = roc_auc_score(months.loc[new, "defaulted"], model.predict_proba(features[new])[:, 1])
    oracle = roc_auc_score(months.loc[new, "defaulted"], months.loc[new, "probability"])
    assert learnt > 0.78  # the past does tell something
    assert oracle > 0.92
    assert oracle - learnt > 0.05
