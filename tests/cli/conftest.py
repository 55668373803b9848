"""A small book from the export to the plan, made by the command itself once a session."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from command_runner import DAY, done

from inadimplencia_ml.synthetic import generate_book, write_erp_export

HOUSE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Chain:
    """Folders that no test may write into."""

    export: Path
    ledger: Path
    model: Path
    results: Path
    settings: Path
    policy: Path


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    root = tmp_path_factory.mktemp("chain")
    made = Chain(
        export=root / "export",
        ledger=root / "ledger",
        model=root / "model",
        results=root / "results",
        settings=root / "train.yaml",
        policy=HOUSE / "src" / "inadimplencia_ml" / "policy" / "default.yaml",
    )
    write_erp_export(generate_book(160, random_state=1, start="2023-07-01", end=DAY), made.export)
    made.settings.write_text("n_bootstrap: 50\nmonths: 15\n", encoding="utf-8")
    files = sorted(made.export.glob("*.csv"))
    done("import", *files, "--mapping", made.export / "mapping.yaml", "--out", made.ledger)
    done("train", made.ledger, "--out", made.model, "--config", made.settings)
    score = ("score", made.ledger, "--model", made.model, "--as-of", DAY)
    done(*score, "--out", made.results, "--policy", made.policy)
    return made
