"""How many pieces a partner says that it has, beside what was counted last: of its own products alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from data.errors import BadRequest
from data.model.calendar import to_date
from data.operational import operational_store, statement_log
from data.operational.operational_store import OperationalStore
from data.operational.statement_kinds import TOLD_STOCK, SourceNumber, Values
from data.people.portal_links import WHO
from data.portal.own_rows import OwnRows

MOST_PIECES = Decimal(10) ** 9
OLDEST = timedelta(days=366)
# What the partner was ever ordered, or counted to have.
PRODUCTS = """SELECT arg_max(p.id, valid_to), arg_max(p.name, valid_to) AS name, min(numbering), min_by(i.id, numbering)
FROM (SELECT product_code FROM stock WHERE partner_code = $1 UNION SELECT product_code FROM lead_time
    WHERE partner_code = $1)
JOIN product AS p USING (product_code) JOIN product_identity AS i USING (product_code) WHERE product_code > 0
GROUP BY product_code ORDER BY name, 1"""
COUNTED = """SELECT arg_max(p.id, valid_to), max(day_key), sum(on_hand) FILTER (WHERE is_last)
FROM (SELECT *, day_key = max(day_key) OVER (PARTITION BY product_code) AS is_last FROM stock WHERE partner_code = $1)
JOIN (SELECT product_code, id, valid_to FROM product QUALIFY row_number() OVER (
    PARTITION BY product_code ORDER BY valid_to DESC) = 1) AS p USING (product_code) GROUP BY product_code"""


@dataclass(frozen=True, slots=True)
class OwnProduct:
    """A product of the partner by the number and name that cubes show; `counted` pieces on a day as files told, `told`
    as the partner said; None where there is no data."""

    id: str
    name: str
    number: SourceNumber
    counted: float | None = None
    counted_on: date | None = None
    told: Decimal | None = None
    told_on: date | None = None

    @property
    def pieces(self) -> float | None:
        """What holds: the later of both, what the partner says where both are of one day."""
        if self.told_on is not None and (self.counted_on is None or self.told_on >= self.counted_on):
            return float(self.told or 0)
        return self.counted


@dataclass(frozen=True, slots=True)
class ToldStock:
    """What a partner said of a product for a day."""

    partner: SourceNumber
    product: SourceNumber
    pieces: Decimal
    day: date


def told_stock(store: OperationalStore) -> tuple[ToldStock, ...]:
    """What partners say by now, the last of each product. Errors: WarehouseError."""
    told = (each.values(TOLD_STOCK) for each in statement_log.current(store, TOLD_STOCK))
    return tuple(ToldStock(**values) for values in told)  # type: ignore[arg-type]


def own_products(rows: OwnRows) -> tuple[OwnProduct, ...]:
    """The partner's products by name. Errors: WarehouseError."""
    counted = {id: (to_date(day), pieces) for id, day, pieces in rows.ask(COUNTED)}
    numbers = rows.numbers
    said = {
        each.product: each
        for each in told_stock(operational_store.of(rows.warehouse))
        if each.partner in numbers
    }
    found = []
    for id, name, numbering, number in rows.ask(PRODUCTS):
        product = SourceNumber(numbering, number)
        on, pieces = counted.get(id, (None, None))
        own = said.get(product)
        found.append(
            OwnProduct(
                id,
                name,
                product,
                pieces,
                on,
                own.pieces if own else None,
                own.day if own else None,
            )
        )
    return tuple(found)


def tell_stock(rows: OwnRows, product: str, pieces: Decimal, day: date, today: date) -> str:
    """Say how many pieces the partner has of a product (as cubes number it); the statement. Errors: BadRequest where
    that cannot be; WarehouseError."""
    own = next((each for each in own_products(rows) if each.id == product), None)
    if own is None:
        raise BadRequest("That is none of your products.", "Choose one of the list.")
    if not (pieces.is_finite() and 0 <= pieces <= MOST_PIECES):
        raise BadRequest("So many pieces cannot be.", "Write 0 or more.")
    if not today - OLDEST <= day <= today:
        raise BadRequest("Stock is told as of a day of the last year, today at most.", "Choose another day.")
    values: Values = {
        "partner": SourceNumber(*rows.link.member),
        "product": own.number,
        "pieces": pieces,
        "day": day,
    }
    return statement_log.say(operational_store.ready(rows.warehouse.path), TOLD_STOCK, values, WHO)
