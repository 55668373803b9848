"""train-forecast and forecast: what they write, what they print, what they refuse."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from command_runner import DAY, done, run

from inadimplencia_ml.risk.time_to_pay.estimator import TimeToPayment
from inadimplencia_ml.training import open_invoices


def few_trees(columns, ledger, random_state: int = 0) -> TimeToPayment:
    return TimeToPayment(calendar=ledger.calendar, n_trees=15, n_bags=1, random_state=random_state)


@pytest.fixture(scope="module")
def kept(chain, tmp_path_factory: pytest.TempPathFactory):
    """A model of payments on few months and few trees."""
    folder = tmp_path_factory.mktemp("payments") / "model"
    config = folder.parent / "few.yaml"
    config.write_text("months: 5\nmax_snapshots: 1000\n", encoding="utf-8")
    words = ("train-forecast", chain.ledger, "--out", folder, "--config", config, "--json")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(open_invoices, "default_estimator", few_trees)
        return folder, done(*words).json


def test_a_forecast_is_two_tables_and_where_they_came_from(tmp_path, chain, kept) -> None:
    folder, said = kept
    out = tmp_path / "out"
    words = ("forecast", chain.ledger, "--model", folder, "--as-of", DAY, "--days", "30,7", "--cash-days", "30")
    told = done(*words, "--out", out, "--json").json
    invoices, cash = (pd.read_parquet(out / f"{name}.parquet") for name in ("forecast", "cash"))

    assert {"client_id", "invoice_id", "outstanding", "paid_by_7", "paid_by_30", "median_days"} <= set(invoices.columns)
    assert (invoices["paid_by_7"] <= invoices["paid_by_30"]).all()
    assert len(cash) == 30
    assert (cash["low"] <= cash["expected"]).all()
    assert (cash["expected"] <= cash["high"]).all()
    by_hand = (invoices["outstanding"] * invoices["paid_by_30"]).sum()
    assert cash["expected_by_then"].iloc[-1] == pytest.approx(by_hand)
    assert told["cash"][-1]["expected_by_then"] == pytest.approx(by_hand)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["model"] == said["digest"]
    assert set(manifest["files"]) == {"forecast.parquet", "cash.parquet"}
    assert "open invoices" in done(*words, "--out", out).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as-of", "2026-01-31"), "beyond_known_until: 2026-01-31 lies after"),
        (("--as-of", "2001-01-31"), "no invoice is open at 2001-01-31"),
        (("--as-of", DAY, "--days", "7,x"), "--days '7,x': expected whole numbers"),
        (("--as-of", DAY, "--cash-days", "0"), "--cash-days is 0; expected 1 or more"),
        (("--as-of", DAY, "--cash-days", "400"), "go to 400; the model forecasts 180 days"),
    ],
)
def test_a_wrong_call_ends_with_1_and_one_message(tmp_path, chain, kept, words, said: str) -> None:
    ran = run("forecast", chain.ledger, "--model", kept[0], *words, "--out", tmp_path / "out")

    assert ran.code == 1
    assert said in ran.err
    assert ran.out == ""
    assert not (tmp_path / "out").exists()


def test_models_of_the_two_kinds_are_told_apart(tmp_path, chain, kept) -> None:
    wrong = run("forecast", chain.ledger, "--model", chain.model, "--as-of", DAY, "--out", tmp_path / "out")
    other = run("score", chain.ledger, "--model", kept[0], "--as-of", DAY, "--out", tmp_path / "out")

    assert (wrong.code, other.code) == (1, 1)
    assert "holds a model of risk, not a time to payment" in wrong.err
    assert "holds a time to payment" in other.err


def test_scores_are_not_written_over(chain, kept) -> None:
    ran = run("forecast", chain.ledger, "--model", kept[0], "--as-of", DAY, "--out", chain.results)

    assert ran.code == 1
    assert "holds scores. Choose another folder" in ran.err
