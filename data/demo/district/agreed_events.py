"""What was agreed with each partner of the district, and happened to it: the days behind the stages of the ERP's lists.

A partner is selected before a list first shows it so, then signs for a year or two, is trained, and renews before each
end of what it signed; one that is suspended or leaves renews no more.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from data.demo.customer_exports import EXPORTS
from data.demo.demo_firm import DAYS, day_index
from data.demo.district.district_partners import PARTNERS, SETTLED, STAGES, partner_ids, stages
from data.demo.simulated_world import World, days, numbered

EVENTS = {1: "selected", 2: "signed", 3: "trained", 4: "suspended", 5: "left"}
RENEWED = "renewed"
SIGNED_DAYS = (365, 730)
RENEWED_BEFORE = (10, 40)
# Those that were active when the lists began were so within weeks.
BEGINNING, OLD_FRIENDS_DAYS = date(2023, 1, 2), 20
NOTES = {"suspended": "Consegne in ritardo", "left": "Rapporto concluso"}
Event = tuple[int, int, str, int]


def agreements(world: World) -> pl.DataFrame:
    """All events by day, with the columns of the ERP."""
    random = world.firm.random("exports", 132)
    paths = np.column_stack(stages(world))
    found = sorted(event for partner in range(PARTNERS) for event in _of(partner, paths[partner], random))
    day, partner, event, until = zip(*found, strict=True)
    return pl.DataFrame({
        "Numero": numbered("AC", len(found), 4), "Data": days(np.array(day)),
        "Codice": partner_ids(np.array(partner)), "Accordo": event, "Valido fino al": days(np.array(until)),
        "Nota": [NOTES.get(each) for each in event],
    })  # fmt: skip


def _of(partner: int, path: np.ndarray, random: np.random.Generator) -> list[Event]:
    """Day, partner, event and until when (-9999: for good), of one partner."""
    length = SIGNED_DAYS[partner % len(SIGNED_DAYS)]
    first = length + 30 * (partner % 12)
    reached = _reached(path, random)
    steps = [(day, partner, EVENTS[stage], day + first if stage == SETTLED - 1 else -9999)
             for stage, day in reached.items()]  # fmt: skip
    stops = reached.get(len(STAGES) - 2, DAYS)
    return steps + _renewals(partner, reached.get(SETTLED - 1, DAYS) + first, length, stops, random)


def _reached(path: np.ndarray, random: np.random.Generator) -> dict[int, int]:
    """The day on which each stage was reached, between the list before and the first that shows it."""
    ends = [day_index(each) for each in EXPORTS]
    found: dict[int, int] = {}
    before, begins = 0, day_index(BEGINNING)
    ends[0] = begins + OLD_FRIENDS_DAYS if path[0] >= SETTLED else ends[0]
    for stage, ends_on in zip(path.tolist(), ends, strict=True):
        when = np.sort(random.choice(np.arange(begins, ends_on - 1), 3, replace=False)).tolist()
        found |= dict(zip(range(before + 1, stage + 1), when, strict=False))
        before, begins = stage, ends_on
    return found


def _renewals(partner: int, until: int, length: int, stops: int, random: np.random.Generator) -> list[Event]:
    """Each renewal before what holds ends, as long as the partner is neither suspended nor gone."""
    found: list[Event] = []
    while (day := until - int(random.integers(*RENEWED_BEFORE))) < min(stops, DAYS):
        until += length
        found.append((day, partner, RENEWED, until))
    return found
