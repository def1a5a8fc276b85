"""One dashboard of several processes: Streamlit's own, and nginx, which keeps each browser with one of them.

`python -m pages.web.several_processes HOST PORT PROCESSES` serves until it is told to end. A process that dies is
started again; what each says comes out here, its name before each line.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from string import Template
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

from data.errors import BadInput, ClientelaError
from pages.web.exposure import Exposure
from pages.web.origin import ip

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = Path(__file__).with_name("nginx.conf")
WHERE_NGINX_LIES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin")
COOKIE_SECRET = "STREAMLIT_SERVER_COOKIE_SECRET"
ARENAS = (
    "MALLOC_ARENA_MAX"  # each run is a thread of its own: by default glibc lets them scatter what is kept
)
MOST_PROCESSES = 16
START_SECONDS, END_SECONDS = 180, 10
LOOK_SECONDS, LONGEST_PAUSE = 0.5, 30.0
LIVED = 60.0  # seconds after which a process that dies did not die of its start


class NginxTemplate(Template):
    """nginx has its own names that begin with a dollar."""

    delimiter = "@@"


class KeptProcess:
    """A process that is started again, after a pause that grows, whenever it dies."""

    def __init__(self, name: str, command: Sequence[str], settings: Mapping[str, str]) -> None:
        self.name, self.command, self.settings = name, tuple(command), dict(settings)
        self.pause, self.due = 1.0, 0.0
        self._start()

    def _start(self) -> None:
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.settings, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        assert self.process.stdout is not None
        self.teller = threading.Thread(target=self._tell, args=(self.process.stdout,), daemon=True)
        self.teller.start()

    def _tell(self, said: IO[str]) -> None:
        with said:
            for line in said:
                say(f"{self.name}: {line.rstrip()}")

    @property
    def is_dead(self) -> bool:
        return self.process.poll() is not None

    def look(self) -> None:
        """Start it again where it is dead and its pause is over."""
        now = time.monotonic()
        if not self.is_dead:
            return
        if not self.due:
            self.pause = 1.0 if now - self.began > LIVED else min(self.pause * 2, LONGEST_PAUSE)
            self.due = now + self.pause
            say(f"{self.name}: ended ({self.process.returncode}), is started again in {self.pause:.0f} s")
        elif now >= self.due:
            self.due = 0.0
            say(f"{self.name}: started again")
            self._start()

    def end(self) -> None:
        """End it, politely first."""
        if not self.is_dead:
            self.process.terminate()

    def ended(self, seconds: float) -> None:
        """Wait for its end; what does not end in time is killed."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.teller.join(seconds)


def serve(host: str, port: int, count: int, ended: threading.Event) -> None:
    """Serve one dashboard by `count` processes at `host` and `port` until `ended` is set.

    Errors: BadInput where nginx is not there, the address is not free or not allowed, or a process does not start.
    """
    Exposure.of(host).check(host)
    nginx = found_nginx()
    check_free(host, port)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientela-nginx-")))
        ports = free_ports(count)
        settings = {COOKIE_SECRET: secrets.token_hex(), ARENAS: "2", **os.environ}
        kept = [
            KeptProcess(f"process {place}", streamlit(each), settings)
            for place, each in enumerate(ports, start=1)
        ]
        stack.callback(end, kept)
        for each, at in zip(kept, ports, strict=True):
            wait_until_served(each, at, ended)
        file = folder / "nginx.conf"
        file.write_text(configuration(host, port, ports, folder), encoding="utf-8")
        kept.append(KeptProcess("nginx", (nginx, "-c", str(file)), settings))
        if not ended.is_set():
            say(f"Clientela is at http://{written(host)}:{port}, served by {count} processes")
        while not ended.wait(LOOK_SECONDS):
            for each in kept:
                each.look()


def streamlit(port: int) -> tuple[str, ...]:
    """How one process is started; it listens on this machine only, whatever nginx does."""
    return (
        sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1",
        "--server.port", str(port), "--server.headless", "true", "--logger.hideWelcomeMessage", "true",
    )  # fmt: skip


def configuration(host: str, port: int, ports: Sequence[int], folder: Path) -> str:
    """What nginx reads: the browsers of each process, and the others for when it is away."""
    places = dict(enumerate(ports, start=1))
    return NginxTemplate(CONFIGURATION.read_text(encoding="utf-8")).substitute(
        folder=folder,
        port=port,
        listen=f"{written(host)}:{port}",
        servers="\n".join(f"        {_server(each)};" for each in ports),
        processes="\n".join(_of_one(place, places) for place in places),
        chosen="\n".join(f"        {place} process_{place};" for place in places),
        answered="\n".join(f'        "~127\\.0\\.0\\.1:{each}$" {place};' for place, each in places.items()),
    )


def _server(port: int) -> str:
    return f"server 127.0.0.1:{port} max_fails=0"


def _of_one(place: int, places: Mapping[int, int]) -> str:
    others = [f"        {_server(each)} backup;\n" for other, each in places.items() if other != place]
    return f"    upstream process_{place} {{\n        {_server(places[place])};\n{''.join(others)}    }}"


def written(host: str) -> str:
    """A host as addresses have it: IPv6 in brackets; empty is every address."""
    address = ip(host)
    return f"[{host}]" if address and address.version == 6 else host or "0.0.0.0"


def found_nginx() -> str:
    """Where nginx lies. Errors: BadInput where it is not installed."""
    folders = os.pathsep.join((os.environ.get("PATH", os.defpath), *WHERE_NGINX_LIES))
    found = shutil.which("nginx", path=folders)
    if found is None:
        raise BadInput(
            "Several processes need nginx before them, which is not installed.",
            "Install it (Debian: apt-get install nginx-light), or leave PROCESSES at 1.",
        )
    return found


def check_free(host: str, port: int) -> None:
    """Errors: BadInput where another program listens there, or where no such address is."""
    family, kind, _, _, address = _addresses(host, port)
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise BadInput(
                f"Clientela cannot listen on {written(host)}:{port}: {(error.strerror or str(error)).lower()}.",
                "End the other program, or take another one: make run PORT=8502.",
            ) from None


def _addresses(
    host: str, port: int
) -> tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[object, ...]]:
    try:
        return socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise BadInput(
            f"There is no address {host!r}.", "Give one of this machine, such as 127.0.0.1."
        ) from None


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in probes:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in probes]


def wait_until_served(kept: KeptProcess, port: int, ended: threading.Event) -> None:
    """Until a process answers. Errors: BadInput where it ends, or takes too long."""
    until = time.monotonic() + START_SECONDS
    while not ended.wait(0.1):
        if kept.is_dead or time.monotonic() > until:
            raise BadInput(
                f"The dashboard's {kept.name} did not start.",
                "What it said stands above; `make run PROCESSES=1` starts one alone.",
            )
        try:
            with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            continue


def end(kept: Sequence[KeptProcess]) -> None:
    """End all, nginx first, so that nobody new is let in."""
    for each in reversed(kept):
        each.end()
    until = time.monotonic() + END_SECONDS
    for each in kept:
        each.ended(max(until - time.monotonic(), 0.1))


def say(words: str) -> None:
    print(words, flush=True)


@contextmanager
def until_told() -> Iterator[threading.Event]:
    """An event that is set when the process is told to end: by Ctrl+C, or by who started it."""
    ended = threading.Event()
    before = {each: signal.signal(each, lambda *_: ended.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def main(arguments: Sequence[str]) -> None:
    """Errors: BadInput, see `serve`."""
    host, port, count = arguments
    if not port.isdecimal() or not count.isdecimal() or not 1 <= int(count) <= MOST_PROCESSES:
        raise BadInput(
            f"PORT={port} PROCESSES={count} cannot be.",
            f"Give whole numbers, of processes 1 to {MOST_PROCESSES}.",
        )
    with until_told() as ended:
        serve(host, int(port), int(count), ended)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ClientelaError as error:
        sys.exit(str(error))
