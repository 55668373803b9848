"""Writes the lower bounds of pyproject.toml as constraints: what the oldest environment that we promise must hold.

    python scripts/oldest.py >oldest.txt
    pip install -c oldest.txt '.[all,test]'

What a bound leaves open (dependencies of dependencies) stays as new as pip finds it, as it would on a user's machine.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]
NOT_FOR_USERS = ("dev",)
BOUND = re.compile(r"^(?P<name>[\w.-]+)(\[[\w,-]+\])?>=(?P<version>[\d.]+)(?P<marker>\s*;.*)?$")


def oldest(project: dict[str, object]) -> list[str]:
    """Each dependency with ``==`` in place of ``>=``, markers kept, the project's own extras left out.

    Raises
    ------
    SystemExit
        A dependency has no plain lower bound.
    """
    extras = project.get("optional-dependencies", {})
    assert isinstance(extras, dict)
    wanted = [project.get("dependencies", []), *(v for name, v in extras.items() if name not in NOT_FOR_USERS)]
    lines = set()
    for requirement in (one for given in wanted for one in given):  # type: ignore[attr-defined]
        if requirement.startswith(f"{project['name']}["):
            continue
        found = BOUND.match(requirement)
        if not found:
            raise SystemExit(f"pyproject.toml: {requirement!r} is no NAME>=VERSION")
        lines.add(f"{found['name']}=={found['version']}{found['marker'] or ''}")
    return sorted(lines)


def main() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    sys.stdout.write("\n".join(oldest(project)) + "\n")


if __name__ == "__main__":
    main()
