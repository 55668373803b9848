import pandas as pd
import pytest

from inadimplencia_ml.ledger.importing import import_files
from inadimplencia_ml.ledger.ledger import Ledger, read_ledger
from inadimplencia_ml.ledger.mapping import read_mapping
from inadimplencia_ml.ledger.quality import Report, check

COLUMNS = ["client_id", "invoice_id", "issue_date", "due_date", "amount"]
INVOICES = [
    ["C1", "T1", "2025-01-02", "2025-02-03", 100.0],
    ["C1", "T2", "2025-02-03", "2025-03-05", 200.0],
    ["C2", "T3", "2025-03-03", "2025-04-03", 300.0],
]
PAYMENTS = [["T1", "2025-02-01", 100.0], ["T2", "2025-03-10", 200.0]]


def invoices(*more: list, columns: tuple[str, ...] = (), **given) -> pd.DataFrame:
    names = [*COLUMNS, *columns]
    rows = [[*row, *[None] * (len(names) - len(row))] for row in [*INVOICES, *more]]
    return pd.DataFrame(rows, columns=names).assign(**given)


def payments(*more: list, **given) -> pd.DataFrame:
    return pd.DataFrame([*PAYMENTS, *more], columns=["invoice_id", "payment_date", "amount"]).assign(**given)


def found(report: Report, code: str, table: str | None = None):
    hits = [f for f in report.findings if f.code == code and table in (None, f.table)]
    assert len(hits) <= 1
    return hits[0] if hits else None


def told(report: Report, code: str, table: str | None = None) -> tuple[str, int, float | None]:
    one = found(report, code, table)
    assert one is not None, [f.code for f in report.findings]
    return one.level, one.count, one.amount


def test_a_good_ledger_has_nothing_but_remarks():
    booked = "2025-01-01"
    ledger = Ledger(
        invoices(known_on=booked),
        payments(["T3", "2025-03-28", 300.0], known_on=booked),
        pd.DataFrame({"client_id": ["C1", "C2"], "known_on": booked}),
        known_until="2025-04-03",
    )
    assert check(ledger).findings == ()
    assert str(check(ledger)) == "Nothing found."


# ---- errors: nothing can be learnt


def test_a_ledger_without_invoices_is_an_error():
    report = check(Ledger(invoices().iloc[:0]))
    assert not report.ok
    assert told(report, "no_invoices") == ("error", 0, None)


def test_a_ledger_in_which_nothing_fell_due_is_an_error():
    report = check(Ledger(invoices(), known_until="2025-01-31"))
    assert not report.ok
    assert told(report, "no_due_invoice") == ("error", 3, None)


def test_more_than_half_rejected_is_an_error_and_half_is_not():
    half = Ledger(invoices().assign(amount=[-1.0, 2.0, 3.0]).iloc[:2], known_until="2025-04-30")
    assert check(half).ok
    most = check(Ledger(invoices().assign(amount=[-1.0, -2.0, 3.0])))
    assert told(most, "mostly_rejected") == ("error", 2, None)
    assert found(most, "mostly_rejected").sentence.startswith("2 of 3 rows were rejected")


# ---- the outcomes of the door


def test_flagged_rows_are_counted_with_their_sum():
    frame = invoices(["", "T9", "2025-01-01", "2025-01-02", 5.0], ["C1", "T4", "2025-03-01", "2025-02-01", 70.1])
    report = check(Ledger(pd.concat([frame, frame.iloc[4:].assign(invoice_id="T5", amount=0.2)])))
    assert told(report, "due_before_issue") == ("warning", 2, 70.3)
    assert told(report, "no_client") == ("warning", 1, None)


def test_missing_amounts_have_no_sum():
    assert told(check(Ledger(invoices().assign(amount=[1.0, None, 2.0]))), "amount_missing") == ("warning", 1, None)


def test_doubles_are_a_remark_unless_they_say_otherwise():
    same, other = INVOICES[0], [*INVOICES[0][:4], 99.0]
    report = check(Ledger(invoices(same, other)))
    assert told(report, "duplicate_same") == ("info", 1, None)
    assert told(report, "duplicate_conflict") == ("warning", 1, None)


def test_a_ledger_read_back_is_judged_alike(tmp_path):
    ledger = Ledger(invoices(["", "T9", "2025-01-01", "2025-01-02", 5.0]), payments(["T8", "2025-02-02", 1.0]))
    again = read_ledger(ledger.write(tmp_path / "ledger"))
    pd.testing.assert_frame_equal(check(again).frame(), check(ledger).frame())


# ---- payments beside their invoices


def test_payments_that_stand_against_their_invoice_are_summed():
    late = invoices(
        ["C1", "T4", "2025-01-02", "2025-01-20", 10.0, "2025-01-31", None],
        ["C1", "T5", "2025-01-02", "2025-01-20", 10.0, None, "2025-02-10"],
        columns=("observed_until", "cancelled_date"),
    )
    paid = payments(
        [None, "2025-02-01", 1.25],
        ["T9", "2025-02-01", 2.5],
        ["T3", "2025-03-02", 4.0],
        ["T4", "2025-02-01", 8.0],
        ["T5", "2025-02-11", 9.0],
        client_id="C1",
    )
    report = check(Ledger(late, paid))
    assert told(report, "on_account") == ("warning", 1, 1.25)
    assert told(report, "unknown_invoice") == ("warning", 1, 2.5)
    assert told(report, "paid_before_issue", "payments") == ("warning", 1, 4.0)
    assert told(report, "after_observed_until") == ("warning", 1, 8.0)
    assert told(report, "after_cancellation") == ("warning", 1, 9.0)


def test_payments_by_client_alone_are_all_on_account():
    by_client = payments().rename(columns={"invoice_id": "client_id"})
    assert told(check(Ledger(invoices(), by_client)), "on_account") == ("warning", 2, 300.0)


def test_the_latest_row_of_a_history_tells_until_when_payments_are_recorded():
    frame = invoices(["C1", "T1", None, None, None, "2025-01-31", "2025-01-31"], columns=("observed_until", "known_on"))
    assert told(check(Ledger(frame, payments())), "after_observed_until") == ("warning", 1, 100.0)


def test_what_is_paid_above_the_amount_is_told_but_not_a_cent():
    paid = payments(["T1", "2025-02-10", 0.01], ["T2", "2025-03-12", 50.0], ["T2", "2025-03-12", 0.5])
    assert told(check(Ledger(invoices(), paid)), "overpaid") == ("warning", 1, 50.5)
    taken_back = paid.assign(reversed_on=[None, None, None, "2025-03-20", "2025-03-20"])
    assert found(check(Ledger(invoices(), taken_back)), "overpaid") is None


def test_interest_is_never_overpayment():
    paid = payments(["T3", "2025-04-10", 330.0]).assign(principal=[100.0, 200.0, 300.0], interest=[0.0, 0.0, 30.0])
    assert found(check(Ledger(invoices(), paid)), "overpaid") is None


def test_a_book_in_which_nothing_was_ever_paid_is_told():
    assert told(check(Ledger(invoices())), "never_paid") == ("warning", 3, None)
    assert found(check(Ledger(invoices(), payments())), "never_paid") is None
    shorthand = invoices(["C2", "T4", "2025-01-03", "2025-02-03", 50.0, "2025-02-03"], columns=("paid_date",))
    assert found(check(Ledger(shorthand)), "never_paid") is None


def test_payments_that_repeat_a_shorthand_are_counted():
    report = check(Ledger(invoices(paid_date=["2025-02-01", None, None]), payments()))
    assert told(report, "shorthand_double") == ("info", 1, None)


# ---- clients


def test_clients_and_invoices_must_know_each_other():
    clients = pd.DataFrame({"client_id": ["C1", "C9", "C9"], "uf": "SP"})
    report = check(Ledger(invoices(), clients=clients, attributes={"bureau": clients.assign(known_on="2025-01-01")}))
    assert told(report, "unknown_client") == ("warning", 1, None)
    assert told(report, "no_invoice", "clients") == ("info", 1, None)
    assert told(report, "no_invoice", "attributes/bureau") == ("info", 1, None)
    assert told(report, "said_twice") == ("warning", 1, None)


def test_what_cannot_be_protected_from_leaks_is_said():
    clients = pd.DataFrame({"client_id": ["C1", "C2"], "uf": "SP"})
    report = check(Ledger(invoices(), payments(), clients))
    assert told(report, "no_known_on", "invoices") == ("info", 3, None)
    assert told(report, "no_known_on", "payments") == ("info", 2, None)
    assert told(report, "no_known_on", "clients") == ("warning", 2, None)
    bare = check(Ledger(invoices(), payments(), clients[["client_id"]]))
    assert told(bare, "no_known_on", "clients") == ("info", 2, None)
    cancelled = check(Ledger(invoices(cancelled_date=["2025-03-01", None, None])))
    assert told(cancelled, "no_cancelled_known_on") == ("info", 1, None)


# ---- time


def test_a_stale_book_is_told():
    report = check(Ledger(invoices(), payments(), known_until="2025-06-30"))
    assert told(report, "stale", "invoices") == ("warning", 119, None)
    assert told(report, "stale", "payments") == ("warning", 112, None)
    assert found(check(Ledger(invoices(), payments(), known_until="2025-04-03")), "stale") is None


def test_months_without_facts_are_named():
    report = check(Ledger(invoices(["C1", "T4", "2025-06-02", "2025-07-01", 1.0])))
    assert told(report, "empty_months") == ("warning", 2, None)
    assert found(report, "empty_months").sentence == "Months without any invoice: 2025-04, 2025-05."


def test_facts_after_the_day_of_extraction_are_told():
    report = check(Ledger(invoices(), payments(), known_until="2025-03-02"))
    assert told(report, "after_known_until", "invoices") == ("warning", 1, None)
    assert told(report, "after_known_until", "payments") == ("warning", 1, None)


# ---- what the door noted


def test_rounding_and_left_out_columns_are_told_with_the_near_name():
    report = check(Ledger(invoices(["C1", "T4", "2025-03-02", "2025-04-01", 1.001]).assign(paid_dat=None, note="x")))
    assert told(report, "amounts_rounded") == ("info", 1, None)
    ignored = {f.sentence: f.level for f in report.findings if f.code == "ignored_column"}
    assert len(ignored) == 2
    assert any(
        "'paid_dat'" in said and "Did you mean 'paid_date'" in said for said, at in ignored.items() if at == "warning"
    )
    assert any("'note'" in said for said, at in ignored.items() if at == "info")


def test_errors_come_first_and_the_frame_holds_all():
    report = check(Ledger(invoices(), payments(["T9", "2025-02-01", 2.5]), known_until="2025-01-31"))
    levels = [finding.level for finding in report.findings]
    assert levels == sorted(levels, key=["error", "warning", "info"].index)
    assert list(report.frame().columns) == ["level", "table", "code", "count", "amount", "sentence"]
    assert len(report.frame()) == len(report.findings)
    assert len(str(report).splitlines()) == len(report.findings)
    assert "unknown_invoice" in str(report)
    assert "2.50" in str(report)


def test_no_finding_names_a_client_or_an_invoice():
    frame = invoices(["SECRET", "SECRET", "2025-03-01", "2025-02-01", 1.0], ["SECRET", "SECRET", None, "x", -1.0])
    report = check(Ledger(frame, payments(["SECRET9", "2025-02-01", 2.5])))
    assert len(report.findings) > 3
    assert not any("SECRET" in finding.sentence for finding in report.findings)


@pytest.mark.parametrize(("folder", "name"), [("datarisk", "datarisk.yaml"), ("ibm_ar", "ibm_ar.yaml")])
def test_the_real_ledgers_have_no_errors(real_data, folder, name, request):
    mapping = read_mapping(request.config.rootpath / "examples" / "mappings" / name)
    ledger = import_files(sorted((real_data / folder).glob("*.csv")), mapping).ledger()
    assert check(ledger).ok
