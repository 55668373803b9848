"""Further contacts and agreements: traces of our own action, only for models that take the action as input.

The directions are what a monotone constraint may safely say with all other features given:

* contacts, answers, new agreements: we contact those we fear for, so they say neither good nor bad: 0.
* last promise broken: at an equal share of kept ones the latest counts most: +1.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["OUTREACH"]

_QUARTER, _YEAR = "(t − 90 d, t]", "(t − 365 d, t]"
_OURS_PT = f"contatos feitos por nós, vistos, com data em {_QUARTER}"
_OURS_EN = f"seen contacts made by us, dated in {_QUARTER}"
_BOOKED_PT = "só linhas com known_on informam a abertura e a entrega, que não têm data própria"
_BOOKED_EN = "only rows with known_on tell of opening and delivery, which have no date of their own"


def _contact(name: str, window: str, unit: str, pt: str, en: str) -> Feature:
    return Feature(name, "contact", window, unit, pt, en, "treatment", 0, "R15")


def _promise(name: str, window: str, unit: str, pt: str, en: str, direction: Direction = 0) -> Feature:
    return Feature(name, "promise", window, unit, pt, en, "treatment", direction, "R13")


_CONTACTS: tuple[Feature, ...] = (
    _contact(
        "opened_without_reply_count_90d",
        "90d",
        "count",
        f"Número de {_OURS_PT}, abertos (opened) e sem resposta até t; {_BOOKED_PT}. NaN sem as colunas opened, "
        "known_on e replied_on.",
        f"Number of {_OURS_EN}, that were opened and not answered by t; {_BOOKED_EN}. NaN without the columns opened, "
        "known_on and replied_on.",
    ),
    _contact(
        "opened_without_reply_share_90d",
        "90d",
        "share",
        f"Fração sem resposta até t dos {_OURS_PT}, que foram abertos (opened); {_BOOKED_PT}. NaN se nenhum foi aberto "
        "ou sem as colunas opened, known_on e replied_on.",
        f"Share not answered by t of the {_OURS_EN}, that were opened; {_BOOKED_EN}. NaN if none was opened or without "
        "the columns opened, known_on and replied_on.",
    ),
    _contact(
        "delivered_share_90d",
        "90d",
        "share",
        f"Fração entregue dos {_OURS_PT}, com a entrega informada (delivered); {_BOOKED_PT}. NaN se não houver nenhum.",
        f"Share delivered of the {_OURS_EN}, with delivered given; {_BOOKED_EN}. NaN if there is none.",
    ),
    _contact(
        "right_party_count_90d",
        "90d",
        "count",
        f"Número de {_OURS_PT}, que chegaram ao próprio cliente. NaN sem a coluna right_party.",
        f"Number of {_OURS_EN}, that reached the client in person. NaN without the column right_party.",
    ),
    _contact(
        "contact_channels_90d",
        "90d",
        "count",
        f"Número de canais diferentes dos {_OURS_PT}.",
        f"Number of different channels of the {_OURS_EN}.",
    ),
    _contact(
        "contact_cost_90d",
        "90d",
        "amount",
        f"Soma do custo dos {_OURS_PT}. NaN sem a coluna cost.",
        f"Sum of the cost of the {_OURS_EN}. NaN without the column cost.",
    ),
    _contact(
        "days_since_reply",
        "now",
        "days",
        "t menos a data da última resposta (replied_on) até t a um contato visto feito por nós. NaN se não houver "
        "nenhuma.",
        "t less the date of the latest answer (replied_on) by t to a seen contact made by us. NaN if there is none.",
    ),
    _contact(
        "reply_days_mean_365d",
        "365d",
        "days",
        f"Média dos dias do contato à resposta (replied_on), contatos vistos feitos por nós com data em {_YEAR} e "
        "resposta até t. NaN se não houver nenhum.",
        f"Mean days from the contact to its answer (replied_on), seen contacts made by us, dated in {_YEAR} and "
        "answered by t. NaN if there is none.",
    ),
    _contact(
        "inbound_count_90d",
        "90d",
        "count",
        f"Número de contatos feitos pelo cliente (direction inbound), vistos, com data em {_QUARTER}. NaN sem a coluna "
        "direction.",
        f"Number of seen contacts made by the client (direction inbound), dated in {_QUARTER}. NaN without the column "
        "direction.",
    ),
)

_AGREEMENTS: tuple[Feature, ...] = (
    _promise(
        "promise_count_365d",
        "365d",
        "count",
        f"Número de promessas vistas, feitas em {_YEAR}.",
        f"Number of seen promises made in {_YEAR}.",
    ),
    _promise(
        "promise_open_amount",
        "now",
        "amount",
        "Valor inteiro das promessas vistas cuja data, ajustada ao dia útil, ainda não passou (t ou depois), pagas ou "
        "não.",
        "Whole amount of the seen promises whose due date, moved to the business day, has not passed (t or later), "
        "paid or not.",
    ),
    _promise(
        "plan_count_365d",
        "365d",
        "count",
        f"Número de acordos de parcelamento (kind plan) vistos, feitos em {_YEAR}.",
        f"Number of seen payment plans (kind plan) made in {_YEAR}.",
    ),
    _promise(
        "promise_broken_last",
        "last",
        "flag",
        "1 se a última promessa decidida com data até t não foi cumprida, 0 se foi; de várias na mesma data, 1 se uma "
        "delas não foi. Cumprida como em promise_kept_share_365d. NaN se não houver nenhuma.",
        "1 if the latest decided promise due by t was broken, 0 if it was kept; of several with that due date, 1 if "
        "one was broken. Kept as in promise_kept_share_365d. NaN if there is none.",
        1,
    ),
    _promise(
        "days_since_promise",
        "now",
        "days",
        "t menos a data em que foi feita a última promessa vista. NaN se não houver nenhuma.",
        "t less the date on which the latest seen promise was made. NaN if there is none.",
    ),
)

OUTREACH: tuple[Feature, ...] = (*_CONTACTS, *_AGREEMENTS)
