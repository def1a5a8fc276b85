"""Customer share in small: the attainable share that the page tells, found behind the page's back."""

from __future__ import annotations

from mining.customer_share import head_room
from mining.customer_share.attainable_ceiling import AttainableCeiling
from mining.customer_share.share_tier import INDEX, TIER_WORDS
from pages.overview.awaited_tile import is_there
from pages.overview.part_asked import PartAsked, lead_to
from pages.overview.tile_on_demand import is_drawn
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import Quantity, bars, described
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.page_states import section
from pages.ui.style.formats import ABSENT, format_value, number_text, share_text
from pages.value.found_ceiling import found_ceiling, sought_ceiling
from pages.value.share_view import ShareView

SHARE = "value/customer_share_page.py"
MOST, HEIGHT = 3, 100
MOST_UNASKED = 50_000  # customers whose ceilings are found in half a minute; of more, somebody has to ask


def share_tile(asked: PartAsked) -> None:
    """The page's own number of this period; a click opens the page. Raises BadRequest where it cannot be told."""
    view = ShareView(asked.query.cuts)
    section("Customer share", f"Against the best look-alikes: {INDEX}.")
    if not is_drawn(f"share {view.to_parameters()}", asked.key, "To compare {} takes minutes.", MOST_UNASKED):
        return
    if not is_there(
        sought_ceiling(view.cuts, view.quantile), "Comparing each customer with others like them …"
    ):
        return
    found = found_ceiling(view.cuts, view.quantile)
    tiles = share_tiles(found, session.currency())
    kpi_strip(tiles, f"share-{asked.key}", on_click=lambda _: lead_to(SHARE, view.to_parameters()))
    _categories(found, view, asked.key)


def _categories(found: AttainableCeiling, view: ShareView, key: str) -> None:
    """Where most of the head-room lies; nothing where there is one category alone."""
    every = head_room.by_category(found.rows)
    if every.height < 2:
        return
    points = every.head(MOST).select(id="category", label="category", value="head_room")
    figure = bars(points, session.colours(), unit="money", currency=session.currency(), height=HEIGHT)
    alt = described(points, kind="Bars", measure=Quantity("Head-room", "money", session.currency()))
    chart(figure, f"room-{key}-{view.to_parameters()}", alt, lambda _: lead_to(SHARE, view.to_parameters()))


def share_tiles(found: AttainableCeiling, currency: str) -> list[Kpi]:
    """Share and head-room, as the page tells them."""
    share, band = found.total.share, found.band
    return [
        Kpi(
            "share",
            "Share, attainable",
            ABSENT if share is None else share_text(share, 1),
            note=f"95% {share_text(band.low, 1)} to {share_text(band.high, 1)}",
            target=share,
            help=TIER_WORDS[found.total.tier],
        ),
        Kpi(
            "room",
            "Head-room, attainable",
            format_value(found.total.head_room, "money", currency, True),
            note=f"{number_text(found.customers)} customers",
            help=f"Wallet less spend: {TIER_WORDS[found.total.tier]}",
        ),
    ]
