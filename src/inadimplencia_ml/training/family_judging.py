"""What agreement does to the members of a family, on rows later than any that they were fitted on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.ledger.snapshots import read_snapshots
from inadimplencia_ml.model_family import agreed_order
from inadimplencia_ml.pipeline import states
from inadimplencia_ml.risk.family_judgement import FamilyJudgement
from inadimplencia_ml.risk.judging.agreed import agreement_tables
from inadimplencia_ml.target import Target
from inadimplencia_ml.training.train import Ground, Trained

__all__ = ["judged_agreement"]


def judged_agreement(
    grounds: Mapping[str, Ground], trained: Mapping[str, Trained], start: pd.Timestamp, *, n: int, random_state: int
) -> dict[str, Any]:
    """The tables of a family's judgement, as plain data.

    The judged models say of each snapshot from ``start`` on what they would have said then, of clients they would have
    scored; snapshots that have no outcome yet are moved like others, and count in no loss.

    Parameters
    ----------
    grounds, trained : mapping
        What each member was trained from, and what came of it.
    start : Timestamp
        First as_of that no judged model was fitted on.
    n, random_state : int
        Resamples of clients, and their seed.
    """
    names = sorted(grounds)  # as the family adds them up
    one = grounds[names[0]]
    features = one.samples.features
    late = (features["as_of"] >= start).to_numpy()
    rows = features[late].reset_index(drop=True)
    keys = rows[[c for c in ("client_id", "as_of", "invoice_id", "view") if c in rows.columns]]
    looks = read_snapshots(keys, one.known)
    probability, outcome = (np.full((len(rows), len(names)), np.nan) for _ in range(2))
    for i, name in enumerate(names):
        ground, made = grounds[name], trained[name]
        at = np.flatnonzero(states(ground.known, looks, ground.target) == "scoreable")
        if len(at):
            probability[at, i] = made.judged.predict_proba(rows.iloc[at][made.columns])[:, 1]
        outcome[:, i] = ground.samples.labels.loc[late, "event"].to_numpy()
    targets, flags = [grounds[k].target for k in names], [grounds[k].settings.treatment for k in names]
    order = agreed_order(targets, flags, Target.implies)
    members, pairs = agreement_tables(
        names, probability, outcome, order, groups=rows["client_id"], n=n, random_state=random_state
    )
    facts = {
        "judged_from": start.date().isoformat(),
        "judged_to": rows["as_of"].max().date().isoformat(),
        "rows": len(rows),
        "clients": int(rows["client_id"].nunique()),
        "resamples": n,
    }
    return FamilyJudgement({}, facts, members, pairs, {}).to_json()
