"""A PostgreSQL of the tests' own: made in a temporary folder, on loopback, ended with the session."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from databases.own_server import Server, folder_for, programs


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    missing = [name for name in ("sqlalchemy", "psycopg") if not _importable(name)]
    there = programs()
    if "CI" not in os.environ and missing:
        pytest.skip("needs the extra sql")
    if "CI" not in os.environ and there is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    assert not missing
    assert there is not None, "no PostgreSQL: .ci/run installs it"
    folder = folder_for(Path(tempfile.gettempdir()))
    one = None
    try:
        one = Server(there, folder)
        yield one
    finally:
        if one is not None:
            one.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _importable(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


@pytest.fixture
def postgres(server: Server, request: pytest.FixtureRequest) -> str:
    """The address of an empty database."""
    import sqlalchemy as sa

    name = f"book_{abs(hash(request.node.name)) % 10**8}"
    admin = sa.create_engine(
        server.url("postgres").replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool
    )
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    return server.url(name)


@pytest.fixture(params=["postgres", "sqlite", "duckdb"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each kind of database in turn, empty."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres"))
    if request.param == "duckdb":
        return str(tmp_path / "book.duckdb")
    pytest.importorskip("sqlalchemy", reason="needs the extra sql")
    return f"sqlite:///{tmp_path / 'book.db'}"
