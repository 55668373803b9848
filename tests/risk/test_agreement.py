"""Agreement: exact isotonic regression on a partial order, in log-odds; what agrees already is left alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.agreement import agree, crossed, implied_by, upper_sets
from inadimplencia_ml.risk.metrics import row_log_loss


@st.composite
def orders(draw: st.DrawFn, most: int = 5) -> np.ndarray:
    """A preorder: mostly partial orders, at times with two events that imply each other."""
    events = draw(st.integers(2, most))
    pairs = list(itertools.combinations(draw(st.permutations(range(events))), 2))
    chosen = [pair for pair in pairs if draw(st.booleans())]
    if chosen and draw(st.integers(0, 5)) == 0:
        chosen.append(chosen[0][::-1])
    return implied_by(chosen, events)


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """An order and probabilities of some rows, some missing, some equal, some 0 or 1."""
    order = draw(orders())
    one = st.one_of(st.floats(0.001, 0.999), st.sampled_from([0.0, 0.05, 0.2, 1.0, np.nan]))
    rows = draw(st.lists(st.lists(one, min_size=len(order), max_size=len(order)), min_size=1, max_size=6))
    return order, np.array(rows)


def logit(p: np.ndarray) -> np.ndarray:
    held = np.clip(p, 1e-12, 1 - 1e-12)
    return np.log(held) - np.log1p(-held)


@given(cases())
def test_implied_events_are_never_less_probable(case: tuple[np.ndarray, np.ndarray]) -> None:
    order, p = case
    agreed = agree(p, order)

    assert not crossed(agreed, order).any()
    assert (np.isnan(agreed) == np.isnan(p)).all()


@given(cases())
def test_what_agrees_is_left_alone_to_the_bit_and_so_is_a_projection(case: tuple[np.ndarray, np.ndarray]) -> None:
    order, p = case
    agreed, fine = agree(p, order), ~crossed(p, order)

    np.testing.assert_array_equal(agreed[fine], p[fine])
    np.testing.assert_array_equal(agree(agreed, order), agreed)


NEAR_1 = np.eye(5, dtype=bool)
NEAR_1[1, 1:] = NEAR_1[2, 4] = NEAR_1[4, 2] = True


@given(cases())
@example((NEAR_1, np.array([[0.5, 0.75, 1.0, 0.5, 1.0]])))
def test_the_max_min_formula_gives_the_same(case: tuple[np.ndarray, np.ndarray]) -> None:
    order, p = case
    agreed = agree(p, order)
    for row, found in zip(p, agreed, strict=True):
        told = np.flatnonzero(~np.isnan(row))
        own, z = order[np.ix_(told, told)], logit(row[told])
        for at, wanted in zip(found[told], max_min(own, z), strict=True):
            finest = 4 * np.finfo(float).eps / np.clip(at * (1 - at), 1e-12, None)  # in log-odds, of a number near 1
            assert logit(np.array([at]))[0] == pytest.approx(wanted, abs=1e-6 + finest)


def max_min(order: np.ndarray, z: np.ndarray) -> list[float]:
    """Of each event the largest, over upper sets with it, of the least mean over their part in lower sets with it."""
    if not len(z):
        return []
    upper = [frozenset(np.flatnonzero(u)) for u in upper_sets(order)]
    lower = [frozenset(range(len(z))) - u for u in [*upper, frozenset()]]
    return [
        max(min(z[list(u & low)].mean() for low in lower if i in low) for u in upper if i in u) for i in range(len(z))
    ]


@settings(max_examples=25)
@given(orders(most=4), st.integers(0, 10_000))
def test_a_general_solver_finds_nothing_nearer(order: np.ndarray, seed: int) -> None:
    z = np.random.default_rng(seed).normal(0, 1.5, len(order))
    pairs = [(a, b) for a, b in np.argwhere(order) if a != b]
    within = [{"type": "ineq", "fun": lambda f, a=a, b=b: f[b] - f[a]} for a, b in pairs]
    best = minimize(lambda f: ((f - z) ** 2).sum(), np.full(len(z), z.mean()), constraints=within, tol=1e-12)
    found = logit(agree(1 / (1 + np.exp(-z[None, :])), order)[0])

    assert ((found - z) ** 2).sum() <= best.fun + 1e-6
    assert found == pytest.approx(best.x, abs=1e-3)


@given(cases())
def test_whatever_comes_to_pass_the_log_losses_together_do_not_rise(case: tuple[np.ndarray, np.ndarray]) -> None:
    order, p = case
    p = np.where(np.isnan(p), p, np.clip(p, 1e-6, 1 - 1e-6))
    agreed = agree(p, order)
    for happened in [np.zeros(len(order), bool), *upper_sets(order)]:
        y = np.broadcast_to(happened.astype(float), p.shape)
        before, after = (np.nansum(row_log_loss(y, q), axis=1) for q in (p, agreed))
        assert (after <= before + 1e-9).all()


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_events_plays_no_part(case: tuple[np.ndarray, np.ndarray], random) -> None:
    order, p = case
    turned = list(range(len(order)))
    random.shuffle(turned)

    np.testing.assert_allclose(
        agree(p[:, turned], order[np.ix_(turned, turned)]), agree(p, order)[:, turned], atol=1e-12
    )


@given(cases(), st.floats(0, 2))
def test_what_lies_below_stays_below(case: tuple[np.ndarray, np.ndarray], less: float) -> None:
    order, p = case
    lower = np.where(np.isnan(p), p, p * np.random.default_rng(0).uniform(0.3, 1, p.shape) ** less)

    high, low = agree(p, order), agree(lower, order)
    assert (low <= high + 1e-9)[~np.isnan(p)].all()


def test_a_row_alone_and_in_a_batch_agree_to_the_bit() -> None:
    order = implied_by([(0, 1), (0, 2), (1, 3), (2, 3)], 4)
    p = np.random.default_rng(1).beta(1, 4, (200, 4))
    whole = agree(p, order)

    assert crossed(p, order).mean() > 0.5
    np.testing.assert_array_equal(np.vstack([agree(row[None, :], order) for row in p]), whole)


def test_unrelated_events_keep_their_probabilities_however_many() -> None:
    p = np.random.default_rng(2).random((3, 40))

    np.testing.assert_array_equal(agree(p, implied_by([], 40)), p)


def test_what_cannot_be_brought_to_agree_is_refused() -> None:
    with pytest.raises(CallError, match=r"probabilities of shape \(1, 3\) and an order of shape \(2, 2\)"):
        agree([[0.1, 0.2, 0.3]], implied_by([(0, 1)], 2))
    with pytest.raises(CallError, match="a probability lies outside 0 to 1"):
        agree([[1.1, 0.2]], implied_by([(0, 1)], 2))
    with pytest.raises(CallError, match="13 events are related; at most 12"):
        agree(np.full((1, 13), 0.5), implied_by([(i, i + 1) for i in range(12)], 13))
