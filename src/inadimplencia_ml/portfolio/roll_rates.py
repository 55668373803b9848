"""Roll rates: how clients or invoices move between buckets of days past due from one month end to the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.portfolio.looked_back import look_back, month_start, months_end, whole_numbers
from inadimplencia_ml.portfolio.month_ends import (
    CLOSED_STATE,
    GONE,
    NEW,
    SETTLED_STATE,
    Moves,
    client_moves,
    invoice_moves,
)
from inadimplencia_ml.portfolio.no_return import no_return_table, point_of_no_return

__all__ = ["RollRates", "roll_rates"]

Floats = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]

_THRESHOLDS = (1, 5, 10, 15, 30, 45, 60, 75, 90, 120, 150, 180)
_ENDS = {SETTLED_STATE: "settled", CLOSED_STATE: "closed", GONE: "gone"}


@dataclass(frozen=True)
class RollRates:
    """Moves between month ends.

    Attributes
    ----------
    stocks : DataFrame
        One row a month end (``month``: its first day) and bucket: ``count``, ``amount`` outstanding.
    moves : DataFrame
        ``month`` (first day of the later month), ``from_state``, ``to_state``, ``count``, ``amount`` (outstanding at
        the earlier month end; for ``new`` at the later one) and ``amount_after`` (outstanding at the later one).
    forward : DataFrame
        One row a bucket: ``count`` and ``amount`` that started there, the shares that were worse (``roll_forward``),
        the same (``stay``) and better or settled (``roll_back``) a month later, closed or gone apart
        (``left_otherwise``); each also by amount. ``reach_last``: the share that ever comes to the last bucket if every
        month is as these months were together (a Markov chain with constant moves).
    no_return : DataFrame
        One row a threshold in days past due: of the invoices that reached it, and of their outstanding amount, what was
        ``cured`` (settled), ``renegotiated``, ``written_off`` or still ``unpaid`` after ``follow_days`` days.
    states : tuple of str
        The buckets, from the best to the worst.
    follow_days : int
    """

    stocks: pd.DataFrame
    moves: pd.DataFrame
    forward: pd.DataFrame
    no_return: pd.DataFrame
    states: tuple[str, ...]
    follow_days: int

    def matrix(self, of: Literal["count", "amount"] = "count", *, share: bool = True) -> pd.DataFrame:
        """All months together: from each state (row) to each state (column).

        Parameters
        ----------
        of : {"count", "amount"}
        share : bool
            Shares of each row, which add up to 1 (NaN where nobody was); else counts or reais.
        """
        if of not in ("count", "amount"):
            raise CallError(f"of={of!r} is unknown.{did_you_mean(of, ('count', 'amount'))}")
        table = self.moves.pivot_table(index="from_state", columns="to_state", values=of, aggfunc="sum")
        table = table.reindex(index=["new", *self.states], columns=[*self.states, *_ENDS.values()]).fillna(0.0)
        table.index.name, table.columns.name = "from_state", "to_state"
        return table.div(table.sum(axis=1).replace(0.0, np.nan), axis=0) if share else table

    def point_of_no_return(self, *, by: Literal["count", "amount"] = "count", most: float = 0.5) -> int | None:
        """The lowest dpd from which on less than ``most`` is cured within ``follow_days``; None if there is none."""
        return point_of_no_return(self.no_return, share=f"cured{'_amount' * (by == 'amount')}_share", most=most)


def roll_rates(
    ledger: Ledger,
    as_of: dt.date | str | None = None,
    *,
    months: int = 12,
    level: Literal["client", "invoice"] = "client",
    edges: Sequence[int] = (0, 30, 60, 90),
    thresholds: Sequence[int] = _THRESHOLDS,
    follow_days: int = 90,
) -> RollRates:
    """Month-end states, the moves between consecutive ones, and from where on nothing comes back.

    Parameters
    ----------
    ledger : Ledger
    as_of : date, optional
        Nothing known later is used; by default, and at the latest, the ledger's known_until.
    months : int
        Number of moves: month ends up to as_of, and one more.
    level : {"client", "invoice"}
        A client stands where the worst of its open invoices does, with all that it has open.
    edges : sequence of int
        The last dpd of each bucket; (0, 30, 60, 90) makes 0, 1-30, 31-60, 61-90 and 91+.
    thresholds : sequence of int
        Days past due of the table ``no_return``.
    follow_days : int
        Days after a threshold in which an invoice can be cured.

    Returns
    -------
    RollRates
        Each month end as known on it. ``new``: nothing open at the month end before, and something now. ``settled``:
        nothing open any more, all of it paid; ``closed``: some of it renegotiated or written off; ``gone``: void, not
        observed any more, or forgotten. What is issued and settled between two month ends is in neither.

    Raises
    ------
    CallError
        An argument is out of range.

    Examples
    --------
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1", "C2"], "invoice_id": ["T1", "T2"], "amount": [100.0, 60.0],
    ...     "issue_date": ["2025-01-02", "2025-01-02"], "due_date": ["2025-01-20", "2025-01-20"],
    ...     "paid_date": ["2025-02-10", None]}), known_until="2025-03-31")
    >>> found = roll_rates(ledger, months=2)
    >>> found.matrix().loc["1-30", ["31-60", "settled"]].tolist()
    [0.5, 0.5]
    """
    if level not in ("client", "invoice"):
        raise CallError(f"level={level!r} is unknown.{did_you_mean(level, ('client', 'invoice'))}")
    steps = whole_numbers(months, "months")[0]
    bounds, dpds = whole_numbers(edges, "edges", least=0), whole_numbers(thresholds, "thresholds")
    back = look_back(ledger, as_of)
    last = int(np.datetime64(back.day + 1, "D").astype("datetime64[M]").astype(np.int64)) - 1  # its end has come
    ends = np.arange(last - steps, last + 1)
    moves = (client_moves if level == "client" else invoice_moves)(back.known.books, months_end(ends), bounds)
    states = _names(bounds)
    return RollRates(
        stocks=_stocks(moves, ends, states),
        moves=_table(moves, ends, states),
        forward=_forward(moves, states),
        no_return=no_return_table(back, dpds, whole_numbers(follow_days, "follow_days")[0]),
        states=states,
        follow_days=follow_days,
    )


def _names(edges: Sequence[int]) -> tuple[str, ...]:
    low = [0, *(edge + 1 for edge in edges)]
    inner = [str(a) if a == b else f"{a}-{b}" for a, b in zip(low, edges, strict=False)]
    return (*inner, f"{low[-1]}+")


def _table(moves: Moves, ends: Months, states: tuple[str, ...]) -> pd.DataFrame:
    amount = np.where(moves.source == NEW, moves.after, moves.before)
    columns = {"month": moves.month, "source": moves.source, "target": _place(moves.target, len(states))}
    raw = pd.DataFrame(columns | {"count": 1, "amount": amount, "amount_after": moves.after})
    table = raw.groupby(["month", "source", "target"], as_index=False, sort=True).sum()
    names = np.array([*states, *_ENDS.values(), "new"])
    return pd.DataFrame(
        {
            "month": month_start(ends[table["month"].to_numpy()]),
            "from_state": pd.Series(names[table["source"].to_numpy()], dtype="str"),  # NEW is -1: the last name
            "to_state": pd.Series(names[table["target"].to_numpy()], dtype="str"),
            "count": table["count"].astype(np.int64),
            "amount": table["amount"] / 100,
            "amount_after": table["amount_after"] / 100,
        }
    )


def _place(target: Months, n: int) -> Months:
    """Buckets at 0 to n - 1, then the ends in the order of ``_ENDS``."""
    return np.where(target >= 0, target, n + SETTLED_STATE - target)


def _stocks(moves: Moves, ends: Months, states: tuple[str, ...]) -> pd.DataFrame:
    """How many stood in each bucket at each month end, and with how much."""
    n, months = len(states), len(ends)
    count, cents = np.zeros((months, n), np.int64), np.zeros((months, n), np.int64)
    for shift, state, left in ((-1, moves.source, moves.before), (0, moves.target, moves.after)):
        at = (state >= 0) & (
            (moves.month == 1) | (shift == 0)
        )  # what came before the first move, then what came of each
        np.add.at(count, (moves.month[at] + shift, state[at]), 1)
        np.add.at(cents, (moves.month[at] + shift, state[at]), left[at])
    return pd.DataFrame(
        {
            "month": month_start(np.repeat(ends, n)),
            "state": pd.Series(list(states) * months, dtype="str"),
            "count": count.ravel(),
            "amount": cents.ravel() / 100,
        }
    )


def _forward(moves: Moves, states: tuple[str, ...]) -> pd.DataFrame:
    n = len(states)
    old = moves.source >= 0
    source, target = moves.source[old], moves.target[old]
    place = np.minimum(_place(target, n), n + 1)  # closed and gone together
    table: dict[str, object] = {"state": pd.Series(list(states), dtype="str")}
    for suffix, weight in (("", np.ones(len(source), np.int64)), ("_amount", moves.before[old])):
        flow = np.zeros((n, n + 2), np.int64)
        np.add.at(flow, (source, place), weight)
        total = flow.sum(axis=1)
        share = np.divide(flow, total[:, None], out=np.full(flow.shape, np.nan), where=total[:, None] > 0)
        own = share[:, :n]
        table[suffix[1:] or "count"] = total / 100 if suffix else total
        table[f"roll_forward{suffix}"] = np.triu(own, 1).sum(axis=1)
        table[f"stay{suffix}"] = np.diagonal(own).copy()
        table[f"roll_back{suffix}"] = np.tril(own, -1).sum(axis=1) + share[:, n]
        table[f"left_otherwise{suffix}"] = share[:, n + 1]
        table[f"reach_last{suffix}"] = _reach_last(own)
    return pd.DataFrame(table)


def _reach_last(share: Floats) -> Floats:
    """Chance of ever coming to the last state: (I - Q)⁻¹ r, the last state and the ends absorbing."""
    n = len(share)
    seen = ~np.isnan(share[:, 0])
    moves = np.where(np.isnan(share), 0.0, share)[: n - 1, :]
    reach = np.linalg.lstsq(np.eye(n - 1) - moves[:, : n - 1], moves[:, n - 1], rcond=None)[0]
    return np.where(seen, np.append(np.clip(reach, 0.0, 1.0), 1.0), np.nan)
