"""Verbs over books larger than memory: partition and append; and how score works through one in parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inadimplencia_ml.cli.ledger_verbs import AsJson, LedgerFolder
from inadimplencia_ml.cli.places import room_for
from inadimplencia_ml.cli.show import message, print_json, print_table, print_text, steps
from inadimplencia_ml.cli.snapshot_options import SnapshotOptions

if TYPE_CHECKING:
    from inadimplencia_ml.batch.run import BatchResult

__all__ = [
    "ROWS_A_PART",
    "ROWS_IN_MEMORY",
    "Jobs",
    "Resume",
    "RowsAPart",
    "RowsInMemory",
    "goes_by_parts",
    "register",
    "score_by_parts",
    "tell_of",
]

ROWS_IN_MEMORY, ROWS_A_PART = 2_000_000, 1_000_000
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a run in parts that was interrupted.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Of a run in parts: processes; by default one a core.")]
RowsInMemory = Annotated[int, typer.Option(min=0, help="Books of more invoice rows are worked through in parts.")]
RowsAPart = Annotated[int, typer.Option(min=1, help="Invoice rows a part, about.")]


def register(app: typer.Typer) -> None:
    """Adds the verbs to the command."""
    app.command()(partition)
    app.command()(append)


def partition(
    ledger: LedgerFolder,
    out: Annotated[Path, typer.Option(help="New ledger folder to write.")],
    rows_a_part: RowsAPart = ROWS_A_PART,
    json: AsJson = False,
) -> None:
    """The same ledger in partitions of whole clients, which `append` and a run in parts work on one by one."""
    from inadimplencia_ml.ledger.partitioning import partition_ledger
    from inadimplencia_ml.ledger.partitions import Partitions

    room_for(out, "ledger")
    with steps(json) as tell:
        tell("dealing out")
        parts = Partitions.read(partition_ledger(ledger, out, rows_a_partition=rows_a_part))
    if json:
        print_json({"ledger": str(out), "partitions": len(parts), "invoice_rows": parts.rows})
    else:
        print_text(f"{parts.rows:,} invoice rows in {len(parts)} partitions -> {out}")


def append(
    ledger: LedgerFolder,
    files: Annotated[list[Path], typer.Argument(help="Files of the export: CSV or Parquet.", metavar="FILE...")],
    mapping: Annotated[Path, typer.Option(help="Mapping file: which column is which.")],
    known_until: Annotated[
        str | None, typer.Option(help="New last day of the books; else that of the new facts.")
    ] = None,
    json: AsJson = False,
) -> None:
    """New facts for a ledger in partitions; only the partitions that they touch are written again."""
    import pandas as pd

    from inadimplencia_ml.ledger.appending import append_facts, has_delivery
    from inadimplencia_ml.ledger.importing import import_files
    from inadimplencia_ml.ledger.mapping import read_mapping
    from inadimplencia_ml.storage import digest

    with steps(json) as tell:
        tell("reading")
        imported = import_files(files, read_mapping(mapping))
        whole = all(file.is_file() for file in files)  # what came through a pipe is gone
        delivery = " ".join([*sorted(map(digest, files)), digest(mapping)]) if whole else None
        again = delivery is not None and has_delivery(ledger, delivery)
        tell("writing")
        last = known_until or imported.settings.known_until
        told = append_facts(ledger, imported.admitted, known_until=last, delivery=delivery)
    if again:
        message(f"{ledger}: these files were appended before; nothing was added")
    counts = pd.DataFrame([{"table": name, **one} for name, one in told.items()])
    if json:
        print_json({"ledger": str(ledger), "tables": counts})
    else:
        print_table(counts, "New rows by outcome")


def goes_by_parts(ledger: Path, rows_in_memory: int, out: Path, resume: bool) -> bool:
    """Whether a book is worked through in parts: by its rows, or because a run to go on with began so."""
    from inadimplencia_ml.ledger.parts import invoice_rows

    return (resume and (out / ".unfinished").exists()) or invoice_rows(ledger) > rows_in_memory


def score_by_parts(
    ledger: Path, model: Any, out: Path, options: SnapshotOptions, *, json: bool, jobs: int | None, **given: Any
) -> None:
    """What the verb score does with a large book."""
    from inadimplencia_ml.batch.run import score_in_parts

    table = None if options.file is None else options.table_or_maker()
    asked: dict[str, Any] = {"as_of": options.as_of, "snapshots": table, "at_issue": options.at_issue}
    with steps(json) as tell:
        made = score_in_parts(model, ledger, out, **asked, n_jobs=jobs, tell=tell, **given)
    tell_of(made, json=json, decided=given.get("policy") is not None)


def tell_of(made: BatchResult, *, json: bool, decided: bool) -> None:
    """Says what a run wrote in parts."""
    out = made.out
    if made.left:
        message(f"Not of this run, though in {out}: {', '.join(made.left)}")
    if made.beyond:
        known = made.manifest["known_until"]
        message(f"beyond_known_until: {made.beyond:,} snapshots lie after {known}; computed as asked")
    if json:
        version = made.manifest["model_version"]
        told = {"out": str(out), "rows": made.rows["scores"], "states": made.states, "model_version": version}
        decisions = {} if not decided else {"decisions": made.actions}
        print_json(told | {"beyond_known_until": made.beyond, "parts": made.manifest["parts"]} | decisions)
        return
    print_table(made.states, f"{made.rows['scores']:,} rows in {made.manifest['parts']} parts -> {out / 'scores'}")
    if decided:
        print_table(made.actions, f"{made.rows['decisions']:,} decisions -> {out / 'decisions'}")
