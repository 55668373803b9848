"""What may be said of applicants who were refused, of whom no outcome is known: as assumptions beside one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from inadimplencia_ml.errors import CallError, NotEnoughData, did_you_mean
from inadimplencia_ml.risk import metrics
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.fit_inputs import as_clients
from inadimplencia_ml.tables.same_kind import same_kind

__all__ = ["RejectInference", "RejectMethod", "Sample", "reject_inference"]

RejectMethod = Literal["accepted_only", "reweighted", "parcelled"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_HELD_OUT = 0.25  # of the accepted rows, where the caller does not say which
_LEAST_OF_A_CLASS = 10
_LEAST_ACCEPTANCE = 0.05  # below it hardly an accepted one is like the refused one


class Sample(NamedTuple):
    """What a model is fitted on under one assumption: give all four to ``fit``."""

    X: pd.DataFrame
    y: npt.NDArray[np.int64]
    sample_weight: Floats
    groups: npt.NDArray[np.int64]


@dataclass(frozen=True)
class RejectInference:
    """The refused under several assumptions.

    Attributes
    ----------
    table : DataFrame
        A row an assumption: method, factor (NaN where it has none); told_accepted, told_rejected, the mean probability
        of held-out accepted and of refused applicants; auc, log_loss on held-out accepted ones; auc_all, log_loss_all,
        the same for all applicants, if acceptance hangs on the features alone (accepted ones weigh 1 / their
        probability of acceptance); approved_told, the mean probability of those that this model would approve; moved,
        the share of them that ``accepted_only`` would not have approved.
    accepted_share : float
        Of all applicants, 0 to 1.
    acceptance_auc : float
        How well features tell accepted from refused ones, held out; 0.5: not at all, near 1: they have nothing in
        common.
    unlike_any_accepted : float
        Share of the refused whose probability of acceptance is below 0.05: of them the accepted ones tell nothing.
    effective_rows : float
        How many accepted rows of equal weight the reweighted ones are worth (Kish): (Σw)² / Σw².
    acceptance, weight : array, (accepted rows,)
        Held-out probability of acceptance, and the weight made of it.
    """

    table: pd.DataFrame
    accepted_share: float
    acceptance_auc: float
    unlike_any_accepted: float
    effective_rows: float
    acceptance: Floats
    weight: Floats
    _applicants: _Applicants
    _estimator: Any

    @cached_property
    def _told_rejected(self) -> Floats:
        return _fitted(self._estimator, _accepted_only(self._applicants))(self._applicants.rejected)

    def sample(self, method: RejectMethod, factor: float = 1.0) -> Sample:
        """All rows to fit the model on that is put to use, under the assumption chosen.

        Raises
        ------
        CallError
            No such method, or a factor that is not above 0.
        """
        if method not in get_args(RejectMethod):
            raise CallError(
                f"method is {method!r}; expected one of {', '.join(get_args(RejectMethod))}."
                f"{did_you_mean(str(method), get_args(RejectMethod))}"
            )
        if method == "accepted_only":
            return _accepted_only(self._applicants)
        if method == "reweighted":
            return _reweighted(self._applicants, self.weight)
        _check_factors([factor])
        return _parcelled(self._applicants, self._told_rejected, factor)


@dataclass(frozen=True)
class _Applicants:
    """Accepted ones, what became of them (1: bad) and who they are; and the refused."""

    x: pd.DataFrame
    y: npt.NDArray[np.int64]
    clients: npt.NDArray[np.int64]
    rejected: pd.DataFrame

    def only(self, kept: Flags) -> _Applicants:
        return replace(self, x=self.x[kept], y=self.y[kept], clients=self.clients[kept])


@same_kind("X", "rejected")
def reject_inference(
    estimator: Any,
    X: pd.DataFrame,
    y: Any,
    rejected: pd.DataFrame,
    *,
    factors: Sequence[float] = (1.0, 1.2, 1.5, 2.0),
    held_out: Any = None,
    groups: Any = None,
    approval_rate: float | None = None,
    largest_weight: float = 10.0,
    random_state: int = 0,
) -> RejectInference:
    """How far probabilities and approvals hang on what is assumed of those who were refused.

    A model fitted on accepted applicants alone may be wrong for the others. Two ways to bring these in, beside it:

    *Reweighted*: an accepted one weighs 1 / P(accepted | features), so that those like the refused count more. Right
    where acceptance hung on the features alone. *Parcelled*: each refused one enters twice, as bad with weight p and as
    good with 1 − p, where p has ``factor`` times the odds that a model of the accepted tells (1: as it says, also known
    as fuzzy augmentation; 1.2 to 1.5 is usual). The factor is an assumption: what the refused would have done beyond
    what features tell cannot be learned from the accepted (Hand and Henley 1993, IMA Journal of Management Mathematics
    5(1):45-55; Crook and Banasik 2004, doi:10.1016/j.jbankfin.2003.10.010). So read the table for how much it moves;
    where that is much, only a small random share of the refused, accepted after all, measures it.

    Parameters
    ----------
    estimator : classifier
        Not fitted; it is cloned. Any scikit-learn classifier that takes sample weights.
    X : DataFrame
        Features of the accepted, one row each.
    y : array-like
        What became of them: two classes, the larger one (1, True) is the event.
    rejected : DataFrame
        The same columns, of the refused.
    factors : sequence of float
        Odds of the refused over those of accepted ones with the same features, each above 0.
    held_out : array-like of bool, optional
        Accepted rows to judge on, such as the latest months; by default a quarter, drawn by client.
    groups : array-like, optional
        The client of each accepted row.
    approval_rate : float, optional
        Share of all applicants to approve, above 0 and below 1; by default as many as were accepted.
    largest_weight : float
        At most so many times their mean may weights of accepted rows be, 1 or more.
    random_state : int
        Seed.

    Returns
    -------
    RejectInference
        ``table``, a row an assumption: method, factor, told_accepted, told_rejected (mean probabilities), auc, log_loss
        (held-out accepted ones), auc_all, log_loss_all (all applicants, if features alone decided), approved_told,
        moved (share of the approved whom ``accepted_only`` would not have approved). ``accepted_share``,
        ``acceptance_auc``, ``unlike_any_accepted``, ``effective_rows``: how much accepted and refused have in common.
        ``sample(method, factor)``: the rows, outcomes, weights and groups to fit on.

    Raises
    ------
    CallError
        Columns differ, an argument is out of its range, or the estimator takes no weights.
    NotEnoughData
        Fewer than 10 good or bad ones among those fitted or judged on, or fewer than 10 refused.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> everyone = pd.DataFrame({"debt": rng.normal(size=4000)})
    >>> bad = rng.random(4000) < 1 / (1 + np.exp(1.5 - everyone["debt"]))
    >>> accepted = rng.random(4000) < 1 / (1 + np.exp(everyone["debt"]))
    >>> found = reject_inference(
    ...     LogisticRegression(), everyone[accepted], bad[accepted], everyone[~accepted], factors=(1.0, 1.5))
    >>> found.table[["method", "factor", "told_rejected"]].round(2).to_dict("list")  # doctest: +ELLIPSIS
    {'method': ['accepted_only', 'reweighted', 'parcelled', 'parcelled'], 'factor': [nan, nan, 1.0, 1.5], ...}
    >>> bool(bad[~accepted].mean() < found.table["told_rejected"].max())
    True
    """
    _check(X, rejected, approval_rate, largest_weight)
    _check_factors(factors)
    if not has_fit_parameter(estimator, "sample_weight"):
        raise CallError(f"{type(estimator).__name__}: its fit takes no sample_weight, which every assumption needs.")
    who = _applicants(X, y, rejected, groups)
    held = _held_out(held_out, who, random_state)
    fitted, judged = who.only(~held), who.only(held)
    _enough(fitted, judged)
    acceptance, of_rejected, separation = _acceptance(who, random_state)
    weight = 1.0 / acceptance
    weight = np.minimum(weight, largest_weight * weight.mean())

    told = {("accepted_only", np.nan): _fitted(estimator, _accepted_only(fitted))}
    told["reweighted", np.nan] = _fitted(estimator, _reweighted(fitted, weight[~held]))
    of_accepted_only = told["accepted_only", np.nan](who.rejected)
    for factor in factors:
        told["parcelled", factor] = _fitted(estimator, _parcelled(fitted, of_accepted_only, factor))

    share = len(who.y) / (len(who.y) + len(rejected))
    return RejectInference(
        table=_table(told, judged, weight[held], share, approval_rate or share),
        accepted_share=share,
        acceptance_auc=separation,
        unlike_any_accepted=float((of_rejected < _LEAST_ACCEPTANCE).mean()),
        effective_rows=float(weight.sum() ** 2 / (weight**2).sum()),
        acceptance=acceptance,
        weight=weight,
        _applicants=who,
        _estimator=estimator,
    )


# ------------------------------------------------------------------ samples
def _accepted_only(who: _Applicants) -> Sample:
    return Sample(who.x, who.y, np.ones(len(who.y)), who.clients)


def _reweighted(who: _Applicants, weight: Floats) -> Sample:
    return Sample(who.x, who.y, weight, who.clients)


def _parcelled(who: _Applicants, told: Floats, factor: float) -> Sample:
    n = len(who.rejected)
    bad = factor * told / (1.0 - told + factor * told)
    own = np.arange(n) + who.clients.max() + 1  # the two rows of a refused one stay in one fold
    return Sample(
        pd.concat([who.x, who.rejected, who.rejected], ignore_index=True),
        np.concatenate([who.y, np.ones(n, np.int64), np.zeros(n, np.int64)]),
        np.concatenate([np.ones(len(who.y)), bad, 1.0 - bad]),
        np.concatenate([who.clients, own, own]),
    )


# ------------------------------------------------------------------ models
def _fitted(estimator: Any, sample: Sample) -> Callable[[pd.DataFrame], Floats]:
    """The probability that a clone, fitted on a sample, tells."""
    model = clone(estimator)
    known: dict[str, Any] = {"groups": sample.groups} if has_fit_parameter(model, "groups") else {}
    model.fit(sample.X, sample.y, sample_weight=sample.sample_weight, **known)

    def probability(x: pd.DataFrame) -> Floats:
        told: Floats = np.asarray(model.predict_proba(x), np.float64)[:, 1]
        return told

    return probability


def _acceptance(who: _Applicants, random_state: int) -> tuple[Floats, Floats, float]:
    """The probability of acceptance of accepted and refused ones, held out, and how well it tells them apart."""
    x = pd.concat([who.x, who.rejected], ignore_index=True)
    accepted = np.arange(len(x)) < len(who.y)
    clients = np.concatenate([who.clients, np.arange(len(who.rejected)) + who.clients.max() + 1])
    model = RiskClassifier(monotone=None, random_state=random_state).fit(x, accepted, groups=clients)
    told: Floats = model.predict_proba(x)[:, 1]
    told[model.oof_index_] = model.oof_probability_
    return told[accepted], told[~accepted], metrics.auc(accepted, told)


# ------------------------------------------------------------------ the table
def _table(
    told: dict[tuple[str, float], Callable[[pd.DataFrame], Floats]],
    judged: _Applicants,
    weight: Floats,
    share: float,
    approval_rate: float,
) -> pd.DataFrame:
    n, refused = len(judged.y), len(judged.rejected)
    counts = np.concatenate([np.full(n, share / n), np.full(refused, (1.0 - share) / refused)])
    rows, first = [], None
    for (method, factor), probability in told.items():
        p, of_rejected = probability(judged.x), probability(judged.rejected)
        everyone = np.concatenate([p, of_rejected])
        approved = _approved(everyone, counts, approval_rate)
        first = approved if first is None else first
        rows.append(
            dict(
                method=method,
                factor=factor,
                told_accepted=p.mean(),
                told_rejected=of_rejected.mean(),
                auc=metrics.auc(judged.y, p),
                log_loss=metrics.log_loss(judged.y, p),
                auc_all=metrics.auc(judged.y, p, weight),
                log_loss_all=metrics.log_loss(judged.y, p, weight),
                approved_told=float(np.average(everyone, weights=counts * approved)),
                moved=float((counts * np.maximum(approved - first, 0.0)).sum() / approval_rate),
            )
        )
    return pd.DataFrame(rows)


def _approved(p: Floats, counts: Floats, rate: float) -> Floats:
    """Of each row the share that is approved, least risky first: 1, 0, or what is left for those tied at the cut."""
    level, place = np.unique(p, return_inverse=True)
    mass = np.bincount(place, counts, len(level))
    below = np.cumsum(mass) - mass
    approved: Floats = np.clip((rate - below) / np.maximum(mass, 1e-300), 0.0, 1.0)[place]
    return approved


# ------------------------------------------------------------------ what is given
def _check(x: pd.DataFrame, rejected: pd.DataFrame, approval_rate: float | None, largest_weight: float) -> None:
    for name in x.columns.symmetric_difference(rejected.columns):
        where, frame = ("rejected", rejected) if name in x.columns else ("X", x)
        hint = did_you_mean(str(name), [str(column) for column in frame.columns])
        raise CallError(f"{where} lacks the column {str(name)!r}.{hint}")
    if approval_rate is not None and not 0.0 < approval_rate < 1.0:
        raise CallError(f"approval_rate is {approval_rate}; expected a share above 0 and below 1.")
    if not largest_weight >= 1.0:
        raise CallError(f"largest_weight is {largest_weight}; expected 1 or more.")


def _check_factors(factors: Sequence[float]) -> None:
    for factor in factors:
        if not 0.0 < factor < np.inf:
            raise CallError(f"A factor is {factor}; expected odds of the refused over the accepted, above 0.")


def _applicants(x: pd.DataFrame, y: Any, rejected: pd.DataFrame, groups: Any) -> _Applicants:
    values = np.asarray(y)
    if values.shape != (len(x),):
        raise CallError(f"y has the shape {values.shape}, and X has {len(x)} rows. Expected one outcome a row.")
    classes, bad = np.unique(values, return_inverse=True)
    if len(classes) != 2:
        raise CallError(f"y has {len(classes)} classes; expected two, of which the larger one is the event.")
    clients = np.arange(len(x)) if groups is None else np.unique(as_clients(groups, len(x)), return_inverse=True)[1]
    return _Applicants(x, bad.astype(np.int64), clients.astype(np.int64), rejected[list(x.columns)])


def _held_out(held_out: Any, who: _Applicants, random_state: int) -> Flags:
    if held_out is None:
        draw = np.random.default_rng([random_state, *b"held out"])  # not the stream with which others draw
        drawn = draw.random(int(who.clients.max()) + 1)
        held: Flags = (drawn < _HELD_OUT)[who.clients]
        return held
    held = np.asarray(held_out)
    if held.shape != (len(who.y),) or held.dtype != bool:
        raise CallError(f"held_out: expected True or False for each of the {len(who.y)} accepted rows.")
    return held


def _enough(fitted: _Applicants, judged: _Applicants) -> None:
    for what, y in (("to fit on", fitted.y), ("to judge on", judged.y)):
        bad, good = int(y.sum()), int((1 - y).sum())
        if min(bad, good) < _LEAST_OF_A_CLASS:
            raise NotEnoughData(
                f"{bad} bad and {good} good accepted ones are there {what}; expected {_LEAST_OF_A_CLASS} of each."
            )
    if len(fitted.rejected) < _LEAST_OF_A_CLASS:
        raise NotEnoughData(f"{len(fitted.rejected)} applicants were refused; expected {_LEAST_OF_A_CLASS} or more.")
