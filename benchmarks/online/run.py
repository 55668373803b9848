"""Times `score_one`: one client, from raw records to the answer, after loading.

    python benchmarks/online/run.py                            # the sample model; 0, 3, 60 and 1,000 invoices
    python benchmarks/online/run.py --model FOLDER --runs 2000
    python benchmarks/online/run.py --profile 60               # where the time of a client with 60 invoices goes
    python benchmarks/online/run.py --http                     # through examples/fastapi_app.py on loopback

Every call gets records of its own, as an application would send them, drawn before the clock starts. What is printed
are rows for the table of docs/benchmarks.md. `--http` needs fastapi and uvicorn.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime as dt
import http.client
import json
import os
import pstats
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import inadimplencia_ml as iml

AS_OF = dt.date(2025, 6, 30)
SIZES = (0, 3, 60, 1_000)
PORT = 8765
ROOT = Path(__file__).resolve().parents[2]


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def client(invoices: int, *, whole: bool, seed: int) -> dict[str, Any]:
    """The records of an invented client; ``whole``: with what is known of it, contacts, promises and a bureau."""
    draw = random.Random(seed)
    who = f"C{seed:06d}"
    told: dict[str, Any] = {"invoices": [], "payments": []}
    for i in range(invoices):
        issued = AS_OF - dt.timedelta(days=draw.randrange(0, 900))
        due = issued + dt.timedelta(days=draw.choice((15, 30, 45)))
        paid = due + dt.timedelta(days=int(draw.gauss(3, 9)))
        amount = round(draw.lognormvariate(6.5, 0.8), 2)
        row = {"client_id": who, "invoice_id": f"{who}-{i}", "issue_date": str(issued), "due_date": str(due)}
        told["invoices"].append(row | {"amount": amount, "kind": "boleto", "uf": "SP", "known_on": str(issued)})
        if paid <= AS_OF and draw.random() < 0.97:
            booked = str(paid + dt.timedelta(days=draw.randrange(3)))
            row = {"invoice_id": f"{who}-{i}", "payment_date": str(max(paid, issued)), "amount": amount}
            told["payments"].append(row | {"kind": "payment", "method": "boleto", "known_on": booked})
    if whole or not invoices:
        about = {"client_id": who, "known_on": "2022-01-03", "kind": "PJ", "uf": "SP", "since": "2020-05-04"}
        told["clients"] = [about | {"business_segment": "varejo", "income": 42_000.0, "credit_limit": 15_000.0}]
    if whole:
        told |= _around(who, draw)
    return told


def _around(who: str, draw: random.Random) -> dict[str, Any]:
    days = [AS_OF - dt.timedelta(days=7 * k + draw.randrange(7)) for k in range(1, 7)]
    called = [{"client_id": who, "contacted_at": f"{day}T10:30", "channel": "whatsapp"} for day in days]
    promise = {"client_id": who, "agreement_id": f"P{who}", "created_at": str(days[3]), "kind": "promise"}
    bureau = {"client_id": who, "known_on": str(days[5]), "score": draw.randrange(200, 900), "negative_entries": 1}
    return {
        "contacts": [one | {"direction": "outbound", "replied_on": str(days[0])} for one in called],
        "agreements": [promise | {"due_date": str(days[1]), "amount": 500.0}],
        "attributes": {"bureau": [bureau]},
    }


def timed(call: Callable[[dict[str, Any]], Any], clients: list[dict[str, Any]]) -> list[float]:
    """Milliseconds of each call."""
    out = []
    for records in clients:
        begin = time.perf_counter()
        call(records)
        out.append(1e3 * (time.perf_counter() - begin))
    return out


def told(ms: list[float]) -> str:
    """Median, 99th percentile and maximum."""
    return f"{statistics.median(ms):.2f} / {statistics.quantiles(ms, n=100)[98]:.2f} / {max(ms):.2f}"


def in_process(model: iml.Model, runs: int) -> None:
    for whole in (False, True):
        for invoices in SIZES:
            number = max(100, runs // 4) if invoices >= 1_000 else runs
            clients = [client(invoices, whole=whole, seed=seed) for seed in range(number)]
            timed(lambda records: model.score_one(records, AS_OF), clients[:20])
            ms = timed(lambda records: model.score_one(records, AS_OF), clients)
            what = "invoices, payments, client, contacts, promises, bureau" if whole else "invoices, payments"
            say(f"| {invoices:,} | {what} | {told(ms)} |")


def in_threads(model: iml.Model, runs: int, threads: int) -> None:
    clients = [client(60, whole=True, seed=seed) for seed in range(runs)]
    with ThreadPoolExecutor(threads) as pool:
        begin = time.perf_counter()
        list(pool.map(lambda records: model.score_one(records, AS_OF), clients))
        took = time.perf_counter() - begin
    say(f"{threads} threads, 60 invoices each: {runs / took:,.0f} clients a second")


def profile(model: iml.Model, invoices: int, runs: int) -> None:
    clients = [client(invoices, whole=True, seed=seed) for seed in range(runs)]
    timed(lambda records: model.score_one(records, AS_OF), clients[:20])
    with cProfile.Profile() as found:
        for records in clients:
            model.score_one(records, AS_OF)
    pstats.Stats(found).sort_stats("tottime").print_stats(45)


def over_http(model: Path, runs: int, threads: int) -> None:
    """The example endpoint under a small load: each thread keeps one connection and asks again at once."""
    app = ["uvicorn", "--app-dir", str(ROOT / "examples"), "fastapi_app:app", "--port", str(PORT), "--no-access-log"]
    server = subprocess.Popen([sys.executable, "-m", *app], env={**os.environ, "MODEL": str(model)})
    try:
        _wait()
        for n in (1, threads):
            bodies = [_body(seed) for seed in range(runs)]
            _asked(bodies[:20])
            begin = time.perf_counter()
            with ThreadPoolExecutor(n) as pool:
                ms = [one for part in pool.map(_asked, [bodies[k::n] for k in range(n)]) for one in part]
            rate = runs / (time.perf_counter() - begin)
            say(f"| HTTP, {n} connections, 60 invoices | {told(ms)} | {rate:,.0f} answers a second |")
    finally:
        server.terminate()
        server.wait()


def _body(seed: int) -> bytes:
    return json.dumps({"as_of": str(AS_OF), "records": client(60, whole=True, seed=seed)}).encode()


def _wait() -> None:
    for _ in range(300):
        try:
            line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            line.request("GET", "/health")
            line.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the endpoint did not start")


def _asked(bodies: list[bytes]) -> list[float]:
    line, out = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60), []
    for body in bodies:
        begin = time.perf_counter()
        line.request("POST", "/score", body, {"Content-Type": "application/json"})
        answer = line.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(text.decode())
        out.append(1e3 * (time.perf_counter() - begin))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "sample")
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--profile", type=int, metavar="INVOICES")
    parser.add_argument("--http", action="store_true")
    given = parser.parse_args()
    if given.http:
        over_http(given.model, given.runs, given.threads)
        return
    begin = time.perf_counter()
    iml.load_model(given.model)
    imported = time.perf_counter()
    model = iml.load_model(given.model)
    loaded = time.perf_counter()
    model.score_one(client(3, whole=True, seed=0), AS_OF)
    first = time.perf_counter() - loaded
    say(f"imports and load {imported - begin:.2f} s, load again {loaded - imported:.2f} s, first call {first:.2f} s")
    say(model.version)
    if given.profile is not None:
        profile(model, given.profile, given.runs)
        return
    in_process(model, given.runs)
    in_threads(model, given.runs, given.threads)


if __name__ == "__main__":
    main()
