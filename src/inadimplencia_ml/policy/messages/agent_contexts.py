"""What a person or a chatbot is given for a call or a task: facts, offers, a script, and when to hand over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.decide import Decisions
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.messages.blocks import Block, blocks_of, texts_in_force
from inadimplencia_ml.policy.messages.checking import written_channels
from inadimplencia_ml.policy.messages.creditor import Creditor
from inadimplencia_ml.policy.messages.filling import Filling, Unfilled, tidied
from inadimplencia_ml.policy.messages.gathering import Gathered
from inadimplencia_ml.policy.messages.message_plan import AgentContext, ScriptBlock, TitleFacts, WordToAvoid
from inadimplencia_ml.policy.messages.message_plans import rendered_rows
from inadimplencia_ml.policy.messages.placeholders import PLACEHOLDERS
from inadimplencia_ml.policy.messages.rendering import Texts, missing_value
from inadimplencia_ml.policy.messages.rules import Level, MessagesInForce
from inadimplencia_ml.policy.messages.sides import sides_of
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.reasons import days_late_text

__all__ = ["agent_contexts", "plain_reasons"]

_LEFT = re.compile(r"\{([a-z_]+)\}")


def agent_contexts(
    plan: Decisions,
    creditor: Creditor,
    *,
    policy: Policy | None = None,
    clients: pd.DataFrame | None = None,
    links: Mapping[Any, str] | pd.Series | pd.DataFrame | None = None,
    offers: pd.DataFrame | None = None,
    details: pd.DataFrame | None = None,
    approved: pd.DataFrame | None = None,
) -> Iterator[AgentContext]:
    """What is handed over for each call and each task of a plan; the arguments are those of `messages_for`.

    A client on whose telephone somebody else is known to answer yields nothing.

    Yields
    ------
    AgentContext
    """
    rules, messages = texts_in_force(policy, plan)
    sides = sides_of(clients, links, offers, details, approved)
    texts, written = Texts(rules, messages), written_channels(messages)

    def wanted(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
        return np.asarray(rows["template"].notna() & ~rows["channel"].isin(written), bool)

    for block in blocks_of(plan, wanted, creditor, sides, messages):
        yield from _contexts(block, texts, written)


def _contexts(block: Block, texts: Texts, written: tuple[str, ...]) -> Iterator[AgentContext]:
    rules, messages, found, lists = texts.rules, texts.messages, block.found, block.lists
    channels = [_first_written(texts, str(t), written) for t in lists["template"]]
    suggested = rendered_rows(block, texts, channels, ["full"] * len(channels))
    forbidden = tuple(WordToAvoid(avoid=w, instead=one.instead) for one in messages.words for w in one.avoid)
    days = pd.to_datetime(block.rows["as_of"]).dt.date.tolist()
    due, amounts = found.titles.due.tolist(), (found.titles.sums("amount_due") / 100).tolist()
    rows = found.titles.titles.to_dict("records")
    scripts = _Scripts(block, messages)
    columns = (
        "client_id",
        "decision_id",
        "policy_version",
        "action",
        "channel",
        "tone",
        "template",
        "contact_from",
        "contact_until",
    )
    for i, text in enumerate(suggested):
        said = found.confirmed.get(str(lists["channel"][i]))
        if said is not None and said[i] is False:
            continue
        first, count = int(found.titles.first[i]), int(found.titles.count[i])
        script = scripts.of(i)
        told = [block.say for block in script] + [block.mind or "" for block in script] + [text.body if text else ""]
        yield AgentContext(
            **{name: lists[name][i] for name in columns},  # type: ignore[arg-type]  # checked as it is made
            as_of=days[i],
            name=scripts.names[i],
            titles=tuple(_title(rows[k], due[k]) for k in range(first, first + count)),
            amount_due=amounts[i],
            reasons=(_lateness(found, i), *plain_reasons(lists["reasons"][i], rules)),
            offers=found.offers[i],
            script=script,
            suggested_text=None if text is None else text.body,
            forbidden_terms=forbidden,
            hand_over=messages.hand_over,
            placeholders=tuple(sorted(set(_LEFT.findall("".join(told))) & set(PLACEHOLDERS))),
        )


def _first_written(texts: Texts, template: str, written: tuple[str, ...]) -> str:
    """The written channel whose text is the fullest: the first that is not plain."""
    has = [c for c in written if c in texts.rules.policy.templates[template].texts]
    return next((c for c in has if not texts.messages.channels[c].plain), (has or [*written])[0])


def _title(row: Mapping[Any, Any], due: Any) -> TitleFacts:
    return TitleFacts(
        invoice_id=row["invoice_id"],
        due_date=due,
        dpd=row["dpd"],
        open_amount=row["open_amount"],
        amount_due=row["amount_due"],
    )


class _Scripts:
    """The script of each tone, filled row by row."""

    def __init__(self, block: Block, messages: MessagesInForce) -> None:
        self.script = messages.script
        self.tones, self.several = block.lists["tone"], block.found.titles.several.tolist()
        known = block.found.columns["nome"]
        self.names = [None if name == messages.name_missing else name for name in known]
        asked = ["{nome}" if name is None else name for name in self.names]  # one has to know whom one calls
        self.columns = block.found.columns | {"nome": asked}
        self._ready: dict[tuple[int, bool], list[tuple[str, Filling, Filling]]] = {}

    def of(self, row: int) -> tuple[ScriptBlock, ...]:
        """The steps for one decision."""
        tone = int(str(self.tones[row]))
        out = []
        for name, say, mind in self._made_ready(tone, self.several[row]):
            level: Level = "reserved" if name in self.script.before_right_party else "full"
            told, minded = (self._filled(words, row, name) for words in (say, mind))
            out.append(ScriptBlock(step=name, level=level, say=tidied(told), mind=minded or None))
        return tuple(out)

    def _filled(self, words: Filling, row: int, step: str) -> str:
        try:
            return words.fill(self.columns, [row])[0]
        except Unfilled as gone:
            raise CallError(f"script, {step}: {missing_value(gone, 1)}") from gone

    def _made_ready(self, tone: int, several: bool) -> list[tuple[str, Filling, Filling]]:
        if (tone, several) not in self._ready:
            blocks = self.script.blocks
            self._ready[tone, several] = [
                (
                    name,
                    Filling.of(step.say, blocks, several=several),
                    Filling.of(step.mind or "", blocks, several=several),
                )
                for name, step in self.script.of_tone(tone).items()
            ]
        return self._ready[tone, several]


def _lateness(found: Gathered, row: int) -> str:
    """How late the latest title is, or when the first falls due."""
    which = " na fatura mais antiga" if found.titles.several[row] else ""
    told = days_late_text(int(found.titles.dpd[row]))
    return f"{told[:1].upper()}{told[1:]}{which}."


def plain_reasons(reasons: Any, rules: PolicyInForce) -> tuple[str, ...]:
    """The reasons that may be told: why a contact was held or left to people, without codes.

    No profile, score or risk; nothing that is proposed and not approved; not what the engine could not look up.
    """
    told = []
    for one in reasons if reasons is not None else ():
        code, _, sentence = str(one).partition(": ")
        closing = rules.safeguards.get(code.partition(" (")[0])
        if closing is not None and any(rules.actions[a].kind == "contact" for a in rules.closed_actions(closing)):
            told.append(sentence)
    return tuple(told)
