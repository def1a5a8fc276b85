"""What asking more would earn: from what persons named for the product, or where few did for all, as shares of what was
asked."""

from __future__ import annotations

from data.collaborate.bid_surroundings import BidSurroundings, named_prices, named_shares
from data.collaborate.price_bid import PriceBid
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.pricing.counter_offer import CounterDeed, CounterOffer, counter_by_bids
from mining.pricing.price_sample import price_sample
from pages.ui.style.formats import count_text, money_text, share_text

DRAWS = 100
Suggested = tuple[CounterOffer, float, str]  # with the money that its prices are shares of, and of what it is


def counter_suggestion(
    warehouse: Warehouse, bid: PriceBid, beside: BidSurroundings
) -> Suggested | BadRequest:
    """The counter-offer that earns most in expectation, or why none can be told."""
    terms = beside.terms
    if bid.price is None or terms.cost is None or not terms.asked:
        return BadRequest("Without cost and price asked nothing is suggested.", "Bring prices and costs.")
    price, cost, asked = float(bid.price), float(terms.cost), float(terms.asked)
    own = named_prices(warehouse, bid.product)
    try:
        sample = price_sample(own["price"].to_numpy(), own["person"].to_numpy())
        return counter_by_bids(price, cost, asked, sample, draws=DRAWS), 1.0, "this product"
    except BadRequest:
        every = named_shares(warehouse)
    try:
        sample = price_sample(every["price"].to_numpy(), every["person"].to_numpy())
        found = counter_by_bids(price / asked, cost / asked, 1.0, sample, draws=DRAWS)
    except BadRequest as error:
        return error
    return found, asked, "all products, as shares of the price asked"


def suggestion_words(found: Suggested | BadRequest, currency: str) -> tuple[str, str]:
    """What is suggested in a sentence, and how sure that is."""
    if isinstance(found, BadRequest):
        return f"No suggestion. {found.problem}", found.remedy or ""
    offer, unit, of = found

    def money(share: float) -> str:
        return money_text(share * unit, currency)

    at, whose = (
        offer.best,
        f"From what {count_text(offer.people, 'person')} named who named as much, of {of}.",
    )
    sure = f"{whose} At most: a price named says only that it would be paid. Demand shows the least as well."
    if offer.deed is CounterDeed.COUNTER:
        band = f"{money(offer.best_low)} to {money(offer.best_high)}"
        earns = f"{money(offer.expected[at])} a piece on average (95% {money(offer.expected_low[at])} to"
        earns += f" {money(offer.expected_high[at])}), accepting {money(offer.accepting)}"
        chance = (
            f"Taken with a chance of {share_text(float(offer.chance[at]))}; in {share_text(offer.beats)} of"
        )
        chance += (
            " samples it earns more than accepting." if offer.accepting > 0 else " samples it earns anything."
        )
        return f"Ask {money(offer.price)} (95% {band}): that earns {earns}.", f"{chance} {sure}"
    if offer.deed is CounterDeed.ACCEPT:
        earns = f"Accepting earns {money(offer.accepting)} a piece"
        return f"{earns}; asking more, up to the price asked, earns no more on average.", sure
    return "Neither accepting nor asking more earns anything on average.", sure


def suggested_price(found: Suggested | BadRequest) -> float | None:
    """What a form begins with, where something is to be asked."""
    if isinstance(found, BadRequest) or found[0].deed is not CounterDeed.COUNTER:
        return None
    return round(found[0].price * found[1], 2)
