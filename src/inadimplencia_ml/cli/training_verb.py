"""The verb train: from a ledger to a model, or to a family of models, and the judgement in words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.choices import LANGS, choices
from inadimplencia_ml.cli.ledger_verbs import AsJson, LedgerFolder
from inadimplencia_ml.cli.places import room_for
from inadimplencia_ml.cli.show import message, print_json, print_text, steps
from inadimplencia_ml.errors import CallError, did_you_mean

__all__ = ["one_of", "register"]


def register(app: typer.Typer) -> None:
    """Adds the verb to the command."""
    app.command()(train)


def train(
    context: typer.Context,
    ledger: LedgerFolder,
    out: Annotated[Path, typer.Option(help="Model folder to write.")],
    config: Annotated[Path | None, typer.Option(help="Training settings (YAML).")] = None,
    level: Annotated[
        str, typer.Option(help="client or invoice.", autocompletion=choices("client", "invoice"))
    ] = "client",
    event: Annotated[
        str, typer.Option(help="default, late or paid.", autocompletion=choices("default", "late", "paid"))
    ] = "default",
    dpd: Annotated[int, typer.Option(help="Days past due that count as bad.")] = 30,
    horizon: Annotated[int, typer.Option(help="Length of the outcome window in days.")] = 90,
    cut: Annotated[str | None, typer.Option(help="Last day whose facts may be used.")] = None,
    candidates: Annotated[
        str | None, typer.Option(help="Models to compare, of boosted, scorecard and blend, parted by commas.")
    ] = None,
    search_trials: Annotated[int | None, typer.Option(help="Tree settings to try for the boosted model.")] = None,
    approval_rate: Annotated[float | None, typer.Option(help="Share approved by both in the swap set.")] = None,
    margin_rate: Annotated[
        float | None, typer.Option(help="What a good one earns, as a share of the exposure.")
    ] = None,
    loss_given_default: Annotated[float | None, typer.Option(help="What a bad one loses, likewise.")] = None,
    justify: Annotated[
        list[str] | None, typer.Option(help="NAME=TEXT: why a feature such as age may enter. May be repeated.")
    ] = None,
    previous: Annotated[Path | None, typer.Option(help="Folder of the model in use, to compare with.")] = None,
    mlflow: Annotated[str | None, typer.Option(help="MLflow tracking server to log the run to.")] = None,
    lang: Annotated[str, typer.Option(help="pt or en.", autocompletion=LANGS)] = "pt",
    json: AsJson = False,
) -> None:
    """Fit, compare, judge out of time, keep; prints the judgement. Several targets in the settings: a family."""
    from inadimplencia_ml.ledger.clock import to_date
    from inadimplencia_ml.ledger.ledger import read_ledger
    from inadimplencia_ml.training.settings import TrainingSettings, read_settings_and_targets

    for name, value, known in (
        ("lang", lang, ("pt", "en")),
        ("level", level, ("client", "invoice")),
        ("event", event, ("default", "late", "paid")),
    ):
        one_of(name, value, known)
    settings, targets = (TrainingSettings(), None) if config is None else read_settings_and_targets(config)
    if targets is not None:
        _no_target_beside(context, config)
    room_for(out, "model" if targets is None else "family")
    target = _target(level, event, dpd, horizon)
    rates = {"approval_rate": approval_rate, "margin_rate": margin_rate, "loss_given_default": loss_given_default}
    chosen = _chosen(candidates, search_trials) | {k: v for k, v in rates.items() if v is not None}
    if justify:
        chosen["justifications"] = settings.justifications | _justified(justify)
    try:
        settings = settings.changed(**chosen)
    except ValueError as error:
        raise CallError(f"the settings are wrong: {_first_line(error)}") from error
    with steps(json) as tell:
        tell("reading the ledger")
        book = read_ledger(ledger)
        if cut is not None and to_date(cut, "cut") > book.known_until:
            raise CallError(f"--cut {cut} lies after {book.known_until}, the last day the ledger knows")
        model = _fitted(book, target, targets, cut, settings, previous, mlflow, tell)
        model.save(out)
    if json:
        print_json({"model": str(out)} | _about(model))
    else:
        _show(model, lang, out)


def _fitted(
    book: Any, target: Any, targets: Any, cut: Any, settings: Any, previous: Path | None, mlflow: str | None, tell: Any
) -> Any:
    """The model, or the family where there are several targets."""
    from inadimplencia_ml.model_family import is_family, load_family
    from inadimplencia_ml.pipeline import load_model
    from inadimplencia_ml.training.family import train_family
    from inadimplencia_ml.training.train import train as fit

    if previous is not None and is_family(previous) != (targets is not None):
        raise CallError(f"--previous {previous}: one model is compared with one model, and a family with a family")
    if targets is None:
        before = None if previous is None else load_model(previous)
        return fit(book, target, cut=cut, settings=settings, previous=before, mlflow=mlflow, progress=tell)
    family = None if previous is None else load_family(previous)
    return train_family(book, targets, cut=cut, settings=settings, previous=family, mlflow=mlflow, progress=tell)


def _no_target_beside(context: typer.Context, config: Path | None) -> None:
    """The targets of the settings and one given by options would contradict each other."""
    for name in ("level", "event", "dpd", "horizon"):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise CallError(f"--{name}: the targets are those of {config}; leave it out, or 'targets' there")


def _target(level: str, event: str, dpd: int, horizon: int) -> Any:
    from inadimplencia_ml.target import Target

    try:
        return Target(level=level, event=event, dpd=dpd, horizon_days=horizon)  # type: ignore[arg-type]  # checked there
    except ValueError as error:
        raise CallError(f"the target is wrong: {_first_line(error)}") from error


def _show(made: Any, lang: str, out: Path) -> None:
    """The judgement in words; of a family each member's, and what agreement did."""
    from inadimplencia_ml.model_family import ModelFamily
    from inadimplencia_ml.training.permission import permission_text

    members = made.members if isinstance(made, ModelFamily) else {"": made}
    for name, model in members.items():
        print_text((f"# {name}\n\n" if name else "") + model.judgement.text(lang))
        counts = ", ".join(f"{label} {count:,}" for label, count in model.bundle.manifest.settings["labels"].items())
        message(f"Snapshots by label: {counts}")
        if said := permission_text(model.bundle.manifest.settings, lang):
            print_text(said)
    if isinstance(made, ModelFamily):
        print_text(made.judgement.text(lang))
        print_text(f"{'Família' if lang == 'pt' else 'Family'} {', '.join(members)} -> {out}")
    else:
        print_text(f"{'Modelo' if lang == 'pt' else 'Model'} {made.version} -> {out}")


def _chosen(candidates: str | None, search_trials: int | None) -> dict[str, Any]:
    """What the options say in place of the settings' own."""
    from inadimplencia_ml.risk.kinds import CANDIDATES

    chosen: dict[str, Any] = {}
    if candidates is not None:
        names = tuple(dict.fromkeys(name.strip() for name in candidates.split(",")))
        for name in names:
            one_of("candidates", name, tuple(CANDIDATES))
        chosen["candidates"] = names
    if search_trials is not None:
        if search_trials < 1:
            raise CallError(f"--search-trials is {search_trials}; expected 1 or more")
        chosen["search_trials"] = search_trials
    return chosen


def _justified(said: list[str]) -> dict[str, str]:
    """The reasons by feature, as the option says them."""
    parted = [one.partition("=") for one in said]
    for name, sign, _ in parted:
        if not sign:
            raise CallError(f'--justify {name!r}: expected NAME=TEXT, such as client_age="why it may enter"')
    return {name.strip(): text.strip() for name, _, text in parted}


def _about(made: Any) -> dict[str, Any]:
    """What JSON tells of a model, or of a family and its members."""
    from inadimplencia_ml.model_family import ModelFamily

    if isinstance(made, ModelFamily):
        members = {name: _about(model) for name, model in made.members.items()}
        return {"digest": made.digest, "members": members, "agreement": made.about}
    settings = made.bundle.manifest.settings
    told = {"labels": settings["labels"], "judgement": made.judgement.to_json()}
    told |= {name: settings[name] for name in ("permission",) if name in settings}
    return {"version": made.version, "digest": made.digest} | told


def one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    """Refuses a value of an option that is none of those known, with the near one."""
    if value not in known:
        hint = did_you_mean(value, known)
        also = f" Known: {', '.join(known)}." if "Known" not in hint else ""
        raise CallError(f"--{name} {value!r} is unknown.{hint}{also}")


def _first_line(error: Exception) -> str:
    """What a settings error says of its first wrong value."""
    found = getattr(error, "errors", None)
    if found is None:
        return str(error).splitlines()[0]
    first = found()[0]
    if not first["loc"]:
        return str(first["msg"].removeprefix("Value error, "))
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}, got {first['input']!r}"
