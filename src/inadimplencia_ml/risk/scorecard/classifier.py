"""The scorecard: bins, weights of evidence, a logistic regression with signs that make sense, and points."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.binning.bins_yaml import bins_to_yaml, read_bins
from inadimplencia_ml.risk.binning.column_bins import ColumnBins
from inadimplencia_ml.risk.binning.prebins import encode
from inadimplencia_ml.risk.calibrated_classifier import CalibratedClassifier
from inadimplencia_ml.risk.calibration import Method, fit_calibration
from inadimplencia_ml.risk.date_split import as_days, client_folds, folds_for_fit
from inadimplencia_ml.risk.fit_inputs import as_clients, usable_rows
from inadimplencia_ml.risk.frozen_columns import made_once
from inadimplencia_ml.risk.scorecard.card import Card, CardFeature
from inadimplencia_ml.risk.scorecard.card_sql import Dialect, card_sql
from inadimplencia_ml.risk.scorecard.card_table import bin_remarks, card_table, card_text
from inadimplencia_ml.risk.scorecard.columns import cells_of, special_of, trends_of
from inadimplencia_ml.risk.scorecard.drafts import PARTS, Draft, Settings
from inadimplencia_ml.risk.scorecard.fitting import Grid, fitted, held_out
from inadimplencia_ml.risk.scorecard.scorecard_parts import parts_of, restore

__all__ = ["ScorecardClassifier"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_CELLS_FOR_THREADS = 20_000_000  # rows x columns


class ScorecardClassifier(CalibratedClassifier):
    """Probability of the second of two classes (bad) by a card that a person can read, change and add up.

    Each column is cut into the bins of the greatest information value, exactly, within limits and in a monotone order
    where one is known. A bin speaks by its weight of evidence, drawn to zero where it holds few cases. The slopes of a
    logistic regression on these are never negative: a column that would contradict its own bins leaves the card. Bins,
    choice of columns and slopes are learned anew inside each fold, so held-out predictions owe nothing to their rows.

    Parameters
    ----------
    bins : mapping, str, Path or None
        Bins by hand, of some columns or all: as ``bins_to_yaml`` writes them (text or file), or the same as a mapping.
    special : sequence of float, or mapping of column to sequence, or None
        Values that mean something else than their size, such as −9: each gets a bin of its own.
    max_bins : int
        Ranges or groups of a column at most.
    min_share : float
        Share of the rows that a bin holds at least, 0 to 0.5. Missing and special values have bins however few.
    min_cases : float
        Cases of the rarer class that a bin holds at least, or is large enough to expect.
    min_goods, min_bads : float
        Good and bad that a bin holds at least, whatever it tells.
    max_correlation : float
        Of two columns whose weights of evidence are correlated more, the weaker one stays out. 1: never.
    ridge : float or None
        How strongly slopes are drawn together, in rows; None: as the folds say.
    monotone : "catalog", mapping or None
        Which way the bad rate goes over a column's ranges: 1 or "up", −1 or "down", "peak", "valley", "none" (any way),
        0 or "auto" (up, down, peak or valley, whichever tells most). "catalog" asks the feature catalogue by column
        name; columns it does not know, and all with None, are "auto".
    calibration : {"platt", "none", "beta", "isotonic", "auto"}
        With "platt" or "none" the points and the probability say the same. "auto" takes what does best on the latest
        held-out dates.
    n_folds : int
        Parts into which the data is cut for choosing and calibrating.
    purge_days : int
        Days an outcome takes to be known: horizon and booking lag. Held-out dates begin that long after training ends.
    random_state : int, RandomState or None
        Seed of the folds where there are no dates.
    n_jobs : int or None
        Threads, None: all cores, but one where the table is small. The result does not depend on it.

    Attributes
    ----------
    classes_, n_features_in_, feature_names_in_
        As in scikit-learn.
    card_ : Card
        The columns of the card, their bins, slopes and weights of evidence.
    selection_ : list of dict
        Of each column of X: feature, iv (of a category with many values as other rows see it), trend, and status:
        "in" the card, or why not ("weak", "like <feature>",
        "sign": its slope would be negative or next to nothing).
    screen_, ridge_ : float
        The information value a column needs, in units of what one bin earns by chance, and the ridge.
    fold_kind_ : str
        What held-out predictions were kept apart by: "dates", "clients", "rows" or "none".
    oof_index_, oof_log_odds_, oof_probability_, oof_fold_ : array
        Rows of X with a held-out prediction, their raw log-odds and calibrated probability, and their fold.
    calibration_, calibration_losses_
        As in ``RiskClassifier``.

    Notes
    -----
    ``joblib.dump`` keeps a fitted one for your own notebook. Hand it on as a bundle (`Model.save`, ``to_parts``): a
    pickle runs code when it is read and needs the versions that wrote it; a bundle runs nothing, and stays readable.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"late_share_365d": rng.random(400)})
    >>> y = rng.random(400) < X["late_share_365d"] / 2
    >>> model = ScorecardClassifier(max_bins=3).fit(X, y)
    >>> model.card()[["feature", "bin", "points"]]
               feature            bin  points
    0             base                    419
    1  late_share_365d      até 0,257      96
    2  late_share_365d  0,257 a 0,485      37
    3  late_share_365d  mais de 0,485     -31
    4  late_share_365d        ausente       0
    """

    def __init__(
        self,
        *,
        bins: Any = None,
        special: Sequence[float] | Mapping[str, Sequence[float]] | None = None,
        max_bins: int = 10,
        min_share: float = 0.01,
        min_cases: float = 8,
        min_goods: float = 0,
        min_bads: float = 0,
        max_correlation: float = 0.95,
        ridge: float | None = None,
        monotone: Literal["catalog"] | Mapping[str, int | str] | None = "catalog",
        calibration: Method | Literal["auto"] = "platt",
        n_folds: int = 5,
        purge_days: int = 0,
        random_state: Any = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.bins = bins
        self.special = special
        self.max_bins = max_bins
        self.min_share = min_share
        self.min_cases = min_cases
        self.min_goods = min_goods
        self.min_bads = min_bads
        self.max_correlation = max_correlation
        self.ridge = ridge
        self.monotone = monotone
        self.calibration = calibration
        self.n_folds = n_folds
        self.purge_days = purge_days
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any, dates: Any = None, groups: Any = None, sample_weight: Any = None) -> Self:
        """Fits bins, card and calibration.

        Parameters
        ----------
        X : DataFrame (pandas, Polars, Arrow) or array
            Features. Text and pandas categories are categories; missing values are welcome.
        y : array-like
            Two classes; the larger one (1, True) is the event.
        dates : array-like, optional
            The as_of of each row. Without it, folds are drawn at random.
        groups : array-like, optional
            The client of each row, kept in one fold where folds are drawn at random.
        sample_weight : array-like, optional
            Weight of each row, 0 or more; rows of weight 0 are left out.

        Raises
        ------
        CallError
            One class only, a column or bins that cannot be read, or a wrong parameter.
        """
        self._check_parameters()
        x, y01 = self.learn_columns(X, y)
        weight, kept = usable_rows(sample_weight, x)
        x, y01 = x[kept], y01[kept]
        if len(np.unique(y01)) < 2:
            raise CallError(
                f"Only one class is left to fit on: {self.classes_[int(y01[0])]!r}. A model needs two classes."
            )
        days = None if dates is None else as_days(dates, len(kept))[kept]
        clients = None if groups is None else as_clients(groups, len(kept))[kept]
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        part = client_folds(y01, clients, PARTS, seed)
        draft = self._draft(x, y01, np.ones(len(y01)) if weight is None else weight, part)
        self.fold_kind_, folds = folds_for_fit(
            y01, days, clients, n_splits=self.n_folds, purge_days=self.purge_days, random_state=seed
        )
        self.screen_, self.ridge_, held = held_out(draft, folds, Grid.of(y01, self.ridge))
        self.calibrate(y01, weight, folds, held)
        self._make_card(draft, self._line(y01, weight))
        self.oof_index_ = np.flatnonzero(kept)[self.oof_index_]
        return self

    def _draft(self, x: Floats, y: Floats, weight: Floats, part: npt.NDArray[np.int64]) -> Draft:
        columns = self.columns_
        named = hasattr(self, "feature_names_in_")
        self.given_bins_: dict[int, ColumnBins] = read_bins(self.bins, columns.names, columns.categories)
        threads = self._threads(x.size)
        cells = cells_of(x, columns, special_of(self.special, columns), self.given_bins_, threads)
        limits = (self.max_bins, self.min_share, self.min_cases, self.min_goods, self.min_bads)
        settings = Settings(*limits, self.max_correlation)
        trends = trends_of(self.monotone, columns, named=named)
        return Draft(encode(x, cells, threads, PARTS), y, weight, part, cells, trends, settings, threads)

    def _line(self, y: Floats, weight: Floats | None) -> tuple[float, float]:
        """From raw log-odds to those that the points stand for: the calibration, or the line nearest to it."""
        near = self.calibration_
        if near.method in ("beta", "isotonic"):
            w = None if weight is None else weight[self.oof_index_]
            near = fit_calibration("platt", self.oof_log_odds_, y[self.oof_index_], w, self.oof_fold_)
        slope, intercept = near.coefficients or (1.0, 0.0)
        return slope, intercept

    def _shown(self) -> Card:
        """The card with the points of the calibration as it is now: its level may have been moved since the fit."""
        check_is_fitted(self)
        slope, intercept = self.card_.line
        return replace(self.card_, line=(slope, intercept + self.calibration_.shift))

    def _make_card(self, draft: Draft, line: tuple[float, float]) -> None:
        made = fitted(draft, draft.all_rows, self.screen_, self.ridge_)
        names, binned, reasons, features = self.columns_.names, made.binned, made.reasons, []
        for j, slope in zip(made.columns.tolist(), made.slopes.tolist(), strict=True):
            if slope <= 0:
                reasons[j] = "sign"
                continue
            counts = (tuple(v[j].tolist()) for v in (binned.rows, binned.goods, binned.bads))
            woe = tuple(binned.level.woe(binned.goods[j], binned.bads[j]).tolist())
            features.append(CardFeature(names[j], j, binned.bins[j], binned.trends[j], slope, woe, *counts))
        self.card_ = Card(tuple(features), made.intercept, line)
        self.selection_: list[dict[str, Any]] = [
            {
                "feature": names[j],
                "iv": float(binned.information[j]),
                "trend": binned.trends[j],
                "status": f"like {names[why]}" if isinstance(why, int) else why or "in",
            }
            for j, why in enumerate(reasons)
        ]

    def encode_frame(self, frame: Any) -> Floats:
        """As for every model, but a category that was never seen stands behind the last, apart from the missing."""
        columns = self.columns_
        return columns.unseen_behind(columns.encode(frame), frame, columns.categorical)

    def log_odds(self, X: Any) -> Floats:
        """Raw log-odds of the event, before calibration."""
        places, rows = self._places(X)
        return self.card_.log_odds(places, rows)

    def _places(self, X: Any) -> tuple[list[Ints], int]:
        """The bin of each row, column by column of the card; and the number of rows."""

        def place() -> tuple[list[Ints], int]:
            x = self.encoded(X)
            return self.card_.places(x, self.columns_.categories), len(x)

        return made_once(X, (id(self), "places"), place)

    def raw_log_odds(self, x: Floats) -> Floats:
        """Raw log-odds of the encoded matrix."""
        return self.card_.log_odds(self.card_.places(x, self.columns_.categories), len(x))

    def contributions(self, X: Any) -> Floats:
        """What each column adds to the raw log-odds against its average in the fit; the last one is the average.

        Rows add up to ``log_odds``.
        """
        places, rows = self._places(X)
        return self.card_.contributions(places, (rows, self.n_features_in_))

    def score_points(self, X: Any) -> npt.NDArray[np.int64]:
        """The sum of the card's whole points, held between 0 and 1000; higher is safer.

        With calibration "platt" or "none" it differs from ``risk.scale.score_raw`` of the probability by rounding
        alone, half a point for the base and for each column of the card at most.
        """
        return self._shown().points(*self._places(X))

    def card(self, lang: Lang = "pt") -> pd.DataFrame:
        """The card, one row a bin: feature, bin, points, woe, rows, bads, bad_rate, share, iv; the base comes first.

        ``woe`` is above 0 where a bin is safer than all; ``iv`` adds up to the information value of the column.
        """
        return card_table(self._shown(), lang)

    def card_text(self, lang: Lang = "pt") -> str:
        """The card as text to read and print."""
        return card_text(self._shown(), lang)

    def bins_to_yaml(self, lang: Lang = "pt") -> str:
        """The bins of the card's columns as YAML, to edit and give back as ``bins``."""
        card = self._shown()
        return bins_to_yaml([(f.name, f.bins, bin_remarks(card, f, lang)) for f in card.features])

    def to_sql(self, table: str | Sequence[str], dialect: Dialect = "duckdb", *, keys: Sequence[str] = ()) -> str:
        """A SELECT of ``keys``, points, log_odds (raw) and probability (calibrated) of each row of a table.

        Parameters
        ----------
        table : str or sequence of str
            Name of the table; dots part schema and table, a sequence gives the parts as they are.
        dialect : {"duckdb", "ansi"}
            "ansi" takes NULL for missing and knows no NaN.
        keys : sequence of str
            Columns to pass through, such as client_id.
        """
        return card_sql(self._shown(), self.calibration_, table, keys, dialect)

    def to_parts(self, prefix: str = "") -> dict[str, bytes | dict[str, Any]]:
        """The whole fitted model as plain data: JSON by file name, which ``prefix`` begins."""
        check_is_fitted(self)
        return parts_of(self, prefix)

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], prefix: str = "", *, n_jobs: int | None = None) -> Self:
        """The fitted model that ``to_parts`` wrote; it predicts to the bit as it did, without held-out rows.

        Raises
        ------
        BundleError
            A part is missing or not of its form.
        """
        model = cls()
        restore(model, parts, prefix)
        model.n_jobs = n_jobs
        return model

    def to_json(self) -> str:
        """The whole fitted model as one JSON text."""
        return json.dumps(self.to_parts(), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The fitted model that ``to_json`` wrote, with the same points and probabilities to the bit.

        Raises
        ------
        BundleError
            The text is not JSON of that form.
        """
        try:
            parts = json.loads(text)
        except ValueError as error:
            raise BundleError(f"The scorecard is not JSON: {error}") from None
        return cls.from_parts(parts if isinstance(parts, dict) else {})

    def _threads(self, cells: int) -> int:
        if self.n_jobs is None:
            return 1 if cells < _CELLS_FOR_THREADS else os.cpu_count() or 1
        return int(self.n_jobs) if self.n_jobs > 0 else os.cpu_count() or 1

    def _check_parameters(self) -> None:
        self.check_folds_and_calibration()
        if self.max_bins < 1:
            raise CallError(f"max_bins is {self.max_bins}; expected 1 or more.")
        if not 0 <= self.min_share <= 0.5:
            raise CallError(f"min_share is {self.min_share}; expected 0 to 0.5.")
        for name in ("min_cases", "min_goods", "min_bads"):
            if getattr(self, name) < 0:
                raise CallError(f"{name} is {getattr(self, name)}; expected 0 or more.")
        if self.ridge is not None and self.ridge <= 0:
            raise CallError(f"ridge is {self.ridge}; expected a number above 0, or None.")
        if not 0 < self.max_correlation <= 1:
            raise CallError(f"max_correlation is {self.max_correlation}; expected above 0, at most 1.")
