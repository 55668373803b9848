"""Features by code: a column from a Python function or a DuckDB query over the facts known on a day.

The code sees ``ledger.known_at(day)`` and nothing else from here: it is called once a distinct day, with all clients
asked for on it. A function that closes over a table is refused; what it reaches otherwise (a file, a service) is its
author's to answer for, and `renamed_clients` helps to find it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import field_validator

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.features.custom.declared import Described
from inadimplencia_ml.features.custom.outside import outside_tables
from inadimplencia_ml.features.custom.query import check_query, index_of, run_query
from inadimplencia_ml.features.custom.titles import TITLES, titles_of
from inadimplencia_ml.ledger.codes import as_frame
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks

__all__ = ["Facts", "PythonFeature", "SqlFeature", "coded_features"]

Numbers = npt.NDArray[np.float64]
_NUMBERS = ("integer", "floating", "decimal", "boolean", "mixed-integer-float", "empty")


class Facts(Mapping[str, pd.DataFrame]):
    """The tables of a ledger as known at the end of a day, as pandas DataFrames; each is made when it is first read.

    Attributes
    ----------
    as_of : date
        The day: nothing later is known. For the view ``at_issue`` the day before the invoice is issued.

    Notes
    -----
    A table or column that the ledger does not have is not here; attribute tables are called ``attributes/<name>``.

    ``invoices`` holds every version of an invoice that was known: one that was postponed has two rows, and a join or a
    sum counts it twice. ``titles`` has one row an invoice, as it stands on the day: of each column the latest value
    known, without the invoices that were void. Read ``titles`` for what there is, ``invoices`` for how it came about.
    """

    def __init__(self, known: Ledger, as_of: dt.date) -> None:
        self.as_of = as_of
        self._known = known
        self._frames: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._frames:
            if name not in (names := list(self)):
                raise KeyError(f"the ledger has no table {name!r}.{did_you_mean(name, names)}")
            merged = name == TITLES
            self._frames[name] = (
                as_frame(titles_of(self._known.tables["invoices"])) if merged else self._known.frame(name)
            )
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter([*self._known.all_tables(), TITLES])

    def __len__(self) -> int:
        return len(list(iter(self)))


class PythonFeature(Described):
    """A column by a Python function.

    Parameters
    ----------
    function : callable
        ``function(facts, clients)`` is called once a distinct day with `Facts` (``facts["titles"]``, one row an
        invoice as it stands; ``facts["invoices"]``, one for each of its versions; ``facts.as_of``) and the ids of the
        clients asked for; it gives a Series of numbers indexed by client_id, or an array with one number a client, in
        their order. Clients that a Series leaves out are NaN. The value of a client must not hang on who else is asked
        for, nor on the order of rows: sum money in cents, as integers.

    Examples
    --------
    >>> def longest_term(facts, clients):
    ...     titles = facts["titles"]
    ...     return (titles["due_date"] - titles["issue_date"]).dt.days.groupby(titles["client_id"]).max()
    >>> PythonFeature(name="longest_term_days", function=longest_term, unit="days").role
    'risk'
    """

    function: Callable[[Facts, pd.Index], Any]

    @field_validator("function")
    @classmethod
    def _reads_its_arguments(cls, value: Callable[[Facts, pd.Index], Any]) -> Callable[[Facts, pd.Index], Any]:
        for name, kind in outside_tables(value).items():
            raise ValueError(
                f"the function reads {name!r}, a {kind} from outside: it would know what comes later. "
                "Read the tables of facts; put what is no fact into a plain dict of numbers"
            )
        return value

    @property
    def digest(self) -> str:
        """SHA-256 of the name and the function's source; what the function calls is not in it.

        Raises
        ------
        CallError
            The source cannot be read.
        """
        try:
            source = textwrap.dedent(inspect.getsource(self.function))
        except (OSError, TypeError) as error:
            raise CallError(
                f"custom feature {self.name!r}: the source of its function cannot be read ({error}). "
                "Write it with def, in a file or a notebook cell."
            ) from error
        return _sha(f"{self.name}\n{_one_newline(source)}")

    def values(self, known: Ledger, day: dt.date, clients: pd.Index) -> Numbers:
        """One number a client, in their order, from a ledger cut at ``day``."""
        try:
            got = self.function(Facts(known, day), clients)
        except Exception as error:
            told = error.args[0] if isinstance(error, KeyError) and error.args else error
            raise CallError(
                f"custom feature {self.name!r} at {day}: its function raised {type(error).__name__}: {told}"
            ) from error
        return _aligned(f"custom feature {self.name!r} at {day}: its function", got, clients)


class SqlFeature(Described):
    """A column by one SELECT in DuckDB's SQL.

    Parameters
    ----------
    sql : str
        Gives client_id and one column of numbers, one row a client; clients left out are NaN. It reads ``titles`` (one
        row an invoice, as it stands on the day), the ledger's tables by name (``invoices`` with a row for each version
        of an invoice, so that a join with it may count twice), attribute tables as ``attributes_<name>``, and
        ``asked``, whose column client_id holds the clients asked for. Amounts are DECIMAL(18, 2), so that sums are
        exact. ``$as_of`` is the day, a DATE. It runs in an empty database in memory, without files, network and
        extensions; it may not read the clock.

    Examples
    --------
    >>> SqlFeature(name="invoice_count_60d", unit="count", sql='''
    ...     SELECT client_id, count(*) FROM titles WHERE issue_date > $as_of - 60 GROUP BY client_id''').unit
    'count'
    """

    sql: str

    @field_validator("sql")
    @classmethod
    def _one_select(cls, value: str) -> str:
        check_query(value)
        return value

    @property
    def digest(self) -> str:
        """SHA-256 of the text, its newlines made the same everywhere."""
        return _sha(_one_newline(self.sql))

    def values(self, known: Ledger, day: dt.date, clients: pd.Index) -> Numbers:
        """One number a client, in their order, from a ledger cut at ``day``."""
        where = f"custom feature {self.name!r} at {day}: its query"
        return _aligned(where, run_query(self.sql, known, day, clients, where=where), clients)


def coded_features(ledger: Ledger, looks: Looks, features: Sequence[PythonFeature | SqlFeature]) -> Numbers:
    """The columns of coded features, feature x snapshot; each is called once a distinct day.

    Raises
    ------
    CallError
        The code fails, or gives something else than one number a client; names the feature and the day.
    """
    out = np.full((len(features), len(looks.day)), np.nan)
    asked = _asked(ledger, looks)
    order = np.argsort(looks.day, kind="stable")
    edges = np.flatnonzero(np.diff(looks.day[order])) + 1
    for rows in np.split(order, edges) if features and len(order) else ():
        day = dt.date(1970, 1, 1) + dt.timedelta(days=int(looks.day[rows[0]]))
        known = ledger.known_at(day)
        code, clients = pd.factorize(asked.take(rows))
        named = rows[code >= 0]
        for k, feature in enumerate(features):
            values = feature.values(known, day, pd.Index(clients, name="client_id"))
            out[k, named] = values[code[code >= 0]]
    return out


def _asked(ledger: Ledger, looks: Looks) -> pd.Index:
    """The client ids of the snapshots, in the type of the ledger's; what cannot be of it is missing."""
    ids = pa.array(looks.keys["client_id"], from_pandas=True)
    kind = ledger.tables["invoices"].schema.field("client_id").type
    if pa.types.is_integer(kind) and not pa.types.is_integer(ids.type):
        text = ids.cast(pa.string())
        ids = pc.if_else(pc.match_substring_regex(text, r"^-?\d{1,18}$"), text, pa.scalar(None, pa.string()))
    ids = ids.cast(kind)
    return index_of(ids)


def _aligned(where: str, got: Any, clients: pd.Index) -> Numbers:
    """One number a client from what the code gave."""
    if isinstance(got, pd.Series):
        got = _by_client(where, got, clients)
    elif isinstance(got, pd.DataFrame) or np.ndim(got) != 1:
        raise CallError(f"{where} gave a {type(got).__name__}. Give a Series indexed by client_id, or one number each")
    if len(got) != len(clients):
        raise CallError(f"{where} gave {len(got)} values for {len(clients)} clients. Give one each, in their order")
    values = pd.Series(got).reset_index(drop=True)
    found = pd.api.types.infer_dtype(values, skipna=True)
    if found not in _NUMBERS and values.notna().any():
        hint = ", such as those of .dt.days" if found.startswith("timedelta") else ""
        raise CallError(f"{where} gave values of type {found}. Give numbers{hint}")
    numbers = values.to_numpy(np.float64, na_value=np.nan)
    infinite = int(np.isinf(numbers).sum())
    if infinite:
        raise CallError(f"{where} gave {infinite} infinite values of {len(numbers)}. Give NaN where there is none")
    return numbers


def _by_client(where: str, got: pd.Series, clients: pd.Index) -> pd.Series:
    number = [pd.api.types.is_numeric_dtype(index.dtype) for index in (got.index, clients)]
    numbered = isinstance(got.index, pd.RangeIndex) and got.index.name is None and not got.index.equals(clients)
    if len(got) and len(clients) and (numbered or number[0] != number[1]):
        came = "position" if numbered else f"{got.index.dtype}"
        raise CallError(f"{where} gave a Series indexed by {came}. Its index must hold client_id, of {clients.dtype}")
    if not got.index.is_unique:
        twice = int(got.index.duplicated().sum())
        raise CallError(f"{where} gave {twice} clients more than once. Give one value a client")
    return got.reindex(clients)


def _one_newline(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
