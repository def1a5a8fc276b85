"""Palettes that everyone can read: contrast by WCAG, series apart for colour-blind eyes, config in step."""

from __future__ import annotations

import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from pages.ui.style.theme import DARK, LIGHT, SERIES, Palette, contrast, mix, palette, readable_on

ROOT = Path(__file__).resolve().parents[2]
# Machado, Oliveira & Fernandes (2009), A physiologically-based model for simulation of color vision deficiency,
# table of severity 1.0, on linear RGB.
EYES = {
    "normal": np.eye(3),
    "deuteranope": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanope": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "tritanope": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# CSS Color Module Level 4 maps gamuts with 0.02 in OKLab as just noticeable: any two of twelve lie nearly five times
# that apart, for each of the four eyes.
APART = 0.095
BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def linear(colour: str) -> np.ndarray:
    shares = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    cones = np.array([[0.41222, 0.53633, 0.05145], [0.21190, 0.68070, 0.10740], [0.08830, 0.28172, 0.62998]])
    lab = np.array([[0.21045, 0.79362, -0.00407], [1.97800, -2.42859, 0.45059], [0.02590, 0.78277, -0.80868]])
    return lab @ np.cbrt(cones @ np.clip(rgb, 0, 1))


@BOTH
@pytest.mark.parametrize("eye", EYES)
def test_twelve_series_are_told_apart(colours: Palette, eye: str) -> None:
    assert len(set(colours.series)) == SERIES == 12
    seen = [oklab(EYES[eye] @ linear(each)) for each in colours.series]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > APART


@BOTH
def test_contrast(colours: Palette) -> None:
    for ink in (colours.text, colours.muted, colours.primary, colours.good, colours.bad):
        assert contrast(ink, colours.card) >= 4.5, ink
    assert contrast(colours.muted, colours.page) >= 4.5
    for mark in (*colours.series, colours.fill):
        assert contrast(mark, colours.card) >= 3, mark


@BOTH
def test_words_on_heat_are_readable(colours: Palette) -> None:
    for scale in (colours.sequential, colours.diverging):
        for step in range(101):
            shade = mix(scale, step / 100)
            assert contrast(readable_on(shade), shade) >= 4.5, shade


def test_streamlits_own_charts_use_the_same_colours() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    for colours in (LIGHT, DARK):
        section = theme[colours.name]
        assert tuple(section["chartCategoricalColors"]) == colours.series
        assert section["backgroundColor"] == colours.page
        assert section["secondaryBackgroundColor"] == colours.card


def test_palette_before_the_browser_has_told() -> None:
    assert palette(None) is LIGHT
    assert palette("dark") is DARK
