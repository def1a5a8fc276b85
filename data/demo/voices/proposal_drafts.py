"""Who proposes what, when, how much it appeals to others, and who votes for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS
from data.demo.simulated_products import COLOURS
from data.demo.simulated_world import World, drawn, moments, once
from data.demo.voices import planted_proposals
from data.demo.voices.planted_proposals import PlantedTexts

PROPOSALS_PER_CUSTOMER, VOTES_PER_CUSTOMER = 0.15, 1.0
APPEAL_SPREAD = 0.8
VOTING_DAYS, MEAN_VOTING_DAYS = 120, 30.0
VOTES_NEEDED = 8
OLD_WAYS = 6


@dataclass(frozen=True, slots=True)
class Drafts:
    """Proposals by day: who sends each when, its appeal, and the votes that it got."""

    person: np.ndarray
    day: np.ndarray
    appeal: np.ndarray
    votes: np.ndarray

    @property
    def decided(self) -> np.ndarray:
        """Whether each was decided on."""
        found: np.ndarray = self.day + VOTING_DAYS < DAYS
        return found

    @property
    def accepted(self) -> np.ndarray:
        """Whether each was accepted."""
        found: np.ndarray = self.decided & (self.votes >= VOTES_NEEDED)
        return found


@once
def drafts(world: World) -> Drafts:
    person, day, appeal = _sent(world)
    votes = np.bincount(votes_cast(world)["proposal"].to_numpy(), minlength=len(appeal))
    return Drafts(person, day, appeal, votes)


@once
def _sent(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = world.random("collaboration")
    size = round(PROPOSALS_PER_CUSTOMER * world.firm.size)
    person, day = moments(world, world.known("shop").persons, size, random)
    return person, day, random.lognormal(0, APPEAL_SPREAD, size)


@once
def votes_cast(world: World) -> pl.DataFrame:
    """Each vote's `proposal` (its place), `voter`, `day` and `user_id`: by appeal, once a voter, never one's own."""
    random, known = world.firm.random("exports", 107), world.known("shop")
    proposer, sent, appeal = _sent(world)
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
    kept = cast.unique(["proposal", "voter"], keep="first", maintain_order=True)
    cast = kept[:wanted].sort("day", "proposal", "voter")
    return cast.with_columns(user_id=known.numbers(cast["voter"].to_numpy(), random))


@dataclass(frozen=True, slots=True)
class Wishes:
    """By proposal its product (its place), what it says, and the number under which the shop knows who sent it."""

    product: np.ndarray
    told: PlantedTexts
    user_id: pl.Series


@once
def wishes(world: World) -> Wishes:
    """What each proposal wishes; a repeat, of the product of the first."""
    random, person = world.firm.random("exports", 108), drafts(world).person
    product = liked(world, person, random)
    random.integers(0, OLD_WAYS, len(person))
    colour = random.integers(0, len(COLOURS), len(person))
    told = planted_proposals.said(world, person, world.goods.subcategory[product], colour)
    return Wishes(product[told.repeats], told, world.known("shop").numbers(person, random))


def liked(world: World, person: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A product of a category that each likes, by its popularity."""
    home = world.people.home[person, random.integers(0, 2, len(person))]
    steps = np.concatenate(([0.0], np.cumsum(world.goods.weight)))
    edges = np.searchsorted(world.goods.category, np.arange(world.goods.category.max() + 2))
    low, high = steps[edges[home]], steps[edges[home + 1]]
    found = np.searchsorted(steps[1:], low + (high - low) * random.random(len(person)), side="right")
    chosen: np.ndarray = np.minimum(found, len(world.goods.names) - 1)
    return chosen


def proposal_ids(proposal: np.ndarray) -> pl.Series:
    """The numbers of proposals by their place."""
    return "PR" + pl.Series(proposal + 1).cast(pl.String).str.zfill(5)
