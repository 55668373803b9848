"""A PostgreSQL of one's own, in a folder, on loopback: for tests, and for the script that kills it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

_USER = ("nobody", "nogroup")  # in place of root, whom PostgreSQL refuses
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


def folder_for(above: Path) -> Path:
    """A new folder that the server's user may write."""
    folder = Path(tempfile.mkdtemp(prefix="inadimplencia-pg-", dir=above))
    if os.geteuid() == 0:
        shutil.chown(folder, *_USER)
    return folder


class Server:
    """A cluster that can be stopped in the middle of anything, and started again."""

    def __init__(self, programs: Path, folder: Path, *, safe: bool = False) -> None:
        self.programs, self.folder, self.safe = programs, folder, safe
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._run("initdb", "-D", str(folder / "data"), "-U", "owner", "--auth=trust", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        options += "" if self.safe else " -c fsync=off"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self, how: str = "immediate") -> None:
        """``immediate`` is what a crash is: no transaction is ended, the log is read again at the next start."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", how, "stop")

    def url(self, database: str, user: str = "owner", password: str = "") -> str:
        return f"postgresql://{user}{password and ':' + password}@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *words: str) -> None:
        """As another user where we are root, whom PostgreSQL refuses."""
        command = [str(self.programs / program), *words]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid", _USER[0], "--regid", _USER[1], "--clear-groups", *command]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, check=False, env=_plain())
        assert done.returncode == 0, done.stdout + done.stderr


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


def programs() -> Path | None:
    """Where initdb and pg_ctl lie, of the newest version; None where there are none."""
    found = [path for place in _PLACES for path in Path("/").glob(place.lstrip("/")) if (path / "initdb").exists()]
    on_path = shutil.which("initdb")
    return max(found, default=None) or (Path(on_path).parent if on_path else None)
