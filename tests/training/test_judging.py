from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.features.audit import audit_leaks
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.risk.judgement import judge
from inadimplencia_ml.training.judging import audited, client_kinds, judging_inputs, leak_table
from inadimplencia_ml.training.samples import Samples, gather, wanted_of
from inadimplencia_ml.training.settings import TrainingSettings

SETTINGS = TrainingSettings()
CUT = pd.Timestamp("2024-12-31").date()


@pytest.fixture(scope="module")
def known() -> Ledger:
    book = iml.generate_book(60, random_state=5, start="2023-10-01", end="2024-12-31")
    return iml.Ledger(**book.tables, known_until="2024-12-31").known_at(CUT)


def samples_of(known: Ledger, target: iml.Target) -> Samples:
    return gather(known, target, CUT, SETTINGS, wanted_of(target, SETTINGS, ()))


def test_a_judgement_takes_what_the_snapshots_tell(known: Ledger) -> None:
    samples = samples_of(known, iml.Target())
    rows = samples.decided
    given = judging_inputs(known, samples, rows)
    y = samples.labels.loc[rows, "event"].to_numpy()
    found = judge(y, np.clip(0.2 + 0.3 * y, 0, 1), **given, n=2)

    assert found.labels["snapshots"].sum() >= len(rows)
    assert set(found.parts["dimension"]) == {"month", "kind", "history"}
    money = found.money.set_index("metric")["value"]
    assert money["exposure"] == pytest.approx(samples.features.loc[rows, "open_amount"].sum())
    assert money["overdue"] == pytest.approx(samples.features.loc[rows, "overdue_amount"].sum())
    new = samples.features.loc[rows, "due_count_all"] <= 2
    assert found.by("history").loc["new", "rows"] == new.sum() > 0


def test_an_invoice_is_judged_by_its_own_amount(known: Ledger) -> None:
    samples = samples_of(known, iml.Target(level="invoice", event="late", dpd=5))
    given = judging_inputs(known, samples, samples.decided)
    amount = known.frame("invoices").groupby("invoice_id")["amount"].last()
    expected = samples.labels.loc[samples.decided, "invoice_id"].map(amount).to_numpy(dtype=float)
    on_the_day = np.isfinite(given["exposure"])  # some are booked after they were issued

    assert on_the_day.mean() > 0.9
    assert given["exposure"][on_the_day] == pytest.approx(expected[on_the_day])
    assert "overdue" not in given


def test_the_latest_known_kind_of_a_client_counts_and_a_null_changes_nothing() -> None:
    invoices = pd.DataFrame(
        {
            "client_id": ["A", "B", "C"],
            "invoice_id": ["1", "2", "3"],
            "issue_date": ["2025-01-02"] * 3,
            "due_date": ["2025-02-03"] * 3,
            "amount": [1.0] * 3,
        }
    )
    clients = pd.DataFrame(
        {
            "client_id": ["A", "A", "A", "B"],
            "kind": ["PF", "PJ", None, "PF"],
            "known_on": ["2025-01-01", "2025-01-03", "2025-01-05", "2025-01-01"],
        }
    )
    asked = pd.Series(["A", "B", "C", "A"])

    assert list(client_kinds(Ledger(invoices, clients=clients), asked)) == ["PJ", "PF", None, "PJ"]  # type: ignore[arg-type]
    assert client_kinds(Ledger(invoices), asked) is None


def test_the_audit_of_training_finds_no_leak_in_the_features_of_the_library(known: Ledger) -> None:
    samples = samples_of(known, iml.Target())
    table = leak_table(audited(known, samples, wanted_of(iml.Target(), SETTINGS, ())))

    assert table["variant"].tolist() == ["cut", "invented", "shuffled", "renamed"]
    assert table["differing"].tolist() == [0, 0, 0, 0]
    assert (table["features"] > 50).all()


def test_a_leak_is_told_without_the_client_of_the_example(known: Ledger) -> None:
    def peeping(ledger: Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
        paid = ledger.frame("invoices").groupby("client_id")["invoice_id"].count()
        return build_features(ledger, snapshots).assign(paid=lambda f: f["client_id"].map(paid))

    snapshots = pd.DataFrame({"client_id": known.frame("invoices")["client_id"].unique()[:5], "as_of": "2024-06-30"})
    table = leak_table(audit_leaks(known, snapshots, peeping, dates=1))

    assert table.set_index("variant").loc["cut", ["differing", "which"]].tolist() == [1, "paid"]
    assert not any("client" in column for column in table.columns)
