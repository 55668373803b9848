"""The last 90 days against all that fell due before: before, shift, and a good history that has just turned.

The directions are what a monotone constraint may safely say with all other features given:

* lateness before: free of size, more is worse: +1.
* shifts: at an equal present they grow where the past was better: 0.
* good history, recent shock: at an equal present the flag tells a good past from a bad one: 0.
* the first late invoice long ago may tell of a long relationship: 0.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["SHOCK"]


def _shock(name: str, window: str, unit: str, direction: Direction, reason: str, pt: str, en: str) -> Feature:
    return Feature(name, "shock", window, unit, pt, en, "risk", direction, reason)


SHOCK: tuple[Feature, ...] = (
    _shock(
        "late_share_before_90d",
        "all",
        "share",
        1,
        "R02",
        "Fração com dias de atraso > 0 dos títulos com vencimento até t − 90 d. NaN se não houver nenhum.",
        "Share with days late > 0 of the invoices due by t − 90 d. NaN if there is none.",
    ),
    _shock(
        "days_late_mean_before_90d",
        "all",
        "days",
        1,
        "R03",
        "Média dos dias de atraso, com sinal, dos títulos com vencimento até t − 90 d. NaN se não houver nenhum.",
        "Mean of the signed days late of the invoices due by t − 90 d. NaN if there is none.",
    ),
    _shock(
        "late_share_shift_90d",
        "90d",
        "share_change",
        0,
        "R04",
        "Fração com dias de atraso > 0 dos títulos com vencimento em (t − 90 d, t] menos a dos títulos com vencimento "
        "até t − 90 d. NaN se não houver títulos em um dos lados.",
        "Share with days late > 0 of the invoices due in (t − 90 d, t] less that of the invoices due by t − 90 d. "
        "NaN if either side has no invoices.",
    ),
    _shock(
        "days_late_mean_shift_90d",
        "90d",
        "days",
        0,
        "R04",
        "Média dos dias de atraso, com sinal, dos títulos com vencimento em (t − 90 d, t] menos a dos títulos com "
        "vencimento até t − 90 d. NaN se não houver títulos em um dos lados.",
        "Mean of the signed days late of the invoices due in (t − 90 d, t] less that of the invoices due by "
        "t − 90 d. NaN if either side has no invoices.",
    ),
    _shock(
        "good_history_recent_shock",
        "90d",
        "flag",
        0,
        "R04",
        "1 se ao menos 90 % dos títulos com vencimento até t − 90 d têm no máximo 5 dias de atraso e, entre os com "
        "vencimento em (t − 90 d, t], um tem 15 dias de atraso ou mais, ou são dois ou mais e ao menos metade tem dias "
        "de atraso > 0; senão 0. NaN com menos de seis títulos até t − 90 d.",
        "1 if at least 90% of the invoices due by t − 90 d are 5 days late at most and, of those due in "
        "(t − 90 d, t], one is 15 days late or more, or they are two or more and at least half have days late > 0; "
        "else 0. NaN with fewer than six invoices by t − 90 d.",
    ),
    _shock(
        "days_since_first_late",
        "all",
        "days",
        0,
        "R09",
        "t menos o vencimento do primeiro título com dias de atraso > 0, na ordem de vencimento. "
        "NaN se não houver nenhum.",
        "t less the due date of the first invoice with days late > 0, in the order of due dates. NaN if there is none.",
    ),
)
