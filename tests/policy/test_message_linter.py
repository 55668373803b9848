"""The linter and the reading of texts: what is found, where, and what a policy with such texts is told."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_prose import TEXT

from inadimplencia_ml.errors import PolicyError
from inadimplencia_ml.policy.messages.folding import folded, pattern_of, plain
from inadimplencia_ml.policy.messages.lengths import long_texts
from inadimplencia_ml.policy.messages.one_message import lint_text
from inadimplencia_ml.policy.messages.wording import WordingError, pieces_of
from inadimplencia_ml.policy.policy import Policy


def kinds(text: str, **options: object) -> list[str]:
    return [one.kind for one in lint_text(text, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found", "kind"),
    [
        ("Sua dívida cresce", "dívida", "word"),
        ("duas dividas", "dividas", "word"),
        ("a DÍVIDA", "DÍVIDA", "word"),
        ("os devedores", "devedores", "shame"),
        ("a devedora", "devedora", "shame"),
        ("clientes inadimplentes", "inadimplentes", "shame"),
        ("é caloteira", "caloteira", "shame"),
        ("nomes sujos", "nomes sujos", "shame"),
        ("são irresponsáveis", "irresponsáveis", "shame"),
        ("última  chance", "última  chance", "deadline"),
        ("os últimos avisos", "últimos avisos", "deadline"),
        ("responda urgentemente", "urgentemente", "deadline"),
        ("as medidas cabíveis", "medidas cabíveis", "threat"),
        ("penhora e penhoras", "penhora", "threat"),
        ("prisões", "prisões", "threat"),
        ("falaremos com seus vizinhos", "vizinhos", "threat"),
        ("vai a protesto", "protesto", "consequence"),
        ("será negativado na Serasa", "Serasa", "consequence"),
        ("ação judicial", "judicial", "consequence"),
        ("cliente pontual", "cliente pontual", "profile"),
        ("um pagador negligente", "negligente", "profile"),
        ("perfil P6", "P6", "profile"),
        ("Pague", None, None),
        ("divida em parcelas", "divida", "word"),
        ("quer dividir em parcelas?", None, None),
        ("um novo boleto, pontual", None, None),
        ("PAGUE", "PAGUE", "capitals"),
        ("CNPJ e CPF", None, None),
        ("Olá!", "!", "exclamation"),
    ],
)
def test_a_word_is_found_in_every_form_with_its_place(text: str, found: str | None, kind: str | None) -> None:
    got = {(one.kind, one.found) for one in lint_text(text)}
    assert (kind, found) in got if found else got == set()
    assert all(text[one.start : one.end] == one.found and one.suggestion for one in lint_text(text))


@settings(max_examples=20)
@given(st.sampled_from(["dívida", "calote", "último aviso", "polícia", "devedor"]), st.text(max_size=30))
def test_accents_case_and_the_words_around_hide_nothing(word: str, around: str) -> None:
    for form in (word, word.upper(), plain(word), unicodedata.normalize("NFD", word), word[:2] + "\u200b" + word[2:]):
        text = f"{around} {form} {around}"
        hits = [one for one in lint_text(text) if one.kind in ("word", "shame", "deadline", "threat")]
        assert any(one.start <= len(around) + 1 < one.end for one in hits)


def test_before_the_due_date_nothing_may_say_that_a_payment_is_missing() -> None:
    text = "Sua fatura está em atraso e não localizamos o pagamento"
    assert kinds(text) == []
    assert kinds(text, before_due=True) == ["asserts_default", "asserts_default"]


def test_a_consequence_is_allowed_by_its_own_approved_escalation_alone() -> None:
    text = "O título pode ser apresentado ao tabelionato."
    assert kinds(text) == ["consequence"]
    assert kinds(text, escalation="protest") == []
    assert kinds(text, escalation="negativacao") == ["consequence"]


def test_what_was_filled_in_is_not_judged() -> None:
    assert kinds("Olá, Devedor Prisco Dívida.") != []
    assert kinds("Olá, Devedor Prisco Dívida.", data=["Devedor Prisco Dívida"]) == []


def test_placeholders_and_both_numbers_are_read_as_such() -> None:
    text = "Olá, {nome}. [Sua dívida|As dívidas] de {valor}"
    assert [(one.found, one.start) for one in lint_text(text)] == [("dívida", 18), ("dívidas", 28)]


@settings(max_examples=30)
@given(st.text(max_size=60))
def test_any_text_can_be_looked_over(text: str) -> None:
    for one in lint_text(text, before_due=True):
        assert text[one.start : one.end] == one.found


@settings(max_examples=30)
@given(st.text(alphabet="ab{}[]| ", max_size=14))
def test_a_text_is_read_whole_or_refused(text: str) -> None:
    try:
        both = [pieces_of(text, several=number) for number in (False, True)]
    except WordingError:
        return
    for pieces in both:
        for piece in pieces:
            shown = f"{{{piece.text}}}" if piece.is_name else piece.text
            assert text[piece.start : piece.start + len(shown)] == shown


def test_folding_keeps_the_places() -> None:
    text = "Ação ﬁnal"
    low, places = folded(text)
    assert low == "acao final"
    assert text[places[low.index("final")]] == "ﬁ"
    assert pattern_of("mal").search("os males") is None
    assert plain("Até · já — “sim”…") == 'Ate - ja - "sim"...'


CHANGES = [
    ("de {valor}, vence em {vencimento}.|Você", "de {valr}, vence em {vencimento}.|Você", "unknown placeholder {valr}"),
    ("de {valor}, vence em {vencimento}.|Você", "vence em {vencimento}.|Você", "{valor} is missing; it is what is"),
    ("cartão, o caminho é {link_pagamento}", "cartão", "{link_pagamento} is missing"),
    (
        "Acontece de esquecer",
        "Sua dívida! Acontece de esquecer",
        "'dívida' (word); better: pendência ou pagamento em aberto",
    ),
    ("Outra data seria", "Está em atraso. Outra data seria", "'atraso' (asserts_default)"),
    ("Outra data seria", "Vai a protesto. Outra data seria", "'protesto' (consequence); better: só com uma escalada"),
    ("Outra data seria", "Você é cliente ocasional. Seria", "'cliente ocasional' (profile)"),
    ("Outra data seria", "Pague R$ 10,00 até 05/05/2025. Seria", "'R$ 10,00' (literal); better: use um marcador"),
    ("Outra data seria", "Outra [data seria", "the bracket at sign"),
    ("Outra data seria", "Com {beneficio}, seria", "{beneficio} may not be known; let it stand in a block"),
    (
        "|{quantidade} faturas, total {valor}, a primeira",
        "|fatura {referencia}, {valor}, a primeira",
        "speaks of one title",
    ),
    ('multa {multa}, juros {juros}{bloco_desconto}, total {valor}."', 'total {valor}."', "{multa} is missing"),
    ("juros {juros}{bloco_desconto}, total {valor}.", "juros {juros}, total {valor}.", "{valor_desconto} is missing"),
    ("desde: Você", "desdem: Você", "no text holds {bloco_desdem}"),
    (
        "escalation: protest\n    softer",
        "escalation: protesto\n    softer",
        "'protesto' is not known. Did you mean",
    ),
    ("template: T08, escalation: negativacao}", "template: T09, escalation: negativacao}", "T09 is not enabled"),
    (
        "{credor_nome} · {credor_documento} · {credor_endereco}",
        "{credor_nome} · {credor_documento}",
        "{credor_endereco}",
    ),
    ("Posso falar com {nome}?", "Ligo pela fatura de {valor}. É {nome}?", "{valor} cannot stand here"),
    ("Posso falar com {nome}?", "Há uma pendência. Falo com {nome}?", "'pendência' (asserts_default)"),
]


@pytest.mark.parametrize(("old", "new", "told"), CHANGES)
def test_a_policy_whose_texts_do_not_fit_is_refused_with_the_place(old: str, new: str, told: str) -> None:
    assert old in TEXT
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(TEXT.replace(old, new, 1))
    assert told in str(refused.value)


def test_a_ladder_text_that_a_channel_lacks_is_told() -> None:
    lines = [
        line
        for line in TEXT.split("\n")
        if not line.startswith('      sms: "{credor_nome}: [fatura {referencia}, venc')
    ]
    with pytest.raises(PolicyError, match=r"ladder\.E\d+\.\w+: T0\d has no text for sms"):
        Policy.from_text("\n".join(lines))


def test_an_sms_longer_than_wanted_is_told_with_its_length() -> None:
    assert list(long_texts(Policy.default().in_force("2025-01-01"))) == []
    short = re.sub(r"(sms_max:.*?2000-01-01: )459", r"\g<1>160", TEXT, count=1, flags=re.DOTALL)
    told = {one.place: one.length for one in long_texts(Policy.from_text(short).in_force("2025-01-01"))}
    assert "templates.T08.texts.sms" in told
    assert all(length > 160 for length in told.values())
