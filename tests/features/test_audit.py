"""The leak audit: it finds every leak that is planted, and none in the library's own features."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from effort import seeds
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.audit import LeakReport, _known, audit_leaks
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.features.invented import Future
from inadimplencia_ml.ledger.importing import import_ledger
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.mapping import read_mapping
from inadimplencia_ml.ledger.snapshots import make_snapshots
from inadimplencia_ml.tables import LEDGER_TABLES, Column, Table
from reference.random_ledger import random_ledger
from reference.slow_features import slow_features

HOUSE = Path(__file__).resolve().parents[2]
MIDDLE, LATE = dt.date(2024, 6, 10), dt.date(2025, 3, 31)  # within the full ledger's time, and after all of it
CLIENTS, ROWS = 20, 30


# --- a ledger with every table, and every column of it filled --------------------------------------------------------


def value(column: Column, row: int, dice: np.random.Generator) -> Any:
    """A value of the column's kind."""
    if column.name == "currency":
        return "BRL"
    if column.name == "uf":
        return ["SP", "RJ", "BA"][row % 3]
    if column.choices:
        return column.choices[row % len(column.choices)]
    return {
        "id": f"{column.name}-{row}",
        "text": f"{column.name} {row % 4}",
        "date": dt.date(2024, 1, 1) + dt.timedelta(int(dice.integers(0, 300))),
        "datetime": dt.datetime(2024, 1, 1, 9) + dt.timedelta(int(dice.integers(0, 300))),
        "amount": float(dice.integers(100, 90_000)) / 100,
        "number": round(float(dice.random()), 3),
        "count": int(dice.integers(1, 13)),
        "bool": bool(dice.integers(0, 2)),
    }[column.kind]


def filled(table: Table, dice: np.random.Generator) -> pd.DataFrame:
    frame = pd.DataFrame([{c.name: value(c, row, dice) for c in table.columns} for row in range(ROWS)])
    if "client_id" in frame:
        frame["client_id"] = [f"C{row if row < CLIENTS else row % 3}" for row in range(ROWS)]  # most have one row
    if "invoice_id" in frame:
        frame["invoice_id"] = [f"T{row}" for row in range(ROWS)]
    return frame


@pytest.fixture(scope="module")
def full_ledger() -> Ledger:
    dice = np.random.default_rng(3)
    tables = {name: filled(table, dice) for name, table in LEDGER_TABLES.items()}
    clients = tables["clients"].assign(known_on=pd.date_range("2024-01-01", periods=ROWS, freq="9D"))  # no two alike
    more = dict(score=dice.random(ROWS), entries=dice.integers(0, 9, ROWS), negative=dice.random(ROWS) < 0.5)
    bureau = clients[["client_id", "known_on", "city", "since"]].assign(**more)
    return Ledger(**tables | {"clients": clients.assign(**more)}, attributes={"bureau": bureau})


AGGREGATES = ("count", "last", "max", "nunique")


def peeping(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
    """For each column of each table and each aggregate a feature that looks at no date."""
    features = {}
    owners = ledger.frame("invoices").drop_duplicates("invoice_id").set_index("invoice_id")["client_id"]
    for name in ledger.all_tables():
        frame = ledger.frame(name)
        if name == "payments":
            frame["client_id"] = frame["client_id"].fillna(frame["invoice_id"].map(owners))
        who = snapshots["client_id"] if "client_id" in frame else pd.Series("all", snapshots.index)
        by = frame["client_id"] if "client_id" in frame else pd.Series("all", frame.index)
        for column in frame:
            for how in AGGREGATES:
                features[f"{name}.{column}.{how}"] = who.map(frame[column].groupby(by).agg(how))
    return snapshots.join(pd.DataFrame(features, index=snapshots.index))


@pytest.fixture(scope="module")
def peeped(full_ledger: Ledger) -> LeakReport:
    """Nothing happens after the day looked from: what is found, is found by what the audit invents."""
    return audit_leaks(full_ledger, make_snapshots(full_ledger, LATE), peeping)


COLUMNS = [(name, c.name) for name, table in LEDGER_TABLES.items() for c in table.columns]
COLUMNS += [("clients", c) for c in "score entries negative".split()]
COLUMNS += [("attributes/bureau", c) for c in "client_id known_on city since score entries negative".split()]


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_leak_planted_in_any_column_is_found_or_named_as_not_testable(
    peeped: LeakReport, table: str, column: str
) -> None:
    found = set(peeped.findings["feature"])
    missed = [how for how in AGGREGATES if f"{table}.{column}.{how}" not in found]
    if f"{table}.{column}" in peeped.blind:
        assert {"last", "max", "nunique"} <= set(missed)
    elif column == "client_id":  # under another id a client still has one
        assert missed == ["nunique"]
    else:
        assert missed == []


def test_only_the_currency_cannot_be_tested(full_ledger: Ledger, peeped: LeakReport) -> None:
    assert dict(full_ledger.counts.set_index("table")["rejected"]) == dict.fromkeys(full_ledger.all_tables(), 0)
    assert dict(peeped.blind) == {"invoices.currency": "a ledger holds one currency, so no other value can be invented"}


# --- leaks as they are made ------------------------------------------------------------------------------------------

INVOICES = pd.DataFrame(
    [
        ("C1", "T1", "2025-01-02", "2025-02-03", 1200.0, None, None),
        ("C1", "T1", "2025-01-02", "2025-04-30", None, None, "2025-03-15"),  # put off
        ("C1", "T2", "2025-01-10", "2025-02-10", 900.0, "2025-03-20", None),
        ("C2", "T3", "2025-01-05", "2025-02-05", 50.0, None, None),
    ],
    columns="client_id invoice_id issue_date due_date amount paid_date known_on".split(),
)
PAYMENTS = pd.DataFrame(
    [("T3", "2025-02-07", 20.0, "2025-02-10"), ("T3", "2025-03-07", 30.0, "2025-03-10")],
    columns="invoice_id payment_date amount known_on".split(),
)
PAID = ["2025-01-10", None, None]  # T1 on the day on which T2 is issued
DAY = pd.DataFrame({"client_id": ["C1", "C2"], "as_of": "2025-03-08"})


def final_status(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
    """The invoices that stay unpaid for ever."""
    paid = ledger.frame("invoices").groupby(["client_id", "invoice_id"])["paid_date"].count()
    unpaid = paid.eq(0).groupby("client_id").sum()
    return build_features(ledger, snapshots).assign(unpaid=snapshots["client_id"].map(unpaid))


def payments_by_event(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
    """Payments from their own day on, booked or not."""
    tables = {name: ledger.frame(name) for name in ledger.tables}
    return build_features(Ledger(**tables | {"payments": tables["payments"].drop(columns="known_on")}), snapshots)


def overwritten_due_date(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
    """One row an invoice, with the due date it ended up with."""
    invoices = ledger.frame("invoices").sort_values("known_on", na_position="first", kind="stable")
    last = invoices.groupby("invoice_id")["due_date"].last()
    first = invoices.drop_duplicates("invoice_id").drop(columns="known_on")
    return build_features(Ledger(first.assign(due_date=first["invoice_id"].map(last))), snapshots)


def first_row(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
    """The amount of the row that stands first in the file, of those that are known by any means."""
    known = ledger.known_at("2025-03-08").frame("invoices").drop_duplicates("client_id").set_index("client_id")
    return snapshots.assign(amount=snapshots["client_id"].map(known["amount"]))


@pytest.mark.parametrize(
    ("build", "feature", "variants"),
    [
        (final_status, "unpaid", {"cut", "invented"}),
        (payments_by_event, "paid_amount_30d", {"cut", "invented"}),
        (overwritten_due_date, "overdue_amount", {"cut", "invented"}),
        (first_row, "amount", {"shuffled"}),
    ],
)
def test_a_planted_leak_is_found(build: Any, feature: str, variants: set[str]) -> None:
    report = audit_leaks(Ledger(INVOICES, PAYMENTS), DAY, build)
    found = report.findings[report.findings["feature"] == feature]

    assert set(found["variant"]) == variants
    assert not report.ok


@pytest.mark.parametrize("build", [final_status, payments_by_event, overwritten_due_date])
def test_a_leak_is_found_where_the_book_itself_has_no_future(build: Any) -> None:
    report = audit_leaks(Ledger(INVOICES, PAYMENTS), DAY.assign(as_of="2025-05-31"), build)

    assert set(report.findings["variant"]) == {"invented"}


def test_the_example_tells_whose_value_was_what() -> None:
    report = audit_leaks(Ledger(INVOICES, PAYMENTS), DAY, final_status)
    row = report.findings.set_index(["variant", "feature"]).loc[("cut", "unpaid")]

    assert (row["snapshots"], row["client_id"], row["as_of"]) == (1, "C1", pd.Timestamp("2025-03-08"))
    assert (row["expected"], row["got"]) == (2, 1)
    words = "unpaid reads what became known later, in 1 snapshots; client C1 on 2025-03-08: 1 in place of 2"
    assert words in str(report)
    with pytest.raises(CallError, match=f"build reads what was not known. Leaks found .*\n  {words}"):
        report.raise_if_leaking()


@pytest.mark.parametrize(
    ("known", "later", "words"),
    [
        (0.3, 0.1 + 0.2, "0.30000000000000004 in place of 0.3"),
        (1 / 3, 2 / 3, "0.666667 in place of 0.333333"),
        (1e-9, 0.0, "0.0 in place of 1e-09"),
        (-0.0, 0.0, "0.0 in place of -0.0"),
        (np.nan, 2.5, "2.5 in place of nan"),
        (2**60, 2**60 + 1, "1152921504606846977 in place of 1152921504606846976"),
    ],
)
def test_two_values_that_read_alike_are_printed_in_full(known: Any, later: Any, words: str) -> None:
    def build(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
        after = ledger.frame("payments")["payment_date"].max() > pd.Timestamp("2025-03-08")
        return snapshots.assign(mine=later if after else known, other=1.5 if after else 0.5)

    payments = PAYMENTS.assign(payment_date=["2025-02-07", "2025-03-09"])
    report = audit_leaks(Ledger(INVOICES, payments), DAY, build)

    assert f"{DAY['as_of'].iloc[0]}: {words}" in str(report)


def test_a_feature_that_is_only_there_because_of_the_future_is_a_leak() -> None:
    def build(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
        late = ledger.frame("payments")["payment_date"].max() > pd.Timestamp("2025-03-08")
        return snapshots.assign(**({"seen": 1.0} if late else {}))

    payments = PAYMENTS.assign(payment_date=["2025-02-07", "2025-03-09"])
    findings = audit_leaks(Ledger(INVOICES, payments), DAY, build).findings

    assert findings[["feature", "expected", "got"]].iloc[0].tolist() == ["seen", "absent", "present"]


def test_a_later_fact_without_its_date_is_never_known() -> None:
    contacts = pd.DataFrame({"client_id": ["C1"], "contacted_at": "2025-02-05", "channel": "sms", "replied": True})

    def build(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
        replied = ledger.frame("contacts").query("replied.notna() and replied").groupby("client_id").size()
        return snapshots.assign(replied=snapshots["client_id"].map(replied))

    report = audit_leaks(Ledger(INVOICES, PAYMENTS, contacts=contacts), DAY, build)

    assert set(report.findings["variant"]) == {"cut", "invented"}


def test_what_comes_in_on_the_day_of_issue_is_a_leak_for_a_score_at_issue() -> None:
    def build(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
        return build_features(ledger, snapshots.drop(columns="view"))  # looks at the end of the day

    ledger = Ledger(INVOICES.drop(columns="known_on").iloc[1:].assign(due_date="2025-02-10", paid_date=PAID))
    at_issue = make_snapshots(ledger, at_issue=True)
    leaking = audit_leaks(ledger, at_issue, build, dates=None)
    row = leaking.findings.set_index(["variant", "feature"]).loc[("cut", "days_since_payment")]

    assert (row["client_id"], row["invoice_id"], row["got"]) == ("C1", "T2", 0.0)
    assert audit_leaks(ledger, at_issue, dates=None).ok


# --- no leak where there is none -------------------------------------------------------------------------------------


def both_views(ledger: Ledger, *days: dt.date) -> pd.DataFrame:
    return pd.concat([make_snapshots(ledger, days), make_snapshots(ledger, at_issue=True)], ignore_index=True)


def test_the_features_of_a_full_ledger_leak_nothing(full_ledger: Ledger) -> None:
    report = audit_leaks(full_ledger, both_views(full_ledger, MIDDLE, LATE), dates=12)

    report.raise_if_leaking()
    assert str(report).startswith("No leak found (")


@pytest.mark.parametrize("seed", seeds(6))
def test_the_features_of_any_ledger_leak_nothing(seed: int) -> None:
    tables, snapshots, settings = random_ledger(seed, clients=8)
    report = audit_leaks(Ledger(**tables, **settings), snapshots, dates=8, random_state=seed)

    assert str(report).splitlines()[1:] == []


@pytest.mark.parametrize("seed", range(3))
def test_the_slow_reference_leaks_nothing(seed: int) -> None:
    """It reads time in its own way: what both call known is the same."""
    tables, snapshots, settings = random_ledger(4 * seed + 2, clients=6)

    def build(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
        raw = {n: t.to_pandas(date_as_object=True, integer_object_nulls=True) for n, t in ledger.tables.items()}
        return slow_features(raw, snapshots, **settings)

    assert audit_leaks(Ledger(**tables, **settings), snapshots, build, dates=8).ok


@pytest.mark.parametrize("seed", [None, 0, 1, 2])
def test_an_invented_future_leaves_what_was_known_as_it_was(full_ledger: Ledger, seed: int | None) -> None:
    tables, _, settings = random_ledger(seed or 0)
    full = (full_ledger if seed is None else Ledger(**tables, **settings)).all_tables()
    clients = full["invoices"]["client_id"].unique()
    for as_of in np.array(["2023-05-31", "2024-06-10", "2026-01-01"], "datetime64[D]"):
        for day in (as_of, as_of - np.timedelta64(1, "D")):
            known = {name: _known(name, table, day, as_of) for name, table in full.items()}
            future = Future(known, full, clients, day, as_of, np.random.default_rng(0)).tables()
            for name, table in known.items():
                assert future[name].num_rows > table.num_rows
                assert _known(name, future[name], day, as_of).select(table.column_names).equals(table)


@pytest.mark.parametrize(
    ("clients", "look"),
    [
        pytest.param([], {"as_of": "2025-01-31", "invoice_id": "T1"}, id="before any invoice"),
        pytest.param([{"income": 1.0, "known_on": "2025-05-20"}], {"as_of": "2025-04-30"}, id="before any attribute"),
        pytest.param(
            [{"uf": "SP", "known_on": "2025-03-03"}],  # 9 July is a holiday there
            {"as_of": "2025-03-03", "invoice_id": "T1", "view": "at_issue"},
            id="a state told on the day of issue",
        ),
        pytest.param(
            [{"income": 1.0, "known_on": "2025-01-01"}, {"income": 2.0, "known_on": "2025-01-01"}],
            {"as_of": "2025-04-30"},
            id="two rows of a client with one known_on",
        ),
    ],
)
def test_one_invoice_leaks_nothing(clients: list[dict[str, Any]], look: dict[str, Any]) -> None:
    days = {"issue_date": "2025-03-03", "due_date": "2025-07-09"}
    invoices = pd.DataFrame([{"client_id": "C1", "invoice_id": "T1", "amount": 10.0} | days])
    tables = {"clients": pd.DataFrame([{"client_id": "C1"} | row for row in clients])} if clients else {}
    report = audit_leaks(Ledger(invoices, **tables), pd.DataFrame([{"client_id": "C1"} | look]))

    assert str(report).splitlines()[1:] == []


def leaks_of_files(files: Path, mapping: Path) -> list[str]:
    ledger = import_ledger(sorted(files.glob("*.csv")), read_mapping(mapping))
    end = ledger.known_until
    views = both_views(ledger, end - dt.timedelta(400), end - dt.timedelta(90))
    return str(audit_leaks(ledger, views, dates=6)).splitlines()[1:]


def test_the_sample_leaks_nothing() -> None:
    sample = HOUSE / "data" / "sample"

    assert leaks_of_files(sample, sample / "mapping.yaml") == []


@pytest.mark.parametrize("name", ["datarisk", "ibm_ar"])
def test_the_public_data_sets_leak_nothing(real_data: Path, name: str) -> None:
    assert leaks_of_files(real_data / name, HOUSE / "examples" / "mappings" / f"{name}.yaml") == []


# --- what is looked at, and how it is told ---------------------------------------------------------------------------


def test_days_are_spread_evenly_and_shared_by_the_views(full_ledger: Ledger) -> None:
    seen: list[tuple[str, str]] = []

    def build(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
        seen.extend((f"{d:%Y-%m-%d}", v) for d, v in zip(snapshots["as_of"], snapshots["view"], strict=True))
        return snapshots[["client_id"]]

    days = pd.date_range("2024-03-01", "2024-03-09")
    rows = pd.DataFrame({"client_id": "C1", "as_of": days, "invoice_id": "T1", "view": "end_of_day"})
    report = audit_leaks(full_ledger, pd.concat([rows, rows.assign(view="at_issue")]), build, dates=6)

    asked = ["2024-03-01", "2024-03-05", "2024-03-09"]
    assert list(dict.fromkeys(seen)) == [(d, "end_of_day") for d in asked] + [(d, "at_issue") for d in asked]
    assert (report.dates, report.snapshots, report.features) == (3, 6, 0)


@pytest.mark.parametrize("form", [pl.from_pandas, pa.Table.from_pandas])
def test_snapshots_may_come_as_polars_or_arrow(form: Callable[[pd.DataFrame], Any]) -> None:
    def build(ledger: Ledger, snapshots: Any) -> pd.DataFrame:
        assert type(snapshots) is type(form(DAY))
        return payments_by_event(ledger, snapshots)

    report = audit_leaks(Ledger(INVOICES, PAYMENTS), form(DAY), build)

    assert report.findings.equals(audit_leaks(Ledger(INVOICES, PAYMENTS), DAY, payments_by_event).findings)


def test_the_same_random_state_invents_the_same() -> None:
    one, again, other = (
        audit_leaks(Ledger(INVOICES, PAYMENTS), DAY, payments_by_event, random_state=state).findings
        for state in (5, 5, 6)
    )

    assert one.equals(again)
    assert not one.equals(other)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda ledger, s: [1.0], "build gave a list; expected a pandas DataFrame"),
        (lambda ledger, s: s.head(1), "build gave 1 rows for 2 snapshots; expected one row each"),
        (lambda ledger, s: pd.concat([s, s], axis=1), "build gave the column 'client_id' twice"),
    ],
)
def test_a_build_that_gives_something_else_is_an_error(build: Any, message: str) -> None:
    with pytest.raises(CallError, match=message):
        audit_leaks(Ledger(INVOICES, PAYMENTS), DAY, build)


@pytest.mark.parametrize(
    ("rows", "dates", "message"), [(2, 0, "dates is 0; expected 1 or more, or None"), (0, 1, "there are no snapshots")]
)
def test_a_call_without_days_or_snapshots_is_an_error(rows: int, dates: int, message: str) -> None:
    with pytest.raises(CallError, match=message):
        audit_leaks(Ledger(INVOICES, PAYMENTS), DAY.head(rows), dates=dates)
