"""Expected loss: the product by hand, who is left out and counted, and the exposure factor against plain pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.portfolio.exposure_at_default import exposure_at_default
from portfolio.plain_book import UNTIL, ledger_of, left_at, plain_book

TARGET = iml.Target(dpd=30, horizon_days=60)


def open_at(invoices: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    ended = (invoices["paid_on"] <= day) | (invoices["cancelled_date"] <= day)
    return (invoices["issue_date"] <= day) & ~ended


def slow_factor(invoices: pd.DataFrame, payments: pd.DataFrame, target: iml.Target) -> tuple[float, int]:
    """What defaults of what clients that were bad had open, month end by month end."""
    whole = lost = cases = 0
    overdue = invoices["due_date"] + pd.Timedelta(days=target.dpd)
    void = (invoices["cancel_reason"] == "void") & (invoices["cancelled_date"] <= UNTIL)
    shut = invoices["cancelled_date"].where(invoices["cancelled_date"] > invoices["due_date"])
    shut = shut.where(~(invoices["paid_on"] <= shut))
    reached = overdue.where(~(invoices["paid_on"] <= overdue) & ~(shut < overdue), shut)
    reached = reached.where(~(invoices["cancelled_date"] <= invoices["due_date"]) & ~void)
    for end in pd.date_range(end=UNTIL - pd.Timedelta(days=target.horizon_days + target.dpd), periods=12, freq="ME"):
        out = open_at(invoices, end)
        was = set(invoices[out & (overdue <= end)]["client_id"])
        mine = out & ~invoices["client_id"].isin(was)
        soon = mine & (reached > end) & (reached <= end + pd.Timedelta(days=target.horizon_days))
        mine &= invoices["client_id"].isin(invoices[soon]["client_id"])
        later = mine & (reached > end) & (reached <= end + pd.Timedelta(days=target.horizon_days + target.dpd))
        cases += invoices[mine]["client_id"].nunique()
        whole += left_at(invoices, payments, end)[mine].sum()
        lost += sum(left_at(invoices, payments, reached[i])[i] for i in invoices.index[later])
    return lost / whole, cases


def test_the_exposure_factor_is_that_which_plain_pandas_finds() -> None:
    invoices, payments = plain_book(13, clients=45, each=4)
    ledger = ledger_of(invoices, payments)
    got = exposure_at_default(ledger, target=TARGET)
    factor, cases = slow_factor(invoices, payments, TARGET)

    assert cases >= 30
    fresh = got[~got["in_default"]]
    assert 0.3 < factor < 0.99
    np.testing.assert_allclose(fresh["factor"], factor)
    np.testing.assert_allclose(fresh["ead"], fresh["outstanding"] * factor)
    assert (got[got["in_default"]]["ead"] == got[got["in_default"]]["outstanding"]).all()
    own = invoices[open_at(invoices, UNTIL)]
    assert got["outstanding"].sum() == pytest.approx(left_at(invoices, payments, UNTIL)[own.index].sum() / 100)


def test_the_loss_is_the_product_and_its_sum() -> None:
    ledger = ledger_of(*plain_book(13, clients=45, each=4))
    ids = [f"C{i:02d}" for i in range(43)]
    scores = pd.DataFrame({"client_id": ids, "probability": np.linspace(0.01, 0.9, len(ids))})
    scores.loc[::7, "probability"] = np.nan
    found = iml.expected_loss(scores, ledger, UNTIL.date(), target=TARGET)
    table = found.table

    ead = exposure_at_default(ledger, target=TARGET)
    bad = set(ead[ead["in_default"]]["client_id"])
    said = np.where(scores["client_id"].isin(bad), 1.0, scores["probability"])
    np.testing.assert_array_equal(table["pd"], said)
    lgd = iml.recovery_curves(ledger, dpd=30, draws=0).lgd["lgd"].item()
    fresh = ~table["client_id"].isin(bad) & (table["ead"] > 0)
    np.testing.assert_allclose(table["lgd"][fresh], lgd)
    worth = (table["pd"] * table["lgd"] * table["ead"])[table["ead"] > 0]
    np.testing.assert_allclose(table["expected_loss"][table["ead"] > 0], worth)
    assert found.total["expected_loss"] == pytest.approx(table["expected_loss"].sum())
    assert found.total["without_probability"] == table["expected_loss"].isna().sum() > 0
    assert found.total["already_bad"] == len(bad & set(ids)) > 0
    outside = ead[~ead["client_id"].isin(ids)]
    assert found.total["unscored_outstanding"] == pytest.approx(outside["outstanding"].sum())
    assert table["ead"].sum() == pytest.approx(ead["ead"].sum() - outside["ead"].sum())


def test_one_in_default_already_bears_the_loss_on_what_is_still_open_at_its_age() -> None:
    invoices, payments = plain_book(14, clients=30)
    ledger = ledger_of(invoices, payments)
    scores = pd.DataFrame({"client_id": sorted(invoices["client_id"].unique()), "probability": 0.1})
    found = iml.expected_loss(scores, ledger, target=TARGET)
    curve, lgd = found.recovery.curve, found.recovery.lgd["lgd"].item()
    own = exposure_at_default(ledger, target=TARGET).query("in_default")
    reached = UNTIL - pd.to_timedelta(own["dpd"] - 30, unit="D")
    age = (UNTIL.year - reached.dt.year) * 12 + UNTIL.month - reached.dt.month
    came = curve["recovered_share"].reindex(age - 1).fillna(0.0).to_numpy()
    rest = own["ead"] * np.minimum(lgd / (1 - came), 1.0)
    others = exposure_at_default(ledger, target=TARGET).query("not in_default")
    loss = rest.groupby(own["client_id"]).sum().add(others.groupby("client_id")["ead"].sum() * lgd, fill_value=0.0)

    bad = found.table[found.table["state"] == "already_bad"].set_index("client_id")
    np.testing.assert_allclose(bad["expected_loss"], loss[bad.index])
    assert (bad["lgd"] >= lgd - 1e-12).all()
    assert bad["lgd"].max() > lgd


def test_a_group_without_defaults_has_the_loss_of_all() -> None:
    invoices, payments = plain_book(15)
    invoices.loc[invoices.index[-1], "kind"] = "card"
    invoices.loc[invoices.index[-1], ["issue_date", "due_date"]] = UNTIL - pd.Timedelta(days=5), UNTIL
    invoices.loc[invoices.index[-1], ["paid_on", "cancelled_date", "client_id"]] = pd.NaT, pd.NaT, "C99"
    payments = payments[payments["invoice_id"] != invoices["invoice_id"].iloc[-1]]
    scores = pd.DataFrame({"client_id": ["C99"], "probability": [0.5]})
    ledger = ledger_of(invoices, payments)
    found = iml.expected_loss(scores, ledger, target=TARGET, by="kind")

    assert np.isnan(found.recovery.lgd.set_index("kind")["lgd"]["card"])
    assert found.table["lgd"].item() == pytest.approx(iml.recovery_curves(ledger, dpd=30, draws=0).lgd["lgd"].item())


def test_scores_of_another_target_or_day_are_refused() -> None:
    ledger = ledger_of(*plain_book(1))
    scores = pd.DataFrame({"client_id": ["C01"], "probability": [0.5], "as_of": [UNTIL], "target": [TARGET.name]})

    assert iml.expected_loss(scores, ledger, target=TARGET).total["clients"] == 1
    with pytest.raises(CallError, match=r"not client_default_90d_in_60d; give target=model\.target"):
        iml.expected_loss(scores, ledger, target=iml.Target(dpd=90, horizon_days=60))
    with pytest.raises(CallError, match="scores: as_of 2025-06-30 is not 2025-05-31"):
        iml.expected_loss(scores, ledger, "2025-05-31", target=TARGET)
    with pytest.raises(CallError, match="1 clients are not in the ledger"):
        iml.expected_loss(scores.assign(client_id="nobody"), ledger, target=TARGET)
    with pytest.raises(CallError, match="1 rows repeat a client"):
        iml.expected_loss(pd.concat([scores, scores]), ledger, target=TARGET)
