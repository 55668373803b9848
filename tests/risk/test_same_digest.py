"""Training twice on the same data gives the same bundle, to the last byte, at any number of threads."""

from __future__ import annotations

import numpy as np
from risk_data import make_book
from threadpoolctl import threadpool_limits

from inadimplencia_ml.risk.baselines import baseline_predictions
from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.bundle import FeatureColumn, Manifest, make_bundle
from inadimplencia_ml.risk.interval import fit_interval
from inadimplencia_ml.risk.judgement import judge
from inadimplencia_ml.risk.reasons import fit_reasons
from inadimplencia_ml.segments import fit_bands


def train_once(threads: int) -> str:
    book, later = make_book(12_000), make_book(12_000, seed=1)
    with threadpool_limits(threads):
        model = Blend(n_trees=25, purge_days=30, n_jobs=threads)
        model.fit(book.X, book.y, dates=book.dates, groups=book.clients)
        held = model.oof_index_
        bands = fit_bands(model.oof_probability_, book.y[held], book.clients[held])
        interval = fit_interval(model.oof_probability_, book.y[held], book.clients[held], n=20)
        p = model.predict_proba(later.X)[:, 1]
        judgement = judge(
            later.y,
            p,
            dates=later.dates,
            groups=later.clients,
            baselines=baseline_predictions(book.X, book.y, later.X),
            ratings=bands.rating(p),
            segments=bands.segment(p),
            n=10,
        )
        reasons = fit_reasons(model, book.X, book.y)
    parts = model.to_parts() | {
        "ratings.json": bands.to_json(),
        "interval.json": interval.to_json(),
        "judgement.json": judgement.to_json(),
        "reasons.json": reasons.to_json(),
    }
    manifest = Manifest(
        target={"dpd": 30},
        cut="2025-06-30",
        judged_on="2025-01-31/2025-03-31",
        fitted_to="2025-03-31",
        features=tuple(FeatureColumn(name=str(n), dtype="float64") for n in model.feature_names_in_),
        data_digest="00",
        versions={"numpy": np.__version__},
        random_state=0,
        booking_lag_days=0,
    )
    return make_bundle(parts, manifest).digest


def test_one_and_two_threads_give_the_same_digest() -> None:
    assert train_once(1) == train_once(2)
