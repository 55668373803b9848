"""Is a model made again from its ledger? The first difference of two bundles, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from inadimplencia_ml.risk.bundle import Bundle

__all__ = ["Difference", "Reproduction", "differences", "reproduce"]

#: What may differ, in the order in which one causes the other: (pt-BR, English).
_WHAT: dict[str, tuple[str, str]] = {
    "data": ("os dados da carteira", "the data of the ledger"),
    "versions": ("as versões das bibliotecas", "the versions of the libraries"),
    "format": ("o formato da pasta do modelo", "the format of the model's folder"),
    "target": ("o alvo", "the target"),
    "settings": ("as configurações", "the settings"),
    "features": ("a lista de variáveis", "the list of features"),
    "labels": ("os rótulos", "the labels"),
    "period": ("os períodos", "the periods"),
    "columns": ("o modelo ajustado", "the fitted model"),
    "trees": ("as árvores", "the trees"),
    "calibration": ("a calibração", "the calibration"),
    "interval": ("o intervalo das probabilidades", "the interval of the probabilities"),
    "ratings": ("as faixas de risco", "the ratings"),
    "reasons": ("a referência dos motivos", "the reference of the reasons"),
    "judgement": ("o julgamento", "the judgement"),
    "files": ("os arquivos", "the files"),
}
_LONGEST = 60


class Difference(NamedTuple):
    """One difference: of what kind, where, and the two values as short text."""

    what: str
    where: str
    kept: str
    again: str


@dataclass(frozen=True)
class Reproduction:
    """What came of training again.

    Attributes
    ----------
    digest : str
        Of the kept model.
    again : dict of int to str
        Digest of the model trained anew, by the number of threads.
    differences : tuple of Difference
        One a kind, the likely cause first; empty if all are equal.
    """

    digest: str
    again: dict[int, str]
    differences: tuple[Difference, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether every training gave the same digest."""
        return all(digest == self.digest for digest in self.again.values())

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "equal": self.equal,
            "digest": self.digest,
            "again": {str(threads): digest for threads, digest in self.again.items()},
            "differences": [one._asdict() for one in self.differences],
        }

    def text(self, lang: str = "pt") -> str:
        """In words, one line: equal, or the first difference; the others by their name."""
        pt = lang == "pt"
        threads = (" e " if pt else " and ").join(map(str, self.again))
        if self.equal:
            head = "Reproduzido" if pt else "Reproduced"
            with_ = f"com {threads} thread(s)" if pt else f"with {threads} thread(s)"
            return f"{head}: digest {self.digest[:12]}, {with_}."
        first, *others = self.differences
        head = "Não reproduzido" if pt else "Not reproduced"
        differ = "diferem" if pt else "differ"
        told = f"{head}: {differ} " if pt else f"{head}: "
        told += _WHAT[first.what][0] if pt else f"{_WHAT[first.what][1]} {differ}"
        told += f" ({first.where}: {first.kept} {'no modelo' if pt else 'in the model'}, "
        told += f"{first.again} {'agora' if pt else 'now'})."
        if others:
            named = ", ".join(_WHAT[one.what][0 if pt else 1] for one in others)
            told += f" {'Também' if pt else 'Also'}: {named}."
        return told


def reproduce(kept: Bundle, retrain: Callable[[int], Bundle], threads: Sequence[int] = (1, 2)) -> Reproduction:
    """Trains again at each number of threads and compares.

    Parameters
    ----------
    kept : Bundle
    retrain : callable
        Trains with the target, cut and settings of the kept model, with so many threads.
    threads : sequence of int
    """
    again: dict[int, str] = {}
    found: tuple[Difference, ...] = ()
    for number in threads:
        made = retrain(number)
        again[number] = made.digest
        if made.digest != kept.digest and not found:
            found = differences(kept, made) or (Difference("files", "digest", kept.digest[:12], made.digest[:12]),)
    return Reproduction(kept.digest, again, found)


def differences(kept: Bundle, again: Bundle) -> tuple[Difference, ...]:
    """The first difference of each kind, in the order in which one kind causes the next."""
    found: dict[str, Difference] = {}
    for one in (*_of_manifests(kept, again), *_of_parts(kept.parts, again.parts)):
        found.setdefault(one.what, one)
    return tuple(found[what] for what in _WHAT if what in found)


def _of_manifests(kept: Bundle, again: Bundle) -> Iterator[Difference]:
    a, b = kept.manifest, again.manifest
    pairs: list[tuple[str, str, Any, Any]] = [
        ("data", "data_digest", a.data_digest, b.data_digest),
        ("versions", "", a.versions, b.versions),
        ("format", "format", a.format, b.format),
        ("target", "target", a.target, b.target),
        ("target", "cut", a.cut, b.cut),
        ("settings", "random_state", a.random_state, b.random_state),
        ("features", "feature", [f.name for f in a.features], [f.name for f in b.features]),
        ("features", "", {f.name: f.dtype for f in a.features}, {f.name: f.dtype for f in b.features}),
        ("labels", "booking_lag_days", a.booking_lag_days, b.booking_lag_days),
        ("period", "judged_on", a.judged_on, b.judged_on),
        ("period", "fitted_to", a.fitted_to, b.fitted_to),
    ]
    kinds = {"labels": "labels", "features": "features", "kinds": "columns", "scorers": "columns"}
    for key in sorted({*a.settings, *b.settings}):
        pairs.append((kinds.get(key, "settings"), key, a.settings.get(key), b.settings.get(key)))
    for what, where, one, other in pairs:
        place = _first(one, other, where)
        if place is not None:
            yield Difference(what, *place)


def _of_parts(kept: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Difference]:
    for name in sorted({*kept, *again}):
        if name not in kept or name not in again:
            yield Difference("files", name, "+" if name in kept else "-", "+" if name in again else "-")
            continue
        place = _first(kept[name], again[name], name)
        if place is not None:
            yield Difference(_kind_of(name), *place)


def _kind_of(name: str) -> str:
    last = name.removesuffix(".json").rpartition(".")[2]
    if name.endswith(".txt"):
        return "trees"
    return last if last in _WHAT else "columns"


def _first(kept: Any, again: Any, where: str) -> tuple[str, str, str] | None:
    """Where two plain values differ first, and what stands there; None if they are equal."""
    if isinstance(kept, bytes) and isinstance(again, bytes):
        kept, again = kept.decode("utf-8", "replace").splitlines(), again.decode("utf-8", "replace").splitlines()
    if isinstance(kept, Mapping) and isinstance(again, Mapping):
        for key in sorted({*kept, *again}, key=str):
            place = f"{where}.{key}" if where else str(key)
            found = _first(kept.get(key), again.get(key), place)
            if found is not None:
                return found
        return None
    if isinstance(kept, list | tuple) and isinstance(again, list | tuple):
        for i in range(max(len(kept), len(again))):
            one, other = (values[i] if i < len(values) else None for values in (kept, again))
            found = _first(one, other, f"{where}[{i}]")
            if found is not None:
                return found
        return None
    return None if kept == again else (where, _short(kept), _short(again))


def _short(value: Any) -> str:
    text = "–" if value is None else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
