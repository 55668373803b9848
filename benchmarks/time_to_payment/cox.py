"""Cox's proportional hazards by lifelines, on the tables that run.py writes; writes P(paid by each day ahead).

    python cox.py FOLDER DAYS_AHEAD

Two time axes: days relative to the due date, with late entry at the day looked from; and days since the day looked
from, with the days past due among the features.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter

PENALTIES = (0.01, 0.1)
MOST_CATEGORIES = 15


def columns_of(train, test):
    """Numbers standardised, cut at five deviations, missing ones as a flag; words as flags."""
    both, out = [train, test], [{}, {}]
    for name in (c for c in train.columns if not c.startswith("__")):
        if train[name].dtype.kind in "fiub":
            known = train[name].astype(float)
            middle, spread = known.median(), known.std()
            if not np.isfinite(spread) or spread == 0:
                continue
            for frame, kept in zip(both, out, strict=True):
                values = frame[name].astype(float)
                kept[name] = ((values.fillna(middle) - middle) / spread).clip(-5, 5)
                if 0.01 < known.isna().mean() < 0.99:
                    kept[f"{name}?"] = values.isna().astype(float)
        else:
            for value in train[name].value_counts().index[1:MOST_CATEGORIES]:
                for frame, kept in zip(both, out, strict=True):
                    kept[f"{name}={value}"] = (frame[name] == value).astype(float)
    made = [pd.DataFrame(kept) for kept in out]
    varied = [c for c in made[0] if made[0][c].std() > 1e-6]
    names = list(made[0][varied].T.drop_duplicates().index)
    return made[0][names], made[1][names]


def framed(x, train, *, from_due_date):
    """The table lifelines fits on; days relative to the due date are moved to lie above 0."""
    frame = x.copy()
    if from_due_date:
        frame["T"], frame["E0"] = train["__last"] + 10_000, train["__entry"] + 10_000
    else:
        frame["T"] = train["__last"] - train["__entry"]
    frame["paid"] = train["__paid"]
    return frame


def fitted(x, train, *, from_due_date, penalty):
    entry = {"entry_col": "E0"} if from_due_date else {}
    frame = framed(x, train, from_due_date=from_due_date)
    return CoxPHFitter(penalizer=penalty).fit(frame, "T", "paid", **entry)


def predicted(model, x, test, ahead, *, from_due_date):
    base = model.baseline_cumulative_hazard_.iloc[:, 0]
    times, height = base.index.to_numpy(float), np.concatenate([[0.0], base.to_numpy()])

    def at(t):
        return height[np.searchsorted(times, t, side="right")]

    risk = np.exp(np.clip(model.predict_log_partial_hazard(x).to_numpy(), -30, 30))[:, None]
    start = (test["__entry"].to_numpy() + 10_000 if from_due_date else np.zeros(len(test)))[:, None]
    return 1.0 - np.exp(-(at(start + np.arange(1, ahead + 1)) - at(start)) * risk)


def chosen(x, train, *, from_due_date):
    """Fitted with the penalty that does best on the last third of the days looked from."""
    late = (train["__as_of"] > train["__as_of"].quantile(2 / 3)).to_numpy()
    best, most = PENALTIES[-1], -np.inf
    for penalty in PENALTIES:
        try:
            model = fitted(x[~late], train[~late], from_due_date=from_due_date, penalty=penalty)
            held = framed(x[late], train[late], from_due_date=from_due_date)
            told = model.score(held, scoring_method="log_likelihood")
        except Exception as error:  # noqa: BLE001  # lifelines raises many kinds where it does not converge
            sys.stderr.write(f"Cox, penalty {penalty}: {type(error).__name__}\n")
            continue
        if told > most:
            best, most = penalty, told
    sys.stderr.write(f"Cox: from_due_date={from_due_date}, penalty {best}, {x.shape[1]} columns, {len(x)} rows\n")
    return fitted(x, train, from_due_date=from_due_date, penalty=best)


def main():
    folder, ahead = Path(sys.argv[1]), int(sys.argv[2])
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "test"))
    x, new = columns_of(train, test)
    for name, from_due_date in (("due_date", True), ("day_looked_from", False)):
        model = chosen(x, train, from_due_date=from_due_date)
        np.save(folder / f"{name}.npy", predicted(model, new, test, ahead, from_due_date=from_due_date))


if __name__ == "__main__":
    main()
