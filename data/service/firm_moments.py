"""Moments on the clock of the firm: the day and the second of it that a moment (UTC) is, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.model.calendar import to_date

ZONE = "SELECT value FROM setting WHERE name = 'time_zone'"
BEGIN, NOON, END = time(0, 0), time(12, 0), time(23, 59, 59)  # of what the day alone is told


def zone_of(found: Sequence[tuple[str, ...]]) -> ZoneInfo:
    """The zone of the firm's days, from what `ZONE` finds; UTC where none is declared."""
    return ZoneInfo(found[0][0] if found and found[0][0] else "UTC")


def moment(day: int, second: int | None, zone: ZoneInfo, otherwise: time = BEGIN) -> datetime:
    """The moment (UTC) of a day (since 1970) and a second of it in a zone.

    >>> moment(0, 3600, ZoneInfo("Europe/Rome"))
    datetime.datetime(1970, 1, 1, 0, 0)
    """
    local = datetime.combine(to_date(day), BEGIN if second is not None else otherwise)
    local += timedelta(seconds=second or 0)
    return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def place_of(at: datetime, zone: ZoneInfo) -> tuple[date, int]:
    """The day and the second of it in a zone, of a moment (UTC).

    >>> place_of(datetime(1970, 1, 1, 0, 0), ZoneInfo("Europe/Rome"))
    (datetime.date(1970, 1, 1), 3600)
    """
    local = at.replace(tzinfo=UTC).astimezone(zone)
    return local.date(), local.hour * 3600 + local.minute * 60 + local.second
