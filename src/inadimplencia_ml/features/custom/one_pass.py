"""The compiled pass of declared features: all of a call at once, over a client's invoices as they are on a day.

Money is cents and days are integers, so sums are exact and one division stands at the end. Only where the squares of a
standard deviation would not fit into an integer are floats added, in the order of due date, issue date and id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import kernel, maker
from inadimplencia_ml.features.custom.declared import Aggregate
from inadimplencia_ml.features.custom.encoded import ABSENT, MASKS, NUMBERS, Specs, specs_of
from inadimplencia_ml.features.history.view import CLOSED, OPEN, SETTLED, View, divide, look_at, make_view, window_start
from inadimplencia_ml.features.looked import Looked, Snaps
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import Consumers, consumer_on
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["declared_features", "write_declared"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]

# positions in encoded.AGGREGATIONS, BYS and FIELDS
_COUNT, _SUM, _MEAN, _MIN, _MAX, _STD, _MEDIAN, _SHARE, _LAST, _FIRST = range(10)
_BY_DUE, _BY_ISSUE, _BY_CLOSED = range(3)
_ONE, _AMOUNT, _OPEN_AMOUNT, _PAID_AMOUNT, _DAYS_LATE, _DPD, _EARLY, _TERM = range(8)
_DUE_WEEKDAY, _DUE_MONTH_DAY, _DUE_MONTH_END, _ISSUE_WEEKDAY = range(8, 12)
_WRITTEN_OFF = 2  # in Versions.reason
_FITS = 2**31  # count x range below it: the squares fit into int64
_ABSENT: Any = ABSENT


def declared_features(ledger: Ledger, looked: Looked, aggregates: Sequence[Aggregate], n_jobs: int) -> Out:
    """The columns of declared features, feature x pair of client and day, in one pass.

    Raises
    ------
    CallError
        A feature reads a column that the ledger's invoices do not have.
    """
    snaps, books = looked.snaps, ledger.books
    out = np.full((len(aggregates), len(snaps.day)), np.nan)
    specs = specs_of(ledger, aggregates)
    if out.size:
        arguments = looked.client_start, books.versions, books.payments, looked.who, snaps, specs, out
        looked.each_share(n_jobs, _pass, *arguments)
    return out


@maker
def _pass(
    low: int,
    high: int,
    client_start: I32,
    v: Versions,
    p: Payments,
    who: Consumers,
    snaps: Snaps,
    specs: Specs,
    out: Out,
) -> None:
    widest = 0
    for c in range(low, high):
        widest = max(widest, client_start[c + 1] - client_start[c])
    view, values = make_view(widest), np.empty(widest, np.int64)
    for c in range(low, high):
        for s in range(snaps.start[c], snaps.start[c + 1]):
            t = np.int64(snaps.day[s])
            n, matured = look_at(t, client_start[c], client_start[c + 1], v, p, consumer_on(t, c, who), view)
            write_declared(t, n, matured, view, v, specs, values, 0, s, out)


@kernel
def write_declared(
    t: Any,
    n: int,
    matured: int,
    view: View,
    v: Versions,
    specs: Specs,
    values: I64,
    at: int,
    row: int,
    out: Out,
) -> None:
    """Writes the columns ``at``... of one snapshot: entries 0..n of the view are there, 0..matured are due by t.

    ``values`` is room for n integers, overwritten.
    """
    for q in range(len(specs.measure)):
        by, window, kind = specs.by[q], specs.window[q], specs.aggregation[q]
        start, stop = 0, n
        if by == _BY_DUE:
            start, stop = window_start(t, window, matured, view), matured
        count, part = 0, np.int64(0)
        first, last = np.int64(0), np.int64(0)
        first_day, last_day = np.int64(0), np.int64(0)
        for i in range(start, stop):
            day = view.due[i]
            if by == _BY_ISSUE:
                day = view.issue[i]
            elif by == _BY_CLOSED:
                if view.status[i] == OPEN:
                    continue
                day = view.closed_on[i]
            if window >= 0 and day <= t - window:
                continue
            if not _passes(specs.filter_start[q], specs.filter_stop[q], i, view, v, specs):
                continue
            value = _value(specs.measure[q], i, view, v, specs)
            if value == _ABSENT:
                continue
            if count == 0 or day < first_day:
                first, first_day = value, day
            if count == 0 or day >= last_day:
                last, last_day = value, day
            if kind == _SHARE and _passes(specs.filter_stop[q], specs.of_stop[q], i, view, v, specs):
                part += value
            values[count] = value
            count += 1
        scale = specs.scale[q]
        if kind == _COUNT:
            out[at + q, row] = count
        elif kind in (_LAST, _FIRST):
            chosen = last if kind == _LAST else first
            out[at + q, row] = chosen / scale if count > 0 else np.nan
        else:
            out[at + q, row] = _aggregated(kind, count, values, part, scale)


@kernel
def _aggregated(kind: int, count: int, values: I64, part: Any, scale: Any) -> Any:
    """An aggregate of the first ``count`` values, whose order it may change."""
    total, low, high = np.int64(0), np.int64(2**62), np.int64(-(2**62))
    for k in range(count):
        total += values[k]
        low, high = min(low, values[k]), max(high, values[k])
    if kind == _SUM:
        return total / scale
    if kind == _SHARE:
        return divide(part, total)
    if count == 0:
        return np.nan
    if kind == _MEAN:
        return total / (count * scale)
    if kind == _MIN:
        return low / scale
    if kind == _MAX:
        return high / scale
    if kind == _STD:
        return _deviation(count, values, total, low, high) / scale
    _sort(count, values)  # the median
    return (values[(count - 1) // 2] + values[count // 2]) / (2 * scale)


@kernel
def _deviation(n: int, values: I64, total: Any, low: Any, high: Any) -> float:
    """Standard deviation of a sample; NaN below two values."""
    if n < 2:
        return np.nan
    if n * (high - low) < _FITS:
        square: Any = np.int64(0)
        for k in range(n):
            square += (values[k] - low) * (values[k] - low)
        above: Any = total - n * low
        return float(np.sqrt((n * square - above * above) / (n * (n - 1))))
    mean, spread = total / n, 0.0
    for k in range(n):
        spread += (values[k] - mean) * (values[k] - mean)
    return float(np.sqrt(spread / (n - 1)))


@kernel
def _sort(n: int, values: I64) -> None:
    """Sorts the first n values in place, as a heap: no array is made, and no order of them is slow."""
    for end in range(2 * n - 1, 0, -1):
        root = end - n if end >= n else 0  # first every root downwards, then the largest to the end, one by one
        stop = n
        if end < n:
            values[0], values[end] = values[end], values[0]
            stop = end
        while 2 * root + 1 < stop:
            child = 2 * root + 1
            if child + 1 < stop and values[child] < values[child + 1]:
                child += 1
            if values[root] >= values[child]:
                break
            values[root], values[child] = values[child], values[root]
            root = child


@kernel
def _passes(start: int, stop: int, i: int, view: View, v: Versions, specs: Specs) -> bool:
    """Whether entry i of the view passes the tests start..stop."""
    for k in range(start, stop):
        value = _value(specs.field[k], i, view, v, specs)
        if specs.absent[k] or value == _ABSENT:
            if specs.absent[k] and value == _ABSENT:
                continue
            return False
        if value < specs.low[k] or value > specs.high[k]:
            return False
        begin, end = specs.values_start[k], specs.values_stop[k]
        found = begin == end
        for m in range(begin, end):
            found = found or specs.values[m] == value
        if not found:
            return False
    return True


@kernel
def _value(field: int, i: int, view: View, v: Versions, specs: Specs) -> Any:
    """What a field is for entry i of the view, as an integer; ABSENT where it is missing."""
    if field >= MASKS:
        return np.int64(specs.masks[field - MASKS, v.invoice[view.version[i]]])
    if field >= NUMBERS:
        return specs.numbers[field - NUMBERS, v.invoice[view.version[i]]]
    if field == _ONE:
        return np.int64(1)
    if field == _AMOUNT:
        return view.cents[i] if view.cents[i] >= 0 else _ABSENT
    if field == _OPEN_AMOUNT:
        return view.left[i]
    if field == _PAID_AMOUNT:
        return view.paid[i]
    late = view.late[i]
    if field == _DAYS_LATE:
        return late
    if field == _DPD:
        return max(late, np.int64(0)) if view.status[i] == OPEN else np.int64(0)
    if field == _EARLY:  # an amount of zero is settled on its day of issue, which no one did
        return -late if late < 0 and view.status[i] == SETTLED and view.cents[i] != 0 else np.int64(0)
    if field == _TERM:
        return view.due[i] - view.issue[i]
    if field == _DUE_WEEKDAY:
        return (view.due[i] + 3) % 7  # 1970-01-01 was a Thursday
    if field == _ISSUE_WEEKDAY:
        return (view.issue[i] + 3) % 7
    if field == _DUE_MONTH_DAY:
        return _month_day(view.due[i])
    if field == _DUE_MONTH_END:
        return np.int64(_month_day(view.due[i] + 3) <= 3)
    status = view.status[i]
    if status == CLOSED and v.reason[view.version[i]] == _WRITTEN_OFF:
        status += 1
    return status


@kernel
def _month_day(day: int) -> int:
    """Day of the month of a day since 1970-01-01, counted in eras of 400 years that begin on 1 March."""
    in_era = (day + 719_468) % 146_097
    year = (in_era - in_era // 1_460 + in_era // 36_524 - in_era // 146_096) // 365
    in_year = in_era - (365 * year + year // 4 - year // 100)
    month = (5 * in_year + 2) // 153
    return in_year - (153 * month + 2) // 5 + 1
