"""Offers as lines of a table: each leads to its offer, with what it is held against beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from data.collaborate.bid_surroundings import BidSurroundings
from data.collaborate.bid_terms import doubts
from data.collaborate.price_bid import OPEN, BidNumber, PriceBid
from pages.collaborate import bid_words as words
from pages.collaborate.price_offers_view import PriceOffersView
from pages.manage.shared.html_tables import TableCell
from pages.ui.style.formats import format_day, format_value, money_text, number_text

HEADS = ("Offer", "Customer", "Product", "#Pieces", "#Offered", "#Of asked", "#Floor", "#Margin", "#On hand",
         "#Value", "Stage", "Named on", "Expires", "Stands")  # fmt: skip
KEPT = frozenset({"Offer", "Customer", "Product", "#Pieces", "#Offered", "Stands"})


def without_empty(rows: Sequence[Sequence[TableCell]]) -> tuple[tuple[str, ...], list[tuple[TableCell, ...]]]:
    """Heads and rows without the columns of which nothing is known of any offer."""
    told = [at for at, head in enumerate(HEADS) if head in KEPT or any(row[at].text for row in rows)]
    return tuple(HEADS[at] for at in told), [tuple(row[at] for at in told) for row in rows]


def bid_rows(
    view: PriceOffersView,
    bids: Sequence[PriceBid],
    beside: Mapping[BidNumber, BidSurroundings],
    today: date,
    currency: str,
) -> list[tuple[TableCell, ...]]:
    """A row each under `HEADS`."""
    return [_row(view, each, beside[each.bid], today, currency) for each in bids]


def _row(
    view: PriceOffersView, bid: PriceBid, beside: BidSurroundings, today: date, currency: str
) -> tuple[TableCell, ...]:
    terms = beside.terms
    odd = doubts(bid, terms)
    below = bid.price is not None and terms.floor is not None and bid.price < terms.floor
    margin = terms.margin(bid.price, bid.pieces) if bid.price is not None and not odd else None
    short = beside.on_hand is not None and beside.on_hand < bid.pieces
    return (
        TableCell(bid.bid.id, href=bid_link(view, bid.bid)),
        TableCell(bid.called or bid.shown or "(unknown)"),
        TableCell(beside.product.name),
        _number(number_text(float(bid.pieces))),
        _number(money_text(bid.price, currency) if bid.price is not None else "", "bad" if odd else ""),
        _number(words.of_asked(bid, terms)),
        _number(money_text(terms.floor, currency) if terms.floor is not None else "", "bad" if below else ""),
        _number(
            money_text(margin, currency) if margin is not None else "", "bad" if margin and margin < 0 else ""
        ),
        _number(
            number_text(float(beside.on_hand)) if beside.on_hand is not None else "", "look" if short else ""
        ),
        _number(format_value(beside.value, "money", currency, True) if beside.value is not None else ""),
        TableCell(beside.stage, "quiet"),
        TableCell(format_day(bid.day), "quiet"),
        TableCell(words.expiry_words(bid, today), "look" if bid.expires_on == today else ""),
        TableCell(*_stands(bid, odd, today, currency)),
    )


def _stands(bid: PriceBid, odd: Sequence[str], today: date, currency: str) -> tuple[str, str]:
    """Where it stands, and in which tone."""
    if bid.answer is not None and (bid.waits or bid.is_answered):
        return words.answered_words(bid.answer, currency), "quiet"
    if odd:
        return "look at it", "bad"
    return words.state_words(bid, today), "" if bid.state(today) == OPEN else "quiet"


def bid_link(view: PriceOffersView, bid: BidNumber) -> str:
    return f"price-offers?{urlencode(view.opened(bid).to_parameters(), doseq=True)}"


def _number(text: str, tone: str = "") -> TableCell:
    return TableCell(text, tone, number=True)
