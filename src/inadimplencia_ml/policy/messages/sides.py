"""What comes with a plan so that messages can be made: clients, links, offers, approvals, details; each by client.

All of it is optional. What is not given is left out with its block, or left to the sender as a placeholder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.messages.placeholders import PLACEHOLDERS
from inadimplencia_ml.policy.messages.safe_text import is_link

__all__ = ["Sides", "sides_of"]

Values = pd.DataFrame | None

DETAILS = tuple(name for name, one in PLACEHOLDERS.items() if one.known != "always" and name != "link_pagamento")


@dataclass(frozen=True)
class Sides:
    """The tables beside a plan, each with client_id as its index; None where not given."""

    clients: Values
    links: pd.Series | None
    offers: Values
    details: Values
    approved: Values

    def column(self, table: str, name: str, ids: pd.Index) -> pd.Series | None:
        """A column for these clients, missing where a client has no row; None where there is no such column."""
        frame: Values = getattr(self, table)
        return None if frame is None or name not in frame.columns else frame[name].reindex(ids)


def sides_of(
    clients: Values, links: Mapping[Any, str] | pd.Series | Values, offers: Values, details: Values, approved: Values
) -> Sides:
    """The tables, checked.

    Raises
    ------
    CallError
        A table has no client_id, repeats a client, or holds a column that no text can take; a link is none.
    """
    known = [*DETAILS, "client_id"]
    for column in [] if details is None else details.columns:
        if column not in known:
            raise CallError(f"details: column {column!r} is the place of no text.{did_you_mean(column, known)}")
    _needs(offers, "offers", ("client_id", "offer"))
    _needs(approved, "approved", ("client_id", "kind", "answer_until"))
    return Sides(
        clients=_by_client(clients, "clients"),
        links=_links(links),
        offers=None if offers is None else offers.set_index("client_id"),
        details=_by_client(details, "details"),
        approved=None if approved is None else approved.set_index("client_id"),
    )


def _needs(frame: Values, name: str, columns: Iterable[str]) -> None:
    for column in columns if frame is not None else ():
        if frame is not None and column not in frame.columns:
            raise CallError(f"{name}: column {column!r} is missing.{did_you_mean(column, map(str, frame.columns))}")


def _by_client(frame: Values, name: str) -> Values:
    if frame is None:
        return None
    _needs(frame, name, ("client_id",))
    if frame["client_id"].duplicated().any():
        raise CallError(f"{name}: {int(frame['client_id'].duplicated().sum())} rows repeat a client.")
    return frame.set_index("client_id")


def _links(given: Any) -> pd.Series | None:
    """Payment links by client. A link that is none is refused, and never told: it may hold a token."""
    if given is None:
        return None
    if isinstance(given, pd.DataFrame):
        _needs(given, "links", ("client_id", "link"))
        frame = _by_client(given[["client_id", "link"]], "links")
        links = pd.Series(dtype=object) if frame is None else frame["link"]
    else:
        links = pd.Series(given, dtype=object) if not isinstance(given, pd.Series) else given
        if links.index.has_duplicates:
            raise CallError(f"links: {int(links.index.duplicated().sum())} rows repeat a client.")
    links = links[links.notna()]
    wrong = sum(not is_link(one) for one in links.tolist())
    if wrong:
        raise CallError(f"links: {wrong} of {len(links)} are no address such as https://pague.example.com/abc")
    return links
