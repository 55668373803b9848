"""The verbs check and features: what a ledger must be, from which days they look, and what they refuse."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from command_runner import DAY, GOOD, contents, done, export, misuse, refusal, run

# ---- check


def test_check_fails_only_on_errors(tmp_path, chain):
    ran = run("check", chain.ledger)
    assert (ran.code, ran.err) == (0, "")
    assert re.search(r"^warning +invoices +due_before_issue", ran.out, re.MULTILINE)
    told = done("check", chain.ledger, "--json").json
    assert told["ok"] is True
    assert {finding["level"] for finding in told["findings"]} == {"warning", "info"}

    done(*export(tmp_path, "C1;T1;x;03/02/2025;1", ";T2;02/01/2025;03/02/2025;1"))
    ran = run("check", tmp_path / "ledger", "--json")
    assert ran.code == 1
    assert {f["code"] for f in ran.json["findings"] if f["level"] == "error"} == {"no_invoices", "mostly_rejected"}
    assert run("check", tmp_path / "ledger").code == 1


def test_what_is_no_ledger_is_told(tmp_path, chain):
    assert re.search(r"nowhere: there is no such folder", refusal("check", tmp_path / "nowhere"))
    assert re.search(r"is a file, not a ledger folder", refusal("check", chain.settings))
    assert re.search(
        r"holds no invoices\.parquet\. Make a ledger with `inadimplencia import`", refusal("check", tmp_path)
    )
    assert re.search(r"holds no invoices\.parquet", refusal("check", chain.model))


@pytest.fixture
def ledger(tmp_path: Path, chain) -> Path:
    return Path(shutil.copytree(chain.ledger, tmp_path / "ledger"))


@pytest.mark.parametrize("name", ["invoices", "payments", "attributes/bureau", "problems"])
@pytest.mark.parametrize("kept", [0, 0.5, 0.999])
def test_a_truncated_table_is_told_by_its_name(ledger, name, kept):
    file = ledger / f"{name}.parquet"
    content = file.read_bytes()
    file.write_bytes(content[: int(kept * len(content))])

    assert re.search(rf"{name}\.parquet: not readable as Parquet, it may be cut off", refusal("check", ledger))


@pytest.mark.parametrize("name", ["payments", "attributes/bureau"])
def test_a_table_that_the_manifest_names_must_be_there(ledger, name):
    (ledger / f"{name}.parquet").unlink()

    assert re.search(rf"{name}\.parquet: the file is missing from the ledger", refusal("check", ledger))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("format", 2, r"manifest\.json: is damaged"),  # the format of partitions
        ("format", 3, r"ledger format 3 is unknown; this version reads formats 1 and 2"),
        ("counts", {}, r"manifest\.json: is damaged"),
        ("tables", {"invoices": {}}, r"manifest\.json: is damaged"),
        ("calendar", "BR", r"manifest\.json: is damaged"),
        ("known_until", "yesterday", r"known_until: 'yesterday' is not a date"),
    ],
)
def test_a_damaged_manifest_is_told(ledger, key, value, said):
    manifest = json.loads((ledger / "manifest.json").read_text())
    (ledger / "manifest.json").write_text(json.dumps(manifest | {key: value}))

    assert re.search(said, refusal("check", ledger))


def test_a_manifest_that_is_cut_off_and_a_column_that_is_gone_are_told(ledger):
    table = pq.read_table(ledger / "invoices.parquet")
    renamed = ["due_dt" if name == "due_date" else name for name in table.column_names]
    pq.write_table(table.rename_columns(renamed), ledger / "invoices.parquet")
    assert re.search(r"the column 'due_date' is missing.*Did you mean.*'due_dt'", refusal("check", ledger))

    (ledger / "manifest.json").write_bytes((ledger / "manifest.json").read_bytes()[:200])
    assert re.search(r"manifest\.json: not readable as JSON", refusal("check", ledger))


# ---- features


def test_features_are_the_same_from_every_way_of_saying_the_snapshots(tmp_path, chain):
    done("features", chain.ledger, "--as-of", f"2025-05-31,{DAY}", "--out", tmp_path / "days.parquet")
    months = ("--every", "month", "--from", "2025-05-01", "--to", DAY)
    done("features", chain.ledger, *months, "--out", tmp_path / "months.parquet")
    days = pd.read_parquet(tmp_path / "days.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "months.parquet"), days)

    keys = days[["client_id", "as_of"]]
    keys.to_parquet(tmp_path / "keys.parquet")
    keys.to_csv(tmp_path / "keys.csv", index=False, date_format="%Y-%m-%d")
    keys.to_csv(tmp_path / "semicolons.CSV", index=False, date_format="%Y-%m-%d", sep=";", encoding="utf-8-sig")
    for name in ("keys.parquet", "keys.csv", "semicolons.CSV"):
        done("features", chain.ledger, "--snapshots", tmp_path / name, "--out", tmp_path / "read.parquet")
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "read.parquet"), days, check_dtype=False)


def test_features_twice_are_the_same_bytes(tmp_path, chain):
    for name in ("one.parquet", "two.parquet"):
        done("features", chain.ledger, "--at-issue", "--from", "2025-06-01", "--out", tmp_path / name)

    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_an_unknown_client_has_a_row_and_a_late_date_is_flagged_and_computed(tmp_path, chain):
    (tmp_path / "s.csv").write_text(f"client_id,as_of\nC00042,{DAY}\nnobody,2026-01-31\n")
    ran = done("features", chain.ledger, "--snapshots", tmp_path / "s.csv", "--out", tmp_path / "f.parquet", "--json")

    assert (ran.json["snapshots"], ran.json["beyond_known_until"]) == (2, 1)
    assert f"1 snapshots lie after the ledger's known_until {DAY}" in ran.err
    found = pd.read_parquet(tmp_path / "f.parquet").set_index("client_id")["issued_count_all"]
    assert found["C00042"] > 0
    assert found["nobody"] == 0


SAID_OF_SNAPSHOTS = [
    ("cliente_id,as_of\nC1,2025-06-30\n", r"column 'client_id' is missing.*Did you mean 'cliente_id'\?"),
    ("client_id,as_of\nC1,30/06/2025\n", r"as_of of row 1 is not a date. Expected YYYY-MM-DD"),
    ("client_id,as_of,view\nC1,2025-06-30,at_isue\n", r"view 'at_isue' is unknown\. Did you mean 'at_issue'"),
    ("client_id,as_of,view\nC1,2025-06-30,at_issue\n", r"view at_issue needs the column invoice_id"),
    ("client_id,as_of\nC1,\n", r"1 rows have no as_of|is not a date"),
    ("client_id,as_of\nC1,2025-06-30,7\n", r"s\.csv, line 2: the line has 3 fields, the header 2"),
    ("client_id,as_of\n", r"s\.csv has a header but no rows"),
    ("", r"s\.csv is empty"),
]


@pytest.mark.parametrize("verb", ["features", "score"])
@pytest.mark.parametrize(("text", "said"), SAID_OF_SNAPSHOTS)
def test_wrong_snapshots_are_told(tmp_path, chain, verb, text, said):
    (tmp_path / "s.csv").write_text(text)
    model = ("--model", chain.model) if verb == "score" else ()

    told = refusal(verb, chain.ledger, *model, "--snapshots", tmp_path / "s.csv", "--out", tmp_path / "out")
    assert re.search(said, told)
    assert not (tmp_path / "out").exists()


def test_a_snapshots_file_that_is_none_is_told(tmp_path, chain):
    def said(file: Path) -> str:
        return refusal("features", chain.ledger, "--snapshots", file, "--out", tmp_path / "f.parquet")

    whole = (chain.ledger / "invoices.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    assert re.search(r"cut\.parquet: not readable as Parquet, it may be cut off", said(tmp_path / "cut.parquet"))
    assert re.search(r"is a folder\. Expected a Parquet or CSV file", said(tmp_path))
    assert re.search(r"none\.parquet: there is no such file", said(tmp_path / "none.parquet"))
    assert re.search(r"none\.csv: No such file", said(tmp_path / "none.csv"))


def test_dates_of_which_nothing_is_known_or_that_are_none_are_told(tmp_path, chain):
    out = ("--out", tmp_path / "f.parquet")
    assert re.search(
        r"no client has a fact known at 1990-01-01", refusal("features", chain.ledger, "--as-of", "1990-01-01", *out)
    )
    for day in ("2025-06-31", "30/06/2025", "", f"{DAY},"):
        assert re.search(
            r"as_of: '.*' is not a date\. Expected YYYY-MM-DD", refusal("features", chain.ledger, "--as-of", day, *out)
        )
    months = ("--every", "month", "--from", DAY, "--to", "2025-01-01")
    assert re.search(r"lies after", refusal("features", chain.ledger, *months, *out))
    months = ("--every", "month", "--from", "2025-06-01", "--to", "2025-06-20")
    assert re.search(r"no client has a fact known in that time", refusal("features", chain.ledger, *months, *out))
    assert not (tmp_path / "f.parquet").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give one of --as-of, --every month, --snapshots and --at-issue"),
        (("--as-of", DAY, "--at-issue"), "give one of --as-of"),
        (("--as-of", DAY, "--snapshots", "s.csv"), "give one of --as-of"),
        (("--every", "week", "--from", DAY, "--to", DAY), "--every 'week' is unknown. Known: month."),
        (("--every", "month", "--from", DAY), "--every month needs --from and --to"),
        (("--as-of", DAY, "--from", DAY), "--from and --to go with --every month or --at-issue"),
    ],
)
def test_the_ways_of_saying_snapshots_exclude_each_other(tmp_path, chain, words, said):
    assert said in misuse("features", chain.ledger, *words, "--out", tmp_path / "f.parquet")


def test_features_go_into_a_file(tmp_path, chain):
    before = contents(chain.ledger)
    told = refusal("features", chain.ledger, "--as-of", DAY, "--out", chain.ledger)
    assert re.search(r"is a folder\. Expected the name of a file", told)
    assert contents(chain.ledger) == before
    told = refusal("features", chain.ledger, "--as-of", DAY, "--out", chain.settings / "f.parquet")
    assert re.search(r"train\.yaml: Not a directory", told)


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_warm_up_that_fails_stops_nothing_and_shows_no_traceback(tmp_path, ledger, monkeypatch):
    tried = []

    def broken():
        tried.append(True)
        raise RuntimeError("no kernel")

    monkeypatch.setattr("inadimplencia_ml.features.stream.warm_up", broken)
    done("features", ledger, "--as-of", DAY, "--out", tmp_path / "f.parquet")
    assert tried
    assert (tmp_path / "f.parquet").exists()


def test_ids_that_are_numbers_are_found_from_text(tmp_path):
    export(tmp_path, GOOD)
    frame = pd.DataFrame(
        [[7, 1, "2025-01-02", "2025-02-03", 10.0]], columns=["Cliente", "Título", "Emissão", "Vencimento", "Valor"]
    )
    frame.to_parquet(tmp_path / "t.parquet")
    done("import", tmp_path / "t.parquet", "--mapping", tmp_path / "map.yaml", "--out", tmp_path / "ledger")
    (tmp_path / "s.csv").write_text("client_id,as_of\n7,2025-02-10\n8,2025-02-10\n")
    done("features", tmp_path / "ledger", "--snapshots", tmp_path / "s.csv", "--out", tmp_path / "f.parquet")

    assert pd.read_parquet(tmp_path / "f.parquet")["overdue_count"].tolist() == [1.0, 0.0]
