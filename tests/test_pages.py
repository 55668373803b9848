"""The pages of the documentation do what they say: their Python runs from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inadimplencia_ml as iml
from effort import long_run

DOCS = Path(__file__).resolve().parents[1] / "docs"
QUICK_FAMILY = iml.TrainingSettings(n_bootstrap=50, judge_bads=10, candidates=("scorecard",))
QUICK_PAYMENTS = iml.TimeToPayment(n_trees=15, n_bags=1, n_jobs=1)

# In place of the page's words: the same on a smaller book, with fewer trees and models.
SMALLER = {
    "time_to_payment.md": {
        "generate_book(300, ": "generate_book(60, ",
        'train_time_to_payment(ledger, cut="2025-03-31")': (
            'train_time_to_payment(ledger, cut="2025-03-31", every_days=40, estimator=QUICK_PAYMENTS)'
        ),
        'judge_time_to_payment(ledger, judge_from="2024-10-01")': (
            'judge_time_to_payment(ledger, judge_from="2024-10-01", every_days=40, estimator=QUICK_PAYMENTS)'
        ),
    },
    "families_of_targets.md": {
        "generate_book(300, ": "generate_book(200, ",
        "train_family(\n    ledger,\n": "train_family(\n    ledger, settings=QUICK_FAMILY, targets=\n",
    },
    "wrapping_models.md": {},
}


def run(page: str, smaller: dict[str, str]) -> dict[str, Any]:
    """The names that the page's code leaves behind."""
    text = (DOCS / page).read_text(encoding="utf-8")
    for words, others in smaller.items():
        assert words in text, f"{page} no longer says {words!r}"
        text = text.replace(words, others)
    names: dict[str, Any] = {"QUICK_FAMILY": QUICK_FAMILY, "QUICK_PAYMENTS": QUICK_PAYMENTS}
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        exec(block, names)  # the page is ours
    return names


def check(page: str, names: dict[str, Any]) -> None:
    """What the page says of what it makes."""
    if page == "time_to_payment.md":
        paid = names["curves"].paid_by([7, 30])
        assert (paid[:, 0] <= paid[:, 1]).all()
    elif page == "families_of_targets.md":
        assert names["family"].implied() == [["pd30_soon", "pd30"], ["pd60", "pd30"]]
        scores = names["scores"]
        state = scores.pivot(index="client_id", columns="member", values="state")
        table = names["table"][(state == "scoreable").all(axis=1)]  # whoever is late already is asked other things
        assert len(table) > 0
        assert (table["pd60"] <= table["pd30"]).all()
        assert len(names["plan"].decisions)
        assert set(names["targets"]) == {"pd30", "pd30_treated"}
    else:
        assert names["bureau"].target == names["model"].target
        assert np.isfinite(names["scores"]["probability"].dropna()).all()


@pytest.mark.parametrize(
    "page", [page if page == "time_to_payment.md" else pytest.param(page, marks=long_run) for page in SMALLER]
)
def test_the_page_runs_on_a_small_book(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check(page, run(page, SMALLER[page]))


@long_run
@pytest.mark.parametrize("page", SMALLER)
def test_the_page_runs_as_it_stands(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check(page, run(page, {}))
