"""Draws cases, titles and scores of a big book: every column a policy may ask for, about 1.6 open titles a client."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.calendar import UFS
from inadimplencia_ml.tables import CASES, TITLES, Column

DAY = np.datetime64("2025-06-30")
TEXTS: dict[str, list[str | None]] = {
    "kind": ["PF", "PJ"],
    "uf": [*UFS, None],
    "preferred_channel": ["whatsapp", "email", "sms", "phone", None, None, None],
}
RARE = {"deceased", "court_plan", "vulnerable", "hardship", "do_not_contact", "disputed", "assigned", "time_barred"}


class Book(NamedTuple):
    """What `decide` takes."""

    scores: pd.DataFrame
    cases: pd.DataFrame
    titles: pd.DataFrame
    records: pd.DataFrame
    reach: pd.DataFrame


def draw_book(clients: int, *, random_state: int = 0, first: int = 0) -> Book:
    """A book of ``clients`` cases, numbered from ``first``; the same for the same seed."""
    rng = np.random.default_rng(random_state)
    count = rng.choice([0, 1, 2, 3, 4, 6], clients, p=[0.15, 0.45, 0.22, 0.1, 0.05, 0.03])
    case = np.repeat(np.arange(clients), count)
    n = len(case)
    ids = pd.Series(np.char.add("C", np.arange(first, first + clients).astype(str)), dtype="str")
    dpd = np.where(rng.random(n) < 0.4, rng.integers(-30, 1, n), rng.exponential(60, n).astype(np.int64) + 1)
    amount = np.round(np.exp(rng.normal(5.5, 1.2, n)), 2)
    titles: dict[str, Any] = {
        "client_id": ids.iloc[case].reset_index(drop=True),
        "invoice_id": pd.Series(np.char.add("T", np.arange(n).astype(str)), dtype="str"),
        "due_date": (DAY - dpd).astype("datetime64[s]"),
        "dpd": dpd,
        "dpd_original": dpd,
        "open_amount": amount,
    }
    titles |= {c.name: _drawn(c, n, rng) for c in TITLES.columns if c.name not in titles}
    sums = {
        "open_amount": _by_case(case, amount, clients),
        "overdue_amount": _by_case(case[dpd > 0], amount[dpd > 0], clients),
        "open_count": count,
        "overdue_count": np.bincount(case[dpd > 0], minlength=clients),
        "disputed_amount": np.zeros(clients),
        "unapplied_amount_30d": np.where(rng.random(clients) < 0.02, 10.0, 0.0),
    }
    cases: dict[str, Any] = {"client_id": ids, "as_of": DAY.astype("datetime64[s]")} | sums
    cases |= {c.name: _drawn(c, clients, rng) for c in CASES.columns if c.name not in cases}
    chance = rng.beta(1.2, 6, clients)
    scores = {
        "client_id": ids,
        "as_of": DAY.astype("datetime64[s]"),
        "model_version": "m1",
        "probability": chance,
        "state": rng.choice(["scoreable", "already_bad", "no_exposure", "inactive"], clients, p=[0.7, 0.15, 0.1, 0.05]),
        "segment": np.array(["low", "medium", "high"], object)[np.digitize(chance, [0.05, 0.2])],
    }
    return Book(pd.DataFrame(scores), pd.DataFrame(cases), pd.DataFrame(titles), _records(ids, rng), _reach(ids, rng))


def _records(ids: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Escalations that stand: of one client in fifty, half of them settled."""
    n = len(ids) // 50
    return pd.DataFrame(
        {
            "client_id": ids.iloc[rng.integers(0, len(ids), n)].reset_index(drop=True),
            "invoice_id": pd.Series(np.char.add("R", np.arange(n).astype(str)), dtype="str"),
            "kind": rng.choice(["negativacao", "protest", "agency"], n),
            "requested_on": DAY - 90,
            "effective_on": np.where(rng.random(n) < 0.7, DAY - 60, np.datetime64("NaT", "D")),
            "settled_on": np.where(rng.random(n) < 0.5, DAY - rng.integers(0, 5, n), np.datetime64("NaT", "D")),
        }
    )


def _reach(ids: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Contacts of a year: about one channel and hour a client."""
    n = len(ids)
    tried = rng.integers(1, 6, n)
    return pd.DataFrame(
        {
            "client_id": ids.iloc[rng.integers(0, max(len(ids), 1), n)].reset_index(drop=True),
            "channel": rng.choice(["whatsapp", "email", "sms", "phone"], n),
            "hour": rng.integers(9, 18, n),
            "tried": tried,
            "answered": rng.binomial(tried, 0.2),
        }
    )


def _by_case(case: npt.NDArray[np.int64], amount: npt.NDArray[np.float64], n: int) -> npt.NDArray[np.float64]:
    return np.bincount(case, weights=amount, minlength=n).round(2)


def _drawn(column: Column, n: int, rng: np.random.Generator) -> Any:
    """Plausible values of a column by its kind; rare things rarely."""
    if column.name in TEXTS:
        choices = np.array(TEXTS[column.name], object)
        return pd.Series(choices[rng.integers(0, len(choices), n)], dtype="str")
    if column.kind == "bool":
        return pd.array(rng.random(n) < (0.01 if column.name in RARE else 0.3), dtype="boolean")
    if column.kind == "date":
        days = DAY.astype("datetime64[s]") - rng.integers(0, 200, n).astype("timedelta64[D]")
        return np.where(rng.random(n) < 0.5, days, np.datetime64("NaT", "s"))
    if column.kind == "number":
        return np.where(rng.random(n) < 0.1, np.nan, rng.random(n))
    if column.kind == "amount":
        return np.round(rng.exponential(2_000, n), 2)
    if column.kind == "count":
        return pd.array(rng.poisson(1.5, n), dtype="Int64")
    return pd.Series(np.full(n, None, object), dtype="str")
