"""The whole flow on one page: ledger -> features -> probability -> score, rating, segment, reasons -> decisions.

Nothing here sees the future: facts come from the ledger as known at each date, and this page never imports outcome.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import ValidationError

from inadimplencia_ml.cases import Cases
from inadimplencia_ml.cases.kept import kept_cases
from inadimplencia_ml.cases.money_facts import money_facts
from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.explaining import explain_client
from inadimplencia_ml.explanation import Explanation
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.features.wanted import Wanted, refuse_by_role
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks, asked_snapshots, read_snapshots, snapshot_of
from inadimplencia_ml.ledger.states import states
from inadimplencia_ml.online import OneClient
from inadimplencia_ml.policy.decide import Decisions
from inadimplencia_ml.policy.decide import decide as decide_cases
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.profiles import assign_profiles
from inadimplencia_ml.risk.bundle import Bundle, read_bundle, write_bundle
from inadimplencia_ml.risk.judgement import Judgement
from inadimplencia_ml.risk.model_parts import parts_under
from inadimplencia_ml.risk.reason_table import reason_table
from inadimplencia_ml.risk.reasons import REASON_COLUMNS, with_short_history, with_texts
from inadimplencia_ml.risk.scale import score, score_raw
from inadimplencia_ml.risk.scorer import COLD_START_INVOICES, SCORER_OF, Scorer
from inadimplencia_ml.segment_history import segments_over_time
from inadimplencia_ml.segments import SEGMENTS, RiskBands
from inadimplencia_ml.tables.same_kind import same_kind
from inadimplencia_ml.target import Target

__all__ = ["COLD_START_INVOICES", "SCORER_OF", "Model", "decide", "load_model", "profiles", "snapshot_of", "states"]

_TEXT_COLUMNS = ("model_version", "target", "state", "rating", "segment", "segment_basis", "profile")
_SCORE_COLUMNS = (
    "model_version target probability state probability_low probability_high score_raw score rating "
    "segment segment_basis profile cold_start"
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
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise BundleError(f"the target of the model cannot be read: {where}: {first['msg']}") from error
        except (KeyError, TypeError) as error:
            raise BundleError(f"the manifest of the model cannot be read: {error}") from error
        scorers = {name: Scorer.from_parts(parts_under(name, parts), model) for name in names}
        # What the scorers really read counts, not only what the manifest lists.
        read = (column for scorer in scorers.values() for column in scorer.columns)
        wanted = Wanted.from_json(bundle.manifest.settings.get("features", {}), custom)
        own = {name: one.role for name, one in wanted.features().items()}
        refuse_by_role([*(f.name for f in bundle.manifest.features), *read], own, bundle.manifest.settings)
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

    @same_kind("snapshots", "history")
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
            Earlier scores: near an edge, and where there is no probability, the last segment is kept.
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
        rows["segment"], rows["segment_basis"] = self._segments(rows, history)
        rows = rows.astype(dict.fromkeys((*_TEXT_COLUMNS, *REASON_COLUMNS), "str"))
        rows.attrs["bundle_digest"] = self.digest
        return rows

    def score_one(
        self,
        records: Mapping[str, Any],
        as_of: dt.date | str | None = None,
        *,
        client_id: Any = None,
        invoice_id: Any = None,
        history: Any = None,
        calendar: Any = "BR",
        lang: Lang = "pt",
    ) -> dict[str, Any]:
        """One client from raw records, in milliseconds, to the same bits as in a book; safe to call from many threads.

        Parameters
        ----------
        records : mapping
            Rows by table, ``{"invoices": [{...}], "attributes": {"bureau": [{...}]}}``, with the columns of the book.
        as_of : date
            The day whose end is looked from; of a model of level invoice the day of issue, if not given.
        client_id, invoice_id : optional
            Whom, where the records tell of related clients too; which invoice, for a model of level invoice.
        history : DataFrame or sequence of dict, optional
            The client's earlier scores, as this gave them: near an edge the last segment is kept.
        calendar, lang : optional
            As for `Ledger`; of the reasons' sentences.

        Returns
        -------
        dict of plain values
            As a row of ``score``, without the profile; ``reasons`` is a list of code and sentence, the weightiest
            first, and ``not_given`` names attributes that the model reads and the records lack: they count as missing.

        Raises
        ------
        CallError
            The records are of several clients, a row is refused, or nothing is known of the client at that day.
        LedgerError, BundleError
            A required column is missing; a feature of the model needs a table that the records have not.
        """
        whom: dict[str, Any] = {"client_id": client_id, "invoice_id": invoice_id, "history": history}
        return self._one_client.score(records, as_of, **whom, calendar=calendar, lang=lang)

    @cached_property
    def _one_client(self) -> OneClient:
        return OneClient.of(self.target, self.scorers, self.bands, self.wanted, self.version)

    def explain(
        self, ledger: Ledger, client_id: Any, as_of: dt.date | str, *, policy: Policy | None = None, **how: Any
    ) -> Explanation:
        """One client in words: what weighs against and for, the titles behind it, what would lead to a safer segment.

        ``policy``: also what it decides. ``how``: lang, audience, creditor, history: see `explaining.explain_client`.

        Raises
        ------
        CallError
            The ledger does not know the client at that date.
        """
        plan = None if policy is None else partial(decide, policy, ledger=ledger, as_of=as_of)
        return explain_client(self, ledger, snapshot_of(ledger, client_id, as_of), policy=policy, plan=plan, **how)

    @same_kind("snapshots")
    def reasons(
        self, ledger: Ledger, as_of: Any = None, *, lang: Lang = "pt", spoken_only: bool = False, **which: Any
    ) -> pd.DataFrame:
        """What each score is made of: points and a sentence a line, one table of `risk.reason_table.reason_table`.

        ``which``: ``snapshots`` or ``at_issue``, as for ``score``.
        """
        wanted = self.snapshots(ledger, as_of, **which)
        looks, features = read_snapshots(wanted, ledger), self.wanted.build(ledger, wanted)
        keys, state = looks.keys.drop(columns="view", errors="ignore"), states(ledger, looks, self.target)
        return reason_table(self.scorers, keys, features, state, lang=lang, spoken_only=spoken_only)

    def shap_explanation(self, features: pd.DataFrame, *, scorer: str = "event", **how: Any) -> Any:
        """Contributions as a ``shap.Explanation``, for the plots of shap; ``how`` as for `Scorer.shap_explanation`."""
        return self.scorers[scorer].shap_explanation(features, **how)

    def snapshots(self, ledger: Ledger, as_of: Any, snapshots: Any = None, *, at_issue: bool = False) -> Any:
        """The snapshots that ``score`` looks from: those given, or all of a date or of the days of issue."""
        return asked_snapshots(ledger, self.target.level, as_of, snapshots, at_issue=at_issue)

    def _segments(self, rows: pd.DataFrame, history: pd.DataFrame | None) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        bands = self.bands
        own = np.where(rows["state"] == "already_bad", "high", bands.segment(rows["probability"]))
        edges, kept = score_raw(bands.segment_edges), (bands.band_points, bands.memory_days)
        return segments_over_time(rows, own, history, SEGMENTS, edges, *kept)


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


@same_kind("scores", "history", "past_offers", "approved")
def decide(
    policy: Policy,
    scores: pd.DataFrame,
    ledger: Ledger,
    as_of: dt.date | str,
    *,
    history: pd.DataFrame | None = None,
    past_offers: pd.DataFrame | None = None,
    approved: pd.DataFrame | None = None,
    bundle_digest: str | None = None,
) -> Decisions:
    """What to do with each client: the policy applied to their scores and to the facts known at ``as_of``.

    Parameters
    ----------
    policy : Policy
    scores : DataFrame
        From `Model.score` at the same date, one row a client.
    ledger, as_of : Ledger and date
    history : DataFrame, optional
        Earlier decisions, for what is done only once.
    past_offers : DataFrame, optional
        Earlier offers, so that none grows better by being left unanswered: client_id, offered_on, offer and, where
        known, accepted, discount_share, parts, entry_share; what `offer_menu` takes as ``history``.
    approved : DataFrame, optional
        client_id and campaign: the lists of the campaigns that somebody approved; without them no campaign is offered.
    bundle_digest : str, optional
        `Model.digest`, where the scores lost it: a table of Polars keeps none.

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
        mine = (table[table["client_id"].isin(scores["client_id"])] for table in (cases, titles))
        cases, titles = (table.reset_index(drop=True) for table in mine)
    return decide_cases(
        policy,
        scores,
        cases,
        titles,
        as_of=day,
        known_until=ledger.known_until,
        calendar=ledger.calendar,
        history=history,
        past_offers=past_offers,
        approved=approved,
        bundle_digest=bundle_digest or scores.attrs.get("bundle_digest"),
        records=facts.records,
        reach=facts.reach,
        **money_facts(ledger, day, titles),
    )


def _cases(ledger: Ledger, policy: Policy, day: dt.date) -> Cases:
    """Facts of each client and each open title, by the policy's days of grace and cure."""
    rules = policy.in_force(day)
    return kept_cases(ledger, day, grace_days=rules.grace_days, cure_dpd=rules.cure_dpd)


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
