"""A scoring of customers: when, how and by whom what models say of customers was found, one statement a scoring."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from data.errors import BadRequest
from data.model.canonical_tables import FACT
from data.model.said import Said, said

SCORE = FACT["customer_score"]
SCORES = tuple(column.name for column in SCORE.columns)
TIER = "tier"  # the parameter that says of which tier of customer share head-room is
COLUMNS = "scoring, scored_on, model, parameters, horizon_days, by, scores, customers, batch, saved_at"


@dataclass(frozen=True, slots=True)
class Scoring:
    """What a model says of customers at the close of the day `scored_on`, looking `horizon_days` ahead (None: all that
    is left); what has a tier of customer share is told of as many days before. `parameters` are what is needed to score
    them again alike; `by` says who did. Errors: BadRequest."""

    scored_on: date
    model: str
    horizon_days: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise BadRequest("A scoring says by which model it was made.", "Name the model.")
        if self.horizon_days is not None and self.horizon_days < 1:
            raise BadRequest(f"A horizon of {self.horizon_days} days holds nothing.", "Give one day or more.")
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))

    @property
    def made(self) -> Said:
        """By which model, and how far it looks, ahead or back.

        >>> Scoring(date(2024, 3, 31), "customer share, observed", 90, {TIER: "observed"}).made
        'customer share, observed, of the 90 days before'
        """
        if self.horizon_days is None:
            return said("{}, with no end to what lies ahead", self.model)
        way = "of the {:,} days before" if TIER in self.parameters else "{:,} days ahead"
        return said(f"{{}}, {way}", self.model, self.horizon_days)


@dataclass(frozen=True, slots=True)
class SavedScoring:
    """A scoring as it is kept: its `number`, which of `SCORES` it says of how many customers, the last load that it
    could know of, and when it was saved (UTC)."""

    number: int
    scoring: Scoring
    scores: tuple[str, ...]
    customers: int
    batch: int
    saved_at: datetime

    @property
    def sentence(self) -> Said:
        """When, by what and how far ahead customers were scored.

        >>> scoring = Scoring(date(2024, 3, 31), "BG/NBD", 365)
        >>> SavedScoring(1, scoring, ("chance",), 1200, 7, datetime(2024, 4, 1)).sentence
        '1,200 customers were scored at the close of 2024-03-31 by BG/NBD, 365 days ahead.'
        """
        were = "customer was" if self.customers == 1 else "customers were"
        day, made = self.scoring.scored_on, self.scoring.made
        return said(f"{{:,}} {were} scored at the close of {{}} by {{}}.", self.customers, day, made)


def read(rows: Callable[..., list[tuple[Any, ...]]]) -> tuple[SavedScoring, ...]:
    """Every scoring that is kept, the earliest day first."""
    return tuple(
        SavedScoring(
            number,
            Scoring(day, model, horizon, json.loads(parameters), by),
            tuple(scores),
            customers,
            batch,
            at,
        )
        for number, day, model, parameters, horizon, by, scores, customers, batch, at in rows(
            f"SELECT {COLUMNS.replace('by', 'saved_by')} FROM scoring ORDER BY scored_on, scoring"
        )
    )
