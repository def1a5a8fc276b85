"""The call centre: whoever waits long hangs up or is not helped at once, and a slow ticket costs satisfaction.

Scores from 0 to 10 are binomial: ten chances, each logistic in what was endured and in the customer's mood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS
from data.demo.export_papers import AMERICAN, AMERICAN_TABS, Exported
from data.demo.simulated_world import World, choice, days, drawn, logistic, moments, numbered

CALLS_PER_CUSTOMER = 3
UNHAPPY_CALLS = 0.25
MEAN_WAIT_MINUTES = 3.0
HANGS_UP = (-4.0, 0.25)
SOLVED = (0.9, -0.2)
CALL_SCORE, CALL_SCORED = (1.5, -0.15, 0.6), 0.15
TICKET_SCORE, TICKET_SCORED = (1.3, -0.12, 0.6), 0.4
REASONS = ("Delivery", "Invoice", "Damaged goods", "Return", "Question")
REASON_SHARES = (0.35, 0.15, 0.15, 0.20, 0.15)
DAYS_TO_CLOSE, DAYS_SPREAD = (2.0, 4.0, 6.0, 5.0, 1.0), 0.8
REMEDIES = ("Solved", "Replaced", "Refunded", "Rejected")
REMEDY_SHARES = (0.6, 0.15, 0.15, 0.1)
AGENTS = ("Ivana", "Marco", "Oksana", "Pieter", "Sofía", "Дмитрий")
NOTES = ("Клиент просит перезвонить", 'Says "never again" | wants the manager', "Посылка не дошла, адрес верный",
         "Rückruf ab 17 Uhr", "Ha già scritto due volte")  # fmt: skip
NOTED = 0.01


def deliveries(world: World) -> Iterator[Exported]:
    """Calls and the tickets opened in them."""
    calls = _calls(world)
    written = calls.drop("person", "day", "minutes")
    yield Exported(
        "callcentre", "calls", "calls.txt", written, AMERICAN, key="Call No", date="Date", stranger="Caller No",
        sums={"duration_seconds": "Length (s)", "satisfaction": "Score"},
    )  # fmt: skip
    yield Exported(
        "callcentre", "tickets", "tickets.txt", _tickets(world, calls), AMERICAN_TABS, key="Ticket No",
        date="Opened", stranger="Caller No", sums={"satisfaction": "Score"},
    )  # fmt: skip


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """The logistic relations: of an outcome or a score, on what was endured and on mood."""
    rows = [
        ("a caller hangs up", "minutes waited", *HANGS_UP, 0.0),
        ("a call is solved at once, if not hung up", "minutes waited", *SOLVED, 0.0),
        ("score of a call", "minutes waited", *CALL_SCORE),
        ("score of a ticket", "days to close", *TICKET_SCORE),
    ]
    return {"service": pl.DataFrame(rows, schema=["what", "of", "constant", "slope", "mood"], orient="row")}


def _calls(world: World) -> pl.DataFrame:
    random, known = world.random("service"), world.known("callcentre")
    size = CALLS_PER_CUSTOMER * world.firm.size
    person, day = moments(world, known.persons, size, random, np.exp(-UNHAPPY_CALLS * world.mood))
    minutes = np.rint(60 * random.exponential(MEAN_WAIT_MINUTES, size)) / 60
    left = random.random(size) < logistic(HANGS_UP[0] + HANGS_UP[1] * minutes)
    solved = random.random(size) < logistic(SOLVED[0] + SOLVED[1] * minutes)
    scored = (random.random(size) < CALL_SCORED) & ~left
    reason = drawn(np.arange(len(REASONS)), np.array(REASON_SHARES), size, random)
    length = np.where(left, 0, 30 + random.exponential(240, size)).astype(np.int64)
    noted = np.where(random.random(size) < NOTED, random.integers(1, len(NOTES) + 1, size), 0)
    return pl.DataFrame({
        "person": person, "day": day, "minutes": minutes,
        "Call No": numbered("CL", size), "Date": days(day), "Caller No": known.numbers(person, random),
        "Direction": choice(("In", "Out"), random.random(size) < 0.1), "Reason": choice(REASONS, reason),
        "Wait (s)": np.rint(60 * minutes).astype(np.int64), "Length (s)": length,
        "Outcome": choice(("Ticket opened", "Solved", "Hung up"), np.where(left, 2, solved)),
        "Score": scores(CALL_SCORE, minutes, world.mood[person], scored, random),
        "Agent": choice(AGENTS, random.integers(0, len(AGENTS), size)), "Note": choice((None, *NOTES), noted),
    })  # fmt: skip


def _tickets(world: World, calls: pl.DataFrame) -> pl.DataFrame:
    """One for each call that opened one: closed after some days that depend on the reason, or open still."""
    random = world.firm.random("exports", 103)
    opened = calls.filter(pl.col("Outcome") == "Ticket opened")
    size, day, person = len(opened), opened["day"].to_numpy(), opened["person"].to_numpy()
    median = opened["Reason"].replace_strict(dict(zip(REASONS, DAYS_TO_CLOSE, strict=True))).to_numpy()
    took = np.rint(median * random.lognormal(0, DAYS_SPREAD, size)).astype(np.int64)
    closed = day + took < DAYS
    remedy = drawn(np.arange(len(REMEDIES)), np.array(REMEDY_SHARES), size, random)
    scored = closed & (random.random(size) < TICKET_SCORED)
    return pl.DataFrame({
        "Ticket No": numbered("TK", size), "Opened": opened["Date"], "Caller No": opened["Caller No"],
        "Reason": opened["Reason"], "State": choice(("Open", "Closed"), closed),
        "Outcome": choice(REMEDIES, remedy).set(pl.Series(~closed), None),
        "Closed": days(np.where(closed, day + took, -9999)),
        "Score": scores(TICKET_SCORE, took, world.mood[person], scored, random), "Call No": opened["Call No"],
    })  # fmt: skip


def scores(
    terms: tuple[float, float, float], endured: np.ndarray, mood: np.ndarray, given: np.ndarray,
    random: np.random.Generator,
) -> pl.Series:  # fmt: skip
    """From 0 to 10, of ten chances each logistic in what was endured and in mood; none where none was given."""
    chance = logistic(terms[0] + terms[1] * endured + terms[2] * mood)
    return pl.Series(random.binomial(10, chance)).set(pl.Series(~given), None)
