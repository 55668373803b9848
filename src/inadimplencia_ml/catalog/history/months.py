"""The month ends, further: how often late, how deep, how the amounts move.

The directions are what a monotone constraint may safely say with all other features given:

* months late, months 30 or 60 days late, worst and mean dpd, steps up, the bucket of the last month end: they count
  month ends, not invoices, so they do not grow with the size of the client, and more is worse: +1.
* steps down: who comes down was up: 0. Change of the bucket: at an equal last bucket it only says what was before: 0.
* months since the worst: at an equal worst longer ago is safer: -1.
* months without lateness: longer is safer: -1. A new client has all 24, but so has any other of the same tenure, which
  the model has too.
* amounts, and amounts against their mean: 0. The open ones speak with the other amounts open (R10).
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["MONTHS"]

_KNOWN_PT = "cada um como se conhecia naquele dia (0 antes do primeiro título)"
_KNOWN_EN = "each as known on that day (0 before the first invoice)"


def _of(window: str, name: str, unit: str, direction: Direction, pt: str, en: str, *, reason: str = "R05") -> Feature:
    return Feature(name, "month_ends", window, unit, pt, en, "risk", direction, reason)


def _late(months: int) -> Feature:
    return _of(
        f"{months}m",
        f"months_late_{months}m",
        "count",
        1,
        f"Em quantos dos últimos {months} fins de mês até t havia título em atraso (dpd_max > 0), {_KNOWN_PT}.",
        f"At how many of the last {months} month ends up to t an invoice was overdue (dpd_max > 0), {_KNOWN_EN}.",
    )


def _deep(days: int) -> Feature:
    return _of(
        "12m",
        f"months_{days}_plus_12m",
        "count",
        1,
        f"Em quantos dos últimos 12 fins de mês até t dpd_max era de {days} dias ou mais, {_KNOWN_PT}.",
        f"At how many of the last 12 month ends up to t dpd_max was {days} days or more, {_KNOWN_EN}.",
    )


def _mean(months: int) -> Feature:
    return _of(
        f"{months}m",
        f"dpd_month_mean_{months}m",
        "days",
        1,
        f"Média de dpd_max nos últimos {months} fins de mês até t, {_KNOWN_PT}.",
        f"Mean dpd_max at the last {months} month ends up to t, {_KNOWN_EN}.",
    )


def _amount(window: str, name: str, reason: str, pt: str, en: str) -> Feature:
    return _of(window, name, "amount", 0, f"{pt}, {_KNOWN_PT}.", f"{en}, {_KNOWN_EN}.", reason=reason)


_BUCKETS_PT = "0, 1–30, 31–60, 61–90, 91 ou mais"
_BUCKETS_EN = "0, 1–30, 31–60, 61–90, 91 or more"

#: In the order of their columns.
MONTHS: tuple[Feature, ...] = (
    *(_late(months) for months in (6, 12, 24)),
    *(_deep(days) for days in (30, 60)),
    _of(
        "24m",
        "worst_dpd_24m",
        "days",
        1,
        f"Maior dpd_max dos últimos 24 fins de mês até t, {_KNOWN_PT}.",
        f"Largest dpd_max of the last 24 month ends up to t, {_KNOWN_EN}.",
    ),
    *(_mean(months) for months in (6, 12)),
    _of(
        "6m",
        "roll_up_count_6m",
        "count",
        1,
        "Quantas vezes, de um fim de mês ao seguinte entre os últimos 6 (5 passos), dpd_max subiu de faixa: "
        f"{_BUCKETS_PT}.",
        "How often, from one month end to the next of the last 6 (5 steps), dpd_max rose to a higher bucket: "
        f"{_BUCKETS_EN}.",
    ),
    _of(
        "12m",
        "roll_down_count_12m",
        "count",
        0,
        "Quantas vezes, de um fim de mês ao seguinte entre os últimos 12 (11 passos), dpd_max desceu de faixa: "
        f"{_BUCKETS_PT}.",
        "How often, from one month end to the next of the last 12 (11 steps), dpd_max fell to a lower bucket: "
        f"{_BUCKETS_EN}.",
    ),
    _of(
        "12m",
        "months_since_worst_12m",
        "months",
        -1,
        "Meses do fim de mês com o maior dpd_max dos últimos 12 (o mais recente, havendo vários iguais) até o último "
        "fim de mês até t; 0 se for ele. NaN se o maior for 0.",
        "Months from the month end with the largest dpd_max of the last 12 (the latest of equal ones) to the latest "
        "month end up to t; 0 if it is that one. NaN if the largest is 0.",
    ),
    _of(
        "24m",
        "months_clean_streak_24m",
        "count",
        -1,
        "Quantos fins de mês seguidos, do último até t para trás e no máximo 24, têm dpd_max 0; 24 sem nenhum título.",
        "How many month ends in a row, from the latest up to t backwards and at most 24, have a dpd_max of 0; 24 "
        "without an invoice.",
    ),
    _of(
        "1m",
        "bucket_last_month",
        "bucket",
        1,
        f"Faixa de dpd_max no último fim de mês até t, de 0 a 4: {_BUCKETS_PT}.",
        f"Bucket of dpd_max at the latest month end up to t, from 0 to 4: {_BUCKETS_EN}.",
    ),
    _of(
        "2m",
        "bucket_change_1m",
        "bucket_change",
        0,
        "Faixa de dpd_max no último fim de mês até t menos a do fim de mês anterior; positiva: piorou.",
        "Bucket of dpd_max at the latest month end up to t less that of the month end before; positive: it got worse.",
    ),
    _amount(
        "12m",
        "overdue_amount_max_12m",
        "R05",
        "Maior saldo em atraso nos últimos 12 fins de mês até t",
        "Largest overdue amount at the last 12 month ends up to t",
    ),
    _amount(
        "6m",
        "overdue_amount_mean_6m",
        "R05",
        "Média do saldo em atraso nos últimos 6 fins de mês até t",
        "Mean overdue amount at the last 6 month ends up to t",
    ),
    _amount(
        "6m",
        "open_amount_mean_6m",
        "R10",
        "Média do saldo em aberto nos últimos 6 fins de mês até t",
        "Mean open amount at the last 6 month ends up to t",
    ),
    _of(
        "6m",
        "open_amount_to_mean_6m",
        "ratio",
        0,
        "open_amount em t / open_amount_mean_6m. NaN se a base for 0.",
        "open_amount at t / open_amount_mean_6m. NaN if the base is 0.",
        reason="R10",
    ),
    _of(
        "6m",
        "open_amount_slope_6m",
        "ratio_per_month",
        0,
        "Inclinação por mês (mínimos quadrados) do saldo em aberto nos últimos 6 fins de mês até t, dividida por "
        "open_amount_mean_6m; positiva: cresce. NaN se a base for 0.",
        "Least-squares slope a month of the open amount at the last 6 month ends up to t, divided by "
        "open_amount_mean_6m; positive: it grows. NaN if the base is 0.",
        reason="R10",
    ),
)
