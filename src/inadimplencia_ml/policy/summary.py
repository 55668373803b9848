"""The plan in one minute: a text in Portuguese for whoever runs collections. It stays inside the house."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.policy.decide import Decisions
from inadimplencia_ml.policy.eligible import GATE, INTENSITY, PRESUPPOSED
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.profiles import assign_profiles
from inadimplencia_ml.policy.sections import PROFILES, ROWS

__all__ = ["reais", "summary"]

SEGMENTS = {"low": "baixo", "medium": "médio", "high": "alto", "none": "sem escore"}
_LEFT_OUT = ("histerese:", "segmento:")  # reasons that every client has, or that stand in the line above
AGES = ((1, 30), (31, 60), (61, 90), (91, None))


def reais(amount: float) -> str:
    """An amount as it is written in Brazil.

    >>> reais(1234.5), reais(-0.5)
    ('R$ 1.234,50', '-R$ 0,50')
    """
    plain = f"{abs(amount):,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{'-' if round(amount, 2) < 0 else ''}R$ {plain}"


def summary(plan: Decisions, scores: pd.DataFrame, cases: pd.DataFrame, policy: Policy, *, clients: int = 10) -> str:
    """Who owes, what is at risk, what to do next, and some clients with their reasons.

    Parameters
    ----------
    plan : Decisions
        Of `decide`, on these scores and cases.
    scores, cases : DataFrame
        As they were given to `decide`.
    policy : Policy
        The policy of the plan; its names of profiles and actions are shown.
    clients : int
        How many clients to show with their reasons, those with the most money at risk first.
    """
    if not len(cases):
        return "Não há clientes."
    day = pd.Timestamp(plan.frame("decisions")["as_of"].iloc[0]).date()
    told = _joined(plan, scores, cases, policy, day)
    targets = ", ".join(map(str, scores["target"].dropna().unique())) if "target" in scores.columns else ""
    head = f"Plano de cobrança · fatos até {day:%d/%m/%Y} · política {policy.name} · {_count(len(told), 'cliente')}"
    parts = [
        f"{head}\nProbabilidade de: {targets}" if targets else head,
        _title("Clientes por segmento de risco e perfil", _by_segment_and_profile(told, policy)),
        _title("Dinheiro em risco", _money(told)),
        _title("O que fazer", _actions(told, policy)),
        _title("Clientes com mais dinheiro em risco", _clients(told, policy, clients)),
    ]
    return "\n\n".join(parts) + "\n"


def _joined(plan: Decisions, scores: pd.DataFrame, cases: pd.DataFrame, policy: Policy, day: dt.date) -> pd.DataFrame:
    """One row a client: the decision with what else the text needs, at the same places."""
    at = pd.Index(scores["client_id"]).get_indexer(pd.Index(cases["client_id"]))
    told = plan.frame("decisions").reset_index(drop=True).copy()
    told["segment"] = scores["segment"].to_numpy()[at]
    known = "probability" in scores.columns
    told["probability"] = scores["probability"].to_numpy(np.float64)[at] if known else np.nan
    told["profile"] = assign_profiles(cases, policy, day).to_numpy()
    told["open_amount"] = cases["open_amount"].to_numpy(np.float64)
    told["overdue_amount"] = cases["overdue_amount"].to_numpy(np.float64)
    told["dpd"] = cases["dpd"].to_numpy(np.float64, na_value=np.nan) if "dpd" in cases.columns else np.nan
    # without a probability: what is overdue counts whole, what is not yet due not at all
    chance = told["probability"].fillna((told["overdue_amount"] > 0).astype(np.float64))
    told["at_risk"] = told["open_amount"] * chance
    return told


def _title(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, "-" * len(title), *lines])


def _by_segment_and_profile(told: pd.DataFrame, policy: Policy) -> list[str]:
    counts = pd.crosstab(told["profile"], told["segment"]).reindex(columns=list(ROWS), fill_value=0)
    rows = [["perfil", *SEGMENTS.values(), "total", "em atraso"]]
    for code in PROFILES:
        if code in counts.index:
            mine = counts.loc[code].to_numpy(np.int64)
            late = told.loc[told["profile"] == code, "overdue_amount"].sum()
            name = f"{code} {policy.profiles[code].name}"  # type: ignore[index]  # its keys
            rows.append([name, *(_number(int(n)) for n in mine), _number(int(mine.sum())), reais(late)])
    total = [_number(int(counts[row].sum())) for row in ROWS]
    return _table([*rows, ["total", *total, _number(len(told)), reais(told["overdue_amount"].sum())]])


def _money(told: pd.DataFrame) -> list[str]:
    late = told["overdue_amount"] > 0
    rows = [
        ["em aberto", _count(int((told["open_amount"] > 0).sum()), "cliente"), reais(told["open_amount"].sum())],
        ["em atraso", _count(int(late.sum()), "cliente"), reais(told["overdue_amount"].sum())],
    ]
    for low, high in AGES:
        mine = late & (told["dpd"] >= low) & (told["dpd"] <= (np.inf if high is None else high))
        name = f"  pior título com {low} dias ou mais" if high is None else f"  pior título com {low} a {high} dias"
        rows.append([name, _count(int(mine.sum()), "cliente"), reais(told.loc[mine, "overdue_amount"].sum())])
    scored = told["probability"].notna() & (told["open_amount"] > 0)
    if scored.any():
        expected = (told["open_amount"] * told["probability"])[scored].sum()
        rows.append(["em aberto vezes a probabilidade", _count(int(scored.sum()), "cliente"), reais(expected)])
    return _table(rows)


def _actions(told: pd.DataFrame, policy: Policy) -> list[str]:
    rows = []
    for code, action in sorted(policy.actions.items(), key=lambda item: -item[1].severity):
        mine = told["action"] == code
        if mine.any() and code != "nothing":
            channels = told.loc[mine, "channel"].dropna().value_counts()
            by = ", ".join(f"{_plain(policy.channels[str(c)])} {_number(int(n))}" for c, n in channels.items())
            amount = reais(told.loc[mine, "amount_due"].sum())
            rows.append([_plain(action.sentence), _count(int(mine.sum()), "cliente"), amount, by])
    proposed = told["escalation"].dropna().value_counts()
    for name, n in proposed.items():
        amount = reais(told.loc[told["escalation"] == name, "amount_due"].sum())
        sentence = f"A aprovar: {_plain(policy.actions[str(name)].sentence)}"
        rows.append([sentence, _count(int(n), "cliente"), amount, "só com a decisão de uma pessoa"])
    idle = told["action"] == "nothing"
    rows.append(["Nada", _count(int(idle.sum()), "cliente"), reais(told.loc[idle, "amount_due"].sum()), ""])
    return [*_table(rows), *_held(told[idle], policy)]


def _held(idle: pd.DataFrame, policy: Policy) -> list[str]:
    """Why clients with something due are left alone, the commonest reason first."""
    quiet = (idle["amount_due"] == 0) | (idle["blocked_by"].str.len() == 0)
    held = idle.loc[~quiet, "blocked_by"].explode().dropna().value_counts()
    sentences = {name: entry.sentence for name, entry in policy.safeguards.items()}
    sentences |= {name: sentence for name, (_, sentence) in PRESUPPOSED.items()}
    sentences |= {INTENSITY: policy.intensity.sentence} if policy.intensity else {}
    sentences |= {GATE + kind: gate.sentence for kind, gate in policy.gates.of.items()} if policy.gates else {}
    lines = [f"  {_number(int(n))} · {_plain(sentences[str(name)])}" for name, n in held.head(5).items()]
    return [f"  {_number(int(quiet.sum()))} · Nada a cobrar agora, ou a régua espera", *lines]


def _clients(told: pd.DataFrame, policy: Policy, number: int) -> list[str]:
    moved = told[(told["action"] != "nothing") | told["escalation"].notna()]
    lines = []
    chosen = moved.sort_values(["at_risk", "decision_id"], ascending=[False, True]).head(number)
    for place, row in enumerate(chosen.to_dict("records"), 1):
        chance = "" if pd.isna(row["probability"]) else f" · probabilidade {row['probability']:.0%}"
        segment = SEGMENTS[row["segment"]]
        money = f"{reais(row['open_amount'])} em aberto, {reais(row['overdue_amount'])} em atraso"
        lines.append(f"{place:>2}. {row['client_id']} · {money} · segmento {segment}{chance}")
        lines.append(f"    {_what(row, policy)}")
        lines += [f"      - {reason}" for reason in row["reasons"] if not reason.startswith(_LEFT_OUT)]
    return lines or ["Nenhum."]


def _what(row: dict[Hashable, Any], policy: Policy) -> str:
    parts = ["Nada agora" if row["action"] == "nothing" else _plain(policy.actions[row["action"]].sentence)]
    if not pd.isna(row["channel"]):
        parts.append(_plain(policy.channels[row["channel"]]))
    if not pd.isna(row["contact_from"]):
        parts.append(f"{row['contact_from']:%d/%m das %H:%M} às {row['contact_until']:%H:%M}")
    if not pd.isna(row["escalation"]):
        parts.append(f"a aprovar: {_plain(policy.actions[row['escalation']].sentence)}")
    return "; ".join(parts)


def _plain(sentence: str) -> str:
    return sentence.rstrip(".")


def _number(n: int) -> str:
    return f"{n:,}".replace(",", ".")


def _count(n: int, noun: str) -> str:
    return f"{_number(n)} {noun}{'' if n == 1 else 's'}"


def _table(rows: list[list[str]]) -> list[str]:
    """Columns of equal width: the first to the left, the others to the right, a last one of words to the left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    words = len(rows[0]) - 1 if any(row[-1][:1].isalpha() and not row[-1].startswith("R$") for row in rows[1:]) else -1
    lines = []
    for row in rows:
        cells = [
            c.ljust(w) if i in (0, words) else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
