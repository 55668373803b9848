"""One client, now: raw records in, a plain score out, by the code that scores a book and to the same bits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.catalog import BY_NAME, Lang, reason_sentence
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.build import feature_row
from inadimplencia_ml.features.treatment import CONTACT_NAMES, PROMISE_NAMES
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.records import ledger_of_records
from inadimplencia_ml.ledger.snapshots import Looks, first_fact_days
from inadimplencia_ml.ledger.states import states
from inadimplencia_ml.risk.one_row import Cell, OneRow
from inadimplencia_ml.risk.reasons import REASON_COLUMNS, with_short_history
from inadimplencia_ml.risk.scale import score, score_raw
from inadimplencia_ml.risk.scorer import COLD_START_INVOICES, SCORER_OF, Scorer
from inadimplencia_ml.segment_history import segments_over_time
from inadimplencia_ml.segments import SEGMENTS, RiskBands
from inadimplencia_ml.target import Target

__all__ = ["ANSWER", "TEXT_COLUMNS", "OneClient"]

TEXT_COLUMNS = tuple(name.replace("reason", "text") for name in REASON_COLUMNS)
ANSWER: tuple[str, ...] = (
    *("client_id", "as_of", "model_version", "target", "state", "probability", "probability_low", "probability_high"),
    *("score_raw", "score", "rating", "segment", "segment_basis", "cold_start"),
    *(*REASON_COLUMNS, *TEXT_COLUMNS),
)
"""The columns in which a server answers; those that a kind of request cannot fill are null."""

_COLUMNS_OF = {"contacts": CONTACT_NAMES, "agreements": PROMISE_NAMES}
_ALWAYS = ("invoices", "payments", "clients")
_TABLES_OF = {"outreach": ("contacts", "agreements"), "groups": ("links",), "limit": ("clients",)}


@dataclass(frozen=True)
class OneClient:
    """A model made ready to score clients one by one, from any number of threads.

    Attributes
    ----------
    target, scorers, bands, wanted, version
        As in `Model`.
    columns : frozenset of str
        What the scorers read.
    tables : tuple of str
        Tables that these columns need beside the usual ones: a client without a row in one has an empty one.
    """

    target: Target
    scorers: Mapping[str, Scorer]
    bands: RiskBands
    wanted: Wanted
    version: str
    columns: frozenset[str]
    tables: tuple[str, ...]

    @classmethod
    def of(cls, target: Target, scorers: Mapping[str, Scorer], bands: RiskBands, wanted: Wanted, version: str) -> Self:
        """Prepares the scorers, and finds out which tables they and the families of ``wanted`` read."""
        for scorer in scorers.values():
            scorer.prepare()
        read = frozenset(column for scorer in scorers.values() for column in scorer.columns)
        tables = [name for name, columns in _COLUMNS_OF.items() if read & set(columns)]
        tables += [name for family in wanted.families for name in _TABLES_OF.get(family, ())]
        return cls(target, scorers, bands, wanted, version, read, tuple(dict.fromkeys(tables)))

    def score(
        self,
        records: Mapping[str, Any],
        as_of: dt.date | str | None,
        *,
        client_id: Any = None,
        invoice_id: Any = None,
        history: Any = None,
        calendar: Any = "BR",
        lang: Lang = "pt",
    ) -> dict[str, Any]:
        """The score of the client of ``records``, as `Model.score_one` says."""
        if (self.target.level == "invoice") != (invoice_id is not None):
            word = "give invoice_id" if self.target.level == "invoice" else "leave invoice_id out"
            raise CallError(f"score_one: the model is of level {self.target.level}; {word}")
        asked = {"as_of": as_of, "client_id": client_id, "invoice_id": invoice_id}
        only = self._only(records)
        try:
            ledger, looks = self._read(records, only, calendar, asked)
        except CallError:  # another table may know of the client, or say what is wrong
            if only is None:
                raise
            ledger, looks = self._read(records, None, calendar, asked)
        state = str(states(ledger, looks, self.target)[0])
        cells = feature_row(ledger, looks, families=self.wanted.families, custom=self.wanted.custom)
        told = self._told(state, cells, _empty_attributes(ledger), lang)
        keys = {"client_id": looks.keys["client_id"].tolist()[0], "as_of": str(looks.as_of.astype("datetime64[D]")[0])}
        if invoice_id is not None:
            keys["invoice_id"] = invoice_id
        row = {**keys, "model_version": self.version, **told}
        row["segment"], row["segment_basis"] = self._segment(row, history)
        return row

    def _only(self, records: Any) -> set[str] | None:
        """The tables that matter; None for all, where families or features of one's own may read any."""
        if (
            self.target.level == "invoice"
            or self.wanted.families
            or self.wanted.custom
            or not isinstance(records, Mapping)
        ):
            return None
        own = records.get("attributes", {})
        if not isinstance(own, Mapping):
            return None  # told where all of them are read
        read = [name for name in own if any(c.startswith(f"{name}_") for c in self.columns)]
        return {*_ALWAYS, *self.tables, *(f"attributes/{name}" for name in read)}

    def _read(
        self, records: Any, only: set[str] | None, calendar: Any, asked: Mapping[str, Any]
    ) -> tuple[Ledger, Looks]:
        # What the fixed features are made of never asks for the last day known: it need not be looked for.
        until = None if only is None else asked["as_of"]
        how: dict[str, Any] = {"calendar": calendar, "known_until": until, "flags": False}
        ledger = ledger_of_records(records, also=self.tables, only=only, **how)
        return ledger, _looks(ledger, **asked)

    def _told(self, state: str, cells: dict[str, Cell], empty: tuple[str, ...], lang: Lang) -> dict[str, Any]:
        """Probability, points, rating and reasons."""
        scorer = self.scorers.get(SCORER_OF.get(state, ""))
        short = bool(cells["due_count_all"] <= COLD_START_INVOICES)  # type: ignore[operator]  # a count: never missing
        told: dict[str, Any] = {"target": self.target.name, "state": state}
        told |= dict.fromkeys(("probability", "probability_low", "probability_high", "score_raw", "score", "rating"))
        told |= {"cold_start": short, "reasons": [], "not_given": []}
        if scorer is None:
            return told
        absent = [name for name in scorer.columns if name not in cells and self._may_be_absent(name)]
        told["not_given"] = [name for name in absent if not name.startswith(empty)]
        p, low, high, found = scorer.score(OneRow(cells | dict.fromkeys(absent, np.nan)))
        codes = with_short_history(found, np.array([short]))
        told |= {"target": scorer.target, "probability": float(p[0])}
        told |= {"probability_low": _number(low[0]), "probability_high": _number(high[0])}
        told |= {"score_raw": float(score_raw(p)[0]), "score": int(score(p)[0])}
        told["rating"] = self.bands.rating(p)[0] if state == "scoreable" else None
        told["reasons"] = [
            {"code": code, "sentence": reason_sentence(code, cells, against=True, lang=lang)}
            for code in codes[0].tolist()
            if code is not None
        ]
        return told

    def _may_be_absent(self, name: str) -> bool:
        """Attributes that nobody gave are missing values; a feature of the catalogue or of one's own never is."""
        return name not in BY_NAME and name not in self._own_features

    @cached_property
    def _own_features(self) -> frozenset[str]:
        return frozenset(self.wanted.features())

    def _segment(self, row: Mapping[str, Any], history: Any) -> tuple[str, str]:
        """The segment, and where it comes from; without earlier scores there is little to ask."""
        bands, state = self.bands, row["state"]
        scored = row["probability"] is not None
        own = "high" if state == "already_bad" else str(bands.segment([row["probability"]])[0]) if scored else "none"
        if history is not None:
            return self._over_time(row, own, history)
        if state != "scoreable":
            return own, "already_bad" if state == "already_bad" else "none"
        return own, bands.basis_without_history

    def _over_time(self, row: Mapping[str, Any], own: str, history: Any) -> tuple[str, str]:
        given = history if isinstance(history, pd.DataFrame) else pd.DataFrame(list(history))
        earlier = given if len(given.columns) else None
        now = pd.DataFrame([row]).astype({"as_of": "datetime64[s]", "score_raw": "float64"})
        edges, bands = score_raw(self.bands.segment_edges), self.bands
        kept = segments_over_time(
            now, np.array([own], object), earlier, SEGMENTS, edges, bands.band_points, bands.memory_days
        )
        return str(kept[0][0]), str(kept[1][0])


def _empty_attributes(ledger: Ledger) -> tuple[str, ...]:
    """How columns of the tables of attributes that were given, and hold no row, begin."""
    clients = {"client": ledger.tables["clients"]} if "clients" in ledger.tables else {}
    return tuple(f"{name}_" for name, table in (clients | ledger.attributes).items() if not table.num_rows)


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _looks(ledger: Ledger, as_of: dt.date | str | None, client_id: Any, invoice_id: Any) -> Looks:
    """The one snapshot that is asked for.

    Raises
    ------
    CallError
        It is not said of whom or of which day, or nothing is known of them then.
    """
    view = None
    if invoice_id is not None:
        client, issued = _owner(ledger, invoice_id)
        day = issued if as_of is None else to_date(as_of, "as_of")
        view = "at_issue" if as_of is None else "end_of_day"
    elif as_of is None:
        raise CallError("score_one: give as_of, the day whose end is looked from")
    else:
        client, day = _client(ledger.books.client_ids, client_id), to_date(as_of, "as_of")
    books, number = ledger.books, day_number(day)
    who = books.client_numbers([client])
    if not _known(ledger, int(who[0]), number):
        raise CallError(f"score_one: nothing is known of the client at {day}; its first fact comes later")
    keys: dict[str, Any] = {"client_id": [client], "as_of": np.array([day], "datetime64[s]")}
    if view is not None:
        keys |= {"invoice_id": [invoice_id], "view": [view]}
    return Looks(
        given=pa.table(keys),
        client=who,
        as_of=np.array([number], np.int32),
        day=np.array([number - (view == "at_issue")], np.int32),
        invoice=None if view is None else books.invoice_numbers([invoice_id]),
        at_issue=np.array([view == "at_issue"]),
    )


def _known(ledger: Ledger, client: int, day: int) -> bool:
    """Whether any fact of the client is known at the end of a day; its invoices are asked first."""
    books = ledger.books
    known = books.versions.known[books.client_start[client] : books.client_start[client + 1]]
    return bool((known <= day).any() or first_fact_days(ledger)[client] <= day)


def _client(ids: pa.Array, client_id: Any) -> Any:
    """The one client of the records, or the one asked for."""
    found: Sequence[Any] = ids.to_pylist()
    if client_id is not None:
        if client_id not in found:
            raise CallError("score_one: the records hold no row of this client_id")
        return client_id
    if len(found) != 1:
        raise CallError(
            f"score_one: the records are of {len(found)} clients. Expected those of one; give client_id to say whom to "
            "score among related ones."
        )
    return found[0]


def _owner(ledger: Ledger, invoice_id: Any) -> tuple[Any, dt.date]:
    """The client of an invoice, and its day of issue."""
    books = ledger.books
    number = int(books.invoice_numbers([invoice_id])[0])
    if number < 0:
        raise CallError("score_one: the records hold no invoice of this invoice_id")
    row = ledger.tables["invoices"].slice(int(books.first_row[number]), 1)
    return row["client_id"][0].as_py(), row["issue_date"][0].as_py()
