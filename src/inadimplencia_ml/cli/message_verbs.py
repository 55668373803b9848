"""The verb that turns a plan into messages and scripts. It writes them; it never sends, and never shows one."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.ledger_verbs import AsJson
from inadimplencia_ml.cli.model_verbs import PolicyFile, policy_of
from inadimplencia_ml.cli.places import room_for
from inadimplencia_ml.cli.show import message, print_json, print_text, steps
from inadimplencia_ml.errors import CallError, names_told

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Adds the verb to the command."""
    app.command()(messages)


def messages(
    decisions: Annotated[Path, typer.Argument(help="Folder of a plan, as `decide` writes it.", metavar="DECISIONS")],
    creditor: Annotated[Path, typer.Option(help="The creditor (YAML): name, document, address, service.")],
    out: Annotated[Path, typer.Option(help="File to write, one JSON object a line.")],
    policy: PolicyFile = None,
    clients: Annotated[Path | None, typer.Option(help="Names and the like by client_id (CSV or Parquet).")] = None,
    links: Annotated[Path | None, typer.Option(help="Payment links: client_id, link (CSV or Parquet).")] = None,
    offers: Annotated[Path | None, typer.Option(help="What may be offered: client_id, offer, words.")] = None,
    details: Annotated[Path | None, typer.Option(help="Further placeholders by client_id (CSV or Parquet).")] = None,
    approved: Annotated[
        Path | None, typer.Option(help="Escalations a person approved: client_id, kind, answer_until.")
    ] = None,
    json: AsJson = False,
) -> None:
    """The messages of a plan, and for calls and tasks what a person may know and say; one JSON object a line."""
    from inadimplencia_ml.policy.messages.agent_contexts import agent_contexts
    from inadimplencia_ml.policy.messages.creditor import Creditor
    from inadimplencia_ml.policy.messages.message_plans import messages_for

    room_for(out, "file")
    with steps(json) as tell:
        tell("reading")
        plan, shop, rules = _plan(decisions), Creditor.read(creditor), policy_of(policy)
        ids = plan.decisions["client_id"]
        beside = {"clients": clients, "links": links, "offers": offers, "details": details, "approved": approved}
        sides = {name: None if path is None else _side(path, ids) for name, path in beside.items()}
        tell("writing")
        counts: Counter[str] = Counter()
        part = out.with_name(f".{out.name}.{os.getpid()}.part")
        try:
            with part.open("w", encoding="utf-8", newline="\n") as file:
                for make in (messages_for, agent_contexts):
                    for one in make(plan, shop, policy=rules, **sides):
                        counts[one.type] += 1
                        file.write(one.model_dump_json() + "\n")
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    silent = int((plan.decisions["template"].notna()).sum()) - counts.total()
    if json:
        told = {"messages": counts["message"], "agent_contexts": counts["agent"], "withheld": silent}
        print_json({"out": str(out)} | told)
        return
    print_text(f"{counts['message']:,} messages, {counts['agent']:,} for people -> {out}")
    if silent:
        message(f"{silent:,} withheld: somebody else reads there, or an escalation is not approved.")


def _plan(folder: Path) -> Any:
    from inadimplencia_ml.cli.results import read_plan
    from inadimplencia_ml.policy.decide import Decisions

    if not folder.is_dir():
        raise CallError(f"{folder}: there is no such folder. Expected one that `decide` or `score --policy` wrote.")
    return Decisions(read_plan(folder, ("decisions", "decision_items")))


def _side(path: Path, ids: Any) -> Any:
    """A table by client from a file; ids become of the kind that the plan has."""
    import pandas as pd

    from inadimplencia_ml.storage import read_parquet

    if path.suffix == ".parquet":
        frame: Any = read_parquet(path).to_pandas(date_as_object=False)
    else:
        try:
            frame = pd.read_csv(path, dtype={"client_id": str}, sep=None, engine="python", encoding="utf-8-sig")
        except (ValueError, csv.Error) as error:
            raise CallError(f"{path}: not readable as CSV in UTF-8 ({error.__class__.__name__})") from error
    if "client_id" not in frame.columns:
        raise CallError(f"{path}: has no column client_id; it has: {names_told(frame.columns)}")
    if pd.api.types.is_integer_dtype(ids):
        frame["client_id"] = pd.to_numeric(frame["client_id"], errors="coerce")
    return frame
