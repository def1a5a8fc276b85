"""The list of tiles: a move from the browser is not trusted."""

from __future__ import annotations

from typing import Any

import pytest

from pages.ui.tile_order.tile_order import TileMove, parse_move

KNOWN = ("a", "b", "c")


def test_a_tile_goes_behind_another_or_first() -> None:
    assert parse_move({"id": "a", "after": "c"}, KNOWN) == TileMove("a", "c")
    assert parse_move({"id": "c", "after": ""}, KNOWN) == TileMove("c", "")


@pytest.mark.parametrize(
    "raw", [None, "a", {}, {"id": "a"}, {"id": "x", "after": ""}, {"id": "a", "after": "x"},
            {"id": "a", "after": "a"}, {"id": ["a"], "after": ""}, {"id": "a", "after": 3}]
)  # fmt: skip
def test_what_is_no_move_moves_nothing(raw: Any) -> None:
    assert parse_move(raw, KNOWN) is None
