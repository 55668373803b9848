"""The credit limit: how much of it is used, how it changed. Only where the clients table has credit_limit.

The directions are what a monotone constraint may safely say with all other features given:

* use of the limit: who buys much uses much of it: 0. The limit itself and its changes: we set it ourselves: 0.
* what is overdue against the limit: lateness free of size, more is worse: +1. It speaks with what is overdue now (R01):
  R12 is a family without direction.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["LIMIT"]


def _of(window: str, name: str, unit: str, pt: str, en: str, direction: Direction = 0, reason: str = "R12") -> Feature:
    return Feature(name, "limit", window, unit, pt, en, "risk", direction, reason)


#: In the order of their columns.
LIMIT: tuple[Feature, ...] = (
    _of(
        "now",
        "limit_utilisation",
        "ratio",
        "Saldo em aberto em t / limite de crédito conhecido em t. NaN sem limite ou com limite 0.",
        "Open amount at t / credit limit known at t. NaN without a limit or with a limit of 0.",
    ),
    _of(
        "now",
        "overdue_to_limit",
        "ratio",
        "Saldo em atraso em t / limite de crédito conhecido em t. NaN sem limite ou com limite 0.",
        "Overdue amount at t / credit limit known at t. NaN without a limit or with a limit of 0.",
        1,
        "R01",
    ),
    _of(
        "12m",
        "limit_utilisation_max_12m",
        "ratio",
        "Maior razão saldo em aberto / limite nos últimos 12 fins de mês até t, ambos como se conheciam naquele dia; "
        "fins de mês sem limite ficam fora. NaN se não restar nenhum.",
        "Largest ratio of open amount to limit at the last 12 month ends up to t, both as known on that day; month "
        "ends without a limit are left out. NaN if none remains.",
    ),
    _of(
        "6m",
        "limit_utilisation_mean_6m",
        "ratio",
        "Média da razão saldo em aberto / limite nos últimos 6 fins de mês até t, ambos como se conheciam naquele dia; "
        "fins de mês sem limite ficam fora. NaN se não restar nenhum.",
        "Mean ratio of open amount to limit at the last 6 month ends up to t, both as known on that day; month ends "
        "without a limit are left out. NaN if none remains.",
    ),
    _of(
        "365d",
        "limit_change_ratio_365d",
        "ratio",
        "Limite conhecido em t / limite conhecido em t − 365 d. NaN se faltar um dos lados ou a base for 0.",
        "Limit known at t / limit known at t − 365 d. NaN if either side is missing or the base is 0.",
    ),
    _of(
        "now",
        "days_since_limit_change",
        "days",
        "t menos o dia em que ficou conhecido o último limite informado diferente do anterior. NaN se nunca mudou.",
        "t less the day on which the latest given limit that differs from the one before became known. NaN if it never "
        "changed.",
    ),
    _of(
        "365d",
        "ticket_to_limit",
        "ratio",
        "Média dos valores informados dos títulos emitidos em (t − 365 d, t] / limite de crédito conhecido em t. NaN "
        "sem valor informado, sem limite ou com limite 0.",
        "Mean of the given amounts of the invoices issued in (t − 365 d, t] / credit limit known at t. NaN if no "
        "amount is given, without a limit or with a limit of 0.",
    ),
)
