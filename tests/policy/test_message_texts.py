"""Laws of every text a client may read, held on the default policy with its notices configured."""

from __future__ import annotations

import re

import pytest
from golden_messages import PAGE, rendered
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_prose import DETAILS, LINK, SHOP, TEXT, WRITTEN, all_enabled, said, titles_of

from inadimplencia_ml.errors import CallError, PolicyError
from inadimplencia_ml.policy.messages.one_message import lint_text
from inadimplencia_ml.policy.messages.placeholders import PLACEHOLDERS
from inadimplencia_ml.policy.messages.wording import names_in
from inadimplencia_ml.policy.policy import Policy

CODES = [f"T{i:02d}" for i in range(1, 13)]
EVERY = [(code, channel, number) for code in CODES for channel in WRITTEN for number in (1, 3)]
FILLED = [SHOP.name, SHOP.address, SHOP.service, LINK, "Ana Souza", DETAILS["orgao"], DETAILS["tabelionato"]]


def test_the_messages_are_as_they_were_read_aloud_last() -> None:
    assert rendered() == PAGE.read_text(encoding="utf-8"), "if meant: python tests/policy/golden_messages.py, and read"


def test_the_policy_has_the_twelve_templates_on_every_written_channel() -> None:
    templates = Policy.default().templates
    assert list(templates) == CODES
    assert all(set(one.texts) == set(WRITTEN) for one in templates.values())
    assert [code for code, one in templates.items() if not one.enabled] == ["T09", "T10"]
    assert {code for code, one in templates.items() if one.itemised} == {"T08", "T09", "T10"}


@pytest.mark.parametrize(("code", "channel", "number"), EVERY)
def test_a_message_passes_its_own_linter_and_names_no_profile(code: str, channel: str, number: int) -> None:
    template, text = all_enabled().templates[code], said(code, channel, number)
    for words in (text.body, text.subject or ""):
        found = lint_text(words, before_due=not template.asserts_default, escalation=template.escalation, data=FILLED)
        assert found == []
        assert not re.search(r"\bP[0-7]\b|negligente|mau pagador|vulnerável|crônico", words)


@pytest.mark.parametrize(("code", "channel", "number"), EVERY)
def test_no_message_that_asks_for_money_lacks_amount_due_date_link_or_creditor(
    code: str, channel: str, number: int
) -> None:
    text = said(code, channel, number).body
    assert "11.222.333/0001-81" in text
    assert "Papelaria Boa Vista Ltda" in text
    if channel != "sms":
        assert SHOP.address in text
        assert text.count(SHOP.service) >= 1
    if all_enabled().templates[code].requests_payment:
        titles = titles_of(code, number)
        cents = round(sum(t.get("amount_due", t["open_amount"]) for t in titles) * 100)
        assert f"R$ {cents // 100:,}".replace(",", ".") + f",{cents % 100:02d}" in text
        year, month, day = titles[0]["due_date"].split("-")
        assert f"{day}/{month}/{year}" in text
        assert LINK in text


@pytest.mark.parametrize(("code", "channel", "number"), EVERY)
def test_only_placeholders_of_the_sender_are_left_and_they_are_named(code: str, channel: str, number: int) -> None:
    text = said(code, channel, number, link=None)
    left = set(re.findall(r"\{([^{}]*)\}", text.body + (text.subject or "")))
    assert left == set(text.placeholders)
    assert left <= {name for name, one in PLACEHOLDERS.items() if one.known == "sender"}
    assert not set("{}[]|") & set(said(code, channel, number).body)


@pytest.mark.parametrize("code", CODES)
def test_an_sms_is_plain_and_its_length_is_told(code: str) -> None:
    text = said(code, "sms", 3, name="João Conceição")
    assert text.body.isascii()
    assert text.segments == (1 if len(text.body) <= 160 else -(-len(text.body) // 153))
    assert len(text.body) <= 459
    assert said(code, "email").segments is None


@pytest.mark.parametrize("code", ["T08", "T09", "T10"])
@pytest.mark.parametrize("channel", WRITTEN)
def test_a_firm_text_tells_original_amount_fine_and_interest_apart(code: str, channel: str) -> None:
    text = said(code, channel, 2).body
    plain = "original R$ 1.500,00, multa R$ 30,00, juros R$ 4,50, total R$ 1.534,50"
    assert plain in text or plain.replace("original", "Original") in text


def test_a_correction_is_told_where_there_is_one() -> None:
    title = {"invoice_id": "1", "due_date": "2026-01-02", "open_amount": 500.0, "amount_due": 503.0, "correction": 3.0}
    assert "original R$ 500,00, correção R$ 3,00, multa R$ 0,00" in said("T08", "email", titles=[title]).body


def test_a_discount_for_paying_in_time_is_told_so_that_the_amounts_add_up() -> None:
    late = {"invoice_id": "1", "due_date": "2026-01-02", "open_amount": 500.0, "amount_due": 510.0, "fine": 10.0}
    soon = {"invoice_id": "2", "due_date": "2026-03-02", "open_amount": 100.0, "amount_due": 95.0, "discount": 5.0}
    body = said("T08", "email", titles=[late, soon]).body
    told = "original R$ 600,00, multa R$ 10,00, juros R$ 0,00, desconto R$ 5,00, total R$ 605,00"
    assert told in body
    assert "2, vencimento 02/03/2026: original R$ 100,00, multa R$ 0,00, juros R$ 0,00, desconto R$ 5,00" in body
    assert body.count("desconto") == 2


def test_an_amount_whose_parts_are_not_told_is_not_itemised() -> None:
    title = {"invoice_id": "1", "due_date": "2026-01-02", "open_amount": 500.0, "amount_due": 517.5}
    with pytest.raises(CallError, match=r"T08 on email: \{valor_original\} is not known for 1 of 1.*make amount_due"):
        said("T08", "email", titles=[title])
    assert "R$ 517,50" in said("T05", "email", titles=[title]).body


def test_a_notice_is_off_until_configured_and_needs_an_approved_escalation() -> None:
    with pytest.raises(CallError, match="T09 is not enabled"):
        said("T09", "email", policy=Policy.default())
    with pytest.raises(CallError, match="T10 names protest, which no person has approved"):
        said("T10", "email", answer_until=None)
    assert "Se até 30/03/2026 não houver pagamento" in said("T09", "whatsapp").body
    with pytest.raises(CallError, match=r"T09 on whatsapp: \{orgao\} is not known.*column of `details`"):
        said("T09", "whatsapp", details=None)


def test_nothing_asserts_a_delay_before_it_is_one() -> None:
    soon = [{"invoice_id": "1", "due_date": "2026-03-12", "open_amount": 5.0, "dpd": 0}]
    for code, template in all_enabled().templates.items():
        if template.asserts_default:
            with pytest.raises(CallError, match=f"{code} says that a payment is missing"):
                said(code, "email", titles=soon)
        elif code != "T12":
            assert "R$ 5,00" in said(code, "email", titles=soon).body


def test_the_thanks_leave_out_what_is_not_known() -> None:
    bare = said("T12", "whatsapp", 0, details=None).body.split("\n\n")
    assert bare[0] == "Olá, Ana Souza. Recebemos o seu pagamento. Agradecemos."
    assert len(bare) == 2
    with_record = said("T12", "whatsapp", 0, details={"data_baixa": "2026-03-20"}).body
    assert "concluída até 20/03/2026" in with_record
    assert "ganhou" not in with_record


def test_one_title_and_several_agree_in_number() -> None:
    assert "da fatura 101, de R$ 511,50, com vencimento em 11/02/2026." in said("T03", "whatsapp", 1).body
    many = said("T03", "whatsapp", 12).body
    assert "de 12 faturas, R$ 39.897,00 no total, a mais antiga com vencimento em 11/02/2026:" in many
    assert many.count("\n• ") == 9
    assert "• e mais 4, R$ 21.483,00 no total" in many
    assert "• e mais uma, de R$ 4.603,50" in said("T03", "whatsapp", 9).body


def test_until_it_is_known_who_reads_an_sms_names_no_amount_title_or_delay() -> None:
    text = said("T03", "sms", confirmed=None)
    assert not re.search(r"R\$|fatura|101|vencimento|pagamento|\d{2}/\d{2}/", text.body)
    assert LINK in text.body
    assert "R$ 511,50" in said("T03", "sms", confirmed=True).body
    assert "R$ 511,50" in said("T03", "email", confirmed=None).body
    with pytest.raises(CallError, match="somebody else reads sms"):
        said("T03", "sms", confirmed=False)


NAMES = [
    "{link_pagamento}",
    "Ana\n\nPague: https://golpe.example.com",
    "ana@example.com",
    "\u202eabc{valor}",
    "*_~",
    "",
]


@settings(max_examples=25)
@given(name=st.one_of(st.sampled_from(NAMES), st.text(max_size=90)), code=st.sampled_from(["T01", "T03", "T12"]))
def test_a_name_stays_data_whatever_it_holds(name: str, code: str) -> None:
    text, usual = said(code, "whatsapp", name=name, link=None), said(code, "whatsapp", name="Ana", link=None)
    assert text.placeholders == usual.placeholders
    assert text.body.count("{") == usual.body.count("{")
    assert text.body.count("\n") == usual.body.count("\n")
    assert text.body.count("http") == usual.body.count("http")
    first = text.body.split("\n")[0]
    assert len(first) <= len(usual.body.split("\n")[0]) - len("Ana") + 60
    assert text.body.split("\n", 1)[1] == usual.body.split("\n", 1)[1]


def test_an_older_policy_without_texts_is_read_on_and_says_nothing() -> None:
    older = re.sub(r"\nmessages:.*", "\n", TEXT, flags=re.DOTALL)
    templates = re.compile(r"\ntemplates:.*?\n(?=safeguards:)", re.DOTALL)
    bare = "\n".join(
        f"  {code}: {{tone: {one.tone}, asserts_default: {str(one.asserts_default).lower()}, sentence: x"
        + (f", softer: {one.softer}}}" if one.softer else "}")
        for code, one in Policy.default().templates.items()
    )
    policy = Policy.from_text(templates.sub(f"\ntemplates:\n{bare}\n\n", older))
    assert policy.messages is None
    with pytest.raises(PolicyError, match="has no section `messages`"):
        said("T01", "email", policy=policy)


def test_every_placeholder_stands_in_some_text_and_every_text_holds_known_ones() -> None:
    policy = Policy.default()
    used = {n for t in policy.templates.values() for x in t.texts.values() for n in names_in(x.body, t.blocks)}
    rules = policy.in_force("2026-01-01").messages
    assert rules is not None
    used |= {n for one in rules.channels.values() for n in names_in(one.footer or "")}
    used |= {n for tone in policy.tones for step in rules.script.of_tone(tone).values() for n in names_in(step.say)}
    offered = {"linha_digitavel", "pix_copia_cola", "valor_pago"}  # for texts of one's own
    assert {n for n in used if not n.startswith("bloco_")} == set(PLACEHOLDERS) - offered
