"""The ledger: the one door for a company's data, and the one clock.

`Ledger(...)` takes tables from pandas, Polars or Arrow, `read_ledger` a folder. Bad rows never raise: they are counted
in `ledger.counts` and listed in `ledger.problems`. `ledger.known_at(t)` is the ledger as it was known at the end of day
t; nothing downstream sees further.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.errors import CallError, LedgerError, did_you_mean
from inadimplencia_ml.ledger.books import Books, Known
from inadimplencia_ml.ledger.clock import facts_known_at, last_fact, to_date
from inadimplencia_ml.ledger.codes import as_frame
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.ledger.folder import read_folder, write_folder
from inadimplencia_ml.ledger.partitions import Partitions
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES

__all__ = ["Ledger", "of_settings", "read_ledger", "read_partition"]


class Ledger:
    """A company's receivables: invoices, and what else is known of them.

    Parameters
    ----------
    invoices : table
        pandas, Polars or Arrow, with at least client_id, invoice_id, issue_date, due_date and, normally, amount.
    payments, clients, agreements, contacts, links, escalations, macro : table, optional
        Further tables, with the columns of `inadimplencia_ml.tables`.
    attributes : mapping of name to table, optional
        Any facts on clients, each row with client_id and known_on.
    calendar : {"BR", "none"}, Calendar, or a table of municipal days
        Which days are business days; fixed here once.
    timezone : str
        Times with a zone are cut to the date in this zone.
    currency : str
        The one currency of all amounts.
    known_until : date, optional
        The day of extraction; by default the last day on which any row became known, never a due date.

    Raises
    ------
    LedgerError
        A required column is missing, or there is more than one currency.

    Examples
    --------
    >>> import pandas as pd
    >>> invoices = pd.DataFrame({
    ...     "client_id": ["C1", "C1"], "invoice_id": ["T1", "T2"],
    ...     "issue_date": ["2025-01-02", "2025-02-03"], "due_date": ["2025-02-03", "2025-03-05"],
    ...     "amount": [1200.0, 900.0], "paid_date": ["2025-02-10", None]})
    >>> ledger = Ledger(invoices)
    >>> ledger.known_until
    datetime.date(2025, 2, 10)
    >>> bool(ledger.known_at("2025-02-05").frame("invoices")["paid_date"].isna().all())
    True
    """

    def __init__(
        self,
        invoices: Any,
        payments: Any = None,
        clients: Any = None,
        agreements: Any = None,
        contacts: Any = None,
        links: Any = None,
        escalations: Any = None,
        macro: Any = None,
        attributes: Mapping[str, Any] | None = None,
        *,
        calendar: Any = "BR",
        timezone: str = "America/Sao_Paulo",
        currency: str = "BRL",
        known_until: dt.date | str | None = None,
    ) -> None:
        given = dict(
            invoices=invoices,
            payments=payments,
            clients=clients,
            agreements=agreements,
            contacts=contacts,
            links=links,
            escalations=escalations,
            macro=macro,
        )
        if attributes is not None and not isinstance(attributes, Mapping):
            raise LedgerError(
                f"attributes: expected a mapping of a name to a table, got {type(attributes).__name__}. "
                "Write attributes={'bureau': table}."
            )
        admitted = {
            name: admit(LEDGER_TABLES[name], frame, timezone=timezone, currency=currency)
            for name, frame in given.items()
            if frame is not None
        }
        for name, frame in (attributes or {}).items():
            admitted[f"attributes/{name}"] = admit(ATTRIBUTES, frame, timezone=timezone, name=f"attributes/{name}")
        self._fill(admitted, calendar=calendar, timezone=timezone, currency=currency, known_until=known_until)

    @classmethod
    def from_admitted(
        cls,
        admitted: Mapping[str, Admitted],
        *,
        calendar: Any = "BR",
        timezone: str = "America/Sao_Paulo",
        currency: str = "BRL",
        known_until: dt.date | str | None = None,
    ) -> Ledger:
        """A ledger of tables that passed the door; attributes under the name ``attributes/<name>``."""
        new = cls.__new__(cls)
        new._fill(admitted, calendar=calendar, timezone=timezone, currency=currency, known_until=known_until)
        return new

    def _fill(
        self, admitted: Mapping[str, Admitted], *, calendar: Any, timezone: str, currency: str, known_until: Any
    ) -> None:
        if "invoices" not in admitted:
            raise LedgerError(f"a ledger needs the table invoices; got {sorted(admitted) or 'no table'}")
        tables = _same_ids({name: one.table for name, one in admitted.items()})
        self._tables = {name: table for name, table in tables.items() if "/" not in name}
        self._attributes = {n.removeprefix("attributes/"): t for n, t in tables.items() if "/" in n}
        self.calendar = Calendar.of(calendar)
        self.timezone, self.currency = timezone, _currency(self._tables["invoices"], currency)
        self._problems = {name: one.problems for name, one in admitted.items()}
        self._counts = {name: one.counts for name, one in admitted.items()}
        self.notes: dict[str, dict[str, int]] = {name: dict(one.notes) for name, one in admitted.items() if one.notes}
        if known_until is None:
            known_until = last_fact(self._tables, self._attributes)
        self.known_until: dt.date = to_date(known_until, "known_until")
        self.cut: dt.date | None = None
        self._known: Known | None = None

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {table.num_rows:,}" for name, table in self.tables.items())
        return f"<Ledger {sizes}; known until {self.known_until}>"

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The canonical Arrow tables that are present, by name."""
        return dict(self._tables)

    @property
    def attributes(self) -> dict[str, pa.Table]:
        """The attribute tables, by name."""
        return dict(self._attributes)

    def all_tables(self) -> dict[str, pa.Table]:
        """Tables and attributes by name, the latter as ``attributes/<name>``."""
        return self._tables | {f"attributes/{n}": t for n, t in self._attributes.items()}

    def give_away(self) -> dict[str, pa.Table]:
        """All tables, of which the ledger then holds none: for who goes through a large book once."""
        tables = self.all_tables()
        self._tables, self._attributes = {}, {}
        return tables

    def frame(self, name: str) -> pd.DataFrame:
        """One table as a pandas DataFrame; attributes as ``attributes/<name>``.

        Raises
        ------
        CallError
            The ledger has no such table.
        """
        named = self.all_tables()
        if name not in named:
            raise CallError(f"the ledger has no table {name!r}.{did_you_mean(name, named)}")
        return as_frame(named[name])

    @cached_property
    def books(self) -> Books:
        """All facts as sorted arrays of whole clients, for the compiled passes."""
        return Books.of(self._tables, self.calendar, self._known)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Rows in and what became of them, one row a table; rows = accepted + flagged + rejected + duplicate."""
        columns = ["table", "rows", "accepted", "flagged", "rejected", "duplicate"]
        return pd.DataFrame([{"table": n, **c} for n, c in self._counts.items()], columns=columns)

    @cached_property
    def problems(self) -> pd.DataFrame:
        """Every finding of the door: table, row, column, value, outcome, code and reason."""
        frame: pd.DataFrame = self._all_problems().to_pandas()
        return frame

    def _all_problems(self) -> pa.Table:
        return pa.concat_tables(list(self._problems.values()), promote_options="permissive")

    def write(self, folder: str | Path) -> Path:
        """Writes the ledger into ``folder``; what was there is replaced only when all is written.

        Raises
        ------
        LedgerError
            The folder holds something that is not a ledger.
        """
        settings = {
            "known_until": self.known_until.isoformat(),
            "calendar": self.calendar.to_json(),
            "timezone": self.timezone,
            "currency": self.currency,
            "notes": self.notes,
        }
        write_folder(Path(folder), self.all_tables(), self._all_problems(), self._counts, settings)
        return Path(folder)

    def known_at(self, t: dt.date | str) -> Ledger:
        """The ledger as it was known at the end of day ``t``: the only clock of the library.

        A fact is known from max(its own date, its known_on). Later facts of a row (payment, cancellation, reversal,
        answer) are blank until their own day.
        """
        day = to_date(t, "t")
        tables, attributes = facts_known_at(self._tables, self._attributes, day)
        new = self.of_tables(tables | {f"attributes/{n}": t for n, t in attributes.items()})
        new.known_until = min(day, self.known_until)
        new.cut = day
        return new

    def of_tables(self, tables: Mapping[str, pa.Table], known: Known | None = None) -> Ledger:
        """The same ledger with other rows; named as in `all_tables`, of the same types.

        ``known`` may tell what was found out about these rows, so that nobody has to look it up again.
        """
        new = Ledger.__new__(Ledger)
        new.__dict__.update({k: v for k, v in self.__dict__.items() if k not in ("books", "counts", "problems")})
        new._tables = {name: table for name, table in tables.items() if "/" not in name}
        new._attributes = {n.removeprefix("attributes/"): t for n, t in tables.items() if "/" in n}
        new._known = known
        return new


def read_ledger(folder: str | Path, *, settings: Mapping[str, Any] | None = None) -> Ledger:
    """A ledger from a folder: one that `Ledger.write` or the import wrote, or plain Parquet files named as the tables.

    Parameters
    ----------
    folder : path
    settings : mapping, optional
        calendar, timezone, currency and known_until as a manifest tells them, in place of the folder's own.

    Raises
    ------
    LedgerError
        There is no such folder, it holds no invoices, a file is not readable, or its format is unknown.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> one = Ledger(pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "issue_date": ["2025-01-20"],
    ...                            "due_date": ["2025-02-20"], "amount": [10.0]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_ledger(one.write(folder + "/ledger")).known_until
    datetime.date(2025, 1, 20)
    """
    admitted, told = read_folder(Path(folder))
    return of_settings(admitted, told if settings is None else settings)


def read_partition(parts: Partitions, k: int) -> Ledger:
    """The ledger of the clients of one partition; what it says of itself is what the whole book says."""
    return of_settings(parts.tables(k), parts.manifest)


def of_settings(admitted: Mapping[str, Admitted], manifest: Mapping[str, Any]) -> Ledger:
    """The ledger of tables that passed the door, with the settings that a manifest tells."""
    return Ledger.from_admitted(
        admitted,
        calendar=Calendar.from_json(manifest["calendar"]) if "calendar" in manifest else "BR",
        timezone=manifest.get("timezone", "America/Sao_Paulo"),
        currency=manifest.get("currency", "BRL"),
        known_until=manifest.get("known_until"),
    )


def _same_ids(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Each id column of one type in all tables: that of invoices, or text where a table says it otherwise."""
    out = dict(tables)
    for column in ("client_id", "invoice_id"):
        having = [name for name, table in out.items() if column in table.column_names]
        kinds = {out[name].schema.field(column).type for name in having if out[name].num_rows}
        kind = out["invoices"].schema.field(column).type if len(kinds) <= 1 else pa.string()
        if len(kinds) == 1:
            kind = next(iter(kinds))
        for name in having:
            at = out[name].schema.get_field_index(column)
            if out[name].schema.field(column).type != kind:
                out[name] = out[name].set_column(at, column, out[name][column].cast(kind))
    return out


def _currency(invoices: pa.Table, currency: str) -> str:
    if "currency" not in invoices.column_names:
        return currency
    found = sorted(set(pc.unique(invoices["currency"]).drop_null().to_pylist()))
    if len(found) > 1:
        raise LedgerError(f"invoices: more than one currency, {' and '.join(found)}. Make one ledger a currency.")
    return str(found[0]) if found else currency
