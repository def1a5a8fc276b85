"""Accepted offers as they went out to be ordered: each file told by statements alone, so that it stays the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from data.collaborate.price_bid import BidNumber, PriceBid
from data.collaborate.said_bids import bid_of, member_of, money
from data.operational.statement_kinds import PRICE_SENT, SourceNumber, Value
from data.operational.statement_log import Statement


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An offer in order file `file`: so many pieces at the price that was accepted. `accepted_by` is who accepted it;
    who was forgotten has no `customer` any more."""

    bid: BidNumber
    file: int
    customer: SourceNumber | None
    product: SourceNumber | None
    pieces: Decimal
    price: Decimal
    currency: str = ""
    requirements: str = ""
    accepted_by: str = ""
    sent_at: datetime | None = None


def line_values(bid: PriceBid, file: int, currency: str) -> dict[str, Value]:
    """What the statement of an accepted offer says that goes out in a file."""
    answer = bid.answer
    return {
        "source": bid.bid.source or None,
        "offer": bid.bid.id,
        "answer": answer.said if answer else "",
        "order_file": file,
        "customer": bid.number,
        "product": bid.product_number,
        "pieces": bid.pieces,
        "price": answer.price if answer else None,
        "currency": bid.currency or currency or None,
        "requirements": bid.requirements or None,
        "accepted_by": answer.by if answer else None,
    }


def order_lines(sent: Iterable[Statement]) -> dict[int, tuple[OrderLine, ...]]:
    """Lines by file, those of a file by their offers."""
    found: dict[int, list[OrderLine]] = {}
    for each in sent:
        line = _line(each)
        found.setdefault(line.file, []).append(line)
    return {file: tuple(sorted(found[file], key=lambda line: line.bid)) for file in sorted(found)}


def _line(statement: Statement) -> OrderLine:
    values = statement.values(PRICE_SENT)
    return OrderLine(
        bid_of(statement),
        int(str(values["order_file"])),
        member_of(values["customer"]),
        member_of(values["product"]),
        money(values["pieces"]) or Decimal(0),
        money(values["price"]) or Decimal(0),
        str(values["currency"] or ""),
        str(values["requirements"] or ""),
        str(values["accepted_by"] or ""),
        statement.said_at,
    )
