"""Random drills from a distribution that is stated and seeded, as people drill in Explore."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from random import Random
from typing import TypeVar

from bench import periods
from bench.members import HOME, Members
from bench.question import Question
from cubes import catalogue
from cubes.model import Cube
from cubes.query import Cut, Query
from data.store.warehouse import Profile
from pages.explore.explore_view import with_tops

SEED = 20261122
TOO_LARGE = 100_000
STARTS: Mapping[str, Mapping[str, float]] = {
    "time": {"year": 3, "quarter": 3, "month": 5, "week": 1, "day": 1},
    "product": {"department": 4, "category": 5, "subcategory": 2, "brand": 1, "product": 2},
    "customer": {"country": 5, "region": 3, "customer_kind": 1, "city": 2},
    "channel": {"channel_type": 3, "channel": 2},
}
DIMENSIONS = {"time": 3, "product": 4, "customer": 4, "channel": 2}
TWO_LEVELS, ON_COLUMNS = 0.55, 0.75
DRILLS = {0: 40, 1: 30, 2: 20, 3: 10}
LISTED, LISTS = (
    0.25,
    {"country": 3, "category": 3, "subcategory": 2, "channel": 2, "region": 2, "brand": 1, "product": 1},
)
PERIODS = {"none": 35, "year": 20, "quarter": 15, "month": 15, "days": 15}
LONGEST_DAYS = 120
MEASURES = {
    "revenue": 40, "margin": 12, "units": 8, "order_lines": 5, "orders": 10, "customers": 10,
    "average_order_value": 10, "return_rate": 5,
}  # fmt: skip
TWO_MEASURES, TOTALS = 0.25, 0.5
Drawn = TypeVar("Drawn")


def stated(count: int) -> str:
    """The distribution in words, for whoever reads the figures."""
    return (
        f"{count} drills, seed {SEED}: one level of a start dimension (time 3, product 4, customer 4, channel 2;"
        f" mostly coarse levels, leaves and cities among them); a second level of another dimension in {TWO_LEVELS:.0%}"
        f" (on columns in {ON_COLUMNS:.0%}); then 0 to 3 drills (40, 30, 20, 10%), each into a random member of one of"
        f" the levels; a list of 2 to 5 members of an unused dimension in {LISTED:.0%}; where time is not drilled into,"
        f" a year (20%), quarter, month or range of 1 to {LONGEST_DAYS} odd days (15% each) or all time (35%); revenue"
        f" 40%, margin 12, orders, customers and average order value 10 each, units 8, order lines and return rate"
        f" 5; a second measure in {TWO_MEASURES:.0%}; totals in {TOTALS:.0%}. What could show more than"
        f" {TOO_LARGE:,} cells is asked with the top members that Explore shows instead."
    )


def drills(members: Members, profile: Profile, count: int, seed: int = SEED) -> list[Question]:
    """As many different questions as asked, always the same for one firm and seed."""
    chance, cube = Random(seed), catalogue.load("sales", profile)
    found: dict[Query, None] = {}
    while len(found) < count:
        found[_fitting(_drawn(chance, cube, members), cube, members)] = None
    return [Question(f"drill {at}: {_token(query)}", query) for at, query in enumerate(found, 1)]


def _drawn(chance: Random, cube: Cube, members: Members) -> Query:
    query = _start(chance)
    for _ in range(_pick(chance, DRILLS)):
        query = _drilled(chance, query, cube, members)
    if chance.random() < LISTED:
        query = _listed(chance, query, members)
    if not any(periods.is_time(cut.level) for cut in query.cuts):
        query = query.cut(*_period(chance, members))
    return query


def _start(chance: Random) -> Query:
    first = _pick(chance, DIMENSIONS)
    levels = [_pick(chance, STARTS[first])]
    if chance.random() < TWO_LEVELS:
        others = {name: weight for name, weight in DIMENSIONS.items() if name != first}
        levels.append(_pick(chance, STARTS[_pick(chance, others)]))
    split = 1 if chance.random() < ON_COLUMNS else 2
    measures = [_pick(chance, MEASURES)]
    if chance.random() < TWO_MEASURES:
        measures.append(_pick(chance, MEASURES))
    return Query(
        tuple(measures), tuple(levels[:split]), tuple(levels[split:]), totals=chance.random() < TOTALS
    )


def _drilled(chance: Random, query: Query, cube: Cube, members: Members) -> Query:
    """Into a random member of a level that has something below it, as a click does."""
    finer = {level: cube.finer(level) for level in query.by}
    open_ = [level for level, below in finer.items() if below]
    if not open_:
        return query
    level = chance.choice(open_)
    inside = members.within(level, query.cuts)
    return query.drill(level, chance.choice(inside), finer[level]) if inside else query


def _listed(chance: Random, query: Query, members: Members) -> Query:
    used = {HOME[level].name for level in (*query.by, *(cut.level for cut in query.cuts)) if level in HOME}
    free = {level: weight for level, weight in LISTS.items() if HOME[level].name not in used}
    if not free:
        return query
    level = _pick(chance, free)
    known = members.within(level, ())
    return query.cut(Cut(level, tuple(chance.sample(known, min(chance.randint(2, 5), len(known))))))


def _period(chance: Random, members: Members) -> tuple[Cut, ...]:
    kind = _pick(chance, PERIODS)
    if kind == "none":
        return ()
    if kind != "days":
        return (Cut(kind, (chance.choice(list(members.codes(kind))),)),)
    days = list(members.codes("day"))
    first = chance.randrange(len(days) - 1)
    last = min(first + chance.randint(0, LONGEST_DAYS - 1), len(days) - 1)
    return (Cut("day", since=days[first], until=days[last]),)


def _fitting(query: Query, cube: Cube, members: Members) -> Query:
    """The question, with Explore's tops where it could show too many cells."""
    most = prod(max(members.count(level, query.cuts), 1) for level in query.by)
    return with_tops(query, cube) if most > TOO_LARGE else query


def _token(query: Query) -> str:
    return " ".join(f"{name}={','.join(values)}" for name, values in query.to_parameters().items())


def _pick(chance: Random, weights: Mapping[Drawn, float]) -> Drawn:
    return chance.choices(list(weights), list(weights.values()))[0]
