"""What a judgement is told beside outcomes and probabilities: who the clients are, what they owe, what was audited."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.audit import LeakReport, audit_leaks
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.blocks import Blocks
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.pipeline import COLD_START_INVOICES, Model
from inadimplencia_ml.target import Target
from inadimplencia_ml.training.samples import Samples

__all__ = ["audited", "client_kinds", "judging_inputs", "leak_table", "of_previous"]

Flags = npt.NDArray[np.bool_]

_AUDITED_INVOICES = 2_000
"""So many invoices are looked at by the audit, those of some clients, whole: an audit reads the book five times a day,
and a feature that leaks does so for any client."""
_VARIANTS = ("cut", "invented", "shuffled", "renamed")
_NAMED = 5


def judging_inputs(ledger: Ledger, samples: Samples, rows: Flags) -> dict[str, Any]:
    """Arguments of ``judge``: the facts of the judged snapshots that their features and the ledger hold.

    Parameters
    ----------
    ledger : Ledger
        As known at the cut.
    samples : Samples
        Snapshots with their fixed features.
    rows : array of bool
        The judged ones.

    Returns
    -------
    dict
        ``dates``, ``groups``, ``new_clients`` (as ``cold_start`` of the scores), ``exposure`` (the invoice's amount, or
        what the client has open), for clients ``overdue``, ``kinds`` where the ledger knows one, and ``labels`` (of all
        snapshots).
    """
    labels = samples.labels[rows]
    of_invoices = "invoice_id" in samples.features.columns
    owed = "invoice_amount" if of_invoices and "invoice_amount" in samples.features.columns else "open_amount"
    given: dict[str, Any] = {
        "dates": labels["as_of"],
        "groups": labels["client_id"],
        "new_clients": (samples.features.loc[rows, "due_count_all"] <= COLD_START_INVOICES).to_numpy(),
        "exposure": samples.features.loc[rows, owed].to_numpy(dtype=np.float64),
        "labels": samples.waterfall,
    }
    if not of_invoices:
        given["overdue"] = samples.features.loc[rows, "overdue_amount"].to_numpy(dtype=np.float64)
    kinds = client_kinds(ledger, labels["client_id"])
    return given if kinds is None else given | {"kinds": kinds}


def client_kinds(ledger: Ledger, clients: pd.Series) -> npt.NDArray[np.object_] | None:
    """PF or PJ of each client, the latest that the ledger knows; None if it knows of none of them."""
    table = ledger.all_tables().get("clients")
    if table is None or "kind" not in table.column_names:
        return None
    columns = [c for c in ("client_id", "kind", "known_on") if c in table.column_names]
    known = table.select(columns).to_pandas().dropna(subset=["kind"])
    if "known_on" in columns:
        known = known.sort_values("known_on", kind="stable", na_position="first")
    latest = known.drop_duplicates("client_id", keep="last").set_index("client_id")["kind"].astype(object)
    found = clients.map(latest).astype(object)
    return None if found.isna().all() else found.where(found.notna(), None).to_numpy()


def of_previous(previous: Model, ledger: Ledger, samples: Samples, rows: Flags, target: Target) -> dict[str, Any]:
    """Arguments of ``judge``: what the model in use says of the judged snapshots, and whether it knew their outcomes.

    Raises
    ------
    CallError
        It is of another target.
    """
    if previous.target != target:
        raise CallError(
            f"previous: its target is {previous.target.name}, and {target.name} is trained; a swap set compares models "
            "of one target"
        )
    keys = [c for c in ("client_id", "as_of", "invoice_id", "view") if c in samples.features.columns]
    features = previous.wanted.build(ledger, samples.features.loc[rows, keys].reset_index(drop=True))
    seen = previous.bundle.manifest.fitted_to >= samples.labels.loc[rows, "as_of"].min().date().isoformat()
    told = {"previous": previous.scorers["event"].score(features).probability}
    return told | ({"notes": ("previous_has_seen",)} if seen else {})


def audited(ledger: Ledger, samples: Samples, wanted: Wanted, *, dates: int = 1, random_state: int = 0) -> LeakReport:
    """The leak audit of the features that were built, from ``dates`` days, on some clients with all that is known.

    Parameters
    ----------
    ledger : Ledger
        As known at the cut.
    samples : Samples
        The snapshots to look from.
    wanted : Wanted
        What builds the features.
    """
    blocks = Blocks(ledger, max(1, ledger.all_tables()["invoices"].num_rows // _AUDITED_INVOICES))
    keys = [c for c in ("client_id", "as_of", "invoice_id", "view") if c in samples.features.columns]
    place = blocks.of_clients(samples.features["client_id"])
    block = int(np.bincount(place).argmax())  # the one with most snapshots; of equal ones the first
    snapshots = samples.features.loc[place == block, keys].reset_index(drop=True)
    return audit_leaks(blocks[block], snapshots, wanted.build, dates=dates, random_state=random_state)


def leak_table(report: LeakReport) -> pd.DataFrame:
    """The audit as a judgement keeps it, a row a variant; without the clients of its examples.

    Columns: variant, dates, snapshots, features (looked at), differing (features that differ), which (some names).
    """
    lines = []
    for variant in _VARIANTS:
        names = sorted(report.findings.loc[report.findings["variant"] == variant, "feature"].astype(str))
        shown = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        lines.append((variant, report.dates, report.snapshots, report.features, len(names), shown))
    return pd.DataFrame(lines, columns=["variant", "dates", "snapshots", "features", "differing", "which"])
