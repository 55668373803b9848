from __future__ import annotations

import numpy as np
import pytest
from judged import rows_of, true_book

from inadimplencia_ml.risk.draw_figures import resample
from inadimplencia_ml.risk.judging.approvals import Approvals

RATES = (0.0, 0.1, 0.5, 0.9, 1.0)


def test_the_curve_is_that_of_plain_cuts() -> None:
    y, p, client = true_book(0)
    money = np.random.default_rng(0).lognormal(7, 1, len(y))
    rows = rows_of(y, p, client, n=60, exposure=money)
    curve = Approvals(rows, {"model": p, "previous": 1 - p}, RATES, 0.1, 0.6)
    resample(rows.drawn, curve.asked)
    table = curve.table()

    assert table["model"].unique().tolist() == ["model", "previous"]
    assert table.loc[table["model"] == "model", "approval_rate"].tolist() == pytest.approx(RATES[1:], abs=1e-3)
    for r in table.itertuples():
        held = (p if r.model == "model" else 1 - p) <= r.cutoff
        assert r.rows == held.sum()
        assert r.bad_rate == pytest.approx(y[held].mean())
        assert r.bad_amount_rate == pytest.approx((money * y)[held].sum() / money[held].sum())
        assert r.margin == pytest.approx((money * np.where(y > 0, -0.6, 0.1))[held].sum())
        assert r.low <= r.bad_rate <= r.high
        assert r.margin_low <= r.margin <= r.margin_high


def test_rows_of_one_probability_are_approved_together() -> None:
    rows = rows_of([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.4])
    curve = Approvals(rows, {"model": rows.p}, (0.25, 0.5, 0.75), None, None)
    resample(rows.drawn, curve.asked)

    assert curve.table()["approval_rate"].tolist() == [0.25, 1.0]
    assert curve.table()[["amount", "margin"]].isna().all(axis=None)


def test_without_exposure_each_row_counts_one_in_the_margin() -> None:
    rows = rows_of([0, 0, 1], [0.1, 0.2, 0.9])
    curve = Approvals(rows, {"model": rows.p}, (1.0,), 0.1, 0.5)
    resample(rows.drawn, curve.asked)

    assert curve.table()["margin"].tolist() == pytest.approx([0.1 + 0.1 - 0.5])
