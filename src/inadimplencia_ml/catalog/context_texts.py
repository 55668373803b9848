"""The sentences of the families without direction: more is neither good nor bad, so each says which way it went."""

from __future__ import annotations

from inadimplencia_ml.catalog.sentence import ReasonFamily, both_ways, undirected_family

__all__ = ["CONTEXT_REASONS"]

_VOLUME = undirected_family(
    "R08",
    ("Volume de compras", "Volume of purchases"),
    ("O volume de compras", "The volume of purchases"),
    both_ways(
        "Nos últimos 12 meses, {issued_count_365d|foi emitido 1 título|foram emitidos # títulos}, no total de "
        "{issued_amount_365d}; esse volume",
        "In the last 12 months, {issued_count_365d|1 invoice was|# invoices were} issued, {issued_amount_365d} in all; "
        "this volume",
        above_zero=("issued_count_365d", "issued_amount_365d"),
    ),
    both_ways(
        "Não houve título emitido nos últimos 12 meses; isso",
        "No invoice was issued in the last 12 months; this",
        not_above_zero=("issued_count_365d", "issued_amount_365d"),
    ),
)

_RECENCY = undirected_family(
    "R09",
    ("Recência", "Recency"),
    ("O tempo desde as últimas compras e pagamentos", "The time since the latest purchases and payments"),
    both_ways(
        "O último título foi emitido {days_since_issue|na data desta avaliação|há 1 dia|há # dias}, e o último "
        "pagamento foi feito {days_since_payment|na data desta avaliação|há 1 dia|há # dias}; isso",
        "The latest invoice was issued {days_since_issue|on the date of this assessment|1 day ago|# days ago}, and the "
        "latest payment was made {days_since_payment|on the date of this assessment|1 day ago|# days ago}; this",
    ),
    both_ways(
        "O último título foi emitido {days_since_issue|na data desta avaliação|há 1 dia|há # dias}; isso",
        "The latest invoice was issued {days_since_issue|on the date of this assessment|1 day ago|# days ago}; this",
    ),
)

_EXPOSURE = undirected_family(
    "R10",
    ("Valores em aberto", "Amounts open"),
    ("O valor em aberto e a vencer", "The amount open and falling due"),
    both_ways(
        "Há {open_count|1 título|# títulos} em aberto, no total de {open_amount}, sendo {due_next_30d_amount} com "
        "vencimento nos próximos 30 dias; esse valor",
        "{open_count|1 invoice is|# invoices are} open, {open_amount} in all, {due_next_30d_amount} of it falling due "
        "in the next 30 days; this amount",
        above_zero=("open_count", "open_amount", "due_next_30d_amount"),
    ),
    both_ways(
        "Há {open_count|1 título|# títulos} em aberto, no total de {open_amount}, sem vencimento nos próximos 30 dias; "
        "esse valor",
        "{open_count|1 invoice is|# invoices are} open, {open_amount} in all, none of it falling due in the next 30 "
        "days; this amount",
        above_zero=("open_count", "open_amount"),
        not_above_zero=("due_next_30d_amount",),
    ),
    both_ways("Não há título em aberto; isso", "No invoice is open; this", not_above_zero=("open_count",)),
)

_THIS_INVOICE = undirected_family(
    "R11",
    ("Valor e prazo do título", "Amount and term of the invoice"),
    ("A combinação de valor e prazo deste título", "The combination of amount and term of this invoice"),
    both_ways(
        "Este título é de {invoice_amount} ({invoice_amount_to_client_mean} do valor médio dos anteriores), com prazo "
        "de {invoice_term_days|1 dia|# dias}; essa combinação",
        "This invoice is for {invoice_amount} ({invoice_amount_to_client_mean} of the average of earlier ones), with a "
        "term of {invoice_term_days|1 day|# days}; this combination",
        above_zero=("invoice_amount", "invoice_amount_to_client_mean", "invoice_term_days"),
    ),
    both_ways(
        "Este título é de {invoice_amount}, com prazo de {invoice_term_days|1 dia|# dias}; essa combinação",
        "This invoice is for {invoice_amount}, with a term of {invoice_term_days|1 day|# days}; this combination",
        above_zero=("invoice_amount", "invoice_term_days"),
    ),
    both_ways(
        "Este título é de {invoice_amount}; esse valor",
        "This invoice is for {invoice_amount}; this amount",
        above_zero=("invoice_amount",),
    ),
)

# Of a group no number is shown: it would tell a client of another one.
_CLIENT_RECORD = undirected_family(
    "R12",
    ("Cadastro, limite e informações complementares", "Client record, limit and further information"),
    (
        "O conjunto das informações cadastrais e complementares",
        "The information of the client record and of other sources",
    ),
    both_ways(
        "O valor em aberto corresponde a {limit_utilisation} do limite de crédito; isso, junto com as informações "
        "cadastrais,",
        "The amount open is {limit_utilisation} of the credit limit; this, with the information of the client record,",
        above_zero=("limit_utilisation",),
    ),
)

_CALENDAR = undirected_family(
    "R14",
    ("Calendário", "Calendar"),
    ("O calendário de emissões, vencimentos e pagamentos", "The calendar of issues, due dates and payments"),
    both_ways(
        "Este título foi emitido no dia {invoice_issue_month_day} e vence no dia {invoice_due_month_day}; "
        "a época do mês",
        "This invoice was issued on day {invoice_issue_month_day} and falls due on day {invoice_due_month_day} of the "
        "month; the time of the month",
    ),
)

_CONTACTS = undirected_family(
    "R15",
    ("Contatos", "Contacts"),
    ("O histórico de contatos", "The history of contacts"),
    both_ways(
        "Nos últimos 90 dias fizemos {contact_count_90d|1 contato|# contatos}; esse histórico",
        "In the last 90 days we made {contact_count_90d|1 contact|# contacts}; this history",
        above_zero=("contact_count_90d",),
    ),
    both_ways(
        "Não fizemos contato nos últimos 90 dias; isso",
        "We made no contact in the last 90 days; this",
        not_above_zero=("contact_count_90d",),
    ),
)

# No feature belongs to it by itself: the column that is said to be the score, where a score is brought from outside.
_EXTERNAL_SCORE = undirected_family(
    "R16",
    ("Score externo", "External score"),
    ("A pontuação de crédito consultada fora da empresa", "The credit score consulted outside the company"),
)

CONTEXT_REASONS: tuple[ReasonFamily, ...] = (
    _VOLUME,
    _RECENCY,
    _EXPOSURE,
    _THIS_INVOICE,
    _CLIENT_RECORD,
    _CALENDAR,
    _CONTACTS,
    _EXTERNAL_SCORE,
)
