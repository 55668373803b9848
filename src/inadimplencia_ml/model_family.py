"""Models of several targets whose probabilities agree: for every client the rarer event is never more probable."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import BundleError, CallError, did_you_mean
from inadimplencia_ml.explanation import Explanation
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import read_snapshots
from inadimplencia_ml.pipeline import SCORER_OF, Model, profiles
from inadimplencia_ml.risk.agreement import Implied, agree, implied_by
from inadimplencia_ml.risk.bundle import FAMILY, read_bundle
from inadimplencia_ml.risk.family_judgement import FamilyJudgement
from inadimplencia_ml.risk.reasons import with_texts
from inadimplencia_ml.storage import digest as file_digest
from inadimplencia_ml.storage import read_json, write_json, written_whole
from inadimplencia_ml.tables.same_kind import same_kind
from inadimplencia_ml.target import Target

__all__ = ["FORMAT", "ModelFamily", "agreed_order", "check_names", "is_family", "load_family", "reads_treatment"]

Floats = npt.NDArray[np.float64]

#: The format that is written; every format up to it is read.
FORMAT = 1

_KIND, _SEAL = "inadimplencia_ml family", "family.sha256"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_ENDS = ("probability", "probability_low", "probability_high")
_IMPLIES: dict[str, Callable[[Target, Target], bool]] = {
    "scoreable": Target.implies,
    "already_bad": Target.state_implies,
}
"""By state: when an event, or not being cured of one, implies that of another target."""


def agreed_order(
    targets: Sequence[Target], treatment: Sequence[bool], implies: Callable[[Target, Target], bool]
) -> Implied:
    """Which member's event implies which other's; members with and without treatment features are not related.

    Both tell the chance of one event, but of the same client with different facts: each is right of its own.
    """
    at = range(len(targets))
    pairs = [(a, b) for a in at for b in at if treatment[a] == treatment[b] and implies(targets[a], targets[b])]
    return implied_by(pairs, len(targets))


def reads_treatment(model: Model) -> bool:
    """Whether a model was trained with treatment features."""
    training = model.bundle.manifest.settings.get("training")
    return isinstance(training, Mapping) and training.get("treatment") is True


@dataclass(frozen=True)
class ModelFamily:
    """Models of one ledger and cut, and of several targets of one level.

    Made by `inadimplencia_ml.train_family` or `load_family`.

    Attributes
    ----------
    members : dict of Model
        By name. A member used by itself says what it would say without the others.
    about : dict
        What agreement did out of time, as plain data; read it as ``judgement``.
    """

    members: dict[str, Model]
    about: dict[str, Any] = field(repr=False, default_factory=dict)

    @classmethod
    def of(cls, members: Mapping[str, Model], about: Mapping[str, Any]) -> ModelFamily:
        """A family of models.

        Raises
        ------
        CallError
            There is none, their levels or cuts differ, they build other features, two are of the same target and
            features, or a name is no name of a folder.
        """
        if not members:
            raise CallError("a family needs at least one model")
        check_names(list(members))
        for what, found in (
            ("level", {m.target.level for m in members.values()}),
            ("cut", {m.bundle.manifest.cut for m in members.values()}),
        ):
            if len(found) > 1:
                raise CallError(
                    f"the members of a family are of one {what}; these are of {' and '.join(sorted(found))}"
                )
        if any(m.wanted != next(iter(members.values())).wanted for m in members.values()):
            raise CallError(
                "the members of a family build the same features; these ask for other families or custom ones"
            )
        seen: dict[tuple[Any, bool], str] = {}
        for name, model in members.items():
            one = seen.setdefault((model.target, reads_treatment(model)), name)
            if one != name:
                raise CallError(
                    f"{one!r} and {name!r} are of the same target; name it once, or one of them with treatment"
                )
        return cls(dict(members), dict(about))

    @property
    def level(self) -> str:
        """client or invoice."""
        return next(iter(self.members.values())).target.level

    @property
    def version(self) -> str:
        """Short name: cut and the first digits of the digest."""
        return f"family@{next(iter(self.members.values())).bundle.manifest.cut}#{self.digest[:12]}"

    @property
    def judgement(self) -> FamilyJudgement:
        """Each member's judgement, how far agreement moved probabilities, and whether it changed log loss."""
        own = {name: model.judgement for name, model in self.members.items()}
        return FamilyJudgement.from_json(self.about, own, self.treatment)

    @property
    def treatment(self) -> dict[str, bool]:
        """Which members read treatment features."""
        return {name: reads_treatment(model) for name, model in self.members.items()}

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the family is, as plain data: no clock, no path, no host."""
        return {
            "members": [
                {
                    "name": name,
                    "target": model.target.model_dump(mode="json"),
                    "treatment": self.treatment[name],
                    "digest": model.digest,
                }
                for name, model in sorted(self.members.items())
            ],
            "implied": self.implied("scoreable"),
            "judgement": self.about,
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the manifest, which holds the digests of the members; the order of members plays no part."""
        return hashlib.sha256(json.dumps(self.manifest, sort_keys=True, allow_nan=False).encode()).hexdigest()

    def implied(self, state: str = "scoreable") -> list[list[str]]:
        """Pairs of members, the rarer first, whose probabilities are held in order for clients of a state.

        Parameters
        ----------
        state : {"scoreable", "already_bad"}
            Whether of the targets' events, or of not being cured of them.
        """
        names = sorted(self.members)
        order = self._order(state)
        return [[names[a], names[b]] for a, b in np.argwhere(order).tolist() if a != b]

    def _order(self, state: str) -> Implied:
        names = sorted(self.members)
        targets, flags = [self.members[n].target for n in names], [self.treatment[n] for n in names]
        return agreed_order(targets, flags, _IMPLIES[state])

    @same_kind("snapshots", "history")
    def score(
        self,
        ledger: Ledger,
        as_of: dt.date | str | None = None,
        *,
        snapshots: Any = None,
        at_issue: bool = False,
        member: str | None = None,
        history: pd.DataFrame | None = None,
        texts: bool = False,
    ) -> pd.DataFrame:
        """One row a snapshot and member, in agreement; with ``member`` that one's rows alone, in agreement with all.

        Parameters
        ----------
        ledger, as_of, snapshots, at_issue, texts
            As for `Model.score`.
        member : str, optional
            The rows of one member: such a table is what `decide` takes.
        history : DataFrame, optional
            Earlier scores; of a family's the rows of each member count for that member.

        Returns
        -------
        DataFrame
            ``member``, then the columns of `Model.score`, then ``probability_alone`` (what the member says by itself).
            Snapshots in their order, each with its members in the order of the family. The interval, the points, the
            rating and the segment are those of ``probability``; reasons are the member's own. For one row a client:
            ``scores.pivot(index="client_id", columns="member", values="probability")``.
        """
        names = [self._named(member)] if member is not None else list(self.members)
        first = next(iter(self.members.values()))
        asked = first.snapshots(ledger, as_of, snapshots, at_issue=at_issue)
        looks, features = read_snapshots(asked, ledger), first.wanted.build(ledger, asked)
        profile = profiles(ledger, looks, first.target)
        alone = {
            name: one.probabilities(ledger, looks, features, profile) for name, one in sorted(self.members.items())
        }
        agreed = self.agreed(alone)
        tables = []
        for name in names:
            rows = self.members[name].rated(agreed[name], _of_member(history, name))
            rows = with_texts(rows, features) if texts else rows
            rows.insert(0, "member", pd.Series(name, rows.index, dtype="str"))
            tables.append(rows.assign(probability_alone=alone[name]["probability"]))
        out = tables[0] if len(tables) == 1 else pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)
        out.attrs["bundle_digest"] = self.digest if len(self.members) > 1 else first.digest
        return out

    def agreed(self, alone: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """The same rows with probabilities and intervals that agree; of members in the order of their names.

        ``alone``: of each member state, probability, probability_low and probability_high of the same snapshots.
        """
        out = {name: rows.copy() for name, rows in alone.items()}
        states = np.column_stack([rows["state"] for rows in alone.values()])
        made = {end: np.column_stack([rows[end].to_numpy(np.float64) for rows in alone.values()]) for end in _ENDS}
        for state in SCORER_OF:
            order, held = self._order(state), states == state
            for end, values in made.items():
                made[end] = np.where(held, agree(np.where(held, values, np.nan), order), values)
        # Each end keeps its side by itself, but for a last bit.
        made["probability_low"] = np.minimum(made["probability_low"], made["probability"])
        made["probability_high"] = np.maximum(made["probability_high"], made["probability"])
        for end, values in made.items():
            for column, rows in enumerate(out.values()):
                rows[end] = values[:, column]
        return out

    def explain(
        self, ledger: Ledger, client_id: Any, as_of: dt.date | str, *, member: str, history: Any = None, **how: Any
    ) -> Explanation:
        """One client in words, as `Model.explain`, with the probability in agreement.

        Raises
        ------
        CallError
            The family has no such member, or the ledger does not know the client at that date.
        """

        def agreed(book: Ledger, own: pd.DataFrame) -> pd.DataFrame:
            return self.score(book, snapshots=own, member=member, history=history)

        return self.members[self._named(member)].explain(ledger, client_id, as_of, score=agreed, **how)

    def save(self, folder: str | Path) -> Path:
        """Writes a folder with the bundle of each member, ``family.json`` and its SHA-256, whole or not at all.

        Raises
        ------
        BundleError
            The folder holds something that is no family.
        """
        target = Path(folder)
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise BundleError(f"{target}: a file is in the way. A family is a folder.")
        if target.is_dir() and any(target.iterdir()) and not (target / _SEAL).is_file():
            raise BundleError(f"{target}: the folder holds other things than a family. Choose an empty or a new one.")
        with written_whole(target) as fresh:
            for name, model in self.members.items():
                model.save(fresh / name)
            listed = {"kind": _KIND, "format": FORMAT, "order": list(self.members), **self.manifest}
            write_json(listed, fresh / FAMILY)
            (fresh / _SEAL).write_text(f"{file_digest(fresh / FAMILY)}  {FAMILY}\n", encoding="ascii")
        return target

    def _named(self, member: str) -> str:
        if member not in self.members:
            raise CallError(f"the family has no member {member!r}.{did_you_mean(member, self.members)}")
        return member


def check_names(names: Sequence[str]) -> None:
    """Refuses what cannot be the name of a member's folder, and names that some disks take for one another.

    Raises
    ------
    CallError
        Names the first such name.
    """
    seen: dict[str, str] = {}
    for name in names:
        if not _NAME.fullmatch(str(name)):
            raise CallError(
                f"{name!r} cannot name a member: letters, digits, _ and - are allowed, a letter or digit first"
            )
        if seen.setdefault(name.lower(), name) != name:
            raise CallError(f"{seen[name.lower()]!r} and {name!r} differ in capitals alone")


def _of_member(history: pd.DataFrame | None, name: str) -> pd.DataFrame | None:
    """Of a family's earlier scores those of one member; other scores count for all."""
    if history is None or "member" not in history.columns:
        return history
    return history[history["member"] == name]


def load_family(folder: str | Path, custom: Sequence[Custom] = ()) -> ModelFamily:
    """The family in a folder that `ModelFamily.save` or the verb train wrote.

    Parameters
    ----------
    folder : path
    custom : sequence of PythonFeature or SqlFeature
        As for `load_model`.

    Raises
    ------
    BundleError
        The folder is no family, a file was altered, a member is missing or another one, or the format is unknown.
    """
    source = Path(folder)
    if not (source / FAMILY).is_file() or not (source / _SEAL).is_file():
        raise BundleError(f"{source}: holds no family of models ({FAMILY} and {_SEAL}){_instead(source)}")
    if (source / _SEAL).read_bytes() != f"{file_digest(source / FAMILY)}  {FAMILY}\n".encode():
        raise BundleError(f"{source / FAMILY}: it or {_SEAL} was altered since the family was written")
    said = read_json(source / FAMILY, error=BundleError)
    number = said.get("format") if isinstance(said, dict) else None
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= FORMAT:
        raise BundleError(f"{source / FAMILY}: the format is {number!r}; this version reads 1 to {FORMAT}")
    try:
        listed = {str(one["name"]): str(one["digest"]) for one in said["members"]}
        order, about = [str(name) for name in said["order"]], dict(said["judgement"])
        check_names(order)
    except (CallError, KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{source / FAMILY}: cannot be read ({error})") from None
    found = {entry.name for entry in source.iterdir()} - {FAMILY, _SEAL}
    if found != set(listed) or set(order) != set(listed):
        odd = sorted(found.symmetric_difference(listed)) or sorted(set(order).symmetric_difference(listed))
        raise BundleError(f"{source}: {odd[0]!r} is missing from the family, or no part of it")
    members = {name: Model.of(read_bundle(source / name), custom) for name in order}
    for name, model in members.items():
        if model.digest != listed[name]:
            raise BundleError(f"{source / name}: is another model than the family was made with")
    try:
        family = ModelFamily.of(members, about)
    except CallError as error:
        raise BundleError(f"{source}: {error}") from error
    if said.get("implied") != family.implied():
        raise BundleError(f"{source / FAMILY}: another version of inadimplencia_ml ordered these targets otherwise")
    return family


def _instead(folder: Path) -> str:
    """What reads the single model in a folder; nothing where there is none."""
    if not (folder / "manifest.json").is_file() or not (folder / "manifest.sha256").is_file():
        return ""
    if read_bundle(folder).manifest.settings.get("kind") == "time_to_payment":
        return ", but a time to payment: read it with load_payment_model(folder)"
    return ", but one model: read it with load_model(folder)"


def is_family(folder: Path) -> bool:
    """Whether a folder holds a family rather than one model."""
    return (folder / FAMILY).is_file()
