"""Settings from a YAML file: what is wrong is told with its key, never as a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from inadimplencia_ml.errors import CallError, did_you_mean

__all__ = ["settings_of"]

Settings = TypeVar("Settings", bound=BaseModel)


def settings_of(path: Path, kind: type[Settings]) -> Settings:
    """Settings of one kind from a YAML file; an empty file gives the defaults.

    Raises
    ------
    CallError
        The file is not readable, a key is unknown, or a value is out of range; names the key.
    """
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CallError(f"{path}: not readable as YAML ({' '.join(str(error).split())})") from error
    if not isinstance(given, dict):
        raise CallError(f"{path}: expected keys and values, got {type(given).__name__}")
    for key in given:
        if key not in kind.model_fields:
            raise CallError(f"{path}: unknown key {key!r}.{did_you_mean(key, kind.model_fields)}")
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:  # of several keys together
            raise CallError(f"{path}: {first['msg'].removeprefix('Value error, ')}") from error
        where = ".".join(map(str, first["loc"]))
        raise CallError(f"{path}: {where}: {first['msg']}, got {first['input']!r}") from error
