"""The judgement in money: a client who owes a hundred times as much counts a hundred times."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.risk.client_draws import Estimate, estimate
from inadimplencia_ml.risk.draw_figures import CellSums, DrawFigures, RankFigures, ratio
from inadimplencia_ml.risk.judging.rows import Rows
from inadimplencia_ml.risk.metrics import calibration_error

__all__ = ["Money"]

Floats = npt.NDArray[np.float64]


def _worst(p: Floats, share: float) -> Floats:
    """1 for the ``share`` of rows with the highest probability, 0 for the others, a part for those at the cut."""
    count = share * len(p)
    cut = np.sort(p)[::-1][int(np.ceil(count - 1e-9)) - 1]
    tied = p == cut
    return np.where(p > cut, 1.0, np.where(tied, (count - (p > cut).sum()) / tied.sum(), 0.0))


class Money:
    """The table of money.

    Parameters
    ----------
    rows : Rows
        With exposure.
    overdue : array or None
        Money past due of each row.
    """

    def __init__(self, rows: Rows, overdue: Floats | None) -> None:
        exposure = np.zeros(len(rows.y)) if rows.exposure is None else rows.exposure
        self._rows = rows
        self._exposure = exposure
        self._overdue = overdue
        late = np.zeros(len(rows.y)) if overdue is None else overdue
        worst = _worst(rows.p, 0.1)  # who is among them stays as it is in the resamples
        bad = exposure * rows.y
        self._sums = CellSums([exposure, bad, exposure * rows.p, bad * worst, late, late * worst], rows.drawn)
        self._ranks = RankFigures(rows.y, rows.p, rows.drawn, mass=exposure)
        self.asked: list[DrawFigures] = [self._sums, self._ranks]

    def table(self) -> pd.DataFrame:
        """See ``Judgement.money``."""
        exposure, bad, expected, caught, late, late_caught = self._sums.draws[:, 0].T
        found: dict[str, Estimate] = {
            "exposure": estimate(exposure),
            "bad_exposure": estimate(bad),
            "bad_rate_amount": estimate(ratio(bad, exposure)),
            "mean_probability_amount": estimate(ratio(expected, exposure)),
            "observed_to_expected_amount": estimate(ratio(bad, expected)),
            "auc_amount": estimate(self._ranks.draws[:, 0]),
            "bad_caught_10": estimate(ratio(caught, bad)),
        }
        if self._overdue is not None:
            found |= {"overdue": estimate(late), "overdue_caught_10": estimate(ratio(late_caught, late))}
        if exposure[0] > 0:
            error = calibration_error(self._rows.y, self._rows.p, self._exposure)
            found["calibration_error_amount"] = Estimate(error, float("nan"), float("nan"))
        lines = [(name, *one) for name, one in found.items()]
        return pd.DataFrame(lines, columns=["metric", "value", "low", "high"])
