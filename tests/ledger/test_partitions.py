"""A ledger in partitions is the same ledger; what comes later touches only the partitions that it is about."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from effort import tries
from inadimplencia_ml import Ledger, read_ledger
from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.ledger.appending import append_facts, has_delivery
from inadimplencia_ml.ledger.ledger import read_partition
from inadimplencia_ml.ledger.partitioning import partition_ledger
from inadimplencia_ml.ledger.partitions import Partitions, hashed
from inadimplencia_ml.storage import held_alone
from power_cut import contents, left_by, steps_of
from reference.random_extras import random_extras

DATES = {"issue_date": "2025-01-02", "due_date": "2025-02-03", "known_on": "2025-01-02"}


def same_rows(one: pa.Table, other: pa.Table) -> None:
    """Equal but for the order of rows."""
    assert one.schema.equals(other.schema)
    assert sorted(map(repr, one.to_pylist())) == sorted(map(repr, other.to_pylist()))


def same_ledger(one: Ledger, other: Ledger) -> None:
    assert one.all_tables().keys() == other.all_tables().keys()
    for name, table in one.all_tables().items():
        same_rows(table, other.all_tables()[name])
    for what in ("known_until", "timezone", "currency", "notes"):
        assert getattr(one, what) == getattr(other, what), what
    assert one.calendar.to_json() == other.calendar.to_json()
    pd.testing.assert_frame_equal(one.counts, other.counts)


def book(seed: int) -> Ledger:
    tables, _, settings = random_extras(seed)
    return Ledger(**tables, **settings)


# ---- dealing out


@pytest.mark.parametrize("seed", range(4))
def test_a_ledger_in_partitions_is_the_same_ledger(seed: int, tmp_path: Path) -> None:
    ledger = book(seed)
    folder = ledger.write(tmp_path / "ledger")
    parts = Partitions.read(partition_ledger(folder, tmp_path / "parts", rows_a_partition=40))
    assert len(parts) > 1
    same_ledger(read_ledger(parts.folder), read_ledger(folder))
    assert parts.problems().equals(pq.read_table(folder / "problems.parquet"))
    pieces = [read_partition(parts, k) for k in range(len(parts))]
    assert {str({n: t.schema for n, t in piece.all_tables().items()}) for piece in pieces}.__len__() == 1
    for piece in pieces:
        assert piece.known_until == ledger.known_until


def test_the_same_ledger_gives_the_same_files(tmp_path: Path) -> None:
    folder = book(2).write(tmp_path / "ledger")
    one, other = (partition_ledger(folder, tmp_path / n, rows_a_partition=40) for n in ("one", "other"))
    assert contents(one) == contents(other)


def test_clients_that_are_linked_stay_together_and_every_client_is_where_it_is_looked_for(tmp_path: Path) -> None:
    ledger = book(3)
    parts = Partitions.read(partition_ledger(ledger.write(tmp_path / "a"), tmp_path / "b", rows_a_partition=30))
    where: dict[str, set[int]] = {}
    for k in range(len(parts)):
        piece = read_partition(parts, k)
        links = piece.tables["links"].to_pandas()
        for group in (links["kind"].fillna("") + "|" + links["group_id"].astype(str)).unique():
            where.setdefault(group, set()).add(k)
        for table in piece.tables.values():
            if "client_id" in table.column_names and table.num_rows:
                ids = table["client_id"].drop_null()
                assert set(parts.of_clients(ids).tolist()) <= {k}
    assert where
    assert all(len(homes) == 1 for homes in where.values())


def test_where_a_client_goes_is_fixed_for_ever() -> None:
    """Books on disk were dealt out so: another hash would look for their clients in the wrong place."""
    assert hashed(pa.array(["C1", "C2", "00191", "Padaria São João"]), 1000).tolist() == [718, 50, 798, 905]
    assert hashed(pa.array([7, 2**62]), 1000).tolist() == hashed(pa.array(["7", str(2**62)]), 1000).tolist()


def test_a_folder_of_plain_files_passes_the_door_on_its_way(tmp_path: Path) -> None:
    rows = pd.DataFrame({"client_id": range(60), "invoice_id": range(60), "amount": 10.0} | DATES)
    bad = rows.iloc[:3].assign(invoice_id=[97, 98, 99], amount=[-1.0, 0.0, None])
    invoices = pd.concat([rows, bad, rows.iloc[:2]])
    paid = pd.DataFrame({"invoice_id": range(50), "payment_date": "2025-02-10", "amount": 10.0})
    macro = pd.DataFrame({"date": ["2025-01-31"], "series": ["selic"], "value": [13.25]})
    for name, table in (("invoices", invoices), ("payments", paid), ("macro", macro)):
        pq.write_table(pa.Table.from_pandas(table, preserve_index=False), tmp_path / f"{name}.parquet")
    whole = read_ledger(tmp_path)
    got = read_ledger(partition_ledger(tmp_path, tmp_path / "parts", rows_a_partition=20))
    same_ledger(got, whole)
    assert got.counts.set_index("table").loc["invoices", "rejected"] == 1


def test_what_cannot_be_dealt_out_is_told(tmp_path: Path) -> None:
    folder = book(0).write(tmp_path / "ledger")
    with pytest.raises(CallError, match="Partitions go into a new folder"):
        partition_ledger(folder, folder)
    with pytest.raises(CallError, match="rows_a_partition is 0"):
        partition_ledger(folder, tmp_path / "parts", rows_a_partition=0)
    parts = partition_ledger(folder, tmp_path / "parts", rows_a_partition=40)
    with pytest.raises(LedgerError, match="lies in partitions already"):
        partition_ledger(parts, tmp_path / "again")
    (parts / "manifest.json").write_text(json.dumps({"kind": "inadimplencia_ml ledger", "format": 2}))
    with pytest.raises(LedgerError, match=r"manifest\.json: is damaged, so the ledger cannot be trusted"):
        read_ledger(parts)


# ---- what comes later


def days(client: Any, first: int, count: int, day: str) -> pd.DataFrame:
    """Invoices that become known on a day."""
    dates = {"issue_date": day, "due_date": "2025-06-30", "known_on": day, "amount": 50.0}
    return pd.DataFrame({"client_id": client, "invoice_id": range(first, first + count)} | dates)


def parted(tmp_path: Path, **tables: pd.DataFrame) -> Path:
    ledger = Ledger(days([f"C{k}" for k in range(60)], 0, 60, "2025-01-02"), **tables)
    return partition_ledger(ledger.write(tmp_path / "ledger"), tmp_path / "parts", rows_a_partition=8)


def test_appended_facts_give_the_ledger_of_all_rows_at_once(tmp_path: Path) -> None:
    parts = parted(tmp_path)
    first = days([f"C{k}" for k in range(60)], 0, 60, "2025-01-02")
    later = days(["C1", "C2", "C7", "new"], 60, 4, "2025-03-05")
    moved = first.iloc[[5]].assign(due_date="2025-09-30", known_on="2025-03-06")
    twice, wrong = first.iloc[[9]], first.iloc[[10]].assign(client_id="C11", known_on="2025-03-06")
    zero = days(["C3"], 70, 1, "2025-03-05").assign(amount=0.0)
    more = pd.concat([later, moved, twice, wrong, zero])
    paid = pd.DataFrame({"invoice_id": [1, 60, 5, 999], "payment_date": "2025-03-07", "amount": 50.0})
    told = append_facts(parts, {"invoices": more, "payments": paid})
    whole = Ledger(pd.concat([first, more]), paid)
    got = read_ledger(parts)
    same_ledger(got, whole)
    counts = {"rows": 8, "accepted": 5, "flagged": 1, "rejected": 1, "duplicate": 1}
    assert {word: told["invoices"][word] for word in counts} == counts
    assert (got.counts["rows"] == got.counts.iloc[:, 2:].sum(axis=1)).all()
    assert set(got.problems["code"]) == set(whole.problems["code"])


def test_only_touched_partitions_are_written_and_the_old_ones_stay_until_the_next_time(tmp_path: Path) -> None:
    parts = parted(tmp_path)
    before = times(parts)
    told = append_facts(parts, {"invoices": days(["C1", "C1"], 60, 2, "2025-03-05")})
    after = times(parts)
    assert told["invoices"]["partitions"] == 1
    assert before.items() < after.items()
    (new,) = after.keys() - before.keys()
    (old,) = (name for name in before if name[:5] == new[:5])
    append_facts(parts, {"invoices": days(["C1"], 70, 1, "2025-03-06")})
    assert old not in times(parts)
    assert new in times(parts)


def times(parts: Path) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in (parts / "partitions").iterdir()}


def test_a_new_table_and_a_new_column_are_there_for_every_partition(tmp_path: Path) -> None:
    parts = parted(tmp_path)
    contact = pd.DataFrame({"client_id": ["C4"], "contacted_at": ["2025-03-05 10:00"], "channel": ["email"]})
    rate = days(["C5"], 60, 1, "2025-03-05").assign(kind="boleto")
    macro = pd.DataFrame({"date": ["2025-01-31"], "series": ["selic"], "value": [13.25]})
    append_facts(parts, {"contacts": contact, "invoices": rate, "macro": macro})
    first = days([f"C{k}" for k in range(60)], 0, 60, "2025-01-02")
    whole = Ledger(pd.concat([first, rate]), contacts=contact, macro=macro)
    same_ledger(read_ledger(parts), whole)
    read = Partitions.read(parts)
    for k in range(len(read)):
        piece = read_partition(read, k)
        assert piece.tables["contacts"].schema.equals(whole.tables["contacts"].schema)
        assert "kind" in piece.tables["invoices"].column_names
        assert piece.tables["macro"].num_rows == 1


def test_a_new_client_of_a_group_goes_where_the_group_is(tmp_path: Path) -> None:
    links = pd.DataFrame({"client_id": ["C1", "C2"], "group_id": "G", "kind": "payer"})
    parts = parted(tmp_path, links=links)
    home = Partitions.read(parts).of_clients(["C1"])[0]
    for k in range(6):  # by their hashes they would go to different partitions
        new = f"N{k}"
        link = pd.DataFrame({"client_id": [new], "group_id": "G", "kind": "payer"})
        append_facts(parts, {"links": link, "invoices": days([new], 100 + k, 1, "2025-03-05")})
        assert Partitions.read(parts).of_clients([new]).tolist() == [home]
    stranger = next(f"C{k}" for k in range(3, 60) if Partitions.read(parts).of_clients([f"C{k}"])[0] != home)
    before = contents(parts)
    with pytest.raises(CallError, match="ties clients of different partitions together"):
        append_facts(parts, {"links": pd.DataFrame({"client_id": [stranger], "group_id": "G", "kind": "payer"})})
    assert contents(parts) == before


def test_an_append_cut_off_leaves_the_old_ledger_or_the_new_one(tmp_path: Path) -> None:
    parts = parted(tmp_path)
    more = {"invoices": days(["C1", "C2", "C3"], 60, 3, "2025-03-05")}
    old = read_ledger(parts)
    done = Path(shutil.copytree(parts, tmp_path / "done"))
    steps = steps_of(lambda: append_facts(done, more))
    new, seen = read_ledger(done), set[int]()
    for at in sorted({*range(0, steps, max(1, steps // tries(12))), steps - 1, steps - 2}):
        copy = Path(shutil.copytree(parts, tmp_path / f"copy{at}"))
        left_by(lambda copy=copy: append_facts(copy, more), at)  # type: ignore[misc]  # a default
        got = read_ledger(copy)
        seen.add(got.tables["invoices"].num_rows)
        same_ledger(got, old if got.tables["invoices"].num_rows == 60 else new)
        if got.tables["invoices"].num_rows == 60:
            append_facts(copy, more)
            same_ledger(read_ledger(copy), new)
            assert contents(copy) == contents(done)
    assert seen == {60, 63}


def test_a_delivery_that_is_repeated_after_it_was_cut_off_anywhere_is_there_once(tmp_path: Path) -> None:
    parts = parted(tmp_path)
    paid = pd.DataFrame({"invoice_id": [1, 2], "payment_date": "2025-03-05", "amount": 1.0})  # without ids of their own
    day = {"invoices": days(["C1", "C2"], 60, 2, "2025-03-05"), "payments": paid}
    done = Path(shutil.copytree(parts, tmp_path / "done"))
    steps = steps_of(lambda: append_facts(done, day, delivery="2025-03-05"))
    for at in sorted({*range(0, steps, max(1, steps // tries(6))), steps - 1, steps}):
        copy = Path(shutil.copytree(parts, tmp_path / f"copy{at}"))
        left_by(lambda copy=copy: append_facts(copy, day, delivery="2025-03-05"), at)  # type: ignore[misc]  # a default
        there = has_delivery(copy, "2025-03-05")
        told = append_facts(copy, day, delivery="2025-03-05")
        assert contents(copy) == contents(done)
        assert told["payments"]["duplicate"] == told["payments"]["rows"] * there
        assert told["payments"]["accepted"] == 0 if there else told["payments"]["partitions"] > 0
    assert there
    append_facts(done, {"payments": paid}, delivery="2025-03-06")  # two more payments that look like those
    assert read_ledger(done).tables["payments"].num_rows == 4


def test_who_began_to_read_before_an_append_reads_on_and_after_a_second_one_is_told_to_begin_again(
    tmp_path: Path,
) -> None:
    parts = parted(tmp_path)
    held, first = Partitions.read(parts), read_ledger(parts).frame("invoices")
    later = [days(["C1"], 60, 1, "2025-03-05"), days(["C1"], 61, 1, "2025-03-06")]
    append_facts(parts, {"invoices": later[0]})
    together = pd.concat([read_partition(held, k).frame("invoices") for k in range(len(held))])
    assert sorted(together["invoice_id"]) == sorted(first["invoice_id"])
    append_facts(parts, {"invoices": later[1]})
    k = int(held.of_clients(["C1"])[0])
    for read in (lambda: read_partition(held, k), held.check_files, lambda: held.column(k, "invoices", "invoice_id")):
        with pytest.raises(LedgerError, match=r"was written to \(append, review, apagar\) while it was being read"):
            read()
    same_ledger(
        read_ledger(parts), Ledger(pd.concat([days([f"C{k}" for k in range(60)], 0, 60, "2025-01-02"), *later]))
    )


def test_what_cannot_be_appended_is_told_and_changes_nothing(tmp_path: Path) -> None:
    parts = parted(tmp_path)
    before = contents(parts)
    with pytest.raises(LedgerError, match=r"no table 'invoice'\. Did you mean 'invoices'"):
        append_facts(parts, {"invoice": days(["C1"], 60, 1, "2025-03-05")})
    with pytest.raises(LedgerError, match="column 'client_id' is missing"):
        append_facts(parts, {"invoices": days(["C1"], 60, 1, "2025-03-05").drop(columns="client_id")})
    with pytest.raises(LedgerError, match="invoices: the new rows are of other types than those there"):
        append_facts(parts, {"invoices": days(["C1"], 60, 1, "2025-03-05").assign(invoice_id="T1")})
    with pytest.raises(LedgerError, match="is no ledger in partitions"):
        append_facts(tmp_path / "ledger", {"invoices": days(["C1"], 60, 1, "2025-03-05")})
    with held_alone(parts), pytest.raises(CallError, match="another run"):
        append_facts(parts, {"invoices": days(["C1"], 60, 1, "2025-03-05")})
    assert contents(parts) == before
