"""The default policy with one place changed, as whoever edits the file would change it."""

from __future__ import annotations

from importlib import resources

from inadimplencia_ml.policy.policy import Policy

DEFAULT = resources.files("inadimplencia_ml.policy").joinpath("default.yaml").read_text(encoding="utf-8")


def changed_text(*changes: tuple[str, str], text: str = DEFAULT) -> str:
    """The text with each first ``old`` made ``new``."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def changed(*changes: tuple[str, str]) -> Policy:
    """The policy of the changed text."""
    return Policy.from_text(changed_text(*changes), where="minha.yaml")
