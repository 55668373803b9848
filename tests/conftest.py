"""What all tests share. Kept small: a fixture that only one room needs lives in that room's folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Doctests are looked for in every module; files of this name would be taken for one another.
collect_ignore_glob = ["*conftest.py"]

# A first call may compile the kernel, and the machine may be busy: an example that takes long proves nothing wrong.
# CI tries the same examples each time; a run by hand tries new ones.
settings.register_profile("patient", parent=settings(), deadline=None, derandomize="CI" in os.environ)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the public data sets that may not be redistributed (datarisk, ibm_ar, ...), one folder each."""
    named = os.environ.get("INADIMPLENCIA_REAL_DATA")
    if not named:
        pytest.skip("needs the real data sets: set INADIMPLENCIA_REAL_DATA to the folder that holds them")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"INADIMPLENCIA_REAL_DATA is {named!r}, which is not a folder")
    return folder
