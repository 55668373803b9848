from __future__ import annotations

import numpy as np
from judged import rated, rows_of, true_book

from inadimplencia_ml.risk.judging.ratings import rating_table, ratings_by_part
from inadimplencia_ml.risk.judging.rows import Cells, cells_of


def turned(cells: Cells) -> Cells:
    """B and C exchanged."""
    swap = np.array([0, 2, 1, 3])
    return Cells(swap[cells.code], cells.names)


def test_ratings_that_are_turned_are_found_beyond_chance() -> None:
    y, p, client = true_book(0, clients=1_500)
    found = rating_table(rows_of(y, p, client), turned(rated(p)))

    assert found["inversion"].tolist() == found["beyond_chance"].tolist() == [False, False, True, False]


def test_small_books_show_inversions_of_true_ratings_but_hardly_ever_beyond_chance() -> None:
    shown, marked = 0, 0
    for seed in range(60):
        y, p, client = true_book(seed, clients=60)
        found = rating_table(rows_of(y, p, client), rated(p, (0.08, 0.1, 0.12)))
        shown, marked = shown + found["inversion"].sum(), marked + found["beyond_chance"].sum()

    assert shown > 30
    assert marked <= 3


def test_ratings_of_parts_are_those_of_the_part_alone() -> None:
    y, p, client = true_book(0, clients=200)
    kind = np.where(client % 3 == 0, "PJ", "PF").astype(object)
    kind[client % 7 == 0] = None
    found = ratings_by_part(rows_of(y, p, client), rated(p), {"kind": cells_of(kind, len(y), "kinds")})

    assert found["dimension"].unique().tolist() == ["kind"]
    for part in ("PF", "PJ"):
        held = kind == part
        alone = rating_table(rows_of(y[held], p[held], client[held]), rated(p[held]))
        columns = ["rating", "rows", "clients", "bads", "bad_rate", "mean_probability", "inversion"]
        assert found.loc[found["part"] == part, columns].to_numpy().tolist() == alone[columns].to_numpy().tolist()


def test_an_empty_rating_is_left_out_and_its_neighbours_compared() -> None:
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [50, 50, 1, 99])
    ratings = Cells(np.repeat([0, 2], 100), ("A", "B", "C"))
    parts = Cells(np.zeros(200, dtype=np.int64), ("2025-01",))
    found = ratings_by_part(rows_of(y, np.full(200, 0.1)), ratings, {"month": parts})

    assert found["rating"].tolist() == ["A", "C"]
    assert found["beyond_chance"].tolist() == [False, True]
