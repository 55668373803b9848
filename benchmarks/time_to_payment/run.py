"""Time to payment out of time, against Cox, Kaplan-Meier and the client's mean delay: integrated Brier, dynamic AUC.

    .venv/bin/python benchmarks/time_to_payment/run.py ibm_ar --data FOLDER --cox COX_VENV/bin/python
    .venv/bin/python benchmarks/time_to_payment/run.py synthetic

All are fitted on the same open invoices of the past, known at the cut, and judged on the same ones after it. Cox is
that of lifelines, which needs an older pandas than this library and so an environment of its own, with lifelines and
pyarrow.
"""

from __future__ import annotations

import argparse
import datetime as dt
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import inadimplencia_ml as iml
from inadimplencia_ml.ledger.importing import import_ledger
from inadimplencia_ml.ledger.mapping import read_mapping
from inadimplencia_ml.risk.time_to_pay.day_grid import DayGrid
from inadimplencia_ml.risk.time_to_pay.estimator import TimeToPayment
from inadimplencia_ml.risk.time_to_pay.survival_metrics import brier_rows
from inadimplencia_ml.training.open_invoices import default_estimator
from inadimplencia_ml.training.payment_judgement import PaymentSets, baseline_curves, judged_curves, payment_sets

HOUSE = Path(__file__).resolve().parents[2]
AHEAD = 60
COX_ROWS = 6_000  # lifelines holds every row at risk at every step; more take minutes and gigabytes


@dataclass(frozen=True)
class Case:
    """A book, the day it is cut, and the days on which invoices are looked at to judge."""

    ledger: iml.Ledger
    cut: dt.date
    last: dt.date


def case_of(name: str, data: Path | None, clients: int = 600) -> Case:
    """The book of a name."""
    if name == "synthetic":
        book = iml.generate_book(clients, random_state=11, end="2025-12-31")
        return Case(iml.Ledger(**book.tables, attributes=book.attributes), dt.date(2025, 3, 31), dt.date(2025, 10, 1))
    if data is None:
        raise SystemExit(f"{name}: give the folder of the public data sets with --data")
    mapping = read_mapping(HOUSE / "examples" / "mappings" / f"{name}.yaml")
    ledger = import_ledger(sorted((data / name).glob("*.csv")), mapping)
    if name == "ibm_ar":
        return Case(ledger, dt.date(2013, 1, 1), dt.date(2013, 9, 30))
    return Case(ledger, dt.date(2021, 3, 1), dt.date(2021, 6, 15))


def ours(sets: PaymentSets, ledger: iml.Ledger) -> tuple[np.ndarray, TimeToPayment]:
    """P(paid by each day ahead) by TimeToPayment with its defaults."""
    keys = sets.train.features
    model = default_estimator(sets.columns, ledger).fit(
        keys[sets.columns], sets.train.ends, entry=sets.train.entry, dates=keys["as_of"], groups=keys["client_id"]
    )
    test = sets.test.features
    curves = model.predict_curves(test[sets.columns], entry=sets.test.entry, dates=test["as_of"], days_ahead=AHEAD)
    return curves.paid, model


def by_cox(sets: PaymentSets, python: str) -> dict[str, np.ndarray]:
    """Proportional hazards by lifelines, on two time axes; fitted on at most 6,000 rows."""
    n = len(sets.train.entry)
    drawn = np.sort(np.random.default_rng(0).choice(n, min(n, COX_ROWS), replace=False))
    with tempfile.TemporaryDirectory() as folder:
        for name, samples, rows in (("train", sets.train, drawn), ("test", sets.test, np.arange(len(sets.test.entry)))):
            frame = samples.features[sets.columns].iloc[rows].reset_index(drop=True)
            for column in frame.select_dtypes(exclude="number"):
                frame[column] = frame[column].astype("str")
            frame["__entry"], frame["__last"] = samples.entry[rows], samples.ends["last_day"].to_numpy()[rows]
            frame["__as_of"] = samples.features["as_of"].iloc[rows].astype("int64").to_numpy()
            frame["__paid"] = (samples.ends["cause"] == 1).to_numpy()[rows]
            frame.to_parquet(Path(folder) / f"{name}.parquet")
        subprocess.run([python, str(Path(__file__).with_name("cox.py")), folder, str(AHEAD)], check=True)
        return {f"Cox, {kind}": np.load(Path(folder) / f"{kind}.npy") for kind in ("due_date", "day_looked_from")}


def gain_interval(sets: PaymentSets, predicted: dict[str, np.ndarray], other: str) -> tuple[float, float]:
    """95 % interval over 1,000 resamples of clients of the integrated Brier of ``other`` less ours."""
    ahead, cause = sets.test.ahead(AHEAD)
    times = np.arange(1, AHEAD + 1)
    rows = [brier_rows(ahead, cause, predicted[k], times) for k in (other, "time_to_payment")]
    gain = np.trapezoid(rows[0] - rows[1], times, axis=1) / (AHEAD - 1)
    client = np.unique(sets.test.features["client_id"].to_numpy(), return_inverse=True)[1]
    n, total = np.bincount(client), np.bincount(client, weights=gain)
    draws = np.random.default_rng(0).multinomial(len(n), np.full(len(n), 1 / len(n)), 1000)
    low, high = np.quantile((draws @ total) / (draws @ n), (0.025, 0.975))
    return float(low), float(high)


def hazard_check(sets: PaymentSets, model: TimeToPayment) -> pd.DataFrame:
    """Mean hazard by interval of days, foreseen and seen, with the client-bootstrap interval of what was seen."""
    days = DayGrid((-15, -7, -3, -1, 0, 1, 2, 4, 8, 16, 31, 61))
    test, entry = sets.test, sets.test.entry
    curves = model.predict_curves(
        test.features[sets.columns], entry=entry, dates=test.features["as_of"], days_ahead=AHEAD
    )
    before = np.hstack([np.ones((len(entry), 1)), curves.still_open[:, :-1]])
    hazard = np.diff(curves.paid, axis=1, prepend=0.0) / np.maximum(before, 1e-12)
    last = test.ends["last_day"].to_numpy() - entry
    k = np.arange(1, AHEAD + 1)[None, :]
    at_risk = k <= last[:, None]
    came = (k == last[:, None]) & (test.ends["cause"] == 1).to_numpy()[:, None]
    interval = days.of(entry[:, None] + k)
    client = np.unique(test.features["client_id"].to_numpy(), return_inverse=True)[1]
    rows = []
    for j in range(days.count):
        here = at_risk & (interval == j)
        if came[here].sum() < 20:
            continue
        n, e, f = (np.bincount(client, (v * here).sum(axis=1)) for v in (1.0, came, hazard))
        draws = np.random.default_rng(0).multinomial(len(n), np.full(len(n), 1 / len(n)), 1000)
        low, high = np.nanquantile((draws @ e) / np.maximum(draws @ n, 1), (0.025, 0.975))
        rows.append((int(days.first_days[j]), int(here.sum()), f.sum() / n.sum(), e.sum() / n.sum(), low, high))
    return pd.DataFrame(rows, columns="first_day days foreseen seen low high".split())


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("book", choices=["datarisk", "ibm_ar", "synthetic"])
    parser.add_argument("--data", type=Path, help="folder of the public data sets, one folder each")
    parser.add_argument("--cox", help="python of an environment with lifelines and pyarrow")
    parser.add_argument("--clients", type=int, default=600, help="of the synthetic book")
    parser.add_argument("--every-days", type=int, default=10)
    given = parser.parse_args()
    case = case_of(given.book, given.data, given.clients)
    settings = iml.TrainingSettings(families=("past",))
    sets = payment_sets(
        case.ledger, case.cut, case.last, days_ahead=AHEAD, every_days=given.every_days, settings=settings
    )
    start = time.perf_counter()
    paid, model = ours(sets, case.ledger)
    tell(f"{given.book}: {sets.train.counts} fitted on, {len(sets.test.entry)} judged on, {len(sets.columns)} features")
    tell(
        f"fit and predict {time.perf_counter() - start:.1f} s, {model.cells_} cells, {model.paid_.n_trees} trees, "
        f"{model.fold_kind_}, {model.paid_.calibration.method}, {model.dependence_}"
    )
    predicted = {"time_to_payment": paid} | baseline_curves(sets, AHEAD)
    tell(judged_curves(sets, predicted).round(4).to_string())
    tell(hazard_check(sets, model).round(4).to_string(index=False))
    if given.cox:
        predicted |= by_cox(sets, given.cox)
    table = judged_curves(sets, predicted)
    for name in list(predicted)[1:]:
        table.loc[name, ["gain_low", "gain_high"]] = gain_interval(sets, predicted, name)
    tell(table.round(4).to_string())


if __name__ == "__main__":
    main()
