"""A judgement in words: one page for a manager, in Portuguese or English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.errors import CallError

__all__ = ["NOTES", "render"]

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Julgamento fora do tempo", "Judgement out of time"),
    "period": ("Período: {judged_from} a {judged_to}", "Period: {judged_from} to {judged_to}"),
    "size": (
        "{rows} casos{of_clients}, {bads} maus: {bad_rate}. Probabilidade média prevista: {mean_probability}.",
        "{rows} cases{of_clients}, {bads} bad: {bad_rate}. Mean predicted probability: {mean_probability}.",
    ),
    "of_clients": (" de {clients} clientes", " of {clients} clients"),
    "lift": (
        "Entre os 10 % de maior risco há {lift} vezes mais maus que no total.",
        "Among the riskiest 10% there are {lift} times more bad cases than overall.",
    ),
    "versus": (
        "Modelo e referências (intervalo de 95 % por reamostragem de clientes)",
        "Model and baselines (95% interval, clients resampled)",
    ),
    "calibration": ("Calibração", "Calibration"),
    "calibration_slope": ("inclinação (1 é o certo)", "slope (1 is right)"),
    "calibration_level": ("nível em log-chances (0 é o certo)", "level in log-odds (0 is right)"),
    "calibration_error": ("erro médio em 15 faixas", "mean error over 15 bins"),
    "ratings": ("Classes de risco", "Ratings"),
    "months": ("Por mês", "By month"),
    "inversion": (
        "  <- inversão: menos maus que a classe anterior",
        "  <- inversion: fewer bad than the rating before",
    ),
    "notes": ("Observações", "Notes"),
    "part_all": ("todos", "all"),
    "part_low": ("baixo", "low"),
    "part_medium": ("médio", "medium"),
    "part_high": ("alto", "high"),
    "model": ("modelo", "model"),
    "prevalence": ("taxa média", "prevalence"),
    "dpd_max": ("maior atraso atual", "worst delay now"),
    "days_late_last": ("último atraso", "last delay"),
    "logistic": ("logística", "logistic"),
    "predicted": ("previsto", "predicted"),
    "observed": ("observado", "observed"),
    "cases": ("casos", "cases"),
    "bad": ("maus", "bad"),
}

#: What the codes in a judgement's notes say.
NOTES: dict[str, tuple[str, str]] = {
    "centiles": (
        "Um dos segmentos ficaria com menos de 5 % dos clientes: os cortes passaram aos centis 50 e 85.",
        "One segment would have held under 5% of the clients: the edges went to the 50th and 85th centile.",
    ),
    "one_segment": (
        "Há menos de três classes de risco: todos os clientes ficam no segmento médio.",
        "There are fewer than three ratings: all clients are in the medium segment.",
    ),
    "folds_not_by_date": (
        "As datas são poucas para separar treino e calibração no tempo: a separação foi por clientes, ao acaso.",
        "Too few dates to part fitting and calibration in time: clients were parted at random.",
    ),
    "not_calibrated": (
        "Os casos são poucos para calibrar: as probabilidades são as do modelo.",
        "Too few cases to calibrate: the probabilities are the model's own.",
    ),
}

_METRICS = ("auc", "average_precision", "ks", "brier", "log_loss")
_HEADS = ("AUC", "AP", "KS", "Brier", "log loss")


def render(
    facts: Mapping[str, Any],
    metrics: pd.DataFrame,
    calibration: pd.DataFrame,
    *,
    ratings: pd.DataFrame,
    months: pd.DataFrame,
    notes: Sequence[str],
    lang: str,
) -> str:
    """The page of a ``Judgement`` (whose fields these are).

    Raises
    ------
    CallError
        The language is neither ``pt`` nor ``en``.
    """
    if lang not in ("pt", "en"):
        raise CallError(f"lang is {lang!r}. Texts exist in 'pt' and 'en'.")
    words = {key: pair[0 if lang == "pt" else 1] for key, pair in _WORDS.items()}
    say = _Say(words, lang)
    blocks = [_head(facts, say), _versus(metrics, say), _calibration(calibration, say)]
    if len(ratings):
        blocks.append(_ratings(ratings, say))
    blocks.append(_months(months, say))
    if notes:
        said = [NOTES[n][0 if lang == "pt" else 1] if n in NOTES else n for n in notes]
        blocks.append("\n".join([words["notes"], *(f"  - {s}" for s in said)]))
    return "\n\n".join(blocks) + "\n"


class _Say:
    """Words and numbers of one language."""

    def __init__(self, words: dict[str, str], lang: str) -> None:
        self.words = words
        self.lang = lang

    def __getitem__(self, key: str) -> str:
        return self.words.get(key, key)

    def number(self, value: Any, digits: int = 3) -> str:
        """1.234,5 in Portuguese, 1,234.5 in English; a dash for a figure that could not be had."""
        if value is None or not np.isfinite(value):
            return "–"
        text = f"{value:,.{digits}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.lang == "pt" else text

    def share(self, value: Any) -> str:
        """A share as a percentage."""
        text = self.number(None if value is None else 100 * value, 2)
        return text if text == "–" else f"{text} %" if self.lang == "pt" else f"{text}%"

    def span(self, row: Any, digits: int = 3) -> str:
        """A figure with its interval."""
        if not np.isfinite(row.low):
            return self.number(row.value, digits)
        return f"{self.number(row.value, digits)} [{self.number(row.low, digits)}; {self.number(row.high, digits)}]"


def _head(facts: Mapping[str, Any], say: _Say) -> str:
    clients = facts["clients"]
    of_clients = "" if clients is None else say["of_clients"].format(clients=say.number(clients, 0))
    size = say["size"].format(
        rows=say.number(facts["rows"], 0),
        of_clients=of_clients,
        bads=say.number(facts["bads"], 0),
        bad_rate=say.share(facts["bad_rate"]),
        mean_probability=say.share(facts["mean_probability"]),
    )
    lift = say["lift"].format(lift=say.number(facts["lift_10"], 1))
    return "\n".join([say["title"], say["period"].format(**facts), size, lift])


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns of equal width, the first to the left."""
    lines = [list(head), *(list(r) for r in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return [
        "  "
        + "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    ]


def _versus(table: pd.DataFrame, say: _Say) -> str:
    rows = []
    for name in table["model"].unique():
        part = table[table["model"] == name].set_index("metric").loc[list(_METRICS)]
        shown = [say.span(row) if name == "model" else say.number(row.value) for row in part.itertuples()]
        rows.append([say[str(name)], *shown])
    return "\n".join([say["versus"], *_grid(["", *_HEADS], rows)])


def _calibration(table: pd.DataFrame, say: _Say) -> str:
    rows = []
    for part in table["part"].unique():
        held = table[table["part"] == part].set_index("metric")
        observed = held.loc[["bad_rate"], ["value", "low", "high"]] * 100.0
        rows.append(
            [
                say[f"part_{part}"] if f"part_{part}" in say.words else str(part),
                say.number(held.loc["rows", "value"], 0),
                say.share(held.loc["mean_probability", "value"]),
                say.span(next(observed.itertuples()), 2) + " %",
            ]
        )
    lines = [say["calibration"], *_grid(["", say["cases"], say["predicted"], say["observed"]], rows)]
    whole = table[table["part"] == "all"].set_index("metric")
    for metric, digits in (("calibration_slope", 2), ("calibration_level", 2), ("calibration_error", 4)):
        lines.append(f"  {say[metric]}: {say.span(next(whole.loc[[metric]].itertuples()), digits)}")
    return "\n".join(lines)


def _ratings(table: pd.DataFrame, say: _Say) -> str:
    rows = [
        [
            str(r.rating),
            say.number(r.rows, 0),
            say.number(r.bads, 0),
            say.share(r.mean_probability),
            say.share(r.bad_rate),
        ]
        for r in table.itertuples()
    ]
    lines = _grid(["", say["cases"], say["bad"], say["predicted"], say["observed"]], rows)
    for i, turned in enumerate(table["inversion"], start=1):
        if turned:
            lines[i] += say["inversion"]
    return "\n".join([say["ratings"], *lines])


def _months(table: pd.DataFrame, say: _Say) -> str:
    rows = [
        [str(r.month), say.number(r.rows, 0), say.share(r.mean_probability), say.share(r.bad_rate), say.number(r.auc)]
        for r in table.itertuples()
    ]
    return "\n".join([say["months"], *_grid(["", say["cases"], say["predicted"], say["observed"], "AUC"], rows)])
