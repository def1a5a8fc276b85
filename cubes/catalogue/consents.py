"""The consents cube: how often customers gave and withdrew their consent to be reached, by channel and purpose.

How many consent at a period's end is not among its measures: a customer may say so and take it back on one day, which
the last count of a series cannot tell apart. `data.campaigns.contact_rules` tells it of each customer.
"""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

GIVEN, WITHDRAWN = "consent.verdict = 'given'", "consent.verdict = 'withdrawn'"

MEASURES = (
    Measure(
        "consents_given",
        "Consents given",
        Kind.ADDITIVE,
        "count",
        "Times that a customer allowed to be reached by a channel, for a purpose or for every one.",
        aggregate="count",
        condition=GIVEN,
    ),
    Measure(
        "consents_withdrawn",
        "Consents withdrawn",
        Kind.ADDITIVE,
        "count",
        "Times that a customer took their consent back, or said no.",
        aggregate="count",
        condition=WITHDRAWN,
        rising=-1,
    ),
    Measure(
        "customers_giving_consent",
        "Customers consenting",
        Kind.DISTINCT,
        "count",
        "Different customers who allowed to be reached, whatever they said later; (unknown) is not one.",
        column="consent.customer_code",
        condition=f"consent.customer_code > 0 AND {GIVEN}",
    ),
    Measure(
        "customers_withdrawing",
        "Customers withdrawing",
        Kind.DISTINCT,
        "count",
        "Different customers who took their consent back or said no, whatever they said later; (unknown) is not one.",
        column="consent.customer_code",
        condition=f"consent.customer_code > 0 AND {WITHDRAWN}",
        rising=-1,
    ),
)

cube = DeclaredCube("consents", "Consents", "consent", MEASURES)
