"""The judgement of a family of models: each member's own, and what bringing their probabilities to agree did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.client_draws import Estimate
from inadimplencia_ml.risk.judgement import Judgement
from inadimplencia_ml.risk.judging.agreed import ALL_MEMBERS
from inadimplencia_ml.risk.judging.saying import Say, grid

__all__ = ["FamilyJudgement"]

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Julgamento da família de alvos, fora do tempo", "Judgement of the family of targets, out of time"),
    "period": ("Período: {judged_from} a {judged_to}", "Period: {judged_from} to {judged_to}"),
    "treatment": ("com contatos", "with contacts"),
    "yes": ("sim", "yes"),
    "no": ("não", "no"),
    "agreement": (
        "O que a concordância mudou (o evento mais raro nunca é mais provável)",
        "What agreement changed (the rarer event is never more probable)",
    ),
    "moved": ("movidos", "moved"),
    "points": ("pontos, média", "points, mean"),
    "points_max": ("máximo", "at most"),
    "alone": ("log loss só", "log loss alone"),
    "agreed": ("em concordância", "agreed"),
    "difference": ("diferença", "difference"),
    "all": ("juntos (soma)", "together (sum)"),
    "pairs": ("Pares em que um evento implica o outro", "Pairs in which one event implies the other"),
    "none": (
        "  Nenhum alvo implica outro: cada probabilidade é a do seu modelo.",
        "  No target implies another: each probability is its model's own.",
    ),
    "crossed": ("cruzados", "crossed"),
    "excess": ("excesso médio", "mean excess"),
}


@dataclass(frozen=True, eq=False)
class FamilyJudgement:
    """How the members of a family did out of time, alone and together.

    Attributes
    ----------
    members : dict of Judgement
        By name; of each member's own probabilities, before they were brought to agree.
    facts : dict
        ``judged_from`` and ``judged_to`` (dates of the rows below), ``rows``, ``clients``, ``resamples``.
    agreement, pairs : DataFrame
        What agreement did to each member and to all together, and to each pair in which one event implies the other:
        the tables of `risk.judging.agreed.agreement_tables`. The second target of clients who are already in the event
        is not in them: no model of it is fitted without the last period.
    treatment : dict of bool
        Which members read treatment features.
    """

    members: dict[str, Judgement]
    facts: dict[str, Any]
    agreement: pd.DataFrame
    pairs: pd.DataFrame
    treatment: dict[str, bool]

    def to_json(self) -> dict[str, Any]:
        """Plain data, without the members' own judgements, which are kept in their models."""
        return {"facts": dict(self.facts), "agreement": _records(self.agreement), "pairs": _records(self.pairs)}

    @classmethod
    def from_json(cls, data: Any, members: Mapping[str, Judgement], treatment: Mapping[str, bool]) -> FamilyJudgement:
        """The judgement that ``to_json`` wrote, with those of the members.

        Raises
        ------
        BundleError
            The data is not of that form.
        """
        try:
            agreement, pairs = _table(data["agreement"]), _table(data["pairs"])
            return cls(dict(members), dict(data["facts"]), agreement, pairs, dict(treatment))
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"the judgement of the family cannot be read: {error!r}") from None

    def text(self, lang: str = "pt") -> str:
        """What agreement did, in words, in Portuguese (``pt``) or English (``en``); each member has its own page."""
        say = Say(lang)
        words = {key: say.choose(pair) for key, pair in _WORDS.items()}
        blocks = ["\n".join([words["title"], words["period"].format(**self.facts)]), self._members(say, words)]
        if self.pairs.empty:
            blocks.append("\n".join([words["agreement"], words["none"]]))
        else:
            blocks += [self._agreement(say, words), self._pairs(say, words)]
        return "\n\n".join(blocks) + "\n"

    def _members(self, say: Say, words: Mapping[str, str]) -> str:
        rows = [
            [
                name,
                words["yes" if self.treatment[name] else "no"],
                say.number(one.facts["rows"], 0),
                say.number(one.facts["bads"], 0),
                say.number(one.value("auc")),
                say.number(one.value("log_loss"), 4),
            ]
            for name, one in self.members.items()
        ]
        head = ["", words["treatment"], say["cases"], say["bad"], "AUC", "log loss"]
        return "\n".join(grid(head, rows))

    def _agreement(self, say: Say, words: Mapping[str, str]) -> str:
        rows = []
        for r in self.agreement.to_dict("records"):
            less = Estimate(*(float(r.get(k, np.nan)) for k in ("difference", "low", "high")))
            losses = [say.number(r[k], 4) for k in ("log_loss_alone", "log_loss")]
            moves = [say.share(r["moved_share"]), *(say.number(r[k], 1) for k in ("points_mean", "points_max"))]
            name = words["all"] if r["member"] == ALL_MEMBERS else str(r["member"])
            rows.append([name, say.number(r["rows"], 0), *moves, *losses, say.span(less, 5)])
        head = [
            "",
            say["cases"],
            *(words[k] for k in ("moved", "points", "points_max", "alone", "agreed", "difference")),
        ]
        return "\n".join([words["agreement"], *grid(head, rows)])

    def _pairs(self, say: Say, words: Mapping[str, str]) -> str:
        rows = [
            [
                f"{r['rarer']} ⇒ {r['likelier']}",
                say.number(r["rows"], 0),
                say.share(r["crossed_share"]),
                say.share(r["excess_mean"]),
            ]
            for r in self.pairs.to_dict("records")
        ]
        return "\n".join([words["pairs"], *grid(["", say["cases"], words["crossed"], words["excess"]], rows)])


def _records(table: pd.DataFrame) -> dict[str, Any]:
    plain = table.astype(object).where(table.notna(), None)
    return {"columns": [str(c) for c in table.columns], "rows": plain.to_numpy().tolist()}


def _table(data: Any) -> pd.DataFrame:
    table = pd.DataFrame(data["rows"], columns=data["columns"])
    whole = {"rows", "moved", "decided", "crossed"}
    words = {"member", "rarer", "likelier"}
    kinds = {c: "int64" if c in whole else "str" if c in words else "float64" for c in table.columns}
    return table.astype(kinds)
