"""How to train: what a data scientist may choose, each with a default that holds for most books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from inadimplencia_ml.features.custom.declared import Aggregate
from inadimplencia_ml.segments import BAND_POINTS, MEMORY_DAYS
from inadimplencia_ml.settings_file import settings_of
from inadimplencia_ml.target import Target

__all__ = ["Targets", "TrainingSettings", "read_settings", "read_settings_and_targets"]

Targets = Mapping[str, Target | Mapping[str, Any]] | Sequence[Target | Mapping[str, Any]]
"""Several targets: by name, or without names; each a Target, or its settings and ``treatment`` as plain data."""


def _in_words(text: str) -> str:
    """A reason is a sentence: a name or a sign is none."""
    if len(text.split()) < _LEAST_WORDS:
        raise ValueError(f"a reason in writing has at least {_LEAST_WORDS} words")
    return text.strip()


Written = Annotated[str, Field(max_length=2_000), AfterValidator(_in_words)]
_LEAST_WORDS = 3


class TrainingSettings(BaseModel):
    """Settings of `train`.

    Parameters
    ----------
    judge_from : date, optional
        First snapshot of the last period, on which the model is judged; by default the last ``judge_months`` whole
        months of mature snapshots, longer until they hold ``judge_bads`` bads, at most ``judge_share`` of them.
    months : int, optional
        Only snapshots of this many months before the cut.
    max_snapshots : int
        With more, clients are drawn by ``random_state`` until their snapshots fit.
    medium_from, high_from : float
        Probabilities near which the segments medium and high begin.
    segment_band : float
        Points of score beyond an edge up to which a client keeps the segment of the last score; 0: none is kept.
    segment_memory_days : int
        Days for which an earlier score counts for that.
    max_categories : int
        A text column with more different values is left out.
    families : tuple of str or "all", optional
        Families of features beyond the fixed list; by default ``past`` for invoices, none for clients.
    custom : tuple of Aggregate
        Features of one's own, by declaration.
    exclude : tuple of str
        Features to leave out, by name.
    justifications : dict of str
        Why a feature that asks for a reason (age, name, e-mail and the like) may enter the model, by feature or column.
        Kept in the model.
    not_forbidden : dict of str
        What a feature holds that is taken for a forbidden one by its words, by feature or column. Kept in the model.
    meanings : dict of str
        What columns hold whose names do not say it, by feature or column: read as the names are.
    treatment : bool
        Whether contacts and promises may enter; only for models that take the action as input.
    candidates : tuple of {"boosted", "scorecard", "blend"}
        Models that are fitted and compared on the same folds; the champion is kept. One alone is kept as it is.
    search_trials : int, optional
        Tree settings to try for the boosted candidate (`risk.search`); by default none.
    approval_rate : float, optional
        Share approved by both in the swap set against ``previous``, above 0 and below 1; without it, each tenth.
    margin_rate, loss_given_default : float, optional
        What a good one earns and a bad one loses, as shares of the exposure, 0 to 1: the judgement then tells the
        margin by approval rate. Both or none.
    n_bootstrap : int
        Resamples of clients behind each interval.
    random_state : int
        Seed of everything drawn.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    judge_from: dt.date | None = None
    judge_months: int = Field(default=3, ge=1)
    judge_bads: int = Field(default=50, ge=1)
    judge_share: float = Field(default=1 / 3, gt=0, lt=1)
    months: int | None = Field(default=None, ge=1)
    max_snapshots: int = Field(default=2_000_000, ge=1_000)
    medium_from: float = Field(default=0.05, gt=0, lt=1)
    high_from: float = Field(default=0.20, gt=0, lt=1)
    segment_band: float = Field(default=BAND_POINTS, ge=0, le=100)
    segment_memory_days: int = Field(default=MEMORY_DAYS, ge=1)
    max_categories: int = Field(default=64, ge=2)
    families: tuple[str, ...] | Literal["all"] | None = None
    custom: tuple[Aggregate, ...] = ()
    exclude: tuple[str, ...] = ()
    justifications: dict[str, Written] = Field(default_factory=dict)
    not_forbidden: dict[str, Written] = Field(default_factory=dict)
    meanings: dict[str, str] = Field(default_factory=dict)
    treatment: bool = False
    candidates: tuple[Literal["boosted", "scorecard", "blend"], ...] = Field(
        default=("boosted", "scorecard", "blend"), min_length=1
    )
    search_trials: int | None = Field(default=None, ge=1)
    approval_rate: float | None = Field(default=None, gt=0, lt=1)
    margin_rate: float | None = Field(default=None, ge=0, le=1)
    loss_given_default: float | None = Field(default=None, ge=0, le=1)
    n_bootstrap: int = Field(default=500, ge=50)
    random_state: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _margin_and_loss(self) -> TrainingSettings:
        if (self.margin_rate is None) != (self.loss_given_default is None):
            raise ValueError("margin_rate and loss_given_default go together: give both, or none")
        return self

    def changed(self, **chosen: Any) -> TrainingSettings:
        """These settings with other values in place of some, checked as any.

        Raises
        ------
        pydantic.ValidationError
            A ValueError: a value is out of range.
        """
        return TrainingSettings(**{**dict(self), **chosen})


class _WithTargets(TrainingSettings):
    """A file of settings may name several targets."""

    targets: dict[str, dict[str, Any]] | list[dict[str, Any]] | None = None


def read_settings(path: Path) -> TrainingSettings:
    """Settings from a YAML file.

    Raises
    ------
    CallError
        The file is not readable, a key is unknown, or a value is out of range; names the key.
    """
    return settings_of(path, TrainingSettings)


def read_settings_and_targets(path: Path) -> tuple[TrainingSettings, Targets | None]:
    """Settings from a YAML file that may also name several ``targets``: by name, or as a list.

    A target's keys are those of `Target`, and ``treatment``. Without ``targets`` there are none.

    Raises
    ------
    CallError
        As for ``read_settings``.
    """
    given = settings_of(path, _WithTargets)
    settings = TrainingSettings(**{name: getattr(given, name) for name in TrainingSettings.model_fields})
    return settings, given.targets
