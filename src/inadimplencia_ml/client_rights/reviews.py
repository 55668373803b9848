"""Review by a person: the request, its term, corrected facts, the score again, a decision, the answer; each is logged.

The log is one Parquet file that only grows: a step is a row, and no row is ever changed.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from inadimplencia_ml.client_rights.corrections import corrected, keep
from inadimplencia_ml.client_rights.reply import Answered, answer
from inadimplencia_ml.client_rights.terms import Due, Terms, read_terms
from inadimplencia_ml.client_rights.whose import client_id_in
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.pipeline import Model, snapshot_of
from inadimplencia_ml.policy.messages.creditor import Creditor
from inadimplencia_ml.storage import held_alone, read_parquet, write_parquet
from inadimplencia_ml.tables import REVIEWS

__all__ = ["REVIEWS_FILE", "Reviews"]

REVIEWS_FILE = "reviews.parquet"
_TYPES = {"date": pa.date32(), "count": pa.int64()}
_SCHEMA = pa.schema([(c.name, _TYPES.get(c.kind, pa.string())) for c in REVIEWS.columns])


@dataclass(frozen=True)
class Reviews:
    """The reviews of a ledger, in a file beside its folder.

    Parameters
    ----------
    file : path
        Need not be there yet.
    terms : Terms, optional
        By default those that come with the library.

    Examples
    --------
    >>> import tempfile
    >>> log = Reviews(Path(tempfile.mkdtemp()) / "reviews.parquet")
    >>> log.open("C1", "O boleto de março já estava pago.", on="2025-04-01")
    ('R000001', datetime.date(2025, 4, 11))
    >>> log.table()[["review_id", "step", "due_on"]].values.tolist()
    [['R000001', 'opened', datetime.date(2025, 4, 11)]]
    """

    file: Path
    terms: Terms | None = None

    @classmethod
    def beside(cls, ledger: Path, terms: Terms | None = None) -> Reviews:
        """The reviews beside a ledger's folder."""
        return cls(Path(ledger).absolute().parent / REVIEWS_FILE, terms)

    def table(self) -> pd.DataFrame:
        """All steps, in their order.

        Raises
        ------
        LedgerError
            The file is not readable.
        """
        frame: pd.DataFrame = self._table().to_pandas()
        return frame

    def open(
        self,
        client_id: Any,
        request: str,
        *,
        on: dt.date | str,
        as_of: dt.date | str | None = None,
        decision_id: str | None = None,
    ) -> tuple[str, dt.date]:
        """Logs a request, and gives its number and the last day to answer.

        Parameters
        ----------
        client_id : str or int
        request : str
            What the client asks, in the client's own words.
        on : date
            The day it was asked.
        as_of, decision_id : optional
            The score or decision it is about.

        Raises
        ------
        CallError
            The request is empty, or a date is none.
        """
        if not request.strip():
            raise CallError("review: the request is empty; write what the client asks")
        day, due = to_date(on, "on"), self.due(on)
        with held_alone(self.file.absolute().parent):
            return self._opened(str(client_id), request.strip(), day, due, as_of, decision_id), due.on

    def _opened(self, client_id: str, request: str, day: dt.date, due: Due, as_of: Any, decision_id: str | None) -> str:
        numbers = [int(str(one)[1:]) for one in self._table()["review_id"].to_pylist()]
        review_id = f"R{max(numbers, default=0) + 1:06d}"
        self._append(
            review_id=review_id,
            step="opened",
            on=day,
            client_id=client_id,
            as_of=None if as_of is None else to_date(as_of, "as_of"),
            decision_id=decision_id,
            due_on=due.on,
            due_source=due.source,
            request=request,
        )
        return review_id

    def due(self, on: dt.date | str) -> Due:
        """The last day to answer what is asked on a day."""
        return (self.terms or read_terms()).due("review", on)

    def correct(
        self,
        review_id: str,
        ledger: Path,
        table: str,
        facts: Mapping[str, Any],
        *,
        on: dt.date | str,
        model: Model | None = None,
    ) -> dict[str, Any]:
        """Adds corrected facts to the ledger, and scores again with a model.

        The ledger's folder is replaced whole, of one in partitions the client's is; then the step is logged. What was
        cut off between the two is made again by the same call, which finds the row there and only logs.

        Parameters
        ----------
        review_id : str
        ledger : path
            Folder; it gets one more row of ``table``, known from ``on``.
        table, facts
            As for `inadimplencia_ml.client_rights.corrections.corrected`.
        on : date
        model : Model, optional
            Of clients: scores the day with and without the corrected facts.

        Returns
        -------
        dict
            ``held``: the row was there already; with a model score_before, score_after, segment_before, segment_after.

        Raises
        ------
        CallError
            The review is unknown or decided, or as for ``corrected``.
        """
        with held_alone(self.file.absolute().parent):
            return self._corrected(review_id, Path(ledger), table, facts, to_date(on, "on"), model)

    def _corrected(
        self, review_id: str, ledger: Path, table: str, facts: Mapping[str, Any], day: dt.date, model: Model | None
    ) -> dict[str, Any]:
        opened = self._open(review_id)
        _not_before(day, opened)
        found = corrected(ledger, table, facts, client_id_in(ledger, opened["client_id"]), day)
        told: dict[str, Any] = {"held": found.held}
        if not found.held:
            keep(found, ledger, table)
        told_facts = json.dumps({k: _plain(v) for k, v in facts.items()}, ensure_ascii=False)
        common = {"review_id": review_id, "on": day, "client_id": opened["client_id"]}
        self._append(**common, step="corrected", table=table, facts=told_facts)
        if model is not None:
            without = found.before if not found.held else found.before.known_at(day - dt.timedelta(days=1))
            scores = _scored(model, without, found.after, opened["client_id"], day)
            self._append(**common, step="rescored", model_version=model.version, **scores)
            told |= scores
        return told

    def decide(
        self,
        review_id: str,
        outcome: str,
        words: str,
        *,
        person: str,
        on: dt.date | str,
        creditor: Creditor | None = None,
    ) -> Answered:
        """Logs what a person decided, and gives the answer to the client.

        Parameters
        ----------
        review_id : str
        outcome : {"kept", "changed"}
            Whether the decision stands.
        words : str
            The person's reason, for the client: checked as a message is.
        person : str
            Who decided.
        on : date
        creditor : Creditor, optional
            In whose name the answer speaks.

        Raises
        ------
        CallError
            The review is unknown or decided, the outcome is unknown, or the words do not belong into a message.
        """
        if not person.strip():
            raise CallError("review: say which person decided; a review by a program is none")
        with held_alone(self.file.absolute().parent):
            return self._decided(review_id, outcome, words, person.strip(), to_date(on, "on"), creditor)

    def _decided(
        self, review_id: str, outcome: str, words: str, person: str, day: dt.date, creditor: Creditor | None
    ) -> Answered:
        opened = self._open(review_id)
        _not_before(day, opened)
        steps = [{str(k): v for k, v in one.items()} for one in self.steps(review_id).to_dict("records")]
        told = answer(steps, outcome, words, on=day, creditor=creditor)
        self._append(
            review_id=review_id,
            step="decided",
            on=day,
            client_id=opened["client_id"],
            outcome=outcome,
            person=person,
            reply=told.text,
        )
        return told

    def steps(self, review_id: str) -> pd.DataFrame:
        """The steps of one review.

        Raises
        ------
        CallError
            There is no such review.
        """
        table = self.table()
        mine = table[table["review_id"] == review_id].reset_index(drop=True)
        if mine.empty:
            raise CallError(f"review: there is no {review_id!r}.{did_you_mean(review_id, table['review_id'])}")
        return mine

    def standing(self, on: dt.date | str) -> pd.DataFrame:
        """One row a review: review_id, client_id, opened_on, due_on, state (open, late, answered) and days_left."""
        day, table = to_date(on, "on"), self.table()
        opened = table[table["step"] == "opened"].rename(columns={"on": "opened_on"})
        found = opened[["review_id", "client_id", "opened_on", "due_on"]].reset_index(drop=True)
        answered = found["review_id"].isin(table.loc[table["step"] == "decided", "review_id"])
        left = [(due - day).days for due in found["due_on"]]
        state = ["answered" if a else "open" if n >= 0 else "late" for a, n in zip(answered, left, strict=True)]
        return found.assign(state=state, days_left=left)

    def _open(self, review_id: str) -> dict[str, Any]:
        steps = self.steps(review_id)
        if (steps["step"] == "decided").any():
            raise CallError(f"review: {review_id} is decided already; open a new one")
        return {str(k): v for k, v in steps.iloc[0].items()}

    def _table(self) -> pa.Table:
        return read_parquet(self.file) if self.file.exists() else _SCHEMA.empty_table()

    def _append(self, **row: Any) -> None:
        new = pa.Table.from_pylist([{name: row.get(name) for name in _SCHEMA.names}], schema=_SCHEMA)
        write_parquet(pa.concat_tables([self._table(), new]), self.file)


def _not_before(day: dt.date, opened: Mapping[str, Any]) -> None:
    if day < opened["on"]:
        raise CallError(f"review: {day} lies before {opened['on']}, the day it was asked")


def _scored(model: Model, before: Ledger, after: Ledger, client_id: str, day: dt.date) -> dict[str, Any]:
    if model.target.level != "client":
        raise CallError("review: the model is of invoices; a review scores a client again")
    told: dict[str, Any] = {}
    for name, ledger in (("before", before), ("after", after)):
        row = model.score(ledger, snapshots=snapshot_of(ledger, client_id, day)).iloc[0]
        told[f"score_{name}"] = None if pd.isna(row["score"]) else int(row["score"])
        told[f"segment_{name}"] = str(row["segment"])
    return told


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
