"""Ends `append` and `apagar` on a ledger in partitions at random moments: the old ledger or the new one must be left.

    python benchmarks/scale/kill_ledger.py                     # each 30 times kill -9; some minutes
    python benchmarks/scale/kill_ledger.py --kills 3 --invoices 5000

Each call is the command itself, on a copy of the same ledger: the facts of a day (invoices, moved due dates, payments
without an id of their own), and one client forgotten in ledger and results, under a pseudonym and erased. It is killed
at a random time after it has begun to write, one in five before that. After a kill, whoever reads the ledger must find
the tables before the call or those after it; then the same command is given again, and all files must be byte by byte
those of a call that nobody disturbed. Linux or macOS.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
from append import facts_of_a_day
from kill import contents, run, say
from large_ledger import LAST_DAY, book_of

import inadimplencia_ml as iml

MAPPING = """files:
  - {file: "*invoices.csv", table: invoices, decimal: ".", dates: ["%Y-%m-%d"],
     columns: {client_id: client_id, invoice_id: invoice_id, amount: amount, issue_date: issue_date,
               due_date: due_date, known_on: known_on}}
  - {file: "*payments.csv", table: payments, decimal: ".", dates: ["%Y-%m-%d"],
     columns: {invoice_id: invoice_id, payment_date: payment_date, amount: amount}}
"""
Contents = dict[str, str]


def made_in(work: Path, invoices: int, facts: int) -> str:
    """A ledger in eight partitions, results over it, and the facts of a day; tells one of its clients."""
    ledger = book_of(invoices, invoices // 40, 1)
    folder, start = ledger.write(work / "ledger"), work / "start"
    start.mkdir()
    iml.partition_ledger(folder, start / "book", rows_a_partition=-(-invoices // 8))
    model = work / "model"
    iml.train(ledger, settings=iml.TrainingSettings(candidates=("boosted",), n_bootstrap=50)).save(model)
    iml.score_in_parts(model, start / "book", start / "run", str(LAST_DAY), policy=iml.Policy.default(), n_jobs=1)
    for name, table in facts_of_a_day(folder, facts).items():
        table.to_csv(work / f"{name}.csv", index=False, sep=";")
    (work / "map.yaml").write_text(MAPPING, encoding="utf-8")
    return str(ledger.frame("invoices")["client_id"].iloc[0])


def command(work: Path, place: Path, what: str, client: str) -> list[str]:
    """The command of a kind of call, on the copy in ``place``."""
    if what == "append":
        words = ["append", place / "book", work / "invoices.csv", work / "payments.csv", "--mapping", work / "map.yaml"]
    else:
        words = ["apagar", place / "book", "--client", client, "--on", "2025-02-01", "--how", what]
        words += ["--reason", "Pedido do titular, art. 18.", "--scores", place / "run"]
    return [sys.executable, "-m", "inadimplencia_ml", *map(str, words)]


def seen_in(place: Path) -> Contents:
    """What whoever reads the ledger finds: a digest of each table."""
    found = {}
    for name, table in iml.read_ledger(place / "book").all_tables().items():
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        found[name] = hashlib.sha256(sink.getvalue()).hexdigest()
    return found


def files_of(place: Path) -> Contents:
    """Every file but locks, which die with their process."""
    return {name: digest for name, digest in contents(place).items() if not name.endswith(".lock")}


def writing(words: list[str], place: Path, after: float | None = None) -> tuple[int, float]:
    """Exit code of a call that is killed some seconds after it began to write, and how long it had written."""
    before = set((place / "book" / "partitions").iterdir())
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as one:
        while one.poll() is None and set((place / "book" / "partitions").iterdir()) == before:
            time.sleep(0.002)
        begin = time.monotonic()
        try:
            one.wait(after)
        except subprocess.TimeoutExpired:
            one.kill()
    return one.returncode, time.monotonic() - begin


def kills(work: Path, what: str, client: str, number: int, dice: random.Random) -> int:
    """Kills ``number`` calls of one kind; how many left or ended in something else than they should."""
    place = work / "whole"
    shutil.copytree(work / "start", place)
    old = seen_in(place)
    code, length = writing(command(work, place, what, client), place)
    if code:
        raise SystemExit(f"{what} ended with {code}")
    new, expected = seen_in(place), files_of(place)
    left, wrong, killed = Counter[str](), 0, 0
    while killed < number:
        copy = work / "killed"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(work / "start", copy)
        words = command(work, copy, what, client)
        early = dice.random() < 0.2
        code = run(words, dice.uniform(0.2, 1.5))[0] if early else writing(words, copy, dice.random() * length)[0]
        if code != -signal.SIGKILL:
            continue  # it was faster
        killed += 1
        seen = seen_in(copy)
        state = "old" if seen == old else "new" if seen == new else "NEITHER"
        state += ", a journal" if list(copy.glob(".*.json")) else ", begun" if files_of(copy) != _BEGIN[0] else ""
        code, told = run(words)
        plain = code == 0 or (code == 1 and "nothing is held" in told)  # the killed call had done it
        same = plain and files_of(copy) == expected
        left[state] += 1
        if not same or "NEITHER" in state:
            wrong += 1
            files = files_of(copy)
            odd = [name for name in {*files, *expected} if files.get(name) != expected.get(name)]
            say(f"  killed {killed:2d}: {state}; again {code}, {told.strip()}, differ: {odd[:5]}")
    shutil.rmtree(place)
    say(f"{what}: writes for {length:.2f} s; {killed} killed, left {dict(left)}; {wrong} wrong")
    return wrong


_BEGIN: list[Contents] = []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--invoices", type=int, default=40_000)
    parser.add_argument("--facts", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inadimplencia-kill-") as folder:
        work, dice = Path(folder), random.Random(given.seed)
        client = made_in(work, given.invoices, given.facts)
        _BEGIN.append(files_of(work / "start"))
        wrong = sum(
            kills(work, what, client, number, dice)
            for what, number in (
                ("append", given.kills),
                ("pseudonymise", -(-given.kills // 2)),
                ("erase", given.kills // 2),
            )
        )
        say(f"{wrong} of the calls were wrong")
        raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
