"""The sets of the benchmark: features, outcomes, and the folds on which every model is fitted and judged.

Two kinds of folds. Books are judged out of time, with the labels that were known at the cut. Tables without dates are
judged on five repeats of five stratified folds; the first repeat is a benchmark of its own where time is short.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import ledger_sets
import numpy as np
import numpy.typing as npt
import package_sets
import pandas as pd
from sklearn.model_selection import RepeatedStratifiedKFold

__all__ = ["FOR_CHOICES", "SETS", "UNSEEN", "Split", "Task", "load"]

FOLDS, REPEATS = 5, 5
HELOC_CODES = (-7, -8, -9)  # no such event, no usable record, no record


class Split(NamedTuple):
    """One fold: row numbers to fit on, with their outcomes as known then, and row numbers to judge on."""

    number: int
    name: str
    train: npt.NDArray[np.intp]
    bad: npt.NDArray[np.int64]
    test: npt.NDArray[np.intp]


class Task(NamedTuple):
    """A set. Text is a pandas category; ``special`` are numbers that stand for a reason why there is none."""

    name: str
    x: pd.DataFrame
    bad: npt.NDArray[np.int64]
    splits: list[Split]
    clients: npt.NDArray[Any] | None = None
    dates: pd.Series | None = None
    purge_days: int = 0  # days that an outcome takes to be known
    special: tuple[int, ...] = ()

    @property
    def in_time(self) -> bool:
        """Whether it is judged out of time, on clients that come again."""
        return self.dates is not None


def load(name: str, data: Path, work: Path) -> Task:
    """The set of that name from the folder of public data sets; feature tables are kept in ``work/tables``."""
    return SETS[name](data, work / "tables")


def _repeated(name: str, x: pd.DataFrame, bad: pd.Series, special: tuple[int, ...] = ()) -> Task:
    """A table without dates, in repeated stratified folds."""
    y = bad.to_numpy(np.int64)
    folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=0)
    splits = [
        Split(k, f"repeat {k // FOLDS + 1}, fold {k % FOLDS + 1}", train, y[train], test)
        for k, (train, test) in enumerate(folds.split(x, y))
    ]
    return Task(name, _with_categories(x.reset_index(drop=True)), y, splits, special=special)


def _with_categories(x: pd.DataFrame) -> pd.DataFrame:
    text = x.select_dtypes(["object", "str"]).columns
    return x.astype(dict.fromkeys(text, "category"))


def _german(data: Path, _: Path) -> Task:
    raw = pd.read_csv(data / "german" / "germancredit.csv")
    return _repeated("german", raw.drop(columns="creditability"), raw["creditability"] == "bad")


def _heloc(data: Path, _: Path) -> Task:
    raw = pd.read_csv(data / "heloc" / "heloc_dataset_v1.csv", sep=" ", header=None)
    x = raw.iloc[:, 1:].set_axis([f"x{k}" for k in range(1, raw.shape[1])], axis=1)
    return _repeated("heloc", x, raw[0] == 1, HELOC_CODES)


def _pakdd(data: Path, _: Path) -> Task:
    """Numbers that are codes are categories; twelve rows shifted by a first name are left out."""
    file = data / "pakdd2009_brazil" / "creditscoring2.csv.gz"
    raw = pd.read_csv(file, sep="\t", encoding="latin1", index_col=False).dropna(axis=1, how="all")
    target = "TARGET_LABEL_BAD=1"
    raw = raw[raw[target].astype(str) != "N"].drop(columns=[c for c in raw if c.startswith("Unnamed")])
    x = raw.drop(columns=target)
    x["PERSONAL_NET_INCOME"] = pd.to_numeric(x["PERSONAL_NET_INCOME"])
    x = x.loc[:, x.nunique(dropna=False) > 1]
    codes = ["ID_SHOP", "AREA_CODE_RESIDENCIAL_PHONE", "PROFESSION_CODE"]
    return _repeated("pakdd", x.astype(dict.fromkeys(codes, str)), raw[target].astype(int))


def _taiwan(data: Path, tables: Path) -> Task:
    """What the ledger tells at the last closing, beside the columns of the file."""
    x, bad = ledger_sets.taiwan(data / "uci_taiwan", tables / "taiwan.parquet")
    return _repeated("taiwan", x, bad)


def _packaged(name: str) -> Callable[[Path, Path], Task]:
    """A table that comes as a package; the folders are not looked at."""
    return lambda _data, _tables: _repeated(name, *package_sets.table(name))


def _in_time(book: ledger_sets.Book) -> Task:
    """A book with a fold a cut: fitted on the labels known then, judged on the period that follows."""
    splits = []
    for k, cut in enumerate(book.cuts):
        known = book.labels[k].notna().to_numpy()
        test = book.issued.between(cut.first, cut.last).to_numpy() & book.bad.notna().to_numpy()
        train = np.flatnonzero(known)
        y = book.labels[k].to_numpy()[train].astype(np.int64)
        splits.append(Split(k, f"{cut.first} to {cut.last}", train, y, np.flatnonzero(test)))
    return Task(
        book.name,
        book.features,
        book.bad.fillna(0).to_numpy(np.int64),
        splits,
        clients=book.clients.to_numpy(),
        dates=book.issued,
        purge_days=book.wait_days,
    )


def _datarisk(data: Path, tables: Path) -> Task:
    return _in_time(ledger_sets.datarisk(data / "datarisk", tables / "datarisk.parquet"))


def _datarisk_early(data: Path, tables: Path) -> Task:
    return _in_time(ledger_sets.datarisk_early(data / "datarisk", tables / "datarisk_early.parquet"))


def _ibm_ar(data: Path, tables: Path) -> Task:
    return _in_time(ledger_sets.ibm_ar(data / "ibm_ar", tables / "ibm_ar.parquet"))


SETS: dict[str, Callable[[Path, Path], Task]] = {  # small ones first
    "german": _german,
    "heloc": _heloc,
    "taiwan": _taiwan,
    "pakdd": _pakdd,
    "ibm_ar": _ibm_ar,
    "datarisk": _datarisk,
    "datarisk_early": _datarisk_early,
    **{name: _packaged(name) for name in package_sets.TABLES},
}
FOR_CHOICES = ("datarisk_early",)  # not judged: settings may be chosen on it
UNSEEN = tuple(package_sets.TABLES)  # nothing was chosen on them; run when they are named
