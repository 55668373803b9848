"""Every way to a model refuses what the law keeps out, and asks for a reason in writing where one is due."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import inadimplencia_ml as iml
from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.training.permission import permission_text

QUICK: dict[str, Any] = {"n_bootstrap": 50, "judge_bads": 20, "months": 15, "candidates": ("scorecard",)}
WHY = "Sem efeito sobre quem é aprovado, conferido em março."


@pytest.fixture(scope="module")
def book() -> iml.Ledger:
    made = iml.generate_book(200, random_state=8, start="2023-06-01", end="2025-03-31")
    return iml.Ledger(**made.tables, known_until="2025-03-31")


def knowing(ledger: iml.Ledger, **columns: Any) -> iml.Ledger:
    """The book with an attribute table ``bureau`` of these columns."""
    tables = {name: ledger.frame(name) for name in ledger.tables}
    clients = tables["invoices"]["client_id"].drop_duplicates().to_numpy()
    told = {"client_id": clients, "known_on": "2023-01-01"}
    told |= {name: np.arange(len(clients)) % 7 + 0.123454321 for name in columns or {"points": 1}}
    return iml.Ledger(**tables, attributes={"bureau": pd.DataFrame(told)}, known_until="2025-03-31")


def train(ledger: iml.Ledger, **settings: Any) -> iml.Model:
    custom = settings.pop("custom", ())
    return iml.train(ledger, settings=iml.TrainingSettings(**QUICK, **settings), custom=custom)


def fitted(*names: str) -> LogisticRegression:
    x = pd.DataFrame(np.random.default_rng(0).random((50, len(names))), columns=list(names))
    return LogisticRegression().fit(x, np.arange(50) % 2)


WAYS = {
    "train": lambda ledger: train(ledger),
    "train_family": lambda ledger: iml.train_family(ledger, [iml.Target()]),
    "train_time_to_payment": lambda ledger: iml.train_time_to_payment(ledger),
    "wrap a model": lambda ledger: iml.wrap(fitted("bureau_sexo", "due_count_90d"), ledger, fitted_to="2024-06-30"),
    "wrap a score": lambda ledger: iml.wrap("bureau_sexo", ledger),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_a_model_refuses_a_forbidden_column_with_the_article(book: iml.Ledger, way: str) -> None:
    with pytest.raises(
        CallError, match=r"'bureau_sexo' may not enter .* sex \(Lei 12\.414/2011, art\. 7º-A, I\)"
    ) as it:
        WAYS[way](knowing(book, sexo=1))

    assert "not_forbidden: {bureau_sexo:" in str(it.value)
    assert "123454321" not in str(it.value)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_a_model_asks_why_age_may_enter(book: iml.Ledger, way: str, monkeypatch) -> None:
    monkeypatch.setitem(WAYS, "wrap a score", lambda ledger: iml.wrap("bureau_age", ledger))
    monkeypatch.setitem(
        WAYS, "wrap a model", lambda ledger: iml.wrap(fitted("bureau_age"), ledger, fitted_to="2024-06-30")
    )
    with pytest.raises(CallError, match=r"'bureau_age' needs a reason .* age .*justifications: \{bureau_age: \"") as it:
        WAYS[way](knowing(book, age=1))

    assert "123454321" not in str(it.value)


def test_a_wrapped_model_answers_for_what_it_reads_alone(book: iml.Ledger) -> None:
    with pytest.raises(CallError, match="which is no feature"):
        iml.wrap(fitted("late_share_356d"), knowing(book, sexo=1), fitted_to="2024-06-30")


def test_columns_of_clients_are_refused_as_those_of_attributes_are(book: iml.Ledger) -> None:
    tables = {name: book.frame(name) for name in book.tables}
    tables["clients"]["CEP_5"] = "01310"
    with pytest.raises(CallError, match=r"'client_CEP_5' may not enter a credit score, by default: .*social origin"):
        train(iml.Ledger(**tables, known_until="2025-03-31"))


def test_several_are_told_at_once(book: iml.Ledger) -> None:
    with pytest.raises(CallError, match=r"'bureau_sexo' may not .* Likewise: 'bureau_religiao' \(political, religious"):
        train(knowing(book, sexo=1, religiao=1, points=1))


def test_features_of_ones_own_are_known_by_name_meaning_and_what_their_code_reads(book: iml.Ledger) -> None:
    def late(**more: Any) -> iml.Aggregate:
        return iml.Aggregate(**{"name": "late_5_count", "aggregation": "count", "window": 60} | more)

    def looked_up(facts, clients):
        return facts["attributes/bureau"].groupby("client_id")["x_sexo"].last()

    by_name = late(name="raca_count")
    by_meaning = late(meaning_pt="Títulos de clientes evangélicos")
    by_sql = iml.SqlFeature(
        name="points", sql='SELECT client_id, max("x_sexo") FROM attributes_bureau GROUP BY client_id'
    )
    by_code = iml.PythonFeature(name="points", function=looked_up)
    hidden = knowing(book, x_sexo=1)
    for own, ledger, told in (
        (by_name, book, "'raca_count' .*by its name it is about social and ethnic origin"),
        (by_meaning, book, "'late_5_count' .*by its meaning it is about political, religious"),
        (by_sql, hidden, "'points' .*by the column 'x_sexo', which its code reads, it is about sex"),
        (by_code, hidden, "'points' .*by the column 'x_sexo', which its code reads, it is about sex"),
    ):
        with pytest.raises(CallError, match=told):
            train(ledger, custom=[own], exclude=("bureau_x_sexo",) if ledger is hidden else ())


def test_a_column_with_a_dumb_name_is_known_by_its_declared_meaning(book: iml.Ledger) -> None:
    with pytest.raises(CallError, match=r"'bureau_x7' .*by its meaning it is about the place"):
        train(knowing(book, x7=1), meanings={"x7": "Renda média do bairro"})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"justifications": {"bureau_poinst": WHY}},
            "justifications: there is no column 'bureau_poinst'.*bureau_points",
        ),
        ({"not_forbidden": {"sexo": WHY}}, "not_forbidden: there is no column 'sexo'"),
    ],
)
def test_a_reason_for_a_column_that_is_not_there_is_a_slip(book: iml.Ledger, settings: Any, told: str) -> None:
    with pytest.raises(CallError, match=told):
        train(knowing(book, points=1), **settings)


def test_a_reason_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="a reason in writing has at least 3 words"):
        iml.TrainingSettings(justifications={"age": "ok"})


def test_reasons_and_statements_are_kept_in_the_model_and_told(book: iml.Ledger, tmp_path) -> None:
    ledger = knowing(book, age=1, race_rank=1, sexo=1)
    stated = "Posição do cliente na fila de atendimento."
    model = train(ledger, justifications={"age": WHY}, not_forbidden={"race_rank": stated}, exclude=("bureau_sexo",))
    kept = iml.load_model(model.save(tmp_path / "model"))
    said = kept.bundle.manifest.settings["permission"]

    assert said["attention"]["bureau_age"]["justification"] == WHY
    assert said["not_forbidden"]["bureau_race_rank"]["statement"] == stated
    assert said["not_forbidden"]["bureau_race_rank"]["source"] == "Lei 12.414/2011, art. 7º-A, I"
    text = permission_text(kept.bundle.manifest.settings)
    assert "bureau_age (idade; Lei 10.741/2003" in text
    assert text.endswith(f"bureau_race_rank (origem social e étnica; Lei 12.414/2011, art. 7º-A, I): {stated}")
    names = [one.name for one in kept.bundle.manifest.features]
    assert {"bureau_age", "bureau_race_rank"} <= set(names)
    assert "bureau_sexo" not in names
    without = dict(model.bundle.manifest.settings) | {"training": {}}
    from inadimplencia_ml.risk.bundle import make_bundle

    with pytest.raises(BundleError, match="'bureau_race_rank', of role protected"):
        iml.Model.of(make_bundle(model.bundle.parts, model.bundle.manifest.model_copy(update={"settings": without})))


def test_a_book_without_such_columns_says_nothing(book: iml.Ledger) -> None:
    from inadimplencia_ml.features.wanted import Wanted
    from inadimplencia_ml.training.permission import permission_of

    assert permission_of(book, Wanted(), iml.TrainingSettings()).to_json() == {}
    assert permission_text({}) == ""
