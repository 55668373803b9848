"""Verbs over the ledger: import, check, features."""

from __future__ import annotations

import datetime as dt
import gc
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.places import room_for
from inadimplencia_ml.cli.show import message, print_json, print_table, print_text, steps
from inadimplencia_ml.cli.snapshot_options import SnapshotOptions
from inadimplencia_ml.cli.spark_verbs import Engine, features_with_spark, on_spark
from inadimplencia_ml.errors import CallError

__all__ = ["register"]

LedgerFolder = Annotated[Path, typer.Argument(help="Ledger folder.", metavar="LEDGER")]
_TURN = 0.0001
"""Seconds until a thread lets another one speak Python: those that compute say little, and should not wait for it."""
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable results on stdout.")]


def register(app: typer.Typer) -> None:
    """Adds the verbs to the command."""
    app.command("import")(import_)
    app.command()(check)
    app.command()(features)


def import_(
    files: Annotated[list[Path], typer.Argument(help="Files: CSV, Parquet, Excel or JSON lines.", metavar="FILE...")],
    mapping: Annotated[Path | None, typer.Option(help="Mapping file: which column is which.")] = None,
    out: Annotated[Path | None, typer.Option(help="Ledger folder to write.")] = None,
    guess: Annotated[bool, typer.Option("--guess", help="Write a first mapping from the headers.")] = False,
    json: AsJson = False,
) -> None:
    """ERP export -> ledger; prints accepted, flagged, rejected and duplicate rows."""
    from inadimplencia_ml.ledger.guess import guess_mapping
    from inadimplencia_ml.ledger.importing import import_files
    from inadimplencia_ml.ledger.mapping import read_mapping

    if guess and out is None:
        return _write_guess(guess_mapping(files), mapping, json)
    if guess or mapping is None or out is None:
        raise typer.BadParameter(
            "give --mapping MAP.yaml and --out LEDGER, or --guess, to MAP.yaml with --mapping, to write a first mapping"
        )
    room_for(out, "ledger")
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


def _write_guess(guessed: Any, path: Path | None, json: bool) -> None:
    if path is not None:
        if path.exists():
            raise CallError(f"{path}: exists already; a guess does not overwrite a mapping")
        path.write_text(guessed.to_yaml(), encoding="utf-8")
        message(f"First mapping written to {path}. Read it, correct it, then import with it.")
    if json:
        told = guessed.mapping.model_dump(mode="json", exclude_defaults=True)
        print_json({"mapping": told, "doubts": guessed.doubts, "file": None if path is None else str(path)})
    elif path is None:
        print_text(guessed.to_yaml())


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
    families: Annotated[str, typer.Option(help="Families beyond the fixed list: NAME[,NAME...] or 'all'.")] = "",
    custom: Annotated[Path | None, typer.Option(help="Features of your own, declared in YAML.")] = None,
    engine: Engine = "local",
    json: AsJson = False,
) -> None:
    """Features of each snapshot, as known at its date. Rows are written in the order of clients."""
    from inadimplencia_ml.features.stream import stream_folder, warm_up
    from inadimplencia_ml.storage import parquet_parts

    options = SnapshotOptions(as_of, every, from_, to, snapshots, at_issue)
    spark = on_spark(engine)
    if not spark:
        room_for(out, "file")
    wanted: Any = "all" if families == "all" else [f.strip() for f in families.split(",") if f.strip()]
    own = _declared(custom)
    if spark:
        features_with_spark(ledger, out, options, wanted, own, json=json)
        return
    sys.setswitchinterval(_TURN)
    gc.freeze()  # what is imported stays: the collector need not look through it again and again
    Thread(target=_quietly, args=(warm_up,), daemon=True).start()
    rows, columns, known_until, days = 0, 0, dt.date.min, Counter[dt.date]()
    with steps(json) as tell, parquet_parts(out) as append:
        tell("reading")
        for known, part in stream_folder(ledger, options.table_or_maker(), families=wanted, custom=own):
            append(part)
            rows, columns = rows + part.num_rows, part.num_columns - len(_keys(part))
            known_until = max(known_until, known)
            days.update(_days(part))
            tell("features", rows)
        if not rows and snapshots is None:
            raise options.nobody()
    beyond = sum(number for day, number in days.items() if day > known_until)
    if beyond:
        message(f"{beyond:,} snapshots lie after the ledger's known_until {known_until}: computed as asked")
    if json:
        print_json({"out": str(out), "snapshots": rows, "features": columns, "beyond_known_until": beyond})
    else:
        print_text(f"{rows:,} snapshots, {columns} features -> {out}")


def _quietly(work: Callable[[], None]) -> None:
    """Does it, or not: what is wrong is told by whoever needs it done."""
    with suppress(Exception):
        work()


def _declared(custom: Path | None) -> Any:
    if custom is None:
        return ()
    from inadimplencia_ml.features.custom.declared import read_custom

    return read_custom(custom)


def _days(part: Any) -> dict[dt.date, int]:
    """How many snapshots each day has."""
    counts = part["as_of"].cast("date32").value_counts()
    return {row["values"]: row["counts"] for row in counts.to_pylist()}


def _keys(part: Any) -> list[str]:
    return [c for c in ("client_id", "as_of", "invoice_id", "view") if c in part.column_names]
