"""Colours, one palette for light and one for dark, so that figures, tables and page agree.

The categorical colours keep at least 0.095 OKLab apart for normal, deuteranope, protanope and tritanope eyes, and 3:1
against the card; `.streamlit/config.toml` repeats them for Streamlit's own charts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FONT = "Inter, -apple-system, Segoe UI, sans-serif"
SERIES = 12


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme; every text colour passes 4.5:1 on `card`."""

    name: str
    page: str
    card: str
    text: str
    muted: str
    line: str
    border: str
    primary: str
    fill: str
    others: str
    good: str
    bad: str
    previous: str
    falls: str
    series: tuple[str, ...]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]


LIGHT = Palette(
    name="light",
    page="#F6F7F9",
    card="#FFFFFF",
    text="#0F172A",
    muted="#5B6679",
    line="#ECEFF4",
    border="#DFE3EA",
    primary="#2158C7",
    fill="#2F66D4",
    others="#A3ADBD",
    good="#0B6B45",
    bad="#B42318",
    previous="#0F172A",
    falls="#D97F3F",
    series=(
        "#2158C7",
        "#DC7B0F",
        "#1AA676",
        "#711A23",
        "#9B8BC2",
        "#D22908",
        "#56246C",
        "#C34FFA",
        "#121CAE",
        "#886B98",
        "#96304B",
        "#634D89",
    ),
    sequential=("#F1F5FD", "#D5E2FA", "#AFC8F5", "#7EA6EE", "#4B7FE0", "#2158C7", "#173E8F"),
    diverging=("#A6470B", "#D97F3F", "#F2C19C", "#EEF0F4", "#AFC8F5", "#5A8DE4", "#1D4FB4"),
)

DARK = Palette(
    name="dark",
    page="#0B0F17",
    card="#131A26",
    text="#E6EAF2",
    muted="#9AA7BC",
    line="#202A39",
    border="#263041",
    primary="#6EA0FF",
    fill="#4C7FE0",
    others="#5E6B80",
    good="#5FD0A0",
    bad="#FF9A8F",
    previous="#E6EAF2",
    falls="#F0A064",
    series=(
        "#6EA0FF",
        "#EDF876",
        "#A04D52",
        "#FDA8B6",
        "#18D8FE",
        "#7E8D0D",
        "#CE72A7",
        "#ADFCEA",
        "#1E75E0",
        "#99B044",
        "#C2D138",
        "#60619A",
    ),
    sequential=("#182235", "#1D2F52", "#243F75", "#2E539C", "#3F6CC4", "#6EA0FF", "#B4CFFF"),
    diverging=("#F0A064", "#B96A31", "#6B4630", "#222C3C", "#2C4A80", "#4A7AD4", "#8DB4FF"),
)


def palette(kind: str | None) -> Palette:
    """The palette of `st.context.theme.type`; light until the browser has told."""
    return DARK if kind == "dark" else LIGHT


@cache
def style_sheet(*paths: Path) -> str:
    """The shell's style, read once a process."""
    return "".join(path.read_text(encoding="utf-8") for path in paths)


def mix(scale: tuple[str, ...], share: float) -> str:
    """The colour at `share` (0 to 1) along a scale."""
    place = min(max(share, 0.0), 1.0) * (len(scale) - 1)
    low = min(int(place), len(scale) - 2)
    weight = place - low
    pairs = zip(_channels(scale[low]), _channels(scale[low + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * weight):02X}" for a, b in pairs)


def readable_on(background: str) -> str:
    """Black or white ink, whichever stands out more from a background."""
    inks = ("#000000", "#FFFFFF")
    return max(inks, key=lambda ink: contrast(ink, background))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def faded(colour: str, alpha: float) -> str:
    red, green, blue = _channels(colour)
    return f"rgba({red},{green},{blue},{alpha:g})"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    shares = (each / 255 for each in _channels(colour))
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
