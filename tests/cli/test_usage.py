"""How the command is used: exit codes, results on stdout, everything else on stderr, JSON for machines."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys

import pytest
from command_runner import DAY, GOOD, done, export, misuse, run
from rich.console import Console
from typer.testing import CliRunner

import inadimplencia_ml
from inadimplencia_ml.cli import show
from inadimplencia_ml.cli.app import _asked, app, main

SHOWN = "import check features train score decide explain".split()
LATER = "messages train-forecast forecast reproduce validate dossie apagar partition append load store demo"
VERBS = ["import", "check", "features", "train", "promote", *SHOWN[4:], *LATER.split()]  # others: in tests of their own
GROUPS = ["policy", "review"]
PROSE = {"policy explain"}  # Markdown for people; the policy itself is YAML


def words_of(verb: str, chain, out) -> tuple[object, ...]:
    """A call of the verb that succeeds."""
    files = sorted(chain.export.glob("*.csv"))
    model = ("--model", chain.model)
    calls = {
        "import": (*files, "--mapping", chain.export / "mapping.yaml", "--out", out),
        "check": (chain.ledger,),
        "features": (chain.ledger, "--as-of", DAY, "--out", out),
        "train": (chain.ledger, "--out", out, "--config", chain.settings),
        "score": (chain.ledger, *model, "--as-of", DAY, "--out", out, "--policy", chain.policy),
        "decide": (chain.results, "--ledger", chain.ledger, "--out", out),
        "explain": (chain.ledger, *model, "--client", "C00042", "--as-of", DAY),
    }
    return (verb, *calls[verb])


# ---- results and messages


@pytest.mark.parametrize("verb", SHOWN)
def test_with_json_stdout_is_json_and_stderr_is_still(tmp_path, chain, verb):
    ran = done(*words_of(verb, chain, tmp_path / "out"), "--json")

    assert isinstance(ran.json, dict)
    assert ran.json
    assert ran.err == ""
    assert "NaN" not in ran.out


@pytest.mark.parametrize("verb", SHOWN)
def test_progress_is_seen_on_a_terminal_and_never_among_the_results(tmp_path, chain, verb, monkeypatch):
    words = words_of(verb, chain, tmp_path / "out")
    terminal = io.StringIO()
    console = Console(file=terminal, force_terminal=True, width=80)
    monkeypatch.setattr(show, "_err", lambda: console)
    monkeypatch.setattr(show, "_on_a_terminal", lambda: True)
    ran = done(*words)

    steps = {
        "import": ["reading", "writing"],
        "features": ["reading", "features"],
        "train": ["reading the ledger", "features and labels", "fitting the kept model"],
        "score": ["reading", "scoring", "deciding", "writing"],
        "decide": ["reading", "deciding", "writing"],
    }
    for step in steps.get(verb, []):
        assert step in terminal.getvalue()
    assert "\x1b" not in ran.out
    assert not re.search(r"^(reading|scoring|deciding|writing|fitting)", ran.out, re.MULTILINE)
    assert ran.out.strip()


def test_a_table_of_results_is_whole_however_narrow_the_terminal(tmp_path, chain, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    ran = done("score", chain.ledger, "--model", chain.model, "--as-of", DAY, "--out", tmp_path / "out")

    assert f"rows -> {tmp_path / 'out' / 'scores.parquet'}" in ran.out  # a path is not broken
    assert "scoreable" in ran.out


def test_what_is_read_from_a_file_is_printed_as_it_stands(tmp_path, chain):
    rows = [GOOD.replace("C1", ":bug:"), GOOD.replace("C1", "[red]x").replace("T1", "T2")]
    done(*export(tmp_path, *rows))
    words = ("--model", chain.model, "--as-of", DAY, "--client")
    told = run("explain", tmp_path / "ledger", *words, ":bugs:").err
    assert "client ':bugs:' is unknown" in told
    assert "client '[red]y' is unknown" in run("explain", tmp_path / "ledger", *words, "[red]y").err


# ---- usage


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("impor",), "No such command 'impor'. Did you mean 'import'?"),
        (("--verbos", "check"), "No such option: --verbos"),
        (("check",), "Missing argument 'LEDGER'"),
        (("check", "ledger", "--jsn"), "--json"),
        (("import",), "Missing argument 'FILE...'"),
        (("features", "ledger"), "Missing option '--out'"),
        (("train", "ledger"), "Missing option '--out'"),
        (("train", "ledger", "--out", "m", "--dpd", "x"), "Invalid value for '--dpd'"),
        (("score", "ledger", "--out", "o", "--as-of", DAY), "Missing option '--model'"),
        (("score", "ledger", "--out", "o", "--model", "m"), "give one of --as-of, --snapshots and --at-issue"),
        (("score", "ledger", "--out", "o", "--model", "m", "--as-of", DAY, "--at-issue"), "give one of"),
        (("score", "ledger", "--out", "o", "--model", "m", "--as-of", DAY, "--snapshots", "s.csv"), "give one of"),
        (("decide", "scores"), "Missing option '--ledger'"),
        (("explain", "ledger", "--model", "m", "--as-of", DAY), "Missing option '--client'"),
        (("demo", "folder"), "unexpected extra argument"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(words, said):
    assert said in misuse(*words)


def test_the_command_alone_shows_its_verbs_and_ends_with_2():
    ran = run()

    assert (ran.code, ran.out) == (2, "")
    assert re.findall(r"^  ([a-z-]+) +\S", ran.err.split("Commands:")[1], re.MULTILINE) == VERBS + GROUPS


def verbs_of(typer_app) -> set[str]:
    return {command.name or command.callback.__name__ for command in typer_app.registered_commands}


def test_every_verb_has_help_and_takes_json():
    assert verbs_of(app) == set(VERBS)
    assert [group.name or group.typer_instance.info.name for group in app.registered_groups] == GROUPS
    inner = [
        f"{group} {verb}"
        for group, one in zip(GROUPS, app.registered_groups, strict=True)
        for verb in sorted(verbs_of(one.typer_instance))
    ]
    for verb in VERBS + inner:
        ran = done(*verb.split(), "--help")
        assert ran.out.startswith(f"Usage: inadimplencia {verb}")
        assert ("--json" in ran.out) == (verb not in PROSE)


def test_the_version_is_told():
    assert done("--version").out == f"inadimplencia {inadimplencia_ml.__version__}\n"


def test_verbose_shows_where_it_broke(tmp_path):
    with pytest.raises(inadimplencia_ml.errors.LedgerError, match="there is no such folder"):
        main(["--verbose", "check", str(tmp_path / "nowhere")])


# ---- as a program of its own


def ran_alone(*words: object, module: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    start = [sys.executable, "-m", "inadimplencia_ml"] if module else [sys.executable, "-c"]
    plain = {**os.environ, "PYTHONIOENCODING": "utf-8"} | environment
    called = [*start, *map(str, words)]
    return subprocess.run(called, env=plain, capture_output=True, encoding="utf-8", check=False, timeout=300)


def test_the_module_is_the_command(tmp_path, chain):
    ran = ran_alone("check", chain.ledger, "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == done("check", chain.ledger, "--json").json

    ran = ran_alone("check", tmp_path)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == f"error: {tmp_path}: holds no invoices.parquet. Make a ledger with `inadimplencia import`.\n"

    ran = ran_alone("chek")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Did you mean 'check'?" in ran.stderr


def test_the_command_needs_no_library_that_is_not_declared():
    """Typer brings what it needs of click; click itself comes only with the tools of development."""
    code = "import sys; sys.modules['click'] = None; from inadimplencia_ml.cli import main; main(['chek'])"
    ran = ran_alone(code, module=False)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Did you mean 'check'?" in ran.stderr


def test_a_verb_that_comes_first_is_made_alone_and_is_the_same():
    assert [verb.name or verb.callback.__name__ for verb in _asked(["features", "--help"]).registered_commands] == [
        "features"
    ]
    assert len(app.registered_commands) == len(VERBS)
    for words in ([], ["--version"], ["fetures"], ["--verbose", "check"], [GROUPS[0]]):
        assert _asked(words) is app
    for verb in ("features", "import"):
        whole = CliRunner().invoke(app, [verb, "--help"], prog_name="inadimplencia").output
        assert done(verb, "--help").out.split() == whole.split()
