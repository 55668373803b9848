"""Where a database is: an address without its password in any message, and what the database refuses, in plain words.

What a database says of a value may hold the value, and so a client: of such errors only the kind is told.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inadimplencia_ml.errors import CallError, DatabaseError, MissingExtraError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["Address", "opened", "plain_errors"]

_DUCK = "duckdb:///"
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_ABOUT_A_VALUE = ("22", "23")  # of SQLSTATE: data exceptions, constraints


@dataclass(frozen=True)
class Address:
    """A DuckDB file, or what SQLAlchemy opens; shown without the password.

    Attributes
    ----------
    told : str
        For messages.
    duck : Path or None
        The DuckDB file.
    url : sqlalchemy.URL or None
    """

    told: str
    duck: Path | None = None
    url: Any = None

    @classmethod
    def of(cls, given: Any) -> Address:
        """An address as given: text, a path of a DuckDB file, or a URL of SQLAlchemy.

        Raises
        ------
        CallError
            It is none. The address is not repeated: it may hold a password.
        MissingExtraError
            The extra ``sql`` is not installed.
        """
        text = str(given) if isinstance(given, (str, Path)) else ""
        if text.startswith(_DUCK) or Path(text).suffix in (".duckdb", ".ddb"):
            path = Path(text.removeprefix(_DUCK))
            return cls(str(path), duck=path)
        sa = _sqlalchemy()
        try:
            url = sa.make_url(given)
        except (sa.exc.ArgumentError, ValueError, TypeError):
            raise CallError(
                "the address of the database is none. Write postgresql://USER@HOST/NAME, sqlite:///FILE.db, or the "
                "name of a DuckDB file, such as book.duckdb."
            ) from None
        url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        return cls(url.set(query={}).render_as_string().replace("+psycopg", ""), url=url)

    def engine(self) -> Engine:
        """What opens connections; it never shows values in its own messages."""
        sa = _sqlalchemy()
        try:
            made: Engine = sa.create_engine(self.url, hide_parameters=True, poolclass=sa.pool.NullPool)
            return made
        except sa.exc.NoSuchModuleError:
            raise CallError(f"{self.told}: no such kind of database is known to SQLAlchemy") from None
        except ModuleNotFoundError as error:
            if error.name == "psycopg":
                raise MissingExtraError.of("psycopg", "sql") from None
            raise MissingExtraError(f"{self.told}: its driver, {error.name}, is not installed") from None


def _sqlalchemy() -> Any:
    try:
        import sqlalchemy
    except ModuleNotFoundError:
        raise MissingExtraError.of("SQLAlchemy", "sql") from None
    return sqlalchemy


@contextlib.contextmanager
def opened(address: Address) -> Iterator[Connection]:
    """A connection, closed at the end; what goes wrong is told in plain words."""
    engine = address.engine()
    try:
        with plain_errors(address), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextlib.contextmanager
def plain_errors(address: Address) -> Iterator[None]:
    """Errors of SQLAlchemy and its drivers as a DatabaseError without values, passwords and traces of both."""
    sa = _sqlalchemy()
    try:
        yield
    except sa.exc.DBAPIError as error:
        cause: Any = error.orig
    except sa.exc.SQLAlchemyError as error:
        cause = error
    except Exception as error:  # of the driver itself, while rows are copied in
        if type(error).__module__.partition(".")[0] not in ("psycopg", "sqlite3"):
            raise
        cause = error
    else:
        return
    raise DatabaseError(f"{address.told}: {_words_of(cause, address)}") from None


def _words_of(error: Any, address: Address) -> str:
    state = getattr(error, "sqlstate", None) or ""
    name = type(error).__name__
    if state[:2] in _ABOUT_A_VALUE:
        return f"refused a value ({name}, SQLSTATE {state}). Nothing of this part was written."
    said = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
    said = " ".join(said.split())
    password = None if address.url is None else address.url.password
    if password:
        said = said.replace(str(password), "***")
    if state[:2] in ("57", "08") or (not state and name in ("OperationalError", "InterfaceError")):
        return f"the connection failed or was lost ({said}). A part is written whole or not at all: run it again."
    return f"{said} ({name})"
