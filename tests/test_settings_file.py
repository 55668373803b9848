"""YAML from people's hands: plain values alone; bombs and tags are refused before a value is made."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from inadimplencia_ml.errors import CallError, PolicyError
from inadimplencia_ml.settings_file import _DEEPEST, _not_too_deep, yaml_data, yaml_text

LAUGHS = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]"] + [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 12)]
)
MERGED = "\n".join(
    ["a0: &a0 {k: v}"] + [f"a{k}: &a{k} {{<<: [{', '.join([f'*a{k - 1}'] * 9)}]}}" for k in range(1, 12)]
)


def test_plain_values_are_read_as_they_stand() -> None:
    text = "a: [1, 2.5, 2025-01-31, yes, null, 'x']\nb: &b {c: 1}\nd: *b\ne: {<<: *b, f: 2}\n2000-01-01: 3"
    assert yaml_data(text, "text") == {
        "a": [1, 2.5, dt.date(2025, 1, 31), True, None, "x"],
        "b": {"c": 1},
        "d": {"c": 1},
        "e": {"c": 1, "f": 2},
        dt.date(2000, 1, 1): 3,
    }
    assert yaml_data("No: 1\n1: 2", "text", text_keys=True) == {"No": 1, "1": 2}
    assert yaml_data("", "text") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", r"^p\.yaml is not YAML: .*\(line 2, column 1\)$"),
        ("a: 1\na: 2", r"the key 'a' comes twice \(line 2"),
        ("a: !!python/object/apply:os.system ['false']", "a tag stands there; only plain values are read"),
        ("a: !!python/name:os.system", "a tag stands there"),
        ("a: !!int x", "a tag stands there"),
        ("a: !!set {b, c}", "a tag stands there"),
        ("a: &a [*a]", "an alias stands for a value that it is part of"),
        (LAUGHS, "stands for more than 200,000 values"),
        (MERGED, "stands for more than 200,000 values"),
        ("a: " + "[" * 200 + "]" * 200, "nested deeper than 60 levels"),
        ("a: " + "[" * 100_000, "nested deeper than 60 levels|maximum nesting depth"),
        ("- " * 100_000, "nested deeper than 60 levels|maximum nesting depth"),
        ("{a: " * 100_000, "nested deeper than 60 levels|maximum nesting depth"),
        ("? [a]\n: 1", "a key must be text"),
        ("a: 2025-02-31", "a date or a number in it is none"),
        ("a: " + "9" * 5_000, "a number has too many digits"),
        ("a: 1:" + ":".join(["1"] * 3_000), "a number has too many digits"),
        ("a: \x00", "is not YAML: "),
    ],
)
def test_what_is_not_plain_is_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as caught:
        yaml_data(text, "p.yaml is not YAML", PolicyError)
    assert "\n" not in str(caught.value)


def test_a_file_of_clients_in_the_place_of_settings_is_not_repeated() -> None:
    with pytest.raises(CallError) as caught:
        yaml_data('Cliente;Valor\n"Maria Plantada: 529.982.247-25";1\n- x: {', "s.yaml")
    assert "Plantada" not in str(caught.value)


def test_sixty_thousand_keys_are_looked_through_in_no_time() -> None:
    assert len(yaml_data("\n".join(f"k{k}: {k}" for k in range(60_000)), "text")) == 60_000


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"settings \(.*No such file"):
        yaml_text(tmp_path / "none.yaml", "settings")


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
def test_depth_is_counted_before_anything_recurses(opened: str, closed: str) -> None:
    """A composer of older libraries ends the process on such a text; newer ones refuse it themselves, at 1,000."""
    _not_too_deep(opened * _DEEPEST + "1" + closed * _DEEPEST)

    with pytest.raises(RecursionError):
        _not_too_deep(opened * (_DEEPEST + 1) + "1" + closed * (_DEEPEST + 1))
