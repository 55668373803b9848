"""The per-window features: 18 definitions, each written once, over five windows.

A definition's texts hold ``{due}`` (the invoices whose due date lies in the window) or ``{within}`` (the window
itself); its name has no suffix yet. The directions are what a monotone constraint may safely say with all other
features given:

* due, issued, paid: the client's activity. Large is neither good nor bad: 0.
* late_count, late_k_count: a part of due_count, which the model has too; at an equal whole a larger part is worse: +1.
* late_amount: grows with the size of the client far more than a count does; its share carries the sign: 0.
* shares of lateness, mean, maximum and weighted days: free of size, more is worse: +1.
* days_late_std: irregular early and irregular late payers both have a large one: 0.
* early_share: settled before the day it fell due, free of size: -1.
"""

from __future__ import annotations

from dataclasses import replace

from inadimplencia_ml.catalog.feature import WINDOWS, Direction, Feature

__all__ = ["PER_WINDOW", "WINDOWED"]


def _definition(
    name: str, family: str, unit: str, direction: Direction, reason: str, meaning_pt: str, meaning_en: str
) -> Feature:
    return Feature(name, family, "", unit, meaning_pt, meaning_en, "risk", direction, reason)


def _late_by(days: int) -> Feature:
    return _definition(
        f"late_{days}_count",
        "late",
        "count",
        1,
        "R03",
        f"Número de títulos {{due}} com {days} dias de atraso ou mais, quitados, abertos ou encerrados.",
        f"Number of invoices {{due}} that are {days} days late or more, settled, open or closed.",
    )


_DEFINITIONS: tuple[Feature, ...] = (
    _definition(
        "due_count",
        "due",
        "count",
        0,
        "R08",
        "Número de títulos {due}, quitados, abertos ou encerrados.",
        "Number of invoices {due}, settled, open or closed.",
    ),
    _definition(
        "due_amount",
        "due",
        "amount",
        0,
        "R08",
        "Soma dos valores inteiros (não do saldo) dos títulos {due}.",
        "Sum of the whole amounts (not what is outstanding) of the invoices {due}.",
    ),
    _definition(
        "late_count",
        "late",
        "count",
        1,
        "R02",
        "Número de títulos {due} com dias de atraso > 0; um título ainda aberto conta os dias até t.",
        "Number of invoices {due} with days late > 0; one still open counts its days up to t.",
    ),
    _definition(
        "late_amount",
        "late",
        "amount",
        0,
        "R02",
        "Soma dos valores inteiros (não do saldo) dos títulos {due} com dias de atraso > 0.",
        "Sum of the whole amounts (not what is outstanding) of the invoices {due} with days late > 0.",
    ),
    _definition(
        "late_share",
        "late",
        "share",
        1,
        "R02",
        "late_count / due_count dos títulos {due}. NaN se não houver nenhum.",
        "late_count / due_count of the invoices {due}. NaN if there is none.",
    ),
    _definition(
        "late_amount_share",
        "late",
        "share",
        1,
        "R02",
        "late_amount / due_amount dos títulos {due}. NaN se due_amount for 0.",
        "late_amount / due_amount of the invoices {due}. NaN if due_amount is 0.",
    ),
    *(_late_by(days) for days in (15, 30, 60, 90)),
    _definition(
        "days_late_mean",
        "days_late",
        "days",
        1,
        "R03",
        "Média dos dias de atraso, com sinal, dos títulos {due}; os abertos entram com os dias até t. "
        "NaN se não houver nenhum.",
        "Mean of the signed days late of the invoices {due}; open ones enter with their days up to t. "
        "NaN if there is none.",
    ),
    _definition(
        "days_late_max",
        "days_late",
        "days",
        1,
        "R03",
        "Maior número de dias de atraso, com sinal, dos títulos {due}; negativo se todos foram quitados antes. "
        "NaN se não houver nenhum.",
        "Largest number of signed days late of the invoices {due}; negative if all were settled early. "
        "NaN if there is none.",
    ),
    _definition(
        "days_late_std",
        "days_late",
        "days",
        0,
        "R03",
        "Desvio padrão amostral (divisor n − 1) dos dias de atraso, com sinal, dos títulos {due}. "
        "NaN com menos de dois.",
        "Sample standard deviation (divisor n − 1) of the signed days late of the invoices {due}. "
        "NaN with fewer than two.",
    ),
    _definition(
        "days_late_weighted",
        "days_late",
        "days",
        1,
        "R03",
        "Média dos dias de atraso, com sinal, dos títulos {due}, ponderada pelo valor inteiro. NaN se "
        "due_amount for 0.",
        "Mean of the signed days late of the invoices {due}, weighted by the whole amount. NaN if due_amount is 0.",
    ),
    _definition(
        "early_share",
        "paid",
        "share",
        -1,
        "R06",
        "Fração dos títulos {due} que um pagamento quitou antes do vencimento (dias de atraso < 0), sobre due_count; "
        "renegociados e de valor zero não contam como antecipados. NaN se não houver nenhum.",
        "Share of the invoices {due} that a payment settled before the due date (days late < 0), over due_count; "
        "renegotiated ones and those of amount zero are not early. NaN if there is none.",
    ),
    _definition(
        "paid_amount",
        "paid",
        "amount",
        0,
        "R06",
        "Soma dos recebimentos (kind payment, valor inteiro recebido) de títulos vistos, vencidos ou a vencer, com dia "
        "conhecido, max(payment_date, known_on), {within}, não estornados até t.",
        "Sum of the payments (kind payment, the whole amount received) of seen invoices, due or not, with a known day, "
        "max(payment_date, known_on), {within}, not reversed by t.",
    ),
    _definition(
        "issued_count",
        "issued",
        "count",
        0,
        "R08",
        "Número de títulos vistos em t com emissão {within}, qualquer que seja o vencimento.",
        "Number of invoices seen at t with an issue date {within}, whatever their due date.",
    ),
    _definition(
        "issued_amount",
        "issued",
        "amount",
        0,
        "R08",
        "Soma dos valores inteiros, como conhecidos em t, dos títulos vistos em t com emissão {within}.",
        "Sum of the whole amounts, as known at t, of the invoices seen at t with an issue date {within}.",
    ),
)

#: Names of the definitions, without a window.
PER_WINDOW: tuple[str, ...] = tuple(d.name for d in _DEFINITIONS)

# How much history there is tells of the length of the relationship, not of how much is bought nowadays.
_HISTORY = {"due_count_all", "issued_count_all"}


def _over(definition: Feature, window: str) -> Feature:
    days = WINDOWS[window]
    within_pt = "até t" if days is None else f"em (t − {days} d, t]"
    within_en = "up to t" if days is None else f"in (t − {days} d, t]"
    due_en = "due by t" if days is None else f"due {within_en}"
    name = f"{definition.name}_{window}"
    return replace(
        definition,
        name=name,
        window=window,
        meaning_pt=definition.meaning_pt.format(due=f"com vencimento {within_pt}", within=within_pt),
        meaning_en=definition.meaning_en.format(due=due_en, within=within_en),
        reason="R07" if name in _HISTORY else definition.reason,
    )


WINDOWED: tuple[Feature, ...] = tuple(_over(d, window) for window in WINDOWS for d in _DEFINITIONS)
