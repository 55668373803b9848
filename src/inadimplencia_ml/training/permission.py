"""Which columns may enter a model: what the law keeps out is refused, what asks for a reason needs one in writing.

Every way to a model asks here before anything is computed: `train`, `train_family`, `train_time_to_payment`, `wrap`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

from inadimplencia_ml.catalog import BY_NAME
from inadimplencia_ml.catalog.forbidden import Ground, ground_of_meaning, ground_of_name, grounds
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.features.attributes import attribute_columns
from inadimplencia_ml.features.custom.coded import PythonFeature, SqlFeature
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.training.settings import TrainingSettings

__all__ = ["Permission", "permission_of", "permission_text"]

_TRAIN = "Leave it out with exclude: [{name}]"
_WRAP = "Fit it again without"


@dataclass(frozen=True)
class Permission:
    """What was said in writing of the columns that a training may read, by feature.

    Attributes
    ----------
    attention : dict
        code of the ground, what it is about in both languages, its source, and the justification.
    not_forbidden : dict
        The same, and the statement of what the column holds instead.
    """

    attention: dict[str, dict[str, str]]
    not_forbidden: dict[str, dict[str, str]]

    def to_json(self) -> dict[str, Any]:
        """For the manifest of a bundle; empty where nothing was said."""
        told = {"attention": self.attention, "not_forbidden": self.not_forbidden}
        return {"permission": told} if self.attention or self.not_forbidden else {}


@dataclass(frozen=True)
class _Met:
    """A column that meets a ground, and by what."""

    name: str
    column: str
    code: str
    by: str

    @property
    def ground(self) -> Ground:
        return grounds()[self.code]


def permission_of(
    ledger: Ledger, wanted: Wanted, settings: TrainingSettings, *, reads: Iterable[str] | None = None
) -> Permission:
    """Refuses columns that may not enter a model, or not without a reason in writing.

    Parameters
    ----------
    ledger : Ledger
        Its clients and attribute tables are features, column by column.
    wanted : Wanted
        Features of one's own are looked at by name, by the meaning that was given, and by the columns their code reads.
    settings : TrainingSettings
        ``exclude``, ``justifications``, ``not_forbidden`` and ``meanings`` are read.
    reads : iterable of str, optional
        The columns of a model that was fitted elsewhere; by default whatever training might read.

    Returns
    -------
    Permission

    Raises
    ------
    CallError
        A column is forbidden and nothing is stated, asks for a justification and has none, or a setting names no
        column. No value of a column is told.
    """
    columns = attribute_columns(ledger)
    own = {one.name: one for one in wanted.custom}
    known = [*columns, *own, *(n for n in reads or () if n not in columns and n not in own)]
    names = [n for n in known if n not in settings.exclude] if reads is None else list(reads)
    _refuse_unknown(settings, known, columns)
    met = [one for name in names for one in _met(name, columns, own.get(name), ledger, settings)]
    forbidden = [one for one in met if one.ground.gravity != "attention"]
    asked = [one for one in met if one.ground.gravity == "attention"]
    stated = {one.name: _said(one, settings.not_forbidden) for one in forbidden}
    _refuse([one for one in forbidden if stated[one.name] is None], _TRAIN if reads is None else _WRAP)
    why = {one.name: _said(one, settings.justifications) or _said(one, settings.not_forbidden) for one in asked}
    _ask([one for one in asked if why[one.name] is None], _TRAIN if reads is None else _WRAP)
    return Permission(
        {one.name: _kept(one) | {"justification": str(why[one.name])} for one in asked},
        {one.name: _kept(one) | {"statement": str(stated[one.name])} for one in forbidden},
    )


def _met(
    name: str, columns: Mapping[str, str], own: Custom | None, ledger: Ledger, settings: TrainingSettings
) -> Iterator[_Met]:
    """The ground that a column meets: by name, else by its meaning, else by what its code reads; at most one."""
    column = columns.get(name, name)
    if name in BY_NAME or name.startswith("macro_") or (own is not None and own.role in ("protected", "rights")):
        return
    code = ground_of_name(name)
    if code is not None:
        yield _Met(name, column, code, "its name")
        return
    given = [settings.meanings.get(name, ""), settings.meanings.get(column, "")]
    given += [] if own is None else [own.meaning_pt, own.meaning_en]
    code = next((c for c in map(ground_of_meaning, given) if c is not None), None)
    if code is not None:
        yield _Met(name, column, code, "its meaning")
        return
    for read in _read_by_code(own, columns, ledger):
        code = ground_of_name(read)
        if code is not None:
            yield _Met(name, column, code, f"the column {read!r}, which its code reads,")
            return


def _read_by_code(own: Custom | None, columns: Mapping[str, str], ledger: Ledger) -> list[str]:
    """The columns of clients and attributes that the code of a feature names."""
    if isinstance(own, SqlFeature):
        words = set(re.findall(r"\w+", own.sql))
    elif isinstance(own, PythonFeature):
        words = set(_words_of(getattr(own.function, "__code__", None)))
    else:
        return []
    tables = [ledger.tables[n] for n in ("clients",) if n in ledger.tables] + list(ledger.attributes.values())
    there = {column for table in tables for column in table.column_names} | set(columns.values())
    return sorted(words & there)


def _words_of(code: CodeType | None) -> Iterator[str]:
    """Names and texts in the code of a function and of those within it."""
    if code is None:
        return
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _words_of(constant)
        elif isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple):
            yield from (one for one in constant if isinstance(one, str))


def _said(one: _Met, texts: Mapping[str, str]) -> str | None:
    """What was written of a feature, under its name or under that of its column in the table."""
    return texts.get(one.name, texts.get(one.column))


def _kept(one: _Met) -> dict[str, str]:
    ground = one.ground
    return {"ground": one.code, "pt": ground.pt, "en": ground.en, "source": ground.source}


def _refuse(met: list[_Met], remedy: str) -> None:
    if not met:
        return
    one, others = met[0], met[1:]
    proxy = ", by default" if one.ground.gravity == "proxy" else ""
    raise CallError(
        f"{one.name!r} may not enter a credit score{proxy}: by {one.by} it is about {one.ground.en} "
        f"({one.ground.source}). {remedy.format(name=one.name)}. If it is something else, write what it is: "
        f'not_forbidden: {{{one.name}: "..."}}; the model keeps the statement.{_likewise(others)}'
    )


def _ask(met: list[_Met], remedy: str) -> None:
    if not met:
        return
    one, others = met[0], met[1:]
    raise CallError(
        f"{one.name!r} needs a reason to enter a credit score: by {one.by} it is about {one.ground.en} "
        f'({one.ground.source}). Write it: justifications: {{{one.name}: "..."}}; the model keeps it. '
        f"Or: {remedy[0].lower()}{remedy[1:].format(name=one.name)}.{_likewise(others)}"
    )


def _likewise(others: list[_Met]) -> str:
    if not others:
        return ""
    return " Likewise: " + ", ".join(f"{one.name!r} ({one.ground.en})" for one in others) + "."


def _refuse_unknown(settings: TrainingSettings, known: list[str], columns: Mapping[str, str]) -> None:
    """A text on a column that is not there is a slip of the pen."""
    there = {*known, *columns.values()}
    for setting in ("justifications", "not_forbidden", "meanings"):
        for name in getattr(settings, setting):
            if name not in there:
                raise CallError(f"{setting}: there is no column {name!r}.{did_you_mean(name, there)}")


_HEADS = {
    "attention": ("Pedem justificativa, e a têm:", "Ask for a reason, and have it:", "justification"),
    "not_forbidden": ("Parecem vedadas, e foi declarado o que são:", "Look forbidden, and were stated:", "statement"),
}


def permission_text(settings: Mapping[str, Any], lang: str = "pt") -> str:
    """What was said in writing of a model's columns, from the settings of its manifest; empty where nothing was.

    Examples
    --------
    >>> about = {"ground": "age", "pt": "idade", "en": "age", "source": "Lei 10.741/2003, art. 4º"}
    >>> told = {"client_age": about | {"justification": "Measured without effect on approval."}}
    >>> print(permission_text({"permission": {"attention": told}}, "en"))
    Ask for a reason, and have it:
      client_age (age; Lei 10.741/2003, art. 4º): Measured without effect on approval.
    """
    lines = []
    for kind, (pt, en, text) in _HEADS.items():
        told = settings.get("permission", {}).get(kind, {})
        if told:
            lines.append(pt if lang == "pt" else en)
        lines += [
            f"  {name} ({one['pt' if lang == 'pt' else 'en']}; {one['source']}): {one[text]}"
            for name, one in sorted(told.items())
        ]
    return "\n".join(lines)
