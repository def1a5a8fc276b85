"""The value of the base in small: what Lifetime tells of all customers, found behind the page's back."""

from __future__ import annotations

from pages.overview.awaited_tile import is_there
from pages.overview.part_asked import PartAsked, lead_to
from pages.overview.tile_on_demand import is_drawn
from pages.ui import session
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.page_states import section
from pages.ui.style.formats import count_text, share_text
from pages.value import lifetime_words as words
from pages.value.lifetime_view import LifetimeView
from pages.value.sought_lifetime import BaseValue, base_value, sought_value

LIFETIME = "value/lifetime_page.py"
SHOWN = ("value", "buys")
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


def value_tiles(base: BaseValue, currency: str) -> list[Kpi]:
    """Value and who buys again, as the page tells them; and what of the value is at risk."""
    view, found = LifetimeView(), base.found
    told = [each for each in words.tiles(view, found, currency) if each.id in SHOWN]
    if base.at_risk is None:
        return told
    whole = words.worth_of_all(found.worth)["value"]  # type: ignore[arg-type]
    part = f"{share_text(base.at_risk / whole)} of it" if whole > 0 else "of a value of nothing"
    days = count_text(view.horizon_days, "day")
    risk = Kpi(
        "risk",
        "Value at risk",
        words.money(base.at_risk, currency),
        note=f"{part}; without interval",
        help=f"Each customer's value times the chance that nothing is bought within {days}, added up.",
    )
    return [told[0], risk, *told[1:]]
