from __future__ import annotations

import numpy as np
import pytest

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk import metrics
from inadimplencia_ml.risk.bootstrap import METRICS, bootstrap_draws, client_bootstrap, client_weights


def book(clients: int = 300, each: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clients whose rows share one fate."""
    rng = np.random.default_rng(seed)
    p = np.repeat(rng.beta(1, 4, clients), each)
    y = np.repeat(rng.random(clients) < p[::each], each).astype(float)
    return y, p, np.repeat(np.arange(clients), each)


def test_the_point_is_the_figure_of_the_data_itself() -> None:
    y, p, g = book()
    found = client_bootstrap(METRICS, y, p, g, n=30)

    assert found["auc"].value == metrics.auc(y, p)
    assert found["average_precision"].value == metrics.average_precision(y, p)
    assert found["ks"].value == metrics.ks(y, p)
    assert found["brier"].value == metrics.brier(y, p)
    assert found["log_loss"].value == metrics.log_loss(y, p)
    assert found["calibration_slope"].value == metrics.calibration_line(y, p).slope
    assert found["calibration_error"].value == metrics.calibration_error(y, p)
    assert found["bad_rate"].value == y.mean()


def test_every_draw_is_the_figure_of_rows_given_as_often_as_drawn() -> None:
    y, p, g = book(80)
    draws = bootstrap_draws(["auc", "brier", "calibration_slope"], y, p, g, n=5, random_state=3)

    for i, weight in enumerate(client_weights(g, len(y), 5, 3), start=1):
        again = np.repeat(np.arange(len(y)), weight.astype(int))
        assert draws["auc"][i] == pytest.approx(metrics.auc(y[again], p[again]))
        assert draws["brier"][i] == pytest.approx(metrics.brier(y[again], p[again]))
        assert draws["calibration_slope"][i] == pytest.approx(
            metrics.calibration_line(y[again], p[again]).slope, abs=1e-6
        )


def test_clients_are_drawn_whole() -> None:
    _, _, g = book(50)

    for weight in client_weights(g, len(g), 10, 0):
        assert np.array_equal(weight, np.repeat(weight[::5], 5))
        assert weight[::5].sum() == 50


def test_rows_of_one_client_make_the_interval_wider() -> None:
    y, p, g = book()
    by_client, by_row = client_bootstrap("auc", y, p, g)["auc"], client_bootstrap("auc", y, p)["auc"]

    assert by_client.high - by_client.low > 1.6 * (by_row.high - by_row.low)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    truth = metrics.brier(*book(40_000, seed=99)[:2])
    held = [client_bootstrap("brier", *book(200, seed=s), n=200)["brier"] for s in range(100)]
    share = np.mean([e.low <= truth <= e.high for e in held])

    assert 0.87 <= share <= 0.99


def test_the_same_seed_gives_the_same_interval_and_pairs_two_models() -> None:
    y, p, g = book()
    first, second = (client_bootstrap("auc", y, p, g, n=50, random_state=s)["auc"] for s in (1, 1))
    ours = bootstrap_draws("brier", y, p, g, n=200)["brier"]
    theirs = bootstrap_draws("brier", y, np.clip(p + 0.05, 0, 1), g, n=200)["brier"]

    assert first == second
    assert (ours - theirs).std() < 0.5 * ours.std()


def test_an_unknown_metric_is_told_with_the_near_one() -> None:
    with pytest.raises(CallError, match=r"no metric 'aucc'\. Did you mean 'auc'"):
        client_bootstrap("aucc", [1, 0], [0.2, 0.1])


def test_no_row_and_a_wrong_number_of_clients_are_told() -> None:
    with pytest.raises(CallError, match="no row to judge"):
        client_bootstrap("auc", [], [])
    with pytest.raises(CallError, match="Expected one client a row"):
        client_bootstrap("auc", [1, 0], [0.2, 0.1], [1])
