"""What others do and we do not, run once each: a figure that shows that it works, or what it said instead.

    python benchmarks/comparison/theirs.py optbinning toad        # in an environment with these libraries

Runs without this library: what is shown is theirs alone.
"""

from __future__ import annotations

import importlib.metadata as metadata
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

RNG = np.random.default_rng(0)
N = 5_000
X, Z = RNG.gamma(2, 1, N), RNG.normal(size=N)
LOSS = 100 * X + 20 * Z + RNG.normal(size=N)
BAD = (RNG.random(N) < 1 / (1 + np.exp(2 - 0.6 * X - 0.5 * Z))).astype(int)
FRAME = pd.DataFrame({"x": X, "z": Z})


def _continuous() -> str:
    from optbinning import ContinuousOptimalBinning

    fitted = ContinuousOptimalBinning(monotonic_trend="ascending", max_n_bins=6).fit(X, LOSS)
    means = fitted.binning_table.build()["Mean"].iloc[: len(fitted.splits) + 1].astype(float)
    return f"bins of a continuous target: {len(means)} rising means, {means.min():.0f} to {means.max():.0f}"


def _multiclass() -> str:
    from optbinning import MulticlassOptimalBinning

    fitted = MulticlassOptimalBinning(max_n_bins=6).fit(X, np.digitize(LOSS, [80, 250]))
    return f"bins of three classes: {len(fitted.splits) + 1}, {fitted.status}"


def _two_dimensions() -> str:
    from optbinning import OptimalBinning2D

    fitted = OptimalBinning2D(max_n_bins=6).fit(X, Z, BAD)
    fitted.binning_table.build()
    return f"bins over two columns at once: information {fitted.binning_table.iv:.3f}, {fitted.status}"


def _piecewise() -> str:
    from optbinning import OptimalPWBinning

    fitted = OptimalPWBinning().fit(X, BAD)
    return f"bins with a line in each: {len(fitted.splits) + 1} pieces"


def _scenarios() -> str:
    from optbinning.binning.uncertainty import SBOptimalBinning

    half = N // 2
    fitted = SBOptimalBinning(monotonic_trend="ascending").fit([X[:half], X[half:]], [BAD[:half], BAD[half:]])
    return f"bins that hold in every scenario: {len(fitted.splits) + 1}, {fitted.status}"


def _sketch() -> str:
    from optbinning import OptimalBinningSketch

    sketch = OptimalBinningSketch(sketch="gk", eps=1e-3)
    for part in np.array_split(np.arange(N), 5):
        sketch.add(X[part], BAD[part])
    sketch.solve()
    return f"bins of a stream, never held whole: {len(sketch.splits) + 1}, {sketch.status}"


def _counterfactual() -> str:
    from optbinning import BinningProcess, Scorecard
    from optbinning.scorecard import Counterfactual
    from sklearn.linear_model import LogisticRegression

    card = Scorecard(BinningProcess(["x", "z"]), LogisticRegression(), scaling_method="min_max").set_params(
        scaling_method_params={"min": 300, "max": 850}
    )
    card.fit(FRAME, BAD)
    worst = FRAME.iloc[[int(np.argmax(card.predict_proba(FRAME)[:, 1]))]]
    found = Counterfactual(card).fit(FRAME).generate(worst, y=0, outcome_type="binary", n_cf=1, max_changes=2)
    return f"changes that turn a decision, by integer programming: {found.status}"


def _stepwise() -> str:
    import toad

    kept = toad.selection.stepwise(FRAME.assign(n=RNG.normal(size=N), bad=BAD), target="bad", direction="both")
    return f"stepwise choice by an information criterion: kept {[c for c in kept if c != 'bad']}"


def _edge_rows() -> str:
    import toad

    combiner = toad.transform.Combiner()
    combiner.fit(FRAME, BAD, method="chi", n_bins=5, min_samples=0.05)
    evidence = toad.transform.WOETransformer()
    card = toad.ScoreCard(combiner=combiner, transer=evidence)
    card.fit(evidence.fit_transform(combiner.transform(FRAME), BAD), BAD)
    return f"rows at every edge of a card, to test a deployment: {len(card.testing_frame())}"


def _without_scale() -> str:
    import json

    import toad

    combiner = toad.transform.Combiner()
    combiner.fit(FRAME, BAD, method="chi", n_bins=5, min_samples=0.05)
    evidence = toad.transform.WOETransformer()
    card = toad.ScoreCard(combiner=combiner, transer=evidence, base_score=500, base_odds=10, pdo=40)
    card.fit(evidence.fit_transform(combiner.transform(FRAME), BAD), BAD)
    again = toad.ScoreCard().load(json.loads(json.dumps(card.export())))
    one, two = (float(c.score_to_proba(c.predict(FRAME.head(1)))[0]) for c in (card, again))
    return f"a card loaded without saying its scale again: probability {one:.4f} becomes {two:.4f}"


SHOWN: dict[str, list[Callable[[], str]]] = {
    "optbinning": [_continuous, _multiclass, _two_dimensions, _piecewise, _scenarios, _sketch, _counterfactual],
    "toad": [_stepwise, _edge_rows, _without_scale],
}


def shown(one: Callable[[], Any]) -> str:
    try:
        return str(one())
    except Exception as error:  # noqa: BLE001 - what it says is the finding
        return f"{one.__name__.strip('_')}: {type(error).__name__}: {str(error)[:150]}"


def main() -> None:
    for library in sys.argv[1:] or SHOWN:
        sys.stdout.write(f"{library} {metadata.version(library)}, pandas {metadata.version('pandas')}\n")
        for one in SHOWN[library]:
            sys.stdout.write(f"  {shown(one)}\n")


if __name__ == "__main__":
    main()
