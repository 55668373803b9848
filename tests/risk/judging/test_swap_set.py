from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from judged import rows_of, true_book

from inadimplencia_ml.risk.draw_figures import resample
from inadimplencia_ml.risk.judging.swap_set import SwapSet

GROUPS = ["both_approved", "swapped_in", "swapped_out", "both_declined"]


def swaps(seed: int, *rates: float, decimals: int = 12, n: int = 0, blur: float = 0.7) -> tuple[pd.DataFrame, tuple]:
    y, p, client = true_book(seed)
    rng = np.random.default_rng(seed)
    p, money = np.round(p, decimals), np.round(rng.lognormal(7, 1, len(y)), 2)
    odds = np.log(np.clip(p, 1e-6, 1 - 1e-6) / (1 - np.clip(p, 1e-6, 1 - 1e-6)))
    other = np.round(1 / (1 + np.exp(-odds - rng.normal(0, blur, len(y)))), decimals)
    rows = rows_of(y, p, client, n=n, exposure=money)
    made = SwapSet(rows, other, rates)
    resample(rows.drawn, made.asked)
    return made.table(), (y, p, other, money)


def test_groups_are_those_of_sorting_by_hand() -> None:
    found, (y, p, other, money) = swaps(0, 0.7)
    count = int(0.7 * len(y))
    new, old = (np.argsort(np.argsort(q, kind="stable")) < count for q in (p, other))
    for group, held in zip(GROUPS, (new & old, new & ~old, ~new & old, ~new & ~old), strict=True):
        row = found[found["group"] == group].iloc[0]
        assert row["rows"] == held.sum()
        assert row["bads"] == y[held].sum()
        assert row["bad_rate"] == pytest.approx(y[held].mean())
        assert row["amount"] == pytest.approx(money[held].sum())
        assert row["bad_amount_rate"] == pytest.approx((money * y)[held].sum() / money[held].sum())


@pytest.mark.parametrize("decimals", [12, 1])
def test_sums_are_right_at_every_rate_and_with_ties(decimals: int) -> None:
    rates = (0.001, 0.25, 0.5, 0.85)
    found, (y, _, _, money) = swaps(1, *rates, decimals=decimals)
    for rate in rates:
        group = found[found["approval_rate"] == rate].set_index("group")
        whole = group.loc[GROUPS]
        assert whole["rows"].sum() == pytest.approx(len(y))
        assert whole["bads"].sum() == pytest.approx(y.sum())
        assert whole["amount"].sum() == pytest.approx(money.sum())
        assert group.loc["swapped_in", "rows"] == pytest.approx(group.loc["swapped_out", "rows"])
        approved = group.loc[["both_approved", "swapped_in"], "rows"].sum()
        assert approved == pytest.approx(int(rate * len(y)))


def test_a_model_in_place_of_itself_swaps_nobody() -> None:
    found, _ = swaps(2, 0.6, blur=0.0)

    assert found.set_index("group").loc[["swapped_in", "swapped_out"], "rows"].tolist() == [0.0, 0.0]
    assert found.set_index("group").loc["swapped_in", "bad_rate"] != 0  # nobody has no rate


def test_a_group_without_a_bad_one_is_still_in_doubt() -> None:
    y, p = np.zeros(60), np.linspace(0.01, 0.6, 60)
    y[-10:] = 1.0
    rows = rows_of(y, p, np.arange(60) // 2, n=30)
    made = SwapSet(rows, p[::-1], (0.5,))
    resample(rows.drawn, made.asked)
    group = made.table().set_index("group")

    assert group.loc["swapped_in", ["bad_rate", "low"]].tolist() == [0.0, 0.0]
    assert 0.1 < group.loc["swapped_in", "high"] < 0.3


def test_the_better_model_lets_in_fewer_bad_ones_than_it_keeps_out_with_an_interval() -> None:
    found, _ = swaps(3, 0.7, n=200, blur=1.5)
    group = found.set_index("group")

    assert group.loc["in_less_out", "bad_rate"] == pytest.approx(
        group.loc["swapped_in", "bad_rate"] - group.loc["swapped_out", "bad_rate"]
    )
    assert group.loc["in_less_out", "high"] < 0
    for name in GROUPS:
        assert group.loc[name, "low"] <= group.loc[name, "bad_rate"] <= group.loc[name, "high"]
