"""Tables as callers hold them: pandas, Polars and Arrow are read alike, and answered in the kind that was given."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["FrameKind", "as_kind", "kind_of_frame", "pandas_of", "same_kind"]

P = ParamSpec("P")
R = TypeVar("R")
FrameKind = Literal["pandas", "polars", "arrow"]

_TYPES: dict[tuple[str, str], FrameKind] = {
    ("pandas", "DataFrame"): "pandas",
    ("polars", "DataFrame"): "polars",
    ("polars", "LazyFrame"): "polars",
    ("pyarrow", "Table"): "arrow",
    ("pyarrow", "RecordBatch"): "arrow",
}
_IDS = ("client_id", "invoice_id", "payment_id")  # whole numbers, though one may be missing
_EXACT = 2**53
_DIGEST, _DIGEST_IN_ARROW = "bundle_digest", b"inadimplencia_ml.bundle_digest"


def kind_of_frame(given: object) -> FrameKind | None:
    """Which of the three kinds of table something is; None if it is none.

    Examples
    --------
    >>> import pandas as pd, pyarrow as pa
    >>> kind_of_frame(pd.DataFrame()), kind_of_frame(pa.table({})), kind_of_frame([1, 2])
    ('pandas', 'arrow', None)
    """
    # By name: who gives a table has loaded its library; the others may be slow to load, or not be there.
    for one in type(given).__mro__:
        kind = _TYPES.get((one.__module__.partition(".")[0], one.__name__))
        if kind is not None:
            return kind
    return None


def pandas_of(given: Any) -> Any:
    """A table of Polars (a lazy one is collected) or Arrow as pandas, rows in their order; anything else as it is."""
    kind = kind_of_frame(given)
    if kind is None or kind == "pandas":
        return given
    import pyarrow as pa

    if kind == "polars":
        table = (given.collect() if hasattr(given, "collect") else given).to_arrow()
    else:
        table = given if isinstance(given, pa.Table) else pa.Table.from_batches([given])
    return _from_arrow(table)


def as_kind(frame: Any, kind: FrameKind | None) -> Any:
    """A table of pandas or Arrow as the kind that is asked for; what can say itself how it looks is asked.

    Days become dates. A named index becomes columns, any other is left out: Polars and Arrow have none.
    """
    own = kind_of_frame(frame)
    if kind is None or kind == own or own == "polars":
        return frame
    if own is None:
        return frame.of_kind(kind) if hasattr(frame, "of_kind") else frame
    if kind == "pandas":
        return _from_arrow(frame)
    table = frame if own == "arrow" else _to_arrow(frame)
    if kind == "arrow":
        return table
    import polars as pl

    return pl.from_arrow(table)


def same_kind(*arguments: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function over pandas that also takes Polars and Arrow for ``arguments``, and answers in the kind it was given.

    Of several tables the first one counts. Where none is given, or another kind of thing is returned than a table,
    the answer stays as it is.

    Examples
    --------
    >>> import pandas as pd, pyarrow as pa
    >>> @same_kind("rows")
    ... def largest(rows: pd.DataFrame) -> pd.DataFrame:
    ...     return rows.sort_values("amount").tail(1)
    >>> largest(pa.table({"amount": [3.0, 9.0, 1.0]})).to_pylist()
    [{'amount': 9.0}]
    """

    def of(function: Callable[P, R]) -> Callable[P, R]:
        places = {name: i for i, name in enumerate(inspect.signature(function).parameters)}
        looked_at = [(name, places.get(name)) for name in arguments]

        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            values, kind = list(args), None
            for name, place in looked_at:
                by_place = place is not None and place < len(values)
                value = values[place] if by_place else kwargs.get(name)  # type: ignore[index]  # by_place: there
                own = kind_of_frame(value)
                kind = kind or own
                if own in ("polars", "arrow"):
                    if by_place:
                        values[place] = pandas_of(value)  # type: ignore[index]  # by_place: there
                    else:
                        kwargs[name] = pandas_of(value)
            answer: R = as_kind(function(*values, **kwargs), kind)  # type: ignore[arg-type]  # as they were
            return answer

        return called

    return of


def _from_arrow(table: pa.Table) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    for field in table.schema:
        column = table[field.name] if pa.types.is_integer(field.type) else None
        if column is not None and column.null_count and (field.name in _IDS or _beyond_floats(column)):
            exact = column.cast(pa.int64()).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
            frame[field.name] = exact.set_axis(frame.index)
    if _DIGEST_IN_ARROW in (table.schema.metadata or {}):
        frame.attrs[_DIGEST] = table.schema.metadata[_DIGEST_IN_ARROW].decode()
    return frame


def _beyond_floats(column: pa.ChunkedArray) -> bool:
    """Whether some whole number would lose digits as a float."""
    import pyarrow.compute as pc

    ends = pc.min_max(column).as_py()
    return ends["max"] is not None and max(-ends["min"], ends["max"]) >= _EXACT


def _to_arrow(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    named = any(name is not None for name in frame.index.names)
    flat = frame.reset_index() if named else frame
    table = pa.Table.from_pandas(flat.set_axis([str(name) for name in flat.columns], axis=1), preserve_index=False)
    for place, field in enumerate(table.schema):
        if field.type == pa.timestamp("s") and _are_days(flat.iloc[:, place]):
            table = table.set_column(place, field.name, table[place].cast(pa.date32()))
    digest = frame.attrs.get(_DIGEST)
    return table.replace_schema_metadata(None if digest is None else {_DIGEST_IN_ARROW: str(digest).encode()})


def _are_days(column: pd.Series) -> bool:
    """Whether moments to the second, as this library writes days, are midnights all."""
    return bool((column.dropna().dt.normalize() == column.dropna()).all())
