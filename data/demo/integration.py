"""The demonstration firm with all that its systems know: the simulated sales, and the exports loaded on top.

What the simulation wrote down itself (the order lines, and the channels of the ERP) is left out of the exports;
everything else comes in by the ordinary loader, history, dirt and all. The truth goes into the schema `truth`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from data.access.deed import Deed
from data.connection import Connection
from data.demo import exports
from data.demo.demo_firm import LAST_DAY, Firm
from data.errors import WarehouseError
from data.model.canonical_tables import CHANNEL
from data.store import end_of_write, warehouse

Progress = Callable[[float, str], None]
EXPORTED = datetime.combine(LAST_DAY, datetime.min.time()) + timedelta(days=1)
SIMULATED = ("channels", "order_lines")


def _silent(_share: float, _what: str) -> None:
    pass


def integrate(path: Path, firm: Firm = Firm(), progress: Progress = _silent) -> None:  # noqa: B008 (frozen)
    """Make the firm's warehouse at `path` from all four systems; it appears there whole or not at all.

    Errors: WarehouseError when there is a warehouse already.
    """
    from data.recovery.replacement import beside

    if warehouse.is_there(path):
        raise WarehouseError(
            f"There is already a warehouse at {path}.", "Move it away or name another with --warehouse."
        )
    with beside(path) as fresh:
        _make(fresh, firm, progress)
        fresh.replace(path)
    progress(1.0, "Done")


def _make(path: Path, firm: Firm, progress: Progress) -> None:
    from data.demo import simulate

    with tempfile.TemporaryDirectory(prefix="clientela-") as folder:
        with end_of_write.postponed():  # nobody reads it before all systems are there
            simulate(path, firm, _within(progress, 0.0, 0.4), described=(CHANNEL,), partners=True)
            exports.write(firm, Path(folder) / "exports", progress=_within(progress, 0.4, 0.2))
            _load(Path(folder) / "exports", path, progress)
        with warehouse.writing(path, "the demonstration firm, from all its systems", Deed.LOAD) as connection:
            _disown(connection)
            _keep_truth(connection, Path(folder) / "exports" / exports.TRUTH)


def _load(folder: Path, path: Path, progress: Progress) -> None:
    from data.load import load, read_mapping

    for number, system in enumerate(exports.SYSTEMS):
        mapping = read_mapping(folder / f"{system}.toml")
        if system == "erp":
            others = tuple(part for part in mapping.parts if part.subject not in SIMULATED)
            mapping = replace(mapping, parts=others)
        dated = any(part.as_of for part in mapping.parts)
        load(
            mapping,
            path,
            progress=_within(progress, 0.6 + 0.1 * number, 0.1),
            as_of=None if dated else EXPORTED,
        )


def _disown(connection: Connection) -> None:
    """No trace of today; and as nothing but a demonstration, it makes room for a firm's own data."""
    connection.execute(
        "UPDATE batch SET origin = 'demo', as_of = least(as_of, $at::TIMESTAMP), loaded_at = $at::TIMESTAMP",
        {"at": EXPORTED},
    )


def _keep_truth(connection: Connection, folder: Path) -> None:
    for file in sorted(folder.glob("*.parquet")):
        connection.execute(f"CREATE TABLE truth.{file.stem} AS FROM read_parquet(?)", [str(file)])


def _within(progress: Progress, first: float, share: float) -> Progress:
    return lambda part, what: progress(first + share * part, what)
