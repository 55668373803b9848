"""PeerRank: where a client stands among its peers, by quantiles frozen when it was fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import get_config
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from inadimplencia_ml.errors import BundleError, CallError, did_you_mean
from inadimplencia_ml.features.study.frozen_ranks import FrozenRanks
from inadimplencia_ml.features.study.table_columns import KEYS, as_labels, as_numbers, as_pandas, kind_of
from inadimplencia_ml.tables.same_kind import as_kind, kind_of_frame

__all__ = ["PeerRank"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FORMAT = 1
_ALL = -1  # the number of the group that everyone belongs to


class PeerRank(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped scikit-learn
    """The percentile rank of each client in chosen columns, among all clients or those of its own kind.

    The rank is the share of the peers of the fit that stand lower, ties counted half: 0 below all of them, 1 above all,
    NaN where the value is missing. All columns are passed on; the ranks follow them, or take their places.

    Parameters
    ----------
    columns : sequence of str or int, optional
        Which columns to rank, by name or position. By default all that hold numbers, keys (client_id, as_of, ...) and
        truth values apart.
    by : str, int or sequence of them, optional
        Columns whose values make the peer groups, such as client_business_segment; several make one group for each
        combination. A group that the fit did not see, or a missing value, is ranked among all.
    n_quantiles : int
        Different values kept of a column, 2 or more. With at most as many of them the rank is exact, else it is off by
        at most 1/(n_quantiles − 1), rounding up to a row.
    min_group : int
        Known values that a group needs in a column to be ranked by itself; a smaller one is ranked among all.
    suffix : str
        Added to a column's name for its rank; empty: the rank takes the place of the column.

    Attributes
    ----------
    groups_ : list of tuple of str
        The peer groups that have ranks of their own.
    ranks_ : dict
        (position of the column, number of the group or −1 for all) to its frozen ranks.
    n_features_in_ : int
    feature_names_in_ : array of str
        Only if fitted on a table whose names are text.

    Notes
    -----
    A rank within each calendar month of the table at hand, as prize-winning code computes it, takes the level of the
    month out of a feature. It also makes a client's rank depend on who else is in the table: one client alone would
    always stand in the middle, and a batch could not be scored again in parts. So nothing is learned from the table
    that is transformed, and there is no rank by month: the peers are those of the fit, whatever their dates. Fit on a
    period that stands for the present, and fit again as models are.

    A table comes back as the kind it was given, an array as an array; ``set_output`` chooses otherwise.

    Examples
    --------
    >>> book = pd.DataFrame({"client_kind": ["PF", "PF", "PJ", "PJ"], "open_amount": [0.0, 100.0, 900.0, 5000.0]})
    >>> ranks = PeerRank(["open_amount"], by="client_kind", min_group=2).fit(book)
    >>> ranks.transform(book)["open_amount_rank"].tolist()
    [0.25, 0.75, 0.25, 0.75]
    >>> PeerRank(["open_amount"]).fit(book).transform(book.tail(1))["open_amount_rank"].tolist()
    [0.875]
    """

    def __init__(
        self,
        columns: Sequence[str | int] | None = None,
        *,
        by: str | int | Sequence[str | int] | None = None,
        n_quantiles: int = 1000,
        min_group: int = 200,
        suffix: str = "_rank",
    ) -> None:
        self.columns = columns
        self.by = by
        self.n_quantiles = n_quantiles
        self.min_group = min_group
        self.suffix = suffix

    def fit(self, X: Any, y: Any = None) -> PeerRank:
        """Freezes the ranks of ``X``; ``y`` is not looked at.

        Raises
        ------
        CallError
            A parameter is out of range, a column is unknown, holds no numbers or infinite ones, or there are no rows.
        """
        self._check()
        frame = self._read(X, reset=True)
        if not len(frame):
            raise CallError("There are no rows to learn ranks from.")
        names = self._names()
        self._by = [_place(c, names, "by") for c in _listed(self.by)]
        self._ranked = self._chosen(frame, names)
        clash = sorted({names[p] + self.suffix for p in self._ranked} & set(names)) if self.suffix else []
        if clash:
            raise CallError(f"There is a column {clash[0]!r} already. Choose another suffix, or '' to take its place.")
        groups, labels = self._groups_of(frame)
        size = np.bincount(groups[groups >= 0], minlength=len(labels))
        large = [g for g in range(len(labels)) if size[g] >= self.min_group]
        self.groups_ = [labels[g] for g in large]
        rows = [np.flatnonzero(groups == g) for g in large]
        self.ranks_: dict[tuple[int, int], FrozenRanks] = {}
        for place in self._ranked:
            values = as_numbers(frame.iloc[:, place], names[place])
            self.ranks_[place, _ALL] = FrozenRanks.learn(values, self.n_quantiles)
            for group, its_rows in enumerate(rows):
                own = values[its_rows]
                if np.count_nonzero(~np.isnan(own)) >= self.min_group:
                    self.ranks_[place, group] = FrozenRanks.learn(own, self.n_quantiles)
        return self

    def transform(self, X: Any) -> Any:
        """The columns of ``X`` with their ranks: of a table one of the same kind, of an array an array.

        Raises
        ------
        CallError
            A ranked column holds no numbers or infinite ones.
        """
        check_is_fitted(self)
        frame = self._read(X, reset=False)
        ranks = self._ranks_of(frame)
        if as_pandas(X) is None:
            values = frame.to_numpy(dtype=np.float64)
            if self.suffix:
                return np.hstack([values, ranks])
            values = values.copy()
            values[:, self._ranked] = ranks
            return values
        names = self._names()
        frame = frame.set_axis(names, axis=1)
        ranked = pd.DataFrame(ranks, index=frame.index, columns=[names[p] + self.suffix for p in self._ranked])
        if self.suffix:
            out = pd.concat([frame, ranked], axis=1)
        else:
            out = frame.assign(**{str(n): r for n, r in ranked.items()})
        return out if self._kind_is_chosen() else as_kind(out, kind_of_frame(X))

    def _kind_is_chosen(self) -> bool:
        """Whether ``set_output`` says what comes out; scikit-learn then makes it of a pandas frame."""
        own = getattr(self, "_sklearn_output_config", {}).get("transform")
        return bool((own or get_config()["transform_output"]) != "default")

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the columns that ``transform`` returns, in order."""
        check_is_fitted(self)
        names = super().get_feature_names_out(input_features)  # checks them and returns them: the columns passed on
        if not self.suffix:
            return np.asarray(names, dtype=object)
        return np.asarray([*names, *(names[p] + self.suffix for p in self._ranked)], dtype=object)

    def to_json(self) -> dict[str, Any]:
        """The fitted transformer as plain data, for a JSON file; ``from_json`` gives the same bits again."""
        check_is_fitted(self)
        return {
            "kind": type(self).__name__,
            "format": _FORMAT,
            "parameters": {
                "columns": None if self.columns is None else [_plain(c) for c in _listed(self.columns)],
                "by": None if self.by is None else [_plain(c) for c in _listed(self.by)],
                "n_quantiles": int(self.n_quantiles),
                "min_group": int(self.min_group),
                "suffix": self.suffix,
            },
            "n_features": int(self.n_features_in_),
            "names": self._names() if hasattr(self, "feature_names_in_") else None,
            "ranked": self._ranked,
            "by": self._by,
            "groups": [list(group) for group in self.groups_],
            "ranks": [
                {"column": place, "group": group, **ranks.to_json()} for (place, group), ranks in self.ranks_.items()
            ],
        }

    @classmethod
    def from_json(cls, data: Any) -> PeerRank:
        """The fitted transformer that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form, of an unknown format number, or altered.
        """
        try:
            if data["kind"] != cls.__name__ or data["format"] != _FORMAT:
                raise BundleError(f"This is {data['kind']} of format {data['format']}; PeerRank reads {_FORMAT}.")
            found = cls(**data["parameters"])
            found._check()
            found.n_features_in_ = int(data["n_features"])
            if data["names"] is not None:
                found.feature_names_in_ = np.array([str(n) for n in data["names"]], dtype=object)
            found._ranked, found._by = [int(p) for p in data["ranked"]], [int(p) for p in data["by"]]
            found.groups_ = [tuple(str(word) for word in group) for group in data["groups"]]
            found.ranks_ = {(int(r["column"]), int(r["group"])): FrozenRanks.from_json(r) for r in data["ranks"]}
        except (KeyError, TypeError, ValueError) as error:
            raise (
                error
                if isinstance(error, BundleError)
                else BundleError(f"The ranks of the model cannot be read: {error!r}")
            ) from None
        found._check_places()
        return found

    def _check(self) -> None:
        if self.n_quantiles < 2:
            raise CallError(f"n_quantiles is {self.n_quantiles}; expected 2 or more.")
        if self.min_group < 1:
            raise CallError(f"min_group is {self.min_group}; expected 1 or more.")
        if not isinstance(self.suffix, str):
            raise CallError(f"suffix is {self.suffix!r}; expected text, '' to replace the columns.")

    def _check_places(self) -> None:
        width, named = self.n_features_in_, len(self._names())
        within = all(0 <= p < width for p in (*self._ranked, *self._by)) and named == width
        grouped = all(p in self._ranked and _ALL <= g < len(self.groups_) for p, g in self.ranks_)
        whole = all((p, _ALL) in self.ranks_ for p in self._ranked)
        if not (within and grouped and whole and all(len(g) == len(self._by) for g in self.groups_)):
            raise BundleError("The ranks of the model do not fit its columns and groups.")

    def _read(self, X: Any, *, reset: bool) -> pd.DataFrame:
        """``X`` as a frame, its names and width checked as scikit-learn checks them."""
        frame = as_pandas(X)
        if frame is None:
            values = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=reset)
            return pd.DataFrame(values, copy=False)
        validate_data(self, frame, skip_check_array=True, reset=reset)
        return frame

    def _names(self) -> list[str]:
        if hasattr(self, "feature_names_in_"):
            return [str(name) for name in self.feature_names_in_]
        return [f"x{i}" for i in range(self.n_features_in_)]

    def _chosen(self, frame: pd.DataFrame, names: list[str]) -> list[int]:
        """Positions of the columns to rank."""
        if self.columns is not None:
            places = [_place(c, names, "columns") for c in _listed(self.columns)]
            twice = [names[p] for i, p in enumerate(places) if p in places[:i]]
            if twice:
                raise CallError(f"columns names {twice[0]!r} twice.")
        else:
            places = [i for i in range(len(names)) if _is_figure(frame.iloc[:, i]) and names[i] not in KEYS]
            places = [p for p in places if p not in self._by]
        if not places:
            raise CallError(f"There is no column of numbers to rank (n_features={len(names)}).")
        return places

    def _groups_of(self, frame: pd.DataFrame) -> tuple[Ints, list[tuple[str, ...]]]:
        """The number of each row's peer group, -1 where there is none, and the groups."""
        if not self._by:
            return np.full(len(frame), _ALL, dtype=np.int64), []
        columns = [as_labels(frame.iloc[:, place]) for place in self._by]
        codes = np.column_stack([c for c, _ in columns])
        whole = np.flatnonzero((codes >= 0).all(axis=1))
        different, place = np.unique(codes[whole], axis=0, return_inverse=True)
        groups = np.full(len(frame), _ALL, dtype=np.int64)
        groups[whole] = place.ravel()
        return groups, [tuple(words[c] for c, (_, words) in zip(row, columns, strict=True)) for row in different]

    def _ranks_of(self, frame: pd.DataFrame) -> Floats:
        """The ranks, one column for each ranked one."""
        found, labels = self._groups_of(frame)
        known = {group: number for number, group in enumerate(self.groups_)}
        table = np.array([*(known.get(label, _ALL) for label in labels), _ALL], dtype=np.int64)
        groups = table[found]  # the last cell serves -1
        rows = {int(g): np.flatnonzero(groups == g) for g in np.unique(groups)}
        names = self._names()
        out = np.empty((len(frame), len(self._ranked)))
        for i, place in enumerate(self._ranked):
            values = as_numbers(frame.iloc[:, place], names[place])
            for group, its_rows in rows.items():
                ranks = self.ranks_.get((place, group), self.ranks_[place, _ALL])
                out[its_rows, i] = ranks.rank(values[its_rows])
        return out

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _listed(columns: Any) -> list[Any]:
    """None as no column, one column as a list of one."""
    if columns is None:
        return []
    return [columns] if isinstance(columns, (str, int, np.integer)) else list(columns)


def _plain(column: Any) -> str | int:
    return int(column) if isinstance(column, (int, np.integer)) else str(column)


def _place(column: Any, names: list[str], argument: str) -> int:
    """The position of a column given by name or position."""
    if isinstance(column, (int, np.integer)) and not isinstance(column, bool):
        if not -len(names) <= column < len(names):
            raise CallError(f"{argument} names column {column}; there are {len(names)}.")
        return int(column) % len(names)
    if column not in names:
        raise CallError(f"{argument} names {column!r}, which is no column.{did_you_mean(column, names)}")
    return names.index(column)


def _is_figure(column: pd.Series[Any]) -> bool:
    return kind_of(column) == "number" and not pd.api.types.is_bool_dtype(column)
