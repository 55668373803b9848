"""What `policy check` can find: each with how grave it is, what to say of it, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

__all__ = ["FINDINGS", "Finding", "Lang", "Severity"]

Severity = Literal["error", "warning", "note"]
Lang = Literal["pt", "en"]


class _Kind(NamedTuple):
    severity: Severity
    pt: str
    do_pt: str
    en: str
    do_en: str


@dataclass(frozen=True)
class Finding:
    """One finding: its code, the place in the file, and what its sentence needs."""

    code: str
    place: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """An error is a policy that must not be used; a warning a doubt; a note is good to know."""
        return FINDINGS[self.code].severity

    def what(self, lang: Lang = "pt") -> str:
        """What was found, in a sentence."""
        kind = FINDINGS[self.code]
        return (kind.pt if lang == "pt" else kind.en).format(**self.facts)

    def remedy(self, lang: Lang = "pt") -> str:
        """What to do about it."""
        kind = FINDINGS[self.code]
        return (kind.do_pt if lang == "pt" else kind.do_en).format(**self.facts)


FINDINGS: dict[str, _Kind] = {
    "does_not_fit": _Kind(
        "error",
        "{told}",
        "Corrija no lugar indicado; o arquivo não é aceito assim.",
        "{told}",
        "Mend it at the place named; the file is refused as it is.",
    ),
    "no_hours": _Kind(
        "error",
        "Não sobra nenhuma hora da semana para contatar clientes: {who}.",
        "Dê horas em `windows`, ou troque `windows.use`.",
        "No hour of the week is left for contacting clients: {who}.",
        "Give hours in `windows`, or change `windows.use`.",
    ),
    "beyond_hours": _Kind(
        "error",
        "Permite contato em horas que {rule} proíbe: {part}.",
        "Estreite as horas, ou confira a regra e corrija o que a referência exige.",
        "Allows contact at hours that {rule} forbids: {part}.",
        "Narrow the hours, or verify the rule and mend what the reference demands.",
    ),
    "beyond_bound": _Kind(
        "error",
        "O valor {value} não respeita {rule}: {bound}.",
        "Mude o valor, ou confira a regra e corrija o que a referência exige.",
        "The value {value} does not keep {rule}: {bound}.",
        "Change the value, or verify the rule and mend what the reference demands.",
    ),
    "bound_without_place": _Kind(
        "warning",
        "{rule} limita {place}, que não está nesta política.",
        "Acrescente o valor, ou tire o limite da referência.",
        "{rule} bounds {place}, which is not in this policy.",
        "Add the value, or take the bound out of the reference.",
    ),
    "not_closed": _Kind(
        "error",
        "{rule} pede que se feche {closes}, e nenhuma salvaguarda fecha tudo isso quando {when}.",
        "Ligue de novo a salvaguarda, ou escreva uma que feche estes casos.",
        "{rule} asks to close {closes}, and no safeguard closes all of it when {when}.",
        "Switch the safeguard on again, or write one that closes these cases.",
    ),
    "not_kept": _Kind(
        "warning",
        "A regra dura {rule} diz que se cumpre em {kinds}, e lá nada em vigor a nomeia.",
        "Ligue o que a cumpre e nomeie a regra em `source`, ou corrija `where` na referência.",
        "The hard rule {rule} says it is kept in {kinds}, where nothing in force names it.",
        "Switch on what keeps it and name the rule in `source`, or mend `where` in the reference.",
    ),
    "text_long": _Kind(
        "note",
        "Com valores comuns, este texto chega a {count} sinais; a política quer no máximo {bound}.",
        "Encurte o texto, ou aumente `messages.sms_max`.",
        "With usual values this text reaches {count} signs; the policy wants at most {bound}.",
        "Shorten the text, or raise `messages.sms_max`.",
    ),
    "shadowed": _Kind(
        "warning",
        "Esta linha nunca decide: onde ela vale, outra acima já valeu.",
        "Mova a linha para cima, mude a condição, ou apague a linha.",
        "This line never decides: where it holds, one above has held already.",
        "Move the line up, change its condition, or delete it.",
    ),
    "seems_shadowed": _Kind(
        "warning",
        "Esta linha parece nunca decidir (tentado só com valores sorteados, sem prova).",
        "Confira a linha com as de cima; as condições são muitas para uma prova exata.",
        "This line seems never to decide (tried with random values, not proven).",
        "Look at the line and those above; the conditions are too many for an exact proof.",
    ),
    "never_holds": _Kind(
        "warning",
        "A condição não pode valer para ninguém: ela se contradiz.",
        "Corrija os limites da condição.",
        "The condition can hold for nobody: it contradicts itself.",
        "Mend the bounds of the condition.",
    ),
    "adds_nothing": _Kind(
        "note",
        "Onde esta salvaguarda vale, outras já fecham tudo o que ela fecha.",
        "Pode ficar, como um motivo a mais, ou ser apagada.",
        "Where this safeguard holds, others already close all that it closes.",
        "It may stay, as one more reason; or delete it.",
    ),
    "too_few_signals": _Kind(
        "warning",
        "Pede {bound} sinais de que o cliente evita o contato, e a política só tem {count}; a régua nunca se adianta.",
        "Baixe `at_least`, ou escreva mais sinais.",
        "Asks for {bound} signs of avoidance, of which the policy has {count}; the ladder is never moved ahead.",
        "Lower `at_least`, or write more signs.",
    ),
    "beyond_authority": _Kind(
        "warning",
        "O desconto de {value} passa do que o gerente pode dar, {bound}.",
        "Baixe o desconto, ou aumente `offers.authority`.",
        "The discount of {value} is beyond what the manager may grant, {bound}.",
        "Lower the discount, or raise `offers.authority`.",
    ),
    "campaign_over": _Kind(
        "note",
        "A campanha acabou em {day}.",
        "Desligue-a com null, ou marque outra data.",
        "The campaign ended on {day}.",
        "Switch it off with null, or give another date.",
    ),
    "never_binds": _Kind(
        "note",
        "Este teto nunca pesa: {place} é menor.",
        "Se for de propósito, nada a fazer.",
        "This cap never binds: {place} is lower.",
        "If meant, nothing to do.",
    ),
    "band_without_hour": _Kind(
        "warning",
        "Na faixa de horas {part} ninguém pode ser contatado.",
        "Mude a faixa, ou as horas em `windows`.",
        "In the band of hours {part} nobody may be contacted.",
        "Change the band, or the hours in `windows`.",
    ),
    "profile_never_given": _Kind(
        "warning",
        "Nenhuma linha de `profile_rules` dá este perfil a alguém.",
        "Acrescente ou corrija uma linha que o dê.",
        "No line of `profile_rules` gives this profile to anybody.",
        "Add or mend a line that gives it.",
    ),
    "stage_unreachable": _Kind(
        "warning",
        "Nenhum cliente chega a esta etapa: títulos com {dpd} dias de atraso ou mais ficam todos fora do plano.",
        "Apague a etapa, ou mude a salvaguarda que tira os títulos.",
        "No client reaches this stage: titles of {dpd} days past due or more are all left out of the plan.",
        "Delete the stage, or change the safeguard that leaves them out.",
    ),
    "silent_stage": _Kind(
        "note",
        "A etapa não fala com ninguém.",
        "Se for de propósito, nada a fazer.",
        "The stage speaks to nobody.",
        "If meant, nothing to do.",
    ),
    "no_gate": _Kind(
        "warning",
        "Esta medida não tem porta: só a aprovação de uma pessoa a segura.",
        "Escreva em `gates` o que deve valer antes de propô-la.",
        "This measure has no gate: only a person's approval holds it.",
        "Write in `gates` what must hold before it is proposed.",
    ),
    "open_gate": _Kind(
        "warning",
        "A porta não tem nenhuma condição em vigor.",
        "Ligue ao menos uma condição.",
        "The gate has no condition in force.",
        "Switch on at least one condition.",
    ),
    "gate_never_opens": _Kind(
        "warning",
        "As condições da porta não podem valer todas ao mesmo tempo; a medida nunca será proposta.",
        "Corrija as condições que se contradizem.",
        "The gate's conditions cannot hold all at once; the measure will never be proposed.",
        "Mend the conditions that contradict one another.",
    ),
    "never_proposed": _Kind(
        "note",
        "Nenhuma etapa da régua propõe esta medida.",
        "Se for de propósito, nada a fazer.",
        "No stage of the ladder proposes this measure.",
        "If meant, nothing to do.",
    ),
    "never_in_force": _Kind(
        "note",
        "O valor de {begin} nunca vale: a política só começa em {first}, e antes disso já vem outro.",
        "Apague o valor, ou corrija a data.",
        "The value of {begin} is never in force: the policy begins on {first}, and another comes before that.",
        "Delete the value, or mend its date.",
    ),
    "changes_nothing": _Kind(
        "note",
        "O valor de {begin} é igual ao anterior.",
        "Apague o valor, ou corrija-o.",
        "The value of {begin} is that of before.",
        "Delete the value, or mend it.",
    ),
    "never_on": _Kind(
        "note",
        "A entrada nunca está ligada: todos os seus valores são null.",
        "Dê um valor, ou apague a entrada.",
        "The entry is never on: all its values are null.",
        "Give a value, or delete the entry.",
    ),
    "still_to_come": _Kind(
        "note",
        "Muda em {begin}.",
        "Nada a fazer; confira o dia.",
        "Changes on {begin}.",
        "Nothing to do; look at the day.",
    ),
    "never_reviewed": _Kind(
        "warning",
        "Ninguém leu a política inteira ainda; {owner} responde por ela.",
        "Leia-a (`policy explain`) e escreva o dia em `reviewed_on`.",
        "Nobody has read the whole policy yet; {owner} answers for it.",
        "Read it (`policy explain`) and write the day into `reviewed_on`.",
    ),
    "review_overdue": _Kind(
        "warning",
        "A revisão venceu em {due}; {owner} responde por ela.",
        "Leia a política de novo (`policy explain`) e escreva o dia em `reviewed_on`.",
        "The review was due on {due}; {owner} answers for it.",
        "Read the policy again (`policy explain`) and write the day into `reviewed_on`.",
    ),
    "unverified": _Kind(
        "note",
        "{count} regras duras que ninguém conferiu em vigor: {names}.",
        "Peça a um advogado que as leia, e escreva o dia em `verified_on`.",
        "{count} hard rules that nobody has verified in force: {names}.",
        "Ask a lawyer to read them, and write the day into `verified_on`.",
    ),
    "verified_long_ago": _Kind(
        "note",
        "Conferida em {day}, antes da última revisão devida.",
        "Confira a regra de novo.",
        "Verified on {day}, before the last review was due.",
        "Verify the rule again.",
    ),
    "text_unused": _Kind(
        "note",
        "Nenhuma etapa, oferta ou medida usa este texto.",
        "Se for de propósito, nada a fazer.",
        "No stage, offer or measure uses this text.",
        "If meant, nothing to do.",
    ),
}
