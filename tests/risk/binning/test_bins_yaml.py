"""Bins by hand: out as YAML, changed, and back; every mistake is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.binning.bins_yaml import bins_to_yaml, read_bins
from inadimplencia_ml.risk.binning.column_bins import ColumnBins

NAMES = ("late_share_365d", "kind", "code")
CATEGORIES = (None, ("NO", "O'Neil: x", "yes", "012", "São Paulo"), (1.0, 2.0))

BINS = [
    ColumnBins((0.1, 2.0), ((-9.0,), (-8.0, -7.5))),
    ColumnBins(groups=(("NO", "O'Neil: x"), ("yes", "012"), ("São Paulo",)), other=1),
    ColumnBins(groups=((2.0,), (1.0,))),
]


def text_of(bins: list[ColumnBins]) -> str:
    return bins_to_yaml([(n, b, b.labels("en")) for n, b in zip(NAMES, bins, strict=True)])


def read(given: Any) -> dict[int, ColumnBins]:
    return read_bins(given, NAMES, CATEGORIES)


def test_what_is_written_is_read_back() -> None:
    assert read(text_of(BINS)) == dict(enumerate(BINS))
    assert read_bins(yaml.safe_load(text_of(BINS)), NAMES, CATEGORIES) == dict(enumerate(BINS))


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "bins.yaml"
    path.write_text(text_of(BINS), encoding="utf-8")

    assert read(path) == read(str(path)) == dict(enumerate(BINS))


def test_a_bin_of_its_own_for_each_special_value_needs_no_brackets() -> None:
    assert read({"late_share_365d": {"edges": [1], "special": [-9, [-8, -7]]}}) == {
        0: ColumnBins((1.0,), ((-9.0,), (-8.0, -7.0)))
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"late_share_356d": {"edges": [1]}}, r"'late_share_356d', which X has not\. Did you mean 'late_share_365d'"),
        ({"late_share_365d": {"edgs": [1]}}, r"unknown key 'edgs'\. Did you mean 'edges'"),
        ({"late_share_365d": {"edges": [2, 1]}}, r"the edges must rise, and 1 comes after 2"),
        ({"late_share_365d": {"edges": ["a"]}}, r"edges holds 'a'; expected a finite number"),
        ({"late_share_365d": {"edges": 3}}, r"edges is 3; expected a list"),
        ({"late_share_365d": {"groups": [["a"]]}}, "holds numbers, which have edges"),
        ({"late_share_365d": {"edges": [], "special": [-9, [-9]]}}, r"-9\.0 is in two bins"),
        ({"late_share_365d": [1, 2]}, "expected edges or groups"),
        ({"kind": {"edges": [1]}}, "holds categories, which have groups"),
        ({"kind": {"groups": [["Sao Paulo"]]}}, r"no category 'Sao Paulo'\. Did you mean 'São Paulo'"),
        ({"kind": {"groups": [["yes"], ["yes"]]}}, "'yes' is in two bins"),
        ({"kind": {"groups": [["yes"]], "other": 2}}, r"other is 2; expected the number of a group, 1 to 1"),
        ("kind:\n  groups: [[yes]]\n", "put it in quotes"),
        ("kind:\n  groups: [[", "bins is not YAML"),
        ("late_share_365d:\n  edges: [1]\nlate_share_365d:\n  edges: [2]\n", "'late_share_365d' comes twice"),
        ("- 1\n- 2\n", "expected column names"),
        ("no/such/file.yaml", r"the file no/such/file\.yaml cannot be read"),
    ],
)
def test_a_mistake_is_named(given: Any, message: str) -> None:
    with pytest.raises(CallError, match=message):
        read(given)


def test_no_bins_are_no_bins() -> None:
    assert read(None) == {}


def test_a_key_that_is_no_word_is_named() -> None:
    with pytest.raises(CallError, match=r"bins is not YAML|which X has not"):
        read("? [a, b]\n: 1\n")
