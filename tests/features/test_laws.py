"""What holds of the features of any ledger, whatever is in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml import Ledger, build_features
from reference.plain_cut import Tables, cut, dated, resolved, with_invented_future
from reference.random_ledger import random_ledger

WINDOWS = ["30d", "90d", "180d", "365d", "all"]
GROWING = ["due_count", "due_amount", "late_count", "late_amount", "paid_amount", "issued_count", "issued_amount"]
GROWING += ["late_15_count", "late_30_count", "late_60_count", "late_90_count", "days_late_max"]
BANDS = ["overdue_1_30_amount", "overdue_31_60_amount", "overdue_61_90_amount", "overdue_91_plus_amount"]
MONTH_END = ["worst_dpd_3m", "worst_dpd_6m", "worst_dpd_12m", "roll_up_count_12m"]

law = settings(max_examples=tries(20), derandomize=True, deadline=None, database=None)
of_any_ledger = given(seed=st.integers(0, 10**6))


def book(seed: int) -> tuple[Tables, pd.DataFrame, dict[str, Any]]:
    """A small nasty ledger in plain days, its doubles resolved, with the cuts of its clients."""
    tables, snapshots, how = random_ledger(seed, clients=5)
    cuts = dated(snapshots)[["client_id", "as_of"]].drop_duplicates(ignore_index=True)
    return resolved(tables), cuts, how


def features(tables: Tables | Ledger, cuts: pd.DataFrame, how: dict[str, Any]) -> pd.DataFrame:
    """The fixed features alone, a row a cut."""
    ledger = tables if isinstance(tables, Ledger) else Ledger(**tables, **how)
    got = build_features(ledger, cuts)
    return got.loc[
        :, [c for c in got.columns if c not in ("client_id", "as_of", "view") and not c.startswith("client_")]
    ]


def assert_same_bits(got: pd.DataFrame, expected: pd.DataFrame, cuts: pd.DataFrame) -> None:
    assert list(got.columns) == list(expected.columns)
    a, b = expected.to_numpy(), got.to_numpy()
    differ = np.argwhere((a != b) & ~(np.isnan(a) & np.isnan(b)))
    told = [f"{got.columns[j]} of {cuts.iloc[i].tolist()}: {a[i, j]!r} became {b[i, j]!r}" for i, j in differ[:5]]
    assert not told, "\n".join(told)


def cents(values: Any) -> Any:
    return np.rint(np.asarray(values, dtype=float) * 100).astype("int64")


def some_day(cuts: pd.DataFrame, seed: int) -> tuple[dt.date, pd.DataFrame]:
    """One of the later days of the cuts, and the cuts up to it."""
    days = sorted(cuts["as_of"])
    t = days[len(days) * 3 // 10 + seed % (len(days) // 2)]
    return t.date(), cuts[cuts["as_of"] <= t].reset_index(drop=True)


def changed_after(change: Callable[[Tables, dt.date], Tables], seed: int) -> None:
    """Asserts that the features up to a day stay the same when ``change`` touches what came after it."""
    tables, cuts, how = book(seed)
    t, cuts = some_day(cuts, seed)
    assert_same_bits(features(change(tables, t), cuts, how), features(tables, cuts, how), cuts)


@law
@of_any_ledger
def test_what_is_recorded_after_the_cut_may_be_removed(seed: int) -> None:
    changed_after(cut, seed)


@law
@of_any_ledger
def test_what_is_recorded_after_the_cut_may_be_invented(seed: int) -> None:
    changed_after(with_invented_future, seed)


@law
@of_any_ledger
def test_a_ledger_as_known_at_a_day_gives_the_same_bits_up_to_it(seed: int) -> None:
    tables, cuts, how = book(seed)
    t, cuts = some_day(cuts, seed)
    ledger = Ledger(**tables, **how)
    assert_same_bits(features(ledger.known_at(t), cuts, how), features(ledger, cuts, how), cuts)


@law
@of_any_ledger
def test_a_ledger_cut_by_hand_is_the_ledger_known_that_day(seed: int) -> None:
    tables, cuts, how = book(seed)
    t, cuts = some_day(cuts, seed)
    expected = features(Ledger(**cut(tables, t), **how), cuts, how)
    assert_same_bits(features(Ledger(**tables, **how).known_at(t), cuts, how), expected, cuts)


@law
@of_any_ledger
def test_the_order_of_the_rows_means_nothing(seed: int) -> None:
    tables, cuts, how = book(seed)
    shuffled = {name: table.sample(frac=1, random_state=seed) for name, table in tables.items()}
    assert_same_bits(features(shuffled, cuts, how), features(tables, cuts, how), cuts)


@law
@of_any_ledger
def test_clients_may_be_computed_apart(seed: int) -> None:
    tables, cuts, how = book(seed)
    whole = features(tables, cuts, how)
    clients = tables["invoices"]["client_id"].unique()
    for half in (set(clients[::2]), set(clients[1::2])):
        own = set(tables["invoices"].loc[tables["invoices"]["client_id"].isin(half), "invoice_id"])
        part = {name: table[table["client_id"].isin(half)] for name, table in tables.items() if name != "payments"}
        if "payments" in tables:
            part["payments"] = tables["payments"][tables["payments"]["invoice_id"].isin(own)]
        here = cuts["client_id"].isin(half)
        assert_same_bits(features(part, cuts[here], how), whole[here], cuts[here])


@law
@of_any_ledger
def test_the_view_at_issue_is_the_end_of_the_day_before(seed: int) -> None:
    tables, snapshots, how = random_ledger(seed, clients=5)
    at_issue = dated(snapshots[snapshots["view"] == "at_issue"]).reset_index(drop=True)
    before = at_issue[["client_id", "as_of"]].assign(as_of=at_issue["as_of"] - pd.Timedelta(days=1))
    ledger = Ledger(**tables, **how)
    expected = features(ledger, before, how)
    assert_same_bits(build_features(ledger, at_issue)[expected.columns], expected, before)


@law
@of_any_ledger
def test_what_was_issued_is_paid_open_or_closed_to_the_cent(seed: int) -> None:
    tables, cuts, how = book(seed)
    t, _ = some_day(cuts, seed)
    tables = one_client_an_invoice(cut({k: v for k, v in tables.items() if k in ("invoices", "payments")}, t))
    invoices = tables["invoices"].drop_duplicates("invoice_id", keep="last").set_index("invoice_id")
    f = features(tables, invoices.reset_index()[["client_id"]].assign(as_of=t), how).set_index(invoices.index)
    amount = pd.Series(cents(invoices["amount"]), invoices.index)
    received = received_cents(tables).reindex(invoices.index, fill_value=0)
    applied, overpaid = np.minimum(received, amount), np.maximum(received - amount, 0)
    assert (applied + overpaid == received).all()
    left = amount - applied
    closed = left.where(invoices["cancelled_date"].notna(), 0)
    residue = left.where((closed == 0) & (left == 1) & (received > 0), 0)
    void = invoices["cancelled_date"].notna() & ~invoices["cancel_reason"].isin(["renegotiated", "written_off"])
    assert (cents(f["issued_amount_all"]) == amount.where(~void, 0)).all()
    accounted = (applied + cents(f["open_amount"]) + closed + residue).where(~void, 0)
    assert (cents(f["issued_amount_all"]) == accounted).all()


def one_client_an_invoice(tables: Tables) -> Tables:
    """The ledger with each invoice in one row, of a client of its own, with an amount and without shorthand."""
    dropped = ["paid_date", "paid_amount", "observed_until", "cancelled_known_on"]
    invoices = tables["invoices"].drop(columns=dropped)
    invoices["order"] = invoices["known_on"].fillna(invoices["issue_date"])
    invoices = invoices.sort_values("order")
    lasting = [c for c in invoices.columns if c not in ("invoice_id", "issue_date", "known_on", "order")]
    invoices[lasting] = invoices.groupby("invoice_id")[lasting].ffill()
    invoices = invoices.drop_duplicates("invoice_id", keep="last").drop(columns=["order", "known_on"])
    invoices = invoices.assign(client_id=invoices["invoice_id"], amount=invoices["amount"].fillna(100.0))
    out = {"invoices": invoices.reset_index(drop=True)}
    if "payments" in tables:
        out["payments"] = tables["payments"].drop(columns="client_id")
    return out


def received_cents(tables: Tables) -> pd.Series:
    """The settling cents of each invoice, of payments that were not taken back."""
    if "payments" not in tables:
        return pd.Series(dtype="int64")
    payments = tables["payments"][tables["payments"]["reversed_on"].isna()]
    settling = payments["principal"].fillna(payments["amount"])
    return pd.Series(cents(settling), payments.index).groupby(payments["invoice_id"]).sum()


@law
@of_any_ledger
def test_a_wider_window_holds_the_narrower(seed: int) -> None:
    f = features(*book(seed))
    for name in GROWING:
        values = f[[f"{name}_{w}" for w in WINDOWS]].fillna(-np.inf).to_numpy()
        assert (np.diff(values, axis=1) >= 0).all() if name != "days_late_max" else growing(values), name
    assert growing(f[MONTH_END[:3]].to_numpy())
    for w in WINDOWS:
        narrowing = ["late_90_count", "late_60_count", "late_30_count", "late_15_count", "late_count", "due_count"]
        assert growing(f[[f"{name}_{w}" for name in narrowing]].to_numpy())


def growing(values: np.ndarray) -> bool:
    return bool((values[:, 1:] >= values[:, :-1]).all())


@law
@of_any_ledger
def test_the_bands_and_what_is_not_due_are_all_that_is_open(seed: int) -> None:
    f = features(*book(seed))
    overdue = sum(cents(f[band]) for band in BANDS)
    assert (overdue == cents(f["overdue_amount"])).all()
    assert (overdue + cents(f["not_due_amount"]) == cents(f["open_amount"])).all()
    assert (f["overdue_count"] <= f["open_count"]).all()
    assert ((f["dpd_max"] > 0) == (f["overdue_count"] > 0)).all()


@law
@of_any_ledger
def test_a_week_later_without_holidays_all_is_as_it_was(seed: int) -> None:
    tables, cuts, _ = book(seed)
    how, week = {"calendar": "none"}, pd.Timedelta(days=7)

    def moved(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(**{c: table[c] + week for c in table.columns if table[c].dtype.kind == "M"})

    before = features(tables, cuts, how)
    after = features({name: moved(table) for name, table in tables.items()}, moved(cuts), how)
    np.testing.assert_allclose(after.drop(columns=MONTH_END), before.drop(columns=MONTH_END), rtol=1e-9, atol=1e-9)


ADDING = ["due_count", "due_amount", "late_count", "late_amount", "paid_amount", "issued_count", "issued_amount"]
ADDING += ["late_15_count", "late_30_count", "late_60_count", "late_90_count"]
ADDING = [f"{name}_{w}" for w in WINDOWS for name in ADDING] + ["open_count", "open_amount", "overdue_count"]
ADDING += [*BANDS, "overdue_amount", "not_due_amount", "due_next_30d_amount", "partial_count_all"]


@law
@of_any_ledger
def test_two_clients_made_one_add_their_counts_and_amounts(seed: int) -> None:
    tables, cuts, how = book(seed)
    tables = {name: tables[name] for name in ("invoices", "payments") if name in tables}  # nothing of the client itself
    owners = tables["invoices"]["client_id"].unique()
    one, two = owners[0], owners[-1]
    days = cuts["as_of"].drop_duplicates()

    def at(who: Any, of: Tables) -> pd.DataFrame:
        return features(of, pd.DataFrame({"client_id": [who] * len(days), "as_of": days.to_numpy()}), how)

    merged = {
        name: t.assign(client_id=t["client_id"].replace({two: one})) if "client_id" in t else t
        for name, t in tables.items()
    }
    a, b, both = at(one, tables), at(two, tables), at(one, merged)
    if one != two:
        for name in ADDING:
            assert (cents(a[name]) + cents(b[name]) == cents(both[name])).all(), name
        assert (np.fmax(a["dpd_max"], b["dpd_max"]) == both["dpd_max"]).all()


@law
@given(
    first=st.integers(-20, 60),
    gap=st.integers(0, 60),
    share=st.integers(1, 9_998),
    due=st.dates(dt.date(2023, 1, 1), dt.date(2025, 6, 30)),
)
def test_an_invoice_paid_in_two_parts_is_as_late_as_its_second(first: int, gap: int, share: int, due: dt.date) -> None:
    second = due + dt.timedelta(first + gap)
    invoices = pd.DataFrame(
        {"client_id": "C", "invoice_id": ["I"], "issue_date": due - dt.timedelta(30), "due_date": due, "amount": 100.0}
    )
    parts = pd.DataFrame(
        {"payment_date": [due + dt.timedelta(first), second], "amount": [share / 100, 100 - share / 100]}
    )
    cuts = pd.DataFrame({"client_id": ["C"], "as_of": [due + dt.timedelta(200)]})
    whole = pd.DataFrame({"payment_date": [second], "amount": [100.0]})
    in_parts = features({"invoices": invoices, "payments": parts.assign(invoice_id="I")}, cuts, {})
    at_once = features({"invoices": invoices, "payments": whole.assign(invoice_id="I")}, cuts, {})
    lateness = [c for c in in_parts.columns if "late" in c]
    assert_same_bits(in_parts[lateness], at_once[lateness], cuts)
    assert in_parts["partial_count_all"].tolist() == [float(gap > 0)]
    assert in_parts["paid_amount_all"].tolist() == [100.0]
