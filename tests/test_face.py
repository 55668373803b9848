"""The public names: sorted, all there, and loaded only when used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import inadimplencia_ml as iml


def test_every_public_name_is_there_and_knows_its_name() -> None:
    assert iml.__all__ == sorted(iml.__all__)
    for name in iml.__all__:
        assert getattr(iml, name) is not None, name


def test_the_stub_names_what_the_module_loads() -> None:
    stub = ast.parse(Path(iml.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    named = {alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}

    assert named | {"__version__"} == set(iml.__all__)


def test_a_wrong_name_offers_the_near_one() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'Leger'\. Did you mean 'Ledger'"):
        iml.Leger  # noqa: B018


def test_importing_loads_no_heavy_library() -> None:
    code = "import sys, inadimplencia_ml; print(sorted({'pandas','numba','lightgbm','sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_features_need_neither_scikit_learn_nor_lightgbm() -> None:
    code = (
        "import sys; from inadimplencia_ml.cli import main; import inadimplencia_ml.features.build;"
        "print(sorted({'lightgbm','sklearn','shap'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
