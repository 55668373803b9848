"""The models that are compared: ours with their defaults, and peers as their users would write them.

A peer's library is imported when it is asked for; whoever has none of it compares with the others.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata as metadata
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sets import Split, Task
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import inadimplencia_ml

__all__ = ["MODELS", "OURS", "Fitted", "is_there", "version_of"]

Floats = npt.NDArray[np.float64]
Fitted = Callable[[pd.DataFrame], Floats]  # probability of bad
Fit = Callable[[Task, Split, int, int], Fitted]  # the set, its fold, a seed, threads

CATEGORIES_OF_HISTOGRAMS = 255
#: Rooms and files of risk that no fit of these models calls: reasons, judgements, other kinds of model.
NO_PART_IN_A_FIT = frozenset(
    "time_to_pay tree_shap wrapped judging agreement baselines bundle family_judgement judgement judgement_text "
    "reasons reason_table".split()
)
AUTOGLUON = "AUTOGLUON_PYTHON"  # the variable that names the interpreter of its environment
AUTOGLUON_SECONDS = os.environ.get("AUTOGLUON_SECONDS", "120")  # a fit


class Model(NamedTuple):
    """How it is fitted; the distribution whose version counts; whether a seed changes anything."""

    fit: Fit
    library: str
    seeded: bool = True


def _rows(task: Task, split: Split) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    return task.x.iloc[split.train], split.bad


def _bad_column(model: Any, prepare: Callable[[pd.DataFrame], Any] = lambda x: x) -> Fitted:
    return lambda x: np.asarray(model.predict_proba(prepare(x))[:, 1], np.float64)


def _numbers_and_words(x: pd.DataFrame) -> tuple[list[str], list[str]]:
    words = list(x.select_dtypes("category").columns)
    return [c for c in x if c not in words], words


# ------------------------------------------------------------------ ours
def _ours(model: Any, task: Task, split: Split) -> Fitted:
    x, y = _rows(task, split)
    known: dict[str, Any] = {}
    if task.dates is not None and task.clients is not None:
        known = {"dates": task.dates.iloc[split.train], "groups": task.clients[split.train]}
    return _bad_column(model.fit(x, y, **known))


def _class_of(name: str) -> Any:
    module, _, of_module = OURS[name].rpartition(".")
    return getattr(importlib.import_module(f"inadimplencia_ml.risk.{module}"), of_module)


def _of_class(name: str) -> Fit:
    def fit(task: Task, split: Split, seed: int, threads: int) -> Fitted:
        known: dict[str, Any] = {"purge_days": task.purge_days, "random_state": seed}
        if name == "scorecard" and task.special:
            known["special"] = task.special
        return _ours(_class_of(name)(**known), task, split)

    return fit


# ------------------------------------------------------------------ linear
def _without_codes(task: Task) -> Callable[[pd.DataFrame], pd.DataFrame]:
    numbers, _ = _numbers_and_words(task.x)

    def prepare(x: pd.DataFrame) -> pd.DataFrame:
        return x.assign(**{c: x[c].mask(x[c].isin(task.special)) for c in numbers}) if task.special else x

    return prepare


def _logistic(task: Task, split: Split, seed: int, threads: int) -> Fitted:
    """Missing numbers at the median with a column that says so; all scaled; words one-hot."""
    x, y = _rows(task, split)
    numbers, words = _numbers_and_words(x)
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=10), words),
    )
    model, prepare = make_pipeline(columns, LogisticRegression(max_iter=2000)), _without_codes(task)
    return _bad_column(model.fit(prepare(x), y), prepare)


def _woe(task: Task, split: Split, seed: int, threads: int) -> Fitted:
    """Optimal bins, weight of evidence (that of missing and special values too), logistic regression."""
    from optbinning import BinningProcess

    x, y = _rows(task, split)
    _, words = _numbers_and_words(x)
    bins = BinningProcess(
        list(x.columns), categorical_variables=words or None, special_codes=list(task.special) or None, n_jobs=threads
    )
    bins.fit(x, y)

    def prepare(x: pd.DataFrame) -> pd.DataFrame:
        return bins.transform(x, metric="woe", metric_missing="empirical", metric_special="empirical")

    return _bad_column(LogisticRegression(max_iter=2000).fit(prepare(x), y), prepare)


# ------------------------------------------------------------------ trees
def _lightgbm(task: Task, split: Split, seed: int, threads: int) -> Fitted:
    from lightgbm import LGBMClassifier

    return _bad_column(LGBMClassifier(random_state=seed, n_jobs=threads, verbose=-1).fit(*_rows(task, split)))


def _histograms(task: Task, split: Split, seed: int, threads: int) -> Fitted:
    """Categories as such, but for columns of more than it takes: these by their code."""
    many = [c for c in task.x.select_dtypes("category") if task.x[c].nunique() > CATEGORIES_OF_HISTOGRAMS]

    def prepare(x: pd.DataFrame) -> pd.DataFrame:
        return x.assign(**{c: x[c].cat.codes for c in many})

    x, y = _rows(task, split)
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=seed)
    return _bad_column(model.fit(prepare(x), y), prepare)


def _xgboost(task: Task, split: Split, seed: int, threads: int) -> Fitted:
    from xgboost import XGBClassifier

    model = XGBClassifier(enable_categorical=True, random_state=seed, n_jobs=threads)
    return _bad_column(model.fit(*_rows(task, split)))


def _catboost(task: Task, split: Split, seed: int, threads: int) -> Fitted:
    from catboost import CatBoostClassifier

    _, words = _numbers_and_words(task.x)

    def prepare(x: pd.DataFrame) -> pd.DataFrame:
        return x.assign(**{c: x[c].astype(object).where(x[c].notna(), "missing").astype(str) for c in words})

    x, y = _rows(task, split)
    model = CatBoostClassifier(
        cat_features=words, random_seed=seed, thread_count=threads, verbose=0, allow_writing_files=False
    )
    return _bad_column(model.fit(prepare(x), y), prepare)


def _ebm(task: Task, split: Split, seed: int, threads: int) -> Fitted:
    from interpret.glassbox import ExplainableBoostingClassifier

    _, words = _numbers_and_words(task.x)

    def prepare(x: pd.DataFrame) -> pd.DataFrame:
        return x.astype(dict.fromkeys(words, object))

    x, y = _rows(task, split)
    model = ExplainableBoostingClassifier(random_state=seed, n_jobs=threads)
    return _bad_column(model.fit(prepare(x), y), prepare)


# ------------------------------------------------------------------ searching
def _autogluon(task: Task, split: Split, seed: int, threads: int) -> Fitted:
    """In an environment and a time of its own, without a seed; what it says of the held-out rows comes with the fit."""
    x, y = _rows(task, split)
    test = task.x.iloc[split.test]
    with tempfile.TemporaryDirectory() as folder:
        x.assign(_bad=y).to_parquet(Path(folder) / "train.parquet")
        test.to_parquet(Path(folder) / "test.parquet")
        script = Path(__file__).with_name("autogluon_fit.py")
        own = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        command = [os.environ[AUTOGLUON], str(script), folder, AUTOGLUON_SECONDS, str(threads)]
        subprocess.run(command, check=True, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        p = np.load(Path(folder) / "p.npy")
    return lambda x: p


OURS = {
    "risk": "classifier.RiskClassifier",
    "scorecard": "scorecard.classifier.ScorecardClassifier",
    "blend": "blend.Blend",
}
MODELS: dict[str, Model] = {
    **{name: Model(_of_class(name), "inadimplencia-ml") for name in OURS},
    "logistic": Model(_logistic, "scikit-learn", seeded=False),
    "woe": Model(_woe, "optbinning", seeded=False),
    "lightgbm": Model(_lightgbm, "lightgbm", seeded=False),
    "hist": Model(_histograms, "scikit-learn"),
    "xgboost": Model(_xgboost, "xgboost", seeded=False),
    "catboost": Model(_catboost, "catboost"),
    "ebm": Model(_ebm, "interpret"),
    "autogluon": Model(_autogluon, AUTOGLUON, seeded=False),
}


def is_there(name: str) -> bool:
    """Whether its library can be used here."""
    if name == "autogluon":
        return AUTOGLUON in os.environ
    try:
        metadata.version(MODELS[name].library)
    except metadata.PackageNotFoundError:
        return False
    return True


def version_of(name: str) -> str:
    """Of the library; ours with a digest of what takes part in a fit: a figure belongs to the code that made it."""
    if name == "autogluon":
        return f"{AUTOGLUON_SECONDS}s"
    number = metadata.version(MODELS[name].library)
    if name not in OURS:
        return number
    room = Path(inadimplencia_ml.__file__).parent / "risk"
    total = hashlib.sha256()
    for file in sorted(room.rglob("*.py")):
        if file.relative_to(room).parts[0].removesuffix(".py") not in NO_PART_IN_A_FIT:
            total.update(file.read_bytes())
    return f"{number}+{total.hexdigest()[:8]}"
