"""The folders on this machine that the page may read files from, and nothing outside them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from data import environment
from data.errors import BadInput
from data.load import Mapping
from data.sources.file import SUPPORTED, locate
from data.sources.folder import matching
from pages.manage.shared import uploaded_files

DEFAULT = "var/inbox"
LISTED = 200
DEPTH = 3
BROUGHT = (*SUPPORTED, ".toml")


def allowed() -> tuple[Path, ...]:
    """`CLIENTELA_FOLDERS` (several, parted as in PATH), else `var/inbox`."""
    return environment.folders(DEFAULT)


def listed() -> list[str]:
    """The files of the allowed folders that could be brought, by their paths; the first few hundred."""
    found = (path for folder in allowed() for path in _walk(folder, DEPTH))
    return [str(path) for path in islice(found, LISTED)]


def named(text: str) -> Path:
    """The file that somebody named, links followed. Errors: BadInput outside the allowed folders."""
    try:
        given = Path(text.strip().strip("\"'")).expanduser()
        starts = (
            [given] if given.is_absolute() else [Path.cwd() / given, *(each / given for each in allowed())]
        )
        there = [path for path in starts if is_inside(Path(os.path.normpath(path)), allowed())]
        followed = [
            path.resolve() for path in starts if path in there or is_inside(path.resolve(), allowed())
        ]
        inside = [path for path in followed if is_inside(path, allowed()) and not is_upload(path)]
        found = next((path for path in inside if path.is_file()), None)
        led_out = any(path.is_file() and path not in inside for path in followed)
    except (OSError, RuntimeError, ValueError) as error:
        raise BadInput(
            f"{text.strip()[:80]!r} is no name of a file.", "Name a CSV, XLSX or Parquet file."
        ) from error
    if found is not None:
        return found
    if led_out or not inside:
        raise BadInput(
            f"{text.strip()} lies outside the folders that this page may read.",
            f"Put the file into {' or '.join(map(str, allowed()))}, or upload it.",
        )
    raise BadInput(f"There is no file {text.strip()}.", f"Look into {inside[-1].parent}.")


def tables(folder: Path, roots: Iterable[Path]) -> list[Path]:
    """The tables in a folder; links that lead out of `roots` are passed over."""
    roots = tuple(roots)
    found = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUPPORTED)
    return [path for path in found if path.is_file() and is_inside(path.resolve(), roots)]


def is_inside(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def is_upload(path: Path) -> bool:
    """Whether somebody uploaded it: it is read by the page that it came through, wherever the allowed folders lie."""
    return path.resolve().is_relative_to(uploaded_files.ROOT.resolve())


def check_files(mapping: Mapping, folder: Path, roots: Iterable[Path]) -> None:
    """Errors: BadInput if the mapping names a file that is not in `folder`, or lies outside `roots`."""
    roots = tuple(roots)
    missing = [name for name in named_by(mapping) if not reads(folder, name, roots)]
    if missing:
        raise BadInput(f"The mapping also reads {', '.join(missing)}, not there yet.", "Bring it along.")


def reads(folder: Path, name: str, roots: Iterable[Path]) -> tuple[Path, ...]:
    """The files that a mapping calls `name`: one, or all that are called like a pattern; none where there are none.

    Errors: BadInput if it lies elsewhere.
    """
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise BadInput(
            f"The mapping names {name}, which is elsewhere.",
            "Put its files into one folder, or upload them together, and name them without a path.",
        )
    many = "*" in name and not (folder / name).is_file()
    found = tuple(matching(folder, name)) if many else ()
    try:
        found = found or (locate(folder, name),)
    except BadInput:
        return ()
    for path in found:
        check_inside(path, roots)
    return found


def check_inside(path: Path, roots: Iterable[Path]) -> None:
    """Errors: BadInput if `path` is a link that leads out of the folders that may be read."""
    if not is_inside(path.resolve(), roots):
        raise BadInput(f"{path.name} is a link to somewhere else.", "Put the file itself there.")


def named_by(mapping: Mapping) -> list[str]:
    """The names of the files that a mapping reads."""
    names = [part.file for part in mapping.parts]
    names += [join.file for part in mapping.parts for join in part.joins]
    return list(dict.fromkeys(name for name in names if name is not None))


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink() and depth:
            yield from () if is_upload(entry) else _walk(entry, depth - 1)
        elif entry.suffix.lower() in BROUGHT and entry.is_file():
            yield entry
