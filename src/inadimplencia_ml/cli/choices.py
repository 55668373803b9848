"""Words that an option may be, for the shell to complete."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["LANGS", "choices"]


def choices(*words: str) -> Callable[[], list[str]]:
    """What Typer asks for the words to complete."""
    return lambda: list(words)


LANGS = choices("pt", "en")
