"""Models behind a server: tables of features, raw records of clients, or ledger folders in; scores and reasons out.

This is what MLflow's pyfunc calls; it knows no MLflow itself. A request is untrusted: it never names a file outside
the folder that the process was told of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import Lang, reason_sentence
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.ledger import read_ledger
from inadimplencia_ml.model_family import ModelFamily, is_family, load_family
from inadimplencia_ml.online import ANSWER, TEXT_COLUMNS
from inadimplencia_ml.pipeline import Model, load_model
from inadimplencia_ml.risk.reasons import REASON_COLUMNS, with_short_history
from inadimplencia_ml.risk.scale import score, score_raw
from inadimplencia_ml.risk.scorer import COLD_START_INVOICES

__all__ = ["LEDGERS", "ServedFamily", "ServedModel", "served_from"]

LEDGERS = "INADIMPLENCIA_LEDGERS"
"""The environment variable that names the folder below which a request may name ledgers; unset: none."""
_ENDS = ("probability", "probability_low", "probability_high")


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
        return _answered(table, lang, self._features, ledger=self._book, records=self._one)

    def _features(self, frame: pd.DataFrame, lang: Lang) -> pd.DataFrame:
        return _told(self.model, *_alone(self.model, frame), frame, lang)

    def _one(self, records: Any, day: Any, lang: Lang) -> pd.DataFrame:
        return _row(self.model.score_one(_plain(records), day, lang=lang))

    def _book(self, ledger: Any, day: Any, lang: Lang) -> pd.DataFrame:
        book = read_ledger(_under_the_ledgers(ledger))
        wanted = self.model.snapshots(book, day)
        return _answer(self.model.score(book, snapshots=wanted), self.model.wanted.build(book, wanted), lang)


class ServedFamily:
    """A loaded family that answers tables as `ServedModel` does: a row for each member, in agreement.

    Parameters
    ----------
    family : ModelFamily or path
        Or the folder of one.
    """

    def __init__(self, family: ModelFamily | Path | str) -> None:
        self.family = family if isinstance(family, ModelFamily) else load_family(family)

    def predict(self, table: Any, *, lang: Lang = "pt") -> pd.DataFrame:
        """``member``, then the columns ``ANSWER``: one row for each row or client asked about and each member.

        Parameters
        ----------
        table, lang
            As for `ServedModel.predict`.

        Raises
        ------
        CallError, BundleError
            As for `ServedModel.predict`.
        """
        return _answered(table, lang, self._features, ledger=self._book, records=self._records)

    def _features(self, frame: pd.DataFrame, lang: Lang) -> pd.DataFrame:
        members = self.family.members
        found = {name: _alone(model, frame) for name, model in sorted(members.items())}
        agreed = self.family.agreed({name: ends for name, (ends, _) in found.items()})
        told = {name: _told(model, agreed[name], found[name][1], frame, lang) for name, model in members.items()}
        rows = pd.concat([_of_member(name, one) for name, one in told.items()])
        return rows.sort_index(kind="stable").reset_index(drop=True)

    def _records(self, records: Any, day: Any, lang: Lang) -> pd.DataFrame:
        plain, members = _plain(records), self.family.members
        alone = {name: _row(model.score_one(plain, day, lang=lang)) for name, model in sorted(members.items())}
        types: Any = {"as_of": "datetime64[s]"} | dict.fromkeys(_ENDS, "float64")
        agreed = self.family.agreed({name: row.astype(types) for name, row in alone.items()})
        rated = {name: model.rated(agreed[name].assign(profile=None)) for name, model in members.items()}
        rows = pd.concat([_of_member(name, row[list(ANSWER)]) for name, row in rated.items()], ignore_index=True)
        return rows.assign(as_of=rows["as_of"].astype(str))

    def _book(self, ledger: Any, day: Any, lang: Lang) -> pd.DataFrame:
        book, first = read_ledger(_under_the_ledgers(ledger)), next(iter(self.family.members.values()))
        wanted = first.snapshots(book, day)
        rows, features = self.family.score(book, snapshots=wanted), first.wanted.build(book, wanted)
        own = features.iloc[np.repeat(np.arange(len(features)), len(self.family.members))]
        return _of_member(rows["member"].to_numpy(), _answer(rows, own, lang))


def served_from(folder: Path | str) -> ServedModel | ServedFamily:
    """What answers for the model, or for the family, of a folder."""
    return ServedFamily(folder) if is_family(Path(folder)) else ServedModel(folder)


def _answered(
    table: Any, lang: Lang, features: Callable[[pd.DataFrame, Lang], pd.DataFrame], **by: Callable[..., pd.DataFrame]
) -> pd.DataFrame:
    """The answer to a table, by the kind that its columns tell."""
    frame = table if isinstance(table, pd.DataFrame) else pd.DataFrame(table)
    for kind, answer in by.items():
        if kind in frame.columns and frame[kind].notna().any():
            _complete(frame, kind)
            asked = zip(frame[kind], frame["as_of"], strict=True)
            return pd.concat([answer(what, day, lang) for what, day in asked], ignore_index=True)
    return features(frame, lang)


def _alone(model: Model, frame: pd.DataFrame) -> tuple[pd.DataFrame, npt.NDArray[np.object_]]:
    """State, probability and interval of each row of features by one model, and the codes of its reasons."""
    p, low, high, reasons = model.scorers["event"].score(frame)
    ends = pd.DataFrame({"probability": p, "probability_low": low, "probability_high": high})
    return ends.assign(state="scoreable"), reasons


def _told(
    model: Model, ends: pd.DataFrame, reasons: npt.NDArray[np.object_], frame: pd.DataFrame, lang: Lang
) -> pd.DataFrame:
    """The answer that goes with probabilities of one model."""
    rows, bands, p = ends.copy(), model.bands, ends["probability"].to_numpy(dtype=np.float64)
    rows["model_version"], rows["target"] = model.version, model.scorers["event"].target
    rows["score_raw"], rows["score"] = score_raw(p), score(p)
    rows["rating"], rows["segment"] = bands.rating(p), bands.segment(p)
    rows["segment_basis"] = bands.basis_without_history
    due = frame["due_count_all"] if "due_count_all" in frame.columns else pd.Series(np.nan, frame.index)
    rows["cold_start"] = due.to_numpy(dtype=np.float64) <= COLD_START_INVOICES
    rows[list(REASON_COLUMNS)] = with_short_history(reasons, rows["cold_start"].to_numpy())
    return _answer(rows, frame, lang)


def _of_member(name: Any, rows: pd.DataFrame) -> pd.DataFrame:
    own = rows.copy()
    own.insert(0, "member", name)
    return own


def _row(told: Mapping[str, Any]) -> pd.DataFrame:
    """The answer about one client, from what ``score_one`` tells."""
    reasons = [*told["reasons"], *[None] * len(TEXT_COLUMNS)]
    words: dict[str, Any] = {}
    for name, text, reason in zip(REASON_COLUMNS, TEXT_COLUMNS, reasons, strict=False):
        words[name], words[text] = (None, None) if reason is None else (reason["code"], reason["sentence"])
    return pd.DataFrame([{name: {**told, **words}.get(name) for name in ANSWER}], columns=list(ANSWER))


def _plain(records: Any) -> Any:
    try:
        return json.loads(records) if isinstance(records, str) else records
    except (ValueError, RecursionError) as error:
        raise CallError(f"records: not readable as JSON ({error})") from None


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
