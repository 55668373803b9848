"""What other programs take for the contributions of a model that `run.py --out FOLDER` wrote.

    python benchmarks/reasons/peers.py FOLDER [--rows 20000]

Needs lightgbm, shap and woodelf-explainer, and nothing of this project: run it in an environment of its own. Each is
timed on its own number of rows, few for slow ones, with its largest difference from LightGBM's contributions.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np


def main() -> None:
    """Prints one line a program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=20_000)
    given = parser.parse_args()
    booster = lgb.Booster(model_file=given.folder / "model.txt")
    x = np.load(given.folder / "rows.npy")
    warnings.simplefilter("ignore")
    truth = np.asarray(booster.predict(x[:500], pred_contrib=True))[:, :-1]
    for name, (make, rows) in _programs(booster, given.rows).items():
        try:
            explain = make()
            explain(x[:500])
            begun = time.perf_counter()
            explain(x[:rows])
            seconds = time.perf_counter() - begun
            miss = float(np.abs(np.asarray(explain(x[:500])) - truth).max())
            line = f"{rows / seconds:,.0f} rows a second ({rows:,} rows), largest difference {miss:.2g}"
        except Exception as error:  # noqa: BLE001  another program's failure is a finding
            line = f"failed: {type(error).__name__}: {str(error)[:200]}"
        sys.stdout.write(f"{name}: {line}\n")
        sys.stdout.flush()


def _programs(booster: lgb.Booster, rows: int) -> dict[str, tuple[Callable[[], Any], int]]:
    """By name, what makes the explainer, and the rows it is timed on."""

    def lightgbm() -> Any:
        return lambda x: booster.predict(x, pred_contrib=True)[:, :-1]

    def shap() -> Any:
        import shap

        return shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent").shap_values

    def own_of_shap() -> Any:
        import shap

        made = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
        made.model.model_type = "internal"  # its own algorithm, not LightGBM's
        return lambda x: made.shap_values(x, check_additivity=False)

    def woodelf() -> Any:
        import pandas as pd
        from woodelf import WoodelfExplainer

        names = booster.feature_name()
        made = WoodelfExplainer(booster)
        return lambda x: made.shap_values(pd.DataFrame(x, columns=names))

    few = min(rows, 2_000)
    return {
        "LightGBM pred_contrib": (lightgbm, few),
        "shap.TreeExplainer": (shap, few),
        "shap.TreeExplainer, its own algorithm": (own_of_shap, few),
        "woodelf-explainer": (woodelf, rows),
    }


if __name__ == "__main__":
    main()
