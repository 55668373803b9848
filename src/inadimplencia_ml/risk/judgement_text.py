"""A judgement in words: one page for a manager, in Portuguese or English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from inadimplencia_ml.risk.judging.page_tables import approvals, champion, labels, leaks, money, parts, swap_set
from inadimplencia_ml.risk.judging.saying import Say, grid
from inadimplencia_ml.risk.judging.words import NOTES

__all__ = ["NOTES", "render"]

_METRICS = ("auc", "average_precision", "ks", "brier", "log_loss")
_HEADS = ("AUC", "AP", "KS", "Brier", "log loss")
_FIGURES = (
    ("calibration_slope", 2),
    ("calibration_level", 2),
    ("calibration_error", 4),
    ("calibration_error_level_removed", 4),
)
_LATER = (parts, money, swap_set, approvals, champion, leaks, labels)


def render(facts: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], notes: Sequence[str], lang: str) -> str:
    """The page of a ``Judgement`` (whose fields these are); a table without rows is left out.

    Raises
    ------
    CallError
        The language is neither ``pt`` nor ``en``.
    """
    say = Say(lang)
    blocks = [_head(facts, say), _versus(tables["metrics"], say), _calibration(tables["calibration"], say)]
    if len(tables["ratings"]):
        blocks.append(_ratings(tables, say))
    blocks.append(_months(tables["months"], say))
    blocks += [block for block in (section(tables, say) for section in _LATER) if block]
    if notes:
        said = [say.choose(NOTES[n]) if n in NOTES else n for n in notes]
        blocks.append("\n".join([say["notes"], *(f"  - {s}" for s in said)]))
    return "\n\n".join(blocks) + "\n"


def _head(facts: Mapping[str, Any], say: Say) -> str:
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


def _versus(table: pd.DataFrame, say: Say) -> str:
    rows = []
    for name in table["model"].unique():
        part = table[table["model"] == name].set_index("metric").loc[list(_METRICS)]
        shown = [say.span(row) if name == "model" else say.number(row.value) for row in part.itertuples()]
        rows.append([say[str(name)], *shown])
    return "\n".join([say["versus"], *grid(["", *_HEADS], rows)])


def _calibration(table: pd.DataFrame, say: Say) -> str:
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
    lines = [say["calibration"], *grid(["", say["cases"], say["predicted"], say["observed"]], rows)]
    whole = table[table["part"] == "all"].set_index("metric")
    for metric, digits in _FIGURES:
        if metric in whole.index:  # an older version did not tell all of them
            lines.append(f"  {say[metric]}: {say.span(next(whole.loc[[metric]].itertuples()), digits)}")
    slope = whole.loc["calibration_slope"]
    if slope["low"] > 1:
        lines.append(say["too_flat"])
    if slope["high"] < 1:
        lines.append(say["too_steep"])
    return "\n".join(lines)


def _ratings(tables: Mapping[str, pd.DataFrame], say: Say) -> str:
    table, tested = tables["ratings"], tables["jeffreys"]
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
    head = ["", say["cases"], say["bad"], say["predicted"], say["observed"]]
    if len(tested):
        found = tested[tested["dimension"] == "rating"].set_index("part")["verdict"]
        head.append(say["test"])
        rows = [[*row, say[str(found.get(row[0], ""))]] for row in rows]
    lines = grid(head, rows)
    for i, turned in enumerate(table["beyond_chance"], start=1):
        if turned:
            lines[i] += say["inversion"]
    if len(tested):
        whole = tested.loc[tested["dimension"] == "all", "verdict"].iloc[0]
        lines.append("  " + say["jeffreys"].format(verdict=say[str(whole)]))
    return "\n".join([say["ratings"], *lines, *_inversions(tables, say)])


def _inversions(tables: Mapping[str, pd.DataFrame], say: Say) -> list[str]:
    """Inversions by month and kind that are beyond chance, and the number of those that are not."""
    apart = tables["ratings_by_part"]
    small = int((tables["ratings"]["inversion"] & ~tables["ratings"]["beyond_chance"]).sum())
    lines = []
    if len(apart):
        small += int((apart["inversion"] & ~apart["beyond_chance"]).sum())
        beyond = apart[apart["beyond_chance"]]
        lines = [say["inverted_in"].format(part=r.part, rating=r.rating) for r in beyond.itertuples()]
    if small:
        lines.append(say["within_chance_one"] if small == 1 else say["within_chance"].format(count=small))
    return lines


def _months(table: pd.DataFrame, say: Say) -> str:
    rows = [
        [str(r.month), say.number(r.rows, 0), say.share(r.mean_probability), say.share(r.bad_rate), say.number(r.auc)]
        for r in table.itertuples()
    ]
    return "\n".join([say["months"], *grid(["", say["cases"], say["predicted"], say["observed"], "AUC"], rows)])
