"""What customers say of prices when asked: four limits around what they would pay, or whether they would buy at one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from data.demo.export_papers import WIDE, Exported
from data.demo.list_exports import listed, product_ids
from data.demo.simulated_customers import DISCOUNTS
from data.demo.simulated_world import World, choice, days, numbered, once
from data.demo.voices.willingness import willing_cents

PRODUCTS, ASKED_A_PRODUCT = 8, 90
FIRST_DAY, LAST_DAY = 910, 1080
# The four limits against what one would pay, and how far they spread; some people mix them up.
LIMITS, LIMIT_SPREAD, MIXED_UP = (0.55, 0.75, 0.95, 1.10), 0.06, 0.04
# Who is not asked for limits is asked at so many of these shares of the list price.
ASKED_AT, ASKED_TIMES = (0.6, 0.7, 0.8, 0.9, 1.0), 3


def deliveries(world: World) -> Iterator[Exported]:
    """Half of those asked name limits, the others answer at some prices."""
    frame = pl.concat([_limits(world), _answers(world)]).sort("on", maintain_order=True)
    whole = frame.select(numbered("PS", len(frame)).alias("survey"), pl.all().exclude("person", "willing"))
    amounts = ("too_cheap", "cheap", "expensive", "too_expensive", "asked_price")
    yield Exported("shop", "price_surveys", "price_surveys.csv", whole, WIDE, key="survey", date="on",
                   stranger="user_id",
                   sums={name: name for name in amounts})  # fmt: skip


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """What each of those asked would pay for which product, and how the limits follow from it."""
    asked = _panel(world)
    limits = {"limit": ("too cheap", "cheap", "expensive", "too expensive"), "of_willingness": LIMITS}
    return {
        "price_panel": asked.select(
            "user_id", "product", "is_asked_limits", willingness_eur=pl.col("willing") / 100
        ),
        "price_limit": pl.DataFrame(limits),
    }


@once
def _panel(world: World) -> pl.DataFrame:
    """Who is asked about which product, when, and would pay how much: some of those who deal with the firm."""
    random, known = world.firm.random("exports", 128), world.known("shop")
    first, last = world.life
    there = known.persons[(first[known.persons] <= FIRST_DAY) & (last[known.persons] >= LAST_DAY)]
    best = np.argsort(-world.goods.weight, kind="stable")
    _, own = np.unique(world.goods.category[best], return_index=True)
    person = np.concatenate([
        random.permutation(there)[:ASKED_A_PRODUCT] for _ in range(PRODUCTS)
    ])  # fmt: skip
    product = np.repeat(best[np.sort(own)][:PRODUCTS], len(person) // PRODUCTS)
    day = random.integers(FIRST_DAY, LAST_DAY, len(person))
    price = listed(world, product, day)[0]
    own = price * (1 - np.array(DISCOUNTS)[world.people.kind[person]])
    return pl.DataFrame({
        "on": days(day), "user_id": known.numbers(person, random), "person": person, "product": product_ids(product),
        "price": price, "willing": willing_cents(world, person, own, random),
        "is_asked_limits": np.arange(len(person)) % 2 == 0,
    })  # fmt: skip


def _limits(world: World) -> pl.DataFrame:
    """The four limits of van Westendorp, to ten cents."""
    random, asked = world.firm.random("exports", 129), _panel(world).filter("is_asked_limits")
    willing, size = asked["willing"].to_numpy(), len(asked)
    found = [willing * share * random.lognormal(0, LIMIT_SPREAD, size) for share in LIMITS]
    limits = np.maximum(np.rint(np.sort(np.column_stack(found), axis=1) / 10) / 10, 0.1)
    mixed = random.random(size) < MIXED_UP
    limits[mixed] = limits[mixed][:, ::-1]
    named = {
        name: limits[:, at] for at, name in enumerate(("too_cheap", "cheap", "expensive", "too_expensive"))
    }
    nothing = pl.Series([None] * size)
    return asked.select("on", "user_id", "person", "product", "willing").with_columns(
        **{name: pl.Series(values) for name, values in named.items()},
        asked_price=nothing.cast(pl.Float64), would_buy=nothing.cast(pl.String),
    )  # fmt: skip


def _answers(world: World) -> pl.DataFrame:
    """Whether each would buy at some prices: as far as what they would pay."""
    random, asked = world.firm.random("exports", 130), _panel(world).filter(~pl.col("is_asked_limits"))
    turns = np.argsort(random.random((len(asked), len(ASKED_AT))), axis=1)[:, :ASKED_TIMES]
    rows = asked[np.repeat(np.arange(len(asked)), ASKED_TIMES)]
    price = np.rint(rows["price"].to_numpy() * np.array(ASKED_AT)[turns.ravel()])
    nothing = pl.Series([None] * len(rows)).cast(pl.Float64)
    return rows.select("on", "user_id", "person", "product", "willing").with_columns(
        **dict.fromkeys(("too_cheap", "cheap", "expensive", "too_expensive"), nothing),
        asked_price=pl.Series(price / 100), would_buy=choice(("no", "yes"), rows["willing"].to_numpy() >= price),
    )  # fmt: skip
