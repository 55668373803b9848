"""What one feature is: name, window, unit, meaning, role, expected direction, reason family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["FAMILIES", "ROLES", "UNITS", "WINDOWS", "Direction", "Dtype", "Feature", "Lang", "Role"]

Direction = Literal[-1, 0, 1]
Dtype = Literal["number", "category"]
Lang = Literal["pt", "en"]
Role = Literal["risk", "treatment", "protected", "rights"]

#: The windows of the per-window columns, shortest first; the number of days, None for the whole history.
WINDOWS: dict[str, int | None] = {"30d": 30, "90d": 90, "180d": 180, "365d": 365, "all": None}

#: What a feature is counted in: (pt-BR, English).
UNITS: dict[str, tuple[str, str]] = {
    "count": ("contagem", "count"),
    "count_per_invoice": ("número por título", "number per invoice"),
    "amount": ("R$", "BRL"),
    "share": ("fração, 0 a 1", "share, 0 to 1"),
    "share_change": ("diferença de frações, −1 a 1", "difference of shares, −1 to 1"),
    "ratio": ("razão", "ratio"),
    "ratio_per_30d": ("razão a cada 30 dias", "ratio per 30 days"),
    "ratio_per_month": ("razão por mês", "ratio per month"),
    "days": ("dias", "days"),
    "days_per_30d": ("dias a cada 30 dias", "days per 30 days"),
    "days_per_invoice": ("dias por título", "days per invoice"),
    "months": ("meses", "months"),
    "bucket": ("faixa, 0 a 4", "bucket, 0 to 4"),
    "bucket_change": ("diferença de faixas, −4 a 4", "difference of buckets, −4 to 4"),
    "rate": ("taxa do contrato", "rate of the contract"),
    "month": ("mês, 1 a 12", "month, 1 to 12"),
    "weekday": ("0 = segunda a 6 = domingo", "0 = Monday to 6 = Sunday"),
    "month_day": ("dia do mês, 1 a 31", "day of the month, 1 to 31"),
    "flag": ("1 sim, 0 não", "1 yes, 0 no"),
    "value": ("como informado", "as given"),
}

#: What a feature is about: (pt-BR, English).
FAMILIES: dict[str, tuple[str, str]] = {
    "due": ("vencimentos", "falling due"),
    "late": ("atrasos", "lateness"),
    "days_late": ("dias de atraso", "days late"),
    "paid": ("pagamentos", "payments"),
    "issued": ("emissões", "issues"),
    "open": ("em aberto", "open"),
    "overdue": ("em atraso", "overdue"),
    "recency": ("recência", "recency"),
    "latest": ("primeiros e últimos vencimentos", "first and latest due"),
    "month_ends": ("fins de mês", "month ends"),
    "contact": ("contatos", "contacts"),
    "promise": ("promessas", "promises"),
    "invoice": ("o próprio título", "the invoice itself"),
    "batch": ("títulos do mesmo dia", "invoices of the same day"),
    "invoice_past": ("o título diante do histórico", "the invoice against the past"),
    "spread": ("dispersão", "spread"),
    "shock": ("mudança recente", "recent change"),
    "cures": ("regularizações e perdas", "cures and losses"),
    "postponed": ("prorrogações", "postponements"),
    "rhythm": ("ritmo e calendário", "rhythm and calendar"),
    "contracts": ("contratos", "contracts"),
    "order": ("ordem dos pagamentos", "order of payments"),
    "limit": ("limite de crédito", "credit limit"),
    "methods": ("meios de pagamento", "payment methods"),
    "groups": ("grupo", "group"),
    "macro": ("economia", "economy"),
    "custom": ("definidas pela empresa", "defined by the company"),
    "client": ("cadastro", "client record"),
    "attributes": ("informações complementares", "further attributes"),
}

#: Which model may read a feature: (pt-BR, English).
ROLES: dict[str, tuple[str, str]] = {
    "risk": ("qualquer modelo", "any model"),
    "treatment": (
        "efeito da nossa própria ação: só em modelos que recebem a ação como entrada",
        "trace of our own action: only in models that take the action as input",
    ),
    "protected": (
        "protege a pessoa ou diz de onde ela vem: pode impedir um contato, nunca entra em modelo",
        "protects the person or says where they come from: may stop a contact, never enters a model",
    ),
    "rights": (
        "direito ou preferência da pessoa: pode impedir um contato, nunca entra em modelo",
        "a right or a wish of the person: may stop a contact, never enters a model",
    ),
}


@dataclass(frozen=True)
class Feature:
    """One column of a feature table.

    Parameters
    ----------
    name : str
        The column's name; a per-window column ends in its window.
    family : str
        What it is about, a key of ``FAMILIES``.
    window : str
        Which facts it reads: ``30d``, ``90d``, ``180d``, ``365d`` (the days up to t) or ``all`` (the whole history);
        ``now`` (the state on the day, or the time since something); ``1m``, ``2m``, ``3m``, ``6m``, ``12m``, ``24m``
        (so many month ends or calendar months); ``last``, ``last_3``, ``last_4``, ``last_6``, ``last_12``, ``first``,
        ``first_3``, ``first_6`` (so many invoices, payments or promises in order of date); ``next_30d`` (the days after
        t); ``issue`` (the invoice as issued) or ``latest`` (the latest value known).
    unit : str
        What it is counted in, a key of ``UNITS``.
    meaning_pt, meaning_en : str
        The definition in one or two sentences. t is the last day whose facts are known.
    role : {"risk", "treatment", "protected", "rights"}
        Which model may read it.
    direction : {-1, 0, 1}
        With the other features equal: 1 higher is riskier, -1 higher is safer, 0 no expectation.
    reason : str
        Code of its reason family, R01 onwards.
    dtype : {"number", "category"}
        float64, or text kept as a category.
    """

    name: str
    family: str
    window: str
    unit: str
    meaning_pt: str
    meaning_en: str
    role: Role
    direction: Direction
    reason: str
    dtype: Dtype = "number"

    def meaning(self, lang: Lang) -> str:
        """The definition in Portuguese (``pt``) or English (``en``)."""
        return self.meaning_pt if lang == "pt" else self.meaning_en
