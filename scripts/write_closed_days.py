"""Writes what the installed version of `holidays` says of Brazil into the package, which need not ask it again.

.venv/bin/python scripts/write_closed_days.py     # after `holidays` was updated
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

from inadimplencia_ml import calendar

FIRST_YEAR, LAST_YEAR = 1990, 2060


def main() -> None:
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    national = {day for year in years for day in calendar.asked_days(year, None)}
    closed = {"BR": sorted(national)}
    for uf in calendar.UFS:
        closed[uf] = sorted({day for year in years for day in calendar.asked_days(year, uf)} - national)
    told = {"holidays": version("holidays"), "first_year": FIRST_YEAR, "last_year": LAST_YEAR}
    lines = [f'"{name}": {json.dumps(days)}' for name, days in closed.items()]
    head = ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in told.items())
    text = "{" + head + ', "closed": {\n' + ",\n".join(lines) + "\n}}\n"
    Path(calendar.__file__).with_name("closed_days.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
