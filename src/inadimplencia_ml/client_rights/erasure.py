"""One client forgotten in a ledger and its results: erased, or kept under a pseudonym; the act is logged without id.

All files change together or none does (`inadimplencia_ml.client_rights.together`). A client is not forgotten by being
left out of the next import: whoever imports the same export again brings them back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.client_rights.forgotten import HOWS, How, Who, without
from inadimplencia_ml.client_rights.holdings import (
    Holding,
    Holdings,
    invoices_of,
    own_values,
    read_schema,
    read_table,
    texts_naming,
)
from inadimplencia_ml.client_rights.in_partitions import forgotten_in_partitions, others_that_mention
from inadimplencia_ml.client_rights.sealed import resealed
from inadimplencia_ml.client_rights.whose import is_client, line_is_of, mentioned
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.partitions import is_partitioned
from inadimplencia_ml.ledger.together import Staged, journal_of, stage
from inadimplencia_ml.storage import held_alone, read_parquet, write_parquet
from inadimplencia_ml.tables import ERASURES

__all__ = ["ERASURES_FILE", "HOWS", "Erasure", "How", "forget_client"]

ERASURES_FILE = "erasures.parquet"
_TYPES = {"date": pa.date32(), "count": pa.int64(), "amount": pa.float64()}
_SCHEMA = pa.schema([(c.name, _TYPES.get(c.kind, pa.string())) for c in ERASURES.columns])
_AMOUNTS = ("amount", "amount_due")


@dataclass(frozen=True)
class Erasure:
    """What was done, as it is logged.

    Attributes
    ----------
    erasure_id : str
        E000001 onwards.
    pseudonym : str or int or None
        What stands in the client's place; None where rows were erased.
    files : DataFrame
        file, rows of the client, amount: their sum, where the table has amounts.
    """

    erasure_id: str
    pseudonym: Any
    files: pd.DataFrame


def forget_client(
    ledger: str | Path,
    client_id: Any,
    *,
    on: dt.date | str,
    reason: str,
    how: How = "pseudonymise",
    scores: Sequence[str | Path] = (),
    reviews: str | Path | None = None,
) -> Erasure:
    """Takes one client out of a ledger's folder, of folders of results and of the log of reviews.

    Parameters
    ----------
    ledger : path
        Folder of the ledger.
    client_id : str or int
    on : date
        The day of the act.
    reason : str
        Why, in words that name nobody.
    how : {"pseudonymise", "erase"}
        Under a pseudonym the rows stay with their amounts and dates, so that every sum of the book is what it was; ids,
        free text, tax id, city, attributes and the company's own columns go. Erased, the rows are gone.
    scores : sequence of path
        Folders of scores, decisions and messages.
    reviews : path, optional
        By default ``reviews.parquet`` beside the ledger.

    Returns
    -------
    Erasure
        Logged in ``erasures.parquet`` beside the ledger.

    Raises
    ------
    CallError
        Nothing is held on the client, the reason names them, or a file that is no table of ours does. Then nothing was
        changed.

    Notes
    -----
    The law may forbid erasing: fiscal documents, a claim that is not yet time-barred, a lawsuit. Nothing here knows.
    """
    if how not in HOWS:
        raise CallError(f"apagar: how is {how!r}.{did_you_mean(how, HOWS)}")
    folder, day = Path(ledger), to_date(on, "on")
    with ExitStack() as held:
        held.enter_context(held_alone(folder.absolute().parent))
        if is_partitioned(folder):
            held.enter_context(held_alone(folder))  # against an append
        holdings = _swept(folder, scores, reviews)
        log = folder.absolute().parent / ERASURES_FILE
        who = _who(holdings, client_id, log)
        _refuse_reason(reason, who)
        _refuse_mentions(holdings, who)
        staged = Staged(journal_of(folder))
        rows, sizes = _staged(holdings, who, how, staged)
        if not rows:
            raise CallError("apagar: nothing is held on this client, neither in the ledger nor in the folders given")
        resealed(holdings, staged, sizes)
        done = Erasure(f"E{who.number:06d}", who.pseudonym if how == "pseudonymise" else None, pd.DataFrame(rows))
        staged.add(log, lambda path: write_parquet(_logged(log, done, day, how, reason), path))
        staged.commit(swept=[] if holdings.parts is None else [folder])
    return done


def _swept(folder: Path, scores: Sequence[str | Path], reviews: str | Path | None) -> Holdings:
    """The files there are, once what an earlier act left is settled."""

    def there() -> Holdings:
        return Holdings.of(folder, [Path(one) for one in scores], None if reviews is None else Path(reviews))

    stage(journal_of(folder), [*there().folders, folder.absolute().parent])
    return there()


def _who(holdings: Holdings, client_id: Any, log: Path) -> Who:
    asked = holdings.client_id(client_id)
    near = holdings.about(asked)
    invoices = invoices_of(near, asked)
    number = _next_number(holdings, log, asked)
    foreign, values = _foreign(holdings, near, asked, invoices), own_values(near, asked, invoices)
    return Who(asked, number, invoices, foreign, values, _secrets(near, asked))


def _next_number(holdings: Holdings, log: Path, asked: Any) -> int:
    """One more than the last act; more, where the pseudonym would be somebody's id."""
    ids = read_parquet(log)["erasure_id"].to_pylist() if log.exists() else []
    number = max((int(str(one)[1:]) for one in ids), default=0) + 1
    empty = pa.array([], pa.string())
    while _is_somebody(holdings, Who(asked, number, empty, empty, empty, ()).pseudonym):
        number += 1
    return number


def _is_somebody(holdings: Holdings, client_id: Any) -> bool:
    return any(
        pc.any(is_client(read_table(one.path, ["client_id"])["client_id"], client_id)).as_py()
        for one in holdings.at_home(client_id).files
        if one.of_ledger and one.table in ("invoices", "clients")
    )


def _foreign(holdings: Holdings, near: Holdings, asked: Any, invoices: pa.Array) -> pa.Array:
    """Invoices of others that the client paid; a payment lies in the partition of the invoice."""
    known = {one.partition: one.path for one in holdings.files if one.of_ledger and one.table == "invoices"}
    found = [pa.array([], pa.string())]
    for one in near.files:
        wanted = ["client_id", "invoice_id"]
        if not one.of_ledger or one.table != "payments" or not set(wanted) <= set(read_schema(one.path).names):
            continue
        payments = read_table(one.path, wanted)
        paid = payments.filter(is_client(payments["client_id"], asked))["invoice_id"].cast(pa.string())
        there = pc.unique(read_table(known[one.partition], ["invoice_id"])["invoice_id"].cast(pa.string()))
        others = pc.and_(pc.is_in(paid, value_set=there), pc.invert(pc.is_in(paid, value_set=invoices)))
        found.append(pc.unique(paid.filter(others)).drop_null())
    return pc.unique(pa.concat_arrays(found))


def _secrets(holdings: Holdings, asked: Any) -> tuple[str, ...]:
    """The id, where it is text, and the tax ids of the client."""
    found = [] if isinstance(asked, int) else [str(asked)]
    for one in holdings.files:
        if one.of_ledger and one.table == "clients":
            clients = read_table(one.path)
            if "tax_id" in clients.column_names:
                mine = clients.filter(is_client(clients["client_id"], asked))["tax_id"]
                found += pc.unique(mine).drop_null().to_pylist()
    return tuple(dict.fromkeys(found))


def _refuse_reason(reason: str, who: Who) -> None:
    if len(reason.split()) < 2:
        raise CallError("apagar: say why in a few words; the log keeps the reason, and no name")
    if any(mentioned(reason, secret) for secret in (str(who.client_id), *who.secrets)):
        raise CallError("apagar: the reason names the client; the log keeps no name. Say it otherwise.")


def _refuse_mentions(holdings: Holdings, who: Who) -> None:
    """A text of another origin that names the client cannot be mended by us; it would be a trace."""
    for one in texts_naming(holdings, who.secrets):
        raise CallError(f"apagar: {one.path} names the client and is no table of ours. Remove or mend it first.")


def _staged(
    holdings: Holdings, who: Who, how: How, staged: Staged
) -> tuple[list[dict[str, Any]], dict[Path, tuple[Path, int]]]:
    """New files where the client was; what was theirs in each, and the rows that went."""
    told, sizes, ours = [], {}, set[Path]()
    if holdings.parts is not None:
        near, rows_of = others_that_mention(holdings, holdings.about(who.client_id), who), dict[str, pa.Table]()
        forgotten_in_partitions(near, who, how, staged, rows_of)
        told = [{"file": at, "rows": mine.num_rows, "amount": _sum(mine)} for at, mine in sorted(rows_of.items())]
        ours = {path for path, _ in holdings.parts.files().values()}
    for one in holdings.files:
        if one.kind == "text" or one.path in ours:
            continue
        waiting, rows, amount, gone = (_lines if one.kind == "lines" else _table)(one, who, how, staged)
        if waiting is not None:
            sizes[one.path] = (waiting, gone)
        if rows:
            told.append({"file": one.place, "rows": rows, "amount": amount})
    return told, sizes


def _lines(one: Holding, who: Who, how: How, staged: Staged) -> tuple[Path | None, int, float | None, int]:
    """Messages hold nothing but the person: their lines go in both ways."""
    lines = one.path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line_is_of(line, who.client_id)]
    if len(kept) == len(lines):
        return None, 0, None, 0
    gone = len(lines) - len(kept)
    return staged.add(one.path, lambda path: _write_text(path, "".join(kept))), gone, None, gone


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def _table(one: Holding, who: Who, how: How, staged: Staged) -> tuple[Path | None, int, float | None, int]:
    table = read_table(one.path)
    name = one.table if one.of_ledger or one.table != "problems" else ""
    fresh, mine = without(table, name, who, how)
    if fresh.equals(table):
        return None, 0, None, 0
    gone = table.num_rows - fresh.num_rows
    return staged.add(one.path, lambda path: write_parquet(fresh, path)), mine.num_rows, _sum(mine), gone


def _sum(rows: pa.Table) -> float | None:
    column = next((name for name in _AMOUNTS if name in rows.column_names), None)
    total = None if column is None else pc.sum(rows[column]).as_py()
    return None if total is None else round(float(total), 2)


def _logged(log: Path, done: Erasure, day: dt.date, how: How, reason: str) -> pa.Table:
    """The log with one row a file more."""
    common = {"erasure_id": done.erasure_id, "on": day, "how": how, "reason": reason.strip()}
    common |= {"pseudonym": None if done.pseudonym is None else str(done.pseudonym)}
    rows = [
        common
        | {"file": one["file"], "rows": int(one["rows"]), "amount": None if pd.isna(one["amount"]) else one["amount"]}
        for one in done.files.to_dict("records")
    ]
    new = pa.Table.from_pylist(rows, schema=_SCHEMA)
    return pa.concat_tables([read_parquet(log), new]) if log.exists() else new
