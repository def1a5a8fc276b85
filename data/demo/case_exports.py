"""What happens to tickets: opened, assigned, answered, perhaps handed over, closed, and some reopened and closed again.

Time runs while the call centre is open: between two events of a ticket lie office seconds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from data.demo.call_times import OFFICE_SECONDS, OPENS_AT, clock
from data.demo.demo_firm import DAYS
from data.demo.simulated_world import World, choice, days, numbered

REOPENED, HANDED_OVER = 0.12, 0.15
ANSWER_SECONDS, ANSWER_SPREAD = 5400.0, 1.0
EVENTS = ("Opened", "Assigned", "Answered", "Handed over", "Closed", "Reopened", "Closed")
END = DAYS * OFFICE_SECONDS - 1
NEVER = 2 * END


def truth(_world: World) -> Mapping[str, pl.DataFrame]:
    """Chances of a ticket, and the median of office seconds until it is answered."""
    rows = [
        ("a ticket is reopened", REOPENED),
        ("a ticket is handed over", HANDED_OVER),
        ("office seconds until a ticket is answered, median", ANSWER_SECONDS),
    ]
    return {"case_plan": pl.DataFrame(rows, schema=["what", "value"], orient="row")}


def opened_at(day: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The office seconds since the firm began at which a ticket was opened, at the latest when the day closed."""
    found: np.ndarray = day * OFFICE_SECONDS + np.clip(second - OPENS_AT, 0, OFFICE_SECONDS - 1)
    return found


def clock_of(moment: np.ndarray) -> pl.Series:
    """The time of the day of office seconds."""
    return clock(OPENS_AT + moment % OFFICE_SECONDS)


def events(tickets: pl.DataFrame, agents: tuple[str, ...], random: np.random.Generator) -> pl.DataFrame:
    """All events of `tickets` (`moment` opened in office seconds, `last` the day of the closing, -1 for none)."""
    size = len(tickets)
    when, who = _moments(tickets, random), _agents(tickets, agents, random)
    row, kind = (each.ravel() for each in np.indices((size, len(EVENTS))))
    moment = when.ravel()
    order = np.flatnonzero(moment <= END)
    order = order[np.lexsort((kind[order], row[order], moment[order]))]
    row, kind, moment = row[order], kind[order], moment[order]
    told = tickets["Ticket No", "Caller No", "Reason"][pl.Series(row)]
    return pl.DataFrame({
        "Event No": numbered("EV", len(row), 7), "Ticket No": told["Ticket No"],
        "Day": days(moment // OFFICE_SECONDS), "Time": clock_of(moment), "Event": choice(EVENTS, kind),
        "Agent": choice(agents, who[row, kind]), "Caller No": told["Caller No"], "Reason": told["Reason"],
    })  # fmt: skip


def _moments(tickets: pl.DataFrame, random: np.random.Generator) -> np.ndarray:
    """By ticket and event of EVENTS the office second, NEVER where it does not happen."""
    size, opened, last = len(tickets), tickets["moment"].to_numpy(), tickets["last"].to_numpy()
    chance = random.random((8, size))
    from_then = np.maximum(last * OFFICE_SECONDS, opened)
    closing = from_then + chance[0] * ((last + 1) * OFFICE_SECONDS - 1 - from_then)
    final = np.where(last < 0, NEVER, closing)
    until, again = np.minimum(final, END), chance[1] < REOPENED
    first = np.where(again, opened + chance[2] * (until - opened), final)
    reopening = np.where(again, first + chance[3] * (until - first), NEVER)
    answer = np.minimum(opened + ANSWER_SECONDS * random.lognormal(0, ANSWER_SPREAD, size), first)
    assigned = opened + chance[4] * (answer - opened)
    handing = answer + chance[5] * (np.minimum(first, END) - answer)
    handed = np.where((chance[6] < HANDED_OVER) & (answer <= END), handing, NEVER)
    second_closing = np.where(again, final, NEVER)
    return np.stack((opened, assigned, answer, handed, first, reopening, second_closing), axis=1).astype(
        np.int64
    )


def _agents(tickets: pl.DataFrame, agents: tuple[str, ...], random: np.random.Generator) -> np.ndarray:
    """By ticket and event the place of who did it: one opens, one works on it, who it is handed to closes it."""
    size = len(tickets)
    places = {name: place for place, name in enumerate(agents)}
    opens = tickets["Agent"].replace_strict(places).to_numpy()
    works = random.integers(0, len(agents), size)
    return np.stack((opens, works, works, works, works, opens, works), axis=1)
