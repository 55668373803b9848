"""A trained model as a run in MLflow: what of it is logged, and nothing of a client."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.catalog import FEATURES
from inadimplencia_ml.online import ANSWER
from inadimplencia_ml.pipeline import Model
from inadimplencia_ml.report.judgement_plots import plot_calibration, plot_ratings
from inadimplencia_ml.risk.judgement import MODEL, Judgement
from inadimplencia_ml.tracking import NAME, Logged, Run, Served, log_run, require_mlflow

__all__ = ["require_mlflow", "track"]

# Categories come as pandas keeps them or as text, and dates likewise: MLflow's "string" takes text alone.
_TEXT_TYPES = ("category", "str", "string", "object")
_ASKED = ("ledger", "records", "as_of")
_NUMBERS = ("probability", "probability_low", "probability_high", "score_raw", "score")
_TABLES = (
    *("metrics", "calibration", "bins", "ratings", "months", "parts", "ratings_by_part", "jeffreys", "swap_set"),
    *("approvals", "money", "champion", "leaks", "labels"),
)
_FACTS = ("rows", "clients", "bads", "bad_rate", "mean_probability", "lift_10")


def track(model: Model, uri: str, *, previous: Model | None = None, experiment: str = NAME, name: str = NAME) -> Logged:
    """Logs a model in MLflow: target, split, settings, figures with intervals, tables, plots, digests, and the model.

    The model becomes a new version of the registered model ``name``, with the alias ``challenger``; `promote` makes it
    the champion. Nothing of a single client is logged: the example of an input is the medians of good payers.

    Parameters
    ----------
    model : Model
    uri : str
        Of the tracking server, such as ``sqlite:///mlflow.db`` or ``http://127.0.0.1:5000``.
    previous : Model, optional
        The model that the judgement compares with.
    experiment, name : str
        Of the experiment, and of the registered model.

    Returns
    -------
    Logged
        run_id, model_uri (for ``mlflow.pyfunc.load_model`` and ``mlflow models serve``), name and version.

    Raises
    ------
    MissingExtraError
        MLflow is not installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        bundle = model.save(Path(folder) / "bundle")
        inputs, example = _inputs(model)
        outputs = {c: "double" if c in _NUMBERS else "boolean" if c == "cold_start" else "string" for c in ANSWER}
        served = Served(bundle, inputs, outputs, example, _requirements(model))
        return log_run(uri, _run(model, previous), served, experiment=experiment, name=name)


def _run(model: Model, previous: Model | None) -> Run:
    judgement, manifest = model.judgement, model.bundle.manifest
    training = manifest.settings.get("training", {})
    kinds = manifest.settings.get("kinds", {})
    catalogue = hashlib.sha256(repr(FEATURES).encode()).hexdigest()
    params = {f"target.{key}": value for key, value in manifest.target.items()}
    params |= {key: getattr(manifest, key) for key in ("cut", "judged_on", "fitted_to", "random_state")}
    params |= {"booking_lag_days": manifest.booking_lag_days, "features": len(manifest.features)}
    params |= {f"kind.{key}": value for key, value in kinds.items()}
    params |= {f"training.{key}": value for key, value in training.items()}
    params |= {f"version.{key}": value for key, value in manifest.versions.items()}
    tags = {"digest": model.digest, "model_version": model.version, "target": model.target.name}
    tags |= {"data_digest": manifest.data_digest, "catalogue": catalogue}
    tags |= {"mlflow.note.content": judgement.text("pt")}
    if previous is not None:
        tags["previous"] = previous.digest
    texts = {"judgement/julgamento.txt": judgement.text("pt"), "judgement/judgement.txt": judgement.text("en")}
    texts["judgement/judgement.json"] = json.dumps(judgement.to_json(), ensure_ascii=False, indent=1)
    tables = {f"judgement/{t}.csv": getattr(judgement, t) for t in _TABLES if len(getattr(judgement, t))}
    figures: dict[str, Any] = {}
    if len(judgement.bins):
        figures["plots/calibration.png"] = plot_calibration(judgement.bins)
    if len(judgement.ratings):
        figures["plots/ratings.png"] = plot_ratings(judgement.ratings)
    return Run(params, _metrics(judgement), tags, texts, tables, figures)


def _metrics(judgement: Judgement) -> dict[str, float]:
    """Each figure by name, its interval as ``_low`` and ``_high``; ``_of_`` another model, and ``_less_`` it."""
    found = {key: float(judgement.facts[key]) for key in _FACTS if judgement.facts.get(key) is not None}
    for row in judgement.metrics.itertuples(index=False):
        of = "" if row.model == MODEL else f"_of_{row.model}"
        found |= _with_ends(f"{row.metric}{of}", row.value, row.low, row.high)
        if of:
            ends = row.difference, row.difference_low, row.difference_high
            found |= _with_ends(f"{row.metric}_less_{row.model}", *ends)
    for row in judgement.calibration.itertuples(index=False):
        of = "calibration_" if row.part == "all" else f"segment_{row.part}_"
        found |= _with_ends(f"{of}{row.metric}", row.value, row.low, row.high)
    return found


def _with_ends(name: str, value: Any, low: Any, high: Any) -> dict[str, float]:
    ends = {name: float(value), f"{name}_low": float(low), f"{name}_high": float(high)}
    return {key: number for key, number in ends.items() if np.isfinite(number)}


def _inputs(model: Model) -> tuple[dict[str, str], pd.DataFrame]:
    """What the served model reads, and one row of it: the medians of good payers, which is nobody's row."""
    scorer = model.scorers["event"]
    kinds = {f.name: "any" if f.dtype in _TEXT_TYPES else "double" for f in model.bundle.manifest.features}
    kinds = {name: kinds.get(name, "double") for name in scorer.columns}
    medians = {} if scorer.reasons is None else dict(zip(scorer.reasons.columns, scorer.reasons.medians, strict=True))
    row: dict[str, Any] = {name: None if kind == "any" else medians.get(name, np.nan) for name, kind in kinds.items()}
    known = scorer.classifier.columns_
    for column, categories in zip(known.names, known.categories, strict=True):
        if kinds.get(column) == "any" and categories:
            row[column] = str(categories[0])
    example = pd.DataFrame({name: [value] for name, value in row.items() if value is not None})
    return kinds | dict.fromkeys(_ASKED, "any"), example


def _requirements(model: Model) -> list[str]:
    return [f"{name}=={version}" for name, version in sorted(model.bundle.manifest.versions.items())]
