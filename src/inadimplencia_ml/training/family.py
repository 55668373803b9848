"""Ledger -> models of several targets that agree: one set of snapshots and features, one cut, one judged period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar

import pandas as pd
from pydantic import ValidationError

from inadimplencia_ml.errors import CallError, NotEnoughData
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.model_family import ModelFamily, check_names, reads_treatment
from inadimplencia_ml.pipeline import Model
from inadimplencia_ml.target import Target
from inadimplencia_ml.training.family_judging import judged_agreement
from inadimplencia_ml.training.permission import permission_of
from inadimplencia_ml.training.samples import built, wanted_of
from inadimplencia_ml.training.settings import Targets, TrainingSettings
from inadimplencia_ml.training.tracked import require_mlflow, track
from inadimplencia_ml.training.train import Ground, Tell, Trained, fit_and_judge, known_at_cut

__all__ = ["train_family"]


Made = TypeVar("Made")


class _Member(NamedTuple):
    target: Target
    settings: TrainingSettings


def train_family(
    ledger: Ledger,
    targets: Targets,
    *,
    cut: dt.date | str | None = None,
    settings: TrainingSettings | None = None,
    custom: Sequence[Custom] = (),
    previous: ModelFamily | None = None,
    mlflow: str | None = None,
    progress: Tell | None = None,
) -> ModelFamily:
    """Fits a model of each target, judges all on the same period, and makes their probabilities agree.

    Each member is the model that `train` makes of its target with the member's settings, to the byte: it can be used,
    reproduced and validated by itself. Together they agree (`ModelFamily.score`).

    Parameters
    ----------
    ledger : Ledger
    targets : mapping or sequence of Target
        By name, or without names: then the target's own, with ``_with_treatment`` where it reads treatment features.
        All of one level. In place of a Target its settings as plain data, with ``treatment`` (true or false) in place
        of the settings' own: ``{"dpd": 30, "treatment": True}``. A target may come twice, once with and once without.
    cut : date, optional
        As for `train`.
    settings : TrainingSettings, optional
        Of every member. Without ``judge_from`` all are judged from the earliest first day that any of them needs by
        itself, so that one period is new to all; a member for which that is another day than its own says so in its
        settings.
    custom : sequence of Aggregate, PythonFeature or SqlFeature
    previous : ModelFamily, optional
        The family in use: members of the same name and target are compared with it.
    mlflow : str, optional
        A tracking server, as for `train`: the family is logged there as one run with a run for each member below it.
    progress : callable, optional
        Called with the name of each step.

    Returns
    -------
    ModelFamily

    Raises
    ------
    CallError
        There is no target, levels differ, a target comes twice, a setting is wrong, or as for `train`.
    NotEnoughData
        As for `train`; names the member.
    MissingExtraError
        ``mlflow`` is given, and MLflow is not installed.

    Examples
    --------
    >>> train_family(Ledger(pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "amount": [1.0],
    ...     "issue_date": ["2025-01-02"], "due_date": ["2025-02-03"]})), {})
    Traceback (most recent call last):
    inadimplencia_ml.errors.CallError: targets: there is none; name at least one
    """
    if mlflow is not None:
        require_mlflow()
    tell, settings = progress or (lambda step: None), settings or TrainingSettings()
    members = _members(targets, settings)
    day, known = known_at_cut(ledger, cut)
    one = next(iter(members.values()))
    wanted = wanted_of(one.target, settings, custom)
    permission = permission_of(known, wanted, settings)
    tell("features")
    shared = built(known, one.target, day, settings, wanted)
    grounds: dict[str, Ground] = {}
    for name, member in members.items():
        tell(f"{name}: labels")
        samples = shared.labelled(known, member.target, day)
        grounds[name] = Ground(known, day, samples, member.target, member.settings, wanted, permission)
    first = {name: _of(name, ground.judged_from) for name, ground in grounds.items()}
    start = min(first.values())
    audit = cache(next(iter(grounds.values())).leaks)
    trained: dict[str, Trained] = {}
    for name, ground in grounds.items():
        if first[name] != start:
            own = ground.settings.changed(judge_from=start.date())
            ground = grounds[name] = replace(ground, settings=own)
        before = _before(previous, name, ground)
        trained[name] = _of(name, partial(_trained, ground, before, name, tell, audit))
    models = {name: made.model for name, made in trained.items()}
    tell("agreement")
    about = judged_agreement(grounds, trained, start, n=settings.n_bootstrap, random_state=settings.random_state)
    family = ModelFamily.of(models, about)
    if mlflow is not None:
        tell("logging the run")
        track(family, mlflow, previous=previous)
    return family


def _trained(
    ground: Ground, previous: Model | None, name: str, tell: Tell, audit: Callable[[], pd.DataFrame]
) -> Trained:
    return fit_and_judge(ground, previous=previous, tell=lambda step: tell(f"{name}: {step}"), leaks=audit)


def _before(previous: ModelFamily | None, name: str, ground: Ground) -> Model | None:
    """The member of the family in use that is compared with: of the same name, target and kind of features."""
    model = None if previous is None else previous.members.get(name)
    if model is None or model.target != ground.target or reads_treatment(model) != ground.settings.treatment:
        return None
    return model


def _of(name: str, made: Callable[[], Made]) -> Made:
    """What is made of a member; an error of ours says of which."""
    try:
        return made()
    except (CallError, NotEnoughData) as error:
        raise type(error)(f"{name}: {error}") from error


def _members(targets: Targets, settings: TrainingSettings) -> dict[str, _Member]:
    """The members by name, with their settings."""
    if isinstance(targets, Mapping):
        members = {str(name): _member(f"targets: {name}", given, settings) for name, given in targets.items()}
    else:
        listed = [_member(f"targets: {i}", given, settings) for i, given in enumerate(targets, start=1)]
        names = [m.target.name + ("_with_treatment" if m.settings.treatment else "") for m in listed]
        for name in names:
            if names.count(name) > 1:
                raise CallError(f"targets: {name} comes {names.count(name)} times; name it once, or give names")
        members = dict(zip(names, listed, strict=True))
    if not members:
        raise CallError("targets: there is none; name at least one")
    check_names(list(members))
    levels = sorted({m.target.level for m in members.values()})
    if len(levels) > 1:
        raise CallError(
            "targets: the members of a family are of one level; train one family of clients, one of invoices"
        )
    seen: dict[tuple[Target, bool], str] = {}
    for name, member in members.items():
        one = seen.setdefault((member.target, member.settings.treatment), name)
        if one != name:
            raise CallError(f"targets: {one!r} and {name!r} are the same; name it once, or one of them with treatment")
    return members


def _member(where: str, given: Any, settings: TrainingSettings) -> _Member:
    if isinstance(given, Target):
        return _Member(given, settings)
    if not isinstance(given, Mapping):
        raise CallError(f"{where}: expected a Target or its settings by name, got {type(given).__name__}")
    own = {str(key): value for key, value in given.items()}
    treatment = own.pop("treatment", settings.treatment)
    if not isinstance(treatment, bool):
        raise CallError(f"{where}: treatment is {treatment!r}; expected true or false")
    try:
        target = Target(**own)
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f" {key}:" for key in first["loc"])
        raise CallError(f"{where}:{place} {first['msg'].removeprefix('Value error, ')}") from error
    return _Member(target, settings if treatment == settings.treatment else settings.changed(treatment=treatment))
