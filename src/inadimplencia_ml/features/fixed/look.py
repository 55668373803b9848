"""One snapshot read from a client's running totals: every fixed column but those of the month ends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined, kernel
from inadimplencia_ml.features.fixed.columns import PER_WINDOW, WINDOWS
from inadimplencia_ml.features.fixed.running import LOW, OPEN, SUMS, UNOBSERVED, Daily, Rows, Slots

__all__ = ["BAND_WIDTH", "look", "look_at_ages", "look_by_day"]

I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]

# positions in a band: the sums of a slot, then what is not by due date
_N, _AMOUNT, _LATE, _LATE_AMOUNT, _L15, _L30, _L60, _L90, _DAYS, _SQUARES, _WEIGHTED, _EARLY, _PAID_UP, _PARTS = range(
    SUMS
)
_OPEN_N, _OPEN_AMOUNT, _OPEN_LEFT = SUMS, SUMS + 1, SUMS + 2  # positions in a slot beyond them
_MAX, _RECEIVED, _ISSUED, _ISSUED_AMOUNT = SUMS, SUMS + 1, SUMS + 2, SUMS + 3
BAND_WIDTH = SUMS + 4
_A_WINDOW = len(PER_WINDOW)
_NOW = len(WINDOWS) * len(PER_WINDOW)


@inlined
def _band(age: Int) -> Int:
    if age < 90:
        return 0 if age < 30 else 1
    if age < 365:
        return 2 if age < 180 else 3
    return 4


@inlined
def _divide(a: Int, b: Int) -> float:
    return a / b if b != 0 else np.nan


@kernel
def look(
    t: Int,
    from_row: Int,
    from_slot: Int,
    n_slots: Int,
    rows: Rows,
    slots: Slots,
    weights: Out,
    bands: I64,
    at: Int,
    out: Out,
) -> None:
    """The columns of what falls due, is open or overdue: slots ``from_slot``... of rows ``from_row``..."""
    bands[:, :SUMS] = 0
    bands[:, _MAX] = LOW
    open_n, open_amount, next_30 = np.int64(0), np.int64(0), np.int64(0)
    overdue_n, overdue_amount, dpd_max, dpd_weighted = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    aged_30, aged_60, aged_90, aged_more = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    last_late, on_time, late_run = LOW, np.int64(0), np.int64(0)
    weight, weighted = 0.0, 0.0
    sx, sy, sxx, sxy = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    s, due_rows = from_slot, from_row
    while s < n_slots and slots.due[s] <= t:
        due = np.int64(slots.due[s])
        band, run = _band(t - due), s
        run_n, run_days, run_late = np.int64(0), np.int64(0), np.int64(0)
        while s < n_slots and slots.due[s] == due:
            sums = slots.sums[s]
            n = sums[_N]
            if n > 0:
                for k in range(SUMS):
                    bands[band, k] += sums[k]
                bands[band, _MAX] = max(bands[band, _MAX], slots.worst[s])
                last_late = max(last_late, slots.ended[s])
                run_n += n
                run_days += sums[_DAYS]
                run_late += sums[_LATE]
                still = sums[_OPEN_N]
                if still > 0:
                    late = max(t - np.int64(slots.due_adj[s]), np.int64(0))
                    left = sums[_OPEN_LEFT]
                    open_n += still
                    open_amount += left
                    bands[band, _MAX] = max(bands[band, _MAX], late)
                    if late > 0:
                        amount = sums[_OPEN_AMOUNT]
                        bands[band, _LATE] += still
                        bands[band, _LATE_AMOUNT] += amount
                        bands[band, _L15] += still if late >= 15 else 0
                        bands[band, _L30] += still if late >= 30 else 0
                        bands[band, _L60] += still if late >= 60 else 0
                        bands[band, _L90] += still if late >= 90 else 0
                        bands[band, _DAYS] += still * late
                        bands[band, _SQUARES] += still * late * late
                        bands[band, _WEIGHTED] += late * amount
                        run_days += still * late
                        run_late += still
                        last_late = t
                        overdue_n += still
                        overdue_amount += left
                        dpd_max = max(dpd_max, late)
                        dpd_weighted += late * left
                        if late <= 30:
                            aged_30 += left
                        elif late <= 60:
                            aged_60 += left
                        elif late <= 90:
                            aged_90 += left
                        else:
                            aged_more += left
            s += 1
        due_rows = slots.row[s]
        if run_n == 0:
            continue
        if run_late == 0 or run_late == run_n:
            calm = np.int64(run_late == 0)  # without a branch: which it is cannot be foreseen
            on_time, late_run = (on_time + run_n) * calm, (late_run + run_n) * (1 - calm)
        else:
            on_time, late_run = _streaks(t, slots.row[run], due_rows, rows, slots, on_time, late_run)
        w = weights[t - due]
        weight += w * run_n
        weighted += w * run_days
        if band < 4:
            x = due - t
            sx += x * run_n
            sy += run_days
            sxx += x * x * run_n
            sxy += x * run_days
    not_due = np.int64(0)
    while s < n_slots:
        open_n += slots.sums[s, _OPEN_N]
        not_due += slots.sums[s, _OPEN_LEFT]
        if slots.due[s] <= t + 30:
            next_30 += slots.sums[s, _OPEN_LEFT]
        s += 1
    open_amount += not_due
    _write_windows(bands, at, out)
    o = _NOW
    out[o, at] = open_n
    out[o + 1, at] = open_amount / 100
    out[o + 2, at] = overdue_n
    out[o + 3, at] = overdue_amount / 100
    out[o + 4, at] = _divide(overdue_amount, open_amount)
    out[o + 5, at] = dpd_max
    out[o + 6, at] = _divide(dpd_weighted, open_amount)
    out[o + 7, at] = aged_30 / 100
    out[o + 8, at] = aged_60 / 100
    out[o + 9, at] = aged_90 / 100
    out[o + 10, at] = aged_more / 100
    out[o + 11, at] = (open_amount - overdue_amount) / 100
    out[o + 12, at] = next_30 / 100
    out[o + 15, at] = t - last_late if last_late > LOW else np.nan
    out[o + 17, at] = on_time
    out[o + 18, at] = late_run
    _write_ends(t, from_row, due_rows, bands[4, _N], rows, slots, at, out)
    out[o + 23, at] = _divide(weighted, weight)
    n = bands[3, _N]  # the bands now hold windows: the last 365 days
    spread = n * sxx - sx * sx
    out[o + 24, at] = 30 * (n * sxy - sx * sy) / spread if spread > 0 else np.nan
    out[o + 25, at] = _divide(_divide(bands[1, _LATE], bands[1, _N]), _divide(bands[3, _LATE], n))
    out[o + 30, at] = bands[4, _PARTS]
    out[o + 31, at] = _divide(bands[3, _PAID_UP], bands[3, _AMOUNT])
    ticket = _divide(bands[3, _ISSUED_AMOUNT] / 100, bands[3, _ISSUED])
    out[o + 33, at] = ticket
    out[o + 34, at] = _divide(_divide(bands[1, _ISSUED_AMOUNT] / 100, bands[1, _ISSUED]), ticket)


@inlined
def _late_now(t: Int, i: Int, rows: Rows, slots: Slots) -> Int:
    """Days late of row i, which is there and due by t."""
    if rows.state[i] == OPEN:
        return max(t - np.int64(slots.due_adj[rows.slot[i]]), np.int64(0))
    return rows.late[i]


@inlined
def _streaks(t: Int, low: Int, high: Int, rows: Rows, slots: Slots, on_time: Int, late_run: Int) -> tuple[Int, Int]:
    """Streaks carried over the rows of one due date, some late and some not."""
    for i in range(low, high):
        if rows.state[i] > UNOBSERVED:
            if _late_now(t, i, rows, slots) > 0:
                on_time, late_run = np.int64(0), late_run + 1
            else:
                on_time, late_run = on_time + 1, np.int64(0)
    return on_time, late_run


@inlined
def _write_ends(t: Int, low: Int, high: Int, matured: Int, rows: Rows, slots: Slots, at: Int, out: Out) -> None:
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


@kernel
def look_by_day(t: Int, issues: Daily, receipts: Daily, bands: I64, at: Int, out: Out) -> None:
    """The columns of issues and payments; and fills their bands, before `look` sums them into windows."""
    bands[:, _RECEIVED:] = 0
    issued, first, last, o = np.int64(0), np.int64(0), np.int64(0), _NOW
    for k in range(issues.size[0]):
        if issues.number[k] > 0:
            day = np.int64(issues.day[k])
            first, last = (day if issued == 0 else first), day
            band = _band(t - day)
            issued += issues.number[k]
            bands[band, _ISSUED] += issues.number[k]
            bands[band, _ISSUED_AMOUNT] += issues.cents[k]
    out[o + 32, at] = (last - first) / (issued - 1) if issued > 1 else np.nan
    paid = LOW
    for k in range(receipts.size[0]):
        day = np.int64(receipts.day[k])
        if receipts.number[k] > 0:
            paid = day
        bands[_band(t - day), _RECEIVED] += receipts.cents[k]
    out[o + 14, at] = t - paid if paid > LOW else np.nan


@kernel
def look_at_ages(t: Int, issues: Daily, at: Int, out: Out) -> None:
    """Days since the last and the first issue, which no forgetting changes."""
    low, high, o = 0, issues.size[0] - 1, _NOW
    while low <= high and issues.number[low] == 0:
        low += 1
    while high >= low and issues.number[high] == 0:
        high -= 1
    out[o + 13, at] = t - issues.day[high] if low <= high else np.nan
    out[o + 16, at] = t - issues.day[low] if low <= high else np.nan


@kernel
def _write_windows(bands: I64, at: Int, out: Out) -> None:
    """Sums the bands into windows and writes their columns."""
    for w in range(5):
        if w > 0:
            for k in range(BAND_WIDTH):
                if k == _MAX:
                    bands[w, k] = max(bands[w, k], bands[w - 1, k])
                else:
                    bands[w, k] += bands[w - 1, k]
        b, o = bands[w], w * _A_WINDOW
        n, amount = b[_N], b[_AMOUNT]
        out[o, at] = n
        out[o + 1, at] = amount / 100
        out[o + 2, at] = b[_LATE]
        out[o + 3, at] = b[_LATE_AMOUNT] / 100
        out[o + 4, at] = _divide(b[_LATE], n)
        out[o + 5, at] = _divide(b[_LATE_AMOUNT], amount)
        out[o + 6, at] = b[_L15]
        out[o + 7, at] = b[_L30]
        out[o + 8, at] = b[_L60]
        out[o + 9, at] = b[_L90]
        out[o + 10, at] = _divide(b[_DAYS], n)
        out[o + 11, at] = b[_MAX] if n > 0 else np.nan
        spread = n * b[_SQUARES] - b[_DAYS] * b[_DAYS]
        out[o + 12, at] = np.sqrt(spread / (n * (n - 1))) if n > 1 else np.nan
        out[o + 13, at] = _divide(b[_WEIGHTED], amount)
        out[o + 14, at] = _divide(b[_EARLY], n)
        out[o + 15, at] = b[_RECEIVED] / 100
        out[o + 16, at] = b[_ISSUED]
        out[o + 17, at] = b[_ISSUED_AMOUNT] / 100
