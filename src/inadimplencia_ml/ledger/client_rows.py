"""What the clients table says of UF and consumer law, and from which day."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from inadimplencia_ml.ledger.codes import date_codes, flag_codes, keep_older, lookup, starts, state_codes, text_codes
from inadimplencia_ml.ledger.lateness import NEVER, Consumers

__all__ = ["ClientRows"]


class ClientRows:
    """By client: the first UF ever given (-1: none) and the day it was known; consumer law by day known."""

    def __init__(self, table: pa.Table | None, client_ids: pa.Array) -> None:
        n = len(client_ids)
        self.uf, self.uf_since = np.full(n, -1, np.int8), np.full(n, NEVER, np.int32)
        if table is None or not table.num_rows:
            self.consumers = Consumers(np.zeros(n + 1, np.int32), np.empty(0, np.int32), np.empty(0, bool))
            return
        client, known = lookup(table["client_id"], client_ids), date_codes(table, "known_on")
        # rows known on one day are ordered by what they say, so that their order in the file changes nothing
        uf, consumer = state_codes(table, "uf"), flag_codes(table, "is_consumer")
        kind = np.maximum(text_codes(table, "kind", ("PJ", "PF")), -1)
        keys: list[Any] = [uf, kind, consumer, known, client]
        order = np.lexsort(keys)
        client, since, uf = client[order], known[order], uf[order]
        first = np.ones(len(client), bool)
        first[1:] = client[1:] != client[:-1]
        told = np.flatnonzero(uf >= 0)[::-1]  # backwards, so that the first UF ever given is written last
        self.uf[client[told]], self.uf_since[client[told]] = uf[told], since[told]
        given = keep_older(consumer[order], np.int8(-1), first)
        person = keep_older(kind[order], np.int8(-1), first)
        flag = np.where(given >= 0, given == 1, person == 1)
        self.consumers = Consumers(starts(np.bincount(client, minlength=n)), since, flag)
