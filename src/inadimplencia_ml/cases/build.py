"""One row a client, one a title, from the ledger as known at the end of a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.cases.contact_facts import contacts, promises, reach_of
from inadimplencia_ml.cases.credit_facts import group_debts, limit_history, purchases, streaks
from inadimplencia_ml.cases.dispute_facts import disputes
from inadimplencia_ml.cases.escalation_facts import escalations, notices, records_of, still_standing
from inadimplencia_ml.cases.latest import as_flags, latest
from inadimplencia_ml.cases.originals import GRACE_DAYS, states_of
from inadimplencia_ml.cases.payment_facts import on_account
from inadimplencia_ml.cases.plans import agreements
from inadimplencia_ml.cases.title_facts import balances, behaviour, open_titles
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.lateness import OPEN
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import first_fact_days
from inadimplencia_ml.tables import CASES, TITLES

__all__ = ["Cases", "build_cases"]

_FLAGS = ("is_consumer", "vulnerable", "hardship", "do_not_contact", "deceased", "court_plan")
_KNOWN = "tax_id"  # only whether it is known; a case never holds it
_TEXTS = ("kind", "uf", "preferred_channel", "preferred_hours")


@dataclass(frozen=True)
class Cases:
    """Facts known at the end of a day.

    Attributes
    ----------
    cases : DataFrame
        One row a client of whom any fact is known; columns as in `inadimplencia_ml.tables.CASES`, and ``consent_*``.
    titles : DataFrame
        One row an open title, those that a broken plan gives back among them; columns as in
        `inadimplencia_ml.tables.TITLES`.
    records : DataFrame
        One row an escalation that stands, of a title open or not; columns as in `inadimplencia_ml.tables.RECORDS`.
    reach : DataFrame
        Contacts of a year by client, channel and hour; columns as in `inadimplencia_ml.tables.REACH`.
    """

    cases: pd.DataFrame
    titles: pd.DataFrame
    records: pd.DataFrame
    reach: pd.DataFrame


def build_cases(ledger: Ledger, as_of: dt.date | str, *, grace_days: int = GRACE_DAYS, cure_dpd: int = 90) -> Cases:
    """What a policy may know of each client at the end of ``as_of``.

    Parameters
    ----------
    ledger : Ledger
    as_of : date
        The cut. A later fact changes nothing.
    grace_days : int
        A title up to so many days late counts as paid on time in the facts of the profiles, and an instalment of a plan
        that is a title of the books does not break the plan.
    cure_dpd : int
        A late title settled up to this dpd counts as cured.

    Returns
    -------
    Cases

    Examples
    --------
    >>> invoices = pd.DataFrame({
    ...     "client_id": ["C1", "C1"], "invoice_id": ["T1", "T2"], "issue_date": ["2025-01-02", "2025-02-03"],
    ...     "due_date": ["2025-02-03", "2025-03-05"], "amount": [1200.0, 900.0], "paid_date": ["2025-02-10", None]})
    >>> facts = build_cases(Ledger(invoices), "2025-03-31")
    >>> facts.cases[["client_id", "open_amount", "dpd", "n_due_12m", "late_count_12m"]].values.tolist()
    [['C1', 900.0, 26, 2, 2]]
    >>> facts.titles[["invoice_id", "dpd", "open_amount"]].values.tolist()
    [['T2', 26, 900.0]]
    """
    day = to_date(as_of, "as_of")
    t, books, known = day_number(day), ledger.books, ledger.known_at(day).tables
    plans, states, kept, loose = states_of(ledger, known, t, grace_days)
    titles, title_owner, number = open_titles(books, states, known["invoices"])
    kept = kept[states.status == OPEN]
    titles["agreement_kept"] = pd.arrays.BooleanArray(kept == 1, kept < 0)
    records = records_of(known.get("escalations"), books)
    titles = titles.assign(**notices(records, number))
    titles = titles[[c.name for c in TITLES.columns if c.name in titles]]
    reach = reach_of(known.get("contacts"), books, t)
    n = len(books.client_ids)
    facts: dict[str, Any] = {
        **_clients(known.get("clients"), books),
        **balances(books, states),
        "disputed_amount": np.bincount(
            title_owner, weights=titles["open_amount"] * titles["disputed"], minlength=n
        ).round(2),
        **contacts(known.get("contacts"), books, t),
        **promises(known.get("agreements"), books, states, ledger.calendar),
        **agreements(plans, n, t),
        **escalations(records, books),
        **behaviour(books, states, grace_days, cure_dpd),
        **on_account(loose, books, states),
        **disputes(known["invoices"], books, states),
        **purchases(books, states),
        **streaks(books, states, grace_days),
        **limit_history(known.get("clients"), books, t),
    }
    facts |= group_debts(known.get("links"), books, facts["open_amount"])
    listed = np.flatnonzero(first_fact_days(ledger) <= t)
    ids = books.client_ids.take(pa.array(listed)).to_pandas()
    frame: dict[str, Any] = {"client_id": ids, "as_of": pd.Series(np.full(len(listed), np.datetime64(day, "s")))}
    kinds = {c.name: c.kind for c in CASES.columns}
    for name in (*kinds, *(n for n in facts if n not in kinds)):
        if name in facts:
            frame[name] = _column(facts[name], listed, kinds.get(name, "bool"))
    return Cases(pd.DataFrame(frame), titles, still_standing(records, books, states), reach)


def _clients(table: pa.Table | None, books: Books) -> dict[str, Any]:
    """The latest known facts of the clients table that a policy may ask for; consumer law by kind where not said."""
    n = len(books.client_ids)
    out: dict[str, Any] = {name: np.full(n, np.nan) for name in (*_FLAGS, "credit_limit", "tax_id_known")}
    out |= dict.fromkeys(_TEXTS, np.full(n, None, object))
    if table is None:
        return out
    consents = [name for name in table.column_names if name.startswith("consent_")]
    wanted = (*_TEXTS, *_FLAGS, *consents, "credit_limit", _KNOWN)
    for name, column in latest(table, books.client_numbers(table["client_id"]), n, wanted).items():
        if name in _TEXTS:
            out[name] = column.to_pandas().to_numpy(dtype=object, na_value=None)
        elif name == _KNOWN:
            out["tax_id_known"] = pc.is_valid(column).to_numpy().astype(np.float64)
        else:
            out[name] = column.to_numpy() if name == "credit_limit" else as_flags(column)
    person = np.where(pd.isna(out["kind"]), np.nan, (out["kind"] == "PF").astype(np.float64))
    return out | {"is_consumer": np.where(np.isnan(out["is_consumer"]), person, out["is_consumer"])}


def _column(values: npt.NDArray[Any], listed: npt.NDArray[np.int64], kind: str) -> pd.Series:
    """The facts of the listed clients as a pandas column of their kind; NaN is missing."""
    mine = values[listed]
    if kind == "text":
        texts: pd.Series = pa.array(mine, pa.string(), from_pandas=True).to_pandas()
        return texts
    if kind == "date":
        days = np.where(np.isnan(mine), 0, mine).astype("datetime64[D]").astype("datetime64[s]")
        return pd.Series(np.where(np.isnan(mine), np.datetime64("NaT", "s"), days))
    if kind == "bool":
        flags = mine.astype(np.float64)
        return pd.Series(pd.arrays.BooleanArray(flags == 1, np.isnan(flags)))
    if kind == "count" and mine.dtype.kind == "f":
        return pd.Series(pd.arrays.IntegerArray(np.nan_to_num(mine).astype(np.int64), np.isnan(mine)))
    return pd.Series(mine.astype(np.int64 if kind == "count" else np.float64))
