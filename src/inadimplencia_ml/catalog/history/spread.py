"""Spread of lateness and of amounts: 15 definitions over three windows.

As in the per-window features, ``{due}`` stands for the invoices whose due date lies in the window. The directions are
what a monotone constraint may safely say with all other features given:

* median of the days late, mean and median of the late ones: lateness free of size, more is worse: +1.
* late_7_count, significant_late_count: a part of due_count, which the model has too: +1. The share of them: +1.
* minimum: at an equal mean and maximum a higher one only says that the days lie closer together: 0.
* mean of those on time: how early someone pays follows from the term, and from who must pay in advance; that they pay
  early is in early_share: 0.
* interquartile range and median distance: irregular early and irregular late payers both have large ones: 0.
* amounts: 0; so is the ratio of late amounts to all, which one large late invoice raises as much as many small do.
"""

from __future__ import annotations

from dataclasses import replace

from inadimplencia_ml.catalog.feature import WINDOWS, Direction, Feature

__all__ = ["SPREAD"]


def _definition(name: str, unit: str, direction: Direction, reason: str, pt: str, en: str) -> Feature:
    return Feature(name, "spread", "", unit, pt, en, "risk", direction, reason)


_DEFINITIONS: tuple[Feature, ...] = (
    _definition(
        "days_late_median",
        "days",
        1,
        "R03",
        "Mediana dos dias de atraso, com sinal, dos títulos {due}. NaN se não houver nenhum.",
        "Median of the signed days late of the invoices {due}. NaN if there is none.",
    ),
    _definition(
        "days_late_iqr",
        "days",
        0,
        "R03",
        "Amplitude interquartil (terceiro menos primeiro quartil) dos dias de atraso, com sinal, dos títulos {due}. "
        "NaN se não houver nenhum.",
        "Interquartile range (third less first quartile) of the signed days late of the invoices {due}. "
        "NaN if there is none.",
    ),
    _definition(
        "days_late_min",
        "days",
        0,
        "R03",
        "Menor número de dias de atraso, com sinal, dos títulos {due}; negativo se algum foi quitado antes. "
        "NaN se não houver nenhum.",
        "Smallest number of signed days late of the invoices {due}; negative if one was settled early. "
        "NaN if there is none.",
    ),
    _definition(
        "late_days_mean",
        "days",
        1,
        "R03",
        "Média dos dias de atraso dos títulos {due} com dias de atraso > 0. NaN se não houver nenhum.",
        "Mean of the days late of the invoices {due} with days late > 0. NaN if there is none.",
    ),
    _definition(
        "late_days_median",
        "days",
        1,
        "R03",
        "Mediana dos dias de atraso dos títulos {due} com dias de atraso > 0. NaN se não houver nenhum.",
        "Median of the days late of the invoices {due} with days late > 0. NaN if there is none.",
    ),
    _definition(
        "late_days_mad",
        "days",
        0,
        "R03",
        "Mediana da distância entre os dias de atraso e a sua mediana, dos títulos {due} com dias de atraso > 0. "
        "NaN se não houver nenhum.",
        "Median distance of the days late from their median, of the invoices {due} with days late > 0. "
        "NaN if there is none.",
    ),
    _definition(
        "on_time_days_mean",
        "days",
        0,
        "R03",
        "Média dos dias de atraso, 0 ou negativos, dos títulos {due} com dias de atraso ≤ 0. NaN se não houver nenhum.",
        "Mean of the days late, 0 or negative, of the invoices {due} with days late ≤ 0. NaN if there is none.",
    ),
    _definition(
        "late_7_count",
        "count",
        1,
        "R03",
        "Número de títulos {due} com 7 dias de atraso ou mais, quitados, abertos ou encerrados.",
        "Number of invoices {due} that are 7 days late or more, settled, open or closed.",
    ),
    _definition(
        "significant_late_count",
        "count",
        1,
        "R02",
        "Número de títulos {due} com dias de atraso > 0 e valor inteiro acima de 5 % da soma dos valores dos títulos "
        "da janela.",
        "Number of invoices {due} with days late > 0 and a whole amount above 5% of the sum of the window's amounts.",
    ),
    _definition(
        "significant_late_share",
        "share",
        1,
        "R02",
        "Fração dos títulos {due} com dias de atraso > 0 e valor inteiro acima de 5 % da soma dos valores dos "
        "títulos da janela. NaN se não houver nenhum.",
        "Share of the invoices {due} with days late > 0 and a whole amount above 5% of the sum of the window's "
        "amounts. NaN if there is none.",
    ),
    _definition(
        "amount_median",
        "amount",
        0,
        "R08",
        "Mediana dos valores inteiros informados dos títulos {due}. NaN se não houver nenhum.",
        "Median of the given whole amounts of the invoices {due}. NaN if there is none.",
    ),
    _definition(
        "amount_iqr",
        "amount",
        0,
        "R08",
        "Amplitude interquartil (terceiro menos primeiro quartil) dos valores inteiros informados dos títulos {due}. "
        "NaN se não houver nenhum.",
        "Interquartile range (third less first quartile) of the given whole amounts of the invoices {due}. "
        "NaN if there is none.",
    ),
    _definition(
        "amount_cv",
        "ratio",
        0,
        "R08",
        "Coeficiente de variação: desvio padrão amostral (divisor n − 1) sobre a média dos valores inteiros informados "
        "dos títulos {due}. NaN com menos de dois ou se a média for 0.",
        "Coefficient of variation: sample standard deviation (divisor n − 1) over the mean of the given whole amounts "
        "of the invoices {due}. NaN with fewer than two or if the mean is 0.",
    ),
    _definition(
        "amount_max_to_mean",
        "ratio",
        0,
        "R08",
        "Maior sobre a média dos valores inteiros informados dos títulos {due}. NaN sem valores ou se a média for 0.",
        "Largest over the mean of the given whole amounts of the invoices {due}. "
        "NaN without amounts or if the mean is 0.",
    ),
    _definition(
        "late_amount_to_mean",
        "ratio",
        0,
        "R02",
        "Média dos valores inteiros informados dos títulos com dias de atraso > 0 sobre a de todos, entre os títulos "
        "{due}. NaN se não houver atraso com valor informado ou se a média for 0.",
        "Mean of the given whole amounts of the invoices with days late > 0 over that of all, among the invoices "
        "{due}. NaN if no late one has an amount or if the mean is 0.",
    ),
)


def _over(definition: Feature, window: str) -> Feature:
    days = WINDOWS[window]
    due_pt = "com vencimento até t" if days is None else f"com vencimento em (t − {days} d, t]"
    due_en = "due by t" if days is None else f"due in (t − {days} d, t]"
    return replace(
        definition,
        name=f"{definition.name}_{window}",
        window=window,
        meaning_pt=definition.meaning_pt.format(due=due_pt),
        meaning_en=definition.meaning_en.format(due=due_en),
    )


SPREAD: tuple[Feature, ...] = tuple(_over(d, window) for window in ("90d", "365d", "all") for d in _DEFINITIONS)
