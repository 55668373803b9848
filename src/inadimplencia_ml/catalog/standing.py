"""How a client stands: what is open and overdue now, and how long ago things happened.

The directions are what a monotone constraint may safely say with all other features given:

* open, not due, due next: exposure. A client who buys much has much open: 0.
* overdue count, amount and share, dpd: at an equal open amount more overdue is worse: +1. The bands in the middle are
  0, since at an equal overdue amount more in a younger band is less in an older one; more in the oldest is always
  worse: +1.
* days since issue and payment: a client who left has paid all, or has not: 0.
* days since lateness ended: at an equal history longer ago is safer: -1.
* tenure: -1. At an equal history a longer acquaintance is not a worse one, and no reason should ever tell a client that
  a long relationship counts against it. It also grows with the calendar, and +1 would let it stand for the date.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["STANDING"]


def _now(name: str, family: str, unit: str, direction: Direction, reason: str, pt: str, en: str) -> Feature:
    return Feature(name, family, "now", unit, pt, en, "risk", direction, reason)


def _band(name: str, low: int, high: int | None, direction: Direction) -> Feature:
    days_pt = f"{low} dias ou mais" if high is None else f"de {low} a {high} dias"
    days_en = f"{low} days or more" if high is None else f"{low} to {high} days"
    return _now(
        f"overdue_{name}_amount",
        "overdue",
        "amount",
        direction,
        "R01",
        f"Saldo dos títulos em atraso com dpd {days_pt}.",
        f"Outstanding amount of the overdue invoices with a dpd of {days_en}.",
    )


_OPEN: tuple[Feature, ...] = (
    _now(
        "open_count",
        "open",
        "count",
        0,
        "R10",
        "Número de títulos em aberto: nem quitados nem encerrados (renegociados ou baixados como perda).",
        "Number of open invoices: neither settled nor closed (renegotiated or written off).",
    ),
    _now(
        "open_amount",
        "open",
        "amount",
        0,
        "R10",
        "Saldo dos títulos em aberto: valor menos o já quitado, nunca abaixo de 0.",
        "Outstanding amount of the open invoices: the amount less what has settled it, never below 0.",
    ),
    _now(
        "overdue_count",
        "overdue",
        "count",
        1,
        "R01",
        "Número de títulos em atraso: abertos com dpd > 0, contado do vencimento ajustado ao dia útil.",
        "Number of overdue invoices: open with dpd > 0, counted from the due date moved to the business day.",
    ),
    _now(
        "overdue_amount",
        "overdue",
        "amount",
        1,
        "R01",
        "Saldo dos títulos em atraso (abertos com dpd > 0).",
        "Outstanding amount of the overdue invoices (open with dpd > 0).",
    ),
    _now(
        "overdue_share",
        "overdue",
        "share",
        1,
        "R01",
        "overdue_amount / open_amount. NaN se open_amount for 0.",
        "overdue_amount / open_amount. NaN if open_amount is 0.",
    ),
    _now(
        "dpd_max",
        "overdue",
        "days",
        1,
        "R01",
        "Maior dpd entre os títulos em aberto. 0 se não houver nenhum.",
        "Largest dpd of the open invoices. 0 if there is none.",
    ),
    _now(
        "dpd_weighted",
        "overdue",
        "days",
        1,
        "R01",
        "Média do dpd de todos os títulos em aberto (os em dia com 0), ponderada pelo saldo. NaN se open_amount for 0.",
        "Mean dpd of all open invoices (undue ones with 0), weighted by what is outstanding. NaN if open_amount is 0.",
    ),
    _band("1_30", 1, 30, 0),
    _band("31_60", 31, 60, 0),
    _band("61_90", 61, 90, 0),
    _band("91_plus", 91, None, 1),
    _now(
        "not_due_amount",
        "open",
        "amount",
        0,
        "R10",
        "Saldo dos títulos em aberto com dpd = 0, inclusive nos dias até o próximo dia útil. "
        "Com as quatro faixas de atraso soma open_amount.",
        "Outstanding amount of the open invoices with dpd = 0, the days up to the next business day included. "
        "With the four overdue bands it adds up to open_amount.",
    ),
    Feature(
        "due_next_30d_amount",
        "open",
        "next_30d",
        "amount",
        "Saldo dos títulos em aberto com vencimento (sem ajuste) em (t, t + 30 d].",
        "Outstanding amount of the open invoices with a due date (not moved) in (t, t + 30 d].",
        "risk",
        0,
        "R10",
    ),
)

_RECENCY: tuple[Feature, ...] = (
    _now(
        "days_since_issue",
        "recency",
        "days",
        0,
        "R09",
        "t menos a última emissão de um título visto. NaN se não houver nenhum.",
        "t less the latest issue date of a seen invoice. NaN if there is none.",
    ),
    _now(
        "days_since_payment",
        "recency",
        "days",
        0,
        "R09",
        "t menos o último payment_date de um pagamento visto (kind payment, inteiro ou em parte). NaN se não houver.",
        "t less the latest payment_date of a seen payment (kind payment, whole or part). NaN if there is none.",
    ),
    _now(
        "days_since_late",
        "recency",
        "days",
        -1,
        "R04",
        "0 enquanto houver título em atraso; senão t menos o último dia em que se quitou ou encerrou um título com "
        "dias de atraso > 0. NaN se nenhum teve atraso.",
        "0 while an invoice is overdue; else t less the last day on which an invoice with days late > 0 was settled or "
        "closed. NaN if none was ever late.",
    ),
    _now(
        "tenure_days",
        "recency",
        "days",
        -1,
        "R07",
        "t menos a primeira emissão de um título visto. NaN se não houver nenhum.",
        "t less the first issue date of a seen invoice. NaN if there is none.",
    ),
)

#: The 17 columns from the open invoices to the tenure, in their fixed order.
STANDING: tuple[Feature, ...] = (*_OPEN, *_RECENCY)
