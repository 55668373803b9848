"""What we write when a client uses a right: the steps of a review, and what was erased. Both only ever grow."""

from __future__ import annotations

from inadimplencia_ml.tables.column import CLIENT, Column, Table, must

__all__ = ["ERASURES", "REVIEWS"]

REVIEWS = Table(
    "reviews",
    (
        must("review_id", "text", "the request: R000001 onwards"),
        Column("step", "text", "what was done", required=True, choices=("opened", "corrected", "rescored", "decided")),
        must("on", "date", "day of the step"),
        CLIENT,
        Column("as_of", "date", "of the score or decision that the client disagrees with"),
        Column("decision_id", "text", "of that decision, where there is one"),
        Column("due_on", "date", "last day to answer"),
        Column("due_source", "text", "where that term comes from"),
        Column("request", "text", "what the client asks, in the client's words"),
        Column("table", "text", "table of the ledger that got a row"),
        Column("facts", "text", "the corrected facts as JSON, by column"),
        Column("model_version", "text", "the bundle that scored"),
        Column("score_before", "count", "points on this day without the corrected facts"),
        Column("score_after", "count", "and with them"),
        Column("segment_before", "text", "risk segment without the corrected facts"),
        Column("segment_after", "text", "and with them"),
        Column("outcome", "text", "what the person decided", choices=("kept", "changed")),
        Column("person", "text", "who decided: a name or a number of the house"),
        Column("reply", "text", "the answer sent to the client, in Portuguese"),
    ),
)

ERASURES = Table(
    "erasures",
    (
        must("erasure_id", "text", "the act: E000001 onwards"),
        must("on", "date", "day of the act"),
        Column("how", "text", "what was done", required=True, choices=("pseudonymise", "erase")),
        Column("reason", "text", "why, in words that name nobody"),
        Column("pseudonym", "text", "what stands in place of the client; none where rows were erased"),
        must("file", "text", "the file, by its place in its folder"),
        must("rows", "count", "rows of the client in it"),
        Column("amount", "amount", "their sum, where the table has amounts"),
    ),
)
