"""The files that a mapping stands for: found, and told apart from others by what they hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from data.errors import BadInput
from data.load.mapping import Mapping, Part
from data.sources.file import digest, locate


@dataclass(frozen=True, slots=True)
class Files:
    """The file of each part and of each of its look-ups, as they were when found."""

    of_part: dict[str, Path]
    of_joins: dict[str, tuple[Path, ...]]
    stamps: dict[Path, tuple[int, int]]

    @property
    def lines(self) -> Path:
        return self.of_part["order_lines"]

    def identity(self, mapping: Mapping) -> tuple[str, str]:
        """What is loaded (the order lines), and how (the mapping and every file beside the lines).

        The same lines loaded in another way take the place of those loaded before.
        """
        beside = sorted(digest(path) for path in self.stamps if path != self.lines)
        how = hashlib.sha256("\n".join([mapping.hash, *beside]).encode()).hexdigest()
        return digest(self.lines), how

    def check_unchanged(self) -> None:
        """Errors: BadInput if a file was written to since it was found."""
        for path, stamp in self.stamps.items():
            if _stamp(path) != stamp:
                raise BadInput(f"{path.name} changed while it was read.", "Load it again once it is whole.")


def find(mapping: Mapping, file: Path | None = None) -> Files:
    """The files of `mapping`; `file` stands in for its order lines, or is the folder that holds them all.

    Errors: BadInput for a file that is not there.
    """
    folder, lines = mapping.folder, mapping.order_lines.file
    if file is not None and file.is_dir():
        folder = file
    elif file is not None:
        if not file.exists():
            raise BadInput(f"There is no file {file}.", "Check the path after --file.")
        folder, lines = file.parent, file.name
    if lines is None:
        raise BadInput(
            "The mapping does not name its file.", 'Say file = "..." in [order_lines], or use --file.'
        )
    of_part = {
        part.subject: _locate(folder, lines if _is_lines(part) else part.file or lines, mapping)
        for part in mapping.parts
    }
    of_joins = {
        part.subject: tuple(_locate(folder, join.file, mapping) for join in part.joins)
        for part in mapping.parts
    }
    every = [*of_part.values(), *(path for paths in of_joins.values() for path in paths)]
    return Files(of_part, of_joins, {path: _stamp(path) for path in every})


def _is_lines(part: Part) -> bool:
    return part.subject == "order_lines"


def _locate(folder: Path, name: str, mapping: Mapping) -> Path:
    """The file in `folder`, else beside the mapping."""
    try:
        return locate(folder, name)
    except BadInput:
        if folder == mapping.folder:
            raise
    try:
        return locate(mapping.folder, name)
    except BadInput:
        return locate(folder, name)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read: {error.strerror}.", "Name another file.") from error
    return stat.st_size, stat.st_mtime_ns
