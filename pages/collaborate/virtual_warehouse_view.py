"""What the page Virtual warehouse shows, frozen: a product asked for, how many by when, and the partner left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from cubes.address_parameters import check_names, only
from data.errors import BadRequest
from mining.partners.delivery_plans import check_pieces

WEEKS = (4, 8, 13, 26)
SHORT = (7, 14, 30, 60)
IDLE = (28, 56, 84)
LASTING = (30, 60, 90)


@dataclass(frozen=True, slots=True)
class VirtualWarehouseView:
    """`product` (id) of which `pieces` (0: as many as two weeks ask for) are wanted `by` a day (none: four weeks from
    the last that is known). Demand is that of the last so many `weeks`; what lasts fewer than `short` days is short,
    what did not leave for `idle` days is dead, and may be moved until the other has enough for `lasting` days.
    `without` is the partner (id) that is thought to have left."""

    product: str = ""
    pieces: int = 0
    by: date | None = None
    without: str = ""
    weeks: int = 13
    short: int = 14
    idle: int = 56
    lasting: int = 60

    def to_parameters(self) -> dict[str, list[str]]:
        usual = VirtualWarehouseView()
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: [str(value)] for name, value in said.items() if value != getattr(usual, name)}

    def changed(self, **said: Any) -> VirtualWarehouseView:
        return replace(self, **said)


def parse_virtual_warehouse(parameters: Mapping[str, list[str]]) -> VirtualWarehouseView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, [each.name for each in fields(VirtualWarehouseView)])
    said = {name: only(parameters, name) for name in parameters}
    usual = VirtualWarehouseView()
    pieces = _whole(said, "pieces", usual.pieces)
    if "pieces" in said:
        check_pieces(pieces)
    return VirtualWarehouseView(
        said.get("product", ""),
        pieces,
        _day(said.get("by", "")),
        said.get("without", ""),
        _within(said, "weeks", usual.weeks, 104),
        _within(said, "short", usual.short, 365),
        _within(said, "idle", usual.idle, 365),
        _within(said, "lasting", usual.lasting, 365),
    )


def _whole(said: Mapping[str, str], name: str, usual: int) -> int:
    text = said.get(name, str(usual))
    if not (text.lstrip("-").isascii() and text.lstrip("-").isdecimal() and len(text) < 16):
        raise BadRequest(f"{text[:20]!r} is no whole number for {name}.", "Write one like 100.")
    return int(text)


def _within(said: Mapping[str, str], name: str, usual: int, most: int) -> int:
    found = _whole(said, name, usual)
    if not 1 <= found <= most:
        raise BadRequest(f"{name} cannot be {found}.", f"Take a whole number from 1 to {most}.")
    return found


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text[:20]!r} is no day.", "Write one like 2026-01-31.") from None
