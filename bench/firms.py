"""Simulated firms to measure on, made once and kept until what makes them changes."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import data
from data.demo import Firm, simulate

DATA = Path(data.__file__).parent
MAKERS = ("model/canonical_tables.py", "store/member_codes.py", "demo/*.py")


def firm(folder: Path, lines: int, as_is: bool = False) -> Path:
    """The warehouse of a firm with about so many lines, made if it is not there; older ones are removed.

    `as_is` takes the latest one that is there, whatever made it.
    """
    path = folder / f"firm-{lines}-{_recipe()}.duckdb"
    there = sorted(folder.glob(f"firm-{lines}-*.duckdb"), key=lambda file: file.stat().st_mtime)
    if path.exists() or (as_is and there):
        return path if path.exists() else there[-1]
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (*folder.glob(f"firm-{lines}-*"), *folder.glob(f"wide-{lines}-*")):
        _remove(stale)
    print(f"Simulating {lines:,} order lines, once ...", flush=True)
    simulate(path, Firm(lines=lines))
    return path


def _remove(stale: Path) -> None:
    if stale.is_dir():
        shutil.rmtree(stale)
    else:
        stale.unlink()


def _recipe() -> str:
    """What tells one way of making firms from another."""
    files = sorted(file for pattern in MAKERS for file in DATA.glob(pattern))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]
