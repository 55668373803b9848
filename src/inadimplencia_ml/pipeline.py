"""The whole flow on one page: ledger -> features -> probability -> score, rating, segment, reasons -> decisions.

Nothing here sees the future: facts come from the ledger as known at each date, and this page never imports outcome.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import ValidationError

from inadimplencia_ml.cases import Cases, build_cases
from inadimplencia_ml.cases.money_facts import money_facts
from inadimplencia_ml.catalog import ROLES, Lang, Role, role_of
from inadimplencia_ml.errors import BundleError, CallError, did_you_mean
from inadimplencia_ml.explanation import Explanation, with_texts
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.exposure import client_exposure, invoice_exposure
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks, make_snapshots, read_snapshots
from inadimplencia_ml.policy.decide import Decisions
from inadimplencia_ml.policy.decide import decide as decide_cases
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.profiles import assign_profiles
from inadimplencia_ml.risk.bundle import Bundle, read_bundle, write_bundle
from inadimplencia_ml.risk.judgement import Judgement
from inadimplencia_ml.risk.reasons import REASON_COLUMNS, with_short_history
from inadimplencia_ml.risk.scale import score, score_raw
from inadimplencia_ml.risk.scorer import Scorer
from inadimplencia_ml.segments import RiskBands, last_segment
from inadimplencia_ml.target import Target

__all__ = [
    "COLD_START_INVOICES",
    "SCORER_OF",
    "Model",
    "decide",
    "load_model",
    "profiles",
    "snapshot_of",
    "states",
]

_TEXT_COLUMNS = ("model_version", "target", "state", "rating", "segment", "profile")
SCORER_OF = {"scoreable": "event", "already_bad": "not_cured"}
COLD_START_INVOICES = 2
"""A client with no more matured invoices than this is a cold start."""
_SCORE_COLUMNS = (
    "model_version target probability state probability_low probability_high score_raw score rating segment profile "
    "cold_start"
).split()


@dataclass(frozen=True)
class Model:
    """A trained model: what it predicts, how sure it is, and how it was judged.

    Made by `inadimplencia_ml.train` or `load_model`.

    Attributes
    ----------
    target : Target
    scorers : dict
        ``event``: the target's probability; ``not_cured``: for clients already in the event, where data sufficed.
    bands : RiskBands
        Ratings and segments.
    bundle : Bundle
        The same as files: manifest, parts and digest.
    """

    target: Target
    scorers: dict[str, Scorer]
    bands: RiskBands
    bundle: Bundle = field(repr=False)
    wanted: Wanted = field(default_factory=Wanted, repr=False)

    @classmethod
    def of(cls, bundle: Bundle, custom: Sequence[Custom] = (), model: Any = None) -> Model:
        """The model that a bundle holds; ``custom`` hands in the code of its own features, ``model`` a wrapped one.

        Raises
        ------
        BundleError
            A part is missing or not of its form, a column may not enter a model by its role, or code is missing or not
            that of the training.
        """
        parts = bundle.parts
        try:
            if bundle.manifest.settings.get("kind") == "time_to_payment":
                raise BundleError("the folder holds a time to payment: read it with load_payment_model(folder)")
            target = Target(**bundle.manifest.target)
            names = [str(name) for name in bundle.manifest.settings["scorers"]]
            bands = RiskBands.from_json(parts["ratings.json"])
        except (KeyError, TypeError, ValidationError) as error:
            raise BundleError(f"the manifest of the model cannot be read: {error}") from error
        scorers = {name: Scorer.from_parts(_under(name, parts), model) for name in names}
        # What the scorers really read counts, not only what the manifest lists.
        read = (column for scorer in scorers.values() for column in scorer.columns)
        wanted = Wanted.from_json(bundle.manifest.settings.get("features", {}), custom)
        own = {name: one.role for name, one in wanted.features().items()}
        _refuse_by_role([*(f.name for f in bundle.manifest.features), *read], own, bundle.manifest.settings)
        return cls(target, scorers, bands, bundle, wanted)

    @property
    def digest(self) -> str:
        """SHA-256 of the bundle; equal for equal data, seed and versions."""
        return self.bundle.digest

    @property
    def version(self) -> str:
        """Short name: target, cut and the first digits of the digest."""
        return f"{self.target.name}@{self.bundle.manifest.cut}#{self.digest[:12]}"

    @property
    def judgement(self) -> Judgement:
        """How the model fitted without the last period did on it, against baselines."""
        return Judgement.from_json(self.bundle.parts["judgement.json"])

    def save(self, folder: str | Path) -> Path:
        """Writes the bundle into ``folder``, whole or not at all."""
        write_bundle(folder, self.bundle.parts, self.bundle.manifest)
        return Path(folder)

    def score(
        self,
        ledger: Ledger,
        as_of: dt.date | str | None = None,
        *,
        snapshots: Any = None,
        at_issue: bool = False,
        history: pd.DataFrame | None = None,
        texts: bool = False,
    ) -> pd.DataFrame:
        """One row a snapshot: probability, score, rating, segment and reasons.

        Parameters
        ----------
        ledger : Ledger
        as_of : date
            Every client with a fact at this date; or give ``snapshots``, or ``at_issue`` for every invoice.
        history : DataFrame, optional
            Earlier scores (client_id, as_of, segment): a client who cannot reach the event keeps the last segment.
        texts : bool
            Also the sentences of the reasons, in Portuguese.

        Returns
        -------
        DataFrame
            Columns as in `inadimplencia_ml.tables.SCORES`. ``probability`` is null where the state is no_exposure or
            inactive; for already_bad it is that of not being cured in 90 days, as ``target`` says.
        """
        wanted = self.snapshots(ledger, as_of, snapshots, at_issue=at_issue)
        looks = read_snapshots(wanted, ledger)
        features = self.wanted.build(ledger, wanted)
        rows = self.rated(self.probabilities(ledger, looks, features, profiles(ledger, looks, self.target)), history)
        return with_texts(rows, features) if texts else rows

    def probabilities(
        self, ledger: Ledger, looks: Looks, features: pd.DataFrame, profile: npt.NDArray[Any]
    ) -> pd.DataFrame:
        """The first half of ``score``: state, probability with its interval, and reasons of each look.

        Parameters
        ----------
        looks : Looks
            The snapshots as they were read.
        features : DataFrame
            Of the same snapshots, in their order, as ``wanted`` builds them.
        profile : array
            The debtor profile of each, from `profiles`.
        """
        state = states(ledger, looks, self.target)
        rows = looks.keys.drop(columns="view", errors="ignore").assign(**dict.fromkeys(_SCORE_COLUMNS))
        rows["state"], rows["model_version"], rows["profile"] = state, self.version, profile
        rows["cold_start"] = (features["due_count_all"] <= COLD_START_INVOICES).to_numpy()
        reasons = np.full((len(rows), len(REASON_COLUMNS)), None, object)
        probability, low, high = (np.full(len(rows), np.nan) for _ in range(3))
        rows["target"] = self.target.name
        for asked, name in SCORER_OF.items():
            at = np.flatnonzero(state == asked)
            scorer = self.scorers.get(name)
            if scorer is not None and len(at):
                part = scorer.score(features.iloc[at])
                probability[at], low[at], high[at], reasons[at] = part
                rows.loc[rows.index[at], "target"] = scorer.target
        rows["probability"], rows["probability_low"], rows["probability_high"] = probability, low, high
        told = rows["cold_start"].to_numpy(dtype=bool) & ~np.isnan(probability)
        rows[list(REASON_COLUMNS)] = with_short_history(reasons, told)
        return rows

    def rated(self, rows: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
        """The second half of ``score``: points, rating and segment, all from the probability that stands in a row."""
        rows = rows.copy()
        state, probability = rows["state"].to_numpy(), rows["probability"].to_numpy(dtype=np.float64)
        rows["score_raw"], rows["score"] = score_raw(probability), pd.Series(score(probability)).astype("Int64")
        rows["rating"] = pd.Series(self.bands.rating(probability), rows.index).where(state == "scoreable")
        rows["segment"] = self._segments(rows, state, probability, history)
        rows = rows.astype(dict.fromkeys((*_TEXT_COLUMNS, *REASON_COLUMNS), "str"))
        rows.attrs["bundle_digest"] = self.digest
        return rows

    def explain(self, ledger: Ledger, client_id: Any, as_of: dt.date | str, *, lang: Lang = "pt") -> Explanation:
        """One client in words: score, segment, what weighs against and for, and the facts behind it.

        Raises
        ------
        CallError
            The ledger does not know the client at that date.
        """
        own = snapshot_of(ledger, client_id, as_of)
        return self.explained(self.score(ledger, snapshots=own).iloc[0], self.wanted.build(ledger, own), lang=lang)

    def explained(self, row: pd.Series, features: pd.DataFrame, *, lang: Lang = "pt") -> Explanation:
        """The explanation of one row of scores and of its features."""
        scorer = self.scorers.get(SCORER_OF.get(row["state"], ""))
        spoken = None if scorer is None else scorer.spoken(features)
        points = None if spoken is None else spoken.iloc[0]
        target = self.target.model_dump(mode="json")
        values = {str(k): v for k, v in features.iloc[0].items()}
        told = {str(k): v for k, v in row.items()}
        return Explanation.of(told, values, points, target, lang=lang)

    def snapshots(self, ledger: Ledger, as_of: Any, snapshots: Any = None, *, at_issue: bool = False) -> Any:
        """The snapshots that ``score`` looks from: those given, or all of a date or of the days of issue."""
        if sum((as_of is not None, snapshots is not None, at_issue)) != 1:
            raise CallError("score: give one of as_of, snapshots and at_issue=True")
        if (at_issue or as_of is not None) and at_issue != (self.target.level == "invoice"):
            word = "at_issue=True or snapshots with invoice_id" if self.target.level == "invoice" else "as_of"
            raise CallError(f"score: the model is of level {self.target.level}; give {word}")
        if snapshots is not None:
            return snapshots
        return make_snapshots(ledger, at_issue=True) if at_issue else make_snapshots(ledger, as_of)

    def _segments(
        self, rows: pd.DataFrame, state: npt.NDArray[Any], probability: npt.NDArray[Any], history: pd.DataFrame | None
    ) -> npt.NDArray[Any]:
        own = np.where(state == "already_bad", "high", self.bands.segment(probability))
        kept = np.full(len(rows), "none", object) if history is None else last_segment(rows, history)
        return np.where((state == "no_exposure") | (state == "inactive"), kept, own)


def _under(name: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of one scorer, by their own file names."""
    return {file.removeprefix(f"{name}."): part for file, part in parts.items() if file.startswith(f"{name}.")}


def _refuse_by_role(columns: Iterable[str], own: Mapping[str, Role], settings: Mapping[str, Any]) -> None:
    """Made or read, a model reads risk alone, and treatment if its manifest says that it does."""
    training = settings.get("training")
    treatment = isinstance(training, Mapping) and training.get("treatment") is True
    for name in columns:
        role = own[name] if name in own else role_of(name)
        if role in ("protected", "rights"):
            raise BundleError(f"the model reads {name!r}, of role {role}: {ROLES[role][1]}. Train it again without.")
        if role == "treatment" and not treatment:
            raise BundleError(
                f"the model reads {name!r}, of role treatment: {ROLES[role][1]}. Its manifest does not say that it "
                "does: train it again without, or with the setting treatment."
            )


def load_model(folder: str | Path, custom: Sequence[Custom] = (), *, model: Any = None) -> Model:
    """The model in a folder that `Model.save` or the verb train wrote.

    Parameters
    ----------
    folder : path
    custom : sequence of PythonFeature or SqlFeature
        The code of the model's own features, if it has any: a model keeps its name and digest alone.
    model : fitted classifier, optional
        The model that was wrapped, where it has no form on disk that runs nothing (`inadimplencia_ml.wrap`).

    Raises
    ------
    BundleError
        The folder is no bundle, a file was altered, its format is unknown, a column has a role that no model reads, or
        the wrapped model is missing or another one.
    """
    return Model.of(read_bundle(Path(folder)), custom, model)


def decide(
    policy: Policy,
    scores: pd.DataFrame,
    ledger: Ledger,
    as_of: dt.date | str,
    *,
    history: pd.DataFrame | None = None,
) -> Decisions:
    """What to do with each client: the policy applied to their scores and to the facts known at ``as_of``.

    Parameters
    ----------
    policy : Policy
    scores : DataFrame
        From `Model.score` at the same date, one row a client.
    ledger : Ledger
    as_of : date
    history : DataFrame, optional
        Earlier decisions, for what is done only once.

    Raises
    ------
    PolicyError
        The scores are of another target than the policy asks for.
    CallError
        Scores and ledger are not of the same clients and date.
    """
    day = to_date(as_of, "as_of")
    facts = _cases(ledger, policy, day)
    cases, titles = facts.cases, facts.titles
    if "client_id" in scores.columns and len(scores) < len(cases):
        cases = cases[cases["client_id"].isin(scores["client_id"])].reset_index(drop=True)
        titles = titles[titles["client_id"].isin(scores["client_id"])].reset_index(drop=True)
    return decide_cases(
        policy,
        scores,
        cases,
        titles,
        as_of=day,
        known_until=ledger.known_until,
        calendar=ledger.calendar,
        history=history,
        bundle_digest=scores.attrs.get("bundle_digest"),
        records=facts.records,
        reach=facts.reach,
        **money_facts(ledger, day, titles),
    )


def _cases(ledger: Ledger, policy: Policy, day: dt.date) -> Cases:
    """Facts of each client and each open title, by the policy's days of grace and cure."""
    rules = policy.in_force(day)
    return build_cases(ledger, day, grace_days=rules.grace_days, cure_dpd=rules.cure_dpd)


def snapshot_of(ledger: Ledger, client_id: Any, as_of: dt.date | str) -> pd.DataFrame:
    """The snapshot of one client at a date.

    Raises
    ------
    CallError
        The ledger does not know the client at that date.
    """
    day = to_date(as_of, "as_of")
    number = ledger.books.client_numbers([client_id])[0]
    wanted = make_snapshots(ledger, day)
    own = wanted[wanted["client_id"].astype(str) == str(client_id)]
    if number < 0 and own.empty:
        hint = did_you_mean(client_id, ledger.books.client_ids.to_pylist()[:100_000])
        raise CallError(f"client {client_id!r} is unknown to the ledger.{hint}")
    if own.empty:
        raise CallError(f"client {client_id!r} has no fact known at {day}; nothing can be said of it yet")
    return own


def states(ledger: Ledger, looks: Looks, target: Target) -> npt.NDArray[Any]:
    """scoreable, already_bad, no_exposure or inactive, from what is known at each snapshot."""
    if target.level == "invoice":
        if looks.invoice is None:
            raise CallError("score: the model is of level invoice; the snapshots need the column invoice_id")
        where = invoice_exposure(ledger.books, looks.client, looks.invoice, looks.day, target)
    else:
        if looks.at_issue.any():
            raise CallError("score: the model is of level client; snapshots of view at_issue are an invoice's")
        where = client_exposure(ledger.books, looks.client, looks.day, target)
    exposed = where.exposed | ((target.exposure == "open_or_new") & (where.open_now | where.recent))
    state = np.where(exposed, "scoreable", "no_exposure").astype(object)
    if target.level == "client":
        state[~where.open_now & ~where.recent] = "inactive"
    state[where.already_bad] = "already_bad"
    return state


def profiles(ledger: Ledger, looks: Looks, target: Target) -> npt.NDArray[Any]:
    """Debtor profiles of client snapshots, by the default policy's thresholds; none for invoices."""
    out = np.full(len(looks.day), None, object)
    if target.level == "invoice":
        return out
    policy = Policy.default()
    for day in np.unique(looks.as_of):
        date = dt.date(1970, 1, 1) + dt.timedelta(days=int(day))
        cases = _cases(ledger, policy, date).cases
        by_client = dict(zip(cases["client_id"], assign_profiles(cases, policy, date), strict=True))
        at = np.flatnonzero(looks.as_of == day)
        out[at] = [by_client.get(c) for c in looks.keys["client_id"].iloc[at]]
    return out
