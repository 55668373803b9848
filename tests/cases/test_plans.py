"""Plans that stand for older titles: what each title's plan is, and what a broken one gives back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml import Ledger, build_features, make_snapshots, reinstated_titles
from inadimplencia_ml.cases import Cases, build_cases

DAY = "2025-03-31"  # a Monday
OLD = {"client_id": "A", "issue_date": "2024-06-03", "amount": 100.0}
GONE = {"cancelled_date": "2025-01-06", "cancel_reason": "renegotiated"}
PART = {"client_id": "A", "issue_date": "2025-01-06", "amount": 60.0, "contract_id": "P"}
PLAN = {"client_id": "A", "agreement_id": "P", "created_at": "2025-01-06", "kind": "plan", "replaces": "T1, T2"}


def originals(closed: bool = True) -> list[dict[str, Any]]:
    """Two titles of 100 reais, in a plan since January."""
    titles = [{"invoice_id": "T1", "due_date": "2024-10-10"}, {"invoice_id": "T2", "due_date": "2024-11-11"}]
    return [OLD | one | (GONE if closed else {}) for one in titles]


def parts(*dues: str) -> list[dict[str, Any]]:
    """Instalments of the plan that are titles of the books, of 60 reais each."""
    return [PART | {"invoice_id": f"P-{i}", "due_date": due} for i, due in enumerate(dues, 1)]


def rows(*dues: str, **told: Any) -> list[dict[str, Any]]:
    """The plan, a row an instalment of 60 reais."""
    return [PLAN | {"due_date": due, "amount": 60.0} | told for due in dues]


def built(
    invoices: list[dict[str, Any]], agreements: list[dict[str, Any]], paid: Any = (), day: str = DAY, **tables: Any
) -> Cases:
    """Cases of client A; ``paid``: invoice or None, day and amount."""
    payments = pd.DataFrame(paid, columns=["invoice_id", "payment_date", "amount"]).assign(client_id="A")
    books = {name: pd.DataFrame(told) for name, told in tables.items()}
    return build_cases(Ledger(pd.DataFrame(invoices), payments if len(payments) else None,
                              agreements=pd.DataFrame(agreements), **books), day)  # fmt: skip


def owed(cases: Cases) -> dict[str, float]:
    return dict(zip(cases.titles["invoice_id"], cases.titles["open_amount"], strict=True))


def kept(cases: Cases) -> dict[str, Any]:
    flags = [None if pd.isna(flag) else bool(flag) for flag in cases.titles["agreement_kept"]]
    return dict(zip(cases.titles["invoice_id"], flags, strict=True))


def fact(cases: Cases, name: str) -> Any:
    value = cases.cases.set_index("client_id").loc["A", name]
    return None if pd.isna(value) else value


# --- kept ------------------------------------------------------------------------------------------------------------


def test_a_kept_plan_marks_the_titles_it_names_and_no_other() -> None:
    other = OLD | {"invoice_id": "T3", "due_date": "2025-03-10"}
    got = built([*originals(closed=False), other], rows("2025-04-10"))
    assert kept(got) == {"T1": True, "T2": True, "T3": None}
    assert fact(got, "agreement_due_on") == pd.Timestamp("2025-04-10")


def test_a_plan_that_names_no_title_stands_for_what_was_past_due_when_it_was_made() -> None:
    later = [OLD | {"invoice_id": "T3", "due_date": "2025-01-06"}, OLD | {"invoice_id": "T0", "due_date": "2024-07-10"}]
    agreements = rows("2025-04-10", replaces=None, origin_due_date="2024-10-10")
    got = built([*originals(closed=False), *later], agreements)
    assert kept(got) == {"T0": None, "T1": True, "T2": True, "T3": None}


def test_a_plan_paid_to_the_end_still_speaks_for_the_titles_it_names() -> None:
    invoices = [*originals(closed=False), *parts("2025-02-10", "2025-03-10")]
    got = built(invoices, rows("2025-03-10"), [("P-1", "2025-02-10", 60.0), ("P-2", "2025-03-10", 60.0)])
    assert kept(got) == {"T1": True, "T2": True}


def test_what_comes_in_on_account_keeps_a_plan_too() -> None:
    agreements = rows("2025-02-10", "2025-03-10", "2025-04-10")
    paid = [(None, "2025-02-10", 60.0), (None, "2025-03-07", 60.0)]
    assert fact(built(originals(), agreements, paid), "agreement_broken") == False  # noqa: E712 - not None
    assert fact(built(originals(), agreements, paid[:1]), "agreement_broken")


@pytest.mark.parametrize(("day", "broken"), [("2025-03-10", False), ("2025-03-15", False), ("2025-03-16", True)])
def test_an_instalment_that_is_a_title_breaks_the_plan_once_it_is_late_beyond_grace(day: str, broken: bool) -> None:
    got = built([*originals(), *parts("2025-03-10", "2025-04-10")], rows("2025-04-10"), day=day)
    assert fact(got, "agreement_broken") == broken
    assert set(owed(got)) == ({"T1", "T2"} if broken else {"P-1", "P-2"})


# --- broken ----------------------------------------------------------------------------------------------------------


def test_a_broken_plan_gives_the_renegotiated_titles_back_net_of_what_was_paid_and_takes_its_instalments_away() -> None:
    invoices = [*originals(), *parts("2025-02-10", "2025-03-10", "2025-04-10")]
    got = built(invoices, rows("2025-04-10"), [("P-1", "2025-02-10", 60.0)])
    assert owed(got) == {"T1": 40.0, "T2": 100.0}
    assert kept(got) == {"T1": False, "T2": False}
    assert got.titles["dpd"].tolist() == [172, 140]
    assert [fact(got, n) for n in ("open_amount", "overdue_amount", "open_count", "dpd")] == [140.0, 140.0, 2, 172]
    assert fact(got, "agreement_origin_dpd") is None  # the titles themselves tell


def test_until_the_breach_is_known_the_titles_stay_closed() -> None:
    invoices = [*originals(), *parts("2025-02-10", "2025-03-10")]
    before = built(invoices, rows("2025-03-10"), [("P-1", "2025-02-10", 60.0)], day="2025-03-14")
    assert owed(before) == {"P-2": 60.0}


def test_payments_on_the_old_titles_and_on_account_are_taken_off_once() -> None:
    agreements = rows("2025-02-10", "2025-03-10")
    paid = [
        ("T1", "2024-12-10", 30.0),
        ("T2", "2025-02-07", 10.0),
        (None, "2025-02-10", 25.0),
        (None, "2024-12-30", 9.0),
    ]
    got = built(originals(), agreements, paid)
    assert owed(got) == {"T1": 45.0, "T2": 90.0}  # what came in before the plan was made is none of the plan's


def test_a_title_that_is_paid_up_under_the_plan_is_settled_and_its_record_has_to_go() -> None:
    invoices = [*originals(), *parts("2025-02-10", "2025-03-10")]
    record = {"client_id": "A", "invoice_id": "T1", "kind": "negativacao", "requested_at": "2024-12-02"}
    paid = [("P-1", "2025-02-12", 60.0), ("P-1", "2025-02-13", 45.0)]
    got = built(invoices, rows("2025-03-10"), paid, escalations=[record])
    assert owed(got) == {"T2": 95.0}
    assert got.records[["invoice_id", "settled_on"]].values.tolist() == [["T1", pd.Timestamp("2025-02-13")]]


def test_a_plan_that_names_nothing_in_the_books_gives_nothing_back() -> None:
    got = built(parts("2025-02-10"), rows("2025-02-10", replaces="X1,X2", origin_due_date="2024-10-10"))
    assert owed(got) == {"P-1": 60.0}
    assert fact(got, "agreement_origin_dpd") == 172


def test_a_title_written_off_or_void_is_not_given_back() -> None:
    closed = [OLD | GONE | {"invoice_id": "T1", "due_date": "2024-10-10", "cancel_reason": "written_off"},
              OLD | GONE | {"invoice_id": "T2", "due_date": "2024-11-11", "cancel_reason": "void"}]  # fmt: skip
    assert owed(built(closed, rows("2025-02-10"))) == {}


def test_a_later_plan_over_the_instalments_takes_the_place_of_the_first() -> None:
    first = [one | {"cancelled_date": "2025-03-20", "cancel_reason": "renegotiated"} for one in parts("2025-03-10")]
    second = PLAN | {"agreement_id": "Q", "created_at": "2025-03-20", "replaces": "P-1", "due_date": "2025-04-22"}
    agreements = [*rows("2025-03-10"), second | {"amount": 60.0}]
    assert owed(built([*originals(), *first], agreements)) == {}
    assert owed(built([*originals(), *first], agreements, day="2025-05-05")) == {"P-1": 60.0}


def test_two_plans_over_different_titles_each_speak_for_their_own() -> None:
    other = PLAN | {"agreement_id": "Q", "created_at": "2025-02-03", "replaces": "T2", "amount": 60.0}
    agreements = [*rows("2025-03-10", replaces="T1"), other | {"due_date": "2025-04-10"}]
    assert kept(built(originals(closed=False), agreements)) == {"T1": False, "T2": True}


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=4), st.integers(0, 90_000))
def test_what_comes_back_is_what_the_offers_reckon_and_nothing_is_owed_twice(cents: list[int], paid: int) -> None:
    dues = ["2024-11-11", "2024-10-10", "2024-11-11", "2024-12-10"]
    titles = [OLD | GONE | {"invoice_id": f"T{i}", "due_date": due, "amount": c / 100}
              for i, (due, c) in enumerate(zip(dues, cents, strict=False))]  # fmt: skip
    agreements = rows("2025-03-10", replaces=",".join(one["invoice_id"] for one in titles))
    book = [*titles, *parts("2025-02-10", "2025-03-10")]
    got = built(book, agreements, [("P-1", "2025-02-10", paid / 100)] if paid else [])
    told = pd.DataFrame(titles).rename(columns={"amount": "open_amount"})
    expected = reinstated_titles(told, paid / 100).set_index("invoice_id")["open_amount"]
    assert owed(got) == {i: left for i, left in expected.items() if left > 0.01}
    assert fact(got, "open_amount") == pytest.approx(sum(owed(got).values()))


def test_ids_may_be_numbers_and_a_list_may_hold_spaces_and_ids_that_nobody_knows() -> None:
    invoices = [one | {"invoice_id": i} for i, one in enumerate([*originals(), *parts("2025-02-10")], 1)]
    agreements = [one | {"agreement_id": 7, "replaces": " 1,2 ,99, x"} for one in rows("2025-02-10")]
    invoices[2]["contract_id"] = 7
    assert owed(built(invoices, agreements)) == {1: 100.0, 2: 100.0}


def test_a_plan_of_another_client_gives_nothing_back() -> None:
    other = {"client_id": "B", "invoice_id": "B1", "issue_date": "2024-06-03", "due_date": "2024-10-10", "amount": 9.0}
    agreements = [one | {"client_id": "B", "agreement_id": "Q"} for one in rows("2025-02-10")]
    assert owed(built([*originals(), other], agreements)) == {"B1": 9.0}


def test_features_see_the_books_as_they_are() -> None:
    invoices = [*originals(), *parts("2025-02-10", "2025-03-10")]
    plain = pd.DataFrame(invoices)
    told = Ledger(plain, agreements=pd.DataFrame(rows("2025-03-10")))
    one, other = (build_features(book, make_snapshots(book, DAY)) for book in (told, Ledger(plain)))
    same = [name for name in other.columns if name in one.columns and not name.startswith("promise")]
    pd.testing.assert_frame_equal(one[same], other[same])
    assert np.isclose(one["open_amount"].iloc[0], 120.0)
