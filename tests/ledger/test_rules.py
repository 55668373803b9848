import pytest
from door_rows import PAID, codes, counts, door, invoices

from inadimplencia_ml.tables import (
    AGREEMENTS,
    CLIENTS,
    CONTACTS,
    ESCALATIONS,
    LINKS,
    PAYMENTS,
)


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"amount": None}, "amount", "amount_missing"),
        ({"amount": 0.0}, "amount", "amount_zero"),
        ({"due_date": "2024-12-31"}, "due_date", "due_before_issue"),
        ({"due_date": "2031-12-31"}, "due_date", "absurd_term"),
        ({"paid_date": "2024-12-31"}, "paid_date", "paid_before_issue"),
        ({"paid_amount": 10.0}, "paid_amount", "fact_without_date"),
        ({"cancel_reason": "void"}, "cancel_reason", "fact_without_date"),
        ({"cancelled_known_on": "2025-01-09"}, "cancelled_known_on", "fact_without_date"),
        ({"disputed_to": "2025-01-09"}, "disputed_to", "fact_without_date"),
        ({"disputed_from": "2025-01-09", "disputed_to": "2025-01-08"}, "disputed_to", "dispute_ends_before_start"),
        ({"cancelled_date": "2025-01-09", "cancel_reason": "erro"}, "cancel_reason", "unknown_choice"),
        ({"cancelled_date": "2024-01-09"}, "cancelled_date", "cancelled_before_issue"),
        ({"uf": "XX"}, "uf", "uf_unknown"),
    ],
)
def test_an_odd_invoice_is_kept_and_flagged(change, column, code):
    admitted = invoices({}, change)
    assert codes(admitted) == [(1, column, "flagged", code)]
    assert counts(admitted) == (1, 1, 0, 0)
    assert admitted.table.num_rows == 2


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"client_id": None}, "client_id", "no_client"),
        ({"client_id": "  "}, "client_id", "no_client"),
        ({"invoice_id": None}, "invoice_id", "no_id"),
        ({"issue_date": None}, "issue_date", "no_date"),
        ({"amount": -0.01}, "amount", "amount_negative"),
        ({"paid_date": "2025-01-09", "paid_amount": -1.0}, "paid_amount", "amount_negative"),
        ({"paid_date": "2025-01-09", "paid_amount": 0.0}, "paid_amount", "payment_not_positive"),
    ],
)
def test_an_impossible_invoice_is_rejected(change, column, code):
    admitted = invoices({}, change)
    assert codes(admitted) == [(1, column, "rejected", code)]
    assert counts(admitted) == (1, 0, 1, 0)
    assert admitted.table.num_rows == 1


def test_nothing_paid_yet_is_no_finding():
    assert codes(invoices({"paid_amount": 0.0, "paid_date": None})) == []


def test_the_term_of_five_years_is_still_believed():
    assert codes(invoices({"due_date": "2030-01-01"})) == []


def test_states_are_read_in_any_case():
    assert invoices({"uf": " sp"}).table["uf"].to_pylist() == ["SP"]


@pytest.mark.parametrize(
    ("change", "outcome", "code"),
    [
        ({"amount": 0.0}, "rejected", "payment_not_positive"),
        ({"amount": -1.0}, "rejected", "amount_negative"),
        ({"amount": None}, "rejected", "no_value"),
        ({"payment_date": None}, "rejected", "no_date"),
        ({"invoice_id": None}, "rejected", "no_client"),
        ({"fine": -1.0, "principal": 101.0}, "rejected", "amount_negative"),
        ({"principal": 90.0, "interest": 9.98}, "flagged", "parts_do_not_add_up"),
        ({"interest": 5.0}, "flagged", "parts_do_not_add_up"),
        ({"kind": "estorno"}, "flagged", "unknown_choice"),
        ({"reversed_on": "2025-02-01"}, "flagged", "reversed_before_payment"),
    ],
)
def test_an_odd_payment(change, outcome, code):
    admitted = door(PAYMENTS, [PAID, PAID | change])
    assert [(row, how, why) for row, _, how, why in codes(admitted)] == [(1, outcome, code)]


@pytest.mark.parametrize(
    "change",
    [
        {"principal": 90.0, "interest": 10.01},
        {"principal": 90.0, "fine": 2.0, "interest": 8.0},
        {"fine": 0.0, "interest": 0.0},
        {"invoice_id": None, "client_id": "C1"},
        {"kind": "withheld_tax"},
    ],
)
def test_an_ordinary_payment_is_accepted(change):
    assert codes(door(PAYMENTS, [PAID | change])) == []


def test_facts_without_their_date_are_flagged_in_every_table():
    agreement = {
        "client_id": 1,
        "agreement_id": 1,
        "created_at": "2025-01-01",
        "kind": "promise",
        "due_date": "2025-01-05",
        "amount": 5.0,
    }
    contact = {"client_id": 1, "contacted_at": "2025-01-01T10:00", "channel": "sms"}
    escalation = {"client_id": 1, "invoice_id": 1, "kind": "protest", "requested_at": "2025-01-01"}
    assert [c for *_, c in codes(door(AGREEMENTS, [agreement | {"status": "kept"}]))] == ["fact_without_date"]
    assert [c for *_, c in codes(door(CONTACTS, [contact | {"replied": True}]))] == ["fact_without_date"]
    assert codes(door(CONTACTS, [contact | {"replied": False}])) == []
    assert [c for *_, c in codes(door(ESCALATIONS, [escalation | {"notice_proof": "AR"}]))] == ["fact_without_date"]
    early = contact | {"replied": True, "replied_on": "2024-12-31"}
    assert [c for *_, c in codes(door(CONTACTS, [early]))] == ["replied_before_contact"]
    assert [c for *_, c in codes(door(AGREEMENTS, [agreement | {"due_date": "2024-12-31"}]))] == ["due_before_created"]


def test_a_bad_tax_id_is_flagged_and_a_good_one_made_bare():
    rows = [{"client_id": 1, "tax_id": "123.456.789-09"}, {"client_id": 2, "tax_id": "123.456.789-00"}]
    admitted = door(CLIENTS, rows)
    assert codes(admitted) == [(1, "tax_id", "flagged", "tax_id_bad")]
    assert admitted.table["tax_id"].to_pylist() == ["12345678909", "123.456.789-00"]


def test_a_required_word_that_is_missing_rejects_the_row():
    admitted = door(
        LINKS, [{"client_id": 1, "group_id": 2, "kind": None}, {"client_id": 1, "group_id": 2, "kind": "x"}]
    )
    assert codes(admitted) == [(0, "kind", "rejected", "no_value"), (1, "kind", "flagged", "unknown_choice")]


def test_a_row_with_several_findings_has_one_outcome_and_all_findings_are_told():
    admitted = invoices({"client_id": None, "amount": 0.0, "due_date": "2024-01-01"})
    assert counts(admitted) == (0, 0, 1, 0)
    assert {(how, why) for _, _, how, why in codes(admitted)} == {
        ("rejected", "no_client"),
        ("rejected", "amount_zero"),
        ("rejected", "due_before_issue"),
    }


def test_the_reason_never_holds_a_value():
    admitted = invoices({"due_date": "segredo"}, {"cancel_reason": "segredo", "cancelled_date": "2025-02-02"})
    assert admitted.problems["value"].to_pylist() == ["segredo", "segredo"]
    assert not any("segredo" in reason for reason in admitted.problems["reason"].to_pylist())
