"""What is recovered of defaults: workout cohorts by month of default, their ultimate, and the loss given default."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.portfolio.chain_ladder import latest, ultimates
from inadimplencia_ml.portfolio.courses import RENEGOTIATED
from inadimplencia_ml.portfolio.groups import Groups, invoice_groups
from inadimplencia_ml.portfolio.looked_back import LookedBack, look_back, month_start, whole_numbers
from inadimplencia_ml.portfolio.workout import Defaults, Figures, cells_of, client_weights, defaults_of, figures_of

__all__ = ["RecoveryCurves", "recovery_curves"]

Flags = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RecoveryCurves:
    """Recoveries of invoices that went into default; each table begins with the columns of ``by``.

    Attributes
    ----------
    lgd : DataFrame
        One row a group: ``defaults``, ``clients``, ``exposure`` (outstanding at default), ``recovered_share`` (money so
        far), ``other_share`` (settled by credit notes, discounts, withheld tax or returned goods: not recovered),
        ``developed_share`` (how much of what will come has come), ``ultimate``, ``lgd`` with ``lgd_low`` and
        ``lgd_high`` (95 %), ``lgd_discounted`` with its own; ``renegotiated`` and ``renegotiated_amount``: defaults
        that ended so, whether left out or not; ``lgd_if_lost``: the loss if nothing more came of them. The ultimate and
        the losses are null for a group of ``by`` with fewer than ``min_clients`` clients in default.
    curve : DataFrame
        One row a group and ``month`` since default (0: by the end of the same calendar month): ``factor`` to the next
        month, ``developed``, ``recovered_share`` of the exposure, and ``lgd_of_rest``: the loss on what is still open
        at that age.
    triangle : DataFrame
        One row a group, ``cohort`` (first day of the month of default) and month: ``recovered`` money and
        ``recovered_share``, cumulative; null where the month, or its booking, is not over.
    cohorts : DataFrame
        One row a group and cohort: ``defaults``, ``exposure``, ``age`` in months, ``recovered_share``, and
        ``ultimate_share`` by the chain ladder (null where nothing is developed at its age).
    settings : dict
        dpd, as_of, annual_rate, months, tail, renegotiated, min_clients.
    """

    lgd: pd.DataFrame
    curve: pd.DataFrame
    triangle: pd.DataFrame
    cohorts: pd.DataFrame
    settings: dict[str, Any]


def recovery_curves(
    ledger: Ledger,
    as_of: dt.date | str | None = None,
    *,
    dpd: int = 90,
    by: str | Sequence[str] | None = None,
    annual_rate: float = 0.0,
    months: int = 36,
    tail: float = 1.0,
    renegotiated: Literal["left_out", "lost"] = "left_out",
    min_clients: int = 20,
    draws: int = 200,
    random_state: int = 0,
) -> RecoveryCurves:
    """Money recovered after default, by month of default and months since; the ultimate, and the loss given default.

    Parameters
    ----------
    ledger : Ledger
    as_of : date, optional
        Nothing known later is used; by default, and at the latest, the ledger's known_until.
    dpd : int
        Days past due that are default; an invoice renegotiated or written off while overdue defaults on that day.
    by : str or sequence of str, optional
        Columns of the invoices or of the clients, as last known: a curve for each value.
    annual_rate : float
        Effective rate a year at which recoveries are discounted to the day of default, 0.12 for 12 %.
    months : int
        Months since default that are followed. What comes later is the tail's.
    tail : float
        Ultimate over what has come in ``months`` months, 1 or more. 1 assumes that nothing comes later.
    renegotiated : {"left_out", "lost"}
        What came of a renegotiated debt comes under other invoices. Left out, it is taken to end as those do that were
        not renegotiated, which is kind; lost, as if nothing more came, which is an upper bound.
    min_clients : int
        A group of ``by`` with fewer clients in default has no loss of its own.
    draws : int
        Resamples of clients for the intervals; 0: none.
    random_state : int
        Seed of the resamples.

    Returns
    -------
    RecoveryCurves

    Raises
    ------
    CallError
        An argument is out of range, or ``by`` names no column.

    Examples
    --------
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1", "C2"], "invoice_id": ["T1", "T2"], "amount": [100.0, 300.0],
    ...     "issue_date": ["2024-01-02", "2024-01-02"], "due_date": ["2024-02-01", "2024-02-01"],
    ...     "paid_date": ["2024-06-10", None]}), known_until="2024-12-31")
    >>> recovery_curves(ledger, dpd=90, draws=0).lgd[["defaults", "exposure", "lgd"]].to_numpy().tolist()
    [[2.0, 400.0, 0.75]]
    """
    if renegotiated not in ("left_out", "lost"):
        raise CallError(f"renegotiated={renegotiated!r} is unknown.{did_you_mean(renegotiated, ('left_out', 'lost'))}")
    if not tail >= 1.0 or not annual_rate > -1.0:
        raise CallError(f"tail {tail}, annual_rate {annual_rate}: expected a tail of 1 or more and a rate above -1")
    back = look_back(ledger, as_of)
    settings: dict[str, Any] = {"dpd": whole_numbers(dpd, "dpd")[0], "as_of": back.as_of, "annual_rate": annual_rate}
    settings |= {"months": whole_numbers(months, "months")[0], "tail": tail, "renegotiated": renegotiated}
    settings["min_clients"] = 0 if by is None else min_clients
    groups = invoice_groups(back.known, by)
    return _recoveries(back, groups, settings, whole_numbers(draws, "draws", least=0)[0], random_state)


def _recoveries(
    back: LookedBack, groups: Groups, settings: dict[str, Any], draws: int, random_state: int
) -> RecoveryCurves:
    """The curves of groups of invoices; see ``recovery_curves``."""
    found = defaults_of(back, groups, settings)
    used = (found.closed != RENEGOTIATED) | (settings["renegotiated"] == "lost")
    first = int(found.cohort.min(initial=back.last_month))
    rows, columns = back.last_month - first + 1, min(settings["months"], back.last_month - first) + 1
    age = np.minimum(np.arange(rows)[::-1], columns - 1)
    clients = int(found.client.max(initial=-1)) + 1
    parts: list[list[pd.DataFrame]] = []
    for g in range(len(groups.labels)):
        own = (found.group == g) & used
        cells = cells_of(found, own, first, rows, columns, clients)
        drawn = [figures_of(cells, w, age, settings["tail"]) for w in client_weights(clients, draws, random_state)]
        line = _lgd(found, own, found.group == g, drawn, age)
        everything = cells_of(found, found.group == g, first, rows, columns, clients)
        bound = figures_of(everything, np.ones((clients, 1)), age, settings["tail"])
        line["lgd_if_lost"] = 1.0 - bound.rate
        if line["clients"].item() < settings["min_clients"]:
            line[["ultimate", *line.filter(like="lgd").columns]] = np.nan
        tables = [line, *_tables(drawn[0], np.bincount(found.cohort[own] - first, minlength=rows), age, first)]
        parts.append([_labelled(groups.labels.iloc[[g]], table) for table in tables])
    lgd, curve, triangle, cohorts = (pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True))
    return RecoveryCurves(lgd, curve, triangle, cohorts, settings)


def _labelled(label: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    repeated = label.loc[label.index.repeat(len(table))].reset_index(drop=True)
    return pd.concat([repeated, table], axis=1)


def _lgd(found: Defaults, own: Flags, of_group: Flags, drawn: list[Figures], age: I64) -> pd.DataFrame:
    now, exposure = drawn[0], float(found.left[own].sum())
    came = float(latest(now.cash, age).sum())
    developed = float((now.exposure * now.found.developed[age]).sum())
    moved = of_group & (found.closed == RENEGOTIATED)
    figures: dict[str, Any] = {
        "defaults": int(own.sum()),
        "clients": len(np.unique(found.client[own])),
        "exposure": exposure / 100,
        "recovered_share": came / exposure if exposure else np.nan,
        "other_share": found.other[own].sum() / exposure if exposure else np.nan,
        "developed_share": developed / exposure if exposure else np.nan,
        "ultimate": float(now.rate[0]),
    }
    for name, rates in (("lgd", [d.rate for d in drawn]), ("lgd_discounted", [d.rate_discounted for d in drawn])):
        resampled = 1.0 - np.concatenate(rates[1:]) if len(rates) > 1 else np.empty(0)
        resampled = resampled[~np.isnan(resampled)]
        low, high = np.quantile(resampled, (0.025, 0.975)) if len(resampled) else (np.nan, np.nan)
        figures |= {name: 1.0 - float(rates[0][0]), f"{name}_low": float(low), f"{name}_high": float(high)}
    figures |= {"renegotiated": int(moved.sum()), "renegotiated_amount": found.left[moved].sum() / 100}
    return pd.DataFrame([figures])


def _tables(now: Figures, defaults: I64, age: I64, first: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """curve, triangle, cohorts."""
    cash, exposure, developed = now.cash[:, :, 0], now.exposure[:, 0], now.found.developed[:, 0]
    (rows, columns), rate = cash.shape, float(now.rate[0])
    share = rate * developed
    curve = pd.DataFrame(
        {
            "month": np.arange(columns),
            "factor": np.append(now.found.factors[:, 0], 1.0 / developed[-1]),
            "developed": developed,
            "recovered_share": share,
            "lgd_of_rest": np.divide(1.0 - rate, 1.0 - share, out=np.zeros(columns), where=share < 1.0),
        }
    )
    seen = np.arange(columns) <= age[:, None]
    whole = np.where(exposure > 0, exposure, np.nan)
    start = month_start(np.arange(first, first + rows))
    triangle = pd.DataFrame(
        {
            "cohort": start.repeat(columns).reset_index(drop=True),
            "month": np.tile(np.arange(columns), rows),
            "recovered": np.where(seen, cash / 100, np.nan).ravel(),
            "recovered_share": np.where(seen, cash / whole[:, None], np.nan).ravel(),
        }
    )
    cohorts = pd.DataFrame(
        {
            "cohort": start,
            "defaults": defaults,
            "exposure": exposure / 100,
            "age": age,
            "recovered_share": latest(cash, age) / whole,
            "ultimate_share": ultimates(now.cash, age, now.found)[:, 0] / whole,
        }
    )
    return curve, triangle, cohorts
