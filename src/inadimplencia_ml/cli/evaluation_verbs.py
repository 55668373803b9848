"""Verbs that look back at a model: reproduce, validate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.choices import LANGS
from inadimplencia_ml.cli.ledger_verbs import AsJson, LedgerFolder
from inadimplencia_ml.cli.show import message, print_json, print_table, print_text, steps
from inadimplencia_ml.errors import BundleError, CallError, did_you_mean

__all__ = ["register"]

Model = Annotated[Path, typer.Argument(help="Model folder.", metavar="MODEL")]
Lang = Annotated[str, typer.Option(help="pt or en.", autocompletion=LANGS)]


def register(app: typer.Typer) -> None:
    """Adds the verbs to the command."""
    app.command()(reproduce)
    app.command()(validate)


def reproduce(
    model: Model,
    ledger: LedgerFolder,
    threads: Annotated[str, typer.Option(help="1, 2 or 1,2: train again with so many threads.")] = "1,2",
    lang: Lang = "pt",
    json: AsJson = False,
) -> None:
    """Train again as the model says it was trained: equal, or the first difference and exit code 1."""
    from inadimplencia_ml.evaluation.reproduce import reproduce as train_again

    numbers = _threads(threads)
    _known_lang(lang)
    with steps(json) as tell:
        tell("reading")
        kept, book = _read(model, ledger)
        found = train_again(kept.bundle, _retraining(kept, book, tell), numbers)
    if json:
        print_json({"model": kept.version, **found.to_json()})
    else:
        print_text(found.text(lang))
    if not found.equal:
        raise typer.Exit(1)


def validate(
    model: Model,
    ledger: LedgerFolder,
    config: Annotated[Path | None, typer.Option(help="Validation settings (YAML).")] = None,
    lang: Lang = "pt",
    json: AsJson = False,
) -> None:
    """Check a model independently: labels, features and metrics again in SQL, flips, sources; exit 1 on a failure."""
    from inadimplencia_ml.evaluation.settings import ValidationSettings, read_validation_settings
    from inadimplencia_ml.evaluation.validate import validate as check

    _known_lang(lang)
    settings = ValidationSettings() if config is None else read_validation_settings(config)
    with steps(json) as tell:
        tell("reading")
        kept, book = _read(model, ledger)
        found = check(kept, book, settings, progress=tell)
    if json:
        print_json(found.to_json())
    else:
        print_table(found.table(lang))
        print_text(found.text(lang, lines=False))
        if len(found.differences):
            message(f"{len(found.differences):,} of the rows that differ are in --json, under 'differences'")
    if not found.ok:
        raise typer.Exit(1)


def _read(model: Path, ledger: Path) -> tuple[Any, Any]:
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.pipeline import load_model

    return load_model(model), read_ledger(ledger)


def _retraining(kept: Any, book: Any, tell: Callable[[str], None]) -> Callable[[int], Any]:
    """Trains as the manifest says it was done; evaluation itself knows no training."""
    from pydantic import ValidationError
    from threadpoolctl import threadpool_limits

    from inadimplencia_ml.training.settings import TrainingSettings
    from inadimplencia_ml.training.train import train

    manifest = kept.bundle.manifest
    if "wrapped" in manifest.settings:
        raise CallError("the model was fitted elsewhere and wrapped; what was not trained here cannot be trained again")
    try:
        settings = TrainingSettings.model_validate(manifest.settings.get("training"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "training"
        raise BundleError(f"the settings of the model are not of this version: {where}: {first['msg']}") from error

    def again(threads: int) -> Any:
        tell(f"training, {threads} thread(s)")
        with threadpool_limits(threads):
            made = train(book, kept.target, cut=manifest.cut, settings=settings, custom=kept.wanted.custom)
        return made.bundle

    return again


def _threads(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise CallError(f"--threads {text!r}: expected whole numbers from 1 up, parted by commas, such as 1,2")
    return tuple(dict.fromkeys(int(word) for word in words))


def _known_lang(lang: str) -> None:
    if lang not in ("pt", "en"):
        raise CallError(f"--lang {lang!r} is unknown.{did_you_mean(lang, ('pt', 'en'))}")
