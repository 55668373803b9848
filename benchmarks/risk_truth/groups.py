"""Groups of predictions against a known truth: whether it lies in the interval that was told, and how often."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from scipy.stats import binomtest, ttest_1samp

__all__ = ["compared", "said", "shares", "tell", "tenths"]

Z = 1.959963984540054
DRAWS = 500


def compared(rows: pd.DataFrame, group: np.ndarray, seed: int = 0) -> pd.DataFrame:
    """A row a group: what was told, what is true, and whether they are apart by more than their errors.

    ``within``: the true mean of the group lies between its mean ``low`` and ``high``, as if the truth of a few dozen
    clients were that of all who have such a score. ``met``: the two means differ by no more than the error of both, the
    told one from its interval, the true one from clients drawn again.

    Parameters
    ----------
    rows : DataFrame
        client_id, p, low, high, true.
    group : array
        The group of each row.
    """
    rng = np.random.default_rng(seed)
    made = {}
    for name, own in rows.groupby(group):
        client = np.unique(own["client_id"], return_inverse=True)[1]
        gap, weight = np.bincount(client, own["p"] - own["true"]), np.bincount(client)
        drawn = rng.multinomial(len(weight), np.full(len(weight), 1 / len(weight)), DRAWS)
        of_truth = float(((drawn @ gap) / (drawn @ weight)).std())
        p, low, high, true = (float(own[c].mean()) for c in ("p", "low", "high", "true"))
        of_told = (p - low if true < p else high - p) / Z
        z = (p - true) / np.hypot(of_truth, of_told)
        made[name] = dict(rows=len(own), clients=len(weight), p=p, low=low, high=high, true=true, z=z)
    table = pd.DataFrame(made).T
    return table.assign(within=table["true"].between(table["low"], table["high"]), met=table["z"].abs() <= Z)


def tenths(p: np.ndarray, parts: int = 10) -> np.ndarray:
    """The tenth (or other part) of each row by its prediction."""
    return np.argsort(np.argsort(p, kind="stable"), kind="stable") * parts // len(p)


def shares(of_books: list[pd.DataFrame]) -> str:
    """How often groups of several books are met, and whether that is less than 95 % by more than chance.

    The groups of a book share its model, so they are no independent tries: beside the binomial test of all groups
    stands the t test of the books' shares.
    """
    every, own = pd.concat(of_books), [float(one["met"].mean()) for one in of_books]
    met, n = int(every["met"].sum()), len(every)
    p = binomtest(met, n, 0.95, alternative="less").pvalue
    by_book = ttest_1samp(own, 0.95, alternative="less").pvalue if len(own) > 1 and np.ptp(own) else float("nan")
    return (
        f"met {met} of {n} ({met / n:.3f}), within {every['within'].mean():.3f}; "
        f"under 95 %: p = {p:.3f} over groups, {by_book:.3f} over books"
    )


def said(table: pd.DataFrame) -> str:
    """A table of groups as text."""
    return table.astype({"rows": int, "clients": int}).round(4).to_string()


def tell(line: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
