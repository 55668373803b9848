import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inadimplencia_ml.ledger.taxid import is_cnpj, is_cpf, read_tax_ids

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def with_check_digits(body: str) -> str:
    """The same rule written the slow way: modulo 11, weights 2, 3, ... from the right (CNPJ: again from 2 after 9)."""
    for _ in range(2):
        weights = [2 + i if len(body) < 11 else 2 + i % 8 for i in range(len(body))]
        total = sum(w * (ord(sign) - 48) for w, sign in zip(weights, reversed(body), strict=True))
        body += str(0 if total % 11 < 2 else 11 - total % 11)
    return body


def read(*texts: str | None, kind: list[str] | None = None):
    return read_tax_ids(pa.array(texts, pa.string()), None if kind is None else pa.array(kind))


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("123.456.789-09", "12345678909"),
        ("12345678909", "12345678909"),
        ("11.222.333/0001-81", "11222333000181"),
        ("12.ABC.345/01DE-35", "12ABC34501DE35"),
        ("12.abc.345/01de-35", "12ABC34501DE35"),
        (" 11222333000181 ", "11222333000181"),
    ],
)
def test_a_good_tax_id_is_made_bare(text, bare):
    ids = read(text)
    assert (ids.values.to_pylist(), ids.bad.tolist(), ids.restored) == ([bare], [False], 0)


@pytest.mark.parametrize(
    "text", ["123.456.789-08", "111.111.111-11", "00000000000000", "12ABC34501DE36", "x", "12", "ç" * 11]
)
def test_a_bad_tax_id_stays_as_given(text):
    ids = read(text)
    assert (ids.values.to_pylist(), ids.bad.tolist()) == ([text], [True])


def test_a_missing_tax_id_is_not_bad():
    ids = read(None, "12345678909")
    assert ids.values.to_pylist() == [None, "12345678909"]
    assert ids.bad.tolist() == [False, False]


def test_zeros_lost_by_a_spreadsheet_come_back():
    cpf, cnpj = with_check_digits("001234567"), with_check_digits("000123450001")
    ids = read(cpf.lstrip("0"), cnpj.lstrip("0"))
    assert ids.values.to_pylist() == [cpf, cnpj]
    assert ids.restored == 2


def test_letters_are_never_restored():
    assert read("2ABC34501DE35").bad.tolist() == [True]


def test_the_kind_decides_where_digits_make_both():
    both = next(
        text
        for number in range(1, 10**6)
        if is_cpf(text := with_check_digits(f"{number:09d}"))
        and with_check_digits(f"{int(text[:-2]):012d}") == f"{int(text):014d}"
    )
    digits = both.lstrip("0")
    assert read(digits).values.to_pylist() == [both]
    assert read(digits, kind=["PF"]).values.to_pylist() == [both]
    assert read(digits, kind=["PJ"]).values.to_pylist() == [digits.zfill(14)]


@given(st.integers(1, 10**9 - 2))
def test_every_cpf_with_its_digits_is_good_and_no_other_last_digit(number):
    cpf = with_check_digits(f"{number:09d}")
    if len(set(cpf)) == 1:
        return
    assert is_cpf(cpf)
    wrong = cpf[:-1] + str((int(cpf[-1]) + 1) % 10)
    assert not is_cpf(wrong)


@given(st.text(ALPHABET, min_size=12, max_size=12))
def test_every_cnpj_with_its_digits_is_good_and_no_other_last_digit(body):
    cnpj = with_check_digits(body)
    if len(set(cnpj)) == 1:
        return
    assert is_cnpj(cnpj)
    assert not is_cnpj(cnpj[:-1] + str((int(cnpj[-1]) + 1) % 10))


@given(st.lists(st.none() | st.text(max_size=20), max_size=20))
def test_any_text_is_good_or_stays_as_it_is(texts):
    ids = read(*texts)
    for given_text, value, bad in zip(texts, ids.values.to_pylist(), ids.bad.tolist(), strict=True):
        if bad or given_text is None:
            assert value == given_text
        else:
            assert len(value) in (11, 14)
