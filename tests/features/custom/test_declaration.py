"""What a declaration may say, how it is written, and what the catalogue is told of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from plain_aggregates import declarations, named
from pydantic import ValidationError

from inadimplencia_ml.catalog import BY_NAME, UNITS
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.custom.columns import custom_feature
from inadimplencia_ml.features.custom.declared import Aggregate, custom_to_yaml, parse_custom, read_custom

PAGE = """
- name: boleto_late_15_count_180d
  aggregation: count
  window: 180
  filter: {days_late: {ge: 15}, kind: [boleto, pix], amount: {gt: 1000}}
  direction: 1
  meaning_pt: Boletos e Pix acima de R$ 1.000 com 15 dias ou mais de atraso.
- name: paid_in_month_amount
  measure: amount
  aggregation: sum
  window: 30
  by: closed
  filter: {status: settled, due_month_end: true, contract_id: [7]}
- {name: late_part_all, aggregation: share, window: all, of: {days_late: {gt: 0}}}
"""


def test_declarations_come_back_from_yaml_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "features.yaml"
    path.write_text(PAGE, encoding="utf-8")
    declared = read_custom(path)
    assert [one.name for one in declared] == ["boleto_late_15_count_180d", "paid_in_month_amount", "late_part_all"]
    assert declared[1].filter.contract_id.is_in == ("7",)
    path.write_text(custom_to_yaml(declared), encoding="utf-8")
    assert read_custom(path) == declared


@pytest.mark.parametrize("seed", range(5))
def test_any_declaration_comes_back_from_yaml_as_it_was(seed: int) -> None:
    declared = tuple(named(declarations(seed)))
    assert parse_custom(custom_to_yaml(declared)) == declared


GOOD = "name: a, aggregation: count, window: 90"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{name: a, aggregatio: count, window: 90}", r"feature 1 \(a\): unknown key 'aggregatio'. Did you mean 'aggr"),
        ("{name: a, aggregation: cont, window: 90}", "aggregation: 'cont' is unknown. Did you mean 'count'"),
        ("{name: a, measure: day_late, aggregation: max, window: 90}", "measure: 'day_late' is unknown. Did you mean"),
        ("{name: a, aggregation: count, window: 90, by: dues}", "by: 'dues' is unknown. Did you mean 'due'"),
        ("{name: a, aggregation: count, window: 90d}", "window: '90d' is no window. Write a number of days"),
        ("{name: a, aggregation: count, window: 0}", "window: 0 is no window"),
        ("{name: a, aggregation: count}", "window: the key is missing"),
        (f"{{{GOOD}, filter: {{day_late: {{ge: 1}}}}}}", "filter: unknown key 'day_late'. Did you mean 'days_late'"),
        (f"{{{GOOD}, filter: {{days_late: {{gee: 1}}}}}}", "filter.days_late: unknown key 'gee'. Did you mean 'ge'"),
        (f"{{{GOOD}, filter: {{days_late: {{}}}}}}", "filter.days_late: an empty test"),
        (f"{{{GOOD}, filter: {{days_late: []}}}}", "filter.days_late: an empty test"),
        (f"{{{GOOD}, filter: {{days_late: five}}}}", "'five' is no number. Write a test such as {ge: 15}"),
        (f"{{{GOOD}, filter: {{amount: {{ge: .inf}}}}}}", "filter.amount.ge: Input should be a finite number"),
        (f"{{{GOOD}, filter: {{amount: {{ge: 1, known: false}}}}}}", "known: false goes with no other test"),
        (f"{{{GOOD}, filter: {{status: opn}}}}", "filter.status: 'opn' is unknown. Did you mean 'open'"),
        (f"{{{GOOD}, filter: {{due_weekday: 7}}}}", "due_weekday: 7 does not lie in 0 to 6"),
        (f"{{{GOOD}, filter: {{kind: 1.5}}}}", "filter.kind.in.0: Input should be a valid string, got 1.5"),
        (f"{{{GOOD}, unit: day}}", "unit: 'day' is unknown. Did you mean 'days'"),
        (f"{{{GOOD}, role: riks}}", "role: 'riks' is unknown. Did you mean 'risk'"),
        (f"{{{GOOD}, reason: R99}}", "reason: 'R99' is unknown"),
        (f"{{{GOOD}, direction: 2}}", "direction: Input should be -1, 0 or 1, got 2"),
        ("{name: a, aggregation: share, window: 90}", "'share' and the filter 'of' go together"),
        (f"{{{GOOD}, of: {{status: open}}}}", "'share' and the filter 'of' go together"),
        ("{name: a, measure: dpd, aggregation: share, window: 9, of: {}}", "a share of 'dpd' has no meaning"),
        ("{name: a, aggregation: mean, window: 9}", "measure 'count' has the aggregations count and share, not 'mean'"),
        ("{name: dpd_max, aggregation: count, window: 90}", "name: 'dpd_max' is a feature of the catalogue: Largest"),
        ("{name: client_mine, aggregation: count, window: 9}", "begin with 'client_' belong to columns of the clients"),
        ("{name: as_of, aggregation: count, window: 90}", "'as_of' is the name of a key of a snapshot"),
        ("{name: Late, aggregation: count, window: 90}", "'Late' is no name of a column: up to 63 small letters"),
        ("{name: a, name: b}", "the key 'name' comes twice"),
        (f"{{{GOOD}}}\n- {{{GOOD}}}", "the feature 'a' comes twice"),
    ],
)
def test_a_bad_declaration_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(CallError, match=message):
        parse_custom(f"- {text}")


def test_a_file_that_is_no_list_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"expected a list of features, each '- name: ...', got dict"):
        parse_custom("name: a")
    with pytest.raises(CallError, match="is not YAML"):
        parse_custom("- [")
    with pytest.raises(CallError, match=r"none.yaml: cannot be read \(FileNotFoundError\)"):
        read_custom(tmp_path / "none.yaml")


def test_a_declaration_cannot_be_changed_and_python_is_told_near_names_too() -> None:
    one = Aggregate(name="a", aggregation="count", window=90)
    with pytest.raises(ValidationError, match="frozen"):
        one.window = 30
    with pytest.raises(ValidationError, match=r"unknown key 'windows'. Did you mean 'window'"):
        Aggregate(name="a", aggregation="count", windows=90)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"aggregation": "count"}, ("60d", "count", "R08")),
        ({"aggregation": "count", "filter": {"dpd": {"ge": 1}}}, ("60d", "count", "R02")),
        ({"measure": "days_late", "aggregation": "mean"}, ("60d", "days", "R03")),
        ({"measure": "open_amount", "aggregation": "sum", "window": "all"}, ("all", "amount", "R10")),
        ({"measure": "fine_rate", "aggregation": "max"}, ("60d", "rate", "R12")),
        ({"measure": "amount", "aggregation": "max", "unit": "value", "reason": "R06"}, ("60d", "value", "R06")),
    ],
    ids=str,
)
def test_the_catalogue_is_told_window_unit_and_reason(how: dict[str, Any], told: tuple[str, ...]) -> None:
    feature = custom_feature(Aggregate(**({"name": "mine", "window": 60} | how)))
    assert (feature.window, feature.unit, feature.reason) == told
    assert feature.unit in UNITS
    assert (feature.role, feature.direction, feature.dtype) == ("risk", 0, "number")


@pytest.mark.parametrize("seed", range(5))
def test_every_declaration_has_a_meaning_in_both_languages(seed: int) -> None:
    for one in map(custom_feature, named(declarations(seed))):
        assert one.meaning_pt.endswith(".")
        assert one.meaning_en.endswith(".")
        assert one.meaning_pt != one.meaning_en


def test_a_meaning_tells_what_is_tested() -> None:
    one = custom_feature(parse_custom(PAGE)[1])
    assert one.meaning_pt == (
        "Soma dos valores dos títulos quitados, renegociados ou baixados em (t − 30 d, t], que vencem nos três últimos "
        "dias do mês, do contrato 7 e quitados."
    )
    assert one.meaning_en == (
        "Sum of the amounts of the invoices settled, renegotiated or written off in (t − 30 d, t], that fall due on "
        "the last three days of a month, of the contract 7 and settled."
    )
    assert custom_feature(parse_custom(PAGE)[0]).meaning_pt.startswith("Boletos e Pix acima de R$ 1.000")


LARGE_LATE = {"measure": "amount", "aggregation": "share", "window": 180, "filter": {"amount": {"ge": 1000}},
              "of": {"days_late": {"ge": 5}}}  # fmt: skip


@pytest.mark.parametrize(
    ("how", "pt", "en"),
    [
        (
            LARGE_LATE,
            "Fração do valor dos títulos com vencimento em (t − 180 d, t], com valor de R$ 1.000 ou mais, que cabe aos "
            "com atraso de 5 dias ou mais. NaN se o total for 0.",
            "Share of the amount of the invoices due in (t − 180 d, t], with an amount of R$ 1,000 or more, that falls "
            "on those late by 5 days or more. NaN if the total is 0.",
        ),
        (
            {"aggregation": "share", "window": "all", "of": {"days_late": {"gt": 0}}},
            "Fração do número dos títulos com vencimento até t que cabe aos em atraso ou pagos com atraso. "
            "NaN se o total for 0.",
            "Share of the number of the invoices due by t that falls on those late or paid late. "
            "NaN if the total is 0.",
        ),
        (
            {"measure": "open_amount", "aggregation": "max", "window": "all", "by": "issue",
             "filter": {"status": ["open", "closed"], "term_days": {"gt": 1, "lt": 30.5}}},
            "Maior saldo em aberto dos títulos com emissão até t, com prazo maior que 1 dia e menor que 30,5 dias e "
            "em aberto ou renegociados ou baixados como perda. NaN se não houver nenhum.",
            "Largest outstanding amount of the invoices issued by t, with a term of more than 1 day and less than "
            "30.5 days and open or renegotiated or written off. NaN if there is none.",
        ),
        (
            {"measure": "days_late", "aggregation": "last", "window": 90,
             "filter": {"due_weekday": {"ge": 5}, "due_month_day": {"ge": 1, "le": 10}, "fine_rate": 0.02}},
            "Número de dias de atraso, com sinal, do último dos títulos com vencimento em (t − 90 d, t], com multa "
            "contratual igual a 2 %, que vencem em sábado ou domingo e que vencem nos dias 1 a 10 do mês. "
            "NaN se não houver nenhum.",
            "Number of signed days late of the latest of the invoices due in (t − 90 d, t], with a contractual fine of "
            "2%, that fall due on a Saturday or a Sunday and that fall due on days 1 to 10 of the month. "
            "NaN if there is none.",
        ),
        (
            {"measure": "interest_rate_month", "aggregation": "count", "window": 30,
             "filter": {"days_late": {"ge": -5, "le": 2}, "product": {"known": False}}},
            "Número de títulos com vencimento em (t − 30 d, t], com atraso de −5 dias a 2 dias, sem produto informado "
            "e com taxa de juros ao mês informada.",
            "Number of invoices due in (t − 30 d, t], late by −5 days to 2 days, without a known product and with a "
            "known monthly interest rate.",
        ),
    ],
    ids=["share of amounts", "share of invoices", "largest", "last", "count of a measure"],
)  # fmt: skip
def test_a_meaning_is_a_sentence_of_the_catalogue(how: dict[str, Any], pt: str, en: str) -> None:
    told = custom_feature(Aggregate(name="mine", **how))
    assert told.meaning_pt == pt
    assert told.meaning_en == en


NAMES_OF_CODE = re.compile(r"\w_\w|[<>≥≤=]|\b(amount|count|dpd|days|known|settled|open|kind|sum|true|false)\b")


@pytest.mark.parametrize("seed", range(8))
def test_no_portuguese_meaning_holds_a_name_of_the_code_or_an_english_word(seed: int) -> None:
    for one in named(declarations(seed)):
        told = custom_feature(one)
        assert NAMES_OF_CODE.findall(told.meaning_pt) == [], told.meaning_pt
        assert told.meaning_pt.count("NaN") == told.meaning_en.count("NaN")
        assert "  " not in told.meaning_pt + told.meaning_en


def test_no_declared_name_may_be_one_of_the_catalogue() -> None:
    for name in ("late_share_365d", "batch_count", next(reversed(BY_NAME))):
        with pytest.raises(ValidationError, match="is a feature of the catalogue"):
            Aggregate(name=name, aggregation="count", window=90)
