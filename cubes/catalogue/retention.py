"""The retention cube: of the customers of one period, who bought in the next; what is not over yet is not told."""

from __future__ import annotations

from collections.abc import Iterator

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure
from data.derived_facts.kept_customers import GRAINS

WHEN = "Told on the last day of the {0}, once it is over; over longer times, that of all {0}s together."


def _of_grain(grain: str) -> Iterator[Measure]:
    """Retention and churn from one period of the calendar to the next, and what they are made of."""
    of_grain, when = f"kept_customer.grain = '{grain}'", WHEN.format(grain)
    yield Measure(
        f"retention_{grain}",
        f"Retention by {grain}",
        Kind.RATIO,
        "percent",
        f"Of the customers who ordered in the {grain} before, the share who ordered in this one as well. {when}",
        numerator=f"customers_kept_{grain}",
        denominator=f"customers_before_{grain}",
    )
    yield Measure(
        f"churn_{grain}",
        f"Churn by {grain}",
        Kind.RATIO,
        "percent",
        f"Of the customers who ordered in the {grain} before, the share who did not in this one: 1 less retention;"
        f" who pauses counts as well. {when}",
        numerator=f"customers_lapsed_{grain}",
        denominator=f"customers_before_{grain}",
        rising=-1,
    )
    for name, label, doc, condition, rising in (
        ("before", "Customers of the {} before", "Customers who ordered in the {} before.", "", 0),
        (
            "kept",
            "Kept from the {} before",
            "Those of the {} before who ordered again.",
            " AND stayed = 1",
            1,
        ),
        (
            "lapsed",
            "Lapsed since the {} before",
            "Those of the {} before who did not.",
            " AND stayed = 0",
            -1,
        ),
    ):
        yield Measure(
            f"customers_{name}_{grain}",
            label.format(grain),
            Kind.ADDITIVE,
            "count",
            doc.format(grain),
            aggregate="count",
            condition=of_grain + condition.replace("stayed", "kept_customer.stayed"),
            rising=rising,
            hidden=True,
        )


MEASURES = tuple(measure for grain in GRAINS for measure in _of_grain(grain))

cube = DeclaredCube("retention", "Retention", "kept_customer", MEASURES)
