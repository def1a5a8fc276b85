"""What customers bring: proposals that others vote on, and prices that they name and a producer answers.

A proposal is accepted if it has enough votes when it is decided. An offer is accepted if it leaves the producer
the least margin over cost; it names a part of what the customer would have paid (`willingness`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS
from data.demo.export_papers import WIDE, Exported
from data.demo.list_exports import listed, product_ids, supplier_ids
from data.demo.places import places
from data.demo.simulated_customers import DISCOUNTS, SEGMENTS
from data.demo.simulated_products import COLOURS, subcategories
from data.demo.simulated_world import Known, World, choice, days, drawn, moments, numbered, once

PROPOSALS_PER_CUSTOMER, VOTES_PER_CUSTOMER, OFFERS_PER_CUSTOMER = 0.15, 1.0, 0.4
APPEAL_SPREAD = 0.8
VOTING_DAYS, MEAN_VOTING_DAYS = 120, 30.0
VOTES_NEEDED = 8
WILLING, WILLING_SPREAD = (0.88, 0.84, 0.80, 0.92, 0.76), 0.2
SHADING = 0.95
LEAST_MARGIN = 0.12
ENGLISH = (
    "{ware} in {colour}", "Smaller packs of {ware}", "{ware} from recycled yarn", "Rent {ware} by the month",
    "A sample book of {ware}", "Colour chart for {ware} in {colour}",
)  # fmt: skip
TRANSLATED = (
    "{ware} in {colour}, anche per la casa", "Confezioni più piccole di {ware}", "{ware} da filato riciclato",
    "{ware} a noleggio, al mese", "Un campionario di {ware}", "Cartella colori per {ware}: {colour}",
)  # fmt: skip
BEFORE, AFTER = "“", "”: we would order it every season; così non dobbiamo cercarlo altrove."


def deliveries(world: World) -> Iterator[Exported]:
    """Proposals, votes, price offers."""
    yield Exported("shop", "proposals", "proposals.parquet", _proposals(world), key="proposal", date="sent_on",
                   stranger="user_id")  # fmt: skip
    yield Exported("shop", "votes", "votes.csv", _votes(world)[1], WIDE, key="vote", date="cast_on", stranger="user_id",
                   sums={"weight": "weight"})  # fmt: skip
    yield Exported("shop", "price_offers", "price_offers.csv", _offers(world)[0], WIDE, key="offer", date="named_on",
                   stranger="user_id",
                   sums={"offered_price": "offered", "asked_price": "asked", "quantity": "pieces"})  # fmt: skip


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """The appeal of each proposal, what would have been paid and what was needed, and the rules behind answers."""
    votes, _ = _votes(world)
    appeals = pl.DataFrame(
        {"number": numbered("PR", len(votes), 5), "appeal": _drafts(world)[2], "votes": votes}
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
        "price_offer": _offers(world)[1],
        "willingness": segments,
        "collaboration": rules,
    }


@once
def _drafts(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who proposes, when, and how much it appeals to others."""
    random = world.random("collaboration")
    size = round(PROPOSALS_PER_CUSTOMER * world.firm.size)
    person, day = moments(world, world.known("shop").persons, size, random)
    return person, day, random.lognormal(0, APPEAL_SPREAD, size)


@once
def _votes(world: World) -> tuple[np.ndarray, pl.DataFrame]:
    """How many votes each proposal got, and the votes: by appeal, once a voter, never for one's own."""
    random, known = world.firm.random("exports", 107), world.known("shop")
    proposer, sent, appeal = _drafts(world)
    wanted = round(VOTES_PER_CUSTOMER * world.firm.size)
    proposal = drawn(np.arange(len(appeal)), appeal, 4 * wanted, random)
    day = sent[proposal] + random.exponential(MEAN_VOTING_DAYS, len(proposal)).astype(np.int64)
    voter = random.choice(known.persons, len(proposal))
    first, last = world.life
    fits = (
        (day < np.minimum(sent[proposal] + VOTING_DAYS, DAYS)) & (day >= first[voter]) & (day <= last[voter])
    )
    fits &= voter != proposer[proposal]
    cast = pl.DataFrame({"proposal": proposal, "voter": voter, "day": day}).filter(fits)
    once = cast.unique(["proposal", "voter"], keep="first", maintain_order=True)
    cast = once[:wanted].sort("day", "proposal", "voter")
    return np.bincount(cast["proposal"].to_numpy(), minlength=len(appeal)), _cast(cast, known, random)


def _cast(cast: pl.DataFrame, known: Known, random: np.random.Generator) -> pl.DataFrame:
    return pl.DataFrame({
        "vote": numbered("VT", len(cast)), "cast_on": days(cast["day"].to_numpy()),
        "user_id": known.numbers(cast["voter"].to_numpy(), random),
        "proposal": "PR" + (cast["proposal"] + 1).cast(pl.String).str.zfill(5), "weight": 1,
    })  # fmt: skip


def _proposals(world: World) -> pl.DataFrame:
    random, known = world.firm.random("exports", 108), world.known("shop")
    person, day, _ = _drafts(world)
    product = _liked(world, person, random)
    decided = day + VOTING_DAYS < DAYS
    accepted = _votes(world)[0] >= VOTES_NEEDED
    title = _titles(world, person, product, random)
    return pl.DataFrame({
        "proposal": numbered("PR", len(person), 5), "sent_on": days(day), "user_id": known.numbers(person, random),
        "product": product_ids(product), "producer": supplier_ids(world, product), "title": title,
        "text": BEFORE + title + AFTER,
        "status": choice(("open", "declined", "accepted"), np.where(decided, 1 + accepted, 0)),
        "decided_on": days(np.where(decided, day + VOTING_DAYS, -9999)),
    })  # fmt: skip


def _titles(world: World, person: np.ndarray, product: np.ndarray, random: np.random.Generator) -> pl.Series:
    """In Italian from Italy, else in English."""
    italian = np.array([place.country == "Italy" for place in places()])[world.people.place[person]]
    way, colour = random.integers(0, len(ENGLISH), len(person)), random.integers(0, len(COLOURS), len(person))
    wares = tuple(name.lower() for _, name, *_ in subcategories())
    parts = pl.DataFrame({
        "way": choice((*ENGLISH, *TRANSLATED), way + len(ENGLISH) * italian),
        "ware": choice(wares, world.goods.subcategory[product]), "colour": choice(COLOURS, colour),
    })  # fmt: skip
    said = pl.col("way")
    for name in ("ware", "colour"):
        said = said.str.replace(f"{{{name}}}", pl.col(name), literal=True)
    return parts.select(
        (said.str.slice(0, 1).str.to_uppercase() + said.str.slice(1)).alias("title")
    ).to_series()


def _liked(world: World, person: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A product of a category that each likes, by its popularity."""
    home = world.people.home[person, random.integers(0, 2, len(person))]
    steps = np.concatenate(([0.0], np.cumsum(world.goods.weight)))
    edges = np.searchsorted(world.goods.category, np.arange(world.goods.category.max() + 2))
    low, high = steps[edges[home]], steps[edges[home + 1]]
    found = np.searchsorted(steps[1:], low + (high - low) * random.random(len(person)), side="right")
    chosen: np.ndarray = np.minimum(found, len(world.goods.names) - 1)
    return chosen


@once
def _offers(world: World) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The offers, and what is true of each."""
    random, known = world.firm.random("exports", 109), world.known("shop")
    size = round(OFFERS_PER_CUSTOMER * world.firm.size)
    person, day = moments(world, known.persons, size, random)
    product = _liked(world, person, random)
    price, cost = listed(world, product, day)
    asked = np.rint(price * (1 - np.array(DISCOUNTS)[world.people.kind[person]]))
    median = np.array(WILLING)[world.people.segment[person]]
    willing = asked * median * random.lognormal(0, WILLING_SPREAD, size)
    offered, floor = np.minimum(np.maximum(np.rint(willing * SHADING), 1), asked), cost * (1 + LEAST_MARGIN)
    answered = day + random.integers(1, 6, size)
    answer = np.where(answered < DAYS, 1 + (offered >= floor), 0)
    number = numbered("PO", size, 5)
    frame = pl.DataFrame({
        "offer": number, "named_on": days(day), "user_id": known.numbers(person, random),
        "product": product_ids(product), "producer": supplier_ids(world, product), "offered": offered / 100,
        "asked": asked / 100, "pieces": 1 + random.poisson(3, size),
        "answer": choice(("waiting", "refused", "accepted"), answer),
        "answered_on": days(np.where(answered < DAYS, answered, -9999)),
    })  # fmt: skip
    true = pl.DataFrame({
        "number": number, "customer_code": person, "willingness_eur": willing / 100, "floor_eur": floor / 100,
    })  # fmt: skip
    return frame, true
