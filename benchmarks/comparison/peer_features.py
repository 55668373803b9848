"""featuretools over the tables of a ledger, in the environment it lives in. `future.py` calls it.

    python peer_features.py VARIANT FOLDER OUT.parquet

reads the Parquet files that `future.py` writes into FOLDER and one row a snapshot (client_id, as_of), and writes the
features of the snapshots. Prints one line of JSON with the seconds. The variants are what three people would do:

flat      the export as it is today: invoices with the day they were paid, known from the day of issue
events    payments in a table of their own, known from the day they were made
booked    also what featuretools is able to be told: everything known from the day it was booked, a reversal as a row
          of its own, the due dates and cancellations of an invoice as a history
last      the same with `add_last_time_indexes`, by which an invoice is within a window if anything of it is
"""

from __future__ import annotations

import importlib.metadata as metadata
import json
import sys
import time
import warnings
from pathlib import Path

import featuretools as ft
import pandas as pd

WINDOWS = (None, "90 days", "180 days", "365 days")
AGGREGATES = ["count", "sum", "mean", "max", "time_since_last"]


def entities(variant: str, folder: Path) -> ft.EntitySet:
    """The tables and how they hang together."""
    names = ("clients", "invoices", "payments", "invoices_today", "events", "history")
    table = {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}
    es = ft.EntitySet("ledger")
    es.add_dataframe(dataframe_name="clients", dataframe=table["clients"], index="client_id")
    if variant == "flat":
        es.add_dataframe(
            dataframe_name="invoices", dataframe=table["invoices_today"], index="invoice_id", time_index="issue_date"
        )
        es.add_relationship("clients", "client_id", "invoices", "client_id")
        return es
    es.add_dataframe(
        dataframe_name="invoices", dataframe=table["invoices"], index="invoice_id", time_index="issue_date"
    )
    es.add_relationship("clients", "client_id", "invoices", "client_id")
    children = {"payments": "payment_date"} if variant == "events" else {"events": "known_on", "history": "known_on"}
    for name, day in children.items():
        es.add_dataframe(
            dataframe_name=name, dataframe=table[name], index=f"{name}_row", make_index=True, time_index=day
        )
        es.add_relationship("invoices", "invoice_id", name, "invoice_id")
    if variant == "last":
        es.add_last_time_indexes()
    return es


def features(es: ft.EntitySet, snapshots: pd.DataFrame) -> pd.DataFrame:
    """All windows side by side, one row a snapshot, in the order given."""
    cut = snapshots.rename(columns={"as_of": "time"})[["client_id", "time"]]
    cut["row"] = range(len(cut))
    parts = []
    for window in WINDOWS:
        made, _ = ft.dfs(
            entityset=es,
            target_dataframe_name="clients",
            cutoff_time=cut,
            agg_primitives=AGGREGATES,
            trans_primitives=[],
            max_depth=2,
            training_window=window,
            include_cutoff_time=True,  # what was known at the end of the day
            cutoff_time_in_index=False,
            n_jobs=1,
        )
        made = made.set_index("row").sort_index().select_dtypes("number")
        parts.append(made.add_suffix(f" {window or 'all'}").astype(float))
    return pd.concat(parts, axis=1)


def main() -> None:
    variant, folder, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    warnings.simplefilter("ignore")
    snapshots = pd.read_parquet(folder / "snapshots.parquet")
    begin, used = time.perf_counter(), time.process_time()
    made = features(entities(variant, folder), snapshots)
    wall, used = time.perf_counter() - begin, time.process_time() - used
    made.to_parquet(out)
    versions = {name: metadata.version(name) for name in ("featuretools", "pandas", "numpy")}
    sys.stdout.write(json.dumps({"wall": wall, "cpu": used, "versions": versions}) + "\n")


if __name__ == "__main__":
    main()
