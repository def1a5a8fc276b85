"""What many tests begin with, a warehouse or a folder with one: made once in a process, then copied.

A test that changes something for itself (`monkeypatch`) gets its own, made as things are then.
"""

from __future__ import annotations

import atexit
import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

KEPT = 300
# What no warehouse is made of: a test may change it, and begin with what others made all the same.
BESIDE = re.compile(r"(pages|mining|streamlit)(\.|$)")
ELSEWHERE = "CLIENTELA_WAREHOUSE"
_patch: pytest.MonkeyPatch | None = None
_alike: tuple[str, ...] = ()
_FOLDER = Path(tempfile.mkdtemp(prefix="made-once-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)


@contextmanager
def patching() -> Iterator[pytest.MonkeyPatch]:
    """What a test changes things by for itself, until its end."""
    global _patch
    with pytest.MonkeyPatch.context() as _patch:
        yield _patch
    _patch = None


@contextmanager
def alike(name: str) -> Iterator[pytest.MonkeyPatch]:
    """Changes by which all are made that are made under this name: once, like those made without any."""
    global _alike
    before, _alike = _alike, (*_alike, name)
    try:
        with pytest.MonkeyPatch.context() as patch:
            yield patch
    finally:
        _alike = before


def is_patched() -> bool:
    """Whether the test has changed anything for itself so far that warehouses are made of."""
    if _patch is None:
        return False
    owners = (
        getattr(each, "__module__", None) or getattr(each, "__name__", "") for each, *_ in _patch._setattr
    )
    items = (name for _, name, _ in _patch._setitem)
    return bool(
        _patch._cwd
        or any(not BESIDE.match(each) for each in owners)
        or any(name != ELSEWHERE for name in items)
    )


def made_once(path: Path, contents: object, make: Callable[[], None]) -> None:
    """Make the warehouse at `path`, or copy the one made of the same contents, on what lay there, before."""
    if is_patched():
        make()
        return
    told = hashlib.sha256(repr((_alike, contents)).encode())
    if path.exists():
        told.update(path.read_bytes())
    kept = _FOLDER / f"{told.hexdigest()}.duckdb"
    if kept.exists():
        path.unlink(missing_ok=True)
        shutil.copy(kept, path)
        return
    make()
    shutil.copy(path, kept)
    for old in sorted(_FOLDER.glob("*.duckdb"), key=lambda each: each.stat().st_mtime)[:-KEPT]:
        old.unlink()


def folder_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """`folder`, with what `make` puts into the one it is given."""
    if is_patched():
        folder.mkdir(parents=True, exist_ok=True)
        make(folder)
        return folder
    kept = _FOLDER / "folders" / ".".join((*_alike, make.__module__, make.__qualname__))
    if not kept.exists():
        kept.mkdir(parents=True)
        make(kept)
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    return folder
