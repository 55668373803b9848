"""What an explanation for the company says, in Portuguese and English; numbers go into the braces."""

from __future__ import annotations

from inadimplencia_ml.catalog import Lang

__all__ = ["EVENT", "FACTS", "SEGMENT", "STATE", "TITLES", "WAY", "WORDS", "Texts", "joined", "say"]

Texts = dict[str, dict[Lang, str]]

FACTS: Texts = {
    "open_amount": {"pt": "em aberto", "en": "open"},
    "overdue_amount": {"pt": "em atraso", "en": "overdue"},
    "overdue_count": {"pt": "títulos em atraso", "en": "overdue invoices"},
    "dpd_max": {"pt": "dias do maior atraso em aberto", "en": "days of the longest open delay"},
    "days_since_payment": {"pt": "dias desde o último pagamento", "en": "days since the last payment"},
    "tenure_days": {"pt": "dias desde o primeiro título", "en": "days since the first invoice"},
    "due_count_365d": {
        "pt": "títulos vencidos nos últimos 12 meses",
        "en": "invoices fallen due in the last 12 months",
    },
    "late_share_365d": {"pt": "deles pagos com atraso ou em atraso", "en": "of them late"},
    "days_late_mean_365d": {
        "pt": "dias de atraso em média (negativo: antes)",
        "en": "days late on average (negative: early)",
    },
    "worst_dpd_12m": {"pt": "dias do pior atraso em fim de mês", "en": "days of the worst delay at a month end"},
}
"""The features told as facts, in plain words; their exact meaning is in the data dictionary."""

WORDS: Texts = {
    "title": {"pt": "Cliente {client} em {day}", "en": "Client {client} on {day}"},
    "score": {
        "pt": "Escore {score} (0 a 1000, quanto maior, mais seguro), classe {rating}, segmento de risco {segment}",
        "en": "Score {score} (0 to 1000, higher is safer), rating {rating}, risk segment {segment}",
    },
    "unrated": {
        "pt": "Escore {score} (0 a 1000, quanto maior, mais seguro), segmento de risco {segment}",
        "en": "Score {score} (0 to 1000, higher is safer), risk segment {segment}",
    },
    "probability": {
        "pt": "Probabilidade de {event}: {p} (intervalo de 95 %: {low} a {high})",
        "en": "Probability of {event}: {p} (95% interval: {low} to {high})",
    },
    "no_score": {"pt": "Segmento de risco {segment}", "en": "Risk segment {segment}"},
    "against": {"pt": "O que pesa contra", "en": "What weighs against"},
    "for": {"pt": "O que fala a favor", "en": "What speaks for"},
    "points": {"pt": "pontos", "en": "points"},
    "unexplained": {
        "pt": "Este modelo foi trazido de fora e não permite dizer com exatidão quanto pesou cada informação.",
        "en": "This model was brought from outside and does not allow saying exactly what each fact weighed.",
    },
    "nothing": {"pt": "Nada se destaca.", "en": "Nothing stands out."},
    "sum": {"pt": "A conta do escore", "en": "How the score adds up"},
    "reference": {
        "pt": "Ponto de partida: a média dos bons pagadores de referência",
        "en": "Starting point: the mean of the good payers of reference",
    },
    "others": {"pt": "Demais critérios, com menos de 1 ponto cada", "en": "Other criteria, of less than 1 point each"},
    "calibration": {
        "pt": "Calibração: o ajuste ao que de fato se observou",
        "en": "Calibration: the adjustment to what was observed",
    },
    "total": {"pt": "Escore", "en": "Score"},
    "facts": {"pt": "Fatos usados, como eram conhecidos nessa data", "en": "Facts used, as known on that date"},
    "way": {"pt": "O que levaria ao segmento seguinte", "en": "What would lead to the next segment"},
    "decision": {"pt": "Decisão", "en": "Decision"},
    "rules": {"pt": "As regras por trás da decisão", "en": "The rules behind the decision"},
    "review_title": {"pt": "Correção e revisão", "en": "Correction and review"},
    "review": {
        "pt": "Quem discorda de um dado ou do resultado pode pedir a correção e a revisão por uma pessoa (Lei "
        "12.414/2011, art. 5º; LGPD, art. 20).",
        "en": "Whoever disagrees with a fact or the result may ask for its correction and for review by a person (Lei "
        "12.414/2011, art. 5; LGPD, art. 20).",
    },
    "contact": {"pt": "O pedido chega por {service}.", "en": "A request is made at {service}."},
    "model": {"pt": "Modelo {model}", "en": "Model {model}"},
    "action": {"pt": "{sentence}", "en": "{sentence}"},
    "channel": {
        "pt": "Por {channel}, texto {template}, etapa {stage}.",
        "en": "By {channel}, text {template}, stage {stage}.",
    },
    "between": {"pt": "Entre {start} e {end}, hora local.", "en": "Between {start} and {end}, local time."},
    "escalation": {
        "pt": "Proposta, à espera da aprovação de uma pessoa: {sentence}",
        "en": "Proposed, until a person approves: {sentence}",
    },
    "approval": {"pt": "Só com a aprovação de uma pessoa.", "en": "Only once a person has approved."},
    "limit": {"pt": "Limite de crédito: {limit}.", "en": "Credit limit: {limit}."},
    "amount_due": {
        "pt": "Saldo atualizado dos títulos em questão: {amount}.",
        "en": "Updated balance of the titles: {amount}.",
    },
    "policy": {"pt": "Política {policy}, decisão {id}", "en": "Policy {policy}, decision {id}"},
}

SEGMENT: Texts = {
    "low": {"pt": "baixo", "en": "low"},
    "medium": {"pt": "médio", "en": "medium"},
    "high": {"pt": "alto", "en": "high"},
    "none": {"pt": "nenhum", "en": "none"},
}

STATE: Texts = {
    "already_bad": {
        "pt": "Já tem título com {dpd} dias ou mais de atraso.",
        "en": "Already has an invoice {dpd} days or more past due.",
    },
    "no_exposure": {
        "pt": "Sem probabilidade: nada em aberto pode chegar a {dpd} dias de atraso em {horizon} dias.",
        "en": "No probability: nothing open can reach {dpd} days past due within {horizon} days.",
    },
    "inactive": {
        "pt": "Sem probabilidade: nada em aberto e nenhum título emitido nos últimos 180 dias.",
        "en": "No probability: nothing open and no invoice issued in the last 180 days.",
    },
}

EVENT: Texts = {
    "client": {
        "pt": "ter título com {dpd} dias ou mais de atraso nos próximos {horizon} dias",
        "en": "an invoice {dpd} days or more past due within {horizon} days",
    },
    "not_cured": {
        "pt": "seguir com título {dpd} dias ou mais em atraso daqui a 90 dias",
        "en": "an invoice still {dpd} days or more past due in 90 days",
    },
    "late": {"pt": "este título atrasar {dpd} dias ou mais", "en": "this invoice being {dpd} days late or more"},
    "default": {"pt": "este título seguir em aberto aos {dpd} dias", "en": "this invoice still open at {dpd} days"},
    "paid": {"pt": "este título ser pago em {horizon} dias", "en": "this invoice being paid in {horizon} days"},
}

TITLES: Texts = {
    "titles": {"pt": "Títulos, como eram conhecidos nessa data", "en": "Invoices, as known on that date"},
    "invoice": {"pt": "título", "en": "invoice"},
    "due": {"pt": "vencimento", "en": "due"},
    "amount": {"pt": "valor", "en": "amount"},
    "closed": {"pt": "pago em", "en": "paid on"},
    "late": {"pt": "dias de atraso", "en": "days late"},
    "open": {"pt": "em aberto", "en": "open"},
    "unknown": {"pt": "não informado", "en": "not told"},
    "renegotiated": {"pt": "encerrado em {day}", "en": "closed on {day}"},
    "disputed": {"pt": "em contestação", "en": "in dispute"},
    "early": {
        "pt": "Dias de atraso abaixo de zero: pago antes do vencimento, ou ainda por vencer.",
        "en": "Days late below zero: paid before the due date, or not due yet.",
    },
    "not_shown_one": {
        "pt": "Mais 1 título, mais antigo, também contou e não está nesta lista.",
        "en": "1 more invoice, an older one, counted too and is not in this list.",
    },
    "not_shown_many": {
        "pt": "Mais {n} títulos, mais antigos, também contaram e não estão nesta lista.",
        "en": "{n} more invoices, older ones, counted too and are not in this list.",
    },
    "none": {"pt": "Nenhum título conhecido.", "en": "No invoice is known."},
}

WAY: Texts = {
    "safest": {"pt": "Já está no segmento de menor risco.", "en": "It is in the safest segment already."},
    "unrated": {"pt": "Nesta data não há segmento a melhorar.", "en": "On this date there is no segment to leave."},
    "pay_today": {
        "pt": "Pagar nesta data {titles} ({amount}) {change}, segmento {segment}.",
        "en": "Paying {titles} ({amount}) on this date {change}, segment {segment}.",
    },
    "nothing_left": {
        "pt": "Com o pagamento, nesta data, {of_titles} ({amount}), nada do que resta em aberto poderia chegar ao "
        "atraso que o escore prevê: não haveria probabilidade a dizer.",
        "en": "With {of_titles} ({amount}) paid on this date, nothing left open could reach the delay that the score "
        "predicts: there would be no probability to tell.",
    },
    "nothing_left_later": {
        "pt": "Com o pagamento {of_due}de cada título no vencimento até {day} ({later}), nada do que restaria em "
        "aberto poderia chegar ao atraso que o escore prevê: não haveria probabilidade a dizer.",
        "en": "With {of_due}each invoice paid on its due date until {day} ({later}), nothing left open could reach "
        "the delay that the score predicts: there would be no probability to tell.",
    },
    "pay_on_time": {
        "pt": "Pagar nesta data {titles} ({amount}) e, até {day}, cada título no vencimento ({later}) {change}, "
        "segmento {segment}.",
        "en": "Paying {titles} ({amount}) on this date and, until {day}, each invoice on its due date ({later}) "
        "{change}, segment {segment}.",
    },
    "on_time_alone": {
        "pt": "Pagar, até {day}, cada título no vencimento ({later}) {change}, segmento {segment}.",
        "en": "Paying each invoice on its due date until {day} ({later}) {change}, segment {segment}.",
    },
    "not_enough": {
        "pt": "Nenhum pagamento basta: com o pagamento, nesta data, de tudo o que já chegou ao vencimento ({titles}, "
        "{amount}) {result}, no mesmo segmento, e pagar cada título no vencimento pelos 90 dias seguintes também não "
        "muda o segmento.",
        "en": "No payment is enough: with all that has fallen due paid on this date ({titles}, {amount}) {result}, in "
        "the same segment, and paying each invoice on its due date for the next 90 days does not change the segment "
        "either.",
    },
    "nothing_to_pay": {
        "pt": "Nenhum título em aberto chegou ao vencimento, e pagar cada um no vencimento pelos próximos 90 dias não "
        "muda o segmento.",
        "en": "No open invoice has fallen due, and paying each one on its due date for the next 90 days does not "
        "change the segment.",
    },
    "at_once": {
        "pt": "Só com tudo o que já chegou ao vencimento pago nesta data, o escore iria de {before} a {after}.",
        "en": "With only what has fallen due paid on this date, the score would go from {before} to {after}.",
    },
    "change": {"pt": "levaria o escore de {before} a {after}", "en": "would take the score from {before} to {after}"},
    "arrival": {"pt": "levaria a um escore de {after}", "en": "would lead to a score of {after}"},
    "result": {"pt": "o escore iria de {before} a {after}", "en": "the score would go from {before} to {after}"},
    "new_result": {"pt": "o escore seria de {after}", "en": "the score would be {after}"},
    "no_result": {"pt": "não haveria escore", "en": "there would be no score"},
    "later": {"pt": "{n} no total de {amount}", "en": "{n}, {amount} in all"},
    "no_later": {"pt": "nenhum dos já emitidos", "en": "none of those issued so far"},
    "proof": {
        "pt": "Calculado de novo, sobre os mesmos fatos e esses pagamentos; encargos por atraso não entram na conta.",
        "en": "Scored again on the same facts and these payments; charges for lateness are left out.",
    },
    "cheapest": {
        "pt": "Nenhum conjunto mais barato de títulos basta.",
        "en": "No cheaper set of invoices is enough.",
    },
    "no_spare": {"pt": "Nenhum deles pode ficar de fora.", "en": "None of them can be left out."},
    "one": {"pt": "o título {ids}", "en": "invoice {ids}"},
    "some": {"pt": "os títulos {ids}", "en": "invoices {ids}"},
    "many": {"pt": "{n} títulos, o mais antigo de {day}", "en": "{n} invoices, the oldest of {day}"},
    "of_one": {"pt": "do título {ids}", "en": "invoice {ids}"},
    "of_some": {"pt": "dos títulos {ids}", "en": "invoices {ids}"},
    "of_many": {"pt": "de {n} títulos, o mais antigo de {day}", "en": "{n} invoices, the oldest of {day}"},
    "of_due": {"pt": "nesta data {of_titles} ({amount}) e ", "en": "{of_titles} ({amount}) paid on this date and "},
    "and": {"pt": " e ", "en": " and "},
}


def say(texts: Texts, key: str, lang: Lang, **told: object) -> str:
    """The text of a key in a language, its gaps filled."""
    return texts[key][lang].format(**told)


def joined(names: list[str], lang: Lang) -> str:
    """Names as a reader lists them.

    >>> joined(["T1", "T2", "T3"], "pt"), joined(["T1"], "en")
    ('T1, T2 e T3', 'T1')
    """
    return WAY["and"][lang].join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""
