"""Who could deliver: plans against every way to split, one by one; moves of dead stock; stock that partners tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.partners import delivery_plans
from mining.partners.delivery_plans import DeliverySource, delivery_options
from mining.partners.lead_chances import LeadChance, lead_times
from mining.partners.stock_moves import stock_moves, with_sellers
from mining.partners.told_stock import lay_told_stock


def source(partner: int, pieces: int, chance: float | None = 0.5, cost: float | None = 1.0) -> DeliverySource:
    known = None if chance is None else LeadChance(chance, chance / 2, (1 + chance) / 2, 20, 20)
    return DeliverySource(partner, pieces, known, cost)


def drawn(seed: int, most: int) -> tuple[list[DeliverySource], int]:
    random = np.random.default_rng(seed)
    many = int(random.integers(1, most))
    sources = [
        source(
            at + 1,
            int(random.integers(0, 9)),
            None if random.random() < 0.1 else float(random.choice([0.0, 0.3, 0.8, 0.9, 1.0])),
            None if random.random() < 0.1 else float(random.integers(1, 6)),
        )
        for at in range(many)
    ]
    return sources, int(random.integers(1, 20))


def by_hand(sources: Sequence[DeliverySource], pieces: int) -> Iterator[tuple[float | None, float | None]]:
    """Cost and chance of every way to split, piece by piece: those who deliver any count."""

    def ways(left: int, rest: Sequence[DeliverySource]) -> Iterator[tuple[tuple[DeliverySource, int], ...]]:
        if not rest:
            if not left:
                yield ()
            return
        for many in range(min(left, rest[0].pieces) + 1):
            for others in ways(left - many, rest[1:]):
                yield (((rest[0], many),) if many else ()) + others

    for way in ways(pieces, sources):
        cost = (
            None
            if any(one.unit_cost is None for one, _ in way)
            else sum((one.unit_cost or 0) * n for one, n in way)
        )
        chance = None if any(one.chance is None for one, _ in way) else 1.0
        for one, _ in way:
            chance = chance * one.chance.share if chance is not None and one.chance else chance
        yield cost, chance


def test_whole_and_split_by_hand() -> None:
    sources = [source(1, 60, 0.9, 5.0), source(2, 50, 0.8, 3.0), source(3, 100, 0.6, 4.0)]
    found = delivery_options(sources, 90)
    assert found.surest is not None
    assert found.cheapest is not None
    assert found.surest.parts == ((2, 50), (1, 40))  # .72 beats .6 of the third alone
    assert found.surest.chance == pytest.approx(0.72)
    assert (found.surest.low, found.surest.high) == (pytest.approx(0.45 * 0.4), pytest.approx(0.95 * 0.9))
    assert found.surest.cost == 50 * 3 + 40 * 5
    assert found.cheapest.parts == ((2, 50), (3, 40))
    assert found.cheapest.cost == 50 * 3 + 40 * 4
    assert [each.cost for each in found.unbeaten] == [
        310.0,
        350.0,
    ]  # 360 of the third alone is beaten by both
    assert [each.parts for each in found.plans if each.is_whole] == [((3, 90),)]
    assert delivery_options(sources, 211).short == 1
    assert delivery_options(sources, 211).plans == ()
    assert delivery_options([], 5).short == 5


@pytest.mark.parametrize("seed", range(60))
def test_no_way_to_split_is_surer_or_cheaper(seed: int) -> None:
    sources, pieces = drawn(seed, 5)
    found = delivery_options(sources, pieces)
    every = list(by_hand(sources, pieces))
    assert bool(found.plans) == bool(every)
    assert found.short == max(pieces - sum(each.pieces for each in sources), 0) or found.plans
    chances = [chance for _, chance in every if chance is not None]
    costs = [cost for cost, _ in every if cost is not None]
    assert (found.surest.chance if found.surest else None) == (
        pytest.approx(max(chances)) if chances else None
    )
    assert (found.cheapest.cost if found.cheapest else None) == (pytest.approx(min(costs)) if costs else None)
    for plan in found.plans:
        assert sum(many for _, many in plan.parts) == pieces
        assert all(many <= next(e.pieces for e in sources if e.partner == who) for who, many in plan.parts)
    whole = [each for each in found.plans if each.is_whole]
    for each in whole:  # a split is never worse than the whole from one
        assert each.chance is None or (found.surest and found.surest.chance >= each.chance)
        assert each.cost is None or (found.cheapest and found.cheapest.cost <= each.cost)


@pytest.mark.parametrize("seed", range(25))
def test_of_many_partners_the_surest_and_the_cheapest_are_exact(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources, pieces = drawn(seed, 12)
    every = delivery_options(sources, pieces)
    monkeypatch.setattr(delivery_plans, "MOST_COMBINED", 0)
    found = delivery_options(sources, pieces)
    assert bool(found.plans) == bool(every.plans)
    assert not found.plans or not found.all_seen
    if every.surest and every.surest.chance:
        assert found.surest is not None
        assert found.surest.chance == pytest.approx(every.surest.chance)
    known = [each for each in sources if each.unit_cost is not None]
    if every.cheapest and len(known) == len(sources):
        assert found.cheapest is not None
        assert found.cheapest.cost == pytest.approx(every.cheapest.cost)


def test_five_hundred_partners_are_no_trouble() -> None:
    random = np.random.default_rng(0)
    sources = [
        source(at, int(random.integers(1, 60)), float(random.uniform(0.5, 1)), float(random.uniform(1, 9)))
        for at in range(1, 501)
    ]
    found = delivery_options(sources, 200)
    assert found.surest is not None
    assert found.surest.chance is not None
    few = sorted(sources, key=lambda each: -each.pieces)[:4]
    best = max(
        float(np.prod([each.chance.share for each in some if each.chance]))
        for many in range(1, 5) for some in combinations(few, many) if sum(each.pieces for each in some) >= 200
    )  # fmt: skip
    assert found.surest.chance >= best
    assert len(found.unbeaten) >= 1


@pytest.mark.parametrize("pieces", [0, -3, 10**10])
def test_pieces_that_nobody_can_deliver_are_a_sentence(pieces: int) -> None:
    with pytest.raises(BadRequest, match="Ask for a whole number from 1 to 1,000,000,000"):
        delivery_options([source(1, 5)], pieces)


def test_the_interval_of_a_chance_holds_the_truth() -> None:
    random, inside, rounds = np.random.default_rng(2), 0, 400
    for _ in range(rounds):
        took = random.geometric(0.12, 40)
        made = random.integers(0, 60, 40)
        orders = pl.DataFrame({"partner": 1, "ordered": made, "received": made + took}).with_columns(
            received=pl.when(pl.col("received") <= 60).then("received")
        )
        found = lead_times(orders, 60).chance(1, 7)
        assert found is not None
        inside += found.low <= 1 - 0.88**7 <= found.high
    assert inside / rounds >= 0.93


COUNTS = pl.DataFrame(
    [
        (1, 10, "A", 100.0, None, 0.0, 0), (1, 12, "B", 4.0, None, 56.0, 0), (1, 11, "C", 30.0, 10.0, 28.0, 0),
        (2, 10, "A", 9.0, None, 0.0, 0), (3, 10, "A", 5.0, None, 0.0, 60), (4, 10, "A", -2.0, None, 0.0, 0),
    ],
    schema=["product", "partner", "place", "on_hand", "reserved", "fallen", "first_day"], orient="row",
)  # fmt: skip


def test_dead_stock_goes_where_it_is_gone_first() -> None:
    found = stock_moves(COUNTS, 100, 56, 60)
    # B: 1 a day, 4 left, 56 needed to last 60 days. C: .5 a day, 20 free, 10 needed.
    assert found.moves.select("product", "partner", "to_partner", "pieces", "lies", "lasts").rows() == [
        (1, 10, 12, 56, 100.0, 4.0), (1, 10, 11, 10, 100.0, 40.0),
    ]  # fmt: skip
    assert found.dead.select("product", "on_hand").rows() == [(1, 100.0), (2, 9.0)]
    assert found.unwatched == 1
    less = stock_moves(COUNTS.with_columns(on_hand=pl.col("on_hand").clip(None, 20)), 100, 56, 60)
    assert less.moves["pieces"].to_list() == [20]  # no more than lies there
    with pytest.raises(BadRequest, match="above zero"):
        stock_moves(COUNTS, 100, 0)


def test_what_a_seller_sold_left_it_whatever_counts_say() -> None:
    sellers = pl.DataFrame({"product": [1, 2, 9], "partner": [10, 13, 0], "pieces": [7.0, 112.0, 3.0]})
    counts = with_sellers(COUNTS, sellers)
    assert counts.height == COUNTS.height + 1
    found = stock_moves(counts, 100, 56, 60)
    assert found.dead["product"].to_list() == [2]  # of the first product its holder sold seven
    assert found.moves.select("product", "to_partner", "to_place", "pieces", "lasts").rows() == [
        (2, 13, "", 9, 0.0)
    ]
    two = pl.concat([COUNTS.head(1), COUNTS.head(1).with_columns(place=pl.lit("B"))])
    assert with_sellers(two, sellers)["fallen"].to_list()[:2] == [3.5, 3.5]


def test_the_newest_of_told_and_counted_holds() -> None:
    counts = pl.DataFrame(
        {
            "product": [1, 1, 2],
            "partner": [5, 5, 5],
            "place": ["A", "B", ""],
            "day": [90, 95, 99],
            "on_hand": [4.0, 6.0, 8.0],
        }
    )
    told = pl.DataFrame(
        {"product": [1, 1, 2, 3, 3, 4], "partner": [5, 5, 5, 5, 5, 5], "day": [94, 95, 98, 107, 2, 97],
         "pieces": [1, 7, 3, 2, 9, -1]}
    )  # fmt: skip
    found = lay_told_stock(counts, told, 100)
    assert found.counts.select("product", "on_hand", "day", "is_told").rows() == [
        (1, 7.0, 95, True),  # all that the partner has, in the place of both counts, one of that day
        (2, 8.0, 99, False),  # counted since
        (3, 2.0, 107, True),  # told since the data end
    ]
    assert (found.told, found.older, found.refused) == (2, 1, 1)
    assert lay_told_stock(counts, told.clear(), 100).counts.drop("is_told").equals(counts)
