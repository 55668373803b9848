from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from inadimplencia_ml.risk.stacking import best_member, row_losses, stack_weights


def members(rows: int, shares: list[float], seed: int = 0) -> tuple[list[Any], Any]:
    """Members that know different things, and outcomes drawn from their mixture."""
    rng = np.random.default_rng(seed)
    columns = list(rng.normal(-1, 1.5, (len(shares), rows)))
    true = sum(s * c for s, c in zip(shares, columns, strict=True))
    return columns, (rng.random(rows) < expit(true)).astype(float)


def test_the_mixture_that_made_the_data_is_found() -> None:
    columns, y = members(60_000, [0.5, 0.3, 0.2])

    assert stack_weights(columns, y) == pytest.approx([0.5, 0.3, 0.2], abs=0.04)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(30, 400), st.integers(1, 4))
def test_weights_are_shares_and_the_least_of_their_loss(seed: int, rows: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    columns, y = members(rows, rng.dirichlet(np.ones(count)).tolist(), seed)
    found = stack_weights(columns, y)

    def loss(shares: Any) -> float:
        z = sum(s * c for s, c in zip(shares, columns, strict=True))
        target = np.eye(count)[best_member(columns, y)]
        return float(row_losses(z, y).sum() + 2.0 * ((np.asarray(shares) - target) ** 2).sum())

    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1.0)
    slsqp = minimize(
        loss,
        np.full(count, 1 / count),
        bounds=[(0, 1)] * count,
        constraints={"type": "eq", "fun": lambda s: s.sum() - 1},
        method="SLSQP",
    )
    assert loss(found) <= slsqp.fun + 1e-4


def test_a_member_that_knows_nothing_gets_nothing() -> None:
    columns, y = members(5_000, [1.0, 0.0])
    noise = np.random.default_rng(1).normal(0, 3, 5_000)

    assert stack_weights([columns[0], noise], y)[0] > 0.97


def test_few_cases_leave_the_better_member_nearly_alone_and_many_do_not() -> None:
    columns, y = members(50_000, [0.6, 0.4])
    few = np.mean([stack_weights([c[i : i + 12] for c in columns], y[i : i + 12]).max() for i in range(0, 480, 12)])
    many = stack_weights(columns, y).max()

    assert few > many + 0.1
    assert many == pytest.approx(0.6, abs=0.03)


def test_weights_of_rows_count_as_repeated_rows() -> None:
    columns, y = members(300, [0.7, 0.3])
    twice = stack_weights([np.tile(c, 2) for c in columns], np.tile(y, 2))

    assert stack_weights(columns, y, np.full(300, 2.0)) == pytest.approx(twice, abs=1e-6)
