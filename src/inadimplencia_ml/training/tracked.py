"""A trained model, or a family of them, as a run in MLflow: what of it is logged, and nothing of a client."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.catalog import FEATURES
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.model_family import ModelFamily
from inadimplencia_ml.online import ANSWER
from inadimplencia_ml.pipeline import Model
from inadimplencia_ml.report.judgement_plots import plot_calibration, plot_ratings
from inadimplencia_ml.risk.judgement import MODEL, Judgement
from inadimplencia_ml.risk.judging.agreed import ALL_MEMBERS
from inadimplencia_ml.tracking import FAMILY_NAME, NAME, Logged, Run, Served, log_run, require_mlflow

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
_OUTPUTS = {c: "double" if c in _NUMBERS else "boolean" if c == "cold_start" else "string" for c in ANSWER}
_RIVALS = ("previous", "prevalence")
"""Whom a version must beat to be promoted."""


def track(
    model: Model | ModelFamily,
    uri: str,
    *,
    previous: Model | ModelFamily | None = None,
    experiment: str = NAME,
    name: str | None = None,
) -> Logged:
    """Logs a model in MLflow: target, split, settings, figures with intervals, tables, plots, digests, and the model.

    The model becomes a new version of the registered model ``name``, with the alias ``challenger``; `promote` makes it
    the champion. Nothing of a single client is logged: the example of an input is the medians of good payers.

    A family is one run, with what agreement did and every figure by member (``pd30.auc``), and below it a run for each
    member as that of a model. The family as a whole is what is registered and served. Its log loss less a rival's is
    the sum over the members; the ends of the interval are summed likewise, as if all members erred together, so it is
    rather too wide than too narrow.

    Parameters
    ----------
    model : Model or ModelFamily
    uri : str
        Of the tracking server, such as ``sqlite:///mlflow.db`` or ``http://127.0.0.1:5000``.
    previous : Model or ModelFamily, optional
        What the judgement compares with.
    experiment, name : str
        Of the experiment, and of the registered model: by default ``inadimplencia``, of a family
        ``inadimplencia-family``.

    Returns
    -------
    Logged
        run_id, model_uri (for ``mlflow.pyfunc.load_model`` and ``mlflow models serve``), name and version.

    Raises
    ------
    CallError
        ``previous`` is a family and the model is not, or the other way round.
    MissingExtraError
        MLflow is not installed.
    """
    members = model.members if isinstance(model, ModelFamily) else {"": model}
    before = previous.members if isinstance(previous, ModelFamily) else {} if previous is None else {"": previous}
    if previous is not None and isinstance(previous, ModelFamily) != isinstance(model, ModelFamily):
        raise CallError("track: one model is compared with one model, and a family with a family")
    runs = {key: _run(one, before.get(key)) for key, one in members.items()}
    with tempfile.TemporaryDirectory() as folder:
        bundle = model.save(Path(folder) / "bundle")
        inputs, example = _inputs_of_all(members)
        outputs = {"member": "string"} | _OUTPUTS if isinstance(model, ModelFamily) else _OUTPUTS
        served = Served(bundle, inputs, outputs, example, _requirements(next(iter(members.values()))))
        if isinstance(model, ModelFamily):
            own, whole = name or FAMILY_NAME, _family_run(model, previous, runs)
            return log_run(uri, whole, served, children=runs, experiment=experiment, name=own)
        return log_run(uri, runs[""], served, experiment=experiment, name=name or NAME)


def _family_run(family: ModelFamily, previous: Model | ModelFamily | None, runs: Mapping[str, Run]) -> Run:
    """The run of the whole: what the members have in common, what agreement did, and their figures by name."""
    judgement, first = family.judgement, next(iter(family.members.values()))
    manifest = first.bundle.manifest
    params: dict[str, Any] = {"members": list(family.members), "implied": family.implied(), **judgement.facts}
    params |= {"cut": manifest.cut, "random_state": manifest.random_state}
    params |= {f"{name}.target": one.target.name for name, one in family.members.items()}
    params |= {f"{name}.treatment": said for name, said in family.treatment.items()}
    params |= {f"version.{key}": value for key, value in manifest.versions.items()}
    targets = "+".join(f"{n}:{m.target.name}" + "*" * family.treatment[n] for n, m in sorted(family.members.items()))
    tags = {"digest": family.digest, "model_version": family.version, "target": targets}
    tags |= {"data_digest": manifest.data_digest, "catalogue": _catalogue()}
    tags |= {"mlflow.note.content": judgement.text("pt")}
    if previous is not None:
        tags["previous"] = previous.digest
    texts = {"judgement/julgamento.txt": judgement.text("pt"), "judgement/judgement.txt": judgement.text("en")}
    texts["judgement/judgement.json"] = json.dumps(judgement.to_json(), ensure_ascii=False, indent=1)
    tables = {f"judgement/{t}.csv": getattr(judgement, t) for t in ("agreement", "pairs") if len(getattr(judgement, t))}
    metrics = {f"{name}.{key}": value for name, run in runs.items() for key, value in run.metrics.items()}
    return Run(params, metrics | _together(judgement.agreement, runs), tags, texts, tables)


def _together(agreement: pd.DataFrame, runs: Mapping[str, Run]) -> dict[str, float]:
    """What agreement did to the log losses of all, and how they do together against each rival of theirs."""
    found: dict[str, float] = {}
    if len(agreement) and (agreement["member"] == ALL_MEMBERS).any():  # one member alone agrees with itself
        row = agreement.set_index("member").loc[ALL_MEMBERS]
        found = _with_ends("agreement_log_loss", row["difference"], row["low"], row["high"])
    for rival in _RIVALS:
        for end in ("", "_low", "_high"):
            key = f"log_loss_less_{rival}{end}"
            if all(key in run.metrics for run in runs.values()):
                found[key] = sum(run.metrics[key] for run in runs.values())
    return found


def _catalogue() -> str:
    """The digest of the catalogue of features."""
    return hashlib.sha256(repr(FEATURES).encode()).hexdigest()


def _run(model: Model, previous: Model | None) -> Run:
    judgement, manifest = model.judgement, model.bundle.manifest
    training = manifest.settings.get("training", {})
    kinds = manifest.settings.get("kinds", {})
    params = {f"target.{key}": value for key, value in manifest.target.items()}
    params |= {key: getattr(manifest, key) for key in ("cut", "judged_on", "fitted_to", "random_state")}
    params |= {"booking_lag_days": manifest.booking_lag_days, "features": len(manifest.features)}
    params |= {f"kind.{key}": value for key, value in kinds.items()}
    params |= {f"training.{key}": value for key, value in training.items()}
    params |= {f"version.{key}": value for key, value in manifest.versions.items()}
    tags = {"digest": model.digest, "model_version": model.version, "target": model.target.name}
    tags |= {"data_digest": manifest.data_digest, "catalogue": _catalogue()}
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


def _inputs_of_all(members: Mapping[str, Model]) -> tuple[dict[str, str], pd.DataFrame]:
    """What all members read together, and one row of it."""
    kinds: dict[str, str] = {}
    example = pd.DataFrame(index=[0])
    for model in members.values():
        own, row = _inputs(model)
        kinds |= {name: kind for name, kind in own.items() if name not in kinds}
        example = example.join(row[[c for c in row.columns if c not in example.columns]])
    return kinds, example


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
