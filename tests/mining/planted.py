"""A simulated firm whose segments are known: lognormal behaviour around four planted centres."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

AS_OF = date(2025, 1, 1)
REAL = Path(__file__).parents[3] / "shared" / "real"

CENTRES = np.array(
    [  # log of: recency days, purchase days, revenue, categories; return rate
        [1.5, 3.2, 8.5, 2.8, 0.02],
        [3.2, 2.1, 5.5, 1.9, 0.02],
        [3.6, 1.5, 7.8, 0.9, 0.20],
        [5.3, 0.7, 3.5, 0.8, 0.02],
    ]
)


def customers(size: int, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    """`size` customers and the planted segment (0 to 3) of each."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, len(CENTRES), size)
    drawn = np.exp(CENTRES[truth, :4] + random.normal(0, 0.25, (size, 4)))
    frame = pl.DataFrame(
        {
            "customer": [f"c{each:06d}" for each in range(size)],
            "label": [f"Customer {each}" for each in range(size)],
            "last_purchase": [AS_OF - timedelta(days=int(each)) for each in drawn[:, 0]],
            "purchase_days": np.maximum(1, drawn[:, 1]).astype(int),
            "revenue": drawn[:, 2],
            "categories": np.maximum(1, drawn[:, 3]).astype(int),
            "return_rate": np.clip(CENTRES[truth, 4] + random.normal(0, 0.01, size), 0, 1),
        }
    )
    return frame, truth


def people(*rows: tuple[date | None, int, float]) -> pl.DataFrame:
    """Customers from (last purchase, purchase days, revenue), named a, b, c and so on."""
    return pl.DataFrame(
        {
            "customer": [chr(97 + at) for at in range(len(rows))],
            "label": [chr(65 + at) for at in range(len(rows))],
            "last_purchase": [row[0] for row in rows],
            "purchase_days": [row[1] for row in rows],
            "revenue": [row[2] for row in rows],
            "categories": [min(row[1], 3) for row in rows],
            "return_rate": [None if row[0] is None else 0.0 for row in rows],
        },
        schema_overrides={"last_purchase": pl.Date, "return_rate": pl.Float64, "revenue": pl.Float64},
    )


def real(path: str) -> Path:
    """A real input, or a skip that says it is absent."""
    found = REAL / path
    if not found.exists():
        pytest.skip(f"real input absent: {found}")
    return found
