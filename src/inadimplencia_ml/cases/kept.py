"""The facts of a day, kept with the ledger that they were read from: profiles and the policy ask for the same ones."""

from __future__ import annotations

import datetime as dt
from weakref import WeakKeyDictionary

from inadimplencia_ml.cases.build import Cases, build_cases
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["kept_cases"]

_LAST: WeakKeyDictionary[Ledger, tuple[tuple[dt.date, int, int], Cases]] = WeakKeyDictionary()


def kept_cases(ledger: Ledger, day: dt.date, *, grace_days: int, cure_dpd: int) -> Cases:
    """As `build_cases`; of each ledger the last ones are kept, for as long as there is the ledger."""
    asked = (day, grace_days, cure_dpd)
    last = _LAST.get(ledger)
    if last is None or last[0] != asked:
        last = (asked, build_cases(ledger, day, grace_days=grace_days, cure_dpd=cure_dpd))
        _LAST[ledger] = last
    return last[1]
