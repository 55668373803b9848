"""What else there is for a client, beside the one decision: benefits for paying on time, the way back after an arrear,
and small tasks (a second copy, a word to the seller, fresh contact data). None of it is a collection.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from inadimplencia_ml.policy.conditions import Condition, Facts, Flags, holds
from inadimplencia_ml.policy.on_day import OnDay
from inadimplencia_ml.policy.sections import Dated, Strict

__all__ = ["KINDS", "FurtherRules", "FurtherRulesInForce", "Grant", "further_of"]

Kind = Literal["benefit", "rehabilitation", "action"]
KINDS: tuple[Kind, ...] = ("benefit", "rehabilitation", "action")


class Grant(Strict):
    """For whom. ``value`` is what the unit of the entry says; ``template`` the text that tells the client.

    Of the entries with the same ``instead_of`` only the first that holds is given.
    """

    when: Condition
    value: float | None = None
    template: str | None = None
    instead_of: str | None = None


class FurtherRules(Strict):
    """The section `further`: by kind, entries by their code."""

    benefit: dict[str, Dated[Grant]]
    rehabilitation: dict[str, Dated[Grant]]
    action: dict[str, Dated[Grant]]


@dataclass(frozen=True)
class FurtherRulesInForce:
    """The entries in force on a day, by kind and code."""

    of: dict[Kind, dict[str, Grant]]
    sentences: dict[str, str]

    @classmethod
    def on(cls, rules: FurtherRules | None, day: OnDay) -> FurtherRulesInForce | None:
        """The entries in force; None where the policy has no such section."""
        if rules is None:
            return None
        every = {kind: getattr(rules, kind) for kind in KINDS}
        sentences = {code: entry.sentence for entries in every.values() for code, entry in entries.items()}
        return cls({kind: day.present(entries) for kind, entries in every.items()}, sentences)

    def each(self) -> Iterator[tuple[Kind, str, Grant]]:
        """Every entry."""
        for kind, entries in self.of.items():
            for code, grant in entries.items():
                yield kind, code, grant


def further_of(rules: FurtherRulesInForce | None, facts: Facts, client_ids: Any, as_of: np.datetime64) -> pa.Table:
    """One row a client and entry that holds for him, in the order of the clients.

    Returns
    -------
    Arrow table
        client_id, as_of, kind, code, value, template, sentence.
    """
    every = [] if rules is None else list(rules.each())
    taken: dict[tuple[str, str], Flags] = {}
    rows, which = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for number, (kind, _, grant) in enumerate(every):
        mine = holds(grant.when, facts)
        if grant.instead_of is not None:
            before = taken.setdefault((kind, grant.instead_of), np.zeros(len(facts), bool))
            mine = mine & ~before
            before |= mine
        rows.append(np.flatnonzero(mine))
        which.append(np.full(len(rows[-1]), number))
    row, entry = np.concatenate(rows), np.concatenate(which)
    order = np.lexsort((entry, row))
    row, entry = pa.array(row[order]), pa.array(entry[order])

    def told(values: list[Any], kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind).take(entry) if every else pa.nulls(0, kind)

    return pa.table(
        {
            "client_id": client_ids.take(row),
            "as_of": pa.array(np.full(len(row), as_of)),
            "kind": told([kind for kind, _, _ in every], pa.string()),
            "code": told([code for _, code, _ in every], pa.string()),
            "value": told([grant.value for _, _, grant in every], pa.float64()),
            "template": told([grant.template for _, _, grant in every], pa.string()),
            "sentence": told([rules.sentences[code] for _, code, _ in every] if rules else [], pa.string()),
        }
    )
