"""Ledger -> model: snapshots, labels, fit, judge out of time, keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import direction_of
from inadimplencia_ml.errors import CallError, NotEnoughData
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.outcome import booking_lag_days, label
from inadimplencia_ml.pipeline import Model
from inadimplencia_ml.risk.baselines import baseline_predictions
from inadimplencia_ml.risk.bundle import FeatureColumn, Manifest, make_bundle
from inadimplencia_ml.risk.judgement import Judgement, judge
from inadimplencia_ml.risk.kinds import RiskModel, candidate_of
from inadimplencia_ml.risk.scorer import Scorer
from inadimplencia_ml.segments import RiskBands, fit_bands
from inadimplencia_ml.target import Target
from inadimplencia_ml.training.candidates import Field, Fitting, choose_champion, fit_candidates, refit
from inadimplencia_ml.training.judging import audited, judging_inputs, leak_table, of_previous
from inadimplencia_ml.training.origin import data_digest, versions_of
from inadimplencia_ml.training.permission import Permission, permission_of
from inadimplencia_ml.training.samples import (
    CURE_DAYS,
    Samples,
    gather,
    judge_from,
    model_columns,
    not_cured,
    wanted_of,
)
from inadimplencia_ml.training.settings import TrainingSettings
from inadimplencia_ml.training.tracked import require_mlflow, track

__all__ = ["Ground", "Tell", "Trained", "fit_and_judge", "known_at_cut", "train"]

Flags = npt.NDArray[np.bool_]
Tell = Callable[[str], None]

LEAST_CASES = 30
"""Fewer good or bad ones cannot be fitted on."""
LEAST_NOT_CURED = 100
"""Of each class, for the second target."""


def train(
    ledger: Ledger,
    target: Target | None = None,
    *,
    cut: dt.date | str | None = None,
    settings: TrainingSettings | None = None,
    custom: Sequence[Custom] = (),
    previous: Model | None = None,
    mlflow: str | None = None,
    progress: Tell | None = None,
) -> Model:
    """Fits a model on what was known at ``cut``, judges it on the last period, and keeps one fitted on all of it.

    Parameters
    ----------
    ledger : Ledger
    target : Target, optional
        By default: a client with an invoice 30 days past due within 90 days.
    cut : date, optional
        Nothing known later is used; by default the ledger's known_until.
    settings : TrainingSettings, optional
    custom : sequence of Aggregate, PythonFeature or SqlFeature
        Features of one's own, beside those of the settings. Code is not kept in the model: hand it in again at
        `load_model`.
    previous : Model, optional
        The model in use, of the same target: the judgement compares with it, and tells whom the new one would let in
        and keep out.
    mlflow : str, optional
        A tracking server, such as ``sqlite:///mlflow.db``: the model is logged there and becomes the challenger, as
        `track` says.
    progress : callable, optional
        Called with the name of each step.

    Returns
    -------
    Model
        Its ``judgement`` is of the model fitted without the last period; its trees are fitted on all mature snapshots.

    Raises
    ------
    CallError
        The cut lies after the ledger's known_until, a setting names an unknown feature, a column may not enter a model
        (`inadimplencia_ml.training.permission`), or ``previous`` is of another target.
    NotEnoughData
        Fewer than 30 good or bad snapshots to fit, or fewer than two mature months.
    MissingExtraError
        ``mlflow`` is given, and MLflow is not installed.
    """
    if mlflow is not None:
        require_mlflow()
    tell = progress or (lambda step: None)
    target, settings = target or Target(), settings or TrainingSettings()
    day, known = known_at_cut(ledger, cut)
    wanted = wanted_of(target, settings, custom)
    permission = permission_of(known, wanted, settings)
    tell("features and labels")
    samples = gather(known, target, day, settings, wanted)
    ground = Ground(known, day, samples, target, settings, wanted, permission)
    model = fit_and_judge(ground, previous=previous, tell=tell).model
    if mlflow is not None:
        tell("logging the run")
        track(model, mlflow, previous=previous)
    return model


def known_at_cut(ledger: Ledger, cut: dt.date | str | None) -> tuple[dt.date, Ledger]:
    """The cut, by default the last day that the ledger knows, and the ledger as known then."""
    day = ledger.known_until if cut is None else to_date(cut, "cut")
    if day > ledger.known_until:
        raise CallError(f"cut: {day} lies after {ledger.known_until}, the last day the ledger knows")
    return day, ledger.known_at(day)


@dataclass(frozen=True, eq=False)
class Ground:
    """What one training starts from: the ledger as known at the cut, its samples, and what was chosen."""

    known: Ledger
    day: dt.date
    samples: Samples
    target: Target
    settings: TrainingSettings
    wanted: Wanted
    permission: Permission

    def judged_from(self) -> pd.Timestamp:
        """First as_of of the last period.

        Raises
        ------
        NotEnoughData
            Fewer than 30 good or bad snapshots, or fewer than two mature months.
        """
        _enough(self.samples.labels["event"], f"mature snapshots before the cut {self.day}")
        return judge_from(self.samples, self.day, self.settings)

    def leaks(self) -> pd.DataFrame:
        """The leak audit of the features."""
        found = audited(self.known, self.samples, self.wanted, random_state=self.settings.random_state)
        return leak_table(found)


class Trained(NamedTuple):
    """What a training made: the kept model, the judged one (fitted without the last period), and what it reads."""

    model: Model
    judged: RiskModel
    columns: list[str]


def fit_and_judge(
    ground: Ground, *, previous: Model | None, tell: Tell, leaks: Callable[[], pd.DataFrame] | None = None
) -> Trained:
    """Fits and judges the candidates, and keeps one; ``leaks`` gives an audit that was made already."""
    known, samples, target = ground.known, ground.samples, ground.target
    settings, wanted = ground.settings, ground.wanted
    first = ground.judged_from()
    tell("fitting and comparing the candidates")
    columns = model_columns(samples.features, samples.decided, settings, known, wanted)
    judged, judgement = _judged(ground, first, columns, previous, leaks or ground.leaks)
    tell("fitting the kept model")
    kept = samples.decided
    scorer = _scorer(target.name, samples, kept, columns, settings, wanted, judged)
    bands = _bands(scorer, samples, kept, settings)
    scorers = {"event": scorer}
    if target.level == "client":
        tell("fitting the second target")
        scorers |= _second(known, samples, target, ground.day, columns, settings, wanted, judged)
    return Trained(_model(ground, first, scorers, bands, judgement), judged, columns)


def _rows(samples: Samples, rows: Flags, columns: list[str]) -> tuple[pd.DataFrame, Any, Any, Any]:
    """X, y, dates and clients of the chosen snapshots."""
    labels = samples.labels[rows]
    return samples.features.loc[rows, columns], labels["event"].to_numpy(), labels["as_of"], labels["client_id"]


def _scorer(
    name: str,
    samples: Samples,
    rows: Flags,
    columns: list[str],
    settings: TrainingSettings,
    wanted: Wanted,
    like: RiskModel,
    *,
    counted: bool = True,
) -> Scorer:
    """A scorer of the kind of ``like``; ``counted``: with as many trees."""
    field = _field(samples, rows, columns)
    model = refit(like, field, _fitting(samples, rows, columns, settings, wanted), counted=counted)
    seed, own = settings.random_state, wanted.features()
    return Scorer.of(name, model, field.x, field.y, dates=field.dates, clients=field.clients, seed=seed, own=own)


def _field(samples: Samples, rows: Flags, columns: list[str]) -> Field:
    x, y, dates, clients = _rows(samples, rows, columns)
    return Field(x, np.asarray(y, dtype=np.float64), dates, clients)


def _fitting(samples: Samples, rows: Flags, columns: list[str], settings: TrainingSettings, wanted: Wanted) -> Fitting:
    """Folds keep the distance that labels take to be known; custom features point as declared."""
    labels = samples.labels[rows]
    wait = (labels["mature_on"] - labels["as_of"]).dt.days
    pointing = {name: one.direction for name, one in wanted.features().items() if one.direction and name in columns}
    monotone: Any = {name: direction_of(name) for name in columns} | pointing if pointing else "catalog"
    return Fitting(int(wait.median()), monotone, settings)


def _enough(event: pd.Series, where: str) -> None:
    bads, goods = int((event == 1).sum()), int((event == 0).sum())
    if min(bads, goods) < LEAST_CASES:
        raise NotEnoughData(f"{bads} bad and {goods} good among the {where}; at least {LEAST_CASES} of each are needed")


def _judged(
    ground: Ground,
    first: pd.Timestamp,
    columns: list[str],
    previous: Model | None,
    leaks: Callable[[], pd.DataFrame],
) -> tuple[RiskModel, Judgement]:
    """The champion among models fitted on labels known when the last period begins, and how it does on that period."""
    ledger, samples, target = ground.known, ground.samples, ground.target
    settings, wanted = ground.settings, ground.wanted
    early = (samples.labels["as_of"] < first).to_numpy()
    keys = [c for c in ("client_id", "as_of", "invoice_id", "view") if c in samples.features.columns]
    then = label(ledger, samples.features.loc[early, keys], target, labels_known_at=first.date())
    before = Samples(samples.features[early].reset_index(drop=True), then.reset_index(drop=True), samples.drawn_share)
    rows = before.decided
    _enough(then["event"], f"snapshots before {first.date()} whose outcome was known by then")
    last = samples.decided & ~early
    if not last.any():
        raise NotEnoughData(f"no mature snapshot from {first.date()} on to judge by")
    x, y, _, clients = _rows(before, rows, columns)
    model, table = _champion(before, rows, columns, settings, wanted)
    x_last, y_last, _, _ = _rows(samples, last, columns)
    p = model.predict_proba(x_last)[:, 1]
    bands = fit_bands(
        model.oof_probability_,
        y[model.oof_index_],
        clients.to_numpy()[model.oof_index_],
        segment_edges=(settings.medium_from, settings.high_from),
        band_points=settings.segment_band,
        memory_days=settings.segment_memory_days,
    )
    before_it = {} if previous is None else of_previous(previous, ledger, samples, last, target)
    notes = before_it.pop("notes", ()) + (() if bands.note == "rating_edges" else (bands.note,))
    judgement = judge(
        y_last,
        p,
        **judging_inputs(ledger, samples, last),
        **before_it,
        leaks=leaks(),
        baselines=baseline_predictions(x, y, x_last),
        champion=table,
        ratings=bands.rating(p),
        segments=bands.segment(p),
        notes=notes,
        approval_rate=settings.approval_rate,
        margin_rate=settings.margin_rate,
        loss_given_default=settings.loss_given_default,
        n=settings.n_bootstrap,
        random_state=settings.random_state,
    )
    return model, judgement


def _champion(
    before: Samples, rows: Flags, columns: list[str], settings: TrainingSettings, wanted: Wanted
) -> tuple[RiskModel, pd.DataFrame]:
    field = _field(before, rows, columns)
    fitting = _fitting(before, rows, columns, settings, wanted)
    models = fit_candidates(field, fitting)
    name, table = choose_champion(field, models, fitting)
    return models[name], table


def _bands(scorer: Scorer, samples: Samples, rows: Flags, settings: TrainingSettings) -> RiskBands:
    labels = samples.labels[rows]
    index = scorer.classifier.oof_index_
    return fit_bands(
        scorer.classifier.oof_probability_,
        labels["event"].to_numpy()[index],
        labels["client_id"].to_numpy()[index],
        segment_edges=(settings.medium_from, settings.high_from),
        band_points=settings.segment_band,
        memory_days=settings.segment_memory_days,
    )


def _second(
    ledger: Ledger,
    samples: Samples,
    target: Target,
    day: dt.date,
    columns: list[str],
    settings: TrainingSettings,
    wanted: Wanted,
    like: RiskModel,
) -> dict[str, Scorer]:
    """The scorer of clients already in the event, where there are enough of both ends."""
    mature, still = not_cured(ledger, samples, target, day)
    if min(int(still.sum()), int((mature & ~still).sum())) < LEAST_NOT_CURED:
        return {}
    labels = samples.labels.assign(
        event=np.where(mature, still.astype(np.float64), np.nan),
        mature_on=samples.labels["as_of"] + pd.Timedelta(days=CURE_DAYS),
    )
    own = Samples(samples.features, labels, samples.drawn_share)
    name = f"client_not_cured_{target.dpd}d_in_{CURE_DAYS}d"
    told = [c for c in columns if samples.features.loc[mature, c].nunique(dropna=False) > 1]
    return {"not_cured": _scorer(name, own, mature, told, settings, wanted, like, counted=False)}


def _model(
    ground: Ground, first: pd.Timestamp, scorers: dict[str, Scorer], bands: RiskBands, judgement: Judgement
) -> Model:
    """Model and bundle: everything that was learned, and from what."""
    samples, settings, wanted = ground.samples, ground.settings, ground.wanted
    decided = samples.labels[samples.decided]
    last = decided["as_of"].max().date().isoformat()
    types = samples.features.dtypes
    manifest = Manifest(
        target=ground.target.model_dump(mode="json"),
        cut=ground.day.isoformat(),
        judged_on=f"{first.date().isoformat()}/{last}",
        fitted_to=last,
        features=tuple(FeatureColumn(name=c, dtype=str(types[c])) for c in scorers["event"].columns),
        data_digest=data_digest(ground.known),
        versions=versions_of(),
        random_state=settings.random_state,
        booking_lag_days=booking_lag_days(ground.known, ground.day),
        settings={
            "scorers": sorted(scorers),
            "kinds": {name: candidate_of(one.classifier) for name, one in sorted(scorers.items())},
            "labels": samples.waterfall,
            "drawn_share": samples.drawn_share,
            "training": settings.model_dump(mode="json", exclude={"custom"}),
            "features": wanted.to_json(),
        }
        | ground.permission.to_json(),
    )
    parts: dict[str, Any] = {"ratings.json": bands.to_json(), "judgement.json": judgement.to_json()}
    for name, scorer in scorers.items():
        parts |= {f"{name}.{file}": part for file, part in scorer.to_parts().items()}
    return Model.of(make_bundle(parts, manifest), custom=wanted.custom)
