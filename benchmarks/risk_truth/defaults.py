"""Default probabilities of clients against the truth of synthetic books, with and without a recession in training.

    .venv/bin/python benchmarks/risk_truth/defaults.py                    # a world that does not change
    .venv/bin/python benchmarks/risk_truth/defaults.py --recession        # one that was worse before than after the cut
    .venv/bin/python benchmarks/risk_truth/defaults.py --clients 2500 --seeds 4 --start 2017-01-01    # an old book

`train` with its defaults on what was known at the cut, scored at the eleven month ends after it. The truth is what the
generator computes from its own mechanism: the chance that the client, as he is that day, reaches 30 days late within
90. It knows what no ledger tells (willingness, ability), so means of groups are compared: twentieths of the prediction.
What was scored is kept in ``--work`` book by book, and read back.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from groups import compared, said, shares, tell, tenths

import inadimplencia_ml as iml
from inadimplencia_ml.risk.prior_shift import estimate_prior

START, CUT, LAST, END = "2022-01-01", "2024-12-31", "2025-11-30", "2025-12-31"
MONTHS = 36  # before the cut that are trained on
PARTS = 20
OTHERS = {
    "recent": "moved to the level of the last judged months",
    "estimated": "moved to the level estimated from features alone",
    "told": "with_prior of the event rate that came",
}


def scored(clients: int, seed: int, *, recession: bool, start: str = START) -> pd.DataFrame:
    """One row a client and month end after the cut that ledger and truth both call scoreable."""
    book = iml.generate_book(clients, random_state=seed, start=start, end=END, recession=recession)
    ledger = iml.Ledger(**book.tables, attributes=book.attributes)
    settings = iml.TrainingSettings(n_bootstrap=50, months=MONTHS)  # resamples of the judgement's intervals alone
    model = iml.train(ledger, iml.Target(dpd=30, horizon_days=90), cut=dt.date.fromisoformat(CUT), settings=settings)
    months = book.truth.months
    months = months[(months["as_of"] > CUT) & (months["as_of"] <= LAST) & (months["state"] == "scoreable")]
    keys = months[["client_id", "as_of"]]
    told = model.score(ledger, snapshots=keys)
    features = model.wanted.build(ledger, keys)
    kept = (told["state"] == "scoreable").to_numpy()
    names = {"probability": "p", "probability_low": "low", "probability_high": "high"}
    rows = told[["client_id", "as_of", *names]].rename(columns=names)
    rows = rows.assign(true=months["probability"].to_numpy(), came=months["defaulted"].to_numpy())
    return moved(model, features[kept], rows[kept].reset_index(drop=True))


def moved(model: iml.Model, features: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows with probabilities at other levels: of the last judged months, estimated, and as it came."""
    classifier = model.scorers["event"].classifier
    x, prior = features[model.scorers["event"].columns], float(classifier.prior_)
    level = copy(classifier)
    off = model.judgement.calibration.query("part == 'all' and metric == 'calibration_level'")["value"]
    level.calibration_ = replace(classifier.calibration_, shift=classifier.calibration_.shift + float(off.iloc[0]))
    rates = {"estimated": estimate_prior(rows["p"], prior), "told": float(rows["came"].mean())}
    others = {"recent": level} | {name: classifier.with_prior(rate) for name, rate in rates.items()}
    return rows.assign(**{name: one.predict_proba(x)[:, 1] for name, one in others.items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=800)
    parser.add_argument("--seeds", type=int, default=8, help="books of the seeds 1 and so on")
    parser.add_argument("--recession", action="store_true", help="the first half of 2024 is a recession")
    parser.add_argument("--start", default=START, help="first day of the book; the last 36 months are trained on")
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks/risk_truth"))
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    world, tables, means = "recession" if given.recession else "calm", [], []
    for seed in range(1, given.seeds + 1):
        file = given.work / f"defaults_{world}_{given.clients}_{given.start}_{seed}.parquet"
        if not file.exists():
            clock = time.process_time()
            scored(given.clients, seed, recession=given.recession, start=given.start).to_parquet(file)
            tell(f"seed {seed}: {time.process_time() - clock:.1f} s of processor")
        rows = pd.read_parquet(file)
        whole = compared(rows, np.full(len(rows), "all"))
        tables.append(compared(rows, tenths(rows["p"].to_numpy(), PARTS)))
        means.append(whole.assign(**{name: rows[name].mean() for name in (*OTHERS, "came")}, seed=seed))
        tell(f"seed {seed}: {int(tables[-1]['met'].sum())} of {PARTS} met\n{said(whole)}")
    tell(f"\n{world}, groups: {shares(tables)}\n{said(pd.concat(tables).groupby(level=0).mean())}")
    every = pd.concat(means)
    tell(f"\nmean of all rows: {shares(means)}")
    for name, words in {"p": "as scored", **OTHERS}.items():
        ratio = every[name] / every["true"]
        tell(f"{words}: over the truth {ratio.mean():.3f}, books {ratio.min():.3f} to {ratio.max():.3f}")


if __name__ == "__main__":
    main()
