"""What is damaged: small sound inputs of every kind, made once. Clients bear names and tax ids that nobody has.

A name or a tax id of these that comes up in a message is a leak: `personal` looks for them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

import inadimplencia_ml as iml
from inadimplencia_ml.batch import journal, run
from inadimplencia_ml.batch.results import scores_table
from inadimplencia_ml.storage import write_parquet
from inadimplencia_ml.synthetic import generate_book, write_erp_export

__all__ = ["COLUMNS", "DAY", "EARLIER", "MODELS", "make_stock", "personal", "rows_of_invoices"]

DAY, EARLIER = "2025-03-31", "2025-02-28"
COLUMNS = {
    "client_id": "Cliente",
    "invoice_id": "Título",
    "issue_date": "Emissão",
    "due_date": "Vencimento",
    "amount": "Valor",
    "paid_date": "Pago em",
    "kind": "Tipo",
}
MODELS = ("scorecard", "boosted", "blend", "wrapped")
_SURNAME = "Plantada"
_PLANTED = re.compile(r"plantada|\d{3}\.\d{3}\.\d{3}-\d{2}|(?<!\d)7777\d{7}(?!\d)", re.IGNORECASE)


def personal(text: str) -> str | None:
    """A name or a tax id of the stock in a text."""
    found = _PLANTED.search(text)
    return None if found is None else found[0]


def name_of(client: str) -> str:
    """The client's id, which is a name here."""
    return f"Maria {_SURNAME} {client[1:]}"


def tax_id_of(number: int) -> str:
    """A CPF with right check digits, as nobody has it."""
    digits = [int(d) for d in f"7777{number:05d}"]
    for _ in range(2):
        rest = sum(d * w for d, w in zip(digits, range(len(digits) + 1, 1, -1), strict=True)) * 10 % 11
        digits.append(rest % 10)
    return "".join(map(str, digits))


def make_stock(folder: Path) -> Path:
    """Makes the stock; what is there stays. It takes half a minute of processor, most of it for the models."""
    if (folder / "done").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    _export(folder)
    _models(folder)
    for name in ("ledger", "partitions", "plain", "history", "results", "parts", "interrupted"):
        shutil.rmtree(folder / name, ignore_errors=True)
    ledger = _book(14, 3).write(folder / "ledger")
    iml.partition_ledger(ledger, folder / "partitions", rows_a_partition=40)
    _plain(folder)
    _results(folder, iml.read_ledger(ledger))
    (folder / "done").touch()
    return folder


@cache
def rows_of_invoices(rows: int = 12) -> list[list[str]]:
    """A small export of invoices as text, its header first."""
    out = [[*COLUMNS.values(), "CPF"]]
    for k in range(rows):
        day = pd.Timestamp("2025-01-02") + pd.Timedelta(days=5 * k)
        paid = (day + pd.Timedelta(days=33)).strftime("%d/%m/%Y") if k % 3 else ""
        dates = [day.strftime("%d/%m/%Y"), (day + pd.Timedelta(days=30)).strftime("%d/%m/%Y")]
        cells = [name_of(f"C{k % 4:05d}"), f"T{k:04d}", *dates, f"1.{k:03d},50", paid, "boleto", tax_id_of(k % 4)]
        out.append(cells)
    return out


def _book(clients: int, seed: int) -> Any:
    book = generate_book(clients, random_state=seed, start="2024-03-01", end=DAY)
    tables = {name: _named(frame) for name, frame in book.tables.items()}
    people = tables["clients"]
    tables["clients"] = people.assign(tax_id=[tax_id_of(k) for k in range(len(people))])
    attributes = {name: _named(frame) for name, frame in book.attributes.items()}
    return iml.Ledger(**tables, attributes=attributes, known_until=DAY)


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(client_id=frame["client_id"].map(name_of)) if "client_id" in frame.columns else frame


def _export(folder: Path) -> None:
    """The files of an ERP, with names in the place of the ids."""
    write_erp_export(generate_book(10, random_state=4, start="2024-09-01", end=DAY), folder / "export")
    for path in (folder / "export").glob("*.csv"):
        text = path.read_bytes().decode("cp1252")
        path.write_bytes(re.sub(r"\bC(\d{5})\b", rf"Maria {_SURNAME} \1", text).encode("cp1252"))


def _plain(folder: Path) -> None:
    """A ledger folder of plain Parquet files, which pass the door each time they are read."""
    book = iml.read_ledger(folder / "ledger")
    for name, table in book.all_tables().items():
        write_parquet(table, folder / "plain" / f"{name}.parquet")
    ids = pa.compute.unique(book.tables["invoices"]["client_id"])
    write_parquet(pa.table({"client_id": ids, "group_id": ["G"] * len(ids)}), folder / "plain" / "links.parquet")


def _models(folder: Path) -> None:
    quick: dict[str, Any] = {"n_bootstrap": 50, "judge_bads": 5, "months": 14}
    book = generate_book(170, random_state=1, start="2023-07-01", end=DAY)
    ledger = iml.Ledger(**{name: _named(frame) for name, frame in book.tables.items()}, known_until=DAY)
    made: dict[str, Callable[[], Any]] = {
        name: partial(iml.train, ledger, settings=iml.TrainingSettings(candidates=(name,), **quick))
        for name in ("scorecard", "boosted", "blend")
    }
    targets = {"pd30": iml.Target(), "pd60": iml.Target(dpd=60)}
    cards = iml.TrainingSettings(candidates=("scorecard",), **quick)
    made["family"] = partial(iml.train_family, ledger, targets, settings=cards)
    made["payment"] = partial(iml.train_time_to_payment, ledger, cut=EARLIER, horizon_days=60)
    made["wrapped"] = _wrapped
    for name, make in made.items():
        if not (folder / name).exists():
            make().save(folder / name)


def _wrapped() -> Any:
    """A model of another house: a wrapped one needs more clients, whose outcomes it has not seen."""
    from lightgbm import LGBMClassifier

    book, cut = generate_book(260, random_state=8, start="2022-09-01", end=DAY), "2024-01-31"
    ledger = iml.Ledger(**book.tables, known_until=DAY)
    known = ledger.known_at(cut)
    snapshots = iml.make_snapshots(known, every="month", from_="2022-12-01", to="2023-10-31")
    event = iml.label(known, snapshots, iml.Target(), labels_known_at=cut)["event"]
    kept = event.notna().to_numpy()
    read = ["late_share_365d", "days_late_mean_365d", "overdue_amount", "on_time_streak", "tenure_days"]
    x = iml.build_features(known, snapshots)[kept][read]
    fitted = LGBMClassifier(n_estimators=5, num_leaves=4, verbosity=-1, n_jobs=1).fit(x, event[kept].astype(int))
    return iml.wrap(fitted, ledger, fitted_to=cut, settings=iml.TrainingSettings(n_bootstrap=50, judge_bads=5))


def _results(folder: Path, ledger: Any) -> None:
    """Scores and a plan of two days, in files and in parts, and a run in parts that was interrupted."""
    model = iml.load_model(folder / "scorecard")
    for name, day in (("history", EARLIER), ("results", DAY)):
        scores = model.score(ledger, as_of=day)
        plan = iml.decide(iml.Policy.default(), scores, ledger, day)
        for table, rows in ({"scores": scores_table(scores)} | plan.tables).items():
            write_parquet(rows, folder / name / f"{table}.parquet")
    pd.DataFrame(iml.make_snapshots(ledger, DAY)).to_parquet(folder / "snapshots.parquet")
    how: dict[str, Any] = {"policy": iml.Policy.default(), "n_jobs": 1}
    iml.score_in_parts(folder / "scorecard", folder / "partitions", folder / "parts", DAY, **how)
    kept = journal.Journal.keep

    def twice(self: Any, k: int, record: Any) -> None:
        kept(self, k, record)
        if k == 1:
            raise KeyboardInterrupt

    run.Journal.keep = twice  # type: ignore[method-assign]
    try:
        iml.score_in_parts(folder / "scorecard", folder / "partitions", folder / "interrupted", DAY, **how)
    except KeyboardInterrupt:
        pass
    finally:
        run.Journal.keep = kept  # type: ignore[method-assign]
