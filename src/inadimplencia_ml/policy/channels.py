"""By which channel: the one the client asked for, else the step's, else any other that the action may use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.policy.conditions import Flags
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.reach import ContactRates
from inadimplencia_ml.policy.sections import Step

__all__ = ["best_channel", "reachable", "usable_channels", "wrong_channels"]

Codes = npt.NDArray[np.int64]


def usable_channels(rules: PolicyInForce, facts: FrameFacts) -> Flags:
    """Cases x channels: usable unless the client refused consent, or the channel leads nowhere or to someone else.

    A third party is never spoken to about a debt: ``other_party_<channel>`` shuts the channel under every policy.
    """
    refused = [facts.number(f"consent_{channel}") == 0.0 for channel in rules.policy.channels]
    return np.asarray(~(np.stack(refused, axis=1) | wrong_channels(rules, facts)), bool)


def wrong_channels(rules: PolicyInForce, facts: FrameFacts) -> Flags:
    """Cases x channels: the last contact by it came back, or reached someone else."""
    names = [(f"other_party_{channel}", f"bounced_{channel}") for channel in rules.policy.channels]
    return np.stack([(facts.number(o) == 1.0) | (facts.number(b) == 1.0) for o, b in names], axis=1)


def reachable(rules: PolicyInForce, usable: Flags, action: str) -> Flags:
    """Cases that some channel of a contact action reaches."""
    channels = tuple(rules.policy.channels)
    return np.asarray(usable[:, [channels.index(c) for c in rules.actions[action].channels]].any(axis=1), bool)


def best_channel(
    rules: PolicyInForce,
    steps: Sequence[Step],
    facts: FrameFacts,
    usable: Flags,
    action: Codes,
    step: Codes,
    rates: ContactRates | None = None,
) -> Codes:
    """Position of the channel of each case's action, -1 for actions that need none.

    The client's own wish goes first; then, of the channels of the ladder's step, the one that the client's contacts
    show to be answered most, or without contacts the first; then the order of the policy.
    """
    channels, actions = tuple(rules.policy.channels), tuple(rules.actions.values())
    out = np.full(len(action), -1, np.int64)
    wish = _wish(facts, channels)
    for a, one in enumerate(actions):
        if one.kind != "contact":
            continue
        allowed = np.array([c in one.channels for c in channels])
        orders = [_order(one.channels, s.channels, channels) for s in steps] or [[]]
        table = np.array(orders, dtype=np.int64)
        at = np.flatnonzero(action == a)
        asked = wish[at]
        granted = (asked >= 0) & allowed[asked] & usable[at, asked]
        out[at] = np.where(granted, asked, -1)
        if rates is not None and steps:
            of_step = np.array([[c in s.channels and c in one.channels for c in channels] for s in steps])
            _take_best(out, at, rates, usable[at] & of_step[step[at]])
        for place in range(table.shape[1]):
            candidate = table[step[at], place]
            free = (out[at] < 0) & usable[at, candidate]
            out[at] = np.where(free, candidate, out[at])
    return out


def _take_best(out: Codes, at: Codes, rates: ContactRates, fits: Flags) -> None:
    """Of the channels that fit, the one with the best rate, where the case has contacts and no channel yet."""
    known = np.where(fits, rates.of_channels(at), -np.inf)
    best = np.argmax(np.where(np.isnan(known), -np.inf, known), axis=1)
    rows = np.flatnonzero((out[at] < 0) & (rates.row[at] >= 0) & fits.any(axis=1))
    out[at[rows]] = best[rows]


def _wish(facts: FrameFacts, channels: tuple[str, ...]) -> Codes:
    if "preferred_channel" not in facts.frame.columns:
        return np.full(len(facts), -1, np.int64)
    return pd.Index(channels).get_indexer(pd.Index(facts.frame["preferred_channel"])).astype(np.int64)


def _order(of_action: Sequence[str], of_step: Sequence[str], channels: tuple[str, ...]) -> list[int]:
    first = [c for c in of_step if c in of_action]
    return [channels.index(c) for c in dict.fromkeys((*first, *of_action))]  # one that is named twice counts once
