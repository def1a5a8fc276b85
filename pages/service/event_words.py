"""Events of a time line as one reads them: what they are, and what is known of them in a few words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pages.ui.style.formats import format_day, format_value, number_text

LONGEST = 160
ARMS = {"held out": "held out of", "open": "open to", "treated": "reached by"}


def kind_name(kind: str) -> str:
    """What a kind is called.

    >>> kind_name("price offer")
    'Price offer'
    """
    return kind[:1].upper() + kind[1:]


def moment(day: date, at_second: int | None) -> str:
    """The day of an event, and the time where one is told.

    >>> moment(date(2026, 3, 1), 34_260), moment(date(2026, 3, 1), None)
    ('1 Mar 2026, 09:31', '1 Mar 2026')
    """
    clock = "" if at_second is None else f", {at_second // 3600:02d}:{at_second // 60 % 60:02d}"
    return f"{format_day(day)}{clock}"


def details(event: Mapping[str, Any], currency: str) -> str:
    """What is known of an event; its amount and score have units."""
    return " · ".join(part for part in _parts(event, currency) if part)


def _parts(event: Mapping[str, Any], currency: str) -> Iterator[str | None]:
    campaign = event["campaign"]
    if event["fact"] == "contact" and event["title"]:
        yield f"{ARMS.get(event['title'], event['title'])} “{campaign or 'a campaign'}”"
    else:
        yield event["title"]
        yield f"of “{campaign}”" if campaign else None
    yield event["product"]
    yield event["detail"]
    if event["amount"] is not None:
        yield format_value(event["amount"], "money", currency)
    if event["score"] is not None:
        yield f"{number_text(event['score'])} of 10"
    yield shortened(event["note"])


def shortened(text: str | None) -> str:
    """A text that fits into a line.

    >>> len(shortened("word " * 100)) <= LONGEST + 2
    True
    """
    plain = " ".join((text or "").split())
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST].rsplit(' ', 1)[0]} …"
