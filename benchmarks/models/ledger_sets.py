"""Sets that come from a ledger: imported, looked at and labelled by the library itself, and kept as Parquet.

A kept table is read back as it is: delete it after a change of the features.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import pandas as pd

import inadimplencia_ml as iml
from inadimplencia_ml.ledger.adapters.panels import ledger_from_statements, statements_from_wide
from inadimplencia_ml.training.samples import model_columns, wanted_of

__all__ = ["Book", "Cut", "datarisk", "datarisk_early", "ibm_ar", "taiwan"]

MAPPINGS = Path(__file__).resolve().parents[2] / "examples" / "mappings"
CLOSINGS = ["2005-09-30", "2005-08-31", "2005-07-31", "2005-06-30", "2005-05-31", "2005-04-30"]
STATUSES = ["PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6"]
KEYS = 4  # columns of a kept table before the labels: client, day of issue, outcome, day it is known


class Cut(NamedTuple):
    """A period to judge on: its first day is the cut, after which nothing is known to the fit."""

    first: dt.date
    last: dt.date


class Book(NamedTuple):
    """Invoices at issue, one entry a row."""

    name: str
    features: pd.DataFrame
    issued: pd.Series
    clients: pd.Series
    bad: pd.Series  # as known at the end; NaN: not decided
    labels: list[pd.Series]  # of each cut, as known then; NaN: not decided
    wait_days: int  # median of the days from issue to the day the label is known
    cuts: list[Cut]


def two_months(first: str) -> Cut:
    start = pd.Timestamp(first)
    return Cut(start.date(), (start + pd.DateOffset(months=2) - pd.DateOffset(days=1)).date())


def datarisk(files: Path, kept: Path) -> Book:
    """Late by five days or more, at issue; six periods of two months, July 2020 to June 2021."""
    cuts = [two_months(first) for first in ("2020-07", "2020-09", "2020-11", "2021-01", "2021-03", "2021-05")]
    return _book("datarisk", files, kept, iml.Target(level="invoice", event="late", dpd=5), cuts)


def datarisk_early(files: Path, kept: Path) -> Book:
    """The year before: what a setting may be chosen on, so that the periods of ``datarisk`` stay unseen."""
    cuts = [two_months(first) for first in ("2019-07", "2019-09", "2019-11", "2020-01", "2020-03", "2020-05")]
    return _book("datarisk", files, kept, iml.Target(level="invoice", event="late", dpd=5), cuts, "datarisk_early")


def ibm_ar(files: Path, kept: Path) -> Book:
    """Late at all, at issue; fitted on what was known at the beginning of 2013, judged on the invoices of 2013."""
    cuts = [Cut(dt.date(2013, 1, 1), dt.date(2013, 12, 31))]
    return _book("ibm_ar", files, kept, iml.Target(level="invoice", event="late", dpd=1), cuts)


def _book(mapping: str, files: Path, kept: Path, target: iml.Target, cuts: list[Cut], name: str = "") -> Book:
    if not kept.exists():
        table = _table(mapping, files, target, cuts)
        kept.parent.mkdir(parents=True, exist_ok=True)
        table.to_parquet(kept)
    table = pd.read_parquet(kept)
    keys, labels = table.iloc[:, :KEYS], table.iloc[:, KEYS : KEYS + len(cuts)]
    wait = (keys["_known_on"] - keys["_issued"]).dt.days.median()
    return Book(
        name or mapping,
        table.iloc[:, KEYS + len(cuts) :],
        keys["_issued"].dt.date,
        keys["_client"],
        keys["_bad"],
        [labels[c] for c in labels],
        int(wait),
        cuts,
    )


def _table(mapping: str, files: Path, target: iml.Target, cuts: list[Cut]) -> pd.DataFrame:
    """Keys, the labels of each cut, and the columns that `train` would give a model."""
    ledger = iml.import_ledger(sorted(files.glob("*.csv")), iml.read_mapping(MAPPINGS / f"{mapping}.yaml"))
    snapshots = iml.make_snapshots(ledger, at_issue=True)
    settings = iml.TrainingSettings()
    wanted = wanted_of(target, settings, ())
    features, end = wanted.build(ledger, snapshots), iml.label(ledger, snapshots, target)
    out = pd.DataFrame({"_client": snapshots["client_id"], "_issued": snapshots["as_of"]})
    out["_bad"], out["_known_on"] = end["event"], end["mature_on"]
    for cut in cuts:
        before = (snapshots["as_of"].dt.date < cut.first).to_numpy()
        known = iml.label(ledger, snapshots[before], target, labels_known_at=cut.first)
        event = pd.Series(float("nan"), snapshots.index)
        event[before] = known["event"].to_numpy()
        out[f"_bad_at_{cut.first}"] = event
    decided = out["_bad"].notna().to_numpy()
    columns = model_columns(features, decided, settings, ledger, wanted)
    return pd.concat([out, features[columns]], axis=1)[decided].reset_index(drop=True)


def taiwan(files: Path, kept: Path) -> tuple[pd.DataFrame, pd.Series]:
    """Features of the ledger that the panel adapter makes of the statements, beside the columns of the file."""
    raw = pd.read_csv(files / "UCI_Credit_Card.csv")
    if not kept.exists():
        features = _statement_features(raw)
        kept.parent.mkdir(parents=True, exist_ok=True)
        features.to_parquet(kept)
    features = pd.read_parquet(kept)
    own = raw.drop(columns=["ID", "default.payment.next.month"])
    return pd.concat([features, own], axis=1), raw["default.payment.next.month"]


def _statement_features(raw: pd.DataFrame) -> pd.DataFrame:
    bills, paid = ([f"{name}{m}" for m in range(1, 7)] for name in ("BILL_AMT", "PAY_AMT"))
    columns = {"status": STATUSES, "balance": bills, "paid": paid}
    panel = statements_from_wide(raw, client_id="ID", statement_dates=CLOSINGS, columns=columns)
    ledger = ledger_from_statements(
        panel,
        client_id="ID",
        term_days=20,
        amount="balance",
        status="status",
        paid_amount="paid",
        paid="before_closing",
        calendar="none",
        currency="TWD",
    )
    clients = raw[["ID"]].rename(columns={"ID": "client_id"}).assign(as_of=CLOSINGS[0])
    features = iml.build_features(ledger, clients).drop(columns=["client_id", "as_of"])
    return features.loc[:, features.nunique(dropna=False) > 1]
