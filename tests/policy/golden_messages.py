"""Every template on every channel, and the script of every tone, as a client would read and hear them.

``python tests/policy/golden_messages.py`` writes golden_messages.md again; read every line that changed aloud.
"""

from __future__ import annotations

from pathlib import Path

from messages_prose import WRITTEN, all_enabled, said

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# As mensagens da régua padrão

Cada texto em cada canal, com uma fatura e com três, para ler em voz alta. O que fica entre chaves é de quem envia.
T09 e T10 vêm desligados; aqui estão como ficam depois de configurados e com a escalada aprovada.
"""


def shown(template: str, channel: str, number: int) -> list[str]:
    """One message under its heading."""
    text = said(template, channel, number, link=None if channel == "email" else "https://pague.example.com/c/81f3")
    titles = {0: "nenhuma fatura", 1: "uma fatura"}.get(number, f"{number} faturas")
    length = f", {len(text.body)} sinais em {text.segments} SMS" if text.segments else ""
    subject = [f"Assunto: {text.subject}", ""] if text.subject else []
    return [f"### {template} {channel}, {titles}{length}", "", "```text", *subject, text.body, "```", ""]


def script(tone: int) -> list[str]:
    """The script of a tone, as it stands in the policy."""
    rules = all_enabled().in_force("2026-03-12").messages
    assert rules is not None
    lines = [f"### Roteiro, tom {tone}", ""]
    for name, step in rules.script.of_tone(tone).items():
        early = " (antes de saber quem ouve)" if name in rules.script.before_right_party else ""
        lines += [f"- **{name}**{early}: {step.say}", f"  - {step.mind}"]
    return [*lines, ""]


def rendered() -> str:
    """The page."""
    lines = [HEAD]
    for code, template in all_enabled().templates.items():
        lines += [f"## {code}: {template.sentence}", "", f"Tom {template.tone}.", ""]
        for channel in WRITTEN:
            for number in (1, 3) if template.requests_payment else (0, 1, 3):
                lines += shown(code, channel, number)
    reserved = said("T03", "sms", confirmed=None)
    lines += ["## SMS quando não se sabe quem lê", "", "```text", reserved.body, "```", "", "## Ao telefone", ""]
    for tone in all_enabled().tones:
        lines += script(tone)
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
