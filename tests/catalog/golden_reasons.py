"""Every sentence of every reason, with nothing, one and many of what it counts, as a client and a manager read it.

``python tests/catalog/golden_reasons.py`` writes golden_reasons.md again; read every line that changed aloud, once as
the client it speaks of and once as the manager who has to stand by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from inadimplencia_ml.catalog import BY_NAME, REASONS, STATEMENTS, STEPS, Lang, ReasonFamily, Sentence, reason_sentence
from inadimplencia_ml.catalog.reasons import placeholders

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# As frases dos motivos

Cada frase de cada família, contra e a favor, com nenhum, um e muitos do que ela conta, em português e em inglês, para
ler em voz alta. A última frase de cada lado é a que se diz quando falta um número.
"""

#: What stands for nothing, one and many, by unit: shares near their ends too.
_AMOUNTS = {0: 0.0, 1: 1.0, 2: 12_345.67}
_SHARES = {0: 0.0, 1: 0.004, 2: 0.35}
_COUNTS = {0: 0.0, 1: 1.0, 2: 1_250.0}
_DAYS_OF_A_MONTH = {0: 1.0, 1: 1.0, 2: 28.0}


def value(name: str, number: int) -> float:
    """Nothing, one or many of a feature."""
    unit = BY_NAME[name].unit
    if unit == "amount":
        return _AMOUNTS[number]
    if unit in ("share", "ratio", "rate"):
        return _SHARES[number]
    return _DAYS_OF_A_MONTH[number] if unit == "month_day" else _COUNTS[number]


def rows_for(sentence: Sentence) -> Iterator[dict[str, float]]:
    """Rows on which a sentence may be said: with nothing, one and many, as far as its conditions allow."""
    for number in (0, 1, 2):
        row = {name: value(name, number) for name in sorted(placeholders(sentence))}
        row |= {name: value(name, max(number, 1)) for name in sentence.above_zero}
        yield row | dict.fromkeys(sentence.not_above_zero, 0.0)


def said(family: ReasonFamily, *, against: bool) -> list[tuple[str, str]]:
    """All that is said on one side, in Portuguese and English, without repetition."""
    sentences = family.against if against else family.favour
    rows = [row for sentence in sentences for row in rows_for(sentence)]
    langs: tuple[Lang, Lang] = ("pt", "en")
    pairs = [tuple(reason_sentence(family.code, row, against=against, lang=lang) for lang in langs) for row in rows]
    return [(pt, en) for pt, en in dict.fromkeys(pairs)]


def told(family: ReasonFamily) -> list[str]:
    """The part of the page on one family."""
    lines = [f"## {family.code} {family.name_pt} · {family.name_en}", ""]
    alike = said(family, against=True) == said(family, against=False)
    for against, title in ((True, "Contra"), (False, "A favor")):
        if not (alike and not against):
            lines += [] if alike else [f"### {title}", ""]
            lines += [f"- {pt}\n  - {en}" for pt, en in said(family, against=against)]
            lines.append("")
    return lines


def rendered() -> str:
    """The page."""
    parts = [told(family) for family in (*REASONS, *STATEMENTS, *STEPS)]
    return "\n".join([HEAD, *(line for part in parts for line in part)]).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
