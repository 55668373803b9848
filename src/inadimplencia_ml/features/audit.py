"""The leak audit: do features change when what nobody could know on their day changes?

For each day looked at, the raw tables are cut by the plain rules written here (never by the ledger's own clock), and
features are built from what is left. Features from the ledger as it stands, from the cut with an invented future behind
it, from the cut with its rows in another order, and from the cut with every client under another's id must be equal to
these to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.features.custom.outside import renamed_clients
from inadimplencia_ml.features.invented import LATER_FACTS, OWN_DATE, Future, days_of
from inadimplencia_ml.ledger.door import Admitted
from inadimplencia_ml.ledger.findings import PROBLEMS
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks, read_snapshots
from inadimplencia_ml.tables.same_kind import pandas_of

__all__ = ["LeakReport", "audit_leaks"]

Build = Callable[[Ledger, Any], pd.DataFrame]
Rows = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

_WORDS = {
    "cut": "reads what became known later",
    "invented": "changes when other facts become known later",
    "shuffled": "changes when the rows come in another order",
    "renamed": "is not built from the facts alone: it changes when a client bears another id",
}
_COLUMNS = ["variant", "feature", "snapshots", "client_id", "as_of", "invoice_id", "expected", "got"]
_CLIENTS_A_DAY = 1000  # whom facts are invented about, of the clients of a day


@dataclass(frozen=True)
class LeakReport:
    """What `audit_leaks` found.

    Attributes
    ----------
    findings : DataFrame
        One row a variant and feature that differs: the number of snapshots in which it does, and one of them
        (client_id, as_of, invoice_id). ``expected`` is its value from what was known; ``got`` the one from the ledger
        as it stands (variant ``cut``), with an invented future (``invented``), with rows in another order
        (``shuffled``), or with clients under other ids (``renamed``).
    dates : int
        Number of different as_of looked at.
    snapshots : int
        Number of snapshots checked.
    features : int
        Number of features checked.
    blind : dict
        ``table.column`` of the ledger on which this audit cannot fail, and why: nothing else could be invented there.
    """

    findings: pd.DataFrame
    dates: int
    snapshots: int
    features: int
    blind: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether nothing leaks."""
        return self.findings.empty

    def __str__(self) -> str:
        looked = f"{self.features} features, {self.snapshots:,} snapshots, {self.dates} dates"
        lines = [f"No leak found ({looked})." if self.ok else f"Leaks found ({looked}):"]
        for row in self.findings.to_dict("records"):
            invoice = "" if pd.isna(row["invoice_id"]) else f", invoice {row['invoice_id']}"
            got, expected = _told_apart(row["got"], row["expected"])
            lines.append(
                f"  {row['feature']} {_WORDS[row['variant']]}, in {row['snapshots']:,} snapshots; client "
                f"{row['client_id']}{invoice} on {row['as_of']:%Y-%m-%d}: {got} in place of {expected}"
            )
        lines += [f"Not testable: {column}, {why}." for column, why in self.blind.items()]
        return "\n".join(lines)

    def raise_if_leaking(self) -> None:
        """Raises if a feature leaks.

        Raises
        ------
        CallError
            A feature differs; the message is this report.
        """
        if not self.ok:
            raise CallError(f"build reads what was not known. {self}")


def audit_leaks(
    ledger: Ledger, snapshots: Any, build: Build = build_features, *, dates: int | None = 12, random_state: int = 0
) -> LeakReport:
    """Looks for features that read what was not known on their day, or that depend on the order of rows.

    Parameters
    ----------
    ledger : Ledger
    snapshots : table
        pandas, Polars or Arrow, as for `build_features`; both views.
    build : callable
        ``build(ledger, snapshots)`` gives a DataFrame, one row a snapshot in their order.
    dates : int, optional
        How many days to look from, evenly spread over those of the snapshots (of each view, where there are two); None
        for all. Each costs five builds and five readings of the ledger.
    random_state : int
        What is invented, and the other order of rows.

    Raises
    ------
    CallError
        There is no snapshot, ``dates`` is below 1, or build does not give one row a snapshot.

    Examples
    --------
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1", "C1"], "invoice_id": ["T1", "T2"],
    ...                               "issue_date": ["2025-01-02", "2025-02-03"], "amount": [1200.0, 900.0],
    ...                               "due_date": ["2025-02-03", "2025-03-05"], "paid_date": ["2025-02-10", None]}))
    >>> snapshots = pd.DataFrame({"client_id": ["C1"], "as_of": ["2025-02-06"]})
    >>> audit_leaks(ledger, snapshots).ok
    True
    >>> def peeping(ledger, snapshots):
    ...     paid = ledger.frame("invoices").groupby("client_id")["paid_date"].count()
    ...     return build_features(ledger, snapshots).assign(paid=lambda f: f["client_id"].map(paid))
    >>> audit_leaks(ledger, snapshots, peeping).findings[["variant", "feature", "expected", "got"]]
        variant feature  expected  got
    0       cut    paid         0    1
    1  invented    paid         0    7
    """
    if dates is not None and dates < 1:
        raise CallError(f"audit_leaks: dates is {dates}; expected 1 or more, or None for all")
    looks = read_snapshots(snapshots, ledger)
    if not len(looks.as_of):
        raise CallError("audit_leaks: there are no snapshots to look from")
    findings, groups, changed, features = _Findings(looks), list(_groups(looks, dates)), set[str](), 0
    for turn, rows in enumerate(groups):
        asked = _rows_of(snapshots, rows)
        variants = _variants(ledger, looks, rows, (random_state, turn), changed)
        known = next(variants)[1]
        expected = _built(build, known, asked, len(rows))
        features = max(features, len(expected.columns.difference(looks.keys.columns)))
        for variant, other in variants:
            findings.compare(variant, rows, expected, _built(build, other, asked, len(rows)))
        other, names = renamed_clients(known, _as_pandas(asked), random_state=random_state)
        renamed = _with_clients(asked, names["client_id"])
        findings.compare("renamed", rows, expected, _built(build, other, renamed, len(rows)))
    return LeakReport(
        findings=findings.table(),
        dates=len({int(looks.as_of[rows[0]]) for rows in groups}),
        snapshots=sum(map(len, groups)),
        features=features,
        blind=_blind(ledger, changed),
    )


def _groups(looks: Looks, dates: int | None) -> Iterator[Rows]:
    """The snapshots of one day and view, for the days looked at."""
    views = [view for view in (False, True) if (looks.at_issue == view).any()]
    for view in views:
        mine = np.flatnonzero(looks.at_issue == view)
        days = np.unique(looks.as_of[mine])
        count = len(days) if dates is None else min(len(days), max(dates // len(views), 1))
        for day in days[np.linspace(0, len(days) - 1, count).round().astype(int)] if count > 1 else days[-1:]:
            yield mine[looks.as_of[mine] == day]


def _rows_of(snapshots: Any, rows: Rows) -> Any:
    """Some snapshots, as a table of the kind that was given."""
    if isinstance(snapshots, pd.DataFrame):
        return snapshots.iloc[rows].reset_index(drop=True)
    return nw.from_native(snapshots, eager_only=True)[rows].to_native()


def _as_pandas(snapshots: Any) -> pd.DataFrame:
    frame: pd.DataFrame = nw.from_native(snapshots, eager_only=True).to_pandas()
    return frame


def _with_clients(snapshots: Any, names: pd.Series) -> Any:
    """The same snapshots of other clients, as a table of the kind that was given."""
    if isinstance(snapshots, pd.DataFrame):
        return snapshots.assign(client_id=names)
    frame = nw.from_native(snapshots, eager_only=True)
    column = nw.new_series("client_id", names.tolist(), frame["client_id"].dtype, backend=frame.implementation)
    return frame.with_columns(column).to_native()


def _built(build: Build, ledger: Ledger, snapshots: Any, n: int) -> pd.DataFrame:
    frame = pandas_of(build(ledger, snapshots))
    if not isinstance(frame, pd.DataFrame):
        raise CallError(f"audit_leaks: build gave a {type(frame).__name__}; expected a pandas DataFrame")
    if len(frame) != n:
        raise CallError(f"audit_leaks: build gave {len(frame)} rows for {n} snapshots; expected one row each")
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise CallError(f"audit_leaks: build gave the column {twice[0]!r} twice")
    return frame


# --- the variants of the ledger --------------------------------------------------------------------------------------


def _variants(
    ledger: Ledger, looks: Looks, rows: Rows, seed: tuple[int, int], changed: set[str]
) -> Iterator[tuple[str, Ledger]]:
    """The ledger without its future, then as it stands, with another future, and in another order.

    Notes in ``changed`` the columns in which facts were invented.
    """
    as_of = looks.as_of[rows[0]].astype("datetime64[D]")
    day = looks.day[rows[0]].astype("datetime64[D]")
    dice = np.random.default_rng(seed)
    full = ledger.all_tables()
    known = {name: _known(name, table, day, as_of) for name, table in full.items()}
    yield "expected", _ledger_of(known, ledger)
    yield "cut", ledger
    who = np.unique(looks.client[rows])
    who = who[who >= 0]
    if len(who) > _CLIENTS_A_DAY:
        who = dice.choice(who, _CLIENTS_A_DAY, replace=False)
    future = Future(known, full, ledger.books.client_ids.take(pa.array(who)), day, as_of, dice)
    yield "invented", _ledger_of(future.tables(), ledger)
    changed |= future.changed
    backwards = seed[1] % 2 == 0  # which swaps every two rows; a chance order may leave a few rows as they are
    order = {name: np.arange(table.num_rows)[::-1] for name, table in known.items()}
    shuffled = {n: t.take(pa.array(order[n] if backwards else dice.permutation(order[n]))) for n, t in known.items()}
    yield "shuffled", _ledger_of(shuffled, ledger)


def _ledger_of(tables: Mapping[str, pa.Table], like: Ledger) -> Ledger:
    admitted = {}
    for name, table in tables.items():
        n = table.num_rows
        counts = {"rows": n, "accepted": n, "flagged": 0, "rejected": 0, "duplicate": 0}
        admitted[name] = Admitted(table, PROBLEMS.empty_table(), counts, {})
    return Ledger.from_admitted(
        admitted, calendar=like.calendar, timezone=like.timezone, currency=like.currency, known_until=like.known_until
    )


def _known(name: str, table: pa.Table, day: np.datetime64, as_of: np.datetime64) -> pa.Table:
    """What was known of a table at the end of ``day``; of invoices issued on ``as_of``, at the end of that day."""
    ends = np.full(table.num_rows, day)
    if name == "invoices":
        ends[days_of(table, "issue_date") == as_of] = as_of
    keep = np.ones(table.num_rows, bool)
    for column in (OWN_DATE.get(name, ""), "known_on"):
        keep &= ~(days_of(table, column) > ends)  # no date: not later
    table, ends = table.filter(pa.array(keep)), ends[keep]
    known = [_told(name, table, dates, ends) for dates, _ in LATER_FACTS.get(name, ())]
    for told, (_, columns) in zip(known, LATER_FACTS.get(name, ()), strict=True):
        for column in (c for c in columns if c in table.column_names):
            at = table.schema.get_field_index(column)
            new = pc.if_else(pa.array(told), table[column], pa.scalar(None, table.schema.field(at).type))
            table = table.set_column(at, table.schema.field(at), new)
    return table


def _told(name: str, table: pa.Table, dates: tuple[str, ...], ends: Days) -> Flags:
    """In which rows a later fact had come: its own date is given, and none of its dates lies after the end.

    In the history of an invoice a null keeps the older value: a row may leave the date to an older one that had come.
    """
    late = np.zeros(table.num_rows, bool)
    for column in dates:
        late |= days_of(table, column) > ends
    dated = ~np.isnat(days_of(table, dates[0])) & ~late
    invoices = table["invoice_id"].to_pandas() if name == "invoices" and not dated.all() else pd.Series(dtype=object)
    if invoices.duplicated().any():
        rows = pd.DataFrame({"invoice": invoices, "known": days_of(table, "known_on"), "dated": dated})
        rows = rows.sort_values("known", na_position="first", kind="stable")
        dated = rows.groupby("invoice", sort=False)["dated"].cummax().sort_index().to_numpy()
    return dated & ~late


# --- what differs ----------------------------------------------------------------------------------------------------


class _Findings:
    """Differences gathered over variants and days, one row a variant and feature."""

    def __init__(self, looks: Looks) -> None:
        self.keys = looks.keys
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}

    def compare(self, variant: str, rows: Rows, expected: pd.DataFrame, got: pd.DataFrame) -> None:
        for feature in [*expected.columns, *got.columns.difference(expected.columns)]:
            if variant == "renamed" and feature in self.keys.columns:
                continue
            if feature not in got.columns or feature not in expected.columns:
                there, gone = ("present", "absent") if feature in expected.columns else ("absent", "present")
                self._add(variant, feature, rows, there, gone)
                continue
            at = np.flatnonzero(_differing(expected[feature], got[feature]))
            if len(at):
                self._add(variant, feature, rows[at], expected[feature].iloc[at[0]], got[feature].iloc[at[0]])

    def _add(self, variant: str, feature: str, rows: Rows, expected: Any, got: Any) -> None:
        key = self.keys.iloc[rows[0]]
        example = {"client_id": key["client_id"], "as_of": key["as_of"], "invoice_id": key.get("invoice_id")}
        new = {"variant": variant, "feature": feature, "snapshots": 0, **example, "expected": expected, "got": got}
        self.rows.setdefault((variant, feature), new)["snapshots"] += len(rows)

    def table(self) -> pd.DataFrame:
        order = sorted(self.rows.items(), key=lambda item: list(_WORDS).index(item[0][0]))
        found = pd.DataFrame([row for _, row in order], columns=_COLUMNS)
        for column in ("expected", "got"):  # each as it came: beside a float a whole number would lose its last digits
            values = [row[column] for _, row in order]
            if len({type(value) for value in values}) > 1:
                found[column] = pd.Series(values, dtype=object)
        return found


def _told_apart(got: Any, expected: Any) -> tuple[str, str]:
    """Two values as text: rounded to six decimals, in full where they would read alike."""
    for write in (_rounded, str, repr):
        texts = write(got), write(expected)
        if texts[0] != texts[1]:
            break
    return texts


def _rounded(value: Any) -> str:
    return str(round(float(value), 6)) if isinstance(value, float) else str(value)


def _differing(a: pd.Series, b: pd.Series) -> Flags:
    """Where two columns differ: numbers by their bits (NaN equals NaN), anything else as text."""
    if all(pd.api.types.is_numeric_dtype(x.dtype) for x in (a, b)):
        if all(pd.api.types.is_integer_dtype(x.dtype) and not x.hasnans for x in (a, b)):
            return np.asarray(a.to_numpy(np.int64) != b.to_numpy(np.int64))
        x, y = (s.to_numpy(np.float64, na_value=np.nan) for s in (a, b))
        return np.asarray((x.view(np.int64) != y.view(np.int64)) & ~(np.isnan(x) & np.isnan(y)))
    gone = a.isna().to_numpy(), b.isna().to_numpy()
    texts = a.astype(str).to_numpy(object), b.astype(str).to_numpy(object)
    return np.asarray((gone[0] != gone[1]) | (~gone[0] & (texts[0] != texts[1])))


def _blind(ledger: Ledger, changed: set[str]) -> dict[str, str]:
    """Columns in which no fact was invented that differs from the row it was made from."""
    blind = {}
    for name, table in ledger.all_tables().items():
        for column in table.column_names:
            if f"{name}.{column}" in changed:
                continue
            if (name, column) == ("invoices", "currency"):
                why = "a ledger holds one currency, so no other value can be invented"
            else:
                why = f"no other value of type {table.schema.field(column).type} could be invented"
            blind[f"{name}.{column}"] = why
    return blind
