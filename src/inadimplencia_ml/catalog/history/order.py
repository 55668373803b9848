"""Order of payments: newer invoices paid while older ones are left, parts paid, too much paid, payments an invoice.

The directions are what a monotone constraint may safely say with all other features given: none, 0.

* newer paid, older left: who pays the newer invoice pays at least that one, and the older may be in dispute; what is
  overdue has its own sign.
* part paid: better than nothing, worse than all; a small rest is often left for good, a withheld tax or a difference.
* paid too much, in several payments: habits of good and of bad payers alike.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Feature

__all__ = ["ORDER"]

_YEAR = "(t − 365 d, t]"


def _of(name: str, window: str, unit: str, pt: str, en: str) -> Feature:
    return Feature(name, "order", window, unit, pt, en, "risk", 0, "R06")


ORDER: tuple[Feature, ...] = (
    _of(
        "pays_newer_count_365d",
        "365d",
        "count",
        f"Número de pagamentos vistos (kind payment) com data em {_YEAR} feitos enquanto outro título, de vencimento "
        "anterior, estava em atraso e não foi quitado nem encerrado até aquele dia.",
        f"Number of seen payments (kind payment) dated in {_YEAR} that were made while another invoice, due earlier, "
        "was overdue and not settled or closed by that day.",
    ),
    _of(
        "pays_newer_share_365d",
        "365d",
        "share",
        "pays_newer_count_365d / número de pagamentos vistos (kind payment) com data na mesma janela, "
        f"{_YEAR}. NaN sem pagamento.",
        "pays_newer_count_365d / number of seen payments (kind payment) dated in the same window, "
        f"{_YEAR}. NaN without a payment.",
    ),
    _of(
        "skipped_count",
        "now",
        "count",
        "Número de títulos em atraso para os quais há um título de vencimento posterior quitado por pagamento.",
        "Number of overdue invoices for which there is an invoice due later that a payment settled.",
    ),
    _of(
        "skipped_amount",
        "now",
        "amount",
        "Saldo dos títulos de skipped_count.",
        "Outstanding amount of the invoices of skipped_count.",
    ),
    _of(
        "skipped_share",
        "now",
        "share",
        "skipped_count / overdue_count. NaN sem título em atraso.",
        "skipped_count / overdue_count. NaN without an overdue invoice.",
    ),
    _of(
        "newest_paid_gap_days",
        "now",
        "days",
        "Último vencimento dos títulos quitados por pagamento menos o primeiro vencimento dos títulos em atraso. "
        "NaN se faltar um dos lados.",
        "Latest due date of the invoices settled by payment less the earliest due date of the overdue invoices. "
        "NaN if either side has no invoices.",
    ),
    _of(
        "part_paid_open_count",
        "now",
        "count",
        "Número de títulos em aberto com parte já quitada.",
        "Number of open invoices of which a part is settled.",
    ),
    _of(
        "part_paid_open_share",
        "now",
        "share",
        "Σ quitado / Σ valor dos títulos em aberto com parte já quitada. NaN se não houver nenhum.",
        "Σ settled / Σ amount of the open invoices of which a part is settled. NaN if there is none.",
    ),
    _of(
        "overpaid_count_365d",
        "365d",
        "count",
        f"Número de títulos com vencimento em {_YEAR} e valor acima de 0 pagos a mais; juros e multa informados à "
        "parte não contam.",
        f"Number of invoices due in {_YEAR} with an amount above 0 that were paid too much; interest and fines given "
        "apart do not count.",
    ),
    _of(
        "overpaid_amount_365d",
        "365d",
        "amount",
        f"Soma do pago acima do valor nos títulos de overpaid_count_365d, vencimento em {_YEAR}.",
        f"Sum of what was paid above the amount on the invoices of overpaid_count_365d, due in {_YEAR}.",
    ),
    _of(
        "payments_per_invoice_mean_365d",
        "365d",
        "count_per_invoice",
        "Número de pagamentos vistos (kind payment) por título, dos títulos com vencimento em "
        f"{_YEAR} quitados por pagamento. NaN se não houver nenhum.",
        f"Number of seen payments (kind payment) an invoice, of the invoices due in {_YEAR} that a payment settled. "
        "NaN if there is none.",
    ),
)
