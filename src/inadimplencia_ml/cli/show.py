"""What the command prints: tables and messages for people, JSON for machines."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import math
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

__all__ = ["message", "print_json", "print_table", "print_text", "steps"]


@cache
def _err() -> Console:
    """The console on stderr; help and completion show nothing, and do not wait for it to load."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def message(text: str) -> None:
    """One line to stderr."""
    _err().print(text, markup=False, emoji=False)


def print_text(text: str) -> None:
    """Text to stdout, as it is."""
    sys.stdout.write(text + "\n")


def print_json(value: Any) -> None:
    """Plain data as JSON to stdout; dates in ISO, missing numbers null."""
    utf = (sys.stdout.encoding or "").lower().startswith("utf")
    print_text(json.dumps(_plain(value), ensure_ascii=not utf, indent=2, allow_nan=False))


def print_table(frame: pd.DataFrame, title: str = "") -> None:
    """A small table to stdout."""
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    if title:
        print_text(title)
    table = Table(header_style="bold")
    for name in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[name])
        table.add_column(str(name), justify="right" if numeric else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    Console(highlight=False, markup=False, emoji=False).print(table)


def _on_a_terminal() -> bool:
    return sys.stderr.isatty()


@contextlib.contextmanager
def steps(quiet: bool = False) -> Iterator[Any]:
    """A progress display on stderr: calling the yielded function with (step, done, total) moves it.

    Where nobody would see it, it is not even loaded.
    """
    if quiet or not _on_a_terminal():
        yield lambda *_: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    err = _err()
    said = TextColumn("{task.description}"), TextColumn("{task.fields[rate]}")
    columns = (SpinnerColumn(), said[0], BarColumn(), TimeElapsedColumn(), TimeRemainingColumn(), said[1])
    with Progress(*columns, console=err, transient=True) as progress:
        tasks: dict[str, Any] = {}

        def tell(step: str, done: float = 0, total: float | None = None) -> None:
            if step not in tasks:
                for other in tasks.values():
                    progress.update(other, total=1, completed=1)
                tasks[step] = progress.add_task(step, total=total, rate="")
                progress.update(tasks[step], completed=done)
                return  # what an earlier run had done is no speed
            progress.update(tasks[step], completed=done, total=total)
            speed = next(task.speed for task in progress.tasks if task.id == tasks[step])
            if speed and total is not None:
                progress.update(tasks[step], rate=f"{speed:,.0f}/s")

        yield tell


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def _plain(value: Any) -> Any:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        return [_plain(row) for row in value.to_dict("records")]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time(0)
        return value.date().isoformat() if midnight else value.isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value
