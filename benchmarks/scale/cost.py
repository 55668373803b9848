"""What a million clients cost on this machine, and what a thousand million would on Spark: the tables of docs/cost.md.

    python benchmarks/scale/run.py --invoices 10000000 --clients 200000 --jobs 2 > run.txt
    python benchmarks/scale/cost.py --add run.txt --cores 2      # takes the figures into cost.json
    python benchmarks/scale/cost.py                              # prints the tables
    python benchmarks/scale/cost.py --price 0.05                 # with a price of your own, a core and hour
    python benchmarks/scale/cost.py --write                      # puts the tables into docs/cost.md

Nothing is measured here: figures come from runs of `run.py`, assumptions from `cost.json`, where each says why.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_name("cost.json")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "cost.md"
SIZES, CORES = (1_000_000, 10_000_000, 100_000_000), (1, 2)
_WALL = re.compile(r"^wall ([\d.]+) s, peak ([\d.]+) GB; (.*); in the working processes: (.*)$")
_SIZE = re.compile(r"^\| ([\d-]+) \| (\S+) \| ([\d,]+) invoices, ([\d,]+) clients, (\d+) parts \|")
Record = dict[str, Any]


def read_record(path: Path = RECORD) -> Record:
    """Runs and assumptions as they are kept."""
    record: Record = json.loads(path.read_text(encoding="utf-8"))
    return record


def runs_in(text: str, cores: int) -> list[Record]:
    """The runs that `run.py` told, each in two lines."""
    found: list[Record] = []
    told: re.Match[str] | None = None
    for line in text.splitlines():
        if (wall := _WALL.match(line)) is not None:
            told = wall
        elif (size := _SIZE.match(line)) is not None and told is not None:
            invoices, clients = (int(size[at].replace(",", "")) for at in (3, 4))
            one: Record = {"date": size[1], "invoices": invoices, "clients": clients, "parts": int(size[5])}
            one |= {"cores": cores, "wall_s": float(told[1]), "peak_gb": float(told[2])}
            found.append(one | {"steps": _seconds(told[3]), "inside": _seconds(told[4])})
            told = None
    return found


def _seconds(text: str) -> dict[str, float]:
    return {one.rpartition(" ")[0]: float(one.rpartition(" ")[2]) for one in text.split(", ") if one}


def core_seconds(run: Record) -> float:
    """Core-seconds a million clients: the wall time of the whole job, on all cores it was given."""
    return float(run["wall_s"]) * float(run["cores"]) / float(run["clients"]) * 1e6


def calculated(record: Record, price: float | None = None) -> dict[str, float]:
    """The calculation, line by line; low and high are the least and the most that a run of the basis took."""
    a = {name: float(one["value"]) for name, one in record["assumptions"].items()}
    basis = basis_of(record)
    seconds = [core_seconds(run) for run in basis]
    ratio = basis[0]["invoices"] / basis[0]["clients"]
    factor = a["spark_factor"] * a["skew_factor"] * a["failure_factor"]
    out: dict[str, float] = {"invoices": a["clients"] * ratio, "factor": factor}
    out["shuffle_tb"] = out["invoices"] * a["shuffle_bytes_an_invoice"] / 1e12
    machines = a["cores"] / a["cores_a_machine"]
    out["shuffle_h"] = out["shuffle_tb"] * 1e12 * 8 / (machines * a["gigabit_a_machine"] * 1e9) / 3600
    price = a["price_a_core_hour"] if price is None else price
    for name, one in (("low", min(seconds)), ("high", max(seconds))):
        out[f"plain_{name}"] = one * a["clients"] / 1e6 / 3600
        out[f"hours_{name}"] = out[f"plain_{name}"] * factor / a["cores"] + out["shuffle_h"]
        out[f"core_hours_{name}"] = out[f"hours_{name}"] * a["cores"]
        out[f"price_{name}"] = out[f"core_hours_{name}"] * price
    return out


def basis_of(record: Record) -> list[Record]:
    """The runs of the largest book that was scored with all cores."""
    largest = max(run["invoices"] for run in record["runs"] if run["cores"] == max(CORES))
    return [run for run in record["runs"] if run["cores"] == max(CORES) and run["invoices"] == largest]


def measured_table(record: Record) -> str:
    """Wall time, core-seconds a million clients and memory, by size of the book and cores."""
    head = ("invoices", "clients", "cores", "wall s", "core-seconds a million clients", "peak GB")
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for size in SIZES:
        for cores in CORES:
            runs = [run for run in record["runs"] if run["invoices"] == size and run["cores"] == cores]
            if not runs:
                lines.append(f"| {size:,} | {size // 50:,} | {cores} | not measured yet | | |")
                continue
            cells = [_span(runs, of) for of in (lambda r: r["wall_s"], core_seconds, lambda r: r["peak_gb"])]
            wall, seconds, peak = (cell.format(form) for cell, form in zip(cells, (".1f", ".0f", ".2f"), strict=True))
            lines.append(f"| {size:,} | {runs[0]['clients']:,} | {cores} | {wall} | {seconds} | {peak} |")
    return "\n".join(lines)


class _Span:
    """The least and the most of several runs; one number where they are equal."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def format(self, form: str) -> str:
        low, high = f"{self.low:{form}}", f"{self.high:{form}}"
        return low if low == high else f"{low} to {high}"


def _span(runs: list[Record], of: Callable[[Record], float]) -> _Span:
    values = [of(run) for run in runs]
    return _Span(min(values), max(values))


def assumptions_table(record: Record) -> str:
    """What is taken for granted, how much it is, and why."""
    lines = ["| name | value | why |", "|---|---|---|"]
    lines += [f"| `{name}` | {one['value']:,} | {one['why']} |" for name, one in record["assumptions"].items()]
    return "\n".join(lines)


def calculation_table(record: Record, price: float | None = None) -> str:
    """The steps from a measured run to the price of one run over all clients."""
    c, a = calculated(record, price), {name: one["value"] for name, one in record["assumptions"].items()}
    seconds = _span(basis_of(record), core_seconds).format(".0f")
    paid = a["price_a_core_hour"] if price is None else price

    def low_high(name: str, form: str) -> str:
        return _Span(c[f"{name}_low"], c[f"{name}_high"]).format(form)

    rows = [
        ("core-seconds a million clients", "measured", seconds),
        ("core-hours without Spark", "core-seconds × `clients` / 10⁶ / 3,600", low_high("plain", ",.0f")),
        ("all factors", "`spark_factor` × `skew_factor` × `failure_factor`", f"{c['factor']:.2f}"),
        ("invoices", "`clients` × invoices a client of the book measured", f"{c['invoices'] / 1e9:,.0f} × 10⁹"),
        ("shuffled, TB", "invoices × `shuffle_bytes_an_invoice`", f"{c['shuffle_tb']:,.1f}"),
        ("hours of shuffling", "bits / (`cores` / `cores_a_machine` × `gigabit_a_machine`)", f"{c['shuffle_h']:.2f}"),
        ("hours in all", "core-hours × factors / `cores` + hours of shuffling", low_high("hours", ".2f")),
        ("core-hours paid", "hours in all × `cores`", low_high("core_hours", ",.0f")),
        (f"price of one run at {paid} US$", "core-hours paid × `price_a_core_hour`", low_high("price", ",.2f")),
    ]
    return "\n".join(["| step | from | result |", "|---|---|---|", *(f"| {a} | {b} | {c} |" for a, b, c in rows)])


def tables(record: Record) -> dict[str, str]:
    """The tables of the page by the names of their places."""
    return {
        "measured": measured_table(record),
        "assumptions": assumptions_table(record),
        "calculation": calculation_table(record),
    }


def filled(page: str, record: Record) -> str:
    """The page with its tables as the record gives them."""
    for name, table in tables(record).items():
        mark = f"<!-- {name} -->\n"
        if page.count(mark) != 2:
            raise SystemExit(f"{PAGE}: has no place for the table {name!r}")
        before, _, after = page.split(mark)
        page = f"{before}{mark}{table}\n{mark}{after}"
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--add", type=Path, help="what run.py printed")
    parser.add_argument("--cores", type=int, choices=CORES, help="cores that those runs were given")
    parser.add_argument("--price", type=float, help="US$ a core and hour")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/cost.md")
    given = parser.parse_args()
    record = read_record()
    if given.add is not None:
        if given.cores is None:
            parser.error("--add needs --cores")
        record["runs"] += runs_in(given.add.read_text(encoding="utf-8"), given.cores)
        record["runs"].sort(key=lambda run: (run["invoices"], run["cores"]))
        RECORD.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if given.write:
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")
        return
    told = [measured_table(record), assumptions_table(record), calculation_table(record, given.price)]
    sys.stdout.write("\n\n".join(told) + "\n")


if __name__ == "__main__":
    main()
