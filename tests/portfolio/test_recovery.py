"""Recoveries: a textbook triangle, plain pandas, their laws, and a loss that is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.portfolio.chain_ladder import development, latest, pooled_rate, ultimates
from portfolio.plain_book import UNTIL, ledger_of, left_at, plain_book, reached_on

TAYLOR_ASHE = """
357848 766940 610542 482940 527326 574398 146342 139950 227229 67948
352118 884021 933894 1183289 445745 320996 527804 266172 425046
290507 1001799 926219 1016654 750816 146923 495992 280405
310608 1108250 776189 1562400 272482 352053 206286
443160 693190 991983 769488 504851 470639
396132 937085 847498 805037 705960
440832 847631 1131398 1063269
359480 1061648 1443370
376686 986608
344014"""
"""G. Taylor and F. Ashe, "Second moments of estimates of outstanding claims", Journal of Econometrics 23 (1983)."""


def test_the_chain_ladder_gives_the_reserve_of_the_textbook() -> None:
    rows = [list(map(float, line.split())) for line in TAYLOR_ASHE.split("\n")[1:]]
    triangle = np.array([np.cumsum(row + [np.nan] * (10 - len(row))) for row in rows])
    age = np.arange(9, -1, -1)
    found = development(triangle, age)

    assert found.factors[:3].round(4).tolist() == [3.4906, 1.7473, 1.4574]
    assert round((ultimates(triangle, age, found) - latest(triangle, age)).sum()) == 18_680_856
    with_tail = development(triangle, age, tail=1.1)
    np.testing.assert_allclose(ultimates(triangle, age, with_tail), 1.1 * ultimates(triangle, age, found))


def test_a_triangle_by_hand_weighs_cohorts_by_what_is_seen_of_them() -> None:
    triangle = np.array([[0.0, 30.0, 60.0], [0.0, 20.0, np.nan], [0.0, np.nan, np.nan]])
    age, exposure = np.array([2, 1, 0]), np.array([100.0, 100.0, 100.0])
    found = development(triangle, age)

    assert found.factors.tolist() == [np.inf, 2.0]
    assert found.developed.tolist() == [0.0, 0.5, 1.0]
    assert ultimates(triangle, age, found)[:2].tolist() == [60.0, 40.0]
    assert np.isnan(ultimates(triangle, age, found)[2])
    assert pooled_rate(triangle, age, exposure, found) == pytest.approx((60 + 20) / (100 + 50))


def slow_triangle(invoices: pd.DataFrame, payments: pd.DataFrame, dpd: int, rate: float) -> pd.DataFrame:
    """One row a payment after default: its cohort, months since, money, and discounted; one without money a default."""
    day, rows = reached_on(invoices, payments, dpd, UNTIL), []
    for i, one in invoices[day.notna()].iterrows():
        rest = left_at(invoices, payments, day[i])[i] / 100
        if rest == 0 or (one["cancel_reason"] == "renegotiated" and one["cancelled_date"] <= UNTIL):
            continue
        rows.append((one["kind"], day[i].to_period("M"), 0, 0.0, 0.0, rest))
        after = payments[(payments["invoice_id"] == one["invoice_id"]) & (payments["payment_date"] > day[i])]
        for p in after[after["payment_date"] <= UNTIL].sort_values("payment_date").itertuples():
            came = min(p.amount, rest)
            rest = round(rest - came, 2)
            since = (p.payment_date.to_period("M") - day[i].to_period("M")).n
            now = came * (1 + rate) ** (-(p.payment_date - day[i]).days / 365)
            rows.append((one["kind"], day[i].to_period("M"), since, came, now, 0.0))
    return pd.DataFrame(rows, columns=["kind", "cohort", "month", "came", "now", "exposure"])


def slow_lgd(flat: pd.DataFrame, column: str) -> float:
    """One less the pooled rate, from a triangle of cells, factor by factor."""
    cohorts = pd.period_range(flat["cohort"].min(), UNTIL.to_period("M"))
    exposure = flat.groupby("cohort")["exposure"].sum().reindex(cohorts, fill_value=0.0)
    size = len(cohorts)
    cells = flat.pivot_table(index="cohort", columns="month", values=column, aggfunc="sum")
    cells = cells.reindex(index=cohorts, columns=range(size)).fillna(0.0).cumsum(axis=1)
    developed = {size - 1: 1.0}
    for month in range(size - 2, -1, -1):
        known = cells.iloc[: size - 1 - month]
        factor = known[month + 1].sum() / known[month].sum() if known[month].sum() else np.inf
        factor = 1.0 if not known[month + 1].sum() else factor
        developed[month] = developed[month + 1] / factor
    came = sum(cells.iloc[i, size - 1 - i] for i in range(size))
    return 1 - came / sum(exposure.iloc[i] * developed[size - 1 - i] for i in range(size))


def test_the_loss_is_that_which_plain_pandas_finds() -> None:
    invoices, payments = plain_book(9, clients=15)
    got = iml.recovery_curves(ledger_of(invoices, payments), dpd=30, annual_rate=0.2, months=60, draws=0)
    flat = slow_triangle(invoices, payments, 30, 0.2)

    assert got.lgd["exposure"].item() == pytest.approx(flat["exposure"].sum())
    assert got.lgd["lgd"].item() == pytest.approx(slow_lgd(flat, "came"))
    assert got.lgd["lgd_discounted"].item() == pytest.approx(slow_lgd(flat, "now"))
    assert got.lgd["lgd_discounted"].item() > got.lgd["lgd"].item()
    by_kind = iml.recovery_curves(
        ledger_of(invoices, payments), dpd=30, months=60, draws=0, by="kind", min_clients=1
    ).lgd
    for kind, own in flat.groupby("kind"):
        assert by_kind.set_index("kind").loc[kind, "exposure"] == pytest.approx(own["exposure"].sum())
        assert by_kind.set_index("kind").loc[kind, "lgd"] == pytest.approx(slow_lgd(own, "came"))
    assert by_kind["defaults"].sum() == got.lgd["defaults"].item()
    few = iml.recovery_curves(ledger_of(invoices, payments), dpd=30, draws=0, by="kind", min_clients=16).lgd
    assert few[["ultimate", "lgd", "lgd_discounted", "lgd_if_lost"]].isna().all(axis=None)


def test_what_is_recovered_never_falls_and_immature_cells_are_null() -> None:
    got = iml.recovery_curves(ledger_of(*plain_book(10)), dpd=30, draws=0)
    triangle = got.triangle.assign(end=got.triangle["cohort"] + pd.offsets.MonthEnd(1))
    ends = [e + pd.offsets.MonthEnd(m) for e, m in zip(triangle["end"], triangle["month"], strict=True)]

    assert (triangle["recovered"].isna() == [end > UNTIL for end in ends]).all()
    assert (triangle.groupby("cohort")["recovered"].diff().dropna() >= 0).all()
    assert triangle["recovered_share"].dropna().between(0, 1).all()
    assert (got.curve["developed"].diff().dropna() >= -1e-12).all()
    assert got.curve["developed"].iloc[-1] == 1.0


def test_nothing_later_than_the_day_moves_the_loss() -> None:
    invoices, payments = plain_book(11)
    cut = pd.Timestamp("2025-02-28")
    early = invoices[invoices["issue_date"] <= cut]
    early = early.assign(paid_on=early["paid_on"].where(early["paid_on"] <= cut))
    books = (invoices, payments), (early, payments[payments["payment_date"] <= cut])
    one, other = (iml.recovery_curves(ledger_of(*book), cut.date(), dpd=30, draws=20) for book in books)

    for name in ("lgd", "curve", "triangle", "cohorts"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def known_loss(seed: int, n: int = 600) -> iml.Ledger:
    """Half of the defaults, made over fourteen months, pay all in one of the ten months after; the rest nothing."""
    rng = np.random.default_rng(seed)
    due = pd.Timestamp("2023-12-02") + pd.to_timedelta(rng.integers(0, 420, n), unit="D")
    paid = due + pd.to_timedelta(31 + rng.integers(0, 300, n), unit="D")
    invoices = pd.DataFrame({"client_id": np.arange(n), "invoice_id": np.arange(n), "amount": 100.0, "due_date": due})
    invoices["issue_date"], invoices["paid_date"] = due - pd.Timedelta(days=30), paid.where(rng.random(n) < 0.5)
    return iml.Ledger(invoices, calendar="none", known_until="2025-03-31")


def test_a_known_loss_is_found_though_half_the_cohorts_are_young() -> None:
    got = iml.recovery_curves(known_loss(0), dpd=30, draws=100).lgd.iloc[0]

    assert got["lgd_low"] < 0.5 < got["lgd_high"]
    assert got["lgd_high"] - got["lgd_low"] < 0.25
    assert got["recovered_share"] < 0.4  # taken as final the loss would be 0.6
    again = iml.recovery_curves(known_loss(0), dpd=30, draws=100).lgd.iloc[0]
    pd.testing.assert_series_equal(got, again)


def test_renegotiated_debts_are_left_out_or_lost() -> None:
    ledger = ledger_of(*plain_book(12))
    out, lost = (iml.recovery_curves(ledger, dpd=30, draws=0, renegotiated=r).lgd.iloc[0] for r in ("left_out", "lost"))

    assert out["renegotiated"] == lost["renegotiated"] > 0
    assert lost["defaults"] == out["defaults"] + out["renegotiated"]
    assert out["lgd_if_lost"] == lost["lgd_if_lost"] == lost["lgd"] > out["lgd"]
    assert lost["exposure"] == pytest.approx(out["exposure"] + out["renegotiated_amount"])


def test_without_defaults_the_loss_is_null_and_wrong_arguments_are_refused() -> None:
    ledger = ledger_of(*plain_book(1))

    assert np.isnan(iml.recovery_curves(ledger, "2024-02-10").lgd["lgd"].item())
    with pytest.raises(CallError, match=r"column 'kin'.*'kind'"):
        iml.recovery_curves(ledger, by="kin")
    with pytest.raises(CallError, match="a tail of 1 or more"):
        iml.recovery_curves(ledger, tail=0.9)


def test_where_everybody_pays_in_the_end_no_loss_is_within_the_interval(real_data: Path) -> None:
    rows = pd.read_csv(real_data / "datarisk" / "base_pagamentos_desenvolvimento.csv", sep=";", dtype={0: str})
    names = {"ID_CLIENTE": "client_id", "DATA_EMISSAO_DOCUMENTO": "issue_date", "DATA_VENCIMENTO": "due_date"}
    names |= {"VALOR_A_PAGAR": "amount", "DATA_PAGAMENTO": "paid_date"}
    invoices = rows.rename(columns=names)[list(names.values())].assign(invoice_id=np.arange(len(rows)))
    ledger = iml.Ledger(invoices)

    for as_of in ("2020-12-31", "2021-06-30"):
        got = iml.recovery_curves(ledger, as_of, dpd=30, draws=100).lgd.iloc[0]
        assert got["defaults"] > 500
        assert got["lgd_low"] < 0.01
        assert got["lgd"] < 0.8 * (1 - got["recovered_share"])
