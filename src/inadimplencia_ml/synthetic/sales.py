"""What is sold on credit: titles with their issue and due dates, amounts and contracts."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from inadimplencia_ml.synthetic.clients import SEGMENTS, Clients
from inadimplencia_ml.synthetic.workdays import Bools, Days, Floats, Workdays, month_start

__all__ = ["FORMS", "Titles", "draw_sales", "split_cents"]

FORMS = ("duplicata", "boleto", "pix", "card")

_TERMS_PJ = (14, 21, 28, 30, 45, 60)
_TERMS_PJ_SHARE = (0.08, 0.12, 0.32, 0.28, 0.12, 0.08)
_TERMS_PF = (10, 15, 30)
_TERMS_PF_SHARE = (0.25, 0.25, 0.50)
_GROWTH_A_MONTH = 0.004
_LATE_REGISTER_SHARE = 0.03  # titles that reach the books one to four business days after their issue


@dataclass(frozen=True)
class Titles:
    """One entry a title (boleto, duplicata, instalment) in each array; amounts in cents, days since 1970-01-01."""

    client: Days
    issue: Days
    due: Days
    amount: Days
    contract: Days
    installment: Days
    installments: Days
    form: Days
    known: Days
    agreement: Days

    @property
    def count(self) -> int:
        """How many titles."""
        return len(self.client)

    def take(self, which: Days) -> Titles:
        """The titles at these positions."""
        return replace(self, **{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def joined(self, other: Titles) -> Titles:
        """These titles and then the others."""
        both = {f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)}
        return replace(self, **both)


def draw_sales(clients: Clients, days: Workdays, rng: np.random.Generator) -> Titles:
    """All that the clients would buy if the seller never closed their credit, sorted by day of issue."""
    client, issue = _purchases(clients, days, rng)
    is_person = clients.is_person[client]
    parts = _parts(is_person, rng)
    term = np.where(
        is_person,
        np.array(_TERMS_PF)[rng.choice(3, clients.count, p=_TERMS_PF_SHARE)][client],
        np.array(_TERMS_PJ)[rng.choice(6, clients.count, p=_TERMS_PJ_SHARE)][client],
    )
    term = np.where(parts > 1, 30, term)
    total = np.maximum(2_000, np.rint(100 * clients.size[client] * np.exp(0.45 * rng.standard_normal(len(client)))))
    total = np.where(is_person & (parts > 1), 2.5 * total, total).astype(np.int64)
    lag = np.where(rng.random(len(client)) < _LATE_REGISTER_SHARE, rng.integers(1, 5, len(client)), 0)
    due_day = rng.choice([0, 5, 10, 15, 20], clients.count, p=[0.6, 0.1, 0.1, 0.1, 0.1])
    form = np.where(is_person, np.where(parts > 1, 1, rng.integers(1, 4, len(client))), rng.integers(0, 2, len(client)))

    purchase = np.repeat(np.arange(len(client)), parts)
    number = np.arange(len(purchase)) - np.repeat(np.cumsum(parts) - parts, parts) + 1
    several = parts[purchase] > 1
    due = issue[purchase] + term[purchase] + 30 * (number - 1)
    return Titles(
        client=client[purchase],
        issue=issue[purchase],
        due=_on_fixed_day(due, due_day[client[purchase]], several),
        amount=split_cents(total[purchase], parts[purchase], number),
        contract=np.where(several, purchase, -1),
        installment=np.where(several, number, 0),
        installments=np.where(several, parts[purchase], 0),
        form=form[purchase],
        known=days.later(issue, lag)[purchase],
        agreement=np.full(len(purchase), -1),
    )


def split_cents(total: Days, parts: Days, number: Days) -> Days:
    """The ``number``-th of so many parts of a total: all alike, the first one takes the cents left over."""
    each = total // parts
    return np.where(number == 1, total - each * (parts - 1), each)


def _purchases(clients: Clients, days: Workdays, rng: np.random.Generator) -> tuple[Days, Days]:
    """Client and business day of each purchase, sorted by day."""
    months = np.arange(days.months)
    recurring = ~clients.is_person & (rng.random(clients.count) < 0.25)
    mean = np.where(clients.is_person, 0.20, 0.75) * (0.5 + rng.random(clients.count))
    season = _sales_season()[clients.segment][:, (months + days.first_month) % 12]
    bought = rng.poisson(mean[:, None] * season * (1 + _GROWTH_A_MONTH * months))
    bought = np.where(recurring[:, None], 1, bought)
    client, month = (np.repeat(a, bought.ravel()) for a in np.divmod(np.arange(bought.size), days.months))
    starts = month_start(month + days.first_month)
    own_day = rng.integers(0, 28, clients.count)
    day = np.where(recurring[client], own_day[client], rng.integers(0, 28, len(client)))
    issue = days.later(starts + day, 0)
    stays = (issue >= np.maximum(clients.arrival[client], days.start)) & (issue <= clients.departure[client])
    stays &= issue <= days.end
    client, issue = client[stays], issue[stays]
    order = np.lexsort((client, issue))
    return client[order], issue[order]


def _parts(is_person: Bools, rng: np.random.Generator) -> Days:
    """In how many instalments each purchase is paid: 30/60/90 for companies, 3 to 8 for people."""
    chance = rng.random(len(is_person))
    company = np.where(chance < 0.16, rng.integers(2, 4, len(chance)), 1)
    person = np.where(chance < 0.40, rng.integers(3, 9, len(chance)), 1)
    return np.where(is_person, person, company)


def _on_fixed_day(due: Days, day: Days, several: Bools) -> Days:
    """Due dates of those who pay on a day of the month of their own (5, 10, 15, 20), at most some days later."""
    month = due.astype("datetime64[D]").astype("datetime64[M]")
    first = month.astype("datetime64[D]").astype(np.int64)
    following = (month + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64)
    moved = np.where(first + day - 1 >= due, first + day - 1, following + day - 1)
    return np.where((day > 0) & ~several, moved, due)


def _sales_season() -> Floats:
    """How much more or less is sold, a row a line of business and a column a month of the year."""
    year = np.ones((len(SEGMENTS), 12))
    year[SEGMENTS.index("varejo"), [0, 1, 9, 10, 11]] = 0.75, 0.8, 1.2, 1.5, 1.4
    year[SEGMENTS.index("agro"), [1, 2, 3, 8, 9]] = 1.3, 1.5, 1.3, 1.3, 1.2
    year[SEGMENTS.index("alimentação"), [11]] = 1.3
    year[SEGMENTS.index("pessoa física"), [0, 10, 11]] = 0.8, 1.3, 1.4
    return year
