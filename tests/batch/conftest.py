"""The small book of these tests, made once a session."""

from __future__ import annotations

import pytest
from parts_book import Whole, whole_book


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return whole_book(tmp_path_factory.mktemp("batch"))
