"""An independent check of a model on a ledger: each test with a verdict of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.evaluation.findings import Finding, exact, inconclusive, within
from inadimplencia_ml.evaluation.flips import flips_by_jitter, flips_in_interval
from inadimplencia_ml.evaluation.plain_sql import FEATURES, METRICS, covers, plain_metrics
from inadimplencia_ml.evaluation.sample import Sample, draw, judged_counts, reckoned
from inadimplencia_ml.evaluation.settings import ValidationSettings
from inadimplencia_ml.evaluation.sources import loss_of_sources
from inadimplencia_ml.evaluation.validation_text import render, table_of
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.pipeline import Model
from inadimplencia_ml.risk.metrics import auc, brier, ks
from inadimplencia_ml.risk.scorer import Scored

__all__ = ["Validation", "validate"]

Floats = npt.NDArray[np.float64]
Tell = Callable[[str], None]

_EXAMPLES = 20
_MIXED = ["client_id", "as_of", "what", "library", "plain"]


@dataclass(frozen=True, eq=False)
class Validation:
    """What a validation found.

    Attributes
    ----------
    findings : DataFrame
        test, verdict (pass, fail, inconclusive), rows, value, limit, reason (why it is inconclusive).
    metrics : DataFrame
        metric, library, plain: the two reckonings.
    differences : DataFrame
        client_id, as_of, what (label, or a feature), library, plain: some of the rows that differ.
    left_out : DataFrame
        reason, clients, snapshots: what the plain SQL does not cover.
    sources : DataFrame
        source, rows, auc_with, auc_without, auc_loss, score_change (points).
    jitter : DataFrame
        feature, step, segment_flips, rating_flips, the most moved first.
    facts : dict
        model, target, cut, known_until, snapshots, covered, scored, later (whether the ranking was looked at after the
        last snapshot that was fitted on), segment_changes and rating_changes (share of the scored whose interval holds
        more than one segment or rating).
    """

    findings: pd.DataFrame
    metrics: pd.DataFrame
    differences: pd.DataFrame
    left_out: pd.DataFrame
    sources: pd.DataFrame
    jitter: pd.DataFrame
    facts: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether no test failed; an inconclusive one is no failure."""
        return not (self.findings["verdict"] == "fail").any()

    def verdict(self, test: str) -> str:
        """The verdict of one test."""
        found = self.findings.loc[self.findings["test"] == test, "verdict"]
        if found.empty:
            raise CallError(f"The validation has no test {test!r}. It has: {', '.join(self.findings['test'])}.")
        return str(found.iloc[0])

    def to_json(self) -> dict[str, Any]:
        """Plain data: ``ok``, the facts and the tables."""
        names = ("findings", "metrics", "differences", "left_out", "sources", "jitter")
        return {"ok": self.ok, "facts": dict(self.facts)} | {name: getattr(self, name) for name in names}

    def table(self, lang: str = "pt") -> pd.DataFrame:
        """The findings for people, in Portuguese (``pt``) or English (``en``): all columns are text."""
        return table_of(self.findings, lang)

    def text(self, lang: str = "pt", *, lines: bool = True) -> str:
        """The validation in words, in Portuguese (``pt``) or English (``en``); ``lines``: with a line a test."""
        return render(self.facts, self.findings, self.left_out, self.sources, self.jitter, lang, lines=lines)


def validate(
    model: Model,
    ledger: Ledger,
    settings: ValidationSettings | None = None,
    *,
    progress: Tell | None = None,
) -> Validation:
    """Checks a model on a ledger, as somebody would who did not build it.

    Labels, ten features and four metrics are reckoned again in SQL that shares no code with the first reckoning; then
    it is asked what hangs on a hair, and what is lost when a table falls silent. See ``docs/validation.md``.

    Parameters
    ----------
    model : Model
    ledger : Ledger
        That of the training, or a later one: then the ranking is looked at on snapshots that came after it.
    settings : ValidationSettings, optional
    progress : callable, optional
        Called with the name of each step.

    Raises
    ------
    CallError
        The ledger holds no snapshot.
    """
    settings, tell = settings or ValidationSettings(), progress or (lambda step: None)
    tell("both reckonings")
    sample = reckoned(model, ledger, draw(ledger, model.target, settings.max_snapshots, settings.random_state))
    scored = model.scorers["event"].score(sample.features[sample.scoreable])
    findings, differences = _reckonings(sample, settings)
    found, metrics = _metrics(sample, scored, settings)
    ranking, later = _ranking(model, sample, scored, settings)
    findings += [found, _judged(model, ledger, settings), ranking]
    tell("what hangs on a hair")
    flips, jitter = _flips(model, sample, scored, settings)
    lost, sources = _sources(model, ledger, sample, settings, tell)
    inside = flips_in_interval(scored, model.bands)
    facts = {
        "model": model.version,
        "target": model.target.name,
        "cut": model.bundle.manifest.cut,
        "known_until": ledger.known_until.isoformat(),
        "snapshots": len(sample.snapshots),
        "covered": int(sample.covered.sum()),
        "scored": int(sample.scoreable.sum()),
        "later": later,
        "segment_changes": inside.segment,
        "rating_changes": inside.rating,
    }
    table = pd.DataFrame(findings + flips + lost, columns=Finding._fields)
    return Validation(table, metrics, differences, sample.left_out, sources, jitter, facts)


def _reckonings(sample: Sample, settings: ValidationSettings) -> tuple[list[Finding], pd.DataFrame]:
    """Labels and features, row by row."""
    rows, keys = int(sample.covered.sum()), sample.snapshots[sample.covered].reset_index(drop=True)
    parts: list[pd.DataFrame] = []
    if sample.plain_labels is None:
        labels = inconclusive("labels", "target_not_covered")
    else:
        ours = sample.labels.loc[sample.covered, "label"].to_numpy(dtype=object)
        differ = ours != sample.plain_labels
        parts.append(_rows("label", keys, differ, ours, sample.plain_labels))
        labels = exact("labels", rows, int(differ.sum()), 0, least=settings.least_rows)
    cells = 0
    for name in FEATURES:
        ours, plain = sample.features.loc[sample.covered, name].to_numpy(), sample.plain_features[name].to_numpy()
        near = np.abs(ours - plain) <= settings.feature_tolerance * np.maximum(np.abs(plain), 1.0)
        differ = ~(near | (np.isnan(ours) & np.isnan(plain)))
        cells += int(differ.sum())
        parts.append(_rows(name, keys, differ, ours, plain))
    features = exact("features", rows, cells, 0, least=settings.least_rows)
    some = [part for part in parts if len(part)]
    shown = pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=_MIXED)
    return [labels, features], shown


def _rows(what: str, keys: pd.DataFrame, differ: npt.NDArray[np.bool_], ours: Any, plain: Any) -> pd.DataFrame:
    """Some of the rows that differ."""
    at = np.flatnonzero(differ)[:_EXAMPLES]
    shown = keys.loc[at, ["client_id", "as_of"]]
    told = shown.assign(what=what, library=pd.Series(ours[at], at, object), plain=pd.Series(plain[at], at, object))
    return told.reset_index(drop=True)


def _known(sample: Sample) -> npt.NDArray[np.bool_]:
    """Of the scored rows, those whose outcome is known."""
    return np.isfinite(sample.event[sample.scoreable])


def _metrics(sample: Sample, scored: Scored, settings: ValidationSettings) -> tuple[Finding, pd.DataFrame]:
    """The four metrics, by the library and in SQL."""
    known = _known(sample)
    y, p = sample.event[sample.scoreable][known], scored.probability[known]
    if len(set(y)) < 2:
        return inconclusive("metrics", "too_few", len(y)), pd.DataFrame(columns=["metric", "library", "plain"])
    ours = {"auc": auc(y, p), "brier": brier(y, p), "bad_rate": float(y.mean()), "ks": ks(y, p)}
    plain = plain_metrics(y, p)
    table = pd.DataFrame([(name, ours[name], plain[name]) for name in METRICS], columns=["metric", "library", "plain"])
    apart = float((table["library"] - table["plain"]).abs().max())
    return exact("metrics", len(y), apart, settings.metric_tolerance, least=settings.least_rows), table


def _judged(model: Model, ledger: Ledger, settings: ValidationSettings) -> Finding:
    """Rows and bad ones that the judgement tells of, counted again."""
    manifest, told = model.bundle.manifest, model.judgement.facts
    if not covers(model.target):
        return inconclusive("judged_counts", "target_not_covered")
    if ledger.known_until.isoformat() < manifest.cut:
        return inconclusive("judged_counts", "ledger_ends_before_cut")
    if float(manifest.settings.get("drawn_share", 1.0)) < 1:
        return inconclusive("judged_counts", "clients_were_drawn")
    rows, bads = judged_counts(model, ledger)
    apart = abs(rows - int(told["rows"])) + abs(bads - int(told["bads"]))
    return exact("judged_counts", rows, apart, 0, least=settings.least_rows)


def _ranking(model: Model, sample: Sample, scored: Scored, settings: ValidationSettings) -> tuple[Finding, bool]:
    """AUC against that of the judgement: on snapshots after the last fitted one where they hold enough bad ones."""
    known = _known(sample)
    y, p = sample.event[sample.scoreable][known], scored.probability[known]
    days = sample.snapshots.loc[sample.scoreable, "as_of"][known]
    after = (days > pd.Timestamp(model.bundle.manifest.fitted_to)).to_numpy()
    later = _rarer(y[after]) >= settings.least_bads
    y, p = (y[after], p[after]) if later else (y, p)
    drop = model.judgement.value("auc") - auc(y, p) if len(y) else float("nan")
    least, seen = settings.least_bads, _rarer(y)
    return within("auc_holds", len(y), drop, settings.auc_drop, least=least, seen=seen), later


def _rarer(y: Floats) -> int:
    """How many of the rarer class."""
    return int(min(y.sum(), len(y) - y.sum()))


def _flips(
    model: Model, sample: Sample, scored: Scored, settings: ValidationSettings
) -> tuple[list[Finding], pd.DataFrame]:
    """Segments and ratings that change within the interval, and by a cent or a day."""
    inside, bads = flips_in_interval(scored, model.bands), int(model.bundle.manifest.settings["labels"]["bad"])
    rows = np.flatnonzero(sample.scoreable)
    if len(rows) > settings.jitter_snapshots:
        rows = np.sort(np.random.default_rng(settings.random_state).choice(rows, settings.jitter_snapshots, False))
    moved, table = flips_by_jitter(model.scorers["event"], sample.features.iloc[rows], model.bands)
    limits: dict[str, tuple[int, float, float, int | None]] = {
        "segment_in_interval": (inside.rows, inside.segments, settings.segment_jumps_in_interval, bads),
        "rating_in_interval": (inside.rows, inside.ratings, settings.rating_jumps_in_interval, bads),
        "segment_by_jitter": (moved.rows, moved.segment, settings.segment_flips_by_jitter, None),
        "rating_by_jitter": (moved.rows, moved.rating, settings.rating_flips_by_jitter, None),
    }
    found = []
    for name, (n, value, limit, seen) in limits.items():
        # few bad ones make any interval wide: that is no fault of the model's
        least = settings.least_rows if seen is None else settings.interval_bads
        found.append(within(name, n, value, limit, least=least, seen=seen))
    return found, table


def _sources(
    model: Model, ledger: Ledger, sample: Sample, settings: ValidationSettings, tell: Tell
) -> tuple[list[Finding], pd.DataFrame]:
    """What is lost without each optional table."""
    snapshots = sample.snapshots[sample.scoreable].reset_index(drop=True)
    scorer, event = model.scorers["event"], sample.event[sample.scoreable]

    def probability(book: Ledger) -> Floats:
        found = model.wanted.build(book, snapshots)[scorer.columns]
        return np.asarray(scorer.classifier.predict_proba(found)[:, 1])

    if not len(snapshots):
        return [inconclusive("sources", "too_few")], pd.DataFrame(columns=["source", "rows"])
    table = loss_of_sources(ledger, probability, event, progress=tell)
    seen, findings = _rarer(event[np.isfinite(event)]), []
    for name, rows, loss in table[["source", "rows", "auc_loss"]].itertuples(index=False):
        if name in settings.sources_needed:
            continue
        if np.isnan(loss) and seen >= settings.least_bads:
            findings.append(inconclusive(f"source:{name}", "cannot_score", rows))
        else:
            least = settings.least_bads
            findings.append(within(f"source:{name}", rows, loss, settings.source_auc_loss, least=least, seen=seen))
    return findings, table
