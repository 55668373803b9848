"""A scikit-learn classifier: asked for its probability or its decision function, explained where it is linear.

Such a model has no form on disk that runs nothing. A bundle keeps its class and what it answers on a probe: rows whose
columns were shuffled one by one, so that no client's row stands in it. Whoever loads the bundle hands the model in, and
another model answers otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.exceptions import NotFittedError

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.model_parts import Parts, part
from inadimplencia_ml.risk.wrapped.engines import OWN_FILE, refused
from inadimplencia_ml.risk.wrapped.linear import linear_parts

__all__ = ["ScikitModel"]

Floats = npt.NDArray[np.float64]

_PROBED = 64  # rows
_CLOSE = 1e-6  # between answers to the probe: another machine may round otherwise
_MOST = 30.0  # log-odds: a probability of 0 or 1 is held here until the rows say where the others end


class ScikitModel:
    """Anything with ``predict_proba`` or ``decision_function``.

    Parameters
    ----------
    model : fitted classifier
    names : tuple of str
        The columns it reads, in order.
    sign : {1, -1}
        −1 where the event is the first of its classes.
    ends : (float, float)
        Least and largest log-odds that it gave, but for those of the probabilities 0 and 1, which stand just outside.
    probe : DataFrame, optional
        Rows it is asked by to know it again.
    """

    kind: ClassVar[str] = "scikit"
    needs_model: ClassVar[bool] = True

    def __init__(
        self,
        model: Any,
        names: tuple[str, ...],
        sign: int = 1,
        ends: tuple[float, float] = (-_MOST, _MOST),
        probe: pd.DataFrame | None = None,
    ) -> None:
        self.model, self.names, self.sign, self.ends, self.probe = model, names, sign, ends, probe
        self.linear = linear_parts(model, len(names))
        self.explains = self.linear is not None

    @classmethod
    def of(cls, model: Any, names: tuple[str, ...], sign: int, rows: pd.DataFrame, random_state: int) -> ScikitModel:
        """The model as it answers on ``rows``, which hold its columns."""
        first = cls(model, names, sign)
        ends = first.ends if first.explains or not hasattr(model, "predict_proba") else _ends(first.raw(rows))
        rng = np.random.default_rng(random_state)
        drawn = rows.iloc[np.sort(rng.choice(len(rows), min(_PROBED, len(rows)), replace=False))]
        probe = pd.DataFrame({n: drawn[n].iloc[rng.permutation(len(drawn))].reset_index(drop=True) for n in names})
        return cls(model, names, sign, ends, probe)

    def raw(self, x: pd.DataFrame) -> Floats:
        """The decision function of a linear model, the log-odds of a probability, else the decision function."""
        try:
            if self.linear is not None:
                # Added up here, not by the model: a row alone and in a batch then give the same bits.
                found = self.linear.contributions(self._asked(x)).sum(axis=1)
            elif not hasattr(self.model, "predict_proba"):
                found = np.asarray(self.model.decision_function(self._asked(x)), dtype=np.float64)
            else:
                found = self._log_odds(np.asarray(self.model.predict_proba(self._asked(x)), dtype=np.float64))
        except NotFittedError as error:
            raise CallError(f"the model is not fitted: {error}") from None
        except (ValueError, TypeError) as error:
            if isinstance(error, CallError):
                raise
            raise refused(x, error, type(self.model).__name__) from None
        if found.ndim != 1 or len(found) != len(x) or not np.isfinite(found).all():
            name = type(self.model).__name__
            if x.isna().to_numpy().any():
                raise refused(x, ValueError("its answer is no number"), name)
            raise CallError(f"{name} gives no finite number a row: {found.shape} for {len(x)} rows")
        return np.asarray(found * self.sign, dtype=np.float64)

    def contributions(self, x: pd.DataFrame) -> Floats:
        """Coefficient times value of each column, as the model itself sees it."""
        if self.linear is None:
            raise CallError(f"{type(self.model).__name__} has no exact contributions by column")
        return self.linear.contributions(self._asked(x)) * self.sign

    def _asked(self, x: pd.DataFrame) -> Any:
        return x if hasattr(self.model, "feature_names_in_") else x.to_numpy()

    def _log_odds(self, p: Floats) -> Floats:
        if p.ndim != 2 or p.shape[1] != 2:
            raise CallError(f"predict_proba gives an array of {p.shape}; a risk model has two classes")
        # From the side where a probability is small, so that nothing is lost to 1 − p.
        with np.errstate(divide="ignore"):
            z = np.log(p[:, 1]) - np.log(p[:, 0])
        low, high = self.ends if self.sign > 0 else (-self.ends[1], -self.ends[0])
        return np.asarray(np.clip(z, low, high), dtype=np.float64)

    def to_parts(self) -> Parts:
        """Its class, the probe and what it answers; not the model."""
        assert self.probe is not None
        return {
            OWN_FILE: {
                "kind": self.kind,
                "class": _class_name(self.model),
                "names": list(self.names),
                "sign": self.sign,
                "ends": list(self.ends),
                "probe": [_told(self.probe[name]) for name in self.names],
                "answers": self.raw(self.probe).tolist(),
            }
        }

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], prefix: str, model: Any) -> ScikitModel:
        """The model that is handed in, if it is the one that was wrapped.

        Raises
        ------
        BundleError
            None is handed in, or another one: it answers otherwise on the probe.
        """
        about = part(parts, prefix + OWN_FILE)
        try:
            kept, names, sign = str(about["class"]), tuple(str(n) for n in about["names"]), int(about["sign"])
            low, high = (float(end) for end in about["ends"])
            probe = pd.DataFrame(dict(zip(names, map(_column, about["probe"]), strict=True)))
            answers = np.asarray(about["answers"], dtype=np.float64)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{OWN_FILE} of the model cannot be read: {error!r}") from None
        if model is None:
            raise BundleError(
                f"the model is a {kept}, which has no form on disk that runs nothing: hand it in as it was wrapped, "
                "load_model(folder, model=fitted)"
            )
        if _class_name(model) != kept:
            raise BundleError(f"model: {kept} was wrapped, and a {_class_name(model)} is handed in")
        made = cls(model, names, sign, (low, high), probe)
        try:
            off = np.abs(made.raw(probe) - answers) / np.maximum(1.0, np.abs(answers))
        except CallError as error:
            raise BundleError(f"model: the one handed in cannot answer the probe: {error}") from None
        if not off.max() <= _CLOSE:
            raise BundleError(
                f"model: this is not the {kept} that was wrapped: it answers otherwise on {int((off > _CLOSE).sum())} "
                f"of {len(answers)} rows of the probe. Hand in the same fitted model, with its library as it was."
            )
        return made


def _class_name(model: Any) -> str:
    """Its class, and for a Pipeline that of each step."""
    steps = [step for _, step in getattr(model, "steps", [])]
    inner = f"({', '.join(_class_name(s) for s in steps)})" if steps else ""
    return ("passthrough" if isinstance(model, str) else type(model).__name__) + inner


def _ends(raw: Floats) -> tuple[float, float]:
    """Where the log-odds end: certainty stands at half the least odds, or twice the largest, that were less than it."""
    inside = raw[np.abs(raw) < _MOST]
    if not len(inside):
        return -_MOST, _MOST
    half = float(np.log(2.0))
    return float(inside.min()) - half, float(inside.max()) + half


def _told(column: pd.Series[Any]) -> dict[str, Any]:
    """A column of the probe as plain data."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = [int(c) for c in column.cat.codes]
        return {"categories": [v.item() if hasattr(v, "item") else v for v in column.cat.categories], "codes": codes}
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return {"numbers": [None if np.isnan(v) else float(v) for v in numbers]}
    return {"texts": [None if pd.isna(v) else str(v) for v in column]}


def _column(told: Mapping[str, Any]) -> Any:
    if "codes" in told:
        return pd.Categorical.from_codes(told["codes"], categories=told["categories"])
    if "numbers" in told:
        return np.array([np.nan if v is None else v for v in told["numbers"]], dtype=np.float64)
    return pd.array(told["texts"], dtype="str")
