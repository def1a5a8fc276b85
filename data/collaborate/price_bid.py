"""An offer of a price as the bid desk sees it: what a customer named, what was answered, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from data.operational.statement_kinds import PRICE_ANSWERS, SourceNumber

OWN = ""  # the source of offers that were said here
ACCEPTED, COUNTERED, DECLINED = PRICE_ANSWERS
FLOOR, AUTHORITY = "floor", "authority"  # why a second person looks at an answer
APPROVED, REFUSED = "approved", "refused"
TAKEN, LEFT = "taken", "left"
OPEN, WAITS, EXPIRED = "open", "waits for approval", "expired"


class BidNumber(NamedTuple):
    """An offer as it is called: by a number of its source, "" where it was said here."""

    source: str
    id: str

    @property
    def name(self) -> str:
        return f"Offer {self.id}"


@dataclass(frozen=True, slots=True)
class BidSaying:
    """What was said of an answer: by a second person (approved or refused), or by the customer of a counter-offer
    (taken or left)."""

    verdict: str
    by: str
    at: datetime
    reason: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class BidAnswer:
    """What was answered to an offer `at` a moment (UTC): `price` is the one accepted or asked instead, None where it
    was declined. `floor` and `asked` are what it was held against, `rule` and `version` the rule that answered, "" a
    person. `order_file` is the file in which it went out to be ordered."""

    answer: str
    price: Decimal | None = None
    expires_on: date | None = None
    reason: str = ""
    floor: Decimal | None = None
    asked: Decimal | None = None
    second: str = ""
    rule: str = ""
    version: int | None = None
    said: str = ""
    approval: BidSaying | None = None
    reply: BidSaying | None = None
    order_file: int | None = None
    by: str = ""
    at: datetime | None = None

    @property
    def is_effective(self) -> bool:
        """Whether it takes effect: it needs no second person, or one approved of it."""
        return not self.second or (self.approval is not None and self.approval.verdict == APPROVED)

    @property
    def is_sold(self) -> bool:
        """Whether both sides agree: the offer is accepted, or the customer takes the counter-offer."""
        is_taken = self.reply is not None and self.reply.verdict == TAKEN
        return self.is_effective and (self.answer == ACCEPTED or (self.answer == COUNTERED and is_taken))

    @property
    def is_refused(self) -> bool:
        return self.approval is not None and self.approval.verdict == REFUSED


@dataclass(frozen=True, slots=True)
class PriceBid:
    """An offer of a price of one piece. `customer`, `product` and `partner` are codes (0: not known), `number` and
    `product_number` what sources call the first two, `shown` and `called` what cubes show of the customer.

    `asked` is what the list asked when it was made; `currency` what its money is in, "" that of report. `told` is what
    a source says of its answer; `by` who said it here, in the statement `said`.
    """

    bid: BidNumber
    day: date
    price: Decimal | None
    quantity: Decimal | None = None
    customer: int = 0
    number: SourceNumber | None = None
    shown: str = ""
    called: str = ""
    product: int = 0
    product_number: SourceNumber | None = None
    partner: int = 0
    asked: Decimal | None = None
    currency: str = ""
    requirements: str = ""
    expires_on: date | None = None
    answer: BidAnswer | None = None
    told: str = ""
    by: str = ""
    said: str = ""
    at: datetime | None = None

    @property
    def pieces(self) -> Decimal:
        """How many are wanted; one where nothing is told."""
        return Decimal(1) if self.quantity is None else self.quantity

    def is_expired(self, today: date) -> bool:
        return self.expires_on is not None and self.expires_on < today

    @property
    def is_answered(self) -> bool:
        """Whether an answer takes effect."""
        return self.answer is not None and self.answer.is_effective

    @property
    def waits(self) -> bool:
        """Whether an answer waits for a second person."""
        return self.answer is not None and not self.answer.is_effective and not self.answer.is_refused

    def state(self, today: date) -> str:
        if self.answer is not None and self.is_answered:
            return self.answer.answer
        if self.waits:
            return WAITS
        return EXPIRED if self.is_expired(today) else OPEN

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements that it rests on."""
        answer = self.answer
        told = (self, answer, answer and answer.approval, answer and answer.reply)
        return tuple(each.said for each in told if each and each.said)
