"""A scorecard as one SELECT: the bins, points, log-odds and probability that the model itself gives."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal, get_args

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.risk.binning.column_bins import ColumnBins, Value
from inadimplencia_ml.risk.calibration import Calibration
from inadimplencia_ml.risk.scorecard.card import Card, CardFeature

__all__ = ["Dialect", "card_sql"]

Dialect = Literal["duckdb", "ansi"]

_OURS = ("points", "log_odds", "calibrated", "probability")
_DOUBLE: dict[Dialect, str] = {"duckdb": "DOUBLE", "ansi": "DOUBLE PRECISION"}
_TEXT: dict[Dialect, str] = {"duckdb": "VARCHAR", "ansi": "VARCHAR(4000)"}


def card_sql(
    card: Card, calibration: Calibration, table: str | Sequence[str], keys: Sequence[str], dialect: str
) -> str:
    """The statement; see ``ScorecardClassifier.to_sql``."""
    spoken = {d: d for d in get_args(Dialect)}.get(dialect)
    if spoken is None:
        raise CallError(f"dialect is {dialect!r}.{did_you_mean(dialect, get_args(Dialect))}")
    taken = [k for k in keys if k in _OURS or k.startswith("bin_")]
    if taken:
        raise CallError(f"keys names {taken[0]!r}, which the statement uses itself. Rename that column in a view.")
    parts = table.split(".") if isinstance(table, str) else table
    source, passed = ".".join(_name(p) for p in parts), [_name(k) for k in keys]
    bins = [f"{_bin_of(f, spoken)} AS bin_{i}" for i, f in enumerate(card.features, 1)]
    points, worth = [str(card.base_points)], [_figure(card.intercept)]
    for i, feature in enumerate(card.features, 1):
        points.append(_by_bin(i, [str(p) for p in card.points_of(feature).tolist()]))
        worth.append(_by_bin(i, [_figure(z) for z in feature.log_odds]))
    steps = [
        _select([*passed, *(bins or ["0 AS bin_0"])], source),
        _select([*passed, f"{_added(points)} AS points", f"{_added(worth)} AS log_odds"], "binned"),
        _select([*passed, "points", "log_odds", f"{_calibrated(calibration)} AS calibrated"], "worth"),
    ]
    held = "CASE WHEN points < 0 THEN 0 WHEN points > 1000 THEN 1000 ELSE points END AS points"
    last = _select([*passed, held, "log_odds", "1e0 / (1e0 + EXP(-calibrated)) AS probability"], "believed")
    named = [f"{name} AS (\n{step}\n)" for name, step in zip(("binned", "worth", "believed"), steps, strict=True)]
    return "WITH " + ",\n".join(named) + f"\n{last}\n"


def _select(columns: Sequence[str], source: str) -> str:
    return "SELECT\n  " + ",\n  ".join(columns) + f"\nFROM {source}"


def _name(identifier: str) -> str:
    return '"' + str(identifier).replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _figure(value: float) -> str:
    """A literal of double precision that reads back to the same bits; a plain 0.1 would be a decimal."""
    text = repr(float(value))
    text = text if "e" in text else f"{text}e0"
    return f"({text})" if text.startswith("-") else text


def _added(terms: Sequence[str]) -> str:
    return "\n    + ".join(terms)


def _by_bin(number: int, worth: Sequence[str]) -> str:
    """What each bin of a column is worth."""
    told = " ".join(f"WHEN {b} THEN {figure}" for b, figure in enumerate(worth))
    return f"CASE bin_{number} {told} END"


def _bin_of(feature: CardFeature, dialect: Dialect) -> str:
    bins, column = feature.bins, _name(feature.name)
    missing = f"{column} IS NULL"
    if bins.groups is not None:
        return _group_of(bins, column, missing, dialect)
    number = f"CAST({column} AS {_DOUBLE[dialect]})"
    if dialect == "duckdb":
        missing += f" OR isnan({number})"
    whens = [f"WHEN {missing} THEN {bins.size - 1}"]
    whens += [f"WHEN {number} IN ({_list(v)}) THEN {bins.ordered + i}" for i, v in enumerate(bins.special)]
    whens += [f"WHEN {number} <= {_figure(edge)} THEN {i}" for i, edge in enumerate(bins.edges)]
    return _case(whens, len(bins.edges))


def _group_of(bins: ColumnBins, column: str, missing: str, dialect: Dialect) -> str:
    groups = bins.groups or ()
    numeric = any(not isinstance(v, str) for alike in groups for v in alike)
    cell = f"CAST({column} AS {(_DOUBLE if numeric else _TEXT)[dialect]})"
    whens = [f"WHEN {missing} THEN {bins.size - 1}"]
    whens += [f"WHEN {cell} IN ({_list(v)}) THEN {i}" for i, v in enumerate(groups) if v]
    return _case(whens, len(groups) if bins.other is None else bins.other)


def _case(whens: Sequence[str], otherwise: int) -> str:
    return "CASE\n    " + "\n    ".join(whens) + f"\n    ELSE {otherwise} END"


def _list(values: Sequence[Value]) -> str:
    return ", ".join(_text(v) if isinstance(v, str) else _figure(v) for v in values)


def _calibrated(calibration: Calibration) -> str:
    """Calibrated log-odds of raw ones, written out as ``Calibration.log_odds`` works them out."""
    curve = _curve(calibration)
    return f"{curve} + {_figure(calibration.shift)}" if calibration.shift else curve


def _curve(calibration: Calibration) -> str:
    if calibration.method == "platt":
        slope, intercept = calibration.coefficients
        return f"{_figure(slope)} * log_odds + {_figure(intercept)}"
    if calibration.method == "beta":
        a, b, c = (_figure(v) for v in calibration.coefficients)
        tail = "LN(1e0 + EXP(-ABS(log_odds)))"
        good = f"(CASE WHEN log_odds > 0 THEN log_odds ELSE 0e0 END + {tail})"
        bad = f"(CASE WHEN log_odds < 0 THEN -log_odds ELSE 0e0 END + {tail})"
        return f"{b} * {good} - {a} * {bad} + {c}"
    if calibration.method == "isotonic":
        return _along(calibration.knots)
    return "log_odds"


def _along(knots: Sequence[tuple[float, float]]) -> str:
    (x0, y0), (xn, yn) = knots[0], knots[-1]
    whens = [f"WHEN log_odds <= {_figure(x0)} THEN {_figure(y0)} + (log_odds - {_figure(x0)})"]
    for (xa, ya), (xb, yb) in itertools.pairwise(knots):
        slope = (yb - ya) / (xb - xa)
        line = f"{_figure(ya)} + {_figure(slope)} * (log_odds - {_figure(xa)})"
        whens.append(f"WHEN log_odds <= {_figure(xb)} THEN {line}")
    rest = f"{_figure(yn)} + (log_odds - {_figure(xn)})"
    return "CASE\n    " + "\n    ".join(whens) + f"\n    ELSE {rest} END"
