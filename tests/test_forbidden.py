"""What may not enter a credit score is known by its words, and what only looks like it is left alone."""

from __future__ import annotations

import pytest

from inadimplencia_ml.catalog import FEATURES
from inadimplencia_ml.catalog.forbidden import ground_of_meaning, ground_of_name, grounds, is_said

FORBIDDEN = {
    "social_origin": "cliente_raca raça client_race etnia ethnicity cor skin_colour indígena foreign_worker",
    "health": "saude health_status doencas client_cid10 pcd gestante disability diagnostico_medico",
    "genetic": "genetic_risk teste_dna genoma",
    "sex": "sexo sex CODE_GENDER personal_status_sex client_gender genero_cd female_flag NomeSocial",
    "sexual_life": "orientacao_sexual sexual_orientation lgbt",
    "convictions": "religiao religious_group partido political_view convicções_filosóficas crenca",
    "union_and_biometrics": "sindicato union_member biometria facial_recognition_score",
    "other_people": "vizinhos_inadimplentes friend_default_rate irmao_score linkedin_connections sibling_count",
    "exercise_of_rights": "procon_count reclamacoes opt_out consent_sms own_score_queries autoconsulta lgpd_requests",
    "vulnerability": "hardship superendividado vulneravel",
    "place": "cep CEP client_cep_2_dig zip_code zipCode bairro neighbourhood_score geohash client_uf codigo_postal",
}
ATTENTION = {
    "age": "age client_age idade faixa_etaria birth_date dataNascimento dob dt_nasc DAYS_BIRTH",
    "name": "first_name client_name sobrenome primeiro_nome",
    "email": "DOMINIO_EMAIL email_domain e_mail dominio_email",
    "phone": "ddd area_code operadora",
    "device": "device_type user_agent aparelho ip_address browser",
    "address": "address endereco logradouro moradia",
    "household": "NAME_FAMILY_STATUS estado_civil marital_status spouse_income filhos dependents_count",
    "schooling": "escolaridade profissao occupation job_title",
}
HARMLESS = """
    OWN_CAR_AGE REGION_RATING EXT_SOURCE_2 AMT_INCOME_TOTAL PORTE SEGMENTO_INDUSTRIAL FLAG_PF installment_commitment
    message_count average average_ticket race_condition age_of_oldest_invoice_days last_contract_age_days package_count
    storage_usage stage page_views image_count sextant sexta_feira essex_branch recorde decor corrente
    union_all grace_days financial_health saude_financeira idade_da_divida account_age_days managed_accounts percentage
    receipt_count recepcao zipper_sales unifor bureau_score porte_empresa cnae_section ramo segment_code serasa_points
    nome_fantasia product_name username_length card_brand discounts dispatch_days agenda_days manifest policy_code
    mailing_lag shipping_lag phone_sales_share genus kinship_code credit_bureau_hits personal_guarantee employees
    industry simplex texture_code cities_served capacity elasticity facade electricity_bill
""".split()


def cases(words: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, code) for code, names in words.items() for name in names.split()]


@pytest.mark.parametrize(("name", "code"), cases(FORBIDDEN))
def test_a_forbidden_column_is_known_by_its_name(name: str, code: str) -> None:
    assert ground_of_name(name) == code
    assert grounds()[code].gravity in ("forbidden", "proxy")
    assert grounds()[code].role in ("protected", "rights")


@pytest.mark.parametrize(("name", "code"), cases(ATTENTION))
def test_a_column_that_asks_for_a_reason_is_known_by_its_name(name: str, code: str) -> None:
    assert ground_of_name(name) == code
    assert (grounds()[code].gravity, grounds()[code].role) == ("attention", "risk")


def test_what_only_looks_alike_is_left_alone() -> None:
    met = {name: ground_of_name(name) for name in HARMLESS}

    assert {name: code for name, code in met.items() if code is not None} == {}


def test_no_feature_of_the_catalogue_meets_a_ground_by_name_or_by_meaning() -> None:
    for one in FEATURES:
        met = [ground_of_name(one.name), ground_of_meaning(one.meaning_pt), ground_of_meaning(one.meaning_en)]
        assert met == [None, None, None], one.name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 se o cliente se declara evangélico", "convictions"),
        ("Share of defaults among the client's neighbours", "other_people"),
        ("Faixa etária do sócio", "age"),
        ("Renda média do bairro", "place"),
        ("Vezes em que o cliente consultou o próprio escore", "exercise_of_rights"),
        ("Títulos vencidos e não pagos em 90 dias, com a cor do boleto e a cidade da agência", None),
        ("The union of both windows; a man-made sum", None),
    ],
)
def test_a_meaning_is_read_as_a_name_is_but_for_words_that_say_too_little(text: str, code: str | None) -> None:
    assert ground_of_meaning(text) == code


def test_sex_is_kept_out_and_age_is_asked_about_as_the_law_has_it() -> None:
    assert (grounds()["sex"].gravity, grounds()["sex"].source) == ("forbidden", "Lei 12.414/2011, art. 7º-A, I")
    assert grounds()["place"].gravity == "proxy"
    assert grounds()["age"].gravity == "attention"


def test_each_entry_of_the_list_stands_once_and_is_met_under_its_own_ground() -> None:
    for code, ground in grounds().items():
        entries = [*ground.words, *ground.only_names, *ground.harmless]
        assert len(entries) == len(set(entries)), code
        for entry in (*ground.words, *ground.only_names):
            assert ground_of_name(entry.replace("*", "x").replace(" ", "_")) == code, entry
        assert "art." in ground.source or "escolha da casa" in ground.source


def test_a_statement_counts_for_the_feature_and_for_its_column() -> None:
    assert is_said("bureau_race_rank", ["race_rank"])
    assert is_said("bureau_race_since_days", ["race_since"])
    assert not is_said("bureau_race", ["ace"])
