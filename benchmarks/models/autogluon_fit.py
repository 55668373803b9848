"""One fold with AutoGluon, in an environment of its own, where this library is not: called by peers.py.

    python autogluon_fit.py FOLDER SECONDS THREADS

FOLDER holds train.parquet (with the column ``_bad``) and test.parquet; the probabilities are written to p.npy.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from autogluon.tabular import TabularDataset, TabularPredictor


def main(folder: Path, seconds: int, threads: int) -> None:
    train, test = (pd.read_parquet(folder / f"{part}.parquet") for part in ("train", "test"))
    # Bagging and stacking need more time than a fit of ours takes.
    preset = "best_quality" if seconds >= 60 else "medium_quality"
    predictor = TabularPredictor("_bad", eval_metric="log_loss", path=str(folder / "models"), verbosity=0)
    predictor.fit(TabularDataset(train), time_limit=seconds, presets=preset, num_cpus=threads, num_gpus=0)
    np.save(folder / "p.npy", predictor.predict_proba(test)[1].to_numpy(np.float64))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
