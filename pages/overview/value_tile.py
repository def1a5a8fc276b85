"""The value of the base in small: what Lifetime tells of all customers, found behind the page's back."""

from __future__ import annotations

from pages.overview.awaited_tile import is_there
from pages.overview.part_asked import PartAsked, lead_to
from pages.overview.tile_on_demand import is_drawn
from pages.ui import session
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.page_states import section
from pages.ui.style.formats import count_text
from pages.value import lifetime_words as words
from pages.value.found_lifetime import FoundLifetime
from pages.value.lifetime_view import LifetimeView
from pages.value.sought_lifetime import base_value, sought_value

LIFETIME = "value/lifetime_page.py"
SHOWN = ("value", "risk", "buys")
MOST_UNASKED = 100_000  # customers whose models are fitted in half a minute; of more, somebody has to ask


def value_tile(asked: PartAsked) -> None:
    """Of all history, whatever the period; a click opens the page. Raises BadRequest where nobody bought yet."""
    days = count_text(LifetimeView().horizon_days, "day")
    section("Value of the base", f"In the {days} ahead, discounted; 95% intervals.")
    if not is_drawn("value of the base", asked.key, "To fit models of {} takes minutes.", MOST_UNASKED):
        return
    if not is_there(sought_value(), "Fitting who buys again, and for how much …"):
        return
    tiles = value_tiles(base_value(), session.currency())
    kpi_strip(tiles, f"value-{asked.key}", on_click=lambda _: lead_to(LIFETIME, {}))


def value_tiles(found: FoundLifetime, currency: str) -> list[Kpi]:
    """Value, what of it is at risk, and who buys again, as the page tells them."""
    return [each for each in words.tiles(LifetimeView(), found, currency) if each.id in SHOWN]
