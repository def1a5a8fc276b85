"""The wallet surveys cube: what customers say they spend in a category with anyone, and with us."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

TOLD = "wallet.spend > 0 AND wallet.own_spend >= 0"

MEASURES = (
    Measure(
        "wallet_answers",
        "Wallet answers",
        Kind.ADDITIVE,
        "count",
        "Answers of customers on what they spend in a category, each survey by itself.",
        aggregate="count",
        rising=0,
    ),
    Measure(
        "customers_asked",
        "Customers asked",
        Kind.DISTINCT,
        "count",
        "Different customers who told of their wallet; (unknown) is not one.",
        column="wallet.customer_code",
        condition="wallet.customer_code > 0",
        rising=0,
    ),
    Measure(
        "observed_share",
        "Observed share",
        Kind.RATIO,
        "percent",
        "Spent with us divided by spent with anyone, of what customers told; a wallet below its own part is that part.",
        numerator="told_own_spend",
        denominator="told_wallet",
    ),
    Measure(
        "told_wallet",
        "Spend with anyone, told",
        Kind.ADDITIVE,
        "money",
        "What customers say they spend in the categories asked, with anyone; each survey counts by itself.",
        column="greatest(wallet.spend, wallet.own_spend)",
        condition=TOLD,
    ),
    Measure(
        "told_own_spend",
        "Spend with us, told",
        Kind.ADDITIVE,
        "money",
        "What of the told wallets was spent with us.",
        column="wallet.own_spend",
        condition=TOLD,
    ),
)

cube = DeclaredCube("wallets", "Wallet surveys", "wallet", MEASURES)
