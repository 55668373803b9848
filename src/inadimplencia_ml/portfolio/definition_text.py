"""Which definition of bad is recommended, by rules that stand here, and in which words it is told."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean

__all__ = ["Choice", "recommendation"]


class Choice(NamedTuple):
    """A pair, or none; ``why`` names the case, ``facts`` the figures that its words tell."""

    dpd: int | None
    horizon_days: int | None
    why: Literal["too_few_months", "too_few_bads", "no_return", "still_cures", "fewer_bads_beyond"]
    facts: dict[str, float]

    @classmethod
    def of(
        cls, table: pd.DataFrame, *, min_bads: int, min_months: int, most_cured: float, least_found: float
    ) -> Choice:
        """The lowest dpd past the point of no return that has bads enough, at the shortest horizon that finds most."""
        months, most = int(table["months"].max()), int(table["bads"].max())
        limits = {"min_bads": min_bads, "min_months": min_months, "most_cured": most_cured, "least_found": least_found}
        limits["longest"] = int(table["horizon_days"].max())
        told = limits | {"months": months, "most_bads": most}
        if months < min_months:
            return cls(None, None, "too_few_months", told)
        long_enough = table[(table["found_share"] >= least_found)].groupby("dpd", sort=True).first().reset_index()
        enough = long_enough[(long_enough["bads"] >= min_bads) & (long_enough["bad_invoices"] >= min_bads)]
        if not len(enough):
            return cls(None, None, "too_few_bads", told)
        past = enough[enough["cured_share"] <= most_cured]
        row = past.iloc[0] if len(past) else enough.iloc[-1]
        beyond = row["dpd"] < table["dpd"].max()
        why: Any = "no_return" if len(past) else "fewer_bads_beyond" if beyond else "still_cures"
        return cls(
            int(row["dpd"]),
            int(row["horizon_days"]),
            why,
            told | {str(name): float(value) for name, value in row.items()},
        )


_SENTENCES: dict[str, dict[str, str]] = {
    "pt": {
        "too_few_months": "Nada a recomendar: só {months} meses com o maior horizonte já encerrado, e são precisos "
        "{min_months}.",
        "too_few_bads": "Nada a recomendar: nenhuma definição tem {min_bads} casos ruins acompanhados por 90 dias (a "
        "maior tem {most_bads}).",
        "pair": "Recomendação: {dpd} dias de atraso em {horizon_days} dias.",
        "no_return": "Dos títulos que chegam a {dpd} dias de atraso, {cured_share} são quitados nos 90 dias seguintes "
        "(em valor, {cured_amount_share}): a partir daí mais fica do que volta.",
        "fewer_bads_beyond": "Dos títulos que chegam a {dpd} dias de atraso, {cured_share} ainda são quitados nos 90 "
        "dias seguintes (em valor, {cured_amount_share}); acima disso não há casos ruins suficientes ({min_bads}).",
        "still_cures": "Mesmo com {dpd} dias de atraso, {cured_share} dos títulos ainda são quitados nos 90 dias "
        "seguintes (em valor, {cured_amount_share}): nenhuma definição comparada passa do ponto sem volta.",
        "found_longest": "Nenhum horizonte comparado mais curto que {horizon_days} dias encontra {least_found} dos "
        "casos ruins que ele encontra; um ainda mais longo poderia encontrar mais.",
        "found": "Em {horizon_days} dias aparecem {found_share} dos casos ruins do maior horizonte.",
        "bads": "São {bads} casos ruins em {clients} clientes-mês ({bad_rate}); por mês, de {rate_low} a {rate_high}.",
    },
    "en": {
        "too_few_months": "Nothing to recommend: only {months} months whose longest horizon is over, and {min_months} "
        "are needed.",
        "too_few_bads": "Nothing to recommend: no definition has {min_bads} bad cases followed for 90 days (the "
        "largest has {most_bads}).",
        "pair": "Recommended: {dpd} days past due within {horizon_days} days.",
        "no_return": "Of the invoices that reach {dpd} days past due, {cured_share} are settled in the 90 days after "
        "(by amount {cured_amount_share}): from there on more stays than comes back.",
        "fewer_bads_beyond": "Of the invoices that reach {dpd} days past due, {cured_share} are still settled in the "
        "90 days after (by amount {cured_amount_share}); beyond that there are not enough bad cases ({min_bads}).",
        "still_cures": "Even of those that reach {dpd} days past due, {cured_share} are settled in the 90 days after "
        "(by amount {cured_amount_share}): no definition compared is past the point of no return.",
        "found_longest": "No horizon compared that is shorter than {horizon_days} days finds {least_found} of the bad "
        "cases that it finds; a longer one might find more.",
        "found": "Within {horizon_days} days {found_share} of the bad cases of the longest horizon are found.",
        "bads": "There are {bads} bad cases in {clients} client-months ({bad_rate}); by month from {rate_low} to "
        "{rate_high}.",
    },
}
_SHARES = ("cured_share", "cured_amount_share", "found_share", "least_found", "bad_rate", "rate_low", "rate_high")


def recommendation(choice: Choice, lang: str) -> str:
    """The choice in words."""
    if lang not in _SENTENCES:
        raise CallError(f"lang={lang!r} is unknown.{did_you_mean(lang, _SENTENCES)}")
    found = "found_longest" if choice.facts.get("horizon_days") == choice.facts["longest"] else "found"
    names = [choice.why] if choice.dpd is None else ["pair", choice.why, found, "bads"]
    told: dict[str, str] = {}
    for name, value in choice.facts.items():
        told[name] = _percent(value, lang) if name in _SHARES else f"{value:.0f}"
    return " ".join(_SENTENCES[lang][name].format(**told) for name in names)


def _percent(value: float, lang: str) -> str:
    if value != value:
        return "–"
    plain = f"{100 * value:.1f}"
    return f"{plain.replace('.', ',')}%" if lang == "pt" else f"{plain} %"
