"""Do features change when what was not yet known is taken away? featuretools and this library on one drawn ledger.

    python benchmarks/comparison/future.py --python PYTHON          # of an environment with featuretools and pyarrow

A ledger with late bookings, reversals, postponed due dates and cancellations is drawn. Features of the same snapshots
are built twice: from the ledger as it stands at its end, with the day of each snapshot as cut-off; and, day by day,
from what is left of it when every fact that became known later is taken out by plain filters. Where the two differ, a
feature saw the future. featuretools is used in four ways, see `peer_features.py`; also timed, on more snapshots.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import inadimplencia_ml as iml

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "features"))

from big_book import Book, draw_book  # noqa: E402

VARIANTS = ("flat", "events", "booked", "last")


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def known(book: Book, day: pd.Timestamp) -> Book:
    """What the books held at the end of a day, by plain filters: later rows go, later facts of a row are emptied."""
    invoices, payments = book.invoices.copy(), book.payments.copy()
    since = invoices[["issue_date", "known_on"]].max(axis=1)
    invoices = invoices[since <= day].copy()
    later = invoices[["cancelled_date", "cancelled_known_on"]].max(axis=1) > day
    invoices.loc[later, ["cancelled_date", "cancelled_known_on"]] = pd.NaT
    invoices.loc[later, "cancel_reason"] = None
    payments = payments[payments[["payment_date", "known_on"]].max(axis=1) <= day].copy()
    payments.loc[payments["reversed_on"] > day, "reversed_on"] = pd.NaT
    return Book(invoices, payments, book.clients)


def write_tables(book: Book, snapshots: pd.DataFrame, folder: Path) -> None:
    """The tables as the three ways want them."""
    invoices, payments = book.invoices, book.payments
    versions = invoices.sort_values("known_on", na_position="first", kind="stable")
    first, last = versions.drop_duplicates("invoice_id"), versions.drop_duplicates("invoice_id", keep="last")
    plain = ["client_id", "invoice_id", "issue_date", "due_date", "amount"]
    paid = payments[payments["reversed_on"].isna()].groupby("invoice_id")["payment_date"].max().rename("paid_date")
    today = last[plain].merge(paid, how="left", on="invoice_id")
    today["days_late"] = (today["paid_date"] - today["due_date"]).dt.days.astype(float)
    due = last.set_index("invoice_id")["due_date"]
    made = payments[payments["reversed_on"].isna()][["invoice_id", "payment_date", "amount"]].copy()
    made["days_late"] = (made["payment_date"] - made["invoice_id"].map(due)).dt.days.astype(float)
    made = made[made["invoice_id"].isin(first["invoice_id"])]
    tables = {
        "clients": book.clients[["client_id"]],
        "invoices_today": today,
        "invoices": first[plain],
        "payments": made,
        "events": _events(payments, first),
        "history": _history(invoices),
        "snapshots": snapshots,
    }
    for name, table in tables.items():
        table.reset_index(drop=True).to_parquet(folder / f"{name}.parquet")


def _events(payments: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """A payment from the day it was booked, its reversal as another row; late against the first due date."""
    due = first.set_index("invoice_id")["due_date"]
    rows = payments[["invoice_id", "payment_date", "amount"]].copy()
    rows["known_on"] = payments[["payment_date", "known_on"]].max(axis=1)
    rows["days_late"] = (rows["payment_date"] - rows["invoice_id"].map(due)).dt.days.astype(float)
    back = rows[payments["reversed_on"].notna()].copy()
    back["known_on"] = np.maximum(back["known_on"], payments.loc[back.index, "reversed_on"])
    back["amount"] = -back["amount"]
    both = pd.concat([rows, back]).drop(columns="payment_date")
    return both[both["invoice_id"].isin(first["invoice_id"])]


def _history(invoices: pd.DataFrame) -> pd.DataFrame:
    """What became of an invoice, each from the day it was known."""
    issued = invoices[["issue_date", "known_on"]].max(axis=1)
    term = (invoices["due_date"] - invoices["issue_date"]).dt.days.astype(float)
    dates = pd.DataFrame({"invoice_id": invoices["invoice_id"], "known_on": issued, "term": term, "cancelled": 0.0})
    ended = invoices["cancelled_date"].notna()
    since = invoices.loc[ended, ["cancelled_date", "cancelled_known_on"]].max(axis=1)
    gone = pd.DataFrame({"invoice_id": invoices.loc[ended, "invoice_id"], "known_on": since, "cancelled": 1.0})
    return pd.concat([dates, gone])


def theirs(python: str, variant: str, book: Book, snapshots: pd.DataFrame, folder: Path) -> tuple[pd.DataFrame, Any]:
    """featuretools' features, and what it said of time and versions.

    Raises
    ------
    SystemExit
        It failed; with its last words.
    """
    write_tables(book, snapshots, folder)
    out = folder / f"{variant}.parquet"
    command = [python, str(HERE / "peer_features.py"), variant, str(folder), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{variant}: {done.stderr.strip().splitlines()[-1]}")
    return pd.read_parquet(out), json.loads(done.stdout.strip().splitlines()[-1])


def ours(book: Book, snapshots: pd.DataFrame) -> tuple[pd.DataFrame, float, float]:
    """Our features, wall and processor seconds; the door of the ledger with them."""
    begin, used = time.perf_counter(), time.process_time()
    ledger = iml.Ledger(invoices=book.invoices, payments=book.payments, clients=book.clients)
    made = iml.build_features(ledger, snapshots, n_jobs=1).select_dtypes("number")
    return made, time.perf_counter() - begin, time.process_time() - used


def differing(whole: pd.DataFrame, cut: pd.DataFrame) -> tuple[float, int, int]:
    """Share of the snapshots that differ somewhere, number of features that differ, of how many."""
    columns = [c for c in whole if c in cut]
    a, b = (frame[columns].to_numpy(float) for frame in (whole, cut))
    other = ~((a == b) | (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= 1e-9 * np.abs(a)))  # sums in another order
    return float(other.any(axis=1).mean()), int(other.any(axis=0).sum()), len(columns)


def by_day(build: Any, book: Book, snapshots: pd.DataFrame) -> pd.DataFrame:
    """Features of each day from what was known on it, put together in the order of the snapshots."""
    parts = []
    for day, rows in snapshots.groupby("as_of"):
        made = build(known(book, day), rows.reset_index(drop=True))
        parts.append(made.set_axis(rows.index, axis=0))
    return pd.concat(parts).sort_index()


def snapshots_of(book: Book, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Each client that had an invoice by then, on each day."""
    began = book.invoices.assign(since=book.invoices[["issue_date", "known_on"]].max(axis=1))
    began = began.groupby("client_id")["since"].min()
    rows = [pd.DataFrame({"client_id": began.index[began <= day], "as_of": day}) for day in days]
    return pd.concat(rows, ignore_index=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="of the environment that has featuretools")
    parser.add_argument("--invoices", type=int, default=5_000)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--months", type=int, default=12, help="month ends that are timed")
    parser.add_argument("--variants", nargs="*", default=VARIANTS)
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks/comparison"))
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    book = draw_book(given.invoices, given.clients, random_state=0)
    days = pd.date_range(end="2024-10-31", periods=given.months, freq="ME").as_unit("s")
    timed, few = snapshots_of(book, days), snapshots_of(book, days[::4])
    say(f"{given.invoices:,} invoices, {len(timed):,} snapshots timed, {len(few):,} looked at\n")
    say("| | features | snapshots that saw the future | features that did | wall, s | cpu, s | ms a snapshot |")
    say("|---|---|---|---|---|---|---|")
    ours(book, few)  # compiled once
    made, wall, used = ours(book, timed)
    share, many, of = differing(ours(book, few)[0], by_day(lambda b, s: ours(b, s)[0], book, few))
    each = 1000 * wall / len(timed)
    say(
        f"| this library {iml.__version__} | {made.shape[1]} | {share:.1%} | {many} of {of} "
        f"| {wall:.2f} | {used:.2f} | {each:.2f} |"
    )
    for variant in given.variants:
        made, told = theirs(given.python, variant, book, timed, given.work)
        few_made, _ = theirs(given.python, variant, book, few, given.work)
        cut = by_day(lambda b, s, v=variant: theirs(given.python, v, b, s, given.work)[0], book, few)
        share, many, of = differing(few_made, cut)
        each = 1000 * told["wall"] / len(timed)
        name = f"featuretools {told['versions']['featuretools']}, {variant}"
        say(
            f"| {name} | {made.shape[1]} | {share:.1%} | {many} of {of} "
            f"| {told['wall']:.1f} | {told['cpu']:.1f} | {each:.1f} |"
        )


if __name__ == "__main__":
    main()
