"""A first mapping of an export, from its headers and checked against its values.

A header only counts if the values can be read as its column asks: a due date must hold dates. What the values leave
open (is 03/04 a day in April or in March?) and what was not mapped is said, never hidden: read it before importing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import MappingError, names_told
from inadimplencia_ml.ledger.csv_rows import decoded, read_csv_rows, sniff_delimiter
from inadimplencia_ml.ledger.exports import existing_files, format_of
from inadimplencia_ml.ledger.findings import as_text
from inadimplencia_ml.ledger.headers import KNOWN_HEADERS, assign, folded
from inadimplencia_ml.ledger.mapping import FileMapping, Mapping, mapping_to_yaml
from inadimplencia_ml.ledger.text_cells import TextFormat, iso_texts, plain_numbers, trimmed
from inadimplencia_ml.parquet import parquet_errors, read_columns
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES

__all__ = ["Guess", "guess_mapping", "mapping_to_yaml"]

_FORMATS = (
    *("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y/%m/%d"),
    *("%Y%m%d", "%Y-%m", "%m/%Y", "%d-%b-%Y"),
)
_READS = 0.95  # share of the different values that must read: some bad cells do not make a date column text
_SAMPLE = 2_000  # different values looked at per column, spread over the file
_DATE_LIKE = r"^\d{1,4}[-/.][0-9A-Za-z]|^\d{6,8}$"
_TRIED = ("invoices", "agreements", "payments", "contacts", "clients", "attributes")
_PERSON = {
    "F": "PF",
    "J": "PJ",
    "FISICA": "PF",
    "JURIDICA": "PJ",
    "FÍSICA": "PF",
    "JURÍDICA": "PJ",
    "PF": "PF",
    "PJ": "PJ",
}


@dataclass(frozen=True)
class Guess:
    """A guessed mapping, and in words what was not decided by the files."""

    mapping: Mapping
    doubts: tuple[str, ...]

    def to_yaml(self) -> str:
        """The mapping as YAML, the doubts as comments above it."""
        head = (
            "A first guess. Read it against the files before importing.",
            "Calendar, time zone and currency are those of Brazil unless you say otherwise.",
        )
        return mapping_to_yaml(self.mapping, head + self.doubts)


@dataclass(frozen=True)
class _File:
    """Different values of each column of a file, as text, and which columns Parquet typed as dates or numbers."""

    path: Path
    values: dict[str, pa.ChunkedArray]
    rows: int
    distinct: dict[str, int]
    dates: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


def guess_mapping(files: Sequence[str | Path]) -> Guess:
    """Guesses the mapping of an export.

    Parameters
    ----------
    files
        CSV or Parquet files with a header.

    Raises
    ------
    LedgerError
        A file is missing, empty, or cannot be read.
    MappingError
        No file looks like invoices.
    """
    entries, doubts = [], []
    opened = [_open(path) for path in existing_files(files)]
    for file in opened:
        entry, said = _guess_file(file)
        doubts += [f"{file.path.name}: {sentence}" for sentence in said]
        if entry is not None:
            entries.append(entry)
    if not any(entry.table == "invoices" for entry in entries):
        headers = "; ".join(f"{file.path.name}: {names_told(file.values)}" for file in opened)
        raise MappingError(
            f"no file looks like invoices: none names a client, a date of issue and a due date. The headers: {headers}"
        )
    return Guess(Mapping(files=tuple(entries)), tuple(doubts))


def _open(path: Path) -> _File:
    if format_of(path) == "parquet":
        return _open_parquet(path)
    if format_of(path) != "csv":
        raise MappingError(f"{path.name}: a first mapping is guessed from CSV and Parquet; write this one by hand.")
    text = decoded(path)
    rows = read_csv_rows(text, sniff_delimiter(text), name=path.name)
    columns: dict[str, pa.ChunkedArray] = {}
    for header, column in zip(rows.header, rows.columns, strict=True):
        if header and rows.header.count(header) == 1:
            columns[header] = trimmed(column)
    different = {header: pc.unique(column).drop_null() for header, column in columns.items()}
    sample = {header: pa.chunked_array([_spread(values)]) for header, values in different.items()}
    return _File(path, sample, len(rows.line), {header: len(values) for header, values in different.items()})


def _spread(values: pa.Array) -> pa.Array:
    step = -(-len(values) // _SAMPLE)
    return values.take(pa.array(range(0, len(values), step))) if step > 1 else values


def _open_parquet(path: Path) -> _File:
    with parquet_errors(f"{path.name} is not a whole Parquet file"):
        table = read_columns(path)
    dates, numbers, sample, distinct = set(), set(), {}, {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind):
            continue  # no column of a ledger
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            dates.add(name)
        if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            numbers.add(name)
        values = pc.unique(column).drop_null()
        distinct[name] = len(values)
        sample[name] = pa.chunked_array([as_text(_spread(values))])
    return _File(path, sample, table.num_rows, distinct, frozenset(dates), frozenset(numbers))


def _guess_file(file: _File) -> tuple[FileMapping | None, list[str]]:
    """The entry of one file, if any table fits it, and what is in doubt."""
    form, doubts, tied = _text_format(file)
    fits = _fits(file, form)
    for table in _TRIED:
        columns = assign(list(file.values), table, fits)
        if _is_whole(table, columns, file):
            break
    else:
        return None, ["no table recognised; it is not in this mapping"]
    if tied & set(columns.values()):
        doubts.append(f"every date reads both as day/month and as month/day; {form.dates[0]} was taken")
    doubts += _doubts(table, columns, file, form)
    name = f"attributes/{re.sub(r'[^a-z0-9]+', '_', file.path.stem.casefold()).strip('_')}"
    more = _numbers_of(file, columns, form) if table == "attributes" else {}
    entry = FileMapping.model_validate(
        {
            "file": re.sub(r"([*?\[])", r"[\1]", file.path.name),
            "table": name if table == "attributes" else table,
            "decimal": form.decimal,
            "dates": form.dates,
            "columns": columns | more,
            "values": _person_values(file, columns) if table == "clients" else {},
            "types": dict.fromkeys(more, "number"),
            "ids_from_file_and_line": table == "invoices" and "invoice_id" not in columns,
        }
    )
    left = [header for header in file.values if header not in entry.columns.values()]
    if left:
        doubts.append("not mapped: " + ", ".join(left))
    return entry, doubts


def _is_whole(table: str, columns: dict[str, str], file: _File) -> bool:
    """Whether the columns found make a table."""
    schema = LEDGER_TABLES.get(table, ATTRIBUTES)
    needed = set(schema.required) - ({"invoice_id"} if table == "invoices" else set())
    if not needed <= set(columns):
        return False
    if table == "payments":
        return bool({"invoice_id", "client_id"} & set(columns))
    if table == "clients":  # one row a client, and something told of it
        alone = "known_on" in columns or file.distinct[columns["client_id"]] >= 0.9 * file.rows
        return len(columns) > 1 and alone
    return True


def _fits(file: _File, form: TextFormat) -> set[tuple[str, str]]:
    """Pairs of ledger column and header whose values can be read as the column asks."""
    dates = {h for h in file.values if h in file.dates or _share_of_dates(file, h, form.dates) >= _READS}
    numbers = {h for h in file.values if h in file.numbers or _share_of_numbers(file, h, form) >= _READS}
    empty = {h for h in file.values if not file.distinct[h]}
    able = {"date": dates | empty, "datetime": dates | empty}
    able |= dict.fromkeys(("amount", "number", "count"), (numbers - file.dates) | empty)
    pairs = set()
    for table in _TRIED:
        schema = LEDGER_TABLES.get(table, ATTRIBUTES)
        for column in KNOWN_HEADERS[table]:
            fitting = able.get(schema.kind_of(column), set(file.values) - file.dates)
            pairs |= {(f"{table}.{column}", header) for header in fitting}
    return pairs


def _share_of_dates(file: _File, header: str, formats: Sequence[str]) -> float:
    values = file.values[header]
    if not pc.any(pc.match_substring_regex(values[:20], _DATE_LIKE)).as_py():
        return 0.0
    few = pa.chunked_array([values[:50].combine_chunks()])
    if len(iso_texts(few, formats, "UTC")[1]) == len(few):
        return 0.0
    _, unread = iso_texts(values, formats, "UTC")
    return 1 - len(unread) / max(len(values), 1)


def _share_of_numbers(file: _File, header: str, form: TextFormat) -> float:
    values = file.values[header]
    return 1 - int(plain_numbers(values, form).null_count) / max(len(values), 1)


def _text_format(file: _File) -> tuple[TextFormat, list[str], set[str]]:
    """How the file writes dates and numbers; also the date columns whose values leave day and month open."""
    doubts: list[str] = []
    text = [header for header in file.values if header not in file.dates | file.numbers and file.distinct[header]]
    dates, tied = _date_formats(file, text)
    numbers = [header for header in text if header not in dates]
    comma, point = TextFormat(",", "."), TextFormat(".", ",")
    better = dict.fromkeys((comma, point), 0)
    for header in numbers:
        shares = {form: _share_of_numbers(file, header, form) for form in (comma, point)}
        if max(shares.values()) < _READS or not _has_marks(file, header):
            continue
        if shares[comma] != shares[point]:
            better[max(shares, key=lambda form: shares[form])] += 1
        else:  # 1.234 reads both ways: three digits behind the only mark are thousands
            better[comma if "." in str(file.values[header][0]) else point] += 1
    form = point if better[point] > better[comma] else comma
    if better[point] and better[comma]:
        doubts.append(f"some columns write numbers with ',' and some with '.'; decimal {form.decimal!r} was taken")
    formats = tuple(dict.fromkeys(dates.values())) or ("%d/%m/%Y",)
    return TextFormat(form.decimal, form.thousands, formats), doubts, tied


def _has_marks(file: _File, header: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(file.values[header], r"\d[.,]\d")).as_py())


def _date_formats(file: _File, headers: Sequence[str]) -> tuple[dict[str, str], set[str]]:
    """For each column of dates its format; day and month are decided by all columns of the file together."""
    read: dict[str, dict[str, float]] = {}
    iso: list[str] = []
    for header in headers:
        words = folded(header)
        plain = pc.all(pc.match_substring_regex(file.values[header], r"^\d+$")).as_py()
        if plain and not {"data", "vencimento", "emissao", "baixa", "pagamento"} & set(words):
            continue  # eight digits are a date only under a header that says so
        if _share_of_dates(file, header, ()) >= _READS:  # ISO reads under every format
            iso.append(header)
            continue
        shares = {form: _share_of_dates(file, header, (form,)) for form in _FORMATS[1:]}
        if max(shares.values()) >= _READS:
            read[header] = shares
    total = {form: sum(shares[form] for shares in read.values()) for form in _FORMATS[1:]}
    chosen, tied = dict.fromkeys(iso, _FORMATS[0]), set()
    for header, shares in read.items():
        able = [form for form in total if shares[form] >= _READS]
        chosen[header] = max(able, key=lambda form: (total[form], -_FORMATS.index(form)))
        other = chosen[header].translate(str.maketrans("dm", "md"))
        if other != chosen[header] and total.get(other, -1.0) == total[chosen[header]]:
            tied.add(header)
    return chosen, tied


def _numbers_of(file: _File, columns: dict[str, str], form: TextFormat) -> dict[str, str]:
    """Number columns of an attributes file under plain names; texts are left to the reader's choice."""
    more: dict[str, str] = {}
    for header in file.values:
        name = re.sub(r"[^a-z0-9]+", "_", header.casefold()).strip("_")
        fits = header in file.numbers or _share_of_numbers(file, header, form) >= _READS
        if header not in columns.values() and file.distinct[header] and fits and name not in ATTRIBUTES.by_name:
            more[name] = header
    return more


def _person_values(file: _File, columns: dict[str, str]) -> dict[str, dict[str, str]]:
    """How the file writes PF and PJ, if it does so in a way we know."""
    if "kind" not in columns:
        return {}
    texts = file.values[columns["kind"]].to_pylist()
    known = {text: _PERSON[text.upper()] for text in texts if text.upper() in _PERSON}
    return {"kind": known} if known and any(text != kind for text, kind in known.items()) else {}


def _doubts(table: str, columns: dict[str, str], file: _File, form: TextFormat) -> list[str]:
    said = []
    if table == "invoices" and "invoice_id" not in columns:
        said.append("no column names the invoice; ids are made from file and line, so later exports do not match them")
    if "invoice_id" in columns and table == "invoices" and file.distinct[columns["invoice_id"]] < file.rows:
        again = file.rows - file.distinct[columns["invoice_id"]]
        said.append(
            f"{columns['invoice_id']!r} repeats in {again:,} rows: the first stays, unless known_on tells a history. "
            "If each instalment has a row of its own, map a column that names the instalment"
        )
    if table == "invoices" and "amount" not in columns:
        said.append("no column gives the amount")
    if table == "invoices" and "cancelled_date" in columns and "cancel_reason" not in columns:
        said.append("cancelled_date has no cancel_reason beside it: every cancellation counts as void")
    if "known_on" in columns:
        said.append(f"known_on is read from {columns['known_on']!r}: check that the row was known that day, not later")
    if set(columns) & {"client_id"} and set(folded(columns["client_id"])) <= {"cnpj", "cpf"}:
        said.append("the tax id serves as client_id; a code of your own would be better, it is no personal datum")
    return said
