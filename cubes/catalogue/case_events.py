"""The case events cube: what happened to tickets and cases, on the day of each event."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

EVENT = "case_event.event = '{}'"


def _times(name: str, label: str, event: str, doc: str, rising: int = 0) -> Measure:
    """How often an event happened."""
    return Measure(
        name, label, Kind.ADDITIVE, "count", doc, aggregate="count", condition=EVENT.format(event), rising=rising
    )  # fmt: skip


MEASURES = (
    Measure(
        "case_events",
        "Events of cases",
        Kind.ADDITIVE,
        "count",
        "Whatever happened to tickets and cases: opened, assigned, answered, closed, reopened, handed over and others.",
        aggregate="count",
        rising=0,
    ),
    Measure(
        "customers_with_cases",
        "Customers with cases",
        Kind.DISTINCT,
        "count",
        "Different customers to whose tickets or cases something happened; (unknown) is not one.",
        column="case_event.customer_code",
        condition="case_event.customer_code > 0",
        rising=0,
    ),
    _times(
        "openings", "Openings", "opened", "Tickets and cases opened; those opened again are left out.", -1
    ),
    _times(
        "closings", "Closings", "closed", "Times that a ticket or case was closed, the second time too.", 1
    ),
    _times("reopenings", "Reopenings", "reopened", "Times that a ticket or case was opened again.", -1),
    _times("case_answers", "Answers", "answered", "Times that a ticket or case was answered."),
    _times(
        "handovers", "Handed over", "handed over", "Times that a ticket or case was handed to others.", -1
    ),
    Measure(
        "reopening_rate",
        "Reopening rate",
        Kind.RATIO,
        "percent",
        "Reopenings divided by closings of the same days: of a short period some are of cases closed before it. Not"
        " known where nothing was closed.",
        numerator="reopenings",
        denominator="closings",
        rising=-1,
    ),
)

cube = DeclaredCube("case_events", "Events of cases", "case_event", MEASURES)
