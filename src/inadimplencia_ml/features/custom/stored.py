"""Features of one's own in a saved model: declared ones whole, coded ones by name and digest, never as code.

A model that is read brings its declared features along. Code is handed in by the caller, and must be the code that the
model was trained with: its digest is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from inadimplencia_ml.errors import BundleError, did_you_mean
from inadimplencia_ml.features.custom.coded import PythonFeature, SqlFeature
from inadimplencia_ml.features.custom.columns import Custom, custom_feature
from inadimplencia_ml.features.custom.declared import Aggregate

__all__ = ["custom_from_json", "custom_to_json"]

_KINDS: dict[str, type[Aggregate] | type[PythonFeature] | type[SqlFeature]] = {
    "declared": Aggregate,
    "python": PythonFeature,
    "sql": SqlFeature,
}
_HAND_IN = "load_model(folder, custom=[...])"


def custom_to_json(custom: Sequence[Custom]) -> list[dict[str, Any]]:
    """Definitions as plain data for a bundle, in their order.

    Raises
    ------
    CallError
        The source of a Python function cannot be read.

    Examples
    --------
    >>> late = Aggregate(name="late_5_count_60d", aggregation="count", window=60, filter={"days_late": {"ge": 5}})
    >>> custom_to_json([late])[0]["filter"]
    {'days_late': {'ge': 5.0}}
    """
    return [_stored(one) for one in custom]


def custom_from_json(stored: Any, given: Sequence[Custom] = ()) -> tuple[Custom, ...]:
    """The definitions that a bundle names, in its order: declared ones from it, coded ones from ``given``.

    Parameters
    ----------
    stored : list of dict
        As `custom_to_json` gave it.
    given : sequence
        The coded features of the model; a declared one may be among them if it is the same.

    Raises
    ------
    BundleError
        An entry cannot be read, code is missing or not that of the training, or the model has no such feature.
    """
    if not isinstance(stored, list) or not all(isinstance(one, Mapping) for one in stored):
        raise BundleError(f"custom features of the model: expected a list of definitions, got {type(stored).__name__}")
    names = [str(one.get("name")) for one in stored]
    handed: dict[str, Custom] = {}
    for one in given:
        if one.name not in names:
            hint = did_you_mean(one.name, names) if names else " It has none."
            raise BundleError(f"custom: the model has no custom feature {one.name!r}.{hint}")
        if one.name in handed:
            raise BundleError(f"custom: the feature {one.name!r} is given twice")
        handed[one.name] = one
    _refuse_missing(stored, handed)
    return tuple(_read(one, handed.get(str(one.get("name")))) for one in stored)


def _stored(one: Custom) -> dict[str, Any]:
    if isinstance(one, Aggregate):
        return {"kind": "declared", **one.model_dump(mode="json", by_alias=True, exclude_none=True)}
    told = custom_feature(one)
    return {
        "kind": _kind_of(one),
        "name": one.name,
        "digest": one.digest,
        "unit": told.unit,
        "role": told.role,
        "direction": told.direction,
        "reason": told.reason,
        "meaning_pt": told.meaning_pt,
        "meaning_en": told.meaning_en,
    }


def _kind_of(one: Custom) -> str:
    return next(kind for kind, cls in _KINDS.items() if isinstance(one, cls))


def _refuse_missing(stored: Sequence[Mapping[str, Any]], handed: Mapping[str, Custom]) -> None:
    missing = [one for one in stored if one.get("kind") in ("python", "sql") and one.get("name") not in handed]
    if missing:
        told = ", ".join(f"{one.get('name')} ({one['kind']})" for one in missing)
        raise BundleError(
            f"the model reads features that are code, and a model on disk holds none: {told}. "
            f"Hand them in, as they were at training: {_HAND_IN}."
        )


def _read(one: Mapping[str, Any], given: Custom | None) -> Custom:
    kind, name = one.get("kind"), one.get("name")
    if kind not in _KINDS:
        raise BundleError(f"custom feature {name!r} of the model: the kind {kind!r} is unknown.{_known_kinds()}")
    if given is not None and _kind_of(given) != kind:
        raise BundleError(f"custom: {name!r} is {kind} in the model, and {_kind_of(given)} is given")
    if kind == "declared":
        return _declared(one, given)
    assert given is not None  # else refused as missing
    if not isinstance(given, Aggregate) and given.digest != one.get("digest"):
        raise BundleError(
            f"custom: the code of {name!r} is not that of the training: its digest is {given.digest}, the model's "
            f"{one.get('digest')}. Hand in the code as it was, or train the model again."
        )
    if custom_feature(given).role != one.get("role"):
        raise BundleError(
            f"custom: the role of {name!r} is {one.get('role')} in the model, and {custom_feature(given).role} in what "
            "is given"
        )
    return given


def _declared(one: Mapping[str, Any], given: Custom | None) -> Aggregate:
    try:
        declared = Aggregate.model_validate({k: v for k, v in one.items() if k != "kind"})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BundleError(f"custom feature {one.get('name')!r} of the model: {place} {first['msg']}") from None
    if given is not None and given != declared:
        raise BundleError(
            f"custom: {declared.name!r} is declared otherwise in the model. Leave it out: the model brings its own."
        )
    return declared


def _known_kinds() -> str:
    return f" Known: {', '.join(_KINDS)}."
