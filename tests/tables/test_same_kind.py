"""Who gives a table gets the same kind back: pandas, Polars or Arrow, with equal values and rows in their order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.tables.same_kind import as_kind, kind_of_frame, pandas_of

AS_OF = "2025-03-31"
TO: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "arrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
}
KIND = {"pandas": "pandas", "polars": "polars", "lazy": "polars", "arrow": "arrow"}
Given = Callable[[pd.DataFrame], Any]


@cache
def ledger() -> iml.Ledger:
    book = iml.generate_book(40, random_state=3, start="2024-01-01", end=AS_OF)
    ids = book.tables["clients"]["client_id"].to_list()
    bureau = pd.DataFrame({"client_id": ids, "known_on": "2024-06-30", "score": np.arange(len(ids)) * 20 % 1000})
    attributes = {"bureau": bureau.assign(negative_entries=1)}
    return iml.Ledger(**book.tables, attributes=attributes, known_until=AS_OF)


@cache
def model() -> iml.Model:
    return iml.load_model(Path(__file__).resolve().parents[2] / "models" / "sample")


@cache
def snapshots() -> pd.DataFrame:
    made = iml.make_snapshots(ledger(), ["2024-10-31", "2024-12-31"])
    return made.sample(frac=1.0, random_state=0).reset_index(drop=True)


@cache
def features() -> pd.DataFrame:
    return iml.build_features(ledger(), snapshots())


@cache
def scores() -> pd.DataFrame:
    return model().score(ledger(), AS_OF)


@cache
def lines() -> pd.DataFrame:
    return model().reasons(ledger(), AS_OF)


@cache
def cases() -> pd.DataFrame:
    from inadimplencia_ml.cases import build_cases

    return build_cases(ledger(), dt.date(2025, 3, 31), grace_days=5, cure_dpd=90).cases


def outcomes() -> Any:
    return np.arange(len(features())) % 3 == 0


POLICY = iml.Policy.default()
NUMBERS = ["dpd_max", "open_amount", "late_share_365d"]
TITLES = pd.DataFrame(
    {"client_id": ["C1", "C2"], "invoice_id": ["T1", "T2"], "due_date": pd.to_datetime(["2025-03-01", "2025-02-01"])}
).assign(dpd=[30, 58], dpd_original=[30, 58], open_amount=[300.0, 200.0])
SALES = pd.DataFrame({"client_id": ["C1"], "amount": [2000.0], "margin": [0.25], "term_days": [30]})
BUYERS = pd.DataFrame({"client_id": ["C1"], "credit_limit": [5000.0], "open_amount": [3600.0], "probability": [0.04]})
CONTRACTS = pd.DataFrame(
    {"contract_id": ["K1"], "client_id": ["C1"], "issue_date": ["2025-01-10"], "installments": [3]}
)
WIDE = pd.DataFrame({"ID": [1, 2], "BILL_AMT1": [3913, 20], "BILL_AMT2": [3102, 30]})
CALLS: dict[str, Callable[[Given], Any]] = {
    "build_features": lambda to: iml.build_features(ledger(), to(snapshots())),
    "label": lambda to: iml.label(ledger(), to(snapshots()), iml.Target()),
    "score": lambda to: model().score(ledger(), snapshots=to(snapshots()), texts=True),
    "score, history alone": lambda to: model().score(ledger(), AS_OF, history=to(scores())),
    "reasons": lambda to: model().reasons(ledger(), snapshots=to(snapshots().head(20))),
    "psi_by_period": lambda to: iml.psi_by_period(
        to(features()), snapshots()["as_of"], reference="2024-11-01", columns=NUMBERS
    ),
    "bad_rate_by_bin": lambda to: iml.bad_rate_by_bin(to(features()), outcomes(), columns=NUMBERS),
    "monotonic_trend": lambda to: iml.monotonic_trend(to(features()), outcomes(), columns=NUMBERS),
    "information_value": lambda to: iml.information_value(to(features()), outcomes(), columns=NUMBERS),
    "correlation_groups": lambda to: iml.correlation_groups(to(features()), columns=NUMBERS),
    "family_importance": lambda to: iml.family_importance(to(lines())),
    "reason_stability": lambda to: iml.reason_stability(to(lines())),
    "reasons_kept": lambda to: iml.reasons_kept(to(lines())),
    "feature_points": lambda to: iml.feature_points(model().scorers["event"].classifier, to(_scored_features()), top=3),
    "deciding_facts": lambda to: iml.deciding_facts(POLICY, to(cases()), AS_OF),
    "two_axes": lambda to: iml.two_axes(to(cases())),
    "migration_matrix": lambda to: iml.migration_matrix(to(scores()), scores()),
    "decide_sales": lambda to: iml.decide_sales(POLICY, to(SALES), to(BUYERS.assign(no_new_sales=False)), AS_OF),
    "reinstated_titles": lambda to: iml.reinstated_titles(to(TITLES), 250.0),
    "updated_balance": lambda to: iml.updated_balance(to(TITLES), POLICY, AS_OF),
    "rights_calendar": lambda to: iml.rights_calendar(POLICY, to(TITLES), AS_OF),
    "offer_menu": lambda to: iml.offer_menu(POLICY, to(scores()), ledger(), AS_OF),
    "statements_from_wide": lambda to: iml.statements_from_wide(
        to(WIDE),
        client_id="ID",
        statement_dates=["2005-09-30", "2005-08-31"],
        columns={"balance": ["BILL_AMT1", "BILL_AMT2"]},
    ),
    "schedule_from_contracts": lambda to: iml.schedule_from_contracts(
        to(CONTRACTS.assign(principal=900.0, rate_month=0.0))
    ),
    "PeerRank": lambda to: iml.PeerRank(["dpd_max"]).fit(features()[NUMBERS]).transform(to(features()[NUMBERS])),
    "decide": lambda to: _decided(to).decisions,
    "decide, titles": lambda to: _decided(to).items,
}


def _scored_features() -> pd.DataFrame:
    return iml.build_features(ledger(), snapshots().head(30))[model().scorers["event"].columns]


def _decided(to: Given) -> Any:
    return iml.decide(POLICY, to(scores()), ledger(), AS_OF, bundle_digest=model().digest)


@pytest.mark.parametrize("name", CALLS)
def test_the_kind_that_was_given_comes_back_with_equal_values(name: str) -> None:
    expected = CALLS[name](TO["pandas"])
    assert kind_of_frame(expected) == "pandas"
    for given in ("polars", "arrow"):
        answer = CALLS[name](TO[given])
        assert kind_of_frame(answer) == KIND[given]
        assert_same(pandas_of(answer), expected)


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Equal values in equal order; what a library has another type for may have it."""
    named = any(name is not None for name in expected.index.names)
    plain = expected.reset_index() if named else expected.reset_index(drop=True)
    assert [str(name) for name in found.columns] == [str(name) for name in plain.columns]
    for place, name in enumerate(plain.columns):
        left, right = found.iloc[:, place], plain.iloc[:, place]
        if pd.api.types.is_numeric_dtype(right) and not pd.api.types.is_bool_dtype(right):
            np.testing.assert_array_equal(numbers(left), numbers(right), err_msg=str(name))
        else:
            assert [told(v) for v in left] == [told(v) for v in right], name


def numbers(column: pd.Series) -> Any:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def told(value: Any) -> Any:
    if isinstance(value, list | np.ndarray):
        return list(value)
    return None if pd.isna(value) else str(pd.Timestamp(value)) if isinstance(value, dt.date) else value


def test_a_lazy_frame_is_collected() -> None:
    answer = CALLS["build_features"](TO["lazy"])
    assert isinstance(answer, pl.DataFrame)
    assert answer.equals(CALLS["build_features"](TO["polars"]))


def test_where_only_a_ledger_is_given_pandas_comes_out() -> None:
    made = iml.Ledger(pl.from_pandas(ledger().frame("invoices")))
    assert kind_of_frame(iml.make_snapshots(made, AS_OF)) == "pandas"
    assert kind_of_frame(model().score(ledger(), AS_OF)) == "pandas"


def test_types_are_those_that_the_library_has_for_them() -> None:
    table = CALLS["score"](TO["polars"])
    assert table.schema["as_of"] == pl.Date
    assert table.schema["client_id"] == pl.String
    assert table.schema["probability"] == pl.Float64
    assert table.schema["score"] == pl.Int64
    assert table.schema["cold_start"] == pl.Boolean
    arrow = CALLS["score"](TO["arrow"]).schema
    assert (arrow.field("as_of").type, arrow.field("score").type) == (pa.date32(), pa.int64())
    features = CALLS["build_features"](TO["polars"]).schema
    assert (
        features["client_business_segment"].is_(pl.Categorical) or features["client_business_segment"] == pl.Categorical
    )


def test_decisions_have_the_same_ids_whatever_the_kind_of_the_scores() -> None:
    plans = [_decided(to) for to in TO.values()]
    carried = iml.decide(POLICY, as_kind(scores(), "arrow"), ledger(), AS_OF)  # Arrow carries the digest along

    assert plans[0].tables["decisions"].equals(carried.tables["decisions"])
    for plan in plans[1:]:
        assert all(plan.tables[name].equals(plans[0].tables[name]) for name in plan.tables)
    lost = iml.decide(POLICY, TO["polars"](scores()), ledger(), AS_OF)
    assert lost.decisions["decision_id"].to_list() != plans[0].decisions["decision_id"].tolist()


def test_a_plan_of_polars_goes_on_as_one_of_pandas() -> None:
    ours, theirs = (_decided(TO[kind]) for kind in ("pandas", "polars"))
    assert iml.compare_plans(ours, theirs).table.empty
    creditor = iml.Creditor(name="Loja Exemplo Ltda", document="11.222.333/0001-81", address="Rua A, 1", service="0800")
    assert list(iml.messages_for(theirs, creditor)) == list(iml.messages_for(ours, creditor))


def test_whole_numbers_stay_exact_though_one_is_missing() -> None:
    ids = pl.DataFrame({"client_id": [2**62 + 1, None], "other": [2**60 + 1, None], "few": [3, None]})
    frame = pandas_of(ids)

    assert frame["client_id"][0] == 2**62 + 1
    assert frame["other"][0] == 2**60 + 1
    assert frame["few"].dtype == np.float64
    assert as_kind(frame, "polars")["other"].to_list() == [2**60 + 1, None]


def test_what_is_no_table_is_left_alone() -> None:
    assert kind_of_frame({"a": [1]}) is None
    assert kind_of_frame(pl.Series([1])) is None
    assert as_kind(7, "polars") == 7
    assert pandas_of("text") == "text"
    assert kind_of_frame(pa.RecordBatch.from_pydict({"a": [1]})) == "arrow"


def test_what_is_given_is_never_changed() -> None:
    given = pl.from_pandas(snapshots())
    kept = given.clone()
    iml.build_features(ledger(), given)
    assert given.equals(kept)
