"""When the open invoices of a ledger will be paid, and what money comes in on which day.

Like `pipeline` this page never sees the future: facts come from the ledger as known at the date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.open_invoices import open_invoices
from inadimplencia_ml.risk.model_parts import Parts
from inadimplencia_ml.risk.time_to_pay.cash import expected_cash
from inadimplencia_ml.risk.time_to_pay.estimator import TimeToPayment

__all__ = ["DAYS_PAST_DUE", "PaymentModel", "payment_features"]

DAYS_PAST_DUE = "invoice_days_past_due"
"""A feature of its own here: how old the news of the other features are when a day comes, told against its interval."""

_PREFIX = "time_to_payment."


def payment_features(
    ledger: Ledger, snapshots: pd.DataFrame, entry: npt.NDArray[np.int64], wanted: Wanted
) -> pd.DataFrame:
    """The features of open invoices, with the days past due at as_of as the last one."""
    features = wanted.build(ledger, snapshots)
    return features.assign(**{DAYS_PAST_DUE: entry.astype(np.float64)})


@dataclass(frozen=True)
class PaymentModel:
    """A fitted time to payment and what it reads of a ledger.

    Made by `inadimplencia_ml.train_time_to_payment`.

    Attributes
    ----------
    estimator : TimeToPayment
    wanted : Wanted
        Which features are built.
    columns : tuple of str
        Which of them are read.
    cut : date
        Nothing known later was used.
    horizon_days : int
        The farthest day ahead that is forecast.
    counts : dict
        Rows fitted on, by how they ended, and rows left out.
    """

    estimator: TimeToPayment
    wanted: Wanted
    columns: tuple[str, ...]
    cut: dt.date
    horizon_days: int
    counts: dict[str, int] = field(default_factory=dict)

    def forecast(
        self, ledger: Ledger, as_of: dt.date | str, *, days: Sequence[int] = (7, 15, 30, 60, 90)
    ) -> pd.DataFrame:
        """One row an invoice open at ``as_of``: how likely it is paid, and closed otherwise, within so many days.

        Parameters
        ----------
        ledger : Ledger
        as_of : date
        days : sequence of int
            Days ahead, growing, at most ``horizon_days``.

        Returns
        -------
        DataFrame
            The columns of `inadimplencia_ml.ledger.open_invoices.open_invoices`, then ``paid_by_7`` and so on,
            ``closed_by_…`` of the last day, and ``median_days``: days until it is as likely paid as not, NaN where that
            is beyond ``horizon_days``.
        """
        asked = self._asked_days(days)
        rows = open_invoices(ledger, as_of)
        found: list[npt.NDArray[np.float64]] = []
        for curves in self._blocks(ledger, rows, self.horizon_days):
            closed = curves.closed[:, [asked[-1] - 1]]
            found.append(np.hstack([curves.paid_by(asked), closed, curves.quantile(0.5)[:, None]]))
        names = [*(f"paid_by_{d}" for d in asked), f"closed_by_{asked[-1]}", "median_days"]
        return pd.concat([rows, pd.DataFrame(np.vstack(found), columns=names, index=rows.index)], axis=1)

    def cash(self, ledger: Ledger, as_of: dt.date | str, *, days: Sequence[int] | None = None) -> pd.DataFrame:
        """Money that the invoices open at ``as_of`` are expected to bring, by day or by period.

        Parameters
        ----------
        ledger : Ledger
        as_of : date
        days : sequence of int, optional
            The last day ahead of each period; by default each of the next 90 days (or of the horizon, if shorter).

        Returns
        -------
        DataFrame
            ``date_from`` and ``date_to``, then the columns of `expected_cash`. Invoices issued later are not in it, nor
            those whose amount is missing.
        """
        asked = self._asked_days(range(1, min(90, self.horizon_days) + 1) if days is None else days)
        rows = open_invoices(ledger, as_of)
        blocks = self._blocks(ledger, rows, asked[-1])
        dependence = self.estimator.dependence_
        table = expected_cash(blocks, rows["outstanding"], rows["client_id"], days=asked, dependence=dependence)
        start = pd.Timestamp(to_date(as_of, "as_of"))
        for place, name in enumerate(("date_from", "date_to")):
            ahead = pd.to_timedelta(table[name.replace("date", "days")], unit="D")
            table.insert(place, name, (start + ahead).astype("datetime64[s]"))
        return table

    def _asked_days(self, days: Sequence[int]) -> list[int]:
        asked = sorted({int(d) for d in days})
        if not asked or asked[0] < 1 or asked[-1] > self.horizon_days:
            raise CallError(f"days {list(days)}: expected numbers from 1 to {self.horizon_days}, the model's horizon")
        return asked

    def _blocks(self, ledger: Ledger, rows: pd.DataFrame, days_ahead: int) -> Any:
        entry = rows["days_past_due"].to_numpy(np.int64)
        features = payment_features(ledger, rows[["client_id", "as_of", "invoice_id"]], entry, self.wanted)
        missing = [name for name in self.columns if name not in features.columns]
        if missing:
            raise BundleError(
                f"the model reads the feature {missing[0]!r}, which these features have not ({len(missing)} are "
                "missing). It was trained on other tables of the ledger."
            )
        own = features[list(self.columns)]
        return self.estimator.iter_curves(own, entry=entry, dates=rows["as_of"], days_ahead=days_ahead)

    def to_parts(self) -> Parts:
        """The model as plain data, by file name."""
        about: dict[str, Any] = {
            "columns": list(self.columns),
            "cut": self.cut.isoformat(),
            "horizon_days": self.horizon_days,
            "counts": dict(self.counts),
            "features": self.wanted.to_json(),
        }
        return self.estimator.to_parts(_PREFIX) | {f"{_PREFIX}ledger.json": about}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], custom: Sequence[Custom] = ()) -> PaymentModel:
        """The model that ``to_parts`` wrote; ``custom`` hands in the code of its own features.

        Raises
        ------
        BundleError
            A part is missing or not of its form.
        """
        try:
            about = parts[f"{_PREFIX}ledger.json"]
            columns, cut = tuple(str(c) for c in about["columns"]), dt.date.fromisoformat(about["cut"])
            horizon, counts = int(about["horizon_days"]), {str(k): int(v) for k, v in about["counts"].items()}
            wanted = Wanted.from_json(about["features"], custom)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BundleError(f"the time to payment cannot be read: {error!r}") from None
        return cls(TimeToPayment.from_parts(parts, _PREFIX), wanted, columns, cut, horizon, counts)
