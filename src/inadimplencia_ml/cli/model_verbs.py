"""Verbs over models and plans: score, decide, explain."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.batch_verbs import (
    ROWS_A_PART,
    ROWS_IN_MEMORY,
    Jobs,
    Resume,
    RowsAPart,
    RowsInMemory,
    goes_by_parts,
    score_by_parts,
    tell_of,
)
from inadimplencia_ml.cli.choices import LANGS
from inadimplencia_ml.cli.ledger_verbs import AsJson, LedgerFolder
from inadimplencia_ml.cli.places import room_for
from inadimplencia_ml.cli.show import message, print_json, print_table, print_text, steps
from inadimplencia_ml.cli.snapshot_options import SnapshotOptions
from inadimplencia_ml.cli.spark_verbs import Engine, on_spark, score_with_spark
from inadimplencia_ml.cli.training_verb import one_of
from inadimplencia_ml.errors import CallError, PolicyError

__all__ = ["policy_of", "register"]

_KEYS = ("client_id", "as_of", "invoice_id")
ModelFolder = Annotated[Path, typer.Option(help="Folder of a model, or of a family.")]
Member = Annotated[str | None, typer.Option(help="Of a family: the model of this name alone, in agreement with all.")]
PolicyFile = Annotated[Path | None, typer.Option(help="Policy file (YAML), or 'default': the one that comes with us.")]
History = Annotated[Path | None, typer.Option(help="Folder of an earlier run: its scores and decisions.")]
Stale = Annotated[bool, typer.Option("--allow-stale", help="Go on although the date lies after the ledger's last day.")]


def register(app: typer.Typer) -> None:
    """Adds the verbs to the command."""
    app.command()(score)
    app.command()(decide)
    app.command()(explain)


def score(
    ledger: LedgerFolder,
    model: ModelFolder,
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    as_of: Annotated[str | None, typer.Option(help="Date to look from.")] = None,
    snapshots: Annotated[Path | None, typer.Option(help="Parquet or CSV with client_id and as_of.")] = None,
    at_issue: Annotated[bool, typer.Option("--at-issue", help="Every invoice on its day of issue.")] = False,
    policy: PolicyFile = None,
    history: History = None,
    texts: Annotated[bool, typer.Option("--texts", help="Also the sentences of the reasons.")] = False,
    member: Member = None,
    allow_stale: Stale = False,
    rows_in_memory: RowsInMemory = ROWS_IN_MEMORY,
    rows_a_part: RowsAPart = ROWS_A_PART,
    jobs: Jobs = None,
    resume: Resume = False,
    engine: Engine = "local",
    json: AsJson = False,
) -> None:
    """Scores, reasons, segments, profiles; with a policy, decisions. A large book goes by parts and can be resumed."""
    options = SnapshotOptions.of_score(as_of, snapshots, at_issue)
    room_for(out, "results")
    spark = on_spark(engine)
    if spark and (resume or jobs is not None):
        raise typer.BadParameter("--resume and --jobs are of a run in parts: Spark begins anew and has its own workers")
    by_parts = not spark and goes_by_parts(ledger, rows_in_memory, out, resume)
    asked, rules = _Asked.of(model, member), None if policy is None else policy_of(policy)
    if rules is not None:
        asked.one_for_a_policy()
    _of_level(asked.level, options)
    how: dict[str, Any] = {"history": history, "texts": texts, "allow_stale": allow_stale, "policy": rules}
    if spark:
        made = score_with_spark(ledger, asked.made, out, options, json=json, member=member, **how)
        tell_of(made, json=json, decided=rules is not None)
    elif by_parts:
        how |= {"member": member, "rows_a_part": rows_a_part, "jobs": jobs, "resume": resume}
        score_by_parts(ledger, asked.made, out, options, json=json, **how)
    else:
        _score_in_memory(ledger, asked, out, options, json, **how)


def _score_in_memory(ledger: Path, asked: _Asked, out: Path, options: SnapshotOptions, json: bool, **how: Any) -> None:
    from inadimplencia_ml.cli.results import earlier, write_results
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.storage import held_alone
    from inadimplencia_ml.tables.same_kind import pandas_of

    rules, history, texts, allow_stale = (how[name] for name in ("policy", "history", "texts", "allow_stale"))
    with held_alone(out), steps(json) as tell:
        tell("reading")
        book = read_ledger(ledger)
        wanted = options.of(book)
        beyond = _not_stale(book, wanted, allow_stale)
        tell("scoring")
        scores = asked.score(book, snapshots=pandas_of(wanted), history=earlier(history, "scores"), texts=texts)
        plan = None
        if rules is not None:
            tell("deciding")
            plan = _decided(rules, scores, book, history)
        tell("writing")
        about = _came_from(book, asked.version, scores.attrs["bundle_digest"], rules)
        left = write_results(out, scores, plan, about)
    _say_left(left, out)
    by = [c for c in ("member", "state", "segment") if c in scores.columns]
    counts = scores.groupby(by, dropna=False).size().rename("rows").reset_index()
    if json:
        told = {"out": str(out), "rows": len(scores), "states": counts, "model_version": asked.version}
        decisions = {} if plan is None else {"decisions": _actions(plan)}
        print_json(told | {"beyond_known_until": beyond} | decisions)
        return
    print_table(counts, f"{len(scores):,} rows -> {out / 'scores.parquet'}")
    if plan is not None:
        print_table(_actions(plan), f"{len(plan.decisions):,} decisions -> {out / 'decisions.parquet'}")


def decide(
    scores: Annotated[Path, typer.Argument(help="scores.parquet, or the folder that holds it.", metavar="SCORES")],
    ledger: Annotated[Path, typer.Option(help="Ledger folder.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    policy: PolicyFile = None,
    history: History = None,
    allow_stale: Stale = False,
    json: AsJson = False,
) -> None:
    """The policy alone: what to do with each scored client."""
    from inadimplencia_ml.cli.results import read_scores, write_results
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.storage import held_alone

    room_for(out, "results")
    with held_alone(out), steps(json) as tell:
        tell("reading")
        table, book, rules = read_scores(scores), read_ledger(ledger), policy_of(policy)
        beyond = _not_stale(book, table[[c for c in _KEYS if c in table.columns]], allow_stale)
        tell("deciding")
        plan = _decided(rules, table, book, history)
        tell("writing")
        versions = set(table["model_version"]) if "model_version" in table.columns else set()
        version = versions.pop() if len(versions) == 1 else None
        about = _came_from(book, version, table.attrs.get("bundle_digest"), rules)
        left = write_results(out, None, plan, about)
    _say_left(left, out)
    if "bundle_digest" not in table.attrs:
        message("The scores do not carry the digest of their model: decision ids are made from model_version.")
    if json:
        told = {"out": str(out), "rows": len(plan.decisions), "beyond_known_until": beyond}
        print_json(told | {"decisions": _actions(plan)})
    else:
        print_table(_actions(plan), f"{len(plan.decisions):,} decisions -> {out / 'decisions.parquet'}")


def explain(
    ledger: LedgerFolder,
    model: ModelFolder,
    client: Annotated[str, typer.Option(help="Client id.")],
    as_of: Annotated[str, typer.Option(help="Date to look from.")],
    policy: PolicyFile = None,
    history: History = None,
    lang: Annotated[str, typer.Option(help="pt or en.", autocompletion=LANGS)] = "pt",
    for_client: Annotated[bool, typer.Option("--for-client", help="The version fit to be sent to the client.")] = False,
    creditor: Annotated[Path | None, typer.Option(help="Who writes (YAML): name, document, address, service.")] = None,
    html: Annotated[Path | None, typer.Option(help="Also as a page: one file that needs no other.")] = None,
    member: Member = None,
    json: AsJson = False,
) -> None:
    """One client in words: what weighs against and for, the facts behind it, what would lead to a safer segment."""
    from inadimplencia_ml.cli.results import earlier
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.policy.messages.creditor import Creditor

    one_of("lang", lang, ("pt", "en"))
    if html is not None:
        room_for(html, "file")
    with steps(json) as tell:
        tell("reading")
        book, asked = read_ledger(ledger), _Asked.of(model, member)
        how: dict[str, Any] = {"lang": lang, "audience": "client" if for_client else "manager"}
        how["policy"] = None if policy is None else policy_of(policy)
        how["creditor"] = None if creditor is None else Creditor.read(creditor)
        how |= {"history": earlier(history, "scores"), "past": earlier(history, "decisions")}
        tell("explaining")
        told = asked.explain(book, client, as_of, **how)
    if dt.date.fromisoformat(told.as_of) > book.known_until:
        message(f"beyond_known_until: the ledger knows nothing after {book.known_until}; told as asked")
    if html is not None:
        _write_page(told, html)
    if json:
        print_json(told.to_dict() | ({} if html is None else {"html": str(html)}))
    else:
        print_text(str(told) if html is None else f"{told.client_id} -> {html}")


def _write_page(told: Any, out: Path) -> None:
    from inadimplencia_ml.report.explanation_page import explanation_page

    page = explanation_page(told)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        part.write_text(page, encoding="utf-8", newline="\n")
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Asked:
    """A model; or a family, all of it or one member in agreement with the others."""

    made: Any
    member: str | None
    is_family: bool

    @classmethod
    def of(cls, folder: Path, member: str | None) -> _Asked:
        from inadimplencia_ml.model_family import is_family, load_family
        from inadimplencia_ml.pipeline import load_model

        if is_family(folder):
            family = load_family(folder)
            if member is not None:
                one_of("member", member, tuple(family.members))
            return cls(family, member, True)
        if member is not None:
            raise CallError(f"--member {member}: {folder} holds one model, not a family")
        return cls(load_model(folder), None, False)

    @property
    def level(self) -> str:
        return str(self.made.level if self.is_family else self.made.target.level)

    @property
    def version(self) -> str:
        return str(self.made.version if self.member is None else self.made.members[self.member].version)

    def score(self, book: Any, **given: Any) -> Any:
        return self.made.score(book, **given, **({"member": self.member} if self.is_family else {}))

    def explain(self, book: Any, client: str, as_of: str, **how: Any) -> Any:
        return self.made.explain(book, client, as_of, **how, **({"member": self._one()} if self.is_family else {}))

    def one_for_a_policy(self) -> None:
        """Refuses a family of which no member is named; says so if the one named reads what the policy itself did."""
        from inadimplencia_ml.model_family import reads_treatment

        if reads_treatment(self.made.members[self._one()] if self.is_family else self.made):
            message("The model reads treatment features: what was done to a client moves the score that decides on it.")

    def _one(self) -> str:
        if self.member is None:
            raise CallError(f"the model is a family: say which member with --member, of {', '.join(self.made.members)}")
        return self.member


def _of_level(level: str, options: SnapshotOptions) -> None:
    if options.file is None and options.at_issue != (level == "invoice"):
        word = "--at-issue, or --snapshots with invoice_id" if level == "invoice" else "--as-of or --snapshots"
        raise CallError(f"the model is of level {level}: give {word}")


def _not_stale(book: Any, snapshots: Any, allowed: bool) -> int:
    """Refuses dates of which the ledger can say nothing, and those after its last day, unless allowed; counts these."""
    from inadimplencia_ml.ledger.snapshots import read_snapshots

    days = read_snapshots(snapshots, book).as_of
    if not len(days):
        raise CallError("no row to go on: no client has a fact known at that date")
    known = (book.known_until - dt.date(1970, 1, 1)).days
    late = int((days > known).sum())
    if late and not allowed:
        raise CallError(
            f"beyond_known_until: {late:,} of {len(days):,} snapshots lie after {book.known_until}, the last day the "
            "ledger knows. Import newer data, or say --allow-stale."
        )
    first, last = int(book.books.versions.known.min(initial=2**31 - 1)), int(days.max())
    if last < first:
        day = dt.date(1970, 1, 1) + dt.timedelta(days=last)
        raise CallError(f"as_of {day} lies before the first invoice that the ledger knows")
    if late:
        message(f"beyond_known_until: {late:,} snapshots lie after {book.known_until}; computed as asked")
    return late


def policy_of(file: Path | None) -> Any:
    """The policy of a file; without one, or by the word ``default``, the one that comes with the library."""
    from inadimplencia_ml.policy.policy import Policy

    if file is None or (str(file) == "default" and not file.exists()):
        return Policy.default()
    return Policy.read(file)


def _decided(rules: Any, scores: Any, book: Any, history: Path | None) -> Any:
    """The plan: of one date."""
    from inadimplencia_ml.cli.results import earlier
    from inadimplencia_ml.pipeline import decide as decide_all

    days = sorted(set(scores["as_of"]))
    if len(days) != 1 and "invoice_id" not in scores.columns:  # those of invoices: refused below
        raise PolicyError(
            f"a plan is of one date; the scores are of {len(days)}, {days[0].date()} to {days[-1].date()}"
        )
    return decide_all(rules, scores, book, days[0].date(), history=earlier(history, "decisions"))


def _came_from(book: Any, version: str | None, digest: str | None, rules: Any) -> dict[str, Any]:
    """What results were made from, for their manifest."""
    about = {"model_version": version, "model": digest, "known_until": book.known_until.isoformat()}
    return about if rules is None else about | {"policy_version": rules.name, "policy": rules.digest}


def _say_left(left: list[str], out: Path) -> None:
    if left:
        message(f"Not of this run, though in {out}: {', '.join(left)}")


def _actions(plan: Any) -> Any:
    """How many clients by stage and action; E2 before E10."""
    counts = plan.decisions.groupby(["stage", "action"], dropna=False).size().rename("clients").reset_index()
    return counts.sort_values("stage", key=lambda stage: stage.str.len(), kind="stable")
