"""Writes what the code knows into the papers: the tables of docs/data_contract.md, and whole: the data dictionary and
docs/schemas.

Run by ``make docs``; tests hold them equal to the code. In the contract only what stands between the lines
``<!-- table: invoices -->`` and ``<!-- end -->`` is written here, the rest belongs to whoever edits it.
"""

from __future__ import annotations

import re
from pathlib import Path

from inadimplencia_ml import tables
from inadimplencia_ml.catalog import write_data_dictionary
from inadimplencia_ml.policy.messages.schemas import write_schemas
from inadimplencia_ml.tables import Table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "data_contract.md"
TABLES = {table.name: table for table in vars(tables).values() if isinstance(table, Table)}
BLOCK = re.compile(r"(?<=<!-- table: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)


def rendered(table: Table) -> str:
    """The columns of ``table`` in Markdown, required ones first as they stand."""
    rows = ["", "| column | kind | holds |", "|---|---|---|"]
    for column in table.columns:
        name = f"**{column.name}**" if column.required else column.name
        choices = f" ({', '.join(column.choices)})" if column.choices else ""
        rows.append(f"| {name} | {column.kind} | {column.meaning}{choices} |")
    if table.open_columns:
        rows.append("| any further | any | kept as given |")
    return "\n".join([*rows, "", ""])


def written_again(page: str) -> str:
    """The text of the page with every table as `tables` has it now."""
    return BLOCK.sub(lambda m: f"{m[1]}{m[2]}{rendered(TABLES[m[1]])}", page)


if __name__ == "__main__":
    PAGE.write_text(written_again(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    write_data_dictionary(PAGE.with_name("data_dictionary.md"))
    write_schemas(PAGE.with_name("schemas"))
