"""A ledger's raw tables in a database of their own, for a second reckoning that shares no code with the first.

What the plain SQL does not cover is found here: clients with such facts are left out and counted, never compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.calendar import UFS, Calendar

if TYPE_CHECKING:
    import duckdb

__all__ = ["LEFT_OUT", "PlainBook"]

#: Why a client is left out: (pt-BR, English).
LEFT_OUT: dict[str, tuple[str, str]] = {
    "history": ("título com histórico de alterações", "invoice with a history of changes"),
    "amount_missing": ("título sem valor", "invoice without an amount"),
    "observed_until": ("título que deixou de ser observado", "invoice no longer observed"),
    "told_twice": ("pagamento contado duas vezes, de modos diferentes", "payment told twice, in different ways"),
    "two_states": ("cliente com mais de uma UF", "client with more than one state"),
    "forgotten": ("consumidor com título de cinco anos ou mais", "consumer with an invoice of five years or more"),
}

_DAY, _MONEY, _TEXT = pa.date32(), pa.float64(), pa.string()
_COLUMNS: dict[str, dict[str, pa.DataType | None]] = {
    "invoices": {
        "client_id": None,
        "invoice_id": None,
        **dict.fromkeys(("issue_date", "due_date", "paid_date", "cancelled_date", "cancelled_known_on"), _DAY),
        **dict.fromkeys(("observed_until", "known_on"), _DAY),
        **dict.fromkeys(("amount", "paid_amount"), _MONEY),
        **dict.fromkeys(("cancel_reason", "uf"), _TEXT),
    },
    "payments": {
        "invoice_id": None,
        **dict.fromkeys(("payment_date", "reversed_on", "known_on"), _DAY),
        **dict.fromkeys(("amount", "principal"), _MONEY),
        "kind": _TEXT,
    },
    "clients": {"client_id": None, "uf": _TEXT, "kind": _TEXT, "is_consumer": pa.bool_(), "known_on": _DAY},
}

_LOCKED = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
    "threads": "1",
}

_INVOICES = """
CREATE TABLE told AS
WITH states AS (
    SELECT client_id, min(uf) AS uf, min(coalesce(known_on, DATE '0001-01-01')) AS since
    FROM raw_clients WHERE list_contains($ufs, uf) GROUP BY client_id
)
SELECT i.*,
    greatest(i.issue_date, coalesce(i.known_on, i.issue_date)) AS known,
    CASE WHEN list_contains($ufs, i.uf) THEN i.uf
         WHEN s.since <= greatest(i.issue_date, coalesce(i.known_on, i.issue_date)) THEN s.uf END AS state
FROM raw_invoices i LEFT JOIN states s ON s.client_id = i.client_id
WHERE i.client_id IN (SELECT client_id FROM snaps)
"""

_BOOK = """
CREATE TABLE inv AS
SELECT i.client_id, i.invoice_id, i.issue_date AS issue, i.due_date AS due, b.due_adj, i.known,
    CAST(round(i.amount * 100) AS BIGINT) AS owed,
    i.cancelled_date AS closed_on,
    greatest(i.cancelled_date, coalesce(i.cancelled_known_on, i.cancelled_date)) AS closed_known,
    coalesce(i.cancel_reason, 'void') NOT IN ('renegotiated', 'written_off') AS void
FROM told i JOIN business_days b ON b.due = i.due_date AND b.state IS NOT DISTINCT FROM i.state;

CREATE TABLE short AS
SELECT invoice_id, paid_date AS paid_on, CAST(round(coalesce(paid_amount, amount) * 100) AS BIGINT) AS cents,
    CAST(round(coalesce(paid_amount, amount) * 100) AS BIGINT) AS money,
    greatest(paid_date, known) AS booked, DATE '9999-12-31' AS until, true AS is_payment
FROM told WHERE paid_date IS NOT NULL;

CREATE TABLE rows_of_payments AS
SELECT p.invoice_id, p.payment_date AS paid_on,
    CAST(round(coalesce(p.principal, p.amount) * 100) AS BIGINT) AS cents,
    CAST(round(p.amount * 100) AS BIGINT) AS money,
    greatest(p.payment_date, coalesce(p.known_on, p.payment_date)) AS booked,
    coalesce(p.reversed_on, DATE '9999-12-31') AS until,
    coalesce(p.kind, 'payment') = 'payment' AS is_payment, t.client_id
FROM raw_payments p JOIN (SELECT DISTINCT invoice_id, client_id FROM told) t ON t.invoice_id = p.invoice_id;

CREATE TABLE pay AS
SELECT * FROM short
UNION ALL
SELECT p.invoice_id, p.paid_on, p.cents, p.money, p.booked, p.until, p.is_payment FROM rows_of_payments p
WHERE NOT EXISTS (
    SELECT 1 FROM short s WHERE s.invoice_id = p.invoice_id AND s.paid_on = p.paid_on AND s.money = p.money
);
"""

_LEFT_OUT = """
CREATE TABLE left_out AS
SELECT client_id, 'history' AS reason FROM told
    WHERE invoice_id IN (SELECT invoice_id FROM told GROUP BY invoice_id HAVING count(*) > 1)
UNION SELECT client_id, 'amount_missing' FROM told WHERE amount IS NULL
UNION SELECT client_id, 'observed_until' FROM told WHERE observed_until IS NOT NULL
UNION SELECT p.client_id, 'told_twice' FROM rows_of_payments p JOIN short s
    ON s.invoice_id = p.invoice_id AND s.paid_on = p.paid_on AND s.money = p.money
    WHERE p.booked < s.booked OR p.until < DATE '9999-12-31'
UNION SELECT client_id, 'two_states' FROM raw_clients WHERE client_id IN (SELECT client_id FROM snaps)
    GROUP BY client_id HAVING count(DISTINCT uf) > 1
UNION SELECT t.client_id, 'forgotten' FROM told t
    JOIN (SELECT client_id, max(as_of) AS last FROM snaps GROUP BY client_id) s ON s.client_id = t.client_id
    WHERE t.due_date <= s.last - 1825
        AND t.client_id IN (SELECT client_id FROM raw_clients WHERE is_consumer OR kind = 'PF');
"""


class PlainBook:
    """The facts of the covered clients, as SQL tables ``snaps``, ``inv`` and ``pay``; used in a ``with`` block.

    Parameters
    ----------
    tables : mapping of name to Arrow table
        The ledger's tables, as the door let them in.
    snapshots : DataFrame
        client_id, as_of and, of invoices, invoice_id; the snapshots are numbered in their order.
    calendar : Calendar
        Hands in the business days as a table.
    at_issue : bool
        Whether the features look at the end of the day before as_of.
    """

    def __init__(
        self, tables: Mapping[str, pa.Table], snapshots: pd.DataFrame, calendar: Calendar, *, at_issue: bool
    ) -> None:
        import duckdb

        self.database: duckdb.DuckDBPyConnection = duckdb.connect(":memory:", config=dict(_LOCKED))
        self._size = len(snapshots)
        ids = tables["invoices"].schema
        for name in _COLUMNS:
            self.database.register(f"raw_{name}", _plain(tables.get(name), name, ids))
        keys = [c for c in ("client_id", "invoice_id") if c in snapshots.columns]
        taken = pa.Table.from_pandas(snapshots[keys], preserve_index=False)
        day = pa.array(snapshots["as_of"].to_numpy().astype("datetime64[D]"), _DAY)
        number = pa.array(np.arange(len(snapshots)))
        self.database.register("given", taken.append_column("as_of", day).append_column("snap", number))
        back = 1 if at_issue else 0
        self.database.execute(f"CREATE TABLE snaps AS SELECT *, as_of - {back} AS look FROM given")
        self.database.execute(_INVOICES, {"ufs": list(UFS)})
        due = self.database.sql(
            "SELECT DISTINCT state, due_date AS due FROM told WHERE due_date IS NOT NULL"
        ).to_arrow_table()
        self.database.register("business_days", _adjusted(due, calendar))
        self.database.execute(_BOOK)
        self.database.execute(_LEFT_OUT)
        for name in ("snaps", "inv"):
            self.database.execute(f"DELETE FROM {name} WHERE client_id IN (SELECT client_id FROM left_out)")

    def __enter__(self) -> PlainBook:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    def ask(self, sql: str, **parameters: Any) -> pd.DataFrame:
        """The answer of one query, its named parameters as ``$name``."""
        found: pd.DataFrame = self.database.execute(sql, parameters).df()
        return found

    def covered(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which snapshots may be compared: those of clients without a fact that the SQL does not cover."""
        mask = np.zeros(self._size, bool)
        mask[self.ask("SELECT snap FROM snaps")["snap"]] = True
        return mask

    def left_out(self) -> pd.DataFrame:
        """reason, clients and snapshots left out; a client may have several reasons."""
        return self.ask(
            "SELECT reason, count(DISTINCT client_id) AS clients, count(*) AS snapshots "
            "FROM left_out JOIN given USING (client_id) GROUP BY reason ORDER BY reason"
        )

    def booking_lag(self, known_at: Any) -> int:
        """Days after which 95 % of the payments of the year before ``known_at`` were booked; 0 where nobody says."""
        found = self.ask(
            "WITH waited AS (SELECT greatest(known_on - payment_date, 0) AS days FROM raw_payments "
            "WHERE known_on <= $t AND payment_date > $t - 365 AND payment_date <= $t), "
            "ranked AS (SELECT days, row_number() OVER (ORDER BY days) AS place, count(*) OVER () AS n FROM waited) "
            "SELECT coalesce(max(days), 0) AS lag FROM ranked WHERE place = 1 + ceil((n - 1) * 0.95)",
            t=known_at,
        )
        return int(found["lag"].iloc[0])


def _plain(table: pa.Table | None, name: str, ids: pa.Schema) -> pa.Table:
    """The columns that the SQL reads, of one type each; one that the ledger lacks is null."""
    size = 0 if table is None else table.num_rows
    columns = {}
    for column, given in _COLUMNS[name].items():
        kind = ids.field(column).type if given is None else given
        if table is None or column not in table.column_names:
            columns[column] = pa.chunked_array([pa.nulls(size, kind)])
        else:
            columns[column] = table[column].cast(kind, safe=False)
    return pa.table(columns)


def _adjusted(due: pa.Table, calendar: Calendar) -> pa.Table:
    """Each due date with its business day, by state."""
    codes = pc.fill_null(pc.index_in(due["state"], value_set=pa.array(UFS)), -1).to_numpy().astype(np.int8)
    days = due["due"].cast(pa.int32()).to_numpy()
    return due.append_column("due_adj", pa.array(calendar.adjust(days, codes), pa.int32()).cast(_DAY))
