"""Files that hold personal data: nobody but their owner reads them, and what was left half-way is taken away.

A folder for a while is locked by the process that works in it. One that nobody holds was left by a process that was
ended: it goes at the next start.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from data.store import file_locks

FILE, FOLDER, OTHERS = 0o600, 0o700, 0o077
PREFIX, EARLIER_PREFIX = "clientela_", "clientela-"  # earlier releases did not lock theirs
AN_HOUR = 60 * 60
A_DAY = 24 * AN_HOUR
UPLOADS = Path("var/uploads")
_changing = threading.Lock()
_inside, _before = 0, 0
_held: dict[Path, int] = {}


@contextmanager
def only_owner() -> Iterator[None]:
    """Whatever this process makes meanwhile, libraries included, is its owner's alone."""
    global _inside, _before
    with _changing:
        _before = os.umask(OTHERS) if not _inside else _before
        _inside += 1
    try:
        yield
    finally:
        with _changing:
            _inside -= 1
            if not _inside:
                os.umask(_before)


def for_good(warehouse: Path) -> None:
    """What this process makes from now on is its owner's alone, and so is what is there; what was left goes."""
    os.umask(OTHERS)
    close_up_warehouse(warehouse)
    clear_away(warehouse)


def opened(path: Path, mode: str, **how: Any) -> IO[Any]:
    """Open a file to write it; it is its owner's alone, also if it was there and others could read it."""

    def opener(name: str, flags: int) -> int:
        found = os.open(name, flags, FILE)
        with suppress(
            OSError, AttributeError
        ):  # another's file, such as /dev/stdout; a system without such rights
            if stat.S_ISREG(os.fstat(found).st_mode):
                os.fchmod(found, FILE)
        return found

    return open(path, mode, opener=opener, **how)


def made_secret(at: Path) -> bytes:
    """A new random key of 32 bytes in a file of its own, whole at once: of two processes that make one, the first's
    holds."""
    draft = at.with_name(f".{at.name}.{secrets.token_hex(4)}")
    with opened(draft, "w", encoding="ascii") as out:
        out.write(secrets.token_hex(32))
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, at)
    except FileExistsError:
        pass
    except OSError:  # a disk without second names
        if not at.exists():
            draft.replace(at)
    draft.unlink(missing_ok=True)
    return bytes.fromhex(at.read_text("ascii").strip())


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are not there, each its owner's alone."""
    with only_owner():
        path.mkdir(parents=True, exist_ok=True)


def close_up(*paths: Path) -> None:
    """Take away what others may do with files and folders that are there, as far as they are ours."""
    for path in paths:
        with suppress(OSError):
            found = path.lstat()
            if found.st_mode & OTHERS and (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
                path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)


def close_up_warehouse(path: Path) -> None:
    """The same for a warehouse and all that lies beside it by its name: kept snapshots, locks, notes."""
    with suppress(OSError):
        close_up(path, *path.parent.glob(f"{path.name}.*"), *path.parent.glob(f".{path.name}.*"))
        close_up(*_versions(path).glob("*"))


@contextmanager
def folder_for_a_while(inside: Path | None = None, prefix: str = PREFIX) -> Iterator[Path]:
    """A folder of our own that is gone at the end; `inside` the folder for temporary files, if not said."""
    place = kept_folder(inside or Path(tempfile.gettempdir()), prefix)
    try:
        yield place
    finally:
        remove(place)


def kept_folder(inside: Path, prefix: str = "") -> Path:
    """A new folder that this process holds until it removes it, or ends."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=prefix, dir=inside)).resolve()
        held = _lock(place)
        if held is not None:
            _held[place] = held
            return place


def remove(place: Path) -> None:
    """Take away a folder, and let go of it."""
    held = _held.pop(place.resolve(), None)
    if held is not None:
        os.close(held)
    shutil.rmtree(place, ignore_errors=True)


def left_behind(inside: Path, pattern: str) -> list[Path]:
    """The folders of ours that nobody holds any longer: whoever made them was ended."""
    found = []
    for place in inside.glob(pattern) if inside.is_dir() else ():
        with suppress(OSError):
            about = place.lstat()
            if not stat.S_ISDIR(about.st_mode) or not _is_ours(about) or place.resolve() in _held:
                continue
            held = _lock(place)
            if held is not None:
                found.append(place)
                os.close(held)
    return found


def _is_ours(about: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or about.st_uid == os.getuid()


def stand_in(place: Path, file: Path) -> None:
    """A link to a file at `place`, or a copy where the system makes no links."""
    try:
        place.symlink_to(file.resolve())
    except OSError:
        shutil.copyfile(file, place)


def _lock(place: Path) -> int | None:
    """A descriptor of a folder that is held; None where another process holds it, or it is gone."""
    try:
        held = file_locks.open_folder(place)
    except OSError:
        return None
    try:
        if file_locks.take(held) and place.exists():
            return held
    except OSError:
        pass
    os.close(held)
    return None


def clear_away(warehouse: Path) -> None:
    """Take away what processes that were ended left: folders of loads and questions, uploads that nobody loaded."""
    temporary = Path(tempfile.gettempdir())
    with suppress(OSError):
        for place in (
            *_older(left_behind(temporary, f"{EARLIER_PREFIX}*"), A_DAY),
            *left_behind(temporary, f"{PREFIX}*"),
            *(each for found in _beside(warehouse) for each in left_behind(*found)),
            *_older([each for found in _earlier(warehouse) for each in left_behind(*found)], AN_HOUR),
            *left_behind(UPLOADS, "*"),
        ):
            remove(place)


def in_use(warehouse: Path) -> list[Path]:
    """What processes at work have beside a warehouse at the moment."""
    found = [*_beside(warehouse), *_earlier(warehouse)]
    beside = [each for folder, pattern in found for each in folder.glob(pattern)]
    return [each for each in beside if not each.is_dir() or any(each.iterdir())]


def _beside(warehouse: Path) -> list[tuple[Path, str]]:
    """Where the folders lie that processes have beside a warehouse and its kept snapshots, and how they are called."""
    return [(warehouse.parent, f".{warehouse.name}.*"), (_versions(warehouse), ".*")]


def _earlier(warehouse: Path) -> list[tuple[Path, str]]:
    """The same for those of questions by earlier releases."""
    return [(warehouse.parent, f"{warehouse.name}*.spill"), (_versions(warehouse), "*.spill")]


def _versions(warehouse: Path) -> Path:
    return warehouse.with_name(f"{warehouse.name}.versions")


def _older(places: Iterable[Path], seconds: int) -> list[Path]:
    return [each for each in places if time.time() - each.stat().st_mtime > seconds]
