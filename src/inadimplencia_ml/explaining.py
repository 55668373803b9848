"""Fetches what an explanation is told from: scores and points of the model, titles and a way up, the decision.

What a client could still do is computed on the ledger as known on the day, with payments that were not made, by
whatever scored the client in the first place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.cases.client_titles import client_titles
from inadimplencia_ml.catalog import BY_NAME, Lang
from inadimplencia_ml.explanation import Audience, Explanation
from inadimplencia_ml.explanation.material import Beside, Decided, Points
from inadimplencia_ml.explanation.way_up import OpenTitle, Pay, Standing, WayUp, find_way_up
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.hypothetical import Payment, clients_alone, group_members, with_payments
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks, read_snapshots
from inadimplencia_ml.policy.decide import Decisions
from inadimplencia_ml.policy.messages.creditor import Creditor, written_document
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.risk.reasons import OTHER_FAMILY
from inadimplencia_ml.risk.scorer import SCORER_OF, Scorer
from inadimplencia_ml.target import Target

__all__ = ["Explained", "Plan", "Score", "decided", "explain_client", "scored_again", "way_up"]

Score = Callable[[Ledger, pd.DataFrame], pd.DataFrame]
"""Scores snapshots of a ledger: one row each, as `Model.score` does."""

Plan = Callable[..., Decisions]
"""Decides on scores of one client; ``history``: earlier decisions."""


class Explained(Protocol):
    """What is asked of a model to explain its score."""

    @property
    def scorers(self) -> Mapping[str, Scorer]:
        """By event, what scored it."""

    @property
    def target(self) -> Target:
        """Of which event the score speaks."""

    @property
    def wanted(self) -> Wanted:
        """Which features it reads."""

    def score(
        self, ledger: Ledger, as_of: None = None, *, snapshots: pd.DataFrame, history: pd.DataFrame | None
    ) -> pd.DataFrame:
        """Scores of the snapshots."""

    def probabilities(
        self, ledger: Ledger, looks: Looks, features: pd.DataFrame, profile: npt.NDArray[Any]
    ) -> pd.DataFrame:
        """The first half of ``score``."""

    def rated(self, rows: pd.DataFrame, history: pd.DataFrame | None) -> pd.DataFrame:
        """The second half of ``score``."""


def explain_client(
    model: Explained,
    ledger: Ledger,
    own: pd.DataFrame,
    *,
    score: Score | None = None,
    lang: Lang = "pt",
    audience: Audience = "manager",
    policy: Policy | None = None,
    plan: Plan | None = None,
    creditor: Creditor | None = None,
    history: pd.DataFrame | None = None,
    past: pd.DataFrame | None = None,
) -> Explanation:
    """The explanation of one client's score.

    Parameters
    ----------
    model : Model
    ledger : Ledger
    own : DataFrame
        The snapshot of the client, of one row.
    score : callable, optional
        What scores it, now and with payments that were not made; the model, if not given. A family hands in its own, in
        which the members agree.
    lang : {"pt", "en"}
    audience : {"manager", "client"}
        ``client``: fit to be sent to the client.
    policy, plan : optional
        A policy, and how it decides on the scores.
    creditor : Creditor, optional
        Who writes, and where a person answers.
    history, past : DataFrame, optional
        Earlier scores, as for `Model.score`, and earlier decisions, as for `decide`.
    """
    scores = model.score(ledger, snapshots=own, history=history) if score is None else score(ledger, own)
    again = score or partial(_without_profile, model, history)
    row, features = scores.iloc[0], model.wanted.build(ledger, own)
    day = to_date(row["as_of"], "as_of")
    alone = _small_enough(ledger.known_at(day), own, row, again)
    beside = Beside(
        titles=client_titles(alone, row["client_id"], day),
        way=way_up(alone, own, row, again),
        decided=None if policy is None or plan is None else decided(policy, plan(scores, history=past)),
        criteria=tuple(sorted({code for scorer in model.scorers.values() for code in _criteria(scorer)})),
        sources=tuple(_sources(ledger, _read(model.scorers))),
        service=None if creditor is None else creditor.service,
        creditor=None if creditor is None else _who(creditor),
    )
    told, values = ({str(k): v for k, v in one.items()} for one in (row, features.iloc[0]))
    points = _points(model.scorers.get(SCORER_OF.get(str(row["state"]), "")), features)
    about = model.target.model_dump(mode="json")
    return Explanation.of(told, values, points, about, beside=beside, lang=lang, audience=audience)


def _without_profile(model: Explained, history: pd.DataFrame | None, ledger: Ledger, own: pd.DataFrame) -> pd.DataFrame:
    """As ``model.score``, but for the debtor profile: it moves no score, and takes longer than all the rest."""
    looks, features = read_snapshots(own, ledger), model.wanted.build(ledger, own)
    return model.rated(model.probabilities(ledger, looks, features, np.full(len(own), None, object)), history)


def _read(scorers: Mapping[str, Scorer]) -> list[str]:
    return [column for scorer in scorers.values() for column in scorer.columns]


def _criteria(scorer: Scorer) -> Iterable[str]:
    """Codes of the reason families that a model reads, whether or not it can say what each weighed."""
    if scorer.reasons is not None:
        return scorer.reasons.codes
    return {BY_NAME[name].reason if name in BY_NAME else OTHER_FAMILY for name in scorer.columns}


def _points(scorer: Scorer | None, features: pd.DataFrame) -> Points | None:
    """How the score adds up; None where nobody can say, or nothing was scored."""
    found = None if scorer is None else scorer.breakdown(features)
    if found is None:
        return None
    families = dict(zip(found.codes, found.families[0].tolist(), strict=True))
    return Points(float(found.reference), families, dict(zip(found.codes, found.sides[0].tolist(), strict=True)))


def way_up(known: Ledger, own: pd.DataFrame, row: pd.Series, score: Score) -> WayUp:
    """What would move a client to the next segment, from the facts in ``known`` and nothing later."""
    day = to_date(row["as_of"], "as_of")
    titles = client_titles(known, row["client_id"], day)
    open_ones = titles[(titles["open_amount"] > 0) & ~titles["disputed"] & ~titles["assigned"]]
    payable = [
        OpenTitle(one["invoice_id"], one["due_date"].date(), float(one["open_amount"]), one["due_date"].date() <= day)
        for one in open_ones.to_dict("records")
    ]
    return find_way_up(_standing(row), payable, day, scored_again(known, own, score))


def scored_again(known: Ledger, own: pd.DataFrame, score: Score) -> Callable[[Sequence[Pay], dt.date], Standing]:
    """Scores the client of the snapshot ``own`` on a day, as if payments had been made."""

    def again(payments: Sequence[Pay], day: dt.date) -> Standing:
        book = with_payments(known, [Payment(*one) for one in payments])
        return _standing(score(book, own.assign(as_of=pd.Timestamp(day).as_unit("s"))).iloc[0])

    return again


def _standing(row: pd.Series) -> Standing:
    return Standing(str(row["state"]), str(row["segment"]), None if pd.isna(row["score"]) else int(row["score"]))


def _small_enough(known: Ledger, own: pd.DataFrame, row: pd.Series, score: Score) -> Ledger:
    """The ledger with the client and their group alone, if the client scores the same there to the bit; else all of it.

    A feature of one's own may read other clients; then a hundred small books would tell something else.
    """
    alone = clients_alone(known, group_members(known, row["client_id"]))
    again = score(alone, own).iloc[0]
    names = ["state", "probability", "score_raw", "segment"]
    same = all(again[n] == row[n] or (pd.isna(again[n]) and pd.isna(row[n])) for n in names)
    return alone if same or row["segment"] == "none" else known


def decided(policy: Policy, plan: Decisions) -> Decided:
    """The one decision of a plan, in the words of its policy."""
    one = plan.frame("decisions").iloc[0]
    sentence = {name: action.sentence for name, action in policy.actions.items()}
    escalation = None if pd.isna(one["escalation"]) else sentence[one["escalation"]]
    text = {name: None if pd.isna(one[name]) else str(one[name]) for name in ("stage", "channel", "template")}
    return Decided(
        action=sentence[one["action"]],
        contact_from=one["contact_from"],
        contact_until=one["contact_until"],
        escalation=escalation,
        requires_approval=bool(one["requires_approval"]),
        credit_limit=None if pd.isna(one["credit_limit"]) else float(one["credit_limit"]),
        limit_action=None if pd.isna(one["limit_action"]) else str(one["limit_action"]),
        amount_due=float(one["amount_due"]),
        reasons=tuple(one["reasons"]),
        policy=str(one["policy_version"]),
        decision_id=str(one["decision_id"]),
        **text,
    )


def _sources(ledger: Ledger, columns: Iterable[str]) -> Iterable[str]:
    """The tables that the model's features come from: invoices and payments always, others where a column says so."""
    names = list(columns)
    yield "invoices"
    yield "payments"
    if any(name.startswith("client_") for name in names):
        yield "clients"
    for table, prefix in (("links", "group_"), ("macro", "macro_")):
        if table in ledger.tables and any(name.startswith(prefix) for name in names):
            yield table
    for name in ledger.attributes:
        if any(column.startswith(f"{name}_") for column in names):
            yield f"attributes/{name}"


def _who(creditor: Creditor) -> str:
    return " · ".join((creditor.name, written_document(creditor.document), creditor.address))
