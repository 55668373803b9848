"""The placeholders that a text may hold, each with what stands there in the end and who knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inadimplencia_ml.errors import did_you_mean

__all__ = [
    "BLOCK",
    "ITEMISED",
    "MANDATORY",
    "OF_LINES",
    "PERHAPS_ITEMISED",
    "PLACEHOLDERS",
    "RESERVED",
    "Placeholder",
    "unknown",
]

BLOCK = "bloco_"
"""What the name of a block begins with where it stands in a text."""


@dataclass(frozen=True)
class Placeholder:
    """``known``: always, perhaps (it is left out with its block where it is not known), or by the sender alone."""

    kind: Literal["text", "money", "date", "days", "count", "link"]
    known: Literal["always", "perhaps", "sender"]
    meaning: str


def _one(kind: str, known: str, meaning: str) -> Placeholder:
    return Placeholder(kind, known, meaning)  # type: ignore[arg-type]  # the table below is read by a test


PLACEHOLDERS: dict[str, Placeholder] = {
    "credor_nome": _one("text", "always", "name of the creditor"),
    "credor_documento": _one("text", "always", "CPF or CNPJ of the creditor, with its name before it"),
    "credor_endereco": _one("text", "always", "address of the creditor"),
    "canal_atendimento": _one("text", "always", "where the client reaches a person"),
    "link_preferencias": _one("link", "perhaps", "where the client changes channel and hours"),
    "nome": _one("text", "always", "name of the client, cleaned and cut; a neutral word where it is not known"),
    "cliente_desde": _one("text", "perhaps", "year since which the client is one"),
    "quantidade": _one("count", "always", "number of titles"),
    "referencia": _one("text", "always", "number of the title; of several, the numbers joined"),
    "valor": _one("money", "always", "what is asked for, all titles together"),
    "vencimento": _one("date", "always", "due date; of several, the earliest"),
    "dias_atraso": _one("days", "always", "days past due of the latest title, with the word"),
    "valor_original": _one("money", "always", "outstanding before correction, fine and interest, all titles together"),
    "valor_correcao": _one("money", "perhaps", "monetary correction; left out where it is zero"),
    "valor_desconto": _one("money", "perhaps", "taken off for paying in time, as the title holds; left out where zero"),
    "multa": _one("money", "always", "fine, all titles together"),
    "juros": _one("money", "always", "interest, all titles together"),
    "valor_pago": _one("money", "perhaps", "already paid on these titles; left out where it is zero"),
    "lista": _one("text", "always", "the titles, a line each"),
    "data_base": _one("date", "always", "day of the facts"),
    "data_limite": _one(
        "date", "always", "day until which an answer is asked for; with an escalation, the approved day"
    ),
    "validade_proposta": _one("date", "perhaps", "last day of the offer"),
    "opcoes_pagamento": _one("text", "perhaps", "the offers, in words"),
    "valor_com_desconto": _one("money", "perhaps", "amount of the cash offer"),
    "datas_contatos": _one("text", "perhaps", "days on which we came to the client before"),
    "parcela": _one("text", "perhaps", "number of the instalment, as 2 de 6"),
    "orgao": _one("text", "perhaps", "keeper of the credit records"),
    "tabelionato": _one("text", "perhaps", "the notary"),
    "valor_recebido": _one("money", "perhaps", "what the client has paid"),
    "data_baixa": _one("date", "perhaps", "day by which a record is withdrawn"),
    "sequencia": _one("count", "perhaps", "payments on time in a row"),
    "beneficio": _one("text", "perhaps", "what the client has earned"),
    "link_pagamento": _one("link", "sender", "where the client sees the amounts and pays"),
    "linha_digitavel": _one("text", "sender", "digits of the boleto"),
    "pix_copia_cola": _one("text", "sender", "code of the Pix"),
    "atendente": _one("text", "sender", "name of the person who calls"),
}
"""Every placeholder by its name."""

MANDATORY = ("valor", "vencimento", "link_pagamento")
"""What a text that asks for money must hold."""

ITEMISED = ("valor_original", "multa", "juros", "valor")
"""What an itemised text must hold."""

RESERVED = (
    "atendente",
    "canal_atendimento",
    "credor_documento",
    "credor_endereco",
    "credor_nome",
    "link_pagamento",
    "link_preferencias",
    "nome",
)
"""What may be said before it is known who reads or listens."""

PERHAPS_ITEMISED = ("valor_correcao", "valor_desconto")
"""What such a text must hold in a block, so that its amounts add up to the total."""

OF_LINES = (
    *("referencia", "vencimento", "valor", "valor_original", "valor_correcao", "multa", "juros", "valor_desconto"),
    "quantidade",
)
"""What a line of the list of titles may hold."""


def unknown(name: str, blocks: dict[str, str] | None = None) -> str | None:
    """Why a placeholder cannot stand in a text; None where it can."""
    if name in PLACEHOLDERS:
        return None
    own = [BLOCK + block for block in blocks or {}]
    if name in own:
        return None
    return f"unknown placeholder {{{name}}}.{did_you_mean(name, [*PLACEHOLDERS, *own])}"
