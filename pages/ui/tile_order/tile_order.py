"""Tiles as a list in one element, each dragged to another place: by mouse, by finger or by keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.served_component import served_component

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class OrderedTile:
    """A tile by its id, and what it is called."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TileMove:
    """A tile that is to stand behind another one, or first where `after` is empty."""

    id: str
    after: str


def tile_order(tiles: Sequence[OrderedTile], key: str, on_move: Callable[[TileMove], None]) -> None:
    """Draw the list; `on_move` runs before the page, as a widget's callback."""
    known = {each.id for each in tiles}

    def moved() -> None:
        move = parse_move((st.session_state.get(key) or {}).get("move"), known)
        if move is not None:
            on_move(move)

    _mount(key=key, data={"tiles": [asdict(each) for each in tiles]}, on_move_change=moved)


def parse_move(raw: Any, known: Collection[str]) -> TileMove | None:
    """A move as the browser sent it; nothing unless it has the right shape and moves a tile that is there."""
    if not isinstance(raw, dict) or not all(isinstance(raw.get(name), str) for name in ("id", "after")):
        return None
    if raw["id"] not in known or raw["after"] not in {"", *known} - {raw["id"]}:
        return None
    return TileMove(raw["id"], raw["after"])


_mount = served_component(
    "clientela_tile_order",
    html='<div class="root"></div>',
    css=(HERE / "tile_order.css").read_text(encoding="utf-8"),
    js=(HERE / "tile_order.js").read_text(encoding="utf-8"),
)
