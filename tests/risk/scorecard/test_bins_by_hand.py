"""A person takes the bins, joins two, gives them back, and gets that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from inadimplencia_ml.risk.scorecard.classifier import ScorecardClassifier
from risk.risk_data import Book, make_book


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(4_000)


@pytest.fixture(scope="module")
def model(book: Book) -> ScorecardClassifier:
    return ScorecardClassifier(n_jobs=1).fit(book.X, book.y)


def rows_of(model: ScorecardClassifier, feature: str) -> list[int]:
    card = model.card("en")
    return [int(n) for n in card.loc[card["feature"] == feature, "rows"]]


def test_two_ranges_joined_by_hand_stay_joined(model: ScorecardClassifier, book: Book, tmp_path: Path) -> None:
    text = model.bins_to_yaml()
    lines = text.splitlines()
    at = lines.index("late_share_365d:") + 3  # the second edge
    edge = float(lines[at].split("#")[0].strip(" -"))
    path = tmp_path / "bins.yaml"
    path.write_text("\n".join(lines[:at] + lines[at + 1 :]), encoding="utf-8")

    made = ScorecardClassifier(bins=path, n_jobs=1).fit(book.X, book.y)
    before, after = rows_of(model, "late_share_365d"), rows_of(made, "late_share_365d")

    assert after == [before[0], before[1] + before[2], *before[3:]]
    assert rows_of(made, "client_uf") == rows_of(model, "client_uf")
    inside = (book.X["late_share_365d"] > edge - 1e-3) & (book.X["late_share_365d"] < edge + 1e-3)
    places = made.card_.features[0].bins.place(book.X.loc[inside, "late_share_365d"].to_numpy())
    assert len(np.unique(places)) == 1


def test_groups_joined_by_hand_stay_joined(model: ScorecardClassifier, book: Book) -> None:
    bins = yaml.safe_load(model.bins_to_yaml())
    bins["client_uf"] = {"groups": [["SP", "BA"], ["RS", "AM"]]}
    made = ScorecardClassifier(bins=bins, n_jobs=1).fit(book.X, book.y)
    uf = book.X["client_uf"]

    kept = [f for f in made.card_.features if f.name == "client_uf"]
    assert all(f.bins.groups == (("SP", "BA"), ("RS", "AM")) for f in kept)
    assert kept == [] or rows_of(made, "client_uf")[:2] == [uf.isin(["SP", "BA"]).sum(), uf.isin(["RS", "AM"]).sum()]


def test_bins_left_as_they_are_change_no_bin(model: ScorecardClassifier, book: Book) -> None:
    made = ScorecardClassifier(bins=model.bins_to_yaml("en"), ridge=model.ridge_, n_jobs=1).fit(book.X, book.y)

    assert {f.name: f.bins for f in made.card_.features} == {f.name: f.bins for f in model.card_.features}
    assert np.array_equal(made.log_odds(book.X), model.log_odds(book.X))


def test_a_model_keeps_the_bins_it_was_given_and_no_path(
    model: ScorecardClassifier, book: Book, tmp_path: Path
) -> None:
    path = tmp_path / "bins.yaml"
    path.write_text(model.bins_to_yaml(), encoding="utf-8")
    made = ScorecardClassifier(bins=path, n_jobs=1).fit(book.X, book.y)
    back = ScorecardClassifier.from_json(made.to_json())

    assert str(tmp_path) not in made.to_json()
    pd.testing.assert_frame_equal(back.fit(book.X, book.y).card(), made.card())
