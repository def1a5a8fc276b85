"""A folder into which exports are dropped: which of its files are deliveries, and whether they are whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

QUIET_SECONDS = 5.0


def matching(folder: Path, pattern: str) -> list[Path]:
    """The files of `folder` that are called so, by name. Links that lead out of the folder are passed over."""
    home = folder.resolve()
    found = (path for path in folder.glob(pattern) if path.is_file())
    return sorted(path for path in found if path.resolve().is_relative_to(home))


def being_written(paths: Iterable[Path], now: datetime) -> list[Path]:
    """Those that changed a moment ago: whoever writes them may not be done."""
    return [path for path in paths if abs(now.timestamp() - path.stat().st_mtime) < QUIET_SECONDS]
