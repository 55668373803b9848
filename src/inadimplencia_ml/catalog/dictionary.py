"""The data dictionary: every feature in a page of Markdown, made from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from inadimplencia_ml.catalog.feature import FAMILIES, ROLES, UNITS, WINDOWS, Feature, Lang
from inadimplencia_ml.catalog.history import HISTORY_FAMILIES
from inadimplencia_ml.catalog.invoice import INVOICE, INVOICE_CATEGORIES
from inadimplencia_ml.catalog.reasons import REASONS, STATEMENTS, members
from inadimplencia_ml.catalog.shape import SHAPE
from inadimplencia_ml.catalog.standing import STANDING
from inadimplencia_ml.catalog.treatment import CONTACTS, PROMISES
from inadimplencia_ml.catalog.windowed import WINDOWED
from inadimplencia_ml.errors import CallError

__all__ = ["data_dictionary", "write_data_dictionary"]

_DIRECTIONS = {-1: "−1", 0: "0", 1: "+1"}

_TITLE: dict[Lang, str] = {"pt": "Dicionário de dados", "en": "Data dictionary"}

_RULES: dict[Lang, tuple[str, ...]] = {
    "pt": (
        "**t** é o último dia cujos fatos são conhecidos: `as_of` na visão `end_of_day`; `as_of` − 1 na visão "
        "`at_issue`, com as janelas e idades contadas a partir dele. Só os campos do próprio título e dos títulos do "
        "mesmo dia são os conhecidos no fim de `as_of`. Um fato é conhecido em max(data do fato, `known_on`).",
        "**(t − 30 d, t]** são os 30 dias corridos que terminam em t, t incluído; **all**: até t. Janelas, faixas por "
        "vencimento e ordem usam o vencimento sem ajuste; a ordem é (vencimento, emissão, `invoice_id`).",
        "Um título é **visto** em t se é conhecido até t, a partir do dia da emissão, e não foi anulado (void) até t. "
        "Um título anulado some de todas as colunas, com seus pagamentos, a partir do dia em que isso é conhecido.",
        "**Dias de atraso** têm sinal. Quitado depois do vencimento ajustado ao dia útil: dia da quitação menos o "
        "vencimento ajustado; entre o vencimento e o ajustado: 0; antes: dia da quitação menos o vencimento "
        "(negativo). Em aberto, t no lugar do dia da quitação. Renegociado ou baixado como perda: fixos no dia do "
        "encerramento. O dia da quitação é o do pagamento, nunca o do registro.",
        "**dpd** é max(0, dias de atraso) de um título em aberto. **Valor inteiro** é o valor do título conhecido em "
        "t; **saldo** é o valor menos o que já o quitou.",
        "Sem dados, salvo o que o significado disser: contagens, somas, dpd_max, worst_dpd e sequências são 0; médias, "
        "medianas, frações, razões, inclinações e tempos decorridos são NaN. Valor não informado: quitado pelo "
        "primeiro pagamento, saldo 0, fora das somas e pesos, presente nas contagens e dias. Valor zero: quitado na "
        "emissão.",
        "Quitado **por pagamento**: com valor diferente de zero; um título de valor zero já nasce quitado. Um "
        "pagamento **visto** tem dia conhecido, max(payment_date, `known_on`), até t e não foi estornado até t; seu "
        "título é visto. **Mediana** e **quartil** interpolam linearmente; fins de mês são os últimos até t, incluído "
        "t se for um.",
        "Consumidores: um título com vencimento até t − 1.825 d some de todas as colunas, com seus pagamentos, menos "
        "days_since_issue e tenure_days. Depois de `observed_until`, onde informado, o título fica só em issued_*, "
        "days_since_issue, tenure_days, days_between_issues_mean e ticket_*.",
        "**Direção**, com as demais iguais: +1 quanto maior, mais risco; −1 quanto maior, menos risco; 0 sem "
        "expectativa. Todas as colunas são float64, salvo categorias.",
    ),
    "en": (
        "**t** is the last day whose facts are known: `as_of` in the view `end_of_day`; `as_of` − 1 in the view "
        "`at_issue`, with windows and ages counted from it. Only the fields of the invoice itself and of those of the "
        "same day are as known at the end of `as_of`. A fact is known on max(its date, `known_on`).",
        "**(t − 30 d, t]** are the 30 calendar days that end in t, t included; **all**: up to t. Windows, ages by due "
        "date and the order use the due date not moved; the order is (due date, issue date, `invoice_id`).",
        "An invoice is **seen** at t if it is known by t, from its issue date on, and not void by t. A void invoice is "
        "gone from every column, with its payments, from the day on which that is known.",
        "**Days late** are signed. Settled after the due date moved to the business day: the settling day less the "
        "moved due date; between due date and moved due date: 0; earlier: the settling day less the due date "
        "(negative). Open: t in place of the settling day. Renegotiated or written off: fixed on the closing day. The "
        "settling day is that of the payment, never that of its booking.",
        "**dpd** is max(0, days late) of an open invoice. The **whole amount** is the invoice's amount as known at t; "
        "**outstanding** is the amount less what has settled it.",
        "No data, unless the meaning says otherwise: counts, sums, dpd_max, worst_dpd and streaks are 0; means, "
        "medians, shares, ratios, slopes and times elapsed are NaN. Amount missing: settled by the first payment, "
        "outstanding 0, out of sums and weights, in counts and days. Amount zero: settled on the issue date.",
        "Settled **by payment**: with an amount other than zero; one of amount zero is settled from the start. A "
        "**seen** payment has its known day, max(payment_date, `known_on`), by t and is not reversed by t; its invoice "
        "is seen. **Median** and **quartile** interpolate linearly; month ends are the last ones up to t, t included "
        "if it is one.",
        "Consumers: an invoice due by t − 1,825 d is gone from every column, with its payments, but days_since_issue "
        "and tenure_days. After `observed_until`, where given, an invoice stays only in issued_*, days_since_issue, "
        "tenure_days, days_between_issues_mean and ticket_*.",
        "**Direction**, other things equal: +1 higher is riskier; −1 higher is safer; 0 no expectation. All columns "
        "are float64, categories apart.",
    ),
}

_HEADINGS: dict[Lang, tuple[str, ...]] = {
    "pt": ("coluna", "sobre", "unidade", "direção", "motivo", "significado"),
    "en": ("column", "about", "unit", "direction", "reason", "meaning"),
}

_CLIENT_COLUMNS: dict[Lang, str] = {
    "pt": "`client_<coluna>` e `<tabela de atributos>_<coluna>`: último valor conhecido em t, texto como categoria, "
    "uma data como os dias até t (`…_days`), direção 0, motivo R12. Colunas que protegem a pessoa ou dizem de onde ela "
    "vem (vulnerable, hardship, sexo, saúde, CEP, cidade, UF e semelhantes) ou que registram um direito ou uma "
    "preferência (do_not_contact, consent_*, preferred_*, reclamações, contestações) têm papel `protected` ou `rights` "
    "e não entram em modelo; CPF e CNPJ nunca são colunas.",
    "en": "`client_<column>` and `<attribute table>_<column>`: the latest value known at t, text as a category, a date "
    "as the days up to t (`…_days`), direction 0, reason R12. Columns that protect the person or say where they come "
    "from (vulnerable, hardship, sex, health, postal code, city, state and the like) or that record a right or a wish "
    "(do_not_contact, consent_*, preferred_*, complaints, disputes) have the role `protected` or `rights` and enter no "
    "model; tax ids are never columns.",
}


#: Families beyond the fixed list: what each is about, and which table or column it needs.
_SECTIONS: dict[str, tuple[str, str]] = {
    "spread": ("dispersão dos atrasos e dos valores", "spread of lateness and of amounts"),
    "latest": ("primeiros e últimos títulos, passos, sequências", "first and latest invoices, steps, runs"),
    "shock": ("os últimos 90 dias diante do que veio antes", "the last 90 days against all before"),
    "cures": ("regularizações e perdas", "cures and losses"),
    "postponed": ("prorrogações e reduções", "postponements and reductions"),
    "rhythm": ("ritmo e calendário", "rhythm and calendar"),
    "contracts": ("contratos (só com a coluna contract_id)", "contracts (only with the column contract_id)"),
    "order": ("ordem dos pagamentos", "order of payments"),
    "months": ("fins de mês", "month ends"),
    "limit": ("limite de crédito (só com credit_limit em clients)", "credit limit (only with credit_limit in clients)"),
    "methods": (
        "meios de pagamento (só com a tabela payments ou a coluna kind dos títulos)",
        "payment methods (only with the table payments or the column kind of the invoices)",
    ),
    "outreach": (
        "contatos e acordos (só com a tabela contacts ou agreements; NaN o que depende da que faltar)",
        "contacts and agreements (only with the table contacts or agreements; NaN what needs the missing one)",
    ),
    "groups": ("grupo (só com a tabela links)", "group (only with the table links)"),
    "macro": ("economia (só com a tabela macro)", "economy (only with the table macro)"),
    "past": (
        "o título diante do histórico (só em retratos de título)",
        "the invoice against the past (only snapshots of an invoice)",
    ),
}

_ON_DEMAND: dict[Lang, str] = {
    "pt": 'Só quando pedidas: `build_features(ledger, snapshots, families=["spread", …])`, ou `families="all"`. '
    "Vêm depois das colunas acima e das do cadastro, nesta ordem.",
    "en": 'Only when asked for: `build_features(ledger, snapshots, families=["spread", …])`, or `families="all"`. '
    "They come after the columns above and those of the client record, in this order.",
}

_MACRO_COLUMNS: dict[Lang, str] = {
    "pt": "Três colunas por série, das que são conhecidas no último dia pedido: `macro_<série>`, o valor na data mais "
    "recente conhecida em t, e `macro_<série>_change_90d` e `_365d`, esse valor menos o que se conhecia em t − 90 d ou "
    "t − 365 d; NaN se faltar um dos lados. Unidade como informada, direção 0, motivo R12.",
    "en": "Three columns a series, of those known on the last day asked for: `macro_<series>`, the value at the latest "
    "date known at t, and `macro_<series>_change_90d` and `_365d`, that value less the one known at t − 90 d or "
    "t − 365 d; NaN if either side is missing. Unit as given, direction 0, reason R12.",
}

_OPEN_ENDED: dict[Lang, str] = {
    "pt": "as de `client_*`, das tabelas de atributos e de `macro_*`",
    "en": "those of `client_*`, of the attribute tables and of `macro_*`",
}
_BROUGHT: dict[Lang, str] = {
    "pt": "a coluna que `wrap` recebe como score",
    "en": "the column that `wrap` is given as a score",
}
_STATED: dict[Lang, str] = {
    "pt": "nenhuma: não é parte do escore, é dito de quem tem `cold_start`",
    "en": "none: no part of the score, said of those with `cold_start`",
}


def data_dictionary(lang: Lang) -> str:
    """The dictionary of all features in Markdown.

    Parameters
    ----------
    lang : {"pt", "en"}
        Portuguese or English.

    Raises
    ------
    CallError
        If the language is unknown.

    Examples
    --------
    >>> data_dictionary("en").splitlines()[0]
    '# Data dictionary'
    """
    if lang not in _TITLE:
        raise CallError(f"lang is {lang!r}. Texts exist in 'pt' and 'en'.")
    return "\n".join([f"# {_TITLE[lang]}", "", *_page(lang)]) + "\n"


def write_data_dictionary(path: Path) -> None:
    """Write both languages into one file."""
    note = "<!-- Written by inadimplencia_ml.catalog.write_data_dictionary; a test keeps it current. -->\n"
    path.write_text("\n".join([note, data_dictionary("pt"), data_dictionary("en")]), encoding="utf-8", newline="\n")


def _page(lang: Lang) -> Iterator[str]:
    pt = lang == "pt"
    yield from (f"- {rule}" for rule in _RULES[lang])
    yield ""
    for window in WINDOWS:
        yield f"## {'Janela' if pt else 'Window'} {window}\n"
        yield from _table((f for f in WINDOWED if f.window == window), lang)
    own = (*INVOICE, *INVOICE_CATEGORIES)
    sections: tuple[tuple[str, tuple[Feature, ...]], ...] = (
        ("Situação, recência e forma" if pt else "Now, recency and shape", (*STANDING, *SHAPE)),
        ("Contatos (só com a tabela contacts)" if pt else "Contacts (only with the table contacts)", CONTACTS),
        ("Promessas (só com a tabela agreements)" if pt else "Promises (only with the table agreements)", PROMISES),
        (
            "O próprio título (só em retratos de título)"
            if pt
            else "The invoice itself (only snapshots of an invoice)",
            own,
        ),
    )
    for heading, features in sections:
        yield f"## {heading}\n"
        yield from _table(features, lang)
    yield from _families(lang)
    yield f"## {'Cadastro e atributos' if pt else 'Client record and attributes'}\n"
    yield _CLIENT_COLUMNS[lang] + "\n"
    yield from _roles_and_reasons(lang)


def _families(lang: Lang) -> Iterator[str]:
    """A section for each family beyond the fixed list, in the order of the columns."""
    yield f"## {'Famílias além da lista fixa' if lang == 'pt' else 'Families beyond the fixed list'}\n"
    yield _ON_DEMAND[lang] + "\n"
    for name, features in HISTORY_FAMILIES.items():
        yield f"### `{name}`: {_SECTIONS[name][0 if lang == 'pt' else 1]}\n"
        if features:
            yield from _table(features, lang)
        else:
            yield _MACRO_COLUMNS[lang] + "\n"


def _table(features: Iterable[Feature], lang: Lang) -> Iterator[str]:
    of = 0 if lang == "pt" else 1
    yield "| " + " | ".join(_HEADINGS[lang]) + " |"
    yield "|" + "---|" * len(_HEADINGS[lang])
    for f in features:
        cells = (f"`{f.name}`", FAMILIES[f.family][of], UNITS[f.unit][of], _DIRECTIONS[f.direction], f.reason)
        yield "| " + " | ".join(cells) + f" | {f.meaning(lang)} |"
    yield ""


def _roles_and_reasons(lang: Lang) -> Iterator[str]:
    pt, of = lang == "pt", 0 if lang == "pt" else 1
    yield f"## {'Papéis' if pt else 'Roles'}\n"
    yield from (f"- `{role}`: {texts[of]}." for role, texts in ROLES.items())
    yield (
        "\nContatos e promessas, com a família `outreach`, têm papel `treatment`; as demais colunas do catálogo, "
        "`risk`. Um modelo com coluna de papel `protected` ou `rights` é recusado ao ser feito e ao ser lido; com "
        "coluna de papel `treatment`, se não disser que as usa (`treatment: true` no treino).\n"
        if pt
        else "\nContacts and promises, the family `outreach` among them, have the role `treatment`; all other columns "
        "of the catalogue `risk`. A model with a column of role `protected` or `rights` is refused when it is made and "
        "when it is read; one with a column of role `treatment` unless it says that it uses them (`treatment: true` in "
        "training).\n"
    )
    yield f"## {'Famílias de motivos' if pt else 'Reason families'}\n"
    yield "| código | nome | colunas |" if pt else "| code | name | columns |"
    yield "|---|---|---|"
    for family in REASONS:
        others = f" {'e' if pt else 'and'} {_OPEN_ENDED[lang]}" if family.code == "R12" else ""
        told = f"{len(members(family.code))}{others}" if members(family.code) else _BROUGHT[lang]
        yield f"| {family.code} | {family.name(lang)} | {told} |"
    yield from (f"| {one.code} | {one.name(lang)} | {_STATED[lang]} |" for one in STATEMENTS)
