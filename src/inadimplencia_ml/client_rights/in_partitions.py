"""One client forgotten in a ledger in partitions: theirs is written again, and the few others that name them.

Rows under a pseudonym move to the partition in which the pseudonym is looked for, as if the ledger had been dealt out
with it: who scores a part, appends to it or looks the pseudonym up finds them there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.client_rights.forgotten import How, Who, mentions, text_columns, without
from inadimplencia_ml.client_rights.holdings import Holdings, read_schema, read_table
from inadimplencia_ml.client_rights.sealed import recounted
from inadimplencia_ml.client_rights.whose import is_client
from inadimplencia_ml.ledger.partitions import MANIFEST, Partitions
from inadimplencia_ml.ledger.rewriting import put_whole, rewritten
from inadimplencia_ml.ledger.together import Staged
from inadimplencia_ml.storage import write_json

__all__ = ["forgotten_in_partitions", "others_that_mention"]

_AT_ONCE = 4
Pieces = dict[int, pa.Table]


def forgotten_in_partitions(holdings: Holdings, who: Who, how: How, staged: Staged, told: dict[str, pa.Table]) -> None:
    """Writes the partitions that hold something of a client again, and stages the manifest that names the new ones.

    Parameters
    ----------
    holdings : Holdings
        Of a ledger in partitions, with the files of other partitions that hold or mention the client.
    who : Who
    how : {"pseudonymise", "erase"}
    staged : Staged
        The manifest is added.
    told : dict
        Filled: by place, the client's rows as they were.
    """
    parts = holdings.parts
    assert parts is not None
    changed: dict[int, dict[str, pa.Table]] = {}
    gone: dict[str, int] = {}
    for name in sorted({one.table for one in holdings.files if one.partition is not None}):
        numbers = sorted(one.partition for one in holdings.files if one.table == name and one.partition is not None)
        before = {k: parts.table(k, name) for k in numbers}
        after, mine = _without(before, name, who, how)
        gone[name] = sum(before[k].num_rows - after[k].num_rows for k in numbers)
        if how == "pseudonymise":
            after |= _moved(parts, before, after, name, who)
        for k, table in after.items():
            if k not in before or not table.equals(before[k]):
                changed.setdefault(k, {})[name] = table
        if mine.num_rows:
            told[f"ledger/{name}.parquet"] = mine
    manifest = _manifest(parts, changed, _whole(parts, who, how))
    if how == "erase":
        manifest = recounted(manifest, {name: many for name, many in gone.items() if many})
    if manifest != parts.manifest:
        staged.add(parts.folder / MANIFEST, partial(write_json, manifest))


def _without(before: Pieces, name: str, who: Who, how: How) -> tuple[Pieces, pa.Table]:
    """The pieces of a table without the client, and the client's rows; pseudonyms of ids are counted over all."""
    if how == "erase":
        each = {k: without(table, name, who, how) for k, table in before.items()}
        return {k: one[0] for k, one in each.items()}, pa.concat_tables([one[1] for one in each.values()])
    after, mine = without(pa.concat_tables(before.values()), name, who, how)
    cut, begin = {}, 0
    for k, table in before.items():
        cut[k] = after.slice(begin, table.num_rows)
        begin += table.num_rows
    return cut, mine


def _moved(parts: Partitions, before: Pieces, after: Pieces, name: str, who: Who) -> Pieces:
    """The two pieces that change when the client's own rows go where the pseudonym is looked for."""
    home, target = (int(parts.of_clients([one])[0]) for one in (who.client_id, who.pseudonym))
    if home == target or home not in before:
        return {}
    goes = _own(before[home], name, who)
    if not pc.any(goes).as_py():
        return {}
    there = after[target] if target in after else parts.table(target, name)
    arrived = pa.concat_tables([there, after[home].filter(goes)])
    return {home: after[home].filter(pc.invert(goes)), target: arrived}


def _own(table: pa.Table, name: str, who: Who) -> Any:
    """Which rows are dealt out by the client: a payment goes by its invoice, where that is known."""
    columns = table.column_names
    mine = is_client(table["client_id"], who.client_id) if "client_id" in columns else None
    if name != "payments" or "invoice_id" not in columns:
        return mine
    named = table["invoice_id"].cast(pa.string())
    theirs = pc.fill_null(pc.is_in(named, value_set=who.invoices), False)
    others = pc.fill_null(pc.is_in(named, value_set=who.foreign), False)
    return theirs if mine is None else pc.or_(theirs, pc.and_(mine, pc.invert(others)))


def _whole(parts: Partitions, who: Who, how: How) -> dict[str, Any]:
    """What the manifest is to say of tables of no client and of the problems, where they named the client."""
    entries = {}
    for name in parts.manifest["whole"]:
        before = parts.whole(name)
        after = without(before, name, who, how)[0]
        if not after.equals(before):
            entries[name] = put_whole(parts.folder, name, after)
    return entries


def _manifest(parts: Partitions, changed: dict[int, dict[str, pa.Table]], whole: dict[str, Any]) -> dict[str, Any]:
    entries = list(parts.manifest["partitions"])
    for k, entry in rewritten(parts, sorted(changed), lambda k: changed[k].items()).items():
        entries[k] = entry
    return {**parts.manifest, "partitions": entries, "whole": parts.manifest["whole"] | whole}


def others_that_mention(holdings: Holdings, near: Holdings, who: Who) -> Holdings:
    """``near`` with the files of further partitions whose texts name the client; of the others only texts are read."""
    known = {one.path for one in near.files}
    further = [one for one in holdings.files if one.partition is not None and one.path not in known]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        named = list(pool.map(lambda one: _mentioned_in(one.path, who), further))
    found = tuple(one for one, yes in zip(further, named, strict=True) if yes)
    return Holdings(near.ledger, near.files + found, near.parts)


def _mentioned_in(path: Path, who: Who) -> bool:
    columns = text_columns(read_schema(path))
    table = read_table(path, columns) if columns and who.secrets else None
    return table is not None and any(mentions(table[name], who) for name in columns)
