from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.frozen_columns import FrozenColumns, as_pandas


def test_categories_are_sorted_whatever_the_order_of_rows() -> None:
    x = pd.DataFrame({"uf": ["SP", "BA", None, "RS"]})

    assert FrozenColumns.learn(x) == FrozenColumns.learn(x[::-1])
    assert FrozenColumns.learn(x).categories == (("BA", "RS", "SP"),)


def test_numbers_of_every_dtype_become_float64() -> None:
    x = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "flag": [True, False],
            "maybe": pd.array([True, None], dtype="boolean"),
            "mixed": pd.Series([1, 2.5], dtype=object),
            "empty": pd.Series([None, None], dtype=object),
        }
    )
    columns = FrozenColumns.learn(x)

    assert columns.categorical == []
    expected = [[1, 1, 1, 1, np.nan], [np.nan, 0, np.nan, 2.5, np.nan]]
    np.testing.assert_array_equal(columns.encode(x), expected)


def test_categories_that_are_numbers_survive_a_change_of_dtype() -> None:
    columns = FrozenColumns.learn(pd.DataFrame({"branch": pd.Categorical([10, 2, 10])}))
    back = FrozenColumns.from_json(columns.to_json())

    assert back.categories == ((2.0, 10.0),)
    np.testing.assert_array_equal(back.encode(pd.DataFrame({"branch": ["10", "2", "7"]}))[:, 0], [1, 0, np.nan])
    np.testing.assert_array_equal(back.encode(pd.DataFrame({"branch": [2.0, None, 10.0]}))[:, 0], [0, np.nan, 1])


def test_an_empty_table_of_the_same_columns_encodes_to_nothing() -> None:
    x = pd.DataFrame({"uf": ["SP"], "n": [1.0]})

    assert FrozenColumns.learn(x).encode(x[:0]).shape == (0, 2)


def test_columns_come_back_from_plain_data() -> None:
    columns = FrozenColumns.learn(pd.DataFrame({"uf": ["SP", "BA"], "n": [1.0, 2.0]}))

    assert FrozenColumns.from_json(columns.to_json()) == columns


def test_plain_data_of_another_form_is_refused() -> None:
    with pytest.raises(BundleError, match="columns of the model cannot be read"):
        FrozenColumns.from_json([{"nome": "uf"}])


@pytest.mark.parametrize("values", [[dt.date(2025, 1, 1)], pd.to_datetime(["2025-01-01"])])
def test_dates_are_no_feature(values: object) -> None:
    with pytest.raises(CallError, match=r"'since' holds dates\. .* give days"):
        FrozenColumns.learn(pd.DataFrame({"since": values}))


def test_a_cell_with_a_list_is_refused() -> None:
    with pytest.raises(CallError, match="'tags' holds lists or mappings"):
        FrozenColumns.learn(pd.DataFrame({"tags": [["a"], ["b"]]}))


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(CallError, match="'n' appears more than once"):
        FrozenColumns.learn(pd.DataFrame([[1, 2]], columns=["n", "n"]))


def test_an_array_is_no_table() -> None:
    assert as_pandas(np.zeros((2, 2))) is None
