"""What is owed on a title as days go by and payments come in: stretch by stretch, each rounded to the cent once.

A stretch is a run of days over which the same amount was outstanding. Its interest is simple, on the principal with its
correction; nothing is ever asked on interest or on a fine. The fine falls due once, on what is outstanding on the first
day the title is late.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.policy.amounts.cents import ONE, half_up
from inadimplencia_ml.policy.amounts.rules import AmountsInForce
from inadimplencia_ml.policy.amounts.series import Index, LegalRate
from inadimplencia_ml.policy.amounts.terms import Terms

__all__ = ["BASES", "Paid", "Running"]

I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

BASES: dict[str, str] = {
    "not_late": "No prazo: só o principal.",
    "agreed_month": "Juros combinados ao mês, simples, por dia.",
    "agreed_day": "Juros combinados em reais por dia.",
    "legal_rate": "Sem taxa combinada: taxa legal do mês, simples, por dia.",
    "none_agreed": "Sem taxa combinada: nenhum juro.",
    "series_missing": "Sem taxa combinada e sem a série da taxa legal: nenhum juro.",
}
"""By which rule the interest was reckoned: the code, and the sentence."""

_BASIS = {name: place for place, name in enumerate(BASES)}


class Paid(NamedTuple):
    """Payments in the order of their days; ``-1`` in a part: the payment does not say how it divides."""

    title: npt.NDArray[np.intp]
    day: I64
    cents: I64
    principal: I64
    fine: I64
    interest: I64
    rank: I64  # number of the payment among those of its title


@dataclass
class Running:
    """The running account of every title; a title's arrays change in place."""

    terms: Terms
    rules: AmountsInForce
    legal: LegalRate | None
    indices: tuple[Index | None, ...]
    principal: I64
    correction: I64
    fine: I64
    interest: I64
    fined: Flags
    until: I64  # day up to which a late title has been reckoned
    basis: npt.NDArray[np.int8]
    uncovered: Flags  # the index or the legal rate was not known for some stretch

    @classmethod
    def begun(
        cls,
        terms: Terms,
        rules: AmountsInForce,
        legal: LegalRate | None,
        indices: tuple[Index | None, ...],
        paid: Paid,
    ) -> Running:
        """The account before any payment: what is open now and what was taken off the principal, at most the amount."""
        n = len(terms.due)
        taken = np.where(paid.principal >= 0, paid.principal, paid.cents)
        off = np.zeros(n, np.int64)
        np.add.at(off, paid.title, taken)
        before = terms.open_cents + off
        before = np.where((terms.amount_cents > 0) & (off > 0), np.minimum(before, terms.amount_cents), before)
        zero = np.zeros(n, np.int64)
        return cls(
            terms,
            rules,
            legal,
            indices,
            before,
            zero,
            zero.copy(),
            zero.copy(),
            np.zeros(n, bool),
            terms.count_from.copy(),
            _basis(terms, rules, legal),
            np.zeros(n, bool),
        )

    def replay(self, paid: Paid, day: I64) -> None:
        """Takes the payments up to ``day`` (by title) into account, and reckons up to it."""
        if len(paid.title):
            now = paid.day <= day[paid.title]
            for rank in range(int(paid.rank.max()) + 1):
                at = np.flatnonzero(now & (paid.rank == rank))
                self.accrue(paid.title[at], paid.day[at])
                self._settle(paid, at)
        self.accrue(np.arange(len(day)), day)

    def accrue(self, at: npt.NDArray[np.intp], to: I64) -> None:
        """Correction, interest and fine of the days up to ``to``; nothing while a title is in time."""
        late = to > self.terms.pay_until[at]
        at, to = at[late], to[late]
        if not len(at):
            return
        begin, terms = self.until[at], self.terms
        owed = self.principal[at]
        first = ~self.fined[at]
        self.fine[at] += np.where(first, half_up(owed, terms.fine[at], ONE), 0)
        self.fined[at] = True
        self._correct(at, begin, to)
        base = owed + np.maximum(self.correction[at], 0)  # deflation never brings a debt below its nominal amount
        days = np.maximum(to - begin, 0)
        basis, per_month = self.basis[at], self.rules.month_days * ONE
        self.interest[at] += np.where(
            basis == _BASIS["agreed_month"], half_up(base * days, terms.interest[at], per_month), 0
        )
        daily = np.flatnonzero(basis == _BASIS["agreed_day"])
        whole = np.maximum(terms.amount_cents[at[daily]], 1)
        self.interest[at[daily]] += half_up(base[daily] * days[daily], terms.interest_a_day[at[daily]], whole)
        self._legal(at, begin, to, base)
        self.until[at] = np.maximum(begin, to)

    def _legal(self, at: npt.NDArray[np.intp], begin: I64, to: I64, base: I64) -> None:
        mine = np.flatnonzero(self.basis[at] == _BASIS["legal_rate"])
        if self.legal is None or not len(mine):
            return
        rate, known = self.legal.between(begin[mine], to[mine])
        rows = at[mine]
        self.interest[rows] += np.where(known, half_up(base[mine], rate, ONE), 0)
        self.basis[rows[~known]] = _BASIS["series_missing"]
        self.interest[rows[~known]] = 0

    def _correct(self, at: npt.NDArray[np.intp], begin: I64, to: I64) -> None:
        which = self.terms.price_index[at]
        for number, index in enumerate(self.indices):
            mine = np.flatnonzero(which == number)
            if not len(mine):
                continue
            rows = at[mine]
            if index is None:
                self.uncovered[rows] = True
                continue
            growth, known = index.growth(begin[mine], to[mine])
            more = half_up(self.principal[rows] + self.correction[rows], growth, ONE)
            self.correction[rows] += np.where(known, more, 0)
            self.uncovered[rows[~known]] = True

    def _settle(self, paid: Paid, at: npt.NDArray[np.intp]) -> None:
        """One payment a title: by its own parts where it says them, else in the order of the policy."""
        split = paid.principal[at] >= 0
        self._take(paid.title[at[split]], paid, at[split])
        rows, left = paid.title[at[~split]], paid.cents[at[~split]].copy()
        accounts = (self.interest, self.fine, self.correction, self.principal)
        order = accounts if self.rules.imputation == "interest_first" else (accounts[3], accounts[2], *accounts[:2])
        for account in order:
            part = np.clip(left, 0, np.maximum(account[rows], 0))
            account[rows] -= part
            left -= part

    def _take(self, rows: npt.NDArray[np.intp], paid: Paid, at: npt.NDArray[np.intp]) -> None:
        parts = ((self.principal, paid.principal), (self.fine, paid.fine), (self.interest, paid.interest))
        for account, part in parts:
            account[rows] = np.maximum(account[rows] - np.maximum(part[at], 0), 0)


def _basis(terms: Terms, rules: AmountsInForce, legal: LegalRate | None) -> npt.NDArray[np.int8]:
    """The rule of each title's interest, should it be late."""
    out = np.full(len(terms.due), _BASIS["none_agreed"], np.int8)
    for regime in sorted(rules.no_rate_agreed, key=lambda one: one.due_from):
        begun = terms.silent & (terms.due >= np.datetime64(regime.due_from, "D").astype(np.int64))
        wanted = "none_agreed" if regime.interest == "nothing" else "series_missing" if legal is None else "legal_rate"
        out[begun] = _BASIS[wanted]
    out[terms.interest > 0] = _BASIS["agreed_month"]
    out[terms.interest_a_day > 0] = _BASIS["agreed_day"]
    return out
