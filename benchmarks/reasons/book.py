"""How long scores with four reasons take for a large book, from a feature frame in memory to Parquet.

    python benchmarks/reasons/book.py [--rows 1000000] [--clients 2500] [--model FOLDER] [--texts]

A synthetic book is drawn and a model trained on it with the default settings; with FOLDER it is kept there, or taken
from there. Features at month ends are drawn with repetition up to ``--rows``, amounts moved by some percent, so that
hardly two clients have the same numbers. Twenty thousand rows go first, uncounted.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import inadimplencia_ml as iml
from inadimplencia_ml.catalog import BY_NAME
from inadimplencia_ml.ledger.snapshots import read_snapshots
from inadimplencia_ml.ledger.states import states
from inadimplencia_ml.risk.reasons import REASON_COLUMNS, with_texts


def main() -> None:
    """Prints one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=2_500)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--texts", action="store_true", help="sentences too")
    given = parser.parse_args()
    book = iml.generate_book(given.clients, random_state=0)
    ledger = iml.Ledger(**book.tables)
    model = iml.load_model(given.model) if given.model and given.model.exists() else iml.train(ledger)
    if given.model and not given.model.exists():
        model.save(given.model)
    features = _many(model, ledger, given.rows)
    scorer = model.scorers["event"]
    _tell(f"{len(features):,} rows of {features.shape[1]} columns; the model is a {type(scorer.classifier).__name__}")
    _tell(f"it reads {len(scorer.columns)} columns; share of trees left to LightGBM: {_fallback(scorer.classifier)}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.parquet"
        _once(model, features.iloc[:20_000], path, texts=given.texts)  # compiled and read here, if it never was
        seconds = [_once(model, features, path, texts=given.texts) for _ in range(given.runs)]
    words = "scores with four reasons and their sentences" if given.texts else "scores with four reasons"
    each = " / ".join(f"{s:.1f}" for s in (min(seconds), statistics.median(seconds), max(seconds)))
    _tell(f"{words}, frame to Parquet: {each} s (min / median / max)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    _tell(f"peak memory of all: {peak:.2f} GB")


def _many(model: iml.Model, ledger: iml.Ledger, rows: int) -> pd.DataFrame:
    """Features of clients who can reach the event, as many as asked for."""
    days = pd.date_range(end=pd.Timestamp(ledger.known_until), periods=12, freq="ME").strftime("%Y-%m-%d").tolist()
    snapshots = iml.make_snapshots(ledger, days)
    features = model.wanted.build(ledger, snapshots)
    state = states(ledger, read_snapshots(snapshots, ledger), model.target)
    rng = np.random.default_rng(0)
    taken = features[state == "scoreable"].iloc[rng.integers(0, int((state == "scoreable").sum()), rows)]
    taken = taken.reset_index(drop=True)
    for name in taken.columns:
        if name in BY_NAME and BY_NAME[name].unit == "amount":
            taken[name] = (taken[name] * rng.uniform(0.97, 1.03, rows)).round(2)
    return taken


def _once(model: iml.Model, features: pd.DataFrame, path: Path, *, texts: bool) -> float:
    begun = time.perf_counter()
    probability, low, high, codes = model.scorers["event"].score(features)
    rows = pd.DataFrame({"client_id": np.arange(len(features)), "as_of": pd.Timestamp("2025-06-30")})
    rows = rows.assign(
        model_version=model.version, target=model.target.name, probability=probability, state="scoreable"
    )
    rows = rows.assign(
        probability_low=low, probability_high=high, profile=None, **dict(zip(REASON_COLUMNS, codes.T, strict=True))
    )
    rows = model.rated(rows)
    rows = with_texts(rows, features) if texts else rows
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), path)
    return time.perf_counter() - begun


def _fallback(classifier: object) -> str:
    return f"{getattr(classifier, 'fallback_share_', 0.0):.0%}"


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
