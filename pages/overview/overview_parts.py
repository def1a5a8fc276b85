"""The tiles that Clientela brings along: Overview is a board of them, and every board can hold them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from data.access.policy import REMEDY
from data.errors import BadRequest, NotAllowed
from data.operational.boards import BUILT_IN, HOUSE, BoardTile
from data.store.warehouse import Profile
from pages.overview.biggest_movers import biggest_movers
from pages.overview.key_figures import key_figures
from pages.overview.kpi_tiles import telling
from pages.overview.loyalty_tile import loyalty_tile
from pages.overview.part_asked import PartAsked
from pages.overview.revenue_by_level import revenue_by_level
from pages.overview.revenue_course import revenue_course
from pages.overview.targets_tile import targets_tile
from pages.ui.acting_person import policy

USUAL_WEIGHT = 6
LEVELS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class OverviewPart:
    """A built-in tile, and how it is drawn. `weight` is its share of a row; one that `is_wide` has a row of its own.

    One that `is_late` is drawn after all others: its numbers take mining, or many questions; one that `is_slow` after
    these, as it takes seconds.
    One of a `page` is shown to those to whom that page is open.
    Of those that tell a `level` apart, Overview shows the first three that have anything to tell.
    """

    name: str
    title: str
    draw: Callable[[PartAsked], None]
    weight: int = USUAL_WEIGHT
    is_wide: bool = False
    has_card: bool = True
    in_house: bool = True
    is_late: bool = False
    is_slow: bool = False
    level: str = ""
    page: str = ""

    @property
    def is_open(self) -> bool:
        """Whether whoever looks may open the page that it is of."""
        return policy().sees(self.page)


def retention(asked: PartAsked) -> None:
    """Mining is imported when it is drawn: no first figure waits for that."""
    from pages.overview.retention_tile import retention_tile

    retention_tile(asked)


def base_value(asked: PartAsked) -> None:
    """Likewise."""
    from pages.overview.value_tile import value_tile

    value_tile(asked)


def due(asked: PartAsked) -> None:
    """Likewise."""
    from pages.overview.due_tile import due_tile

    due_tile(asked)


def customer_share(asked: PartAsked) -> None:
    """Likewise."""
    from pages.overview.share_tile import share_tile

    share_tile(asked)


def trends(asked: PartAsked) -> None:
    """Likewise."""
    from pages.overview.trends_tile import trends_tile

    trends_tile(asked)


PARTS = (
    OverviewPart("figures", "Key figures", key_figures, is_wide=True, has_card=False),
    OverviewPart("base-value", "Value of the base", base_value, is_late=True, is_slow=True, page="lifetime"),
    OverviewPart(
        "customer-share", "Customer share", customer_share, is_late=True, is_slow=True, page="share"
    ),
    OverviewPart("retention", "Retention", retention, is_late=True, page="retention"),
    OverviewPart("due", "What is due", due, is_late=True, page="lifecycle"),
    OverviewPart("targets", "Against targets", targets_tile, is_late=True, page="kpis"),
    OverviewPart("trends", "Trends nobody asked for", trends, is_late=True, page="trends"),
    OverviewPart("movers", "Biggest movers", biggest_movers),
    OverviewPart("loyalty", "Loyalty", loyalty_tile, is_late=True, page="loyalty"),
    OverviewPart("course", "Revenue by month", revenue_course),
    OverviewPart(
        "by-category", "Revenue by category", partial(revenue_by_level, "category"), level="category"
    ),
    OverviewPart("by-country", "Revenue by country", partial(revenue_by_level, "country"), level="country"),
    OverviewPart("by-channel", "Revenue by channel", partial(revenue_by_level, "channel"), level="channel"),
)
BY_NAME = {each.name: each for each in PARTS}


def house_parts(profile: Profile) -> tuple[OverviewPart, ...]:
    """The parts of Overview as Clientela arranges it."""
    told = telling(profile, (each.level for each in PARTS if each.level))[:LEVELS_SHOWN]
    return tuple(
        each for each in PARTS if each.in_house and each.is_open and (not each.level or each.level in told)
    )


def house_tiles(profile: Profile) -> tuple[BoardTile, ...]:
    """The same as the tiles of the house's board."""
    return tuple(
        BoardTile(f"house-{each.name}", HOUSE.id, each.name, BUILT_IN, Decimal(at))
        for at, each in enumerate(house_parts(profile), 1)
    )


def part_of(tile: BoardTile) -> OverviewPart:
    """Raises BadRequest for one that there is not, or no longer; NotAllowed for one of a closed page."""
    if tile.content not in BY_NAME:
        raise BadRequest("There is no such tile any more.", "Take it away.")
    part = BY_NAME[tile.content]
    if not part.is_open:
        raise NotAllowed(f"{part.title} is of a page that is not open to you.", REMEDY)
    return part
