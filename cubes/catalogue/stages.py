"""The stages cube: who entered and left which stage of the life cycle, and how many stand in each."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure
from data.lifecycle.stage_entries import REDESCRIBED

LONGER_THAN_ALL_HISTORY = 200_000  # days
MOVED = f"stage_entry.cause <> '{REDESCRIBED}'"

MEASURES = (
    Measure(
        "customers_in_stage",
        "Customers in stage",
        Kind.SEMI_ADDITIVE,
        "count",
        "Customers who stand in a stage of the life cycle at the period's end: over all stages, those known by then.",
        of="stage_net",
        window_days=LONGER_THAN_ALL_HISTORY,
        rising=0,
        is_whole=True,
    ),
    Measure(
        "stage_entries",
        "Entered a stage",
        Kind.ADDITIVE,
        "count",
        "Times that a customer entered a stage of the life cycle.",
        aggregate="count",
        condition=f"stage_entry.sign > 0 AND {MOVED}",
        rising=0,
    ),
    Measure(
        "stage_exits",
        "Left a stage",
        Kind.ADDITIVE,
        "count",
        "Times that a customer left a stage of the life cycle for another.",
        aggregate="count",
        condition=f"stage_entry.sign < 0 AND {MOVED}",
        rising=0,
    ),
    Measure(
        "stage_redescribed",
        "Described anew",
        Kind.ADDITIVE,
        "count",
        "Customers who stayed in their stage and came to be described as the question asks, less those described"
        " otherwise from then on: who moved to a city, less who moved away.",
        column=f"CASE WHEN stage_entry.cause = '{REDESCRIBED}' THEN stage_entry.sign::INTEGER ELSE 0 END",
        rising=0,
        is_whole=True,
    ),
    Measure(
        "stage_net",
        "Net of a stage",
        Kind.ADDITIVE,
        "count",
        "Entered, less left, and those described anew: by how much the customers in a stage grew.",
        column="stage_entry.sign::INTEGER",
        rising=0,
        is_whole=True,
    ),
)

cube = DeclaredCube("stages", "Life cycle", "stage_entry", MEASURES)
