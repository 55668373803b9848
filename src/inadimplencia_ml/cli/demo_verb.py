"""The verb demo: the main job on the sample book, from the ERP export to a plan a collections manager can read."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.ledger_verbs import AsJson
from inadimplencia_ml.cli.places import room_for
from inadimplencia_ml.cli.show import message, print_json, print_table, print_text, steps

__all__ = ["register"]

_SAMPLE = Path("data") / "sample"
_SAMPLE_SEED = 0


def register(app: typer.Typer) -> None:
    """Adds the verb to the command."""
    app.command()(demo)


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("out"), json: AsJson = False
) -> None:
    """The main job on the sample book: import, check, train, score, decide, summary (in Portuguese)."""
    from inadimplencia_ml.cli.results import write_results
    from inadimplencia_ml.ledger.quality import check
    from inadimplencia_ml.pipeline import decide
    from inadimplencia_ml.policy.policy import Policy
    from inadimplencia_ml.policy.summary import summary
    from inadimplencia_ml.training.train import train

    room_for(out, "results").mkdir(parents=True, exist_ok=True)
    with steps(json) as tell:
        tell("importing the export")
        ledger = _import(_export(out), out)
        report = check(ledger)
        tell("training")
        model = train(ledger, progress=tell)
        model.save(out / "model")
        tell("scoring")
        day = ledger.known_until
        scores = model.score(ledger, day, texts=True)
        tell("deciding")
        policy = Policy.default()
        plan = decide(policy, scores, ledger, day)
        about = {"model_version": model.version, "model": model.digest, "known_until": day.isoformat()}
        about |= {"policy_version": policy.name, "policy": policy.digest}
        write_results(out / "scores", scores, plan, about)
    if json:
        told = {"out": str(out), "tables": ledger.counts, "findings": report.frame(), "rows": len(scores)}
        actions = plan.decisions["action"].value_counts().to_dict()
        print_json(told | {"judgement": model.judgement.to_json(), "decisions": actions})
        return
    print_table(ledger.counts, "Linhas importadas: aceitas, com ressalva, recusadas, repetidas")
    message("O que há nos dados: gravidade, tabela, código, linhas, soma em R$, o que houve\n" + str(report))
    print_text(model.judgement.text("pt"))
    print_text(summary(plan, scores, _cases(ledger, day), policy))
    print_text(_where(out, day))


def _export(out: Path) -> Path:
    """The folder of the export: the sample of a checkout, or the same book made again from its seed."""
    root = Path(__file__).resolve().parents[3]
    if (root / _SAMPLE / "mapping.yaml").exists():
        return root / _SAMPLE
    from inadimplencia_ml.synthetic import generate_book, write_erp_export

    folder = out / "export"
    write_erp_export(generate_book(random_state=_SAMPLE_SEED), folder)
    return folder


def _import(folder: Path, out: Path) -> Any:
    from inadimplencia_ml.ledger.importing import import_ledger
    from inadimplencia_ml.ledger.mapping import read_mapping

    files = sorted(folder.glob("*.csv"))
    ledger = import_ledger(files, read_mapping(folder / "mapping.yaml"))
    ledger.write(out / "ledger")
    return ledger


def _cases(ledger: Any, day: dt.date) -> Any:
    from inadimplencia_ml.cases import build_cases

    return build_cases(ledger, day).cases


def _where(out: Path, day: dt.date) -> str:
    return (
        f"\nOnde olhar: {out}/ledger (carteira), {out}/model (modelo), {out}/scores (escores e decisões).\n"
        "Um cliente em palavras:\n"
        f"  {_command()} explain {out}/ledger --model {out}/model --client C00042 --as-of {day}"
    )


def _command() -> str:
    """How the command is called from here: by its name alone where the shell finds it, else as it was called."""
    called = Path(sys.argv[0])
    known = called.name != "inadimplencia" or shutil.which("inadimplencia")
    return "inadimplencia" if known else str(called)
