"""The latest invoices due by a day, and the first ones: streaks, and the delay of the last and the first few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined
from inadimplencia_ml.features.fixed.columns import PER_WINDOW, WINDOWS
from inadimplencia_ml.features.fixed.totals import LATE, OPEN, OPEN_N, UNOBSERVED, N, Rows, Slots

__all__ = ["write_ends", "write_streaks"]

Out = npt.NDArray[np.float64]
_NOW = len(WINDOWS) * len(PER_WINDOW)


@inlined
def _late_now(t: Int, i: Int, rows: Rows, slots: Slots) -> Int:
    """Days late of row i, which is there and due by t."""
    if rows.state[i] == OPEN:
        return max(t - np.int64(slots.due_adj[rows.slot[i]]), np.int64(0))
    return rows.late[i]


@inlined
def write_streaks(t: Int, first: Int, stop: Int, rows: Rows, slots: Slots, at: Int, out: Out) -> None:
    """How many were paid on time, or late, one after another up to t: from the latest due date back."""
    on_time, late_run = np.int64(0), np.int64(0)
    going = True
    while going and stop > first:
        due, high = slots.due[stop - 1], stop
        number, late = np.int64(0), np.int64(0)
        while stop > first and slots.due[stop - 1] == due:
            stop -= 1
            number += slots.sums[stop, N]
            late += slots.sums[stop, LATE] + (slots.sums[stop, OPEN_N] if t > slots.due_adj[stop] else 0)
        if number == 0:
            continue
        if 0 < late < number:  # the streak ends within this day
            on_time, late_run = _within_a_day(t, slots.row[high], on_time, late_run, rows, slots)
            going = False
        elif late == 0:
            going = late_run == 0
            on_time += number if going else 0
        else:
            going = on_time == 0
            late_run += number if going else 0
    out[_NOW + 17, at] = on_time
    out[_NOW + 18, at] = late_run


@inlined
def _within_a_day(t: Int, i: Int, on_time: Int, late_run: Int, rows: Rows, slots: Slots) -> tuple[Int, Int]:
    """Streaks carried back over the rows before ``i``, of one due date, some late and some not."""
    while True:
        i -= 1
        if rows.state[i] <= UNOBSERVED:
            continue
        if _late_now(t, i, rows, slots) > 0:
            if on_time > 0:
                break
            late_run += 1
        else:
            if late_run > 0:
                break
            on_time += 1
    return on_time, late_run


@inlined
def write_ends(t: Int, low: Int, high: Int, matured: Int, rows: Rows, slots: Slots, at: Int, out: Out) -> None:
    """The latest and the first invoices due by t: rows low..high, of which ``matured`` are there."""
    total, taken, o = np.int64(0), 0, _NOW
    out[o + 19, at] = out[o + 20, at] = out[o + 21, at] = out[o + 22, at] = np.nan
    if matured == 0:
        return
    i = high
    while taken < min(matured, 6):
        i -= 1
        if rows.state[i] > UNOBSERVED:
            late = _late_now(t, i, rows, slots)
            total += late
            taken += 1
            if taken == 1:
                out[o + 19, at] = late
            if taken <= 3:
                out[o + 20, at] = total / taken
            out[o + 21, at] = total / taken
    total, taken, i = np.int64(0), 0, low
    while taken < min(matured, 3):
        if rows.state[i] > UNOBSERVED:
            total += _late_now(t, i, rows, slots)
            taken += 1
        i += 1
    out[o + 22, at] = total / taken
