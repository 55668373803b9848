"""Verbs over models and plans: train, score, decide, explain."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.ledger_verbs import AsJson, LedgerFolder
from inadimplencia_ml.cli.places import room_for
from inadimplencia_ml.cli.show import message, print_json, print_table, print_text, steps
from inadimplencia_ml.cli.snapshot_options import SnapshotOptions
from inadimplencia_ml.errors import CallError, PolicyError, did_you_mean

__all__ = ["register"]

ModelFolder = Annotated[Path, typer.Option(help="Model folder.")]
PolicyFile = Annotated[Path | None, typer.Option(help="Policy file (YAML), or 'default': the one that comes with us.")]
History = Annotated[Path | None, typer.Option(help="Folder of an earlier run: its scores and decisions.")]
Stale = Annotated[bool, typer.Option("--allow-stale", help="Go on although the date lies after the ledger's last day.")]


def register(app: typer.Typer) -> None:
    """Adds the verbs to the command."""
    app.command()(train)
    app.command()(score)
    app.command()(decide)
    app.command()(explain)


def train(
    ledger: LedgerFolder,
    out: Annotated[Path, typer.Option(help="Model folder to write.")],
    config: Annotated[Path | None, typer.Option(help="Training settings (YAML).")] = None,
    level: Annotated[str, typer.Option(help="client or invoice.")] = "client",
    event: Annotated[str, typer.Option(help="default, late or paid.")] = "default",
    dpd: Annotated[int, typer.Option(help="Days past due that count as bad.")] = 30,
    horizon: Annotated[int, typer.Option(help="Length of the outcome window in days.")] = 90,
    cut: Annotated[str | None, typer.Option(help="Last day whose facts may be used.")] = None,
    candidates: Annotated[
        str | None, typer.Option(help="Models to compare, of boosted, scorecard and blend, parted by commas.")
    ] = None,
    search_trials: Annotated[int | None, typer.Option(help="Tree settings to try for the boosted model.")] = None,
    previous: Annotated[Path | None, typer.Option(help="Folder of the model in use, to compare with.")] = None,
    lang: Annotated[str, typer.Option(help="pt or en.")] = "pt",
    json: AsJson = False,
) -> None:
    """Fit, compare, judge out of time, keep; prints the judgement."""
    from inadimplencia_ml.ledger.clock import to_date
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.pipeline import load_model
    from inadimplencia_ml.target import Target
    from inadimplencia_ml.training.settings import TrainingSettings, read_settings
    from inadimplencia_ml.training.train import train as fit

    for name, value, known in (
        ("lang", lang, ("pt", "en")),
        ("level", level, ("client", "invoice")),
        ("event", event, ("default", "late", "paid")),
    ):
        _one_of(name, value, known)
    room_for(out, "model")
    try:
        target = Target(level=level, event=event, dpd=dpd, horizon_days=horizon)  # type: ignore[arg-type]  # checked there
    except ValueError as error:
        raise CallError(f"the target is wrong: {_first_line(error)}") from error
    settings = TrainingSettings() if config is None else read_settings(config)
    settings = settings.model_copy(update=_chosen(candidates, search_trials))
    with steps(json) as tell:
        tell("reading the ledger")
        book = read_ledger(ledger)
        if cut is not None and to_date(cut, "cut") > book.known_until:
            raise CallError(f"--cut {cut} lies after {book.known_until}, the last day the ledger knows")
        before = None if previous is None else load_model(previous)
        model = fit(book, target, cut=cut, settings=settings, previous=before, progress=tell)
        model.save(out)
    if json:
        print_json({"model": str(out), "version": model.version, "digest": model.digest, **_about(model)})
        return
    print_text(model.judgement.text(lang))
    counts = ", ".join(f"{name} {count:,}" for name, count in model.bundle.manifest.settings["labels"].items())
    message(f"Snapshots by label: {counts}")
    print_text(f"{'Modelo' if lang == 'pt' else 'Model'} {model.version} -> {out}")


def _chosen(candidates: str | None, search_trials: int | None) -> dict[str, Any]:
    """What the options say in place of the settings' own."""
    from inadimplencia_ml.risk.kinds import CANDIDATES

    chosen: dict[str, Any] = {}
    if candidates is not None:
        names = tuple(dict.fromkeys(name.strip() for name in candidates.split(",")))
        for name in names:
            _one_of("candidates", name, tuple(CANDIDATES))
        chosen["candidates"] = names
    if search_trials is not None:
        if search_trials < 1:
            raise CallError(f"--search-trials is {search_trials}; expected 1 or more")
        chosen["search_trials"] = search_trials
    return chosen


def _about(model: Any) -> dict[str, Any]:
    return {"labels": model.bundle.manifest.settings["labels"], "judgement": model.judgement.to_json()}


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
    allow_stale: Stale = False,
    json: AsJson = False,
) -> None:
    """Scores, reasons, segments, profiles; with a policy, decisions."""
    from inadimplencia_ml.cli.results import earlier, write_results
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.pipeline import load_model

    options = SnapshotOptions.of_score(as_of, snapshots, at_issue)
    room_for(out, "results")
    with steps(json) as tell:
        tell("reading")
        book, bundle = read_ledger(ledger), load_model(model)
        rules = None if policy is None else _policy(policy)
        _of_level(bundle.target.level, options)
        wanted = options.of(book)
        beyond = _not_stale(book, wanted, allow_stale)
        tell("scoring")
        scores = bundle.score(book, snapshots=wanted, history=earlier(history, "scores"), texts=texts)
        plan = None
        if rules is not None:
            tell("deciding")
            plan = _decided(rules, scores, book, history)
        tell("writing")
        about = _came_from(book, bundle.version, bundle.digest, rules)
        left = write_results(out, scores, plan, about)
    _say_left(left, out)
    counts = scores.groupby(["state", "segment"], dropna=False).size().rename("rows").reset_index()
    if json:
        told = {"out": str(out), "rows": len(scores), "states": counts, "model_version": bundle.version}
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

    room_for(out, "results")
    with steps(json) as tell:
        tell("reading")
        table, book, rules = read_scores(scores), read_ledger(ledger), _policy(policy)
        beyond = _not_stale(book, table, allow_stale)
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
    lang: Annotated[str, typer.Option(help="pt or en.")] = "pt",
    json: AsJson = False,
) -> None:
    """One client in words: score, segment, what weighs against and for, and the facts behind it."""
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.pipeline import load_model

    _one_of("lang", lang, ("pt", "en"))
    book = read_ledger(ledger)
    told = load_model(model).explain(book, client, as_of, lang=lang)  # type: ignore[arg-type]  # checked above
    if dt.date.fromisoformat(told.as_of) > book.known_until:
        message(f"beyond_known_until: the ledger knows nothing after {book.known_until}; told as asked")
    if json:
        print_json(told.to_dict())
    else:
        print_text(str(told))


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        hint = did_you_mean(value, known)
        also = f" Known: {', '.join(known)}." if "Known" not in hint else ""
        raise CallError(f"--{name} {value!r} is unknown.{hint}{also}")


def _first_line(error: Exception) -> str:
    """What a settings error says of its first wrong value."""
    found = getattr(error, "errors", None)
    if found is None:
        return str(error).splitlines()[0]
    first = found()[0]
    if not first["loc"]:
        return str(first["msg"].removeprefix("Value error, "))
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}, got {first['input']!r}"


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


def _policy(file: Path | None) -> Any:
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
