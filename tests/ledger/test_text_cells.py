import datetime as dt

import pytest
from export_files import ROW, imported, lines, rows_of, told

# ---- how files are written


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1234,5", 1234.5),
        ("1.234,50", 1234.5),
        ("R$ 1.234,50", 1234.5),
        ("R$1.234,50", 1234.5),
        ("R$\u00a01.234,50", 1234.5),
        (" 1234 ", 1234.0),
        (",5", 0.5),
        ("+7", 7.0),
        ("1.234.567,89", 1234567.89),
    ],
)
def test_brazilian_amounts_are_read(tmp_path, written, read):
    assert rows_of(imported(tmp_path, lines(f"C1;001;02/01/2025;03/02/2025;{written}")))[0]["amount"] == read


@pytest.mark.parametrize("written", ["1234.56", "1.23", "12.345,6.7", "1,2,3", "dez", "R$", "1e5", "12%"])
def test_what_is_no_amount_of_the_format_is_never_guessed(tmp_path, written):
    one = imported(tmp_path, lines("C1;000;02/01/2025;03/02/2025;1", f"C1;001;02/01/2025;03/02/2025;{written}"))
    assert told(one) == [(3, "amount", written, "rejected", "unparsable")]


@pytest.mark.parametrize("written", ["-1.234,50", "1.234,50-", "(1.234,50)", "R$ -1.234,50", "-R$ 1.234,50"])
def test_negative_amounts_are_rejected_as_such(tmp_path, written):
    one = imported(tmp_path, lines(f"C1;001;02/01/2025;03/02/2025;{written}"))
    assert told(one) == [(2, "amount", written, "rejected", "amount_negative")]


@pytest.mark.parametrize(
    ("written", "formats"),
    [
        ("02/01/2025", ["%d/%m/%Y"]),
        ("2/1/2025", ["%d/%m/%Y"]),
        ("02/01/2025 00:00:00", ["%d/%m/%Y"]),
        ("02/01/2025 9:30", ["%d/%m/%Y"]),
        ("2025-01-02", ["%d/%m/%Y"]),
        ("2025-01-02T23:59:59", ["%d/%m/%Y"]),
        ("1/2/2025", ["%m/%d/%Y"]),
        ("20250102", ["%Y%m%d"]),
        ("02.01.25", ["%d/%m/%Y", "%d.%m.%y"]),
    ],
)
def test_dates_are_read_as_the_mapping_says(tmp_path, written, formats):
    one = imported(tmp_path, lines(f"C1;001;{written};2025-02-03;1234,5"), {"dates": formats})
    assert rows_of(one) == [ROW]


def test_a_month_is_its_first_day(tmp_path):
    one = imported(tmp_path, lines("C1;001;2025-01;2025-02;1"), {"dates": ["%Y-%m"]})
    assert [rows_of(one)[0][c] for c in ("issue_date", "due_date")] == [dt.date(2025, 1, 1), dt.date(2025, 2, 1)]


def test_times_of_day_are_cut_and_counted(tmp_path):
    one = imported(tmp_path, lines("C1;001;02/01/2025 10:00;03/02/2025 00:00;1"))
    assert one.admitted["invoices"].notes == {"dates_cut": 1}
