"""Moments of UTC on the clock of whoever looks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from pages.ui.style.formats import format_day


def in_words(moment: datetime) -> str:
    """A moment of UTC on the clock of whoever looks."""
    local = local_moment(moment)
    return f"{format_day(local)}, {local:%H:%M}"


def day_in_words(moment: datetime) -> str:
    """The day of a moment of UTC where whoever looks is."""
    return format_day(local_moment(moment))


def today() -> date:
    """The day that it is where whoever looks is."""
    return local_moment(datetime.now(UTC).replace(tzinfo=None)).date()


def zone_name() -> str:
    """The time zone of whoever looks, UTC where it is not known."""
    name = st.context.timezone or "UTC"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"
    return name


def local_moment(moment: datetime) -> datetime:
    """A moment of UTC on the clock of whoever looks."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone_name()))
