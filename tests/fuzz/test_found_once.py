"""What damaged inputs once broke, each made by hand: the words that are told now."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inadimplencia_ml import Ledger, read_ledger
from inadimplencia_ml.cli.results import read_plan
from inadimplencia_ml.errors import BundleError, CallError, LedgerError, did_you_mean, names_told
from inadimplencia_ml.features.custom.declared import parse_custom
from inadimplencia_ml.ledger.importing import import_ledger
from inadimplencia_ml.ledger.mapping import Mapping
from inadimplencia_ml.ledger.partitioning import partition_ledger
from inadimplencia_ml.ledger.snapshots import read_snapshots
from inadimplencia_ml.policy.plan_tables import _as_text
from inadimplencia_ml.risk.frozen_columns import FrozenColumns
from inadimplencia_ml.risk.reasons.reference import Reasons
from inadimplencia_ml.risk.tree_shap.trees import _tree
from inadimplencia_ml.tables import DECISION_ITEMS, DECISIONS

INVOICES = pd.DataFrame(
    {
        "client_id": ["C1", "C2"],
        "invoice_id": ["T1", "T2"],
        "issue_date": ["2025-01-02", "2025-01-03"],
        "due_date": ["2025-02-03", "2025-02-04"],
        "amount": [100.0, 50.0],
    }
)


def test_a_moment_beyond_all_calendars_is_no_snapshot():
    far = pa.table({"client_id": ["C1"], "as_of": pa.array([2**63 - 1], pa.timestamp("ms", "UTC"))})

    with pytest.raises(CallError, match="as_of holds a moment that no calendar knows"):
        read_snapshots(far, Ledger(INVOICES))


def test_an_attribute_table_without_clients_is_told_when_the_ledger_is_dealt_out(tmp_path: Path):
    folder = Ledger(INVOICES).write(tmp_path / "ledger")
    (folder / "attributes").mkdir()
    pq.write_table(pa.table({"known_on": ["2025-01-01"], "score": [1.0]}), folder / "attributes" / "bureau.parquet")

    with pytest.raises(LedgerError, match="attributes/bureau: the column 'client_id' is missing"):
        partition_ledger(folder, tmp_path / "dealt", rows_a_partition=1)


def test_ids_of_two_kinds_in_two_partitions_are_text_in_both(tmp_path: Path):
    clients = [f"C{k}" for k in range(40)]
    invoices = pd.DataFrame({"client_id": clients, "invoice_id": clients, "issue_date": "2025-01-02"})
    folder = Ledger(invoices.assign(due_date="2025-02-03", amount=1.0)).write(tmp_path / "ledger")
    ids = pa.array([2**63 + 5, *range(1, 40)], pa.uint64())  # the first is too long for the number that the others are
    told = {
        "client_id": clients,
        "agreement_id": ids,
        "created_at": ["2025-03-01"] * 40,
        "due_date": ["2025-03-09"] * 40,
    }
    told |= {"kind": ["promise"] * 40, "amount": [1.0] * 40}
    pq.write_table(pa.table(told), folder / "agreements.parquet")
    dealt = partition_ledger(folder, tmp_path / "dealt", rows_a_partition=10)

    expected = read_ledger(folder).tables["agreements"]["agreement_id"].to_pylist()
    assert sorted(expected) == sorted([str(2**63 + 5), *map(str, range(1, 40))])
    assert sorted(read_ledger(dealt).tables["agreements"]["agreement_id"].to_pylist()) == sorted(expected)


def test_a_word_of_thousands_of_signs_is_cut_in_the_message():
    with pytest.raises(CallError) as told:
        parse_custom("- {name: f, measure: '" + "0" * 5_000 + "', aggregation: mean, window: 60}")
    assert len(str(told.value)) < 400


def test_a_category_that_is_a_list_is_no_category():
    with pytest.raises(BundleError, match="The columns of the model cannot be read"):
        FrozenColumns.from_json([{"name": "uf", "categories": [["SP"]]}])


@pytest.mark.parametrize("direction", [2, 10**30])
def test_a_direction_is_one_of_three(direction: int):
    said = {"columns": ["x"], "families": ["R01"], "directions": [direction], "medians": [0.0], "means": {"R01": 0.0}}

    with pytest.raises(BundleError, match="a direction is none of -1, 0 and 1"):
        Reasons.from_json(said | {"mean_log_odds": 0.0, "rows": 1})


def test_a_tree_whose_decision_no_row_met_cannot_share_out():
    parts = {
        "num_leaves": "2",
        "decision_type": "2",
        "leaf_value": "0.1 0.2",
        "left_child": "-1",
        "right_child": "-2",
        "threshold": "1.5",
        "split_feature": "0",
        "internal_count": "10",
        "leaf_count": "4 6",
    }
    assert _tree(parts).share_left.tolist() == [0.4]

    with pytest.raises(ValueError, match="was met by no row"):
        _tree(parts | {"internal_count": "0"})


def test_a_long_name_of_a_feature_is_cut_in_the_message():
    with pytest.raises(CallError) as told:
        parse_custom(f"- {{name: mean_{'9' * 9_000}, measure: amount, aggregation: mean, window: 60}}")
    assert "is no name of a column" in str(told.value)
    assert len(str(told.value)) < 400


@pytest.mark.parametrize("names", [["Maria Plantada 0one", *["None"] * 30], ["a", "b", "b", "b", "b"]])
def test_a_header_of_words_that_come_again_and_again_is_not_shown(names: list[str]):
    assert names_told(names).startswith("(not shown")
    assert names_told(["a", "b", "c", "c"]) == "'a', 'b', 'c', 'c'"


def plan_in(folder: Path, without: str = "", metadata: bytes = b"{}") -> Path:
    folder.mkdir()
    for kind in (DECISIONS, DECISION_ITEMS):
        columns = {name: pa.array([None], pa.string()) for name in kind.by_name if name != without}
        table = pa.table(columns).replace_schema_metadata({b"pandas": metadata})
        pq.write_table(table, folder / f"{kind.name}.parquet")
    return folder


def test_a_plan_lacks_no_column_and_what_it_says_of_pandas_is_not_believed(tmp_path: Path):
    whole = read_plan(plan_in(tmp_path / "whole", metadata=b"{broken"), ("decisions", "decision_items"))
    assert all(not table.schema.metadata for table in whole.values())
    assert len(whole["decisions"].to_pandas()) == 1

    with pytest.raises(CallError, match="column 'policy_version' is missing; decide again"):
        read_plan(plan_in(tmp_path / "less", without="policy_version"), ("decisions", "decision_items"))


def test_links_without_clients_are_told_when_the_ledger_is_dealt_out(tmp_path: Path):
    folder = Ledger(INVOICES).write(tmp_path / "ledger")
    pq.write_table(pa.table({"group_id": ["G1"]}), folder / "links.parquet")

    with pytest.raises(LedgerError, match="links: the column 'client_id' is missing"):
        partition_ledger(folder, tmp_path / "dealt", rows_a_partition=1)


def test_a_model_version_is_a_text():
    assert _as_text(pd.Series(["m@1", None])).to_pylist() == ["m@1", None]

    with pytest.raises(CallError, match="scores: model_version is a text, got datetime64"):
        _as_text(pd.Series(pd.to_datetime(["2025-01-01"])))


def test_a_file_of_one_column_does_not_show_it(tmp_path: Path):
    (tmp_path / "t.csv").write_text("ria Plantada 0\n1\n", encoding="utf-8")
    columns = {"client_id": "Cliente", "invoice_id": "Título", "issue_date": "Emissão", "due_date": "Vencimento"}
    mapping = Mapping.model_validate(
        {"files": [{"file": "t.csv", "table": "invoices", "columns": columns | {"amount": "Valor"}}]}
    )

    with pytest.raises(LedgerError, match="no column 'Cliente'") as told:
        import_ledger([tmp_path / "t.csv"], mapping)
    assert "Plantada" not in str(told.value)
    assert "is there a line of names?" in str(told.value)


def test_a_name_of_several_lines_is_no_hint():
    assert did_you_mean("as_of", ["a\nb", "c"]) == " Known: c."
    assert did_you_mean("as_of", ["as_off\n"]) == ""
