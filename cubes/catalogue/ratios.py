"""Ratios between cubes: each part is counted in its own cube before they are divided; a part may be such a ratio."""

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
    Measure(
        "acquisition_cost",
        "Acquisition cost",
        Kind.RATIO,
        "money",
        "What campaign contacts cost divided by the customers who ordered for the first time in the same cell, whatever"
        " brought them; other costs of marketing are not known.",
        numerator="contacts.contact_cost",
        denominator="purchases.new_customers",
        rising=-1,
    ),
    Measure(
        "value_to_acquisition_cost",
        "Lifetime value to acquisition cost",
        Kind.RATIO,
        "points",
        "What a customer is worth on average, as scored last, divided by what contacts cost for each new one.",
        numerator="scores.value_per_customer",
        denominator="acquisition_cost",
    ),
)
RATIO = {measure.name: measure for measure in BETWEEN}


def counted_parts(measure: Measure) -> tuple[str, ...]:
    """The measures of cubes, as `<cube>.<measure>`, that a ratio between cubes is made of.

    >>> counted_parts(RATIO["value_to_acquisition_cost"])
    ('scores.value_per_customer', 'contacts.contact_cost', 'purchases.new_customers')
    """
    parts = (measure.numerator, measure.denominator)
    return tuple(
        each for part in parts for each in (counted_parts(RATIO[part]) if part in RATIO else (part,))
    )


def cubes_of_ratio(measure: Measure) -> tuple[str, ...]:
    """The names of the cubes that a ratio between cubes is counted in."""
    return tuple(dict.fromkeys(part.partition(".")[0] for part in counted_parts(measure)))
