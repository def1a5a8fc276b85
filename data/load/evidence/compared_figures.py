"""Columns of numbers compared: to the cent, with what the rounding of a price may add."""

from __future__ import annotations

import polars as pl

LEAST = 3  # orders, products or rows from which on a rule is believed
MOSTLY = 0.9
NEARLY = 0.95


def share(test: pl.Series) -> float:
    """The share of rows in which a test holds, of those in which it is known; 0 if there are none."""
    known = test.len() - test.null_count()
    return float(test.sum() or 0) / known if known else 0.0


def most(values: pl.Series) -> float:
    """The largest value, whatever its sign; 0 if there are none."""
    return float(values.abs().max() or 0)  # type: ignore[arg-type]


def total(values: pl.Series) -> float:
    return float(values.sum() or 0)


def are_whole(values: pl.Series) -> bool:
    """Whether all of them are whole numbers."""
    return bool((values.drop_nulls() % 1 == 0).all())


def varies(values: pl.Series) -> bool:
    return values.drop_nulls().n_unique() > 1


def same(amount: pl.Series, other: pl.Series, quantity: pl.Series | None = None) -> pl.Series:
    """Whether two amounts are the same but for rounding and sign, row by row."""
    pieces = quantity.abs().clip(1, None) if quantity is not None else 1.0
    return (amount.abs() - other.abs()).abs() <= 0.0051 * pieces + 0.0101 + (
        0.5 if are_whole(amount) else 0.0
    )


def agrees(amount: pl.Series, other: pl.Series, quantity: pl.Series | None = None) -> float:
    """The share of rows in which two amounts are the same."""
    return share(same(amount, other, quantity))


def once(order: pl.Series, amount: pl.Series) -> float:
    """The sum of an amount that counts once an order."""
    frame = pl.DataFrame({"order": order, "amount": amount}).drop_nulls()
    return total(frame.unique("order", keep="first", maintain_order=True)["amount"])
