"""Damage to plain data, as JSON and YAML hold it: values of other kinds, absurd numbers, deep nesting, bombs, tags."""

# lists of bad values read best in few lines
from __future__ import annotations

import copy
import datetime as dt
import json
import random
from collections.abc import Iterator
from typing import Any

import yaml
from damage import cell, text_damaged

__all__ = ["data_damaged", "json_of", "yaml_bomb", "yaml_of"]

_NUMBERS = (0, -1, 1, 2, 2**31, -(2**31), 2**63, -(2**63) - 1, 10**30, 10**400, 0.5, -0.0, 1e308, -1e308, 1e-320)
_ODD = (float("nan"), float("inf"), float("-inf"))


def data_damaged(data: Any, rng: random.Random) -> Any:
    """The data with one to six things changed at places drawn at random."""
    data = copy.deepcopy(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        data = _changed(data, rng)
    return data


def json_of(data: Any, rng: random.Random) -> bytes:
    """JSON of the data, sometimes not of the letter: NaN, deep nesting, a key twice, another encoding."""
    text = json.dumps(data, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 1)), default=str)
    what = rng.random()
    if what < 0.03:
        depth = rng.choice((500, 5_000, 100_000))
        return rng.choice(("[" * depth, '{"a":' * depth, "[" * depth + "]" * depth)).encode()
    if what < 0.06:
        return text.encode(rng.choice(("utf-16", "utf-8-sig", "cp1252", "utf-32")), errors="replace")
    if what < 0.10:
        return text_damaged(text, rng).encode("utf-8", "surrogatepass")
    if what < 0.12:
        return text.replace("0", "9" * rng.choice((25, 5_000)), 1).encode("utf-8", "surrogatepass")
    return text.encode("utf-8", "surrogatepass")


def yaml_of(data: Any, rng: random.Random) -> bytes:
    """YAML of the data, sometimes with tags, aliases, anchors, or written as JSON."""
    if rng.random() < 0.1:
        return json_of(data, rng)
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, default_flow_style=rng.random() < 0.2)
    if rng.random() < 0.2:
        text = text_damaged(text, rng)
    if rng.random() < 0.15:
        lines = text.split("\n")
        at = rng.randrange(len(lines))
        key, colon, _ = lines[at].partition(": ")
        if colon:
            lines[at] = f"{key}: {rng.choice(_TAGGED)}"
        text = "\n".join(lines)
    return text.encode("utf-8", "surrogatepass")


_TAGGED = (
    *(
        "!!python/object/apply:os.system ['false']",
        "!!python/name:os.system",
        "!!python/module:os",
        "!!python/object:x.Y {}",
    ),
    *("!!binary AAAA", "!!set {a, b}", "!!omap [a: 1]", "!!pairs [a: 1]", "!!timestamp abc", "!!int abc", "!!int ''"),
    *(
        "!!float x",
        "!!bool maybe",
        "!!null x",
        "!!str [a]",
        "!!map [a]",
        "!!seq {a: 1}",
        "!x y",
        "!<tag:yaml.org,2002:int> z",
    ),
    *(
        "2025-02-31",
        "2025-99-99T99:99:99Z",
        "0o777",
        "0b_",
        "1:2:3:4",
        "1_0",
        "._",
        ".inf",
        ".nan",
        "-.INF",
        "0x_",
        "9" * 5000,
    ),
    *(
        "&a [*a]",
        "&a {k: *a}",
        "*none",
        "&x",
        "<<",
        "{<<: {a: 1}}",
        "|\n  a\n  b",
        ">-\n  x",
        "? [a]",
        "{[a]: 1}",
        "{{a: 1}: 2}",
    ),
    *("1:" + ":".join(["1"] * 3000), "[" * 3000, "{a: " * 3000, "~", "''", '"\\ud800"', '"\\x00"', '"\\U0010ffff"'),
)


def yaml_bomb(rng: random.Random) -> bytes:
    """Few lines that stand for billions of values, or nest deeper than anybody reads."""
    wide, deep = rng.choice((9, 20)), rng.choice((9, 12))
    kind = rng.randrange(5)
    if kind == 0:
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * wide)}]" for i in range(1, deep)]
        return "\n".join([*lines, f"files: *a{deep - 1}", f"references: *a{deep - 1}"]).encode()
    if kind == 1:
        lines = ["a0: &a0 {k: v}"]
        lines += [f"a{i}: &a{i} {{{', '.join(f'k{j}: *a{i - 1}' for j in range(wide))}}}" for i in range(1, deep)]
        return "\n".join([*lines, f"files: [*a{deep - 1}]", f"ledger: *a{deep - 1}"]).encode()
    if kind == 2:
        lines = ["a0: &a0 {k: v}"]
        lines += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * wide)}]}}" for i in range(1, deep)]
        return "\n".join([*lines, f"files: [*a{deep - 1}]"]).encode()
    depth = rng.choice((900, 20_000, 200_000))
    if kind == 3:
        return ("files: " + rng.choice(("[" * depth, "{a: " * depth, "[" * depth + "]" * depth, "- " * depth))).encode()
    many = rng.choice((20_000, 60_000))
    return ("\n".join(f"k{i}: {i}" for i in range(many))).encode()


def _changed(data: Any, rng: random.Random) -> Any:
    places = list(_places(data))
    if not places:
        return _value(rng)
    holder, key = rng.choice(places)
    what = rng.random()
    if what < 0.45:
        holder[key] = _value(rng)
    elif what < 0.6:
        holder[key] = _near(holder[key], rng)
    elif what < 0.75:
        del holder[key]
    elif what < 0.85 and isinstance(holder, dict):
        holder[rng.choice(("", "zzz", "__class__", "kind", "format", "../x", "0", cell(rng)))] = holder.pop(key)
    elif what < 0.92:
        other, at = rng.choice(places)
        try:
            holder[key] = copy.deepcopy(other[at])
        except (KeyError, IndexError):
            holder[key] = None
    elif isinstance(holder, list):
        holder[key:key] = [copy.deepcopy(holder[key])] * rng.choice((1, 2, 300))
    else:
        holder[key] = [holder[key]] * rng.choice((1, 2, 50))
    return data


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in nested lists and dicts, as who holds it and under which key."""
    keys = list(data) if isinstance(data, dict) else list(range(len(data))) if isinstance(data, list) else []
    for key in keys:
        yield data, key
        yield from _places(data[key])


def _value(rng: random.Random) -> Any:
    kind = rng.randrange(8)
    if kind == 0:
        return rng.choice(_NUMBERS)
    if kind == 1:
        return cell(rng)
    if kind == 2:
        return rng.choice((None, True, False))
    if kind == 3:
        return rng.choice(([], {}, [[]], [{}], {"": None}, [None], [1, "a", None]))
    if kind == 4:
        return rng.choice(_ODD)
    if kind == 5:
        return rng.choice((dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.datetime(2025, 1, 1, 1, 1)))
    return rng.choice(_NUMBERS[:9])


def _near(value: Any, rng: random.Random) -> Any:
    """A value like the one there: the number beside it, the text cut, the list shorter or longer."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, (int, float)):
        if abs(value) > 1e15:
            return 0
        return rng.choice((value + 1, value - 1, -value, value * 10, value / 2, str(value), float(value)))
    if isinstance(value, str):
        return rng.choice((value[:-1], value + "x", value.upper(), value * 50, text_damaged(value, rng), [value]))
    if isinstance(value, list):
        return rng.choice((value[:-1], value + value[:1], value[::-1], value * 3, dict(enumerate(map(str, value)))))
    if isinstance(value, dict):
        return rng.choice((dict(list(value.items())[:-1]), list(value.values()), {**value, "zzz": 1}))
    return str(value)
