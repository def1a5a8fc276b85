"""Locks among processes: one writer at a time, free at once after a kill, and none where Windows has no fcntl."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from data.store import file_locks

ROOT = Path(__file__).parents[2]
HOLDS = """
import sys, time
from pathlib import Path
from data.store import file_locks
with file_locks.alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""
WITHOUT = """
import sys
from importlib import import_module
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
import warnings
warnings.simplefilter("ignore")
import os
for name in ("O_DIRECTORY", "O_NOFOLLOW", "getuid", "geteuid", "fork", "fchmod", "pwrite", "killpg", "getpgid"):
    if hasattr(os, name):
        delattr(os, name)
"""
EVERY_MODULE = """
import pkgutil
import cubes, data, mining, pages
for package in (cubes, data, mining, pages):
    for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not each.name.endswith(("__main__", "_router", "_page", "spark_dialect")):
            import_module(each.name)
print("all", len(sys.modules))
"""
WORKS = """
from contextlib import nullcontext
from data.store import file_locks
file_locks.lock_descriptor = lambda descriptor, blocking: True  # which Windows has, by other means
file_locks.FileLock = lambda *_, **__: nullcontext()
from pathlib import Path
from tests.data.load_files import ROWS, shop
from data.store import private_files
from data.store.warehouse import Warehouse
folder = Path(sys.argv[1])
private_files.for_good(folder / "w.duckdb")
shop(folder, ROWS)
shop(folder, ROWS[:1], name="t.csv")
print(Warehouse(folder / "w.duckdb").profile.lines)
"""


def child(*lines: str, arguments: tuple[object, ...] = ()) -> subprocess.CompletedProcess[str]:
    code = "\n".join(textwrap.dedent(each) for each in lines)
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def held_by_another(lock: Path) -> subprocess.Popen[str]:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(lock)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert other.stdout
    assert other.stdout.readline() == "held\n"
    return other


def test_one_holds_it_and_a_killed_one_lets_it_go_at_once(tmp_path: Path) -> None:
    lock = tmp_path / "w.lock"
    other = held_by_another(lock)
    try:
        with pytest.raises(file_locks.Busy), file_locks.alone(lock, 0.1):
            pass
    finally:
        os.kill(other.pid, signal.SIGKILL)
        other.communicate(timeout=60)
    with file_locks.alone(lock):
        assert lock.stat().st_mode & 0o777 == file_locks.OWNER_ALONE


def test_no_folder_is_made_for_a_lock(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), file_locks.alone(tmp_path / "nowhere" / "w.lock"):
        pass
    assert not (tmp_path / "nowhere").exists()


def test_who_reads_a_file_keeps_it_from_being_taken(tmp_path: Path) -> None:
    file = tmp_path / "spare"
    file.write_bytes(b"x")
    readers = [os.open(file, os.O_RDONLY) for _ in range(2)]
    for each in readers:
        file_locks.share(each)
    for each in readers:
        with file.open("r+b") as writer:
            assert not file_locks.take_unread(writer)
        os.close(each)
    with file.open("r+b") as writer:
        assert file_locks.take_unread(writer)


def test_every_module_starts_where_windows_lacks_what_posix_has() -> None:
    done = child(WITHOUT, EVERY_MODULE)
    assert (done.returncode, done.stdout[:3]) == (0, "all"), done.stderr


def test_a_load_works_where_windows_lacks_what_posix_has(tmp_path: Path) -> None:
    done = child(WITHOUT, WORKS, arguments=(tmp_path,))
    assert (done.returncode, done.stdout) == (0, "5\n"), done.stderr
