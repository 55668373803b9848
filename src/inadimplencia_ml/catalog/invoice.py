"""The invoice's own fields, for snapshots of an invoice: what is known of it at the end of as_of, and of its past.

No direction is safe here: large, long or finely divided invoices are the habit of good and of bad books alike.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Feature

__all__ = ["INVOICE", "INVOICE_CATEGORIES"]


def _own(name: str, unit: str, reason: str, pt: str, en: str) -> Feature:
    return Feature(name, "invoice", "issue", unit, pt, en, "risk", 0, reason)


def _batch(name: str, unit: str, pt: str, en: str) -> Feature:
    return Feature(name, "batch", "issue", unit, pt, en, "risk", 0, "R11")


def _past(name: str, unit: str, pt: str, en: str) -> Feature:
    return Feature(name, "invoice_past", "all", unit, pt, en, "risk", 0, "R11")


_RANK_PT = "fração deles menor ou igual a este"
_RANK_EN = "share of them not above this one"
_EARLIER_PT = "dos títulos do cliente emitidos antes dele e vistos em t"
_EARLIER_EN = "of the client's invoices issued before it and seen at t"

_OWN: tuple[Feature, ...] = (
    _own(
        "invoice_amount",
        "amount",
        "R11",
        "Valor do título, como conhecido no fim de as_of. NaN se não informado.",
        "The invoice's amount, as known at the end of as_of. NaN if not given.",
    ),
    _own(
        "invoice_term_days",
        "days",
        "R11",
        "Prazo: vencimento menos emissão, em dias corridos, sem ajuste.",
        "Term: due date less issue date, calendar days, not moved.",
    ),
    _own("invoice_issue_weekday", "weekday", "R14", "Dia da semana da emissão.", "Weekday of the issue date."),
    _own(
        "invoice_issue_month_day", "month_day", "R14", "Dia do mês da emissão.", "Day of the month of the issue date."
    ),
    _own("invoice_due_weekday", "weekday", "R14", "Dia da semana do vencimento.", "Weekday of the due date."),
    _own("invoice_due_month_day", "month_day", "R14", "Dia do mês do vencimento.", "Day of the month of the due date."),
    _own(
        "invoice_due_is_business_day",
        "flag",
        "R14",
        "1 se o vencimento cai em dia útil no calendário do título, senão 0; sempre 1 sem calendário.",
        "1 if the due date is a business day of the invoice's calendar, else 0; always 1 without a calendar.",
    ),
    _own(
        "invoice_interest_rate_month",
        "rate",
        "R11",
        "Juros ao mês como no contrato. NaN se não informados.",
        "Interest a month as the contract says it. NaN if not given.",
    ),
    _own(
        "invoice_fine_rate",
        "rate",
        "R11",
        "Multa contratual como fração do valor. NaN se não informada.",
        "Contractual fine as a share of the amount. NaN if not given.",
    ),
    _own(
        "invoice_installment",
        "count",
        "R11",
        "Número da parcela. NaN se não informado.",
        "Number of the instalment. NaN if not given.",
    ),
    _own(
        "invoice_installments",
        "count",
        "R11",
        "Quantidade de parcelas do contrato. NaN se não informada.",
        "Number of instalments of the contract. NaN if not given.",
    ),
)

_SAME_DAY: tuple[Feature, ...] = (
    _batch(
        "batch_count",
        "count",
        "Número de títulos do cliente com a mesma data de emissão, conhecidos e não anulados no fim de "
        "as_of, este incluído.",
        "Number of the client's invoices with the same issue date, known and not void at the end of as_of, "
        "this one included.",
    ),
    _batch(
        "batch_amount",
        "amount",
        "Soma dos valores desses títulos, este incluído.",
        "Sum of the amounts of those invoices, this one included.",
    ),
    _batch(
        "batch_amount_share",
        "share",
        "invoice_amount / batch_amount. NaN sem valor ou se a soma for 0.",
        "invoice_amount / batch_amount. NaN without an amount or if the sum is 0.",
    ),
    _batch(
        "batch_amount_rank",
        "share",
        f"Posição do valor entre os valores informados desses títulos, este incluído: {_RANK_PT}. NaN sem valor.",
        f"Place of the amount among the given amounts of those invoices, this one included: {_RANK_EN}. NaN without an "
        "amount.",
    ),
)

_AGAINST_PAST: tuple[Feature, ...] = (
    _past(
        "invoice_amount_to_client_mean",
        "ratio",
        f"invoice_amount / média dos valores informados {_EARLIER_PT}. NaN se não houver nenhum ou a média for 0.",
        f"invoice_amount / mean of the given amounts {_EARLIER_EN}. NaN if there is none or the mean is 0.",
    ),
    _past(
        "invoice_amount_client_rank",
        "share",
        f"Posição do valor entre os valores informados {_EARLIER_PT}: {_RANK_PT}. NaN se não houver nenhum.",
        f"Place of the amount among the given amounts {_EARLIER_EN}: {_RANK_EN}. NaN if there is none.",
    ),
    _past(
        "invoice_term_to_client_mean",
        "ratio",
        f"invoice_term_days / prazo médio {_EARLIER_PT}. NaN se não houver nenhum ou a média for 0.",
        f"invoice_term_days / mean term {_EARLIER_EN}. NaN if there is none or the mean is 0.",
    ),
    _past(
        "invoice_term_client_rank",
        "share",
        f"Posição do prazo entre os prazos {_EARLIER_PT}: {_RANK_PT}. NaN se não houver nenhum.",
        f"Place of the term among the terms {_EARLIER_EN}: {_RANK_EN}. NaN if there is none.",
    ),
    _past(
        "invoice_days_since_previous_issue",
        "days",
        f"Emissão deste título menos a última emissão {_EARLIER_PT}. NaN se não houver nenhum.",
        f"Issue date of this invoice less the latest issue date {_EARLIER_EN}. NaN if there is none.",
    ),
)

#: The 20 columns of a snapshot at issue, in their fixed order.
INVOICE: tuple[Feature, ...] = (*_OWN, *_SAME_DAY, *_AGAINST_PAST)


def _category(name: str, pt: str, en: str) -> Feature:
    return Feature(name, "invoice", "issue", "value", pt, en, "risk", 0, "R11", "category")


#: After them, only where the invoices have the column.
INVOICE_CATEGORIES: tuple[Feature, ...] = (
    _category(
        "invoice_kind",
        "Espécie do título: boleto, Pix, cartão, duplicata e semelhantes.",
        "Kind of the invoice: boleto, Pix, card, duplicata and the like.",
    ),
    _category("invoice_product", "O que foi vendido.", "What was sold."),
)
