"""The site's reference tells each parameter's own type and default, also where several share a line."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

griffe = pytest.importorskip("griffe", reason="the site is built in the environment of `make check`")
SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "site_types.py"
CODE = '''
def score(ledger, as_of: str | None = None, at_issue: bool = False, *, name: str = "a", other: str | None = None):
    """Scores.

    Parameters
    ----------
    ledger : Ledger
    as_of, at_issue
        The days.
    name, other : str
        As they are.
    """
'''


def test_parameters_that_share_a_line_keep_their_own_types_and_defaults() -> None:
    own = griffe.load_extensions(runpy.run_path(str(SCRIPT))["OwnTypes"]())
    with griffe.temporary_visited_package(
        "pkg", {"__init__.py": CODE}, extensions=own, docstring_parser="numpy"
    ) as made:
        (told,) = [s.value for s in made["score"].docstring.parsed if s.kind.value == "parameters"]
        found = {one.name: (str(one.annotation), one.value) for one in told}

    assert found == {
        "ledger": ("Ledger", None),
        "as_of": ("str | None", "None"),
        "at_issue": ("bool", "False"),
        "name": ("str", "'a'"),
        "other": ("str", "None"),
    }
