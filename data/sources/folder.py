"""A folder into which exports are dropped: which of its files are deliveries, and whether they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from data import environment
from data.errors import BadInput

QUIET_SECONDS = 5.0


def matching(folder: Path, pattern: str) -> list[Path]:
    """The files that are called so, by name: of `folder`, or of an allowed folder that the pattern names whole.

    Links that lead out of the folder are passed over. Errors: BadInput for a pattern that leaves all of these.
    """
    home, start, within = folder.resolve(), folder, pattern
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        whole = Path(os.path.normpath(home / pattern))
        inside = [each for each in (home, *environment.folders()) if whole.is_relative_to(each)]
        if not inside:
            raise BadInput(
                f"The pattern {pattern!r} lies outside the folders that may be read.",
                f"Name files below the mapping, or name their folder in {environment.FOLDERS}.",
            )
        home = start = inside[0]
        within = str(whole.relative_to(home))
    found = (path for path in start.glob(within) if path.is_file())
    return sorted(path for path in found if path.resolve().is_relative_to(home))


def being_written(paths: Iterable[Path], now: datetime) -> list[Path]:
    """Those that changed a moment ago: whoever writes them may not be done."""
    return [path for path in paths if abs(now.timestamp() - path.stat().st_mtime) < QUIET_SECONDS]
