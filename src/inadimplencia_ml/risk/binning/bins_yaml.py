"""Bins as people edit them: YAML out with what each bin holds beside it, YAML in with every mistake named."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.risk.binning.column_bins import ColumnBins, Value
from inadimplencia_ml.settings_file import yaml_data

__all__ = ["bins_to_yaml", "read_bins"]

_KEYS = ("edges", "special", "groups", "other")
_HEAD = """\
# Bins of a scorecard. A range reaches up to its edge and includes it; the last one has no edge.
# To join two ranges take out the edge between them; to join two groups of categories write them as one.
# special: values with bins of their own, joined by common brackets. other: the group, counted from 1, of categories
# that are rare or new; without it they have a bin of their own. Missing values always have one.
"""


def bins_to_yaml(columns: Sequence[tuple[str, ColumnBins, Sequence[str]]]) -> str:
    """The YAML of columns: each with its name, its bins, and a remark on each bin."""
    lines = [_HEAD]
    for name, bins, remarks in columns:
        lines.append(f"{_scalar(name)}:")
        if bins.groups is None:
            lines.append("  edges:" + ("" if bins.edges else " []"))
            lines += [f"  - {_scalar(e)}  # {note}" for e, note in zip(bins.edges, remarks, strict=False)]
            lines.append(f"  # {remarks[len(bins.edges)]}")
            if bins.special:
                lines.append("  special:")
                told = zip(bins.special, remarks[bins.ordered :], strict=False)
                lines += [f"  - {_flow(alike)}  # {note}" for alike, note in told]
        else:
            lines.append("  groups:" + ("" if bins.groups else " []"))
            lines += [f"  - {_flow(alike)}  # {note}" for alike, note in zip(bins.groups, remarks, strict=False)]
            if bins.other is not None:
                lines.append(f"  other: {bins.other + 1}")
            else:
                lines.append(f"  # {remarks[len(bins.groups)]}")
        lines.append(f"  # {remarks[-1]}")
    return "\n".join(lines) + "\n"


def _scalar(value: Value) -> str:
    return _flow([value])[1:-1]


def _flow(values: Sequence[Value]) -> str:
    plain = [int(v) if isinstance(v, float) and v.is_integer() and abs(v) < 1e15 else v for v in values]
    return yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=math.inf).strip()


def read_bins(given: Any, names: Sequence[str], categories: Sequence[Sequence[Value] | None]) -> dict[int, ColumnBins]:
    """The bins that somebody gives, by the position of the column.

    Parameters
    ----------
    given : mapping, str, Path or None
        Bins by column name, as YAML text, or as a YAML file.
    names, categories : sequence
        The columns of X, and the categories of each, None for numbers.

    Raises
    ------
    CallError
        The text is not YAML, or a column, key, edge or category is wrong; names it and the near one.
    """
    if given is None:
        return {}
    data = given if isinstance(given, Mapping) else _parsed(given)
    if not isinstance(data, Mapping):
        raise CallError(f"bins: expected column names with their bins, got {type(data).__name__}.")
    found: dict[int, ColumnBins] = {}
    for name, spec in data.items():
        if str(name) not in names:
            raise CallError(f"bins names the column {name!r}, which X has not.{did_you_mean(name, names)}")
        at = list(names).index(str(name))
        found[at] = spec if isinstance(spec, ColumnBins) else _column(str(name), spec, categories[at])
    return found


def _parsed(given: Any) -> Any:
    text = str(given)
    if isinstance(given, Path) or ("\n" not in text and ":" not in text.replace(":\\", "", 1)):
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CallError(f"bins: the file {text} cannot be read ({error.__class__.__name__}).") from None
    return yaml_data(text, "bins is not YAML") or {}


def _column(name: str, spec: Any, categories: Sequence[Value] | None) -> ColumnBins:
    if not isinstance(spec, Mapping):
        raise CallError(f"bins of {name!r}: expected edges or groups, got {spec!r}.")
    for key in spec:
        if key not in _KEYS:
            raise CallError(f"bins of {name!r}: unknown key {key!r}.{did_you_mean(key, _KEYS)}")
    if categories is not None:
        return _of_categories(name, spec, categories)
    if "groups" in spec or "other" in spec:
        raise CallError(f"bins of {name!r}: the column holds numbers, which have edges and no groups.")
    edges = tuple(_figure(name, "edges", v) for v in _list(name, "edges", spec.get("edges")))
    for a, b in itertools.pairwise(edges):
        if a >= b:
            raise CallError(f"bins of {name!r}: the edges must rise, and {b:g} comes after {a:g}.")
    apart = [v if isinstance(v, list | tuple) else [v] for v in _list(name, "special", spec.get("special"))]
    special = tuple(tuple(_figure(name, "special", v) for v in alike) for alike in apart if alike)
    _no_twice(name, [v for alike in special for v in alike])
    return ColumnBins(edges, special)


def _of_categories(name: str, spec: Mapping[str, Any], categories: Sequence[Value]) -> ColumnBins:
    if "edges" in spec or "special" in spec:
        raise CallError(f"bins of {name!r}: the column holds categories, which have groups and no edges.")
    parts = [v if isinstance(v, list | tuple) else [v] for v in _list(name, "groups", spec.get("groups"))]
    groups = tuple(tuple(_category(name, v, categories) for v in alike) for alike in parts)
    _no_twice(name, [v for alike in groups for v in alike])
    other = spec.get("other")
    if other is not None and (not isinstance(other, int) or not 1 <= other <= len(groups)):
        raise CallError(f"bins of {name!r}: other is {other!r}; expected the number of a group, 1 to {len(groups)}.")
    return ColumnBins(groups=groups, other=None if other is None else other - 1)


def _list(name: str, key: str, value: Any) -> Sequence[Any]:
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise CallError(f"bins of {name!r}: {key} is {value!r}; expected a list.")
    return value


def _figure(name: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CallError(f"bins of {name!r}: {key} holds {value!r}; expected a finite number.")
    return float(value)


def _category(name: str, value: Any, categories: Sequence[Value]) -> Value:
    if value in categories and not isinstance(value, bool):
        return float(value) if isinstance(value, int | float) else str(value)
    if isinstance(value, bool):
        raise CallError(f"bins of {name!r}: YAML reads {str(value).lower()} here as a truth value: put it in quotes.")
    text = str(value)
    if text in categories:  # a number without quotes where the column holds words
        return text
    raise CallError(f"bins of {name!r}: the column has no category {value!r}.{did_you_mean(value, categories)}")


def _no_twice(name: str, values: Sequence[Value]) -> None:
    twice = [v for v in values if list(values).count(v) > 1]
    if twice:
        raise CallError(f"bins of {name!r}: {twice[0]!r} is in two bins.")
