"""Slopes that may not be negative, against a general solver and against the conditions of the lowest point."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from inadimplencia_ml.risk.scorecard.signed_logistic import CellData, signed_logistic

Floats = np.ndarray[Any, np.dtype[np.float64]]


def made(rows: int, columns: int, seed: int, *, cells: int = 5) -> CellData:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, cells, (rows, columns)).astype(np.uint16)
    tables = rng.normal(size=(columns, cells))
    slopes = rng.normal(size=columns)  # about half of them ask for a negative slope
    z = -1 + sum(slopes[j] * tables[j, codes[:, j]] for j in range(columns))
    y = (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(float)
    return CellData(codes, np.arange(columns), tables, y, rng.random(rows) + 0.5, np.arange(rows))


def loss(beta: Floats, data: CellData, ridge: float, centre: float) -> tuple[float, Floats]:
    values = np.stack([*(data.tables[j, data.codes[:, j]] for j in range(len(beta) - 1)), np.ones(len(data.y))], axis=1)
    z = values @ beta
    p = 1 / (1 + np.exp(-z))
    mean = beta[:-1].mean()
    total = (data.weight * (np.logaddexp(0, z) - data.y * z)).sum()
    total += 0.5 * ridge * (((beta[:-1] - mean) ** 2).sum() + (mean - centre) ** 2)
    drawn = ridge * (beta[:-1] - mean + (mean - centre) / len(beta[:-1]))
    return float(total), values.T @ (data.weight * (p - data.y)) + np.append(drawn, 0.0)


@pytest.mark.parametrize(("seed", "ridge", "centre"), [(0, 3.0, 0.5), (1, 0.1, 0.0), (2, 100.0, 0.5)])
def test_it_finds_what_a_general_solver_finds(seed: int, ridge: float, centre: float) -> None:
    data = made(600, 6, seed)
    beta = signed_logistic(data, ridge=ridge, centre=centre)
    bounds = [(0, None)] * 6 + [(None, None)]
    known = minimize(loss, np.zeros(7), (data, ridge, centre), jac=True, method="L-BFGS-B", bounds=bounds, tol=1e-14)

    assert beta == pytest.approx(known.x, abs=1e-4)
    assert loss(beta, data, ridge, centre)[0] <= known.fun + 1e-9


def test_the_lowest_point_has_no_way_down_left() -> None:
    data = made(2_000, 12, 3)
    beta = signed_logistic(data, ridge=3.0, centre=0.5)
    slope = loss(beta, data, 3.0, 0.5)[1]

    assert (beta[:-1] >= 0).all()
    assert 0 < (beta[:-1] == 0).sum() < 12
    assert np.abs(slope[np.append(beta[:-1] > 0, True)]).max() < 1e-6
    assert (slope[:-1][beta[:-1] == 0] >= -1e-6).all()


def test_where_it_begins_does_not_matter() -> None:
    data = made(800, 5, 4)
    plain = signed_logistic(data, ridge=3.0, centre=0.5)
    from_afar = signed_logistic(data, ridge=3.0, centre=0.5, start=np.array([4.0, 0.0, 3.0, 2.0, 1.0, -6.0]))

    assert plain == pytest.approx(from_afar, abs=1e-6)


def test_curvature_from_some_rows_leads_to_the_same_point(monkeypatch: pytest.MonkeyPatch) -> None:
    data = made(3_000, 5, 5)
    whole = signed_logistic(data, ridge=3.0, centre=0.5)
    monkeypatch.setattr("inadimplencia_ml.risk.scorecard.signed_logistic._CURVED_ON", 400)

    assert signed_logistic(data, ridge=3.0, centre=0.5) == pytest.approx(whole, abs=1e-6)


def test_without_columns_the_rate_is_left() -> None:
    data = made(500, 3, 6)
    none = CellData(data.codes, np.empty(0, dtype=np.int64), np.empty((0, 5)), data.y, data.weight, data.rows)
    rate = (data.weight * data.y).sum() / data.weight.sum()

    assert signed_logistic(none, ridge=3.0, centre=0.5) == pytest.approx([np.log(rate / (1 - rate))])
