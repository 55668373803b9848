"""Features by declaration: what is aggregated, over which invoices, in which window. Plain data, read from YAML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from inadimplencia_ml.catalog import REASONS, ROLES, UNITS, Direction, Role
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.custom.filters import Filter, Strict, one_of
from inadimplencia_ml.features.custom.names import check_name
from inadimplencia_ml.settings_file import shown, yaml_data

__all__ = ["Aggregate", "Described", "custom_to_yaml", "parse_custom", "read_custom"]

Measure = Literal[
    "count",
    "amount",
    "open_amount",
    "paid_amount",
    "days_late",
    "dpd",
    "days_early",
    "term_days",
    "installment",
    "installments",
    "fine_rate",
    "interest_rate_month",
]
Aggregation = Literal["count", "sum", "mean", "min", "max", "std", "median", "share", "last", "first"]
By = Literal["due", "issue", "closed"]
_SIZES = ("count", "amount", "open_amount", "paid_amount")  # never below 0, so that a share of them is one
_UNITS = {"fine_rate": "rate", "interest_rate_month": "rate", "installment": "count", "installments": "count"}
_REASONS = {
    "count": "R08",
    "amount": "R08",
    "open_amount": "R10",
    "paid_amount": "R06",
    "days_late": "R03",
    "dpd": "R01",
    "days_early": "R06",
}
_LATENESS = ("days_late", "dpd")
_LONGEST_NAME_TOLD = 60
_ALL_REASONS = tuple(reason.code for reason in REASONS)


class Described(Strict):
    """What every feature of one's own says of itself, as the catalogue does of its own.

    Parameters
    ----------
    name : str
        Name of the column: small letters, digits and ``_``; not one of the catalogue.
    unit : str, optional
        A key of ``inadimplencia_ml.catalog.UNITS``.
    role : {"risk", "treatment", "protected", "rights"}
        Which model may read it.
    direction : {-1, 0, 1}
        With the other features equal: 1 higher is riskier, -1 higher is safer, 0 no expectation.
    meaning_pt, meaning_en : str
        The definition in Portuguese and English; made up from the rest if left out.
    reason : str, optional
        Code of its reason family.
    """

    name: str
    unit: str | None = None
    role: Role = "risk"
    direction: Direction = 0
    meaning_pt: str = ""
    meaning_en: str = ""
    reason: str | None = None

    @field_validator("name")
    @classmethod
    def _a_name(cls, value: str) -> str:
        return check_name(value)

    @field_validator("unit", mode="before")
    @classmethod
    def _a_unit(cls, value: Any) -> Any:
        return value if value is None else one_of(value, UNITS)

    @field_validator("role", mode="before")
    @classmethod
    def _a_role(cls, value: Any) -> Any:
        return one_of(value, ROLES)

    @field_validator("reason", mode="before")
    @classmethod
    def _a_reason(cls, value: Any) -> Any:
        return value if value is None else one_of(value, _ALL_REASONS)


class Aggregate(Described):
    """A windowed aggregate over a client's invoices, as they are known on the day.

    Parameters
    ----------
    measure : str
        What is aggregated: ``count`` (the invoices themselves), ``amount``, ``open_amount``, ``paid_amount`` (BRL),
        ``days_late`` (signed), ``dpd``, ``days_early``, ``term_days`` (days), ``installment``, ``installments``,
        ``fine_rate``, ``interest_rate_month`` (as the row known first says, to six decimals). See `Filter` for what
        each means. An invoice of which the measure is missing is left out.
    aggregation : str
        ``count``, ``sum``, ``mean``, ``min``, ``max``, ``std`` (of a sample, n - 1), ``median``, ``first`` and
        ``last`` (by the window's date), or ``share``: of the sum of a count or an amount over the filtered invoices,
        the part that also passes ``of``.
    window : int or "all"
        Days: the date named by ``by`` lies in (t - window, t].
    by : {"due", "issue", "closed"}
        Due date (only what fell due by t), issue date, or the day it was settled, renegotiated or written off.
    filter, of : Filter
        Tests that an invoice must pass; all invoices by default. ``of`` goes with ``share``.

    Raises
    ------
    pydantic.ValidationError
        A ValueError: a key or value is unknown, or parts do not go together.

    Notes
    -----
    Without an invoice a count and a sum are 0, a share, ``std`` of fewer than two and everything else NaN.

    Examples
    --------
    >>> Aggregate(name="boleto_late_15_count_180d", aggregation="count", window=180,
    ...           filter={"days_late": {"ge": 15}, "kind": ["boleto", "pix"]}).by
    'due'
    """

    measure: Measure = "count"
    aggregation: Aggregation
    window: Annotated[int, Field(ge=1, le=36_500)] | Literal["all"]
    by: By = "due"
    filter: Filter = Filter()
    of: Filter | None = None

    @field_validator("measure", "aggregation", "by", mode="before")
    @classmethod
    def _known_words(cls, value: Any, info: Any) -> Any:
        return one_of(value, get_args({"measure": Measure, "aggregation": Aggregation, "by": By}[info.field_name]))

    @field_validator("window", mode="before")
    @classmethod
    def _a_window(cls, value: Any) -> Any:
        whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 36_500
        if not whole and value != "all":
            raise ValueError(
                f"{shown(value)} is no window. Write a number of days from 1 to 36500, such as 90, or 'all'"
            )
        return value

    @model_validator(mode="after")
    def _go_together(self) -> Aggregate:
        if (self.aggregation == "share") != (self.of is not None):
            raise ValueError("aggregation 'share' and the filter 'of' go together: of says whose share it is")
        if self.aggregation == "share" and self.measure not in _SIZES:
            raise ValueError(f"a share of {self.measure!r} has no meaning; it is one of {', '.join(_SIZES)}")
        if self.measure == "count" and self.aggregation not in ("count", "share"):
            raise ValueError(
                f"measure 'count' has the aggregations count and share, not {self.aggregation!r}. "
                "Name the measure, such as amount or days_late."
            )
        return self

    @property
    def counted_in(self) -> str:
        """The unit, said or by measure and aggregation."""
        if self.unit is not None:
            return self.unit
        if self.aggregation in ("share", "count"):
            return self.aggregation
        return "amount" if self.measure in _SIZES else _UNITS.get(self.measure, "days")

    @property
    def reason_code(self) -> str:
        """The reason family, said or by what is measured and tested."""
        if self.reason is not None:
            return self.reason
        tests = {**self.filter.tests(), **(self.of.tests() if self.of else {})}
        if self.measure in ("count", "amount") and any(name in tests for name in _LATENESS):
            return "R02"
        return _REASONS.get(self.measure, "R12")


def parse_custom(text: str, *, name: str = "custom features") -> tuple[Aggregate, ...]:
    """Declared features from YAML text, a list; ``name`` says in messages where they stand.

    Raises
    ------
    CallError
        It is no YAML, or a key or value is wrong; names the feature and the key.

    Examples
    --------
    >>> parse_custom("- {name: due_amount_mean_60d, measure: amount, aggregation: mean, window: 60}")[0].counted_in
    'amount'
    """
    data = yaml_data(text, f"{name} is not YAML")
    if not isinstance(data, list):
        raise CallError(f"{name}: expected a list of features, each '- name: ...', got {type(data).__name__}")
    out: list[Aggregate] = []
    for place, one in enumerate(data):
        said = str(one.get("name", "?") if isinstance(one, dict) else "?")[:_LONGEST_NAME_TOLD]
        try:
            out.append(Aggregate.model_validate(one))
        except ValidationError as error:
            told = "; ".join(_sentence(e) for e in error.errors(include_url=False)[:3])
            raise CallError(f"{name}, feature {place + 1} ({said}): {told}") from None
    twice = [one.name for k, one in enumerate(out) if one.name in {other.name for other in out[:k]}]
    if twice:
        raise CallError(f"{name}: the feature {twice[0]!r} comes twice")
    return tuple(out)


def read_custom(path: str | Path) -> tuple[Aggregate, ...]:
    """Declared features from a YAML file.

    Raises
    ------
    CallError
        The file cannot be read, is no YAML, or a key or value is wrong; names the file, the feature and the key.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CallError(f"custom features {path}: cannot be read ({error.__class__.__name__})") from error
    return parse_custom(text, name=str(path))


def custom_to_yaml(aggregates: Sequence[Aggregate]) -> str:
    """Declared features as YAML that `read_custom` reads back."""
    data = [one.model_dump(mode="json", by_alias=True, exclude_defaults=True) for one in aggregates]
    return str(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=120))


def _sentence(error: Any) -> str:
    """One finding of a validation: where, and what is wrong."""
    where = ".".join(str(part) for part in error["loc"])
    text = {"missing": "the key is missing"}.get(error["type"], error["msg"].removeprefix("Value error, "))
    if error["type"] in ("string_type", "literal_error", "tuple_type", "bool_type"):
        text += f", got {shown(error['input'])}"
    return f"{where}: {text}" if where else text
