"""The model that comes with us: small, what its card says, and the scores that it gave when it was made."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

import inadimplencia_ml as iml


def test_a_model_kept_in_an_earlier_format_scores_as_it_did(
    sample_model: iml.Model, sample: iml.Ledger, house: Path
) -> None:
    kept = pd.read_csv(house / "tests" / "sample_scores.csv").set_index("client_id")
    scores = sample_model.score(sample, "2025-06-30").set_index("client_id").loc[kept.index]

    assert len(kept) > 25
    assert scores["state"].tolist() == kept["state"].tolist()
    np.testing.assert_allclose(scores["probability"].astype(float), kept["probability"], rtol=1e-9)
    pd.testing.assert_series_equal(scores["score"].astype(float), kept["score"].astype(float))
    for name in ("rating", "segment"):
        assert scores[name].astype(object).where(scores[name].notna(), None).tolist() == (
            kept[name].astype(object).where(kept[name].notna(), None).tolist()
        )


def test_nothing_that_it_scores_as_of_the_last_day_was_seen_in_training(
    sample_model: iml.Model, sample: iml.Ledger
) -> None:
    assert sample_model.bundle.manifest.cut < str(sample.known_until)


def test_it_is_small_and_its_card_is_of_this_model(sample_model: iml.Model, house: Path) -> None:
    size = sum(file.stat().st_size for file in (house / "models" / "sample").iterdir())
    card = (house / "models" / "sample.md").read_text(encoding="utf-8")

    assert size < 500_000
    assert f"`{sample_model.version}`" in card
    assert sample_model.judgement.text("en").strip() in card


def test_no_client_and_no_invoice_of_the_book_is_in_its_files(sample: iml.Ledger, house: Path) -> None:
    written = " ".join(f.read_text(encoding="utf-8") for f in (house / "models" / "sample").iterdir())
    ids = {*sample.frame("invoices")["client_id"].astype(str), *sample.frame("invoices")["invoice_id"].astype(str)}

    assert ids & set(re.split(r"[^\w./-]+", written)) == set()
