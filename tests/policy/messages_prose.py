"""A creditor, titles and details for looking at messages. Used by the laws and the golden page."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from inadimplencia_ml.policy.messages.creditor import Creditor
from inadimplencia_ml.policy.messages.one_message import render
from inadimplencia_ml.policy.messages.rendering import Rendered
from inadimplencia_ml.policy.policy import Policy

SHOP = Creditor(
    name="Papelaria Boa Vista Ltda",
    document="11.222.333/0001-81",
    address="Rua das Acácias, 120, Recife, PE",
    service="0800 000 0000",
    preferences="https://boavista.example.com/contato",
)
LINK = "https://pague.example.com/c/81f3"
DETAILS = {
    "datas_contatos": "20/02/2026 e 27/02/2026",
    "opcoes_pagamento": "três vezes sem entrada; ou mais sete dias de prazo",
    "validade_proposta": "2026-03-20",
    "valor_com_desconto": 480.0,
    "orgao": "Birô Exemplo",
    "tabelionato": "1º Tabelionato de Recife",
    "parcela": "2 de 6",
    "valor_recebido": 500.0,
    "data_baixa": "2026-03-20",
    "sequencia": 6,
    "beneficio": "5 dias a mais de prazo na próxima compra",
}
WRITTEN = ("whatsapp", "email", "sms")
TEXT = resources.files("inadimplencia_ml.policy").joinpath("default.yaml").read_text(encoding="utf-8")


@cache
def all_enabled() -> Policy:
    """The default policy with its formal notices configured."""
    return Policy.from_text(TEXT.replace("enabled: false", "enabled: true"))


def titles_of(template: str, number: int) -> list[dict[str, Any]]:
    """So many titles as the template speaks of: soon due for a reminder, late for a notice."""
    if not all_enabled().templates[template].asserts_default:
        days = {"T02": 0}.get(template, 3)
        return [
            {"invoice_id": f"10{i}", "due_date": f"2026-03-{12 + days}", "open_amount": 500.0 * i, "dpd": -days}
            for i in range(1, number + 1)
        ]
    return [
        {"invoice_id": f"10{i}", "due_date": f"2026-02-{10 + i}", "open_amount": 500.0 * i}
        | {"amount_due": 511.5 * i, "fine": 10.0 * i, "interest": 1.5 * i}
        for i in range(1, number + 1)
    ]


def said(template: str, channel: str, number: int = 1, **changes: Any) -> Rendered:
    """A template rendered for Ana, with all that may be known."""
    options: dict[str, Any] = {"as_of": "2026-03-12", "policy": all_enabled(), "name": "Ana Souza"}
    options |= {"since": "2019-05-02", "link": LINK, "details": DETAILS}
    if all_enabled().templates[template].escalation:
        options["answer_until"] = "2026-03-30"
    return render(template, channel, SHOP, changes.pop("titles", titles_of(template, number)), **options | changes)
