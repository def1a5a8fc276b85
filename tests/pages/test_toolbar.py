"""The toolbar: nothing that a browser sends is trusted, and links say what they ask."""

from __future__ import annotations

from typing import Any

import pytest

from pages.ui.toolbar.toolbar import ToolButton, ToolChoice, ToolText, link, parse_press

TOOLS = (
    ToolText("<b>12</b>"),
    ToolButton("why", "Why?"),
    ToolButton("undo", "", is_off=True),
    ToolChoice("kind", "Kind", "bars", (("bars", "Bars"), ("line", "Over time"))),
    link("segments", "Segments", "group_work", "segments", {"where": ["country=France|Italy", "day=..2025-01-31"]}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "press"),
    [
        ({"name": "why", "value": ""}, ("why", "")),
        ({"name": "why", "value": "bars"}, ("why", "")),
        ({"name": "kind", "value": "line"}, ("kind", "line")),
        ({"name": "segments"}, ("segments", "")),
        ({"name": "kind", "value": "pie"}, None),
        ({"name": "kind", "value": ["line"]}, None),
        ({"name": "undo", "value": ""}, None),
        ({"name": "redo", "value": ""}, None),
        ({"value": "bars"}, None),
        ("why", None),
        (None, None),
    ],
)
def test_a_press_is_of_a_tool_that_can_be_pressed(raw: Any, press: tuple[str, str] | None) -> None:
    assert parse_press(raw, TOOLS) == press


def test_a_link_says_all_that_it_asks() -> None:
    assert link("baskets", "Baskets", "", "baskets", {"where": []}).href == "baskets"
    asked = link("baskets", "Baskets", "", "baskets", {"where": ["country=A&B", "year=2011"]}).href
    assert asked == "baskets?where=country%3DA%26B&where=year%3D2011"
