"""The kinds of damaged inputs: each draws one into a folder, and says which commands read it and what must add up."""

# lists of bad values read best in few lines
from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from damage import bytes_damaged, text_damaged
from parquet_files import parquet_damaged, table_damaged
from plain_data import data_damaged, json_of, yaml_bomb, yaml_of
from row_files import csv_damaged, json_lines_damaged, workbook_damaged
from stock import COLUMNS, DAY, MODELS, rows_of_invoices

__all__ = ["KINDS", "Case", "Kind"]

Words = tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One input, drawn.

    Attributes
    ----------
    commands : list of tuple of str
        Run one after another, until one refuses.
    rows : int, optional
        Rows that an import must account for, where that is known.
    """

    commands: list[Words]
    rows: int | None = None
    note: str = ""
    calls: list[Callable[[], Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """How to draw a case, and its share of all of them."""

    name: str
    share: int
    draw: Callable[[random.Random, Path, Path], Case]


def _mapping(name: str, **more: Any) -> dict[str, Any]:
    return {"files": [{"file": name, "table": "invoices", "columns": dict(COLUMNS), **more}]}


def _import(place: Path, file: str, mapping: Any, rng: random.Random, rows: int | None = None) -> Case:
    """An import, and of some what follows from it."""
    (place / "map.yaml").write_bytes(mapping if isinstance(mapping, bytes) else yaml.safe_dump(mapping).encode())
    ledger = str(place / "ledger")
    words = [("import", str(place / file), "--mapping", str(place / "map.yaml"), "--out", ledger, "--json")]
    if rng.random() < 0.15:
        words.append(("check", ledger, "--json"))
        words.append(("features", ledger, "--as-of", DAY, "--out", str(place / "features.parquet"), "--json"))
    return Case(words, rows)


def _csv_text() -> str:
    return "\n".join(";".join(row) for row in rows_of_invoices()) + "\n"


def csv_bytes(rng: random.Random, place: Path, stock: Path) -> Case:
    """Bytes of a CSV file."""
    (place / "t.csv").write_bytes(bytes_damaged(_csv_text().encode(rng.choice(("utf-8", "cp1252", "utf-16"))), rng))
    return _import(place, "t.csv", _mapping("t*"), rng)


def csv_cells(rng: random.Random, place: Path, stock: Path) -> Case:
    """Cells, rows, quotes, delimiters and encodings of a CSV file."""
    data, rows = csv_damaged(rows_of_invoices(), rng)
    (place / "t.csv").write_bytes(data)
    return _import(place, "t.csv", _mapping("t*", ids_from_file_and_line=False), rng, rows)


def csv_export(rng: random.Random, place: Path, stock: Path) -> Case:
    """One file of a whole export."""
    for path in (stock / "export").iterdir():
        shutil.copy(path, place / path.name)
    names = sorted(path.name for path in place.glob("*.csv"))
    victim = place / rng.choice(names)
    text = victim.read_bytes().decode("cp1252")
    if rng.random() < 0.5:
        victim.write_bytes(bytes_damaged(text.encode("cp1252"), rng))
    else:
        rows = list(csv.reader(text.splitlines(), delimiter=";"))
        victim.write_bytes(csv_damaged(rows, rng)[0])
    words = ("import", *(str(place / name) for name in names), "--mapping", str(place / "mapping.yaml"))
    return Case([(*words, "--out", str(place / "ledger"), "--json")])


def guess(rng: random.Random, place: Path, stock: Path) -> Case:
    """A first mapping, guessed from a damaged file; then, of some, the import with it."""
    if rng.random() < 0.8:
        (place / "t.csv").write_bytes(csv_damaged(rows_of_invoices(), rng)[0])
        file = "t.csv"
    else:
        parquet_damaged(place / "t.parquet", _invoices(), rng)
        file = "t.parquet"
    made = str(place / "guessed.yaml")
    words = [("import", str(place / file), "--guess", "--mapping", made, "--json")]
    words.append(("import", str(place / file), "--mapping", made, "--out", str(place / "ledger"), "--json"))
    return Case(words)


def mapping(rng: random.Random, place: Path, stock: Path) -> Case:
    """A mapping: its text, its values, bombs and tags; a CSV in its place."""
    rich = {
        "ledger": {"calendar": "BR", "timezone": "America/Sao_Paulo", "currency": "BRL", "known_until": "2025-06-30"},
        **_mapping(
            "t*",
            encoding="utf-8",
            delimiter=";",
            decimal=",",
            dates=["%d/%m/%Y"],
            constants={"fine_rate": 0.02, "uf": "SP"},
            copies={"known_on": "issue_date"},
            values={"kind": {"boleto": "boleto", "": None}},
            format="csv",
        ),
    }
    (place / "t.csv").write_text(_csv_text(), encoding="utf-8")
    what = rng.random()
    if what < 0.55:
        made = yaml_of(data_damaged(rich, rng), rng)
    elif what < 0.8:
        made = text_damaged(yaml.safe_dump(rich, allow_unicode=True), rng).encode("utf-8", "surrogatepass")
    elif what < 0.9:
        made = bytes_damaged(yaml.safe_dump(rich).encode(), rng)
    elif what < 0.95:
        made = yaml_bomb(rng)
    else:  # the wrong file in the wrong place
        made = csv_damaged(rows_of_invoices(), rng)[0]
    return _import(place, "t.csv", made, rng)


def json_lines(rng: random.Random, place: Path, stock: Path) -> Case:
    """Lines of JSON."""
    header, *rows = rows_of_invoices()
    data, number = json_lines_damaged([dict(zip(header, row, strict=True)) for row in rows], rng)
    (place / "t.jsonl").write_bytes(data)
    return _import(place, "t.jsonl", _mapping("t*"), rng, number)


def workbooks(rng: random.Random, place: Path, stock: Path) -> Case:
    """A workbook: its cells, its XML, its archive."""
    number = workbook_damaged(place / "t.xlsx", rows_of_invoices(), rng)
    return _import(place, "t.xlsx", _mapping("t*"), rng, number)


@cache
def _invoices() -> pa.Table:
    header, *rows = rows_of_invoices()
    frame = pd.DataFrame(rows, columns=header)
    for name in ("Emissão", "Vencimento", "Pago em"):
        frame[name] = pd.to_datetime(frame[name], format="%d/%m/%Y")
    frame["Valor"] = [1000.5 + k for k in range(len(frame))]
    return pa.Table.from_pandas(frame)


def parquet(rng: random.Random, place: Path, stock: Path) -> Case:
    """A Parquet file: pages, footer, types, names."""
    number = parquet_damaged(place / "t.parquet", _invoices(), rng)
    return _import(place, "t.parquet", _mapping("t*"), rng, number)


@cache
def _policy_text(name: str) -> str:
    house = Path(__file__).resolve().parents[2]
    files = {"default": "src/inadimplencia_ml/policy/default.yaml", "first": "tests/policy/first_policy.yaml"}
    return (house / files[name]).read_text(encoding="utf-8")


@cache
def _policy(name: str) -> Any:
    return yaml.load(_policy_text(name), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # safe


def policies(rng: random.Random, place: Path, stock: Path) -> Case:
    """A policy: its text, its values, bombs and tags, under check, diff, explain and compliance."""
    name = rng.choice(("default", "first"))
    what = rng.random()
    if what < 0.55:
        damaged = data_damaged(_policy(name), rng)
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        made = yaml.dump(damaged, Dumper=dumper, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass")
    elif what < 0.85:
        made = text_damaged(_policy_text(name), rng).encode("utf-8", "surrogatepass")
    elif what < 0.92:
        made = bytes_damaged(_policy_text(name).encode(), rng)
    else:
        made = yaml_bomb(rng)
    (place / "p.yaml").write_bytes(made)
    file = str(place / "p.yaml")
    verbs: list[Words] = [
        ("policy", "check", file, "--as-of", DAY),
        ("policy", "diff", "default", file, "--json"),
        ("policy", "explain", file, "--as-of", DAY),
        ("policy", "compliance", file, "--as-of", DAY, "--json"),
        (
            "decide",
            str(stock / "results"),
            "--ledger",
            str(stock / "ledger"),
            "--policy",
            file,
            "--out",
            str(place / "out"),
        ),
    ]
    return Case([verbs[0] if rng.random() < 0.5 else rng.choice(verbs[1:])])


def _seal(folder: Path, keep: bool = False) -> None:
    """Makes the digests of a model right again, as one would who means harm."""
    try:
        said = json.loads((folder / "manifest.json").read_bytes())
        for name in said["files"]:
            if (folder / name).is_file() and not keep:
                said["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        (folder / "manifest.json").write_text(json.dumps(said))
    except (ValueError, KeyError, TypeError, RecursionError, OSError, AttributeError):
        pass
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    (folder / "manifest.sha256").write_text(f"{digest}  manifest.json\n")


def _reading_of(name: str, place: Path, stock: Path) -> Words:
    common = (str(stock / "ledger"), "--model", str(place / "model"), "--as-of", DAY, "--out", str(place / "out"))
    if name == "payment":
        return ("forecast", *common)
    return ("score", *common, "--texts", *(("--member", "pd30") if name == "family" else ()))


def bundle(rng: random.Random, place: Path, stock: Path) -> Case:
    """Any file of a model, changed behind its digest; links, names that lead elsewhere, files too many or too few."""
    name = rng.choice((*MODELS, "family", "payment"))
    model = place / "model"
    shutil.copytree(stock / name, model)
    files = sorted(path for path in model.rglob("*") if path.is_file())
    victim = rng.choice(files)
    what = rng.randrange(7)
    if what <= 2:
        victim.write_bytes(bytes_damaged(victim.read_bytes(), rng))
    elif what == 3:
        victim.unlink()
        victim.symlink_to(rng.choice((stock / name / victim.name, Path("/dev/zero"), Path("/etc/passwd"), model)))
    elif what == 4:
        (model / rng.choice(("more.json", ".hidden", "x.pkl", "a b.txt", "conjunto.json"))).write_bytes(b"\x80\x04N.")
    elif what == 5:
        victim.unlink()
        if rng.random() < 0.5:
            victim.mkdir()
    else:
        said = json.loads((stock / name / "manifest.json").read_text()) if name != "family" else {"files": {}}
        at = rng.choice(
            ("../ledger/manifest.json", "/etc/passwd", "..", "a/b.json", "x.json\n", "C:\\x.json", "nul.json")
        )
        said["files"][at] = "0" * 64
        (model / "manifest.json").write_text(json.dumps(said))
        _seal(model)
    return Case([_reading_of(name, place, stock)])


def bundle_sealed(rng: random.Random, place: Path, stock: Path) -> Case:
    """Any file of a model, changed, and its digest with it."""
    name = rng.choice((*MODELS, *MODELS, "payment"))
    model = place / "model"
    shutil.copytree(stock / name, model)
    files = [path for path in sorted(model.iterdir()) if path.name != "manifest.sha256"]
    for _ in range(rng.choice((1, 1, 1, 2))):
        victim = rng.choice(files)
        if victim.suffix == ".txt":
            text = victim.read_text()
            victim.write_bytes(_trees_damaged(text, rng) if rng.random() < 0.8 else bytes_damaged(text.encode(), rng))
        elif rng.random() < 0.85:
            victim.write_bytes(json_of(data_damaged(json.loads(victim.read_bytes()), rng), rng))
            files.remove(victim)
        else:
            victim.write_bytes(bytes_damaged(victim.read_bytes(), rng))
            files.remove(victim)
        if not files:
            break
    _seal(model)
    return Case([_reading_of(name, place, stock)])


_TREE_NUMBERS = (
    "-1",
    "0",
    "1",
    "99999",
    "2147483647",
    "-2147483648",
    "1e308",
    "nan",
    "inf",
    "",
    "x",
    "-99",
    "4294967296",
)


def _trees_damaged(text: str, rng: random.Random) -> bytes:
    """LightGBM's text with numbers of its lines changed: counts, children, features, categories."""
    lines = text.split("\n")
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(lines))
        key, equals, values = lines[at].partition("=")
        if not equals:
            lines[at] = rng.choice(("", "end of trees", "Tree=0", "tree", lines[at] * 2))
            continue
        words = values.split(" ")
        what = rng.randrange(5)
        if what == 0:
            words = words[: rng.randrange(len(words) + 1)]
        elif what == 1:
            words = words * rng.choice((2, 50))
        elif what == 2 and rng.random() < 0.2:
            del lines[at]
            continue
        else:
            words[rng.randrange(len(words))] = rng.choice((*_TREE_NUMBERS, rng.choice(words)))
        lines[at] = key + equals + " ".join(words)
    return "\n".join(lines).encode()


def ledger_folder(rng: random.Random, place: Path, stock: Path) -> Case:
    """Files of a ledger folder: tables, manifest, with and without their digests made right."""
    ledger = place / "ledger"
    shutil.copytree(stock / rng.choice(("ledger", "ledger", "plain")), ledger)
    _one_file_damaged(ledger, rng)
    if rng.random() < 0.4 and (ledger / "manifest.json").exists():
        _seal_ledger(ledger)
    verbs: list[Words] = [
        ("features", str(ledger), "--as-of", DAY, "--out", str(place / "f.parquet"), "--json", "--families", "all"),
        ("features", str(ledger), "--as-of", DAY, "--out", str(place / "f.parquet"), "--json"),
        ("check", str(ledger), "--json"),
        ("partition", str(ledger), "--out", str(place / "dealt"), "--rows-a-part", "30", "--json"),
        ("decide", str(stock / "results"), "--ledger", str(ledger), "--out", str(place / "out"), "--json"),
    ]
    return Case([rng.choice(verbs)])


def _one_file_damaged(folder: Path, rng: random.Random) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    victim = rng.choice(files)
    what = rng.random()
    if what < 0.05:
        victim.unlink()
    elif what < 0.08:
        victim.unlink()
        victim.symlink_to(rng.choice((Path("/dev/zero"), Path("/etc/passwd"), folder)))
    elif victim.suffix == ".json" and what < 0.8:
        victim.write_bytes(json_of(data_damaged(json.loads(victim.read_bytes()), rng), rng))
    elif victim.suffix == ".parquet" and what < 0.8:
        parquet_damaged(victim, pq.read_table(victim), rng)
    else:
        victim.write_bytes(bytes_damaged(victim.read_bytes(), rng))


def _seal_ledger(ledger: Path) -> None:
    try:
        said = json.loads((ledger / "manifest.json").read_bytes())
        for name, entry in said["tables"].items():
            if (ledger / f"{name}.parquet").is_file():  # a device has no end
                entry["sha256"] = hashlib.sha256((ledger / f"{name}.parquet").read_bytes()).hexdigest()
        (ledger / "manifest.json").write_text(json.dumps(said))
    except (ValueError, KeyError, TypeError, RecursionError, OSError, AttributeError):
        pass


def partitions(rng: random.Random, place: Path, stock: Path) -> Case:
    """Files of a ledger in partitions; new facts for it."""
    ledger = place / "ledger"
    shutil.copytree(stock / "partitions", ledger)
    what = rng.random()
    if what < 0.35:  # facts that are damaged
        data, _ = csv_damaged(rows_of_invoices(), rng)
        (place / "t.csv").write_bytes(data)
        (place / "map.yaml").write_bytes(yaml.safe_dump(_mapping("t*")).encode())
        words: Words = ("append", str(ledger), str(place / "t.csv"), "--mapping", str(place / "map.yaml"), "--json")
        return Case([words])
    if what < 0.7:
        file = ledger / "manifest.json"
        file.write_bytes(json_of(data_damaged(json.loads(file.read_bytes()), rng), rng))
    else:
        _one_file_damaged(ledger, rng)
    (place / "t.csv").write_text(_csv_text(), encoding="utf-8")
    (place / "map.yaml").write_bytes(yaml.safe_dump(_mapping("t*")).encode())
    parts = ("--rows-in-memory", "0", "--jobs", "1")
    verbs: list[Words] = [
        ("features", str(ledger), "--as-of", DAY, "--out", str(place / "f.parquet"), "--json"),
        ("append", str(ledger), str(place / "t.csv"), "--mapping", str(place / "map.yaml"), "--json"),
        (
            "score",
            str(ledger),
            "--model",
            str(stock / "scorecard"),
            "--as-of",
            DAY,
            "--out",
            str(place / "out"),
            *parts,
        ),
    ]
    return Case([rng.choice(verbs)])


def results(rng: random.Random, place: Path, stock: Path) -> Case:
    """Scores, decisions and manifests of runs, as input of the next one."""
    name = rng.choice(("results", "results", "history", "parts"))
    shutil.copytree(stock / name, place / "earlier")
    earlier, ledger = str(place / "earlier"), str(stock / "ledger")
    _one_file_damaged(place / "earlier", rng)
    if rng.random() < 0.4:
        victim = place / "earlier" / "scores.parquet"
        if victim.is_file() and not victim.is_symlink() and victim.stat().st_size:
            with contextlib.suppress(pa.ArrowException, OSError, NotImplementedError, ValueError):
                pq.write_table(table_damaged(pq.read_table(victim), rng), victim)
    as_history = ("--history", earlier, "--out", str(place / "out"), "--json")
    verbs: list[Words] = [
        ("decide", earlier, "--ledger", ledger, "--out", str(place / "out"), "--json"),
        ("decide", str(stock / "results"), "--ledger", ledger, *as_history),
        ("score", ledger, "--model", str(stock / "scorecard"), "--as-of", DAY, *as_history, "--policy", "default"),
        ("messages", earlier, "--creditor", str(_creditor(place)), "--out", str(place / "m.jsonl"), "--json"),
    ]
    return Case([rng.choice(verbs)])


def _creditor(place: Path) -> Path:
    file = place / "creditor.yaml"
    said = {"name": "Loja", "document": "11.222.333/0001-81", "address": "Rua A, 1", "service": "0800 000 0000"}
    file.write_text(yaml.safe_dump(said), encoding="utf-8")
    return file


def batch_journal(rng: random.Random, place: Path, stock: Path) -> Case:
    """The journal of a run in parts that was interrupted."""
    shutil.copytree(stock / "interrupted", place / "out")
    _one_file_damaged(place / "out" / ".unfinished", rng)
    words = (
        "score",
        str(stock / "partitions"),
        "--model",
        str(stock / "scorecard"),
        "--as-of",
        DAY,
        "--policy",
        "default",
    )
    return Case([(*words, "--out", str(place / "out"), "--resume", "--jobs", "1", "--json")])


def snapshots(rng: random.Random, place: Path, stock: Path) -> Case:
    """A file of snapshots, Parquet or CSV."""
    table = pq.read_table(stock / "snapshots.parquet")
    if rng.random() < 0.5:
        parquet_damaged(place / "s.parquet", table, rng)
        file = place / "s.parquet"
    else:
        rows = [
            ["client_id", "as_of"],
            *([str(c), str(d)[:10]] for c, d in zip(*table.to_pydict().values(), strict=True)),
        ]
        file = place / "s.csv"
        file.write_bytes(csv_damaged(rows, rng)[0])
    words: list[Words] = [
        ("features", str(stock / "ledger"), "--snapshots", str(file), "--out", str(place / "f.parquet"), "--json"),
        *[
            (
                *("score", str(stock / "ledger"), "--model", str(stock / "scorecard"), "--snapshots", str(file)),
                *("--out", str(place / "out"), "--json", "--allow-stale"),
            )
        ],
    ]
    return Case([rng.choice(words)])


_SETTINGS: dict[str, Any] = {
    "features": [
        {"name": "mean_60d", "measure": "amount", "aggregation": "mean", "window": 60},
        {
            "name": "late_15_180d",
            "aggregation": "count",
            "window": 180,
            "filter": {"days_late": {"ge": 15}, "kind": ["pix"]},
        },
    ],
    "creditor": {"name": "Loja", "document": "11.222.333/0001-81", "address": "Rua A, 1", "service": "0800 000 0000"},
    "training": {
        "n_bootstrap": 50,
        "months": 15,
        "candidates": ["scorecard"],
        "judge_from": "2025-01-01",
        "exclude": ["x"],
    },
}


def settings(rng: random.Random, place: Path, stock: Path) -> Case:
    """Settings in YAML: own features, the creditor, a training (read, not run)."""
    what = rng.choice(list(_SETTINGS))
    roll = rng.random()
    if roll < 0.6:
        made = yaml_of(data_damaged(_SETTINGS[what], rng), rng)
    elif roll < 0.9:
        made = text_damaged(yaml.safe_dump(_SETTINGS[what]), rng).encode("utf-8", "surrogatepass")
    else:
        made = yaml_bomb(rng)
    file = place / "s.yaml"
    file.write_bytes(made)
    if what == "features":
        words = (
            "features",
            str(stock / "ledger"),
            "--as-of",
            DAY,
            "--custom",
            str(file),
            "--out",
            str(place / "f.parquet"),
        )
        return Case([(*words, "--json")])
    if what == "creditor":
        words = ("messages", str(stock / "results"), "--creditor", str(file), "--out", str(place / "m.jsonl"), "--json")
        return Case([words])
    from inadimplencia_ml.training.settings import read_settings_and_targets

    return Case([], calls=[lambda: read_settings_and_targets(file)])


def served(rng: random.Random, place: Path, stock: Path) -> Case:
    """What a server is asked: raw records of one client, as JSON; the model that MLflow hands it."""
    header = list(COLUMNS)
    rows = [dict(zip(header, row, strict=False)) for row in rows_of_invoices()[1:]]
    for row in rows:
        row["client_id"] = rows[0]["client_id"]
        row["amount"] = row["amount"].replace(".", "").replace(",", ".")
        for name in ("issue_date", "due_date", "paid_date"):
            row[name] = "-".join(reversed(row[name].split("/"))) if row[name] else None
    records = data_damaged({"invoices": rows, "attributes": {}}, rng)
    text = json_of(records, rng).decode("utf-8", "replace")
    folder = stock / rng.choice(("scorecard", "family"))
    if rng.random() < 0.3:
        folder = place / "model"
        shutil.copytree(stock / "scorecard", folder)
        _one_file_damaged(folder, rng)
        _seal(folder, keep=rng.random() < 0.5)
    return Case([], calls=[lambda: _answer(folder, text)])


def _answer(folder: Path, text: str) -> Any:
    """As the MLflow model does that holds the folder."""
    from inadimplencia_ml.serving import served_from

    return served_from(folder).predict(pd.DataFrame({"records": [text], "as_of": [DAY]}))


KINDS: tuple[Kind, ...] = (
    Kind("csv_bytes", 2_000, csv_bytes),
    Kind("csv_cells", 4_000, csv_cells),
    Kind("csv_export", 600, csv_export),
    Kind("guess", 800, guess),
    Kind("mapping", 2_200, mapping),
    Kind("json_lines", 1_300, json_lines),
    Kind("workbooks", 900, workbooks),
    Kind("parquet", 1_600, parquet),
    Kind("policies", 1_300, policies),
    Kind("bundle", 600, bundle),
    Kind("bundle_sealed", 1_700, bundle_sealed),
    Kind("ledger_folder", 900, ledger_folder),
    Kind("partitions", 600, partitions),
    Kind("results", 400, results),
    Kind("journal", 200, batch_journal),
    Kind("snapshots", 300, snapshots),
    Kind("settings", 400, settings),
    Kind("served", 200, served),
)
