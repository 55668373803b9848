"""What holds of the further families on any ledger, whatever is in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml import Ledger, build_features
from reference.plain_cut import Tables, cut, resolved, with_invented_future
from reference.random_extras import random_extras
from reference.slow_others import FAMILIES

ASKED = [*FAMILIES, "macro", "past"]
KEYS = ["client_id", "as_of", "invoice_id", "view"]
ADDED = [  # what two clients have as one is what they have together
    *("contract_count_all", "contract_open_count", "contract_overdue_count", "first_payment_default_count_all"),
    *("part_paid_open_count", "overpaid_count_365d", "overpaid_amount_365d", "open_amount_mean_6m"),
    *("overdue_amount_mean_6m", "reversed_count_365d", "reversed_amount_365d", "recurring_failed_count_90d"),
    *("recurring_failed_count_365d", "opened_without_reply_count_90d", "right_party_count_90d", "contact_cost_90d"),
    *("inbound_count_90d", "promise_count_365d", "promise_open_amount", "plan_count_365d"),
]
GROWN = ["pays_newer_count_365d", "skipped_count", "skipped_amount"]  # each stands in the other's order besides
WORSE = ["worst_dpd_24m", "bucket_last_month", "contract_late_share_max", "contract_days_late_mean_max"]
NESTED = [  # each column is at most the next
    ("months_late_6m", "months_late_12m", "months_late_24m"),
    ("months_60_plus_12m", "months_30_plus_12m", "months_late_12m"),
    ("roll_up_count_6m", "roll_up_count_12m"),
    ("worst_dpd_12m", "worst_dpd_24m"),
    ("contract_overdue_count", "contract_open_count", "contract_count_all"),
    ("skipped_count", "overdue_count"),
    ("part_paid_open_count", "open_count"),
    ("known_outcome_late_5_count", "known_outcome_late_count", "known_outcome_count", "earlier_count"),
    ("similar_count", "earlier_count"),
]

law = settings(max_examples=tries(15), derandomize=True, deadline=None, database=None)
of_any_ledger = given(seed=st.integers(0, 10**6))
of_any_two = given(seed=st.integers(0, 10**6), other=st.integers(1, 3))


def book(seed: int) -> tuple[Tables, pd.DataFrame, dict[str, Any]]:
    """A small nasty ledger in plain days, its doubles resolved, with its cuts; every table says when, if it knows."""
    tables, cuts, how = random_extras(seed, clients=4)
    tables = resolved(tables)
    if "contacts" in tables:
        contacts = tables["contacts"]
        tables["contacts"] = contacts[~contacts["contact_id"].duplicated() | contacts["contact_id"].isna()].copy()
    if "macro" in tables:
        macro = tables["macro"][tables["macro"]["series"] != "late"]
        tables["macro"] = macro.assign(date=pd.to_datetime(macro["date"])).reset_index(drop=True)
    for table in tables.values():
        if "known_on" not in table:
            table["known_on"] = pd.NaT
    if "payments" in tables and "reversed_on" not in tables["payments"]:
        tables["payments"]["reversed_on"] = pd.NaT
    return tables, cuts, how


def features(tables: Tables | Ledger, cuts: pd.DataFrame, how: dict[str, Any]) -> pd.DataFrame:
    """The numbers of the fixed and the further families and of the invoice, without the client's attributes."""
    ledger = tables if isinstance(tables, Ledger) else Ledger(**tables, **how)
    got = build_features(ledger, cuts, families=ASKED).drop(columns=KEYS, errors="ignore")
    return got[[c for c in got.columns if got[c].dtype.kind == "f" and not c.startswith("client_")]]


def assert_same_bits(got: pd.DataFrame, wanted: pd.DataFrame, cuts: pd.DataFrame) -> None:
    assert list(got.columns) == list(wanted.columns)
    a, b = wanted.to_numpy(float), got.to_numpy(float)
    differ = np.argwhere((a != b) & ~(np.isnan(a) & np.isnan(b)))
    told = [f"{got.columns[j]} of {cuts.iloc[i].tolist()}: {a[i, j]!r} became {b[i, j]!r}" for i, j in differ[:5]]
    assert not told, "\n".join(told)


def up_to_a_day(cuts: pd.DataFrame, seed: int) -> tuple[dt.date, pd.DataFrame]:
    """One of the later days of the cuts, and the cuts up to it."""
    days = sorted(cuts["as_of"])
    t = days[len(days) * 3 // 10 + seed % (len(days) // 2)]
    return t.date(), cuts[cuts["as_of"] <= t].reset_index(drop=True)


def cut_by_hand(tables: Tables, t: dt.date) -> Tables:
    """What all tables held at the end of day t, told by their dates alone."""
    plain = cut({name: table for name, table in tables.items() if name not in ("links", "macro")}, t)
    for name in tables.keys() & {"links", "macro"}:
        days = tables[name][[c for c in ("date", "known_on") if c in tables[name]]]
        plain[name] = tables[name][~(days > pd.Timestamp(t)).any(axis=1)].reset_index(drop=True)
    return plain


def with_another_future(tables: Tables, t: dt.date) -> Tables:
    """The tables as of day t, and further facts after it that never were, of every table."""
    plain = {name: table.drop(columns="contact_id", errors="ignore") for name, table in tables.items()}
    out = cut_by_hand(plain, t)
    after, before = pd.Timestamp(t) + pd.Timedelta(days=1), pd.Timestamp(t) - pd.Timedelta(days=5)
    out |= with_invented_future({name: table for name, table in plain.items() if name not in ("links", "macro")}, t)
    if "credit_limit" in out.get("clients", ()):
        news = out["clients"].drop_duplicates("client_id").assign(known_on=after, credit_limit=7.0)
        out["clients"] = pd.concat([out["clients"], news], ignore_index=True)
    if "links" in out:
        news = out["links"].drop_duplicates("client_id").assign(group_id="G1", kind="payer", known_on=after)
        out["links"] = pd.concat([out["links"], news], ignore_index=True)
    if "macro" in out:
        dated_back = out["macro"].drop_duplicates("series").assign(date=before, known_on=after, value=77.0)
        forecast = dated_back.assign(date=after, known_on=before)
        out["macro"] = pd.concat([out["macro"], dated_back, forecast], ignore_index=True)
    return out


@law
@of_any_ledger
def test_a_ledger_as_known_at_a_day_gives_the_same_bits_up_to_it(seed: int) -> None:
    tables, cuts, how = book(seed)
    t, cuts = up_to_a_day(cuts, seed)
    ledger = Ledger(**tables, **how)
    assert_same_bits(features(ledger.known_at(t), cuts, how), features(ledger, cuts, how), cuts)


@law
@of_any_ledger
def test_what_is_recorded_after_a_day_may_be_removed_or_invented(seed: int) -> None:
    tables, cuts, how = book(seed)
    t, cuts = up_to_a_day(cuts, seed)
    known = features(tables, cuts, how)
    assert_same_bits(features(cut_by_hand(tables, t), cuts, how), known, cuts)
    tables = {name: table.drop(columns="contact_id", errors="ignore") for name, table in tables.items()}
    assert_same_bits(features(with_another_future(tables, t), cuts, how), known, cuts)


@law
@of_any_ledger
def test_the_order_of_the_rows_means_nothing(seed: int) -> None:
    tables, cuts, how = book(seed)
    shuffled = {name: table.sample(frac=1, random_state=seed) for name, table in tables.items()}
    assert_same_bits(features(shuffled, cuts, how), features(tables, cuts, how), cuts)


@law
@of_any_ledger
def test_clients_may_be_computed_apart_but_for_their_groups(seed: int) -> None:
    """A group's columns tell of its other members: those in the other half would be missing."""
    tables, cuts, how = book(seed)
    tables.pop("links", None)
    whole = features(tables, cuts, how)
    clients = tables["invoices"]["client_id"].unique()
    for half in (set(clients[::2]), set(cuts["client_id"]) - set(clients[::2])):
        own = tables["invoices"].loc[tables["invoices"]["client_id"].isin(half), "invoice_id"]
        part = {
            n: table[table["client_id"].isin(half)] for n, table in tables.items() if n not in ("payments", "macro")
        }
        part |= {"macro": tables["macro"]} if "macro" in tables else {}
        if "payments" in tables:
            part["payments"] = tables["payments"][tables["payments"]["invoice_id"].isin(own)]
        here = cuts["client_id"].isin(half)
        assert_same_bits(features(part, cuts[here], how), whole[here], cuts[here])


@law
@of_any_ledger
def test_a_wider_window_holds_the_narrower(seed: int) -> None:
    tables, cuts, how = book(seed)
    f = build_features(Ledger(**tables, **how), cuts, families="all")
    stems = {c.removesuffix("_count_90d") for c in f if c.endswith("_count_90d")}
    stems |= {c.removesuffix("_count_365d") for c in f if c.endswith("_count_365d")}
    stems.remove("significant_late")  # significant is meant against what fell due in the window
    windows = [[c for w in ("90d", "365d", "all") if (c := f"{stem}_count_{w}") in f] for stem in sorted(stems)]
    assert sum(len(names) > 1 for names in windows) >= 8
    for names in [*windows, *NESTED]:
        values = f[[c for c in names if c in f]].fillna(0.0).to_numpy()
        assert (values[:, 1:] >= values[:, :-1]).all(), names


@law
@of_any_ledger
def test_a_week_later_without_holidays_all_is_as_it_was(seed: int) -> None:
    tables, cuts, _ = book(seed)
    how, week = {"calendar": "none"}, pd.Timedelta(days=7)

    def moved(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(**{c: table[c] + week for c in table.columns if table[c].dtype.kind == "M"})

    before = features(tables, cuts, how)
    after = features({name: moved(table) for name, table in tables.items()}, moved(cuts), how)
    tied = [c for c in before if c.endswith("m") or "month" in c]  # to the ends of calendar months
    assert before.shape[1] - len(tied) >= 150
    np.testing.assert_allclose(after.drop(columns=tied), before.drop(columns=tied), rtol=1e-9, atol=1e-9)


@law
@of_any_two
def test_two_clients_in_one_have_what_they_have_together(seed: int, other: int) -> None:
    tables, cuts, how = book(seed)
    for name in ("clients", "links"):  # the holidays and the age of invoices hang on the client
        tables.pop(name, None)
    invoices = tables["invoices"]
    if "contract_id" in invoices:
        of_client = invoices["client_id"].astype(str) + "/" + invoices["contract_id"].astype(str)
        tables["invoices"] = invoices.assign(contract_id=of_client.where(invoices["contract_id"].notna(), None))
    pair = list(dict.fromkeys(invoices["client_id"]))
    pair = [pair[0], pair[other]]
    merged = {
        n: t.assign(client_id=t["client_id"].replace({pair[1]: pair[0]})) for n, t in tables.items() if n != "macro"
    }
    days = cuts.loc[cuts["client_id"].isin(pair), ["as_of"]].drop_duplicates().reset_index(drop=True)
    apart = [features(tables, days.assign(client_id=client), how) for client in pair]
    got = features(merged, days.assign(client_id=pair[0]), how)
    added = [c for c in ADDED if c in got]
    np.testing.assert_allclose(got[added], apart[0][added] + apart[1][added], rtol=1e-9, atol=1e-9)
    for c in [c for c in GROWN if c in got]:
        assert (got[c] >= apart[0][c] + apart[1][c] - 1e-9).all(), c
    for c in [c for c in WORSE if c in got]:
        np.testing.assert_array_equal(got[c], np.fmax(apart[0][c], apart[1][c]), c)


@law
@of_any_ledger
def test_a_group_of_all_clients_has_what_the_others_have(seed: int) -> None:
    tables, cuts, how = book(seed)
    clients = tables["invoices"]["client_id"].unique()
    tables["links"] = pd.DataFrame({"client_id": clients, "group_id": "G", "kind": "payer"})
    ledger = Ledger(**tables, **how)
    days = pd.DataFrame({"as_of": cuts["as_of"].drop_duplicates().sort_values().iloc[::5]})
    f = build_features(ledger, days.merge(pd.DataFrame({"client_id": clients}), "cross"), families=["groups"])
    f["overdue_clients"] = f["overdue_count"] > 0
    f["days_late_365d"] = (f["days_late_mean_365d"] * f["due_count_365d"]).fillna(0.0)
    own = ["open_amount", "overdue_amount", "overdue_clients", "due_count_365d", "late_count_365d", "days_late_365d"]
    others = f.groupby("as_of")[own].transform("sum") - f[own]
    expected = pd.DataFrame(
        {
            "group_size": len(clients) - 1.0,
            "group_open_amount": others["open_amount"],
            "group_overdue_amount": others["overdue_amount"],
            "group_overdue_count": others["overdue_clients"],
            "group_due_count_365d": others["due_count_365d"],
            "group_late_share_365d": others["late_count_365d"] / others["due_count_365d"],
            "group_days_late_mean_365d": others["days_late_365d"] / others["due_count_365d"],
        }
    ).astype(float)
    expected.loc[others["due_count_365d"] == 0, ["group_late_share_365d", "group_days_late_mean_365d"]] = np.nan
    np.testing.assert_allclose(f[expected.columns], expected, rtol=1e-9, atol=1e-6)
    worst = f.groupby("as_of")["dpd_max"].transform("max")
    assert (np.maximum(f["group_dpd_max"], f["dpd_max"]) == worst).all()
