"""The latest and the first invoices, steps from one to the next, fading means, runs.

Invoices due by t stand in the order (due date, issue date, ``invoice_id``). The directions are what a monotone
constraint may safely say with all other features given:

* maximum, share, mean, fading and weighted days late of the latest or the first: lateness free of size: +1.
* differences, slopes, steps: they bend with both of their ends, and an irregular payer is no worse one: 0.
* longest runs, of late and of not late: at an equal share of late invoices a long run says that they came together, in
  a bad time now past or in one that has begun; the runs that still last have a sign of their own. How many runs: fewer
  may mean longer ones: 0.
* amounts and gaps: 0.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["LATEST"]


def _latest(
    name: str, window: str, unit: str, direction: Direction, pt: str, en: str, *, reason: str = "R04"
) -> Feature:
    return Feature(name, "latest", window, unit, pt, en, "risk", direction, reason)


def _ends(window: str) -> tuple[str, str]:
    """The k latest or first invoices, as the texts name them."""
    which, k = window.split("_")
    pt, en = ("últimos", "latest") if which == "last" else ("primeiros", "first")
    return (
        f"dos {k} {pt} títulos com vencimento até t, ou de quantos houver",
        f"of the {en} {k} invoices due by t, or of as many as there are",
    )


def _max(window: str, reason: str) -> Feature:
    pt, en = _ends(window)
    return _latest(
        f"days_late_max_{window}",
        window,
        "days",
        1,
        f"Maior número de dias de atraso, com sinal, {pt}. NaN se não houver nenhum.",
        f"Largest number of signed days late {en}. NaN if there is none.",
        reason=reason,
    )


def _share(window: str) -> Feature:
    pt, en = _ends(window)
    return _latest(
        f"late_share_{window}",
        window,
        "share",
        1,
        f"Fração com dias de atraso > 0 {pt}. NaN se não houver nenhum.",
        f"Share with days late > 0 {en}. NaN if there is none.",
    )


def _mean(window: str, reason: str) -> Feature:
    pt, en = _ends(window)
    return _latest(
        f"days_late_mean_{window}",
        window,
        "days",
        1,
        f"Média dos dias de atraso, com sinal, {pt}. NaN se não houver nenhum.",
        f"Mean of the signed days late {en}. NaN if there is none.",
        reason=reason,
    )


_ENDS: tuple[Feature, ...] = (
    *(_max(f"last_{k}", "R04") for k in (3, 6, 12)),
    *(_share(f"last_{k}") for k in (3, 6, 12)),
    _mean("last_12", "R04"),
    _latest(
        "days_late_std_last_6",
        "last_6",
        "days",
        0,
        "Desvio padrão amostral (divisor n − 1) dos dias de atraso, com sinal, dos 6 últimos títulos com vencimento "
        "até t, ou de quantos houver. NaN com menos de dois.",
        "Sample standard deviation (divisor n − 1) of the signed days late of the latest 6 invoices due by t, or of "
        "as many as there are. NaN with fewer than two.",
    ),
    _latest(
        "days_late_weighted_last_4",
        "last_4",
        "days",
        1,
        "Média dos dias de atraso, com sinal, dos 4 últimos títulos com vencimento até t, com pesos 0,4, 0,3, 0,2 e "
        "0,1 do último para trás, sobre a soma dos pesos usados. NaN se não houver nenhum.",
        "Mean of the signed days late of the latest 4 invoices due by t, weighted by 0.4, 0.3, 0.2 and 0.1 from the "
        "latest backwards, over the sum of the weights used. NaN if there is none.",
    ),
    _latest(
        "days_late_first",
        "first",
        "days",
        1,
        "Dias de atraso, com sinal, do primeiro título com vencimento até t. NaN se não houver nenhum.",
        "Signed days late of the first invoice due by t. NaN if there is none.",
        reason="R03",
    ),
    _mean("first_6", "R03"),
    _max("first_3", "R03"),
    _max("first_6", "R03"),
    _latest(
        "late_count_first_3",
        "first_3",
        "count",
        1,
        "Número de títulos com dias de atraso > 0 entre os 3 primeiros com vencimento até t.",
        "Number of invoices with days late > 0 among the first 3 due by t.",
        reason="R02",
    ),
    _latest(
        "days_late_last_to_second",
        "last",
        "days",
        0,
        "Dias de atraso, com sinal, do último título com vencimento até t menos os do anterior. NaN com menos de dois.",
        "Signed days late of the latest invoice due by t less those of the one before. NaN with fewer than two.",
    ),
    _latest(
        "days_late_last_to_mean_all",
        "all",
        "days",
        0,
        "Dias de atraso, com sinal, do último título com vencimento até t menos a média de todos. "
        "NaN se não houver nenhum.",
        "Signed days late of the latest invoice due by t less the mean of all. NaN if there is none.",
    ),
    _latest(
        "days_late_mean_last_3_to_all",
        "all",
        "days",
        0,
        "Média dos dias de atraso, com sinal, dos 3 últimos títulos com vencimento até t, ou de quantos houver, menos "
        "a média de todos. NaN se não houver nenhum.",
        "Mean of the signed days late of the latest 3 invoices due by t, or of as many as there are, less the mean of "
        "all. NaN if there is none.",
    ),
)

_STEPS: tuple[Feature, ...] = (
    _latest(
        "days_late_change_abs_mean_365d",
        "365d",
        "days",
        0,
        "Média do módulo da diferença de dias de atraso, com sinal, entre cada título com vencimento em (t − 365 d, t] "
        "e o anterior na ordem. NaN sem par.",
        "Mean absolute difference in signed days late between each invoice due in (t − 365 d, t] and the one before "
        "it in order. NaN without a pair.",
    ),
    _latest(
        "days_late_change_max_365d",
        "365d",
        "days",
        0,
        "Maior diferença de dias de atraso, com sinal, entre um título com vencimento em (t − 365 d, t] e o anterior "
        "na ordem. NaN sem par.",
        "Largest difference in signed days late between an invoice due in (t − 365 d, t] and the one before it in "
        "order. NaN without a pair.",
    ),
    _latest(
        "days_late_rise_share_365d",
        "365d",
        "share",
        0,
        "Fração dos títulos com vencimento em (t − 365 d, t] que têm mais dias de atraso, com sinal, que o anterior na "
        "ordem. NaN sem par.",
        "Share of the invoices due in (t − 365 d, t] with more signed days late than the one before in order. "
        "NaN without a pair.",
    ),
    _latest(
        "amount_change_ratio_365d",
        "365d",
        "ratio",
        0,
        "Média do módulo da diferença de valor inteiro entre cada título com vencimento em (t − 365 d, t] e o anterior "
        "na ordem, sobre a média dos valores dos primeiros; só pares com os dois valores informados. NaN sem par ou se "
        "a média for 0.",
        "Mean absolute difference in whole amount between each invoice due in (t − 365 d, t] and the one before it in "
        "order, over the mean amount of the former; only pairs with both amounts given. NaN without a pair or if the "
        "mean is 0.",
        reason="R08",
    ),
    _latest(
        "due_gap_mean_365d",
        "365d",
        "days",
        0,
        "Média dos dias entre o vencimento de cada título com vencimento em (t − 365 d, t] e o do anterior na ordem. "
        "NaN sem par.",
        "Mean of the days between the due date of each invoice due in (t − 365 d, t] and that of the one before it in "
        "order. NaN without a pair.",
        reason="R08",
    ),
    _latest(
        "amount_last_to_mean_365d",
        "365d",
        "ratio",
        0,
        "Valor inteiro do último título com vencimento em (t − 365 d, t] sobre a média dos informados desses títulos. "
        "NaN se não houver, se o do último não for informado ou se a média for 0.",
        "Whole amount of the latest invoice due in (t − 365 d, t] over the mean of the given amounts of these "
        "invoices. NaN if there is none, if that of the latest is not given or if the mean is 0.",
        reason="R08",
    ),
    _latest(
        "days_late_slope_last_12",
        "last_12",
        "days_per_invoice",
        0,
        "Inclinação (mínimos quadrados) dos dias de atraso, com sinal, por título na ordem, dos 12 últimos com "
        "vencimento até t, ou de quantos houver; positiva: piorando. NaN com menos de três.",
        "Least-squares slope of the signed days late per invoice in order, of the latest 12 due by t, or of as many as "
        "there are; positive: getting worse. NaN with fewer than three.",
    ),
    _latest(
        "amount_slope_365d",
        "365d",
        "ratio_per_30d",
        0,
        "Inclinação (mínimos quadrados) dos valores inteiros informados sobre vencimento / 30 d, títulos com "
        "vencimento em (t − 365 d, t], dividida pela média deles; positiva: crescem. NaN com menos de duas datas de "
        "vencimento ou se a média for 0.",
        "Least-squares slope of the given whole amounts on due date / 30 d, invoices due in (t − 365 d, t], divided by "
        "their mean; positive: they grow. NaN with fewer than two different due dates or if the mean is 0.",
        reason="R08",
    ),
)


def _days_fading(half_life: int) -> Feature:
    return _latest(
        f"days_late_ewm_{half_life}d",
        "all",
        "days",
        1,
        "Média dos dias de atraso, com sinal, de todos os títulos com vencimento até t, com peso 0,5^((t − vencimento) "
        f"/ {half_life} d). NaN se não houver nenhum.",
        "Mean of the signed days late of all invoices due by t, weighted by 0.5^((t − due date) / "
        f"{half_life} d). NaN if there is none.",
    )


def _late_fading(half_life: int) -> Feature:
    return _latest(
        f"late_ewm_{half_life}d",
        "all",
        "share",
        1,
        "Fração com dias de atraso > 0 de todos os títulos com vencimento até t, com peso 0,5^((t − vencimento) / "
        f"{half_life} d). NaN se não houver nenhum.",
        "Share with days late > 0 of all invoices due by t, weighted by 0.5^((t − due date) / "
        f"{half_life} d). NaN if there is none.",
    )


_RUNS: tuple[Feature, ...] = (
    _latest(
        "late_streak_max_365d",
        "365d",
        "count",
        0,
        "Maior número de títulos seguidos com dias de atraso > 0 entre os títulos com vencimento em (t − 365 d, t].",
        "Largest number of invoices in a row with days late > 0 among the invoices due in (t − 365 d, t].",
    ),
    _latest(
        "on_time_streak_max_all",
        "all",
        "count",
        0,
        "Maior número de títulos seguidos com dias de atraso ≤ 0 entre os títulos com vencimento até t.",
        "Largest number of invoices in a row with days late ≤ 0 among the invoices due by t.",
    ),
    _latest(
        "late_run_count_365d",
        "365d",
        "count",
        0,
        "Número de sequências de títulos seguidos com dias de atraso > 0, entre os títulos com vencimento em "
        "(t − 365 d, t].",
        "Number of runs of consecutive invoices with days late > 0, among the invoices due in (t − 365 d, t].",
    ),
)

LATEST: tuple[Feature, ...] = (
    *_ENDS,
    *_STEPS,
    *(_days_fading(half_life) for half_life in (30, 60, 180)),
    *(_late_fading(half_life) for half_life in (60, 180)),
    *_RUNS,
)
