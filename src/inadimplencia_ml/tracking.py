"""Runs, models and their registry in MLflow: the only room that knows it. Plain figures, tables and files come in.

What is logged says nothing of a single client: figures over many, and a model that holds none.
"""

from __future__ import annotations

import contextlib
import logging
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from inadimplencia_ml.errors import CallError, MissingExtraError

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "FAMILY_NAME",
    "NAME",
    "Logged",
    "Promoted",
    "Run",
    "Served",
    "log_run",
    "promote",
    "require_mlflow",
]

NAME = "inadimplencia"
"""Of the experiment and of the registered model, where no other is given."""
FAMILY_NAME = "inadimplencia-family"
"""Of the registered family of models: one is no version of the other."""
CHAMPION, CHALLENGER = "champion", "challenger"
_TAG = "inadimplencia."
_PARAM_LENGTH = 500  # MLflow keeps more, but older stores cut here
_CODE = '''"""The bundle beside this file as an MLflow model: this code is read, nothing is unpickled."""

from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

from inadimplencia_ml.serving import served_from


class Bundle(PythonModel):
    def load_context(self, context):
        self.served = served_from(context.artifacts["bundle"])

    def predict(self, context, model_input, params=None):
        return self.served.predict(model_input, **(params or {}))


set_model(Bundle())
'''


@dataclass(frozen=True)
class Run:
    """What is logged of a training.

    Attributes
    ----------
    params, tags : mapping of str
    metrics : mapping of float
        Those that are no finite number are left out.
    texts, tables, figures : mapping
        By their path among the run's artifacts: text, DataFrame (as CSV), matplotlib figure (as PNG).
    """

    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Served:
    """The model of a run: its folder; what it reads and answers, column to "double", "string", "boolean" or "any"."""

    bundle: Path
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    example: pd.DataFrame
    requirements: Sequence[str]


@dataclass(frozen=True)
class Logged:
    """Where a run is: its id, the model's address, and its version in the registry."""

    run_id: str
    model_uri: str
    name: str
    version: int


@dataclass(frozen=True)
class Promoted:
    """The version that is the champion now, the one that was, and by how much it won (log loss; below 0 is better)."""

    name: str
    version: int
    former: int | None
    difference: float
    low: float
    high: float


def log_run(
    uri: str,
    run: Run,
    served: Served,
    *,
    children: Mapping[str, Run] | None = None,
    experiment: str = NAME,
    name: str = NAME,
) -> Logged:
    """Logs a run with its model, registers the model as a new version, and calls it the challenger.

    Parameters
    ----------
    uri : str
        Of the tracking server, such as ``sqlite:///mlflow.db`` or ``http://127.0.0.1:5000``.
    run : Run
    served : Served
    children : mapping of Run, optional
        By name: runs below this one, without a model of their own.
    experiment, name : str
        Of the experiment, and of the registered model.

    Raises
    ------
    MissingExtraError
        MLflow is not installed.
    """
    mlflow = _mlflow()
    with _at(uri), tempfile.TemporaryDirectory() as folder:
        client = mlflow.MlflowClient()
        found = client.get_experiment_by_name(experiment)
        held = client.create_experiment(experiment) if found is None else found.experiment_id
        nested = mlflow.active_run() is not None
        with mlflow.start_run(experiment_id=held, nested=nested, tags=_tags(run.tags)) as started:
            _log(mlflow, run)
            for child, one in (children or {}).items():
                with mlflow.start_run(experiment_id=held, run_name=child, nested=True, tags=_tags(one.tags)):
                    _log(mlflow, one)
            info = _log_model(mlflow, served, Path(folder), name)
        version = int(info.registered_model_version)
        for key, value in _tags(run.tags).items():
            client.set_model_version_tag(name, str(version), key, value)
        client.set_registered_model_alias(name, CHALLENGER, str(version))
        return Logged(started.info.run_id, info.model_uri, name, version)


def _log(mlflow: Any, run: Run) -> None:
    """Logs what a run holds into the one that is active."""
    mlflow.log_params({key: str(value)[:_PARAM_LENGTH] for key, value in run.params.items()})
    mlflow.log_metrics({key: float(value) for key, value in run.metrics.items() if math.isfinite(value)})
    for path, text in run.texts.items():
        mlflow.log_text(text, path)
    for path, table in run.tables.items():
        mlflow.log_text(table.to_csv(index=False), path)
    for path, figure in run.figures.items():
        mlflow.log_figure(figure, path)


def _log_model(mlflow: Any, served: Served, folder: Path, name: str) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import AnyType

    def columns(of: Mapping[str, str]) -> Any:
        anything: Any = AnyType
        return Schema([ColSpec(anything() if k == "any" else k, name, required=False) for name, k in of.items()])

    code = folder / "bundle_model.py"
    code.write_text(_CODE, encoding="utf-8")
    signature = ModelSignature(
        inputs=columns(served.inputs),
        outputs=columns(served.outputs),
        params=ParamSchema([ParamSpec("lang", "string", "pt")]),
    )
    return mlflow.pyfunc.log_model(
        name="model",
        python_model=str(code),
        artifacts={"bundle": str(served.bundle)},
        signature=signature,
        input_example=served.example,
        pip_requirements=list(served.requirements),
        registered_model_name=name,
    )


def promote(uri: str, *, name: str = NAME) -> Promoted:
    """Makes the challenger the champion, if it wins outside its interval.

    With a champion, the challenger must have been trained with that model as ``previous``, and the whole interval of
    the difference in log loss must lie below 0. The first champion must so beat the prevalence.

    Parameters
    ----------
    uri : str
        Of the tracking server.
    name : str
        Of the registered model.

    Raises
    ------
    CallError
        There is no challenger, it was compared with another model, or it does not win: says by how much.
    MissingExtraError
        MLflow is not installed.
    """
    mlflow = _mlflow()
    with _at(uri):
        client = mlflow.MlflowClient()
        challenger, champion = _held(client, name, CHALLENGER), _held(client, name, CHAMPION)
        if challenger is None:
            raise CallError(f"promote: the model {name!r} has no {CHALLENGER}; train one with mlflow={uri!r}")
        if champion is not None and champion.version == challenger.version:
            raise CallError(f"promote: version {champion.version} of {name!r} is the {CHAMPION} already")
        against = "prevalence" if champion is None else "previous"
        if champion is not None:
            _comparable(challenger, champion)
        metrics = client.get_run(challenger.run_id).data.metrics
        difference, low, high = (
            metrics.get(f"log_loss_less_{against}{end}", math.nan) for end in ("", "_low", "_high")
        )
        if math.isnan(high):
            raise CallError(
                f"promote: version {challenger.version} of {name!r} holds no comparison with {_RIVAL[against]}; "
                "its judgement had too little to compare on"
            )
        told = f"log loss less that of {_RIVAL[against]}: {difference:+.4f}, interval {low:+.4f} to {high:+.4f}"
        if not high < 0:
            raise CallError(
                f"promote: version {challenger.version} of {name!r} does not win. {told}; it must lie below 0"
            )
        client.set_registered_model_alias(name, CHAMPION, challenger.version)
        client.delete_registered_model_alias(name, CHALLENGER)
        former = None if champion is None else int(champion.version)
        return Promoted(name, int(challenger.version), former, difference, low, high)


_RIVAL = {"previous": f"the {CHAMPION}", "prevalence": "the prevalence"}


def _comparable(challenger: Any, champion: Any) -> None:
    """Refuses a comparison with another model than the champion, or of another target."""
    mine, theirs = challenger.tags, champion.tags
    if mine.get(_TAG + "target") != theirs.get(_TAG + "target"):
        raise CallError(
            f"promote: the challenger's target is {mine.get(_TAG + 'target')}, the champion's "
            f"{theirs.get(_TAG + 'target')}; models of two targets are two registered models"
        )
    if mine.get(_TAG + "previous") != theirs.get(_TAG + "digest"):
        raise CallError(
            f"promote: version {challenger.version} was not compared with version {champion.version}, the champion. "
            "Train it with previous= (--previous) the champion's model."
        )


def _held(client: Any, name: str, alias: str) -> Any:
    """The version of an alias; None where there is none."""
    from mlflow.exceptions import MlflowException

    try:
        return client.get_model_version_by_alias(name, alias)
    except MlflowException:
        return None


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {key if key.startswith("mlflow.") else _TAG + key: value for key, value in tags.items()}


def require_mlflow() -> None:
    """Says at once, before anything is trained, that the extra is missing.

    Whether it is there is looked up without loading it, which takes seconds.

    Raises
    ------
    MissingExtraError
        MLflow, or what draws its plots, is not installed.
    """
    if any(find_spec(library) is None for library in ("mlflow", "matplotlib")):
        raise MissingExtraError.of("mlflow", "mlflow")


def _mlflow() -> Any:
    try:
        import mlflow
        import mlflow.pyfunc
    except ImportError:
        raise MissingExtraError.of("mlflow", "mlflow") from None
    return mlflow


@contextlib.contextmanager
def _at(uri: str) -> Iterator[None]:
    """MLflow at a tracking server, and back at the one before; what it prints goes to stderr."""
    mlflow = _mlflow()
    before, migrations = mlflow.get_tracking_uri(), logging.getLogger("alembic")
    level = migrations.level
    mlflow.set_tracking_uri(uri)
    migrations.setLevel(logging.WARNING)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        migrations.setLevel(level)
        mlflow.set_tracking_uri(before)
