"""The purchases cube: orders of known customers by their place among theirs: who is new, who returns, how soon."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

MEASURES = (
    Measure(
        "new_customers",
        "New customers",
        Kind.ADDITIVE,
        "count",
        "Customers who ordered for the first time in all that is loaded.",
        aggregate="count",
        condition="purchase.nth = 1",
    ),
    Measure(
        "returning_customers",
        "Returning customers",
        Kind.DISTINCT,
        "count",
        "Different customers who ordered and had ordered before, in the period or ahead of it.",
        column="purchase.customer_code",
        condition="purchase.nth > 1",
    ),
    Measure(
        "repeat_customer_rate",
        "Repeat customer rate",
        Kind.RATIO,
        "percent",
        "Customers who ordered and had ordered before, divided by all who ordered: over all time those with two orders"
        " or more, in a period all for whom it was not the first.",
        numerator="returning_customers",
        denominator="ordering_customers",
    ),
    Measure(
        "purchase_interval",
        "Purchase interval",
        Kind.RATIO,
        "days",
        "Days since the customer's order before, on average over orders that had one; two orders of a day are 0 days"
        " apart, and who never came back is not in it.",
        numerator="days_between",
        denominator="repeat_orders",
        rising=-1,
    ),
    Measure(
        "repeat_orders",
        "Repeat orders",
        Kind.ADDITIVE,
        "count",
        "Orders of customers who had ordered before.",
        aggregate="count",
        condition="purchase.nth > 1",
    ),
    Measure(
        "customer_orders",
        "Orders of customers",
        Kind.ADDITIVE,
        "count",
        "Orders whose customer is known.",
        aggregate="count",
    ),
    Measure(
        "ordering_customers",
        "Customers who ordered",
        Kind.DISTINCT,
        "count",
        "Different customers who ordered; returns do not count, and (unknown) is not one.",
        column="purchase.customer_code",
        hidden=True,
    ),
    Measure(
        "days_between",
        "Days between orders, summed",
        Kind.ADDITIVE,
        "days",
        "Days since the customer's order before, summed over orders that had one.",
        column="purchase.days_since",
        rising=-1,
        hidden=True,
    ),
)

cube = DeclaredCube("purchases", "Orders of customers", "purchase", MEASURES)
