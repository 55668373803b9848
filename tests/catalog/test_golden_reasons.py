"""The sentences of the reasons as they are read: none changes unseen, none accuses, none is wrong with 0, 1 or many."""

from __future__ import annotations

import re

import golden_reasons
import pytest

from inadimplencia_ml.catalog import REASONS, STATEMENTS, STEPS, ReasonFamily

FAMILIES = (*REASONS, *STATEMENTS, *STEPS)

#: What judges, blames, threatens or orders; what a profile is called; slang for who owes.
ACCUSES = re.compile(
    r"\b(calot|devedor|inadimpl|caloteir|culpa|falha|falhou|deixou de|descumpri|neglig|irrespons|m[áa]u|ruim|p[ée]ssim|"
    r"suspeit|fraud|d[íi]vida|cobran|processo|protest|negativa|pagador|deve(ria)?\b|precisa|você|voce|"
    r"debtor|fail|fault|blame|bad\b|poor|worst payer|neglect|owes?\b|must\b|should\b|you\b|your\b|default|delinquen)",
    re.IGNORECASE,
)
#: A singular beside a number above one, or a plural beside one or none.
WRONG_NUMBER = re.compile(
    r"\b1 (títulos|dias|contatos|pagamentos|vezes|tiveram|venceram|invoices|days|contacts|payments|times|were)\b|"
    r"(?<![\d.,])(?:[2-9]|1\.250|1,250|28) (título|dia|contato|pagamento|vez|teve|venceu)\b|"
    r"(?<![\d.,])(?:[2-9]|1\.250|1,250|28) (invoice|day|contact|payment|time)\b|"
    r"(?<![\d.,])0 (título|dia|contato|pagamento|vez|invoice|day|contact|payment)|"
    r"(?<!\d)0 ?%|R\$ 0[.,]00",
    re.IGNORECASE,
)


def test_the_sentences_are_those_that_were_read_aloud() -> None:
    kept = golden_reasons.PAGE.read_text(encoding="utf-8")
    assert golden_reasons.rendered() == kept, "run tests/catalog/golden_reasons.py, and read what changed aloud"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.code)
def test_no_sentence_accuses_or_orders(family: ReasonFamily) -> None:
    texts = [t for against in (True, False) for pair in golden_reasons.said(family, against=against) for t in pair]
    assert texts
    assert [text for text in texts if ACCUSES.search(text)] == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.code)
def test_numbers_and_their_words_agree(family: ReasonFamily) -> None:
    texts = [t for against in (True, False) for pair in golden_reasons.said(family, against=against) for t in pair]
    assert [text for text in texts if WRONG_NUMBER.search(text)] == []


def test_a_portuguese_sentence_writes_numbers_as_in_brazil_and_an_english_one_as_in_english() -> None:
    pairs = [
        p for family in FAMILIES for against in (True, False) for p in golden_reasons.said(family, against=against)
    ]
    assert any("R$ 12.345,67" in pt and "R$ 12,345.67" in en for pt, en in pairs)
    assert any("35 %" in pt and "35%" in en for pt, en in pairs)
    assert not [pt for pt, _ in pairs if re.search(r"\d%|\d,\d{3}\b(?!,)", pt)]
    assert not [en for _, en in pairs if re.search(r"\d %|\d\.\d{3}\b", en)]


@pytest.mark.parametrize(
    "text",
    [
        "O cliente deixou de pagar 2 títulos.",
        "Você tem 2 títulos em atraso.",
        "The client failed to pay.",
    ],
)
def test_an_accusation_is_seen(text: str) -> None:
    assert ACCUSES.search(text)


@pytest.mark.parametrize(
    "text", ["Há 1 títulos em atraso.", "Há 1.250 título em atraso.", "0% of the total", "R$ 0,00"]
)
def test_a_wrong_number_is_seen(text: str) -> None:
    assert WRONG_NUMBER.search(text)
