"""What customers told of their wallets, made fit to count: the last answer of each on each category, faults counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest

UNKNOWN = "(unknown)"
MOSTLY = 0.9
WHOLES = (1.0, 100.0)  # what shares are told of, as parts or as percentages
FEWEST = 10  # answers before wallets that are all the same are no chance
FAR = 5


@dataclass(frozen=True, slots=True, eq=False)
class WalletAnswers:
    """`rows` has customer, category, wallet, own (money, own <= wallet), rank and brands (null where not told).

    Left out: `nameless` answers of nobody known, `unreadable` ones (no wallet, or one below zero), `earlier` ones of
    the same customer and category. `raised` wallets were below what is spent with us, and stand as that. `doubts` are
    sentences to stand beside whatever is told of them.
    """

    rows: pl.DataFrame
    nameless: int
    unreadable: int
    earlier: int
    raised: int
    doubts: tuple[str, ...] = ()


def wallet_answers(frame: pl.DataFrame) -> WalletAnswers:
    """From one row an answer: `customer`, `wallet_category`, `day`, `spend` and `own_spend` (money), `rank`, `brands`.

    Raises BadRequest where no answer is left, and where spend is given as shares of 100 instead of money.
    """
    known = frame.filter(pl.col("customer").is_not_null() & (pl.col("customer") != UNKNOWN))
    sound = known.filter(
        (pl.col("spend") > 0) & pl.col("spend").is_finite() & (pl.col("own_spend").fill_null(0) >= 0)
    )
    if sound.is_empty():
        raise BadRequest(
            "No customer told of a wallet here.", "Load a wallet survey, or look at what look-alikes spend."
        )
    _check_money(sound)
    category = pl.col("wallet_category").fill_null("").alias("category")
    last = sound.sort("day").unique(["customer", "wallet_category"], keep="last", maintain_order=True)
    told = last.select(
        "customer", category, wallet=pl.max_horizontal("spend", "own_spend"), own="own_spend",
        rank="rank", brands="brands",
    )  # fmt: skip
    raised = last.filter(pl.col("own_spend") > pl.col("spend")).height
    return WalletAnswers(
        told, frame.height - known.height, known.height - sound.height, sound.height - last.height, raised,
        tuple(_doubts(told)),
    )  # fmt: skip


def _check_money(sound: pl.DataFrame) -> None:
    often = sound["spend"].value_counts(sort=True)
    amount, times = often.row(0)
    enough = 2 if amount in WHOLES else FEWEST
    if sound.height >= enough and times >= MOSTLY * sound.height:
        raise BadRequest(
            f"{times} of {sound.height} wallets are exactly {amount:g}, so the survey gives shares and not money.",
            "Load what customers spend with anyone and with us as amounts.",
        )


def _doubts(told: pl.DataFrame) -> Iterator[str]:
    """Own spend that never passes 1 or 100 beside wallets many times that may be shares of them."""
    both = told.filter(pl.col("own").is_not_null())
    if both.height < FEWEST:
        return
    most, middle = float(both["own"].max()), float(both["wallet"].median())  # type: ignore[arg-type]
    whole = next((each for each in WHOLES if 0 < most <= each and middle >= FAR * each), None)
    if whole:
        yield (
            f"No answer tells of more than {whole:g} spent with us, and half of the wallets are over {middle:,.0f}: "
            "if those are shares, load amounts instead."
        )
