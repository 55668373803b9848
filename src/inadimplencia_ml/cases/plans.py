"""Plans in the place of older debts: which are kept, which are broken, and which titles each stands for.

A plan is kept or broken by what came in, never by a status. Where its instalments are titles of the books (their
contract is the agreement), one that stays open beyond the days of grace breaks it. Else the rows of the table
agreements tell: an instalment is paid if what came in from the day the plan was made to the instalment's due date,
moved to a business day, reaches all instalments due by then. One missed breaks the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.cases.payment_facts import Loose, received
from inadimplencia_ml.cases.title_facts import YEAR, TitleStates
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.codes import NONE, cent_codes, date_codes, lookup, sorted_unique
from inadimplencia_ml.ledger.lateness import CLOSED, INVISIBLE, NEVER, OPEN, TOLERANCE

__all__ = ["Plans", "agreements", "last_plans", "plans_of"]

I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_FAR = np.int64(NEVER)


class Told(NamedTuple):
    """By plan, what its instalments tell."""

    missed_on: I64  # business day of the last one missed, NONE without
    next_due: I64  # business day of the next one that waits, NONE without
    settled: Flags  # all are paid


class Plans(NamedTuple):
    """Plans by client, in the order in which they were made; links from plans to the titles they stand for."""

    client: I64
    made: I64
    origin: I64  # earliest due date of what it stands for, NONE where not said
    named: Flags  # it says which titles it stands for
    told: Told
    instalment: I64  # by version of a title: the plan whose instalment it is, -1 for none
    link_plan: I64
    link_version: I64  # version of a title that the plan stands for

    @property
    def broken(self) -> Flags:
        """By plan: an instalment was missed."""
        return np.asarray(self.told.missed_on != NONE, bool)


def plans_of(
    known: Mapping[str, pa.Table], books: Books, states: TitleStates, calendar: Calendar, loose: Loose, grace_days: int
) -> Plans | None:
    """The plans known on the day of ``states``, None without any; ``known``: the tables as of that day."""
    table = known.get("agreements")
    table = None if table is None else table.filter(pc.fill_null(pc.equal(table["kind"], "plan"), False))
    if table is None or not table.num_rows:
        return None
    ids = sorted_unique([table["agreement_id"]])
    rows = _rows(table, ids, books, calendar)
    one = rows.groupby("plan", sort=True).agg({"client": "first", "id": "first", "made": "first", "origin": "min"})
    n, client = len(one), one["client"].to_numpy(np.int64)
    instalment = _instalments(client * len(ids) + one["id"].to_numpy(np.int64), ids, known["invoices"], books, states)
    told = _told_by_rows(rows, n, books, states, loose)
    by_titles, booked = _told_by_titles(instalment, n, books, states, grace_days)
    told = Told(*(np.where(booked, b, r) for b, r in zip(by_titles, told, strict=True)))
    told = told._replace(next_due=np.where(told.missed_on == NONE, told.next_due, NONE))
    named, plan, version = _links(rows, n, books, states)
    good = (states.owner[version] == client[plan]) & (instalment[version] != plan)
    origin = one["origin"].to_numpy(np.int64)
    origin = np.where(origin == _FAR, NONE, origin)
    return Plans(client, one["made"].to_numpy(np.int64), origin, named, told, instalment, plan[good], version[good])


def _rows(table: pa.Table, ids: pa.Array, books: Books, calendar: Calendar) -> pd.DataFrame:
    """One row an instalment as the agreements tell it, by client, plan and due date; plans are numbered from 0."""
    made, due, origin = (date_codes(table, name) for name in ("created_at", "due_date", "origin_due_date"))
    frame = pd.DataFrame(
        {
            "client": books.client_numbers(table["client_id"]).astype(np.int64),
            "id": lookup(table["agreement_id"], ids).astype(np.int64),
            "made": made.astype(np.int64),
            "due": due.astype(np.int64),
            "until": calendar.adjust(due).astype(np.int64),
            "cents": cent_codes(table, "amount"),
            "origin": np.where(origin == NONE, _FAR, origin).astype(np.int64),
            "replaces": table["replaces"].to_pandas() if "replaces" in table.column_names else None,
        }
    )
    frame["made"] = frame.groupby(["client", "id"])["made"].transform("min")
    frame = frame.sort_values(["client", "made", "id", "due"], kind="stable", ignore_index=True)
    frame["plan"] = frame.groupby(["client", "made", "id"], sort=False).ngroup()
    return frame


def _instalments(keys: I64, ids: pa.Array, invoices: pa.Table, books: Books, states: TitleStates) -> I64:
    """By version, the plan whose instalment the title is: its contract is the plan's id. ``keys``: of the plans."""
    out = np.full(len(states.owner), -1, np.int64)
    if "contract_id" not in invoices.column_names:
        return out
    code = lookup(invoices["contract_id"], ids)
    told = np.flatnonzero(code >= 0)
    of_invoice = np.full(len(books.invoice_ids), -1, np.int64)
    of_invoice[books.invoice_numbers(invoices["invoice_id"].take(pa.array(told)))] = code[told]
    at = np.flatnonzero((of_invoice[books.versions.invoice] >= 0) & (states.status != INVISIBLE))
    key = states.owner[at] * len(ids) + of_invoice[books.versions.invoice[at]]
    order = np.argsort(keys)
    place = np.minimum(np.searchsorted(keys[order], key), len(keys) - 1)
    out[at] = np.where(keys[order][place] == key, order[place], -1)
    return out


def _told_by_rows(rows: pd.DataFrame, n: int, books: Books, states: TitleStates, loose: Loose) -> Told:
    """What the rows of the agreements tell, by all that came in from the client since the plan was made."""
    plan, until = rows["plan"].to_numpy(), rows["until"].to_numpy()
    needed = rows.groupby("plan")["cents"].cumsum().to_numpy()
    came = received(books, states, rows["client"].to_numpy(), rows["made"].to_numpy(), until, loose)
    paid = came >= needed - TOLERANCE
    return _summed(plan, until, ~paid & (until < states.t), ~paid & (until >= states.t), n)


def _told_by_titles(instalment: I64, n: int, books: Books, states: TitleStates, grace_days: int) -> tuple[Told, Flags]:
    """What instalments that are titles of the books tell, and of which plans there are any."""
    at = np.flatnonzero(instalment >= 0)
    plan, status = instalment[at], states.status[at]
    still = status == OPEN
    missed = still & (states.late[at] > grace_days)
    told = _summed(plan, books.versions.due_adj[at].astype(np.int64), missed, still & ~missed, n)
    given_up = np.bincount(plan[status == CLOSED], minlength=n) > 0
    return told._replace(settled=told.settled & ~given_up), np.bincount(plan, minlength=n) > 0


def _summed(plan: Any, day: Any, missed: Any, waits: Any, n: int) -> Told:
    last, following = np.full(n, np.int64(NONE)), np.full(n, _FAR)
    np.maximum.at(last, plan[missed], day[missed])
    np.minimum.at(following, plan[waits], day[waits])
    settled = np.bincount(plan[missed | waits], minlength=n) == 0
    return Told(last, np.where(following == _FAR, NONE, following), settled)


def _links(rows: pd.DataFrame, n: int, books: Books, states: TitleStates) -> tuple[Flags, I64, I64]:
    """Which plans name the titles they stand for; and by link its plan and the version of the title."""
    told = rows[["plan", "replaces"]].dropna()
    told = told[told["replaces"].str.strip() != ""].drop_duplicates("plan")
    named = np.zeros(n, bool)
    named[told["plan"].to_numpy()] = True
    pieces = pc.split_pattern(pa.array(told["replaces"].to_numpy(dtype=object), pa.string()), ",")
    number = books.invoice_numbers(pc.utf8_trim_whitespace(pieces.flatten()))
    plan = told["plan"].to_numpy(np.int64)[pc.list_parent_indices(pieces).to_numpy()]
    valid = np.flatnonzero(states.status != INVISIBLE)
    version = np.full(len(books.invoice_ids), -1, np.int64)
    version[books.versions.invoice[valid]] = valid
    there = (number >= 0) & (version[number] >= 0)
    return named, plan[there], version[number[there]]


def last_plans(plans: Plans, n: int) -> I64:
    """By client the last plan made, -1 without any."""
    out = np.full(n, -1, np.int64)
    out[plans.client] = np.arange(len(plans.client))  # of equal positions the last is written last
    return out


def agreements(plans: Plans | None, n: int, t: int) -> dict[str, Any]:
    """By client, whether the last plan is kept; of a broken one, how old the debts are that the books do not hold."""
    names = ("agreement_due_on", "agreement_broken", "agreement_origin_dpd")
    out = {name: np.full(n, np.nan) for name in names}
    if plans is None:
        return out
    has = np.flatnonzero(last_plans(plans, n) >= 0)
    last = last_plans(plans, n)[has]
    due, missed, origin = plans.told.next_due[last], plans.told.missed_on[last], plans.origin[last]
    broken = (missed != NONE) & (missed > t - YEAR)
    held = np.bincount(plans.link_plan, minlength=len(plans.client))[last] > 0
    out["agreement_due_on"][has] = np.where(due != NONE, due, np.nan)
    out["agreement_broken"][has] = broken
    out["agreement_origin_dpd"][has] = np.where(broken & ~held & (origin != NONE), np.maximum(t - origin, 0), np.nan)
    return out
