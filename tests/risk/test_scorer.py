from __future__ import annotations

import numpy as np
from risk_data import make_book

from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.interval import fit_interval
from inadimplencia_ml.risk.scorer import Scorer


def test_its_interval_is_that_of_a_month_to_come() -> None:
    book = make_book(900, level=-1.2, seed=4)
    # Every other month many more go bad, for a reason that no column tells.
    even = book.dates.astype("datetime64[M]").astype(int) % 2 == 0
    worse = even & (np.random.default_rng(0).random(len(book.y)) < 0.3)
    y = np.where(worse, 1, book.y)
    model = RiskClassifier(n_trees=8, n_folds=4).fit(book.X, y, dates=book.dates, groups=book.clients)
    scorer = Scorer.of("t", model, book.X, y, dates=book.dates, clients=book.clients, seed=7)

    held = model.oof_index_
    told = model.oof_probability_, y[held], np.asarray(book.clients)[held]
    assert scorer.interval == fit_interval(*told, np.asarray(book.dates)[held], random_state=7)
    low, high = scorer.interval.around([0.2])
    alone_low, alone_high = fit_interval(*told, random_state=7).around([0.2])
    assert low[0] < alone_low[0]
    assert high[0] > alone_high[0]
    assert high[0] - low[0] > 1.3 * (alone_high[0] - alone_low[0])
