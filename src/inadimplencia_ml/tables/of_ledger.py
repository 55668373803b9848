"""What a company brings: the tables of a ledger, and snapshots of it."""

from __future__ import annotations

from inadimplencia_ml.tables.column import CLIENT, KNOWN_ON, Column, Table, must

__all__ = [
    "AGREEMENTS",
    "ATTRIBUTES",
    "CLIENTS",
    "CONTACTS",
    "ESCALATIONS",
    "INVOICES",
    "LEDGER_TABLES",
    "LINKS",
    "MACRO",
    "PAYMENTS",
    "SNAPSHOTS",
]

INVOICES = Table(
    "invoices",
    (
        CLIENT,
        must("invoice_id", "id", "the invoice (título); several rows with different known_on are its history"),
        must("issue_date", "date", "day of issue"),
        must("due_date", "date", "day the payment falls due"),
        Column("amount", "amount", "face amount; missing: settled by its first payment"),
        Column("contract_id", "id", "the contract it belongs to; an instalment of a plan: the plan's agreement_id"),
        Column("installment", "count", "number of the instalment"),
        Column("installments", "count", "number of instalments of the contract"),
        Column("kind", "text", "boleto, pix, card, duplicata and the like"),
        Column("product", "text", "what was sold"),
        Column("paid_date", "date", "shorthand for one payment: its day"),
        Column("paid_amount", "amount", "shorthand for one payment: its amount; missing: the invoice's amount"),
        Column("cancelled_date", "date", "day it was cancelled"),
        Column("cancel_reason", "text", "why it was cancelled", choices=("void", "renegotiated", "written_off")),
        Column("cancelled_known_on", "date", "day the cancellation reached the books"),
        Column("disputed_from", "date", "first day in dispute"),
        Column("disputed_to", "date", "last day in dispute"),
        Column("fine_rate", "number", "contractual fine for lateness, share of the amount"),
        Column("interest_rate_month", "number", "interest a month, as the contract says it"),
        Column("interest_per_day", "amount", "interest in money for each day late, on the whole amount"),
        Column("index", "text", "price index by which it is corrected when late"),
        Column("discount_rate", "number", "discount for paying in time, share of the amount"),
        Column("discount_until", "date", "last day of that discount"),
        Column("contract_rate_month", "number", "rate of the contract of an instalment, share a month"),
        Column("assigned_on", "date", "day it was sold to someone else"),
        Column("observed_until", "date", "last day on which its payments are recorded"),
        Column("uf", "text", "state whose holidays move its due date"),
        Column("currency", "text", "ISO code; one a ledger"),
        Column("protestable", "bool", "a title or document that may be protested"),
        Column("delivery_proof", "bool", "proof that goods or services were delivered is at hand"),
        Column("acceptance_refused", "bool", "the client refused to accept it"),
        Column(
            "bank_instruction",
            "text",
            "what the bank is to do when late: none, protest and the like",
        ),
        KNOWN_ON,
    ),
    key="invoice_id",
)

PAYMENTS = Table(
    "payments",
    (
        must("payment_date", "date", "day the client paid"),
        must("amount", "amount", "amount received, above zero"),
        Column("invoice_id", "id", "the invoice it settles; missing or unknown: on account"),
        Column("client_id", "id", "the payer, where the invoice is not said"),
        Column("payment_id", "id", "the payment"),
        Column(
            "kind",
            "text",
            "what settles: a payment or something in its place",
            choices=("payment", "credit_note", "discount", "withheld_tax", "return_of_goods"),
        ),
        Column("principal", "amount", "part that settles the invoice"),
        Column("fine", "amount", "part that is a fine"),
        Column("interest", "amount", "part that is interest"),
        Column("credited_on", "date", "value date, for the money clock alone"),
        Column("method", "text", "how it was paid"),
        Column("reversed_on", "date", "day it was taken back"),
        KNOWN_ON,
    ),
    key="payment_id",
)

AGREEMENTS = Table(
    "agreements",
    (
        CLIENT,
        must("agreement_id", "id", "the agreement"),
        must("created_at", "date", "day it was made"),
        must("kind", "text", "promise or plan"),
        must("due_date", "date", "day it falls due"),
        must("amount", "amount", "amount agreed"),
        Column("replaces", "text", "ids of the invoices it stands in for, separated by commas"),
        Column("origin_due_date", "date", "earliest due date of what it replaces"),
        Column("discount", "number", "discount given"),
        Column("entry_amount", "amount", "down payment"),
        Column("status", "text", "as the source system says it; never read by a feature"),
        Column("status_on", "date", "day of that status"),
        KNOWN_ON,
    ),
)

CLIENTS = Table(
    "clients",
    (
        CLIENT,
        Column("kind", "text", "PF (person) or PJ (company)", choices=("PF", "PJ")),
        Column("tax_id", "text", "CPF or CNPJ, checked; never a feature"),
        Column("uf", "text", "state"),
        Column("city", "text", "city"),
        Column("since", "date", "client since"),
        Column("business_segment", "text", "line of business"),
        Column("income", "number", "income or revenue a month, BRL"),
        Column("credit_limit", "amount", "credit limit"),
        Column("preferred_channel", "text", "channel the client asked for"),
        Column("preferred_hours", "text", "hours the client asked for"),
        Column("is_consumer", "bool", "consumer law applies; missing: kind PF"),
        Column("vulnerable", "bool", "a vulnerable person: people only"),
        Column("hardship", "bool", "has told us of hardship"),
        Column("do_not_contact", "bool", "asked not to be contacted"),
        KNOWN_ON,
    ),
    open_columns=True,
)

ATTRIBUTES = Table("attributes", (CLIENT, must("known_on", "date", "day the row reached us")), open_columns=True)

LINKS = Table(
    "links",
    (
        CLIENT,
        must("group_id", "id", "the group"),
        Column(
            "kind",
            "text",
            "what ties them",
            choices=("cnpj_root", "economic_group", "payer", "guarantor"),
            required=True,
        ),
        KNOWN_ON,
    ),
)

CONTACTS = Table(
    "contacts",
    (
        CLIENT,
        must("contacted_at", "datetime", "local wall time of the contact"),
        must("channel", "text", "email, whatsapp, sms, phone and the like"),
        Column("contact_id", "id", "the contact"),
        Column("invoice_id", "id", "the invoice it was about"),
        Column("direction", "text", "who spoke; missing: outbound", choices=("outbound", "inbound")),
        Column("template", "text", "message sent"),
        Column("delivered", "bool", "it arrived"),
        Column("opened", "bool", "it was opened"),
        Column("replied", "bool", "answered; without replied_on never a feature"),
        Column("replied_on", "date", "day of the answer"),
        Column("right_party", "bool", "the client in person"),
        Column("outcome", "text", "what came of it"),
        Column("reason", "text", "reason the client gave"),
        Column("cost", "amount", "cost of the contact"),
        KNOWN_ON,
    ),
    key="contact_id",
)

ESCALATIONS = Table(
    "escalations",
    (
        CLIENT,
        must("invoice_id", "id", "the invoice"),
        must("kind", "text", "negativacao_notice, negativacao, protest, mediation, agency, legal"),
        must("requested_at", "date", "day it was asked for"),
        Column("notice_sent_at", "date", "day the notice went out"),
        Column("notice_proof", "text", "proof that the notice arrived"),
        Column("effective_at", "date", "day it took effect"),
        Column("withdrawn_at", "date", "day it was withdrawn"),
        KNOWN_ON,
    ),
)

MACRO = Table(
    "macro",
    (
        must("date", "date", "day the value is about"),
        must("series", "text", "name of the series"),
        must("value", "number", "its value"),
        KNOWN_ON,
    ),
)

SNAPSHOTS = Table(
    "snapshots",
    (
        CLIENT,
        must("as_of", "date", "the cut: facts known at the end of this day"),
        Column("invoice_id", "id", "the invoice, where the snapshot is an invoice's"),
        Column("view", "text", "end_of_day, or at_issue", choices=("end_of_day", "at_issue")),
    ),
    open_columns=True,
)

LEDGER_TABLES: dict[str, Table] = {
    t.name: t for t in (INVOICES, PAYMENTS, AGREEMENTS, CLIENTS, LINKS, CONTACTS, ESCALATIONS, MACRO)
}
