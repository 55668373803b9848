"""A machine that lacks something, or does not let us write: one sentence with the remedy, or the work all the same."""

from __future__ import annotations

import errno
import io
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from command_runner import DAY, GOOD, contents, done, export, refusal

from inadimplencia_ml.cli import main, places

# ---- LightGBM's runtime


NO_RUNTIME = """
import sys

class Missing:
    def find_spec(self, name, *_):
        if name.partition(".")[0] == "lightgbm":
            raise OSError({said!r})

sys.meta_path.insert(0, Missing())
from inadimplencia_ml.cli import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("libgomp.so.1: cannot open shared object file: No such file or directory", "'sudo apt-get install libgomp1'"),
        ("dlopen(lib_lightgbm.dylib): Library not loaded: @rpath/libomp.dylib", "'brew install libomp'"),
    ],
)
def test_a_missing_openmp_runtime_is_one_sentence_with_the_remedy(chain, said, remedy):
    words = ["explain", chain.ledger, "--model", chain.model, "--client", "C00042", "--as-of", DAY]
    ran = alone(NO_RUNTIME.format(said=said), *words)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("error: lib")
    assert ran.stderr.endswith(f"which LightGBM needs, is missing; {remedy} brings it.\n")
    assert ran.stderr.count("\n") == 1


def alone(code: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Python code run by an interpreter of its own."""
    plain = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    called = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.run(called, env=plain, capture_output=True, encoding="utf-8", check=False, timeout=600)


# ---- numba's cache


def test_numba_gets_a_folder_of_its_own_only_where_no_other_can_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    places.keep_compiled_code()
    assert "NUMBA_CACHE_DIR" not in os.environ

    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")  # restored afterwards
    places.keep_compiled_code()
    made = Path(os.environ["NUMBA_CACHE_DIR"])
    assert made.parent == tmp_path
    assert stat.S_IMODE(made.stat().st_mode) == 0o700

    places.keep_compiled_code()
    assert os.environ["NUMBA_CACHE_DIR"] == str(made)  # one that is said is left alone


READ_ONLY = """
import os, sys, tempfile
allowed, real, access = {allowed!r}, tempfile.TemporaryFile, os.access

def temporary(*args, dir=None, **more):
    if dir is not None and not str(dir).startswith(allowed):
        raise PermissionError(13, "Permission denied", str(dir))
    return real(*args, dir=dir, **more)

tempfile.TemporaryFile = temporary  # numba asks in this way whether a folder can be written
os.access = lambda path, mode, **more: access(path, mode) and (mode != os.W_OK or str(path).startswith(allowed))
tempfile.tempdir = allowed
from inadimplencia_ml.cli import main
main(sys.argv[1:])
"""


def test_the_command_works_where_neither_package_nor_home_can_be_written(tmp_path):
    done(*export(tmp_path, GOOD))
    allowed = tmp_path / "tmp"
    allowed.mkdir()
    ran = alone(READ_ONLY.format(allowed=str(allowed)), "check", tmp_path / "ledger")

    assert "no_due_invoice" in ran.stdout, ran.stderr
    assert (ran.returncode, ran.stderr) == (1, "")  # 1: the finding is an error
    assert list(allowed.iterdir()) == []  # and nothing is left behind


# ---- disks and pipes


def test_a_folder_that_cannot_be_written_is_told_before_the_work(tmp_path, chain, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode, **_: Path(path) != tmp_path)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    score = ("score", chain.ledger, "--model", chain.model, "--as-of", DAY)
    for words in (
        export(tmp_path, GOOD),
        ("features", chain.ledger, "--as-of", DAY, "--out", tmp_path / "f.parquet"),
        ("train", chain.ledger, "--out", tmp_path / "model"),
        (*score, "--out", tmp_path / "out"),
        ("decide", chain.results, "--ledger", chain.ledger, "--out", tmp_path / "out" / "deep"),
    ):
        assert refusal(*words) == f"{tmp_path}: cannot be written."


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path, chain, monkeypatch):
    import pyarrow.parquet as pq

    out = tmp_path / "out"
    score = ("score", chain.ledger, "--model", chain.model, "--out", out, "--as-of")
    done(*score, "2025-05-31")
    imported = export(tmp_path, GOOD)
    done(*imported)
    before = contents(tmp_path)

    def full(_: object, where: object, **__: object) -> None:
        Path(str(where)).write_bytes(b"PAR1")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(where))

    monkeypatch.setattr(pq, "write_table", full)
    for words in ((*score, DAY), imported):
        assert refusal(*words).endswith("No space left on device. Free some space and run it again.")
        assert contents(tmp_path) == before


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_stops_reading_is_no_error(chain, unbuffered):
    called = [sys.executable, "-m", "inadimplencia_ml", "check", str(chain.ledger), "--json"]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        ran = subprocess.run(called, env=environment, stdout=nobody, stderr=subprocess.PIPE, check=False, timeout=300)

    assert ran.stderr == b""
    assert ran.returncode in (0, 1)


def test_a_terminal_that_is_not_utf_8_gets_what_it_can_show(chain, monkeypatch):
    words = ["explain", str(chain.ledger), "--model", str(chain.model), "--client", "C00042", "--as-of", DAY]
    for more in ([], ["--json"]):
        shown = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        monkeypatch.setattr(sys, "stdout", shown)
        with pytest.raises(SystemExit) as ended:
            main([*words, *more])
        assert ended.value.code in (0, None)
        text = shown.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
        assert ("?" in text, "\\u00" in text) == ((False, True) if more else (True, False))
