"""What fields of the portal's forms say: numbers and days, and today where the firm is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from data.errors import BadRequest
from data.service.firm_moments import ZONE, place_of, zone_of
from pages.web.portal.portal_visit import PortalVisit

IN_THOUSANDS = re.compile(r"\d{1,3}([.,]\d{3})+")


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where one is in a long list: `skip` come before, and `found` from there on, of which `most` are shown. `name` is
    the parameter of the address."""

    name: str
    skip: int
    most: int
    found: int

    @property
    def before(self) -> int | None:
        return max(0, self.skip - self.most) if self.skip else None

    @property
    def after(self) -> int | None:
        return self.skip + self.most if self.found > self.most else None


def skipped(visit: PortalVisit, name: str) -> int:
    """How many of a list come before what is shown; 0 where the address says no such number."""
    told = visit.asked.get(name, "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 7 else 0


def today(visit: PortalVisit) -> date:
    """The day that it is where the firm is."""
    return place_of(datetime.now(UTC).replace(tzinfo=None), zone_of(visit.rows.warehouse.rows(ZONE)))[0]


def number_of(text: str, what: str) -> Decimal:
    """A number as people write it: 1234.5 or 1234,5. Errors: BadRequest.

    >>> number_of(" 1234,5 ", "price")
    Decimal('1234.5')
    """
    told = text.strip()[:40]
    if IN_THOUSANDS.fullmatch(told):
        raise BadRequest(f"{told!r} can be read in two ways.", "Write it without marks between thousands.")
    try:
        number = Decimal(told.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise BadRequest(f"{told!r} is no number.", f"Write the {what} in digits, such as 12.50.")
    return number


def day_of(text: str) -> date:
    """A day as a form sends it. Errors: BadRequest."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadRequest(f"{text.strip()[:40]!r} is no day.", "Write it as 2026-03-31.") from None
