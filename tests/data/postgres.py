"""A real PostgreSQL server on loopback for the tests: its own folder, a free port, gone at the end."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

QUICK = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=20 -c timezone=Asia/Tokyo"


@dataclass(frozen=True)
class Server:
    """A server that runs; `address` is that of its owner."""

    port: int
    password: str
    folder: Path

    @property
    def address(self) -> str:
        return self.address_of("owner", self.password)

    def address_of(self, name: str, password: str, database: str = "postgres") -> str:
        return f"postgresql://{name}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, sql: str, database: str = "postgres") -> list[Any]:
        """Run statements as the owner; the rows of the last."""

        async def run() -> list[Any]:
            connection = await asyncpg.connect(self.address_of("owner", self.password, database))
            try:
                statements = sql.split(";;")
                for each in statements[:-1]:
                    await connection.execute(each)
                return [tuple(row) for row in await connection.fetch(statements[-1])]
            finally:
                await connection.close()

        found: list[Any] = alone(run())
        return found


def alone(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a thread of its own: the browser tests leave an event loop behind in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def programs() -> Path:
    """Where initdb and pg_ctl are; skips the test where PostgreSQL is not installed."""
    found = [path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    if own := shutil.which("initdb"):
        found.append(Path(own).resolve().parent)
    if not found:
        pytest.skip("PostgreSQL is not installed (sh tests/data/install_postgres.sh)")
    return found[-1]


def as_user() -> list[str]:
    """PostgreSQL refuses to run as root: what to put before its commands there."""
    if os.geteuid():
        return []
    if not shutil.which("runuser") or subprocess.run(["id", "postgres"], capture_output=True).returncode:
        pytest.skip("PostgreSQL refuses to run as root, and there is no user postgres to run it")
    return ["runuser", "-u", "postgres", "--"]


@contextmanager
def running(options: str = QUICK) -> Iterator[Server]:
    """A server, stopped and removed at the end."""
    binaries, user = programs(), as_user()
    with tempfile.TemporaryDirectory(prefix="clientela-postgres-", ignore_cleanup_errors=True) as name:
        server = Server(_free_port(), secrets.token_urlsafe(12), Path(name))
        (server.folder / "password").write_text(server.password)
        if user:
            for path in (server.folder, server.folder / "password"):
                shutil.chown(path, "postgres")
        data, log = server.folder / "data", server.folder / "log"

        def run(*command: str | Path) -> None:
            subprocess.run([*user, *command], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=120)

        run(binaries / "initdb", "-D", data, "-U", "owner", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync",
            "--locale=C.UTF-8", f"--pwfile={server.folder / 'password'}")  # fmt: skip
        started = f"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' {options}"
        run(binaries / "pg_ctl", "-D", data, "-l", log, "-w", "-o", started, "start")
        try:
            yield server
        finally:
            run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as found:
        yield found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
