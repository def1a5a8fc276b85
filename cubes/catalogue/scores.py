"""The scores cube: what models said customers are worth and will do, as it stood at any date."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

# Of whom it was said; a customer's last scoring stands until the next, for a quarter at most.
SERIES = ("customer_score.customer_code",)
CARRIED_DAYS = 92
CARRIED = (
    "of each customer at its last scoring of the period; where it has none, at the last one of the"
    f" {CARRIED_DAYS} days before the period's end."
)


def _standing(
    name: str,
    label: str,
    unit: str,
    doc: str,
    column: str,
    rising: int,
    hidden: bool = False,
    is_whole: bool = False,
) -> Measure:
    """What stands of each customer at the end of a period, added up."""
    return Measure(
        name,
        label,
        Kind.SEMI_ADDITIVE,
        unit,
        f"{doc} {CARRIED}",
        column=column,
        series=SERIES,
        carried_days=CARRIED_DAYS,
        empty="null",
        rising=rising,
        hidden=hidden,
        is_whole=is_whole,
    )


MEASURES = (
    _standing(
        "customer_value",
        "Customer value",
        "money",
        "Expected margin of the time ahead, discounted,",
        "customer_score.value",
        1,
    ),
    Measure(
        "value_per_customer",
        "Value of a customer",
        Kind.RATIO,
        "money",
        "Expected margin of the time ahead, discounted, on average over the customers for whom it is known.",
        numerator="customer_value",
        denominator="customers_valued",
    ),
    _standing(
        "value_at_risk",
        "Value at risk",
        "money",
        "Value times the chance that nothing is bought within the horizon,",
        "(customer_score.value * (1 - customer_score.chance))",
        -1,
    ),
    Measure(
        "chance_to_buy",
        "Mean chance to buy",
        Kind.RATIO,
        "percent",
        "The chance that a customer buys within the horizon of its scoring, on average over customers with one.",
        numerator="chances",
        denominator="customers_with_chance",
    ),
    _standing(
        "purchases_expected",
        "Purchases expected",
        "count",
        "Purchases to be expected within the horizon,",
        "customer_score.expected_purchases",
        1,
    ),
    _standing(
        "head_room",
        "Head-room",
        "money",
        "What customers could yet spend here within the horizon, by the tier of customer share that was saved,",
        "customer_score.head_room",
        1,
    ),
    Measure(
        "customer_share",
        "Customer share",
        Kind.RATIO,
        "percent",
        "What customers spend here divided by that and head-room, by the tier of customer share that was saved.",
        numerator="spend_here",
        denominator="wallet",
    ),
    Measure(
        "times_scored",
        "Times scored",
        Kind.ADDITIVE,
        "count",
        "How often a customer was scored; two scorings of a day that tell different things are two.",
        aggregate="count",
        rising=0,
    ),
    Measure(
        "customers_scored",
        "Customers scored",
        Kind.DISTINCT,
        "count",
        "Different customers who were scored in the period itself; (unknown) is not one.",
        column="customer_score.customer_code",
        condition="customer_score.customer_code > 0",
        rising=0,
    ),
    _standing(
        "spend_here",
        "Spend here",
        "money",
        "What customers whose head-room is known spend here,",
        "CASE WHEN customer_score.head_room IS NOT NULL THEN customer_score.spend END",
        1,
        hidden=True,
    ),
    _standing(
        "wallet",
        "Wallet",
        "money",
        "Spend here and head-room,",
        "(customer_score.spend + customer_score.head_room)",
        0,
        hidden=True,
    ),
    _standing(
        "chances",
        "Chances to buy",
        "count",
        "Chances to buy, added up,",
        "customer_score.chance",
        1,
        hidden=True,
    ),
    _standing(
        "customers_with_chance",
        "Customers with a chance",
        "count",
        "Customers whose chance to buy is known,",
        "CASE WHEN customer_score.chance IS NOT NULL THEN 1 END",
        0,
        hidden=True,
        is_whole=True,
    ),
    _standing(
        "customers_valued",
        "Customers valued",
        "count",
        "Customers whose value is known,",
        "CASE WHEN customer_score.value IS NOT NULL THEN 1 END",
        0,
        hidden=True,
        is_whole=True,
    ),
)

cube = DeclaredCube("scores", "Scores", "customer_score", MEASURES)
