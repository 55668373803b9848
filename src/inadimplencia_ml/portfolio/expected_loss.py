"""Expected loss: probability of default times loss given default times exposure, by client and in total."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.portfolio.courses import courses_of
from inadimplencia_ml.portfolio.exposure_at_default import OpenNow, factor_of, open_now
from inadimplencia_ml.portfolio.groups import Groups, invoice_groups
from inadimplencia_ml.portfolio.looked_back import LookedBack, look_back, month_of
from inadimplencia_ml.portfolio.recovery import RecoveryCurves, recovery_curves
from inadimplencia_ml.tables.same_kind import same_kind
from inadimplencia_ml.target import Target

__all__ = ["ExpectedLoss", "expected_loss"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ExpectedLoss:
    """Expected loss of scored clients. Managerial figures, not regulatory reporting.

    Attributes
    ----------
    table : DataFrame
        One row a score: client_id, as_of, ``state``, ``pd``, ``outstanding``, ``ead``, ``lgd`` (weighted by exposure)
        and ``expected_loss`` = pd x lgd x ead; pd and expected_loss are null where the score has no probability.
    total : dict
        Sums of the table and what they rest on: ``clients``, ``without_probability`` and what these have outstanding,
        ``already_bad``, ``outstanding``, ``ead``, ``expected_loss``, ``unscored_clients`` and ``unscored_outstanding``
        (open in the ledger, not among the scores), ``ead_factor``, ``ead_cases``, ``defaults``.
    recovery : RecoveryCurves
        Where the loss given default comes from.
    """

    table: pd.DataFrame
    total: dict[str, Any]
    recovery: RecoveryCurves


@same_kind("scores")
def expected_loss(
    scores: pd.DataFrame,
    ledger: Ledger,
    as_of: dt.date | str | None = None,
    *,
    target: Target,
    by: str | Sequence[str] | None = None,
    annual_rate: float = 0.0,
    months: int = 36,
    tail: float = 1.0,
    renegotiated: Literal["left_out", "lost"] = "left_out",
    min_clients: int = 20,
) -> ExpectedLoss:
    """pd x lgd x ead of each scored client: the simple product, as if the three did not move together.

    Parameters
    ----------
    scores : DataFrame
        client_id and probability, one row a client; as_of, target and state as `Model.score` gives them, if there.
    ledger : Ledger
    as_of : date, optional
        By default that of the scores, or the ledger's known_until. Nothing known later is used.
    target : Target
        Whose probability the scores hold: ``model.target``. Loss and exposure are of the same default.
    by : str or sequence of str, optional
        Columns of invoices or clients: a loss given default for each value; one with too few defaults has that of all.
    annual_rate, months, tail, renegotiated, min_clients
        As in `recovery_curves`; with a rate, losses are discounted to the day of default.

    Returns
    -------
    ExpectedLoss
        A client in default already (state already_bad, or by the ledger where there is no state) has pd 1, and its
        invoices in default the loss on what is open at their age.

    Raises
    ------
    CallError
        The scores are of another day or target, hold a client twice or one that the ledger does not know, or lack a
        column.

    Examples
    --------
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1", "C2", "C3"], "invoice_id": ["T1", "T2", "T3"],
    ...     "issue_date": ["2024-01-02", "2024-01-02", "2024-11-20"], "amount": [100.0, 300.0, 50.0],
    ...     "due_date": ["2024-02-01", "2024-02-01", "2025-01-10"], "paid_date": ["2024-06-10", None, None]}),
    ...     known_until="2024-12-31")
    >>> scores = pd.DataFrame({"client_id": ["C3"], "probability": [0.2]})
    >>> found = expected_loss(scores, ledger, target=Target(dpd=90, horizon_days=180))
    >>> found.table[["pd", "lgd", "ead", "expected_loss"]].to_numpy().round(6).tolist()
    [[0.2, 0.75, 50.0, 7.5]]
    """
    day = _day(scores, ledger, as_of)
    _check(scores, target)
    back = look_back(ledger, day)
    unknown = ~scores["client_id"].isin(back.known.books.client_ids.to_pandas())
    if unknown.any():
        raise CallError(f"scores: {int(unknown.sum())} clients are not in the ledger as known on {day}")
    factor = factor_of(back, target)
    now = open_now(back, day_number(day), target, factor)
    asked: dict[str, Any] = {"dpd": target.dpd, "annual_rate": annual_rate, "months": months, "tail": tail}
    asked |= {"renegotiated": renegotiated, "min_clients": min_clients, "draws": 0}
    recovery = recovery_curves(ledger, day, by=by, **asked)
    together = recovery if by is None else recovery_curves(ledger, day, **asked)
    groups = invoice_groups(back.known, by)
    lgd = _lgd_of_invoices(back, now, groups, recovery, together, target, day_number(day))
    table = _by_client(scores, now, lgd, day)
    known = table["pd"].notna()
    outside = ~now.table["client_id"].isin(table["client_id"])
    total: dict[str, Any] = {
        "clients": len(table),
        "without_probability": int((~known).sum()),
        "outstanding_without_probability": float(table["outstanding"][~known].sum()),
        "already_bad": int((table["state"] == "already_bad").sum()),
        "outstanding": float(table["outstanding"].sum()),
        "ead": float(table["ead"].sum()),
        "expected_loss": float(table["expected_loss"].sum()),
        "unscored_clients": int(now.table["client_id"][outside].nunique()),
        "unscored_outstanding": float(now.table["outstanding"][outside].sum()),
        "ead_factor": factor.value,
        "ead_cases": factor.cases,
        "defaults": int(recovery.lgd["defaults"].sum()),
    }
    return ExpectedLoss(table, total, recovery)


def _day(scores: pd.DataFrame, ledger: Ledger, as_of: dt.date | str | None) -> dt.date:
    own = {to_date(one, "scores as_of") for one in scores["as_of"].unique()} if "as_of" in scores else set()
    day = to_date(as_of, "as_of") if as_of is not None else min(own, default=ledger.known_until)
    if own - {day}:
        raise CallError(f"scores: as_of {max(own - {day})} is not {day}; give the scores of one day")
    return day


def _check(scores: pd.DataFrame, target: Target) -> None:
    for name in ("client_id", "probability"):
        if name not in scores:
            raise CallError(f"scores: the column {name} is missing")
    if scores["client_id"].duplicated().any():
        raise CallError(f"scores: {int(scores['client_id'].duplicated().sum())} rows repeat a client")
    named = set(scores["target"].dropna().unique()) if "target" in scores else set()
    if named - {target.name}:
        raise CallError(f"scores: their target is {sorted(named)[0]}, not {target.name}; give target=model.target")


def _lgd_of_invoices(
    back: LookedBack, now: OpenNow, groups: Groups, own: RecoveryCurves, all_: RecoveryCurves, target: Target, day: int
) -> Floats:
    """The loss given default of each open invoice; of one in default that on what is still open at its age."""
    discounted = own.settings["annual_rate"] != 0.0
    name = "lgd_discounted" if discounted else "lgd"
    whole = float(all_.lgd[name].iloc[0])
    fresh = own.lgd[name].fillna(whole).to_numpy(np.float64)
    columns = len(all_.curve)
    aged = own.curve["recovered_share"].to_numpy(np.float64).reshape(len(fresh), columns)
    group = groups.code[now.found.invoice]
    reached = courses_of(back.known.books, back.day, [target.dpd]).reached[now.found.invoice, 0]
    age = month_of(np.array([day]))[0] - month_of(np.minimum(reached, day))
    age = np.clip(age - 1, -1, columns - 1)  # months after default that are over; -1: none
    came = np.where(age >= 0, aged[group, age], 0.0)
    rest = np.clip(fresh[group] / np.where(came < 1.0, 1.0 - came, 1.0), 0.0, 1.0)
    return np.where(now.table["in_default"], rest, fresh[group])


def _by_client(scores: pd.DataFrame, now: OpenNow, lgd: Floats, day: dt.date) -> pd.DataFrame:
    open_ = now.table.assign(loss=now.table["ead"] * lgd)
    sums = open_.groupby("client_id")[["outstanding", "ead", "loss"]].sum().reindex(scores["client_id"], fill_value=0.0)
    in_default = scores["client_id"].isin(open_["client_id"][open_["in_default"]]).to_numpy()
    state = scores["state"].to_numpy() if "state" in scores else np.where(in_default, "already_bad", "scoreable")
    probability = np.where(state == "already_bad", 1.0, scores["probability"].to_numpy(np.float64))
    ead, loss = sums["ead"].to_numpy(), sums["loss"].to_numpy()
    mean = np.divide(loss, ead, out=np.full(len(ead), np.nan), where=ead > 0)
    return pd.DataFrame(
        {
            "client_id": scores["client_id"].to_numpy(),
            "as_of": pd.Series(np.full(len(scores), np.datetime64(day, "s"))),
            "state": pd.Series(state, dtype="str"),
            "pd": probability,
            "outstanding": sums["outstanding"].to_numpy(),
            "ead": ead,
            "lgd": mean,
            "expected_loss": probability * loss,
        }
    )
