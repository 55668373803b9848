"""When open invoices are paid, against the truth of synthetic books: hazards, P(paid by day), cash with its interval.

    .venv/bin/python benchmarks/risk_truth/payments.py                    # a world that does not change
    .venv/bin/python benchmarks/risk_truth/payments.py --recession        # one that was worse before than after the cut

Fitted on what was known at the cut, compared on days after it. The truth knows what no model may see (each client's
willingness and ability, and the months as they come), so means of groups are compared: by days ahead, by days past due,
by tenth of the prediction. A group counts as met where told and true mean differ by no more than the errors of both, or
by half a tenth of a percentage point. The error of the truth is that over clients drawn again 1,000 times. The error of
what is told is that of training: how far apart the models of all the books (the same world, other clients) are on this
group. `in_truth` leaves it out. Cash is compared with what came in: so many of a hundred 95 % intervals should hold it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from groups import tell, tenths
from scipy.stats import t as student
from scipy.stats import ttest_1samp

import inadimplencia_ml as iml
from inadimplencia_ml.risk.time_to_pay.curves import PaymentCurves
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
    """What was foreseen of the judged rows by the book's own model and by those of the other books; what is true."""

    own: PaymentCurves
    others: list[PaymentCurves]
    truth: TruePayments
    entry: np.ndarray
    client: np.ndarray


@dataclass(frozen=True)
class Group:
    """Of the rows of a group, or their days."""

    told: np.ndarray
    told_by_others: list[np.ndarray]
    true: np.ndarray
    weight: np.ndarray
    client: np.ndarray


def compared(group: Group, seed: int = 0) -> dict[str, float]:
    """Weighted means of a group, the interval of the true one, and the error of the told one."""
    number = np.unique(group.client, return_inverse=True)[1]
    w, t = (np.bincount(number, v) for v in (group.weight, group.weight * group.true))
    draws = np.random.default_rng(seed).multinomial(len(w), np.full(len(w), 1 / len(w)), 1000)
    drawn = (draws @ t) / np.maximum(draws @ w, 1e-12)
    low, high = np.quantile(drawn, (0.025, 0.975))
    told, *others = (float(np.average(one, weights=group.weight)) for one in (group.told, *group.told_by_others))
    trained = float(np.std([told, *others], ddof=1)) if others else 0.0
    both = np.hypot(drawn.std(), trained)
    freedom = max(len(others), 1) * (both / max(trained, 1e-12)) ** 4  # Welch; the truth's error is known well
    reach = both * student.ppf(0.975, min(freedom, 1e6))
    found = dict(clients=len(w), predicted=told, true=t.sum() / w.sum(), low=low, high=high, reach=reach)
    return found | dict(by_others=np.mean(others) if others else np.nan)


def table(groups: dict[str, Group]) -> pd.DataFrame:
    """A row a group with enough clients; ``met``: told and true are not apart by more than their errors."""
    kept = {name: g for name, g in groups.items() if len(np.unique(g.client)) >= LEAST_CLIENTS}
    frame = pd.DataFrame({name: compared(g) for name, g in kept.items()}).T
    apart = (frame["predicted"] - frame["true"]).abs()
    in_truth = frame["predicted"].between(frame["low"], frame["high"]) | (apart < NEGLIGIBLE)
    return frame.assign(in_truth=in_truth, met=in_truth | (apart <= frame["reach"]))


def by_group(made: Forecast) -> dict[str, pd.DataFrame]:
    """P(paid by d) by d, by days past due and by tenth; hazards by interval of days."""
    every, by_age, by_tenth, by_day = np.ones(len(made.entry), bool), {}, {}, {}
    for d in DAYS:
        by_day[f"by {d}"] = paid_by(d, every, made)
        for k, at in ((k, np.digitize(made.entry, AGES) == k + 1) for k in range(len(AGES) - 1)):
            by_age[f"by {d}, from {AGES[k]}"] = paid_by(d, at, made)
        for k, at in ((k, tenths(made.own.paid[:, d - 1]) == k) for k in range(10)):
            by_tenth[f"by {d}, tenth {k + 1}"] = paid_by(d, at, made)
    return {
        "by day": table(by_day),
        "by days past due": table(by_age),
        "by tenth of the prediction": table(by_tenth),
        "hazards": table(hazards(made)),
    }


def paid_by(d: int, at: np.ndarray, made: Forecast) -> Group:
    told, *others = (curves.paid[at, d - 1] for curves in (made.own, *made.others))
    return Group(told, others, made.truth.paid[at, d - 1], np.ones(int(at.sum())), made.client[at])


def hazards(made: Forecast) -> dict[str, Group]:
    """By interval of days: the chance of being paid on a day, weighted by the true chance of being open before it."""
    told, *others = (hazard_of(curves) for curves in (made.own, *made.others))
    at_risk = before(made.truth.still_open)
    day = HAZARD_DAYS.of(made.entry[:, None] + np.arange(1, AHEAD + 1))
    groups = {}
    for j in range(HAZARD_DAYS.count):
        at = np.nonzero(day == j)
        name = f"from {HAZARD_DAYS.first_days[j]}" if j else f"to {HAZARD_DAYS.first_days[0]}"
        by_others = [one[at] for one in others]
        groups[name] = Group(told[at], by_others, made.truth.hazard[at], at_risk[at], made.client[at[0]])
    return groups


def hazard_of(curves: PaymentCurves) -> np.ndarray:
    return np.diff(curves.paid, axis=1, prepend=0.0) / np.maximum(before(curves.still_open), 1e-12)


def before(still_open: np.ndarray) -> np.ndarray:
    return np.hstack([np.ones((len(still_open), 1)), still_open[:, :-1]])


def truth_of(book: Book, sets: PaymentSets) -> TruePayments:
    """The truth of the judged rows, in their order."""
    keys = sets.test.features[["invoice_id", "as_of"]]
    truth = true_payments(book, [str(day.date()) for day in keys["as_of"].unique()], days_ahead=AHEAD)
    place = truth.titles.reset_index().merge(keys.assign(as_of=keys["as_of"].astype("datetime64[us]")), how="right")
    if place["index"].isna().any():
        raise SystemExit(f"{int(place['index'].isna().sum())} judged invoices are not open in truth")
    at = place["index"].to_numpy(np.int64)
    return TruePayments(truth.titles.iloc[at].reset_index(drop=True), truth.paid[at], truth.still_open[at])


@dataclass(frozen=True)
class Fitted:
    """A book, the rows that `judge_time_to_payment` would judge, and the hazards of `train_time_to_payment`."""

    book: Book
    ledger: iml.Ledger
    sets: PaymentSets
    model: iml.TimeToPayment

    def curves(self, sets: PaymentSets) -> PaymentCurves:
        """What this model foresees of the judged rows of a book."""
        keys = sets.test.features
        x = keys[self.sets.columns]
        return self.model.predict_curves(x, entry=sets.test.entry, dates=keys["as_of"], days_ahead=AHEAD)


def fit(book: Book, every_days: int) -> Fitted:
    ledger = iml.Ledger(**book.tables, attributes=book.attributes)
    sets = payment_sets(ledger, CUT, LAST, days_ahead=AHEAD, every_days=every_days, settings=SETTINGS)
    keys, start = sets.train.features, time.process_time()
    model = default_estimator(sets.columns, ledger).fit(
        keys[sets.columns], sets.train.ends, entry=sets.train.entry, dates=keys["as_of"], groups=keys["client_id"]
    )
    tell(f"{len(sets.test.entry)} to judge; the fit took {time.process_time() - start:.1f} s of processor")
    return Fitted(book, ledger, sets, model)


def forecast(own: Fitted, every: list[Fitted]) -> Forecast:
    """The judged rows of a book, by its own model and by the others."""
    others = [one.curves(own.sets) for one in every if one is not own]
    client = own.sets.test.features["client_id"].to_numpy()
    return Forecast(own.curves(own.sets), others, truth_of(own.book, own.sets), own.sets.test.entry, client)


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
    n, met, in_truth = len(every), int(every["met"].sum()), int(every["in_truth"].sum())
    tell(f"\n{name}: {met} of {n} within the errors of both, {in_truth} within the interval of the truth alone")
    apart = every.assign(apart=every["predicted"] - every["true"], group=every.index)
    by = apart.groupby("group", sort=False)
    means = by[["predicted", "by_others", "true", "in_truth", "met"]].mean()
    p = by["apart"].apply(lambda a: ttest_1samp(a, 0.0).pvalue if len(a) > 1 else np.nan)
    tell(means.assign(ratio=means["predicted"] / means["true"], p=p).round(4).to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=600)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 23, 37, 51, 67, 83])
    parser.add_argument("--every-days", type=int, default=10)
    parser.add_argument("--recession", action="store_true", help="the first half of 2024 is a recession")
    parser.add_argument("--start", default=START, help="first day of the book; the last 39 months are trained on")
    parser.add_argument("--no-cash", action="store_true", help="leave out cash, which takes a fit more a book")
    given = parser.parse_args()
    drawn = dict(start=given.start, end="2025-12-31", recession=given.recession)
    books = (iml.generate_book(given.clients, random_state=seed, **drawn) for seed in given.seeds)
    every_book = [fit(book, given.every_days) for book in books]
    groups: dict[str, list[pd.DataFrame]] = {}
    for own in every_book:
        for name, frame in by_group(forecast(own, every_book)).items():
            groups.setdefault(name, []).append(frame)
    for name, found in groups.items():
        told_of(found, name)
    if given.no_cash:
        return
    every = pd.concat(cash(own.book, own.ledger) for own in every_book)
    tell(f"\ncash: {int(every['held'].sum())} of {len(every)} sums within their 95 % interval")
    tell(every.groupby("days_to")[["expected", "low", "high", "came", "held"]].mean().round(3).to_string())


if __name__ == "__main__":
    main()
