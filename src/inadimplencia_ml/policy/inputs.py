"""What `decide` is given: cases, titles and scores of the same clients and day, or a message that says why not."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, PolicyError, did_you_mean
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.sections import ROWS, STATES
from inadimplencia_ml.tables import CASES, SCORES, SEGMENT_BASES, TITLES, Table

__all__ = ["Given", "given"]

Codes = npt.NDArray[np.int64]


class Given(NamedTuple):
    """The inputs on one another's order."""

    cases: pd.DataFrame
    titles: pd.DataFrame
    scores: pd.DataFrame  # in the order of the cases
    title_case: Codes  # by title: position of its case
    segment: Codes  # positions in ROWS
    state: Codes  # positions in STATES
    basis: Codes  # positions in SEGMENT_BASES, -1 where the scores do not say where a segment comes from


def given(rules: PolicyInForce, scores: pd.DataFrame, cases: pd.DataFrame, titles: pd.DataFrame) -> Given:
    """The inputs, aligned. Raises CallError or PolicyError."""
    if "invoice_id" in scores.columns:
        raise PolicyError(
            "scores: these are of invoices. A policy decides on clients: score with a target of level client."
        )
    for frame, table in ((cases, CASES), (titles, TITLES), (scores, SCORES)):
        _has_its_columns(frame, table)
    _asked_target(rules, scores)
    ids, scored = _each_once(cases, "cases"), _each_once(scores, "scores")
    _of_the_day(cases, "cases", rules)
    _of_the_day(scores, "scores", rules)
    at = np.arange(len(ids)) if ids.equals(scored) else scored.get_indexer(ids)
    unscored = int((at < 0).sum())
    caseless = len(scored) - (len(ids) - unscored)
    if unscored or caseless:
        raise CallError(
            f"cases and scores are not of the same clients: {unscored} cases have no score, {caseless} scores "
            "have no case. Score the same ledger as of the same day."
        )
    title_case = ids.get_indexer(pd.Index(titles["client_id"])).astype(np.int64)
    if (title_case < 0).any():
        raise CallError(f"titles: {int((title_case < 0).sum())} are of clients that are not among the cases.")
    _whole(titles, "titles", ("due_date", "dpd", "open_amount"))
    aligned = scores.take(at)
    segment = _positions(aligned, "segment", ROWS)
    state = _positions(aligned, "state", STATES)
    told = aligned["segment_basis"] if "segment_basis" in aligned.columns else pd.Series(None, aligned.index, object)
    basis = pd.Index(SEGMENT_BASES).get_indexer(pd.Index(told)).astype(np.int64)
    return Given(cases, titles, aligned, title_case, segment, state, basis)


def _has_its_columns(frame: pd.DataFrame, table: Table) -> None:
    for name in table.required:
        if name not in frame.columns:
            hint = did_you_mean(name, map(str, frame.columns))
            raise CallError(f"{table.name}: column {name!r} is missing; it holds: {table.by_name[name].meaning}.{hint}")


def _asked_target(rules: PolicyInForce, scores: pd.DataFrame) -> None:
    wanted = rules.policy.target
    if wanted is None:
        return
    if "target" not in scores.columns:
        raise PolicyError(
            f"policy {rules.policy.name} needs scores of target {wanted!r}; these do not say their target."
        )
    event = scores.loc[(scores["state"] != "already_bad").to_numpy(), "target"]  # the others are scored on being cured
    other = sorted(set(event.dropna().unique()) - {wanted})
    if other:
        raise PolicyError(
            f"policy {rules.policy.name} needs scores of target {wanted!r}; these are of {other[0]!r}. "
            "Train with that target, or change `target` in the policy."
        )


def _each_once(frame: pd.DataFrame, name: str) -> pd.Index:
    ids: pd.Index[Any] = pd.Index(frame["client_id"])
    if ids.hasnans:
        raise CallError(f"{name}: {int(np.count_nonzero(ids.isna()))} rows have no client_id.")
    if not ids.is_unique:
        raise CallError(f"{name}: {int(ids.duplicated().sum())} rows repeat a client. One row a client is expected.")
    return ids


def _of_the_day(frame: pd.DataFrame, name: str, rules: PolicyInForce) -> None:
    days = pd.to_datetime(frame["as_of"])
    other = days[(days != pd.Timestamp(rules.day)).to_numpy()]
    if len(other):
        came = "missing" if pd.isna(other.iloc[0]) else other.iloc[0].date()
        raise CallError(f"{name}: {len(other)} rows are of another day ({came}) than as_of {rules.day}.")


def _whole(frame: pd.DataFrame, name: str, columns: tuple[str, ...]) -> None:
    for column in columns:
        missing = int(frame[column].isna().sum())
        if missing:
            raise CallError(f"{name}: {column} is missing in {missing} rows.")


def _positions(scores: pd.DataFrame, column: str, known: tuple[str, ...]) -> Codes:
    out = pd.Index(known).get_indexer(pd.Index(scores[column])).astype(np.int64)
    if (out < 0).any():
        values = scores[column].to_numpy(dtype=object)[out < 0]
        if pd.isna(values[0]):
            raise PolicyError(
                f"scores: {column} is missing in {len(values)} rows. Clients without one have {known[-1]!r}."
            )
        raise PolicyError(f"scores: unknown {column} {values[0]!r}.{did_you_mean(values[0], known)}")
    return out
