"""Laws on nasty ledgers: what is told as of a day hangs neither on later facts nor on the order of rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest

import inadimplencia_ml as iml
from reference.plain_cut import Tables, cut, resolved
from reference.random_ledger import random_ledger

DAY, END = dt.date(2024, 9, 20), dt.date(2026, 12, 31)


def told(ledger: iml.Ledger) -> Iterator[pd.DataFrame]:
    """Every table of this room."""
    for level in ("client", "invoice"):
        moves = iml.roll_rates(ledger, DAY, level=level, months=8, thresholds=(1, 30), follow_days=30)
        yield from (moves.stocks, moves.moves, moves.forward, moves.no_return)
    yield from (iml.vintages(ledger, DAY, dpd=(5, 30), since=since) for since in ("issue", "due"))
    definition = iml.bad_definition(ledger, DAY, dpds=(5, 30), horizons=(30, 60))
    yield from (definition.table, definition.by_month)
    curves = iml.recovery_curves(ledger, DAY, dpd=30, draws=10, by="uf", min_clients=1, annual_rate=0.1)
    yield from (curves.lgd, curves.curve, curves.triangle, curves.cohorts)
    scores = iml.make_snapshots(ledger, DAY).assign(probability=0.3)
    loss = iml.expected_loss(scores, ledger, DAY, target=iml.Target(dpd=30, horizon_days=60))
    yield loss.table
    yield pd.DataFrame([loss.total])


@pytest.mark.parametrize("seed", [1, 6])
def test_later_facts_and_the_order_of_rows_change_nothing(seed: int) -> None:
    tables, _, how = random_ledger(seed, clients=10)
    tables = resolved(tables)
    early: Tables = {name: rows.sample(frac=1.0, random_state=seed) for name, rows in cut(tables, DAY).items()}
    one = told(iml.Ledger(**tables, **how, known_until=END))
    other = told(iml.Ledger(**early, **how, known_until=END))

    some = 0
    for full, cut_off in zip(one, other, strict=True):
        pd.testing.assert_frame_equal(full, cut_off)
        some += len(full) > 1
    assert some > 8


@pytest.mark.parametrize("seed", [2, 5])
def test_on_any_ledger_shares_are_shares_and_parts_make_the_whole(seed: int) -> None:
    tables, _, how = random_ledger(seed, clients=10)
    ledger = iml.Ledger(**tables, **how, known_until=END)

    moves = iml.roll_rates(ledger, DAY, level="invoice")
    for of in ("count", "amount"):
        sums = moves.matrix(of).sum(axis=1, min_count=1).dropna()
        pd.testing.assert_series_equal(sums, sums * 0 + 1.0)
    ends = [f"{end}_amount" for end in ("cured", "renegotiated", "written_off", "unpaid")]
    assert (moves.no_return[ends].sum(axis=1) - moves.no_return["amount"]).abs().max() < 1e-6
    triangle = iml.recovery_curves(ledger, DAY, dpd=30, draws=0).triangle
    assert triangle["recovered_share"].dropna().between(0, 1).all()
    assert (triangle.groupby("cohort")["recovered"].diff().dropna() >= 0).all()
    shares = iml.vintages(ledger, DAY)[["bad_share", "bad_amount_share"]].stack()
    assert shares.dropna().between(0, 1).all()
