"""What a fit gave: a row of figures, and the probabilities of the held-out rows, kept for paired comparisons."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit

from inadimplencia_ml.risk import metrics

__all__ = ["FIGURES", "Cell", "Results", "figures", "without_level"]

Floats = npt.NDArray[np.float64]
FIGURES = ("auc", "ap", "log_loss", "brier", "calibration")


class Cell(NamedTuple):
    """One fit: which model of which version, on which fold of which set, with which seed."""

    set: str
    model: str
    version: str
    fold: int
    seed: int


def without_level(y: npt.NDArray[np.int64], p: Floats) -> Floats:
    """``p`` moved in log-odds by one number, so that its mean is that of ``y``: no model can foresee the next level."""
    return np.asarray(expit(logit(np.clip(p, 1e-9, 1 - 1e-9)) + metrics.calibration_line(y, p).level))


def figures(y: npt.NDArray[np.int64], p: Floats) -> dict[str, float]:
    """The figures of held-out probabilities; calibration is the error of 15 bins of equal mass, without the level."""
    return {
        "auc": metrics.auc(y, p),
        "ap": metrics.average_precision(y, p),
        "log_loss": metrics.log_loss(y, p),
        "brier": metrics.brier(y, p),
        "calibration": metrics.calibration_error(y, without_level(y, p)),
    }


class Results:
    """A folder of results: ``results.jsonl``, a line a fit, and ``probabilities``, a file a fit."""

    def __init__(self, folder: Path) -> None:
        self.file, self._folder = folder / "results.jsonl", folder / "probabilities"
        self._folder.mkdir(parents=True, exist_ok=True)

    def rows(self) -> pd.DataFrame:
        """All lines, oldest first."""
        lines = self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []
        return pd.DataFrame([json.loads(line) for line in lines])

    def done(self) -> set[Cell]:
        """The fits that need not be made again."""
        rows = self.rows()
        return {Cell(*values) for values in rows[list(Cell._fields)].itertuples(index=False)} if len(rows) else set()

    def add(self, cell: Cell, y: npt.NDArray[np.int64], p: Floats, fit_seconds: float) -> dict[str, float]:
        """Keeps a fit; the line is written last, so that it is never there without its probabilities."""
        found = figures(y, p) | {"fit_seconds": round(fit_seconds, 3)}
        np.save(self._path(cell), p)
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(cell._asdict() | found) + "\n")
        return found

    def probabilities(self, cell: Cell) -> Floats:
        """What ``add`` kept."""
        return np.asarray(np.load(self._path(cell)))

    def with_probabilities(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows whose probabilities are here: of what was measured elsewhere only the figures may be."""
        cells = rows[list(Cell._fields)].itertuples(index=False)
        return rows[[self._path(Cell(*cell)).exists() for cell in cells]]

    def newest(self, names: Iterable[str], version: str | None = None) -> pd.DataFrame:
        """The rows of the version of each model that ran last on each set; ``version``: of ours, how it ends."""
        rows = self.rows()
        if not len(rows):
            raise SystemExit(f"{self.file}: no results yet. Begin with run.py.")
        rows = rows[rows["model"].isin(list(names))]
        if version is not None:
            rows = rows[rows["version"].str.endswith(version) | ~rows["version"].str.contains("+", regex=False)]
        last = rows.groupby(["set", "model"])["version"].transform("last")
        return rows[rows["version"] == last].drop_duplicates(list(Cell._fields), keep="last").reset_index(drop=True)

    def _path(self, cell: Cell) -> Path:
        return self._folder / f"{cell.set}-{cell.model}-{cell.version}-{cell.fold}-{cell.seed}.npy"
