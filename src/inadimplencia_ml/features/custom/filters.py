"""Which invoices a declared feature reads: typed tests on what is known of each, ``{days_late: {ge: 15}}``.

Tests are read and compared, never run as code. All of them must hold. What is missing fails every test but
``known: false``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StrictBool, field_validator, model_validator

from inadimplencia_ml.errors import did_you_mean
from inadimplencia_ml.settings_file import shown

__all__ = ["NUMBERS", "STATUSES", "TEXTS", "Filter", "NumberTest", "Status", "Strict", "TextTest"]

Status = Literal["open", "settled", "closed", "renegotiated", "written_off"]
STATUSES: tuple[str, ...] = get_args(Status)
"""Closed is renegotiated or written off."""
TEXTS = ("kind", "product", "contract_id")
"""Columns of invoices that a test compares as text."""
NUMBERS = (
    "amount open_amount paid_amount days_late dpd days_early term_days installment installments fine_rate "
    "interest_rate_month due_weekday due_month_day issue_weekday"
).split()
"""What a test compares as a number."""
_RANGES = {"due_weekday": (0, 6), "issue_weekday": (0, 6), "due_month_day": (1, 31)}


class Strict(BaseModel):
    """Settings that cannot be changed, and in which an unknown key is an error that offers the near ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, given: Any) -> Any:
        names = [field.alias or name for name, field in cls.model_fields.items()]
        for key in given if isinstance(given, Mapping) else ():
            if key not in names and key not in cls.model_fields:
                raise ValueError(f"unknown key {shown(key)}.{did_you_mean(key, names)}")
        return given


def one_of(value: Any, known: Collection[str]) -> Any:
    """The value, if it is a known name.

    Raises
    ------
    ValueError
        It is not; offers the near ones.
    """
    if value not in known:
        raise ValueError(f"{shown(value)} is unknown.{did_you_mean(value, known)}")
    return value


class NumberTest(Strict):
    """Tests on a number; a plain value stands for ``eq``, a list for ``in``."""

    ge: float | None = Field(default=None, allow_inf_nan=False)
    gt: float | None = Field(default=None, allow_inf_nan=False)
    le: float | None = Field(default=None, allow_inf_nan=False)
    lt: float | None = Field(default=None, allow_inf_nan=False)
    eq: float | None = Field(default=None, allow_inf_nan=False)
    is_in: tuple[float, ...] | None = Field(default=None, alias="in")
    known: StrictBool | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        if isinstance(given, list | tuple):
            given = {"in": tuple(given)}
        elif not isinstance(given, Mapping | NumberTest):
            given = {"eq": given}
        for value in _values(given):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{shown(value)} is no number. Write a test such as {{ge: 15}}, a number, or a list")
        return given

    @model_validator(mode="after")
    def _asks_something(self) -> NumberTest:
        if not self.compared() and self.known is None:
            raise ValueError("an empty test: give ge, gt, le, lt, eq, in or known")
        if self.known is False and self.compared():
            raise ValueError("known: false goes with no other test: what is missing cannot be compared")
        return self

    def compared(self) -> tuple[float, ...]:
        """Every value that is compared with."""
        bounds = (self.ge, self.gt, self.le, self.lt, self.eq)
        return (*(b for b in bounds if b is not None), *(self.is_in or ()))


class TextTest(Strict):
    """Tests on a text; a plain value or a list stands for ``in``."""

    is_in: tuple[str, ...] | None = Field(default=None, alias="in")
    known: StrictBool | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        if isinstance(given, list | tuple):
            given = {"in": tuple(given)}
        elif not isinstance(given, Mapping | TextTest):
            given = {"in": (given,)}
        if isinstance(given, Mapping):
            values = given.get("in", given.get("is_in"))
            if isinstance(values, list | tuple):  # a contract may be a number
                told = tuple(str(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in values)
                given = {**{k: v for k, v in given.items() if k != "is_in"}, "in": told}
        return given

    @model_validator(mode="after")
    def _asks_something(self) -> TextTest:
        if not self.is_in and self.known is None:
            raise ValueError("an empty test: give in or known")
        if self.known is False and self.is_in is not None:
            raise ValueError("known: false goes with no other test: what is missing cannot be compared")
        return self


class Filter(Strict):
    """Tests on an invoice as it is known on the day; all that are given must hold.

    Parameters
    ----------
    amount, open_amount, paid_amount : NumberTest
        BRL: the whole amount; what is outstanding (0 unless open); what settles it of all that was paid.
    days_late, dpd, days_early, term_days : NumberTest
        Days: signed days late; days past due of an open one, else 0; days before due on which it was settled, else 0;
        from issue to due date.
    due_weekday, issue_weekday, due_month_day : NumberTest
        0 Monday to 6 Sunday; 1 to 31.
    due_month_end : bool
        Whether it falls due on one of the last three days of a month.
    installment, installments, fine_rate, interest_rate_month : NumberTest
        As the row of the invoice that was known first says.
    kind, product, contract_id : TextTest
        The same; of kind and product, case and outer blanks do not matter.
    status : str or list of str
        ``open``, ``settled`` (by payments), ``closed`` or more exactly ``renegotiated``, ``written_off``.

    Examples
    --------
    >>> chosen = Filter.model_validate({"days_late": {"ge": 15}, "kind": ["boleto", "pix"], "status": "open"})
    >>> chosen.days_late.ge, chosen.kind.is_in, chosen.status
    (15.0, ('boleto', 'pix'), ('open',))
    """

    amount: NumberTest | None = None
    open_amount: NumberTest | None = None
    paid_amount: NumberTest | None = None
    days_late: NumberTest | None = None
    dpd: NumberTest | None = None
    days_early: NumberTest | None = None
    term_days: NumberTest | None = None
    installment: NumberTest | None = None
    installments: NumberTest | None = None
    fine_rate: NumberTest | None = None
    interest_rate_month: NumberTest | None = None
    due_weekday: NumberTest | None = None
    due_month_day: NumberTest | None = None
    issue_weekday: NumberTest | None = None
    due_month_end: StrictBool | None = None
    kind: TextTest | None = None
    product: TextTest | None = None
    contract_id: TextTest | None = None
    status: tuple[Status, ...] | None = Field(default=None, min_length=1)

    @field_validator("status", mode="before")
    @classmethod
    def _statuses(cls, given: Any) -> Any:
        names = (given,) if isinstance(given, str) else given
        return tuple(one_of(name, STATUSES) for name in names) if isinstance(names, list | tuple) else given

    @model_validator(mode="after")
    def _in_range(self) -> Filter:
        for name, (low, high) in _RANGES.items():
            test = getattr(self, name)
            for value in () if test is None else test.compared():
                if not low <= value <= high:
                    raise ValueError(f"{name}: {value:g} does not lie in {low} to {high}")
        return self

    def tests(self) -> dict[str, Any]:
        """The tests that are given, by what they test."""
        return {name: getattr(self, name) for name in type(self).model_fields if getattr(self, name) is not None}


def _values(given: Any) -> list[Any]:
    """Every value that a mapping of tests compares with."""
    out: list[Any] = []
    for key, value in given.items() if isinstance(given, Mapping) else ():
        if key not in ("known", "in", "is_in"):
            out += [] if value is None else [value]
        elif key != "known":
            out += value if isinstance(value, list | tuple) else []
    return out
