"""Ratios between cubes: each part is counted in its own cube before they are divided."""

from __future__ import annotations

from cubes.model import Kind, Measure

BETWEEN = (
    Measure(
        "interactions_per_order",
        "Interactions per order",
        Kind.RATIO,
        "points",
        "Interactions divided by orders of the same cell.",
        numerator="interactions.interactions",
        denominator="sales.orders",
        rising=-1,
    ),
    Measure(
        "revenue_per_contact",
        "Revenue per contact",
        Kind.RATIO,
        "money",
        "Revenue (net of returns) divided by the contacts of campaigns in the same cell; no effect of theirs.",
        numerator="sales.revenue",
        denominator="contacts.contacts",
    ),
    Measure(
        "response_rate",
        "Response rate",
        Kind.RATIO,
        "percent",
        "Customers who responded divided by customers contacted; responses come later, so ask by campaign.",
        numerator="responses.customers_responded",
        denominator="contacts.customers_contacted",
    ),
)
RATIO = {measure.name: measure for measure in BETWEEN}
