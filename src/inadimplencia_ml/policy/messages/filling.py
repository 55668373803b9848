"""A text of a template made ready once, then filled for many clients: columns in, texts out.

The work is done by text and number (one title or several), not by client: what is left a client is one formatting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inadimplencia_ml.policy.messages.placeholders import BLOCK
from inadimplencia_ml.policy.messages.wording import pieces_of

__all__ = ["Columns", "Filling", "Unfilled", "tidied"]

Columns = Mapping[str, Sequence[str | None]]

_GAPS = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")


class Unfilled(Exception):
    """A value that a text needs is missing: its name, and in how many rows."""

    def __init__(self, name: str, rows: int) -> None:
        super().__init__(name)
        self.name, self.rows = name, rows


@dataclass(frozen=True)
class Filling:
    """Words with gaps, and which columns go into them; blocks are fillings of their own."""

    form: str
    names: tuple[str, ...]
    blocks: dict[str, Filling]

    @classmethod
    def of(cls, text: str, blocks: Mapping[str, str], *, several: bool) -> Filling:
        """A text, for one title or for several.

        A blank before a block belongs to the block: where the block is left out, the blank goes with it.
        """
        form: list[str] = []
        names: list[str] = []
        inside: dict[str, Filling] = {}
        for piece in pieces_of(text, several=several):
            if not piece.is_name:
                form.append(piece.text.replace("%", "%%"))
                continue
            names.append(piece.text)
            if piece.text.startswith(BLOCK):
                blank = bool(form) and form[-1].endswith(" ")
                if blank:
                    form[-1] = form[-1][:-1]
                words = blocks[piece.text.removeprefix(BLOCK)]
                inside[piece.text] = cls.of(f"{' ' if blank else ''}{words}", {}, several=several)
            form.append("%s")
        return cls(_GAPS.sub("\n\n", "".join(form)), tuple(names), inside)

    def needed(self) -> set[str]:
        """Every column that may be asked for."""
        own = {name for name in self.names if name not in self.blocks}
        return own.union(*(block.needed() for block in self.blocks.values()))

    def fill(self, columns: Columns, rows: Sequence[int]) -> list[str]:
        """A text for each of the rows.

        Raises
        ------
        Unfilled
            A value is missing that does not stand in a block.
        """
        parts = [self._column(name, columns, rows) for name in self.names]
        if not parts:
            return [self.form % ()] * len(rows)
        form = self.form
        return [form % values for values in zip(*parts, strict=True)]

    def _column(self, name: str, columns: Columns, rows: Sequence[int]) -> list[str]:
        if name in self.blocks:
            return self.blocks[name]._where_known(columns, rows)
        column = columns.get(name)
        found = [None] * len(rows) if column is None else [column[i] for i in rows]
        missing = sum(value is None for value in found)
        if missing:
            raise Unfilled(name, missing)
        return found  # type: ignore[return-value]  # none is missing

    def _where_known(self, columns: Columns, rows: Sequence[int]) -> list[str]:
        """The block where all of it is known, else nothing."""
        mine = [columns.get(name) for name in self.names]
        if any(column is None for column in mine):
            return [""] * len(rows)
        form, out = self.form, []
        for i in rows:
            values = tuple(column[i] for column in mine if column is not None)
            out.append("" if None in values else form % values)
        return out


def tidied(text: str) -> str:
    """Without paragraphs that turned out empty.

    >>> tidied("a \\n\\n\\n\\nb\\n")
    'a\\n\\nb'
    """
    return _GAPS.sub("\n\n", text).strip() if "\n\n\n" in text or " \n" in text else text.strip()
