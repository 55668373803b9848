"""Verbs over models and plans: train, score, decide, explain."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.ledger_verbs import AsJson, LedgerFolder, read_or_make_snapshots
from inadimplencia_ml.cli.show import message, print_json, print_table, print_text, steps
from inadimplencia_ml.errors import CallError, PolicyError

__all__ = ["register"]

ModelFolder = Annotated[Path, typer.Option(help="Model folder.")]
PolicyFile = Annotated[Path | None, typer.Option(help="Policy file (YAML); by default the one that comes with us.")]
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
    lang: Annotated[str, typer.Option(help="pt or en.")] = "pt",
    json: AsJson = False,
) -> None:
    """Fit, judge out of time, keep; prints the judgement."""
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.target import Target
    from inadimplencia_ml.training.settings import TrainingSettings, read_settings
    from inadimplencia_ml.training.train import train as fit

    _language(lang)
    try:
        target = Target(level=level, event=event, dpd=dpd, horizon_days=horizon)  # type: ignore[arg-type]  # checked there
    except ValueError as error:
        raise CallError(f"the target is wrong: {_first_line(error)}") from error
    settings = TrainingSettings() if config is None else read_settings(config)
    with steps(json) as tell:
        tell("reading the ledger")
        book = read_ledger(ledger)
        model = fit(book, target, cut=cut, settings=settings, progress=tell)
        model.save(out)
    if json:
        print_json({"model": str(out), "version": model.version, "digest": model.digest, **_about(model)})
        return
    print_text(model.judgement.text(lang))
    counts = ", ".join(f"{name} {count:,}" for name, count in model.bundle.manifest.settings["labels"].items())
    message(f"Snapshots by label: {counts}")
    print_text(f"{'Modelo' if lang == 'pt' else 'Model'} {model.version} -> {out}")


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
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.pipeline import load_model

    with steps(json) as tell:
        tell("reading")
        book, bundle = read_ledger(ledger), load_model(model)
        wanted = read_or_make_snapshots(book, as_of, None, None, None, snapshots, at_issue)
        _not_stale(book, wanted, allow_stale)
        tell("scoring")
        scores = bundle.score(book, snapshots=wanted, history=_earlier(history, "scores"), texts=texts)
        tell("writing")
        _write(scores, out / "scores.parquet")
        plan = None
        if policy is not None:
            tell("deciding")
            plan = _decided(policy, scores, book, history, out)
        _write_manifest(out, book, bundle.version, bundle.digest)
    _say_scores(scores, out, json)
    if plan is not None and not json:
        _say_plan(plan, out)


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
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.storage import read_parquet

    with steps(json) as tell:
        tell("reading")
        file = scores / "scores.parquet" if scores.is_dir() else scores
        table, book = read_parquet(file).to_pandas(date_as_object=False), read_ledger(ledger)
        if "as_of" not in table.columns:
            raise CallError(f"{file}: is no table of scores, it has no column as_of")
        _not_stale(book, table, allow_stale)
        tell("deciding")
        plan = _decided(policy, table, book, history, out)
    if json:
        print_json({"out": str(out), "decisions": plan.decisions["action"].value_counts().to_dict()})
    else:
        _say_plan(plan, out)


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

    told = load_model(model).explain(read_ledger(ledger), client, as_of, lang=_language(lang))
    if json:
        print_json(told.to_dict())
    else:
        print_text(str(told))


def _language(lang: str) -> Any:
    if lang not in ("pt", "en"):
        raise CallError(f"--lang {lang!r} is unknown. Known: pt, en.")
    return lang


def _first_line(error: Exception) -> str:
    """What a settings error says of its first wrong value."""
    found = getattr(error, "errors", None)
    if found is None:
        return str(error).splitlines()[0]
    first = found()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'target'}: {first['msg']}, got {first['input']!r}"


def _not_stale(book: Any, snapshots: Any, allowed: bool) -> None:
    """Refuses dates after the ledger's last day: what happened since is not in it."""
    import pandas as pd

    column = snapshots["as_of"].to_pandas() if hasattr(snapshots, "schema") else snapshots["as_of"]
    days = pd.to_datetime(pd.Series(column))
    late = int((days > pd.Timestamp(book.known_until)).sum())
    if late and not allowed:
        raise CallError(
            f"beyond_known_until: {late:,} of {len(days):,} snapshots lie after {book.known_until}, the last day the ledger"
            " knows. Import newer data, or say --allow-stale."
        )
    first = book.books.versions.known.min(initial=2**31 - 1)
    if len(days) and days.max() < pd.Timestamp(int(first), unit="D"):
        raise CallError(f"as_of {days.max().date()} lies before the first fact of the ledger")
    if not len(days):
        raise CallError("there is nothing to score: no client has a fact known at that date")


def _decided(policy: Path | None, scores: Any, book: Any, history: Path | None, out: Path) -> Any:
    """The plan, written."""
    from inadimplencia_ml.pipeline import decide as decide_all
    from inadimplencia_ml.policy.policy import Policy

    rules = Policy.default() if policy is None else Policy.read(policy)
    days = sorted(set(scores["as_of"]))
    if len(days) != 1:
        raise PolicyError(f"a plan is of one date; the scores are of {len(days)}")
    plan = decide_all(rules, scores, book, _day(days[0]), history=_earlier(history, "decisions"))
    for name, frame in (("decisions", plan.decisions), ("decision_items", plan.items), ("duties", plan.duties)):
        _write(frame, out / f"{name}.parquet")
    return plan


def _day(value: Any) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value  # type: ignore[no-any-return]


def _earlier(folder: Path | None, name: str) -> Any:
    """A table of an earlier run; None where that run has none."""
    from inadimplencia_ml.storage import read_parquet

    if folder is None:
        return None
    if not folder.is_dir():
        raise CallError(f"--history {folder}: there is no such folder")
    file = folder / f"{name}.parquet"
    return read_parquet(file).to_pandas(date_as_object=False) if file.exists() else None


def _write(frame: Any, path: Path) -> None:
    import pyarrow as pa

    from inadimplencia_ml.storage import write_parquet

    write_parquet(pa.Table.from_pandas(frame, preserve_index=False), path)


def _write_manifest(out: Path, book: Any, version: str, digest: str) -> None:
    from inadimplencia_ml.storage import digest as file_digest
    from inadimplencia_ml.storage import write_json

    files = {p.name: file_digest(p) for p in sorted(out.glob("*.parquet"))}
    known = book.known_until.isoformat()
    write_json(
        {"format": 1, "model_version": version, "model": digest, "known_until": known, "files": files},
        out / "manifest.json",
    )


def _say_scores(scores: Any, out: Path, json: bool) -> None:
    """How many rows in each state and segment."""
    counts = scores.groupby(["state", "segment"], dropna=False).size().rename("rows").reset_index()
    if json:
        print_json({"out": str(out), "rows": len(scores), "states": counts})
        return
    print_table(counts, f"{len(scores):,} rows -> {out / 'scores.parquet'}")


def _say_plan(plan: Any, out: Path) -> None:
    counts = plan.decisions.groupby(["stage", "action"], dropna=False).size().rename("clients").reset_index()
    print_table(counts, f"{len(plan.decisions):,} decisions -> {out / 'decisions.parquet'}")
