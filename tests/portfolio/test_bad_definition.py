"""Which bad to predict: counts as the labels have them, and a recommendation that says when it has none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.portfolio.definition_text import Choice, recommendation
from portfolio.plain_book import UNTIL, ledger_of, plain_book, reached_on

DPDS, HORIZONS = (15, 60), (30, 90)


def test_bads_are_those_that_the_labels_have() -> None:
    invoices, payments = plain_book(6, clients=50, each=3)
    ledger = ledger_of(invoices, payments)
    got = iml.bad_definition(ledger, dpds=DPDS, horizons=HORIZONS, months=7)
    ends = [end.date() for end in pd.date_range(end="2025-03-31", periods=7, freq="ME")]
    snapshots = iml.make_snapshots(ledger, ends)
    assert (got.table["clients"] > got.table["bads"]).any()

    for row in got.table.to_dict("records"):
        target = iml.Target(dpd=row["dpd"], horizon_days=row["horizon_days"])
        told = iml.label(ledger, snapshots, target)
        counts = told["label"].value_counts().reindex(["good", "bad"], fill_value=0)
        assert (row["bads"], row["clients"]) == (counts["bad"], counts.sum()), target.name
        longest = iml.label(ledger, snapshots, iml.Target(dpd=row["dpd"], horizon_days=90))
        assert row["found_share"] == pytest.approx(counts["bad"] / (longest["label"] == "bad").sum())
        judged = told[told["label"].isin(["good", "bad"])]
        rates = (judged["label"] == "bad").groupby(judged["as_of"]).mean()
        assert (row["rate_low"], row["rate_high"]) == pytest.approx((rates.min(), rates.max()))
        assert row["rate_spread"] == pytest.approx(rates.std(ddof=0) / rates.mean())
        own = got.by_month.query("dpd == @target.dpd and horizon_days == @target.horizon_days")
        assert own["bad_rate"].tolist() == pytest.approx(rates.tolist())


def test_what_cures_by_itself_is_settled_within_ninety_days() -> None:
    invoices, payments = plain_book(7, clients=15)
    got = iml.bad_definition(ledger_of(invoices, payments), dpds=(30,), horizons=(60,), months=24).table.iloc[0]
    day = reached_on(invoices, payments, 30, UNTIL)
    settled = (invoices["paid_on"] <= day + pd.Timedelta(days=90)) & ~(invoices["cancelled_date"] < invoices["paid_on"])
    ends = pd.date_range("2024-01-31", "2025-04-30", freq="ME")
    base = set()
    for end in ends:
        out = (invoices["issue_date"] <= end) & ~(invoices["paid_on"] <= end) & ~(invoices["cancelled_date"] <= end)
        was = set(invoices[out & ((end - invoices["due_date"]).dt.days >= 30)]["client_id"])
        comes = out & (day > end) & (day <= end + pd.Timedelta(days=60)) & ~invoices["client_id"].isin(was)
        base |= set(invoices[comes & (day + pd.Timedelta(days=90) <= UNTIL)].index)

    assert got["bad_invoices"] == len(base)
    assert got["cured_share"] == pytest.approx(settled[sorted(base)].mean())


def table(*rows: tuple[float, ...]) -> pd.DataFrame:
    columns = ["dpd", "horizon_days", "bads", "bad_invoices", "found_share", "cured_share"]
    filled = pd.DataFrame(rows, columns=columns)
    return filled.assign(
        months=12, clients=1000, bad_rate=0.1234, cured_amount_share=0.3, rate_low=0.1, rate_high=0.2, rate_spread=0.2
    )


LIMITS = dict(min_bads=100, min_months=6, most_cured=0.5, least_found=0.9)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [(30, 30, 400, 400, 0.5, 0.7), (30, 90, 800, 800, 1.0, 0.7), (60, 90, 300, 300, 0.95, 0.4)],
            (60, 90, "no_return"),
        ),
        ([(60, 60, 300, 300, 0.91, 0.4), (60, 90, 330, 330, 1.0, 0.4)], (60, 60, "no_return")),
        ([(30, 90, 800, 800, 1.0, 0.7), (60, 90, 90, 90, 1.0, 0.4)], (30, 90, "fewer_bads_beyond")),
        ([(30, 90, 800, 800, 1.0, 0.8), (60, 90, 500, 500, 1.0, 0.6)], (60, 90, "still_cures")),
        ([(30, 90, 99, 99, 1.0, 0.4)], (None, None, "too_few_bads")),
    ],
)
def test_the_choice_follows_its_rules(rows: list[tuple[float, ...]], expected: tuple) -> None:
    assert Choice.of(table(*rows), **LIMITS)[:3] == expected


def test_the_words_tell_the_figures_in_both_languages() -> None:
    choice = Choice.of(table((60, 90, 300, 300, 0.955, 0.4), (60, 180, 310, 310, 1.0, 0.4)), **LIMITS)
    longest = Choice.of(table((60, 90, 300, 300, 0.8, 0.4), (60, 180, 310, 310, 1.0, 0.4)), **LIMITS)

    assert recommendation(choice, "pt").startswith("Recomendação: 60 dias de atraso em 90 dias.")
    for lang, told in (("pt", ("40,0%", "95,5%", "12,3%", "300")), ("en", ("40.0 %", "95.5 %", "12.3 %", "300"))):
        assert all(figure in recommendation(choice, lang) for figure in told)
    assert "shorter than 180 days finds 90.0 %" in recommendation(longest, "en")
    with pytest.raises(CallError, match=r"lang='fr'.*en, pt"):
        recommendation(choice, "fr")


def test_too_little_data_recommends_nothing_and_says_why() -> None:
    ledger = ledger_of(*plain_book(8, clients=50, each=3))
    got = iml.bad_definition(ledger, dpds=(30,), horizons=(90,))
    early = iml.bad_definition(ledger, "2024-04-30", dpds=(30,), horizons=(30,))
    none = iml.bad_definition(ledger, "2024-01-20")

    assert got.target is None
    assert "nenhuma definição tem 100 casos ruins" in got.text()
    assert early.target is None
    assert "only 3 months" in early.text("en")
    assert not np.isnan(got.table["bad_rate"]).any()
    assert none.target is None
    assert len(none.by_month) == none.table["clients"].sum() == 0
