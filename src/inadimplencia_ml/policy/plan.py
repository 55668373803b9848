"""The plan: all that was found, as arrays over the cases, and the tables made of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.policy.conditions import Flags
from inadimplencia_ml.policy.dunning import Ladder, Wanted
from inadimplencia_ml.policy.eligible import Eligible
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.inputs import Given
from inadimplencia_ml.policy.reasons import named_lists, reasons_of
from inadimplencia_ml.policy.standing import Standing, concerned
from inadimplencia_ml.policy.windows import ContactTimes
from inadimplencia_ml.tables import DECISION_ITEMS, DECISIONS, DUTIES, Kind, Table

__all__ = ["Plan", "decision_id", "decisions_of", "duties_of", "items_of", "to_frame"]

Codes = npt.NDArray[np.int64]

_TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "date": pa.date32(),
    "datetime": pa.timestamp("s"),
    "amount": pa.float64(),
    "number": pa.float64(),
    "count": pa.int64(),
    "bool": pa.bool_(),
    "texts": pa.list_(pa.string()),
}


@dataclass(frozen=True)
class Plan:
    """Actions, templates and the like are positions in the ladder's tuples; -1 for none."""

    rules: PolicyInForce
    ladder: Ladder
    given: Given
    where: Standing
    profile: Codes
    asked: Wanted
    may: Eligible
    times: ContactTimes
    action: Codes
    escalation: Codes
    channel: Codes
    unknown_past: Flags

    @property
    def held(self) -> Flags:
        """Cases x safeguards: what held back the wanted action or escalation, left out a title, or stops all."""
        may, asked = self.may, self.asked
        stops_all = may.closes[:, self.ladder.kind != "none"].all(axis=1)
        closes = np.vstack([may.closes.T, np.zeros(len(may.safeguards), bool)])  # -1, nothing asked for, takes the last
        held = may.fires & (closes[asked.action] | closes[asked.escalation] | stops_all)
        closer = may.closed_by[np.arange(len(held)), asked.action]
        for number in range(len(self.rules.safeguards), len(may.safeguards)):  # what every policy presupposes
            held[:, number] = closer == number
        return np.asarray(held | may.left_out, bool)


def decisions_of(plan: Plan, bundle_digest: str | None) -> pa.Table:
    """One row a case."""
    rules, ladder, kinds = plan.rules, plan.ladder, plan.ladder.kind[plan.action]
    versions = plan.given.scores.get("model_version")
    version = (
        pa.nulls(len(kinds), pa.string()) if versions is None else pa.array(versions, pa.string(), from_pandas=True)
    )
    held = plan.held
    tones = np.array([rules.policy.templates[t].tone for t in ladder.templates] + [-1])
    template = np.where(kinds == "none", -1, plan.asked.template)
    timed = np.isin(kinds, ("contact", "task"))
    concerns = concerned(plan.where, int(ladder.starts[0]))
    due = np.bincount(plan.where.case[concerns], weights=plan.where.cents[concerns], minlength=len(kinds)) / 100
    columns = {
        "decision_id": decision_id(plan.given.cases["client_id"], rules, version, bundle_digest),
        "policy_version": _names((rules.policy.name,), np.zeros(len(kinds), np.int64)),
        "model_version": version,
        "stage": _names(ladder.stages, plan.asked.stage),
        "action": _names(ladder.actions, plan.action),
        "severity": pa.array(ladder.severity[plan.action]),
        "channel": _names(tuple(rules.policy.channels), plan.channel),
        "tone": pa.array(tones[template], mask=template < 0),
        "template": _names(ladder.templates, template),
        "contact_from": pa.array(np.where(timed, plan.times.begin, np.datetime64("NaT"))),
        "contact_until": pa.array(np.where(timed, plan.times.end, np.datetime64("NaT"))),
        "escalation": _names(ladder.actions, plan.escalation),
        "requires_approval": pa.array(plan.escalation >= 0),
        "amount_due": pa.array(due),
        "reasons": reasons_of(
            rules,
            ladder,
            plan.asked,
            dpd=plan.where.stage_dpd,
            segment=plan.given.segment,
            state=plan.given.state,
            profile=plan.profile,
            held=held,
            escalation=plan.escalation,
            unknown_past=plan.unknown_past,
        ),
        "blocked_by": named_lists(held, plan.may.safeguards),
        "eligible_actions": named_lists(plan.may.open, plan.may.actions),
        "propensity": pa.array(np.ones(len(kinds))),
    }
    return _table(DECISIONS, plan.given.cases[["client_id"]], columns, plan)


def items_of(plan: Plan) -> pa.Table:
    """One row a title that a decision is about, in the order of the titles."""
    concerns = np.flatnonzero(concerned(plan.where, int(plan.ladder.starts[0])))
    titles = plan.given.titles.iloc[concerns]
    columns = {name: pa.array(titles[name].to_numpy()) for name in ("dpd", "dpd_original", "open_amount")}
    columns["amount_due"] = columns["open_amount"]
    return _table(DECISION_ITEMS, titles[["client_id", "invoice_id"]], columns, plan)


def duties_of(plan: Plan) -> pa.Table:
    """What we owe the clients: none yet, typed."""
    none = plan.given.titles.iloc[:0]
    return _table(DUTIES, none[["client_id", "invoice_id"]], {}, plan)


def decision_id(
    client_ids: pd.Series, rules: PolicyInForce, model_version: pa.Array, bundle_digest: str | None
) -> pa.Array:
    """First 16 hex digits of SHA-256 over client_id, as_of, policy digest and bundle digest.

    The four are written as text and joined by a unit separator (U+001F). Without a digest of the bundle the scores'
    model_version stands in its place.
    """
    known = f"\x1f{rules.day.isoformat()}\x1f{rules.policy.digest}\x1f"
    ids, sha256 = (
        client_ids.astype(str).tolist(),
        hashlib.sha256,
    )  # the one place with a call a row: about 1 s a million
    if bundle_digest is not None or model_version.null_count == len(model_version):
        tail = (known + (bundle_digest or "")).encode()
        return pa.array([sha256(i.encode() + tail).hexdigest()[:16] for i in ids], pa.string())
    versions = model_version.fill_null("").dictionary_encode()
    tails = [(known + v).encode() for v in versions.dictionary.to_pylist()]
    pairs = zip(ids, versions.indices.to_numpy().tolist(), strict=True)
    return pa.array([sha256(i.encode() + tails[v]).hexdigest()[:16] for i, v in pairs], pa.string())


def _names(names: tuple[str, ...], which: Codes) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(np.where(which < 0, 0, which), mask=which < 0))


def _table(table: Table, ids: pd.DataFrame, columns: dict[str, pa.Array], plan: Plan) -> pa.Table:
    """Exactly the table's columns, in its order; what is not given is missing, of the right type."""
    n = len(ids)
    given = {name: pa.array(ids[name], from_pandas=True) for name in ids} | columns
    given["as_of"] = pa.array(np.full(n, np.datetime64(plan.rules.day, "D")))
    kinds = {c.name: _TYPES.get(c.kind, pa.string()) for c in table.columns}
    return pa.table({c.name: given.get(c.name, pa.nulls(n, kinds[c.name])) for c in table.columns})


def to_frame(table: pa.Table) -> pd.DataFrame:
    """The table in pandas: whole numbers may be missing without becoming floats, lists are Python lists."""
    lists = {f.name for f in table.schema if pa.types.is_list(f.type)}
    integers = {pa.int64(): pd.Int64Dtype()}
    frame: pd.DataFrame = table.drop_columns([*lists]).to_pandas(types_mapper=integers.get, date_as_object=False)
    for place, name in enumerate(table.column_names):
        if name in lists:
            found = [None if one is None else one.tolist() for one in table[name].to_pandas()]
            frame.insert(place, name, pd.Series(found, dtype=object))
        elif name in ("client_id", "invoice_id"):
            frame[name] = table[name].to_pandas()
    return frame
