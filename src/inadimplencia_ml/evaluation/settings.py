"""How a model is validated: how much is looked at, and what is still accepted."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from inadimplencia_ml.settings_file import settings_of

__all__ = ["ValidationSettings", "read_validation_settings"]


class ValidationSettings(BaseModel):
    """Settings of `validate`.

    Parameters
    ----------
    max_snapshots : int
        Snapshots that are drawn; fewer where there are no more.
    jitter_snapshots : int
        Of these, so many are scored again with each feature moved.
    random_state : int
        Seed of what is drawn.
    least_rows : int
        A test on fewer rows is inconclusive, unless it found a difference where there may be none.
    least_bads : int
        A test of the ranking with fewer bad or good ones is inconclusive.
    interval_bads : int
        A model that learned from fewer bad ones has wide intervals whatever it is: what flips in them is inconclusive.
    feature_tolerance, metric_tolerance : float
        A larger difference between the two reckonings is one; of features relative to the value, from 1 up.
    auc_drop : float
        How far the AUC may lie below that of the judgement.
    segment_jumps_in_interval, rating_jumps_in_interval : float
        Share of clients who go from the segment low to high, or whose rating moves by more than one, between the ends
        of the interval of their probability.
    segment_flips_by_jitter, rating_flips_by_jitter : float
        Share of clients whose segment or rating changes when a single feature moves by a cent or a day.
    source_auc_loss : float
        AUC that may be lost when one optional table falls silent.
    sources_needed : tuple of str
        Tables without which nobody would score; what is lost without them is told, and not judged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_snapshots: int = Field(default=2_000, ge=1)
    jitter_snapshots: int = Field(default=200, ge=1)
    random_state: int = Field(default=0, ge=0)
    least_rows: int = Field(default=100, ge=1)
    least_bads: int = Field(default=20, ge=1)
    interval_bads: int = Field(default=200, ge=1)
    feature_tolerance: float = Field(default=1e-9, ge=0)
    metric_tolerance: float = Field(default=1e-9, ge=0)
    auc_drop: float = Field(default=0.05, ge=0, le=1)
    segment_jumps_in_interval: float = Field(default=0.1, ge=0, le=1)
    rating_jumps_in_interval: float = Field(default=0.25, ge=0, le=1)
    segment_flips_by_jitter: float = Field(default=0.1, ge=0, le=1)
    rating_flips_by_jitter: float = Field(default=0.3, ge=0, le=1)
    source_auc_loss: float = Field(default=0.05, ge=0, le=1)
    sources_needed: tuple[str, ...] = ("payments",)


def read_validation_settings(path: Path) -> ValidationSettings:
    """Settings from a YAML file.

    Raises
    ------
    CallError
        The file is not readable, a key is unknown, or a value is out of range; names the key.
    """
    return settings_of(path, ValidationSettings)
