"""What the seller's books hold on the last day: the tables of the ledger, without anything that came later."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.synthetic.contacts import CHANNELS
from inadimplencia_ml.synthetic.payments import KINDS
from inadimplencia_ml.synthetic.sales import FORMS
from inadimplencia_ml.synthetic.workdays import NEVER, Bools, Days, Texts
from inadimplencia_ml.synthetic.world import World

__all__ = ["agreements", "contacts", "dates", "invoices", "names", "payments", "texts_where", "title_names"]


def dates(days: Days, latest: int = NEVER - 1) -> npt.NDArray[np.datetime64]:
    """Day numbers as dates; what comes after ``latest`` is missing."""
    cut = np.where(days > latest, np.datetime64("NaT", "D"), days.astype("datetime64[D]"))
    return cut.astype("datetime64[us]")


def names(letter: str, numbers: Days, digits: int) -> Texts:
    """``C00042`` and the like."""
    return np.array([f"{letter}{number:0{digits}d}" for number in numbers.tolist()], dtype=object)


def texts_where(where: Bools, texts: npt.NDArray[Any]) -> Texts:
    """The texts where they hold; missing elsewhere."""
    result = texts.astype(object)
    result[~where] = None
    return result


def title_names(world: World) -> Texts:
    """Ids of the titles: numbered as they were issued."""
    order = np.lexsort((world.titles.known, world.titles.issue))
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(1, len(order) + 1)
    return names("T", number, 7)


def invoices(world: World, client_id: Texts) -> pd.DataFrame:
    """The table of invoices; a postponed one has a row for each due date it had."""
    titles, fates, end = world.titles, world.fates, world.days.end
    over = np.minimum(fates.settled, world.closed_on)
    quiet = np.flatnonzero((fates.quiet_on <= end) & (fates.quiet_on < over))
    asked = np.flatnonzero(fates.asked & (fates.asked_on <= end) & (fates.asked_on < over))
    first = np.flatnonzero(titles.known <= end)
    title = np.concatenate([first, quiet, asked])
    due = np.concatenate([titles.due[first], fates.due[quiet], fates.due_2[asked]])
    known = np.concatenate([titles.known[first], fates.quiet_on[quiet], fates.asked_on[asked]])
    first_row = np.arange(len(title)) < len(first)
    ended = first_row & (world.closed_known[title] <= end)
    reason = np.select(
        [world.closing.renegotiated_on[title] < NEVER, fates.void_on[title] < NEVER],
        ["renegotiated", "void"],
        "written_off",
    )
    frame = pd.DataFrame(
        {
            "client_id": client_id[titles.client[title]],
            "invoice_id": title_names(world)[title],
            "issue_date": dates(titles.issue[title]),
            "due_date": dates(due),
            "amount": titles.amount[title] / 100,
            "contract_id": _contract_names(world)[title],
            "installment": _counts(titles.installment[title]),
            "installments": _counts(titles.installments[title]),
            "kind": np.array(FORMS, dtype=object)[titles.form[title]],
            "cancelled_date": dates(np.where(ended, world.closed_on[title], NEVER)),
            "cancel_reason": texts_where(ended, reason),
            "cancelled_known_on": dates(np.where(ended, world.closed_known[title], NEVER)),
            "disputed_from": dates(np.where(first_row, world.disputed_from[title], NEVER), end),
            "disputed_to": dates(np.where(first_row, world.disputed_to[title], NEVER), end),
            "known_on": dates(known),
        }
    )
    return frame.sort_values(["issue_date", "invoice_id", "known_on"], kind="stable", ignore_index=True)


def payments(world: World, client_id: Texts) -> pd.DataFrame:
    """The table of payments, in the order of booking."""
    receipts = world.receipts
    receipts = receipts.take(np.flatnonzero(receipts.known <= world.days.end))
    charged = receipts.fine + receipts.interest > 0
    split = {
        name: np.where(charged, cents / 100, np.nan)
        for name, cents in (
            ("principal", receipts.principal),
            ("fine", receipts.fine),
            ("interest", receipts.interest),
        )
    }
    return pd.DataFrame(
        {
            "payment_id": names("R", np.arange(1, len(receipts.title) + 1), 7),
            "invoice_id": title_names(world)[receipts.title],
            "client_id": client_id[world.titles.client[receipts.title]],
            "payment_date": dates(receipts.paid_on),
            "amount": receipts.amount / 100,
            "kind": np.array(KINDS, dtype=object)[receipts.kind],
            **split,
            "reversed_on": dates(receipts.reversed_on, world.days.end),
            "known_on": dates(receipts.known),
        }
    )


def contacts(world: World, client_id: Texts) -> pd.DataFrame:
    """The table of contacts, in order of time."""
    said = world.contacts
    said = said.take(np.flatnonzero(said.day <= world.days.end))
    at = said.day.astype("datetime64[D]").astype("datetime64[us]") + said.minute.astype("timedelta64[m]")
    return pd.DataFrame(
        {
            "contact_id": names("M", np.arange(1, len(said.title) + 1), 7),
            "client_id": client_id[world.titles.client[said.title]],
            "contacted_at": at,
            "channel": np.array(CHANNELS, dtype=object)[said.channel],
            "invoice_id": title_names(world)[said.title],
            "direction": np.where(said.inbound, "inbound", "outbound").astype(object),
            "replied_on": dates(said.replied_on, world.days.end),
        }
    )


def agreements(world: World, client_id: Texts) -> pd.DataFrame:
    """The table of agreements: plans, then promises, in order of their day."""
    frame = pd.concat([_plans(world, client_id), _promises(world, client_id)], ignore_index=True)
    return frame.sort_values(["created_at", "agreement_id"], kind="stable", ignore_index=True)


def _plans(world: World, client_id: Texts) -> pd.DataFrame:
    plans, titles = world.plans, world.titles
    old = pd.DataFrame(
        {"plan": plans.replaced_by, "id": title_names(world)[plans.replaced], "due": titles.due[plans.replaced]}
    ).groupby("plan")
    new = pd.DataFrame({"plan": titles.agreement, "due": titles.due, "amount": titles.amount})
    new_due = new[new["plan"] >= 0].groupby("plan")
    made = np.flatnonzero(plans.made_on <= world.days.end)
    return pd.DataFrame(
        {
            "client_id": client_id[plans.client[made]],
            "agreement_id": names("A", made + 1, 5),
            "created_at": dates(plans.made_on[made]),
            "kind": np.full(len(made), "plan", dtype=object),
            "due_date": dates(new_due["due"].max().to_numpy(np.int64)[made]),
            "amount": plans.total[made] / 100,
            "replaces": old["id"].agg(",".join).to_numpy(object)[made],
            "origin_due_date": dates(old["due"].min().to_numpy(np.int64)[made]),
            "entry_amount": new_due["amount"].first().to_numpy(np.int64)[made] / 100,
            "known_on": dates(plans.made_on[made]),
        }
    )


def _promises(world: World, client_id: Texts) -> pd.DataFrame:
    promises, end = world.promises, world.days.end
    made = np.flatnonzero(promises.known <= end)
    title, by = promises.title[made], promises.due[made]
    kept = promises.paid_on[made] < NEVER
    decided_on = np.where(kept, world.settled_known[title], by + 1)
    status = np.where(kept, "kept", "broken")
    return pd.DataFrame(
        {
            "client_id": client_id[world.titles.client[title]],
            "agreement_id": names("P", made + 1, 6),
            "created_at": dates(promises.made_on[made]),
            "kind": np.full(len(made), "promise", dtype=object),
            "due_date": dates(by),
            "amount": promises.amount[made] / 100,
            "status": texts_where(decided_on <= end, status),
            "status_on": dates(decided_on, end),
            "known_on": dates(promises.known[made]),
        }
    )


def _contract_names(world: World) -> Texts:
    titles = world.titles
    plain = names("K", np.maximum(titles.contract, 0) + 1, 6)
    plan = names("A", np.maximum(titles.agreement, 0) + 1, 5)
    texts = np.where(titles.agreement >= 0, plan, plain)
    return texts_where(titles.contract >= 0, texts)


def _counts(numbers: Days) -> pd.Series[int]:
    return pd.Series(numbers).astype("Int64").mask(numbers == 0)
