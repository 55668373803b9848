"""The whole book: draws the world, and writes down what the seller's books held on the last day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.synthetic import profiles, records
from inadimplencia_ml.synthetic.clients import TEMPERS
from inadimplencia_ml.synthetic.truth import client_months
from inadimplencia_ml.synthetic.workdays import NEVER, Bools, Days, Texts, Workdays
from inadimplencia_ml.synthetic.world import World, draw_world, streams

__all__ = ["Book", "Truth", "client_ids", "generate_book", "world_of"]

_EXAMPLE = 42  # the client shown in the documents gets a position worth showing


@dataclass(frozen=True)
class Truth:
    """What no ledger can know.

    Attributes
    ----------
    clients : DataFrame
        One row a client: temper (willingness), traits, sensitivity to the recession, fragility, days of stay.
    months : DataFrame
        One row a client and month end: ability, whether a blow fell in that month, state (scoreable, already_bad,
        no_exposure), the true probability of reaching 30 days late within 90 days with a title open that day (NaN where
        already bad), how many titles can, and what happened, also after the end of the book.
    titles : DataFrame
        One row a title: day of settlement (missing: never), also after the end of the book.
    """

    clients: pd.DataFrame
    months: pd.DataFrame
    titles: pd.DataFrame


@dataclass(frozen=True)
class Book:
    """A synthetic book: the tables of the ledger as of ``end`` (attributes beside them), and the truth behind them."""

    tables: dict[str, pd.DataFrame]
    attributes: dict[str, pd.DataFrame]
    truth: Truth
    start: dt.date
    end: dt.date
    n_clients: int
    random_state: int
    recession: bool = True


def generate_book(
    n_clients: int = 1500,
    *,
    random_state: int = 0,
    start: str | dt.date = "2022-01-01",
    end: str | dt.date = "2025-06-30",
    recession: bool = True,
) -> Book:
    """A Brazilian book of sales on credit with the truth known.

    Parameters
    ----------
    n_clients
        How many clients, 1 to 99,999. About half are there at the start, the others come later.
    random_state
        The seed, 0 or greater. The same seed and versions of numpy and pandas give the same book.
    start, end
        First and last day of the book, ISO dates, three months apart at least.
    recession
        Whether the recession of the first half of 2024 comes. Without it no year is unlike another but for its clients.

    Raises
    ------
    CallError
        If an argument is outside these ranges.

    Examples
    --------
    >>> book = generate_book(40, random_state=1)
    >>> sorted(book.tables), sorted(book.attributes)
    (['agreements', 'clients', 'contacts', 'invoices', 'payments'], ['bureau'])
    >>> bool(book.truth.months["probability"].dropna().between(0, 1).all())
    True
    """
    first, last = _day(start, "start"), _day(end, "end")
    if not 1 <= n_clients <= 99_999:
        raise CallError(f"generate_book: n_clients is {n_clients!r}. Expected 1 to 99,999.")
    if random_state < 0:
        raise CallError(f"generate_book: random_state is {random_state!r}. Expected 0 or greater.")
    if (last - first).days < 90:
        raise CallError(f"generate_book: start {first} and end {last} are less than 90 days apart.")
    rng = streams(random_state)
    world = draw_world(n_clients, Workdays.between(first, last), rng, recession=recession)
    client_id = client_ids(world)
    tables = {
        "invoices": records.invoices(world, client_id),
        "payments": records.payments(world, client_id),
        "clients": profiles.clients(world, client_id, rng["profiles"]),
        "agreements": records.agreements(world, client_id),
        "contacts": records.contacts(world, client_id),
    }
    attributes = {"bureau": profiles.bureau(world, client_id, rng["profiles"])}
    return Book(tables, attributes, _truth(world, client_id), first, last, n_clients, random_state, recession)


def _day(value: str | dt.date, name: str) -> dt.date:
    try:
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
    except ValueError:
        raise CallError(f"generate_book: {name} is {value!r}. Expected an ISO date (YYYY-MM-DD).") from None


def world_of(book: Book) -> World:
    """The world that a book was kept of, drawn again from its seed."""
    days = Workdays.between(book.start, book.end)
    return draw_world(book.n_clients, days, streams(book.random_state), recession=book.recession)


def client_ids(world: World) -> Texts:
    """Ids in the order of arrival; the example changes places with a client whose position is worth showing."""
    order = np.argsort(world.clients.arrival, kind="stable")
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(1, len(order) + 1)
    worth_showing = np.flatnonzero(_is_worth_showing(world))
    if len(order) >= _EXAMPLE and len(worth_showing):
        shown, other = worth_showing[np.argmin(number[worth_showing])], order[_EXAMPLE - 1]
        number[shown], number[other] = number[other], number[shown]
    return records.names("C", number, 5)


def _is_worth_showing(world: World) -> Bools:
    """Companies with a past, some titles open and the worst one 8 to 29 days late on the last day."""
    titles, fates, end = world.titles, world.fates, world.days.end
    in_the_books = (titles.known <= end) & (fates.void_on == NEVER)
    is_open = in_the_books & (np.minimum(world.settled_known, world.closed_known) > end)

    def count(which: Bools) -> Days:
        return np.bincount(titles.client[which], minlength=world.clients.count)

    days_late = np.maximum(0, np.where(is_open, end - fates.last_payable, 0))
    worst = np.zeros(world.clients.count, np.int64)
    np.maximum.at(worst, titles.client, days_late)
    was_late = (fates.settled <= end) & (fates.settled > fates.last_payable)
    has_past = (count(in_the_books) >= 20) & (count(was_late) >= 3)
    return ~world.clients.is_person & has_past & (count(is_open) >= 3) & (worst >= 8) & (worst < 30)


def _truth(world: World, client_id: Texts) -> Truth:
    who, titles, fates = world.clients, world.titles, world.fates
    clients = pd.DataFrame(
        {
            "client_id": client_id,
            "temper": np.array(TEMPERS, dtype=object)[who.temper],
            "on_time_logit": who.on_time,
            "late_speed": who.speed,
            "early_chance": who.early,
            "asks_chance": who.asks,
            "ability_level": who.level,
            "cyclic_sensitivity": who.cyclic,
            "fragility": who.fragility,
            "blow": who.blow,
            "arrival": records.dates(who.arrival),
            "departure": records.dates(who.departure),
        }
    )
    months = client_months(client_id, titles, fates, world.closing.on, who, world.days)
    settled = np.where(fates.settled < world.closing.on, fates.settled, NEVER)
    paid = pd.DataFrame({"invoice_id": records.title_names(world), "settled_on": records.dates(settled)})
    known = titles.known <= world.days.end
    return Truth(
        clients.sort_values("client_id", ignore_index=True),
        months.sort_values(["client_id", "as_of"], ignore_index=True),
        paid[known].sort_values("invoice_id", ignore_index=True),
    )
