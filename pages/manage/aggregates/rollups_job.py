"""Making the roll-ups anew, in a process of its own, so that no page has to wait for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from data.access.deed import Deed
from data.errors import ClientelaError
from data.store.warehouse import current_version
from pages.manage.shared.load_jobs import Job, Tell, desk

ROOT = Path(__file__).resolve().parents[3]
TOLD = re.compile(r"\s*(?P<percent>\d+)%\s+(?P<what>.*?)\s*")


@dataclass(frozen=True, slots=True)
class Building:
    """The roll-ups of a warehouse chosen and made anew, within a share of the facts' space."""

    path: Path
    share: float
    needs = Deed.CURATE

    @property
    def title(self) -> str:
        return "Making the roll-ups anew"

    @property
    def instead_of(self) -> str:
        return ""

    def carry_out(self, tell: Tell) -> None:
        current_version(self.path)
        command = [sys.executable, "-m", "cubes", "rollups", "build", "--share", f"{self.share:g}",
                   "--warehouse", str(self.path)]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            last = ""
            for last in said(process.stderr):
                found = TOLD.fullmatch(last)
                if found:
                    tell(int(found["percent"]) / 100, found["what"] or "Working")
        if process.returncode:
            raise ClientelaError(last or "It was ended from outside.", "The roll-ups are as they were.")


def said(stream: IO[str]) -> Iterator[str]:
    """What a process says, line by line; one that is written over itself is a line each time."""
    for line in stream:
        yield from (part.strip() for part in re.split(r"[\r\n]+", line) if part.strip())


def under_way() -> Job | None:
    """The building that goes on, if one does."""
    job = desk().under_way()
    return job if job is not None and isinstance(job.order, Building) else None
