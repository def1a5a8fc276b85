"""What the page Price offers shows, frozen: the queue, the offer that is open, what narrows it; the URL holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from data.collaborate.price_bid import BidNumber
from data.errors import BadRequest, did_you_mean

OPEN, EXPIRING, APPROVAL, ANSWERED, EXPIRED, ORDERS, RULES = QUEUES = (
    "open",
    "expiring",
    "approval",
    "answered",
    "expired",
    "orders",
    "rules",
)
PARAMETERS = ("queue", "offer", "source", "of", "page")


@dataclass(frozen=True, slots=True)
class PriceOffersView:
    """`offer` is the number of the one that is open ("" none) and `source` whose number it is; `of` narrows the queue
    to offers of what is called so; pages count from 1."""

    queue: str = OPEN
    offer: str = ""
    source: str = ""
    of: str = ""
    page: int = 1

    @property
    def number(self) -> BidNumber:
        return BidNumber(self.source, self.offer)

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, defaults left out."""
        told = {
            "queue": self.queue if self.queue != OPEN else "",
            "offer": self.offer,
            "source": self.source if self.offer else "",
            "of": self.of,
            "page": str(self.page) if self.page > 1 else "",
        }
        return {name: [each] for name, each in told.items() if each}

    def opened(self, bid: BidNumber) -> PriceOffersView:
        return replace(self, offer=bid.id, source=bid.source)

    def closed(self) -> PriceOffersView:
        return replace(self, offer="", source="")

    def turned(self, page: int) -> PriceOffersView:
        return replace(self, page=max(1, page))

    def narrowed(self, of: str) -> PriceOffersView:
        return replace(self, of=of.strip(), page=1)


def parse_price_offers(parameters: Mapping[str, list[str]]) -> PriceOffersView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    told = {name: only(parameters, name) for name in PARAMETERS}
    queue = told["queue"] or OPEN
    if queue not in QUEUES:
        raise BadRequest(f"There is no queue {queue[:40]!r}.", did_you_mean(queue, QUEUES))
    page = told["page"] or "1"
    if not (page.isascii() and page.isdecimal() and 0 < len(page) < 7 and int(page)):
        raise BadRequest(f"page={page[:20]!r} is no page.", "Write its number, like page=2, or leave it out.")
    return PriceOffersView(queue, told["offer"], told["source"], told["of"], int(page))
