"""Every table that passes between rooms: its columns, their kinds and units.

The ledger's tables come first (what a company brings), then the tables that we write. A kind says how a column is read
and kept: ids stay as given (text or integer), dates are calendar dates, amounts have two decimals, a share lies in 0 to
1, texts are a list of text.
The sections of `docs/data_contract.md` explain each table in words; this module is the contract that the code checks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "AGREEMENTS",
    "ATTRIBUTES",
    "CASES",
    "CLIENTS",
    "CONTACTS",
    "DECISIONS",
    "DECISION_ITEMS",
    "DUTIES",
    "ESCALATIONS",
    "INVOICES",
    "LEDGER_TABLES",
    "LINKS",
    "MACRO",
    "PAYMENTS",
    "SCORES",
    "SNAPSHOTS",
    "TITLES",
    "Column",
    "Kind",
    "Table",
]

Kind = Literal["id", "text", "date", "datetime", "amount", "number", "count", "bool", "any", "texts"]


@dataclass(frozen=True)
class Column:
    """One column: how it is read, and what it holds."""

    name: str
    kind: Kind
    meaning: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: its columns, the id that tells a double, and whether further columns are welcome."""

    name: str
    columns: tuple[Column, ...]
    key: str | None = None
    open_columns: bool = False
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {c.name: c for c in self.columns})

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which the table cannot be read."""
        return tuple(c.name for c in self.columns if c.required)

    def kind_of(self, name: str) -> Kind:
        """The kind of a column; further columns of an open table are of kind ``any``."""
        return self.by_name[name].kind if name in self.by_name else "any"


def _must(name: str, kind: Kind, meaning: str) -> Column:
    return Column(name, kind, meaning, required=True)


_KNOWN_ON = Column("known_on", "date", "day the row reached the books")
_CLIENT = _must("client_id", "id", "the client")

INVOICES = Table(
    "invoices",
    (
        _CLIENT,
        _must("invoice_id", "id", "the invoice (título); several rows with different known_on are its history"),
        _must("issue_date", "date", "day of issue"),
        _must("due_date", "date", "day the payment falls due"),
        Column("amount", "amount", "face amount; missing: settled by its first payment"),
        Column("contract_id", "id", "the contract it belongs to"),
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
        Column("assigned_on", "date", "day it was sold to someone else"),
        Column("observed_until", "date", "last day on which its payments are recorded"),
        Column("uf", "text", "state whose holidays move its due date"),
        Column("currency", "text", "ISO code; one a ledger"),
        _KNOWN_ON,
    ),
    key="invoice_id",
)

PAYMENTS = Table(
    "payments",
    (
        _must("payment_date", "date", "day the client paid"),
        _must("amount", "amount", "amount received, above zero"),
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
        _KNOWN_ON,
    ),
    key="payment_id",
)

AGREEMENTS = Table(
    "agreements",
    (
        _CLIENT,
        _must("agreement_id", "id", "the agreement"),
        _must("created_at", "date", "day it was made"),
        _must("kind", "text", "promise or plan"),
        _must("due_date", "date", "day it falls due"),
        _must("amount", "amount", "amount agreed"),
        Column("replaces", "text", "ids of the invoices it stands in for, separated by commas"),
        Column("origin_due_date", "date", "earliest due date of what it replaces"),
        Column("discount", "number", "discount given"),
        Column("entry_amount", "amount", "down payment"),
        Column("status", "text", "as the source system says it; never read by a feature"),
        Column("status_on", "date", "day of that status"),
        _KNOWN_ON,
    ),
)

CLIENTS = Table(
    "clients",
    (
        _CLIENT,
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
        _KNOWN_ON,
    ),
    open_columns=True,
)

ATTRIBUTES = Table("attributes", (_CLIENT, _must("known_on", "date", "day the row reached us")), open_columns=True)

LINKS = Table(
    "links",
    (
        _CLIENT,
        _must("group_id", "id", "the group"),
        Column(
            "kind",
            "text",
            "what ties them",
            choices=("cnpj_root", "economic_group", "payer", "guarantor"),
            required=True,
        ),
        _KNOWN_ON,
    ),
)

CONTACTS = Table(
    "contacts",
    (
        _CLIENT,
        _must("contacted_at", "datetime", "local wall time of the contact"),
        _must("channel", "text", "email, whatsapp, sms, phone and the like"),
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
        _KNOWN_ON,
    ),
    key="contact_id",
)

ESCALATIONS = Table(
    "escalations",
    (
        _CLIENT,
        _must("invoice_id", "id", "the invoice"),
        _must("kind", "text", "negativacao, protest, mediation, agency, legal"),
        _must("requested_at", "date", "day it was asked for"),
        Column("notice_sent_at", "date", "day the notice went out"),
        Column("notice_proof", "text", "proof that the notice arrived"),
        Column("effective_at", "date", "day it took effect"),
        Column("withdrawn_at", "date", "day it was withdrawn"),
        _KNOWN_ON,
    ),
)

MACRO = Table(
    "macro",
    (
        _must("date", "date", "day the value is about"),
        _must("series", "text", "name of the series"),
        _must("value", "number", "its value"),
        _KNOWN_ON,
    ),
)

SNAPSHOTS = Table(
    "snapshots",
    (
        _CLIENT,
        _must("as_of", "date", "the cut: facts known at the end of this day"),
        Column("invoice_id", "id", "the invoice, where the snapshot is an invoice's"),
        Column("view", "text", "end_of_day, or at_issue", choices=("end_of_day", "at_issue")),
    ),
    open_columns=True,
)

LEDGER_TABLES: dict[str, Table] = {
    t.name: t for t in (INVOICES, PAYMENTS, AGREEMENTS, CLIENTS, LINKS, CONTACTS, ESCALATIONS, MACRO)
}

_AS_OF = _must("as_of", "date", "the cut: facts known at the end of this day")

_ESCALATION_KINDS = ("negativacao", "protest", "mediation", "agency", "legal")

CASES = Table(
    "cases",
    (
        _CLIENT,
        _AS_OF,
        Column("kind", "text", "PF (person) or PJ (company)"),
        Column("uf", "text", "state"),
        Column("is_consumer", "bool", "consumer law applies; where not said, kind PF"),
        Column("vulnerable", "bool", "a vulnerable person"),
        Column("hardship", "bool", "has told us of hardship"),
        Column("do_not_contact", "bool", "asked not to be contacted"),
        Column("deceased", "bool", "has died"),
        Column("court_plan", "bool", "under a court's plan: recuperação judicial, falência, superendividamento"),
        Column("preferred_channel", "text", "channel the client asked for"),
        Column("credit_limit", "amount", "credit limit"),
        _must("open_amount", "amount", "outstanding on all open titles"),
        _must("overdue_amount", "amount", "outstanding on titles past due"),
        _must("open_count", "count", "open titles"),
        _must("overdue_count", "count", "open titles past due"),
        Column("disputed_amount", "amount", "outstanding on titles in dispute"),
        Column("unapplied_amount_30d", "amount", "received in the last 30 days and not yet applied to a title"),
        Column("dpd", "count", "largest days past due; minus the days to the nearest due date; null with nothing open"),
        Column("dpd_original", "count", "the same against the first due dates"),
        *(Column(f"contacts_{d}d", "count", f"outbound contacts in {d} days, as_of included") for d in (1, 7, 30, 90)),
        Column("calls_7d", "count", "outbound contacts by phone in 7 days"),
        Column("answered_90d", "count", "of contacts_90d, those answered; null without a contacts table that tells"),
        Column("last_contact_on", "date", "day of the last outbound contact"),
        Column("last_reply_on", "date", "day on which the client last answered or came to us"),
        Column("promise_made_on", "date", "day the open promise was made"),
        Column("promise_due_on", "date", "business day on which it falls due"),
        *(Column(f"promises_{end}_12m", "count", f"promises due in 12 months and {end}") for end in ("kept", "broken")),
        Column("promises_kept_share_12m", "number", "kept over kept and broken; null without any"),
        *(Column(f"has_{kind}", "bool", f"{kind} asked for, not withdrawn") for kind in _ESCALATION_KINDS),
        Column("last_escalation_on", "date", "day of the last request of an escalation"),
        Column("n_due_12m", "count", "titles that fell due in 12 months"),
        Column("late_count_12m", "count", "of n_due_12m, those late beyond grace"),
        Column("late_share_12m", "number", "late_count_12m over n_due_12m; null with none due"),
        Column("cure_share_12m", "number", "settled by dpd 90 over the late ones settled or aged 90 days"),
        Column("median_late_days_12m", "number", "median days late of the late titles"),
        Column("first_due_open_dpd", "count", "dpd of the first title that ever fell due, if open"),
        Column("ever_paid", "bool", "some payment was ever received"),
        Column("days_since_issue", "count", "since the last title was issued; null without any"),
    ),
    open_columns=True,
)

TITLES = Table(
    "titles",
    (
        _CLIENT,
        _must("invoice_id", "id", "an open title"),
        _must("due_date", "date", "day it falls due, as known"),
        _must("dpd", "count", "days past due; minus the days to the due date; 0 until the next business day"),
        _must("dpd_original", "count", "the same against the first due date"),
        _must("open_amount", "amount", "outstanding, net of part payments"),
        Column("kind", "text", "boleto, pix, card, duplicata and the like"),
        Column("disputed", "bool", "in dispute"),
        Column("assigned", "bool", "sold to someone else"),
        Column("time_barred", "bool", "known to be time-barred, whatever its age"),
    ),
    open_columns=True,
)

SCORES = Table(
    "scores",
    (
        _CLIENT,
        _AS_OF,
        Column("model_version", "text", "the bundle that scored"),
        Column("target", "text", "the event whose probability it is"),
        Column("probability", "number", "chance of the target, 0 to 1; null where not scoreable"),
        _must("state", "text", "scoreable, already_bad, no_exposure, inactive"),
        *(Column(f"probability_{end}", "number", "95 % interval at this score") for end in ("low", "high")),
        Column("score_raw", "number", "points before rounding"),
        Column("score", "count", "points, 0 to 1000, higher is safer"),
        Column("rating", "text", "A (safest) to J"),
        _must("segment", "text", "low, medium, high, or none"),
        Column("profile", "text", "P0 to P7"),
        Column("cold_start", "bool", "scored on little history"),
        *(Column(f"reason_{i}", "text", "code of a reason, the weightiest first") for i in (1, 2, 3, 4)),
    ),
    open_columns=True,
)

DECISIONS = Table(
    "decisions",
    (
        _CLIENT,
        _AS_OF,
        _must("decision_id", "text", "the same for equal client, as_of, policy and model"),
        _must("policy_version", "text", "id and version of the policy"),
        Column("model_version", "text", "the bundle that scored"),
        Column("stage", "text", "stage of the ladder; null outside it"),
        _must("action", "text", "what to do; nothing is an action"),
        _must("severity", "count", "how hard the action is, 0 for nothing"),
        Column("channel", "text", "by which channel"),
        Column("tone", "count", "0 service to 3 firm"),
        Column("template", "text", "code of the text"),
        Column("contact_from", "datetime", "local wall time from which the client may be contacted"),
        Column("contact_until", "datetime", "and until when"),
        Column("offer", "text", "what may be offered"),
        Column("escalation", "text", "what is proposed beside the action; always for a person to approve"),
        _must("requires_approval", "bool", "a person must approve first"),
        Column("credit_limit", "amount", "credit limit decided"),
        Column("limit_action", "text", "what happens to the limit"),
        _must("amount_due", "amount", "outstanding on the titles concerned"),
        _must("reasons", "texts", "why, each a code and a sentence in Portuguese"),
        _must("blocked_by", "texts", "safeguards that held something back"),
        _must("eligible_actions", "texts", "what was open, softest first"),
        _must("propensity", "number", "chance with which the action was chosen; 1 without an experiment"),
    ),
)

DECISION_ITEMS = Table(
    "decision_items",
    (
        _CLIENT,
        _must("invoice_id", "id", "a title concerned"),
        _must("dpd", "count", "days past due, signed"),
        _must("dpd_original", "count", "the same against the first due date"),
        _must("open_amount", "amount", "outstanding"),
        _must("amount_due", "amount", "what is asked for"),
        Column("gate", "text", "gate of the escalation"),
        Column("unmet", "texts", "conditions of the gate that are not met"),
    ),
)

DUTIES = Table(
    "duties",
    (
        _CLIENT,
        _must("invoice_id", "id", "the title"),
        _must("duty", "text", "what we owe: withdraw a record, a letter"),
        _must("due_on", "date", "until when"),
        _must("rule", "text", "the rule that says so"),
    ),
)
