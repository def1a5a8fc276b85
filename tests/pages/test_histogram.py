"""A distribution's bins hold every value once, skewed or not, and its quantiles are those of a sorted list."""

from __future__ import annotations

import math
import random

import polars as pl
import pytest

from pages.ui import figures
from pages.ui.figures import BETWEEN_IDS, Quantity
from pages.ui.figures.value_bins import counts_of_values, quantile, value_bins
from pages.ui.style.theme import LIGHT

EUROS = Quantity("Revenue", "money", "EUR")


def frame(values: list[float | None]) -> pl.DataFrame:
    return pl.DataFrame({"value": pl.Series(values, dtype=pl.Float64)})


def sample(kind: str) -> list[float]:
    chance = random.Random(7)
    drawn = {
        "even": lambda: chance.gauss(50, 9),
        "signed": lambda: chance.gauss(0, 9),
        "skewed": lambda: chance.lognormvariate(3, 1.6),
        "skewed with returns": lambda: chance.choice([0.0, -5.0, chance.lognormvariate(3, 1.6)]),
        "counts": lambda: float(chance.choice([0, 1, 1, 2, 3, 8])),
        "same": lambda: 7.0,
        "tiny": lambda: chance.lognormvariate(-9, 2.5),
        "zero": lambda: 0.0,
        "below": lambda: -chance.lognormvariate(3, 1.6),
    }[kind]
    return [drawn() for _ in range(500)]


KINDS = ["even", "signed", "skewed", "skewed with returns", "counts", "same", "tiny", "zero", "below"]


@pytest.mark.parametrize("kind", KINDS)
def test_bins_hold_every_value_once(kind: str) -> None:
    values = sample(kind)
    bins, _ = value_bins(frame(values))
    for each in bins:
        if each.is_zero:
            assert each.members == values.count(0.0)
        else:
            assert each.members == sum(each.low <= value < each.high and value != 0 for value in values)
            assert each.low >= 0 or each.high <= 0, "no bin holds both signs"
    assert sum(each.members for each in bins) == len(values)
    assert 1 <= len(bins) <= 40


def test_skewed_values_have_bins_that_widen() -> None:
    bins, widens = value_bins(frame(sample("skewed with returns")))
    assert widens
    assert (bins[0].low, bins[0].high) == (-math.inf, 0.0)
    assert bins[1].is_zero
    assert {round(each.low / 10 ** math.floor(math.log10(each.low))) for each in bins[2:]} <= {1, 2, 5}
    assert not value_bins(frame(sample("even")))[1]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_are_those_of_a_sorted_list(kind: str, share: float) -> None:
    values = sorted(sample(kind))
    assert quantile(counts_of_values(frame(values)), share) == values[math.ceil(share * len(values)) - 1]


def test_members_counted_beforehand_say_the_same() -> None:
    values = sample("counts")
    counted = frame(values).group_by("value").agg(members=pl.len())
    assert value_bins(counted) == value_bins(frame(values))
    said = figures.distribution_words(counted, measure=EUROS)
    assert said == figures.distribution_words(frame(values), measure=EUROS)
    assert said.startswith("500 customers; half have €2.00 or less; ")


def test_a_histogram_marks_quantiles_and_tells_zero_and_below_apart() -> None:
    figure = figures.histogram(frame([-5.0, 0.0, 0.0, *map(float, range(1, 9)), None]), LIGHT, measure=EUROS)
    bars = figure.data[0]
    zero = [custom[0] for custom in bars.customdata].index(f"0{BETWEEN_IDS}0")
    assert bars.y[zero] == 2
    assert bars.marker.pattern.shape[zero] == "/"
    assert bars.marker.color[0] == LIGHT.falls
    assert bars.marker.color[-1] == LIGHT.fill
    assert len(figure.layout.shapes) == 3
    said = " ".join(each.text for each in figure.layout.annotations)
    assert "<b>Half</b> €3.00 or less" in said
    assert "2 at zero, 1 below zero" in said.replace("<br>", " ")


def test_a_widening_axis_says_so() -> None:
    figure = figures.histogram(frame(sample("skewed")), LIGHT, measure=EUROS)
    assert "logarithmic" in figure.layout.xaxis.title.text
    assert figures.distribution_words(frame([]), measure=EUROS) == "No customer has any revenue."
