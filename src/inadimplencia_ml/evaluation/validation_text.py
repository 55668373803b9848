"""A validation in words: a line a test, what was left out, and what each source is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from inadimplencia_ml.evaluation.plain_book import LEFT_OUT

__all__ = ["REASONS", "TESTS", "VERDICTS", "render", "table_of"]

VERDICTS: dict[str, tuple[str, str]] = {
    "pass": ("passa", "pass"),
    "fail": ("FALHA", "FAIL"),
    "inconclusive": ("inconclusivo", "inconclusive"),
}

#: What each test asks: (pt-BR, English).
TESTS: dict[str, tuple[str, str]] = {
    "labels": ("rótulos diferentes na segunda conta", "labels that differ in the second reckoning"),
    "features": ("valores de variáveis diferentes na segunda conta", "feature values that differ in the second one"),
    "metrics": ("maior diferença entre as métricas das duas contas", "largest difference of a metric between the two"),
    "judged_counts": (
        "linhas e maus do período julgado que não conferem",
        "rows and bad ones of the judged period that do not agree",
    ),
    "auc_holds": ("AUC abaixo da AUC do julgamento", "AUC below that of the judgement"),
    "segment_in_interval": (
        "clientes que vão do segmento baixo ao alto dentro do intervalo",
        "clients who go from the segment low to high within the interval",
    ),
    "rating_in_interval": (
        "clientes cuja faixa muda mais de um passo dentro do intervalo",
        "clients whose rating moves by more than one within the interval",
    ),
    "segment_by_jitter": (
        "clientes cujo segmento muda por um centavo ou um dia",
        "clients whose segment changes by a cent or a day",
    ),
    "rating_by_jitter": (
        "clientes cuja faixa muda por um centavo ou um dia",
        "clients whose rating changes by a cent or a day",
    ),
    "source": ("AUC perdida sem a tabela", "AUC lost without the table"),
    "sources": ("AUC perdida sem cada tabela", "AUC lost without each table"),
}

#: Why a test is inconclusive: (pt-BR, English).
REASONS: dict[str, tuple[str, str]] = {
    "too_few": ("poucas linhas ou poucos maus", "too few rows or too few bad ones"),
    "target_not_covered": ("o SQL não cobre este alvo", "the SQL does not cover this target"),
    "ledger_ends_before_cut": ("a carteira termina antes do corte do modelo", "the ledger ends before the model's cut"),
    "clients_were_drawn": ("o treino sorteou clientes", "the training drew clients"),
    "cannot_score": ("sem ela o modelo não pontua", "the model cannot score without it"),
}

_SHARES = ("_in_interval", "_by_jitter")
_MOST_MOVED = 3


def table_of(findings: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The findings for people: verdict, test, value, limit and rows as the language writes them."""
    at = 0 if lang == "pt" else 1
    names = [("veredito", "verdict"), ("teste", "test"), ("valor", "value"), ("limite", "limit"), ("linhas", "rows")]
    rows = []
    for row in _rows(findings):
        verdict, *others = _cells(row, at)
        rows.append((f"{verdict}: {REASONS[row.reason][at]}" if row.reason else verdict, *others))
    return pd.DataFrame(rows, columns=[both[at] for both in names])


def render(
    facts: Mapping[str, Any],
    findings: pd.DataFrame,
    left_out: pd.DataFrame,
    sources: pd.DataFrame,
    jitter: pd.DataFrame,
    lang: str,
    *,
    lines: bool = True,
) -> str:
    """The page of a `Validation`, whose fields these are; ``lines``: with a line a test."""
    at = 0 if lang == "pt" else 1
    blocks = [_head(facts, findings, at)]
    if lines:
        blocks.append("\n".join(_line(row, at) for row in _rows(findings)))
    for block in (_left_out(left_out, at), _sources(sources, at), _interval(facts, at), _jitter(jitter, at)):
        if block:
            blocks.append(block)
    return "\n\n".join(blocks)


def _head(facts: Mapping[str, Any], findings: pd.DataFrame, at: int) -> str:
    counts = findings["verdict"].value_counts()
    told = ", ".join(f"{int(counts.get(name, 0))} {words[at]}" for name, words in VERDICTS.items())
    title = ("Validação do modelo", "Validation of the model")[at]
    size = (
        "Carteira até {known_until}: {snapshots} observações, {covered} na segunda conta, {scored} pontuadas.",
        "Ledger until {known_until}: {snapshots} snapshots, {covered} in the second reckoning, {scored} scored.",
    )[at]
    later = (
        ("AUC em observações usadas no treino.", "AUC on snapshots used in training."),
        ("AUC em observações posteriores ao treino.", "AUC on snapshots after the training."),
    )[bool(facts["later"])][at]
    return f"{title} {facts['model']}: {told}.\n{size.format(**facts)} {later}"


def _rows(table: pd.DataFrame) -> list[Any]:
    """The rows of a table, their values by the names of its columns."""
    return list(table.itertuples(index=False))


def _cells(row: Any, at: int) -> tuple[str, str, str, str, str]:
    name, _, table = row.test.partition(":")
    words, share = TESTS[name][at] + (f" {table}" if table else ""), name.endswith(_SHARES)
    value, limit, rows = (_number(row.value, share, at), _number(row.limit, share, at), _number(row.rows, False, at))
    return VERDICTS[row.verdict][at], words, value, limit, rows


def _line(row: Any, at: int) -> str:
    verdict, words, value, limit, rows = _cells(row, at)
    told = f"{value} ({('limite', 'limit')[at]} {limit})"
    if row.verdict == "inconclusive":
        told = REASONS[row.reason][at]
    return f"  {verdict:<12} {words}: {told}, {rows} {('linhas', 'rows')[at]}"


def _left_out(table: pd.DataFrame, at: int) -> str:
    if table.empty:
        return ""
    head = (
        "Fora da segunda conta, por fatos que o SQL não cobre (um cliente pode ter vários):",
        "Left out of the second reckoning, for facts that the SQL does not cover (a client may have several):",
    )[at]
    words = ("clientes", "clients")[at]
    lines = [f"  {LEFT_OUT[r.reason][at]}: {r.clients} {words}" for r in _rows(table)]
    return "\n".join([head, *lines])


def _sources(table: pd.DataFrame, at: int) -> str:
    if table.empty or "auc_loss" not in table.columns:
        return ""
    head = ("Sem cada fonte:", "Without each source:")[at]
    lines = []
    for row in _rows(table):
        if pd.isna(row.score_change):
            lines.append(f"  {row.source}: {REASONS['cannot_score'][at]}")
            continue
        change = ("a pontuação muda em média {} pontos", "the score moves by {} points on average")[at]
        heights = f"AUC {_number(row.auc_with, False, at)} -> {_number(row.auc_without, False, at)}"
        lines.append(f"  {row.source}: {heights}; {change.format(_number(row.score_change, False, at))}")
    return "\n".join([head, *lines])


def _interval(facts: Mapping[str, Any], at: int) -> str:
    shares = [_number(facts[name], True, at) for name in ("segment_changes", "rating_changes")]
    told = (
        "Dentro do intervalo da probabilidade, {} mudam de segmento e {} de faixa.",
        "Within the interval of the probability, {} change segment and {} rating.",
    )[at]
    return told.format(*shares)


def _jitter(table: pd.DataFrame, at: int) -> str:
    moved = table[table["rating_flips"] > 0].head(_MOST_MOVED) if len(table) else table
    if moved.empty:
        return ""
    head = ("Por um centavo ou um dia, mais mudam a faixa:", "By a cent or a day, these move most ratings:")[at]
    told = ", ".join(f"{r.feature} {_number(r.rating_flips, True, at)}" for r in _rows(moved))
    return f"{head} {told}."


def _number(value: float, share: bool, at: int) -> str:
    """As the language writes it; a dash where there is none."""
    if pd.isna(value):
        return "–"
    text = f"{value:.1%}" if share else f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"
    return text.translate(str.maketrans(",.", ".,")) if at == 0 else text
