"""Probabilities against the truth of the synthetic book: hazards and P(paid by day) of open invoices, PDs of clients.

    .venv/bin/python benchmarks/time_to_payment/truth.py payments
    .venv/bin/python benchmarks/time_to_payment/truth.py defaults

Fitted on what was known at the cut, compared on days after it. The truth knows what no model may see (each client's
willingness and ability, and the months as they come), so means of groups are compared: by days ahead, by days past due,
by tenth of the prediction. An interval is that of the group's true mean over clients drawn again 1,000 times; a group
counts as met where the mean prediction lies inside, or within half a tenth of a percentage point of the truth.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time

import numpy as np
import pandas as pd

import inadimplencia_ml as iml
from inadimplencia_ml.risk.time_to_pay.day_grid import DayGrid
from inadimplencia_ml.synthetic import Book
from inadimplencia_ml.synthetic.payment_truth import TruePayments, true_payments
from inadimplencia_ml.training.open_invoices import default_estimator
from inadimplencia_ml.training.payment_judgement import PaymentSets, payment_sets

AHEAD = 60
DAYS = (1, 7, 15, 30, 60)
AGES = (-1_000, -29, -7, -2, 1, 8, 31, 61, 10_000)  # days past due: from one to before the next
HAZARD_DAYS = DayGrid((-15, -7, -3, -1, 0, 1, 2, 4, 8, 16, 31, 61))
LEAST_CLIENTS = 20  # of a group
NEGLIGIBLE = 0.0005  # half a tenth of a percentage point: many groups are paid with a chance of next to 0


def compared(
    predicted: np.ndarray, true: np.ndarray, weight: np.ndarray, client: np.ndarray, seed: int = 0
) -> dict[str, float]:
    """Weighted means of a group, the interval of the true one, and that of their difference."""
    number = np.unique(client, return_inverse=True)[1]
    w, p, t = (np.bincount(number, v) for v in (weight, weight * predicted, weight * true))
    draws = np.random.default_rng(seed).multinomial(len(w), np.full(len(w), 1 / len(w)), 1000)
    mass = np.maximum(draws @ w, 1e-12)
    low, high = np.quantile((draws @ t) / mass, (0.025, 0.975))
    least, most = np.quantile((draws @ (p - t)) / mass, (0.025, 0.975))
    told, is_so = p.sum() / w.sum(), t.sum() / w.sum()
    return dict(clients=len(w), predicted=told, true=is_so, low=low, high=high, off_low=least, off_high=most)


def table(groups: dict[str, tuple[np.ndarray, ...]]) -> pd.DataFrame:
    """A row a group with enough clients; ``met``: the prediction lies in the interval of the truth."""
    kept = {name: g for name, g in groups.items() if len(np.unique(g[3])) >= LEAST_CLIENTS}
    frame = pd.DataFrame({name: compared(*g) for name, g in kept.items()}).T
    near = (frame["predicted"] - frame["true"]).abs() < NEGLIGIBLE
    return frame.assign(met=frame["predicted"].between(frame["low"], frame["high"]) | near)


def tenths(p: np.ndarray) -> np.ndarray:
    """The tenth of each row by its prediction."""
    return np.minimum(np.argsort(np.argsort(p, kind="stable")) * 10 // len(p), 9)


def payments_by_group(
    paid: np.ndarray, still_open: np.ndarray, truth: TruePayments, entry: np.ndarray, client: np.ndarray
) -> dict[str, pd.DataFrame]:
    """P(paid by d) by d, by days past due and by tenth; hazards by day."""
    one = np.ones(len(entry))
    by_age, by_tenth, by_day = {}, {}, {}
    for d in DAYS:
        p, t = paid[:, d - 1], truth.paid[:, d - 1]
        by_day[f"by {d}"] = (p, t, one, client)
        for k, at in ((k, np.digitize(entry, AGES) == k + 1) for k in range(len(AGES) - 1)):
            by_age[f"by {d}, from {AGES[k]}"] = tuple(v[at] for v in (p, t, one, client))
        for k, at in ((k, tenths(p) == k) for k in range(10)):
            by_tenth[f"by {d}, tenth {k + 1}"] = tuple(v[at] for v in (p, t, one, client))
    return {
        "by day": table(by_day),
        "by days past due": table(by_age),
        "by tenth of the prediction": table(by_tenth),
        "hazards": table(hazards(paid, still_open, truth, entry, client)),
    }


def hazards(
    paid: np.ndarray, still_open: np.ndarray, truth: TruePayments, entry: np.ndarray, client: np.ndarray
) -> dict[str, tuple[np.ndarray, ...]]:
    """By interval of days: the chance of being paid on a day, weighted by the true chance of being open before it."""
    before = np.hstack([np.ones((len(paid), 1)), still_open[:, :-1]])
    h = np.diff(paid, axis=1, prepend=0.0) / np.maximum(before, 1e-12)
    at_risk = np.hstack([np.ones((len(paid), 1)), truth.still_open[:, :-1]])
    day = HAZARD_DAYS.of(entry[:, None] + np.arange(1, paid.shape[1] + 1))
    groups = {}
    for j in range(HAZARD_DAYS.count):
        row, k = np.nonzero(day == j)
        name = f"from {HAZARD_DAYS.first_days[j]}" if j else f"to {HAZARD_DAYS.first_days[0]}"
        groups[name] = (h[row, k], truth.hazard[row, k], at_risk[row, k], client[row])
    return groups


def truth_of(book: Book, sets: PaymentSets) -> TruePayments:
    """The truth of the judged rows, in their order."""
    keys = sets.test.features[["invoice_id", "as_of"]]
    truth = true_payments(book, [str(day.date()) for day in keys["as_of"].unique()], days_ahead=AHEAD)
    place = truth.titles.reset_index().merge(keys.assign(as_of=keys["as_of"].astype("datetime64[us]")), how="right")
    if place["index"].isna().any():
        raise SystemExit(f"{int(place['index'].isna().sum())} judged invoices are not open in truth")
    at = place["index"].to_numpy(np.int64)
    return TruePayments(truth.titles.iloc[at].reset_index(drop=True), truth.paid[at], truth.still_open[at])


def payments(clients: int, seed: int, every_days: int) -> None:
    book = iml.generate_book(clients, random_state=seed, end="2025-12-31")
    ledger = iml.Ledger(**book.tables, attributes=book.attributes)
    settings = iml.TrainingSettings(families=("past",))
    cut, last = dt.date(2025, 3, 31), dt.date(2025, 10, 1)
    sets = payment_sets(ledger, cut, last, days_ahead=AHEAD, every_days=every_days, settings=settings)
    keys, test = sets.train.features, sets.test.features
    start = time.process_time()
    model = default_estimator(sets.columns, ledger).fit(
        keys[sets.columns], sets.train.ends, entry=sets.train.entry, dates=keys["as_of"], groups=keys["client_id"]
    )
    curves = model.predict_curves(test[sets.columns], entry=sets.test.entry, dates=test["as_of"], days_ahead=AHEAD)
    tell(f"{len(sets.test.entry)} judged; fit and predict {time.process_time() - start:.1f} s of processor")
    client = test["client_id"].to_numpy()
    found = payments_by_group(curves.paid, curves.still_open, truth_of(book, sets), sets.test.entry, client)
    for name, frame in found.items():
        show(name, frame)


def defaults(clients: int, seed: int) -> None:
    """PDs of clients at the month ends after the cut, for which the book knows the truth."""
    book = iml.generate_book(clients, random_state=seed, end="2025-12-31")
    ledger = iml.Ledger(**book.tables, attributes=book.attributes)
    model = iml.train(ledger, iml.Target(dpd=30, horizon_days=90), cut=dt.date(2025, 3, 31))
    months = book.truth.months.query("as_of > '2025-03-31' and as_of <= '2025-09-30' and state == 'scoreable'")
    scores = model.score(ledger, snapshots=months[["client_id", "as_of"]])
    rows = months.merge(scores, on=["client_id", "as_of"], suffixes=("_true", ""))
    rows = rows[rows["state"] == "scoreable"].reset_index(drop=True)
    p, t = rows["probability"].to_numpy(), rows["probability_true"].to_numpy()
    one, client = np.ones(len(p)), rows["client_id"].to_numpy()
    groups = {"all": (p, t, one, client)}
    groups |= {f"tenth {k + 1}": tuple(v[tenths(p) == k] for v in (p, t, one, client)) for k in range(10)}
    months_of = rows["as_of"].dt.strftime("%Y-%m").to_numpy()
    groups |= {m: tuple(v[months_of == m] for v in (p, t, one, client)) for m in np.unique(months_of)}
    show(f"default in 90 days, {len(rows)} of {len(months)} scoreable", table(groups))


def show(name: str, frame: pd.DataFrame) -> None:
    tell(f"{name}: {int(frame['met'].sum())} of {len(frame)} within the interval of the truth")
    tell(frame.assign(clients=frame["clients"].astype(int)).round(4).to_string())


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["payments", "defaults"])
    parser.add_argument("--clients", type=int, default=600)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--every-days", type=int, default=10)
    given = parser.parse_args()
    if given.what == "payments":
        payments(given.clients, given.seed, given.every_days)
    else:
        defaults(given.clients, given.seed)


if __name__ == "__main__":
    main()
