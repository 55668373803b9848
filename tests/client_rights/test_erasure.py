"""One client is forgotten without a trace, the book keeps its sums, and a run that is cut off leaves all or nothing."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from planted_house import OTHER, TAX_ID, WHO, House, built, contents, everything

from inadimplencia_ml.client_rights.dossier import dossier
from inadimplencia_ml.client_rights.erasure import forget_client
from inadimplencia_ml.client_rights.reviews import Reviews
from inadimplencia_ml.client_rights.whose import mentioned
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger import together
from inadimplencia_ml.ledger.ledger import Ledger, read_ledger
from inadimplencia_ml.ledger.together import finished, journal_of
from inadimplencia_ml.storage import digest, read_json

WHY = "Pedido do titular, art. 18."
ACT: dict[str, Any] = {"on": "2025-04-05", "reason": WHY}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return built(tmp_path)


def forget(house: House, how: str, who: Any = WHO) -> Any:
    return forget_client(house.ledger, who, how=how, scores=[house.scores], **ACT)  # type: ignore[arg-type]


def sums(house: House) -> dict[str, tuple[int, dict[str, float]]]:
    """Rows and sums of every table."""
    found = {}
    for name, table in read_ledger(house.ledger).all_tables().items():
        money = table.to_pandas().select_dtypes("number")
        found[name] = (table.num_rows, money.sum().round(2).to_dict())
    for path in house.scores.rglob("*.parquet"):
        frame = pd.read_parquet(path)
        found[path.stem] = (len(frame), frame.select_dtypes("number").sum().to_dict())
    return found


@pytest.mark.parametrize("how", ["pseudonymise", "erase"])
def test_no_trace_is_left_in_any_file(house: House, how: str) -> None:
    forget(house, how)

    gone = (
        WHO,
        TAX_ID,
        "maria@example.com",
        "sinal clients",
        "sinal contacts",
        "abcd0123",
        "T1",
        "T2",
        "K1",
        "P1",
        "Z1",
    )
    for path, value in everything(house.ledger.parent):
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for secret in gone:
            assert not mentioned(text, secret), (path, secret)
    with pytest.raises(CallError, match="nothing is held"):
        dossier(house.ledger, WHO, scores=[house.scores])


def test_under_a_pseudonym_every_row_and_every_sum_is_what_it_was(house: House) -> None:
    before = sums(house)
    done = forget(house, "pseudonymise")

    assert sums(house) == before
    assert done.pseudonym == "apagado-000001"
    tables = read_ledger(house.ledger).all_tables()
    invoices = tables["invoices"].to_pandas().set_index("client_id").loc[done.pseudonym]
    assert invoices["invoice_id"].tolist() == ["apagado-000001-T1", "apagado-000001-T2"]
    assert invoices["due_date"].astype(str).tolist() == ["2025-02-03", "2025-03-05"]
    assert tables["agreements"]["replaces"].to_pylist() == ["apagado-000001-T1,apagado-000001-T2", "T4"]
    assert tables["clients"]["vulnerable"].to_pylist() == [None, False]
    assert pq.read_table(house.scores / "decisions.parquet")["decision_id"].to_pylist() == [
        "apagado-000001-D1",
        "ffff0123",
    ]


def test_erased_rows_are_told_in_totals_and_others_keep_theirs(house: House) -> None:
    before = sums(house)
    done = forget(house, "erase")
    after, told = sums(house), done.files.set_index("file")

    assert done.pseudonym is None
    assert told.loc["ledger/invoices.parquet"].tolist() == [2, 2100.0]
    assert told.loc["ledger/payments.parquet"].tolist() == [2, 1300.0]  # T1, and what another paid of T2
    assert after["invoices"][0] == before["invoices"][0] - 2
    assert before["invoices"][1]["amount"] - after["invoices"][1]["amount"] == 2100.0
    payments = read_ledger(house.ledger).frame("payments").set_index("payment_id")
    assert payments.loc["P3", "amount"] == 50.0  # paid for another: that invoice stays paid, by nobody named
    assert pd.isna(payments.loc["P3", "client_id"])


@pytest.mark.parametrize("how", ["pseudonymise", "erase"])
def test_others_are_left_as_they_were_but_for_texts_that_name_the_client(house: House, how: str) -> None:
    before = dossier(house.ledger, OTHER, scores=[house.scores]).to_dict()
    forget(house, how)
    after = dossier(house.ledger, OTHER, scores=[house.scores]).to_dict()

    for part in (before, after):
        contact = next(p for p in part["partes"] if p["tabela"] == "contacts")["registros"][0]
        said = contact.pop("outcome")
    assert said == "disse conhecer apagado-000001, e não a CLI-777-9"
    without = [[p for p in told["partes"] if p["tabela"] != "payments"] for told in (before, after)]
    assert without[0] == without[1]


@pytest.mark.parametrize("how", ["pseudonymise", "erase"])
def test_manifests_hold_the_digests_and_counts_of_the_new_files(house: House, how: str) -> None:
    forget(house, how)
    ledger, results = (read_json(folder / "manifest.json") for folder in (house.ledger, house.scores))

    for name, entry in ledger["tables"].items():
        path = house.ledger / f"{name}.parquet"
        assert entry == {"rows": pq.read_metadata(path).num_rows, "sha256": digest(path)}
        counts = ledger["counts"][name]
        assert counts["accepted"] + counts["flagged"] == entry["rows"]
        assert counts["rows"] == sum(counts[k] for k in ("accepted", "flagged", "rejected", "duplicate"))
    assert all(digest(house.scores / name) == sha for name, sha in results["files"].items())
    assert pq.read_schema(house.scores / "scores.parquet").metadata[b"model"] == b"m1"


def test_the_act_is_logged_without_the_id_and_numbers_go_on(house: House) -> None:
    forget(house, "pseudonymise")
    second = forget(house, "pseudonymise", OTHER)
    log = pq.read_table(house.ledger.parent / "erasures.parquet").to_pandas()

    assert second.pseudonym == "apagado-000002"
    assert log["erasure_id"].unique().tolist() == ["E000001", "E000002"]
    first = log[log["erasure_id"] == "E000001"].set_index("file")
    assert (first["how"] == "pseudonymise").all()
    assert (first["reason"] == WHY).all()
    assert first.loc["ledger/invoices.parquet", ["rows", "amount"]].tolist() == [2, 2100.0]
    assert first.loc["out/messages.jsonl", "rows"] == 1


def test_ids_that_are_numbers_get_numbers(tmp_path: Path) -> None:
    invoices = pd.DataFrame({"client_id": [42, 7], "invoice_id": [421, 70], "amount": [10.0, 42.0],
                             "issue_date": "2025-01-02", "due_date": "2025-02-03"})  # fmt: skip
    Ledger(invoices, known_until="2025-03-31").write(tmp_path / "ledger")
    Reviews.beside(tmp_path / "ledger").open(42, "O título já estava pago.", on="2025-04-01")
    (tmp_path / "ledger" / "nota.txt").write_text("42 títulos", encoding="utf-8")
    done = forget_client(tmp_path / "ledger", "42", **ACT)
    assert pq.read_table(tmp_path / "reviews.parquet")["client_id"].to_pylist() == ["-1"]
    kept = read_ledger(tmp_path / "ledger").frame("invoices")

    assert done.pseudonym == -1
    assert kept["client_id"].tolist() == [-1, 7]
    assert kept["invoice_id"].tolist() == [-10_000_001, 70]
    assert kept["amount"].tolist() == [10.0, 42.0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"how": "delete"}, "how is 'delete'"),
        ({"reason": "x"}, "say why in a few words"),
        ({"reason": f"Pedido de {WHO}."}, "the reason names the client"),
        ({"on": "hoje"}, "on: 'hoje' is not a date"),
        ({"client_id": "CLI-77"}, "nothing is held on this client"),
    ],
)
def test_a_wrong_call_changes_nothing(house: House, change: dict[str, Any], told: str) -> None:
    before = contents(house.ledger.parent)
    with pytest.raises(CallError, match=re.escape(told)):
        forget_client(house.ledger, **{"client_id": WHO, "scores": [house.scores], **ACT, **change})

    assert contents(house.ledger.parent) == before


def test_a_file_that_we_cannot_mend_stops_the_act_before_it_begins(house: House) -> None:
    (house.scores / "lista.csv").write_text(f"{WHO};boa\n", encoding="utf-8")
    before = contents(house.ledger.parent)
    with pytest.raises(CallError, match=r"lista\.csv names the client and is no table of ours"):
        forget(house, "erase")

    assert contents(house.ledger.parent) == before


class Killed(BaseException):
    """As a kill does: nothing that handles errors sees it."""


def test_killed_at_any_step_the_old_state_or_the_new_one_is_left(tmp_path: Path, monkeypatch) -> None:
    before, after = built(tmp_path / "old"), built(tmp_path / "new")
    forget(after, "pseudonymise")
    old, new, real = data(before), data(after), os.replace
    left = 0

    def replace(a: Any, b: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        real(a, b)

    found = []
    for step, count in enumerate((0, 22, 36)):
        root, left = tmp_path / f"k{step}", count
        shutil.copytree(tmp_path / "old", root)
        house = House(root / "ledger", root / "out", root / "reviews.parquet")
        with monkeypatch.context() as patched:
            patched.setattr(os, "replace", replace)
            with pytest.raises(Killed):
                forget(house, "pseudonymise")
        rolled = finished(journal_of(house.ledger))
        assert data(house) == (new if rolled else old)
        found.append(rolled)
    assert found[0] is False
    assert found[-1] is True


def test_killed_before_the_journal_stands_nothing_has_changed(tmp_path: Path, monkeypatch) -> None:
    house = built(tmp_path)
    before = data(house)

    def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(together, "write_json", killed)
        with pytest.raises(Killed):
            forget(house, "erase")
    assert not finished(journal_of(house.ledger))
    assert data(house) == before
    forget(house, "pseudonymise")  # and what was left lying about is swept away
    assert not list(tmp_path.rglob(".*.erasing"))


def data(house: House) -> dict[str, Any]:
    """What anyone who reads the folders finds, by file."""
    root = house.ledger.parent
    tables = {str(p.relative_to(root)): pq.read_table(p).to_pylist() for p in root.rglob("*.parquet")}
    return tables | {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*.json*") if p.name[0] != "."}
