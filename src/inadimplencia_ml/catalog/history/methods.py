"""Payment methods, reversed payments, and charges to card or account that failed.

The directions are what a monotone constraint may safely say with all other features given:

* how someone pays: neither good nor bad: 0.
* number and sum of reversals, days since the latest: a payment booked wrongly is reversed too, and who pays often has
  more of them; the model has no number of payments to hold against it: 0. Their share is free of size: +1.
* charges that failed: late invoices, at an equal number of late ones no better: +1.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["METHODS"]

_YEAR = "(t − 365 d, t]"


def _of(name: str, window: str, unit: str, direction: Direction, reason: str, pt: str, en: str) -> Feature:
    return Feature(name, "methods", window, unit, pt, en, "risk", direction, reason)


def _share(method: str, pt: str, en: str) -> Feature:
    return _of(
        f"method_{method}_share_365d",
        "365d",
        "share",
        0,
        "R06",
        f"Fração dos pagamentos vistos (kind payment) com data em {_YEAR} e meio informado que foram feitos por {pt}. "
        "NaN se não houver nenhum.",
        f"Share of the seen payments (kind payment) dated in {_YEAR} with a method given that were made by {en}. "
        "NaN if there is none.",
    )


def _failed_count(window: str) -> Feature:
    days = window.removesuffix("d")
    return _of(
        f"recurring_failed_count_{window}",
        window,
        "count",
        1,
        "R02",
        f"Número de títulos em débito automático ou cartão (pelo kind) com vencimento em (t − {days} d, t] e 2 dias de "
        "atraso ou mais.",
        f"Number of invoices charged to card or account (by their kind) due in (t − {days} d, t] that are 2 days late "
        "or more.",
    )


_METHOD: tuple[Feature, ...] = (
    _share("pix", "Pix", "Pix"),
    _share("boleto", "boleto", "boleto"),
    _share("card", "cartão", "card"),
    _share("debit", "débito em conta", "direct debit"),
    _share("transfer", "transferência (TED ou DOC)", "bank transfer (TED or DOC)"),
    _share("other", "outro meio", "another method"),
    _of(
        "method_count_365d",
        "365d",
        "count",
        0,
        "R06",
        f"Quantos dos seis meios (Pix, boleto, cartão, débito, transferência, outro) aparecem em pagamentos vistos "
        f"(kind payment) com data em {_YEAR}.",
        f"How many of the six methods (Pix, boleto, card, debit, transfer, other) occur in seen payments (kind "
        f"payment) dated in {_YEAR}.",
    ),
    _of(
        "method_last_changed",
        "last",
        "flag",
        0,
        "R06",
        "1 se, entre os pagamentos vistos com meio informado, o meio do último payment_date difere do meio do "
        "payment_date anterior (havendo vários no dia, o primeiro na ordem Pix, boleto, cartão, débito, transferência, "
        "outro); senão 0. NaN com menos de dois dias.",
        "1 if, of the seen payments with a method given, the method of the latest payment_date differs from that of "
        "the payment_date before it (of several on a day the first in the order Pix, boleto, card, debit, transfer, "
        "other); else 0. NaN with fewer than two days.",
    ),
)

_TAKEN_BACK: tuple[Feature, ...] = (
    _of(
        "reversed_count_365d",
        "365d",
        "count",
        0,
        "R06",
        f"Número de pagamentos (kind payment) estornados em {_YEAR}.",
        f"Number of payments (kind payment) that were reversed in {_YEAR}.",
    ),
    _of(
        "reversed_amount_365d",
        "365d",
        "amount",
        0,
        "R06",
        f"Soma dos pagamentos (kind payment) estornados em {_YEAR}.",
        f"Sum of the payments (kind payment) that were reversed in {_YEAR}.",
    ),
    _of(
        "reversed_share_365d",
        "365d",
        "share",
        1,
        "R06",
        "reversed_count_365d / (reversed_count_365d + número de pagamentos vistos, não estornados, com data na mesma "
        "janela). NaN se a soma for 0 ou sem a coluna reversed_on.",
        "reversed_count_365d / (reversed_count_365d + number of seen payments, not reversed, dated in the same "
        "window). NaN if the sum is 0 or without the column reversed_on.",
    ),
    _of(
        "days_since_reversal",
        "now",
        "days",
        0,
        "R06",
        "t menos a data do último estorno visto. NaN se não houver nenhum.",
        "t less the date of the latest seen reversal. NaN if there is none.",
    ),
)

_RECURRING: tuple[Feature, ...] = (
    _failed_count("90d"),
    _failed_count("365d"),
    _of(
        "recurring_failed_share_365d",
        "365d",
        "share",
        1,
        "R02",
        "recurring_failed_count_365d / número de títulos em débito automático ou cartão com vencimento na mesma "
        "janela. NaN se não houver nenhum.",
        "recurring_failed_count_365d / number of invoices charged to card or account due in the same window. "
        "NaN if there is none.",
    ),
    _of(
        "recurring_failed_last",
        "last",
        "flag",
        1,
        "R04",
        "1 se o último título em débito automático ou cartão com vencimento até t tem 2 dias de atraso ou mais; senão "
        "0. NaN se não houver nenhum.",
        "1 if the latest invoice charged to card or account due by t is 2 days late or more; else 0. "
        "NaN if there is none.",
    ),
)

METHODS: tuple[Feature, ...] = (*_METHOD, *_TAKEN_BACK, *_RECURRING)
