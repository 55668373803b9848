"""A ledger's manifest comes from disk: names in it lead nowhere else, and what is damaged is told before it is used."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.ledger import Ledger, read_ledger
from inadimplencia_ml.ledger.partitioning import partition_ledger
from inadimplencia_ml.ledger.table_names import is_table

ROWS = pd.DataFrame(
    {
        "client_id": ["Maria Plantada 1", "Maria Plantada 2"],
        "invoice_id": ["T1", "T2"],
        "issue_date": ["2025-01-02"] * 2,
        "due_date": ["2025-02-03"] * 2,
        "amount": [10.0, 20.0],
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Ledger(ROWS, known_until="2025-03-31").write(tmp_path / "ledger")


@pytest.fixture
def dealt(folder: Path, tmp_path: Path) -> Path:
    return partition_ledger(folder, tmp_path / "dealt", rows_a_partition=1)


def changed(folder: Path, *keys: Any, to: Any) -> Path:
    """The manifest with one value changed."""
    said = json.loads((folder / "manifest.json").read_text())
    place = said
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = to
    (folder / "manifest.json").write_text(json.dumps(said))
    return folder


@pytest.mark.parametrize(
    ("keys", "to"),
    [
        (("partitions", 0, "folder"), "../../ledger"),
        (("partitions", 0, "folder"), "/etc"),
        (("whole", "problems", "file"), "../ledger/problems.parquet"),
        (("whole", "problems", "file"), "/etc/passwd"),
        (("tables", "attributes/../x"), {"schema": ""}),
        (("partitions", 0, "tables", "../invoices"), {"rows": 1}),
        (("partitions", 0, "tables", "invoices", "rows"), "1"),
        (("partitions", 0, "tables"), {}),
        (("partitions"), []),
        (("whole"), {}),
        (("known_until",), "soon"),
        (("notes",), []),
        (("counts", "invoices"), {}),
        (("calendar",), 7),
        (("tables", "invoices", "schema"), "AAAA"),
    ],
)
def test_a_manifest_in_partitions_that_is_damaged_or_leads_elsewhere(dealt: Path, keys: Any, to: Any) -> None:
    keys = keys if isinstance(keys, tuple) else (keys,)
    with pytest.raises(LedgerError, match="is damaged") as caught:
        read_ledger(changed(dealt, *keys, to=to))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "to"),
    [
        (("tables", "../../x"), {"sha256": "0" * 64, "rows": 1}),
        (("tables", "invoices"), 5),
        (("notes",), [1]),
        (("counts",), None),
        (("timezone",), 3),
    ],
)
def test_a_manifest_in_one_piece_that_is_damaged(folder: Path, keys: Any, to: Any) -> None:
    with pytest.raises(LedgerError, match="is damaged, so the ledger cannot be trusted"):
        read_ledger(changed(folder, *keys, to=to))


def test_a_table_of_other_columns_passes_the_door_again_whatever_its_digest(folder: Path) -> None:
    table = pq.read_table(folder / "invoices.parquet")
    odd = table.set_column(table.schema.get_field_index("due_date"), "due_date", pa.array(["03/02/2025", "soon"]))
    pq.write_table(odd, folder / "invoices.parquet")
    digest = hashlib.sha256((folder / "invoices.parquet").read_bytes()).hexdigest()
    ledger = read_ledger(changed(folder, "tables", "invoices", "sha256", to=digest))
    assert ledger.counts["rejected"].tolist() == [2]
    pq.write_table(table.drop("due_date"), folder / "invoices.parquet")
    digest = hashlib.sha256((folder / "invoices.parquet").read_bytes()).hexdigest()
    with pytest.raises(LedgerError, match="the column 'due_date' is missing") as caught:
        read_ledger(changed(folder, "tables", "invoices", "sha256", to=digest))
    assert "Plantada" not in str(caught.value)


def test_an_altered_part_is_found_by_its_digest(dealt: Path) -> None:
    file = next((dealt / "partitions").rglob("invoices.parquet"))
    table = pq.read_table(file)
    pq.write_table(pa.concat_tables([table, table]), file)
    with pytest.raises(LedgerError, match="was altered or damaged since it was written"):
        read_ledger(dealt)


def test_a_link_to_a_device_is_refused_and_not_read(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").symlink_to("/dev/zero")
    with pytest.raises(LedgerError, match="it is no plain file"):
        read_ledger(folder)
    (folder / "manifest.json").unlink()
    (folder / "invoices.parquet").unlink()
    (folder / "invoices.parquet").symlink_to("/dev/zero")
    with pytest.raises(LedgerError, match="not readable as Parquet"):
        read_ledger(folder)


@pytest.mark.parametrize(
    "name", ["attributes/../x", "attributes/", "attributes/a/b", "../x", "/etc/x", "attributes/.x"]
)
def test_a_name_that_leads_elsewhere_is_no_table(name: str, tmp_path: Path) -> None:
    assert not is_table(name)
    more = pd.DataFrame({"client_id": ["C1"], "known_on": ["2025-01-02"], "x": [1]})
    if name.startswith("attributes/"):
        ledger = Ledger(ROWS, attributes={name.removeprefix("attributes/"): more})
        with pytest.raises(LedgerError, match="cannot name a table of a ledger"):
            ledger.write(tmp_path / "out")
        assert not (tmp_path / "out").exists()
