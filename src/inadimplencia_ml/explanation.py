"""One client's score in words, in Portuguese or English, from plain values.

What speaks against and for the client is told by reason families, in points: the shown contribution of a family is its
part of the log-odds less its mean over the frozen reference, times the points of one unit of log-odds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inadimplencia_ml.catalog import SHORT_HISTORY, Lang, feature, reason_family, reason_sentence
from inadimplencia_ml.catalog.figures import figure

__all__ = ["Explanation", "with_texts"]

_SHOWN = 4
_FACTS: dict[str, dict[Lang, str]] = {
    "open_amount": {"pt": "em aberto", "en": "open"},
    "overdue_amount": {"pt": "em atraso", "en": "overdue"},
    "overdue_count": {"pt": "títulos em atraso", "en": "overdue invoices"},
    "dpd_max": {"pt": "dias do maior atraso em aberto", "en": "days of the longest open delay"},
    "days_since_payment": {"pt": "dias desde o último pagamento", "en": "days since the last payment"},
    "tenure_days": {"pt": "dias desde o primeiro título", "en": "days since the first invoice"},
    "due_count_365d": {
        "pt": "títulos vencidos nos últimos 12 meses",
        "en": "invoices fallen due in the last 12 months",
    },
    "late_share_365d": {"pt": "deles pagos com atraso ou em atraso", "en": "of them late"},
    "days_late_mean_365d": {
        "pt": "dias de atraso em média (negativo: antes)",
        "en": "days late on average (negative: early)",
    },
    "worst_dpd_12m": {"pt": "dias do pior atraso em fim de mês", "en": "days of the worst delay at a month end"},
}
"""The features told as facts, in plain words; their exact meaning is in the data dictionary."""
_WORDS: dict[str, dict[Lang, str]] = {
    "title": {"pt": "Cliente {client} em {day}", "en": "Client {client} on {day}"},
    "score": {
        "pt": "Escore {score} (0 a 1000, quanto maior, mais seguro), classe {rating}, segmento de risco {segment}",
        "en": "Score {score} (0 to 1000, higher is safer), rating {rating}, risk segment {segment}",
    },
    "unrated": {
        "pt": "Escore {score} (0 a 1000, quanto maior, mais seguro), segmento de risco {segment}",
        "en": "Score {score} (0 to 1000, higher is safer), risk segment {segment}",
    },
    "probability": {
        "pt": "Probabilidade de {event}: {p} (intervalo de 95 %: {low} a {high})",
        "en": "Probability of {event}: {p} (95% interval: {low} to {high})",
    },
    "against": {"pt": "O que pesa contra", "en": "What weighs against"},
    "for": {"pt": "O que fala a favor", "en": "What speaks for"},
    "points": {"pt": "pontos", "en": "points"},
    "unexplained": {
        "pt": "Este modelo foi trazido de fora e não permite dizer com exatidão quanto pesou cada informação.",
        "en": "This model was brought from outside and does not allow saying exactly what each fact weighed.",
    },
    "nothing": {"pt": "Nada se destaca.", "en": "Nothing stands out."},
    "facts": {"pt": "Fatos usados, como eram conhecidos nessa data", "en": "Facts used, as known on that date"},
    "review": {
        "pt": "Quem discorda de um dado ou do resultado pode pedir a correção e a revisão por uma pessoa "
        "(Lei 12.414/2011, art. 5º; LGPD, art. 20).",
        "en": "Whoever disagrees with a fact or the result may ask for its correction and for review by a person "
        "(Lei 12.414/2011, art. 5; LGPD, art. 20).",
    },
    "model": {"pt": "Modelo {model}", "en": "Model {model}"},
    "decision": {"pt": "Decisão", "en": "Decision"},
}
_SEGMENT: dict[str, dict[Lang, str]] = {
    "low": {"pt": "baixo", "en": "low"},
    "medium": {"pt": "médio", "en": "medium"},
    "high": {"pt": "alto", "en": "high"},
    "none": {"pt": "nenhum", "en": "none"},
}
_STATE: dict[str, dict[Lang, str]] = {
    "already_bad": {
        "pt": "Já tem título com {dpd} dias ou mais de atraso.",
        "en": "Already has an invoice {dpd} days or more past due.",
    },
    "no_exposure": {
        "pt": "Sem probabilidade: nada em aberto pode chegar a {dpd} dias de atraso em {horizon} dias.",
        "en": "No probability: nothing open can reach {dpd} days past due within {horizon} days.",
    },
    "inactive": {
        "pt": "Sem probabilidade: nada em aberto e nenhum título emitido nos últimos 180 dias.",
        "en": "No probability: nothing open and no invoice issued in the last 180 days.",
    },
}
_EVENT: dict[str, dict[Lang, str]] = {
    "client": {
        "pt": "ter título com {dpd} dias ou mais de atraso nos próximos {horizon} dias",
        "en": "an invoice {dpd} days or more past due within {horizon} days",
    },
    "not_cured": {
        "pt": "seguir com título {dpd} dias ou mais em atraso daqui a 90 dias",
        "en": "an invoice still {dpd} days or more past due in 90 days",
    },
    "late": {"pt": "este título atrasar {dpd} dias ou mais", "en": "this invoice being {dpd} days late or more"},
    "default": {"pt": "este título seguir em aberto aos {dpd} dias", "en": "this invoice still open at {dpd} days"},
    "paid": {"pt": "este título ser pago em {horizon} dias", "en": "this invoice being paid in {horizon} days"},
}


@dataclass(frozen=True, repr=False)
class Explanation:
    """A client's score in words.

    Attributes
    ----------
    client_id, as_of, state, score, segment
        As in the scores table.
    against, favour : tuple of (code, points, sentence)
        Reason families, the weightiest first; points are what they cost or bring.
    facts : dict
        Values of the features told.
    text : str
        All of it, for people.
    """

    client_id: Any
    as_of: str
    state: str
    score: int | None
    segment: str
    against: tuple[tuple[str, float, str], ...]
    favour: tuple[tuple[str, float, str], ...]
    facts: dict[str, Any]
    text: str

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for machines."""
        keys = ("code", "points", "sentence")
        plain = {k: getattr(self, k) for k in ("client_id", "as_of", "state", "score", "segment", "facts")}
        sides = {k: [dict(zip(keys, r, strict=True)) for r in getattr(self, k)] for k in ("against", "favour")}
        return plain | sides

    @classmethod
    def of(
        cls,
        row: Mapping[str, Any],
        features: Mapping[str, Any],
        points: pd.Series | None,
        target: Mapping[str, Any],
        *,
        lang: Lang = "pt",
        decision: str | None = None,
    ) -> Explanation:
        """The explanation of one scored row.

        Parameters
        ----------
        row : mapping
            The row of the scores table.
        features : mapping
            The row of features it was scored on.
        points : Series, optional
                By reason code, the points that each family costs (negative) or brings (positive), 0 where it is silent.
        target : mapping
            The target as plain data: level, event, dpd, horizon_days.
        decision : str, optional
            What the policy decided, in words.
        """
        values = dict(features)
        against = _told(points, values, lang, bad=True)
        favour = _told(points, values, lang, bad=False)
        facts = {name: values[name] for name in _FACTS if name in values and values[name] == values[name]}
        lines = _head(row, target, lang) + _short_history(row, values, lang)
        if points is not None:
            lines += _side("against", against, lang) + _side("for", favour, lang)
        elif not pd.isna(row["probability"]):
            lines += ["", _WORDS["unexplained"][lang]]
        lines += _facts(facts, lang)
        if decision:
            lines += ["", _WORDS["decision"][lang], decision]
        lines += ["", _WORDS["review"][lang], _WORDS["model"][lang].format(model=row["model_version"])]
        score = None if pd.isna(row["score"]) else int(row["score"])
        day = pd.Timestamp(row["as_of"]).date().isoformat()
        text = "\n".join(lines)
        return cls(row["client_id"], day, row["state"], score, row["segment"], against, favour, facts, text)


def _told(
    points: pd.Series | None, values: Mapping[str, Any], lang: Lang, *, bad: bool
) -> tuple[tuple[str, float, str], ...]:
    """The families of one side, the weightiest first."""
    if points is None:
        return ()
    side = points[points < 0] if bad else points[points > 0]
    chosen = side.abs().sort_values(ascending=False, kind="stable").index[:_SHOWN]
    return tuple((c, float(points[c]), reason_sentence(c, values, against=bad, lang=lang)) for c in chosen)


def _head(row: Mapping[str, Any], target: Mapping[str, Any], lang: Lang) -> list[str]:
    day = pd.Timestamp(row["as_of"])
    date = day.strftime("%d/%m/%Y") if lang == "pt" else day.date().isoformat()
    told = {"dpd": target["dpd"], "horizon": target["horizon_days"]}
    lines = [_WORDS["title"][lang].format(client=row["client_id"], day=date)]
    if not pd.isna(row["probability"]):
        kind = "unrated" if pd.isna(row["rating"]) else "score"
        segment = _SEGMENT[row["segment"]][lang]
        lines.append(_WORDS[kind][lang].format(score=row["score"], rating=row["rating"], segment=segment))
        event = "client" if target["level"] == "client" else target["event"]
        event = "not_cured" if row["state"] == "already_bad" else event
        p, low, high = (_percent(row[k], lang) for k in ("probability", "probability_low", "probability_high"))
        lines.append(
            _WORDS["probability"][lang].format(event=_EVENT[event][lang].format(**told), p=p, low=low, high=high)
        )
    if row["state"] in _STATE:
        lines.append(_STATE[row["state"]][lang].format(**told))
    return lines


def _percent(value: float, lang: Lang) -> str:
    text = f"{100 * value:.1f}"
    return text.replace(".", ",") + " %" if lang == "pt" else text + "%"


def _short_history(row: Mapping[str, Any], values: Mapping[str, Any], lang: Lang) -> list[str]:
    return [reason_sentence(SHORT_HISTORY, values, against=True, lang=lang)] if row["cold_start"] else []


def _side(name: str, told: tuple[tuple[str, float, str], ...], lang: Lang) -> list[str]:
    lines = ["", _WORDS[name][lang]]
    if not told:
        return [*lines, "  " + _WORDS["nothing"][lang]]
    for code, points, sentence in told:
        family = reason_family(code)
        title = family.name_pt if lang == "pt" else family.name_en
        lines.append(f"  {points:+5.0f} {_WORDS['points'][lang]}  {title} ({code}): {sentence}")
    return lines


def _facts(facts: Mapping[str, Any], lang: Lang) -> list[str]:
    lines = ["", _WORDS["facts"][lang]]
    told = {name: figure(float(value), feature(name).unit, lang) for name, value in facts.items()}
    width = max(map(len, told.values()), default=0)
    return lines + [f"  {value:>{width}}  {_FACTS[name][lang]}" for name, value in told.items()]


def with_texts(rows: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """Scores with the sentence of each reason beside its code, in Portuguese; ``features`` are of the same rows."""
    records = [{str(k): v for k, v in record.items()} for record in features.to_dict("records")]
    for name in [c for c in rows.columns if c.startswith("reason_")]:
        rows[name.replace("reason", "text")] = [
            reason_sentence(code, record, against=True) if isinstance(code, str) else None
            for code, record in zip(rows[name], records, strict=True)
        ]
    return rows
