"""Verbs over databases: load a ledger from their tables, store scores and decisions in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.ledger_verbs import AsJson
from inadimplencia_ml.cli.places import room_for
from inadimplencia_ml.cli.show import message, print_json, print_table, print_text, steps
from inadimplencia_ml.errors import CallError

__all__ = ["DATABASE", "register"]

DATABASE = "INADIMPLENCIA_DATABASE"
"""Environment variable that may hold the address, so that no password stands in a command line."""
_ADDRESS = f"postgresql://USER@HOST/NAME, sqlite:///FILE.db, or a DuckDB file; by default what {DATABASE} says."
Schema = Annotated[str | None, typer.Option(help="Schema of the tables; by default that of the connection.")]


def register(app: typer.Typer) -> None:
    """Adds the verbs to the command."""
    app.command()(load)
    app.command()(store)


def load(
    out: Annotated[Path, typer.Option(help="Ledger folder to write.")],
    database: Annotated[str | None, typer.Option("--from", help=_ADDRESS)] = None,
    table: Annotated[
        list[str] | None, typer.Option(help="NAME=THEIRS, such as invoices=finance.titulos; may come several times.")
    ] = None,
    schema: Schema = None,
    calendar: Annotated[str, typer.Option(help="BR, or none.")] = "BR",
    timezone: Annotated[str, typer.Option(help="Times with a zone are cut to the date in this one.")] = (
        "America/Sao_Paulo"
    ),
    currency: Annotated[str, typer.Option(help="The one currency of all amounts.")] = "BRL",
    known_until: Annotated[str | None, typer.Option(help="Last day of the books; else that of the last fact.")] = None,
    json: AsJson = False,
) -> None:
    """Tables or views of a database -> ledger; prints accepted, flagged, rejected and duplicate rows."""
    from inadimplencia_ml.databases.reading import read_database

    room_for(out, "ledger")
    about: dict[str, Any] = {"schema": schema, "calendar": calendar, "timezone": timezone, "currency": currency}
    with steps(json) as tell:
        tell("reading")
        ledger = read_database(_address(database), _pairs(table), known_until=known_until, **about)
        tell("writing")
        ledger.write(out)
    if json:
        print_json({"ledger": str(out), "known_until": ledger.known_until, "tables": ledger.counts})
        return
    print_table(ledger.counts, "Rows by outcome")
    for name, notes in ledger.notes.items():
        message(f"{name}: " + ", ".join(f"{what.replace('_', ' ')} {count:,}" for what, count in notes.items()))
    if len(ledger.problems):
        message(f"{len(ledger.problems):,} findings, row by row, are in {out / 'problems.parquet'}")
    print_text(f"Ledger written to {out}, known until {ledger.known_until}.")


def store(
    results: Annotated[
        Path | None, typer.Argument(help="Folder that score or decide wrote.", metavar="RESULTS")
    ] = None,
    to: Annotated[str | None, typer.Option(help=_ADDRESS)] = None,
    schema: Schema = None,
    show_sql: Annotated[
        bool, typer.Option("--show-sql", help="Print the statements that make the tables in PostgreSQL; do nothing.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Scores and decisions -> tables of a database, one row a key; run again, it writes the same rows over."""
    if show_sql:
        print_text(_statements(schema))
        return
    if results is None:
        raise typer.BadParameter("give the folder that score or decide wrote, or --show-sql")
    from inadimplencia_ml.databases.writing import write_results

    with steps(json) as tell:
        written = write_results(_address(to), results, schema=schema, tell=tell)
    if json:
        print_json({"rows": written})
    else:
        print_text("\n".join(f"{rows:,} rows -> {name}" for name, rows in written.items()))


def _statements(schema: str | None) -> str:
    from inadimplencia_ml.databases.definitions import DEFINITIONS
    from inadimplencia_ml.databases.sql_tables import statements

    return statements(DEFINITIONS.values(), schema)


def _address(given: str | None) -> str:
    address = given or os.environ.get(DATABASE)
    if not address:
        raise typer.BadParameter(f"give the address of the database, or set {DATABASE}")
    return address


def _pairs(given: list[str] | None) -> dict[str, str] | None:
    pairs: dict[str, Any] = {}
    for one in given or ():
        name, sign, theirs = one.partition("=")
        if not (name and sign and theirs) or name in pairs:
            raise CallError(f"--table {one}: expected NAME=THEIRS, each NAME once, such as invoices=titulos")
        pairs[name] = theirs
    return pairs or None
