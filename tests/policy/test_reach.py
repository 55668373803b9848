"""Channel and hour: the posterior mean by hand, and hours in a client's own words."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.reach import contact_rates, hours_asked_for

RULES = Policy.default().in_force("2025-03-10")
CLIENTS = pd.Series(["A", "B", "C"])
ROWS = pd.DataFrame(
    [
        ("C", "sms", 9, 3, 2),
        ("C", "sms", 11, 1, 0),
        ("C", "phone", 16, 4, 4),
        ("C", "pombo", 16, 9, 9),  # no channel of the policy
        ("C", "email", 22, 5, 5),  # outside all hours
        ("Z", "sms", 9, 5, 5),  # no client
    ],
    columns=["client_id", "channel", "hour", "tried", "answered"],
)


def test_the_rate_is_the_posterior_mean_of_a_prior_that_weighs_ten_contacts() -> None:
    found = contact_rates(RULES, ROWS, CLIENTS)
    assert found is not None
    assert found.row.tolist() == [-1, -1, 0]
    channels = tuple(RULES.policy.channels)
    rates = dict(zip(channels, found.rates[0].tolist(), strict=True))
    assert rates["sms"] == pytest.approx([(2 + 10 * 0.10) / 14, 0.10, 0.10])
    assert rates["phone"] == pytest.approx([0.15, 0.15, (4 + 10 * 0.15) / 14])
    assert rates["whatsapp"] == pytest.approx([0.25] * 3)
    best = found.of_channels(np.array([0, 2]))
    assert np.isnan(best[0]).all()
    assert best[1, channels.index("phone")] == pytest.approx(5.5 / 14)
    assert found.best_band(np.array([0, 0, channels.index("phone")])).tolist() == [-1, -1, 2]


def test_more_contacts_outweigh_the_prior() -> None:
    many = ROWS.iloc[:1].assign(tried=10_000, answered=9_000)
    found = contact_rates(RULES, many, CLIENTS)
    assert found is not None
    assert found.rates[0, list(RULES.policy.channels).index("sms"), 0] == pytest.approx(0.9, abs=0.001)


def test_a_missing_column_is_told() -> None:
    with pytest.raises(CallError, match="reach: column 'answered' is missing"):
        contact_rates(RULES, ROWS.drop(columns="answered"), CLIENTS)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Manhã", ("08:00", "12:00")),
        ("9h às 12h", ("09:00", "12:00")),
        ("14:30-16:00", ("14:30", "16:00")),
        ("das 10 às 11h30", ("10:00", "11:30")),
        ("16-14", None),
        ("25-26", None),
        ("10, 11 ou 12", None),
        ("qualquer hora", None),
    ],
)
def test_hours_are_read_from_words_and_numbers(text: str, hours: tuple[str, str] | None) -> None:
    which, found = hours_asked_for(RULES, pd.Series([None, text, text]), 3)
    wanted = [] if hours is None else [tuple(dt.time.fromisoformat(h) for h in hours)]
    assert found == wanted
    assert which.tolist() == ([-1, -1, -1] if hours is None else [-1, 0, 0])
