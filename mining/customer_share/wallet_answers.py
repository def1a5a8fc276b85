"""What customers told of their wallets, made fit to count: the last answer of each on each category, faults counted."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest

UNKNOWN = "(unknown)"
MOSTLY = 0.9
HUNDRED = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class WalletAnswers:
    """`rows` has customer, category, wallet, own (money, own <= wallet), rank and brands (null where not told).

    Left out: `nameless` answers of nobody known, `unreadable` ones (no wallet, or one below zero), `earlier` ones of
    the same customer and category. `raised` wallets were below what is spent with us, and stand as that.
    """

    rows: pl.DataFrame
    nameless: int
    unreadable: int
    earlier: int
    raised: int


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
        told, frame.height - known.height, known.height - sound.height, sound.height - last.height, raised
    )


def _check_money(sound: pl.DataFrame) -> None:
    whole = sound.filter(pl.col("spend") == HUNDRED).height
    if sound.height > 1 and whole >= MOSTLY * sound.height:
        raise BadRequest(
            f"{whole} of {sound.height} wallets are exactly 100, so the survey gives shares and not money.",
            "Load what customers spend with anyone and with us as amounts.",
        )
