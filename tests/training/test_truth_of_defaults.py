"""Default probabilities against the truth of books: intervals hold it; means are right where the world is unchanged."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from scipy.stats import binomtest

import inadimplencia_ml as iml
from effort import long_run
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.interval import fit_interval
from inadimplencia_ml.synthetic import Book
from inadimplencia_ml.training.samples import gather

CUT, LAST, END = "2024-06-30", "2025-03-31", "2025-04-30"
GROUPS = 10  # of a book, by score
NEAR = 0.1  # of the mean over all books
Z = 1.959963984540054
KEY = ["client_id", "as_of"]


def made_book(clients: int, seed: int, *, recession: bool = False) -> Book:
    return iml.generate_book(clients, random_state=seed, start="2022-06-01", end=END, recession=recession)


def ledger_of(book: Book) -> iml.Ledger:
    return iml.Ledger(**book.tables, attributes=book.attributes)


def true_months(book: Book, first: str, last: str) -> pd.DataFrame:
    months = book.truth.months
    own = months[(months["as_of"] > first) & (months["as_of"] <= last) & (months["state"] == "scoreable")]
    return own[[*KEY, "probability"]].rename(columns={"probability": "true"}).reset_index(drop=True)


def quickly_scored(clients: int, seed: int, *, recession: bool = False) -> pd.DataFrame:
    """Scores by the classifier and its interval alone, with few trees: what `train` would fit, and no more."""
    book = made_book(clients, seed, recession=recession)
    ledger, settings = ledger_of(book), iml.TrainingSettings()
    cut = dt.date.fromisoformat(CUT)
    samples = gather(ledger.known_at(cut), iml.Target(), cut, settings, Wanted())
    columns = [c for c in samples.features.select_dtypes("number").columns if not c.startswith(("contact", "promise"))]
    x, labels = samples.features.loc[samples.decided, columns], samples.labels[samples.decided]
    y, client = labels["event"].to_numpy(), labels["client_id"].to_numpy()
    model = RiskClassifier(n_trees=120, n_bags=1, n_folds=4, purge_days=95, n_jobs=1)
    model.fit(x, y, dates=labels["as_of"], groups=client)
    held = model.oof_index_
    told = (model.oof_probability_, y[held], client[held])
    rows = true_months(book, CUT, LAST)
    p = model.predict_proba(iml.build_features(ledger, rows[KEY])[columns])[:, 1]
    low, high = fit_interval(*told, labels["as_of"].to_numpy()[held], n=100).around(p)
    low_alone, high_alone = fit_interval(*told, n=100).around(p)
    return rows.assign(p=p, low=low, high=high, low_alone=low_alone, high_alone=high_alone)


def groups_met(rows: pd.DataFrame) -> int:
    """In how many groups the true mean is no further from the told one than the errors of both let it be.

    The error of the told one is its interval; that of the true one, of a few dozen clients, from clients drawn again.
    """
    order = np.argsort(np.argsort(rows["p"].to_numpy(), kind="stable"), kind="stable")
    met = 0
    for _, own in rows.groupby(order * GROUPS // len(rows)):
        client = np.unique(own["client_id"], return_inverse=True)[1]
        gap, size = np.bincount(client, own["p"] - own["true"]), np.bincount(client)
        drawn = np.random.default_rng(0).multinomial(len(size), np.full(len(size), 1 / len(size)), 300)
        of_truth = ((drawn @ gap) / (drawn @ size)).std()
        p, low, high, true = (own[c].mean() for c in ("p", "low", "high", "true"))
        of_told = (p - low if true < p else high - p) / Z
        met += abs(p - true) <= Z * np.hypot(of_truth, of_told)
    return met


def held(books: list[pd.DataFrame]) -> tuple[bool, bool]:
    """Whether groups are met no less often than 95 intervals of a hundred should be; whether the mean is near."""
    met = sum(groups_met(rows) for rows in books)
    often = binomtest(met, GROUPS * len(books), 0.95, alternative="less").pvalue > 0.05
    every = pd.concat(books)
    return bool(often), bool(abs(every["p"].mean() / every["true"].mean() - 1.0) < NEAR)


def off_by(books: list[pd.DataFrame], factor: float) -> list[pd.DataFrame]:
    return [rows.assign(**{c: rows[c] * factor for c in ("p", "low", "high")}) for rows in books]


def test_probabilities_are_the_true_ones_and_such_as_are_a_fifth_off_are_found_out() -> None:
    books = [quickly_scored(800, seed) for seed in (1, 2, 3)]

    assert held(books) == (True, True)
    for factor in (1.2, 1 / 1.2):
        assert not all(held(off_by(books, factor))), factor


def test_after_a_recession_the_interval_still_holds_the_truth() -> None:
    books = [quickly_scored(800, seed, recession=True) for seed in (1, 2, 3)]
    of_clients = [b.assign(low=b["low_alone"], high=b["high_alone"]) for b in books]

    assert held(books)[0]
    assert not held(of_clients)[0]


@long_run
def test_the_probabilities_that_train_gives_are_the_true_ones() -> None:
    settings = iml.TrainingSettings(n_bootstrap=50)
    books = []
    for seed in (4, 5, 6, 7):
        book = made_book(700, seed)
        ledger = ledger_of(book)
        rows = true_months(book, CUT, LAST)
        told = iml.train(ledger, cut=CUT, settings=settings).score(ledger, snapshots=rows[KEY])
        names = {"probability": "p", "probability_low": "low", "probability_high": "high"}
        rows = rows.join(told.rename(columns=names)[[*names.values(), "state"]])
        books.append(rows[rows["state"] == "scoreable"].reset_index(drop=True))

    assert held(books) == (True, True)
    for factor in (1.2, 1 / 1.2):
        assert not all(held(off_by(books, factor))), factor
