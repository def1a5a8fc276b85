"""The demonstration firm: its size and seed, the fixed calendar it lives in, and its random streams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from data.errors import BadInput

NAME = "Distretto Val Bisenzio"
CURRENCY = "EUR"
FIRST_DAY = date(2023, 1, 1)
LAST_DAY = date(2025, 12, 31)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
MONTHS = 12 * (LAST_DAY.year - FIRST_DAY.year + 1)
FIRST_KEY = (FIRST_DAY - date(1970, 1, 1)).days

LINES_PER_CUSTOMER = 50
LEAST_RATIO, GREATEST_RATIO = 15, 150
STREAMS = (
    "products",
    "customers",
    "purchases",
    "homes",
    "cash",
    "lines",
    "calibration",
    "records",
    "exports",
    "campaigns",
)


@dataclass(frozen=True, slots=True)
class Firm:
    """How large the firm is (order lines, customers, products) and the seed that fixes everything else.

    `lines` is met within a few per cent, since customers buy at random; `customers` is `lines` / 50 unless
    given. Errors: BadInput when the sizes do not make a firm.
    """

    lines: int = 1_000_000
    customers: int | None = None
    products: int = 2_000
    seed: int = 7

    def __post_init__(self) -> None:
        if not LEAST_RATIO <= self.lines / max(self.size, 1) <= GREATEST_RATIO or self.size < 100:
            raise BadInput(
                f"{self.lines:,} lines do not suit {self.size:,} customers.",
                f"Take at least 100 customers, and {LEAST_RATIO} to {GREATEST_RATIO} lines for each.",
            )
        if not 200 <= self.products <= 1_000_000:
            raise BadInput(f"{self.products:,} products do not fill the catalogue.", "Take 200 to 1,000,000.")
        if self.seed < 0:
            raise BadInput(f"The seed {self.seed} is negative.", "Take 0 or more.")

    @property
    def size(self) -> int:
        """How many customers are known by name."""
        return self.lines // LINES_PER_CUSTOMER if self.customers is None else self.customers

    def random(self, stream: str, chunk: int = 0) -> np.random.Generator:
        """The random stream of one purpose and chunk: the same whatever was drawn elsewhere."""
        return np.random.Generator(np.random.PCG64DXSM([self.seed, STREAMS.index(stream), chunk]))


def day_index(day: date) -> int:
    """Days since the firm's first day."""
    return (day - FIRST_DAY).days


def month_index(day: date) -> int:
    """Whole months since the firm's first."""
    return 12 * (day.year - FIRST_DAY.year) + day.month - FIRST_DAY.month


def month_starts() -> np.ndarray:
    """The day index of each month's first day, and of the day after the last month."""
    months = np.arange(MONTHS + 1) + np.datetime64(FIRST_DAY, "M")
    return (months.astype("datetime64[D]") - np.datetime64(FIRST_DAY, "D")).astype(np.int64)
