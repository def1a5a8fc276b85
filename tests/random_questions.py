"""Questions and policies drawn at random over all that a warehouse holds, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cubes import catalogue
from cubes.catalogue.ratios import BETWEEN, RATIO
from cubes.member_order import NAME, MemberOrder
from cubes.model import Cube
from cubes.query import DERIVATIONS, NOW, TIME_LEVELS, Comparison, Cut, Period, Query, parse_cut
from data.access.policy import Policy
from data.access.row_cut import RowCut
from data.errors import ClientelaError
from data.store.warehouse import Warehouse

CUTTING = ("country", "region", "city", "customer_kind", "customer", "cohort_year", "cohort_quarter", "department",
           "category", "subcategory", "product", "channel", "channel_type", "partner", "partner_type", "campaign",
           "campaign_type")  # fmt: skip
RELATIVE = ("last 90 days", "last 12 months", "last complete month", "previous year", "this quarter",
            "fiscal year to date", "last 3 complete quarters")  # fmt: skip
CONDITIONS = ("customer by revenue > {}", "customer by orders >= 2", "product by margin top {} in last 12 months",
              "customer by revenue:growth_year > 0", "city by customers between 2 and {}", "country by units > {}",
              "customer by days_since_last_order < {}", "customer by average_order_value bottom {}")  # fmt: skip


@dataclass
class Asker:
    """Draws from what the warehouse holds, mostly from what is `seen` of it: questions also name what is hidden."""

    warehouse: Warehouse
    random: random.Random
    sets: Sequence[str] = ()
    seen: Warehouse | None = None
    members: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    @cached_property
    def cubes(self) -> dict[str, Cube]:
        profile = self.warehouse.profile
        loaded = {name: catalogue.load(name, profile) for name in catalogue.CUBES}
        return {name: cube for name, cube in loaded.items() if profile.extents[cube.fact].lines}

    def known(self, level: str, store: Warehouse | None = None) -> list[str]:
        """The ids of a level's members."""
        store = store or self.warehouse
        if (key := (store.version, level)) not in self.members:
            rows = store.rows("SELECT id FROM member WHERE level = ? ORDER BY code", [level])
            self.members[key] = [identity for (identity,) in rows]
        return self.members[key]

    def some(self, level: str, most: int, store: Warehouse | None = None) -> tuple[str, ...]:
        known = self.known(level, store) or self.known(level)
        return tuple(self.random.sample(known, min(len(known), self.random.randint(1, most))))

    def policy(self) -> Policy:
        """One to three cuts, of what one role says or several say together; sometimes names are masked."""
        draw = self.random
        attributes = [each.name for each in self.warehouse.profile.attributes if each.dimension != "line"]
        levels = [each for each in (*CUTTING, *attributes) if len(self.known(each)) > 1]
        rows = tuple(
            self._row_cut(level) for level in draw.choices(levels, k=draw.choice([1, 1, 1, 2, 2, 3]))
        )
        masked = frozenset(["customer.name", "customer.email"]) if draw.random() < 0.15 else frozenset()
        return Policy(rows=tuple(dict.fromkeys(rows)), masked=masked)

    def _row_cut(self, level: str) -> RowCut:
        half = max(1, len(self.known(level)) // 2)
        many = self.random.choice([1, 2, 3, half, half] if half < 10 else [2, half, half, half])
        return RowCut(level, self.some(level, many), self.random.random() < 0.3)

    def question(self, seen: Warehouse | None = None) -> Query:
        """One that may be asked, or that is refused in words."""
        self.seen = seen
        while True:
            try:
                return self._drawn()
            except ClientelaError:
                continue

    def _drawn(self) -> Query:
        draw = self.random
        cube = self._cube()
        measures = self._measures(cube)
        names = [each.name for each in cube.levels]
        if any(
            cube.measure(each).window_days
            for each in map(_plain, measures)
            if "." not in each and each not in RATIO
        ):
            names = [
                each for each in names if each not in ("day", "week", "month")
            ]  # each period is a question
        levels = draw.sample(names, min(len(names), draw.choice([0, 1, 1, 2, 2, 3])))
        split = draw.randint(0, len(levels))
        compare = draw.choice([None, None, None, *Comparison, Period("2011"), Period("2024-Q1")])
        return Query(
            measures,
            tuple(levels[:split]),
            tuple(levels[split:]),
            tuple(self._cuts(cube)),
            top=tuple(
                (each, draw.choice([1, 2, 5, 10]))
                for each in levels
                if draw.random() < (0.02 if each in TIME_LEVELS else 0.3)
            ),
            totals=draw.random() < 0.5,
            compare=compare,
            cube=cube.name,
            as_of=draw.choice(["", "", "", "", NOW, "2011-02-01", "2025-01-01"]),
            order=self._order(measures, bool(compare)),
        )

    def _cube(self) -> Cube:
        """Mostly one that shows something."""
        found = [*["sales"] * 4 * ("sales" in self.cubes), *self.cubes]
        if self.seen and self.random.random() < 0.9:
            extents = self.seen.profile.extents
            found = [each for each in found if extents[self.cubes[each].fact].lines] or found
        return self.cubes[self.random.choice(found)]

    def _measures(self, cube: Cube) -> tuple[str, ...]:
        draw = self.random
        own = [each.name for each in cube.measures if not each.hidden]
        found = draw.sample(own, min(len(own), draw.choice([1, 1, 2, 3])))
        found = [f"{each}:{draw.choice(DERIVATIONS)}" if draw.random() < 0.25 else each for each in found]
        if draw.random() < 0.15:
            other = draw.choice(list(self.cubes.values()))
            found.append(f"{other.name}.{draw.choice([each.name for each in other.measures])}")
        if draw.random() < 0.05:
            found.append(draw.choice(BETWEEN).name)
        return tuple(found)

    def _order(self, measures: Sequence[str], compared: bool) -> MemberOrder | None:
        draw = self.random
        if draw.random() < 0.8:
            return None
        by = draw.choice([NAME, *measures])
        return MemberOrder(
            f"{by}:growth" if compared and by != NAME and draw.random() < 0.3 else by, (), draw.random() < 0.5
        )

    def _cuts(self, cube: Cube) -> list[Cut]:
        draw = self.random
        found = [self._cut(each.name) for each in draw.sample(cube.levels, draw.choice([0, 0, 1, 1, 2]))]
        if draw.random() < (0.25 if cube.name == "sales" else 0.03):
            number = draw.choice([1, 3, 10, 50, 100, 1000])
            found.append(parse_cut(draw.choice(CONDITIONS).format(number)))
        if self.sets and draw.random() < 0.1:
            found.append(parse_cut(draw.choice(self.sets)))
        if draw.random() < 0.1:
            found.append(parse_cut(f"time={draw.choice(RELATIVE)}"))
        return [each for each in found if each]

    def _cut(self, level: str) -> Cut | None:
        draw = self.random
        seen = self.seen if draw.random() < 0.9 else None
        if not self.known(level):
            return None
        if level in TIME_LEVELS and draw.random() < 0.6:
            since, until = sorted(draw.choices(range(len(self.known(level))), k=2))
            return Cut(level, since=self.known(level)[since], until=self.known(level)[until])
        return Cut(level, self.some(level, 4, seen), exclude=draw.random() < 0.3)


def _plain(measure: str) -> str:
    return measure.partition(":")[0]


def like(found: object, wanted: object) -> bool:
    """Whether two cells say the same: numbers within a billionth."""
    if isinstance(found, float) and isinstance(wanted, (float, int)):
        return abs(found - wanted) <= 1e-9 * max(abs(found), abs(wanted)) + 1e-9 or (
            found != found and wanted != wanted
        )
    return found == wanted
