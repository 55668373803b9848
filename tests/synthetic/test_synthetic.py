"""The synthetic book: the same from the same seed, and sound as a seller's books are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml.calendar import UFS, Calendar
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.synthetic import Book, generate_book
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES

AtTheEnd = Callable[[Book], pd.DataFrame]
Cents = Callable[[pd.Series], pd.Series]
END = pd.Timestamp("2025-06-30")


def every_frame(book: Book) -> dict[str, pd.DataFrame]:
    truth = {"truth.clients": book.truth.clients, "truth.months": book.truth.months, "truth.titles": book.truth.titles}
    return {**book.tables, **book.attributes, **truth}


def same_books(left: Book, right: Book) -> bool:
    other = every_frame(right)
    return all(frame.equals(other[name]) for name, frame in every_frame(left).items())


def business_days(days: pd.Series[pd.Timestamp]) -> npt.NDArray[np.bool_]:
    numbers = days.to_numpy().astype("datetime64[D]").astype(np.int32)
    return Calendar.of("BR").is_business_day(numbers)


# --- the seed --------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_book_and_another_seed_another() -> None:
    first = generate_book(150, random_state=5)
    assert same_books(first, generate_book(150, random_state=5))
    other = generate_book(150, random_state=6)
    assert not any(first.tables[name].equals(other.tables[name]) for name in first.tables)


# --- the books -------------------------------------------------------------------------------------------------------


def test_the_tables_are_the_ledgers_own(book: Book) -> None:
    for name, frame in {**book.tables, **book.attributes}.items():
        table = LEDGER_TABLES.get(name, ATTRIBUTES)
        known = set(frame.columns) if table.open_columns else set(table.by_name)
        assert set(frame.columns) <= known, name
        assert set(table.required) <= set(frame.columns), name
        assert frame[list(table.required)].notna().all().all(), name
        for column in table.columns:
            if column.choices and column.name in frame:
                assert set(frame[column.name].dropna()) <= set(column.choices), (name, column.name)


def test_the_ledger_takes_the_tables_without_a_word(book: Book) -> None:
    ledger = Ledger(**book.tables, attributes=book.attributes, known_until=book.end)
    assert ledger.problems.empty
    assert (ledger.counts["rows"] == ledger.counts["accepted"]).all()


@settings(max_examples=12)
@given(st.integers(1, 60), st.integers(0, 10**6), st.dates(pd.Timestamp("2023-06-01").date(), END.date()))
def test_nothing_is_known_before_it_happened_or_after_the_last_day(count: int, seed: int, end: object) -> None:
    book = generate_book(count, random_state=seed, start="2022-09-10", end=str(end))
    last = pd.Timestamp(book.end)
    plans_ahead = {"due_date", "origin_due_date"}
    for name, frame in {**book.tables, **book.attributes}.items():
        for column in frame.select_dtypes("datetime").columns.difference(plans_ahead):
            assert not (frame[column].dt.normalize() > last).any(), (name, column)
    invoices, payments, contacts = (book.tables[name] for name in ("invoices", "payments", "contacts"))
    first_known = invoices.groupby("invoice_id")["known_on"].min()
    issued = invoices.groupby("invoice_id")["issue_date"].first()
    assert (invoices["known_on"] >= invoices["issue_date"]).all()
    assert (invoices["due_date"] > invoices["issue_date"]).all()
    assert not (invoices["cancelled_known_on"] < invoices["cancelled_date"]).any()
    assert not (invoices["disputed_to"] < invoices["disputed_from"]).any()
    assert not (contacts["replied_on"] < contacts["contacted_at"].dt.normalize()).any()
    assert (book.tables["agreements"]["due_date"] > book.tables["agreements"]["created_at"]).all()
    if payments.empty:  # the only clients came in the last days
        return
    assert (payments["known_on"] >= payments["payment_date"]).all()
    assert (payments["known_on"] >= payments["invoice_id"].map(first_known)).all()
    assert (payments["payment_date"] >= payments["invoice_id"].map(issued)).all()
    assert not (payments["reversed_on"] <= payments["known_on"]).any()


def test_issued_is_paid_plus_open_plus_cancelled_to_the_cent(book: Book, at_the_end: AtTheEnd) -> None:
    titles = at_the_end(book)
    is_closed = titles["cancelled_date"].notna()
    left = titles["cents"] - titles["paid"]
    assert (titles["cents"] > 0).all()
    assert (left >= 0).all()
    assert (left[is_closed] > 0).all()
    settled_on = book.truth.titles.set_index("invoice_id")["settled_on"].reindex(titles.index)
    recently = END - pd.Timedelta(days=14)  # later payments may not be booked yet, or may yet be taken back
    last_paid = book.tables["payments"].groupby("invoice_id")["payment_date"].max().reindex(titles.index)
    assert (left[(settled_on.isna() | (settled_on > END)) & ~(last_paid > recently)] > 0).all()
    assert (left[settled_on < recently] == 0).all()
    paid, still_open, cancelled = titles["paid"].sum(), left[~is_closed].sum(), left[is_closed].sum()
    assert titles["cents"].sum() == paid + still_open + cancelled
    assert min(paid, still_open, cancelled) > 0


def test_the_parts_of_a_charged_payment_add_up(book: Book, cents: Cents) -> None:
    charged = book.tables["payments"].dropna(subset=["principal"])
    assert len(charged) > 500
    parts = sum(cents(charged[part]) for part in ("principal", "fine", "interest"))
    assert (parts == cents(charged["amount"])).all()


def test_clients_pay_on_business_days(book: Book) -> None:
    assert business_days(book.tables["payments"]["payment_date"]).all()
    assert business_days(book.tables["payments"]["known_on"]).all()


def test_a_void_title_is_never_paid_and_a_closed_one_not_after_its_day(book: Book, at_the_end: AtTheEnd) -> None:
    titles, payments = at_the_end(book), book.tables["payments"]
    assert (titles.loc[titles["cancel_reason"] == "void", "paid"] == 0).all()
    closed_on = payments["invoice_id"].map(titles["cancelled_date"])
    assert not (payments["payment_date"] >= closed_on).any()


def test_a_plan_replaces_what_was_owed_and_is_paid_in_titles_of_its_own(
    book: Book, at_the_end: AtTheEnd, cents: Cents
) -> None:
    titles = at_the_end(book)
    plans = book.tables["agreements"].query("kind == 'plan'").set_index("agreement_id")
    assert len(plans) > 50
    own = titles[titles["contract_id"].isin(plans.index)]
    pd.testing.assert_series_equal(own.groupby("contract_id")["cents"].sum(), cents(plans["amount"]), check_names=False)
    replaced = plans["replaces"].str.split(",").explode()
    old = titles.loc[replaced]
    made_on = plans["created_at"].reindex(replaced.index).to_numpy()
    assert (old["cancel_reason"] == "renegotiated").all()
    assert (old["cancelled_date"].to_numpy() == made_on).all()
    assert ((made_on - old["due_date_last"].to_numpy()) >= np.timedelta64(30, "D")).all()
    owed = pd.Series((old["cents"] - old["paid"]).to_numpy()).groupby(replaced.index).sum()
    assert (cents(plans["amount"]) == owed * 104 // 100).all()


def test_a_promise_is_kept_by_payments_alone(book: Book, cents: Cents) -> None:
    payments = book.tables["payments"]
    promises = book.tables["agreements"].query("kind == 'promise'").dropna(subset=["status"])
    good = payments[payments["reversed_on"].isna()].merge(promises, on="client_id", suffixes=("_paid", ""))
    inside = good[(good["payment_date"] >= good["created_at"]) & (good["payment_date"] <= good["due_date"])]
    paid = cents(inside["amount_paid"]).groupby(inside["agreement_id"]).sum()
    paid = promises["agreement_id"].map(paid).fillna(0)
    kept = promises["status"] == "kept"
    assert 0.2 < kept.mean() < 0.8
    assert (paid[kept] >= cents(promises.loc[kept, "amount"])).mean() > 0.97  # the rest: a part paid that very day


def test_the_seller_sells_nothing_to_a_client_who_is_more_than_sixty_days_late(at_the_end: AtTheEnd) -> None:
    book = generate_book(300, random_state=2)
    titles = at_the_end(book).reset_index().merge(book.truth.titles, on="invoice_id")
    titles = titles[~titles["contract_id"].astype("string").str.startswith("A").fillna(False)]
    until = titles["settled_on"].fillna(pd.Timestamp.max.normalize())
    until = until.where(titles["cancelled_date"].isna(), titles["cancelled_date"])
    bad = titles.assign(since=titles["due_date_last"] + pd.Timedelta(days=66), until=until)  # a holiday moves due dates
    bad = bad[bad["until"] > bad["since"]][["client_id", "since", "until"]]
    both = titles[["client_id", "issue_date"]].merge(bad, on="client_id")
    assert len(bad) > 50
    assert not ((both["issue_date"] >= both["since"]) & (both["issue_date"] < both["until"])).any()


def test_a_postponed_title_has_a_row_for_each_due_date(book: Book) -> None:
    invoices = book.tables["invoices"]
    later = invoices[invoices.duplicated("invoice_id")]
    first = invoices.drop_duplicates("invoice_id").set_index("invoice_id").loc[later["invoice_id"]]
    assert 0.01 < len(later) / len(first.index.union(invoices["invoice_id"])) < 0.06
    assert (later["due_date"].to_numpy() > first["due_date"].to_numpy()).all()
    assert (later["known_on"].to_numpy() > first["known_on"].to_numpy()).all()
    was_late_already = later["known_on"].to_numpy() > first["due_date"].to_numpy()
    assert 0.1 < was_late_already.mean() < 0.9


def test_the_book_holds_everything_that_happens_in_a_real_one(book: Book, at_the_end: AtTheEnd) -> None:
    invoices, payments, clients, contacts = (
        book.tables[name] for name in ("invoices", "payments", "clients", "contacts")
    )
    titles = at_the_end(book)
    found = {
        **titles["cancel_reason"].value_counts().to_dict(),
        **payments["kind"].value_counts().to_dict(),
        **titles["kind"].value_counts().to_dict(),
        **contacts["direction"].value_counts().to_dict(),
        "reversed": payments["reversed_on"].notna().sum(),
        "disputed": invoices["disputed_from"].notna().sum(),
        "registered late": (invoices.groupby("invoice_id")["known_on"].min() > titles["issue_date"]).sum(),
        "booked late": (payments["known_on"] > payments["payment_date"]).sum(),
        "paid in parts": payments.query("kind == 'payment'")
        .groupby("invoice_id")["payment_date"]
        .nunique()
        .gt(1)
        .sum(),
        "instalments": titles["installments"].notna().sum(),
        "replied": contacts["replied_on"].notna().sum(),
        "known twice": clients.duplicated("client_id").sum(),
        "hardship": clients["hardship"].sum(),
    }
    expected = {
        *("void", "renegotiated", "written_off", "duplicata", "boleto", "pix", "card", "outbound", "inbound"),
        *("payment", "credit_note", "discount", "withheld_tax", "return_of_goods"),
    }
    assert expected <= set(found)
    assert {name: count for name, count in found.items() if count < 20} == {}
    assert set(clients["kind"]) == {"PF", "PJ"}
    assert set(clients["uf"]) <= set(UFS)


def test_sales_have_seasons_and_the_number_of_clients_grows(book: Book, at_the_end: AtTheEnd) -> None:
    issued = at_the_end(book)["issue_date"]
    by_month = issued.dt.month.value_counts()
    assert by_month[11] / 3 > by_month[1] / 4  # three Novembers, four Januaries
    active = book.tables["invoices"].assign(
        year=issued.reindex(book.tables["invoices"]["invoice_id"]).dt.year.to_numpy()
    )
    clients = active.groupby("year")["client_id"].nunique()
    assert clients[2022] < clients[2023] < clients[2024]


# --- calls -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_clients": 0}, "n_clients is 0. Expected 1 to 99,999"),
        ({"n_clients": 100_000}, "n_clients is 100000. Expected 1 to 99,999"),
        ({"random_state": -1}, "random_state is -1. Expected 0 or greater"),
        ({"start": "01/01/2022"}, r"start is '01/01/2022'. Expected an ISO date \(YYYY-MM-DD\)"),
        ({"start": "2025-05-01"}, "start 2025-05-01 and end 2025-06-30 are less than 90 days apart"),
    ],
)
def test_a_wrong_argument_is_told(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(CallError, match=message):
        generate_book(**arguments)  # type: ignore[arg-type]
