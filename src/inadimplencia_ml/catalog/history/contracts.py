"""Contracts: how many a client has and how many are overdue, how the last and the worst go, first instalments.

The directions are what a monotone constraint may safely say with all other features given:

* contracts overdue, their share, lateness of the last contract and of first instalments, mean days late of the worst
  contract: +1.
* largest share of late ones: one late invoice of a contract just begun makes it 1: 0.
* paid share of the last contract: it says first of all how far the contract has run: 0.
* how many contracts there are, how old the last is, how much of what is overdue lies in it: neither good nor bad: 0.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["CONTRACTS"]


def _of(name: str, window: str, unit: str, direction: Direction, reason: str, pt: str, en: str) -> Feature:
    return Feature(name, "contracts", window, unit, pt, en, "risk", direction, reason)


def _last(name: str, unit: str, direction: Direction, reason: str, pt: str, en: str, none: str = "") -> Feature:
    """Of the last contract; ``none``: where it is NaN, in both languages, separated by a bar."""
    none_pt, none_en = (f" NaN {text}." for text in none.split("|")) if none else ("", "")
    return _of(
        f"last_contract_{name}",
        "now",
        unit,
        direction,
        reason,
        f"{pt} do último contrato (aquele cuja primeira emissão é a mais recente).{none_pt}",
        f"{en} of the last contract (that with the latest first issue).{none_en}",
    )


_COUNTS: tuple[Feature, ...] = (
    _of(
        "contract_count_all",
        "all",
        "count",
        0,
        "R08",
        "Número de contratos com algum título visto; o contrato de um título é o da sua primeira linha conhecida.",
        "Number of contracts with a seen invoice; an invoice's contract is that of its row first known.",
    ),
    _of(
        "contract_open_count",
        "now",
        "count",
        0,
        "R10",
        "Número de contratos com algum título em aberto.",
        "Number of contracts with an open invoice.",
    ),
    _of(
        "contract_overdue_count",
        "now",
        "count",
        1,
        "R01",
        "Número de contratos com algum título em atraso (aberto com dpd > 0).",
        "Number of contracts with an overdue invoice (open with dpd > 0).",
    ),
    _of(
        "contract_overdue_share",
        "now",
        "share",
        1,
        "R01",
        "contract_overdue_count / contract_open_count. NaN se não houver contrato com título em aberto.",
        "contract_overdue_count / contract_open_count. NaN if no contract has an open invoice.",
    ),
)

_NEWEST: tuple[Feature, ...] = (
    _last(
        "due_count",
        "count",
        0,
        "R08",
        "Número de títulos com vencimento até t",
        "Number of invoices due by t",
    ),
    _last(
        "late_share",
        "share",
        1,
        "R02",
        "Fração com dias de atraso > 0 dos títulos com vencimento até t",
        "Share with days late > 0 of the invoices due by t",
        "se nenhum venceu|if none fell due",
    ),
    _last(
        "days_late_mean",
        "days",
        1,
        "R03",
        "Média dos dias de atraso, com sinal, dos títulos com vencimento até t",
        "Mean of the signed days late of the invoices due by t",
        "se nenhum venceu|if none fell due",
    ),
    _last(
        "days_late_max",
        "days",
        1,
        "R03",
        "Maior número de dias de atraso, com sinal, dos títulos com vencimento até t",
        "Largest number of signed days late of the invoices due by t",
        "se nenhum venceu|if none fell due",
    ),
    _last(
        "overdue_amount",
        "amount",
        0,
        "R01",
        "Saldo dos títulos em atraso (abertos com dpd > 0)",
        "Outstanding amount of the overdue invoices (open with dpd > 0)",
    ),
    _last(
        "paid_share",
        "share",
        0,
        "R06",
        "Σ min(quitado até t, valor) / Σ valor dos títulos vistos, vencidos ou não,",
        "Σ min(settled by t, amount) / Σ amount of the seen invoices, due or not,",
        "se a soma for 0|if the sum is 0",
    ),
    _last(
        "age_days",
        "days",
        0,
        "R07",
        "t menos a data da primeira emissão",
        "t less the date of the first issue",
        "sem contrato|without a contract",
    ),
)

_WORST: tuple[Feature, ...] = (
    _of(
        "contract_late_share_max",
        "all",
        "share",
        0,
        "R02",
        "A maior, entre os contratos, das frações com dias de atraso > 0 dos títulos com vencimento até t. "
        "NaN se nenhum venceu.",
        "The largest, over the contracts, of the shares with days late > 0 of the invoices due by t. "
        "NaN if none fell due.",
    ),
    _of(
        "contract_days_late_mean_max",
        "all",
        "days",
        1,
        "R03",
        "A maior, entre os contratos, das médias dos dias de atraso, com sinal, dos títulos com vencimento até t. "
        "NaN se nenhum venceu.",
        "The largest, over the contracts, of the means of the signed days late of the invoices due by t. "
        "NaN if none fell due.",
    ),
    _of(
        "first_payment_default_count_all",
        "all",
        "count",
        1,
        "R03",
        "Número de primeiras parcelas (installment 1) com vencimento até t e 30 dias de atraso ou mais, "
        "com ou sem contrato.",
        "Number of first instalments (installment 1) due by t that are 30 days late or more, with or without a "
        "contract.",
    ),
    _of(
        "first_payment_late_share_all",
        "all",
        "share",
        1,
        "R02",
        "Fração com dias de atraso > 0 das primeiras parcelas (installment 1) com vencimento até t, com ou sem "
        "contrato. NaN se nenhuma venceu.",
        "Share with days late > 0 of the first instalments (installment 1) due by t, with or without a contract. "
        "NaN if none fell due.",
    ),
)

CONTRACTS: tuple[Feature, ...] = (*_COUNTS, *_NEWEST, *_WORST)
