"""A model or a score of another house -> a model of ours: calibrated, rated and judged on days it has not seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import HISTORY_FAMILIES, ROLES, Feature, feature, role_of
from inadimplencia_ml.errors import CallError, NotEnoughData, did_you_mean
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.features.history.families import wanted_families
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.outcome import booking_lag_days, label
from inadimplencia_ml.pipeline import Model
from inadimplencia_ml.risk.baselines import baseline_predictions
from inadimplencia_ml.risk.bundle import FeatureColumn, Manifest, make_bundle
from inadimplencia_ml.risk.judgement import Judgement, judge
from inadimplencia_ml.risk.scorer import Scorer
from inadimplencia_ml.risk.wrapped.classifier import WrappedClassifier
from inadimplencia_ml.risk.wrapped.engines import Engine, ScoreColumn, only_float
from inadimplencia_ml.risk.wrapped.recognised import columns_of, engine_of
from inadimplencia_ml.segments import RiskBands, fit_bands
from inadimplencia_ml.target import Target
from inadimplencia_ml.training.judging import audited, judging_inputs, leak_table, of_previous
from inadimplencia_ml.training.origin import data_digest, versions_of
from inadimplencia_ml.training.permission import Permission, permission_of
from inadimplencia_ml.training.samples import Samples, gather, judge_from, wanted_of
from inadimplencia_ml.training.settings import TrainingSettings
from inadimplencia_ml.training.train import LEAST_CASES, known_at_cut

__all__ = ["wrap"]

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

EXTERNAL_SCORE = "R16"
"""The reason family of a score that is brought from outside."""
_KEYS = ("client_id", "as_of", "invoice_id", "view")
_SURE = 2.0  # standard errors, clients drawn, from which rows say which way a score points


def wrap(
    model: Any,
    ledger: Ledger,
    target: Target | None = None,
    *,
    fitted_to: dt.date | str | None = None,
    higher: Literal["safer", "riskier"] | None = None,
    columns: Sequence[str] | None = None,
    bad_class: Any = None,
    cut: dt.date | str | None = None,
    settings: TrainingSettings | None = None,
    custom: Sequence[Custom] = (),
    previous: Model | None = None,
    progress: Callable[[str], None] | None = None,
) -> Model:
    """Takes a fitted model, or a score column, through calibration, intervals, ratings, segments and judgement.

    Nothing of the model is fitted again: its output becomes log-odds by a line and a calibration, on snapshots later
    than it has seen.

    Parameters
    ----------
    model : fitted classifier, or str
        Anything with ``predict_proba`` or ``decision_function`` (a Pipeline too), a LightGBM, XGBoost or CatBoost model
        or booster, or a risk estimator of this library, that reads columns of `build_features`. Or the name of a
        feature that is a score by itself, such as ``bureau_score``: the column ``score`` of the attributes table
        ``bureau``.
    ledger : Ledger
    target : Target, optional
        What the model predicts; by default a client with an invoice 30 days past due within 90 days.
    fitted_to : date
        The last day of which the model has seen anything, outcomes too: the day it was fitted. Snapshots up to it are
        used neither to calibrate nor to judge. A score column may do without: nobody fitted it here.
    higher : {"safer", "riskier"}, optional
        What a higher score means; without it the outcomes must say so clearly. For score columns alone.
    columns : sequence of str, optional
        The features that the model reads, in order, where it was fitted on an array.
    bad_class : optional
        Which of the model's classes is the event; by default the larger one of 0 and 1, or of False and True.
    cut : date, optional
        Nothing known later is used; by default the ledger's known_until.
    settings : TrainingSettings, optional
        Of it, the settings of the judgement, of the segments, of the features, ``treatment`` and ``random_state`` are
        read. Families of features that the model reads are built without being asked for.
    custom : sequence of Aggregate, PythonFeature or SqlFeature
        Features of one's own that the model reads.
    previous : Model, optional
        The model in use, of the same target, to compare with.
    progress : callable, optional
        Called with the name of each step.

    Returns
    -------
    Model
        As of `train`, but without a second target: clients already in the event get no probability. It has reasons
        where they are exact: a score column, linear models, boosted trees, estimators of this library. A scikit-learn
        model is not kept on disk: hand it in again, ``load_model(folder, model=fitted)``.

    Raises
    ------
    CallError
        ``fitted_to`` is missing, the model reads a column that is no feature or may not enter a model, cannot take
        missing values, does not rank the rows, or is no classifier of two classes.
    NotEnoughData
        Fewer than 30 good or bad snapshots later than ``fitted_to``, or fewer than two months.

    Examples
    --------
    >>> from inadimplencia_ml.synthetic import generate_book
    >>> book = generate_book(250, random_state=3, start="2023-06-01", end="2025-03-31")
    >>> ledger = Ledger(**book.tables, attributes=book.attributes)
    >>> quick = TrainingSettings(n_bootstrap=50, judge_bads=20)
    >>> model = wrap("bureau_score", ledger, higher="safer", settings=quick)
    >>> sorted(model.score(ledger, as_of="2025-03-31")["reason_1"].dropna().unique())
    ['R16', 'R17']
    """
    tell = progress or (lambda step: None)
    target, settings = target or Target(), settings or TrainingSettings()
    day, known = known_at_cut(ledger, cut)
    seen = _seen(model, fitted_to, higher)
    names = (model,) if isinstance(model, str) else columns_of(model, columns)
    wanted = _wanted(names, target, settings, custom)
    permission = permission_of(known, wanted, settings, reads=names)
    tell("features and labels")
    samples = _unseen(gather(known, target, day, settings, wanted), seen, day)
    _refuse_columns(names, samples, wanted, known, settings, permission)
    first = judge_from(samples, day, settings)
    tell("calibrating and judging")
    made = _Wrapping(model, names, higher, bad_class, target, settings, wanted, permission)
    judgement = made.judgement(known, samples, first, previous)
    tell("the kept model")
    return made.model(known, samples, day, first, seen, judgement)


@dataclass(frozen=True)
class _Wrapping:
    """What is wrapped, and how."""

    given: Any
    names: tuple[str, ...]
    higher: Literal["safer", "riskier"] | None
    bad_class: Any
    target: Target
    settings: TrainingSettings
    wanted: Wanted
    permission: Permission

    def fitted(self, samples: Samples, rows: Flags) -> tuple[WrappedClassifier, pd.DataFrame, Floats, pd.DataFrame]:
        """The wrapped model, calibrated on these rows; and their features, outcomes and labels."""
        labels = samples.labels[rows]
        x, y = samples.features.loc[rows, list(self.names)], labels["event"].to_numpy(dtype=np.float64)
        wait = int((labels["mature_on"] - labels["as_of"]).dt.days.median())
        seed = self.settings.random_state
        engine = self._engine(x, y, labels["client_id"])
        model = WrappedClassifier(engine, purge_days=wait, random_state=seed)
        model.fit(x, y, dates=labels["as_of"], groups=labels["client_id"])
        return model, x, y, labels

    def _engine(self, x: pd.DataFrame, y: Floats, clients: pd.Series) -> Engine:
        if not isinstance(self.given, str):
            return engine_of(self.given, x, bad_class=self.bad_class, random_state=self.settings.random_state)
        return ScoreColumn(self.given, _pointing(self.given, self.higher, x.iloc[:, 0], y, clients))

    def judgement(self, ledger: Ledger, samples: Samples, first: pd.Timestamp, previous: Model | None) -> Judgement:
        """How the model calibrated before the last period, on labels known when it begins, does on that period."""
        early = (samples.labels["as_of"] < first).to_numpy()
        keys = [c for c in _KEYS if c in samples.features.columns]
        then = label(ledger, samples.features.loc[early, keys], self.target, labels_known_at=first.date())
        before = Samples(samples.features[early].reset_index(drop=True), then.reset_index(drop=True), 1.0)
        _enough(then["event"], f"snapshots before {first.date()} whose outcome was known by then")
        last = samples.decided & ~early
        if not last.any():
            raise NotEnoughData(f"no mature snapshot from {first.date()} on to judge by")
        rows = before.decided
        model, _, y, labels = self.fitted(before, rows)
        bands = _bands(model, y, labels["client_id"], self.settings)
        p = model.predict_proba(samples.features.loc[last, list(self.names)])[:, 1]
        before_it = {} if previous is None else of_previous(previous, ledger, samples, last, self.target)
        notes = before_it.pop("notes", ()) + (() if bands.note == "rating_edges" else (bands.note,))
        return judge(
            samples.labels.loc[last, "event"].to_numpy(),
            p,
            **judging_inputs(ledger, samples, last),
            **before_it,
            leaks=leak_table(audited(ledger, samples, self.wanted, random_state=self.settings.random_state)),
            baselines=_baselines(before, rows, y, samples, last),
            ratings=bands.rating(p),
            segments=bands.segment(p),
            notes=notes,
            n=self.settings.n_bootstrap,
            random_state=self.settings.random_state,
        )

    def model(
        self,
        ledger: Ledger,
        samples: Samples,
        day: dt.date,
        first: pd.Timestamp,
        seen: dt.date | None,
        judgement: Judgement,
    ) -> Model:
        """Calibrated on all snapshots that the model has not seen; with its bundle."""
        model, x, y, labels = self.fitted(samples, samples.decided)
        dates, clients = labels["as_of"], labels["client_id"]
        own = self.wanted.features() | self._as_score(ledger, model)
        seed = self.settings.random_state
        scorer = Scorer.of(self.target.name, model, x, y, dates=dates, clients=clients, seed=seed, own=own)
        bands = _bands(model, y, clients, self.settings)
        last = samples.labels.loc[samples.decided, "as_of"].max().date().isoformat()
        engine = model.engine
        assert engine is not None
        manifest = Manifest(
            target=self.target.model_dump(mode="json"),
            cut=day.isoformat(),
            judged_on=f"{first.date().isoformat()}/{last}",
            fitted_to=last,
            features=tuple(FeatureColumn(name=c, dtype=str(x.dtypes[c])) for c in self.names),
            data_digest=data_digest(ledger),
            versions=versions_of(*([engine.kind] if engine.kind in ("xgboost", "catboost") else [])),
            random_state=seed,
            booking_lag_days=booking_lag_days(ledger, day),
            settings={
                "scorers": ["event"],
                "kinds": {"event": "wrapped"},
                "wrapped": {
                    "kind": engine.kind,
                    "fitted_to": None if seen is None else seen.isoformat(),
                    "reasons": engine.explains,
                    "handed_in": engine.needs_model,
                },
                "labels": samples.waterfall,
                "drawn_share": samples.drawn_share,
                "training": self.settings.model_dump(mode="json", exclude={"custom"}),
                "features": self.wanted.to_json(),
            }
            | self.permission.to_json(),
        )
        parts: dict[str, Any] = {"ratings.json": bands.to_json(), "judgement.json": judgement.to_json()}
        parts |= {f"event.{file}": part for file, part in scorer.to_parts().items()}
        handed = self.given if engine.needs_model else None
        return Model.of(make_bundle(parts, manifest), self.wanted.custom, handed)

    def _as_score(self, ledger: Ledger, model: WrappedClassifier) -> dict[str, Feature]:
        """The score column speaks for itself, and points the way it was said or found to."""
        if not isinstance(model.engine, ScoreColumn):
            return {}
        name = self.given
        known = feature(name, attributes=tuple(ledger.attributes))
        return {name: replace(known, reason=EXTERNAL_SCORE, direction=-1 if model.engine.higher == "safer" else 1)}


def _seen(model: Any, fitted_to: dt.date | str | None, higher: str | None) -> dt.date | None:
    """The last day that the model has seen anything of."""
    if fitted_to is not None:
        return to_date(fitted_to, "fitted_to")
    if not isinstance(model, str):
        raise CallError(
            "fitted_to is missing: the last day of which the model has seen anything, outcomes too. What it has seen "
            "would look better than it is, so snapshots up to that day neither calibrate nor judge it."
        )
    return None


def _wanted(names: Sequence[str], target: Target, settings: TrainingSettings, custom: Sequence[Custom]) -> Wanted:
    """What is built: as for training, and the families of the columns that the model reads."""
    asked = wanted_of(target, settings, custom)
    read = {family for family, listed in HISTORY_FAMILIES.items() if any(one.name in names for one in listed)}
    read |= {"macro"} if any(name.startswith("macro_") for name in names) else set()
    families = [family for family in wanted_families("all") if family in read or family in asked.families]
    return Wanted(tuple(families), asked.custom)


def _unseen(samples: Samples, seen: dt.date | None, cut: dt.date) -> Samples:
    """The snapshots later than what the model has seen."""
    if seen is not None and seen >= cut:
        raise CallError(f"fitted_to {seen} is not before {cut}, the last day whose facts may be used: nothing is left")
    late = np.ones(len(samples.labels), np.bool_) if seen is None else samples.labels["as_of"] > pd.Timestamp(seen)
    late = np.asarray(late)
    where = "mature snapshots" if seen is None else f"mature snapshots after {seen}, which the model has not seen,"
    _enough(samples.labels.loc[late, "event"], f"{where} by {cut}")
    features, labels = (frame[late].reset_index(drop=True) for frame in (samples.features, samples.labels))
    return Samples(features, labels, samples.drawn_share)


def _enough(event: pd.Series, where: str) -> None:
    bads, goods = int((event == 1).sum()), int((event == 0).sum())
    if min(bads, goods) < LEAST_CASES:
        raise NotEnoughData(f"{bads} bad and {goods} good among the {where}; at least {LEAST_CASES} of each are needed")


def _refuse_columns(
    names: Sequence[str],
    samples: Samples,
    wanted: Wanted,
    ledger: Ledger,
    settings: TrainingSettings,
    permission: Permission,
) -> None:
    """What a model may not read by its role, and what is no feature of this ledger."""
    own = wanted.features()
    for name in names:
        role = own[name].role if name in own else role_of(name)
        if role in ("protected", "rights") and name not in permission.not_forbidden:
            raise CallError(f"the model reads {name!r}, of role {role}: {ROLES[role][1]}. Fit it again without.")
        if role == "treatment" and not settings.treatment:
            raise CallError(
                f"the model reads {name!r}, of role treatment: {ROLES[role][1]}. Fit it again without, or say "
                "settings=TrainingSettings(treatment=True)."
            )
    there = [c for c in samples.features.columns if c not in _KEYS]
    missing = [name for name in names if name not in there]
    if missing:
        more = f" ({len(missing)} of its {len(names)} columns are none)" if len(missing) > 1 else ""
        raise CallError(
            f"the model reads {missing[0]!r}, which is no feature of this ledger{more}."
            f"{did_you_mean(missing[0], there)}"
        )


def _pointing(
    name: str, higher: Literal["safer", "riskier"] | None, column: pd.Series, y: Floats, clients: pd.Series
) -> Literal["safer", "riskier"]:
    """What a higher score means: as said, unless the outcomes say the opposite; as they say, if they do clearly."""
    x = only_float(column, name)
    known = np.isfinite(x)
    if not known.any():
        raise CallError(f"the column {name!r} is empty in all {len(x):,} snapshots: there is no score to go by")
    ranks = pd.Series(x[known]).rank().to_numpy()
    gain = pd.Series((ranks - ranks.mean()) * (y[known] - y[known].mean()))
    by_client = gain.groupby(np.asarray(clients)[known]).sum()
    error = float(np.sqrt((by_client**2).sum()))
    off = float(gain.sum()) / error if error > 0 else 0.0
    found: Literal["safer", "riskier"] = "riskier" if off > 0 else "safer"
    if higher is None and abs(off) < _SURE:
        raise CallError(f"{name!r}: the outcomes do not say clearly what a higher score means; say it with higher")
    if higher is not None and higher not in ("safer", "riskier"):
        raise CallError(f"higher is {higher!r}; a higher score is 'safer' or 'riskier'")
    if higher is not None and higher != found and abs(off) >= _SURE:
        raise CallError(
            f"higher={higher!r}, but among the {int(known.sum()):,} snapshots with {name!r} a higher score is {found} "
            f"({abs(off):.1f} standard errors)"
        )
    return higher or found


def _bands(model: WrappedClassifier, y: Floats, clients: pd.Series, settings: TrainingSettings) -> RiskBands:
    held = model.oof_index_
    edges = (settings.medium_from, settings.high_from)
    return fit_bands(
        model.oof_probability_,
        y[held],
        clients.to_numpy()[held],
        segment_edges=edges,
        band_points=settings.segment_band,
        memory_days=settings.segment_memory_days,
    )


def _baselines(before: Samples, rows: Flags, y: Floats, samples: Samples, last: Flags) -> dict[str, Floats]:
    """Those of any judgement, on all features that may enter a model."""
    names = [c for c in before.features.columns if c not in _KEYS and role_of(c) == "risk"]
    return baseline_predictions(before.features.loc[rows, names], y, samples.features.loc[last, names])
