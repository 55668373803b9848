"""What a function reaches beside its arguments: tables from outside are the same on every day, future included.

The leak audit changes the ledger and looks what changes with it; a table that a function closes over never does. Such
a function is refused where it is defined, and `renamed_clients` finds what no look at the code can: with every client
under another's name, what was built from the facts stays, and what was looked up elsewhere does not.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.door import Admitted
from inadimplencia_ml.ledger.findings import PROBLEMS
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["outside_tables", "renamed_clients"]

_LOOKED_INTO = 100  # entries of a list or a mapping


def outside_tables(function: Callable[..., Any]) -> dict[str, str]:
    """Variables of the function, and of the functions of its module that it calls, that hold tables: name to type."""
    found: dict[str, str] = {}
    waiting, seen = [function], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, functools.partial):
            given = [*enumerate(one.args), *one.keywords.items(), ("function", one.func)]
            variables = {f"argument {name}": value for name, value in given}
        elif isinstance(one, types.MethodType):
            waiting.append(one.__func__)
            variables = dict(getattr(one.__self__, "__dict__", {}))
        elif isinstance(one, types.FunctionType):
            variables = _variables(one)
        else:
            variables = dict(getattr(one, "__dict__", {}))
        seen.add(id(one))
        for name, value in variables.items():
            kind = next(_table_kinds(value), None)
            if kind is not None:
                found[name] = kind
            own = isinstance(value, types.FunctionType) and value.__module__ == getattr(function, "__module__", None)
            if (own or isinstance(value, functools.partial)) and id(value) not in seen:
                waiting.append(value)
    return found


def _variables(function: types.FunctionType) -> dict[str, Any]:
    """Globals that the code names, cells that it closes over, and defaults of arguments."""
    names: set[str] = set()
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        names |= set(code.co_names)
        codes += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    variables = {name: function.__globals__[name] for name in sorted(names) if name in function.__globals__}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            variables[name] = cell.cell_contents
        except ValueError:  # not yet filled
            continue
    defaults = {p.name: p.default for p in inspect.signature(function).parameters.values()}
    return variables | {name: value for name, value in defaults.items() if value is not inspect.Parameter.empty}


def _table_kinds(value: Any) -> Iterator[str]:
    """Type names of the tables that a value is or holds."""
    if isinstance(value, type | types.ModuleType | types.FunctionType):
        return
    if isinstance(value, Ledger | pd.DataFrame | pd.Series) or hasattr(value, "__arrow_c_stream__"):
        yield type(value).__name__
        return
    if isinstance(value, dict | list | tuple | set):
        held = list(value.values() if isinstance(value, dict) else value)[:_LOOKED_INTO]
        for one in held:
            if isinstance(one, Ledger | pd.DataFrame | pd.Series) or hasattr(one, "__arrow_c_stream__"):
                yield f"{type(value).__name__} of {type(one).__name__}"


def renamed_clients(ledger: Ledger, snapshots: pd.DataFrame, *, random_state: int = 0) -> tuple[Ledger, pd.DataFrame]:
    """Ledger and snapshots in which every client bears the id of another one.

    Features that come from the facts alone are the same, row by row; one that is looked up by client elsewhere is not.

    Examples
    --------
    >>> book = Ledger(pd.DataFrame({"client_id": ["C1", "C2"], "invoice_id": ["T1", "T2"], "amount": [1.0, 2.0],
    ...                             "issue_date": ["2025-01-02"] * 2, "due_date": ["2025-02-03"] * 2}))
    >>> other, looks = renamed_clients(book, pd.DataFrame({"client_id": ["C1"], "as_of": ["2025-03-01"]}))
    >>> looks["client_id"].tolist(), other.frame("invoices")["client_id"].tolist()
    (['C2'], ['C2', 'C1'])
    """
    ids = ledger.books.client_ids
    order = np.random.default_rng(random_state).permutation(len(ids))
    name_of = np.empty(len(ids), np.int64)
    name_of[order] = np.roll(order, 1)  # a circle: no client keeps its id
    names = ids.take(pa.array(name_of))

    def renamed(column: Any) -> Any:
        at = pc.index_in(column.cast(ids.type, safe=False), value_set=ids)
        return pc.coalesce(names.take(at), column.cast(ids.type, safe=False))

    tables = {}
    for name, table in ledger.all_tables().items():
        if "client_id" in table.column_names:
            place = table.schema.get_field_index("client_id")
            table = table.set_column(place, "client_id", renamed(table["client_id"].combine_chunks()))
        n = table.num_rows
        counts = {"rows": n, "accepted": n, "flagged": 0, "rejected": 0, "duplicate": 0}
        tables[name] = Admitted(table, PROBLEMS.empty_table(), counts, {})
    other = Ledger.from_admitted(
        tables,
        calendar=ledger.calendar,
        timezone=ledger.timezone,
        currency=ledger.currency,
        known_until=ledger.known_until,
    )
    asked = pa.array(snapshots["client_id"], from_pandas=True)
    return other, snapshots.assign(client_id=pd.Series(renamed(asked).to_pandas().to_numpy(), snapshots.index))
