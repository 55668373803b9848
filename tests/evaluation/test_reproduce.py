"""A model trained again: equal, or the first difference by name, the cause before its effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from inadimplencia_ml.evaluation.reproduce import differences, reproduce
from inadimplencia_ml.risk.bundle import Bundle, FeatureColumn, Manifest, make_bundle

FEATURES = ("open_amount", "dpd_max")
Change = Callable[[dict[str, Any], dict[str, Any]], None]


def bundle(change: Change | None = None) -> Bundle:
    about: dict[str, Any] = {
        "target": {"dpd": 30},
        "cut": "2025-01-31",
        "judged_on": "2024-08-31/2024-10-31",
        "fitted_to": "2024-10-31",
        "features": tuple(FeatureColumn(name=name, dtype="float64") for name in FEATURES),
        "data_digest": "a" * 64,
        "versions": {"lightgbm": "4.5.0", "numpy": "2.0.0"},
        "random_state": 0,
        "booking_lag_days": 3,
        "settings": {"labels": {"good": 90, "bad": 10}, "training": {"n_bootstrap": 50}},
    }
    parts: dict[str, Any] = {
        "event.model.txt": b"tree\nsplit_feature=0 1\nthreshold=1.5 2\n",
        "event.calibration.json": {"kind": "platt", "slope": 1.0},
        "ratings.json": {"rating_edges": [0.1, 0.2]},
        "judgement.json": {"metrics": {"rows": [["model", "auc", 0.8]]}},
    }
    if change is not None:
        change(about, parts)
    return make_bundle(parts, Manifest(**about))


def set_in(which: int, *path: Any, to: Any) -> Change:
    def change(*both: dict[str, Any]) -> None:
        place: Any = both[which]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to

    return change


def test_the_same_bytes_at_one_and_two_threads_are_a_reproduction() -> None:
    asked: list[int] = []
    found = reproduce(bundle(), lambda threads: (asked.append(threads), bundle())[1])
    assert asked == [1, 2]
    assert found.equal
    assert found.text("en") == f"Reproduced: digest {found.digest[:12]}, with 1 and 2 thread(s)."
    assert found.text().startswith("Reproduzido: ")


@pytest.mark.parametrize(
    ("change", "what", "where"),
    [
        (set_in(0, "data_digest", to="b" * 64), "data", "data_digest"),
        (set_in(0, "versions", "lightgbm", to="4.6.0"), "versions", "lightgbm"),
        (set_in(0, "target", "dpd", to=15), "target", "target.dpd"),
        (set_in(0, "settings", "training", "n_bootstrap", to=60), "settings", "training.n_bootstrap"),
        (set_in(0, "features", to=(FeatureColumn(name="open_amount", dtype="float64"),)), "features", "feature[1]"),
        (set_in(0, "settings", "labels", "bad", to=11), "labels", "labels.bad"),
        (set_in(0, "fitted_to", to="2024-09-30"), "period", "fitted_to"),
        (set_in(1, "event.model.txt", to=b"tree\nsplit_feature=0 1\nthreshold=1.5 3\n"), "trees", "event.model.txt[2]"),
        (set_in(1, "event.calibration.json", "slope", to=1.1), "calibration", "event.calibration.json.slope"),
        (set_in(1, "ratings.json", "rating_edges", to=[0.1]), "ratings", "ratings.json.rating_edges[1]"),
        (
            set_in(1, "judgement.json", "metrics", "rows", 0, 2, to=0.9),
            "judgement",
            "judgement.json.metrics.rows[0][2]",
        ),
        (set_in(1, "extra.txt", to=b"x"), "files", "extra.txt"),
    ],
)
def test_whatever_differs_is_named_with_its_place(change: Change, what: str, where: str) -> None:
    (first,) = differences(bundle(), bundle(change))
    assert (first.what, first.where) == (what, where)
    assert first.kept != first.again


def test_the_cause_is_told_first_and_its_effects_by_name_in_one_line() -> None:
    def change(about: dict[str, Any], parts: dict[str, Any]) -> None:
        set_in(1, "ratings.json", "rating_edges", to=[0.1])(about, parts)
        set_in(0, "versions", "lightgbm", to="4.6.0")(about, parts)

    found = reproduce(bundle(), lambda threads: bundle(change if threads == 2 else None))
    assert not found.equal
    assert found.text("en") == (
        "Not reproduced: the versions of the libraries differ (lightgbm: 4.5.0 in the model, 4.6.0 now). "
        "Also: the ratings."
    )
    assert found.text("pt") == (
        "Não reproduzido: diferem as versões das bibliotecas (lightgbm: 4.5.0 no modelo, 4.6.0 agora). "
        "Também: as faixas de risco."
    )
    assert found.to_json()["again"]["1"] == found.digest != found.to_json()["again"]["2"]
