"""Repayment schedules become ledgers: instalments known from disbursement, payments on them or oldest first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml import Ledger, build_features
from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.ledger.adapters.schedules import amortisation, ledger_from_schedule, schedule_from_contracts

PLAN = pd.DataFrame(
    {
        "contract_id": ["K1"] * 3 + ["K2"] * 2,
        "client_id": ["C1"] * 5,
        "installment": [1, 2, 3, 1, 2],
        "due_date": ["2025-02-10", "2025-03-10", "2025-04-10", "2025-02-20", "2025-03-20"],
        "amount": [300.0, 300.0, 300.0, 50.0, 50.0],
        "disbursed": ["2025-01-08"] * 3 + [None] * 2,
    }
)
CONTRACTS = pd.DataFrame(
    {
        "contract_id": ["K1", "K2"],
        "client_id": ["C1", "C2"],
        "issue_date": ["2025-01-31", "2025-01-10"],
        "principal": [1000.0, 500.0],
        "rate_month": [0.02, 0.0],
        "installments": [3, 2],
    }
)


def of_plan(plan: Any = PLAN, **other: Any) -> Ledger:
    return ledger_from_schedule(plan, **({"issue_date": "disbursed", "calendar": "none"} | other))


def settled(ledger: Ledger) -> list[list[Any]]:
    payments = ledger.frame("payments")
    return sorted(payments[["invoice_id", "amount"]].to_numpy().tolist())


def paid(*rows: tuple[Any, ...], names: str = "contract_id installment payment_date amount") -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=names.split())


def rows_of(ledger: Ledger) -> dict[str, pd.DataFrame]:
    """The tables with their rows in an order of their own."""
    frames = {name: ledger.frame(name) for name in ledger.tables}
    return {n: f.sort_values(list(f.columns)).reset_index(drop=True) for n, f in frames.items()}


def test_instalments_are_known_from_disbursement() -> None:
    invoices = of_plan().frame("invoices").set_index("invoice_id")

    assert invoices.loc["K1:3", "issue_date"].date() == dt.date(2025, 1, 8)
    assert invoices.loc["K2:2", "issue_date"].date() == dt.date(2025, 1, 20)  # a month before the first due date


def test_a_payment_in_the_row_settles_its_instalment() -> None:
    plan = PLAN.assign(paid_on=["2025-02-17", None, None, None, None], paid=[120.0, None, None, None, None])
    ledger = of_plan(plan, paid_date="paid_on", paid_amount="paid")

    got = build_features(ledger, pd.DataFrame({"client_id": ["C1"], "as_of": ["2025-02-18"]})).iloc[0]
    assert got["open_amount"] == 880.0
    assert got["overdue_amount"] == 180.0


def test_an_instalment_may_be_paid_in_several_payments() -> None:
    table = paid(("K1", 1, "2025-02-10", 100.0), ("K1", 1, "2025-02-15", 200.0), ("K1", 3, "2025-02-20", 310.0))
    assert settled(of_plan(payments=table)) == [["K1:1", 100.0], ["K1:1", 200.0], ["K1:3", 310.0]]


def test_a_payment_of_a_contract_settles_its_oldest_open_instalments() -> None:
    table = paid(("K1", "2025-02-10", 450.0), ("K2", "2025-02-10", 130.0), names="contract_id payment_date amount")
    assert settled(of_plan(payments=table)) == [["K1:1", 300.0], ["K1:2", 150.0], ["K2:1", 50.0], ["K2:2", 80.0]]


def test_payments_with_and_without_an_instalment_may_be_mixed() -> None:
    table = paid(("K1", 2, "2025-02-01", 300.0), ("K1", None, "2025-02-10", 400.0))
    assert settled(of_plan(payments=table)) == [["K1:1", 300.0], ["K1:2", 300.0], ["K1:3", 100.0]]


def test_a_payment_of_an_unknown_contract_or_instalment_is_on_account() -> None:
    table = paid(("K9", None, "2025-02-01", 30.0), ("K1", 7, "2025-02-10", 40.0))
    ledger = of_plan(payments=table)

    assert settled(ledger) == [["K1:7", 40.0], ["K9", 30.0]]
    snapshot = pd.DataFrame({"client_id": ["C1"], "as_of": ["2025-03-01"]})
    assert build_features(ledger, snapshot)["paid_amount_all"].tolist() == [0.0]


def test_bad_rows_pass_to_the_door_which_counts_them_by_the_rows_as_given() -> None:
    plan = PLAN.astype(object)
    plan.loc[0, "client_id"], plan.loc[1, "due_date"], plan.loc[3, "amount"] = None, "soon", "fifty"
    plan.loc[4, "installment"] = None
    table = paid(("K1", 3, "2025-02-10", 10.0), ("K1", 3, None, 10.0), (None, None, "2025-02-10", 5.0))
    table["amount"] = table["amount"].astype(object)
    table.loc[len(table)] = ["K1", None, "2025-02-11", "ten"]
    table.loc[len(table)] = ["K1", None, "2025-02-11", 0.0]
    ledger = of_plan(plan, payments=table)

    assert ledger.problems[["table", "row", "outcome", "code"]].to_numpy().tolist() == [
        ["invoices", 0, "rejected", "no_client"],
        ["invoices", 1, "rejected", "unparsable"],
        ["invoices", 3, "rejected", "unparsable"],
        ["invoices", 4, "rejected", "no_id"],
        ["payments", 1, "rejected", "no_date"],
        ["payments", 2, "rejected", "no_client"],
        ["payments", 3, "rejected", "unparsable"],
        ["payments", 4, "rejected", "payment_not_positive"],
    ]
    assert ledger.counts["rows"].tolist() == [5, 5]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"due_date": "due_dat"}, "schedule: the column 'due_dat' is missing .due_date=.*Did you mean 'due_date'"),
        ({"client_id": "cliente"}, "schedule: the column 'cliente' is missing .client_id=.*Did you mean 'client_id'"),
        ({"paid_amount": "amount"}, "paid_amount= is given without paid_date="),
        ({"columns": {"issue_date": "disbursed"}}, "'issue_date' has an argument of its own"),
        (
            {"payments": paid(("K1", 1, "2025-02-10", 1.0)), "paid_amount": "ammount"},
            "payments: .*Did you mean 'amount'",
        ),
    ],
)
def test_a_wrong_call_says_what_is_right(other: dict[str, Any], message: str) -> None:
    with pytest.raises((CallError, LedgerError), match=message):
        of_plan(**other)


def test_pandas_polars_and_arrow_make_the_same_ledger_and_are_not_changed() -> None:
    before, table = PLAN.copy(), paid(("K1", 1, "2025-02-10", 100.0))
    expected = rows_of(of_plan(payments=table))

    for kind in (pl.from_pandas, pa.Table.from_pandas):
        for name, frame in rows_of(of_plan(kind(PLAN), payments=kind(table))).items():
            pd.testing.assert_frame_equal(frame, expected[name])
    pd.testing.assert_frame_equal(PLAN, before)


# --- contracts alone --------------------------------------------------------------------------------------------------


def test_contracts_alone_become_a_schedule_and_a_ledger() -> None:
    ledger = ledger_from_schedule(
        schedule_from_contracts(CONTRACTS), issue_date="issue_date", installments="installments"
    )
    invoices = ledger.frame("invoices")

    assert invoices["amount"].tolist() == [346.75, 346.75, 346.77, 250.0, 250.0]
    assert invoices["due_date"].dt.strftime("%m-%d").tolist() == ["02-28", "03-28", "04-28", "02-10", "03-10"]
    assert invoices["installments"].tolist() == [3, 3, 3, 2, 2]


def test_a_first_due_date_that_is_given_keeps_its_day_of_the_month() -> None:
    contracts = CONTRACTS.assign(first=["2025-03-31", None])
    due = schedule_from_contracts(contracts, first_due="first")["due_date"].astype(str).tolist()
    assert due == ["2025-03-31", "2025-04-30", "2025-05-31", "2025-02-10", "2025-03-10"]


@pytest.mark.parametrize(
    "bad", [{"principal": None}, {"rate_month": -0.1}, {"installments": 2.5}, {"installments": 0}, {"issue_date": None}]
)
def test_a_contract_that_cannot_be_worked_out_is_counted_at_the_door(bad: dict[str, Any]) -> None:
    contracts = CONTRACTS.astype(object).copy()
    for name, value in bad.items():
        contracts.loc[0, name] = value
    ledger = ledger_from_schedule(schedule_from_contracts(contracts), issue_date="issue_date")

    assert ledger.counts[["accepted", "rejected"]].to_numpy().tolist() == [[2, 1]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ((float("nan"), 0.02, 3, "2025-01-31"), "principal=nan"),
        ((0.0, 0.02, 3, "2025-01-31"), "principal=0.0; expected an amount above zero"),
        ((10.0, -0.02, 3, "2025-01-31"), "rate_month=-0.02; expected a share a month"),
        ((10.0, 0.02, 0, "2025-01-31"), "n=0; expected a whole number from 1 to 1200"),
        ((10.0, 0.02, 3, "31/01/2025"), "first_due: '31/01/2025' is not a date"),
        ((10.0, 0.02, 3, "2025-01-31", "prise"), "system='prise'; expected one of price, sac.*Did you mean 'price'"),
    ],
)
def test_a_wrong_loan_says_what_is_right(call: tuple[Any, ...], message: str) -> None:
    with pytest.raises(CallError, match=message):
        amortisation(*call)


# --- laws -------------------------------------------------------------------------------------------------------------

law = settings(max_examples=40, derandomize=True, deadline=None, database=None)
loans = st.tuples(
    st.integers(1, 50_000_000), st.floats(0, 0.25), st.integers(1, 420), st.sampled_from(["price", "sac"])
)


@law
@given(loans)
def test_an_amortisation_adds_up_to_the_cent(loan: tuple[int, float, int, Any]) -> None:
    cents, rate, n, system = loan
    plan = amortisation(cents / 100, rate, n, "2025-01-31", system)
    whole = {name: np.rint(plan[name] * 100).astype(int) for name in ("amount", "principal", "interest", "balance")}

    assert whole["principal"].sum() == cents
    assert (whole["amount"] == whole["principal"] + whole["interest"]).all()
    assert (whole["principal"] >= 0).all()
    assert whole["balance"].iloc[-1] == 0
    owed = whole["balance"].shift(1, fill_value=cents)
    assert (np.abs(whole["interest"] - owed * rate) <= 0.5 + 1e-6).all()
    level = whole["amount" if system == "price" else "principal"].iloc[:-1]
    alive = whole["balance"].iloc[:-1] > 0  # a loan of a few cents may be paid before its last instalment
    if rate < 0.02:
        assert level[alive].nunique() <= 1


@st.composite
def books(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Schedules of a few contracts and payments on them, with and without their instalment."""
    plan, table = [], []
    for k in range(draw(st.integers(1, 4))):
        n = draw(st.integers(1, 5))
        for i in range(n):
            due = pd.Timestamp("2025-02-10") + pd.Timedelta(days=30 * i + k)
            plan.append((f"K{k}", k % 2, i + 1, due, draw(st.integers(1, 50_000)) / 100))
        for _ in range(draw(st.integers(0, 6))):
            day = pd.Timestamp("2025-01-20") + pd.Timedelta(days=draw(st.integers(0, 150)))
            own = draw(st.one_of(st.none(), st.integers(1, n)))
            table.append((f"K{k}", own, day, draw(st.integers(1, 60_000)) / 100))
    names = ["contract_id", "client_id", "installment", "due_date", "amount"]
    payments = pd.DataFrame(table, columns=["contract_id", "installment", "payment_date", "amount"])
    return pd.DataFrame(plan, columns=names), payments.astype(
        {"installment": "Int64", "payment_date": "datetime64[us]"}
    )


def cents(values: pd.Series) -> pd.Series:
    return (values.astype(float) * 100).round().astype("int64")


def read(book: tuple[pd.DataFrame, pd.DataFrame]) -> Ledger:
    return ledger_from_schedule(book[0], payments=book[1], calendar="none")


def month_ends(plan: pd.DataFrame, until: str = "2025-07-31") -> pd.DataFrame:
    days = pd.Series(pd.date_range("2025-01-31", until, freq="ME"), name="as_of")
    return pd.merge(plan[["client_id"]].drop_duplicates(), days, how="cross")


@law
@given(books())
def test_every_cent_paid_is_applied_once_to_its_contract(book: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    payments = read(book).frame("payments")
    contract = payments["invoice_id"].astype("str").str.replace(r":.*", "", regex=True)

    expected = cents(book[1]["amount"]).groupby(book[1]["contract_id"]).sum()
    assert cents(payments["amount"]).groupby(contract).sum().to_dict() == expected.to_dict()


@law
@given(books())
def test_without_names_no_instalment_is_touched_while_an_older_one_is_open(
    book: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    plan, table = book[0], book[1].assign(installment=pd.NA)
    payments = read((plan, table)).frame("payments")
    given_ = cents(payments["amount"]).groupby(payments["invoice_id"]).sum()
    names = plan["contract_id"] + ":" + plan["installment"].astype(str)
    got, asked = names.map(given_).fillna(0).astype("int64"), cents(plan["amount"])

    for _, rows in plan.groupby("contract_id"):
        left = (asked - got)[rows.index].to_numpy()
        open_, touched = left > 0, got[rows.index].to_numpy() > 0
        assert not (np.cumsum(open_) - open_ > 0)[touched].any()
        assert (left[:-1] >= 0).all()  # what is too much lies on the last


@law
@given(books(), st.randoms(use_true_random=False))
def test_rows_in_any_order_give_the_same_ledger(book: tuple[pd.DataFrame, pd.DataFrame], chance: Any) -> None:
    shuffled = []
    for frame in book:
        order = list(range(len(frame)))
        chance.shuffle(order)
        shuffled.append(frame.iloc[order])
    expected, got = rows_of(read(book)), rows_of(read((shuffled[0], shuffled[1])))

    for name, frame in expected.items():
        pd.testing.assert_frame_equal(got[name], frame)


@law
@given(books(), st.integers(0, 5))
def test_later_payments_change_no_feature_at_an_earlier_date(
    book: tuple[pd.DataFrame, pd.DataFrame], month: int
) -> None:
    plan, table = book
    snapshots = month_ends(plan, until=f"2025-{month + 2:02d}-28")
    early = table[table["payment_date"] <= snapshots["as_of"].max()]
    expected, got = (build_features(read((plan, rows)), snapshots) for rows in (table, early))

    pd.testing.assert_frame_equal(got, expected)


@law
@given(books())
def test_a_client_alone_has_the_features_it_has_among_others(book: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    plan, table = book
    one = plan[plan["client_id"] == 0]
    alone = (one, table[table["contract_id"].isin(one["contract_id"])])
    expected, got = (build_features(read(rows), month_ends(one)) for rows in (book, alone))

    pd.testing.assert_frame_equal(got, expected)
