"""The sentences of the families that tell how the client pays: each number in them has a good and a bad side."""

from __future__ import annotations

from inadimplencia_ml.catalog.sentence import ReasonFamily, Sentence, without_numbers

__all__ = ["PAYMENT_REASONS"]

_OVERDUE_NOW = ReasonFamily(
    "R01",
    "Atraso atual",
    "Overdue now",
    against=(
        Sentence(
            "Há {overdue_count|1 título|# títulos} em atraso, com {overdue_amount} em aberto; "
            "o atraso mais longo é de {dpd_max|1 dia|# dias}.",
            "{overdue_count|1 invoice is|# invoices are} overdue, with {overdue_amount} outstanding; "
            "the longest delay is {dpd_max|1 day|# days}.",
            above_zero=("overdue_count", "overdue_amount", "dpd_max"),
        ),
        Sentence(
            "Há {overdue_count|1 título|# títulos} em atraso na data desta avaliação.",
            "{overdue_count|1 invoice is|# invoices are} overdue on the date of this assessment.",
            above_zero=("overdue_count",),
        ),
        without_numbers(
            "A situação atual dos títulos em aberto", "The current state of the open invoices", lowered=True
        ),
    ),
    favour=(
        Sentence(
            "Não há título em atraso na data desta avaliação.",
            "No invoice is overdue on the date of this assessment.",
            not_above_zero=("overdue_count",),
        ),
        Sentence(
            "O atraso mais longo na data desta avaliação é de {dpd_max|1 dia|# dias}.",
            "The longest delay on the date of this assessment is {dpd_max|1 day|# days}.",
            above_zero=("dpd_max",),
        ),
        without_numbers(
            "A situação atual dos títulos em aberto", "The current state of the open invoices", lowered=False
        ),
    ),
)

_HOW_OFTEN = ReasonFamily(
    "R02",
    "Frequência de atrasos",
    "How often late",
    against=(
        Sentence(
            "Entre os títulos com vencimento nos últimos 12 meses, "
            "{late_count_365d|1 teve atraso|# tiveram atraso} ({late_share_365d} do total).",
            "Of the invoices that fell due in the last 12 months, "
            "{late_count_365d|1 was late|# were late} ({late_share_365d} of the total).",
            above_zero=("late_count_365d", "late_share_365d"),
        ),
        Sentence(
            "No histórico considerado, {late_count_all|1 título teve atraso|# títulos tiveram atraso} "
            "({late_share_all} do total).",
            "In the history considered, {late_count_all|1 invoice was late|# invoices were late} "
            "({late_share_all} of the total).",
            above_zero=("late_count_all", "late_share_all"),
        ),
        without_numbers(
            "A pontualidade no histórico de pagamentos", "Punctuality in the payment history", lowered=True
        ),
    ),
    favour=(
        Sentence(
            "Nenhum título com vencimento nos últimos 12 meses teve atraso.",
            "No invoice that fell due in the last 12 months was late.",
            not_above_zero=("late_share_365d",),
        ),
        Sentence(
            "Entre os títulos com vencimento nos últimos 12 meses, houve atraso em {late_share_365d} deles.",
            "Of the invoices that fell due in the last 12 months, {late_share_365d} were late.",
            above_zero=("late_share_365d",),
        ),
        Sentence(
            "Nenhum título com vencimento no histórico considerado teve atraso.",
            "No invoice that fell due in the history considered was late.",
            not_above_zero=("late_share_all",),
        ),
        Sentence(
            "No histórico considerado, houve atraso em {late_share_all} dos títulos.",
            "In the history considered, {late_share_all} of the invoices were late.",
            above_zero=("late_share_all",),
        ),
        without_numbers(
            "A pontualidade no histórico de pagamentos", "Punctuality in the payment history", lowered=False
        ),
    ),
)

_LONGEST_YEAR = Sentence(
    "Entre os títulos com vencimento nos últimos 12 meses, o atraso mais longo foi de "
    "{days_late_max_365d|1 dia|# dias}.",
    "Of the invoices that fell due in the last 12 months, the longest delay was {days_late_max_365d|1 day|# days}.",
    above_zero=("days_late_max_365d",),
)
_LONGEST_EVER = Sentence(
    "No histórico considerado, o atraso mais longo foi de {days_late_max_all|1 dia|# dias}.",
    "In the history considered, the longest delay was {days_late_max_all|1 day|# days}.",
    above_zero=("days_late_max_all",),
)

_HOW_LONG = ReasonFamily(
    "R03",
    "Tamanho dos atrasos",
    "How late",
    against=(
        Sentence(
            "Entre os títulos com vencimento nos últimos 12 meses, {late_30_count_365d|1 teve|# tiveram} atraso de 30 "
            "dias ou mais; o atraso mais longo foi de {days_late_max_365d|1 dia|# dias}.",
            "Of the invoices that fell due in the last 12 months, {late_30_count_365d|1 was|# were} 30 days late or "
            "more; the longest delay was {days_late_max_365d|1 day|# days}.",
            above_zero=("late_30_count_365d", "days_late_max_365d"),
        ),
        _LONGEST_YEAR,
        _LONGEST_EVER,
        without_numbers(
            "O intervalo entre o vencimento e o pagamento dos títulos",
            "The time between due date and payment",
            lowered=True,
        ),
    ),
    favour=(
        Sentence(
            "Entre os títulos com vencimento nos últimos 12 meses, não houve nenhum dia de atraso.",
            "No invoice that fell due in the last 12 months had a day of delay.",
            not_above_zero=("days_late_max_365d",),
        ),
        _LONGEST_YEAR,
        _LONGEST_EVER,
        without_numbers(
            "O intervalo entre o vencimento e o pagamento dos títulos",
            "The time between due date and payment",
            lowered=False,
        ),
    ),
)

_SINCE_LATE = Sentence(
    "O último título com atraso foi encerrado há {days_since_late|1 dia|# dias}.",
    "The latest late invoice was closed {days_since_late|1 day|# days} ago.",
    above_zero=("days_since_late",),
)

_LATEST = ReasonFamily(
    "R04",
    "Pagamentos mais recentes",
    "Latest payments",
    against=(
        Sentence(
            "{late_streak|O último título com vencimento até aqui teve atraso"
            "|Os últimos # títulos com vencimento até aqui tiveram atraso}.",
            "{late_streak|The latest invoice to fall due was late|The latest # invoices to fall due were late}.",
            above_zero=("late_streak",),
        ),
        Sentence(
            "Nos títulos com vencimento mais recente, o atraso médio foi de {days_late_mean_last_3|1 dia|# dias}.",
            "On the latest invoices to fall due, the average delay was {days_late_mean_last_3|1 day|# days}.",
            above_zero=("days_late_mean_last_3",),
        ),
        _SINCE_LATE,
        without_numbers("A evolução dos pagamentos mais recentes", "The course of the latest payments", lowered=True),
    ),
    favour=(
        Sentence(
            "{on_time_streak|O último título com vencimento até aqui não teve atraso"
            "|Os últimos # títulos com vencimento até aqui não tiveram atraso}.",
            "{on_time_streak|The latest invoice to fall due was not late"
            "|The latest # invoices to fall due were not late}.",
            above_zero=("on_time_streak",),
        ),
        _SINCE_LATE,
        without_numbers("A evolução dos pagamentos mais recentes", "The course of the latest payments", lowered=False),
    ),
)

_WORST = Sentence(
    "Nos fins de mês dos últimos 12 meses, o atraso mais longo em aberto foi de {worst_dpd_12m|1 dia|# dias}.",
    "At the month ends of the last 12 months, the longest open delay was {worst_dpd_12m|1 day|# days}.",
    above_zero=("worst_dpd_12m",),
)

_MONTH_ENDS = ReasonFamily(
    "R05",
    "Situação nos fins de mês",
    "State at month ends",
    against=(
        Sentence(
            "Nos fins de mês dos últimos 12 meses, o atraso mais longo em aberto foi de {worst_dpd_12m|1 dia|# dias}; "
            "a faixa de dias em atraso aumentou {roll_up_count_12m|1 vez|# vezes}.",
            "At the month ends of the last 12 months, the longest open delay was {worst_dpd_12m|1 day|# days}; "
            "the range of days overdue rose {roll_up_count_12m|once|# times}.",
            above_zero=("worst_dpd_12m", "roll_up_count_12m"),
        ),
        _WORST,
        without_numbers("A situação nos últimos fins de mês", "The state at the latest month ends", lowered=True),
    ),
    favour=(
        Sentence(
            "Não havia título em atraso em nenhum fim de mês dos últimos 12 meses.",
            "No invoice was overdue at any month end of the last 12 months.",
            not_above_zero=("worst_dpd_12m",),
        ),
        _WORST,
        without_numbers("A situação nos últimos fins de mês", "The state at the latest month ends", lowered=False),
    ),
)

_SETTLED_AND_EARLY = Sentence(
    "Do valor dos títulos com vencimento nos últimos 12 meses, {payment_ratio_365d} foi quitado até aqui; "
    "{early_share_365d} dos títulos foram pagos antes do vencimento.",
    "Of the amount that fell due in the last 12 months, {payment_ratio_365d} has been settled so far; "
    "{early_share_365d} of the invoices were paid before the due date.",
    above_zero=("payment_ratio_365d", "early_share_365d"),
)
_SETTLED_NONE_EARLY = Sentence(
    "Do valor dos títulos com vencimento nos últimos 12 meses, {payment_ratio_365d} foi quitado até aqui; "
    "nenhum título foi pago antes do vencimento.",
    "Of the amount that fell due in the last 12 months, {payment_ratio_365d} has been settled so far; "
    "no invoice was paid before the due date.",
    above_zero=("payment_ratio_365d",),
    not_above_zero=("early_share_365d",),
)
_NOTHING_SETTLED = Sentence(
    "Do valor dos títulos com vencimento nos últimos 12 meses, nada foi quitado até aqui.",
    "Of the amount that fell due in the last 12 months, nothing has been settled so far.",
    not_above_zero=("payment_ratio_365d",),
)
_SETTLED = Sentence(
    "Do valor dos títulos com vencimento nos últimos 12 meses, {payment_ratio_365d} foi quitado até aqui.",
    "Of the amount that fell due in the last 12 months, {payment_ratio_365d} has been settled so far.",
    above_zero=("payment_ratio_365d",),
)
_EARLY = Sentence(
    "No histórico considerado, {early_share_all} dos títulos foram pagos antes do vencimento.",
    "In the history considered, {early_share_all} of the invoices were paid before the due date.",
    above_zero=("early_share_all",),
)
_NONE_EARLY = Sentence(
    "No histórico considerado, nenhum título foi pago antes do vencimento.",
    "In the history considered, no invoice was paid before the due date.",
    not_above_zero=("early_share_all",),
)

_PAYMENTS = ReasonFamily(
    "R06",
    "Pagamentos",
    "Payments",
    against=(
        _SETTLED_AND_EARLY,
        _SETTLED_NONE_EARLY,
        _NOTHING_SETTLED,
        _SETTLED,
        _EARLY,
        _NONE_EARLY,
        without_numbers("O histórico de pagamentos", "The payment history", lowered=True),
    ),
    favour=(
        _SETTLED_AND_EARLY,
        _SETTLED,
        _EARLY,
        without_numbers("O histórico de pagamentos", "The payment history", lowered=False),
    ),
)

_RELATIONSHIP = ReasonFamily(
    "R07",
    "Tempo de relacionamento",
    "Length of the relationship",
    against=(
        Sentence(
            "O relacionamento {tenure_days|começou na data desta avaliação|tem 1 dia|tem # dias}, e "
            "{due_count_all|nenhum título venceu|1 título venceu|# títulos venceram} até aqui; "
            "um histórico mais longo tende a aumentar o escore.",
            "The relationship {tenure_days|began on the date of this assessment|is 1 day old|is # days old}, and "
            "{due_count_all|no invoice has|1 invoice has|# invoices have} fallen due so far; "
            "a longer history tends to raise the score.",
        ),
        Sentence(
            "Ainda há pouco histórico: nenhum título chegou ao vencimento até aqui.",
            "There is little history yet: no invoice has fallen due so far.",
            not_above_zero=("due_count_all",),
        ),
        without_numbers("O tempo de relacionamento", "The length of the relationship", lowered=True),
    ),
    favour=(
        Sentence(
            "O relacionamento tem {tenure_days|1 dia|# dias}, e {due_count_all|1 título venceu|# títulos venceram} "
            "até aqui.",
            "The relationship is {tenure_days|1 day|# days} old, and "
            "{due_count_all|1 invoice has|# invoices have} fallen due so far.",
            above_zero=("tenure_days", "due_count_all"),
        ),
        without_numbers("O tempo de relacionamento", "The length of the relationship", lowered=False),
    ),
)

_PROMISES = ReasonFamily(
    "R13",
    "Promessas de pagamento",
    "Promises to pay",
    against=(
        Sentence(
            "Nos últimos 12 meses, {promise_broken_count_365d|1 pagamento combinado não foi localizado"
            "|# pagamentos combinados não foram localizados} até a data prevista.",
            "In the last 12 months, {promise_broken_count_365d|1 agreed payment was|# agreed payments were} not found "
            "by the date agreed.",
            above_zero=("promise_broken_count_365d",),
        ),
        without_numbers("O histórico de pagamentos combinados", "The history of agreed payments", lowered=True),
    ),
    favour=(
        Sentence(
            "Foram feitos até a data prevista {promise_kept_share_365d} dos pagamentos combinados nos "
            "últimos 12 meses.",
            "Of the payments agreed for the last 12 months, {promise_kept_share_365d} were made by the date agreed.",
            above_zero=("promise_kept_share_365d",),
        ),
        without_numbers("O histórico de pagamentos combinados", "The history of agreed payments", lowered=False),
    ),
)

PAYMENT_REASONS: tuple[ReasonFamily, ...] = (
    _OVERDUE_NOW,
    _HOW_OFTEN,
    _HOW_LONG,
    _LATEST,
    _MONTH_ENDS,
    _PAYMENTS,
    _RELATIONSHIP,
    _PROMISES,
)
