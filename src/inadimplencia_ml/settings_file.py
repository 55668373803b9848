"""YAML that people write, as plain data and as settings: what is wrong is told with its place, never as a traceback.

Such a file holds plain values alone. Tags, keys that come twice, and aliases that stand for more than anybody writes
are refused before a value is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from inadimplencia_ml.errors import CallError, InadimplenciaError, did_you_mean

__all__ = ["settings_of", "shown", "yaml_data", "yaml_text"]

Settings = TypeVar("Settings", bound=BaseModel)

_MOST_VALUES = 200_000
"""The policy that comes with the library has some 9,000; with what aliases stand for, a few lines can say billions."""
_DEEPEST = 60
_LONGEST_NUMBER = 100
_SHOWN = 60
_TEXT = "tag:yaml.org,2002:str"
_MERGED = "tag:yaml.org,2002:merge"
_WHOLE = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where the wheel has it


def settings_of(path: Path, kind: type[Settings]) -> Settings:
    """Settings of one kind from a YAML file; an empty file gives the defaults.

    Raises
    ------
    CallError
        The file is not readable, a key is unknown, or a value is out of range; names the key.
    """
    given = yaml_data(yaml_text(path, f"{path}: not readable as YAML"), f"{path}: not readable as YAML") or {}
    if not isinstance(given, dict):
        raise CallError(f"{path}: expected keys and values, got {type(given).__name__}")
    for key in given:
        if key not in kind.model_fields:
            raise CallError(f"{path}: unknown key {shown(key)}.{did_you_mean(key, kind.model_fields)}")
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:  # of several keys together
            raise CallError(f"{path}: {first['msg'].removeprefix('Value error, ')}") from error
        where = ".".join(map(str, first["loc"]))
        raise CallError(f"{path}: {where}: {first['msg']}, got {shown(first['input'])}") from error


def yaml_text(path: Path, where: str, error: type[InadimplenciaError] = CallError) -> str:
    """The text of a YAML file; ``where`` begins the message of the error if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise error(f"{where} ({' '.join(str(cause).split())})") from cause


def yaml_data(text: str, where: str, error: type[InadimplenciaError] = CallError, *, text_keys: bool = False) -> Any:
    """Plain data of a YAML text.

    Parameters
    ----------
    text : str
    where : str
        Begins the message of the error.
    error : type
        What is raised.
    text_keys : bool
        Whether keys stay text as they are written: ``No: ...`` is then the text No.

    Raises
    ------
    InadimplenciaError
        It is no YAML, or not plain: a tag, a key twice, values without end. Says in which line, and repeats no value.

    Examples
    --------
    >>> yaml_data("a: [1, 2.5, 2025-01-31]", "text")
    {'a': [1, 2.5, datetime.date(2025, 1, 31)]}
    """
    try:
        _not_too_deep(text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _Look(loader, text_keys).size(node, 0)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as cause:
        raise error(f"{where}: {_told(cause)}") from None
    except RecursionError:
        raise error(f"{where}: it is nested deeper than {_DEEPEST} levels") from None
    except (ValueError, OverflowError):
        why = "a date or a number in it is none, such as 2025-02-31; write it in quotes if it is text"
        raise error(f"{where}: {why}") from None


def _not_too_deep(text: str) -> None:
    """Raises RecursionError before anything is put together: libyaml's composer recurses until the process ends."""
    depth = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise RecursionError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def shown(value: Any) -> str:
    """A value in a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


class _Loader(_SafeLoader):  # type: ignore[misc]  # one of two loaders, both safe
    """Plain YAML data; a key that comes twice in one mapping is an error, not a silent last word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGED:
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise _wrong(f"the key {shown(key)} comes twice", key_node)
            seen.add(key)
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return made


class _Look:
    """A look at a text before values are made of it: nothing in it may be more than it seems."""

    def __init__(self, loader: Any, text_keys: bool) -> None:
        self.loader, self.text_keys = loader, text_keys
        self.sizes: dict[int, int] = {}

    def size(self, node: Any, depth: int) -> int:
        """How many values a node stands for, those of its aliases counted each time."""
        if id(node) in self.sizes:
            if not self.sizes[id(node)]:
                raise _wrong("an alias stands for a value that it is part of", node)
            return self.sizes[id(node)]
        if depth > _DEEPEST:
            raise _wrong(f"it is nested deeper than {_DEEPEST} levels", node)
        if isinstance(node, yaml.ScalarNode):
            self._plain(node)
            return 1
        self.sizes[id(node)] = 0  # not known yet
        if node.tag != _WHOLE[isinstance(node, yaml.SequenceNode)]:
            raise _wrong("a tag stands there; only plain values are read", node)
        total = 1 + sum(self.size(part, depth + 1) for part in self._parts(node))
        if total > _MOST_VALUES:
            raise _wrong(f"it stands for more than {_MOST_VALUES:,} values, aliases counted", node)
        self.sizes[id(node)] = total
        return total

    def _parts(self, node: Any) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return node.value
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _wrong("a key must be text", key)
            if self.text_keys:
                key.tag = _TEXT
        return [part for pair in node.value for part in pair]

    def _plain(self, node: yaml.ScalarNode) -> None:
        if node.tag == _TEXT:
            return
        if node.tag != self.loader.resolve(yaml.ScalarNode, node.value, (True, False)):
            raise _wrong("a tag stands there; only plain values are read", node)
        if len(node.value) > _LONGEST_NUMBER:
            raise _wrong("a number has too many digits; write it in quotes if it is text", node)


def _wrong(text: str, node: Any) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, text, node.start_mark)


def _told(error: yaml.YAMLError) -> str:
    """What is wrong and where; what stands there may be anything, and is not repeated."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    return what if mark is None else f"{what} (line {mark.line + 1}, column {mark.column + 1})"
