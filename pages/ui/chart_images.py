"""Every chart as an image: Plotly's one button made two, for PNG and for SVG, by pointer and by keyboard."""

from __future__ import annotations

from pathlib import Path

from pages.ui.served_component import served_component

ASSETS = Path(__file__).parent / "assets"

_mount = served_component(
    "clientela_chart_images",
    html="<i hidden></i>",
    js=(ASSETS / "chart_images.js").read_text(encoding="utf-8"),
)


def offer_images() -> None:
    """Mount once a page: Plotly's settings come as JSON, which holds one format and no button of our own."""
    _mount(key="clientela-chart-images")
