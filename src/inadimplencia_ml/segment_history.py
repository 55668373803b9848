"""What earlier scores do to a segment: near an edge the earlier one is kept, and who has no score keeps the last one.

Only the segment is kept. Probability, points and rating are those of the day, and a client already in the event is of
high risk whatever came before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, names_told
from inadimplencia_ml.tables import SEGMENT_BASES

__all__ = ["last_segment", "segments_over_time"]

Texts = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]

_SILENT = ("no_exposure", "inactive")  # states without a probability: the segment is that of an older score
_TOLD = ("segment", "state", "model_version", "target")


def segments_over_time(
    rows: pd.DataFrame,
    own: Texts,
    history: pd.DataFrame | None,
    order: Sequence[str],
    edges: Floats,
    band_points: float,
    memory_days: int,
) -> tuple[Texts, Texts]:
    """The segment of each row, and where it comes from: one of `inadimplencia_ml.tables.SEGMENT_BASES`.

    A client who is scored keeps the segment of the last score while today's points lie within ``band_points`` of what
    that segment spans, so that a score that wavers about an edge does not change the segment each month. Whatever
    crosses the edge by more is taken at once, for better or worse. The earlier score counts if it is at most
    ``memory_days`` old and of the same model and target.

    Parameters
    ----------
    rows : DataFrame
        client_id, as_of, state, model_version, target, score_raw; with invoice_id nothing is kept.
    own : object array
        The segment that today's probability or state gives.
    history : DataFrame, optional
        Earlier scores, as `Model.score` gives them. Without state, model_version or target a score is not comparable.
    order : sequence of str
        The segments, the safest first.
    edges : float array
        Points at which each segment but the last ends, falling.

    Raises
    ------
    CallError
        ``history`` lacks client_id, as_of or segment.
    """
    state = rows["state"].to_numpy(dtype=object)
    silent, scored = np.isin(state, _SILENT), state == "scoreable"
    last = np.full(len(rows), "none", object) if history is None else last_segment(rows, history)
    segment = np.where(silent, last, own).astype(object)
    basis = np.where(silent, np.where(last == "none", "none", "last"), "already_bad").astype(object)
    at = np.flatnonzero(scored)
    if not len(at):
        return segment, basis
    if not len(edges) or band_points <= 0:
        basis[at] = "off"
        return segment, basis
    past = None if "invoice_id" in rows.columns else history
    mine = rows.iloc[at].reset_index(drop=True)
    before = _last_scores(mine, past, order)
    basis[at] = _comparable(mine, before, memory_days)
    kept = (basis[at] == "probability") & _within(mine["score_raw"], before["segment"], order, edges, band_points)
    kept &= (before["segment"] != segment[at]).to_numpy(bool)
    segment[at[kept]] = before["segment"].to_numpy(dtype=object)[kept]
    basis[at[kept]] = "kept"
    return segment, basis


def _within(points: pd.Series, segment: pd.Series, order: Sequence[str], edges: Floats, band: float) -> Any:
    """Where the points lie in the span of the earlier segment, widened by the band at both ends."""
    place = pd.Index(order).get_indexer(pd.Index(segment))  # -1, none, takes the last: never comparable
    upper, lower = np.append(np.inf, edges)[place], np.append(edges, -np.inf)[place]
    now = points.to_numpy(np.float64)
    return (now < upper + band) & (now > lower - band)


def _comparable(rows: pd.DataFrame, before: pd.DataFrame, memory_days: int) -> Texts:
    """``probability`` where the earlier score may be compared with today's, else why it may not."""
    age = (rows["as_of"] - before["as_of"]).dt.days.to_numpy()
    none, bad = before["segment"].isna().to_numpy(), (before["state"] == "already_bad").to_numpy(bool)
    same = {name: (before[name] == rows[name].astype(object)).to_numpy(bool) for name in ("model_version", "target")}
    cases = [none, age > memory_days, ~same["model_version"], bad, ~same["target"]]
    names = ("no_history", "stale", "other_model", "was_bad", "other_target")
    assert set(names) <= set(SEGMENT_BASES)
    return np.select(cases, names, "probability").astype(object)


def _last_scores(rows: pd.DataFrame, history: pd.DataFrame | None, order: Sequence[str]) -> pd.DataFrame:
    """By row, the last earlier score that was one: as_of, segment, state, model_version, target; missing without."""
    if history is None:
        history = pd.DataFrame(columns=["client_id", "as_of", "segment"])
    told = history.reindex(columns=["client_id", "as_of", *_TOLD])
    told = told[told["segment"].isin(order) & ~told["state"].isin(_SILENT)].astype(dict.fromkeys(_TOLD, object))
    return _met(rows, told)


def last_segment(rows: pd.DataFrame, history: pd.DataFrame) -> Texts:
    """The segment of each client's last earlier score, ``none`` without one.

    Parameters
    ----------
    rows, history : DataFrame
        client_id and as_of; ``history`` also the segment. Scores of the same day or later do not count.

    Raises
    ------
    CallError
        ``history`` lacks a column.
    """
    for name in ("client_id", "as_of", "segment"):
        if name not in history.columns:
            raise CallError(f"history: column {name!r} is missing; it has {names_told(history.columns)}.")
    past = history[["client_id", "as_of", "segment"]]
    found = _met(rows, past[past["segment"] != "none"])["segment"]
    return found.astype(object).where(found.notna(), "none").to_numpy(dtype=object)


def _met(rows: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """The last of ``past`` before the day of each row, in the order of the rows; missing where there is none."""
    past = past.dropna(subset=["client_id", "as_of", "segment"])
    past = past.assign(as_of=pd.to_datetime(past["as_of"]).astype(rows["as_of"].dtype))
    if past.empty:
        return past.drop(columns="client_id").reindex(np.arange(len(rows)))
    past = past.sort_values("as_of", kind="stable").assign(before=lambda frame: frame["as_of"])
    now = rows[["client_id", "as_of"]].assign(row=np.arange(len(rows))).sort_values("as_of", kind="stable")
    if now["client_id"].dtype != past["client_id"].dtype:  # a history that went through a file may say numbers for text
        now, past = (frame.assign(client_id=_as_text(frame["client_id"])) for frame in (now, past))
    met = pd.merge_asof(now, past, on="as_of", by="client_id", allow_exact_matches=False)
    return met.sort_values("row", ignore_index=True).assign(as_of=lambda frame: frame["before"])


def _as_text(ids: pd.Series) -> pd.Series:
    """Ids as text; whole numbers without a point."""
    if pd.api.types.is_float_dtype(ids.dtype) and (ids % 1 == 0).all():
        ids = ids.astype("int64")
    return ids.astype("str")
