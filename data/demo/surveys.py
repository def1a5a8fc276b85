"""What the CRM heard: visits, what customers allow, how content they say they are, and what they spend with anyone.

What a customer spends in a category is what it truly spent with the firm in a year, times 1 + Gamma, whose mean
makes the segment's planted share: sums of own spend over sums of spend come back to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import polars as pl

from data.demo import consent_exports, planted_journeys
from data.demo.call_centre import scores
from data.demo.demo_firm import day_index
from data.demo.export_papers import PLAIN, Exported
from data.demo.simulated_customers import SEGMENTS
from data.demo.simulated_products import CATEGORIES
from data.demo.simulated_world import MOOD_LEFT, MOOD_STAYED, World, choice, days, drawn, moments, numbered

SURVEYS_PER_CUSTOMER = 0.75
SATISFACTION, RECOMMENDATION = (0.9, 0.0, 0.6), (0.7, 0.0, 0.8)
VISITS_PER_CUSTOMER = 1.0
VISIT_PULL = (3.0, 1.5, 0.2)
VISIT_KINDS, VISIT_SHARES = ("visit", "phone call", "fair", "letter"), (0.45, 0.3, 0.05, 0.2)
TOPICS = ("New collection", "Prices", "Complaint", "Samples", "Contract")
RESULTS = ("No interest", "Offer asked", "Order placed", "Call again")
WAVES = (date(2024, 11, 15), date(2025, 11, 15))
ASKED = 0.3
CATEGORIES_ASKED = 3
LEAST_CENTS = 1000
WALLET_SHARES = (0.70, 0.50, 0.55, 0.30, 0.40)
WALLET_SHAPE = 2.0


def deliveries(world: World) -> Iterator[Exported]:
    """Visits, consents, surveys of satisfaction, surveys of the wallet."""
    yield Exported("crm", "contacts", "contacts.csv", _visits(world), PLAIN, key="Contact", date="On",
                   stranger="Customer ID", sums={"duration_seconds": "Seconds"})  # fmt: skip
    yield from consent_exports.deliveries(world)
    yield Exported("crm", "surveys", "crm.xlsx", _surveys(world), sheet="Surveys", key="Survey", date="Answered on",
                   stranger="Customer ID",
                   sums={"satisfaction": "Satisfaction", "recommendation": "Recommendation"})  # fmt: skip
    yield Exported("crm", "wallet_surveys", "crm.xlsx", _wallets(world), sheet="Wallet", key="Answer", date="Asked on",
                   stranger="Customer ID", sums={"spend": "Spend", "own_spend": "Own spend"})  # fmt: skip


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """Moods, how the scores follow from them, how leaving does, and the share of wallet by segment."""
    moods = pl.DataFrame({"customer_code": np.arange(1, len(world.mood)), "mood": world.mood[1:]})
    rows = [
        ("log-odds of having left", 0.0, MOOD_LEFT - MOOD_STAYED),
        ("satisfaction", SATISFACTION[0], SATISFACTION[2]),
        ("recommendation", RECOMMENDATION[0], RECOMMENDATION[2]),
    ]
    shares = {"segment": [segment.name for segment in SEGMENTS], "share": WALLET_SHARES}
    return {
        **consent_exports.truth(world),
        "mood": moods,
        "survey": pl.DataFrame(rows, schema=["what", "constant", "mood"], orient="row"),
        "wallet_share": pl.DataFrame(shares),
    }


def _visits(world: World) -> pl.DataFrame:
    random, known = world.random("surveys"), world.known("crm")
    size = round(VISITS_PER_CUSTOMER * world.firm.size)
    kind, person, day = _met(world, known.persons, size)
    return pl.DataFrame({
        "Contact": numbered("CT", size), "On": days(day), "Customer ID": known.numbers(person, random),
        "Kind": choice(VISIT_KINDS, kind), "Topic": choice(TOPICS, random.integers(0, len(TOPICS), size)),
        "Result": choice(RESULTS, random.integers(0, len(RESULTS), size)),
        "Seconds": 60 * random.integers(5, 90, size),
    })  # fmt: skip


def _met(world: World, known: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By day the kind of each contact, and with whom: some kinds come before purchases."""
    random, pull = world.firm.random("exports", 111), np.array(VISIT_PULL)[world.people.kind]
    kind = np.sort(drawn(np.arange(len(VISIT_KINDS)), np.array(VISIT_SHARES), size, random))
    met = [
        planted_journeys.drawn_toward(
            world,
            lambda many: moments(world, known, many, random, pull),
            planted_journeys.ODDS["crm", name],
            int((kind == at).sum()),
            random,
        )
        for at, name in enumerate(VISIT_KINDS)
    ]
    person, day = (np.concatenate(each) for each in zip(*met, strict=True))
    order = np.lexsort((person, day))
    return kind[order], person[order], day[order]


def _surveys(world: World) -> pl.DataFrame:
    random, known = world.firm.random("exports", 104), world.known("crm")
    size = round(SURVEYS_PER_CUSTOMER * world.firm.size)
    person, day = moments(world, known.persons, size, random)
    mood, none, given = world.mood[person], np.zeros(size), np.ones(size, bool)
    return pl.DataFrame({
        "Survey": numbered("SV", size), "Answered on": days(day), "Customer ID": known.numbers(person, random),
        "Satisfaction": scores(SATISFACTION, none, mood, given, random),
        "Recommendation": scores(RECOMMENDATION, none, mood, given, random),
    })  # fmt: skip


def _wallets(world: World) -> pl.DataFrame:
    """Both waves: some of those the CRM knows, in the categories that they spent most on."""
    random, known = world.firm.random("exports", 105), world.known("crm")
    asked = known.persons[random.random(len(known.persons)) < ASKED]
    own = pl.concat([_own_spend(world, asked, wave) for wave in WAVES])
    segment = world.people.segment[own["customer"].to_numpy()]
    cents, (spend, brands, rank) = (
        own["cents"].to_numpy(),
        _elsewhere(own["cents"].to_numpy(), segment, random),
    )
    return pl.DataFrame({
        "Answer": numbered("WA", len(own)), "Asked on": own["asked_on"],
        "Customer ID": known.numbers(own["customer"].to_numpy(), random),
        "Category": choice(tuple(each.name for each in CATEGORIES), own["category"].to_numpy()),
        "Spend": spend / 100, "Own spend": cents / 100, "Brands": brands, "Our rank": rank,
    })  # fmt: skip


def _own_spend(world: World, asked: np.ndarray, wave: date) -> pl.DataFrame:
    """What each of them truly spent, net of returns, a category in the year before."""
    today = day_index(wave)
    last = world.lines.filter(
        pl.col("day").is_between(today - 365, today - 1), pl.col("customer").is_in(asked)
    )
    category = pl.Series(world.goods.category)[last["product"] - 1]
    spent = (
        last.with_columns(category=category)
        .group_by("customer", "category")
        .agg(cents=pl.col("revenue").sum())
    )
    enough = spent.filter(pl.col("cents") >= LEAST_CENTS)
    first = enough.sort("customer", "cents", "category", descending=[False, True, False])
    return first.group_by("customer", maintain_order=True).head(CATEGORIES_ASKED).with_columns(asked_on=wave)


def _elsewhere(
    own: np.ndarray, segment: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spend with anyone in cents, brands used, and the firm's rank among them."""
    share = np.array(WALLET_SHARES)[segment]
    spend = np.rint(own * (1 + random.gamma(WALLET_SHAPE, (1 - share) / share / WALLET_SHAPE)))
    first = own * 2 >= spend
    brands = 1 + ~first + random.poisson(1.0, len(own))
    rank = np.where(first, 1, 2 + random.binomial(np.maximum(brands - 2, 0), 0.3))
    return spend, brands, rank
