"""One pass over all snapshots for the families that read the client's invoices, and what they need besides them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.contracts import NAMES as CONTRACTS
from inadimplencia_ml.features.history.contracts import write_contracts
from inadimplencia_ml.features.history.cures import NAMES as CURES
from inadimplencia_ml.features.history.cures import write_cures
from inadimplencia_ml.features.history.latest import NAMES as LATEST
from inadimplencia_ml.features.history.latest import write_latest
from inadimplencia_ml.features.history.order import NAMES as ORDER
from inadimplencia_ml.features.history.order import write_order
from inadimplencia_ml.features.history.postponed import NAMES as POSTPONED
from inadimplencia_ml.features.history.postponed import write_postponed
from inadimplencia_ml.features.history.rhythm import NAMES as RHYTHM
from inadimplencia_ml.features.history.rhythm import write_rhythm
from inadimplencia_ml.features.history.shock import NAMES as SHOCK
from inadimplencia_ml.features.history.shock import write_shock
from inadimplencia_ml.features.history.spread import NAMES as SPREAD
from inadimplencia_ml.features.history.spread import write_spread
from inadimplencia_ml.features.history.view import Side, look_at, make_view
from inadimplencia_ml.features.looked import Looked, Snaps
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.codes import cent_codes, encode
from inadimplencia_ml.ledger.lateness import Consumers, consumer_on
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["WALKED", "side_of", "walk"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]

WALKED: dict[str, tuple[str, ...]] = {
    "spread": SPREAD,
    "latest": LATEST,
    "shock": SHOCK,
    "cures": CURES,
    "postponed": POSTPONED,
    "rhythm": RHYTHM,
    "contracts": CONTRACTS,
    "order": ORDER,
}
"""The families of this pass with their columns; the kernel below counts them in this order."""

_RECURRING = (
    "card credit_card debit_card cartao cartão debit direct_debit debito débito debito_automatico débito_automático"
).split()


def walk(ledger: Ledger, looked: Looked, names: Sequence[str], n_jobs: int) -> Out:
    """The columns of the families ``names``, feature x pair of client and day, in the order of `WALKED`."""
    first, width = np.full(len(WALKED), -1, np.int64), 0
    for k, name in enumerate(WALKED):
        if name in names:
            first[k], width = width, width + len(WALKED[name])
    snaps, books = looked.snaps, ledger.books
    out = np.full((width, len(snaps.day)), np.nan)
    if out.size:
        arguments = looked.client_start, books.versions, books.payments, looked.who, snaps, side_of(ledger), first, out
        looked.each_share(n_jobs, _walk, *arguments)
    return out


def side_of(ledger: Ledger) -> Side:
    """What the families read of each invoice beside its versions, from the row that was known first."""
    books, table = ledger.books, ledger.tables["invoices"]
    rows = pa.array(books.first_row)
    return Side(
        contract=_contracts(table, rows),
        installment=_counts(table, rows),
        recurring=_recurring(table, rows),
        first_due=books.first_due,
        first_due_adj=books.first_due_adj,
        first_cents=cent_codes(table, "amount")[books.first_row],
    )


def _contracts(table: pa.Table, rows: pa.Array) -> I32:
    """Numbers of the contracts, told apart within a client only."""
    if "contract_id" not in table.column_names:
        return np.full(len(rows), -1, np.int32)
    return encode(table["contract_id"].take(rows))[0]


def _counts(table: pa.Table, rows: pa.Array) -> I32:
    if "installment" not in table.column_names:
        return np.full(len(rows), -1, np.int32)
    counts = pc.fill_null(table["installment"].take(rows).cast(pa.int32(), safe=False), -1)
    return np.asarray(counts.to_numpy(), np.int32)


def _recurring(table: pa.Table, rows: pa.Array) -> npt.NDArray[np.bool_]:
    if "kind" not in table.column_names:
        return np.zeros(len(rows), bool)
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(table["kind"].take(rows)))
    plain = pc.replace_substring(pc.replace_substring(plain, " ", "_"), "-", "_")
    found = pc.fill_null(pc.is_in(plain, value_set=pa.array(_RECURRING)), False)
    return np.asarray(found.to_numpy(), np.bool_)


@maker
def _walk(
    low: int,
    high: int,
    client_start: I32,
    v: Versions,
    p: Payments,
    who: Consumers,
    snaps: Snaps,
    side: Side,
    first: I64,
    out: Out,
) -> None:
    widest = 0
    for c in range(low, high):
        widest = max(widest, client_start[c + 1] - client_start[c])
    view = make_view(widest)
    for c in range(low, high):
        a, b = client_start[c], client_start[c + 1]
        for s in range(snaps.start[c], snaps.start[c + 1]):
            t = np.int64(snaps.day[s])
            n, matured = look_at(t, a, b, v, p, consumer_on(t, c, who), view)
            if first[0] >= 0:
                write_spread(t, n, matured, view, v, p, side, first[0], s, out)
            if first[1] >= 0:
                write_latest(t, n, matured, view, v, p, side, first[1], s, out)
            if first[2] >= 0:
                write_shock(t, n, matured, view, v, p, side, first[2], s, out)
            if first[3] >= 0:
                write_cures(t, n, matured, view, v, p, side, first[3], s, out)
            if first[4] >= 0:
                write_postponed(t, n, matured, view, v, p, side, first[4], s, out)
            if first[5] >= 0:
                write_rhythm(t, n, matured, view, v, p, side, first[5], s, out)
            if first[6] >= 0:
                write_contracts(t, n, matured, view, v, p, side, first[6], s, out)
            if first[7] >= 0:
                write_order(t, n, matured, view, v, p, side, first[7], s, out)
