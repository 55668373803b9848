"""Conditions in Portuguese words: ``{n_due_12m: {lt: 4}}`` is "títulos vencidos em 12 meses: menos de 4"."""

from __future__ import annotations

from inadimplencia_ml.policy.conditions import Condition, FactTest

__all__ = ["FACT_WORDS", "in_unit", "told"]

FACT_WORDS: dict[str, tuple[str, str]] = {
    "acceptance_refused": ("aceite recusado", ""),
    "agency_gain": ("ganho esperado com a empresa de cobrança", "R$"),
    "agreement_due_on": ("vencimento da próxima parcela do acordo", ""),
    "agreement_kept": ("título num acordo que se cumpre", ""),
    "answered_90d": ("contatos respondidos em 90 dias", ""),
    "assigned": ("título vendido", ""),
    "bank_instruction": ("ordem contrária ao banco", ""),
    "calls_7d": ("ligações em 7 dias", ""),
    "collectible_amount": ("saldo que se pode cobrar", "R$"),
    "collectible_late_amount": ("saldo em atraso que se pode cobrar", "R$"),
    "contacts_1d": ("contatos no dia", ""),
    "contacts_30d": ("contatos em 30 dias", ""),
    "contacts_7d": ("contatos em 7 dias", ""),
    "contacts_90d": ("contatos em 90 dias", ""),
    "court_plan": ("cliente em plano judicial, recuperação ou falência", ""),
    "cure_share_12m": ("parte dos títulos atrasados que foi regularizada", "%"),
    "data_age_business_days": ("dias úteis que os dados ainda não mostram", ""),
    "data_age_days": ("idade dos dados", "dias"),
    "days_past_promise": ("dias depois do prometido", "dias"),
    "days_since_contact": ("tempo desde o último contato", "dias"),
    "days_since_cure": ("tempo desde a regularização", "dias"),
    "days_since_decision": ("tempo desde a última decisão", "dias"),
    "days_since_due": ("tempo desde o vencimento", "dias"),
    "days_since_issue": ("tempo desde o último título emitido", "dias"),
    "days_since_lived": ("tempo desde que viveu a etapa", "dias"),
    "days_since_reply": ("tempo desde a última resposta", "dias"),
    "days_to_escalation": ("dias até o perfil permitir uma medida", "dias"),
    "days_to_next_step": ("dias até o próximo passo", "dias"),
    "days_to_notice_end": ("dias até o fim do prazo do aviso", "dias"),
    "deceased": ("cliente falecido", ""),
    "delivery_proof": ("prova da entrega", ""),
    "discount_rate": ("desconto de pontualidade do título", "%"),
    "disputed": ("título em contestação", ""),
    "do_not_contact": ("pedido de não contato", ""),
    "disputes_unfounded_365d": ("contestações em 365 dias que terminaram sem mudar o título", ""),
    "dpd": ("dias de atraso", "dias"),
    "ever_paid": ("já pagou algum título", ""),
    "first_due_open_dpd": ("atraso do primeiro título, se aberto", "dias"),
    "hardship": ("cliente em dificuldade", ""),
    "has_agency": ("caso com empresa de cobrança", ""),
    "has_legal": ("caso em juízo", ""),
    "has_mediation": ("mediação proposta", ""),
    "has_negativacao": ("registro negativo pedido", ""),
    "has_protest": ("protesto pedido", ""),
    "is_consumer": ("consumidor", ""),
    "kind": ("espécie", ""),
    "late_count_12m": ("títulos atrasados em 12 meses", ""),
    "late_share_12m": ("parte dos títulos que atrasou", "%"),
    "lawsuit_gain": ("ganho esperado com a ação", "R$"),
    "limit_before_cut": ("limite antes da redução", "R$"),
    "median_late_days_12m": ("atraso mediano em 12 meses", "dias"),
    "n_due_12m": ("títulos vencidos em 12 meses", ""),
    "newer_paid_365d": ("títulos novos pagos, com outro mais velho em aberto", ""),
    "notice_asked": ("aviso do registro pedido", ""),
    "notice_proof": ("prova de entrega do aviso", ""),
    "notice_sent_on": ("data do aviso", ""),
    "on_time_streak": ("pagamentos em dia seguidos", ""),
    "open_amount": ("saldo em aberto", "R$"),
    "open_count": ("títulos em aberto", ""),
    "opened_unanswered_90d": ("mensagens abertas sem resposta em 90 dias", ""),
    "overdue_count": ("títulos em atraso", ""),
    "own_gain": ("ganho esperado da nossa cobrança", "R$"),
    "part_paid": ("parte já paga do título", "R$"),
    "probability": ("probabilidade do escore", "%"),
    "profile": ("perfil", ""),
    "promise_due_on": ("data da promessa em aberto", ""),
    "promises_broken_12m": ("promessas quebradas em 12 meses", ""),
    "promises_kept_share_12m": ("parte das promessas que foi cumprida", "%"),
    "protestable": ("título que se pode protestar", ""),
    "segment": ("segmento de risco", ""),
    "stage_dpd": ("atraso do pior título relevante", "dias"),
    "stages_back": ("etapas que o cliente recuou", ""),
    "tax_id_known": ("CPF ou CNPJ conferido", ""),
    "time_barred": ("título prescrito", ""),
    "unapplied_amount_30d": ("pagamento sem título em 30 dias", "R$"),
    "vulnerable": ("cliente vulnerável", ""),
    "wrong_channels": ("canais em que a última mensagem não chegou ao cliente", ""),
}
"""Facts in words, and their unit: days, reais, a share told in percent, or a plain number."""

NOT = {
    "acceptance_refused": "aceite não recusado",
    "disputed": "título sem contestação",
    "ever_paid": "nunca pagou nenhum título",
    "notice_asked": "aviso do registro ainda não pedido",
    "tax_id_known": "CPF ou CNPJ não conferido",
}
"""Facts that are said otherwise where they are not so."""


def told(condition: Condition) -> str:
    """A condition in words.

    >>> told(Condition.model_validate({"dpd": {"ge": 30}, "any": [{"vulnerable": {"eq": True}}, {"uf": {"eq": "SP"}}]}))
    'dias de atraso: 30 dias ou mais; e (cliente vulnerável, ou uf: SP)'
    >>> told(Condition.model_validate({}))
    'todos os demais'
    """
    parts = [_test(name, test) for name, test in condition.tests.items()]
    if condition.any:
        several = [f"({told(one)})" if len(one.tests) > 1 else told(one) for one in condition.any]
        alternatives = ", ou ".join(several)
        parts.append(f"({alternatives})" if parts else alternatives)
    return "; e ".join(parts) or "todos os demais"


def _test(name: str, test: FactTest) -> str:
    words, unit = FACT_WORDS.get(name, (name, ""))
    if test.known is False:
        return f"{words}: não consta"
    if isinstance(test.eq, bool):
        return words if test.eq else NOT.get(name, f"não: {words}")
    limits = [
        (test.ge, "{} ou mais"),
        (test.gt, "mais de {}"),
        (test.le, "{} ou menos"),
        (test.lt, "menos de {}"),
        (test.eq, "{}"),
    ]
    said = [form.format(in_unit(value, unit)) for value, form in limits if value is not None]
    if test.is_in is not None:
        said.append(" ou ".join(in_unit(value, unit) for value in test.is_in))
    return f"{words}: {', '.join(said)}" if said else f"{words}: consta"


def in_unit(value: object, unit: str) -> str:
    """A number in a unit of `FACT_WORDS`; anything else as it is.

    >>> in_unit(0.05, "%"), in_unit(1, "dias"), in_unit(1234.5, "R$")
    ('5 %', '1 dia', 'R$ 1.234,50')
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if unit == "%":
        return f"{value * 100:g} %".replace(".", ",")
    if unit == "R$":
        return "R$ " + f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    number = f"{value:,.10g}".translate(str.maketrans(",.", ".,"))
    return f"{number} {'dia' if value == 1 else 'dias'}" if unit == "dias" else number
