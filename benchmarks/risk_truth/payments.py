"""When open invoices are paid, against the truth of synthetic books: hazards, P(paid by day), cash with its interval.

    .venv/bin/python benchmarks/risk_truth/payments.py                    # a world that does not change
    .venv/bin/python benchmarks/risk_truth/payments.py --recession        # one that was worse before than after the cut

Fitted on what was known at the cut, compared on days after it. The truth knows what no model may see (each client's
willingness and ability, and the months as they come), so means of groups are compared: by days ahead, by days past due,
by tenth of the prediction. An interval is that of the group's true mean over clients drawn again 1,000 times; a group
counts as met where the mean prediction lies inside, or within half a tenth of a percentage point of the truth. Cash is
compared with what came in: so many of a hundred 95 % intervals should hold it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from groups import tell, tenths
from scipy.stats import ttest_1samp

import inadimplencia_ml as iml
from inadimplencia_ml.risk.time_to_pay.day_grid import DayGrid
from inadimplencia_ml.synthetic import Book
from inadimplencia_ml.synthetic.payment_truth import TruePayments, true_payments
from inadimplencia_ml.training.open_invoices import default_estimator
from inadimplencia_ml.training.payment_judgement import PaymentSets, payment_sets

START, CUT, LAST = "2022-01-01", dt.date(2025, 3, 31), dt.date(2025, 10, 1)
SETTINGS = iml.TrainingSettings(families=("past",), months=39)
AHEAD = 60
DAYS = (1, 7, 15, 30, 60)
AGES = (-1_000, -29, -7, -2, 1, 8, 31, 61, 10_000)  # days past due: from one to before the next
HAZARD_DAYS = DayGrid((-15, -7, -3, -1, 0, 1, 2, 4, 8, 16, 31, 61))
LEAST_CLIENTS = 20  # of a group
NEGLIGIBLE = 0.0005  # half a tenth of a percentage point: many groups are paid with a chance of next to 0
PERIODS = (7, 14, 21, 28, 42, 60)  # days ahead that end a period of cash


@dataclass(frozen=True)
class Forecast:
    """What was foreseen of the judged rows, and what is true of them."""

    paid: np.ndarray
    still_open: np.ndarray
    truth: TruePayments
    entry: np.ndarray
    client: np.ndarray


def compared(
    predicted: np.ndarray, true: np.ndarray, weight: np.ndarray, client: np.ndarray, seed: int = 0
) -> dict[str, float]:
    """Weighted means of a group, and the interval of the true one."""
    number = np.unique(client, return_inverse=True)[1]
    w, p, t = (np.bincount(number, v) for v in (weight, weight * predicted, weight * true))
    draws = np.random.default_rng(seed).multinomial(len(w), np.full(len(w), 1 / len(w)), 1000)
    low, high = np.quantile((draws @ t) / np.maximum(draws @ w, 1e-12), (0.025, 0.975))
    return dict(clients=len(w), predicted=p.sum() / w.sum(), true=t.sum() / w.sum(), low=low, high=high)


def table(groups: dict[str, tuple[np.ndarray, ...]]) -> pd.DataFrame:
    """A row a group with enough clients; ``met``: the prediction lies in the interval of the truth."""
    kept = {name: g for name, g in groups.items() if len(np.unique(g[3])) >= LEAST_CLIENTS}
    frame = pd.DataFrame({name: compared(*g) for name, g in kept.items()}).T
    near = (frame["predicted"] - frame["true"]).abs() < NEGLIGIBLE
    return frame.assign(met=frame["predicted"].between(frame["low"], frame["high"]) | near)


def by_group(made: Forecast) -> dict[str, pd.DataFrame]:
    """P(paid by d) by d, by days past due and by tenth; hazards by interval of days."""
    one, by_age, by_tenth, by_day = np.ones(len(made.entry)), {}, {}, {}
    for d in DAYS:
        whole = (made.paid[:, d - 1], made.truth.paid[:, d - 1], one, made.client)
        by_day[f"by {d}"] = whole
        for k, at in ((k, np.digitize(made.entry, AGES) == k + 1) for k in range(len(AGES) - 1)):
            by_age[f"by {d}, from {AGES[k]}"] = tuple(v[at] for v in whole)
        for k, at in ((k, tenths(whole[0]) == k) for k in range(10)):
            by_tenth[f"by {d}, tenth {k + 1}"] = tuple(v[at] for v in whole)
    return {
        "by day": table(by_day),
        "by days past due": table(by_age),
        "by tenth of the prediction": table(by_tenth),
        "hazards": table(hazards(made)),
    }


def hazards(made: Forecast) -> dict[str, tuple[np.ndarray, ...]]:
    """By interval of days: the chance of being paid on a day, weighted by the true chance of being open before it."""
    one = np.ones((len(made.paid), 1))
    before = np.hstack([one, made.still_open[:, :-1]])
    h = np.diff(made.paid, axis=1, prepend=0.0) / np.maximum(before, 1e-12)
    at_risk = np.hstack([one, made.truth.still_open[:, :-1]])
    day = HAZARD_DAYS.of(made.entry[:, None] + np.arange(1, made.paid.shape[1] + 1))
    groups = {}
    for j in range(HAZARD_DAYS.count):
        row, k = np.nonzero(day == j)
        name = f"from {HAZARD_DAYS.first_days[j]}" if j else f"to {HAZARD_DAYS.first_days[0]}"
        groups[name] = (h[row, k], made.truth.hazard[row, k], at_risk[row, k], made.client[row])
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


def forecast(book: Book, ledger: iml.Ledger, every_days: int) -> Forecast:
    """The hazards of `train_time_to_payment`, on the rows that `judge_time_to_payment` would judge."""
    sets = payment_sets(ledger, CUT, LAST, days_ahead=AHEAD, every_days=every_days, settings=SETTINGS)
    keys, test, start = sets.train.features, sets.test.features, time.process_time()
    model = default_estimator(sets.columns, ledger).fit(
        keys[sets.columns], sets.train.ends, entry=sets.train.entry, dates=keys["as_of"], groups=keys["client_id"]
    )
    curves = model.predict_curves(test[sets.columns], entry=sets.test.entry, dates=test["as_of"], days_ahead=AHEAD)
    tell(f"{len(sets.test.entry)} judged; fit and predict {time.process_time() - start:.1f} s of processor")
    client = test["client_id"].to_numpy()
    return Forecast(curves.paid, curves.still_open, truth_of(book, sets), sets.test.entry, client)


def cash(book: Book, ledger: iml.Ledger) -> pd.DataFrame:
    """By month end after the cut and period: cash as foreseen, its interval, and what the same invoices brought."""
    model = iml.train_time_to_payment(ledger, cut=CUT, horizon_days=AHEAD, settings=SETTINGS)
    settled = book.truth.titles.set_index("invoice_id")["settled_on"]
    found = []
    for day in pd.date_range(CUT, LAST, freq="ME"):
        invoices, told = model.outlook(ledger, day.date(), days=(AHEAD,), cash_days=PERIODS)
        ahead = (settled.reindex(invoices["invoice_id"]).to_numpy() - day.to_numpy()) / np.timedelta64(1, "D")
        for row in told.itertuples(index=False):
            came = float(invoices["outstanding"].to_numpy()[(ahead >= row.days_from) & (ahead <= row.days_to)].sum())
            found.append((day, row.days_to, row.expected, row.low, row.high, came))
    frame = pd.DataFrame(found, columns="as_of days_to expected low high came".split())
    return frame.assign(held=frame["came"].between(frame["low"], frame["high"]))


def told_of(found: list[pd.DataFrame], name: str) -> None:
    """What several books say of one kind of group: how many are met, and which are off in all books alike."""
    every = pd.concat(found)
    tell(f"\n{name}: {int(every['met'].sum())} of {len(every)} within the interval of the truth")
    wide = every.assign(ratio=every["predicted"] / every["true"], group=every.index)
    means = wide.groupby("group", sort=False)[["predicted", "true", "ratio", "met"]].mean()
    p = wide.groupby("group", sort=False)["ratio"].apply(lambda r: ttest_1samp(r, 1.0).pvalue if len(r) > 1 else np.nan)
    tell(means.assign(p=p).round(4).to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=600)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 23, 37])
    parser.add_argument("--every-days", type=int, default=10)
    parser.add_argument("--recession", action="store_true", help="the first half of 2024 is a recession")
    parser.add_argument("--start", default=START, help="first day of the book; the last 39 months are trained on")
    given = parser.parse_args()
    groups: dict[str, list[pd.DataFrame]] = {}
    money = []
    for seed in given.seeds:
        drawn = dict(random_state=seed, start=given.start, end="2025-12-31", recession=given.recession)
        book = iml.generate_book(given.clients, **drawn)
        ledger = iml.Ledger(**book.tables, attributes=book.attributes)
        for name, frame in by_group(forecast(book, ledger, given.every_days)).items():
            groups.setdefault(name, []).append(frame)
            tell(f"seed {seed}, {name}: {int(frame['met'].sum())} of {len(frame)}")
        money.append(cash(book, ledger).assign(seed=seed))
    for name, found in groups.items():
        told_of(found, name)
    every = pd.concat(money)
    tell(f"\ncash: {int(every['held'].sum())} of {len(every)} sums within their 95 % interval")
    tell(every.groupby("days_to")[["expected", "low", "high", "came", "held"]].mean().round(3).to_string())


if __name__ == "__main__":
    main()
