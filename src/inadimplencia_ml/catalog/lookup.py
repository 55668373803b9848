"""All features in one tuple, and the feature of a column name.

The columns that a company adds to its clients, and its attribute tables, are open-ended: their features are made when
asked for. What the law keeps out of a credit score and what shields a person or follows from a right of theirs (the
words of ``forbidden.yaml``) gets a role that no model may read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from inadimplencia_ml.catalog.feature import Dtype, Feature, Role
from inadimplencia_ml.catalog.forbidden import ground_of_name, grounds
from inadimplencia_ml.catalog.history import HISTORY
from inadimplencia_ml.catalog.history.macro import macro_feature
from inadimplencia_ml.catalog.invoice import INVOICE, INVOICE_CATEGORIES
from inadimplencia_ml.catalog.shape import SHAPE
from inadimplencia_ml.catalog.standing import STANDING
from inadimplencia_ml.catalog.treatment import CONTACTS, PROMISES
from inadimplencia_ml.catalog.windowed import WINDOWED
from inadimplencia_ml.errors import CallError, did_you_mean

__all__ = ["BY_NAME", "FEATURES", "FIXED", "direction_of", "feature", "role_of"]

#: The columns that every feature table has, in their fixed order.
FIXED: tuple[Feature, ...] = (*WINDOWED, *STANDING, *SHAPE)

#: Every feature with a fixed name, in the order of the columns.
FEATURES: tuple[Feature, ...] = (*FIXED, *CONTACTS, *PROMISES, *INVOICE, *INVOICE_CATEGORIES, *HISTORY)

BY_NAME: Mapping[str, Feature] = MappingProxyType({f.name: f for f in FEATURES})

_CATEGORIES = frozenset({"kind", "uf", "city", "business_segment", "preferred_channel", "preferred_hours"})
_DAYS = frozenset({"since_days"})  # a date becomes the days from it to t
_AMOUNTS = frozenset({"income", "credit_limit"})
_FLAGS = frozenset({"is_consumer", "vulnerable", "hardship", "do_not_contact"})
_UNITS = {"amount": _AMOUNTS, "flag": _FLAGS, "days": _DAYS}
_TAX_IDS = frozenset({"tax_id", "cpf", "cnpj"})


def _role(column: str) -> Role:
    code = ground_of_name(column)
    return "risk" if code is None else grounds()[code].role


def _attribute(table: str, column: str, dtype: Dtype) -> Feature:
    """The feature of a column that the company brought; ``table`` is ``client`` or the name of an attribute table."""
    of_clients = table == "client"
    if column in _TAX_IDS:
        raise CallError(f"{table}_{column}: a tax id is never a feature")
    unit = "value"
    if of_clients:
        unit = next((u for u, names in _UNITS.items() if column in names), unit)
        dtype = "category" if column in _CATEGORIES else "number" if unit != "value" else dtype
    source_pt = "do cadastro do cliente" if of_clients else f"da tabela de atributos {table}"
    source_en = "of the clients table" if of_clients else f"of the attribute table {table}"
    return Feature(
        name=f"{table}_{column}",
        family="client" if of_clients else "attributes",
        window="latest",
        unit=unit,
        meaning_pt=f"Último valor conhecido em t da coluna {column} {source_pt}; de uma data (…_days), os dias até t. "
        "Ausente se não houver.",
        meaning_en=f"Latest value known at t of the column {column} {source_en}; of a date (…_days), the days up to t. "
        "Missing if there is none.",
        role=_role(f"{table}_{column}"),
        direction=0,
        reason="R12",
        dtype=dtype,
    )


def feature(name: str, *, attributes: Collection[str] = (), dtype: Dtype = "number") -> Feature:
    """The feature of a column.

    Parameters
    ----------
    name : str
        A fixed name, ``client_<column>``, ``<attributes>_<column>`` for one of ``attributes``, or ``macro_<series>``.
    attributes : collection of str
        Names of the ledger's attribute tables.
    dtype : {"number", "category"}
        Used for columns that the company added; the catalogue knows those of the data contract.

    Raises
    ------
    CallError
        If the name is no feature, or a tax id.

    Examples
    --------
    >>> feature("late_share_365d").direction
    1
    >>> feature("client_credit_limit").unit
    'amount'
    >>> feature("bureau_score", attributes=["bureau"]).reason
    'R12'
    >>> feature("client_hardship").role
    'protected'
    """
    if name in BY_NAME:
        return BY_NAME[name]
    # The longest name first: a table bureau_pj owns bureau_pj_score, though there may be a table bureau too.
    for table in sorted({"client", *attributes}, key=len, reverse=True):
        column = name.removeprefix(f"{table}_")
        if column and column != name:
            return _attribute(table, column, dtype)
    if name.startswith("macro_") and name != "macro_":
        return macro_feature(name)
    raise CallError(
        f"No feature is called {name!r}.{did_you_mean(name, BY_NAME)} Client columns are client_<column>; columns of "
        "an attribute table are <its name>_<column>, with the table named in attributes."
    )


def direction_of(column: str) -> int:
    """The monotone constraint of a model's column: the catalogue's direction, 0 for a column it does not know.

    Examples
    --------
    >>> [direction_of(name) for name in ("on_time_streak", "late_share_90d", "client_uf", "my_own_column")]
    [-1, 1, 0, 0]
    """
    return BY_NAME[column].direction if column in BY_NAME else 0


def role_of(column: str) -> Role:
    """The role of a model's column: the catalogue's, or what the words of its name say of a column it does not list.

    Unlike `feature` it needs no names of attribute tables: they are words of the name like the others.

    Examples
    --------
    >>> [role_of(name) for name in ("dpd_max", "contact_count_90d", "client_uf", "bureau_score", "bureau_sexo")]
    ['risk', 'treatment', 'protected', 'risk', 'protected']
    """
    if column in BY_NAME:
        return BY_NAME[column].role
    return "risk" if column.startswith("macro_") else _role(column)
