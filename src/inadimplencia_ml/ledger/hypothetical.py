"""A ledger that is not: with payments nobody has made yet, or cut down to a few clients.

What would follow from a payment is then computed by the same code that reads the real books. The ledger that came in is
left as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.door import admit
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.tables import LEDGER_TABLES

__all__ = ["Payment", "clients_alone", "group_members", "with_payments"]


class Payment(NamedTuple):
    """A payment that was not made: which invoice, on which day, how much (BRL)."""

    invoice_id: Any
    day: dt.date
    amount: float


def with_payments(ledger: Ledger, payments: Sequence[Payment]) -> Ledger:
    """The same ledger with these payments, each known on its own day.

    Raises
    ------
    CallError
        The ledger has no such invoice, or a payment is refused at the door.

    Examples
    --------
    >>> import pandas as pd
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "issue_date": ["2025-01-20"],
    ...                               "due_date": ["2025-02-20"], "amount": [10.0]}))
    >>> paid = with_payments(ledger, [Payment("T1", dt.date(2025, 3, 10), 10.0)])
    >>> sorted(ledger.tables), sorted(paid.tables)
    (['invoices'], ['invoices', 'payments'])
    """
    if not payments:
        return ledger
    kind = ledger.tables["invoices"].schema.field("invoice_id").type
    ids = pa.array([one.invoice_id for one in payments], from_pandas=True).cast(kind)
    if not pc.all(pc.is_in(ids, value_set=ledger.tables["invoices"]["invoice_id"].combine_chunks())).as_py():
        raise CallError("payments: an invoice_id is unknown to the ledger. Expected invoices that it holds.")
    asked = {
        "invoice_id": ids,
        "payment_date": pa.array([one.day for one in payments], pa.date32()),
        "amount": pa.array([one.amount for one in payments], pa.float64()),
    }
    admitted = admit(LEDGER_TABLES["payments"], pa.table(asked), timezone=ledger.timezone)
    if admitted.table.num_rows < len(payments):
        refused = admitted.problems.to_pylist()[0]
        raise CallError(f"payments: {refused['column']}: {refused['reason']}")
    return ledger.of_tables(ledger.all_tables() | {"payments": _below(ledger.tables.get("payments"), admitted.table)})


def _below(table: pa.Table | None, new: pa.Table) -> pa.Table:
    """The new rows under those of the table, in its columns and types."""
    if table is None:
        return new
    of_table = {field.name: field for field in table.schema}
    for place, name in enumerate(new.column_names):
        if name in of_table:
            new = new.set_column(place, of_table[name], new[name].cast(of_table[name].type))
    return pa.concat_tables([table, new], promote_options="default")


def group_members(ledger: Ledger, client_id: Any) -> list[Any]:
    """The client, and whoever shares a group with them in the table links."""
    links = ledger.tables.get("links")
    if links is None or not links.num_rows:
        return [client_id]
    own = pc.equal(links["client_id"].cast(pa.string()), str(client_id))
    groups = pc.unique(links.filter(own)["group_id"])
    others = pc.unique(links.filter(pc.is_in(links["group_id"], value_set=groups))["client_id"]).to_pylist()
    return [client_id, *(one for one in others if str(one) != str(client_id))]


def clients_alone(ledger: Ledger, client_ids: Sequence[Any]) -> Ledger:
    """The same ledger with the facts of these clients alone; what is of no client (macro) stays whole."""
    wanted = pa.array([str(one) for one in client_ids], pa.string())
    kept: dict[str, pa.Table] = {}
    for name, table in ledger.all_tables().items():
        if name == "payments" or "client_id" not in table.column_names:
            kept[name] = table
        else:
            kept[name] = table.filter(pc.is_in(table["client_id"].cast(pa.string()), value_set=wanted))
    payments = kept.get("payments")
    if payments is not None and "invoice_id" in payments.column_names:
        invoices = kept["invoices"]["invoice_id"].combine_chunks().cast(payments["invoice_id"].type)
        kept["payments"] = payments.filter(pc.is_in(payments["invoice_id"], value_set=invoices))
    return ledger.of_tables(kept)
