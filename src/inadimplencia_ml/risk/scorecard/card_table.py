"""The card as people read it: a table, one row a bin, and the same as text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inadimplencia_ml.catalog import BY_NAME, Lang
from inadimplencia_ml.risk.scorecard.card import Card, CardFeature

__all__ = ["bin_remarks", "card_table", "card_text"]

_COLUMNS = ("feature", "bin", "points", "woe", "rows", "bads", "bad_rate", "share", "iv")
_WORDS: dict[Lang, dict[str, str]] = {
    "pt": {
        "title": "Scorecard: {} variáveis, base {} pontos",
        "scale": "Some à base os pontos da faixa de cada variável. 500 pontos são 10 bons para 1 mau; a cada 40 pontos "
        "a razão dobra. Mais pontos, menos risco.",
        "head": "faixa|pontos|linhas|parte|maus|WOE",
        "feature": "{} (IV {})",
        "remark": "{}{} linhas, {} % maus, {} pontos",
    },
    "en": {
        "title": "Scorecard: {} variables, base {} points",
        "scale": "Add to the base the points of each variable's bin. 500 points are 10 good to 1 bad; every 40 points "
        "double the odds. More points, less risk.",
        "head": "bin|points|rows|share|bad|WOE",
        "feature": "{} (IV {})",
        "remark": "{}{} rows, {} % bad, {} points",
    },
}


def card_table(card: Card, lang: Lang) -> pd.DataFrame:
    """One row a bin behind a row for the base; ``rows`` are counted, ``bads``, ``bad_rate``, ``share`` and ``iv``
    weighted."""
    base = pd.DataFrame({"feature": ["base"], "bin": [""], "points": [card.base_points]})
    tables = [base.reindex(columns=list(_COLUMNS))]
    for feature in card.features:
        goods, bads = np.array(feature.goods), np.array(feature.bads)
        held = goods + bads
        table = pd.DataFrame(
            {
                "feature": feature.name,
                "bin": feature.bins.labels(lang),
                "points": card.points_of(feature),
                "woe": feature.woe,
                "rows": np.array(feature.rows).astype(np.int64),
                "bads": bads,
                "bad_rate": np.divide(bads, held, out=np.full(len(held), np.nan), where=held > 0),
                "share": held / held.sum(),
                "iv": (goods / goods.sum() - bads / bads.sum()) * np.array(feature.woe),
            }
        )
        tables.append(table)
    whole = pd.concat(tables, ignore_index=True)
    return whole.astype({"points": np.int64, "rows": "Int64"})


def card_text(card: Card, lang: Lang) -> str:
    """The card as text, the strongest column first; bins that no row of the fit fell in are left out."""
    say = _WORDS[lang]
    lines = [say["title"].format(len(card.features), card.base_points), say["scale"]]
    table = card_table(card, lang)
    strength = table[1:].groupby("feature", sort=False)["iv"].sum()
    for name in strength.sort_values(ascending=False, kind="stable").index:
        known = BY_NAME.get(name)
        meaning = "" if known is None else f": {known.meaning(lang)}"
        lines += ["", say["feature"].format(name, _number(strength[name], 3, lang)) + meaning]
        bins = table[(table["feature"] == name) & (table["rows"].fillna(0) > 0)]
        cells = [say["head"].split("|"), *(_cells(row, lang) for row in bins.itertuples(index=False))]
        widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
        for row in cells:
            rest = "  ".join(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))
            lines.append(f"  {row[0].ljust(widths[0])}  {rest}")
    return "\n".join(lines) + "\n"


def bin_remarks(card: Card, feature: CardFeature, lang: Lang) -> list[str]:
    """What to say beside each bin of a column; a group of categories, which is written out anyway, is not named."""
    table = card_table(Card((feature,), card.intercept, card.line), lang)[1:]
    named = feature.bins.labels(lang)
    for k in range(len(feature.bins.groups or ())):
        named[k] = ""
    return [
        _WORDS[lang]["remark"].format(
            f"{name}: " if name else "",
            _number(rows, 0, lang),
            _number(100 * rate, 1, lang) if rows else "–",
            f"{points:+d}".replace("-", "−"),
        )
        for name, rows, rate, points in zip(named, table["rows"], table["bad_rate"], table["points"], strict=True)
    ]


def _cells(row: object, lang: Lang) -> list[str]:
    points, rows, share, rate, woe = (getattr(row, k) for k in ("points", "rows", "share", "bad_rate", "woe"))
    return [
        str(getattr(row, "bin")),  # noqa: B009  # bin is a builtin's name
        f"{points:+d}".replace("-", "−"),
        _number(rows, 0, lang),
        _number(100 * share, 1, lang) + " %",
        _number(100 * rate, 1, lang) + " %",
        _number(woe, 2, lang),
    ]


def _number(value: float, places: int, lang: Lang) -> str:
    text = f"{value:,.{places}f}".replace("-", "−")
    return text.translate(str.maketrans(",.", ".,")) if lang == "pt" else text
