"""How each partner delivers: when, how much later, how much of it, at what price; and the one that gets worse."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS, day_index
from data.demo.district.district_partners import SECOND_SUPPLIERS, partner_ids
from data.demo.simulated_products import BRANDS

LEAD_WEEKS = (1, 2, 3, 4, 5)
MEAN_DELAY_WEEKS = (0.1, 0.4, 0.8, 1.5)
FILLS = (1.0, 0.98, 0.9)
# What comes of an order that does not come whole: from so much of it to all.
LEAST_SHARE = 0.45
DEGRADED, DEGRADES_FROM = 12, date(2025, 3, 1)
DEGRADED_DELAY_WEEKS, DEGRADED_FILL = 3.0, 0.78
# A second supplier takes so much more than the first, by turns.
DEARER = (1.02, 1.04, 1.06, 1.08, 1.10)


def lead_weeks(partner: np.ndarray) -> np.ndarray:
    """Weeks to deliver, as promised."""
    found: np.ndarray = np.array(LEAD_WEEKS)[partner % 5]
    return found


def price_factor(partner: np.ndarray) -> np.ndarray:
    """What each takes against the cost of the list."""
    return np.where(partner < len(BRANDS), 1.0, np.array(DEARER)[partner % 5])


def mean_delay_weeks(partner: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Weeks beyond what was promised, on average over the orders of a day: Poisson, so that exp(-mean) are on time."""
    return _worse(np.array(MEAN_DELAY_WEEKS)[partner % 4], DEGRADED_DELAY_WEEKS, partner, day)


def fill_share(partner: np.ndarray, day: np.ndarray) -> np.ndarray:
    """The share of what was ordered on a day that arrives, on average."""
    return _worse(np.array(FILLS)[partner % 3], DEGRADED_FILL, partner, day)


def short_chance(fill: np.ndarray) -> np.ndarray:
    """How many orders do not come whole, where this share of the units arrives.

    >>> short_chance(np.array([1.0, 0.725])).tolist()
    [0.0, 1.0]
    """
    found: np.ndarray = (1 - fill) / (1 - (1 + LEAST_SHARE) / 2)
    return found


def _worse(usual: np.ndarray, at_last: float, partner: np.ndarray, day: np.ndarray) -> np.ndarray:
    """As usual, but for the one that gets worse from a day on, in a straight line to the last."""
    since = day_index(DEGRADES_FROM)
    gone = np.clip((day - since) / (DAYS - since), 0, 1) * (partner == DEGRADED)
    found: np.ndarray = usual + gone * (at_last - usual)
    return found


def habits() -> pl.DataFrame:
    """What may be expected of each partner that supplies, before any got worse."""
    number = np.array([*range(len(BRANDS)), *SECOND_SUPPLIERS])
    before = np.zeros(len(number), np.int64)
    delay, fill = mean_delay_weeks(number, before), fill_share(number, before)
    return pl.DataFrame({
        "id": partner_ids(number), "lead_weeks": lead_weeks(number), "mean_delay_weeks": delay,
        "on_time_share": np.exp(-delay), "fill_share": fill, "whole_share": 1 - short_chance(fill),
        "price_factor": price_factor(number),
    })  # fmt: skip


def degraded() -> pl.DataFrame:
    """The partner that gets worse: since when, and how it delivered before and does on the last day."""
    worst, last = np.array([DEGRADED]), np.array([DAYS])
    rows = habits().filter(pl.col("id") == partner_ids(worst).item())
    return rows.select("id", "mean_delay_weeks", "fill_share").with_columns(
        since=DEGRADES_FROM,
        last_delay_weeks=pl.Series(mean_delay_weeks(worst, last)), last_fill_share=pl.Series(fill_share(worst, last)),
    )  # fmt: skip
