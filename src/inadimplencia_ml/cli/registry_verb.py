"""The verb promote: the challenger of a registry becomes the champion, if it wins."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from inadimplencia_ml.cli.ledger_verbs import AsJson
from inadimplencia_ml.cli.show import print_json, print_text

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Adds the verb to the command."""
    app.command()(promote)


def promote(
    mlflow: Annotated[str, typer.Option(help="MLflow tracking server, such as sqlite:///mlflow.db.")],
    name: Annotated[str, typer.Option(help="The registered model.")] = "inadimplencia",
    json: AsJson = False,
) -> None:
    """Make the challenger the champion; exit 1 if it does not win outside its interval."""
    from inadimplencia_ml.tracking import promote as promoted

    made = promoted(mlflow, name=name)
    if json:
        print_json(asdict(made))
        return
    former = "there was none" if made.former is None else f"it was version {made.former}"
    won = f"log loss {made.difference:+.4f}, interval {made.low:+.4f} to {made.high:+.4f}"
    print_text(f"{made.name}: champion is version {made.version} ({former}); {won}")
