"""The Target: what may be asked, and what each question is called."""

from __future__ import annotations

from typing import Any

import pytest

from inadimplencia_ml.target import Target


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"horizon": 60}, "no setting 'horizon'. Did you mean 'horizon_days'?"),
        ({"level": "invoice", "min_share": 0.1}, "min_share is a share of what a client has open"),
        ({"event": "paid"}, "event 'paid' is told of an invoice: give level='invoice'"),
        ({"dpd": 0}, "greater than or equal to 1"),
        ({"horizon_days": 0}, "greater than or equal to 1"),
        ({"min_share": 1.1}, "less than or equal to 1"),
        ({"min_amount": float("inf")}, "finite number"),
        ({"min_amount": float("nan")}, "finite number|greater than or equal to 0"),
        ({"cure_days": -1}, "greater than or equal to 0"),
        ({"level": "contract"}, "'client' or 'invoice'"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_its_reason(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Target(**settings)


def test_a_target_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Target().dpd = 60  # type: ignore[misc]


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "client_default_30d_in_90d"),
        ({"event": "late"}, "client_default_30d_in_90d"),  # of a client they are the same
        ({"level": "invoice", "event": "late", "dpd": 5}, "invoice_late_5d"),
        ({"level": "invoice", "dpd": 5, "min_amount": 12.5}, "invoice_default_5d_min_12.5"),
        ({"level": "invoice", "event": "paid", "horizon_days": 60}, "invoice_paid_in_60d"),
        ({"ever": False, "min_amount": 1000000.0}, "client_default_30d_in_90d_at_end_min_1000000"),
        ({"min_share": 0.05, "cure_days": 30}, "client_default_30d_in_90d_share_0.05_cure_30d"),
        ({"exposure": "open_or_new"}, "client_default_30d_in_90d_with_new"),
    ],
)
def test_a_name_tells_the_question(settings: dict[str, Any], name: str) -> None:
    assert Target(**settings).name == name


def test_what_plays_no_part_in_the_question_is_not_in_its_name() -> None:
    paid = Target(level="invoice", event="paid")
    late = Target(level="invoice", event="late")
    assert paid.name == Target(level="invoice", event="paid", dpd=5, min_amount=10.0).name
    assert late.name == Target(level="invoice", event="late", horizon_days=5, min_amount=10.0).name


def test_a_target_survives_being_written_down() -> None:
    target = Target(dpd=15, min_share=0.1, exposure="open_or_new")
    assert Target.model_validate_json(target.model_dump_json()) == target
