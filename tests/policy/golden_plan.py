"""The default policy carried out on every segment, profile and stage, as tables that a manager can read.

``python tests/policy/golden_plan.py`` writes golden_plan.md again; look at every line that changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from prose import BEHAVIOUR, plan_of

from inadimplencia_ml.policy.policy import Policy

PAGE = Path(__file__).with_suffix(".md")
DPDS = (-5, -2, 0, 1, 6, 16, 31, 46, 61, 91, 181, 361)
SEGMENTS = ("low", "medium", "high", "none")
HEAD = """# A régua padrão, resolvida

Cada célula: canal, tom, texto e, depois da seta, a medida proposta a uma pessoa. Um título de R$ 10.000,00, no primeiro
dia de cada etapa, sem nada que feche as portas das medidas. `pessoa`: uma tarefa para a equipe. `-`: silêncio.
"""


def cell(row: dict[str, Any]) -> str:
    """One decision in a few signs."""
    if row["action"] == "nothing":
        text = "-"
    else:
        channel = "pessoa" if pd.isna(row["channel"]) else row["channel"]
        text = f"{channel} t{row['tone']} {row['template']}"
    return text if pd.isna(row["escalation"]) else f"{text} → {row['escalation']}"


def rendered() -> str:
    """The page."""
    policy = Policy.default()
    cases = [
        {"segment": segment, "dpd": dpd, "profile": profile, "amount": 10000.0}
        for segment in SEGMENTS
        for dpd in DPDS
        for profile in BEHAVIOUR
        if profile != "P1"  # nothing open: no row of the ladder
    ]
    decisions = plan_of(cases, policy).decisions.to_dict("records")
    lines = [HEAD]
    for segment in SEGMENTS:
        profiles = [profile for profile in BEHAVIOUR if profile != "P1"]
        lines += [f"## {segment}", "", f"| etapa | dpd | {' | '.join(profiles)} |", "|---" * (len(profiles) + 2) + "|"]
        for dpd in DPDS:
            mine = [d for c, d in zip(cases, decisions, strict=True) if (c["segment"], c["dpd"]) == (segment, dpd)]
            lines.append(f"| {mine[0]['stage']} | {dpd} | {' | '.join(map(cell, mine))} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
