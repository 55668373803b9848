"""A small book and a model trained on it, once a session."""

from __future__ import annotations

import pytest

import inadimplencia_ml as iml


@pytest.fixture(scope="session")
def ledger() -> iml.Ledger:
    book = iml.generate_book(200, random_state=5, start="2023-06-01", end="2025-03-31")
    return iml.Ledger(**book.tables, known_until="2025-03-31")


@pytest.fixture(scope="session")
def model(ledger: iml.Ledger) -> iml.Model:
    quick = iml.TrainingSettings(n_bootstrap=50, judge_bads=20, candidates=("boosted",))
    return iml.train(ledger, cut="2025-01-31", settings=quick)
