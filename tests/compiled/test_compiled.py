"""Machine code that outlives the process: the same results, never from another source, never from a strange file."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from inadimplencia_ml.compiled import entry, inlined, kernel
from inadimplencia_ml.compiled.sources import digest_of
from inadimplencia_ml.compiled.store import stored, to_store

STEP = 3


@inlined
def doubled(x):
    return 2 * x


@kernel
def further(x):
    return doubled(x) + STEP


@entry
def fill(low, values, pair, out):
    for i in range(low, len(values)):
        out[i] = further(values[i]) + pair[0][i] + pair[1][0, i]


def given(n: int = 7):
    values = np.arange(n, dtype=np.int32)
    pair = (np.ones(n), np.arange(2 * n, dtype=np.int64).reshape(2, n))
    return values, pair, np.zeros(n)


@pytest.fixture
def own_store(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_an_entry_does_what_its_function_says(own_store):
    values, pair, out = given()
    fill(2, values, pair, out)

    expected = 2.0 * values + STEP + pair[0] + pair[1][0]
    assert out.tolist() == [0.0, 0.0, *expected[2:].tolist()]
    assert [file.suffix for file in own_store.iterdir()] == [".code"]


def test_where_the_code_cannot_be_loaded_numba_does_it(own_store, monkeypatch):
    from inadimplencia_ml.compiled import lazy

    monkeypatch.setattr(lazy, "load", lambda code: None)

    @entry
    def counts(out):
        for i in range(len(out)):
            out[i] = i

    out = np.zeros(4)
    counts(out)
    assert out.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert list(own_store.glob("*.code")) == []


def test_arrays_that_are_read_only_or_lie_apart_are_read_as_they_are(own_store):
    values, pair, out = given()
    values.flags.writeable = False
    wide = np.zeros(2 * len(out))
    fill(0, values, pair, wide[::2])

    fill(0, values.copy(), pair, out)
    assert wide[::2].tolist() == out.tolist()
    assert not wide[1::2].any()


def test_what_is_no_array_and_no_whole_number_is_refused():
    values, pair, out = given()
    with pytest.raises(TypeError, match="not float"):
        fill(0.5, values, pair, out)


def test_an_entry_may_neither_make_arrays_nor_return_anything(own_store):
    from numba.core.errors import TypingError  # here: another test looks who loads numba

    @entry
    def makes(out):
        out[0] = np.ones(3).sum()

    @entry
    def returns(out):
        return out[0]

    with pytest.raises(TypingError, match="Only accept returning of array"):
        makes(np.zeros(1))
    with pytest.raises(TypeError, match="returns something"):
        returns(np.zeros(1))


def test_code_is_named_for_all_that_it_is_made_from(monkeypatch):
    before = digest_of(fill.py_func, "types")
    assert digest_of(fill.py_func, "types") == before
    assert digest_of(fill.py_func, "other types") != before

    monkeypatch.setitem(globals(), "STEP", 4)  # a constant of a function that it calls
    assert digest_of(fill.py_func, "types") != before
    monkeypatch.setitem(globals(), "STEP", 3)
    assert digest_of(fill.py_func, "types") == before
    monkeypatch.setitem(globals(), "doubled", inlined(lambda x: 3 * x))  # and one that is called from there
    assert digest_of(fill.py_func, "types") != before


def test_a_file_that_is_not_whole_is_not_used(own_store):
    to_store("name", "key", b"some code")
    assert stored("name", "key") == b"some code"
    assert stored("name", "another key") is None

    (file,) = own_store.iterdir()
    for kept in (b"", file.read_bytes()[:-1], file.read_bytes() + b"x"):
        file.write_bytes(kept)
        assert stored("name", "key") is None


def test_a_folder_of_the_user_that_others_can_write_is_not_read(tmp_path, monkeypatch):
    from inadimplencia_ml.compiled import store

    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(store, "_PACKAGE", tmp_path / "no" / "such")
    home = tmp_path / "inadimplencia_ml"
    assert home in store._folders()

    (tmp_path / "no").write_text("a file: nothing can be written below it")
    to_store("name", "key", b"code")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stored("name", "key") == b"code"
    home.chmod(0o777)
    assert home not in store._folders()
    assert stored("name", "key") is None


SECOND = """
import sys
sys.path.insert(0, {here!r})
import numpy as np, test_compiled as t
values, pair, out = t.given()
t.fill(0, values, pair, out)
print(out.sum(), "numba" in sys.modules)
"""


def test_a_second_process_calls_the_code_without_numba(tmp_path):
    code = SECOND.format(here=str(Path(__file__).parent))
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    told = [
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert [line.split()[1] for line in told] == ["True", "False"]
    assert told[0].split()[0] == told[1].split()[0]


def test_processes_that_want_the_same_code_compile_it_once(tmp_path):
    code = (
        "from inadimplencia_ml.compiled import lazy; made = []; make = lazy.machine_code\n"
        "lazy.machine_code = lambda *given: (made.append(1), make(*given))[1]\n"
        "import numpy as np; from inadimplencia_ml.ledger.codes import mark\n"
        "mark(np.array([3, 4]), 3, np.zeros(2, bool)); print(len(made))"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", code]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    assert sorted(one.communicate()[0].strip() for one in both) == ["0", "1"]
    assert [file.suffix for file in tmp_path.iterdir()] == [".code"]


CALLER = """
import numpy as np
from inadimplencia_ml.compiled import maker
from {package} import called
from {package}.called import inner

@maker
def both(n):
    made = np.zeros(n)
    made[:] = inner(n) + called.other(n)
    return made.sum()
"""
CALLED = """
from inadimplencia_ml.compiled import kernel, maker

@kernel
def inner(n):
    return n * {factor}

@maker
def other(n):
    return n + {term}
"""


def test_kept_code_of_a_maker_is_not_used_once_a_function_of_another_file_is_another(tmp_path):
    package = tmp_path / "two_files"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "caller.py").write_text(CALLER.format(package=package.name))
    kept = tmp_path / "kept"
    environment = os.environ | {"NUMBA_CACHE_DIR": str(kept), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", "from two_files.caller import both; print(both(10))"]

    def told(factor: int, term: int) -> str:
        (package / "called.py").write_text(CALLED.format(factor=factor, term=term))
        ended = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
        return ended.stdout.strip()

    def files() -> dict[str, int]:
        return {file.name: file.stat().st_mtime_ns for file in kept.rglob("*.nbi")}

    assert told(2, 1) == "310.0"
    made = files()
    assert told(2, 1) == "310.0"
    assert files() == made  # it came from the cache
    assert told(3, 1) == "410.0"
    assert told(3, 5) == "450.0"
