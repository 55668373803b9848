"""A flow around SQL: the books lie in DuckDB, scores and decisions go back there, and the report is a query.

    python examples/duckdb_flow.py receivables.duckdb models/sample 2025-06-30

The database holds the tables ``titulos``, ``baixas``, ``clientes`` and ``bureau``; the queries below are all that is
known of them. The model was trained on the same tables.
"""

import sys

import duckdb

import inadimplencia_ml as iml

INVOICES = """
    SELECT cliente AS client_id, titulo AS invoice_id, emissao AS issue_date, vencimento AS due_date, valor AS amount
    FROM titulos
"""
PAYMENTS = "SELECT titulo AS invoice_id, pago_em AS payment_date, valor AS amount FROM baixas"
CLIENTS = "SELECT cliente AS client_id, * EXCLUDE (cliente) FROM clientes"
BUREAU = "SELECT cliente AS client_id, consultado_em AS known_on, * EXCLUDE (cliente, consultado_em) FROM bureau"
REPORT = """
    SELECT s.segment, count(*) AS clients, round(sum(d.amount_due), 2) AS amount_due,
           count(*) FILTER (d.action <> 'nothing') AS to_contact
    FROM scores AS s JOIN decisions AS d USING (client_id)
    GROUP BY ALL ORDER BY amount_due DESC
"""


def run(database: str, model_folder: str, as_of: str) -> list[tuple[object, ...]]:
    """Scores every client of the database at a date and keeps scores and decisions in it; returns the report."""
    with duckdb.connect(database) as db:
        invoices, payments, clients, bureau = (
            db.sql(query).to_arrow_table() for query in (INVOICES, PAYMENTS, CLIENTS, BUREAU)
        )
        ledger = iml.Ledger(invoices, payments, clients, attributes={"bureau": bureau})
        scores = iml.load_model(model_folder).score(ledger, as_of)
        plan = iml.decide(iml.Policy.default(), scores, ledger, as_of)
        for name, table in (("scores", scores), ("decisions", plan.decisions)):
            db.register("result", table)
            db.sql(f"CREATE OR REPLACE TABLE {name} AS FROM result")
        return db.sql(REPORT).fetchall()


if __name__ == "__main__":
    for row in run(*sys.argv[1:]):
        print(*row, sep="\t")  # noqa: T201  # its output
