"""What one test found, and its verdict."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["Finding", "Verdict", "exact", "inconclusive", "within"]

Verdict = Literal["pass", "fail", "inconclusive"]


class Finding(NamedTuple):
    """One test.

    Parameters
    ----------
    test : str
        Its code, for a source with the name of the table after a colon.
    verdict : {"pass", "fail", "inconclusive"}
    rows : int
        Rows it looked at.
    value, limit : float
        What it found, and up to where that is accepted; NaN where there is nothing to measure.
    reason : str
        Code of why it is inconclusive; empty if it is not.
    """

    test: str
    verdict: Verdict
    rows: int
    value: float
    limit: float
    reason: str = ""


def within(test: str, rows: int, value: float, limit: float, *, least: int, seen: int | None = None) -> Finding:
    """A pass up to the limit and a fail beyond it; inconclusive where ``seen`` (else the rows) is under ``least``."""
    if (rows if seen is None else seen) < least:
        return Finding(test, "inconclusive", rows, value, limit, "too_few")
    return Finding(test, "pass" if value <= limit else "fail", rows, value, limit)


def exact(test: str, rows: int, value: float, limit: float, *, least: int) -> Finding:
    """As ``within``, but one difference on few rows is already a fail."""
    return Finding(test, "fail", rows, value, limit) if value > limit else within(test, rows, value, limit, least=least)


def inconclusive(test: str, reason: str, rows: int = 0) -> Finding:
    """A test that could not be made."""
    return Finding(test, "inconclusive", rows, float("nan"), float("nan"), reason)
