"""How often a source is loaded, as its mapping says it: every 15 minutes, every day at 06:00."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.errors import BadInput

CLOCK_SET_BACK = timedelta(minutes=10)
UNITS = {"second": "seconds", "minute": "minutes", "hour": "hours", "day": "days"}


SAID = re.compile(r"\s*(\d{1,4})\s+(second|minute|hour|day)s?(?:\s+at\s+(\d{1,2}):(\d{2}))?\s*")


@dataclass(frozen=True, slots=True)
class Every:
    """How often: an interval, or each so many days at a time of day."""

    interval: timedelta
    at: tuple[int, int] | None = None

    @classmethod
    def parse(cls, text: str) -> Every:
        """Read "15 minutes" or "1 day at 03:00". Errors: BadInput.

        >>> Every.parse("1 day at 03:00").at
        (3, 0)
        """
        found = SAID.fullmatch(text)
        interval = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else timedelta()
        at = (int(found[3]), int(found[4])) if found and found[3] else None
        odd_time = at and (at > (23, 59) or at[1] > 59 or interval < timedelta(days=1))
        if not interval or odd_time:
            raise BadInput(
                f"every = {text!r} is not known.", 'Write "15 minutes", "1 hour" or "1 day at 03:00".'
            )
        return cls(interval, at)

    def has_come(self, last: datetime, now: datetime) -> bool:
        """Whether it is time again, `last` being the beginning of the last load."""
        if last > now + CLOCK_SET_BACK:
            return True
        if self.at is None:
            return now - last >= self.interval
        moment = now.replace(hour=self.at[0], minute=self.at[1], second=0, microsecond=0)
        if moment > now:
            moment -= timedelta(days=1)
        return last < moment - (self.interval - timedelta(days=1))
