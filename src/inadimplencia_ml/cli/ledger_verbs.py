"""Verbs over the ledger: import, check, features."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.show import message, print_json, print_table, print_text, steps
from inadimplencia_ml.errors import CallError

__all__ = ["register"]

LedgerFolder = Annotated[Path, typer.Argument(help="Ledger folder.", metavar="LEDGER")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable results on stdout.")]


def register(app: typer.Typer) -> None:
    """Adds the verbs to the command."""
    app.command("import")(import_)
    app.command()(check)
    app.command()(features)


def import_(
    files: Annotated[list[Path], typer.Argument(help="Files of the export: CSV or Parquet.", metavar="FILE...")],
    mapping: Annotated[Path | None, typer.Option(help="Mapping file: which column is which.")] = None,
    out: Annotated[Path | None, typer.Option(help="Ledger folder to write.")] = None,
    guess: Annotated[bool, typer.Option("--guess", help="Write a first mapping from the headers.")] = False,
    json: AsJson = False,
) -> None:
    """ERP export -> ledger; prints accepted, flagged, rejected and duplicate rows."""
    from inadimplencia_ml.ledger.guess import guess_mapping
    from inadimplencia_ml.ledger.importing import import_files
    from inadimplencia_ml.ledger.mapping import read_mapping

    if guess:
        return _write_guess(guess_mapping(files), mapping)
    if mapping is None or out is None:
        raise typer.BadParameter("give --mapping MAP.yaml and --out LEDGER, or --guess to write a first mapping")
    with steps(json) as tell:
        tell("reading")
        imported = import_files(files, read_mapping(mapping))
        tell("writing")
        ledger = imported.ledger()
        ledger.write(out)
    if json:
        print_json(
            {"ledger": str(out), "known_until": ledger.known_until, "tables": ledger.counts, "files": imported.files}
        )
        return None
    print_table(ledger.counts, "Rows by outcome")
    if len(imported.files) > len(ledger.counts):
        print_table(imported.files, "By file")
    for table, notes in ledger.notes.items():
        message(f"{table}: " + ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in notes.items()))
    if len(ledger.problems):
        message(f"{len(ledger.problems):,} findings, row by row, are in {out / 'problems.parquet'}")
    print_text(f"Ledger written to {out}, known until {ledger.known_until}.")
    return None


def _write_guess(guessed: Any, path: Path | None) -> None:
    text = guessed.to_yaml() if hasattr(guessed, "to_yaml") else str(guessed)
    if path is None:
        print_text(text)
        return
    if path.exists():
        raise CallError(f"{path}: exists already; a guess does not overwrite a mapping")
    path.write_text(text, encoding="utf-8")
    message(f"First mapping written to {path}. Read it, correct it, then import with it.")


def check(ledger: LedgerFolder, json: AsJson = False) -> None:
    """Data quality: missing, impossible, stale; exit code 1 only on errors."""
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.ledger.quality import check as check_ledger

    report = check_ledger(read_ledger(ledger))
    if json:
        print_json({"ok": report.ok, "findings": report.frame()})
    else:
        print_text(str(report))
    if not report.ok:
        raise typer.Exit(1)


def features(
    ledger: LedgerFolder,
    out: Annotated[Path, typer.Option(help="Parquet file to write.")],
    as_of: Annotated[str | None, typer.Option(help="Dates to look from: DATE[,DATE...].")] = None,
    every: Annotated[str | None, typer.Option(help="'month': all month ends from --from to --to.")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="First day.")] = None,
    to: Annotated[str | None, typer.Option(help="Last day.")] = None,
    snapshots: Annotated[Path | None, typer.Option(help="Parquet or CSV with client_id and as_of.")] = None,
    at_issue: Annotated[bool, typer.Option("--at-issue", help="Every invoice on its day of issue.")] = False,
    json: AsJson = False,
) -> None:
    """Features of each snapshot, as known at its date."""
    import pyarrow as pa

    from inadimplencia_ml.features.build import build_features
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.storage import write_parquet

    book = read_ledger(ledger)
    with steps(json) as tell:
        tell("snapshots")
        wanted = read_or_make_snapshots(book, as_of, every, from_, to, snapshots, at_issue)
        tell("features")
        frame = build_features(book, wanted)
        tell("writing")
        write_parquet(pa.Table.from_pandas(frame, preserve_index=False), out)
    beyond = int((frame["as_of"].dt.date > book.known_until).sum())
    if beyond:
        message(f"{beyond:,} snapshots lie after the ledger's known_until {book.known_until}: computed as asked")
    if json:
        print_json(
            {"out": str(out), "snapshots": len(frame), "features": frame.shape[1] - 2, "beyond_known_until": beyond}
        )
    else:
        print_text(f"{len(frame):,} snapshots, {frame.shape[1] - len(_keys(frame))} features -> {out}")


def _keys(frame: Any) -> list[str]:
    return [c for c in ("client_id", "as_of", "invoice_id", "view") if c in frame.columns]


def read_or_make_snapshots(
    book: Any,
    as_of: str | None,
    every: str | None,
    from_: str | None,
    to: str | None,
    file: Path | None,
    at_issue: bool,
) -> Any:
    """Snapshots from the options of a verb: a file, dates, month ends, or every invoice."""
    from inadimplencia_ml.ledger.snapshots import make_snapshots
    from inadimplencia_ml.storage import read_parquet

    if sum((as_of is not None, every is not None, file is not None, at_issue)) != 1:
        raise typer.BadParameter("give one of --as-of, --every month --from --to, --snapshots and --at-issue")
    if file is not None:
        return read_parquet(file) if file.suffix != ".csv" else _csv(file)
    days = None if as_of is None else [d.strip() for d in as_of.split(",") if d.strip()]
    return make_snapshots(book, days, every=every, from_=from_, to=to, at_issue=at_issue)


def _csv(file: Path) -> Any:
    import pyarrow as pa
    import pyarrow.csv as pc

    from inadimplencia_ml.errors import LedgerError

    text = pc.ConvertOptions(column_types={"client_id": pa.string(), "invoice_id": pa.string(), "as_of": pa.string()})
    try:
        return pc.read_csv(file, convert_options=text)
    except (pa.ArrowInvalid, OSError) as error:
        raise LedgerError(f"{file}: not readable as CSV ({error})") from error
