"""Files that somebody uploads: written where only this program reads them, and taken away again."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from data.access.acting import acting
from data.access.deed import Deed
from data.store import private_files

ROOT = private_files.UPLOADS
A_DAY = 24 * 60 * 60
LONGEST_NAME = 120


class Upload(Protocol):
    """What the uploader hands over."""

    name: str

    def getbuffer(self) -> memoryview: ...


def keep(uploads: Iterable[Upload], folder: Path | None = None) -> Path:
    """Write the uploads into a folder of their own, or into `folder`; nobody else on this machine can read it.

    Errors: NotAllowed.
    """
    acting().policy.check(Deed.LOAD)
    if folder is None:
        private_files.make_folder(ROOT)
        private_files.close_up(ROOT)
        forget_old()
        folder = private_files.kept_folder(ROOT)
    for upload in uploads:
        place = folder / plain_name(upload.name)
        place.unlink(missing_ok=True)
        with private_files.opened(place, "wb") as file:
            file.write(upload.getbuffer())
    return folder


def remove(folder: Path) -> None:
    """Take a folder of uploads away; any other folder stays."""
    if folder.resolve().parent == ROOT.resolve():
        private_files.remove(folder)


def forget_old() -> None:
    """Take away what was uploaded more than a day ago and never loaded."""
    for folder in ROOT.iterdir():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > A_DAY:
            remove(folder)


def plain_name(name: str) -> str:
    """The name of an upload as that of a file: no path, nothing that a file system reads in its own way.

    >>> plain_name("../../etc/Verkäufe 2024<b>.CSV")
    'Verkäufe 2024_b_.CSV'
    """
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, suffix = re.sub(r"[^\w .()+-]", "_", last).strip(". ").rpartition(".")
    return (
        f"{(stem or 'upload')[:LONGEST_NAME]}{dot or '.'}{suffix[:12]}"
        if dot
        else f"{suffix[:LONGEST_NAME] or 'upload'}"
    )
