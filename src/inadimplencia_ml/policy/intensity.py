"""How much to insist: the likelier a client pays by itself, the less. It only narrows the channels that may be used."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.policy.conditions import Flags, Numbers
from inadimplencia_ml.policy.in_force import PolicyInForce

__all__ = ["channels_left", "intensity_levels"]

Codes = npt.NDArray[np.int64]


def intensity_levels(rules: PolicyInForce, self_cure: Numbers, stage_dpd: Numbers) -> Codes:
    """By case, the position of its level in the policy; -1 where nothing is narrowed.

    A client has the first level, softest first, whose chance of paying by itself is reached. Without a chance, past the
    policy's days, or below every level, the ladder holds as it is.
    """
    out = np.full(len(self_cure), -1, np.int64)
    if rules.intensity is None:
        return out
    with np.errstate(invalid="ignore"):
        asked = stage_dpd <= rules.intensity.until_dpd
        for number, level in reversed(list(enumerate(rules.intensity.levels))):
            out[asked & (self_cure >= level.self_cure)] = number
    return out


def channels_left(rules: PolicyInForce, usable: Flags, level: Codes) -> Flags:
    """The usable channels, without those that the level leaves out."""
    if rules.intensity is None:
        return usable
    names = tuple(rules.policy.channels)
    kept = [[c in one.channels for c in names] for one in rules.intensity.levels]
    return np.asarray(usable & np.array([*kept, [True] * len(names)], bool)[level], bool)
