"""The invoice of a snapshot against the client's earlier ones: how those ended, the alike among them, what it adds.

The directions are what a monotone constraint may safely say with all other features given:

* lateness among the earlier ones whose outcome is known, all of them or the alike: number (a part of
  known_outcome_count, which the model has too), share, mean and fading days late: more is worse: +1.
* days since one that was 5 days late or more: at an equal history longer ago is safer: -1.
* counts of invoices, amounts, and the calendar of the due date: 0.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["PAST"]


def _past(name: str, unit: str, direction: Direction, reason: str, pt: str, en: str, window: str = "all") -> Feature:
    return Feature(name, "invoice_past", window, unit, pt, en, "risk", direction, reason)


_EARLIER_PT = "títulos do cliente emitidos antes deste e vistos em t"
_EARLIER_EN = "the client's invoices issued before this one and seen at t"
_ENDED_PT = "títulos anteriores de desfecho conhecido em t"
_ENDED_EN = "earlier invoices whose outcome is known at t"
_SIMILAR_PT = "títulos anteriores com valor de 75 % a 125 % do valor deste"
_SIMILAR_EN = "earlier invoices with an amount of 75% to 125% of this one's"
_NONE_PT = "NaN se não houver nenhum."
_NONE_EN = "NaN if there is none."


def _weighted(days: int) -> Feature:
    return _past(
        f"known_outcome_days_late_ewm_{days}d",
        "days",
        1,
        "R03",
        f"Média dos dias de atraso, com sinal, dos {_ENDED_PT}, com peso 0,5^((t − d) / {days} d); d: o dia em que o "
        f"título foi quitado ou encerrado, ou t se em aberto. {_NONE_PT}",
        f"Mean of the signed days late of the {_ENDED_EN}, weighted by 0.5^((t − d) / {days} d); d: the day the "
        f"invoice was settled or closed, t while open. {_NONE_EN}",
    )


_ENDED: tuple[Feature, ...] = (
    _past("earlier_count", "count", 0, "R11", f"Número de {_EARLIER_PT}.", f"Number of {_EARLIER_EN}."),
    _past(
        "known_outcome_count",
        "count",
        0,
        "R11",
        "Quantos dos títulos anteriores têm desfecho conhecido em t: quitados, encerrados ou em atraso.",
        "How many of the earlier invoices have an outcome known at t: settled, closed or late.",
    ),
    _past(
        "known_outcome_late_count",
        "count",
        1,
        "R02",
        f"Quantos dos {_ENDED_PT} têm dias de atraso > 0.",
        f"How many of the {_ENDED_EN} have days late > 0.",
    ),
    _past(
        "known_outcome_late_share",
        "share",
        1,
        "R02",
        "known_outcome_late_count / known_outcome_count. NaN se não houver nenhum.",
        "known_outcome_late_count / known_outcome_count. NaN if there is none.",
    ),
    _past(
        "known_outcome_days_late_mean",
        "days",
        1,
        "R03",
        f"Média dos dias de atraso, com sinal, dos {_ENDED_PT}. {_NONE_PT}",
        f"Mean of the signed days late of the {_ENDED_EN}. {_NONE_EN}",
    ),
    _weighted(60),
    _weighted(90),
    _past(
        "known_outcome_late_5_count",
        "count",
        1,
        "R02",
        f"Quantos dos {_ENDED_PT} têm 5 dias de atraso ou mais.",
        f"How many of the {_ENDED_EN} are 5 days late or more.",
    ),
    _past(
        "known_outcome_late_5_share",
        "share",
        1,
        "R02",
        "known_outcome_late_5_count / known_outcome_count. NaN se não houver nenhum.",
        "known_outcome_late_5_count / known_outcome_count. NaN if there is none.",
    ),
    _past(
        "days_since_late_5",
        "days",
        -1,
        "R04",
        "0 enquanto houver título anterior em aberto com 5 dias de atraso ou mais; senão t menos o último dia em que "
        "foi quitado ou encerrado um que os teve. NaN se nenhum os teve.",
        "0 while an earlier invoice is open and 5 days late or more; else t less the last day on which one so late was "
        "settled or closed. NaN if none was so late.",
    ),
)

_ALIKE: tuple[Feature, ...] = (
    _past(
        "similar_count",
        "count",
        0,
        "R11",
        f"Número de {_SIMILAR_PT}, os dois informados.",
        f"Number of {_SIMILAR_EN}, both given.",
    ),
    _past(
        "similar_late_share",
        "share",
        1,
        "R02",
        f"Fração com dias de atraso > 0 entre os {_SIMILAR_PT} e com desfecho conhecido em t. {_NONE_PT}",
        f"Share with days late > 0 among the {_SIMILAR_EN} and an outcome known at t. {_NONE_EN}",
    ),
    _past(
        "similar_days_late_mean",
        "days",
        1,
        "R03",
        f"Média dos dias de atraso, com sinal, dos {_SIMILAR_PT} e com desfecho conhecido em t. {_NONE_PT}",
        f"Mean of the signed days late of the {_SIMILAR_EN} and an outcome known at t. {_NONE_EN}",
    ),
    _past(
        "similar_term_late_share",
        "share",
        1,
        "R02",
        f"Fração com dias de atraso > 0 entre os {_ENDED_PT} cujo prazo difere do deste em até 3 dias. {_NONE_PT}",
        f"Share with days late > 0 among the {_ENDED_EN} and whose term is within 3 days of this one's. {_NONE_EN}",
    ),
)

_ADDED: tuple[Feature, ...] = (
    _past(
        "same_due_count",
        "count",
        0,
        "R11",
        "Número de títulos do cliente com o mesmo vencimento, vistos em t ou emitidos em as_of, este incluído.",
        "Number of the client's invoices with the same due date, seen at t or issued on as_of, this one included.",
        "issue",
    ),
    _past(
        "same_due_amount",
        "amount",
        0,
        "R11",
        "Soma dos valores desses títulos, este incluído.",
        "Sum of the amounts of those invoices, this one included.",
        "issue",
    ),
    _past(
        "amount_to_open",
        "ratio",
        0,
        "R11",
        "invoice_amount / (saldo em aberto em t dos títulos do cliente de outras datas de emissão + batch_amount). NaN "
        "sem valor ou se a soma for 0.",
        "invoice_amount / (outstanding at t of the client's invoices of other issue dates + batch_amount). NaN without "
        "an amount or if the sum is 0.",
        "issue",
    ),
    _past(
        "amount_to_max",
        "ratio",
        0,
        "R11",
        f"invoice_amount / maior valor informado entre os {_EARLIER_PT}. NaN sem valor, se não houver nenhum ou se o "
        "maior for 0.",
        f"invoice_amount / largest given amount of {_EARLIER_EN}. NaN without an amount, if there is none or if "
        "the largest is 0.",
    ),
    _past(
        "invoice_due_days_to_month_end",
        "days",
        0,
        "R14",
        "Último dia do mês do vencimento menos o vencimento.",
        "Last day of the due date's month less the due date.",
        "issue",
    ),
    _past(
        "invoice_due_days_moved",
        "days",
        0,
        "R14",
        "Dias entre o vencimento e o dia útil em que passa a contar o atraso; 0 sem calendário.",
        "Days from the due date to the business day from which lateness counts; 0 without a calendar.",
        "issue",
    ),
)

#: The 20 columns of a snapshot of an invoice, in their fixed order.
PAST: tuple[Feature, ...] = (*_ENDED, *_ALIKE, *_ADDED)
