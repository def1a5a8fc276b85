"""What partners would answer, as they said at the portal: for whoever decides on proposals and prices."""

from __future__ import annotations

from urllib.parse import quote

from data.operational.operational_store import OperationalStore
from data.portal.link_subjects import subjects_among
from data.portal.partner_suggestions import PRICE_OFFER, PartnerSuggestion, suggestions
from pages.manage.shared.html_tables import TableCell, table
from pages.ui import session
from pages.ui.local_time import day_in_words
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text

HEADS = ("Partner", "About", "Would", "Why", "Said")
MOST = 40


def partner_suggestions_card(store: OperationalStore, about: str = "", number: str = "") -> None:
    """Those about one proposal or offer (`number` as its source and number), or all; nothing where no partner said
    anything that whoever looks may see."""
    told = [each for each in suggestions(store) if not about or (each.about, each.number) == (about, number)]
    known = subjects_among(session.warehouse(), "partner", [each.partner for each in told])
    seen = [each for each in reversed(told) if each.partner in known]
    if not seen:
        return
    with card("partner-suggestions"):
        section(
            "What partners would answer",
            f"{count_text(len(seen), 'suggestion')} about their own products; nothing is decided by it.",
        )
        rows = [
            (
                TableCell(known[each.partner].name),
                TableCell(
                    f"{each.about.capitalize()} {each.number.rpartition('/')[2]}",
                    href=_address(each),
                ),
                TableCell(each.verdict, "good" if each.verdict == "accept" else "bad"),
                TableCell(each.note, "quiet"),
                TableCell(day_in_words(each.at), "quiet"),
            )
            for each in seen[:MOST]
        ]
        table(HEADS, rows, "partner-suggestions", "What partners would answer")


def _address(each: PartnerSuggestion) -> str:
    """Where what it is about is opened."""
    source, _, id = each.number.rpartition("/")
    page = "price-offers?offer" if each.about == PRICE_OFFER else "proposals?proposal"
    return f"{page}={quote(id, safe='')}" + (f"&source={quote(source, safe='')}" if source else "")
