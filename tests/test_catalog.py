"""The catalogue: which features there are, what they mean, and what a client reads of them."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inadimplencia_ml import catalog
from inadimplencia_ml.catalog import (
    BY_NAME,
    FAMILIES,
    FEATURES,
    FIXED,
    HISTORY,
    HISTORY_FAMILIES,
    REASONS,
    ROLES,
    SHORT_HISTORY,
    STATEMENTS,
    UNITS,
    Feature,
    Lang,
    ReasonFamily,
    Sentence,
    data_dictionary,
    direction_of,
    feature,
    is_directed,
    members,
    reason_sentence,
    write_data_dictionary,
)
from inadimplencia_ml.catalog.reasons import placeholders
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.ledger.ledger import Ledger

# The contract's list, written out once more so that a slip in the catalogue cannot hide.
PER_WINDOW = """due_count due_amount late_count late_amount late_share late_amount_share late_15_count late_30_count
late_60_count late_90_count days_late_mean days_late_max days_late_std days_late_weighted early_share paid_amount
issued_count issued_amount""".split()
AFTER_THE_WINDOWS = """open_count open_amount overdue_count overdue_amount overdue_share dpd_max dpd_weighted
overdue_1_30_amount overdue_31_60_amount overdue_61_90_amount overdue_91_plus_amount not_due_amount due_next_30d_amount
days_since_issue days_since_payment days_since_late tenure_days on_time_streak late_streak days_late_last
days_late_mean_last_3 days_late_mean_last_6 days_late_mean_first_3 days_late_ewm_90d days_late_slope_365d
late_share_ratio_90d_365d worst_dpd_3m worst_dpd_6m worst_dpd_12m roll_up_count_12m partial_count_all payment_ratio_365d
days_between_issues_mean ticket_mean_365d ticket_ratio_90d_365d""".split()
CONTACTS = ["contact_count_90d", "contact_answer_share_90d", "days_since_contact"]
PROMISES = ["promise_kept_share_365d", "promise_broken_count_365d"]
INVOICE = """invoice_amount invoice_term_days invoice_issue_weekday invoice_issue_month_day invoice_due_weekday
invoice_due_month_day invoice_due_is_business_day invoice_interest_rate_month invoice_fine_rate invoice_installment
invoice_installments batch_count batch_amount batch_amount_share batch_amount_rank invoice_amount_to_client_mean
invoice_amount_client_rank invoice_term_to_client_mean invoice_term_client_rank
invoice_days_since_previous_issue""".split()
CATEGORIES = ["invoice_kind", "invoice_product"]
WINDOWS = ["30d", "90d", "180d", "365d", "all"]
# The families beyond the fixed list, in their order, and how many columns each has.
FAMILY_SIZES = {
    "spread": 3 * 15,
    "latest": 33,
    "shock": 6,
    "cures": 20,
    "postponed": 11,
    "rhythm": 21,
    "contracts": 15,
    "order": 11,
    "months": 19,
    "limit": 7,
    "methods": 16,
    "outreach": 14,
    "groups": 8,
    "macro": 0,
    "past": 20,
}
# A direction holds a model to it: each of these was weighed by itself, in the docstring of its family.
RISKIER = """days_late_median_90d late_days_mean_90d late_days_median_90d late_7_count_90d significant_late_count_90d
significant_late_share_90d days_late_median_365d late_days_mean_365d late_days_median_365d late_7_count_365d
significant_late_count_365d significant_late_share_365d days_late_median_all late_days_mean_all late_days_median_all
late_7_count_all significant_late_count_all significant_late_share_all
days_late_max_last_3 days_late_max_last_6 days_late_max_last_12 late_share_last_3 late_share_last_6 late_share_last_12
days_late_mean_last_12 days_late_weighted_last_4 days_late_first days_late_mean_first_6 days_late_max_first_3
days_late_max_first_6 late_count_first_3 days_late_ewm_30d days_late_ewm_60d days_late_ewm_180d late_ewm_60d
late_ewm_180d late_share_before_90d days_late_mean_before_90d
late_settled_days_mean_365d open_late_30_share_all written_off_count_365d written_off_count_all never_paid_count_all
never_paid_share_all dpd_original_max
contract_overdue_count contract_overdue_share last_contract_late_share last_contract_days_late_mean
last_contract_days_late_max contract_days_late_mean_max first_payment_default_count_all first_payment_late_share_all
months_late_6m months_late_12m months_late_24m months_30_plus_12m months_60_plus_12m worst_dpd_24m dpd_month_mean_6m
dpd_month_mean_12m roll_up_count_6m bucket_last_month overdue_to_limit
reversed_share_365d recurring_failed_count_90d recurring_failed_count_365d recurring_failed_share_365d
recurring_failed_last promise_broken_last
known_outcome_late_count known_outcome_late_share known_outcome_days_late_mean known_outcome_days_late_ewm_60d
known_outcome_days_late_ewm_90d known_outcome_late_5_count known_outcome_late_5_share similar_late_share
similar_days_late_mean similar_term_late_share""".split()
SAFER = """late_settled_share_365d cured_share_30_365d cured_share_30_all cured_share_60_all cured_share_90_all
days_since_written_off months_since_worst_12m months_clean_streak_24m days_since_late_5""".split()
UNDIRECTED = ["R08", "R09", "R10", "R11", "R12", "R14", "R15", "R16"]

# Words that judge a person, threaten, or name a profile; no text of the catalogue may hold them.
FORBIDDEN = re.compile(
    r"calot|devedor|inadimpl|adimplente|pagador|d[íi]vida|endivid|neglig|cr[ôo]nic|ocasional|vulner|pontua(l|is)\b|"
    r"irrespons|má[- ]fé|vergonh|nome sujo|cobran|protest|penhora|processo|pol[íi]cia|urgente|imediatamente|"
    r"debtor|\bdebts?\b|delinquen|default|bad payer|deadbeat|chronic|ashame|fraud|threat|collection",
    re.IGNORECASE,
)

CODES = [family.code for family in REASONS]
LANGUAGES: tuple[Lang, ...] = ("pt", "en")


def every_sentence() -> list[tuple[ReasonFamily, bool, Sentence]]:
    return [(f, side, s) for f in REASONS for side in (True, False) for s in (f.against if side else f.favour)]


# ---------------------------------------------------------------- the features


def test_the_columns_are_those_of_the_contract_in_its_order() -> None:
    windowed = [f"{name}_{w}" for w in WINDOWS for name in PER_WINDOW]
    assert [f.name for f in FIXED] == windowed + AFTER_THE_WINDOWS
    own = INVOICE + CATEGORIES
    history = [f.name for f in HISTORY]
    assert [f.name for f in FEATURES] == windowed + AFTER_THE_WINDOWS + CONTACTS + PROMISES + own + history


def test_the_families_beyond_the_fixed_list_stand_in_their_order_with_all_their_columns() -> None:
    assert {name: len(features) for name, features in HISTORY_FAMILIES.items()} == FAMILY_SIZES
    assert list(HISTORY_FAMILIES) == list(FAMILY_SIZES)
    assert tuple(f for features in HISTORY_FAMILIES.values() for f in features) == HISTORY


@pytest.mark.parametrize("family", [name for name in FAMILY_SIZES if name != "macro"])
def test_the_columns_of_a_family_are_those_that_are_computed_in_their_order(family: str) -> None:
    computed = importlib.import_module(f"inadimplencia_ml.features.history.{family}")
    assert [f.name for f in HISTORY_FAMILIES[family]] == list(computed.NAMES)


def test_there_are_ninety_columns_a_window_set_and_thirty_five_after_it_and_no_name_twice() -> None:
    beyond = sum(FAMILY_SIZES.values())
    assert (len(FIXED), len(FEATURES), len(BY_NAME)) == (90 + 35, 90 + 35 + 3 + 2 + 20 + 2 + beyond, len(FEATURES))


def test_every_feature_speaks_the_words_of_the_catalogue() -> None:
    for f in FEATURES:
        assert f.family in FAMILIES, f.name
        assert f.unit in UNITS, f.name
        assert f.role in ROLES, f.name
        assert f.direction in (-1, 0, 1), f.name
        assert f.reason in CODES, f.name
        assert f.dtype == ("category" if f.name in CATEGORIES else "number"), f.name


@pytest.mark.parametrize("f", FEATURES, ids=lambda f: f.name)
def test_a_meaning_is_a_whole_text_in_both_languages_that_names_its_window(f: Feature) -> None:
    for text in (f.meaning_pt, f.meaning_en):
        assert text.endswith("."), text
        assert not re.search(r"[{}|]|  ", text), text
    names_columns = "/" in f.meaning_en  # a ratio of other columns, whose windows are in their names
    if f.window in ("30d", "90d", "180d", "365d") and not names_columns and "those" not in f.meaning_en:
        days = f.window.removesuffix("d")
        assert f"(t − {days} d, t]" in f.meaning_pt
        assert f"(t − {days} d, t]" in f.meaning_en
    assert f.meaning_pt.count("NaN") == f.meaning_en.count("NaN")


def test_what_is_missing_is_said_of_every_mean_share_ratio_slope_and_recency() -> None:
    # A share of nothing is no number; a count of nothing is 0.
    for f in FIXED:
        can_be_nan = f.unit in ("share", "ratio", "days_per_30d") or re.search(
            r"_mean|_max_|_std|_weighted|_ewm|^days_since|^tenure|_last$|dpd_weighted", f.name
        )
        assert ("NaN" in f.meaning_en) == bool(can_be_nan), f.name


def test_every_window_unit_and_family_of_a_feature_is_told_and_used() -> None:
    told = set(re.findall(r"``(\w+)``", str(Feature.__doc__).partition("window : str")[2].partition("unit : str")[0]))
    assert {f.window for f in FEATURES} | {"latest"} == told  # latest: what the client record says
    used = {f.unit for f in FEATURES} | {"value"}
    assert used == set(UNITS)
    assert {f.family for f in FEATURES} | {"client", "attributes", "macro", "custom"} == set(FAMILIES)


def test_the_traces_of_our_own_action_are_of_role_treatment_and_all_else_is_risk() -> None:
    outreach = [f.name for f in HISTORY_FAMILIES["outreach"]]
    assert [f.name for f in FEATURES if f.role == "treatment"] == CONTACTS + PROMISES + outreach
    assert {f.role for f in FEATURES} == {"risk", "treatment"}


def test_more_lateness_is_never_safer_and_mere_activity_points_nowhere() -> None:
    worse = [
        f for f in FIXED if re.match(r"late_\d*_?count|late_(amount_)?share_\d|days_late_(mean|max|weighted)", f.name)
    ]
    # The ratio of two shares is no share: high for a single late invoice in a good year.
    assert {f.direction for f in worse if "ratio" not in f.name} == {1}
    assert len(worse) > 40
    activity = [f for f in FIXED if re.match("due_|issued_|paid_|open_|ticket_|not_due|late_amount_[0-9a]", f.name)]
    assert {f.direction for f in activity} == {0}
    assert [direction_of(n) for n in ("on_time_streak", "payment_ratio_365d", "tenure_days")] == [-1, -1, -1]


def test_beyond_the_fixed_list_only_what_was_weighed_has_a_direction() -> None:
    assert [f.name for f in HISTORY if f.direction == 1] == RISKIER
    assert [f.name for f in HISTORY if f.direction == -1] == SAFER
    # Volume alone says neither good nor bad, whichever family measures it.
    assert {f.direction for f in HISTORY if f.unit == "amount"} == {0}


def test_a_column_that_the_catalogue_does_not_know_has_no_direction() -> None:
    assert direction_of("my_own_column") == 0


def test_every_window_of_a_measure_has_the_same_unit_direction_and_family() -> None:
    for name in PER_WINDOW:
        kinds = {(f.unit, f.direction, f.family) for w in WINDOWS for f in [BY_NAME[f"{name}_{w}"]]}
        assert len(kinds) == 1, name


# ---------------------------------------------------------------- the features as they are computed


CLIENT_FACTS: dict[str, list[object]] = {
    # What protects a person or follows from a right, with one value and with another.
    "vulnerable": [True, False],
    "hardship": [True, None],
    "do_not_contact": [True, False],
    "preferred_channel": ["sms", "email"],
    "preferred_hours": ["manhã", "tarde"],
    "consent_sms": [True, False],
    "uf": ["SP", "AC"],
    "city": ["Santos", "Feijó"],
    "sexo": ["f", "m"],
    "reclamacoes": [3.0, 0.0],
}


def whole_ledger(which: int = 0) -> Ledger:
    """A book with every table and column that a feature reads: client A with a history, B of the same group, C new."""
    facts = {name: values[which] for name, values in CLIENT_FACTS.items()}
    disputed = {"disputed_from": ["2025-01-12", None][which], "disputed_to": [None, "2025-02-20"][which]}
    invoices = {
        "client_id": ["A", "A", "A", "B", "A"],
        "invoice_id": ["1", "2", "3", "4", "5"],
        "issue_date": ["2024-11-01", "2024-12-01", "2025-01-02", "2025-01-03", "2025-03-03"],
        "due_date": ["2024-12-02", "2025-01-02", "2025-02-03", "2025-02-04", "2025-04-03"],
        "amount": [100.0, 110.0, 105.0, 90.0, 95.0],
        "contract_id": ["K1", "K1", "K2", None, "K2"],
        "installment": [1, 2, 1, None, 2],
        "kind": ["boleto", "card", "card", "pix", "boleto"],
        "product": ["x", "y", "x", "y", "x"],
    }
    payments = {
        "invoice_id": ["1", "2"],
        "payment_date": ["2024-12-05", "2025-01-20"],
        "amount": [100.0, 60.0],
        "method": ["pix", "card"],
        "reversed_on": [None, "2025-02-01"],
        "known_on": ["2024-12-06", "2025-01-21"],
    }
    contacts = {
        "client_id": ["A"],
        "contacted_at": ["2025-02-10 10:00"],
        "known_on": ["2025-02-10"],
        "channel": ["sms"],
        "direction": ["outbound"],
        "delivered": [True],
        "opened": [True],
        "replied_on": ["2025-02-12"],
        "right_party": [True],
        "cost": [0.5],
    }
    agreement = {"client_id": "A", "agreement_id": "P", "created_at": "2025-02-12", "due_date": "2025-02-20"}
    return Ledger(
        pd.DataFrame(invoices | disputed),
        pd.DataFrame(payments),
        pd.DataFrame(
            {"client_id": ["A", "B", "C"], "credit_limit": [500.0, 300.0, 200.0], "income": [9.0, 8.0, 7.0]} | facts
        ),
        pd.DataFrame([agreement | {"kind": "promise", "amount": 110.0}]),
        contacts=pd.DataFrame(contacts),
        links=pd.DataFrame({"client_id": ["A", "B"], "group_id": "G", "kind": "economic_group"}),
        macro=pd.DataFrame({"date": ["2024-01-01", "2025-01-01"], "series": "selic", "value": [11.0, 13.0]}),
        attributes={"bureau": pd.DataFrame({"client_id": ["A"], "known_on": "2025-01-01", "score": [700.0]})},
        calendar="none",
        known_until="2025-04-30",
    )


def whole_table(ledger: Ledger) -> pd.DataFrame:
    """Every column there is: of A's invoice 5 at its issue."""
    at_issue = {"client_id": ["A"], "invoice_id": ["5"], "as_of": ["2025-03-03"], "view": ["at_issue"]}
    return build_features(ledger, pd.DataFrame(at_issue), families="all").drop(columns=[*at_issue])


def test_the_columns_that_are_built_are_those_of_the_catalogue_in_its_order() -> None:
    built = list(whole_table(whole_ledger()).columns)

    open_ended = [name for name in built if name not in BY_NAME]
    assert [name for name in built if name in BY_NAME] == [f.name for f in FEATURES]
    assert open_ended == [
        *("client_income", "client_credit_limit", "client_sexo", "client_reclamacoes", "bureau_score"),
        *("macro_selic", "macro_selic_change_90d", "macro_selic_change_365d"),
    ]
    families = {feature(name, attributes=["bureau"]).family for name in open_ended}
    assert families == {"client", "attributes", "macro"}


def test_no_feature_of_the_catalogue_reads_what_protects_a_person_or_follows_from_a_right() -> None:
    assert {feature(f"client_{name}").role for name in CLIENT_FACTS} == {"protected", "rights"}
    one, other = (whole_table(whole_ledger(which)) for which in (0, 1))
    names = [f.name for f in FEATURES]

    assert not one["client_sexo"].astype(str).equals(other["client_sexo"].astype(str))
    pd.testing.assert_frame_equal(one[names], other[names], check_exact=True)


def test_what_a_client_without_a_fact_gets_is_what_the_meaning_says() -> None:
    day = pd.DataFrame({"client_id": ["unknown"], "as_of": ["2025-03-03"]})
    row = build_features(whole_ledger(), day, families="all").iloc[0]
    said = {"as_of_month": 3, "as_of_month_day": 3, "as_of_days_to_month_end": 28, "months_clean_streak_24m": 24}
    for name in [f.name for f in FEATURES if f.name in row]:
        meaning, value = BY_NAME[name].meaning_en, float(row[name])
        if np.isnan(value):
            assert "NaN" in meaning, name
        else:
            assert value == said.get(name, 0), name
            assert "NaN" not in meaning or "NaN without the column" in meaning, name


# ---------------------------------------------------------------- names asked for


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(CallError, match=r"No feature is called 'due_conut_30d'\. Did you mean 'due_count_30d'"):
        feature("due_conut_30d")


def test_client_columns_and_columns_of_a_named_attribute_table_are_features() -> None:
    kind, limit, since = feature("client_kind"), feature("client_credit_limit"), feature("client_since_days")
    assert (kind.dtype, kind.family, kind.role, kind.direction, kind.reason) == ("category", "client", "risk", 0, "R12")
    assert [(f.dtype, f.unit) for f in (limit, since)] == [("number", "amount"), ("number", "days")]
    score = feature("bureau_score", attributes=["bureau"])
    assert (score.family, score.reason) == ("attributes", "R12")
    assert "Latest value known at t of the column score of the attribute table bureau" in score.meaning_en


def test_the_caller_says_whether_an_added_column_is_text() -> None:
    assert feature("client_size", dtype="category").dtype == "category"
    assert feature("client_kind", dtype="number").dtype == "category"


def test_a_column_belongs_to_the_attribute_table_with_the_longest_name() -> None:
    assert "bureau_pj" in feature("bureau_pj_score", attributes=["bureau", "bureau_pj"]).meaning_en


def test_a_column_of_an_attribute_table_that_was_not_named_is_no_feature() -> None:
    with pytest.raises(CallError, match="with the table named in attributes"):
        feature("bureau_score")


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("client_vulnerable", "protected"),
        ("client_hardship", "protected"),
        ("client_sexo", "protected"),
        ("client_Religião", "protected"),
        ("client_cep_2_dig", "protected"),
        ("client_uf", "protected"),
        ("client_preferred_channel", "rights"),
        ("client_do_not_contact", "rights"),
        ("client_consent_whatsapp", "rights"),
        ("client_reclamações_procon", "rights"),
        ("client_opt_out", "rights"),
        ("client_income", "risk"),
        ("client_corporate_size", "risk"),
        ("client_sexta_feira", "risk"),
    ],
)
def test_what_protects_a_person_or_follows_from_a_right_has_a_role_of_its_own(name: str, role: str) -> None:
    assert feature(name).role == role


@pytest.mark.parametrize("name", ["client_tax_id", "client_cpf", "client_cnpj"])
def test_a_tax_id_is_never_a_feature(name: str) -> None:
    with pytest.raises(CallError, match=f"{name}: a tax id is never a feature"):
        feature(name)


# ---------------------------------------------------------------- the reasons


def test_the_codes_run_from_r01_without_a_gap() -> None:
    said = CODES + [one.code for one in STATEMENTS]

    assert [f"R{n:02d}" for n in range(1, len(said) + 1)] == said


def test_every_feature_has_one_reason_and_every_reason_has_features() -> None:
    assert sum(len(members(code)) for code in CODES) == len(FEATURES)
    # R16 is that of the column which is said to be a score, whatever its name.
    assert [code for code in CODES if not members(code)] == ["R16"]


@pytest.mark.parametrize(
    ("due", "pt", "en"),
    [
        (0.0, "nenhum título venceu até esta data", "no invoice has fallen due by this date"),
        (1.0, "1 título venceu até esta data", "1 invoice has fallen due by this date"),
        (2.0, "2 títulos venceram até esta data", "2 invoices have fallen due by this date"),
        (None, "poucos títulos venceram até esta data", "few invoices have fallen due by this date"),
    ],
)
def test_a_short_history_is_stated_alike_whichever_way_the_score_went(due: float | None, pt: str, en: str) -> None:
    row = {"due_count_all": due}
    texts = {reason_sentence(SHORT_HISTORY, row, against=against) for against in (True, False)}

    assert texts == {f"Histórico curto: {pt}; o escore é menos preciso."}
    assert reason_sentence(SHORT_HISTORY, row, against=True, lang="en") == (
        f"Short history: {en}; the score is less precise."
    )
    assert members(SHORT_HISTORY) == ()


def test_a_family_of_what_is_neither_good_nor_bad_has_no_member_with_a_direction() -> None:
    # One alone would silence all others: a family with a direction speaks only where a directed number is worse.
    assert [code for code in CODES if not is_directed(code)] == UNDIRECTED


def test_no_sentence_tells_a_client_a_number_of_another_client() -> None:
    groups = {f.name for f in HISTORY_FAMILIES["groups"]}
    for _, _, s in every_sentence():
        assert placeholders(s).union(s.above_zero, s.not_above_zero).isdisjoint(groups), s


def test_each_placeholder_and_condition_is_a_feature_of_its_family_and_the_same_in_both_languages() -> None:
    for family, _, s in every_sentence():
        known = {f.name for f in members(family.code)}
        assert placeholders(s).union(s.above_zero, s.not_above_zero) <= known, s
        pt, en = (set(re.findall(r"\{(\w+)", text)) for text in (s.pt, s.en))
        assert pt == en, s


def test_words_are_chosen_by_number_only_where_the_number_is_whole() -> None:
    for _, _, s in every_sentence():
        for text in (s.pt, s.en):
            for name, forms in re.findall(r"\{(\w+)\|([^{}]*)\}", text):
                assert BY_NAME[name].unit in ("count", "days"), text
                assert forms.count("|") in (1, 2), text
                # Without a word of its own for none, zero must never get here, or reads well in the plural.
                assert "#" in forms, text


def test_the_last_sentence_of_every_list_needs_no_number() -> None:
    for family in REASONS:
        for sentences in (family.against, family.favour):
            assert not placeholders(sentences[-1])
            assert not sentences[-1].above_zero + sentences[-1].not_above_zero


def test_each_sentence_can_be_reached() -> None:
    # Given just the numbers that a sentence asks for, each sentence of a list comes out, and none in another's place.
    for family in REASONS:
        for against, sentences in ((True, family.against), (False, family.favour)):
            needs = [(placeholders(s) | set(s.above_zero), s.not_above_zero) for s in sentences]
            given = [dict.fromkeys(numbers, 2.0) | dict.fromkeys(zeros, 0.0) for numbers, zeros in needs]
            said = [reason_sentence(family.code, row, against=against) for row in given]
            assert len(set(said)) == len(sentences), family.code


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("against", [True, False])
@pytest.mark.parametrize("code", CODES)
def test_a_client_of_whom_nothing_is_known_gets_a_sentence_without_numbers(
    code: str, against: bool, lang: Lang
) -> None:
    texts = {
        reason_sentence(code, row, against=against, lang=lang) for row in ({}, dict.fromkeys(BY_NAME, float("nan")))
    }
    assert len(texts) == 1
    assert re.fullmatch(r"[A-ZÀ-Ý][^{}|#\d]*(12 m[^{}|#\d]*)?\.", texts.pop())


@st.composite
def rows(draw: st.DrawFn) -> dict[str, float | None]:
    """A row with each feature that a sentence reads in its own range, some of them missing."""
    row: dict[str, float | None] = {}
    read = {name for _, _, s in every_sentence() for name in placeholders(s).union(s.above_zero, s.not_above_zero)}
    for f in (BY_NAME[name] for name in sorted(read)):
        number = st.floats(-400, 4000)
        if f.unit in ("share", "rate"):
            number = st.floats(0, 1)
        elif f.unit in ("count", "weekday", "month_day", "flag"):
            number = st.integers(0, 31).map(float)
        elif f.unit == "amount":
            number = st.floats(0, 1e9)
        elif re.search("streak|dpd|since|tenure|term|between", f.name) or f.unit == "ratio":
            number = st.floats(0, 4000)
        row[f.name] = draw(st.one_of(st.sampled_from([0.0, 1.0, None, float("nan")]), number))
    return row


@given(row=rows())
def test_every_sentence_is_whole_and_holds_no_negative_number(row: dict[str, float | None]) -> None:
    for code in CODES:
        for against in (True, False):
            for lang in LANGUAGES:
                text = reason_sentence(code, row, against=against, lang=lang)
                assert text.endswith(".")
                assert text[0].isupper() or text[0].isdigit()
                assert not re.search(r"[{}|#]|nan|None|inf\b|-\d|-R|  ", text), text
                assert not re.search(r"\b1 (títulos|dias|contatos|pagamentos|vezes|days|invoices|contacts)\b", text), (
                    text
                )
                assert not re.search(
                    r"(?<![\d.,])0 (título|dia|contato|pagamento|vez|day|invoice|contact)s?\b", text
                ), text


def test_a_speaking_number_is_written_as_a_brazilian_writes_it() -> None:
    row = {"overdue_count": 1, "overdue_amount": 1234567.5, "dpd_max": 1234.0}
    assert reason_sentence("R01", row, against=True) == (
        "Há 1 título em atraso, com R$ 1.234.567,50 em aberto; o atraso mais longo é de 1.234 dias."
    )
    assert reason_sentence("R01", row, against=True, lang="en") == (
        "1 invoice is overdue, with R$ 1,234,567.50 outstanding; the longest delay is 1,234 days."
    )


@pytest.mark.parametrize(
    ("count", "share", "sentence"),
    [
        (1, 1 / 3, "Entre os títulos com vencimento nos últimos 12 meses, 1 teve atraso (33 % do total)."),
        (7, 0.0049, "Entre os títulos com vencimento nos últimos 12 meses, 7 tiveram atraso (menos de 1 % do total)."),
        (7, 1.0, "Entre os títulos com vencimento nos últimos 12 meses, 7 tiveram atraso (100 % do total)."),
        (
            999,
            0.999,
            "Entre os títulos com vencimento nos últimos 12 meses, 999 tiveram atraso (mais de 99 % do total).",
        ),
    ],
)
def test_one_and_many_and_shares_near_the_ends_read_well(count: int, share: float, sentence: str) -> None:
    assert reason_sentence("R02", {"late_count_365d": count, "late_share_365d": share}, against=True) == sentence


def test_a_client_without_lateness_is_told_so_and_one_without_invoices_is_not() -> None:
    assert reason_sentence("R02", {"late_share_365d": 0.0}, against=False) == (
        "Nenhum título com vencimento nos últimos 12 meses teve atraso."
    )
    assert "Nenhum" not in reason_sentence("R02", {"late_count_365d": 0, "late_share_365d": None}, against=False)


def test_a_short_history_is_named_as_such() -> None:
    new = {"tenure_days": 0.0, "due_count_all": 0.0}
    assert reason_sentence("R07", new, against=True) == (
        "O relacionamento começou na data desta avaliação, e nenhum título venceu até aqui; "
        "um histórico mais longo tende a aumentar o escore."
    )
    assert "pouco histórico" in reason_sentence("R07", {"tenure_days": None, "due_count_all": 0.0}, against=True)


def test_families_without_direction_say_themselves_which_way_they_went() -> None:
    for family, against, s in every_sentence():
        if not is_directed(family.code):
            assert s.pt.endswith("reduziu o escore." if against else "aumentou o escore."), s
            assert s.en.endswith("lowered the score." if against else "raised the score."), s


def test_an_unknown_reason_or_language_is_refused() -> None:
    with pytest.raises(CallError, match=r"No reason has the code 'R1'\. Did you mean 'R1\d'"):
        reason_sentence("R1", {}, against=True)
    with pytest.raises(CallError, match=r"lang is 'es'\. Texts exist in 'pt' and 'en'"):
        reason_sentence("R01", {}, against=True, lang="es")  # type: ignore[arg-type]
    with pytest.raises(CallError, match=r"lang is 'es'\. Texts exist in 'pt' and 'en'"):
        data_dictionary("es")  # type: ignore[arg-type]


# ---------------------------------------------------------------- the texts as a whole


def test_no_text_judges_threatens_or_names_a_profile() -> None:
    texts = [text for _, _, s in every_sentence() for text in (s.pt, s.en)]
    texts += [text for f in FEATURES for text in (f.meaning_pt, f.meaning_en)]
    texts += [text for family in REASONS for text in (family.name_pt, family.name_en)]
    texts += [text for pair in (*FAMILIES.values(), *UNITS.values()) for text in pair]
    assert [text for text in texts if FORBIDDEN.search(text) or "!" in text] == []


def test_the_data_dictionary_in_the_docs_is_current(tmp_path: Path) -> None:
    write_data_dictionary(tmp_path / "now.md")
    kept = Path(__file__).parents[1] / "docs" / "data_dictionary.md"
    assert kept.read_bytes() == (tmp_path / "now.md").read_bytes(), (
        "docs/data_dictionary.md is stale: write it again with inadimplencia_ml.catalog.write_data_dictionary"
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_data_dictionary_has_one_row_a_feature_and_all_rows_are_whole(lang: Lang) -> None:
    rows = [line for line in data_dictionary(lang).splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [f.name for f in FEATURES]
    assert {row.count("|") for row in rows} == {7}


def test_the_catalogue_imports_the_standard_library_and_the_errors_alone() -> None:
    folder = Path(str(catalog.__file__)).parent
    files = sorted(folder.rglob("*.py"))
    assert len(files) > 3 + len(FAMILY_SIZES)
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                ours = name.startswith(("inadimplencia_ml.catalog", "inadimplencia_ml.errors"))
                word_list = (file.name, name) == ("forbidden.py", "yaml")
                assert ours or word_list or name.split(".")[0] in sys.stdlib_module_names, f"{file.name} imports {name}"
