"""Instalments worked out from contracts: PRICE (level instalments) or SAC (level principal), in cents that add up.

Interest of a month is the rate on what is still owed, rounded to the cent, half a cent upwards. The last instalment
pays whatever principal is left, so the principal parts always add up to what was lent.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.adapters.months import months_later
from inadimplencia_ml.ledger.adapters.named_columns import UNKNOWN, Given, date_array, one_of
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.codes import NONE
from inadimplencia_ml.tables.same_kind import same_kind

__all__ = ["amortisation", "schedule_from_contracts"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
System = Literal["price", "sac"]
SYSTEMS = ("price", "sac")
MOST_INSTALLMENTS = 1200  # a hundred years of months: more is a slip


def amortisation(
    principal: float, rate_month: float, n: int, first_due: dt.date | str, system: System = "price"
) -> pd.DataFrame:
    """The instalments of one loan.

    Parameters
    ----------
    principal : float
        Amount lent, above zero, to the cent.
    rate_month : float
        Interest a month as a share (0.02 is 2 %), zero or more. The time to the first due date counts as one month.
    n : int
        Number of instalments, 1 to 1200.
    first_due : date
        Later ones fall due on the same day of the months after, or on a month's last day where it has no such day.
    system : {"price", "sac"}
        Level instalments, or level principal.

    Returns
    -------
    DataFrame with installment, due_date, amount, principal, interest and balance (owed after it).

    Raises
    ------
    CallError
        An argument is out of its range.

    Examples
    --------
    >>> plan = amortisation(1000.0, 0.02, 3, "2025-01-31")
    >>> plan[["amount", "principal", "interest", "balance"]].to_numpy().tolist()
    [[346.75, 326.75, 20.0, 673.25], [346.75, 333.28, 13.47, 339.97], [346.77, 339.97, 6.8, 0.0]]
    >>> plan["due_date"].astype(str).tolist()
    ['2025-01-31', '2025-02-28', '2025-03-31']
    """
    one_of("system", system, SYSTEMS)
    cents = round(float(principal) * 100) if np.isfinite(principal) else 0
    if not 0 < cents < 10**14:
        raise CallError(f"principal={principal!r}; expected an amount above zero")
    if not (np.isfinite(rate_month) and 0 <= rate_month < 10):
        raise CallError(f"rate_month={rate_month!r}; expected a share a month such as 0.02, zero or more")
    if int(n) != n or not 1 <= n <= MOST_INSTALLMENTS:
        raise CallError(f"n={n!r}; expected a whole number from 1 to {MOST_INSTALLMENTS}")
    first = np.array([to_date(first_due, "first_due")], "datetime64[D]").astype(np.int32)
    one = np.zeros(int(n), np.int64)
    number = np.arange(1, int(n) + 1)
    parts = _parts(np.array([cents]), np.array([float(rate_month)]), np.array([int(n)]), system == "price")
    return pd.DataFrame(
        {
            "installment": number,
            "due_date": months_later(first[one], (number - 1).astype(np.int32)).astype("datetime64[D]"),
            "amount": (parts[0] + parts[1]) / 100,
            "principal": parts[0] / 100,
            "interest": parts[1] / 100,
            "balance": (cents - np.cumsum(parts[0])) / 100,
        }
    )


@same_kind("contracts")
def schedule_from_contracts(
    contracts: Any,
    *,
    contract_id: str = "contract_id",
    client_id: str = "client_id",
    issue_date: str = "issue_date",
    principal: str = "principal",
    rate_month: str = "rate_month",
    installments: str = "installments",
    first_due: str | None = None,
    system: System = "price",
) -> pd.DataFrame:
    """Instalment rows for `ledger_from_schedule` from one row a contract.

    Parameters
    ----------
    contracts : table
        pandas, Polars or Arrow. The other arguments name its columns.
    contract_id, client_id : str
    issue_date : str
        Day of disbursement.
    principal, rate_month, installments : str
        Amount lent; interest a month as a share; number of instalments, 1 to 1200.
    first_due : str, optional
        First due date; a month after disbursement where not said.
    system : {"price", "sac"}
        Level instalments, or level principal.

    Returns
    -------
    DataFrame
        With contract_id, client_id, issue_date, installment, installments, due_date, amount, principal, interest. A
        contract that cannot be worked out (no principal, rate or number) is one row without a due date: the ledger's
        door refuses and counts it.

    Raises
    ------
    LedgerError
        A column is missing.

    Examples
    --------
    >>> contracts = pd.DataFrame({"contract_id": ["K1"], "client_id": ["C1"], "issue_date": ["2025-01-10"],
    ...                           "principal": [900.0], "rate_month": [0.0], "installments": [3]})
    >>> schedule_from_contracts(contracts)[["installment", "due_date", "amount"]].astype(str).to_numpy().tolist()
    [['1', '2025-02-10', '300.0'], ['2', '2025-03-10', '300.0'], ['3', '2025-04-10', '300.0']]
    """
    one_of("system", system, SYSTEMS)
    given = Given(contracts, "contracts", "America/Sao_Paulo")
    contract, _ = given.ids("contract_id", contract_id, "contract_id")
    client, _ = given.ids("client_id", client_id, "client_id")
    cents, _ = given.cents("principal", principal)
    issue, _ = given.days("issue_date", issue_date, "issue_date")
    rate = given.read("rate_month", rate_month, "number").values.to_numpy(zero_copy_only=False)
    wanted = given.read("installments", installments, "number").values.to_numpy(zero_copy_only=False)
    first = np.full(given.rows, NONE, np.int32)
    if first_due is not None:
        first, _ = given.days("first_due", first_due, "due_date")
    first = np.where((first == NONE) & (issue != NONE), months_later(issue, 1), first)
    with np.errstate(invalid="ignore"):
        good = (cents != UNKNOWN) & (cents > 0) & (rate >= 0) & (rate < 10) & (first != NONE)
        good &= (wanted >= 1) & (wanted <= MOST_INSTALLMENTS) & (wanted == np.floor(wanted))
    number = np.where(good, wanted, 1).astype(np.int64)
    row = np.repeat(np.arange(given.rows), number)
    k = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    parts = _parts(np.where(good, cents, 0), np.where(good, rate, 0.0), number, system == "price")
    lost = ~good[row]
    due = np.where(lost, NONE, months_later(np.where(good, first, 0).astype(np.int32)[row], k.astype(np.int32)))
    at = pa.array(row)
    table = {
        "contract_id": contract.take(at),
        "client_id": client.take(at),
        "issue_date": date_array(issue[row]),
        "installment": pa.array(k + 1, mask=lost),
        "installments": pa.array(number[row], mask=lost),
        "due_date": date_array(due.astype(np.int32)),
    }
    columns = {"amount": parts[0] + parts[1], "principal": parts[0], "interest": parts[1]}
    table |= {name: pa.array(values / 100, mask=lost) for name, values in columns.items()}
    schedule: pd.DataFrame = pa.table(table).to_pandas(date_as_object=False)
    return schedule


@maker
def _parts(principal: I64, rate: F64, number: I64, level: bool) -> tuple[I64, I64]:
    """Principal and interest of every instalment of every contract, in cents."""
    size = number.sum()
    paid, interest = np.empty(size, np.int64), np.empty(size, np.int64)
    i = 0
    for c in range(len(principal)):
        owed, r, n = principal[c], rate[c], number[c]
        if r > 0:
            level_cents = np.int64(np.floor(owed * r / -np.expm1(-n * np.log1p(r)) + 0.5))
        else:
            level_cents = owed // n
        share = owed // n
        for k in range(n):
            charged = np.int64(np.floor(owed * r + 0.5))
            part = max(level_cents - charged, np.int64(0)) if level else share
            part = owed if k == n - 1 else min(part, owed)
            paid[i], interest[i] = part, charged
            owed -= part
            i += 1
    return paid, interest
