"""Verbs about a policy itself: policy check, diff, explain, compliance."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from inadimplencia_ml.cli.choices import LANGS
from inadimplencia_ml.cli.ledger_verbs import AsJson
from inadimplencia_ml.cli.places import room_for
from inadimplencia_ml.cli.show import message, print_json, print_text, steps
from inadimplencia_ml.errors import CallError, did_you_mean

__all__ = ["register"]

File = Annotated[Path, typer.Argument(help="Policy file (YAML), or 'default': the one that comes with us.")]
AsOf = Annotated[str | None, typer.Option(help="Day whose values are looked at; today if not said.")]
Lang = Annotated[str, typer.Option(help="pt or en.", autocompletion=LANGS)]
Out = Annotated[Path | None, typer.Option(help="File to write; printed if not said.")]
DEFAULT = Path("default")


def register(app: typer.Typer) -> None:
    """Adds the verbs to the command, under ``policy``."""
    verbs = typer.Typer(no_args_is_help=True, help="Read, check and compare policies.", rich_markup_mode=None)
    for verb in (check, diff, explain, compliance):
        verbs.command()(verb)
    app.add_typer(verbs, name="policy")


def check(file: File, as_of: AsOf = None, lang: Lang = "pt", json: AsJson = False) -> None:
    """What does not fit, what nothing reaches, what the law does not allow; exit 1 on errors only."""
    from inadimplencia_ml.policy.review.checking import check_policy, check_policy_file, findings_table

    day, wanted = _day(as_of), _lang(lang)
    default = _is_default(file)
    found = check_policy(_policy(file), day) if default else check_policy_file(file, day)
    table = findings_table(found, wanted)
    counts = {grave: int((table["severity"] == grave).sum()) for grave in ("error", "warning", "note")}
    if json:
        print_json({"as_of": day, "counts": counts, "findings": table})
    else:
        for one in found:
            print_text(f"{one.severity}: {one.place}: {one.what(wanted)}\n    {one.remedy(wanted)}")
        print_text(", ".join(f"{name} {count}" for name, count in counts.items()))
    if counts["error"]:
        raise typer.Exit(1)


def diff(
    old: File,
    new: File,
    scores: Annotated[Path | None, typer.Option(help="Scores: then also which clients change.")] = None,
    ledger: Annotated[Path | None, typer.Option(help="Ledger folder, the facts of the scores' day.")] = None,
    cases: Annotated[Path | None, typer.Option(help="Cases (Parquet), in place of a ledger.")] = None,
    titles: Annotated[Path | None, typer.Option(help="Titles (Parquet) of the cases.")] = None,
    history: Annotated[Path | None, typer.Option(help="Folder of an earlier run: its decisions.")] = None,
    out: Annotated[Path | None, typer.Option(help="Parquet or CSV file for the list of clients.")] = None,
    lang: Lang = "pt",
    json: AsJson = False,
) -> None:
    """What another policy says differently, and which clients it treats differently."""
    wanted = _lang(lang)
    if out is not None:
        _known_ending(out, scores)
    said = _policy(old).diff(_policy(new))
    compared = None
    if scores is not None:
        with steps(json) as tell:
            tell("deciding")
            compared = _compared(_policy(old), _policy(new), scores, ledger, (cases, titles), history)
    elif ledger is not None or cases is not None:
        raise CallError("which clients change is told from their scores too: give --scores")
    if out is not None:
        _write(compared, out)
    if json:
        told: dict[str, Any] = {"old": said.old, "new": said.new, "changes": said.table(wanted)}
        clients = None if compared is None else _as_json(compared)
        print_json(told | {"clients": clients})
        return
    print_text(said.text(wanted))
    if compared is not None:
        print_text("\n" + compared.text(wanted))
        if out is not None:
            message(f"{len(compared.table):,} clients -> {out}")


def explain(
    file: Annotated[Path, typer.Argument(help="Policy file; the default policy if not said.")] = DEFAULT,
    as_of: AsOf = None,
    lang: Lang = "pt",
    out: Out = None,
) -> None:
    """The policy as prose, for whoever answers for it (Markdown)."""
    from inadimplencia_ml.policy.review.prose import policy_told

    _print_or_write(policy_told(_policy(file), _day(as_of), _lang(lang)), out)


def compliance(
    file: Annotated[Path, typer.Argument(help="Policy file; the default policy if not said.")] = DEFAULT,
    as_of: AsOf = None,
    lang: Lang = "pt",
    out: Out = None,
    json: AsJson = False,
) -> None:
    """Every legal rule: its source, whether verified, what the engine does with it, what is for others."""
    from inadimplencia_ml.policy.review.compliance import compliance_report, compliance_text

    policy, day = _policy(file), _day(as_of)
    text = compliance_text(policy, day, _lang(lang))
    if json:
        print_json({"policy": policy.name, "as_of": day, "rules": compliance_report(policy, day)})
    else:
        _print_or_write(text, out)


def _compared(
    old: Any, new: Any, scores: Path, ledger: Path | None, tables: tuple[Path | None, Path | None], history: Path | None
) -> Any:
    """Both plans on the same facts, compared."""
    from inadimplencia_ml.cli.results import earlier, read_scores
    from inadimplencia_ml.policy.review.compare import compare_plans
    from inadimplencia_ml.storage import read_parquet

    scored, before = read_scores(scores), earlier(history, "decisions")
    days = sorted(set(scored["as_of"]))
    if len(days) != 1:
        raise CallError(f"--scores {scores}: of {len(days)} dates; a plan is of one")
    day = days[0].date()
    if ledger is not None:
        from inadimplencia_ml.ledger.ledger import read_ledger
        from inadimplencia_ml.pipeline import decide

        book = read_ledger(ledger)
        return compare_plans(*(decide(one, scored, book, day, history=before) for one in (old, new)))
    if tables[0] is None or tables[1] is None:
        raise CallError("which clients change is told from their facts: give --ledger, or --cases and --titles")
    from inadimplencia_ml.policy.decide import decide as decide_cases

    facts = [read_parquet(path).to_pandas(date_as_object=False) for path in tables if path is not None]
    plans = [decide_cases(one, scored, *facts, as_of=day, history=before) for one in (old, new)]
    return compare_plans(*plans)


def _known_ending(out: Path, scores: Path | None) -> None:
    if scores is None:
        raise CallError("--out holds the clients that change: give --scores, and --ledger or --cases and --titles")
    if out.suffix not in (".parquet", ".csv"):
        raise CallError(f"--out {out}: expected a name that ends in .parquet or .csv")
    room_for(out, "file")


def _write(compared: Any, out: Path) -> None:
    import pyarrow as pa

    from inadimplencia_ml.storage import write_parquet

    if out.suffix == ".parquet":
        write_parquet(pa.Table.from_pandas(compared.table, preserve_index=False), out)
        return
    lists = {name: compared.table[name].str.join(";") for name in ("changes", "held_more", "held_less")}
    out.write_text(compared.table.assign(**lists).to_csv(index=False), encoding="utf-8")


def _as_json(compared: Any) -> dict[str, Any]:
    return {"clients": compared.clients, "changed": len(compared.table), "counts": compared.counts()}


def _print_or_write(text: str, out: Path | None) -> None:
    if out is None:
        print_text(text.rstrip("\n"))
        return
    room_for(out, "file").write_text(text, encoding="utf-8")
    message(f"-> {out}")


def _is_default(file: Path) -> bool:
    return file == DEFAULT and not file.exists()


def _policy(file: Path) -> Any:
    from inadimplencia_ml.policy.policy import Policy

    return Policy.default() if _is_default(file) else Policy.read(file)


def _day(as_of: str | None) -> dt.date:
    if as_of is None:
        return dt.datetime.now(ZoneInfo("America/Sao_Paulo")).date()
    try:
        return dt.date.fromisoformat(as_of)
    except ValueError as error:
        raise CallError(f"--as-of {as_of!r} is not a date. Expected YYYY-MM-DD.") from error


def _lang(lang: str) -> Any:
    if lang not in ("pt", "en"):
        raise CallError(f"--lang {lang!r} is unknown.{did_you_mean(lang, ('pt', 'en'))}")
    return lang
