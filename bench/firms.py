"""Simulated firms to measure on, made once and kept until what makes them changes."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import data
from data.demo import Firm, simulate

DATA = Path(data.__file__).parent
MAKERS = ("model/canonical_tables.py", "store/member_codes.py", "demo/*.py")


def firm(folder: Path, lines: int, as_is: bool = False, customers: int | None = None) -> Path:
    """The warehouse of a firm with about so many lines (and customers, where they are given), made if it is not there;
    older ones are removed.

    `as_is` takes the latest one that is there, whatever made it.
    """
    size = f"{lines}" if customers is None else f"{lines}x{customers}"
    path = folder / f"firm-{size}-{_recipe()}.duckdb"
    there = sorted(folder.glob(f"firm-{size}-*.duckdb"), key=lambda file: file.stat().st_mtime)
    if path.exists() or (as_is and there):
        return path if path.exists() else there[-1]
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (*folder.glob(f"firm-{size}-*"), *folder.glob(f"wide-{size}-*")):
        _remove(stale)
    print(f"Simulating {lines:,} order lines, once ...", flush=True)
    simulate(path, Firm(lines=lines, customers=customers))
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
