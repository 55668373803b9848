"""Which files and columns the ERP exports: read by the writer of the files and by the writer of their mapping."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["FILES", "Field", "File"]


@dataclass(frozen=True)
class Field:
    """A column: its name in the ledger (empty: not mapped) and in the export, how it is written, the ERP's codes."""

    ledger: str
    export: str
    form: Literal["text", "date", "moment", "money", "yes_no"] = "text"
    codes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """A file: which table of the ledger it holds, and its columns in order."""

    name: str
    table: str
    fields: tuple[Field, ...]


_CHANNELS = {"email": "E-mail", "whatsapp": "WhatsApp", "sms": "SMS", "phone": "Telefone"}

FILES = (
    File(
        "titulos.csv",
        "invoices",
        (
            Field("client_id", "Cód. Cliente"),
            Field("invoice_id", "Nº Título"),
            Field("contract_id", "Contrato"),
            Field("installment", "Parcela"),
            Field("installments", "Parcelas"),
            Field("issue_date", "Emissão", "date"),
            Field("due_date", "Vencimento", "date"),
            Field("amount", "Valor", "money"),
            Field("kind", "Espécie", codes={"duplicata": "DM", "boleto": "BOL", "pix": "PIX", "card": "CAR"}),
            Field("", "Situação"),
            Field("cancelled_date", "Cancelado em", "date"),
            Field(
                "cancel_reason",
                "Motivo",
                codes={"void": "Erro", "renegotiated": "Renegociado", "written_off": "Perda"},
            ),
            Field("cancelled_known_on", "Registro Canc.", "date"),
            Field("disputed_from", "Contestado de", "date"),
            Field("disputed_to", "Contestado até", "date"),
            Field("known_on", "Registro", "date"),
        ),
    ),
    File(
        "baixas.csv",
        "payments",
        (
            Field("invoice_id", "Nº Título"),
            Field("payment_date", "Pagamento", "date"),
            Field("amount", "Valor Pago", "money"),
            Field(
                "kind",
                "Tipo",
                codes={
                    "payment": "PG",
                    "credit_note": "NC",
                    "discount": "DESC",
                    "withheld_tax": "RET",
                    "return_of_goods": "DEV",
                },
            ),
            Field("principal", "Principal", "money"),
            Field("fine", "Multa", "money"),
            Field("interest", "Juros", "money"),
            Field("reversed_on", "Estorno", "date"),
            Field("known_on", "Registro", "date"),
        ),
    ),
    File(
        "clientes.csv",
        "clients",
        (
            Field("client_id", "Cód. Cliente"),
            Field("kind", "Tipo Pessoa", codes={"PF": "F", "PJ": "J"}),
            Field("uf", "UF"),
            Field("since", "Cliente Desde", "date"),
            Field("business_segment", "Ramo"),
            Field("income", "Renda/Faturamento", "money"),
            Field("credit_limit", "Limite", "money"),
            Field("preferred_channel", "Canal Preferido", codes=_CHANNELS),
            Field("vulnerable", "Vulnerável", "yes_no"),
            Field("hardship", "Dificuldade", "yes_no"),
            Field("do_not_contact", "Não Contatar", "yes_no"),
            Field("known_on", "Registro", "date"),
        ),
    ),
    File(
        "contatos.csv",
        "contacts",
        (
            Field("client_id", "Cód. Cliente"),
            Field("contacted_at", "Data/Hora", "moment"),
            Field("channel", "Canal", codes=_CHANNELS),
            Field("invoice_id", "Nº Título"),
            Field("direction", "Sentido", codes={"outbound": "E", "inbound": "R"}),
            Field("replied_on", "Respondido em", "date"),
        ),
    ),
    File(
        "acordos.csv",
        "agreements",
        (
            Field("client_id", "Cód. Cliente"),
            Field("agreement_id", "Nº Acordo"),
            Field("created_at", "Data", "date"),
            Field("kind", "Tipo", codes={"promise": "Promessa", "plan": "Parcelamento"}),
            Field("due_date", "Vencimento", "date"),
            Field("amount", "Valor", "money"),
            Field("replaces", "Títulos Substituídos"),
            Field("origin_due_date", "Vencimento Original", "date"),
            Field("entry_amount", "Entrada", "money"),
            Field("status", "Situação", codes={"kept": "Cumprida", "broken": "Quebrada"}),
            Field("status_on", "Data Situação", "date"),
            Field("known_on", "Registro", "date"),
        ),
    ),
    File(
        "bureau.csv",
        "attributes/bureau",
        (
            Field("client_id", "Cód. Cliente"),
            Field("known_on", "Consulta", "date"),
            Field("score", "Score"),
            Field("negative_entries", "Apontamentos"),
        ),
    ),
)
