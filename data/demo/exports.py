"""What the firm's four systems would export: files, a mapping for each system, and the truth about them.

`python -m data load FOLDER/erp.toml` (crm, shop, callcentre) loads them. `FOLDER/truth` holds, as Parquet, what
was planted, and in `delivery` and `total` what a right loader makes of each file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import polars as pl

from data.demo import (
    call_centre,
    campaigns,
    collaboration,
    customer_exports,
    export_papers,
    list_exports,
    order_exports,
    shop_log,
    stock_levels,
    surveys,
)
from data.demo.demo_firm import Firm
from data.demo.export_papers import Exported
from data.demo.simulated_world import NOUNS, World
from data.errors import BadInput, did_you_mean

SYSTEMS = ("erp", "crm", "shop", "callcentre")
MAPPINGS = Path(__file__).parent / "mappings"
TRUTH = "truth"
Progress = Callable[[float, str], None]


class Noun(Protocol):
    """What a module of the exports offers."""

    def deliveries(self, world: World) -> Iterator[Exported]: ...

    def truth(self, world: World) -> Mapping[str, pl.DataFrame]: ...


MODULES: Mapping[str, Noun] = {
    "customers": customer_exports, "goods": list_exports, "sales": order_exports, "supply": stock_levels,
    "campaigns": campaigns,
    "surveys": surveys, "service": call_centre, "web": shop_log, "collaboration": collaboration,
}  # fmt: skip


def _silent(_share: float, _what: str) -> None:
    pass


def write(firm: Firm, folder: Path, only: Iterable[str] = NOUNS, progress: Progress = _silent) -> None:
    """Write the exports of a firm into `folder`, which must be new or empty: all, or those of some nouns.

    The mappings beside them name the parts that were written. Errors: BadInput.
    """
    wanted = _wanted(only)
    _make(folder)
    world, deliveries, truth = World(firm), list[Exported](), dict[str, pl.DataFrame]()
    for number, noun in enumerate(wanted):
        progress(0.1 + 0.5 * number / len(wanted), f"Exports: {noun}")
        deliveries += MODULES[noun].deliveries(world)
        truth |= MODULES[noun].truth(world)
    progress(0.6, "Writing files")
    export_papers.write(folder, deliveries)
    _write_mappings(folder, deliveries)
    _write_truth(folder / TRUTH, truth | export_papers.account(deliveries))
    progress(1.0, "Done")


def _wanted(only: Iterable[str]) -> list[str]:
    asked = list(only)
    for name in asked:
        if name not in NOUNS:
            raise BadInput(f"There are no exports of {name!r}.", did_you_mean(name, NOUNS))
    return [name for name in NOUNS if name in asked]


def _make(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is not empty.", "Name a new folder for the exports.")
    (folder / TRUTH).mkdir(parents=True, exist_ok=True)


def _write_truth(folder: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")


def _write_mappings(folder: Path, deliveries: Iterable[Exported]) -> None:
    """The mapping of each system that wrote anything, without the parts that were not written."""
    from data.load.mappings.mapping import read_mapping

    written = {(each.source, each.part) for each in deliveries}
    for system in SYSTEMS:
        path = MAPPINGS / f"{system}.toml"
        mapping = read_mapping(path)
        parts = tuple(part for part in mapping.parts if (system, part.subject) in written)
        whole = parts == mapping.parts
        text = path.read_text(encoding="utf-8") if whole else replace(mapping, parts=parts).to_toml()
        if parts:
            (folder / path.name).write_text(text, encoding="utf-8")
