"""The rules of the house, held by machine: docs/architecture.md and CONTRIBUTING.md tell their reasons.

Each rule is a function from a parsed file to what breaks it: beside "the house keeps it" another test shows that it
bites.
"""

from __future__ import annotations

import ast
import importlib
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[1]
SRC = HOUSE / "src" / "inadimplencia_ml"
FILES = sorted(SRC.rglob("*.py"))
ROOMS = [path for path in FILES if path.name != "__main__.py" and path != SRC / "__init__.py"]

MOST_LINES = 400
MOST_LINES_A_FUNCTION = 60
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "core", "base", "common", "misc", "manager", "tools"}
UNSAFE_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal"}
UNSAFE_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "pd.eval",
    "pd.read_pickle",
    "joblib.load",
    "joblib.dump",
    "yaml.load",
    "yaml.unsafe_load",
    "yaml.full_load",
}

Rule = Callable[[ast.Module], Iterator[str]]


def dotted(node: ast.expr) -> str:
    """``datetime.date.today`` of an expression written so; empty for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""


def calls_of(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def readings_of_the_clock(tree: ast.Module) -> Iterator[str]:
    for call in calls_of(tree):
        name = dotted(call.func)
        last = name.rpartition(".")[2]
        words = [a.value for a in call.args if isinstance(a, ast.Constant)]
        asked = last in {"datetime64", "Timestamp", "to_datetime"} and ("now" in words or "today" in words)
        if asked or last in {"today", "utcnow"} or ("." in name and last == "now") or name == "time.time":
            yield f"line {call.lineno}: {name}"


def unsafe_readings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported = [node.module or ""]
        else:
            continue
        yield from (f"line {node.lineno}: {name}" for name in imported if name.partition(".")[0] in UNSAFE_MODULES)
    for call in calls_of(tree):
        name, options = dotted(call.func), {k.arg: k.value for k in call.keywords}
        allows = "allow_pickle" in options and not is_false(options["allow_pickle"])
        guarded = name == "yaml.load" and dotted(options.get("Loader", call)) in safe_loaders(tree)
        if (name in UNSAFE_CALLS and not guarded) or name.endswith(".to_pickle") or allows:
            yield f"line {call.lineno}: {name}"


def safe_loaders(tree: ast.Module) -> set[str]:
    """The YAML loaders of a file that can build nothing but plain values."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {c.name for c in classes if any(dotted(base).endswith("SafeLoader") for base in c.bases)}


def is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def long_functions(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or is_compiled(node):
            continue
        body = node.body[1:] if ast.get_docstring(node) else node.body
        lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        if lines > MOST_LINES_A_FUNCTION:
            yield f"line {node.lineno}: {node.name} has {lines} lines"


def is_compiled(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Numba kernels may be longer: a compiled pass cut into pieces is harder to read, not easier."""
    names = [dotted(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list]
    return any(name.rpartition(".")[2] in {"entry", "kernel", "inlined", "maker"} for name in names)


def global_seeds(tree: ast.Module) -> Iterator[str]:
    for call in calls_of(tree):
        name = dotted(call.func)
        draws = name.startswith(("np.random.", "numpy.random.")) and name.rpartition(".")[2].islower()
        if (draws and name.rpartition(".")[2] != "default_rng") or name == "random.seed":
            yield f"line {call.lineno}: {name}"
        if name.endswith("default_rng") and not call.args and not call.keywords:
            yield f"line {call.lineno}: {name} without a seed"


def broken_in(rule: Rule, files: list[Path]) -> list[str]:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    return [f"{path.relative_to(HOUSE)} {fault}" for path, tree in trees.items() for fault in rule(tree)]


# --- files -----------------------------------------------------------------------------------------------------------


def test_no_file_is_longer_than_a_reader_bears() -> None:
    lines = {str(path.relative_to(HOUSE)): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: n for name, n in lines.items() if n > MOST_LINES} == {}


def test_every_file_has_a_name_that_says_what_it_is() -> None:
    nameless = [path for path in SRC.rglob("*") if path.stem in NAMES_THAT_SAY_NOTHING]
    hidden = [path for path in FILES if path.stem.startswith("_") and not path.stem.startswith("__")]
    assert nameless + hidden == []


def test_every_file_says_at_its_top_what_it_is_for() -> None:
    silent = [path for path in FILES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(SRC)))
def test_every_room_lists_its_public_names_and_has_them(path: Path) -> None:
    name = ".".join(("inadimplencia_ml", *path.relative_to(SRC).with_suffix("").parts)).removesuffix(".__init__")
    room = importlib.import_module(name)
    listed = getattr(room, "__all__", None)
    if path.name == "__init__.py" and listed is None:
        return  # a folder that offers its files, and no names of its own
    assert listed is not None, f"{name} has no __all__"
    assert [n for n in listed if not hasattr(room, n)] == []
    assert len(set(listed)) == len(listed)


# --- code ------------------------------------------------------------------------------------------------------------


def test_no_function_is_longer_than_a_screen() -> None:
    assert broken_in(long_functions, FILES) == []


def test_no_room_but_the_command_asks_what_day_it_is() -> None:
    rooms = [path for path in FILES if path.relative_to(SRC).parts[0] not in {"cli", "cli.py"}]
    assert broken_in(readings_of_the_clock, rooms) == []


def test_nothing_read_from_a_file_is_ever_run() -> None:
    assert broken_in(unsafe_readings, FILES) == []


def test_chance_comes_in_as_an_argument() -> None:
    assert broken_in(global_seeds, FILES) == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (readings_of_the_clock, "import datetime\nlast = datetime.date.today()"),
        (readings_of_the_clock, "last = pd.Timestamp.now(tz='UTC')"),
        (readings_of_the_clock, "last = np.datetime64('today')"),
        (unsafe_readings, "def read(path):\n    import pickle"),
        (unsafe_readings, "from joblib import load\nimport joblib\nmodel = joblib.load(path)"),
        (unsafe_readings, "np.load(path, allow_pickle=True)"),
        (unsafe_readings, "wanted = eval(condition)"),
        (unsafe_readings, "class Mine(yaml.Loader): ...\nyaml.load(text, Loader=Mine)"),
        (global_seeds, "np.random.seed(0)"),
        (global_seeds, "rng = np.random.default_rng()"),
        (long_functions, "def long():\n" + "    step()\n" * (MOST_LINES_A_FUNCTION + 1)),
    ],
)
def test_a_rule_sees_what_breaks_it(rule: Rule, code: str) -> None:
    assert list(rule(ast.parse(code))) != []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (readings_of_the_clock, "now = Feature(window='now')\nstart = time.perf_counter()"),
        (unsafe_readings, "pattern = re.compile('x')\nrows = con.execute(sql)\nnp.load(path, allow_pickle=False)"),
        (unsafe_readings, "class Strict(yaml.SafeLoader): ...\nyaml.load(text, Loader=Strict)"),
        (global_seeds, "rng = np.random.default_rng(random_state)\nkind = np.random.Generator"),
        (long_functions, "@maker\ndef long():\n" + "    step()\n" * (MOST_LINES_A_FUNCTION + 1)),
    ],
)
def test_a_rule_leaves_honest_code_alone(rule: Rule, code: str) -> None:
    assert list(rule(ast.parse(code))) == []


# --- who may import whom ---------------------------------------------------------------------------------------------


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """The verdict of import-linter on the copy of the house in ``folder``."""
    pytest.importorskip("importlinter", reason="import-linter comes with `make check`")
    # The copy is put before the installed package, so that the linter reads the copy.
    code = f"import sys; sys.path.insert(0, {str(folder / 'src')!r}); from importlinter.cli import lint_imports_command"
    command = [sys.executable, "-c", f"{code}; lint_imports_command(['--no-cache'])"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copied_house(tmp_path: Path) -> Path:
    shutil.copytree(SRC, tmp_path / "src" / "inadimplencia_ml", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_room_imports_only_from_the_floors_below(copied_house: Path) -> None:
    got = lint_imports(copied_house)
    assert got.returncode == 0, got.stdout + got.stderr


@pytest.mark.parametrize(
    ("room", "code", "told"),
    [
        ("pipeline.py", "def peek():\n    from inadimplencia_ml import outcome", "Deciding never sees the future"),
        ("segments.py", "from inadimplencia_ml import ledger", "know no ledger"),
        ("ledger/ledger.py", "from inadimplencia_ml.features import build", "only from the floors below"),
        ("stray.py", '"""A room on no floor."""', "stray"),
    ],
    ids=["a hidden import of labels", "a segment with a ledger", "a ledger with features", "a room on no floor"],
)
def test_an_import_from_above_is_caught(copied_house: Path, room: str, code: str, told: str) -> None:
    with (copied_house / "src" / "inadimplencia_ml" / room).open("a", encoding="utf-8") as file:
        file.write(f"\n\n{code}\n")
    got = lint_imports(copied_house)
    assert got.returncode != 0
    assert told in got.stdout + got.stderr


# --- words -----------------------------------------------------------------------------------------------------------

TEXTS = [
    path
    for folder in ("src", "tests", "docs", "examples", "notebooks", "scripts", ".")
    for path in sorted((HOUSE / folder).glob("*.*" if folder == "." else "**/*.*"))
    if path.suffix in {".py", ".md", ".yaml", ".yml", ".toml", ".ipynb", ".txt"}
]
AN_ADDRESS = re.compile(r"[\w.+-]+@([\w-]+\.)+[a-z]{2,}", re.IGNORECASE)
A_HOME = re.compile(r"(?<![\w.])(/home/|/Users/|/root/|[A-Z]:\\Users\\)\w+")
RESERVED = ("example.com", "example.org", "example.net")


def personal_words(text: str) -> list[str]:
    """E-mail addresses that somebody may own, and paths on somebody's machine."""
    addresses = [m[0] for m in AN_ADDRESS.finditer(text) if not m[0].lower().endswith(RESERVED)]
    return addresses + [m[0] for m in A_HOME.finditer(text)]


def test_no_text_names_a_person_or_their_machine() -> None:
    found = {str(path.relative_to(HOUSE)): personal_words(path.read_text(encoding="utf-8")) for path in TEXTS}
    assert {name: words for name, words in found.items() if words} == {}


def test_an_address_or_a_home_folder_is_seen() -> None:
    address, home = "maria" + "@" + "gmail.com", "/" + "home/maria"
    assert personal_words(f"write to {address}, see {home}, not to maria@example.com") == [address, home]


# --- papers ----------------------------------------------------------------------------------------------------------


def test_the_data_contract_tells_the_tables_as_they_are() -> None:
    pytest.importorskip("inadimplencia_ml.tables")
    script = runpy.run_path(str(HOUSE / "scripts" / "write_docs.py"))
    page = script["PAGE"].read_text(encoding="utf-8")
    assert set(re.findall(r"<!-- table: (\w+) -->", page)) == set(script["TABLES"])
    assert script["written_again"](page) == page, "run `make docs`"


def test_every_decision_note_tells_context_decision_and_consequences() -> None:
    notes = sorted((HOUSE / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [int(note.name[:4]) for note in notes]
    assert numbers == list(range(1, len(notes) + 1))
    for note in notes:
        headings = re.findall(r"^## (.+)$", note.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], note.name


def test_every_link_between_the_papers_leads_somewhere() -> None:
    papers = [*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md"), *(HOUSE / "models").glob("*.md")]
    assert papers
    broken = [
        f"{paper.relative_to(HOUSE)}: {target}"
        for paper in papers
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", paper.read_text(encoding="utf-8"))
        if not (paper.parent / target).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("name", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_every_file_that_a_paper_names_is_there(name: str) -> None:
    named = re.findall(r"`((?:[\w.-]+/)+|[\w./-]+\.(?:py|yaml|md|toml))`", (HOUSE / name).read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (SRC / path).exists() and not (HOUSE / path).exists()] == []


def test_the_architecture_draws_the_floors_as_the_linter_holds_them() -> None:
    settings = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    page = (HOUSE / "docs" / "architecture.md").read_text(encoding="utf-8")
    lines = [line.strip() for line in page.split("<!-- floors -->")[1].splitlines()]
    drawn = [re.split(r" {3,}", line)[0] for line in lines if re.match(r"\d+ ", line)]
    assert [set(re.findall(r"[a-z_]+", rooms)) for rooms in drawn] == [set(re.findall(r"\w+", n)) for n in layers]


def test_the_readme_tells_every_verb_of_the_command_and_no_other() -> None:
    command = [sys.executable, "-m", "inadimplencia_ml", "--help"]
    plain = {**os.environ, "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}
    plain = {name: value for name, value in plain.items() if name not in {"FORCE_COLOR", "GITHUB_ACTIONS"}}
    ran = subprocess.run(command, cwd=HOUSE / "src", env=plain, capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stderr
    table = (HOUSE / "README.md").read_text(encoding="utf-8").split("<!-- verbs -->")[1]
    told = re.findall(r"^\| `([\w-]+)", table, re.MULTILINE)
    had = re.findall(r"^\W*([a-z-]+) {2,}\S", ran.stdout.split("Commands")[1], re.MULTILINE)
    assert sorted(told) == sorted(had)
