"""When the open invoices of a ledger will be paid, and what money comes in on which day.

Like `pipeline` this page never sees the future: facts come from the ledger as known at the date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import ROLES, role_of
from inadimplencia_ml.catalog.forbidden import is_said
from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.open_invoices import open_invoices
from inadimplencia_ml.risk.bundle import Bundle, FeatureColumn, Manifest, make_bundle, read_bundle, write_bundle
from inadimplencia_ml.risk.model_parts import Parts, of_its_form
from inadimplencia_ml.risk.time_to_pay.cash import expected_cash
from inadimplencia_ml.risk.time_to_pay.curves import PaymentCurves
from inadimplencia_ml.risk.time_to_pay.estimator import TimeToPayment

__all__ = ["DAYS_PAST_DUE", "KIND", "Origin", "Outlook", "PaymentModel", "load_payment_model", "payment_features"]

DAYS_PAST_DUE = "invoice_days_past_due"
"""A feature of its own here: how old the news of the other features are when a day comes, told against its interval."""

KIND = "time_to_payment"
"""What the manifest of such a model says it is; a model of risk says nothing."""

_PREFIX = "time_to_payment."


def payment_features(
    ledger: Ledger, snapshots: pd.DataFrame, entry: npt.NDArray[np.int64], wanted: Wanted
) -> pd.DataFrame:
    """The features of open invoices, with the days past due at as_of as the last one."""
    features = wanted.build(ledger, snapshots)
    return features.assign(**{DAYS_PAST_DUE: entry.astype(np.float64)})


@dataclass(frozen=True)
class Origin:
    """What a model was fitted on and with, for its manifest.

    Attributes
    ----------
    fitted_to : str
        ISO date of the last day looked from.
    data_digest : str
        Of the ledger as known at the cut.
    versions : dict of str
    random_state, booking_lag_days : int
    settings : dict
        The training settings, as plain data.
    """

    fitted_to: str = ""
    data_digest: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    random_state: int = 0
    booking_lag_days: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)


class Outlook(NamedTuple):
    """What the invoices open on one day let expect: one row an invoice, and the cash by period."""

    invoices: pd.DataFrame
    cash: pd.DataFrame


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
    origin : Origin
        What it was fitted on and with.
    """

    estimator: TimeToPayment
    wanted: Wanted
    columns: tuple[str, ...]
    cut: dt.date
    horizon_days: int
    counts: dict[str, int] = field(default_factory=dict)
    origin: Origin = field(default_factory=Origin, repr=False)

    @cached_property
    def bundle(self) -> Bundle:
        """The model as files: manifest, parts and digest."""
        manifest = Manifest(
            target={"kind": KIND, "horizon_days": self.horizon_days},
            cut=self.cut.isoformat(),
            judged_on="",
            fitted_to=self.origin.fitted_to,
            features=tuple(FeatureColumn(name=name, dtype="") for name in self.columns),
            data_digest=self.origin.data_digest,
            versions=dict(self.origin.versions),
            random_state=self.origin.random_state,
            booking_lag_days=self.origin.booking_lag_days,
            settings={"kind": KIND, "training": dict(self.origin.settings)},
        )
        return make_bundle(self.to_parts(), manifest)

    @property
    def digest(self) -> str:
        """SHA-256 of the bundle; equal for equal data, seed and versions."""
        return self.bundle.digest

    @property
    def version(self) -> str:
        """Short name: what it is, cut and the first digits of the digest."""
        return f"{KIND}_in_{self.horizon_days}d@{self.cut}#{self.digest[:12]}"

    def save(self, folder: str | Path) -> Path:
        """Writes the model into ``folder``, whole or not at all; `load_payment_model` reads it."""
        write_bundle(folder, self.bundle.parts, self.bundle.manifest)
        return Path(folder)

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
        told, rows = _Told(self._asked_days(days)), open_invoices(ledger, as_of)
        for _ in told.passing(self._blocks(ledger, rows, self.horizon_days)):
            pass
        return told.beside(rows)

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
        asked, rows = self._cash_days(days), open_invoices(ledger, as_of)
        return self._cash(self._blocks(ledger, rows, asked[-1]), rows, as_of, asked)

    def outlook(
        self,
        ledger: Ledger,
        as_of: dt.date | str,
        *,
        days: Sequence[int] = (7, 15, 30, 60, 90),
        cash_days: Sequence[int] | None = None,
    ) -> Outlook:
        """``forecast`` and ``cash`` of one day, to the bit, from curves that are computed once.

        Parameters
        ----------
        ledger : Ledger
        as_of : date
        days : sequence of int
            As for ``forecast``.
        cash_days : sequence of int, optional
            As the days of ``cash``.
        """
        asked, told = self._cash_days(cash_days), _Told(self._asked_days(days))
        rows = open_invoices(ledger, as_of)
        cash = self._cash(told.passing(self._blocks(ledger, rows, self.horizon_days)), rows, as_of, asked)
        return Outlook(told.beside(rows), cash)

    def _cash(
        self, blocks: Iterable[PaymentCurves], rows: pd.DataFrame, as_of: dt.date | str, asked: list[int]
    ) -> pd.DataFrame:
        dependence = self.estimator.dependence_
        table = expected_cash(blocks, rows["outstanding"], rows["client_id"], days=asked, dependence=dependence)
        start = pd.Timestamp(to_date(as_of, "as_of"))
        for place, name in enumerate(("date_from", "date_to")):
            ahead = pd.to_timedelta(table[name.replace("date", "days")], unit="D")
            table.insert(place, name, (start + ahead).astype("datetime64[s]"))
        return table

    def _cash_days(self, days: Sequence[int] | None) -> list[int]:
        return self._asked_days(range(1, min(90, self.horizon_days) + 1) if days is None else days)

    def _asked_days(self, days: Sequence[int]) -> list[int]:
        asked = sorted({int(d) for d in days})
        if not asked or asked[0] < 1 or asked[-1] > self.horizon_days:
            raise CallError(f"days {list(days)}: expected numbers from 1 to {self.horizon_days}, the model's horizon")
        return asked

    def _blocks(self, ledger: Ledger, rows: pd.DataFrame, days_ahead: int) -> Iterator[PaymentCurves]:
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
    def from_parts(
        cls, parts: Mapping[str, Any], custom: Sequence[Custom] = (), origin: Origin | None = None
    ) -> PaymentModel:
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
        with of_its_form("a part"):
            estimator = TimeToPayment.from_parts(parts, _PREFIX)
        stated = (origin or Origin()).settings.get("not_forbidden", {})
        own = {one: told.role for one, told in wanted.features().items()}
        for name in columns:
            role = own[name] if name in own else role_of(name)
            if role in ("protected", "rights") and (name in own or not is_said(name, stated)):
                raise BundleError(
                    f"the model reads {name!r}, of role {role}: {ROLES[role][1]}. Train it again without."
                )
        return cls(estimator, wanted, columns, cut, horizon, counts, origin or Origin())


class _Told:
    """What ``forecast`` tells of each invoice, read from curves as they pass."""

    def __init__(self, days: list[int]) -> None:
        self._days = days
        self._found: list[npt.NDArray[np.float64]] = []

    def passing(self, blocks: Iterable[PaymentCurves]) -> Iterator[PaymentCurves]:
        """The same blocks; what is told of them is kept."""
        for curves in blocks:
            closed, median = curves.closed[:, [self._days[-1] - 1]], curves.quantile(0.5)[:, None]
            self._found.append(np.hstack([curves.paid_by(self._days), closed, median]))
            yield curves

    def beside(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows with what was kept."""
        names = [*(f"paid_by_{d}" for d in self._days), f"closed_by_{self._days[-1]}", "median_days"]
        return pd.concat([rows, pd.DataFrame(np.vstack(self._found), columns=names, index=rows.index)], axis=1)


def load_payment_model(folder: str | Path, custom: Sequence[Custom] = ()) -> PaymentModel:
    """The time to payment in a folder that `PaymentModel.save` or the verb train-forecast wrote.

    Parameters
    ----------
    folder : path
    custom : sequence of PythonFeature or SqlFeature
        The code of the model's own features, if it has any.

    Raises
    ------
    BundleError
        The folder is no bundle, holds a model of risk, a file was altered, or its format is unknown.
    """
    bundle = read_bundle(Path(folder))
    manifest = bundle.manifest
    if manifest.settings.get("kind") != KIND:
        raise BundleError(
            f"{folder}: holds a model of risk, not a time to payment: read it with load_model(folder), or use the verb "
            "score. The verb train-forecast makes a time to payment."
        )
    origin = Origin(
        manifest.fitted_to,
        manifest.data_digest,
        manifest.versions,
        manifest.random_state,
        manifest.booking_lag_days,
        manifest.settings.get("training", {}),
    )
    return PaymentModel.from_parts(bundle.parts, custom, origin)
