"""Which clients two plans treat differently, and in what: of two policies on the same cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.decide import Decisions

__all__ = ["PlanComparison", "compare_plans"]

KINDS: dict[str, tuple[str, ...]] = {
    "stage": ("stage",),
    "action": ("action",),
    "channel": ("channel",),
    "text": ("template", "tone"),
    "time": ("contact_from", "contact_until"),
    "escalation": ("escalation", "requires_approval"),
    "offer": ("offer",),
    "limit": ("limit_action", "credit_limit"),
    "amount": ("amount_due",),
    "further": ("further",),
    "duty": ("duty",),
}
"""Kinds of change, and the columns that show them: of the decisions, and all that a client has beside them."""

BESIDE: dict[str, tuple[str, ...]] = {"further": ("kind", "code", "value"), "duty": ("duty", "invoice_id", "due_on")}
"""Of each table beside the decisions, what is told of a row."""

NAMES_PT = {
    "stage": "etapa",
    "action": "ação",
    "channel": "canal",
    "text": "texto ou tom",
    "time": "dia ou hora",
    "escalation": "medida proposta",
    "offer": "oferta",
    "limit": "limite de crédito",
    "amount": "valor",
    "further": "benefício, volta ou tarefa",
    "duty": "o que devemos depois do pagamento",
}


@dataclass(frozen=True)
class PlanComparison:
    """What changes from one plan to another.

    Attributes
    ----------
    clients : int
        How many clients both plans decide on.
    table : DataFrame
        One row a client for whom something changes: ``client_id``, ``changes`` (kinds), ``harder`` (1: a harder action,
        -1: a softer one, 0), each compared column as ``<name>_old`` and ``<name>_new``, ``held_more`` and ``held_less``
        (safeguards that hold something back only in the new plan, or only in the old one).
    """

    clients: int
    table: pd.DataFrame

    def counts(self) -> pd.DataFrame:
        """Clients by kind of change, the commonest first: ``kind``, ``clients``, ``share`` of all clients."""
        found = self.table["changes"].explode().value_counts()
        rows = [(kind, int(found.get(kind, 0))) for kind in KINDS]
        frame = pd.DataFrame(rows, columns=["kind", "clients"])
        frame["share"] = frame["clients"] / max(self.clients, 1)
        return frame[frame["clients"] > 0].sort_values("clients", ascending=False, kind="stable", ignore_index=True)

    def moves(self, column: str = "action") -> pd.DataFrame:
        """From what to what, and how many clients: ``old``, ``new``, ``clients``; missing is ``-``."""
        old, new = (self.table[f"{column}_{end}"].astype(object) for end in ("old", "new"))
        pairs = pd.DataFrame({"old": old.where(old.notna(), "-"), "new": new.where(new.notna(), "-")})
        pairs = pairs[(pairs["old"] != pairs["new"]).to_numpy()]
        return pairs.value_counts().rename("clients").reset_index()

    def text(self, lang: str = "pt") -> str:
        """How many clients change, by what, and from which action to which."""
        pt, n = lang == "pt", len(self.table)
        harder, softer = (int((self.table["harder"] == sign).sum()) for sign in (1, -1))
        if pt:
            head = f"{n} de {self.clients} clientes mudam; ação mais dura para {harder}, mais suave para {softer}."
        else:
            head = f"{n} of {self.clients} clients change; a harder action for {harder}, a softer one for {softer}."
        lines = [head]
        counts = self.counts()
        for kind, many in zip(counts["kind"].astype(str), counts["clients"], strict=True):
            lines.append(f"  {NAMES_PT[kind] if pt else kind}: {many}")
        for column in ("action", "escalation"):
            for row in self.moves(column).itertuples(index=False):
                lines.append(f"    {row.old} -> {row.new}: {row.clients}")
        return "\n".join(lines)


def compare_plans(old: Decisions, new: Decisions) -> PlanComparison:
    """What changes for whom from one plan to another.

    Raises
    ------
    CallError
        The plans are not of the same clients and day.
    """
    one, other = _by_client(old), _by_client(new)
    if len(one) != len(other) or not one.index.isin(other.index).all():
        lost, more = int((~one.index.isin(other.index)).sum()), int((~other.index.isin(one.index)).sum())
        raise CallError(f"the plans are not of the same clients: {lost} only in the first, {more} only in the second")
    other = other.reindex(one.index)
    if len(one) and (one["as_of"] != other["as_of"]).any():
        raise CallError(
            f"the plans are of two days: {one['as_of'].iloc[0]:%Y-%m-%d}, {other['as_of'].iloc[0]:%Y-%m-%d}"
        )
    differ = {kind: _differ(one, other, columns) for kind, columns in KINDS.items()}
    rows = np.flatnonzero(np.logical_or.reduce(list(differ.values())))
    kinds = np.array(list(KINDS), dtype=object)
    flags = np.stack([flag[rows] for flag in differ.values()], axis=1)
    table = pd.DataFrame({"client_id": one.index[rows]})
    table["changes"] = pd.Series([list(kinds[row]) for row in flags], dtype=object)
    severity = [frame["severity"].to_numpy(np.int64)[rows] for frame in (one, other)]
    table["harder"] = np.sign(severity[1] - severity[0])
    for column in (name for columns in KINDS.values() for name in columns):
        table[f"{column}_old"] = one[column].to_numpy()[rows]
        table[f"{column}_new"] = other[column].to_numpy()[rows]
    held = [[set(names) for names in frame["blocked_by"].to_numpy()[rows]] for frame in (one, other)]
    table["held_more"] = pd.Series([sorted(b - a) for a, b in zip(*held, strict=True)], dtype=object)
    table["held_less"] = pd.Series([sorted(a - b) for a, b in zip(*held, strict=True)], dtype=object)
    return PlanComparison(len(one), table)


def _by_client(plan: Decisions) -> pd.DataFrame:
    frame = plan.frame("decisions").set_index("client_id")
    for name, table in (("further", plan.frame("further")), ("duty", plan.frame("duties"))):
        frame[name] = _beside(table, BESIDE[name]).reindex(frame.index).fillna("").astype(object)
    return frame


def _beside(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.Series:
    """By client, all that a table beside the decisions holds for it, in words."""
    days = [pd.api.types.is_datetime64_any_dtype(table[name]) for name in columns]
    told = [table[n].dt.strftime("%Y-%m-%d") if day else table[n] for n, day in zip(columns, days, strict=True)]
    parts = [one.astype(object).where(one.notna(), "").astype(str) for one in told]
    words = parts[0]
    for more in parts[1:]:
        words = words + " " + more
    words = words.str.rstrip()
    return words.groupby(table["client_id"].to_numpy(), sort=False).agg("; ".join)


def _differ(one: pd.DataFrame, other: pd.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    out = np.zeros(len(one), bool)
    for column in columns:
        a, b = one[column], other[column]
        both_missing = (a.isna() & b.isna()).to_numpy(dtype=bool)
        same = (a.astype(object) == b.astype(object)).fillna(False).to_numpy(dtype=bool)
        out |= ~(same | both_missing)
    return out
