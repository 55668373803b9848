"""Verbs for the rights of a client: review by a person, all that is held, being forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.ledger_verbs import AsJson, LedgerFolder
from inadimplencia_ml.cli.places import room_for
from inadimplencia_ml.cli.show import message, print_json, print_table, print_text
from inadimplencia_ml.errors import CallError

__all__ = ["register"]

Client = Annotated[str, typer.Option(help="Client id.")]
Day = Annotated[str, typer.Option("--on", help="Day of the act.")]
Log = Annotated[Path | None, typer.Option(help="Log of reviews; by default reviews.parquet beside the ledger.")]
Scores = Annotated[list[Path] | None, typer.Option(help="Folder of scores, decisions or messages. May be repeated.")]
Number = Annotated[str, typer.Option("--review", help="Number of the review, such as R000001.")]
Words = Annotated[str, typer.Option(help="In words.")]

review = typer.Typer(help="Review by a person: open, correct, decide, show.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the verbs to the command."""
    app.command()(dossie)
    app.command()(apagar)
    app.add_typer(review, name="review")


def dossie(
    ledger: LedgerFolder,
    client: Client,
    scores: Scores = None,
    reviews: Log = None,
    out: Annotated[Path | None, typer.Option(help="File to write: .json or .html.")] = None,
    json: AsJson = False,
) -> None:
    """All that is held on one client, with origin, purpose and legal basis; in Portuguese."""
    from inadimplencia_ml.client_rights.dossier import dossier
    from inadimplencia_ml.client_rights.dossier_page import dossier_page
    from inadimplencia_ml.storage import write_json

    if out is not None and out.suffix not in (".json", ".html"):
        raise CallError(f"--out {out}: expected the name of a .json or a .html file")
    if out is not None:
        room_for(out, "file")
    told = dossier(ledger, client, scores=scores or (), reviews=reviews)
    for place in told.elsewhere:
        message(f"{place} names the client and is no table of ours: look at it before you answer")
    if out is not None and out.suffix == ".html":
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(dossier_page(told), encoding="utf-8", newline="\n")
    elif out is not None:
        write_json(told.to_dict(), out)
    if json or out is None:
        print_json(told.to_dict() if out is None else {"out": str(out), "rows": told.counts()})
        return
    print_text(f"{sum(told.counts().values()):,} registros de {len(told.parts)} tabelas -> {out}")


def apagar(
    ledger: LedgerFolder,
    client: Client,
    on: Day,
    reason: Annotated[str, typer.Option(help="Why, in words that name nobody; the log keeps it.")],
    how: Annotated[str, typer.Option(help="pseudonymise or erase.")] = "pseudonymise",
    scores: Scores = None,
    reviews: Log = None,
    json: AsJson = False,
) -> None:
    """Forget one client in ledger, scores, decisions and reviews; the act is logged without the id."""
    from inadimplencia_ml.client_rights.erasure import forget_client

    done = forget_client(
        ledger,
        client,
        on=on,
        reason=reason,
        how=how,  # type: ignore[arg-type]  # checked there
        scores=scores or (),
        reviews=reviews,
    )
    if json:
        files = done.files
        print_json({"erasure_id": done.erasure_id, "how": how, "pseudonym": done.pseudonym, "files": files})
        return
    print_table(done.files, f"{done.erasure_id}: {'pseudônimo' if how == 'pseudonymise' else 'apagado'}")


@review.command("open")
def open_(
    ledger: LedgerFolder,
    client: Client,
    request: Words,
    on: Day,
    as_of: Annotated[str | None, typer.Option(help="Date of the score or decision it is about.")] = None,
    decision: Annotated[str | None, typer.Option(help="decision_id it is about.")] = None,
    reviews: Log = None,
    json: AsJson = False,
) -> None:
    """Log a request; prints its number and the last day to answer."""
    from inadimplencia_ml.client_rights.holdings import Holdings, invoices_of

    held = Holdings.of(ledger)
    asked = held.client_id(client)
    if not len(invoices_of(held.at_home(asked), asked)):
        raise CallError("review: the ledger knows no invoice of this client")
    log = _log(ledger, reviews)
    number, due = log.open(client, request, on=on, as_of=as_of, decision_id=decision)
    source = log.due(on).source
    if json:
        print_json({"review_id": number, "due_on": due, "due_source": source, "log": str(log.file)})
    else:
        print_text(f"{number}: responder até {due:%d/%m/%Y} ({source}) -> {log.file}")


@review.command()
def correct(
    ledger: LedgerFolder,
    review_id: Number,
    table: Annotated[str, typer.Option(help="Table of the ledger; attributes as attributes/NAME.")],
    fact: Annotated[list[str], typer.Option(help="COLUMN=VALUE: what is right. May be repeated.")],
    on: Day,
    model: Annotated[Path | None, typer.Option(help="Model folder: scores the day again.")] = None,
    reviews: Log = None,
    json: AsJson = False,
) -> None:
    """Add a corrected fact to the ledger as a new row, known from the day; nothing is overwritten."""
    from inadimplencia_ml.pipeline import load_model

    facts = dict(_parted(one) for one in fact)
    loaded = None if model is None else load_model(model)
    told = _log(ledger, reviews).correct(review_id, ledger, table, facts, on=on, model=loaded)
    if json:
        print_json({"review_id": review_id, "table": table} | told)
        return
    print_text(f"{review_id}: {'já constava em' if told['held'] else 'uma linha nova em'} {table}")
    if "score_after" in told:
        print_text(f"Escore em {on}: {told['score_before']} -> {told['score_after']}")


@review.command()
def decide(
    ledger: LedgerFolder,
    review_id: Number,
    outcome: Annotated[str, typer.Option(help="kept or changed.")],
    words: Words,
    person: Annotated[str, typer.Option(help="Who decided.")],
    on: Day,
    creditor: Annotated[Path | None, typer.Option(help="Creditor file (YAML), in whose name we answer.")] = None,
    reviews: Log = None,
    json: AsJson = False,
) -> None:
    """Log what a person decided; prints the answer to the client."""
    from inadimplencia_ml.policy.messages.creditor import Creditor
    from inadimplencia_ml.settings_file import settings_of

    whose = None if creditor is None else settings_of(creditor, Creditor)
    told = _log(ledger, reviews).decide(review_id, outcome, words, person=person, on=on, creditor=whose)
    if told.days_left < 0:
        message(f"{review_id}: answered {-told.days_left} days after the last day")
    if json:
        print_json({"review_id": review_id, "outcome": outcome, "days_left": told.days_left, "reply": told.text})
    else:
        print_text(told.text)


@review.command()
def show(
    ledger: LedgerFolder,
    on: Day,
    review_id: Annotated[str | None, typer.Option("--review", help="The steps of this one.")] = None,
    reviews: Log = None,
    json: AsJson = False,
) -> None:
    """The reviews as they stand on a day, or the steps of one."""
    log = _log(ledger, reviews)
    table = log.standing(on) if review_id is None else log.steps(review_id).dropna(axis="columns", how="all")
    if json:
        print_json({"reviews" if review_id is None else "steps": table})
    else:
        print_table(table)


def _log(ledger: Path, reviews: Path | None) -> Any:
    from inadimplencia_ml.client_rights.reviews import Reviews
    from inadimplencia_ml.ledger.parts import invoice_rows

    invoice_rows(ledger)  # a ledger that is not there has no reviews either
    return Reviews.beside(ledger) if reviews is None else Reviews(reviews)


def _parted(fact: str) -> tuple[str, str | None]:
    name, sign, value = fact.partition("=")
    if not sign:
        raise CallError(f"--fact {name!r}: expected COLUMN=VALUE, such as amount=100.00")
    return name.strip(), value.strip() or None
