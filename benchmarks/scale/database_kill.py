"""Ends a database server at random moments while results are stored: repeated, each run leaves one row a key.

    python benchmarks/scale/database_kill.py                 # 5 times, 100 k clients in 20 parts; about a minute
    python benchmarks/scale/database_kill.py --kills 20 --clients 10000

The server is a PostgreSQL of its own in a temporary folder, on loopback, with its log on the disk as it would be in
earnest. It is ended as by a crash while `inadimplencia store` writes, started again, and the same command is run again.
The tables must then be, row by row, those of a run that nobody disturbed. Linux or macOS; PostgreSQL must be installed.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))  # the server and the small results are theirs

from databases.own_server import Server, folder_for, programs
from databases.small_results import asked, plan, results, scores

TABLES = ("scores", "decisions", "decision_items")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run_of(folder: Path, clients: int, parts: int) -> Path:
    """Results in parts, as `score_in_parts` leaves them."""
    size = clients // parts
    ids = [[f"C{k:03d}-{i:07d}" for i in range(size)] for k in range(parts)]
    return results(folder, [{"scores": scores(mine)} | plan(mine, items=mine) for mine in ids])


def stored(run: Path, url: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "inadimplencia_ml", "store", str(run), "--to", url]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def contents(url: str) -> list[tuple[object, ...]]:
    """Of each table its rows, its different keys, and a digest of all rows in their order."""
    every = "count(*), count(DISTINCT {key}), md5(string_agg(t::text, '|' ORDER BY t::text))"
    keys = {
        "scores": "(client_id, as_of, model_version)",
        "decisions": "(client_id, as_of, model_version, policy_version)",
    }
    keys["decision_items"] = "(client_id, invoice_id, as_of, model_version, policy_version)"
    return [asked(url, f"SELECT {every.format(key=keys[name])} FROM {name} t")[0] for name in TABLES]


def main() -> int:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--kills", type=int, default=5)
    read.add_argument("--clients", type=int, default=100_000)
    read.add_argument("--parts", type=int, default=20)
    read.add_argument("--seed", type=int, default=1)
    args = read.parse_args()
    there = programs()
    if there is None:
        say("no PostgreSQL is installed here")
        return 1
    dice, bad = random.Random(args.seed), 0
    work, home = Path(tempfile.mkdtemp()), folder_for(Path(tempfile.gettempdir()))
    server = Server(there, home, safe=True)
    try:
        run = run_of(work / "run", args.clients, args.parts)
        begin = time.perf_counter()
        if stored(run, server.url("postgres")).wait():
            say("the undisturbed run failed")
            return 1
        length, expected = time.perf_counter() - begin, contents(server.url("postgres"))
        say(f"undisturbed: {length:.1f} s, rows and keys {[row[:2] for row in expected]}")
        for number in range(args.kills):
            bad += one_kill(server, run, number, dice.uniform(0.3, 0.95) * length, expected)
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)
    say("all as undisturbed" if not bad else f"{bad} differ")
    return int(bad > 0)


def one_kill(server: Server, run: Path, number: int, after: float, expected: list[tuple[object, ...]]) -> int:
    url = server.url("postgres")
    asked(url, f"DROP TABLE IF EXISTS {', '.join(TABLES)}")
    writer = stored(run, url)
    time.sleep(after)
    server.stop()
    told = writer.communicate()[1].strip().splitlines()
    server.start()
    there = asked(url, "SELECT count(*) FROM pg_tables WHERE tablename = 'scores'")[0][0]
    rows = asked(url, "SELECT count(*) FROM scores")[0][0] if there else 0
    again = stored(run, url)
    code = again.wait()
    same = code == 0 and contents(url) == expected
    say(
        f"kill {number + 1} after {after:.1f} s: exit {writer.returncode} ({told[-1][:90] if told else 'done'}), "
        f"{rows:,} scores were there; repeated: exit {code}, {'the same rows' if same else 'OTHER ROWS'}"
    )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
