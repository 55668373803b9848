"""The other members of the client's groups. Only where the ledger has links.

The directions are what a monotone constraint may safely say with all other features given: none, 0. A group's size and
volume say neither good nor bad. Nor does its lateness, with the client's own given: trouble spreads in a group, but
whoever pays us in time while the others do not may be the one whom the group keeps paying.

No sentence shows a number of these columns: they are facts of other clients.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Feature

__all__ = ["GROUPS"]


def _of(window: str, name: str, unit: str, pt: str, en: str) -> Feature:
    return Feature(name, "groups", window, unit, pt, en, "risk", 0, "R12")


_OTHERS_PT = "dos outros clientes do grupo"
_OTHERS_EN = "of the other clients of the group"


#: In the order of their columns.
GROUPS: tuple[Feature, ...] = (
    _of(
        "now",
        "group_size",
        "count",
        "Número de outros clientes que, pelos vínculos conhecidos em t, têm um grupo (kind e group_id) em comum com o "
        "cliente; cada um conta uma vez.",
        "Number of other clients that, by the links known at t, have a group (kind and group_id) in common with the "
        "client; each counts once.",
    ),
    _of(
        "now",
        "group_open_amount",
        "amount",
        f"Saldo dos títulos em aberto {_OTHERS_PT}.",
        f"Outstanding amount of the open invoices {_OTHERS_EN}.",
    ),
    _of(
        "now",
        "group_overdue_amount",
        "amount",
        f"Saldo dos títulos em atraso (abertos com dpd > 0) {_OTHERS_PT}.",
        f"Outstanding amount of the overdue invoices (open with dpd > 0) {_OTHERS_EN}.",
    ),
    _of(
        "now",
        "group_overdue_count",
        "count",
        "Número dos outros clientes do grupo que têm ao menos um título em atraso.",
        "Number of the other clients of the group that have at least one overdue invoice.",
    ),
    _of(
        "now",
        "group_dpd_max",
        "days",
        f"Maior dpd entre os títulos em aberto {_OTHERS_PT}. 0 se não houver nenhum.",
        f"Largest dpd of the open invoices {_OTHERS_EN}. 0 if there is none.",
    ),
    _of(
        "365d",
        "group_due_count_365d",
        "count",
        f"Número de títulos {_OTHERS_PT} com vencimento em (t − 365 d, t].",
        f"Number of invoices {_OTHERS_EN} due in (t − 365 d, t].",
    ),
    _of(
        "365d",
        "group_late_share_365d",
        "share",
        f"Fração com dias de atraso > 0 dos títulos {_OTHERS_PT} com vencimento em (t − 365 d, t]. "
        "NaN se não houver nenhum.",
        f"Share with days late > 0 of the invoices {_OTHERS_EN} due in (t − 365 d, t]. NaN if there is none.",
    ),
    _of(
        "365d",
        "group_days_late_mean_365d",
        "days",
        f"Média dos dias de atraso, com sinal, dos títulos {_OTHERS_PT} com vencimento em (t − 365 d, t]. "
        "NaN se não houver nenhum.",
        f"Mean of the signed days late of the invoices {_OTHERS_EN} due in (t − 365 d, t]. NaN if there is none.",
    ),
)
