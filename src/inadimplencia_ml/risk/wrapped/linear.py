"""Linear models of scikit-learn, alone or behind steps that keep columns apart: what each column adds, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    PassiveAggressiveClassifier,
    Perceptron,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
)
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

__all__ = ["LinearParts", "linear_parts"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

_LINEAR = (
    LogisticRegression,
    LogisticRegressionCV,
    SGDClassifier,
    RidgeClassifier,
    RidgeClassifierCV,
    Perceptron,
    PassiveAggressiveClassifier,
    LinearSVC,
)
# Steps that make of each column one column, and read no other.
_ONE_TO_ONE = (
    preprocessing.StandardScaler,
    preprocessing.MinMaxScaler,
    preprocessing.MaxAbsScaler,
    preprocessing.RobustScaler,
    preprocessing.PowerTransformer,
    preprocessing.QuantileTransformer,
    preprocessing.OrdinalEncoder,
)


@dataclass(frozen=True)
class LinearParts:
    """A linear model and from which column each of its inputs comes.

    Parameters
    ----------
    steps : tuple
        Fitted transformers, in order.
    coefficients : array
        One an input of the model.
    intercept : float
    column : array of int
        The place of the column that each input comes from.
    columns : int
        How many columns there are.
    """

    steps: tuple[Any, ...]
    coefficients: Floats
    intercept: float
    column: Places
    columns: int

    def contributions(self, x: Any) -> Floats:
        """What each column adds to the decision function, and in the last place the intercept."""
        for step in self.steps:
            x = step.transform(x)
        inputs = np.asarray(x.toarray() if hasattr(x, "toarray") else x, dtype=np.float64) * self.coefficients
        out = np.zeros((len(inputs), self.columns + 1))
        for place, source in enumerate(self.column):  # in a fixed order, so that a row and a batch agree
            out[:, source] += inputs[:, place]
        out[:, -1] = self.intercept
        return out


def linear_parts(model: Any, columns: int) -> LinearParts | None:
    """The parts of a linear model; None for any other, or where a step mixes columns."""
    steps = [step for _, step in model.steps] if isinstance(model, Pipeline) else [model]
    *before, last = [step for step in steps if step is not None and not isinstance(step, str)]
    coefficients = getattr(last, "coef_", None) if isinstance(last, _LINEAR) else None
    if coefficients is None or np.shape(coefficients)[:-1] not in ((), (1,)):
        return None
    source: Places | None = np.arange(columns)
    for step in before:
        source = None if source is None else _sources(step, source)
    flat = np.asarray(coefficients, dtype=np.float64).ravel()
    if source is None or len(source) != len(flat):
        return None
    return LinearParts(tuple(before), flat, float(np.ravel(last.intercept_)[0]), source, columns)


def _sources(step: Any, source: Places) -> Places | None:
    """From which column each output of a step comes; None if that cannot be told."""
    if isinstance(step, str):
        return source if step == "passthrough" else None
    untouched = isinstance(step, preprocessing.FunctionTransformer) and step.func is None
    if untouched or isinstance(step, _ONE_TO_ONE):
        return source
    if isinstance(step, SimpleImputer):
        kept = source[~np.isnan(np.asarray(step.statistics_, dtype=np.float64))] if _drops(step) else source
        return kept if not step.add_indicator else None
    if isinstance(step, preprocessing.OneHotEncoder):
        return _one_hot(step, source)
    if isinstance(step, Pipeline):
        found: Places | None = source
        for _, inner in step.steps:
            found = None if found is None else _sources(inner, found)
        return found
    return _of_columns(step, source) if isinstance(step, ColumnTransformer) else None


def _drops(step: SimpleImputer) -> bool:
    """Whether a column that was empty in the fit is left out."""
    numbers = np.asarray(step.statistics_).dtype.kind == "f"
    return numbers and not step.keep_empty_features and step.strategy != "constant"


def _one_hot(step: Any, source: Places) -> Places | None:
    if step.min_frequency is not None or step.max_categories is not None or len(step.categories_) != len(source):
        return None
    dropped = [None] * len(source) if step.drop_idx_ is None else step.drop_idx_
    sizes = [len(c) - (d is not None) for c, d in zip(step.categories_, dropped, strict=True)]
    return np.repeat(source, sizes)


def _of_columns(step: Any, source: Places) -> Places | None:
    names = [str(n) for n in getattr(step, "feature_names_in_", [])]
    places: dict[int, int] = {}
    for name, inner, chosen in step.transformers_:
        span = step.output_indices_.get(name, slice(0, 0))
        width = span.stop - span.start
        if isinstance(inner, str) and inner == "drop":
            continue
        picked = [_place(c, names) for c in np.atleast_1d(chosen)]
        if any(p is None or p >= len(source) for p in picked):
            return None
        own = _sources(inner, source[np.array(picked, dtype=np.intp)])
        if own is None and len(picked) == 1:
            own = np.repeat(source[picked[0]], width)  # whatever it makes, it reads this column alone
        if own is None or len(own) != width:
            return None
        places |= {span.start + i: int(one) for i, one in enumerate(own)}
    return np.array([places[i] for i in range(len(places))], dtype=np.intp) if places else None


def _place(column: Any, names: list[str]) -> int | None:
    if isinstance(column, str):
        return names.index(column) if column in names else None
    return int(column) if isinstance(column, (int, np.integer)) and not isinstance(column, (bool, np.bool_)) else None
