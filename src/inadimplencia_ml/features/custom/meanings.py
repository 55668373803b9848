"""What a feature of one's own means, in words made from its definition, where none are given."""

from __future__ import annotations

from typing import Any

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.features.custom.declared import Aggregate, Described
from inadimplencia_ml.features.custom.filters import Filter

__all__ = ["meaning_of"]

_AGGREGATIONS = {
    "count": ("Contagem", "Count"),
    "sum": ("Soma", "Sum"),
    "mean": ("Média", "Mean"),
    "min": ("Mínimo", "Smallest"),
    "max": ("Máximo", "Largest"),
    "std": ("Desvio-padrão", "Standard deviation"),
    "median": ("Mediana", "Median"),
    "share": ("Fração", "Share"),
    "last": ("Último valor", "Last value"),
    "first": ("Primeiro valor", "First value"),
}
_MEASURES = {
    "count": ("títulos", "invoices"),
    "amount": ("valor", "the amount"),
    "open_amount": ("saldo em aberto", "the open amount"),
    "paid_amount": ("valor pago", "the paid amount"),
    "days_late": ("dias de atraso", "days late"),
    "dpd": ("dias de atraso dos títulos em aberto", "days past due of open invoices"),
    "days_early": ("dias de antecipação", "days paid early"),
    "term_days": ("prazo em dias", "the term in days"),
    "installment": ("número da parcela", "the number of the instalment"),
    "installments": ("número de parcelas", "the number of instalments"),
    "fine_rate": ("multa contratual", "the contractual fine"),
    "interest_rate_month": ("juros mensais do contrato", "the contractual interest a month"),
}
_DATES = {
    "due": ("títulos vencidos", "invoices due"),
    "issue": ("títulos emitidos", "invoices issued"),
    "closed": ("títulos liquidados ou encerrados", "invoices settled or closed"),
}
_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "eq": "="}


def meaning_of(definition: Described, lang: Lang) -> str:
    """One sentence on what the feature is.

    Examples
    --------
    >>> late = Aggregate(name="late_5_count_60d", aggregation="count", window=60, filter={"days_late": {"ge": 5}})
    >>> meaning_of(late, "en")
    'Count of invoices, over the invoices due in (t-60, t] with days_late ≥ 5.'
    """
    of = 0 if lang == "pt" else 1
    if not isinstance(definition, Aggregate):
        return ("Calculada por código de quem usa a biblioteca.", "Computed by code of the user of the library.")[of]
    what = f"{_AGGREGATIONS[definition.aggregation][of]} {('de', 'of')[of]} {_MEASURES[definition.measure][of]}"
    if definition.window == "all":
        days = ("até t", "up to t")[of]
    else:
        days = f"{('em', 'in')[of]} (t-{definition.window}, t]"
    text = f"{what}, {('sobre os', 'over the')[of]} {_DATES[definition.by][of]} {days}"
    if definition.filter.tests():
        text += f" {('com', 'with')[of]} {_tested(definition.filter, of)}"
    if definition.of is not None:
        text += f"; {('a parte com', 'the part with')[of]} {_tested(definition.of, of) or '-'}"
    return text + "."


def _tested(given: Filter, of: int) -> str:
    return f" {('e', 'and')[of]} ".join(_test(name, test, of) for name, test in given.tests().items())


def _test(name: str, test: Any, of: int) -> str:
    if isinstance(test, bool):
        return f"{name} = {(('não', 'sim'), ('no', 'yes'))[of][test]}"
    if isinstance(test, tuple):
        return f"{name} = {', '.join(test)}"
    said = test.model_dump(by_alias=True, exclude_none=True)
    parts = [f"{_SIGNS[key]} {value:g}" for key, value in said.items() if key in _SIGNS]
    if "in" in said:
        parts.append("= " + ", ".join(v if isinstance(v, str) else f"{v:g}" for v in said["in"]))
    if "known" in said:
        parts.append((("ausente", "informado"), ("missing", "known"))[of][said["known"]])
    return f"{name} {' '.join(parts)}"
