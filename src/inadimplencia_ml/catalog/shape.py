"""Of what shape the history is: the latest invoices, the month ends, how it is paid, rhythm and size of purchases.

The directions are what a monotone constraint may safely say with all other features given:

* streaks, latest, mean of the latest and first, mean weighted by age: lateness free of size: +1 (streak on time: -1).
* slope: an invoice long open, once due, bends it down while the client is at its worst: 0.
* ratio of shares: highest for one late invoice in a good year, about one for a client late all year: 0.
* worst month ends, steps up: +1.
* partial count: a part payment is better than none and worse than a whole one: 0. Payment ratio: -1.
* rhythm and size of purchases: 0.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["SHAPE"]


def _over(
    window: str, name: str, family: str, unit: str, direction: Direction, reason: str, pt: str, en: str
) -> Feature:
    return Feature(name, family, window, unit, pt, en, "risk", direction, reason)


def _streak(name: str, direction: Direction, sign: str) -> Feature:
    return _over(
        "last",
        name,
        "latest",
        "count",
        direction,
        "R04",
        f"Quantos dos títulos com vencimento até t, do último para trás, têm todos dias de atraso {sign} 0.",
        f"How many of the invoices due by t, from the latest backwards, all have days late {sign} 0.",
    )


def _ends(k: int, which: str) -> Feature:
    end_pt, end_en = ("últimos", "latest") if which == "last" else ("primeiros", "first")
    return _over(
        f"{which}_{k}",
        f"days_late_mean_{which}_{k}",
        "latest",
        "days",
        1,
        "R04" if which == "last" else "R03",
        f"Média dos dias de atraso, com sinal, dos {k} {end_pt} títulos com vencimento até t, ou de quantos houver. "
        "NaN se não houver nenhum.",
        f"Mean of the signed days late of the {end_en} {k} invoices due by t, or of as many as there are. "
        "NaN if there is none.",
    )


_LATEST: tuple[Feature, ...] = (
    _streak("on_time_streak", -1, "≤"),
    _streak("late_streak", 1, ">"),
    _over(
        "last",
        "days_late_last",
        "latest",
        "days",
        1,
        "R04",
        "Dias de atraso, com sinal, do último título com vencimento até t. NaN se não houver nenhum.",
        "Signed days late of the latest invoice due by t. NaN if there is none.",
    ),
    _ends(3, "last"),
    _ends(6, "last"),
    _ends(3, "first"),
    _over(
        "all",
        "days_late_ewm_90d",
        "latest",
        "days",
        1,
        "R04",
        "Média dos dias de atraso, com sinal, de todos os títulos com vencimento até t, com peso 0,5^((t − vencimento) "
        "/ 90 d). NaN se não houver nenhum.",
        "Mean of the signed days late of all invoices due by t, weighted by 0.5^((t − due date) / 90 d). "
        "NaN if there is none.",
    ),
    _over(
        "365d",
        "days_late_slope_365d",
        "latest",
        "days_per_30d",
        0,
        "R04",
        "Inclinação (mínimos quadrados) dos dias de atraso sobre vencimento / 30 d, títulos com vencimento em "
        "(t − 365 d, t]; positiva: piorando. NaN com menos de duas datas de vencimento.",
        "Least-squares slope of days late on due date / 30 d, invoices due in (t − 365 d, t]; positive: getting worse. "
        "NaN with fewer than two different due dates.",
    ),
    _over(
        "90d",
        "late_share_ratio_90d_365d",
        "latest",
        "ratio",
        0,
        "R04",
        "late_share_90d / late_share_365d. NaN se uma delas for NaN ou a segunda for 0.",
        "late_share_90d / late_share_365d. NaN if either is NaN or the second is 0.",
    ),
)


def _worst(months: int) -> Feature:
    return _over(
        f"{months}m",
        f"worst_dpd_{months}m",
        "month_ends",
        "days",
        1,
        "R05",
        f"Maior dpd_max dos últimos {months} fins de mês até t (t, se for um), cada um como se conhecia naquele dia; "
        "0 antes do primeiro título.",
        f"Largest dpd_max of the last {months} month ends up to t (t, if it is one), each as known on that day; "
        "0 before the first invoice.",
    )


_REST: tuple[Feature, ...] = (
    *(_worst(months) for months in (3, 6, 12)),
    _over(
        "12m",
        "roll_up_count_12m",
        "month_ends",
        "count",
        1,
        "R05",
        "Quantas vezes, de um fim de mês ao seguinte entre os últimos 12 (11 passos), dpd_max subiu de faixa: "
        "0, 1–30, 31–60, 61–90, 91 ou mais.",
        "How often, from one month end to the next of the last 12 (11 steps), dpd_max rose to a higher bucket: "
        "0, 1–30, 31–60, 61–90, 91 or more.",
    ),
    _over(
        "all",
        "partial_count_all",
        "paid",
        "count",
        0,
        "R06",
        "Número de títulos com vencimento até t pagos em partes: com um pagamento visto (kind payment) e não quitados, "
        "ou quitados em dia posterior ao primeiro pagamento.",
        "Number of invoices due by t paid in parts: with a seen payment (kind payment) and not settled, or settled on "
        "a later day than that of the first payment.",
    ),
    _over(
        "365d",
        "payment_ratio_365d",
        "paid",
        "share",
        -1,
        "R06",
        "Σ min(quitado até t, valor) / Σ valor dos títulos com vencimento em (t − 365 d, t]. NaN se a soma for 0.",
        "Σ min(settled by t, amount) / Σ amount of the invoices due in (t − 365 d, t]. NaN if the sum is 0.",
    ),
    _over(
        "all",
        "days_between_issues_mean",
        "issued",
        "days",
        0,
        "R08",
        "(última − primeira emissão) / (n − 1) dos n títulos vistos. NaN com menos de dois.",
        "(latest − first issue date) / (n − 1) of the n seen invoices. NaN with fewer than two.",
    ),
    _over(
        "365d",
        "ticket_mean_365d",
        "issued",
        "amount",
        0,
        "R08",
        "issued_amount_365d / issued_count_365d. NaN sem emissão.",
        "issued_amount_365d / issued_count_365d. NaN if nothing was issued.",
    ),
    _over(
        "90d",
        "ticket_ratio_90d_365d",
        "issued",
        "ratio",
        0,
        "R08",
        "(issued_amount_90d / issued_count_90d) / ticket_mean_365d. NaN se um dos lados for NaN ou a base for 0.",
        "(issued_amount_90d / issued_count_90d) / ticket_mean_365d. NaN if either side is NaN or the base is 0.",
    ),
)

#: The 18 columns from the streaks to the tickets, in their fixed order.
SHAPE: tuple[Feature, ...] = (*_LATEST, *_REST)
