"""What is wrong with the rows of a table: findings, and the one outcome of each row that follows from them.

A row ends as the gravest of its findings says: rejected before duplicate before flagged; without any it is accepted.
All findings of a row are listed, each with the row's final outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.cells import Rows
from inadimplencia_ml.ledger.frames import in_one_piece

__all__ = ["DUPLICATE", "FLAGGED", "OUTCOMES", "PROBLEMS", "REASONS", "REJECTED", "Findings", "Outcome", "as_text"]

Outcome = Literal["flagged", "rejected", "duplicate"]
OUTCOMES = ("accepted", "flagged", "duplicate", "rejected")  # ever graver
FLAGGED, DUPLICATE, REJECTED = 1, 2, 3

PROBLEMS = pa.schema(
    [
        ("table", pa.string()),
        ("row", pa.int64()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("outcome", pa.string()),
        ("code", pa.string()),
        ("reason", pa.string()),
    ]
)

REASONS: dict[str, str] = {
    "unparsable": "the value cannot be read as {kind}",
    "id_decimal": "an id cannot be a decimal number",
    "id_digits_lost": "the id came as a decimal number too large to be exact; give it as text or as an integer",
    "amount_too_large": "amounts of a trillion or more are not believed",
    "date_out_of_range": "the date lies before 1900 or after 2199",
    "date_placeholder": "a placeholder such as 9999-12-31 stands for no date: read as missing",
    "ragged_row": "the line has another number of fields than the header",
    "no_client": "the row names no client",
    "no_id": "the row has no {column}",
    "no_date": "the row has no {column}",
    "no_value": "the row has no {column}",
    "amount_negative": "an amount cannot be negative",
    "payment_not_positive": "a payment must be above zero",
    "client_changed": "a later row of the invoice names another client than its first row",
    "issue_date_changed": "a later row of the invoice gives another issue_date than its first row",
    "duplicate_same": "the same {column} came before, in an equal row; the first row stays",
    "duplicate_conflict": "the same {column} came before, in a row that says otherwise; the first row stays",
    "amount_missing": "no amount: settled by its first payment, left out of sums",
    "amount_zero": "amount zero: settled on its issue_date",
    "negative_kept": "negative, kept as given",
    "amount_zero_kept": "an amount of zero, kept as given",
    "due_before_issue": "due_date lies before issue_date",
    "paid_before_issue": "paid_date lies before issue_date",
    "absurd_term": "more than five years lie between issue_date and due_date",
    "cancelled_before_issue": "cancelled_date lies before issue_date",
    "dispute_ends_before_start": "disputed_to lies before disputed_from",
    "fact_without_date": "{column} is given without its date {date}: kept, never a feature",
    "unknown_choice": "not one of: {choices}",
    "uf_unknown": "not one of the 27 states: national business days are used",
    "tax_id_bad": "neither a CPF nor a CNPJ: length or check digits are wrong",
    "parts_do_not_add_up": "principal, fine and interest do not add up to the amount",
    "reversed_before_payment": "reversed_on lies before payment_date",
    "due_before_created": "due_date lies before created_at",
    "replied_before_contact": "replied_on lies before contacted_at",
}
"""Why, by code. Values never stand in a reason: they have a column of their own."""


@dataclass
class Findings:
    """Findings gathered on the rows of one table."""

    table: str
    rows: int
    grade: npt.NDArray[np.int8] = field(init=False)
    parts: list[pa.Table] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.grade = np.zeros(self.rows, np.int8)

    def add(
        self, at: Rows, grade: int, code: str, column: str, given: pa.ChunkedArray | pa.Array | None, **words: str
    ) -> None:
        """Notes the rows ``at``; ``given`` is the column whose values are shown."""
        if not len(at):
            return
        np.maximum.at(self.grade, at, np.int8(grade))
        reason = REASONS[code].format(column=column, **words)
        values = pa.nulls(len(at), pa.string()) if given is None else as_text(given.take(pa.array(at)))
        columns = {"row": pa.array(at, pa.int64()), "column": _same(column, len(at)), "value": values}
        self.parts.append(pa.table(columns | {"code": _same(code, len(at)), "reason": _same(reason, len(at))}))

    def add_rejected(self, found: pa.Table) -> None:
        """Takes over rows that a reader refused: a table with row, column, value, code and reason."""
        if found.num_rows:
            np.maximum.at(self.grade, found["row"].to_numpy(), np.int8(REJECTED))
            self.parts.append(found.select(["row", "column", "value", "code", "reason"]))

    def unread(self, column: str) -> Rows:
        """Rows whose value in this column could not be read, or that could not be read at all."""
        rows = [np.empty(0, np.int64)]
        for part in self.parts:
            here = pc.or_(pc.fill_null(pc.equal(part["column"], column), False), part["column"].is_null())
            lost = pc.and_(here, pc.not_equal(part["code"], "date_placeholder"))  # that one was read: as missing
            rows.append(part["row"].filter(lost).to_numpy())
        return np.concatenate(rows)

    def kept(self) -> npt.NDArray[np.bool_]:
        """True for rows that are accepted or flagged so far."""
        return self.grade <= FLAGGED

    def problems(self) -> pa.Table:
        """All findings by row, in the order in which they were found."""
        if not self.parts:
            return PROBLEMS.empty_table()
        found = pa.concat_tables(self.parts)
        order = np.argsort(found["row"].to_numpy(), kind="stable")
        found = found.take(pa.array(order))
        n = found.num_rows
        columns = {
            "table": _same(self.table, n),
            "file": pa.nulls(n, pa.string()),
            "line": pa.nulls(n, pa.int64()),
            "outcome": pa.array(OUTCOMES).take(pa.array(self.grade[found["row"].to_numpy()])),
        } | {name: found[name] for name in found.column_names}
        return pa.table({name: columns[name] for name in PROBLEMS.names}, schema=PROBLEMS)

    def counts(self) -> dict[str, int]:
        """Rows in, and what became of them."""
        number = [int(np.count_nonzero(self.grade == grade)) for grade in range(len(OUTCOMES))]
        names = ("accepted", "flagged", "rejected", "duplicate")
        return {"rows": self.rows} | {name: number[OUTCOMES.index(name)] for name in names}


def as_text(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Values as a person would write them."""
    values = in_one_piece(values)
    try:
        texts = values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        if pa.types.is_temporal(values.type):  # a time that Python has not, or of an unknown zone: as its number
            return values.cast(pa.int64() if values.type.bit_width == 64 else pa.int32()).cast(pa.string())
        return pa.array([None if v is None else str(v) for v in values.to_pylist()], pa.string())
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _same(text: str, n: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), n)
