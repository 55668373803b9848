"""The calendar of a client: terms, ends of months and weeks, seasons, and the gaps between issues and payments.

The directions are what a monotone constraint may safely say with all other features given: none, 0.

* terms, when a company buys and on which days its invoices fall due, gaps: habits of good and of bad payers alike.
* share of late ones among those due at the end of a month or week: at an equal share of all, which the model has too,
  it only says on which days someone is late.
* paid after the end of the month: so is whoever pays in time what falls due on its last day, a holiday.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Feature

__all__ = ["RHYTHM"]

_YEAR_PT = "com vencimento em (t − 365 d, t]"
_YEAR_EN = "due in (t − 365 d, t]"


def _over(window: str, name: str, unit: str, reason: str, pt: str, en: str) -> Feature:
    return Feature(name, "rhythm", window, unit, pt, en, "risk", 0, reason)


def _late_share(name: str, when_pt: str, when_en: str) -> Feature:
    return _over(
        "365d",
        f"late_share_{name}_365d",
        "share",
        "R02",
        f"Fração com dias de atraso > 0 dos títulos {_YEAR_PT} {when_pt}, sem ajuste. NaN se não houver nenhum.",
        f"Share with days late > 0 of the invoices {_YEAR_EN}, {when_en}, not moved. NaN if there is none.",
    )


_DEVIATION_PT, _DEVIATION_EN = "Desvio padrão amostral (divisor n − 1)", "Sample standard deviation (divisor n − 1)"
_GAPS = {  # how it begins, and when there is none: pt-BR, English, pt-BR, English
    "mean": ("Média dos intervalos", "Mean of the gaps", "se não houver nenhum", "if there is none"),
    "max": ("Maior intervalo", "Largest gap", "se não houver nenhum", "if there is none"),
    "std": (
        f"{_DEVIATION_PT} dos intervalos",
        f"{_DEVIATION_EN} of the gaps",
        "com menos de dois",
        "with fewer than two",
    ),
}


_ISSUE = ("emissão", "issue")
_PAYMENT = ("pagamento (payment_date, kind payment)", "payment (payment_date, kind payment)")


def _gap(event: str, statistic: str, reason: str, days_pt: str, days_en: str) -> Feature:
    begins_pt, begins_en, few_pt, few_en = _GAPS[statistic]
    return _over(
        "365d",
        f"{event}_gap_{statistic}_365d",
        "days",
        reason,
        f"{begins_pt} entre um dia de {days_pt} e o seguinte, este em (t − 365 d, t]. NaN {few_pt}.",
        f"{begins_en} between one day of {days_en} and the next, the latter in (t − 365 d, t]. NaN {few_en}.",
    )


def _gap_now(event: str, last_pt: str, last_en: str, days_pt: str, days_en: str) -> Feature:
    return _over(
        "365d",
        f"{event}_gap_now_ratio",
        "ratio",
        "R09",
        f"(t − {last_pt}) / média dos intervalos entre um dia de {days_pt} e o seguinte, este em (t − 365 d, t]. "
        "NaN se não houver nenhum.",
        f"(t − {last_en}) / mean of the gaps between one day of {days_en} and the next, the latter in "
        "(t − 365 d, t]. NaN if there is none.",
    )


_DUE: tuple[Feature, ...] = (
    _over(
        "365d",
        "term_mean_365d",
        "days",
        "R08",
        f"Prazo médio (vencimento menos emissão, dias corridos) dos títulos {_YEAR_PT}. NaN se não houver nenhum.",
        f"Mean term (due date less issue date, calendar days) of the invoices {_YEAR_EN}. NaN if there is none.",
    ),
    _over(
        "last",
        "term_last",
        "days",
        "R08",
        "Prazo (como em term_mean_365d) do último título com vencimento até t. NaN se não houver nenhum.",
        "Term (as in term_mean_365d) of the latest invoice due by t. NaN if there is none.",
    ),
    _over(
        "365d",
        "term_last_to_mean_365d",
        "days",
        "R08",
        f"term_last menos term_mean_365d, prazo médio dos títulos {_YEAR_PT}. NaN se não houver nenhum.",
        f"term_last less term_mean_365d, the mean term of the invoices {_YEAR_EN}. NaN if there is none.",
    ),
    _over(
        "365d",
        "due_month_end_share_365d",
        "share",
        "R14",
        f"Fração dos títulos {_YEAR_PT} que vencem nos três últimos dias do mês, sem ajuste. NaN se não houver nenhum.",
        f"Share of the invoices {_YEAR_EN} that fall due on the last three days of a month, not moved. "
        "NaN if there is none.",
    ),
    _late_share("month_end", "e nos três últimos dias do mês", "on the last three days of a month"),
    _late_share("week_end", "e em sexta-feira, sábado ou domingo", "on a Friday, Saturday or Sunday"),
)

_SEASON: tuple[Feature, ...] = (
    _over(
        "12m",
        "issued_amount_same_month_last_year",
        "amount",
        "R08",
        "Soma dos valores inteiros dos títulos emitidos no mesmo mês de t, um ano antes.",
        "Sum of the whole amounts of the invoices issued in the same month as that of t, one year before.",
    ),
    _over(
        "12m",
        "season_ratio_12m",
        "ratio",
        "R14",
        "12 × issued_amount_same_month_last_year / valor emitido nos 12 meses anteriores ao mês de t. "
        "NaN se esse valor for 0.",
        "12 × issued_amount_same_month_last_year / amount issued in the 12 months before the month of t. "
        "NaN if the latter is 0.",
    ),
    _over("now", "as_of_month", "month", "R14", "Mês de t.", "Month of t."),
    _over("now", "as_of_month_day", "month_day", "R14", "Dia do mês de t.", "Day of the month of t."),
    _over(
        "now",
        "as_of_days_to_month_end",
        "days",
        "R14",
        "Dias de t até o último dia do seu mês; 0 nesse dia.",
        "Days from t to the last day of its month; 0 on that day.",
    ),
)

_PAID: tuple[Feature, ...] = (
    _over(
        "365d",
        "paid_month_day_mean_365d",
        "month_day",
        "R14",
        "Média do dia do mês da quitação, dos títulos que um pagamento quitou em (t − 365 d, t], vencidos ou a vencer. "
        "NaN se não houver nenhum.",
        "Mean day of the month of settlement, of the invoices that a payment settled in (t − 365 d, t], due or not. "
        "NaN if there is none.",
    ),
    _over(
        "365d",
        "paid_after_month_end_share_365d",
        "share",
        "R02",
        f"Dos títulos {_YEAR_PT} em meses que já terminaram, a fração quitada ou encerrada depois do mês do "
        "vencimento, ou ainda em aberto. NaN se não houver nenhum.",
        f"Of the invoices {_YEAR_EN} in months that have ended, the share settled or closed after the month of the "
        "due date, or still open. NaN if there is none.",
    ),
)

#: The columns of the family, in their fixed order.
RHYTHM: tuple[Feature, ...] = (
    *_DUE,
    *_SEASON,
    *(_gap("issue", statistic, "R08", *_ISSUE) for statistic in ("max", "std")),
    _gap_now("issue", "última emissão", "latest issue date", *_ISSUE),
    _over(
        "365d",
        "active_months_365d",
        "count",
        "R08",
        "Número de meses diferentes com alguma emissão em (t − 365 d, t].",
        "Number of different months with an issue date in (t − 365 d, t].",
    ),
    *(_gap("payment", statistic, "R06", *_PAYMENT) for statistic in ("mean", "max", "std")),
    _gap_now("payment", "último payment_date", "latest payment_date", *_PAYMENT),
    *_PAID,
)
