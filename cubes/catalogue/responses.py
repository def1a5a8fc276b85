"""The responses cube: who answered a campaign, and what it brought."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

MEASURES = (
    Measure(
        "responses",
        "Responses",
        Kind.ADDITIVE,
        "count",
        "Answers to campaigns; a customer may answer more than once.",
        aggregate="count",
    ),
    Measure(
        "customers_responded",
        "Customers who responded",
        Kind.DISTINCT,
        "count",
        "Different customers who answered a campaign; (unknown) is not one.",
        column="response.customer_code",
        condition="response.customer_code > 0",
    ),
    Measure(
        "response_amount",
        "Amount of responses",
        Kind.ADDITIVE,
        "money",
        "What the responses brought, as the campaign's own records say.",
        column="response.amount",
        empty="null",
    ),
    Measure(
        "average_response",
        "Average response",
        Kind.RATIO,
        "money",
        "Amount of the responses that tell one, divided by how many those are.",
        numerator="response_amount",
        denominator="responses_valued",
    ),
    Measure(
        "responses_valued",
        "Responses with an amount",
        Kind.ADDITIVE,
        "count",
        "Responses that tell an amount.",
        aggregate="count",
        condition="response.amount IS NOT NULL",
        hidden=True,
    ),
)

cube = DeclaredCube("responses", "Campaign responses", "response", MEASURES)
