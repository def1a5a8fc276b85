"""What customers bring: proposals that others vote on, and prices that they name and a producer answers.

A proposal is accepted if it has enough votes when it is decided. An offer is accepted if it leaves the producer
the least margin over cost; it names a part of what the customer would have paid (`willingness`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS
from data.demo.district.district_partners import supplier_ids
from data.demo.export_papers import WIDE, Exported
from data.demo.list_exports import listed, product_ids
from data.demo.simulated_customers import DISCOUNTS, SEGMENTS
from data.demo.simulated_world import World, choice, days, moments, numbered, once
from data.demo.voices import planted_proposals, price_panels, producer_reviews, prototype_trials
from data.demo.voices.planted_proposals import LANGUAGE, LANGUAGES, MANNERS
from data.demo.voices.proposal_drafts import (
    VOTES_NEEDED,
    VOTING_DAYS,
    drafts,
    liked,
    proposal_ids,
    votes_cast,
    wishes,
)
from data.demo.voices.willingness import WILLING, WILLING_SPREAD, willing_cents

OFFERS_PER_CUSTOMER = 0.4
SHADING = 0.95
LEAST_MARGIN = 0.12
# A price is answered to some of those refused that came near to the least.
NEAR, ANSWERED_WITH_PRICE = 0.85, 0.5
DAYS_OPEN = (14, 31)
WITHOUT_END = 0.4  # of the offers, which hold until they are answered
# Of late the desk has fallen behind.
BEHIND_DAYS, BEHIND = 21, 0.5
REQUIRING = 0.15
REQUIREMENTS = ("Delivery before the holidays", "All of one dye lot", "Consegna in un'unica spedizione",
                "Con certificato del filato", "Без упаковки в плёнку", "Invoice to the head office")  # fmt: skip
TOO_FEW, ENOUGH = ("Too few supports", "Too few supports to begin", "The producer cannot make it yet"), (
    "Enough supports", "The producer will make a prototype", "Planned for the next collection")  # fmt: skip
BELOW_COST = ("Below what it costs", "Not with this yarn", "No stock at this price")


def deliveries(world: World) -> Iterator[Exported]:
    """Proposals, votes, price offers, tests of prototypes, surveys of prices, and reviews of producers."""
    yield Exported("shop", "proposals", "proposals.parquet", _proposals(world), key="proposal", date="sent_on",
                   stranger="user_id")  # fmt: skip
    yield Exported("shop", "votes", "votes.csv", _votes(world), WIDE, key="vote", date="cast_on", stranger="user_id",
                   sums={"weight": "weight"})  # fmt: skip
    yield Exported("shop", "price_offers", "price_offers.csv", _offers(world)[0], WIDE, key="offer", date="named_on",
                   stranger="user_id",
                   sums={"offered_price": "offered", "asked_price": "asked", "quantity": "pieces",
                         "countered_price": "answered_with"})  # fmt: skip
    yield from prototype_trials.deliveries(world)
    yield from price_panels.deliveries(world)
    yield from producer_reviews.deliveries(world)


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """What is true of proposals and prices: appeals and repeats, what would have been paid, the rules of answers."""
    made = drafts(world)
    appeals = pl.DataFrame(
        {"number": numbered("PR", len(made.votes), 5), "appeal": made.appeal, "votes": made.votes}
    )
    segments = pl.DataFrame({"segment": [each.name for each in SEGMENTS], "median_of_asked": WILLING})
    rows = [
        ("votes_needed", VOTES_NEEDED, "votes"), ("willingness_spread", WILLING_SPREAD, "log"),
        ("shading", SHADING, "of willingness"), ("least_margin", LEAST_MARGIN, "of cost"),
    ]  # fmt: skip
    rules = pl.DataFrame(
        rows, schema={"name": pl.String, "value": pl.Float64, "unit": pl.String}, orient="row"
    )
    return {
        "proposal": appeals,
        "repeated_proposal": _repeats(world),
        "price_offer": _offers(world)[1],
        "willingness": segments,
        "collaboration": rules,
        **prototype_trials.truth(world),
        **price_panels.truth(world),
        **producer_reviews.truth(world),
    }


def _votes(world: World) -> pl.DataFrame:
    cast = votes_cast(world)
    return pl.DataFrame({
        "vote": numbered("VT", len(cast)), "cast_on": days(cast["day"].to_numpy()),
        "user_id": cast["user_id"],
        "proposal": proposal_ids(cast["proposal"].to_numpy()), "weight": 1,
    })  # fmt: skip


def _proposals(world: World) -> pl.DataFrame:
    made, wished = drafts(world), wishes(world)
    random, decided = world.firm.random("exports", 124), made.decided
    texts = planted_proposals.texts(wished.told, random)
    verdict = np.where(decided, 1 + made.accepted, 0)
    why = choice((None, *TOO_FEW, *ENOUGH), np.where(decided, _reason(verdict, random), 0))
    return pl.DataFrame({
        "proposal": numbered("PR", len(wished.product), 5), "sent_on": days(made.day),
        "user_id": wished.user_id,
        "product": product_ids(wished.product), "producer": supplier_ids(world, wished.product),
        "title": texts["title"], "text": texts["text"], "place": texts["place"],
        "status": choice(("open", "declined", "accepted"), verdict),
        "decided_on": days(np.where(decided, made.day + VOTING_DAYS, -9999)), "reason": why,
    })  # fmt: skip


def _reason(verdict: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Which of the reasons, of those for a no and for a yes counted through."""
    found: np.ndarray = 1 + len(TOO_FEW) * (verdict == 2) + random.integers(0, len(TOO_FEW), len(verdict))
    return found


def _repeats(world: World) -> pl.DataFrame:
    """By proposal the first that asks for the same thing (itself, mostly), and in which manner it was repeated."""
    told = wishes(world).told
    return pl.DataFrame({
        "number": proposal_ids(np.arange(len(told.repeats))), "same_as": proposal_ids(told.asks_the_same),
        "made_from": proposal_ids(told.repeats), "manner": choice(MANNERS, told.manner),
        "language": choice(LANGUAGES, told.parts[:, LANGUAGE]),
    })  # fmt: skip


@once
def _offers(world: World) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The offers, and what is true of each."""
    random, known = world.firm.random("exports", 109), world.known("shop")
    size = round(OFFERS_PER_CUSTOMER * world.firm.size)
    person, day = moments(world, known.persons, size, random)
    product = liked(world, person, random)
    price, cost = listed(world, product, day)
    asked = np.rint(price * (1 - np.array(DISCOUNTS)[world.people.kind[person]]))
    willing = willing_cents(world, person, asked, random)
    offered, floor = np.minimum(np.maximum(np.rint(willing * SHADING), 1), asked), cost * (1 + LEAST_MARGIN)
    answered = day + random.integers(1, 6, size)
    answered[_waits_still(world, day)] = DAYS
    answer = np.where(answered < DAYS, 1 + (offered >= floor), 0)
    number = numbered("PO", size, 5)
    frame = pl.DataFrame({
        "offer": number, "named_on": days(day), "user_id": known.numbers(person, random),
        "product": product_ids(product), "producer": supplier_ids(world, product), "offered": offered / 100,
        "asked": asked / 100, "pieces": 1 + random.poisson(3, size),
        "answered_on": days(np.where(answered < DAYS, answered, -9999)),
        **_terms(world, day, answer, offered, floor),
    })  # fmt: skip
    true = pl.DataFrame({
        "number": number, "customer_code": person, "willingness_eur": willing / 100, "floor_eur": floor / 100,
    })  # fmt: skip
    return frame, true


def _waits_still(world: World, day: np.ndarray) -> np.ndarray:
    """Which of the last offers nobody has come to."""
    random = world.firm.random("exports", 131)
    found: np.ndarray = (day >= DAYS - BEHIND_DAYS) & (random.random(len(day)) < BEHIND)
    return found


def _terms(
    world: World, day: np.ndarray, answer: np.ndarray, offered: np.ndarray, floor: np.ndarray
) -> Mapping[str, pl.Series]:
    """The answers, and what stands beside price and product: until when, at which price instead, why, and on what
    condition."""
    random, size = world.firm.random("exports", 125), len(day)
    near = (answer == 1) & (offered >= NEAR * floor)
    countered = near & (random.random(size) < ANSWERED_WITH_PRICE)
    why = random.integers(1, len(BELOW_COST) + 1, size) * ((answer == 1) & ~countered)
    requires = random.integers(1, len(REQUIREMENTS) + 1, size) * (random.random(size) < REQUIRING)
    instead = pl.Series(np.ceil(floor * 1.02) / 100).set(pl.Series(~countered), None)
    until = day + random.integers(*DAYS_OPEN, size)
    return {
        "answer": choice(("waiting", "refused", "accepted", "countered"), np.where(countered, 3, answer)),
        "answered_with": instead, "reason": choice((None, *BELOW_COST), why),
        "expires_on": days(np.where(random.random(size) < WITHOUT_END, -9999, until)),
        "requirements": choice((None, *REQUIREMENTS), requires),
    }  # fmt: skip
