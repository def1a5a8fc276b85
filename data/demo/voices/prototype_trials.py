"""Prototypes of accepted proposals: those who voted try them, and like what appeals, and each later version more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS
from data.demo.export_papers import WIDE, Exported
from data.demo.list_exports import listed, product_ids
from data.demo.simulated_customers import DISCOUNTS
from data.demo.simulated_world import World, choice, days, logistic, numbered
from data.demo.voices.proposal_drafts import VOTING_DAYS, drafts, proposal_ids, votes_cast, wishes
from data.demo.voices.willingness import willing_cents

MADE = 0.3
VERSIONS, FIRST_AFTER, NEXT_AFTER = 3, 30, 45
TRIES, PAYS = 0.6, 0.7
# A score: four chances, each logistic in the log of the appeal and in the versions before.
SCORE = (-1.0, 1.2, 0.6)
NOTES = ("Softer than the first one", "Colore diverso dalla foto", "Шов расходится", "Would buy two")
NOTED = 0.05


def deliveries(world: World) -> Iterator[Exported]:
    """Who tested which version of which prototype."""
    yield Exported("shop", "prototype_tests", "prototype_tests.csv", _tests(world), WIDE, key="test", date="on",
                   stranger="user_id", sums={"score": "score", "would_pay": "would_pay"})  # fmt: skip


def truth(_world: World) -> Mapping[str, pl.DataFrame]:
    """What a score follows from."""
    row = [("score less one, of four", *SCORE)]
    return {
        "prototype_score": pl.DataFrame(
            row, schema=["what", "constant", "log_appeal", "version"], orient="row"
        )
    }


def _tests(world: World) -> pl.DataFrame:
    random, known, made = world.firm.random("exports", 127), world.known("shop"), drafts(world)
    tried = _tried(world, random)
    proposal, version, day, person = (
        tried[name].to_numpy() for name in ("proposal", "version", "day", "voter")
    )
    product, size = wishes(world).product[proposal], len(tried)
    chance = logistic(SCORE[0] + SCORE[1] * np.log(made.appeal[proposal]) + SCORE[2] * (version - 1))
    price, _ = listed(world, product, day)
    asked = np.rint(price * (1 - np.array(DISCOUNTS)[world.people.kind[person]]))
    pays = pl.Series(np.rint(willing_cents(world, person, asked, random)) / 100)
    noted = random.integers(1, len(NOTES) + 1, size) * (random.random(size) < NOTED)
    return pl.DataFrame({
        "test": numbered("TS", size), "on": days(day), "user_id": known.numbers(person, random),
        "product": product_ids(product), "proposal": proposal_ids(proposal),
        "prototype": "PT" + pl.Series(proposal + 1).cast(pl.String).str.zfill(5),
        "version": pl.Series(version).cast(pl.String), "score": 1 + random.binomial(4, chance),
        "would_pay": pays.set(pl.Series(random.random(size) >= PAYS), None), "note": choice((None, *NOTES), noted),
    })  # fmt: skip


def _tried(world: World, random: np.random.Generator) -> pl.DataFrame:
    """By day which voter (`voter`) tries which `version` of which `proposal`, while dealing with the firm."""
    made, cast = drafts(world), votes_cast(world).drop("day", "user_id")
    chosen = made.accepted & (random.random(len(made.day)) < MADE)
    cast = cast.filter(pl.Series(chosen)[cast["proposal"]])
    rounds = cast.join(pl.DataFrame({"version": np.arange(1, VERSIONS + 1)}), how="cross")
    proposal, version = rounds["proposal"].to_numpy(), rounds["version"].to_numpy()
    day = made.day[proposal] + VOTING_DAYS + FIRST_AFTER + NEXT_AFTER * (version - 1) + random.integers(
        0, 14, len(rounds)
    )  # fmt: skip
    held = (
        (day < DAYS)
        & (day <= world.life[1][rounds["voter"].to_numpy()])
        & (random.random(len(rounds)) < TRIES)
    )
    return rounds.with_columns(day=pl.Series(day)).filter(held).sort("day", "proposal", "voter")
