"""The price offers cube: prices that customers named, beside those that were asked."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

MEASURES = (
    Measure(
        "price_offers",
        "Price offers",
        Kind.ADDITIVE,
        "count",
        "Prices that customers named.",
        aggregate="count",
    ),
    Measure(
        "customers_offering",
        "Customers offering",
        Kind.DISTINCT,
        "count",
        "Different customers who named a price; (unknown) is not one.",
        column="price_offer.customer_code",
        condition="price_offer.customer_code > 0",
    ),
    Measure(
        "offers_answered",
        "Offers answered",
        Kind.ADDITIVE,
        "count",
        "Offers that were answered, by the day on which they were made.",
        aggregate="count",
        condition="price_offer.answered_on IS NOT NULL",
        rising=0,
    ),
    Measure(
        "offered_to_asked",
        "Offered against asked",
        Kind.RATIO,
        "percent",
        "Prices offered, for the pieces wanted, divided by what was asked for the same pieces.",
        numerator="amount_offered",
        denominator="amount_asked",
    ),
    Measure(
        "median_offer",
        "Median offer",
        Kind.HOLISTIC,
        "money",
        "Half of the offers named this price of one piece or less.",
        column="price_offer.offered_price",
        quantile=0.5,
        empty="null",
        rising=0,
    ),
    Measure(
        "amount_offered",
        "Amount offered",
        Kind.ADDITIVE,
        "money",
        "Price offered times pieces wanted (one where not told), where both prices are known.",
        column="price_offer.offered_price * coalesce(price_offer.quantity, 1)",
        condition="price_offer.asked_price IS NOT NULL",
        hidden=True,
    ),
    Measure(
        "amount_asked",
        "Amount asked",
        Kind.ADDITIVE,
        "money",
        "Price asked times pieces wanted (one where not told), where both prices are known.",
        column="price_offer.asked_price * coalesce(price_offer.quantity, 1)",
        condition="price_offer.offered_price IS NOT NULL",
        rising=0,
        hidden=True,
    ),
)

cube = DeclaredCube("price_offers", "Price offers", "price_offer", MEASURES)
