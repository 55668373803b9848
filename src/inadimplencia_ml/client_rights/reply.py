"""The answer to a review, in Portuguese: what was asked, what was put right, what a person decided, where to go on.

No word of a profile, no probability, nothing of the inside: the words are checked as those of a message are.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from inadimplencia_ml.client_rights.wording import column_name, plain_value, table_name
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.messages.creditor import Creditor
from inadimplencia_ml.policy.messages.one_message import lint_text

__all__ = ["OUTCOMES", "Answered", "answer"]

OUTCOMES = {"kept": "a decisão foi mantida", "changed": "a decisão foi alterada"}


class Answered(NamedTuple):
    """The answer, and on how many days before the end of the term it was given; below 0: too late."""

    text: str
    days_left: int


def answer(
    steps: Sequence[Mapping[str, Any]],
    outcome: str,
    words: str,
    *,
    on: dt.date,
    creditor: Creditor | None = None,
) -> Answered:
    """The answer to a review from its steps.

    Parameters
    ----------
    steps : sequence of mapping
        Rows of `inadimplencia_ml.tables.REVIEWS`, the request first.
    outcome : {"kept", "changed"}
    words : str
        The person's reason, for the client.
    on : date
    creditor : Creditor, optional

    Raises
    ------
    CallError
        The outcome is unknown, there is no reason, or a word of it does not belong into a message.
    """
    if outcome not in OUTCOMES:
        raise CallError(f"review: the outcome {outcome!r} is unknown.{did_you_mean(outcome, OUTCOMES)}")
    opened = steps[0]
    lines = [
        "Olá.",
        f"Recebemos em {_day(opened['on'])} o seu pedido de revisão, de número {opened['review_id']}"
        f"{_about(opened)}. Ele foi analisado por uma pessoa da nossa equipe em {_day(on)}.",
        _corrections(steps),
        _score(steps),
        f"Resultado: {OUTCOMES[outcome]}. {_checked(words)}",
        "Se você não concordar, responda a esta mensagem e diga por quê. Você também pode pedir todos os dados que "
        "guardamos a seu respeito (LGPD, art. 18) e os principais critérios da análise (Lei 12.414/2011, art. 5º, IV), "
        "ou procurar a Autoridade Nacional de Proteção de Dados (ANPD).",
        _signed(creditor),
    ]
    return Answered("\n\n".join(line for line in lines if line), (opened["due_on"] - on).days)


def _day(value: Any) -> str:
    return f"{value:%d/%m/%Y}"


def _about(opened: Mapping[str, Any]) -> str:
    as_of = opened.get("as_of")
    return "" if as_of is None or pd.isna(as_of) else f", sobre o resultado de {_day(as_of)}"


def _corrections(steps: Sequence[Mapping[str, Any]]) -> str:
    told = []
    for step in steps:
        if step["step"] == "corrected":
            facts = json.loads(step["facts"])
            given = "; ".join(f"{column_name(name).lower()}: {plain_value(name, v)}" for name, v in facts.items())
            told.append(f"- {table_name(step['table'])}: {given}")
    if not told:
        return "Conferimos os dados usados e não encontramos o que corrigir."
    return "Corrigimos estes dados, que valem a partir de agora:\n" + "\n".join(told)


def _score(steps: Sequence[Mapping[str, Any]]) -> str:
    again = [step for step in steps if step["step"] == "rescored"]
    if not again or pd.isna(again[-1]["score_after"]):
        return ""
    first, last = again[0]["score_before"], int(again[-1]["score_after"])
    if pd.isna(first) or int(first) == last:
        return f"Com os dados de hoje, o seu escore é {last}, de 0 a 1000: quanto maior, mais seguro."
    return f"Com a correção, o seu escore passou de {int(first)} para {last}, de 0 a 1000: quanto maior, mais seguro."


def _checked(words: str) -> str:
    text = words.strip()
    if not text:
        raise CallError("review: the answer gives no reason; write one for the client")
    found = lint_text(text.replace("{", "(").replace("}", ")"))
    wrong = [one for one in found if one.kind != "literal"]
    if wrong:
        told = "; ".join(f"{one.found!r} ({one.kind}): {one.suggestion}" for one in wrong)
        raise CallError(f"review: the words do not belong into an answer: {told}")
    return text if text[-1] in ".?" else f"{text}."


def _signed(creditor: Creditor | None) -> str:
    if creditor is None:
        return "Obrigado por nos escrever."
    return f"Obrigado por nos escrever.\n\n{creditor.name}\n{creditor.service}"
