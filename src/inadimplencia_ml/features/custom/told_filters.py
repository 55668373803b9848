"""The tests of a filter in words: "com atraso de 5 dias ou mais", "with an amount of more than R$ 500"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.features.custom.filters import Filter

__all__ = ["listed", "told_filter", "told_known"]

Told = Mapping[str, Any]

_NOUNS: dict[str, tuple[tuple[str, str], str]] = {  # Portuguese with the ending of its adjectives, English
    "amount": (("valor", "o"), "amount"),
    "open_amount": (("saldo em aberto", "o"), "outstanding amount"),
    "paid_amount": (("valor pago", "o"), "paid amount"),
    "days_late": (("atraso", "o"), "lateness"),
    "dpd": (("atraso em aberto", "o"), "lateness while open"),
    "days_early": (("antecipação", "a"), "time paid early"),
    "term_days": (("prazo", "o"), "term"),
    "installment": (("número da parcela", "o"), "number of the instalment"),
    "installments": (("número de parcelas", "o"), "number of instalments"),
    "fine_rate": (("multa contratual", "a"), "contractual fine"),
    "interest_rate_month": (("taxa de juros ao mês", "a"), "monthly interest rate"),
    "kind": (("tipo", "o"), "kind"),
    "product": (("produto", "o"), "product"),
    "contract_id": (("contrato", "o"), "contract"),
}
_FRAMES = {  # before a comparison
    "days_late": ("com atraso", "late by"),
    "dpd": ("com atraso em aberto", "past due by"),
    "days_early": ("com antecipação", "paid early by"),
}
_COMPARED = {
    "between": ("de {low} a {high}", "{low} to {high}"),
    "ge": ("de {value} ou mais", "{value} or more"),
    "gt": ("maior que {value}", "more than {value}"),
    "le": ("de até {value}", "{value} or less"),
    "lt": ("menor que {value}", "less than {value}"),
    "eq": ("igual a {value}", "{value}"),
    "in": ("igual a {value}", "{value}"),
}
_AS_WORDS = {  # comparisons for which there is a plain word
    ("days_late", "gt", 0.0): ("em atraso ou pagos com atraso", "late or paid late"),
    ("days_late", "le", 0.0): ("sem atraso", "not late"),
    ("dpd", "eq", 0.0): ("sem atraso em aberto", "not past due"),
    ("dpd", "gt", 0.0): ("em aberto e em atraso", "open and past due"),
    ("days_early", "gt", 0.0): ("pagos antes do vencimento", "paid before they were due"),
    ("open_amount", "gt", 0.0): ("com saldo em aberto", "with an outstanding amount"),
    ("paid_amount", "gt", 0.0): ("pagos ao menos em parte", "paid at least in part"),
    ("paid_amount", "eq", 0.0): ("sem nenhum pagamento", "without any payment"),
}
_WEEKDAYS = (
    ("segunda-feira", "a Monday"),
    ("terça-feira", "a Tuesday"),
    ("quarta-feira", "a Wednesday"),
    ("quinta-feira", "a Thursday"),
    ("sexta-feira", "a Friday"),
    ("sábado", "a Saturday"),
    ("domingo", "a Sunday"),
)
_DAYS_OF = {
    "due_weekday": ("que vencem em {days}", "that fall due on {days}"),
    "issue_weekday": ("emitidos em {days}", "issued on {days}"),
    "due_month_day": ("que vencem {days} do mês", "that fall due on {days} of the month"),
}
_MONTH_END = (
    ("que não vencem nos três últimos dias do mês", "that do not fall due on the last three days of a month"),
    ("que vencem nos três últimos dias do mês", "that fall due on the last three days of a month"),
)
_STATUSES = {
    "open": ("em aberto", "open"),
    "settled": ("quitados", "settled"),
    "closed": ("renegociados ou baixados como perda", "renegotiated or written off"),
    "renegotiated": ("renegociados", "renegotiated"),
    "written_off": ("baixados como perda", "written off"),
}
_TEXTS = {
    "kind": ("do tipo {words}", "of the kind {words}"),
    "product": ("do produto {words}", "of the product {words}"),
    "contract_id": ("do contrato {words}", "of the contract {words}"),
}


def told_filter(given: Filter, lang: Lang) -> list[str]:
    """A phrase for each test, such as stands behind "títulos".

    Examples
    --------
    >>> given = Filter.model_validate({"amount": {"ge": 1000, "le": 5000.5}, "kind": ["boleto", "pix"]})
    >>> told_filter(given, "pt")
    ['com valor de R$ 1.000 a R$ 5.000,50', 'do tipo boleto ou pix']
    >>> told_filter(given, "en")
    ['with an amount of R$ 1,000 to R$ 5,000.50', 'of the kind boleto or pix']
    """
    return [_test(name, test, lang) for name, test in given.tests().items()]


def told_known(name: str, lang: Lang, *, known: bool = True) -> str:
    """That a measure or a text is given, or is missing."""
    (noun, ending), english = _NOUNS[name]
    if lang == "en":
        return f"with a known {english}" if known else f"without a known {english}"
    return f"{'com' if known else 'sem'} {noun} informad{ending}"


def listed(words: Sequence[str], lang: Lang, *, either: bool = False) -> str:
    """a, b e c; a, b ou c."""
    last = (("e", "ou"), ("and", "or"))[lang == "en"][either]
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _test(name: str, test: Any, lang: Lang) -> str:
    of = 0 if lang == "pt" else 1
    if name == "due_month_end":
        return _MONTH_END[test][of]
    if name == "status":
        return listed([_STATUSES[one][of] for one in test], lang, either=True)
    said: Told = test.model_dump(by_alias=True, exclude_none=True)
    if name in _DAYS_OF:
        return _days(name, said, lang)
    if ("known" in said and len(said) == 1) or said.get("known") is False:
        return told_known(name, lang, known=said["known"])
    if name in _TEXTS:
        return _TEXTS[name][of].format(words=listed(said["in"], lang, either=True))
    return _compared(name, {key: value for key, value in said.items() if key != "known"}, lang)


def _compared(name: str, said: Told, lang: Lang) -> str:
    """The comparisons of one measure, all of which must hold."""
    of = 0 if lang == "pt" else 1
    if len(said) == 1:
        key, value = next(iter(said.items()))
        if key != "in" and (name, key, value) in _AS_WORDS:
            return _AS_WORDS[name, key, value][of]
    article = "an" if _NOUNS[name][1][0] in "aeiou" else "a"
    frame = _FRAMES.get(name, (f"com {_NOUNS[name][0][0]}", f"with {article} {_NOUNS[name][1]} of"))[of]
    parts, rest = [], dict(said)
    if {"ge", "le"} <= set(rest):
        low, high = (_figure(name, rest.pop(key), lang) for key in ("ge", "le"))
        parts.append(_COMPARED["between"][of].format(low=low, high=high))
    for key, value in rest.items():
        several = [_figure(name, one, lang) for one in (value if key == "in" else [value])]
        parts.append(_COMPARED[key][of].format(value=listed(several, lang, either=True)))
    return f"{frame} {listed(parts, lang)}"


def _days(name: str, said: Told, lang: Lang) -> str:
    """Days of the week or of the month, each by its name: there are few."""
    of = 0 if lang == "pt" else 1
    every = range(7) if name.endswith("weekday") else range(1, 32)
    days = [day for day in every if _passes(day, said)]
    if said.get("known") is False or not days:
        return ("em nenhum dia", "on no day")[of]
    if every[0] == 0:
        words = [_WEEKDAYS[day][of] for day in days]
    else:
        words = [str(day) for day in days]
        if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
            words = [f"{days[0]} {('a', 'to')[of]} {days[-1]}"]
        one = len(days) == 1
        words[0] = f"{('no dia' if one else 'nos dias', 'day' if one else 'days')[of]} {words[0]}"
    return _DAYS_OF[name][of].format(days=listed(words, lang, either=True))


def _passes(day: int, said: Told) -> bool:
    holds: dict[str, Callable[[Any], bool]] = {
        "ge": lambda bound: day >= bound,
        "gt": lambda bound: day > bound,
        "le": lambda bound: day <= bound,
        "lt": lambda bound: day < bound,
        "eq": lambda bound: day == bound,
        "in": lambda several: day in several,
    }
    return all(holds[key](value) for key, value in said.items() if key in holds)


def _figure(name: str, value: float, lang: Lang) -> str:
    """1000 as R$ 1.000, 1 dia, 2 % or plain, by the measure."""
    if name.endswith("amount"):
        return "R$ " + _number(value, 2, lang, fixed=True)
    if name in ("fine_rate", "interest_rate_month"):
        return _number(100 * value, 6, lang) + (" %" if lang == "pt" else "%")
    if name in ("days_late", "dpd", "days_early", "term_days"):
        unit = ("dia", "day")[lang == "en"] + ("" if abs(value) == 1 else "s")
        return f"{_number(value, 6, lang)} {unit}"
    return _number(value, 6, lang)


def _number(value: float, places: int, lang: Lang, *, fixed: bool = False) -> str:
    """1.234,50 in Portuguese, 1,234.50 in English; whole numbers whole, a true minus."""
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.{places}f}"
    if "." in text and not fixed:
        text = text.rstrip("0").rstrip(".")
    text = text.replace("-", "−")
    return text.translate(str.maketrans(",.", ".,")) if lang == "pt" else text
