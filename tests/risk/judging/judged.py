"""Judged rows with the truth known: clients who repeat, outcomes drawn from the probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from inadimplencia_ml.risk.client_draws import ClientDraws
from inadimplencia_ml.risk.judging.rows import Cells, Rows, cells_of

Floats = np.ndarray[Any, np.dtype[np.float64]]


def true_book(seed: int, *, clients: int = 400, most: int = 7, alike: float = 0.0) -> tuple[Floats, Floats, Floats]:
    """y, p and the client of each row; ``alike``: the correlation of the luck of a client's rows (in a copula)."""
    rng = np.random.default_rng(seed)
    client = np.repeat(np.arange(clients), rng.integers(1, most + 1, clients))
    p = expit(rng.normal(-2.0, 1.0, clients)[client] + rng.normal(0, 0.3, len(client)))
    luck = np.sqrt(alike) * rng.normal(size=clients)[client] + np.sqrt(1 - alike) * rng.normal(size=len(client))
    return (luck < norm.ppf(p)).astype(float), p, client


def rows_of(y: Any, p: Any, client: Any = None, *, n: int = 0, exposure: Any = None) -> Rows:
    """The rows as the tables of a judgement take them."""
    return Rows(np.asarray(y, float), np.asarray(p, float), ClientDraws(client, len(y), n, 0), exposure)


def rated(p: Floats, edges: tuple[float, ...] = (0.05, 0.1, 0.2)) -> Cells:
    """Ratings A, B, C … by the probability."""
    return cells_of(np.array(list("ABCDEFGH"), dtype=object)[np.searchsorted(edges, p)], len(p), "ratings")
