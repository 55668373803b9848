"""The sample book and the sample model, read once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.ledger.importing import import_ledger
from inadimplencia_ml.ledger.mapping import read_mapping

HOUSE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def house() -> Path:
    return HOUSE


@pytest.fixture(scope="session")
def sample_model() -> iml.Model:
    return iml.load_model(HOUSE / "models" / "sample")


@pytest.fixture(scope="session")
def sample() -> iml.Ledger:
    folder = HOUSE / "data" / "sample"
    return import_ledger(sorted(folder.glob("*.csv")), read_mapping(folder / "mapping.yaml"))
