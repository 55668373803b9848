"""The shell completes verbs, options, their words and names of files, and does not wait for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
BASH = shutil.which("bash")
ASKED = {
    "sco": ["score"],
    "score ledger --al": ["--allow-stale"],
    "policy ex": ["explain"],
    "explain ledger --lang ": ["pt", "en"],
    "train ledger --event l": ["late"],
    "score led": [],  # a name of a file: bash's own completion takes over
    "score ledger --out fol": [],
}


def asked(code: str, **environment: str) -> str:
    """What the command writes in a process of its own."""
    plain = {**os.environ, "PYTHONIOENCODING": "utf-8"} | environment
    done = subprocess.run([sys.executable, "-c", code], env=plain, capture_output=True, encoding="utf-8", check=False)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.skipif(BASH is None or not (BIN / "inadimplencia").exists(), reason="needs bash and the command on disk")
def test_a_real_bash_completes_verbs_options_and_their_words() -> None:
    assert BASH is not None
    lines = ['eval "$(_INADIMPLENCIA_COMPLETE=source_bash inadimplencia)"', "complete -p inadimplencia"]
    for words in ASKED:
        parted = words.split(" ")
        typed = " ".join(f"'{word}'" for word in ("inadimplencia", *parted))
        lines += [f"COMP_WORDS=({typed}); COMP_CWORD={len(parted)}; COMPREPLY=()"]
        lines += ["_inadimplencia_completion inadimplencia", 'echo "${COMPREPLY[*]}"']
    path = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    script = [BASH, "--norc", "--noprofile", "-c", "\n".join(lines)]
    done = subprocess.run(script, env=path, capture_output=True, encoding="utf-8", check=True)
    registered, *told = done.stdout.splitlines()

    assert registered == "complete -o default -F _inadimplencia_completion inadimplencia"
    assert dict(zip(ASKED, [line.split() for line in told], strict=True)) == ASKED


@pytest.mark.parametrize(
    ("shell", "environment", "said"),
    [
        ("zsh", {"_TYPER_COMPLETE_ARGS": "inadimplencia por"}, "_files"),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "inadimplencia append"}, '_arguments.*"append"'),
        (
            "fish",
            {"_TYPER_COMPLETE_ARGS": "inadimplencia append", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
            "append\t",
        ),
    ],
)
def test_zsh_and_fish_are_answered_in_their_own_words(shell: str, environment: dict[str, str], said: str) -> None:
    code = "from inadimplencia_ml.cli import main; main([])"
    told = asked(code, **environment, _INADIMPLENCIA_COMPLETE=f"complete_{shell}")

    assert re.search(said, told), told


def test_help_waits_for_no_library_that_it_does_not_need() -> None:
    heavy = "{'duckdb', 'numpy', 'pandas', 'pyarrow', 'rich', 'yaml'}"
    code = f"""
import sys
from inadimplencia_ml.cli import main
try:
    main(["score", "--help"])
except SystemExit:
    print("loaded", sorted({heavy} & set(sys.modules)))
"""
    assert asked(code).endswith("loaded []\n")
