"""The tables of what run.py gave, in Markdown: means, and how sure the differences to ours are.

    python benchmarks/models/report.py --data FOLDER [--ours risk] [--sets german,heloc]

A difference is ours less the peer's, on the folds or periods that both have, each a mean over its seeds. In repeated
folds it carries the corrected paired test, in books the 95 % interval over drawn clients. "best" is the peer that ours
leads least. What needs probabilities of rows (calibration, drawn clients) is left empty where only figures are kept.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from compare import DRAWN, client_draws, corrected_test, mean_over, pooled_calibration
from peers import MODELS, OURS
from results import FIGURES, Results
from sets import FOR_CHOICES, SETS, UNSEEN, Task, load

TOLD = ("auc", "log_loss")


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")


def table(head: list[str], rows: list[list[str]]) -> None:
    say("| " + " | ".join(head) + " |")
    say("|" + "---|" * len(head))
    for row in rows:
        say("| " + " | ".join(row) + " |")
    say()


def number_told(number: float, places: int) -> str:
    return "" if np.isnan(number) else f"{number:.{places}f}"


def means(task: Task, results: Results, rows: pd.DataFrame) -> None:
    """A row a model: the mean over seeds of a fold, then over folds; calibration of all folds together."""
    head = ["model", "version", "AUC", "AP", "log loss", "Brier", "calibration error", "by chance", "fit, s", "fits"]
    out = []
    for name in [m for m in MODELS if m in set(rows["model"])]:
        mine = rows[rows["model"] == name]
        found = mine.groupby("fold")[[*FIGURES, "fit_seconds"]].mean().mean()
        whole = len(results.with_probabilities(mine)) == len(mine)
        pooled = pooled_calibration(task, results, mine) if whole else (np.nan, np.nan)
        told = [number_told(number, 4) for number in (*(found[f] for f in FIGURES[:-1]), *pooled)]
        out.append([name, mine["version"].iloc[0], *told, number_told(found["fit_seconds"], 1), str(len(mine))])
    table(head, out)


def by_fold(rows: pd.DataFrame, model: str, figure: str) -> pd.Series:
    return rows[rows["model"] == model].groupby("fold")[figure].mean()


def best(gaps: dict[str, float], figure: str) -> str:
    """The peer that ours leads least."""
    return min(gaps, key=lambda peer: gaps[peer] if figure in ("auc", "ap") else -gaps[peer])


def peers_in(rows: pd.DataFrame) -> list[str]:
    return [m for m in MODELS if m in set(rows["model"]) - set(OURS)]


def over_folds(task: Task, rows: pd.DataFrame, ours: str) -> None:
    """Ours less each peer, with the corrected paired test."""
    found = {}
    for peer in peers_in(rows):
        for figure in TOLD:
            gap = (by_fold(rows, ours, figure) - by_fold(rows, peer, figure)).dropna().to_numpy()
            found[peer, figure] = corrected_test(gap, len(task.x), len(task.splits[0].test))
    first = {f: best({peer: t.difference for (peer, g), t in found.items() if g == f}, f) for f in TOLD}
    out = []
    for peer in peers_in(rows):
        of_peer = [found[peer, f] for f in TOLD]
        told = [f"{t.difference:+.4f} ± {t.half:.4f}, p {t.p:.3f}" for t in of_peer]
        marks = [" (best)" if first[f] == peer else "" for f in TOLD]
        out.append([peer, *(t + m for t, m in zip(told, marks, strict=True)), str(of_peer[0].folds)])
    table([f"{ours} less", "AUC", "log loss", "folds"], out)


def over_clients(task: Task, results: Results, rows: pd.DataFrame, ours: str, n: int) -> None:
    """Ours with its interval, and less each peer on the periods that both have, over drawn clients."""
    draws = client_draws(task, results, rows, n)
    both = {peer: draws[ours].keys() & draws[peer].keys() for peer in peers_in(rows)}
    gaps = {p: mean_over(draws[ours], on) - mean_over(draws[p], on) for p, on in both.items() if on}

    def told(values: np.ndarray, sign: str) -> str:
        low, high = np.quantile(values[1:], (0.025, 0.975))
        return f"{values[0]:{sign}.4f} ({low:{sign}.4f} to {high:{sign}.4f})"

    first = [best({peer: gap[0, k] for peer, gap in gaps.items()}, f) if gaps else "" for k, f in enumerate(DRAWN)]
    mine = mean_over(draws[ours], draws[ours])
    out = [[ours, *(told(mine[:, k], "") for k in range(len(DRAWN))), str(len(draws[ours]))]]
    for peer, gap in gaps.items():
        marks = [" (best)" if peer == f else "" for f in first]
        line = [told(gap[:, k], "+") + mark for k, mark in enumerate(marks)]
        out.append([f"less {peer}", *line, str(len(both[peer]))])
    table(["", "AUC", "AP", "log loss", "Brier", "periods"], out)


def overview(rows: pd.DataFrame, sets: list[str]) -> None:
    """AUC and log loss of every model on every set; how many folds, where a model has fewer than another."""
    most = rows.groupby("set")["fold"].nunique()
    out = []
    for name in [m for m in MODELS if m in set(rows["model"])]:
        line = [name]
        for of in sets:
            mine = rows[(rows["model"] == name) & (rows["set"] == of)]
            found, folds = mine.groupby("fold")[list(TOLD)].mean().mean(), mine["fold"].nunique()
            fewer = f" ({folds} of {most[of]})" if folds < most[of] else ""
            line.append(f"{found['auc']:.4f} / {found['log_loss']:.4f}{fewer}" if folds else "")
        out.append(line)
    table(["AUC / log loss", *sets], out)


def on_average(rows: pd.DataFrame, ours: str) -> None:
    """Ours less each peer, the mean over the sets that both have, and on how many of them ours is ahead."""
    out = []
    for peer in peers_in(rows):
        both = [of_set for _, of_set in rows.groupby("set") if {ours, peer} <= set(of_set["model"])]
        line = [peer]
        for figure in TOLD if both else ():
            gaps = [float((by_fold(r, ours, figure) - by_fold(r, peer, figure)).mean()) for r in both]
            ahead = sum(gap > 0 if figure == "auc" else gap < 0 for gap in gaps)
            line.append(f"{np.mean(gaps):+.4f}, ahead on {ahead} of {len(both)}")
        if both:
            out.append(line)
    if out:
        table([f"{ours} less", "AUC", "log loss"], out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of public data sets")
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks"), help="the folder that run.py wrote into")
    parser.add_argument(
        "--sets",
        default=",".join(s for s in SETS if s not in (*FOR_CHOICES, *UNSEEN)),
        help="by comma; default: those that are judged",
    )
    parser.add_argument("--ours", default="risk", choices=OURS)
    parser.add_argument("--version", help="of ours, how it ends; default: the last one that ran")
    parser.add_argument("--draws", type=int, default=500, help="drawn sets of clients behind an interval")
    given = parser.parse_args()
    results = Results(given.work)
    rows = results.newest(MODELS, given.version)
    sets = [s for s in given.sets.split(",") if s in set(rows["set"])]
    for name in sets:
        of_set, task = rows[rows["set"] == name], load(name, given.data, given.work)
        say(f"### {name}: {len(task.x):,} rows, {task.x.shape[1]} columns, {task.bad.mean():.1%} bad")
        say()
        means(task, results, of_set)
        if given.ours not in set(of_set["model"]):
            continue
        if task.in_time:
            there = results.with_probabilities(of_set)
            if given.ours in set(there["model"]):
                over_clients(task, results, there, given.ours, given.draws)
        else:
            over_folds(task, of_set, given.ours)
    say("### all sets")
    say()
    overview(rows, sets)
    on_average(rows[~rows["set"].isin(FOR_CHOICES)], given.ours)


if __name__ == "__main__":
    main()
