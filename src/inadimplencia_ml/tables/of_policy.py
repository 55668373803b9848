"""What we write and a policy reads or decides: cases, titles, scores, decisions, duties."""

from __future__ import annotations

from inadimplencia_ml.tables.column import CLIENT, Column, Table, must

__all__ = [
    "CASES",
    "DECISIONS",
    "DECISION_ITEMS",
    "DUTIES",
    "FURTHER",
    "REACH",
    "RECORDS",
    "SCORES",
    "SEGMENT_BASES",
    "TITLES",
]

_AS_OF = must("as_of", "date", "the cut: facts known at the end of this day")

CHANNELS = ("whatsapp", "email", "sms", "phone")
SEGMENT_BASES = (
    "probability",  # as it says today, compared with an earlier score
    "kept",  # that of the last score: too near an edge to change
    "no_history",  # as the probability says; no earlier score to compare with, or none that may be compared:
    "stale",
    "other_model",
    "other_target",
    "was_bad",
    "off",  # the model keeps no band
    "already_bad",
    "last",  # no probability today: that of the last score
    "none",
)
"""Where the segment of a score comes from."""

_ESCALATION_KINDS = ("negativacao_notice", "negativacao", "protest", "mediation", "agency", "legal")

CASES = Table(
    "cases",
    (
        CLIENT,
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
        Column("preferred_hours", "text", "hours the client asked for"),
        *(
            Column(f"other_party_{c}", "bool", f"the last contact by {c} that tells reached someone else")
            for c in CHANNELS
        ),
        *(
            Column(f"bounced_{c}", "bool", f"in 90 days the last contact by {c} that tells did not arrive")
            for c in CHANNELS
        ),
        Column("credit_limit", "amount", "credit limit"),
        Column("tax_id_known", "bool", "a CPF or CNPJ that passes its check is known"),
        Column("self_cure_probability", "number", "chance that the client pays without being asked, 0 to 1"),
        Column("recovery_share", "number", "share of what is late still expected from our own collecting, 0 to 1"),
        must("open_amount", "amount", "outstanding on all open titles"),
        must("overdue_amount", "amount", "outstanding on titles past due"),
        must("open_count", "count", "open titles"),
        must("overdue_count", "count", "open titles past due"),
        Column("disputed_amount", "amount", "outstanding on titles in dispute"),
        Column("unapplied_amount_30d", "amount", "received in the last 30 days and not yet applied to a title"),
        Column("dpd", "count", "largest days past due; minus the days to the nearest due date; null with nothing open"),
        Column("dpd_original", "count", "the same against the first due dates"),
        *(Column(f"contacts_{d}d", "count", f"outbound contacts in {d} days, as_of included") for d in (1, 7, 30, 90)),
        Column("calls_7d", "count", "outbound contacts by phone in 7 days"),
        Column("answered_90d", "count", "of contacts_90d, those answered; null without a contacts table that tells"),
        Column("opened_unanswered_90d", "count", "of contacts_90d, opened and not answered; null where none tells"),
        Column("last_contact_on", "date", "day of the last outbound contact"),
        Column("last_reply_on", "date", "day on which the client last answered or came to us"),
        Column("promise_made_on", "date", "day the open promise was made"),
        Column("promise_due_on", "date", "business day on which it falls due"),
        *(Column(f"promises_{end}_12m", "count", f"promises due in 12 months and {end}") for end in ("kept", "broken")),
        Column("agreement_due_on", "date", "business day of the next instalment of a plan that is kept"),
        Column("agreement_broken", "bool", "the last plan was not kept; the original debts are owed again"),
        Column(
            "agreement_origin_dpd",
            "count",
            "days past due of the oldest debt of a broken plan, where it is no title here",
        ),
        Column("promises_kept_share_12m", "number", "kept over kept and broken; null without any"),
        *(Column(f"has_{kind}", "bool", f"{kind} asked for, not withdrawn") for kind in _ESCALATION_KINDS),
        Column("last_escalation_on", "date", "day of the last request of an escalation"),
        Column("n_due_12m", "count", "titles that fell due in 12 months"),
        Column("late_count_12m", "count", "of n_due_12m, those late beyond grace"),
        Column("late_share_12m", "number", "late_count_12m over n_due_12m; null with none due"),
        Column("cure_share_12m", "number", "settled by dpd 90 over the late ones settled or aged 90 days"),
        Column("median_late_days_12m", "number", "median days late of the late titles"),
        Column("first_due_open_dpd", "count", "dpd of the first title that ever fell due, if open"),
        Column(
            "newer_paid_365d",
            "count",
            "titles settled in 365 days while one due before stays overdue",
        ),
        Column("disputes_unfounded_365d", "count", "titles whose dispute ended in 365 days without any change to them"),
        Column("ever_paid", "bool", "some payment was ever received"),
        Column("days_since_issue", "count", "since the last title was issued; null without any"),
        Column("purchases_12m", "amount", "issued in 12 months"),
        Column("purchase_months_12m", "count", "of these 12 months, those since the first title; null without any"),
        Column("mean_term_days_12m", "number", "days from issue to due date of purchases_12m, weighted by amount"),
        Column("mean_late_days_12m", "number", "days late of titles due in 12 months and paid, weighted by amount"),
        Column("on_time_streak", "count", "titles in a row, up to the last due, paid within grace"),
        Column("days_since_cure", "count", "since the last late title was settled or closed; null while one is late"),
        Column("income", "amount", "monthly income, as told"),
        Column("days_since_limit_change", "count", "since the credit limit last changed"),
        Column("limit_before_cut", "amount", "credit limit before it was last cut"),
        Column("group_open_amount", "amount", "outstanding of all clients of the same group"),
    ),
    open_columns=True,
)

TITLES = Table(
    "titles",
    (
        CLIENT,
        must("invoice_id", "id", "an open title"),
        must("due_date", "date", "day it falls due, as known"),
        must("dpd", "count", "days past due; minus the days to the due date; 0 until the next business day"),
        must("dpd_original", "count", "the same against the first due date"),
        must("open_amount", "amount", "outstanding, net of part payments"),
        Column("amount", "amount", "face amount, as known"),
        Column("kind", "text", "boleto, pix, card, duplicata and the like"),
        Column("due_adj", "date", "the due date, or the next business day"),
        Column("uf", "text", "state whose holidays move the due date"),
        Column("fine_rate", "number", "fine for lateness, share of the amount"),
        Column("interest_rate_month", "number", "interest of a late title, share a month"),
        Column("interest_per_day", "amount", "interest in money for each day late, on the whole amount"),
        Column("index", "text", "price index by which it is corrected when late"),
        Column("discount_rate", "number", "discount for paying in time, share of the amount"),
        Column("discount_until", "date", "last day of that discount"),
        Column("contract_rate_month", "number", "rate of the contract of an instalment, share a month"),
        Column("disputed", "bool", "in dispute"),
        Column("assigned", "bool", "sold to someone else"),
        Column(
            "agreement_kept",
            "bool",
            "a plan that is kept stands for it; no: the plan was broken and it is owed again; missing: no plan",
        ),
        Column("protestable", "bool", "a title or document that may be protested"),
        Column("delivery_proof", "bool", "proof of delivery is at hand"),
        Column("acceptance_refused", "bool", "the client refused to accept it"),
        Column("bank_instruction", "text", "what the bank is to do when it is late"),
        Column("notice_asked", "bool", "the written notice of a negative record was asked for, not withdrawn"),
        Column("notice_sent_on", "date", "day the written notice of a negative record went out"),
        Column("notice_proof", "text", "proof that the notice arrived"),
        Column("time_barred", "bool", "known to be time-barred, whatever its age"),
    ),
    open_columns=True,
)

RECORDS = Table(
    "records",
    (
        CLIENT,
        must("invoice_id", "id", "the title, open or not"),
        must("kind", "text", "of the escalation that stands: asked for, not withdrawn"),
        must("requested_on", "date", "day it was last asked for"),
        Column("effective_on", "date", "day it took effect; missing where it has not"),
        Column("settled_on", "date", "day the title was settled or made void; missing while it is owed"),
        Column("uf", "text", "state of the client"),
    ),
    open_columns=True,
)

REACH = Table(
    "reach",
    (
        CLIENT,
        must("channel", "text", "email, whatsapp, sms, phone and the like"),
        must("hour", "count", "hour of the day, local wall time, 0 to 23"),
        must("tried", "count", "outbound contacts in 365 days"),
        must("answered", "count", "of them, those answered, by the client in person where it is told"),
    ),
)

SCORES = Table(
    "scores",
    (
        CLIENT,
        _AS_OF,
        Column("model_version", "text", "the bundle that scored"),
        Column("target", "text", "the event whose probability it is"),
        Column("probability", "number", "chance of the target, 0 to 1; null where not scoreable"),
        must("state", "text", "scoreable, already_bad, no_exposure, inactive"),
        *(
            Column(f"probability_{end}", "number", "95 % interval of the event rate at this score, in a month to come")
            for end in ("low", "high")
        ),
        Column("score_raw", "number", "points before rounding"),
        Column("score", "count", "points, 0 to 1000, higher is safer"),
        Column("rating", "text", "A (safest) to J"),
        must("segment", "text", "low, medium, high, or none"),
        Column("segment_basis", "text", "where the segment comes from", choices=SEGMENT_BASES),
        Column("profile", "text", "P0 to P7"),
        Column("cold_start", "bool", "scored on little history"),
        *(Column(f"reason_{i}", "text", "code of a reason, the weightiest first") for i in (1, 2, 3, 4)),
    ),
    open_columns=True,
)

DECISIONS = Table(
    "decisions",
    (
        CLIENT,
        _AS_OF,
        must("decision_id", "text", "the same for equal client, as_of, policy and model"),
        must("policy_version", "text", "id and version of the policy"),
        Column("model_version", "text", "the bundle that scored"),
        Column("stage", "text", "stage of the ladder; null outside it"),
        Column("rung", "text", "stage whose step is taken, by profile and by what was lived; null outside the ladder"),
        must("action", "text", "what to do; nothing is an action"),
        must("severity", "count", "how hard the action is, 0 for nothing"),
        Column("channel", "text", "by which channel"),
        Column("tone", "count", "0 service to 3 firm"),
        Column("template", "text", "code of the text"),
        Column("contact_from", "datetime", "local wall time from which the client may be contacted"),
        Column("contact_until", "datetime", "and until when"),
        Column("offer", "text", "what may be offered"),
        Column("escalation", "text", "what is proposed beside the action; always for a person to approve"),
        must("requires_approval", "bool", "a person must approve first"),
        Column("credit_limit", "amount", "credit limit decided"),
        Column("limit_action", "text", "what happens to the limit"),
        must("amount_due", "amount", "updated balance of the titles concerned at the end of as_of"),
        must("reasons", "texts", "why, each a code and a sentence in Portuguese"),
        must("blocked_by", "texts", "safeguards that held something back"),
        must("eligible_actions", "texts", "what was open, softest first"),
        must("propensity", "number", "chance with which the action was chosen; 1 without an experiment"),
    ),
)

DECISION_ITEMS = Table(
    "decision_items",
    (
        CLIENT,
        must("invoice_id", "id", "a title concerned"),
        must("dpd", "count", "days past due, signed"),
        must("dpd_original", "count", "the same against the first due date"),
        must("open_amount", "amount", "outstanding"),
        must("amount_due", "amount", "updated balance at the end of as_of: what is asked for"),
        Column("due_date", "date", "day it falls due, as known"),
        Column("correction", "amount", "of amount_due, monetary correction"),
        Column("fine", "amount", "of amount_due, the contractual fine"),
        Column("interest", "amount", "of amount_due, interest for lateness"),
        Column("discount", "amount", "taken off amount_due for paying in time, as the title holds; 0 for none"),
        Column("gate", "text", "gate of the escalation"),
        Column("unmet", "texts", "conditions of the gate that are not met"),
    ),
)

DUTIES = Table(
    "duties",
    (
        CLIENT,
        must("invoice_id", "id", "the title"),
        must("duty", "text", "what we owe: withdraw a record, a letter"),
        must("due_on", "date", "until when"),
        must("rule", "text", "the rule that says so"),
    ),
)

FURTHER = Table(
    "further",
    (
        CLIENT,
        must("as_of", "date", "the cut: facts known at the end of this day"),
        must("kind", "text", "benefit, rehabilitation or action"),
        must("code", "text", "the entry of the policy"),
        Column("value", "number", "what it is worth, in the unit of the entry"),
        Column("template", "text", "code of the text that tells the client"),
        must("sentence", "text", "the entry in words, in Portuguese"),
    ),
)
