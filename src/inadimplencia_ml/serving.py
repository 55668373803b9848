"""A model behind a server: tables of features, raw records of clients, or ledger folders in; scores and reasons out.

This is what MLflow's pyfunc calls; it knows no MLflow itself. A request is untrusted: it never names a file outside
the folder that the process was told of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.catalog import Lang, reason_sentence
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.ledger import read_ledger
from inadimplencia_ml.online import ANSWER, TEXT_COLUMNS
from inadimplencia_ml.pipeline import Model, load_model
from inadimplencia_ml.risk.reasons import REASON_COLUMNS, with_short_history
from inadimplencia_ml.risk.scale import score, score_raw
from inadimplencia_ml.risk.scorer import COLD_START_INVOICES

__all__ = ["LEDGERS", "ServedModel"]

LEDGERS = "INADIMPLENCIA_LEDGERS"
"""The environment variable that names the folder below which a request may name ledgers; unset: none."""


class ServedModel:
    """A loaded model that answers tables.

    Parameters
    ----------
    model : Model or path
        Or the folder of one.

    Examples
    --------
    >>> from inadimplencia_ml import load_model
    >>> served = ServedModel(load_model("models/sample"))  # doctest: +SKIP
    >>> served.predict(features)[["probability", "score", "segment", "reason_1", "text_1"]]  # doctest: +SKIP
    """

    def __init__(self, model: Model | Path | str) -> None:
        self.model = model if isinstance(model, Model) else load_model(model)

    def predict(self, table: Any, *, lang: Lang = "pt") -> pd.DataFrame:
        """One row of the answer for each row asked about, or for each client of the ledgers named.

        Parameters
        ----------
        table : DataFrame
            One of three kinds. Features of the model, as `build_features` makes them: every row is taken as able to
            reach the event. Or ``records`` and ``as_of``: the rows of one client as JSON text, as `Model.score_one`
            takes them. Or ``ledger`` and ``as_of``: a ledger's folder, under the one that the environment variable
            INADIMPLENCIA_LEDGERS names; every client of it is scored.
        lang : {"pt", "en"}
            Of the sentences.

        Returns
        -------
        DataFrame
            Columns ``ANSWER``.

        Raises
        ------
        CallError
            The table is of no kind, a record is wrong, or a ledger lies elsewhere.
        BundleError
            A feature that the model reads is missing.
        """
        frame = table if isinstance(table, pd.DataFrame) else pd.DataFrame(table)
        for kind, answer in (("ledger", self._book), ("records", self._one)):
            if kind in frame.columns and frame[kind].notna().any():
                _complete(frame, kind)
                asked = zip(frame[kind], frame["as_of"], strict=True)
                return pd.concat([answer(what, day, lang) for what, day in asked], ignore_index=True)
        return self._features(frame, lang)

    def _features(self, frame: pd.DataFrame, lang: Lang) -> pd.DataFrame:
        scorer, bands = self.model.scorers["event"], self.model.bands
        p, low, high, reasons = scorer.score(frame)
        rows = pd.DataFrame({"probability": p, "probability_low": low, "probability_high": high})
        rows["model_version"], rows["target"], rows["state"] = self.model.version, scorer.target, "scoreable"
        rows["score_raw"], rows["score"] = score_raw(p), score(p)
        rows["rating"], rows["segment"] = bands.rating(p), bands.segment(p)
        rows["segment_basis"] = bands.basis_without_history
        due = frame["due_count_all"] if "due_count_all" in frame.columns else pd.Series(np.nan, frame.index)
        rows["cold_start"] = due.to_numpy(dtype=np.float64) <= COLD_START_INVOICES
        rows[list(REASON_COLUMNS)] = with_short_history(reasons.to_numpy(dtype=object), rows["cold_start"])
        return _answer(rows, frame, lang)

    def _one(self, records: Any, day: Any, lang: Lang) -> pd.DataFrame:
        try:
            plain = json.loads(records) if isinstance(records, str) else records
        except ValueError as error:
            raise CallError(f"records: not readable as JSON ({error})") from None
        told = self.model.score_one(plain, day, lang=lang)
        reasons = told.pop("reasons")
        for name, text, reason in zip(
            REASON_COLUMNS, TEXT_COLUMNS, [*reasons, *[None] * len(TEXT_COLUMNS)], strict=False
        ):
            told[name], told[text] = (None, None) if reason is None else (reason["code"], reason["sentence"])
        return pd.DataFrame([{name: told.get(name) for name in ANSWER}], columns=list(ANSWER))

    def _book(self, ledger: Any, day: Any, lang: Lang) -> pd.DataFrame:
        book = read_ledger(_under_the_ledgers(ledger))
        wanted = self.model.snapshots(book, day)
        return _answer(self.model.score(book, snapshots=wanted), self.model.wanted.build(book, wanted), lang)


def _complete(frame: pd.DataFrame, kind: str) -> None:
    if "as_of" not in frame.columns or frame["as_of"].isna().any() or frame[kind].isna().any():
        raise CallError(f"{kind}: each row needs {kind} and as_of, the day whose end is looked from")


def _under_the_ledgers(named: Any) -> Path:
    root = os.environ.get(LEDGERS)
    if not root:
        raise CallError(f"ledger: this process reads none; {LEDGERS} names the folder that holds those it may read")
    folder = (Path(root) / str(named)).resolve()
    if not folder.is_relative_to(Path(root).resolve()):
        raise CallError(f"ledger: it lies outside the folder that {LEDGERS} names")
    return folder


def _answer(rows: pd.DataFrame, features: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Scores with sentences, in the columns of every answer, as plain values that JSON holds."""
    records: list[Mapping[str, Any]] = [{str(k): v for k, v in one.items()} for one in features.to_dict("records")]
    rows = rows.reset_index(drop=True)
    for name, text in zip(REASON_COLUMNS, TEXT_COLUMNS, strict=True):
        rows[text] = [
            reason_sentence(code, values, against=True, lang=lang) if isinstance(code, str) else None
            for code, values in zip(rows[name], records, strict=True)
        ]
    if "as_of" in rows.columns:
        rows["as_of"] = rows["as_of"].astype("datetime64[s]").astype(str)
    return rows.reindex(columns=list(ANSWER))
