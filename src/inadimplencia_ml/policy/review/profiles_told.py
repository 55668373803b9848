"""Profiles in words: who gets each, and what it changes in the ladder."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.review.conditions_told import told
from inadimplencia_ml.policy.review.values_told import laws, value_told
from inadimplencia_ml.policy.sections import Modifiers

__all__ = ["profiles_told"]

KNOWN = {
    "shift_days": "{} dias na espera de cada etapa",
    "tone_max": "tom até {}",
    "no_escalation_before_dpd": "nenhuma medida proposta antes de {} dias de atraso",
    "every_days": "no máximo um contato a cada {} dias",
    "before_due_like": "antes do vencimento, lembretes como os de {}",
    "first_late": "no primeiro atraso, até {0.until_dpd} dias, o texto {0.template}",
    "at_least": "de {0.from_dpd} a {0.until_dpd} dias de atraso, ao menos {0.action}",
    "people_only": "depois do vencimento só uma pessoa fala ({0.action}, texto {0.template})",
}
"""What a profile changes, in words; of anything else its name and value are told."""


def profiles_told(rules: PolicyInForce, say: Callable[[str], str]) -> Iterator[str]:
    """The decision list from top to bottom, then each profile."""
    profiles, entry = rules.policy.profiles, rules.policy.profile_rules
    yield f"{entry.sentence}{laws(entry)} {say('decision list')}"
    yield ""
    for number, rule in enumerate(rules.profile_rules, 1):
        yield f"{number}. {rule.profile} {profiles[rule.profile].name}: {told(rule.when)}."
    for code, modifiers in rules.modifiers.items():
        one = profiles[code]  # type: ignore[index]  # the codes of the modifiers are those of the profiles
        yield ""
        yield f"**{code}, {one.name}.** {one.sentence}{laws(one)} {say('means')}: {modifiers_told(modifiers)}."


def modifiers_told(modifiers: Modifiers) -> str:
    """What a profile changes.

    >>> modifiers_told(Modifiers(shift_days=7, tone_max=2, no_escalation_before_dpd=60))
    '+7 dias na espera de cada etapa; tom até 2; nenhuma medida proposta antes de 60 dias de atraso'
    """
    said = []
    for name in type(modifiers).model_fields:
        value = getattr(modifiers, name)
        if value is None or value is False or value == () or (value == 0 and name in ("shift_days", "every_days")):
            continue
        shown = f"{value:+d}" if name == "shift_days" else value_told(value) if isinstance(value, str) else value
        said.append(KNOWN[name].format(shown) if name in KNOWN else f"{name}: {value_told(value)}")
    return "; ".join(said)
