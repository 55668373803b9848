"""The command's verbs together, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import atexit
import contextlib
import copy
import errno
import io
import logging
import os
import signal
import sys
import threading
from typing import NoReturn

import typer
from typer.main import get_command_name
from typer.models import CommandInfo

from inadimplencia_ml.cli import (
    batch_verbs,
    database_verbs,
    demo_verb,
    evaluation_verbs,
    ledger_verbs,
    message_verbs,
    model_verbs,
    payment_verbs,
    policy_verbs,
    registry_verb,
    rights_verbs,
    training_verb,
)
from inadimplencia_ml.cli.places import keep_compiled_code
from inadimplencia_ml.cli.show import message
from inadimplencia_ml.errors import InadimplenciaError

__all__ = ["app", "main"]

app = typer.Typer(
    name="inadimplencia",
    help="Predicts payment default from a company's own ledger and turns the prediction into decisions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
ledger_verbs.register(app)
training_verb.register(app)
registry_verb.register(app)
model_verbs.register(app)
message_verbs.register(app)
payment_verbs.register(app)
evaluation_verbs.register(app)
policy_verbs.register(app)
rights_verbs.register(app)
batch_verbs.register(app)
database_verbs.register(app)
demo_verb.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        from inadimplencia_ml import __version__

        typer.echo(f"inadimplencia {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    verbose: bool = typer.Option(False, "--verbose", help="Tell more on stderr; a traceback where something breaks."),
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="The version, and exit."),
) -> None:
    if verbose:
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    keep_compiled_code()


def main(args: list[str] | None = None) -> None:
    """Runs the command and exits: 0 done, 1 the data or the call is wrong, 2 wrong usage."""
    words = sys.argv[1:] if args is None else args
    _write_what_can_be_written()
    if args is None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _stopped)
    try:
        _asked(words)(args=words, prog_name="inadimplencia")  # wrong usage ends here, with 2
    except InadimplenciaError as error:
        _fail(f"error: {error}", error, words)
    except OSError as error:
        _fail(f"error: {_told(error)}", error, words)
    except MemoryError as error:
        _fail("error: there is not enough memory for this. Give it more, or a smaller file at a time.", error, words)
    except SystemExit as ended:
        _flush()
        if args is None:
            _leave(ended.code)
        raise
    finally:
        _flush()


def _asked(words: list[str]) -> typer.Typer:
    """The command; with the verb alone that comes first, if it is one: to make each of them costs a millisecond."""
    verbs = [verb for verb in app.registered_commands if words and words[0] == _name_of(verb)]
    if not verbs:
        return app
    alone = copy.copy(app)
    alone.registered_commands, alone.registered_groups = verbs, []
    return alone


def _name_of(verb: CommandInfo) -> str:
    return verb.name or get_command_name(getattr(verb.callback, "__name__", ""))


def _stopped(*_: object) -> NoReturn:
    """Told to end, the command ends as by an error: half a file is removed, what was there or done stays."""
    message("stopped. A run in parts goes on with --resume.")
    raise SystemExit(128 + signal.SIGTERM)


def _leave(code: object) -> None:
    """Ends the process at once: to take a large book apart again, piece by piece, helps nobody who waits."""
    if not isinstance(code, int | None) or threading.current_thread() is not threading.main_thread():
        return
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(code or 0)


def _write_what_can_be_written() -> None:
    """On a terminal that is not UTF-8 an unknown sign becomes a question mark, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors="replace")


def _flush() -> None:
    """Writes out the results; whoever reads them may have stopped reading, as `head` does."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it ends


def _told(error: OSError) -> str:
    """What the system refused, and where; of a missing OpenMP runtime, which LightGBM needs, the remedy."""
    text = error.strerror or str(error)
    if "libgomp" in text:
        return f"{text.split(':')[0]}, which LightGBM needs, is missing; 'sudo apt-get install libgomp1' brings it."
    if "libomp" in text:
        return "libomp, which LightGBM needs, is missing; 'brew install libomp' brings it."
    hint = " Free some space and run it again." if error.errno == errno.ENOSPC else ""
    return f"{error.filename}: {text}.{hint}" if error.filename else f"{text}.{hint}"


def _fail(text: str, error: Exception, words: list[str]) -> None:
    if "--verbose" in words:
        raise error
    message(text)
    sys.exit(1)
