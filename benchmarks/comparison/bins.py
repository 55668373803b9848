"""Bins of this library and of others on one drawn table, all judged by the same plain counts.

    python benchmarks/comparison/bins.py --peer optbinning=PYTHON --peer toad=PYTHON --peer scorecardpy=PYTHON

PYTHON is the interpreter of an environment that has the library (and pyarrow); a name without one is run by this one.
All are asked for at most so many bins a column and at least so large a share of the rows in each; a number that means
"not told" is said to be one, where a library can be told. Ours is run twice: as it is (`ours`), and without its price
for a further bin and its smoothing (`ours, plain`), which is the problem that an exact solver without them solves.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from drawn_table import FALLING, NOISE, NOT_TOLD, RISING, WORDS, Drawn, draw

import inadimplencia_ml
from inadimplencia_ml.risk.binning.optimal import optimal_bins
from inadimplencia_ml.risk.binning.partition import BinLimits
from inadimplencia_ml.risk.binning.prebins import Prebins, count_cells, encode, fine_bins
from inadimplencia_ml.risk.binning.woe import Level

HERE = Path(__file__).parent
Codes = npt.NDArray[np.int64]


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def our_bins(train: Drawn, test: Drawn, most: int, share: float, *, plain: bool) -> tuple[pd.DataFrame, float]:
    """The bin of each row, train first, and the processor seconds of the fit."""
    begin = time.process_time()
    n = len(train.y)
    limits = BinLimits(most, share * n, 0, 0, 0, 0, 0) if plain else BinLimits(most, share * n, 0, 0, 8, 1.0, 8.0, 20.0)
    level = Level(float((train.y == 0).sum()), float(train.y.sum()), 0.0 if plain else 1.0)
    names = {c: tuple(sorted(train.x[c].unique())) for c in WORDS}
    columns = [
        Prebins(categories=names[c])
        if c in WORDS
        else fine_bins(train.x[c].to_numpy(), [NOT_TOLD] if c == "tenure" else [])
        for c in train.x
    ]
    codes = encode(_numbers(train.x, names), columns)
    size = max(c.size for c in columns)
    counts = count_cells(codes, train.y.astype(float), np.ones(n), np.arange(n), size)
    found = [optimal_bins(cells, *(v[j] for v in counts), level, limits, "auto")[0] for j, cells in enumerate(columns)]
    used = time.process_time() - begin
    both = _numbers(pd.concat([train.x, test.x], ignore_index=True), names)
    placed = {c: found[j].place(both[:, j], names.get(c, ())) for j, c in enumerate(train.x)}
    return pd.DataFrame(placed), used


def _numbers(x: pd.DataFrame, names: dict[str, tuple[str, ...]]) -> npt.NDArray[np.float64]:
    """Words as places in their list; one never seen stands behind the last."""
    coded = {
        c: pd.Categorical(x[c], names[c]).codes.astype(float) % (len(names[c]) + 1) if c in names else x[c] for c in x
    }
    return np.column_stack(list(coded.values())).astype(np.float64)


def of_a_peer(library: str, python: str, folder: Path, most: int, share: float) -> tuple[pd.DataFrame, float, str]:
    """The same of another library, and its version.

    Raises
    ------
    SystemExit
        It failed; with its last words.
    """
    command = [python, str(HERE / "peer_bins.py"), library, str(folder), str(most), str(share)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{library}: {done.stderr.strip().splitlines()[-1]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    version = f"{told['versions'][library]} (pandas {told['versions']['pandas']})"
    return pd.read_parquet(folder / f"{library}.parquet"), told["cpu"], version


def information(code: Codes, y: npt.NDArray[np.int64]) -> float:
    """The information value of bins, with half a case in an empty class."""
    bads, rows = np.bincount(code, y), np.bincount(code).astype(float)
    goods, bads = (np.where((v == 0) & (rows > 0), 0.5, v)[rows > 0] for v in (rows - bads, bads))
    g, b = goods / goods.sum(), bads / bads.sum()
    return float(((g - b) * np.log(g / b)).sum())


def gain(code: Codes, train: Drawn, test: Drawn) -> float:
    """By how much the bins' bad rates better the log loss of new rows against the overall rate, in thousandths."""
    n, base = len(train.y), train.y.mean()
    bads, rows = (np.bincount(code[:n], w, minlength=code.max() + 1) for w in (train.y, None))
    rate = ((bads + base) / (rows + 1.0))[code[n:]]

    def loss(p: npt.NDArray[np.float64]) -> float:
        return float(-(test.truth * np.log(p) + (1 - test.truth) * np.log(1 - p)).mean())

    return 1000 * (loss(np.full(len(test.y), base)) - loss(rate))


def out_of_order(code: Codes, values: npt.NDArray[np.float64], y: npt.NDArray[np.int64], sign: int) -> bool:
    """Whether some bin of a column whose risk only rises (or falls) is the other way round."""
    told = ~np.isnan(values) & (values != NOT_TOLD)
    bins = pd.DataFrame({"code": code[told], "value": values[told], "bad": y[told]}).groupby("code").mean()
    return bool((np.diff(bins.sort_values("value")["bad"]) * sign < 0).any())


def row_of(name: str, codes: pd.DataFrame, train: Drawn, test: Drawn, used: float) -> str:
    """What is to be told of one library's bins, as a row of the table."""
    n = len(train.y)
    coded = {c: codes[c].to_numpy() - codes[c].min() for c in codes}
    telling = [c for c in codes if c not in NOISE]
    value = np.mean([information(coded[c][:n], train.y) for c in telling])
    new = np.mean([gain(coded[c], train, test) for c in telling])
    noise = np.mean([gain(coded[c], train, test) for c in NOISE])
    many = np.mean([len(np.unique(coded[c][:n])) for c in NOISE])
    ordered = {**dict.fromkeys(RISING, 1), **dict.fromkeys(FALLING, -1)}
    turned = sum(out_of_order(coded[c][:n], train.x[c].to_numpy(), train.y, s) for c, s in ordered.items())
    missing = np.isnan(train.x["mean_delay"].to_numpy())
    apart = not set(coded["mean_delay"][:n][missing]) & set(coded["mean_delay"][:n][~missing])
    cells = [value, new, noise, many, turned, "yes" if apart else "no", used]
    return f"| {name} | " + " | ".join(f"{v:.4g}" if isinstance(v, float) else str(v) for v in cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", action="append", default=[], help="LIBRARY or LIBRARY=PYTHON")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 30_000])
    parser.add_argument("--max-bins", type=int, default=6)
    parser.add_argument("--min-share", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks/comparison"))
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    test = draw(50_000, random_state=given.seed + 1000)
    test.x.assign(bad=test.y).to_parquet(given.work / "test.parquet")
    for rows in given.rows:
        train = draw(rows, random_state=given.seed)
        train.x.assign(bad=train.y).to_parquet(given.work / "train.parquet")
        say(f"\n{rows:,} rows, {train.y.sum()} bad; at most {given.max_bins} bins of {given.min_share:.0%} at least\n")
        say("| | information | new rows | noise, new rows | bins of noise | turned | missing apart | fit, cpu s |")
        say("|---|---|---|---|---|---|---|---|")
        for name, plain in (("ours", False), ("ours, plain", True)):
            our_bins(train, test, given.max_bins, given.min_share, plain=plain)  # compiled once
            codes, used = our_bins(train, test, given.max_bins, given.min_share, plain=plain)
            say(row_of(f"{name} {inadimplencia_ml.__version__}", codes, train, test, used))
        for peer in given.peer:
            library, _, python = peer.partition("=")
            codes, used, version = of_a_peer(
                library, python or sys.executable, given.work, given.max_bins, given.min_share
            )
            say(row_of(f"{library} {version}", codes, train, test, used))


if __name__ == "__main__":
    main()
