"""One table without one client: their rows gone, or kept under a pseudonym without what tells who it is.

Under a pseudonym, amounts, dates, counts, flags and words of a closed list stay, so that totals of the book stay; ids,
free text, the tax id, the city, columns that the company added and attributes go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.client_rights.whose import as_a_word, client_rows, is_client
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES, REVIEWS, Table

__all__ = ["HOWS", "How", "Who", "mentions", "text_columns", "without"]

How = Literal["pseudonymise", "erase"]
HOWS = ("pseudonymise", "erase")

_LETTER = {
    "invoice_id": "T",
    "contract_id": "C",
    "payment_id": "P",
    "agreement_id": "A",
    "contact_id": "K",
    "group_id": "G",
    "decision_id": "D",
}
"""Ids that lead back to a person in another system, and the letter by which their pseudonyms are told apart."""
_IDS = ("client_id", *_LETTER)
_WORDS = frozenset(
    "kind uf currency method channel index bank_instruction template status product business_segment preferred_channel "
    "review_id step due_source table model_version segment_before segment_after person".split()
)
"""Text columns of closed lists of the trade: they say nothing of who it is."""
_SENSITIVE = frozenset({"vulnerable", "hardship", "do_not_contact"})
_OF_MANY = 10_000_000  # pseudonyms of numbers: so many ids a client


@dataclass(frozen=True)
class Who:
    """The client, and what stands in their place.

    Attributes
    ----------
    client_id : str or int
    number : int
        Of the act; the pseudonym is made of it alone.
    invoices : array
        The ids of their invoices, as text, in their order.
    foreign : array
        Ids of invoices of others that they paid, as text.
    values : array
        What a finding of the door may show of them.
    secrets : tuple of str
        Texts that tell who it is: the id and the tax ids.
    """

    client_id: Any
    number: int
    invoices: pa.Array
    foreign: pa.Array
    values: pa.Array
    secrets: tuple[str, ...]

    @property
    def pseudonym(self) -> Any:
        """In place of the client's id, in its type."""
        return -self.number if isinstance(self.client_id, int) else f"apagado-{self.number:06d}"

    def named(self, column: str, many: int, kind: Any) -> list[Any]:
        """So many pseudonyms of ids of a column; whether they are numbers is the column's, not the client's."""
        places = range(1, many + 1)
        if pa.types.is_integer(kind):
            return [-(self.number * _OF_MANY + place) for place in places]
        return [f"apagado-{self.number:06d}-{_LETTER[column]}{place}" for place in places]


def without(table: pa.Table, name: str, who: Who, how: How) -> tuple[pa.Table, pa.Table]:
    """A table without the client, and the client's rows as they were.

    ``name`` is that of the ledger, ``problems`` too; results have names of their own.
    """
    if name == "problems":
        fresh, mine = _without_values(table, who.values), table.slice(0, 0)
    elif not {"client_id", "invoice_id"} & set(table.column_names):
        fresh, mine = table, table.slice(0, 0)
    elif how == "erase":
        fresh, mine = _erased(table, who)
    else:
        fresh, mine = _pseudonymised(table, name, who)
    return _unmentioned(fresh, who), mine


def _erased(table: pa.Table, who: Who) -> tuple[pa.Table, pa.Table]:
    """The table without their rows, and these rows; a payment of theirs for somebody else's invoice loses the payer."""
    mine = client_rows(table, who.client_id, who.invoices)
    if "payment_date" in table.column_names and {"invoice_id", "client_id"} <= set(table.column_names):
        others = pc.fill_null(pc.is_in(table["invoice_id"].cast(pa.string()), value_set=who.foreign), False)
        others = pc.and_(mine, others)
        mine = pc.and_(mine, pc.invert(others))
        table = _put(table, "client_id", others, None)
    return table.filter(pc.invert(mine)), table.filter(mine)


def _pseudonymised(table: pa.Table, name: str, who: Who) -> tuple[pa.Table, pa.Table]:
    """The table with their rows under the pseudonym, and these rows as they were."""
    mine = client_rows(table, who.client_id, who.invoices)
    before = table.filter(mine)
    for column in [c for c in table.column_names if c in _LETTER and c != "invoice_id"]:
        table = _renamed(table, column, mine, _ids(before, column), who)
    if "invoice_id" in table.column_names:
        table = _renamed(table, "invoice_id", mine, who.invoices, who)
    if "client_id" in table.column_names:
        table = _put(table, "client_id", is_client(table["client_id"], who.client_id), who.pseudonym)
    kind = REVIEWS if name == "reviews" else ATTRIBUTES if name.startswith("attributes/") else LEDGER_TABLES.get(name)
    for column in table.column_names if kind is not None else ():
        if column == "replaces":
            table = _replaced(table, mine, who)
        elif _tells_who(kind, column):
            table = _put(table, column, mine, None)
    return table, before


def _replaced(table: pa.Table, mine: Any, who: Who) -> pa.Table:
    """The invoices that an agreement stands in for, by their pseudonyms."""
    named = dict(zip(who.invoices.to_pylist(), who.named("invoice_id", len(who.invoices), pa.string()), strict=True))
    texts = table["replaces"].to_pylist()
    for row in pc.indices_nonzero(mine).to_pylist():
        if texts[row] is not None:
            ids = [one.strip() for one in str(texts[row]).split(",")]
            texts[row] = ",".join(named[one] for one in ids if one in named) or None
    at = table.schema.get_field_index("replaces")
    return table.set_column(at, table.schema.field(at), pa.array(texts, table.schema.field(at).type))


def _tells_who(kind: Table | None, column: str) -> bool:
    """Whether a column is emptied: free text, what the company added, what is sensitive."""
    assert kind is not None
    if column in _IDS or column in _WORDS or column == "known_on":
        return False
    if column in _SENSITIVE or column not in kind.by_name:
        return True
    return kind.kind_of(column) in ("text", "any", "texts") and not kind.by_name[column].choices


def _without_values(problems: pa.Table, values: pa.Array) -> pa.Table:
    """Findings of the door without the values that are the client's."""
    theirs = pc.fill_null(pc.is_in(problems["value"], value_set=values), False)
    return _put(problems, "value", theirs, None)


def text_columns(schema: pa.Schema) -> list[str]:
    """Columns in whose texts anybody may be named; an id names one row's own."""
    return [field.name for field in schema if field.name not in _IDS and _is_text(field.type)]


def _is_text(kind: pa.DataType) -> bool:
    inner = kind.value_type if pa.types.is_list(kind) else kind
    return bool(pa.types.is_string(inner) or pa.types.is_large_string(inner))


def mentions(column: Any, who: Who) -> bool:
    """Whether the texts of a column, or of its lists, hold what tells who it is."""
    cells = pc.list_flatten(column) if pa.types.is_list(column.type) else column
    return any(pc.any(pc.match_substring(cells, secret)).as_py() for secret in who.secrets)


def _unmentioned(table: pa.Table, who: Who) -> pa.Table:
    """The table in which no text of anybody's row names the client: the pseudonym stands there instead."""
    for column in text_columns(table.schema):
        kind = table.schema.field(column).type
        if not mentions(table[column], who):
            continue
        values = [_said_otherwise(value, who) for value in table[column].to_pylist()]
        at = table.schema.get_field_index(column)
        table = table.set_column(at, table.schema.field(at), pa.array(values, kind))
    return table


def _said_otherwise(value: Any, who: Who) -> Any:
    if isinstance(value, list):
        return [_said_otherwise(one, who) for one in value]
    if isinstance(value, str):
        for secret in who.secrets:
            value = as_a_word(secret).sub(str(who.pseudonym), value)
    return value


def _ids(rows: pa.Table, column: str) -> pa.Array:
    return pc.unique(rows[column].cast(pa.string())).drop_null()


def _renamed(table: pa.Table, column: str, mine: Any, ids: pa.Array, who: Who) -> pa.Table:
    """The ids of their rows replaced one by one; an invoice's is the same in every table."""
    if not len(ids):
        return table
    kind, cells = table.schema.field(column).type, table[column]
    named = pa.array(who.named(column, len(ids), kind), kind)
    at = pc.index_in(cells.cast(pa.string()), value_set=ids)
    fresh = pc.if_else(pc.and_(mine, at.is_valid()), named.take(at), cells)
    return table.set_column(table.schema.get_field_index(column), table.schema.field(column), fresh)


def _put(table: pa.Table, column: str, rows: Any, value: Any) -> pa.Table:
    """One value in the given rows of a column."""
    kind = table.schema.field(column).type
    if value is not None and not pa.types.is_integer(kind):
        value = str(value)  # the log of reviews keeps as text an id that is a number in the ledger
    fresh = pc.if_else(rows, pa.scalar(value, kind), table[column])
    return table.set_column(table.schema.get_field_index(column), table.schema.field(column), fresh)
