"""The command's verbs together, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import logging
import sys

import click
import typer

from inadimplencia_ml.cli import demo_verb, ledger_verbs, model_verbs
from inadimplencia_ml.cli.show import message
from inadimplencia_ml.errors import InadimplenciaError

__all__ = ["app", "main"]

app = typer.Typer(
    name="inadimplencia",
    help="Predicts payment default from a company's own ledger and turns the prediction into decisions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
ledger_verbs.register(app)
model_verbs.register(app)
demo_verb.register(app)


@app.callback()
def _options(
    verbose: bool = typer.Option(False, "--verbose", help="Tell more on stderr; a traceback where something breaks."),
) -> None:
    if verbose:
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")


def main(args: list[str] | None = None) -> None:
    """Runs the command and exits: 0 done, 1 the data or the call is wrong, 2 wrong usage."""
    words = sys.argv[1:] if args is None else args
    try:
        code = app(args=words, prog_name="inadimplencia", standalone_mode=False)
    except click.UsageError as error:
        error.show(file=sys.stderr)
        sys.exit(2)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        message("stopped")
        sys.exit(130)
    except InadimplenciaError as error:
        _fail(f"error: {error}", error, words)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"error: {where}{error.strerror or error}", error, words)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(text: str, error: Exception, words: list[str]) -> None:
    if "--verbose" in words:
        raise error
    message(text)
    sys.exit(1)
