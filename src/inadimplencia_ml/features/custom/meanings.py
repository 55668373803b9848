"""What a feature of one's own means, in a sentence made from its definition, where none is given."""

from __future__ import annotations

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.features.custom.declared import Aggregate, Described
from inadimplencia_ml.features.custom.told_filters import listed, told_filter, told_known

__all__ = ["meaning_of"]

_NAMES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    # what is one invoice's, and what is of many: in Portuguese with its preposition
    "count": (("título", "do número"), ("invoice", "number")),
    "amount": (("valor", "dos valores"), ("amount", "amounts")),
    "open_amount": (("saldo em aberto", "dos saldos em aberto"), ("outstanding amount", "outstanding amounts")),
    "paid_amount": (("valor pago", "dos valores pagos"), ("paid amount", "paid amounts")),
    "days_late": (("número de dias de atraso, com sinal,", "dos dias de atraso, com sinal,"),
                  ("number of signed days late", "signed days late")),
    "dpd": (("número de dias de atraso em aberto", "dos dias de atraso em aberto"),
            ("number of days past due", "days past due")),
    "days_early": (("número de dias de antecipação", "dos dias de antecipação"),
                   ("number of days paid early", "days paid early")),
    "term_days": (("prazo, em dias,", "dos prazos, em dias,"), ("term, in days,", "terms, in days,")),
    "installment": (("número da parcela", "dos números da parcela"),
                    ("number of the instalment", "numbers of the instalment")),
    "installments": (("número de parcelas", "dos números de parcelas"),
                     ("number of instalments", "numbers of instalments")),
    "fine_rate": (("multa contratual", "das multas contratuais"), ("contractual fine", "contractual fines")),
    "interest_rate_month": (("taxa de juros ao mês", "das taxas de juros ao mês"),
                            ("monthly interest rate", "monthly interest rates")),
}  # fmt: skip
_HEADS = {
    "count": ("Número de títulos", "Number of invoices"),
    "sum": ("Soma {many} dos títulos", "Sum of the {many} of the invoices"),
    "mean": ("Média {many} dos títulos", "Mean of the {many} of the invoices"),
    "median": ("Mediana {many} dos títulos", "Median of the {many} of the invoices"),
    "std": (
        "Desvio padrão amostral (divisor n − 1) {many} dos títulos",
        "Sample standard deviation (divisor n − 1) of the {many} of the invoices",
    ),
    "min": ("Menor {one} dos títulos", "Smallest {one} of the invoices"),
    "max": ("Maior {one} dos títulos", "Largest {one} of the invoices"),
    "first": ("{One} do primeiro dos títulos", "{One} of the first of the invoices"),
    "last": ("{One} do último dos títulos", "{One} of the latest of the invoices"),
    "share": ("Fração {whole} dos títulos", "Share of the {whole} of the invoices"),
}
_WHOLES = {  # of which a share is one
    "count": ("do número", "number"),
    "amount": ("do valor", "amount"),
    "open_amount": ("do saldo em aberto", "outstanding amount"),
    "paid_amount": ("do valor pago", "paid amount"),
}
_DATES = {
    "due": ("com vencimento", "due"),
    "issue": ("com emissão", "issued"),
    "closed": ("quitados, renegociados ou baixados", "settled, renegotiated or written off"),
}
_NONE = {
    "count": ("", ""),
    "sum": ("", ""),
    "std": (" NaN com menos de dois.", " NaN with fewer than two."),
    "share": (" NaN se o total for 0.", " NaN if the total is 0."),
}
_OTHERWISE = (" NaN se não houver nenhum.", " NaN if there is none.")


def meaning_of(definition: Described, lang: Lang) -> str:
    """What the feature is, in the manner of the catalogue; t is the last day whose facts are known.

    Examples
    --------
    >>> late = Aggregate(name="late_5_count_60d", aggregation="count", window=60, filter={"days_late": {"ge": 5}})
    >>> meaning_of(late, "en")
    'Number of invoices due in (t − 60 d, t], late by 5 days or more.'
    >>> meaning_of(late, "pt")
    'Número de títulos com vencimento em (t − 60 d, t], com atraso de 5 dias ou mais.'
    """
    of = 0 if lang == "pt" else 1
    if not isinstance(definition, Aggregate):
        return ("Calculada por código de quem usa a biblioteca.", "Computed by code of the user of the library.")[of]
    one, many = _NAMES[definition.measure][of]
    whole = _WHOLES.get(definition.measure, ("", ""))[of]
    head = _HEADS[definition.aggregation][of].format(one=one, many=many, whole=whole, One=one[0].upper() + one[1:])
    if definition.window == "all":
        days = ("até t", "by t")[of]
    else:
        days = f"{('em', 'in')[of]} (t − {definition.window} d, t]"
    text = f"{head} {_DATES[definition.by][of]} {days}"
    tests = told_filter(definition.filter, lang)
    if definition.aggregation == "count" and definition.measure != "count":
        tests.append(told_known(definition.measure, lang))
    if tests:
        text += f", {listed(tests, lang)}"
    if definition.of is not None:
        whose = listed(told_filter(definition.of, lang), lang)
        begins = ("que cabe aos", "that falls on those")[of] if whose else ("que cabe a todos", "that falls on all")[of]
        text += f"{',' if tests else ''} {begins}{' ' + whose if whose else ''}"
    return f"{text}.{_NONE.get(definition.aggregation, _OTHERWISE)[of]}"
