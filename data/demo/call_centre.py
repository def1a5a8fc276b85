"""The call centre: whoever waits long hangs up or is not helped at once, and a slow ticket costs satisfaction.

Scores from 0 to 10 are binomial: ten chances, each logistic in what was endured and in the customer's mood. Whoever
calls may do so again about the same thing within a week, and of late one reason is given more and more often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import polars as pl

from data.demo import call_times, case_exports, planted_journeys
from data.demo.demo_firm import DAYS, day_index
from data.demo.export_papers import AMERICAN, AMERICAN_TABS, Exported
from data.demo.simulated_world import World, choice, days, drawn, logistic, numbered

FIRST_CALLS_PER_CUSTOMER = 2.75
MADE = 0.1
UNHAPPY_CALLS = 0.25
HANGS_UP = (-4.0, 0.25)
SOLVED = (0.9, -0.2)
CALL_SCORE, CALL_SCORED = (1.5, -0.15, 0.6), 0.15
TICKET_SCORE, TICKET_SCORED = (1.3, -0.12, 0.6), 0.4
REASONS = ("Delivery", "Invoice", "Damaged goods", "Return", "Question")
REASON_SHARES = (0.35, 0.15, 0.15, 0.20, 0.15)
CALLS_AGAIN, AGAIN_DAYS = (0.20, 0.08, 0.25, 0.15, 0.04), 7
RISING, RISES_FROM, RISEN = "Damaged goods", date(2025, 5, 1), 0.3
DAYS_TO_CLOSE, DAYS_SPREAD = (2.0, 4.0, 6.0, 5.0, 1.0), 0.8
REMEDIES = ("Solved", "Replaced", "Refunded", "Rejected")
REMEDY_SHARES = (0.6, 0.15, 0.15, 0.1)
AGENTS = ("Ivana", "Marco", "Oksana", "Pieter", "Sofía", "Дмитрий")
NOTES = ("Клиент просит перезвонить", 'Says "never again" | wants the manager', "Посылка не дошла, адрес верный",
         "Rückruf ab 17 Uhr", "Ha già scritto due volte")  # fmt: skip
NOTED = 0.01


def deliveries(world: World) -> Iterator[Exported]:
    """Calls, the tickets opened in them, and what happened to these."""
    calls = _calls(world)
    tickets = _tickets(world, calls)
    yield Exported(
        "callcentre", "calls", "calls.txt", calls.drop("person", "day", "second"), AMERICAN, key="Call No",
        date="Date", stranger="Caller No", sums={"duration_seconds": "Length (s)", "satisfaction": "Score"},
    )  # fmt: skip
    yield Exported(
        "callcentre", "tickets", "tickets.txt", tickets.drop("moment", "last"), AMERICAN_TABS, key="Ticket No",
        date="Opened", stranger="Caller No", sums={"satisfaction": "Score"},
    )  # fmt: skip
    happened = case_exports.events(tickets, AGENTS, world.firm.random("exports", 112))
    yield Exported(
        "callcentre", "ticket_events", "ticket_events.txt", happened, AMERICAN, key="Event No", date="Day",
        stranger="Caller No",
    )  # fmt: skip


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """The logistic relations: of an outcome or a score, on what was endured and on mood; and when and why people call.

    `share` of the subject that rises is what it was before `since` and what it is at the end, with the calls that
    repeat another left out.
    """
    rows = [
        ("a caller hangs up", "minutes waited", *HANGS_UP, 0.0),
        ("a call is solved at once, if not hung up", "minutes waited", *SOLVED, 0.0),
        ("score of a call", "minutes waited", *CALL_SCORE),
        ("score of a ticket", "days to close", *TICKET_SCORE),
    ]
    before = REASON_SHARES[REASONS.index(RISING)]
    rising = [(RISING, RISES_FROM, before, before + (1 - before) * RISEN)]
    again = {"subject": REASONS, "chance": CALLS_AGAIN, "within_days": AGAIN_DAYS}
    return {
        "service": pl.DataFrame(rows, schema=["what", "of", "constant", "slope", "mood"], orient="row"),
        "repeat_contact": pl.DataFrame(again),
        "rising_subject": pl.DataFrame(
            rising, schema=["subject", "since", "share", "risen_to"], orient="row"
        ),
        **call_times.truth(world),
        **case_exports.truth(world),
        **planted_journeys.truth(world),
    }


def _calls(world: World) -> pl.DataFrame:
    random, known = world.random("service"), world.known("callcentre")
    asked = _asked(world)
    person, day, second = (asked[name].to_numpy() for name in ("person", "day", "second"))
    size, waited = len(asked), call_times.waits(second, random)
    minutes = waited / 60
    left = random.random(size) < logistic(HANGS_UP[0] + HANGS_UP[1] * minutes)
    solved = random.random(size) < logistic(SOLVED[0] + SOLVED[1] * minutes)
    scored = (random.random(size) < CALL_SCORED) & ~left
    length = np.where(left, 0, 30 + random.exponential(240, size)).astype(np.int64)
    noted = np.where(random.random(size) < NOTED, random.integers(1, len(NOTES) + 1, size), 0)
    opens = ~left & ~solved
    return pl.DataFrame({
        "person": person, "day": day, "second": second + waited + length,
        "Call No": numbered("CL", size), "Date": days(day), "Begun": call_times.clock(second),
        "Caller No": known.numbers(person, random), "Direction": choice(("In", "Out"), asked["made"].to_numpy()),
        "Reason": choice(REASONS, asked["reason"].to_numpy()), "Wait (s)": waited, "Length (s)": length,
        "Outcome": choice(("Ticket opened", "Solved", "Hung up"), np.where(left, 2, solved)),
        "Score": scores(CALL_SCORE, minutes, world.mood[person], scored, random),
        "Agent": choice(AGENTS, random.integers(0, len(AGENTS), size)), "Note": choice((None, *NOTES), noted),
        "Ticket No": _ticket_numbers(np.cumsum(opens)).set(pl.Series(~opens), None),
    })  # fmt: skip


def _asked(world: World) -> pl.DataFrame:
    """Who calls when and why, by day and time, calls that repeat others among them; the firm itself `made` some."""
    random, known = world.firm.random("exports", 110), world.known("callcentre").persons
    size = round(FIRST_CALLS_PER_CUSTOMER * world.firm.size)
    pull = np.exp(-UNHAPPY_CALLS * world.mood)
    made = int((random.random(size) < MADE).sum())
    odds = planted_journeys.ODDS["callcentre", "call made"]

    def draw(many: int) -> planted_journeys.Met:
        return call_times.called(world, known, many, random, pull)

    met = draw(size - made), planted_journeys.drawn_toward(world, draw, odds, made, random)
    person, day = (np.concatenate(each) for each in zip(*met, strict=True))
    first = pl.DataFrame(
        {
            "person": person,
            "day": day,
            "reason": _reasons(day, random),
            "made": np.arange(size) >= size - made,
        }
    )
    both = pl.concat([first, _again(world, first.filter(~pl.col("made")), random)])
    return both.with_columns(second=call_times.seconds(len(both), random)).sort("day", "second", "person")


def _reasons(day: np.ndarray, random: np.random.Generator) -> np.ndarray:
    reason = drawn(np.arange(len(REASONS)), np.array(REASON_SHARES), len(day), random)
    since = day_index(RISES_FROM)
    rises = random.random(len(day)) < RISEN * (day - since) / (DAYS - since)
    return np.where(rises, REASONS.index(RISING), reason)


def _again(world: World, first: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """Calls about the same thing within a week, as long as the customer deals with the firm."""
    again = first.filter(
        pl.Series(random.random(len(first)) < np.array(CALLS_AGAIN)[first["reason"].to_numpy()])
    )
    later = again["day"].to_numpy() + random.integers(1, AGAIN_DAYS + 1, len(again))
    return again.with_columns(day=pl.Series(np.minimum(later, world.life[1][again["person"].to_numpy()])))


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
    moment = case_exports.opened_at(day, opened["second"].to_numpy())
    return pl.DataFrame({
        "moment": moment, "last": np.where(closed, day + took, -1),
        "Ticket No": opened["Ticket No"], "Opened": opened["Date"], "Opened at": case_exports.clock_of(moment),
        "Caller No": opened["Caller No"], "Reason": opened["Reason"], "State": choice(("Open", "Closed"), closed),
        "Outcome": choice(REMEDIES, remedy).set(pl.Series(~closed), None),
        "Closed": days(np.where(closed, day + took, -9999)),
        "Score": scores(TICKET_SCORE, took, world.mood[person], scored, random), "Call No": opened["Call No"],
        "Agent": opened["Agent"],
    })  # fmt: skip


def _ticket_numbers(number: np.ndarray) -> pl.Series:
    return "TK" + pl.Series(number).cast(pl.String).str.zfill(6)


def scores(
    terms: tuple[float, float, float], endured: np.ndarray, mood: np.ndarray, given: np.ndarray,
    random: np.random.Generator,
) -> pl.Series:  # fmt: skip
    """From 0 to 10, of ten chances each logistic in what was endured and in mood; none where none was given."""
    chance = logistic(terms[0] + terms[1] * endured + terms[2] * mood)
    return pl.Series(random.binomial(10, chance)).set(pl.Series(~given), None)
