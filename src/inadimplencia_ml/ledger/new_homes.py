"""The partition of each new row: that of the invoice that it names, or of its client and their group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.frames import in_one_piece
from inadimplencia_ml.ledger.partitions import Partitions, groups_of, hashed

__all__ = ["new_homes"]

_AT_ONCE = 4
_BY_INVOICE = ("invoices", "payments")
I64 = npt.NDArray[np.int64]


def new_homes(parts: Partitions, new: Mapping[str, pa.Table]) -> dict[str, I64]:
    """The partition of each row of new tables; not of those that are of no client.

    Raises
    ------
    CallError
        A new link ties clients of different partitions together.
    """
    linked = _linked(parts, new.get("links"))
    out: dict[str, I64] = {}
    owners = None
    for name, table in new.items():
        columns = set(table.column_names)
        if name in parts.manifest["whole"] or not {"client_id", "invoice_id"} & columns:
            continue
        own = _of_clients(parts, table["client_id"], linked) if "client_id" in columns else None
        if name in _BY_INVOICE and "invoice_id" in columns:
            owners = _owners(parts, new, linked) if owners is None else owners
            theirs = _looked_up(table["invoice_id"], *owners, otherwise=-1)
            own = np.where(theirs >= 0, theirs, 0 if own is None else own)
        out[name] = np.zeros(table.num_rows, np.int64) if own is None else own
    return out


def _looked_up(values: Any, known: pa.Array, numbers: I64, otherwise: int) -> I64:
    at = in_one_piece(pc.fill_null(pc.index_in(values, value_set=known), -1)).to_numpy(zero_copy_only=False)
    found: I64 = np.append(numbers, otherwise)[at]
    return found


def _of_clients(parts: Partitions, ids: Any, linked: tuple[pa.Array, I64]) -> I64:
    text = in_one_piece(ids.cast(pa.string()))
    theirs = _looked_up(text, *linked, otherwise=-1)
    number = np.where(theirs >= 0, theirs, hashed(pc.fill_null(text, ""), len(parts)))
    return np.where(text.is_null().to_numpy(zero_copy_only=False), 0, number)


def _linked(parts: Partitions, links: pa.Table | None) -> tuple[pa.Array, I64]:
    """Clients with links, old and new, and their partitions.

    A client whom a new link brings into a group goes where the group is; one with facts elsewhere cannot.
    """
    there = parts.linked
    clients, home = in_one_piece(there["client_id"]), there["partition"].to_numpy()
    if links is None:
        return clients, home
    asked, groups = links["client_id"].cast(pa.string()).to_pylist(), groups_of(links).to_pylist()
    of_group = dict(zip(there["group"].to_pylist(), home.tolist(), strict=True))
    of_client = dict(zip(clients.to_pylist(), home.tolist(), strict=True))
    usual = hashed(pa.array(asked, pa.string()), len(parts)).tolist()
    known = _known_clients(parts, asked)
    for client, group, number in zip(asked, groups, usual, strict=True):  # the day's new links: few
        mine = of_client.get(client, number if client in known else None)
        theirs = of_group.get(group, mine)
        place = number if theirs is None else theirs
        if mine is not None and mine != place:
            raise CallError(
                "links: a new link ties clients of different partitions together. Write the partitions anew with "
                "`inadimplencia partition` from a ledger that holds the link."
            )
        of_client[client], of_group[group] = place, place
    return pa.array(list(of_client), pa.string()), np.array(list(of_client.values()), np.int64)


def _known_clients(parts: Partitions, asked: list[str]) -> set[str]:
    """Which of these clients have any fact in the ledger."""
    wanted = pa.array(sorted(set(asked)), pa.string())
    found: set[str] = set()
    for k, one in enumerate(parts.manifest["partitions"]):
        for name, entry in one["tables"].items():
            if "client_id" in parts.schema(name).names and entry["rows"]:
                ids = pc.unique(parts.column(k, name, "client_id").cast(pa.string()))
                found |= set(ids.filter(pc.is_in(ids, value_set=wanted)).to_pylist())
    return found


def _owners(parts: Partitions, new: Mapping[str, pa.Table], linked: tuple[pa.Array, I64]) -> tuple[pa.Array, I64]:
    """The invoices that new rows name, and the partition of each: where it is, or where its client goes."""
    named = list(_invoices_named(new))
    kind = named[0].type
    wanted = pc.unique(pa.chunked_array([c for ids in named for c in ids.cast(kind).chunks], kind)).drop_null()

    def those_in(k: int) -> pa.Array:
        there = parts.column(k, "invoices", "invoice_id").cast(kind)
        return in_one_piece(pc.unique(there.filter(pc.is_in(there, value_set=wanted))))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        ids = list(pool.map(those_in, range(len(parts))))
    home = [np.full(len(found), k, np.int64) for k, found in enumerate(ids)]
    if "invoices" in new:
        ids.append(in_one_piece(new["invoices"]["invoice_id"].cast(kind)))
        home.append(_of_clients(parts, new["invoices"]["client_id"], linked))
    # of two, index_in takes the first
    return in_one_piece(pa.chunked_array(ids, kind)), np.concatenate(home)


def _invoices_named(new: Mapping[str, pa.Table]) -> Iterator[pa.ChunkedArray]:
    for name in _BY_INVOICE:
        if name in new and "invoice_id" in new[name].column_names:
            yield new[name]["invoice_id"]
