"""The options that say on whom and from which day a verb looks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import typer

from inadimplencia_ml.errors import CallError, did_you_mean, names_told

__all__ = ["SnapshotOptions"]


@dataclass(frozen=True)
class SnapshotOptions:
    """Dates, month ends, a file, or every invoice: one of them.

    Raises
    ------
    typer.BadParameter
        None or two are given, or an option that does not go with the one given.
    """

    as_of: str | None
    every: str | None
    from_: str | None
    to: str | None
    file: Path | None
    at_issue: bool
    names: str = "--as-of, --every month, --snapshots and --at-issue"

    def __post_init__(self) -> None:
        if sum((self.as_of is not None, self.every is not None, self.file is not None, self.at_issue)) != 1:
            raise typer.BadParameter(f"give one of {self.names}")
        if self.every not in (None, "month"):
            raise typer.BadParameter(f"--every {self.every!r} is unknown. Known: month.")
        if self.every and not (self.from_ and self.to):
            raise typer.BadParameter("--every month needs --from and --to")
        if (self.from_ or self.to) and not (self.every or self.at_issue):
            raise typer.BadParameter("--from and --to go with --every month or --at-issue")

    @classmethod
    def of_score(cls, as_of: str | None, file: Path | None, at_issue: bool) -> SnapshotOptions:
        """The options that the verb score has."""
        return cls(as_of, None, None, None, file, at_issue, names="--as-of, --snapshots and --at-issue")

    def of(self, book: Any) -> Any:
        """The snapshots: a table.

        Raises
        ------
        CallError
            A date is none, or there is not one snapshot.
        LedgerError
            The file cannot be read.
        """
        made = self.table_or_maker()
        made = made(book) if callable(made) else made
        if self.file is None and made.empty:
            raise self.nobody()
        return made

    def table_or_maker(self) -> Any:
        """The table of the file, or a function that makes the snapshots of a ledger; it may make none."""
        from inadimplencia_ml.ledger.snapshots import make_snapshots

        if self.file is not None:
            return _read(self.file)
        days = None if self.as_of is None else [d.strip() for d in self.as_of.split(",")]
        return partial(
            make_snapshots, as_of=days, every=self.every, from_=self.from_, to=self.to, at_issue=self.at_issue
        )

    def nobody(self) -> CallError:
        """What to say if there is not one snapshot."""
        when = f"at {self.as_of}" if self.as_of else "in that time"
        return CallError(f"there is nobody to look at: no client has a fact known {when}")


def _read(file: Path) -> Any:
    """A table of snapshots from Parquet, or from CSV with any delimiter; in CSV ids stay text."""
    import pyarrow as pa

    from inadimplencia_ml.ledger.csv_rows import decoded, read_csv_rows, sniff_delimiter
    from inadimplencia_ml.ledger.text_cells import trimmed
    from inadimplencia_ml.storage import read_parquet

    if file.is_dir():
        raise CallError(f"--snapshots {file}: is a folder. Expected a Parquet or CSV file.")
    if file.suffix.casefold() != ".csv":
        return _keys_of(read_parquet(file), file)
    text = decoded(file)
    rows = read_csv_rows(text, sniff_delimiter(text), name=file.name)
    for odd in rows.ragged:
        raise CallError(f"{file}, line {rows.line[odd.row]}: {odd.reason}.")
    names = [name or f"column {place}" for place, name in enumerate(rows.header, 1)]
    columns = [trimmed(column) for column in rows.columns]
    return _keys_of(pa.Table.from_arrays(columns, names=names), file)


def _keys_of(table: Any, file: Path) -> Any:
    """The columns that a snapshot has, without what a writer kept of its own frame.

    Raises
    ------
    CallError
        One comes twice, or holds lists.
    """
    import pyarrow as pa

    from inadimplencia_ml.tables import SNAPSHOTS

    names = [name for name in table.column_names if name in SNAPSHOTS.by_name]
    for name in names:
        if names.count(name) > 1:
            raise CallError(f"--snapshots {file}: the column {name!r} comes twice")
        if pa.types.is_nested(table.schema.field(name).type) or pa.types.is_binary(table.schema.field(name).type):
            raise CallError(f"--snapshots {file}: the column {name!r} holds no single values")
    if not set(SNAPSHOTS.required) <= set(names):
        came, missing = names_told(table.column_names), sorted(set(SNAPSHOTS.required) - set(names))[0]
        raise CallError(
            f"snapshots: column {missing!r} is missing; it has {came}.{did_you_mean(missing, table.column_names)}"
        )
    return table.select(names).replace_schema_metadata(None)
