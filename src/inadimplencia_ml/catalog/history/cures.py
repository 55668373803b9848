"""What became of lateness: settled after all, renegotiated, written off, or nothing ever paid.

The directions are what a monotone constraint may safely say with all other features given:

* shares of late invoices that were settled: free of size, more is better: -1. How long it took: +1.
* number written off: given up as lost, at an equal history it is no better sign: +1; days since the latest: -1.
* number renegotiated, days since the latest: who renegotiates before the due date may only want another contract: 0.
* number and share never paid, share still open: lateness that lasts: +1.
* amounts and losses: they grow with the size of the client far more than a count does: 0.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["CURES"]

_DUE_PT = {"365d": "com vencimento em (t − 365 d, t]", "all": "com vencimento até t"}
_DUE_EN = {"365d": "due in (t − 365 d, t]", "all": "due by t"}
_ON_PT = {"365d": "em (t − 365 d, t]", "all": "até t"}
_ON_EN = {"365d": "in (t − 365 d, t]", "all": "by t"}


def _over(window: str, name: str, unit: str, direction: Direction, reason: str, pt: str, en: str) -> Feature:
    return Feature(name, "cures", window, unit, pt, en, "risk", direction, reason)


def _cured(days: int, window: str) -> Feature:
    return _over(
        window,
        f"cured_share_{days}_{window}",
        "share",
        -1,
        "R06",
        f"Dos títulos {_DUE_PT[window]} e {days} dias de atraso ou mais, a fração quitada até t. "
        "NaN se não houver nenhum.",
        f"Of the invoices {_DUE_EN[window]} that are {days} days late or more, the share settled by t. "
        "NaN if there is none.",
    )


def _closed(name: str, direction: Direction, participle_pt: str, participle_en: str) -> tuple[Feature, ...]:
    """Number and amount of what was closed for one reason, over both windows."""
    return (
        *(
            _over(
                w,
                f"{name}_count_{w}",
                "count",
                direction,
                "R06",
                f"Número de títulos {participle_pt} {_ON_PT[w]}, vencidos ou a vencer.",
                f"Number of invoices {participle_en} {_ON_EN[w]}, due or not.",
            )
            for w in ("365d", "all")
        ),
        *(
            _over(
                w,
                f"{name}_amount_{w}",
                "amount",
                0,
                "R06",
                f"Soma dos valores inteiros dos títulos {participle_pt} {_ON_PT[w]}, vencidos ou a vencer.",
                f"Sum of the whole amounts of the invoices {participle_en} {_ON_EN[w]}, due or not.",
            )
            for w in ("365d", "all")
        ),
    )


def _since(name: str, direction: Direction, participle_pt: str, participle_en: str) -> Feature:
    return _over(
        "now",
        f"days_since_{name}",
        "days",
        direction,
        "R06",
        f"t menos o último dia em que um título foi {participle_pt}. NaN se nenhum foi.",
        f"t less the latest day on which an invoice was {participle_en}. NaN if none was.",
    )


_BY_PAYMENT: tuple[Feature, ...] = (
    _over(
        "365d",
        "late_settled_share_365d",
        "share",
        -1,
        "R06",
        "Dos títulos com vencimento em (t − 365 d, t] e dias de atraso > 0, a fração que um pagamento quitou. "
        "NaN se não houver nenhum.",
        "Of the invoices due in (t − 365 d, t] with days late > 0, the share that a payment settled. "
        "NaN if there is none.",
    ),
    _over(
        "365d",
        "late_settled_days_mean_365d",
        "days",
        1,
        "R03",
        "Média dos dias de atraso dos títulos com vencimento em (t − 365 d, t] que um pagamento quitou com dias de "
        "atraso > 0. NaN se não houver nenhum.",
        "Mean days late of the invoices due in (t − 365 d, t] that a payment settled with days late > 0. "
        "NaN if there is none.",
    ),
)

_UNPAID: tuple[Feature, ...] = (
    _over(
        "all",
        "never_paid_count_all",
        "count",
        1,
        "R01",
        "Número de títulos com vencimento até t em aberto, com 30 dias de atraso ou mais, dos quais nada foi quitado.",
        "Number of invoices due by t that are open, 30 days late or more, of which nothing is settled.",
    ),
    _over(
        "all",
        "never_paid_share_all",
        "share",
        1,
        "R01",
        "never_paid_count_all / due_count_all. NaN se nada venceu.",
        "never_paid_count_all / due_count_all. NaN if nothing fell due.",
    ),
)

#: The columns of the family, in their fixed order.
CURES: tuple[Feature, ...] = (
    *_BY_PAYMENT,
    _cured(30, "365d"),
    *(_cured(days, "all") for days in (30, 60, 90)),
    _over(
        "all",
        "open_late_30_share_all",
        "share",
        1,
        "R01",
        "Dos títulos com vencimento até t e 30 dias de atraso ou mais, a fração ainda em aberto. "
        "NaN se não houver nenhum.",
        "Of the invoices due by t that are 30 days late or more, the share still open. NaN if there is none.",
    ),
    *_closed("renegotiated", 0, "renegociados", "renegotiated"),
    *_closed("written_off", 1, "baixados como perda", "written off"),
    _since("renegotiated", 0, "renegociado", "renegotiated"),
    _since("written_off", -1, "baixado como perda", "written off"),
    _over(
        "all",
        "written_off_loss_all",
        "amount",
        0,
        "R06",
        "Soma de valor menos quitado até t, no mínimo 0 por título, dos títulos baixados como perda até t.",
        "Sum of the amount less what has settled it by t, at least 0 an invoice, of the invoices written off by t.",
    ),
    *_UNPAID,
)
