"""Features by code: what a function and a query are given, what they may give, and that a leak is found."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from custom_build import build_with, columns
from pydantic import ValidationError

from inadimplencia_ml import Ledger
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.audit import audit_leaks
from inadimplencia_ml.features.custom.coded import Facts, PythonFeature, SqlFeature
from inadimplencia_ml.features.custom.columns import custom_feature
from inadimplencia_ml.features.custom.declared import Aggregate
from inadimplencia_ml.features.custom.outside import renamed_clients
from reference.random_ledger import random_ledger

OPEN_SQL = """
    SELECT asked.client_id, count(invoices.invoice_id)
    FROM asked LEFT JOIN invoices ON asked.client_id = invoices.client_id AND invoices.paid_date IS NULL
    GROUP BY asked.client_id
"""


def invoices(client: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "client_id": client,
            "invoice_id": ["A", "B", "D"],
            "issue_date": ["2025-01-06", "2025-02-03", "2025-02-10"],
            "due_date": ["2025-02-03", "2025-03-03", "2025-03-10"],
            "amount": [100.1, 50.2, 30.0],
            "paid_date": ["2025-02-13", None, None],
        }
    )


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(invoices(["C1", "C1", "C2"]))


@pytest.fixture
def snapshots() -> pd.DataFrame:
    return pd.DataFrame(
        {"client_id": ["C1", "C2", "C1", "C9", "C1"], "as_of": ["2025-02-05", *["2025-02-28"] * 3, "2025-02-28"]}
    )


def python(function: Any) -> PythonFeature:
    return PythonFeature(name="mine", function=function)


def sql(text: str) -> SqlFeature:
    return SqlFeature(name="mine", sql=text)


def unpaid_count(facts: Facts, clients: pd.Index) -> pd.Series:
    table = facts["invoices"]
    return table["paid_date"].isna().groupby(table["client_id"]).sum().reindex(clients, fill_value=0)


# --- what the code is given ------------------------------------------------------------------------------------------


def test_a_function_and_a_query_see_what_was_known_and_agree(ledger: Ledger, snapshots: pd.DataFrame) -> None:
    query = SqlFeature(name="by_sql", sql=OPEN_SQL)
    got = columns(ledger, snapshots, [python(unpaid_count), query])
    assert got["mine"].tolist() == got["by_sql"].tolist() == [2, 1, 1, 0, 1]
    assert set(map(str, got.dtypes)) == {"float64"}


def test_a_function_is_called_once_a_day_with_each_client_once(ledger: Ledger, snapshots: pd.DataFrame) -> None:
    calls = []

    def noting(facts: Facts, clients: pd.Index) -> np.ndarray:
        calls.append((facts.as_of, clients.tolist()))
        return np.arange(len(clients))

    got = columns(ledger, snapshots, [python(noting)])
    assert calls == [(dt.date(2025, 2, 5), ["C1"]), (dt.date(2025, 2, 28), ["C2", "C1", "C9"])]
    assert got["mine"].tolist() == [0, 0, 1, 2, 1]


def test_at_issue_the_day_is_the_one_before(ledger: Ledger) -> None:
    looks = pd.DataFrame({"client_id": ["C1"], "as_of": ["2025-02-03"], "invoice_id": ["B"], "view": ["at_issue"]})
    seen = []

    def known(facts: Facts, clients: pd.Index) -> pd.Series:
        seen.append(facts.as_of)
        return facts["invoices"].groupby("client_id").size()

    day = SqlFeature(name="day_of_month", sql="SELECT client_id, day($as_of) FROM asked")
    assert columns(ledger, looks, [python(known), day]).iloc[0].tolist() == [1, 2]
    assert seen == [dt.date(2025, 2, 2)]


def test_one_function_cannot_change_what_the_next_one_reads(ledger: Ledger, snapshots: pd.DataFrame) -> None:
    def spoiling(facts: Facts, clients: pd.Index) -> pd.Series:
        facts["invoices"]["paid_date"] = pd.Timestamp("2020-01-01")
        return unpaid_count(facts, clients)

    first = PythonFeature(name="spoiling", function=spoiling)
    got = columns(ledger, snapshots, [first, python(unpaid_count)])
    assert got["spoiling"].tolist() == [0] * 5
    assert got["mine"].tolist() == [2, 1, 1, 0, 1]


@pytest.mark.parametrize("given", [[1, 2, 9], ["1", "2", "nine"], [1, 2, None]], ids=str)
def test_ids_come_in_the_type_of_the_ledger(given: list[Any]) -> None:
    big = 2**53 + 1  # no float holds it
    book = Ledger(invoices([1, 2, big]))
    asked = pd.DataFrame({"client_id": pd.Series([*given, big if given[0] == 1 else str(big)], dtype=object)})
    got = columns(book, asked.assign(as_of="2025-02-28"), [python(unpaid_count), SqlFeature(name="q", sql=OPEN_SQL)])
    assert got["mine"].tolist()[:2] == [0, 1]
    assert got.iloc[3].tolist() == [1, 1]
    assert got["q"].fillna(0).tolist() == got["mine"].fillna(0).tolist()


def test_attribute_tables_are_there_under_their_names(snapshots: pd.DataFrame) -> None:
    bureau = pd.DataFrame({"client_id": ["C1", "C1"], "known_on": ["2025-02-01", "2025-03-01"], "points": [7, 9]})
    book = Ledger(invoices(["C1", "C1", "C2"]), attributes={"bureau": bureau})
    query = sql("SELECT client_id, max(points) FROM attributes_bureau GROUP BY client_id")

    def points(facts: Facts, clients: pd.Index) -> pd.Series:
        assert sorted(facts) == ["attributes/bureau", "invoices", "titles"]
        assert len(facts) == 3
        return facts["attributes/bureau"].groupby("client_id")["points"].max()

    got = columns(book, snapshots, [query, PythonFeature(name="by_python", function=points)])
    assert got["mine"].fillna(-1).tolist() == got["by_python"].fillna(-1).tolist() == [7, -1, 7, -1, 7]


def test_sums_of_amounts_in_sql_do_not_hang_on_the_order_of_rows() -> None:
    dice = np.random.default_rng(0)
    many = pd.DataFrame(
        {
            "client_id": "C1",
            "invoice_id": np.arange(3000),
            "issue_date": "2025-01-01",
            "due_date": "2025-02-01",
            "amount": dice.integers(1, 10**9, 3000) / 100,
        }
    )
    looks = pd.DataFrame({"client_id": ["C1"], "as_of": ["2025-03-01"]})
    query = sql("SELECT client_id, sum(amount) / 7 FROM invoices GROUP BY client_id")
    sums = {columns(Ledger(many.sample(frac=1, random_state=k)), looks, [query])["mine"][0] for k in range(5)}
    assert len(sums) == 1


# --- what the code may not do ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1; SELECT 2", "expected one SELECT, got SELECT and SELECT"),
        ("COPY invoices TO 'stolen.csv'", "expected one SELECT, got COPY"),
        ("CREATE TABLE x AS SELECT 1", "expected one SELECT, got CREATE"),
        ("SET threads = 8", "expected one SELECT, got SET"),
        ("INSTALL httpfs", "expected one SELECT, got LOAD"),
        ("ATTACH 'other.db'", "expected one SELECT, got ATTACH"),
        ("", "expected one SELECT, got nothing"),
        ("SELEC client_id", "no SQL that DuckDB reads: Parser Error: syntax error at or near"),
        ("SELECT client_id, $day FROM asked", r"the parameter \$day is unknown; there is \$as_of alone"),
        ("SELECT client_id, ? FROM asked", r"the parameter \$1 is unknown"),
        ("SELECT client_id, now() FROM asked", r"'now\(' changes from run to run. The day is \$as_of"),
        ("SELECT client_id, current_date - 1 FROM asked", "'current_date' changes from run to run"),
        ("SELECT client_id, random() FROM asked", r"'random\(' changes from run to run"),
    ],
)
def test_only_one_select_that_gives_the_same_each_time_is_taken(text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        sql(text)


def test_a_word_in_a_text_or_a_comment_reads_no_clock() -> None:
    assert sql("SELECT client_id, len('now()') FROM asked -- today()\n /* random() */").name == "mine"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("read_csv('/etc/hosts')", "file system operations are disabled"),
        ("read_text('/etc/hosts')", "file system operations are disabled"),
        ("glob('/etc/*')", "file system operations are disabled"),
        ("read_parquet('https://example.com/x.parquet')", "its query fails"),
        ("'/etc/hosts'", "its query fails"),
        ("outside", "Table with name outside does not exist"),
    ],
)
def test_a_query_reaches_no_file_and_no_variable(source: str, message: str, ledger: Ledger) -> None:
    outside = pd.DataFrame({"client_id": ["C1"], "x": [1.0]})
    looks = pd.DataFrame({"client_id": outside["client_id"], "as_of": "2025-02-28"})
    with pytest.raises(CallError, match=f"custom feature 'mine' at 2025-02-28: its query fails: .*{message}" if
                       message != "its query fails" else "'mine' at 2025-02-28: its query fails"):  # fmt: skip
        columns(ledger, looks, [sql(f"SELECT client_id, 1 FROM {source}")])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1 AS x", r"its query gave the columns \['x'\]. Give client_id and one column of numbers"),
        ("SELECT client_id, 1, 2 FROM asked", "its query gave the columns"),
        ("SELECT client_id, client_id FROM asked", "its query gave the columns"),
        ("SELECT client_id, 1 FROM invoices", "its query gave 1 clients more than once. Give one value a client"),
        ("SELECT client_id, 'x' FROM asked", "its query gave values of type string. Give numbers"),
        ("SELECT client_id, $as_of FROM asked", "its query gave values of type datetime64. Give numbers"),
        ("SELECT client_id, 1 / 0 FROM asked", "its query gave 3 infinite values of 3. Give NaN"),
        ("SELECT client_id, amount FROM payments", "its query fails: Catalog Error: Table with name payments does not"),
    ],
)
def test_a_query_that_gives_something_else_is_an_error(text: str, message: str, ledger: Ledger) -> None:
    looks = pd.DataFrame({"client_id": ["C1", "C2", "C9"], "as_of": "2025-02-28"})
    with pytest.raises(CallError, match=f"custom feature 'mine' at 2025-02-28: {message}"):
        columns(ledger, looks, [sql(text)])


def term(facts: Facts, clients: pd.Index) -> pd.Series:
    table = facts["invoices"]
    return (table["due_date"] - table["issue_date"]).groupby(table["client_id"]).max()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda f, c: f["invoice"], "raised KeyError: the ledger has no table 'invoice'. Did you mean 'invoices'"),
        (lambda f, c: 1 / 0, "raised ZeroDivisionError: division by zero"),
        (lambda f, c: 3.0, "gave a float. Give a Series indexed by client_id, or one number each"),
        (lambda f, c: f["invoices"], "gave a DataFrame. Give a Series indexed by client_id"),
        (lambda f, c: [1.0, 2.0], "gave 2 values for 3 clients. Give one each, in their order"),
        (lambda f, c: pd.Series([1.0, 2.0, 3.0]), "gave a Series indexed by position. Its index must hold client_id"),
        (lambda f, c: pd.Series([1.0], index=[7]), "gave a Series indexed by int64. Its index must hold client_id"),
        (lambda f, c: f["invoices"].set_index("client_id")["amount"], "gave 1 clients more than once"),
        (term, "gave values of type timedelta64. Give numbers, such as those of .dt.days"),
        (lambda f, c: ["1"] * len(c), "gave values of type string. Give numbers"),
        (lambda f, c: [np.inf] * len(c), "gave 3 infinite values of 3"),
    ],
)
def test_a_function_that_gives_something_else_is_an_error(function: Any, message: str, ledger: Ledger) -> None:
    looks = pd.DataFrame({"client_id": ["C1", "C2", "C9"], "as_of": "2025-02-28"})
    with pytest.raises(CallError, match=f"custom feature 'mine' at 2025-02-28: its function {message}"):
        columns(ledger, looks, [python(function)])


@pytest.mark.parametrize(
    "values", [[True, False, None], [1, None, 2], pd.array([1, None, 2], "Int64"), [None] * 3, np.array([1, 2, 3])]
)
def test_numbers_of_any_kind_become_floats(values: Any, ledger: Ledger) -> None:
    looks = pd.DataFrame({"client_id": ["C1", "C2", "C9"], "as_of": "2025-02-28"})
    got = columns(ledger, looks, [python(lambda facts, clients: values)])["mine"]
    assert got.dtype == np.float64
    assert got.isna().tolist() == [v is None or v is pd.NA for v in values]


# --- names -----------------------------------------------------------------------------------------------------------


def test_a_name_is_given_once_and_is_no_column_of_the_ledger(ledger: Ledger, snapshots: pd.DataFrame) -> None:
    declared = Aggregate(name="mine", aggregation="count", window=90)
    with pytest.raises(CallError, match="custom: the feature 'mine' is given 2 times"):
        columns(ledger, snapshots, [declared, python(unpaid_count)])
    bureau = pd.DataFrame({"client_id": ["C1"], "known_on": ["2025-02-01"], "points": [7]})
    book = Ledger(invoices(["C1", "C1", "C2"]), attributes={"bureau": bureau})
    with pytest.raises(CallError, match="'bureau_points' is a column of the attribute table 'bureau'"):
        columns(book, snapshots, [PythonFeature(name="bureau_points", function=unpaid_count)])
    with pytest.raises(ValidationError, match="'late_count_30d' is a feature of the catalogue"):
        SqlFeature(name="late_count_30d", sql=OPEN_SQL)
    with pytest.raises(ValidationError, match="unknown key 'query'"):
        SqlFeature(name="mine", query=OPEN_SQL)


@pytest.mark.parametrize("custom", [[unpaid_count], ["features.yaml"]], ids=["a function", "a path"])
def test_what_is_no_definition_is_refused(custom: Any, ledger: Ledger, snapshots: pd.DataFrame) -> None:
    with pytest.raises(CallError, match="custom: expected Aggregate, PythonFeature or SqlFeature, got a"):
        columns(ledger, snapshots, custom)


def test_one_definition_is_no_list(ledger: Ledger, snapshots: pd.DataFrame) -> None:
    with pytest.raises(CallError, match="custom: expected a list of definitions, got a PythonFeature"):
        columns(ledger, snapshots, python(unpaid_count))  # type: ignore[arg-type]


def test_columns_stand_in_the_order_given(ledger: Ledger, snapshots: pd.DataFrame) -> None:
    declared = [Aggregate(name=name, aggregation="count", window=90) for name in ("z", "a")]
    got = columns(ledger, snapshots, [declared[0], python(unpaid_count), declared[1]])
    assert got.columns.tolist() == ["z", "mine", "a"]
    assert got["z"].equals(got["a"].rename("z"))


def test_the_catalogue_is_told_role_and_meaning() -> None:
    one = SqlFeature(name="calls", sql=OPEN_SQL, role="treatment", direction=1, meaning_pt="Ligações.", unit="count")
    told = custom_feature(one)
    assert (told.role, told.direction, told.unit, told.reason, told.window) == ("treatment", 1, "count", "R12", "now")
    assert (told.meaning_pt, told.meaning_en) == ("Ligações.", "Computed by code of the user of the library.")


# --- leaks -----------------------------------------------------------------------------------------------------------


def book_with_clients() -> tuple[Ledger, pd.DataFrame]:
    tables, looks, how = random_ledger(8, clients=8)
    return Ledger(**tables, **how), looks


def test_honest_code_leaks_nothing() -> None:
    book, looks = book_with_clients()
    query = SqlFeature(
        name="paid_by_sql",
        sql="SELECT client_id, sum(amount) FROM payments WHERE payment_date > $as_of - 90 GROUP BY client_id",
    )
    report = audit_leaks(book, looks, build_with([python(unpaid_count), query]), dates=4)
    assert report.ok, str(report)
    assert report.features == 2


WHOLE = invoices(["C1", "C1", "C2"])


def called(clients: pd.Index) -> pd.Series:
    return WHOLE.groupby("client_id").size().reindex(clients)


def with_default(facts: Facts, clients: pd.Index, table: pd.DataFrame = WHOLE) -> pd.Series:
    return table.groupby("client_id").size()


def closures() -> dict[str, tuple[Any, str]]:
    whole, several = WHOLE.copy(), {"invoices": WHOLE}
    book = Ledger(WHOLE)
    return {
        "a closure": (lambda f, c: whole.groupby("client_id").size(), "'whole', a DataFrame"),
        "a ledger": (lambda f, c: book.frame("invoices").groupby("client_id").size(), "'book', a Ledger"),
        "a mapping": (lambda f, c: several["invoices"].groupby("client_id").size(), "'several', a dict of DataFrame"),
        "a global": (lambda f, c: WHOLE.groupby("client_id").size(), "'WHOLE', a DataFrame"),
        "a called function": (lambda f, c: called(c), "'WHOLE', a DataFrame"),
        "a nested function": (lambda f, c: [len(WHOLE) for _ in c], "'WHOLE', a DataFrame"),
        "a default": (with_default, "'table', a DataFrame"),
        "a partial": (partial(with_default, table=pl.from_pandas(WHOLE)), "'argument table', a DataFrame"),
    }


@pytest.mark.parametrize("name", closures())
def test_a_function_that_closes_over_a_whole_table_is_refused(name: str) -> None:
    function, message = closures()[name]
    with pytest.raises(ValidationError, match=f"the function reads {message} from outside: it would know what comes"):
        python(function)


def test_plain_figures_from_outside_are_welcome(ledger: Ledger, snapshots: pd.DataFrame) -> None:
    weights = {"C1": 2.0, "C2": 3.0}
    got = columns(ledger, snapshots, [python(lambda facts, clients: clients.map(weights).to_numpy())])
    assert got["mine"].fillna(0).tolist() == [2, 3, 2, 0, 2]


def test_clients_under_other_names_have_the_same_features_unless_looked_up_elsewhere() -> None:
    book, looks = book_with_clients()
    counts = book.frame("invoices")["client_id"].value_counts().to_dict()
    looked_up = PythonFeature(name="looked_up", function=lambda facts, clients: [counts.get(c, 0) for c in clients])
    declared = Aggregate(name="due", measure="amount", aggregation="sum", window=365)
    custom = [declared, python(unpaid_count), looked_up]
    other, renamed = renamed_clients(book, looks)
    assert (renamed["client_id"] != looks["client_id"])[looks["client_id"].isin(counts)].all()
    before, after = columns(book, looks, custom), columns(other, renamed, custom)
    assert after[["due", "mine"]].equals(before[["due", "mine"]])
    assert not after["looked_up"].equals(before["looked_up"])


def test_a_function_that_reads_the_ledger_past_the_day_is_found() -> None:
    book, looks = book_with_clients()

    def build(given: Ledger, snapshots: Any) -> pd.DataFrame:
        invoices = given.frame("invoices")
        counts = invoices["invoice_id"].groupby(invoices["client_id"]).nunique().to_dict()
        later = python(lambda facts, clients: [counts.get(client, 0) for client in clients])
        return build_with([later])(given, snapshots)

    report = audit_leaks(book, looks, build, dates=4)
    assert set(report.findings["feature"]) == {"mine"}
    assert {"cut", "invented"} <= set(report.findings["variant"])
