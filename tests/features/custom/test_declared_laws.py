"""What holds of declared aggregates over any ledger."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from custom_build import build_with, columns
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_aggregates import WINDOWS, declarations, named, with_columns

from inadimplencia_ml import Ledger, build_features
from inadimplencia_ml.features.audit import audit_leaks
from inadimplencia_ml.features.custom.declared import Aggregate
from reference.plain_cut import Tables, cut, dated, resolved, with_invented_future
from reference.random_ledger import random_ledger

law = settings(max_examples=6, derandomize=True, deadline=None, database=None)
of_any_ledger = given(seed=st.integers(0, 10**6))


def book(seed: int) -> tuple[Tables, pd.DataFrame, dict[str, Any], list[Aggregate]]:
    tables, snapshots, how = random_ledger(seed, clients=5)
    cuts = dated(snapshots)[["client_id", "as_of"]].drop_duplicates(ignore_index=True)
    return with_columns(resolved(tables), seed), cuts, how, named(declarations(seed))


def assert_same_bits(a: pd.DataFrame, b: pd.DataFrame) -> None:
    x, y = a.to_numpy(), b.to_numpy()
    differ = np.argwhere((x != y) & ~(np.isnan(x) & np.isnan(y)))
    told = [f"{a.columns[j]} of row {i}: {y[i, j]!r} became {x[i, j]!r}" for i, j in differ[:5]]
    assert not told, "\n".join(told)


@law
@of_any_ledger
def test_what_becomes_known_later_changes_nothing(seed: int) -> None:
    tables, cuts, how, declared = book(seed)
    t = sorted(cuts["as_of"])[len(cuts) // 2]
    cuts = cuts[cuts["as_of"] <= t].reset_index(drop=True)
    ledger = Ledger(**tables, **how)
    now = columns(ledger, cuts, declared)
    assert_same_bits(columns(Ledger(**cut(tables, t.date()), **how), cuts, declared), now)
    assert_same_bits(columns(Ledger(**with_invented_future(tables, t.date()), **how), cuts, declared), now)
    assert_same_bits(columns(ledger.known_at(t.date()), cuts, declared), now)


@law
@of_any_ledger
def test_order_and_threads_change_not_a_bit(seed: int) -> None:
    tables, cuts, how, declared = book(seed)
    now = columns(Ledger(**tables, **how), cuts, declared)
    shuffled = {name: table.sample(frac=1, random_state=seed) for name, table in tables.items()}
    order = np.random.default_rng(seed).permutation(len(cuts))
    got = columns(Ledger(**shuffled, **how), cuts.iloc[order], declared, n_jobs=3)
    assert_same_bits(got, now.iloc[order])


@law
@of_any_ledger
def test_a_wider_window_holds_the_narrower(seed: int) -> None:
    tables, cuts, how, _ = book(seed)
    for by in ("due", "issue", "closed"):
        for measure, aggregation in (("count", "count"), ("amount", "sum"), ("dpd", "max")):
            declared = [
                Aggregate(name=f"w_{w}", measure=measure, aggregation=aggregation, window=w, by=by) for w in WINDOWS
            ]
            got = columns(Ledger(**tables, **how), cuts, declared).fillna(-np.inf).to_numpy()
            assert (got[:, 1:] >= got[:, :-1]).all(), (by, measure)


@law
@of_any_ledger
def test_counts_and_sums_of_parts_add_up(seed: int) -> None:
    tables, cuts, how, _ = book(seed)
    parts: list[list[dict[str, Any]]] = [
        [{"days_late": {"gt": 0}}, {"days_late": {"le": 0}}],
        [{"status": "open"}, {"status": "settled"}, {"status": "renegotiated"}, {"status": "written_off"}],
        [{"kind": "boleto"}, {"kind": ["pix", "card"]}, {"kind": {"known": False}}],
        [{"amount": {"known": False}}, {"amount": {"le": 100}}, {"amount": {"gt": 100}}],
        [{"due_weekday": [0, 1, 2]}, {"due_weekday": {"ge": 3}}],
    ]
    for tests in [[{}, *one] for one in parts]:
        for measure, aggregation in (("count", "count"), ("open_amount", "sum")):
            declared = [
                Aggregate(name=f"p{k}", measure=measure, aggregation=aggregation, window=365, filter=one)
                for k, one in enumerate(tests)
            ]
            cents = np.rint(columns(Ledger(**tables, **how), cuts, declared).to_numpy() * 100).astype(int)
            assert (cents[:, 0] == cents[:, 1:].sum(axis=1)).all(), tests


@law
@of_any_ledger
def test_two_clients_made_one_have_the_sum_of_their_counts_and_amounts(seed: int) -> None:
    tables, cuts, how, _ = book(seed)
    tables = {name: tables[name] for name in ("invoices", "payments") if name in tables}
    a, b = sorted(tables["invoices"]["client_id"].unique())[:2]
    days = cuts[cuts["client_id"].isin([a, b])]["as_of"].unique()
    declared = [
        Aggregate(name="n", aggregation="count", window=365),
        Aggregate(name="x", measure="amount", aggregation="sum", window=365, filter={"days_late": {"gt": 0}}),
    ]

    def of(tables: Tables, client: Any) -> np.ndarray:
        looks = pd.DataFrame({"client_id": [client] * len(days), "as_of": days})
        return np.rint(columns(Ledger(**tables, **how), looks, declared).to_numpy() * 100)

    merged = {name: table.assign(client_id=table["client_id"].replace({b: a})) for name, table in tables.items()}
    assert (of(merged, a) == of(tables, a) + of(tables, b)).all()


TWINS = {
    "due_count_90d": {"aggregation": "count", "window": 90},
    "due_amount_all": {"measure": "amount", "aggregation": "sum", "window": "all"},
    "late_15_count_180d": {"aggregation": "count", "window": 180, "filter": {"days_late": {"ge": 15}}},
    "late_share_365d": {"aggregation": "share", "window": 365, "of": {"days_late": {"gt": 0}}},
    "late_amount_share_all": {
        "measure": "amount",
        "aggregation": "share",
        "window": "all",
        "of": {"days_late": {"gt": 0}},
    },
    "days_late_mean_90d": {"measure": "days_late", "aggregation": "mean", "window": 90},
    "days_late_max_180d": {"measure": "days_late", "aggregation": "max", "window": 180},
    "days_late_std_365d": {"measure": "days_late", "aggregation": "std", "window": 365},
    "early_share_all": {"aggregation": "share", "window": "all", "of": {"days_early": {"gt": 0}}},
    "days_late_last": {"measure": "days_late", "aggregation": "last", "window": "all"},
    "open_amount": {"measure": "open_amount", "aggregation": "sum", "window": "all", "by": "issue"},
    "dpd_max": {"measure": "dpd", "aggregation": "max", "window": "all", "by": "issue", "filter": {"status": "open"}},
}


@law
@of_any_ledger
def test_what_the_catalogue_has_too_is_the_same_to_the_last_bit(seed: int) -> None:
    tables, cuts, how, _ = book(seed)
    ledger = Ledger(**tables, **how)
    fixed = build_features(ledger, cuts)[list(TWINS)]
    declared = [Aggregate(name=f"own_{name}", **one) for name, one in TWINS.items()]
    assert_same_bits(columns(ledger, cuts, declared).fillna({"own_dpd_max": 0.0}), fixed)


def test_declared_features_leak_nothing() -> None:
    tables, snapshots, how = random_ledger(3, clients=8)
    ledger = Ledger(**with_columns(tables, 3), **how)
    report = audit_leaks(ledger, snapshots, build_with(named(declarations(3))), dates=4)
    assert report.ok, str(report)
