"""What an explanation for the client says: plain words, no code, no segment, nothing that accuses or promises."""

from __future__ import annotations

from inadimplencia_ml.explanation.words import Texts

__all__ = ["CLIENT", "CLIENT_EVENT", "CLIENT_STATE", "CLIENT_WAY", "SOURCES"]

CLIENT: Texts = {
    "title": {"pt": "Avaliação de crédito de {day}", "en": "Credit assessment of {day}"},
    "whom": {"pt": "Cliente {client}", "en": "Client {client}"},
    "score": {
        "pt": "A pontuação (escore) nesta data é {score}, numa escala de 0 a 1000. Quanto maior, menor a chance "
        "estimada de {event}.",
        "en": "The score on this date is {score}, on a scale of 0 to 1000. The higher it is, the less likely {event}.",
    },
    "against": {"pt": "O que reduziu a pontuação", "en": "What lowered the score"},
    "for": {"pt": "O que elevou a pontuação", "en": "What raised the score"},
    "nothing": {"pt": "Nada se destaca.", "en": "Nothing stands out."},
    "criteria": {"pt": "Critérios e como são usados", "en": "The criteria and how they are used"},
    "considered": {"pt": "A avaliação considera: {names}.", "en": "The assessment considers: {names}."},
    "method": {
        "pt": "O cálculo é automático e o mesmo para todos os clientes. Ele compara estas informações com o histórico "
        "de muitos clientes e soma o que cada uma reduz ou eleva, a partir da média de clientes que pagaram bem.",
        "en": "The computation is automatic and the same for all clients. It compares these facts with the history of "
        "many clients and adds up what each lowers or raises, starting from the mean of clients who paid well.",
    },
    "left_out": {
        "pt": "Não entram no cálculo: origem social ou étnica, saúde, informação genética, sexo, convicções "
        "políticas, religiosas ou filosóficas, nem o fato de alguém ter exercido um direito, como consultar, "
        "contestar ou pedir revisão.",
        "en": "What never enters it: social or ethnic origin, health, genetic information, sex, political, religious "
        "or philosophical beliefs, or that somebody has used a right, such as to consult, to contest or to ask for "
        "review.",
    },
    "sources": {"pt": "De onde vêm os dados", "en": "Where the data come from"},
    "until": {
        "pt": "Foram usados os dados conhecidos até {day}: {sources}.",
        "en": "The data known until {day} were used: {sources}.",
    },
    "titles": {"pt": "Os títulos considerados", "en": "The invoices considered"},
    "way": {"pt": "O que pode melhorar a avaliação", "en": "What can improve the assessment"},
    "decided": {"pt": "O que foi decidido", "en": "What was decided"},
    "limit": {"pt": "O limite de crédito é de {limit}.", "en": "The credit limit is {limit}."},
    "person": {
        "pt": "Esta avaliação apoia decisões de crédito e o contato sobre pagamentos. Nenhuma medida formal sobre um "
        "título é tomada sem que uma pessoa da equipe olhe o caso.",
        "en": "This assessment supports credit decisions and the contact about payments. No formal step about an "
        "invoice is taken before a person of the team has looked at the case.",
    },
    "rights": {"pt": "Como corrigir um dado ou pedir revisão", "en": "How to correct a fact or ask for review"},
    "correct": {
        "pt": "Algum dado está errado? Peça a correção: a resposta vem em até 10 dias, e a avaliação é refeita com o "
        "dado certo (Lei 12.414/2011, art. 5º, III).",
        "en": "Is a fact wrong? Ask for its correction: the answer comes within 10 days, and the assessment is made "
        "again with the right one (Lei 12.414/2011, art. 5, III).",
    },
    "revise": {
        "pt": "Não concorda com o resultado? Peça a revisão: uma pessoa da equipe olha o caso e responde (Lei "
        "12.414/2011, art. 5º, VI; LGPD, art. 20).",
        "en": "Do you disagree with the result? Ask for review: a person of the team looks at the case and answers "
        "(Lei 12.414/2011, art. 5, VI; LGPD, art. 20).",
    },
    "know": {
        "pt": "Também se pode pedir, sem custo, os dados guardados e os critérios usados (Lei 12.414/2011, art. 5º, "
        "II e IV; LGPD, arts. 18 e 20, § 1º).",
        "en": "The data held and the criteria used can be asked for as well, free of charge (Lei 12.414/2011, art. 5, "
        "II and IV; LGPD, arts. 18 and 20, § 1).",
    },
    "where": {"pt": "Fale com a gente: {service}.", "en": "Talk to us: {service}."},
    "nowhere": {
        "pt": "Fale com a gente pelo canal de atendimento de sempre.",
        "en": "Talk to us through the usual service channel.",
    },
    "reference": {
        "pt": "Referência desta avaliação, para qualquer pedido: {digest}.",
        "en": "Reference of this assessment, for any request: {digest}.",
    },
}

CLIENT_EVENT: Texts = {
    "client": {
        "pt": "haver um título com {dpd} dias ou mais de atraso nos {horizon} dias seguintes",
        "en": "an invoice being {dpd} days or more late within the following {horizon} days",
    },
    "not_cured": {
        "pt": "ainda haver um título com {dpd} dias ou mais de atraso 90 dias depois",
        "en": "an invoice still being {dpd} days or more late 90 days later",
    },
}

CLIENT_STATE: Texts = {
    "already_bad": {
        "pt": "Nesta data não há pontuação, pois há um título com {dpd} dias ou mais de atraso.",
        "en": "There is no score on this date, as an invoice is {dpd} days or more late.",
    },
    "no_exposure": {
        "pt": "Nesta data não há pontuação: nada em aberto pode chegar a {dpd} dias de atraso nos {horizon} dias "
        "seguintes.",
        "en": "There is no score on this date: nothing open can be {dpd} days late within the following {horizon} "
        "days.",
    },
    "inactive": {
        "pt": "Nesta data não há pontuação: não há título em aberto, nem emitido nos últimos 180 dias.",
        "en": "There is no score on this date: no invoice is open, nor was one issued in the last 180 days.",
    },
}
"""Why a client has no score."""

CLIENT_WAY: Texts = {
    "safest": {"pt": "A pontuação já está na melhor faixa.", "en": "The score is in the best range already."},
    "pay_today": {
        "pt": "Se {titles} ({amount}) fossem pagos nesta data, {change}, numa faixa melhor.",
        "en": "If {titles} ({amount}) were paid on this date, {change}, in a better range.",
    },
    "pay_today_one": {
        "pt": "Se {titles} ({amount}) fosse pago nesta data, {change}, numa faixa melhor.",
        "en": "If {titles} ({amount}) were paid on this date, {change}, in a better range.",
    },
    "nothing_left": {
        "pt": "Com o pagamento, nesta data, {of_titles} ({amount}), nada mais em aberto pesaria nesta avaliação.",
        "en": "With {of_titles} ({amount}) paid on this date, nothing open would weigh on this assessment any more.",
    },
    "nothing_left_later": {
        "pt": "Com o pagamento {of_due}de cada título no vencimento até {day} ({later}), nada mais em aberto pesaria "
        "nesta avaliação.",
        "en": "With {of_due}each invoice paid on its due date until {day} ({later}), nothing open would weigh on this "
        "assessment any more.",
    },
    "pay_on_time": {
        "pt": "Com o pagamento, nesta data, {of_titles} ({amount}) e o de cada título no vencimento até {day} "
        "({later}), {change}, numa faixa melhor.",
        "en": "With {of_titles} ({amount}) paid on this date, and each invoice on its due date until {day} ({later}), "
        "{change}, in a better range.",
    },
    "on_time_alone": {
        "pt": "Com o pagamento de cada título no vencimento até {day} ({later}), {change}, numa faixa melhor.",
        "en": "With each invoice paid on its due date until {day} ({later}), {change}, in a better range.",
    },
    "not_enough": {
        "pt": "Com o pagamento, nesta data, {of_titles} ({amount}), {result}, ainda na mesma faixa. A pontuação é "
        "refeita a cada avaliação, com os pagamentos mais recentes.",
        "en": "With {of_titles} ({amount}) paid on this date, {result}, still in the same range. The score is "
        "computed again at each assessment, with the latest payments.",
    },
    "nothing_to_pay": {
        "pt": "Nenhum título em aberto chegou ao vencimento. A pontuação é refeita a cada avaliação, com os "
        "pagamentos mais recentes.",
        "en": "No open invoice has fallen due. The score is computed again at each assessment, with the latest "
        "payments.",
    },
    "at_once": {
        "pt": "Só com tudo o que já chegou ao vencimento pago nesta data, a pontuação passaria de {before} a {after}.",
        "en": "With only what has fallen due paid on this date, the score would go from {before} to {after}.",
    },
    "change": {
        "pt": "a pontuação passaria de {before} a {after}",
        "en": "the score would go from {before} to {after}",
    },
    "arrival": {"pt": "a pontuação seria de {after}", "en": "the score would be {after}"},
    "result": {"pt": "a pontuação passaria de {before} a {after}", "en": "the score would go from {before} to {after}"},
    "new_result": {"pt": "a pontuação seria de {after}", "en": "the score would be {after}"},
    "no_result": {"pt": "a avaliação ficaria", "en": "the assessment would stay"},
    "later": {"pt": "{n}, no total de {amount}", "en": "{n}, {amount} in all"},
    "no_later": {"pt": "nenhum dos já emitidos", "en": "none of those issued so far"},
    "proof": {
        "pt": "É um cálculo refeito com esses pagamentos sobre os dados desta data, não uma promessa. Encargos por "
        "atraso, se houver, não estão no valor.",
        "en": "It is computed again with these payments on the data of this date, and is no promise. Charges for "
        "lateness, if any, are not in the amount.",
    },
}

SOURCES: Texts = {
    "invoices": {"pt": "títulos que emitimos", "en": "invoices that we issued"},
    "payments": {"pt": "pagamentos que recebemos", "en": "payments that we received"},
    "clients": {"pt": "o cadastro feito conosco", "en": "the record held with us"},
    "links": {
        "pt": "empresas do mesmo grupo, como registradas conosco",
        "en": "companies of the same group, as recorded with us",
    },
    "macro": {"pt": "indicadores públicos da economia", "en": "public indicators of the economy"},
    "attributes": {"pt": "informações complementares ({name})", "en": "further information ({name})"},
}
"""Where facts come from, by table of the ledger."""
