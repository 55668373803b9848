"""Labels, ten features and four metrics as SQL over a `PlainBook`, written from their definitions alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.evaluation.plain_book import PlainBook
from inadimplencia_ml.target import Target

__all__ = ["FEATURES", "METRICS", "covers", "plain_features", "plain_labels", "plain_metrics"]

Floats = npt.NDArray[np.float64]

#: The features that are reckoned again: windows, lateness, money, what is open, recency.
FEATURES = (
    "due_count_365d",
    "late_share_365d",
    "days_late_mean_365d",
    "days_late_max_all",
    "paid_amount_90d",
    "issued_amount_180d",
    "open_amount",
    "overdue_amount",
    "dpd_max",
    "days_since_payment",
)
METRICS = ("auc", "brier", "bad_rate", "ks")

# What is seen at the end of the day `look`: an invoice until it is known to be void, payments while booked and not
# reversed. It ends when it is settled or, from the day on which that is known, when it was closed before.
_SEEN = """
seen AS (
    SELECT s.snap, s.look, i.* FROM snaps s JOIN inv i ON i.client_id = s.client_id
    WHERE i.known <= s.look AND NOT (i.void AND coalesce(i.closed_known <= s.look, false))
),
running AS (
    SELECT e.snap, e.invoice_id, e.owed, p.paid_on, p.cents,
        sum(p.cents) OVER (PARTITION BY e.snap, e.invoice_id ORDER BY p.paid_on) AS so_far
    FROM seen e JOIN pay p ON p.invoice_id = e.invoice_id AND p.booked <= e.look AND p.until > e.look
),
paid AS (
    SELECT snap, invoice_id, sum(cents) AS cents, min(paid_on) FILTER (WHERE so_far >= owed - 1) AS settled_on
    FROM running GROUP BY snap, invoice_id
),
ended AS (
    SELECT e.*, CASE WHEN e.owed = 0 THEN e.issue ELSE p.settled_on END AS settled_on,
        greatest(e.owed - coalesce(p.cents, 0), 0) AS unpaid,
        CASE WHEN e.closed_known <= e.look THEN e.closed_on END AS shut_on
    FROM seen e LEFT JOIN paid p ON p.snap = e.snap AND p.invoice_id = e.invoice_id
),
state AS (SELECT *, least(settled_on, shut_on) AS ended_on FROM ended)
"""

_FEATURES = f"""
WITH {_SEEN},
late AS (
    SELECT *, ended_on IS NULL AS open, CASE WHEN ended_on IS NULL THEN unpaid ELSE 0 END AS outstanding,
        CASE WHEN coalesce(ended_on, look) > due_adj THEN coalesce(ended_on, look) - due_adj
             WHEN coalesce(ended_on, look) >= due THEN 0
             ELSE coalesce(ended_on, look) - due END AS days_late
    FROM state
),
of_invoices AS (
    SELECT snap,
        count(*) FILTER (WHERE due > look - 365 AND due <= look) AS due_count_365d,
        count(*) FILTER (WHERE due > look - 365 AND due <= look AND days_late > 0) AS late_365d,
        sum(days_late) FILTER (WHERE due > look - 365 AND due <= look) AS days_365d,
        max(days_late) FILTER (WHERE due <= look) AS days_late_max_all,
        sum(owed) FILTER (WHERE issue > look - 180) AS issued,
        sum(outstanding) AS open_cents,
        sum(outstanding) FILTER (WHERE days_late > 0) AS overdue_cents,
        max(days_late) FILTER (WHERE open) AS worst
    FROM late GROUP BY snap
),
of_payments AS (
    SELECT e.snap, max(p.paid_on) AS last_paid, sum(p.money) FILTER (WHERE p.booked > e.look - 90) AS money
    FROM seen e JOIN pay p
        ON p.invoice_id = e.invoice_id AND p.booked <= e.look AND p.until > e.look AND p.is_payment
    GROUP BY e.snap
)
SELECT coalesce(i.due_count_365d, 0) AS due_count_365d,
    i.late_365d / nullif(i.due_count_365d, 0) AS late_share_365d,
    i.days_365d / nullif(i.due_count_365d, 0) AS days_late_mean_365d,
    i.days_late_max_all,
    coalesce(p.money, 0) / 100 AS paid_amount_90d,
    coalesce(i.issued, 0) / 100 AS issued_amount_180d,
    coalesce(i.open_cents, 0) / 100 AS open_amount,
    coalesce(i.overdue_cents, 0) / 100 AS overdue_amount,
    greatest(coalesce(i.worst, 0), 0) AS dpd_max,
    s.look - p.last_paid AS days_since_payment
FROM snaps s LEFT JOIN of_invoices i ON i.snap = s.snap LEFT JOIN of_payments p ON p.snap = s.snap
ORDER BY s.snap
"""

# How each invoice ended, by the dates of its payments, as known on the day on which labels are made: `shut_on` is
# the day it was closed, if that is known and no payment settled it by then.
_ENDS = """
dated AS (SELECT * FROM pay WHERE booked <= $t AND until > $t),
ends AS (
    SELECT *, CASE WHEN closed_known <= $t AND coalesce(settled_on > closed_on, true) THEN closed_on END AS shut_on,
        void AND coalesce(closed_known <= $t, false) AS gone
    FROM inv LEFT JOIN (
        SELECT invoice_id, CASE WHEN any_value(owed) = 0 THEN any_value(issue)
            ELSE min(paid_on) FILTER (WHERE so_far >= owed - 1) END AS settled_on
        FROM (
            SELECT i.invoice_id, i.owed, i.issue, p.paid_on,
                sum(p.cents) OVER (PARTITION BY i.invoice_id ORDER BY p.paid_on) AS so_far
            FROM inv i LEFT JOIN dated p ON p.invoice_id = i.invoice_id
        ) GROUP BY invoice_id
    ) USING (invoice_id)
)
"""
_UNPAID = """greatest({row}.owed - coalesce((
    SELECT sum(p.cents) FROM dated p WHERE p.invoice_id = {row}.invoice_id AND p.paid_on <= {day}
), 0), 0)"""

_CLIENT_LABELS = f"""
WITH {_SEEN}, {_ENDS},
open AS (
    SELECT *, due_adj + $dpd AS reached,
        greatest(due_adj + $dpd, look + CASE WHEN $ever THEN 1 ELSE $horizon END) AS event_on
    FROM state WHERE ended_on IS NULL
),
later AS (
    SELECT o.snap, o.look, o.due_adj, o.reached, o.unpaid, o.event_on, n.settled_on, n.shut_on, n.gone,
        {_UNPAID.format(row="o", day="o.event_on")} AS unpaid_then,
        {_UNPAID.format(row="o", day="n.shut_on - 1")} AS unpaid_when_shut
    FROM open o JOIN ends n ON n.invoice_id = o.invoice_id
),
summed AS (
    SELECT snap,
        bool_or(reached <= look AND unpaid >= $least) AS already_bad,
        bool_or(reached <= look + $horizon AND unpaid >= $least) AS exposed,
        bool_or(NOT gone AND event_on <= look + $horizon AND event_on <= $t AND unpaid_then >= $least
            AND coalesce(settled_on > event_on, true) AND coalesce(shut_on > event_on, true)) AS reached_it,
        bool_or(NOT gone AND shut_on > look AND shut_on <= look + $horizon AND shut_on > due_adj
            AND unpaid_when_shut >= $least) AS shut
    FROM later GROUP BY snap
),
told AS (
    SELECT s.snap, s.as_of, coalesce(already_bad, false) AS already_bad, coalesce(exposed, false) AS exposed,
        coalesce(reached_it OR shut, false) AS came
    FROM snaps s LEFT JOIN summed j ON j.snap = s.snap
)
SELECT CASE
    WHEN as_of > $t THEN 'immature'
    WHEN already_bad THEN 'already_bad'
    WHEN NOT (came OR exposed) THEN 'no_exposure'
    WHEN as_of + $horizon + $lag > $t THEN 'immature'
    WHEN came THEN 'bad' ELSE 'good' END AS label
FROM told ORDER BY snap
"""

_INVOICE_LABELS = f"""
WITH {_ENDS},
due AS (
    SELECT s.snap, s.as_of, n.*,
        CASE WHEN $event = 'paid' THEN s.as_of + $horizon ELSE n.due_adj + $dpd END AS decided_on
    FROM snaps s JOIN ends n ON n.invoice_id = s.invoice_id
),
left_over AS (
    SELECT *, coalesce(shut_on <= decided_on, false) AS shut,
        {_UNPAID.format(row="d", day="least(d.decided_on, d.shut_on - 1)")} AS unpaid
    FROM due d
)
SELECT CASE
    WHEN as_of > $t THEN 'immature'
    WHEN gone OR shut_on <= due_adj THEN 'no_exposure'
    WHEN decided_on + $lag > $t THEN 'immature'
    WHEN $event = 'paid' THEN CASE WHEN settled_on <= decided_on AND shut_on IS NULL THEN 'good' ELSE 'bad' END
    WHEN $event = 'late' THEN CASE WHEN NOT shut AND settled_on < decided_on THEN 'good' ELSE 'bad' END
    WHEN unpaid < $least OR (NOT shut AND settled_on <= decided_on) THEN 'good' ELSE 'bad' END AS label
FROM left_over ORDER BY snap
"""

_METRICS = """
WITH ranked AS (
    SELECT y, p, rank() OVER (ORDER BY p) + (count(*) OVER (PARTITION BY p) - 1) / 2 AS place FROM scored
),
totals AS (SELECT sum(y) AS bads, count(*) - sum(y) AS goods FROM scored),
steps AS (
    SELECT sum(sum(y)) OVER (ORDER BY p) AS bads, sum(count(*) - sum(y)) OVER (ORDER BY p) AS goods
    FROM scored GROUP BY p
)
SELECT
    (SELECT (sum(place) FILTER (WHERE y = 1) - any_value(t.bads * (t.bads + 1) / 2)) / any_value(t.bads * t.goods)
     FROM ranked, totals t) AS auc,
    (SELECT avg((p - y) * (p - y)) FROM scored) AS brier,
    (SELECT avg(y) FROM scored) AS bad_rate,
    (SELECT max(abs(s.bads / t.bads - s.goods / t.goods)) FROM steps s, totals t) AS ks
"""


def covers(target: Target) -> bool:
    """Whether the SQL knows the labels of a target: not those with shares, cures or new invoices."""
    return target.exposure == "open" and target.min_share == 0 and target.cure_days == 0


def plain_features(book: PlainBook) -> pd.DataFrame:
    """The ten ``FEATURES`` of each covered snapshot, in the order of the snapshots."""
    return book.ask(_FEATURES).astype(np.float64)


def plain_labels(book: PlainBook, target: Target, known_at: Any) -> npt.NDArray[np.object_]:
    """The label of each covered snapshot as known at the end of ``known_at``, in the order of the snapshots."""
    given: dict[str, Any] = {"t": known_at, "dpd": target.dpd, "horizon": target.horizon_days}
    given |= {"lag": book.booking_lag(known_at), "least": round(target.min_amount * 100)}
    if target.level == "client":
        return book.ask(_CLIENT_LABELS, ever=target.ever, **given)["label"].to_numpy(dtype=object)
    return book.ask(_INVOICE_LABELS, event=target.event, **given)["label"].to_numpy(dtype=object)


def plain_metrics(y: Floats, p: Floats) -> dict[str, float]:
    """AUC by rank sums, Brier score, bad rate and the greatest distance of the two distributions."""
    import duckdb

    with duckdb.connect(":memory:", config={"threads": "1", "python_enable_replacements": "false"}) as database:
        database.register("scored", pa.table({"y": y, "p": p}))
        found = database.execute(_METRICS).fetchall()[0]
    return {name: float(value) for name, value in zip(METRICS, found, strict=True)}
