"""The verb demo: the main job on the sample book."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Adds the verb to the command."""
    app.command()(demo)


def demo(out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("out")) -> None:
    """The main job on the sample book: import, check, features."""
