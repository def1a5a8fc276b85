"""The requests cube: calls and tickets that brought a subject, and whether it was settled at the first contact."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure
from data.derived_facts.service_requests import WITHIN_DAYS

MEASURES = (
    Measure(
        "service_requests",
        "Service requests",
        Kind.ADDITIVE,
        "count",
        "Calls and tickets of known customers that tell a subject; calls that the firm made are left out.",
        aggregate="count",
        rising=0,
    ),
    Measure(
        "first_contact_resolution",
        "First-contact resolution",
        Kind.RATIO,
        "percent",
        "Of the first calls and tickets of a customer on a subject, the share that no other of the same customer and"
        f" subject followed within {WITHIN_DAYS} days, a ticket opened by a call included; of the last {WITHIN_DAYS}"
        " days it is not known yet.",
        numerator="requests_solved",
        denominator="first_requests",
    ),
    Measure(
        "requests_solved",
        "Solved at first contact",
        Kind.ADDITIVE,
        "count",
        f"First requests that no other followed within {WITHIN_DAYS} days.",
        aggregate="count",
        condition="service_request.solved = 1",
        hidden=True,
    ),
    Measure(
        "first_requests",
        "First requests",
        Kind.ADDITIVE,
        "count",
        "First requests of a customer on a subject of which it is known whether they came back.",
        aggregate="count",
        condition="service_request.solved IS NOT NULL",
        rising=0,
        hidden=True,
    ),
)

cube = DeclaredCube("requests", "Service requests", "service_request", MEASURES)
