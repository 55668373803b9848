"""On a ledger in partitions the rights of a client get the same answers, and touch only what is theirs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from planted_house import OTHER, TAX_ID, WHO, House, built, everything

from effort import tries
from inadimplencia_ml.client_rights.dossier import dossier
from inadimplencia_ml.client_rights.erasure import forget_client
from inadimplencia_ml.client_rights.reviews import Reviews
from inadimplencia_ml.client_rights.whose import mentioned
from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.ledger import partitioning
from inadimplencia_ml.ledger.appending import append_facts
from inadimplencia_ml.ledger.ledger import read_ledger, read_partition
from inadimplencia_ml.ledger.partitioning import partition_ledger
from inadimplencia_ml.ledger.partitions import Partitions
from inadimplencia_ml.ledger.together import finished, journal_of
from inadimplencia_ml.storage import held_alone
from power_cut import contents, left_by, steps_of

ACT: dict[str, Any] = {"on": "2025-04-05", "reason": "Pedido do titular, art. 18."}
ON = "2025-04-03"
GONE = (WHO, TAX_ID, "maria@example.com", "sinal clients", "sinal contacts", "abcd0123", "T1", "T2", "K1", "P1", "Z1")
Dealt = Callable[[Path, Path], Path]


@pytest.fixture
def dealt(monkeypatch: pytest.MonkeyPatch) -> Dealt:
    """In five partitions, so that each of the two clients and the pseudonym have another one."""
    monkeypatch.setattr(partitioning, "partitions_for", lambda *_: 5)
    return lambda folder, out: partition_ledger(folder, out)


@pytest.fixture(params=[True, False], ids=["linked", "apart"])
def houses(request: pytest.FixtureRequest, tmp_path: Path, dealt: Dealt) -> tuple[House, House]:
    """The same house twice: its ledger in one piece, and in partitions."""
    one = built(tmp_path / "one", linked=request.param)
    parted = built(tmp_path / "parted", linked=request.param)
    shutil.rmtree(parted.ledger)
    dealt(one.ledger, parted.ledger)
    return one, parted


def forget(house: House, how: str, who: Any = WHO) -> Any:
    return forget_client(house.ledger, who, how=how, scores=[house.scores], **ACT)  # type: ignore[arg-type]


def same_rows(one: pa.Table, other: pa.Table) -> None:
    """Equal but for the order of rows and columns."""
    assert set(one.schema) == set(other.schema)
    assert sorted(map(repr, one.to_pylist())) == sorted(map(repr, other.select(one.column_names).to_pylist()))


def same_tables(one: dict[str, pa.Table], other: dict[str, pa.Table]) -> None:
    assert one.keys() == other.keys()
    for name, table in one.items():
        same_rows(table, other[name])


def told(house: House, who: str) -> list[tuple[str, Any]]:
    """A dossier by the places of its parts; rows of several partitions have no order."""
    parts = dossier(house.ledger, who, scores=[house.scores]).to_dict()["partes"]
    return [(part["origem"], sorted(map(json.dumps, part["registros"]))) for part in parts]


def folders(house: House) -> set[str]:
    return {path.name for path in (house.ledger / "partitions").iterdir()}


# ---- all that is held


@pytest.mark.parametrize("who", [WHO, OTHER])
def test_a_dossier_is_that_of_the_ledger_in_one_piece(houses: tuple[House, House], who: str) -> None:
    one, parted = houses
    assert told(parted, who) == told(one, who)


def test_a_dossier_reads_only_the_partition_of_the_client_and_ids_of_others(
    tmp_path: Path, dealt: Dealt, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = built(tmp_path, linked=False)
    parts = Partitions.read(dealt(house.ledger, tmp_path / "parts"))
    before = told(House(parts.folder, house.scores, house.reviews), WHO)
    home = int(parts.of_clients([WHO])[0])
    for k in {*range(5)} - {home}:
        for name in ("invoices", "clients", "agreements", "attributes/bureau"):
            parts.path(k, name).write_bytes(b"nobody looks here")
    assert told(House(parts.folder, house.scores, house.reviews), WHO) == before
    assert ("ledger/payments.parquet", 3) in [(place, len(rows)) for place, rows in before]


def test_who_is_nowhere_is_said_so_and_a_ledger_written_to_meanwhile_too(
    houses: tuple[House, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, house = houses
    with pytest.raises(CallError, match="nothing is held on this client"):
        dossier(house.ledger, "CLI-77", scores=[house.scores])
    held = Partitions.read(house.ledger)
    forget(house, "erase")
    monkeypatch.setattr(Partitions, "read", lambda _: held)
    with pytest.raises(LedgerError, match="was written to"):
        dossier(house.ledger, WHO, scores=[house.scores])


# ---- being forgotten


@pytest.mark.parametrize("how", ["pseudonymise", "erase"])
def test_who_is_forgotten_leaves_the_ledger_that_the_same_act_leaves_in_one_piece(
    houses: tuple[House, House], how: str
) -> None:
    one, parted = houses
    first, second = forget(one, how), forget(parted, how)

    assert first.pseudonym == second.pseudonym
    by_file = [done.files.set_index("file").sort_index() for done in (first, second)]
    assert by_file[0].equals(by_file[1])
    logs = [pq.read_table(house.ledger.parent / "erasures.parquet") for house in houses]
    same_rows(*logs)
    ledgers = [read_ledger(house.ledger) for house in houses]
    same_tables(without_ids(ledgers[0].all_tables()), without_ids(ledgers[1].all_tables()))
    assert ledgers[0].counts.equals(ledgers[1].counts)
    assert ledgers[0].known_until == ledgers[1].known_until
    same_rows(ledgers[0]._all_problems(), ledgers[1]._all_problems())
    assert contents(one.scores) == contents(parted.scores)
    if how == "pseudonymise":
        pseudonymous = [[(place, len(rows)) for place, rows in told(house, first.pseudonym)] for house in houses]
        assert pseudonymous[0] == pseudonymous[1]


def without_ids(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Payments without their own pseudonyms, which are numbered in the order of the rows."""
    return tables | {"payments": tables["payments"].drop_columns(["payment_id"])}


@pytest.mark.parametrize("how", ["pseudonymise", "erase"])
def test_no_trace_is_left_in_any_file_not_even_in_what_the_manifest_named_before(
    houses: tuple[House, House], how: str
) -> None:
    house = houses[1]
    append_facts(house.ledger, {"contacts": contact()})  # what this leaves for readers holds the client too
    named = {one["folder"] for one in Partitions.read(house.ledger).manifest["partitions"]}
    assert folders(house) > named
    forget(house, how)

    for path, value in everything(house.ledger.parent):
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for secret in GONE:
            assert not mentioned(text, secret), (path, secret)
    assert folders(house) == {one["folder"] for one in Partitions.read(house.ledger).manifest["partitions"]}
    with pytest.raises(CallError, match="nothing is held"):
        dossier(house.ledger, WHO, scores=[house.scores])


def contact() -> pa.Table:
    return pa.table({"client_id": [WHO], "contacted_at": ["2025-03-08 10:00"], "channel": ["phone"]})


def test_only_partitions_that_hold_or_name_the_client_are_written(tmp_path: Path, dealt: Dealt) -> None:
    one = built(tmp_path / "one", linked=False)
    house = House(dealt(one.ledger, tmp_path / "parts"), one.scores, one.reviews)
    numbers = {who: int(Partitions.read(house.ledger).of_clients([who])[0]) for who in (WHO, OTHER, "apagado-000001")}
    assert len(set(numbers.values())) == 3
    before = folders(house)
    forget(house, "erase")
    # the other one's row tells of the client, and a payment of the client's is for their invoice
    assert {int(name[:5]) for name in folders(house) - before} == {numbers[WHO], numbers[OTHER]}


def test_a_pseudonym_is_where_it_would_be_if_the_ledger_were_dealt_out_anew(tmp_path: Path, dealt: Dealt) -> None:
    one = built(tmp_path / "one", linked=False)
    house = House(dealt(one.ledger, tmp_path / "parts"), one.scores, one.reviews)
    forget(house, "pseudonymise")
    whole = read_ledger(house.ledger).write(tmp_path / "whole")
    parts, anew = (Partitions.read(folder) for folder in (house.ledger, dealt(whole, tmp_path / "anew")))
    for k in range(5):
        same_tables(read_partition(parts, k).all_tables(), read_partition(anew, k).all_tables())
    append_facts(house.ledger, {"contacts": contact().set_column(0, "client_id", pa.array(["apagado-000001"]))})
    assert dict(told(house, "apagado-000001"))["ledger/contacts.parquet"].__len__() == 2


def test_killed_at_any_step_the_old_ledger_or_the_new_one_is_left_and_the_next_call_ends_it(
    tmp_path: Path, dealt: Dealt
) -> None:
    one = built(tmp_path / "one", linked=False)
    shutil.copytree(tmp_path / "one", tmp_path / "start")
    dealt(one.ledger, tmp_path / "start" / "parts")
    shutil.rmtree(tmp_path / "start" / "ledger")

    def at(name: str) -> House:
        root = Path(shutil.copytree(tmp_path / "start", tmp_path / name))
        return House(root / "parts", root / "out", root / "reviews.parquet")

    whole, seen = at("whole"), set[bool]()
    old = state(whole)
    steps = steps_of(lambda: forget(whole, "pseudonymise"))
    new = state(whole)
    for step in sorted({*range(0, steps, max(1, steps // tries(18))), *range(steps - 3, steps)}):
        house = at(f"k{step}")
        left_by(lambda house=house: forget(house, "pseudonymise"), step)  # type: ignore[misc]  # a default
        assert len(read_ledger(house.ledger).frame("invoices")) == 4
        if finished(journal_of(house.ledger)) or state(house) == new:
            seen.add(True)
            assert state(house) == new
            assert contents(house.ledger) == contents(whole.ledger)
        else:
            seen.add(False)
            assert state(house) == old
            forget(house, "pseudonymise")
            assert contents(house.ledger.parent) == contents(whole.ledger.parent)
    assert seen == {True, False}


def state(house: House) -> dict[str, Any]:
    """What anyone who reads the ledger and the results finds."""
    tables = {name: table.to_pylist() for name, table in read_ledger(house.ledger).all_tables().items()}
    files = [path for path in house.scores.rglob("*.parquet") if not path.name.startswith(".")]
    return tables | {path.name: pq.read_table(path).to_pylist() for path in files}


def test_an_append_ends_an_act_that_was_cut_off_before_it_adds_rows(tmp_path: Path, dealt: Dealt) -> None:
    one = built(tmp_path, linked=False)
    house = House(dealt(one.ledger, tmp_path / "parts"), one.scores, one.reviews)
    copy = Path(shutil.copytree(tmp_path, tmp_path.parent / "copy"))
    steps = steps_of(lambda: forget(House(copy / "parts", copy / "out", copy / "reviews.parquet"), "erase"))
    for step in range(steps, 0, -1):
        if journal_of(house.ledger).exists():
            break
        root = Path(shutil.copytree(tmp_path, tmp_path.parent / f"s{step}"))
        house = House(root / "parts", root / "out", root / "reviews.parquet")
        left_by(lambda house=house: forget(house, "erase"), step)  # type: ignore[misc]  # a default
    append_facts(house.ledger, {"contacts": contact().set_column(0, "client_id", pa.array([OTHER]))})
    assert not journal_of(house.ledger).exists()
    ledger = read_ledger(house.ledger)
    assert ledger.frame("contacts")["client_id"].tolist() == [OTHER, OTHER]
    assert WHO not in ledger.frame("invoices")["client_id"].tolist()


def test_nothing_is_forgotten_while_another_call_writes_there(houses: tuple[House, House]) -> None:
    house = houses[1]
    with held_alone(house.ledger), pytest.raises(CallError, match="another run"):
        forget(house, "erase")


# ---- facts put right


def test_a_correction_is_a_row_of_the_clients_partition(houses: tuple[House, House]) -> None:
    facts = {"invoices": {"invoice_id": "T2", "amount": "400.00"}, "clients": {"vulnerable": "não", "city": "Recife"},
             "payments": {"payment_date": "2025-03-01", "amount": "900.00", "invoice_id": "T2"},
             "attributes/bureau": {"note": "retificado"}}  # fmt: skip
    before = folders(houses[1])
    for table, row in facts.items():
        for house in houses:
            first = Reviews.beside(house.ledger).correct("R000001", house.ledger, table, row, on=ON)
            again = Reviews.beside(house.ledger).correct("R000001", house.ledger, table, row, on=ON)
            assert (first["held"], again["held"]) == (False, True)
    one, parted = (read_ledger(house.ledger) for house in houses)
    same_tables(one.all_tables(), parted.all_tables())
    assert one.counts.equals(parted.counts)
    assert one.known_until == parted.known_until
    home = int(Partitions.read(houses[1].ledger).of_clients([WHO])[0])
    assert {int(name[:5]) for name in folders(houses[1]) - before} == {home}


def test_an_invoice_of_a_client_of_another_partition_is_refused(houses: tuple[House, House]) -> None:
    _, house = houses
    before = contents(house.ledger)
    dates = {"issue_date": "2025-01-10", "due_date": "2025-02-10", "payment_date": ON}
    for table, wanted in (("invoices", ("issue_date", "due_date")), ("payments", ("payment_date",))):
        row = {"invoice_id": "T3", "amount": "1"} | {name: dates[name] for name in wanted}
        with pytest.raises(CallError, match="the invoice is another client's"):
            Reviews.beside(house.ledger).correct("R000001", house.ledger, table, row, on=ON)
    assert contents(house.ledger) == before
