"""What a run is asked for, read and looked at before anything is written or sent anywhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from inadimplencia_ml.batch.job import load
from inadimplencia_ml.errors import BundleError, CallError, PolicyError
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.snapshots import snapshot_table
from inadimplencia_ml.model_family import ModelFamily
from inadimplencia_ml.pipeline import Model
from inadimplencia_ml.policy.policy import Policy

__all__ = ["Asked"]


@dataclass(frozen=True)
class Asked:
    """What a run was asked for, read and looked at before anything is written."""

    model: Model | ModelFamily
    given: Any
    member: str | None
    as_of: dt.date | None
    snapshots: pa.Table | None
    at_issue: bool
    policy: Policy | None

    @classmethod
    def of(
        cls, given: Any, as_of: Any, snapshots: Any, at_issue: bool, member: str | None, policy: Policy | None
    ) -> Asked:
        model = load(given)
        if sum((as_of is not None, snapshots is not None, at_issue)) != 1:
            raise CallError("score: give one of as_of, snapshots and at_issue=True")
        level = model.level if isinstance(model, ModelFamily) else model.target.level
        if snapshots is None and at_issue != (level == "invoice"):
            word = "at_issue=True or snapshots with invoice_id" if level == "invoice" else "as_of"
            raise CallError(f"score: the model is of level {level}; give {word}")
        if isinstance(model, ModelFamily):
            if policy is not None and member is None:
                raise CallError(f"the model is a family: say which member, of {', '.join(model.members)}")
        elif member is not None:
            raise CallError(f"member {member!r}: this is one model, not a family")
        one = next(iter(model.members.values())) if isinstance(model, ModelFamily) else model
        if "macro" in one.wanted.families and as_of is None:
            raise CallError("the model reads the family macro: in parts, its book is scored at one date, by as_of")
        day = None if as_of is None else to_date(as_of, "as_of")
        table = None if snapshots is None else snapshot_table(snapshots)
        asked = cls(model, given, member, day, table, at_issue, policy)
        if policy is not None:
            asked._one_date()
        return asked

    def _one_date(self) -> None:
        """A plan is of one date, and of clients."""
        if self.snapshots is not None:
            days = sorted(set(pd.to_datetime(self.snapshots["as_of"].to_pandas()).dt.date))
            if len(days) != 1 and "invoice_id" not in self.snapshots.column_names:
                raise PolicyError(f"a plan is of one date; the snapshots are of {len(days)}, {days[0]} to {days[-1]}")
        if self.at_issue or (self.snapshots is not None and "invoice_id" in self.snapshots.column_names):
            raise PolicyError("a policy decides on clients: score with a target of level client")

    @property
    def version(self) -> str:
        """Short name of the model, or of the member asked for."""
        if isinstance(self.model, ModelFamily) and self.member is not None:
            return self.model.members[self.member].version
        return self.model.version

    @property
    def digest(self) -> str:
        """Of the model as its scores carry it."""
        if isinstance(self.model, ModelFamily) and len(self.model.members) == 1:
            return next(iter(self.model.members.values())).digest
        return self.model.digest

    @property
    def told(self) -> dict[str, Any]:
        """As plain data, for what must be the same when a run goes on."""
        table = None if self.snapshots is None else pa.BufferOutputStream()
        if table is not None and self.snapshots is not None:
            with pa.ipc.new_stream(table, self.snapshots.schema) as writer:
                writer.write_table(self.snapshots)
        return {
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "at_issue": self.at_issue,
            "member": self.member,
            "policy": None if self.policy is None else self.policy.digest,
            "snapshots": table,
        }

    def about(self, known_until: str) -> dict[str, Any]:
        """What the results were made with, for their manifest."""
        made = {"model_version": self.version, "model": self.digest, "known_until": known_until}
        if self.policy is None:
            return made
        return made | {"policy_version": self.policy.name, "policy": self.policy.digest}

    def on_disk(self, place: Path) -> Any:
        """A folder that other processes can read the model from, if it has such a form; else the model itself."""
        try:
            if not place.exists():
                self.model.save(place)
            load(place, self.model.digest)
        except BundleError:  # code of its own, or a wrapped model, that only who made it can hand in
            return self.model
        return place
