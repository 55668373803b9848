"""Candidates on the same folds: each is fitted once, compared on rows it did not see, and one is kept as champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import check_random_state

from inadimplencia_ml.risk.baselines import baseline_predictions
from inadimplencia_ml.risk.blend import MEMBERS, Blend
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.date_split import as_days, folds_for_fit
from inadimplencia_ml.risk.fold_agreement import agreed_levels
from inadimplencia_ml.risk.kinds import CANDIDATES, RiskModel
from inadimplencia_ml.risk.metrics import auc, average_precision, brier, log_loss
from inadimplencia_ml.risk.stacking import row_losses
from inadimplencia_ml.training.settings import TrainingSettings

__all__ = ["FEW_BADS", "Field", "Fitting", "choose_champion", "compared", "fit_candidates", "refit"]

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

FEW_BADS = 200
"""Cases of the rarer class below which boosted trees alone may not be champion where another candidate is there."""


@dataclass(frozen=True)
class Fitting:
    """How every candidate of a training is fitted."""

    purge_days: int
    monotone: Any
    settings: TrainingSettings

    def unfitted(self, name: str, like: Any = None) -> Any:
        """A candidate or member by name; as many trees as ``like``, of the shape it found, if it is boosted."""
        common: dict[str, Any] = {
            "purge_days": self.purge_days,
            "monotone": self.monotone,
            "random_state": self.settings.random_state,
        }
        if name in ("scorecard", "linear"):
            return MEMBERS[name](**common)
        if name == "blend":
            return Blend(**common)
        if not isinstance(like, RiskClassifier):
            return RiskClassifier(search_trials=self.settings.search_trials, **common)
        return RiskClassifier(n_trees=like.n_trees_, **asdict(like.settings_), **common)


@dataclass(frozen=True, eq=False)
class Field:
    """What takes part in a comparison: features, outcomes, dates and clients of the same rows."""

    x: pd.DataFrame
    y: Floats
    dates: Any
    clients: Any


def fit_candidates(field: Field, fitting: Fitting) -> dict[str, RiskModel]:
    """The candidates of the settings, fitted; a blend takes the members that were fitted beside it."""
    wanted = fitting.settings.candidates
    blend = fitting.unfitted("blend")
    assert isinstance(blend, Blend)
    members = blend.members_for(field.x) if "blend" in wanted else wanted
    fitted: dict[str, Any] = {name: _fit(field, fitting.unfitted(name)) for name in MEMBERS if name in members}
    if "blend" in wanted:
        fitted["blend"] = _stack(field, fitting, fitted)
    return {name: fitted[name] for name in CANDIDATES if name in wanted}


def refit(like: RiskModel, field: Field, fitting: Fitting, *, counted: bool = True) -> Any:
    """A model of the kind of ``like`` on other rows; ``counted``: with as many trees of the same shape."""
    if isinstance(like, Blend):
        return _stack(field, fitting, {n: refit(m, field, fitting, counted=counted) for n, m in like.members_.items()})
    name = next(name for name, kind in MEMBERS.items() if type(like) is kind)
    return _fit(field, fitting.unfitted(name, like if counted else None))


def _fit(field: Field, model: Any) -> Any:
    return model.fit(field.x, field.y, dates=field.dates, groups=field.clients)


def _stack(field: Field, fitting: Fitting, members: Mapping[str, Any]) -> Blend:
    blend = fitting.unfitted("blend")
    assert isinstance(blend, Blend)
    return blend.stack(members, field.x, field.y)


def choose_champion(field: Field, models: Mapping[str, RiskModel], fitting: Fitting) -> tuple[str, pd.DataFrame]:
    """The name of the champion, and the table of all candidates and baselines on the held-out rows of the same folds.

    The champion has the least held-out log loss; of those behind it by less than one standard error (clients drawn) the
    simplest: scorecard, then boosted, then blend. With under 200 cases of the rarer class boosted trees alone are left
    out where there is another candidate. Where folds follow each other in time each candidate's level is set right in
    each fold first: nobody could know what a shock would do to the level.

    Returns
    -------
    name : str
    table : DataFrame
        candidate, role (champion, candidate, baseline), rows, bads, auc, average_precision, brier, log_loss (of the
        probabilities as they were), behind (log loss behind the best candidate, levels set right) and error (one
        standard error of it).
    """
    index = _common_rows(models)
    if not len(index):
        name = "blend" if "blend" in models else next(iter(models))
        roles = [(n, "champion" if n == name else "candidate", 0, 0, *[np.nan] * 6) for n in models]
        return name, pd.DataFrame(roles, columns=_COLUMNS)
    first = next(iter(models.values()))
    place = np.searchsorted(first.oof_index_, index)
    fold, in_time = first.oof_fold_[place], first.fold_kind_ == "dates"
    held = {n: m.oof_probability_[np.searchsorted(m.oof_index_, index)] for n, m in models.items()}
    seen = _baselines(field, fitting, first.fold_kind_, index)
    y, clients = field.y[index], np.asarray(field.clients)[index]
    losses = {n: _losses(p, y, fold, in_time=in_time) for n, p in (held | seen).items()}
    rarer = int(min(field.y.sum(), len(field.y) - field.y.sum()))
    allowed = [n for n in models if n != "boosted" or rarer >= FEW_BADS] or list(models)
    best = min(allowed, key=lambda n: float(losses[n].mean()))
    behind = {n: compared(losses[n] - losses[best], clients) for n in losses}
    champion = next(n for n in allowed if behind[n][0] <= behind[n][1])
    lines = [
        (n, _role(n, champion, models), len(y), int(y.sum()), *(figure(y, p) for figure in _FIGURES), *behind[n])
        for n, p in (held | seen).items()
    ]
    return champion, pd.DataFrame(lines, columns=_COLUMNS)


_COLUMNS = ["candidate", "role", "rows", "bads", "auc", "average_precision", "brier", "log_loss", "behind", "error"]
_FIGURES = (auc, average_precision, brier, log_loss)


def _role(name: str, champion: str, models: Mapping[str, RiskModel]) -> str:
    return "champion" if name == champion else "candidate" if name in models else "baseline"


def compared(gain: Floats, clients: Any) -> tuple[float, float]:
    """Mean of a difference of losses over rows, and its standard error with clients as what is drawn."""
    mean = float(gain.mean())
    sums = np.bincount(np.unique(clients, return_inverse=True)[1], weights=gain - mean)
    return mean, float(np.sqrt((sums**2).sum()) / len(gain))


def _common_rows(models: Mapping[str, RiskModel]) -> Rows:
    index: Rows | None = None
    for model in models.values():
        index = model.oof_index_ if index is None else np.intersect1d(index, model.oof_index_)
    return np.empty(0, dtype=np.intp) if index is None else index


def _losses(p: Floats, y: Floats, fold: npt.NDArray[np.int64], *, in_time: bool) -> Floats:
    held = np.clip(p, 1e-12, 1 - 1e-12)
    z = np.log(held) - np.log1p(-held)
    return row_losses(z + agreed_levels(z, y, fold) if in_time else z, y)


def _baselines(field: Field, fitting: Fitting, kind: str, index: Rows) -> dict[str, Floats]:
    """Held-out probabilities of the baselines on the folds of the candidates."""
    seed = int(check_random_state(fitting.settings.random_state).randint(2**31 - 1))
    days = as_days(field.dates, len(field.y))
    made, folds = folds_for_fit(
        field.y, days, np.asarray(field.clients), n_splits=5, purge_days=fitting.purge_days, random_state=seed
    )
    if made != kind:
        return {}
    found: dict[str, Floats] = {}
    for train, test in folds:
        rows = test[np.isin(test, index)]
        if not len(rows):
            continue
        for name, p in baseline_predictions(field.x.iloc[train], field.y[train], field.x.iloc[rows]).items():
            found.setdefault(name, np.full(len(field.y), np.nan))[rows] = p
    return {name: p[index] for name, p in found.items() if np.isfinite(p[index]).all()}
