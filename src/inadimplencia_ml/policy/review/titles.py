"""Titles and small words of `policy explain`, in both languages; sections without one go by their name."""

from __future__ import annotations

from collections.abc import Callable

from inadimplencia_ml.policy.review.findings import Lang

__all__ = ["frame"]

WORDS: dict[str, tuple[str, str]] = {
    "policy": ("Política", "Policy"),
    "on": ("Como vale em", "As in force on"),
    "owner": ("Responde por ela", "Owner"),
    "reviewed": ("Lida inteira pela última vez", "Last read as a whole"),
    "due": ("a próxima leitura vence", "next reading due"),
    "never": ("nunca", "never"),
    "now": ("já", "now"),
    "every": ("a cada", "every"),
    "months": ("meses", "months"),
    "currency": ("Moeda", "Currency"),
    "channels": ("Canais, na ordem de preferência:", "Channels, in order of preference:"),
    "target": ("Escore exigido", "Score asked for"),
    "any target": ("qualquer um de cliente", "any of clients"),
    "order": (
        "Uma decisão se faz assim: os títulos que não se podem cobrar saem do plano; o pior título relevante dá a "
        "etapa; o risco dá a linha e o comportamento o perfil; o que uma salvaguarda fecha não se faz; uma medida mais "
        "dura só é proposta com a sua porta aberta, e uma pessoa decide. Cada cliente tem uma decisão por dia, e não "
        "fazer nada é uma delas.",
        "A decision is made so: titles that may not be collected leave the plan; the worst material title gives the "
        "stage; risk gives the row and behaviour the profile; what a safeguard closes is not done; a harder measure is "
        "only proposed with its gate open, and a person decides. Each client has one decision a day, and doing nothing "
        "is one of them.",
    ),
    "ladder": ("A régua, etapa por etapa", "The ladder, stage by stage"),
    "states": ("Quem segue qual linha", "Who follows which row"),
    "profiles": ("Perfis", "Profiles"),
    "safeguards": ("Salvaguardas", "Safeguards"),
    "windows": ("Horas de contato", "Hours of contact"),
    "measures": ("Medidas mais duras", "Harder measures"),
    "templates": ("Textos e tons", "Texts and tones"),
    "amounts": ("Valores", "Amounts"),
    "offers": ("Ofertas", "Offers"),
    "messages": ("Como se escreve e se fala", "How we write and speak"),
    "limits": ("Limites de crédito", "Credit limits"),
    "rights": ("Calendário de direitos", "Calendar of rights"),
    "duties": ("O que devemos depois do pagamento", "What we owe after payment"),
    "intensity": ("Intensidade", "Intensity"),
    "acceleration": ("Sinais de quem evita o contato", "Signs of avoidance"),
    "firm_tone": ("Antes de um tom firme", "Before a firm tone"),
    "contact_rates": ("Canal e hora", "Channel and hour"),
    "further": ("Além da decisão do dia", "Beside the decision of the day"),
    "actions": ("O que se pode fazer, do mais suave ao mais duro", "What can be done, the softest first"),
    "amounts.kinds": ("O que está em dia, e de onde contam os dias, por tipo de título", "Days, by kind of title"),
    "amounts.indices": ("Índices de correção", "Indices"),
    "offers.menu": ("O que se oferece, nesta ordem", "What is offered, in this order"),
    "offers.profiles": ("O que cada perfil pode ter", "What each profile may have"),
    "offers.campaigns": ("Campanhas", "Campaigns"),
    "messages.channels": ("Canais", "Channels"),
    "limits.terms": ("O que a mudança de um limite pede", "What a change asks for"),
    "limits.rules": ("Como um limite muda: vale a primeira linha que se cumpre", "Changes: the first line that holds"),
    "further.benefit": ("Benefícios de quem paga em dia", "Benefits for paying on time"),
    "further.rehabilitation": ("A volta de quem regularizou", "The way back after an arrear"),
    "further.action": ("Pequenas tarefas", "Small tasks"),
    "sources": ("Fontes", "Sources"),
    "to": ("a", "to"),
    "pace": ("No máximo um contato a cada", "At most one contact every"),
    "days": ("dias", "days"),
    "low": ("risco baixo", "low risk"),
    "medium": ("risco médio", "medium risk"),
    "high": ("risco alto", "high risk"),
    "none": ("sem escore", "no score"),
    "silence": ("silêncio", "silence"),
    "tone": ("tom", "tone"),
    "proposes": ("propõe", "proposes"),
    "contact": ("contatos", "contacts"),
    "task": ("tarefas", "tasks"),
    "escalation": ("medidas", "measures"),
    "by title": ("do título", "of the title"),
    "condition": ("Quando:", "When:"),
    "closes": ("fecha", "closes"),
    "always": ("Em toda política, sem chave para desligar:", "Under every policy, with no switch:"),
    "everybody": ("Quem não tem horas próprias", "Whoever has no hours of their own"),
    "off": ("desligado até ser configurado", "off until configured"),
    "softer": ("Onde o tom é demais:", "Where the tone is too firm:"),
    "approval": (
        "Nenhuma é automática: cada uma é uma proposta, e espera a aprovação de uma pessoa.",
        "None is automatic: each is a proposal, and waits for a person's approval.",
    ),
    "no gate": ("Sem porta: só a aprovação de uma pessoa a segura.", "No gate: only a person's approval holds it."),
    "first": ("Enquanto isto não se cumpre, propõe-se antes:", "Until all of it holds, proposed in its place:"),
    "approver": ("Quem aprova:", "Who approves:"),
    "asserts_default": ("afirma o atraso", "says that a payment is late"),
    "requests_payment": (
        "pede o pagamento, com valor, vencimento e link",
        "asks for money, with amount, date and link",
    ),
    "itemised": ("discrimina os valores", "tells the amounts apart"),
    "only with": ("só sai depois de aprovada:", "sent only once approved:"),
    "as on": ("o mesmo texto de {}", "the text of {}"),
    "decision list": ("De cima para baixo: vale a primeira linha que se cumpre.", "The first line that holds."),
    "means": ("Na régua", "In the ladder"),
    "no opinion": (
        "Nada aqui é parecer jurídico; uma regra não conferida precisa da leitura de um advogado.",
        "Nothing here is a legal opinion; a rule not verified needs a lawyer's reading.",
    ),
    "not verified": ("não conferida", "not verified"),
    "verified": ("conferida em", "verified on"),
    "hard": ("dura", "hard"),
    "soft": ("branda", "soft"),
}


def frame(lang: Lang) -> Callable[[str], str]:
    """The words of a language by their key; an unknown key is its own word.

    >>> frame("en")("ladder"), frame("pt")("hours_of_ours")
    ('The ladder, stage by stage', 'hours_of_ours')
    """
    place = 0 if lang == "pt" else 1
    return lambda key: WORDS[key][place] if key in WORDS else key
