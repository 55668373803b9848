"""Features of a book that is larger than its result may be: by blocks of clients, each a table of its own."""

from __future__ import annotations

import datetime as dt
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.features.build import Part, feature_parts
from inadimplencia_ml.features.fixed.columns import always_there
from inadimplencia_ml.features.history.families import Families, wanted_families
from inadimplencia_ml.ledger.blocks import Blocks
from inadimplencia_ml.ledger.codes import starts
from inadimplencia_ml.ledger.frames import in_one_piece
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.parts import MOST_ROWS, ledger_parts
from inadimplencia_ml.ledger.snapshots import Looks, last_day_of, read_snapshots, snapshot_table
from inadimplencia_ml.ledger.sorting import in_place, order_by_group

if TYPE_CHECKING:
    from inadimplencia_ml.features.custom.columns import Custom

__all__ = ["features_table", "stream_features", "stream_folder", "warm_up"]

_AHEAD = 1
"""Blocks that may be ready before they are asked for."""
_ALWAYS_THERE = always_there()


def stream_features(
    ledger: Ledger,
    snapshots: Any,
    *,
    families: Families = (),
    custom: Sequence[Custom] = (),
    n_jobs: int | None = None,
    count: int | None = None,
) -> Iterator[pa.Table]:
    """The rows of `build_features`, in tables of blocks of clients in the order of their ids.

    Parameters
    ----------
    ledger : Ledger
    snapshots : table, or a function of a ledger
        pandas, Polars or Arrow, with client_id and as_of; or what makes the snapshots of a block's ledger.
    families : sequence of str or "all"
    custom : sequence of Aggregate, PythonFeature or SqlFeature
    n_jobs : int, optional
        Blocks worked on at once; by default as many as there are cores.
    count : int, optional
        How many blocks; by default one for every 120,000 invoices.

    Yields
    ------
    pyarrow.Table
        All of one schema, missing values as nulls. Within a client the rows are in the order of the snapshots. With the
        family groups, clients whom links tie together come in the table of the first of them.
    """
    names = wanted_families(families)
    asked = snapshots if callable(snapshots) else snapshot_table(snapshots)
    blocks = Blocks(ledger, count, tied="groups" in names)
    yield from _of_blocks(blocks, asked, names, custom, n_jobs or os.cpu_count() or 1)


def _of_blocks(
    blocks: Blocks, asked: Any, names: Families, custom: Sequence[Custom], jobs: int, last: int | None = None
) -> Iterator[pa.Table]:
    """Features block by block: some ahead of what is asked for, as many at once as there are jobs."""
    within = max(1, jobs // len(blocks))
    of_block = (lambda k, part: asked(part)) if callable(asked) else _by_block(asked, blocks)
    if "macro" in names and last is None:
        last = _last_day(asked, (blocks[k] for k in range(len(blocks))))

    def work(k: int) -> pa.Table:
        part = blocks[k]
        return features_table(part, of_block(k, part), families=names, custom=custom, n_jobs=within, last_day=last)

    waiting: deque[Future[pa.Table]] = deque()
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for k in range(len(blocks)):
            waiting.append(pool.submit(work, k))
            if len(waiting) > jobs + _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _last_day(asked: Any, ledgers: Iterable[Ledger]) -> int | None:
    """The last day looked from in any of the ledgers, which says what series have columns; None where there is none."""
    last = None
    for ledger in ledgers:
        if "macro" not in ledger.tables:
            return None
        mine = last_day_of(asked(ledger) if callable(asked) else asked, ledger.timezone)
        last = mine if last is None else max(last, mine)
        if not callable(asked):
            break  # the table is that of all ledgers
    return last


def features_table(
    ledger: Ledger,
    snapshots: Any,
    *,
    families: Families,
    custom: Sequence[Custom],
    n_jobs: int | None,
    last_day: int | None = None,
) -> pa.Table:
    """The rows of `build_features` as Arrow, missing values as nulls, of a schema that does not depend on the rows.

    The economy is an exception: its columns are those known on ``last_day``, without it on the last day of the rows.
    """
    looks = read_snapshots(snapshots, ledger)
    parts = feature_parts(ledger, looks, families=families, custom=custom, n_jobs=n_jobs, last_day=last_day)
    return _as_table(looks, parts)


def stream_folder(
    folder: Path, snapshots: Any, *, families: Families = (), custom: Sequence[Custom] = (), n_jobs: int | None = None
) -> Iterator[tuple[dt.date, pa.Table]]:
    """As `stream_features`, of a ledger in a folder; one larger than memory goes by parts, one after another.

    Yields
    ------
    date, pyarrow.Table
        The last day that the ledger knows (of a part, where the folder does not say it), and features.
    """
    wanted, jobs, last = wanted_families(families), n_jobs or os.cpu_count() or 1, None
    with ledger_parts(folder, most_rows=MOST_ROWS) as parts:
        asked = snapshots if callable(snapshots) else snapshot_table(snapshots)
        if "macro" in wanted and parts.count > 1:
            last = _last_day(asked, parts)
        number = None if callable(asked) or parts.count == 1 else parts.of_clients(asked["client_id"])
        for k, ledger in enumerate(parts):
            mine = asked if number is None else asked.filter(pa.array(number == k))
            blocks = Blocks(ledger, tied="groups" in wanted, use_up=True)
            for table in _of_blocks(blocks, mine, wanted, custom, jobs, last):
                yield ledger.known_until, table


def warm_up() -> None:
    """Does what the first call in a process has to do: loads the compiled kernels and the calendar.

    In a thread beside the reading of a book it costs no time of its own.
    """
    day = pa.array([18_262], pa.date32())
    one = pa.array(["1"])
    invoices = pa.table({"client_id": one, "invoice_id": one, "issue_date": day, "due_date": day, "amount": [1.0]})
    payments = pa.table({"invoice_id": one, "payment_date": day, "amount": [1.0]})
    book = Ledger(invoices, payments, known_until="2020-01-02")
    for _ in stream_features(book, pa.table({"client_id": one, "as_of": day}), n_jobs=1):
        pass


def _by_block(snapshots: pa.Table, blocks: Blocks) -> Callable[[int, Ledger], pa.Table]:
    """The snapshots of each block, in the order of their clients' ids."""
    number = blocks.of_clients(snapshots["client_id"])
    edges = starts(np.bincount(number, minlength=len(blocks)))
    order = order_by_group(number, edges)

    def of_block(k: int, part: Ledger) -> pa.Table:
        low, high = int(edges[k]), int(edges[k + 1])
        mine = snapshots[low:high] if order is None else snapshots.take(pa.array(order[low:high]))
        client = part.books.client_numbers(mine["client_id"])
        client = np.where(client < 0, np.int32(2**31 - 1), client)  # those that the ledger does not know come last
        return mine if in_place(client) else mine.take(pa.array(np.argsort(client, kind="stable")))

    return of_block


def _as_table(looks: Looks, parts: Sequence[Part]) -> pa.Table:
    """Columns side by side as Arrow, of a schema that does not depend on the rows: texts as dictionaries of text."""
    columns = _keys(looks)
    for part in parts:
        if isinstance(part, tuple):
            columns |= {name: _as_array(name, row) for name, row in zip(part[0], part[1], strict=True)}
        elif isinstance(part, dict):
            columns |= {
                name: _as_array(name, one) if isinstance(one, np.ndarray) else _as_words(one)
                for name, one in part.items()
            }
        else:
            columns |= _of_frame(part)
    fields = [pa.field(name, array.type, nullable=name not in _ALWAYS_THERE) for name, array in columns.items()]
    return pa.Table.from_arrays(list(columns.values()), schema=pa.schema(fields))


def _keys(looks: Looks) -> dict[str, pa.Array]:
    """The keys as they would come out of a frame of pandas, which is made only of ids of another kind."""
    columns = {
        name: in_one_piece(column) for name, column in zip(looks.given.column_names, looks.given.columns, strict=True)
    }
    columns["as_of"] = pa.array(looks.as_of.astype("datetime64[D]").astype("datetime64[s]"))
    for name in columns.keys() - {"as_of"}:
        kind = columns[name].type
        if pa.types.is_string(kind):
            columns[name] = columns[name].cast(pa.large_string())
        elif not (pa.types.is_int64(kind) or pa.types.is_large_string(kind)):
            return _of_frame(looks.keys)
    return columns


def _of_frame(frame: pd.DataFrame) -> dict[str, pa.Array]:
    if len(frame.columns) and set(frame.dtypes) == {np.dtype("float64")}:
        values = frame.to_numpy().T
        return {str(name): _as_array(str(name), row) for name, row in zip(frame.columns, values, strict=True)}
    columns = {}
    for name, column in frame.items():
        array = pa.array(column, from_pandas=True)
        text = isinstance(column.dtype, pd.CategoricalDtype)
        columns[str(name)] = array.cast(pa.dictionary(pa.int32(), pa.string())) if text else array
    return columns


def _as_words(column: pa.ChunkedArray) -> pa.Array:
    """Text as its words in their order, and which of them each row says."""
    values = in_one_piece(column.cast(pa.string()))
    words = pc.unique(values).drop_null()
    words = words.take(pc.sort_indices(words))
    return pa.DictionaryArray.from_arrays(pc.index_in(values, value_set=words), words)


def _as_array(name: str, values: npt.NDArray[np.float64]) -> pa.Array:
    """Numbers as an Arrow array, over the same memory if they lie together there, NaN as null."""
    values = np.ascontiguousarray(values)
    if name in _ALWAYS_THERE:
        return pa.Array.from_buffers(pa.float64(), len(values), [None, pa.py_buffer(values)], null_count=0)
    missing = np.isnan(values)
    gone = int(np.count_nonzero(missing))
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if gone else None
    return pa.Array.from_buffers(pa.float64(), len(values), [valid, pa.py_buffer(values)], null_count=gone)
