"""The updated balance of titles on a day, to the cent, with what each part of it rests on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.calendar import Calendar, day_number
from inadimplencia_ml.errors import CallError, PolicyError
from inadimplencia_ml.policy.amounts.accrual import BASES, Running
from inadimplencia_ml.policy.amounts.cents import ONE, half_up
from inadimplencia_ml.policy.amounts.payments import paid_of
from inadimplencia_ml.policy.amounts.rules import AmountsInForce
from inadimplencia_ml.policy.amounts.series import Index, LegalRate, Rates
from inadimplencia_ml.policy.amounts.terms import NOTES, Terms, terms_of
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.tables.same_kind import same_kind

__all__ = ["Balances", "balances_of", "updated_balance"]

I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SUMS = ("principal", "correction", "fine", "interest", "discount", "reduction", "total")


@dataclass(frozen=True)
class Balances:
    """What is owed, by title, in whole cents.

    Attributes
    ----------
    principal, correction, fine, interest : int64 array
        What is added up.
    discount, reduction : int64 array
        What is taken off: for paying in time (R30), for paying before it is due (R25).
    basis : int8 array
        By which rule the interest was reckoned: position in ``BASES``.
    notes : uint16 array
        One bit for each of ``NOTES``, in that order.
    """

    principal: I64
    correction: I64
    fine: I64
    interest: I64
    discount: I64
    reduction: I64
    basis: npt.NDArray[np.int8]
    notes: npt.NDArray[np.uint16]

    @property
    def total(self) -> I64:
        """What is owed in all."""
        return self.principal + self.correction + self.fine + self.interest - self.discount - self.reduction

    def __len__(self) -> int:
        return len(self.principal)

    def take(self, at: Any) -> Balances:
        """Those of some titles."""
        fields = ("principal", "correction", "fine", "interest", "discount", "reduction", "basis", "notes")
        return Balances(*(getattr(self, name)[at] for name in fields))

    def frame(self, titles: pd.DataFrame | None = None) -> pd.DataFrame:
        """The balances in the ledger's currency, with the codes of basis and notes; ``titles`` gives their ids."""
        ids = [] if titles is None else [n for n in ("client_id", "invoice_id") if n in titles.columns]
        columns: dict[str, Any] = {} if titles is None else {name: titles[name].to_numpy() for name in ids}
        columns |= {name: getattr(self, name) / 100 for name in _SUMS}
        columns["basis"] = np.array([*BASES], dtype=object)[self.basis]
        patterns, which = np.unique(self.notes, return_inverse=True)
        told = [[name for bit, name in enumerate(NOTES) if int(p) >> bit & 1] for p in patterns]
        columns["notes"] = [told[w] for w in which]
        return pd.DataFrame(columns)


@same_kind("titles", "payments")
def updated_balance(
    titles: pd.DataFrame,
    policy: Policy,
    day: dt.date | str,
    *,
    consumer: Any = None,
    payments: pd.DataFrame | None = None,
    rates: Any = None,
    early: bool = False,
    calendar: Calendar | str = "BR",
) -> pd.DataFrame:
    """What is owed on each title at the end of ``day``, part by part.

    Parameters
    ----------
    titles : DataFrame
        As of `build_cases`: invoice_id, due_date, open_amount, and the terms it holds (``fine_rate``,
        ``interest_rate_month``, ``interest_per_day``, ``index``, ``discount_rate`` until ``discount_until``,
        ``contract_rate_month``, ``kind``, ``amount``, ``due_adj``, ``uf``). What is not there is not asked for.
    policy : Policy
        Its section ``amounts`` holds the caps and the rules.
    day : date
    consumer : bool or bool array, optional
        Whether consumer law holds, for all or by title. Not said: it does.
    payments : DataFrame, optional
        What has been paid on these titles (invoice_id, payment_date, amount), so that each part costs interest for
        the days it was outstanding. Without them, only what is still open is looked at.
    rates : DataFrame or mapping, optional
        The series that the policy names, as the table `macro` holds them (date, series, value), known by ``day``.
    early : bool
        Whether titles not due yet are settled now, with the reduction that the law gives.
    calendar : Calendar or {"BR", "none"}
        Where ``due_adj`` is not given.

    Returns
    -------
    DataFrame
        One row a title: principal, correction, fine, interest, discount, reduction, total, basis, notes.

    Examples
    --------
    >>> titles = pd.DataFrame({"invoice_id": ["T1"], "due_date": ["2025-06-02"], "open_amount": [500.0],
    ...                        "fine_rate": [0.02], "interest_rate_month": [0.01]})
    >>> updated_balance(titles, Policy.default(), "2025-07-17")[["principal", "fine", "interest", "total"]]
       principal  fine  interest  total
    0      500.0  10.0       7.5  517.5
    """
    rules = policy.in_force(day).amounts
    if rules is None:
        raise PolicyError("the policy has no section `amounts`; nothing says how a balance is reckoned.")
    flags = None if consumer is None else np.broadcast_to(np.asarray(consumer, bool), len(titles))
    balances = balances_of(
        titles, rules, day, consumer=flags, payments=payments, rates=rates, early=early, calendar=calendar
    )
    return balances.frame(titles)


def balances_of(
    titles: pd.DataFrame,
    rules: AmountsInForce,
    day: dt.date | str | I64,
    *,
    consumer: Flags | None = None,
    payments: pd.DataFrame | None = None,
    rates: Any = None,
    early: bool = False,
    calendar: Calendar | str = "BR",
) -> Balances:
    """The same in whole cents; ``day`` may be one by title, as days since 1970."""
    days = _days(day, len(titles))
    series = Rates.of(rates)
    legal = LegalRate.of(rules.legal_rate, series)
    terms = terms_of(
        titles, rules, consumer, Calendar.of(calendar), legal=None if legal is None else legal.month_rate(days)
    )
    paid = paid_of(payments, titles, terms)
    account = Running.begun(terms, rules, legal, tuple(Index.of(rule, series) for rule in rules.indices.values()), paid)
    account.replay(paid, days)
    in_time = days <= terms.pay_until
    basis = np.where(in_time & (account.interest == 0), 0, account.basis).astype(np.int8)
    notes = terms.notes | np.where(account.uncovered, 1 << [*NOTES].index("index_missing"), 0).astype(np.uint16)
    discount = np.where(days <= terms.discount_until, half_up(account.principal, terms.discount, ONE), 0)
    reduction = _reduction(account.principal, terms, rules, days) if early else np.zeros(len(days), np.int64)
    return Balances(
        account.principal,
        np.maximum(account.correction, 0),
        account.fine,
        account.interest,
        np.where(discount >= reduction, discount, 0),  # the better of the two, not both
        np.where(discount >= reduction, 0, reduction),
        basis,
        notes,
    )


def _reduction(principal: I64, terms: Terms, rules: AmountsInForce, days: I64) -> I64:
    """What paying before the due date takes off: the instalment less its present value at the contract's rate."""
    months = np.maximum(terms.due - days, 0) / rules.month_days
    rate = terms.contract_rate / ONE
    factor = (1 + rate) ** months if rules.early_settlement == "compound" else 1 + rate * months
    return np.asarray(principal - np.floor(principal / factor + 0.5).astype(np.int64), np.int64)


def _days(day: dt.date | str | I64, n: int) -> I64:
    if isinstance(day, np.ndarray):
        return np.asarray(day, np.int64)
    try:
        date = day if type(day) is dt.date else dt.date.fromisoformat(str(day)[:10])
    except ValueError as error:
        raise CallError(f"day: {day!r} is not a date. Expected YYYY-MM-DD.") from error
    return np.full(n, day_number(date), np.int64)
