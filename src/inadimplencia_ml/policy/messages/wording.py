"""A text of a template, read: words, placeholders in braces, and `[one|several]` for what changes with the number.

    Olá, {nome}. [A fatura {referencia} venceu|As {quantidade} faturas venceram] em {vencimento}.

Nothing in a text is run, and what is filled in is never read again: a name with braces stays a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from inadimplencia_ml.policy.messages.placeholders import BLOCK

__all__ = ["MASK", "Piece", "WordingError", "as_read", "names_in", "pieces_of"]

_TOKEN = re.compile(r"\{([a-z][a-z_0-9]*)\}|[{}\[\]|]")
MASK = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands where data will stand, while the words around it are looked at."""


class WordingError(ValueError):
    """A text that cannot be read: an open bracket, a stray brace."""


class Piece(NamedTuple):
    """Words, or the name of a placeholder, at its place in the text as written."""

    text: str
    is_name: bool
    start: int


@dataclass
class _Reading:
    """Where the reader stands: outside brackets, or in the part for one or for several."""

    part: str | None = None
    opened: int = 0


@lru_cache(maxsize=2048)  # a policy is checked far more often than its texts change
def pieces_of(text: str, *, several: bool) -> tuple[Piece, ...]:
    """Words and placeholders of a text, for one title or for several.

    Raises
    ------
    WordingError
        Says what is wrong, and at which sign.

    Examples
    --------
    >>> [p.text for p in pieces_of("[A fatura vence|As faturas vencem] em {vencimento}.", several=True)]
    ['As faturas vencem', ' em ', 'vencimento', '.']
    """
    out: list[Piece] = []
    state, at = _Reading(), 0
    for token in _TOKEN.finditer(text):
        if token.start() > at and _wanted(state, several):
            out.append(Piece(text[at : token.start()], False, at))
        if token[1] is not None:
            if _wanted(state, several):
                out.append(Piece(token[1], True, token.start()))
        else:
            _turn(state, token[0], token.start(), text)
        at = token.end()
    if state.part is not None:
        raise WordingError(f"the bracket at sign {state.opened + 1} is not closed; write [one|several]")
    if at < len(text):
        out.append(Piece(text[at:], False, at))
    return tuple(out)


def _wanted(state: _Reading, several: bool) -> bool:
    return state.part is None or (state.part == "several") == several


def _turn(state: _Reading, sign: str, at: int, text: str) -> None:
    """A bracket or a bar changes the part that is being read."""
    expected = {None: "[", "one": "|", "several": "]"}[state.part]
    if sign in "{}":
        near = text[at : at + 20].split("\n")[0]
        raise WordingError(f"the brace at sign {at + 1} ({near!r}) begins no placeholder such as {{valor}}")
    if sign != expected:
        raise WordingError(f"{sign!r} at sign {at + 1} stands alone; write [one|several]")
    state.part = {"[": "one", "|": "several", "]": None}[sign]
    state.opened = at if sign == "[" else state.opened


def names_in(text: str, blocks: dict[str, str] | None = None, *, several: bool | None = None) -> set[str]:
    """The placeholders of a text; of its blocks too, where those are given.

    >>> sorted(names_in("{nome}, {bloco_fim}", {"fim": "até {data_limite}"}))
    ['data_limite', 'nome']
    """
    numbers = (False, True) if several is None else (several,)
    found = {p.text for number in numbers for p in pieces_of(text, several=number) if p.is_name}
    if blocks is None:
        return found
    inside = {BLOCK + name: words for name, words in blocks.items()}
    used = [names_in(inside[name], several=several) for name in found if name in inside]
    return (found - set(inside)).union(*used)


def as_read(text: str, *, several: bool) -> tuple[str, list[int]]:
    """The words as one title or several make them, a neutral sign for each placeholder, and where each sign stood.

    >>> as_read("vence[|m] {valor}", several=True)[1]
    [0, 1, 2, 3, 4, 7, 9, 10]
    """
    signs: list[str] = []
    places: list[int] = []
    for piece in pieces_of(text, several=several):
        told = MASK if piece.is_name else piece.text
        signs.append(told)
        places.extend(range(piece.start, piece.start + len(told)))
    return "".join(signs), places
