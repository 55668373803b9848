"""What a model of another house gives: a raw number a row, exact contributions or none, and a safe form on disk.

A raw number that is higher where the event is likelier is all that is asked; `classifier` puts it on log-odds. A model
is asked as it will be read: what has a form of plain text is taken from that text at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.model_parts import Parts, part

__all__ = ["OWN_FILE", "Engine", "ScoreColumn", "closed", "only_float", "refused"]

Floats = npt.NDArray[np.float64]

OWN_FILE = "wrapped.json"
_ROUNDING = 1e-3  # of a raw number in single precision, at most


class Engine(Protocol):
    """A fitted model of another house.

    Attributes
    ----------
    kind : str
        Its name in a bundle.
    names : tuple of str
        The columns it reads, in order.
    explains : bool
        Whether ``contributions`` says anything.
    needs_model : bool
        Whether a bundle cannot hold it, so that it is handed in again.
    """

    kind: ClassVar[str]
    needs_model: ClassVar[bool]
    names: tuple[str, ...]
    explains: bool

    def raw(self, x: pd.DataFrame) -> Floats:
        """A number a row, higher where the event is likelier; NaN only where a score is missing."""

    def contributions(self, x: pd.DataFrame) -> Floats:
        """What each column adds to ``raw``, and in the last place the rest: a row adds up to it."""

    def to_parts(self) -> Parts:
        """The model as plain data, by file name; what it is stands in ``wrapped.json``."""


class ScoreColumn:
    """A score that comes as a column, such as a bureau's; it has one contribution, itself.

    Parameters
    ----------
    name : str
        The column.
    higher : {"safer", "riskier"}
        What a higher score means.
    """

    kind: ClassVar[str] = "column"
    needs_model: ClassVar[bool] = False
    explains = True

    def __init__(self, name: str, higher: str) -> None:
        if higher not in ("safer", "riskier"):
            raise CallError(f"higher is {higher!r}; a higher score is 'safer' or 'riskier'")
        self.names: tuple[str, ...] = (name,)
        self.higher = higher

    def raw(self, x: pd.DataFrame) -> Floats:
        """The score, turned so that higher is riskier; NaN where there is none."""
        value = only_float(x.iloc[:, 0], self.names[0])
        return -value if self.higher == "safer" else value

    def contributions(self, x: pd.DataFrame) -> Floats:
        """The score itself."""
        return np.column_stack([self.raw(x), np.zeros(len(x))])

    def to_parts(self) -> Parts:
        """Name and meaning."""
        return {OWN_FILE: {"kind": self.kind, "name": self.names[0], "higher": self.higher}}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], prefix: str) -> ScoreColumn:
        """The column that ``to_parts`` wrote."""
        about = part(parts, prefix + OWN_FILE)
        try:
            return cls(str(about["name"]), str(about["higher"]))
        except (CallError, KeyError, TypeError) as error:
            raise BundleError(f"{OWN_FILE} of the model cannot be read: {error}") from None


def only_float(column: pd.Series[Any], name: str) -> Floats:
    """The numbers of a column.

    Raises
    ------
    CallError
        It holds text, or an infinite value.
    """
    if isinstance(column.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(column):
        raise CallError(f"The column {name!r} holds {column.dtype}, not numbers; a score is a number.")
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise CallError(f"The column {name!r} holds an infinite value. Leave it empty (NaN) where there is no score.")
    return values


def closed(contributions: Any, raw: Floats) -> Floats:
    """Contributions that add up to the raw number: what single precision rounds away is shared out by size.

    Raises
    ------
    CallError
        They miss it by more than rounding: they are not those of this model.
    """
    found = np.asarray(contributions, dtype=np.float64)
    off = raw - found.sum(axis=1)
    if len(off) and np.abs(off).max() > _ROUNDING * max(1.0, float(np.abs(raw).max())):
        raise CallError(f"contributions of the model miss its own output by {np.abs(off).max():.3g}")
    size = np.abs(found)
    total = size.sum(axis=1, keepdims=True)
    share = np.divide(size, total, out=np.full(size.shape, 1.0 / size.shape[1]), where=total > 0)
    return np.asarray(found + off[:, None] * share, dtype=np.float64)


def refused(x: pd.DataFrame, error: Exception, what: str) -> CallError:
    """What to say where a model cannot take the rows: most often a value is missing."""
    missing = x.isna().sum()
    missing = missing[missing > 0]
    if not len(missing):
        return CallError(f"{what} cannot take these rows: {str(error).splitlines()[0]}")
    worst = str(missing.idxmax())
    return CallError(
        f"{what} cannot take missing values, and {len(missing)} of its {x.shape[1]} columns have them ({worst!r} in "
        f"{int(missing.max()):,} of {len(x):,} rows). What is not known of a client is missing here, never 0: put an "
        f"imputer in front of it (a scikit-learn Pipeline). It said: {str(error).splitlines()[0]}"
    )
