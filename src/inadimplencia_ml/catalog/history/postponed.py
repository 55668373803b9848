"""Invoices against the due date and the amount first known: what a postponement or a reduction hides.

The directions are what a monotone constraint may safely say with all other features given:

* how often and how far due dates were moved, and reductions: a favour to a good client or to a bad one: 0.
* mean days late against the first due date, and how far they exceed the mean against the present one: with the latter
  given both say how far due dates were moved: 0.
* the longest of the open invoices against its first due date: still unpaid, whatever favour was done: +1.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["POSTPONED"]

_LATER_PT = "vencimento posterior ao primeiro conhecido"
_LATER_EN = "a due date later than the one first known"
_YEAR_PT = "com vencimento em (t − 365 d, t]"
_YEAR_EN = "due in (t − 365 d, t]"


def _over(window: str, name: str, unit: str, direction: Direction, reason: str, pt: str, en: str) -> Feature:
    return Feature(name, "postponed", window, unit, pt, en, "risk", direction, reason)


def _count(window: str, due_pt: str, due_en: str) -> Feature:
    return _over(
        window,
        f"postponed_count_{window}",
        "count",
        0,
        "R02",
        f"Número de títulos prorrogados ({_LATER_PT}) {due_pt}.",
        f"Number of postponed invoices ({_LATER_EN}) {due_en}.",
    )


_MOVED: tuple[Feature, ...] = (
    _count("365d", _YEAR_PT, _YEAR_EN),
    _count("all", "com vencimento até t", "due by t"),
    _over(
        "365d",
        "postponed_share_365d",
        "share",
        0,
        "R02",
        f"Fração prorrogada ({_LATER_PT}) dos títulos {_YEAR_PT}. NaN se não houver nenhum.",
        f"Share of the invoices {_YEAR_EN} that were postponed ({_LATER_EN}). NaN if there is none.",
    ),
    _over(
        "365d",
        "postponed_days_mean_365d",
        "days",
        0,
        "R03",
        f"Média dos dias do primeiro vencimento conhecido ao atual, dos títulos prorrogados {_YEAR_PT}. "
        "NaN se não houver nenhum.",
        f"Mean days from the due date first known to the present one, of the postponed invoices {_YEAR_EN}. "
        "NaN if there is none.",
    ),
    _over(
        "now",
        "open_postponed_count",
        "count",
        0,
        "R10",
        "Número de títulos prorrogados em aberto, vencidos ou a vencer.",
        "Number of open postponed invoices, due or not.",
    ),
    _over(
        "now",
        "open_postponed_amount",
        "amount",
        0,
        "R10",
        "Saldo dos títulos prorrogados em aberto, vencidos ou a vencer.",
        "Outstanding amount of the open postponed invoices, due or not.",
    ),
)

_ORIGINAL: tuple[Feature, ...] = (
    _over(
        "now",
        "dpd_original_max",
        "days",
        1,
        "R01",
        "Maior número de dias de atraso dos títulos em aberto, contados do primeiro vencimento conhecido; "
        "0 sem atraso.",
        "Largest number of days late of the open invoices, counted from the due date first known; 0 if none is late.",
    ),
    _over(
        "365d",
        "days_late_original_mean_365d",
        "days",
        0,
        "R03",
        f"Média dos dias de atraso, com sinal, contados do primeiro vencimento conhecido, dos títulos {_YEAR_PT}. "
        "NaN se não houver nenhum.",
        f"Mean of the signed days late counted from the due date first known, of the invoices {_YEAR_EN}. "
        "NaN if there is none.",
    ),
    _over(
        "365d",
        "days_late_hidden_mean_365d",
        "days",
        0,
        "R03",
        f"days_late_original_mean_365d menos days_late_mean_365d, dos títulos {_YEAR_PT}: o atraso que a prorrogação "
        "não deixa ver. NaN se não houver nenhum.",
        f"days_late_original_mean_365d less days_late_mean_365d, of the invoices {_YEAR_EN}: the lateness that "
        "postponement hides. NaN if there is none.",
    ),
)

#: The columns of the family, in their fixed order.
POSTPONED: tuple[Feature, ...] = (
    *_MOVED,
    *_ORIGINAL,
    _over(
        "365d",
        "reduced_count_365d",
        "count",
        0,
        "R06",
        f"Número de títulos {_YEAR_PT} cujo primeiro valor conhecido era maior que o atual.",
        f"Number of invoices {_YEAR_EN} whose amount first known was larger than the present one.",
    ),
    _over(
        "365d",
        "reduced_amount_365d",
        "amount",
        0,
        "R06",
        f"Soma das reduções, primeiro valor conhecido menos o atual, dos títulos {_YEAR_PT} que as tiveram.",
        f"Sum of the reductions, amount first known less the present one, of the invoices {_YEAR_EN} that had one.",
    ),
)
