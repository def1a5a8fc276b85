"""A running Clientela for tests, watched: it may connect to nothing but this machine."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[1]
WATCHED = ROOT / "tests" / "watched"
TRACE = ("-f", "-qq", "--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-e", "signal=none")
# As Python tells it: ('127.0.0.1', 5432), ('::1', 80, 0, 0), a path, no address at all; a name never.
HERE = re.compile(r"socket\.(connect|sendto|sendmsg) (\('(127\.[\d.]+|::1)', (?!53\b).*|'.*'|b'.*'|None)")
# As the kernel is asked, natively too: any network address but loopback, and any name server.
AWAY = re.compile(r"sin6?_port=htons\(53\)|AF_INET(?!.*(inet_addr\(\"127\.|\"::1\"|\"::ffff:127\.))")


def serving(script: str, settings: dict[str, str], *options: str, trace: bool = False) -> Iterator[str]:
    """The address of a running Clientela. Fails at its end if it asked for anything beyond this machine."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _watched(script, settings, options, Path(folder), trace)


def _watched(
    script: str, settings: dict[str, str], options: tuple[str, ...], folder: Path, trace: bool
) -> Iterator[str]:
    port = free_port()
    log = folder / "trace"
    tracer = [shutil.which("strace") or pytest.skip("no strace"), *TRACE, "-o", str(log)] if trace else []
    command = [*tracer, sys.executable, "-m", *launched(script, port), *options]
    with (folder / "said").open("wb+") as said:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(folder, settings),
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_until_healthy(server, port, said)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(server)
    left = outside(folder)
    assert not left, left


def launched(script: str, port: int) -> list[str]:
    return ["streamlit", "run", script, "--server.port", str(port), "--server.headless", "true"]


def environment(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    """The settings of a process that writes into `folder` what it asks the network for."""
    paths = f"{WATCHED}{os.pathsep}{ROOT}"
    return {**os.environ, "PYTHONPATH": paths, "WATCHED_SOCKETS": str(folder / "sockets"), **settings}


def outside(folder: Path) -> list[str]:
    """What a watched process asked for beyond this machine, by Python and, where it was traced, by the kernel."""
    python, kernel = folder / "sockets", folder / "trace"
    asked = python.read_text().splitlines() if python.exists() else []
    traced = kernel.read_text().splitlines() if kernel.exists() else []
    return [each for each in asked if not HERE.match(each)] + [each for each in traced if AWAY.search(each)]


def stop(server: subprocess.Popen[bytes]) -> None:
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(server: subprocess.Popen[bytes], port: int, said: IO[bytes]) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        if server.poll() is not None:
            said.seek(0)
            pytest.fail(f"streamlit ended with {server.returncode}: {said.read().decode()}")
        try:
            with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail("streamlit did not become healthy in three minutes")
