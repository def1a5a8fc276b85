"""What is to be known beside demand from named prices: what it is conditional on, what is assumed, and what is
doubtful."""

from __future__ import annotations

from mining.pricing.named_prices import FEW_PEOPLE, TOP_TO_MEDIAN, NamedPrices, PriceUnit

LOWER_BOUND = (
    "A lower bound: bids are shaded, that is who names a price names less than they would pay at most."
)
AUCTION_ROWS = 2.0
MOST_AS_USUAL = 20


def demand_cautions(named: NamedPrices) -> tuple[str, ...]:
    """Sentences, the most important first."""
    return tuple(filter(None, (
        _few(named), _shading(named), _asked(named), _products(named), _spread(named), _at_asked(named),
        _again(named), _auction(named), _left_out(named),
    )))  # fmt: skip


def _few(named: NamedPrices) -> str:
    if named.people >= FEW_PEOPLE:
        return ""
    return f"Only {_persons(named.people)} named a price: too few to tell demand; all intervals are wide."


def _shading(named: NamedPrices) -> str:
    shading = named.terms.shading
    if shading == 1:
        return LOWER_BOUND
    return (
        f"It is assumed that everybody named {shading:.0%} of what they would pay at most. Nothing here measures that:"
        " at 100% demand is a lower bound."
    )


def _asked(named: NamedPrices) -> str:
    return (
        f"Of those who were asked, or came to name a price: {_persons(named.people)}. It says nothing of other"
        " customers, nor of those to whom naming a price is too much trouble."
    )


def _products(named: NamedPrices) -> str:
    if named.products == 1 or named.terms.unit is PriceUnit.OF_ASKED:
        return ""
    return (
        f"Prices of {named.products:,} products are counted as if they were one. Choose one product, or count prices as"
        " shares of what was asked."
    )


def _spread(named: NamedPrices) -> str:
    if named.top_to_median < TOP_TO_MEDIAN:
        return ""
    return (
        f"The highest price is {named.top_to_median:.1f} times the median: this may not be one product (bundles, sizes,"
        " extras). Filter, or read the upper end with care."
    )


def _at_asked(named: NamedPrices) -> str:
    if not named.at_asked:
        return ""
    return f"{_persons(named.at_asked)} named all that was asked: how much more they would pay is not known."


def _again(named: NamedPrices) -> str:
    if not named.again:
        return ""
    most = f", one of them {named.most_rows:,}" if named.most_rows > MOST_AS_USUAL else ""
    return (
        f"{_persons(named.again)} named more than one price{most}: each person has one voice, the highest price"
        f"{' of each product' if named.terms.unit is PriceUnit.OF_ASKED else ''}."
    )


def _auction(named: NamedPrices) -> str:
    rows = named.kept.height
    if named.unanswered < rows or rows < AUCTION_ROWS * named.people:
        return ""
    return (
        "Many prices a person and none answered, as in auctions: what an auction closed at is about what its"
        " second-highest bidder would pay, no price that anybody named at most, and is no part of this."
    )


def _left_out(named: NamedPrices) -> str:
    if named.left_out.is_empty():
        return ""
    told = "; ".join(f"{each['reason']}: {each['rows']:,}" for each in named.left_out.iter_rows(named=True))
    return f"Left out, in rows: {told}."


def _persons(count: int) -> str:
    return f"{count:,} person{'' if count == 1 else 's'}"
