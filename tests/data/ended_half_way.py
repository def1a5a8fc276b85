"""Loads and erasures that kill -9 ends half-way, each in a fork of a process that has imported what they need."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

from data.load import load
from data.privacy.rights import forget
from data.store import write_moments
from tests.data.killed import ends_at
from tests.data.load_files import mapping

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


def ended(work: Callable[..., None], *arguments: object) -> bool:
    """Whether kill -9 ended the work."""
    process = FORKS.Process(target=work, args=arguments)
    process.start()
    process.join(120)
    return process.exitcode == -signal.SIGKILL


def loading(folder: Path, moment: str) -> None:
    """The load of two.csv, which ends where it says `moment`."""

    def progress(_share: float, words: str) -> None:
        if words.startswith(moment):
            os.kill(os.getpid(), signal.SIGKILL)

    load(mapping(), folder / "w.duckdb", folder / "two.csv", progress)


def forgetting(path: Path, step: str) -> None:
    """The erasure of K100, which ends at a step of its write."""
    write_moments.step = ends_at(step)
    forget(path, "K100")
