"""How often the interval of the scores holds the event rate of the months to come, on public ledgers.

    python benchmarks/models/intervals.py --data FOLDER                       # datarisk, six periods, and ibm_ar
    python benchmarks/models/intervals.py --data FOLDER --sets datarisk_early

RiskClassifier with its defaults, fitted on what was known at each cut. Twice: with the interval of a month to come, as
kept with every model, and with that of clients drawn again alone. A group, all invoices of a month or a tenth of them
by prediction, is met where the rate that came and the mean probability differ by no more than the interval and the
chance of these clients explain together. The last figure is the mean width of the intervals.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sets import Split, Task, load

from inadimplencia_ml.risk.bootstrap import client_weights
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.interval import fit_interval

Z = 1.959963984540054
TENTHS = 10
DRAWS = 300


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def fitted(task: Task, split: Split) -> dict[str, pd.DataFrame]:
    """The rows of the period with probability, interval and outcome, by kind of interval."""
    assert task.dates is not None
    assert task.clients is not None
    x, clients, days = task.x.iloc[split.train], task.clients[split.train], task.dates.iloc[split.train]
    model = RiskClassifier(purge_days=task.purge_days, random_state=0).fit(x, split.bad, dates=days, groups=clients)
    held = model.oof_index_
    told = model.oof_probability_, split.bad[held], clients[held]
    rows = pd.DataFrame({"client": task.clients[split.test], "came": task.bad[split.test]})
    rows["month"] = pd.to_datetime(task.dates.iloc[split.test].to_numpy()).to_period("M")
    rows["p"] = model.predict_proba(task.x.iloc[split.test])[:, 1]
    kinds = {"of a month to come": days.to_numpy()[held], "of clients alone": None}
    return {kind: _with(rows, *fit_interval(*told, dates).around(rows["p"])) for kind, dates in kinds.items()}


def _with(rows: pd.DataFrame, low: np.ndarray, high: np.ndarray) -> pd.DataFrame:
    return rows.assign(low=low, high=high)


def is_met(rows: pd.DataFrame) -> bool:
    """Whether told and seen rate differ by no more than both errors explain."""
    told = rows["p"].to_numpy()
    gap = told - rows["came"].to_numpy()
    drawn = np.std([np.average(gap, weights=w) for w in client_weights(rows["client"], len(rows), DRAWS, 0)])
    # Where nobody was late, drawing clients again shows no chance at all.
    chance = max(float(drawn), float(np.sqrt((told * (1.0 - told)).sum())) / len(told))
    p, low, high, came = (float(rows[c].mean()) for c in ("p", "low", "high", "came"))
    of_told = (p - low if came < p else high - p) / Z
    return bool(abs(p - came) <= Z * np.hypot(chance, of_told))


def groups(rows: pd.DataFrame) -> tuple[list[bool], list[bool]]:
    """Whether each month is met, and each tenth of each month by prediction."""
    months, tenths = [], []
    for _, own in rows.groupby("month"):
        months.append(is_met(own))
        place = np.argsort(np.argsort(own["p"].to_numpy(), kind="stable"), kind="stable") * TENTHS // len(own)
        tenths += [is_met(one) for _, one in own.groupby(place)]
    return months, tenths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of public data sets")
    parser.add_argument("--sets", default="datarisk,ibm_ar", help="by comma, such as are judged out of time")
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks"), help="folder for kept tables")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    for name in given.sets.split(","):
        task = load(name, given.data, given.work)
        seen: dict[str, list[tuple[list[bool], list[bool], float]]] = {}
        for split in task.splits:
            for kind, rows in fitted(task, split).items():
                months, tenths = groups(rows)
                seen.setdefault(kind, []).append((months, tenths, float((rows["high"] - rows["low"]).mean())))
                say(f"{split.name}, {kind}: {_of(months)} months, {_of(tenths)} tenths")
        for kind, found in seen.items():
            months, tenths = ([met for one in found for met in one[i]] for i in (0, 1))
            width = np.mean([one[2] for one in found])
            say(f"| {name} | {kind} | {_of(months)} | {_of(tenths)} | {width:.3f} |")


def _of(met: list[bool]) -> str:
    return f"{sum(met)} of {len(met)}"


if __name__ == "__main__":
    main()
