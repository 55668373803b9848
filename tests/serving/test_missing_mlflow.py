"""Without the extra, a training that is to be logged ends before it begins."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

import inadimplencia_ml as iml
from inadimplencia_ml import tracking
from inadimplencia_ml.errors import MissingExtraError


@pytest.mark.parametrize("missing", ["mlflow", "matplotlib"])
def test_a_missing_extra_is_told_before_anything_is_trained(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(name: str) -> Any:
        return None if name == missing else find_spec("json")

    monkeypatch.setattr(tracking, "find_spec", found)
    book = iml.generate_book(5, random_state=0, start="2024-06-01", end="2025-03-31")
    told: list[str] = []
    with pytest.raises(MissingExtraError, match=r"inadimplencia-ml\[mlflow\]"):
        iml.train(iml.Ledger(**book.tables), mlflow="sqlite:///never.db", progress=told.append)
    assert told == []
