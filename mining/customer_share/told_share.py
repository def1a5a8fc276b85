"""Customer share where customers were asked: observed from both amounts, or surveyed from the rank that they give us.

Wallet Allocation Rule (Keiningham, Aksoy, Williams & Buoye, "The Wallet Allocation Rule", 2015): of n brands used, the
one of rank r has (1 - r / (n + 1)) x 2 / n of the wallet; ranks tied are their mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest
from mining.customer_share.share_tier import Tier, TieredShare
from mining.customer_share.wallet_answers import WalletAnswers


@dataclass(frozen=True, slots=True, eq=False)
class ToldShare:
    """`rows` has one answer each: customer, category, own, wallet, head_room (money); `total` is sum over sum of them.

    `silent` answers do not tell what this tier needs, and are left out.
    """

    total: TieredShare
    rows: pl.DataFrame
    silent: int


def observed_share(answers: WalletAnswers) -> ToldShare:
    """Spent with us, of spent with anyone. Raises BadRequest where nobody told both."""
    both = answers.rows.filter(pl.col("own").is_not_null())
    return _told(Tier.OBSERVED, both, answers, "how much of it they spend with us")


def surveyed_share(answers: WalletAnswers) -> ToldShare:
    """The rank's share of each wallet. Raises BadRequest where nobody gave a rank among the brands used."""
    fits = (pl.col("rank") >= 1) & (pl.col("rank") <= pl.col("brands"))
    ranked = answers.rows.filter(fits.fill_null(False))
    own = pl.col("wallet") * allocation(pl.col("rank"), pl.col("brands"))
    return _told(Tier.SURVEYED, ranked.with_columns(own=own), answers, "our rank among the brands they use")


def allocation(rank: pl.Expr, brands: pl.Expr) -> pl.Expr:
    """The share (0 to 1) of the brand of that rank among so many; all ranks of n add up to 1."""
    return (1 - rank / (brands + 1)) * 2 / brands


def _told(tier: Tier, rows: pl.DataFrame, answers: WalletAnswers, what: str) -> ToldShare:
    if rows.is_empty():
        raise BadRequest(f"No customer told {what}.", "Look at another tier.")
    counted = rows.select("customer", "category", "own", "wallet", head_room=pl.col("wallet") - pl.col("own"))
    total = TieredShare(tier, float(counted["own"].sum()), float(counted["wallet"].sum()))
    return ToldShare(total, counted, answers.rows.height - rows.height)
