"""One row as plain values is read as the same row of a table, and scores to the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from risk_data import Book, make_book

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.frozen_columns import FrozenColumns
from inadimplencia_ml.risk.linear_terms import LinearTerms, Term
from inadimplencia_ml.risk.one_row import OneRow
from inadimplencia_ml.risk.scorer import Scorer

TABLE = pd.DataFrame(
    {
        "amount": [10.5, np.nan, 0.0, 3.0],
        "uf": pd.Categorical(["SP", "BA", None, "AC"]),
        "stars": pd.Categorical([1.0, 2.0, np.nan, 5.0]),
    }
)
COLUMNS = FrozenColumns(("amount", "uf", "stars"), (None, ("BA", "SP"), (1.0, 2.0)))


def row_of(frame: pd.DataFrame, i: int) -> OneRow:
    """What one client's features are: floats, and text or None."""
    worded = {name for name in frame if isinstance(frame[name].dtype, pd.CategoricalDtype | pd.StringDtype)}
    cells = {name: frame[name].iloc[i] for name in frame}
    return OneRow({n: (None if pd.isna(v) else v) if n in worded else float(v) for n, v in cells.items()})


def test_a_row_is_encoded_as_in_a_table() -> None:
    whole = COLUMNS.unseen_behind(COLUMNS.encode(TABLE), TABLE, [1])
    for i in range(len(TABLE)):
        row = row_of(TABLE, i)
        found = COLUMNS.unseen_behind(COLUMNS.encode(row), row, [1])
        np.testing.assert_array_equal(found, whole[[i]])
    assert whole[3].tolist()[1] == 2.0  # AC was never seen, and is not missing


@pytest.mark.parametrize(
    ("cell", "words"),
    [("many", "'amount' held numbers when the model was fitted"), (np.inf, "'amount' holds an infinite value")],
)
def test_what_is_no_number_is_told_with_its_column(cell: Any, words: str) -> None:
    with pytest.raises(CallError, match=words):
        COLUMNS.encode(OneRow({"amount": cell, "uf": "SP", "stars": 1.0}))


def test_a_number_written_as_text_is_read_as_in_a_table() -> None:
    row = OneRow({"amount": "12.5", "uf": "SP", "stars": None})
    np.testing.assert_array_equal(COLUMNS.encode(row), [[12.5, 1.0, np.nan]])


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(600, level=-1.2, seed=4)


def test_rows_score_alone_as_in_the_table(book: Book) -> None:
    model = Blend(n_trees=8, n_folds=2).fit(book.X, book.y, groups=book.clients)
    assert set(model.members_) == {"boosted", "scorecard", "linear"}
    scorer = Scorer.of("late", model, book.X, book.y, dates=book.dates, clients=book.clients, seed=0)
    strange = book.X.head(40).assign(client_uf=pd.Categorical(["XX", None] * 20))
    rows = pd.concat([book.X.head(100).astype({"client_uf": object}), strange.astype({"client_uf": object})])
    rows = rows.astype({"client_uf": "category"})
    whole = scorer.score(rows)
    for i in range(len(rows)):
        one = scorer.score(row_of(rows, i))
        for name in ("probability", "low", "high"):
            np.testing.assert_array_equal(getattr(one, name), getattr(whole, name)[[i]])
        assert one.reasons.tolist() == [whole.reasons[i].tolist()]


def test_few_rows_of_a_linear_model_add_up_as_many_do() -> None:
    terms = LinearTerms(-1.0, (Term(0.3, -1.0, 2.0, 0.1, 0.7, ()), Term(0.0, 0.0, 0.0, 0.0, -0.2, (0.5, -0.4))))
    x = np.column_stack([np.linspace(-3, 3, 200), np.arange(200) % 4.0])
    x[::7, 0], x[::5, 1] = np.nan, np.nan

    np.testing.assert_array_equal(np.concatenate([terms.log_odds(x[[i]]) for i in range(200)]), terms.log_odds(x))
    np.testing.assert_array_equal(np.concatenate([terms.values(x[[i]]) for i in range(200)]), terms.values(x))


def test_a_table_of_a_row_is_what_build_features_gives() -> None:
    frame = row_of(TABLE, 0).frame(["uf", "amount"])
    assert frame.columns.tolist() == ["uf", "amount"]
    assert frame["uf"].dtype == "category"
    assert row_of(TABLE, 2).frame(["uf"])["uf"].isna().all()
