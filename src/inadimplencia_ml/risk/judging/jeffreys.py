"""Is the probability of a rating the right one? Jeffreys' test, with an answer for when nobody can tell.

After the ECB's Instructions for reporting the validation results of internal models, IRB Pillar I models for credit
risk (February 2019, section 2.5, pages 20 and 21): with Jeffreys' prior the true rate of N cases with D bad ones has
the distribution Beta(D + 1/2, N − D + 1/2). There the test has one side (is the probability too low?), and cases are
taken to be independent. Here it has two, as a probability that is too high sends clients away, and clients who repeat
within the period count for fewer: N and D are divided by the design effect of `rates.py`. What all clients share, a bad
quarter for everybody, no count of cases can divide out: a verdict is one on this period. For all rows together the test
is lenient: their probabilities differ, so their bad ones vary less than those of a single probability would.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betainc

from inadimplencia_ml.risk.judging.rates import CellRates, beta_interval, cell_rates
from inadimplencia_ml.risk.judging.rows import Cells, Rows

__all__ = ["VERDICTS", "jeffreys_table", "power", "probability_above", "verdicts"]

Floats = npt.NDArray[np.float64]

#: What the test can say of a probability.
VERDICTS: tuple[str, ...] = ("ok", "understated", "overstated", "inconclusive")

_SURE = 0.975  # of each side: a right probability is called wrong one time in twenty
_POWER = 0.80  # the usual least chance of finding what is there
_ODDS = 2.0
"""What must be found with that chance, if "ok" is to say anything: odds twice as high as predicted. A rating is about a
doubling of the odds wide, so a smaller fault does not move a client out of it."""


def probability_above(probability: Floats, rows: Floats, bads: Floats) -> Floats:
    """The chance that the true rate lies above ``probability``, given (effective) rows and bad ones.

    Examples
    --------
    >>> float(probability_above(np.array([0.02]), np.array([100.0]), np.array([2.0])).round(3)[0])
    0.548
    """
    return np.asarray(1.0 - betainc(bads + 0.5, rows - bads + 0.5, probability))


def power(probability: Floats, rows: Floats) -> Floats:
    """The chance that the test would call the probability too low if the true odds were twice as high."""
    few, many = np.zeros_like(rows), rows.copy()
    for _ in range(60):  # the least count of bad ones that the test would object to
        middle = (few + many) / 2
        objects = probability_above(probability, rows, middle) > _SURE
        few, many = np.where(objects, few, middle), np.where(objects, middle, many)
    least = np.ceil(many - 1e-6)
    true = _ODDS * probability / (1.0 + (_ODDS - 1.0) * probability)
    reached = (least >= 1) & (least <= rows) & (probability_above(probability, rows, np.minimum(least, rows)) > _SURE)
    with np.errstate(invalid="ignore"):
        chance = betainc(np.maximum(least, 1e-9), np.maximum(rows - least + 1.0, 1e-9), true)  # P(count ≥ least)
    return np.where(reached, chance, 0.0)


def verdicts(above: Floats, able: Floats) -> npt.NDArray[np.object_]:
    """``understated`` or ``overstated`` beyond chance; else ``ok`` if a fault would have been found, ``inconclusive``.

    Parameters
    ----------
    above : array
        The chance that the true rate lies above the probability.
    able : array
        The test's power.
    """
    found = np.where(able >= _POWER, "ok", "inconclusive").astype(object)
    found[above > _SURE] = "understated"
    found[above < 1.0 - _SURE] = "overstated"
    return found


def jeffreys_table(rows: Rows, ratings: Cells, history: Cells | None = None) -> pd.DataFrame:
    """The test of all rows together, of each rating, and of new and known clients; see ``Judgement.jeffreys``."""
    whole = Cells(np.zeros(len(rows.y), dtype=np.int64), ("all",))
    tables = [_table(cell_rates(rows, whole), whole, "all")]
    if ratings.names:
        tables.append(_table(cell_rates(rows, ratings), ratings, "rating"))
    if history is not None:
        tables.append(_table(cell_rates(rows, history), history, "history"))
    return pd.concat(tables, ignore_index=True)


def _table(rates: CellRates, cells: Cells, dimension: str) -> pd.DataFrame:
    effect = rates.residual_effect
    n, d = rates.rows / effect, rates.bads / effect
    above, able = probability_above(rates.mean_probability, n, d), power(rates.mean_probability, n)
    low, high = beta_interval(rates.rows, rates.bads, effect)
    return pd.DataFrame(
        {
            "dimension": dimension,
            "part": list(cells.names),
            "rows": rates.rows.astype(np.int64),
            "clients": rates.clients.astype(np.int64),
            "bads": rates.bads.astype(np.int64),
            "mean_probability": rates.mean_probability,
            "bad_rate": rates.bad_rate,
            "design_effect": effect,
            "effective_rows": n,
            "low": low,
            "high": high,
            "probability_above": above,
            "power": able,
            "verdict": verdicts(above, able),
        }
    )
