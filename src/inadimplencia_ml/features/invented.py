"""A future that never was: facts put after a cut, so that whoever reads them betrays himself.

All of them become known after the cut, and differ in every column from the row they were made from: new clients and
invoices, later rows of an invoice's history, payments dated before the cut but booked after it, facts filled into rows
that are known. What is here shares nothing with the ledger's clock: it says in its own words from when a fact is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.calendar import UFS
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES, Kind

__all__ = ["LATER_FACTS", "OWN_DATE", "Future", "days_of"]

Days = npt.NDArray[np.datetime64]
Rows = npt.NDArray[np.int64]

OWN_DATE = {
    "invoices": "issue_date",
    "payments": "payment_date",
    "agreements": "created_at",
    "contacts": "contacted_at",
    "escalations": "requested_at",
    "macro": "date",
}
"""The day a row of a table is about. It is known from the later of this and its known_on."""

LATER_FACTS: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    "invoices": (
        (("paid_date",), ("paid_date", "paid_amount")),
        (("cancelled_date", "cancelled_known_on"), ("cancelled_date", "cancel_reason", "cancelled_known_on")),
        (("disputed_from",), ("disputed_from",)),
        (("disputed_to", "disputed_from"), ("disputed_to",)),
        (("assigned_on",), ("assigned_on",)),
    ),
    "payments": ((("reversed_on",), ("reversed_on",)), (("credited_on",), ("credited_on",))),
    "agreements": ((("status_on",), ("status", "status_on")),),
    "contacts": ((("replied_on",), ("replied", "replied_on")),),
    "escalations": (
        (("notice_sent_at",), ("notice_sent_at", "notice_proof")),
        (("effective_at",), ("effective_at",)),
        (("withdrawn_at",), ("withdrawn_at",)),
    ),
}
"""Facts written into a row later: their dates, and the columns that are blank before the last of these. The first date
is the fact's own; without it the fact is never known."""

_AFTER = np.array([1, 1, 2, 7, 40, 300])  # days after the last day whose facts are known
_BEFORE = np.array([0, 0, 1, 9, 60, 250])
_NEW_CLIENTS = 20
_MOST = 20_000  # rows of a table that facts are made from: enough to betray a leak, and little work on a large ledger


class Future:
    """Invents what comes after one cut.

    Parameters
    ----------
    known : mapping of name to table
        What was known at the cut.
    full : mapping of name to table
        The whole ledger, for rows to make new ones from where a client has none.
    clients : array of ids
        Whom to invent facts about, beside clients that nobody has heard of.
    day, as_of : datetime64[D]
        The last day whose facts are known; for invoices issued on ``as_of`` (never before ``day``) that day itself.
    dice : numpy.random.Generator
    """

    def __init__(
        self,
        known: Mapping[str, pa.Table],
        full: Mapping[str, pa.Table],
        clients: pa.Array,
        day: np.datetime64,
        as_of: np.datetime64,
        dice: np.random.Generator,
    ) -> None:
        self.known = {name: _with_known_on(table) for name, table in known.items()}
        self.full, self.day, self.as_of, self.dice = full, day, as_of, dice
        self.changed: set[str] = set()  # table.column in which an invented value differs from its model
        self.clients = pa.concat_arrays([clients, _new_ids(clients.type, _NEW_CLIENTS, dice)])
        invoices = self.known["invoices"]
        theirs = np.flatnonzero(_among(invoices, "client_id", self.clients))
        self.rows = self._some(theirs[_last_rows(invoices.take(pa.array(theirs)))])  # one an invoice
        self.invoices = invoices.take(pa.array(self.rows))
        self.ends = np.where(days_of(self.invoices, "issue_date") == as_of, as_of, day)  # last known day of each

    def tables(self) -> dict[str, pa.Table]:
        """What is known, with the invented facts; known_on is added where a table has none."""
        out = {}
        for name, table in self.known.items():
            if name == "payments":
                new = [self._payments(), self._on_account()]
            elif name == "macro":
                new = [self._series()]
            else:
                new = [self._for_clients(name)]
            if name == "invoices":
                new.append(self._history())
            out[name] = pa.concat_tables([self._filled(name, table), *new])
        return out

    # --- new rows ----------------------------------------------------------------------------------------------------

    def _for_clients(self, name: str) -> pa.Table:
        """Three rows a client: dated later, booked later, and dated later though booked before."""
        who, mode = self._three_each(self.clients)
        model = self._model(name, who, "client_id")
        rows = self._another(name, model) | {"client_id": who}
        end = self.as_of if name == "invoices" else self.day
        date, known = self._moments(mode, end, dated=name in OWN_DATE)
        if name == "invoices":
            booked = self._after(np.where(date == self.as_of, self.as_of, self.day))
            known = np.where(mode == 1, booked, known)
            rows["due_date"] = _dates(date + self.dice.integers(0, 120, len(mode)))
        elif "invoice_id" in rows and len(self.rows):
            some = self.invoices["invoice_id"].take(pa.array(self.dice.integers(0, len(self.rows), len(mode))))
            half = pa.array(self.dice.random(len(mode)) < 0.5)
            rows["invoice_id"] = pc.if_else(half, some.combine_chunks(), rows["invoice_id"])
        return self._finished(name, model, rows, date, known)

    def _history(self) -> pa.Table:
        """One more row of each invoice, known after the cut, in which all that may change has changed."""
        same = ("client_id", "invoice_id", "issue_date")
        rows = self._another("invoices", self.invoices) | {c: self.invoices[c].combine_chunks() for c in same}
        return self._finished("invoices", self.invoices, rows, None, self._after(self.ends))

    def _payments(self) -> pa.Table:
        """Three payments an invoice; of those booked later, half repeat the payment that the invoice's row tells of."""
        of, mode = self._three_each(pa.array(np.arange(len(self.rows))))
        targets = self.invoices.take(of)
        model = self._model("payments", targets["invoice_id"].combine_chunks(), "invoice_id")
        rows = self._another("payments", model)
        rows |= {c: targets[c].combine_chunks() for c in ("client_id", "invoice_id") if c in rows}
        date, known = self._moments(mode, self.day)
        paid = days_of(targets, "paid_date")
        double = (mode == 1) & (paid <= self.day) & (self.dice.random(len(mode)) < 0.5)
        if "paid_amount" in targets.column_names:
            told = targets["paid_amount"].combine_chunks()
            rows["amount"] = pc.if_else(pc.and_(pa.array(double), told.is_valid()), told, rows["amount"])
        return self._finished("payments", model, rows, np.where(double, paid, date), known)

    def _on_account(self) -> pa.Table:
        """Payments of an invoice that nobody knows, or of none."""
        who, mode = self._three_each(self.clients)
        model = self._model("payments", who, "client_id")
        rows = self._another("payments", model)
        if "client_id" in rows:
            rows["client_id"] = who
            if "invoice_id" in rows:
                none = pa.nulls(len(who), rows["invoice_id"].type)
                rows["invoice_id"] = pc.if_else(pa.array(mode == 1), none, rows["invoice_id"])
        return self._finished("payments", model, rows, *self._moments(mode, self.day))

    def _series(self) -> pa.Table:
        """Later values, new series, and values of known days revised later."""
        known = self.known["macro"]
        model = known if known.num_rows else self._model("macro", pa.nulls(3), "")
        of, mode = self._three_each(pa.array(self._some(np.arange(model.num_rows))))
        model = model.take(of)
        rows = self._another("macro", model)
        date, booked = self._moments(mode, self.day)
        about = days_of(model, "date")
        revised = (mode == 1) & (about <= self.day)
        rows["series"] = pc.if_else(pa.array(revised), model["series"].combine_chunks(), rows["series"])
        return self._finished("macro", model, rows, np.where(revised, about, date), booked)

    def _finished(
        self, name: str, model: pa.Table, rows: dict[str, pa.Array], date: Days | None, known: Days
    ) -> pa.Table:
        """The rows as a table with their dates, after noting in which columns they differ from their models."""
        if date is not None and name in OWN_DATE:
            rows[OWN_DATE[name]] = _dates(date, model.schema.field(OWN_DATE[name]).type)
        rows["known_on"] = _dates(known)
        made = pa.table([rows[c] for c in model.column_names], schema=model.schema)
        for column in model.column_names:
            if f"{name}.{column}" not in self.changed and _differ(model[column], made[column]):
                self.changed.add(f"{name}.{column}")
        return made

    # --- facts written into known rows -------------------------------------------------------------------------------

    def _filled(self, name: str, table: pa.Table) -> pa.Table:
        """The table with later facts in those rows of the chosen clients that do not tell of them yet."""
        rows, ends = self.rows, self.ends
        if name != "invoices":
            about = _among(table, "client_id", self.clients) | _among(table, "invoice_id", self.invoices["invoice_id"])
            rows = self._some(np.flatnonzero(about))
            ends = np.full(len(rows), self.day)
        for dates, columns in LATER_FACTS.get(name, ()):
            here = [c for c in columns if c in table.column_names]
            told = table.select(here).take(pa.array(rows))
            silent = np.ones(len(rows), bool)  # rows that say nothing of it
            for column in told.columns:
                silent &= column.is_null().to_numpy()
            told_later = (self.dice.random(len(rows)) < 0.5) & ("cancelled_known_on" in here)
            for column in here:
                kind = table.schema.field(column).type
                if column in dates:
                    past = told_later & (column == dates[0])
                    value = _dates(np.where(past, self._before(ends), self._after(ends)), kind)
                else:
                    spec = LEDGER_TABLES[name].by_name[column]
                    value = self._other(pa.nulls(len(rows), kind), spec.kind, spec.choices)
                table = _with(table, column, rows[silent], value.filter(pa.array(silent)))
                self.changed |= {f"{name}.{column}"} if silent.any() else set()
        return table

    # --- whom and when -----------------------------------------------------------------------------------------------

    def _three_each(self, one: pa.Array) -> tuple[pa.Array, Rows]:
        return pa.concat_arrays([one] * 3), np.repeat([0, 1, 2], len(one))

    def _some(self, rows: Rows) -> Rows:
        return rows if len(rows) <= _MOST else np.sort(self.dice.choice(rows, _MOST, replace=False))

    def _model(self, name: str, ids: pa.Array, column: str) -> pa.Table:
        """For each id a known row of its own, else any row of the whole ledger, else one without values."""
        known, full = self.known[name], self.full[name]
        strangers = full if full.num_rows else pa.table([pa.nulls(1, f.type) for f in full.schema], schema=full.schema)
        rows = known.num_rows + self.dice.integers(0, strangers.num_rows, len(ids))
        if column in known.column_names:
            own = pc.index_in(ids, value_set=known[column].combine_chunks())
            rows = np.where(own.is_valid().to_numpy(False), pc.fill_null(own, 0).to_numpy(), rows)
        return pa.concat_tables([known, strangers], promote_options="default").take(pa.array(rows))

    def _moments(self, mode: Rows, end: np.datetime64, *, dated: bool = True) -> tuple[Days, Days]:
        """A day and a booking day: later and not said, before and booked later, later though booked before."""
        ends = np.full(len(mode), end)
        after, before = self._after(ends), self._before(ends)
        if not dated:
            return after, after
        said = np.where(mode == 1, self._after(ends), self._before(ends))
        return np.where(mode == 1, before, after), np.where(mode == 0, np.datetime64("NaT", "D"), said)

    def _after(self, end: Days) -> Days:
        later: Days = end + self.dice.choice(_AFTER, len(end)).astype("timedelta64[D]")
        return later

    def _before(self, end: Days) -> Days:
        earlier: Days = end - self.dice.choice(_BEFORE, len(end)).astype("timedelta64[D]")
        return earlier

    # --- another value -----------------------------------------------------------------------------------------------

    def _another(self, name: str, model: pa.Table) -> dict[str, pa.Array]:
        """Every column of the model with other values; the currency stays, since a ledger holds one."""
        spec = ATTRIBUTES if "/" in name else LEDGER_TABLES[name]
        out = {}
        for column in model.column_names:
            values, of_spec = model[column].combine_chunks(), spec.by_name.get(column)
            choices = UFS if column == "uf" else of_spec.choices if of_spec else ()
            kept = column == "currency" and name == "invoices"
            out[column] = values if kept else self._other(values, spec.kind_of(column), choices)
        return out

    def _other(self, values: pa.Array, kind: Kind, choices: tuple[str, ...]) -> pa.Array:
        """For each value another one of its kind, for a null some value; as given where there can be no other."""
        n, dice, type_ = len(values), self.dice, values.type
        if kind == "id":
            return _new_ids(type_, n, dice)
        if pa.types.is_string(type_):
            return self._other_text(values, choices)
        if pa.types.is_boolean(type_):
            return pc.fill_null(pc.invert(values), True)
        if pa.types.is_floating(type_):
            old = np.abs(pc.fill_null(values, 0.0).to_numpy())
            return pa.array(np.rint(old * dice.uniform(20, 300, n) + dice.uniform(100, 50_000, n)) / 100, type_)
        if pa.types.is_integer(type_):
            old, step = pc.fill_null(values, 0).to_numpy(), dice.integers(1, 12, n)
            return pa.array(np.where((old > 12) & (dice.random(n) < 0.5), old - step, old + step), type_)
        if pa.types.is_temporal(type_):
            old = days_of(pa.table({"day": values}), "day")
            old = np.where(np.isnat(old), self._before(np.full(n, self.day)), old)
            moved = dice.choice([-1, 1], n) * dice.integers(1, 90, n)
            return _dates(old + moved.astype("timedelta64[D]"), type_)
        return values

    def _other_text(self, values: pa.Array, choices: tuple[str, ...]) -> pa.Array:
        """Another choice; where any text will do, one that others have or one that nobody has."""
        n = len(values)
        if choices:
            now = pc.fill_null(pc.index_in(values, value_set=pa.array(choices)), -1).to_numpy()
            step = self.dice.integers(1, max(len(choices), 2), n)
            return pa.array(choices).take(pa.array(np.where(now < 0, step, now + step) % len(choices)))
        theirs = values.take(pa.array(self.dice.permutation(n)))
        use = pc.and_(pc.fill_null(pc.not_equal(theirs, values), False), pa.array(self.dice.random(n) < 0.5))
        return pc.if_else(use, theirs, _new_ids(pa.string(), n, self.dice))


def _new_ids(kind: pa.DataType, n: int, dice: np.random.Generator) -> pa.Array:
    """Ids that nobody has, some before and some behind the known ones in any order."""
    numbers = dice.integers(-(2**62), 2**62, n)
    if pa.types.is_integer(kind):
        return pa.array(numbers, kind)
    first = dice.choice(["0", "M", "z"], n)
    return pa.array([f"{a} invented {b}" for a, b in zip(first, np.abs(numbers), strict=True)], kind)


def _last_rows(invoices: pa.Table) -> Rows:
    """The row of each invoice that was known last."""
    known = days_of(invoices, "known_on").astype(np.int64)  # not said is the smallest number: from the start
    latest = np.argsort(known, kind="stable")[::-1].copy()
    ids = invoices["invoice_id"].take(pa.array(latest)).combine_chunks()
    return np.sort(latest[np.unique(pc.index_in(ids, value_set=ids).to_numpy())])


def _with_known_on(table: pa.Table) -> pa.Table:
    if "known_on" in table.column_names:
        return table
    return table.append_column("known_on", pa.nulls(table.num_rows, pa.date32()))


def _among(table: pa.Table, column: str, ids: Any) -> npt.NDArray[np.bool_]:
    """Which rows have one of the ids."""
    if column not in table.column_names:
        return np.zeros(table.num_rows, bool)
    values = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    among: npt.NDArray[np.bool_] = pc.is_in(table[column], value_set=values).to_numpy()
    return among


def days_of(table: pa.Table, name: str) -> Days:
    """A date column as days, NaT where there is none."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.datetime64("NaT", "D"), "datetime64[D]")
    days: Days = table[name].to_numpy().astype("datetime64[D]")
    return days


def _dates(days: Days, kind: pa.DataType | None = None) -> pa.Array:
    dates = pa.array(days.astype("datetime64[D]"), pa.date32())
    return dates if kind is None else dates.cast(kind)


def _with(table: pa.Table, column: str, rows: Rows, values: pa.Array) -> pa.Table:
    """The table with other values in some rows of a column; ``rows`` ascending."""
    at, mask = table.schema.get_field_index(column), np.zeros(table.num_rows, bool)
    mask[rows] = True
    new = pc.replace_with_mask(table[column].combine_chunks(), pa.array(mask), values)
    return table.set_column(at, table.schema.field(at), new)


def _differ(a: pa.ChunkedArray, b: pa.ChunkedArray) -> bool:
    other = pc.fill_null(pc.not_equal(a, b), False)
    return bool(pc.any(pc.or_(other, pc.xor(a.is_null(), b.is_null()))).as_py())
