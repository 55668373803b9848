"""The tables of a plan, as they are written: decisions, items, duties."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.credit_limit.rules import CHANGES
from inadimplencia_ml.policy.gates.findings import GateFindings
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.plan import Plan
from inadimplencia_ml.policy.reasons import named_lists, reasons_of
from inadimplencia_ml.policy.standing import concerned
from inadimplencia_ml.tables import DECISION_ITEMS, DECISIONS, DUTIES, Kind, Table

__all__ = ["decision_id", "decisions_of", "duties_of", "items_of", "to_frame"]

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


def _as_text(versions: pd.Series[Any]) -> pa.Array:
    try:
        return pa.array(versions, pa.string(), from_pandas=True)
    except pa.ArrowException:
        raise CallError(f"scores: model_version is a text, got {versions.dtype}") from None


def decisions_of(plan: Plan, bundle_digest: str | None) -> pa.Table:
    """One row a case."""
    rules, ladder, kinds = plan.rules, plan.ladder, plan.ladder.kind[plan.action]
    versions = plan.given.scores.get("model_version")
    version = pa.nulls(len(kinds), pa.string()) if versions is None else _as_text(versions)
    held = plan.held
    tones = np.array([rules.policy.templates[t].tone for t in ladder.templates] + [-1])
    template = np.where(kinds == "none", -1, plan.asked.template)
    timed = np.isin(kinds, ("contact", "task"))
    concerns = concerned(plan.where, int(ladder.starts[0]))
    due = np.bincount(plan.where.case[concerns], weights=plan.owed.total[concerns], minlength=len(kinds)) / 100
    columns = {
        "decision_id": decision_id(plan.given.cases["client_id"], rules, version, bundle_digest),
        "policy_version": _names((rules.policy.name,), np.zeros(len(kinds), np.int64)),
        "model_version": version,
        "stage": _names(ladder.stages, plan.asked.stage),
        "rung": _names(ladder.stages, plan.asked.rung),
        "action": _names(ladder.actions, plan.action),
        "severity": pa.array(ladder.severity[plan.action]),
        "channel": _names(tuple(rules.policy.channels), plan.channel),
        "tone": pa.array(tones[template], mask=template < 0),
        "template": _names(ladder.templates, template),
        "contact_from": pa.array(np.where(timed, plan.times.begin, np.datetime64("NaT", "s"))),
        "contact_until": pa.array(np.where(timed, plan.times.end, np.datetime64("NaT", "s"))),
        "offer": _names(*plan.offers),
        "escalation": _names(ladder.actions, plan.escalation),
        "requires_approval": pa.array((plan.escalation >= 0) | (plan.asked.sooner & (kinds == "contact"))),
        "amount_due": pa.array(due),
        **_limits(plan),
        "reasons": reasons_of(plan, held),
        "blocked_by": named_lists(held, plan.may.safeguards),
        "eligible_actions": named_lists(plan.may.open, plan.may.actions),
        "propensity": pa.array(np.ones(len(kinds))),
    }
    return _table(DECISIONS, plan.given.cases[["client_id"]], columns, plan)


def _limits(plan: Plan) -> dict[str, pa.Array]:
    """The limit decided and what happens to it; nothing in a policy without limits."""
    if plan.limits is None:
        return {}
    limit = plan.limits.limit
    return {"credit_limit": pa.array(limit, from_pandas=True), "limit_action": _names(CHANGES, plan.limits.change)}


def items_of(plan: Plan) -> pa.Table:
    """One row a title that a decision is about, in the order of the titles."""
    concerns = np.flatnonzero(concerned(plan.where, int(plan.ladder.starts[0])))
    titles = plan.given.titles.iloc[concerns]
    columns = {name: pa.array(titles[name].to_numpy()) for name in ("dpd", "dpd_original", "open_amount")}
    owed = plan.owed.take(concerns)
    columns["amount_due"] = pa.array(owed.total / 100)
    columns |= {n: pa.array(getattr(owed, n) / 100) for n in ("correction", "fine", "interest", "discount")}
    columns["due_date"] = pa.array(pd.to_datetime(titles["due_date"]).to_numpy("datetime64[D]"))
    if plan.gates is not None:
        columns["gate"], columns["unmet"] = _gates_of(plan, plan.gates, concerns)
    return _table(DECISION_ITEMS, titles[["client_id", "invoice_id"]], columns, plan)


def _gates_of(plan: Plan, gates: GateFindings, concerns: npt.NDArray[np.intp]) -> tuple[pa.Array, pa.Array]:
    """By title concerned: the gate of the escalation proposed, else of the one asked for, and what it misses of it."""
    kind = np.where(plan.escalation >= 0, plan.escalation, plan.asked.escalation)[plan.where.case[concerns]]
    looked = np.searchsorted(gates.rows, concerns)
    found = np.append(gates.rows, -1)[looked] == concerns  # a title not due yet is held against no gate
    kind = np.where(found, kind, -1)
    names: list[str] = []
    flags = [np.zeros((len(concerns), 0), bool)]
    for name, unmet in gates.unmet.items():
        mine = kind == plan.ladder.action(name)
        block = np.zeros((len(concerns), unmet.shape[1]), bool)
        block[mine] = unmet[looked[mine]]
        names += plan.rules.gates.of[name].conditions if plan.rules.gates else []
        flags.append(block)
    lists = named_lists(np.hstack(flags), names)
    return _names(plan.ladder.actions, kind), pc.if_else(pa.array(kind >= 0), lists, pa.scalar(None, lists.type))


def duties_of(plan: Plan) -> pa.Table:
    """What we owe the clients, in the order of the records."""
    owed = plan.duties
    ids = ["client_id", "invoice_id"]
    columns = {name: pa.array(owed[name], pa.string()) for name in ("duty", "rule")}
    columns["due_on"] = pa.array(pd.to_datetime(owed["due_on"]).to_numpy("datetime64[D]"))
    typed = owed[ids] if len(owed) else plan.given.titles[ids].iloc[:0]  # an empty table keeps the kinds of its ids
    return _table(DUTIES, typed, columns, plan)


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
