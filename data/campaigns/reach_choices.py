"""By which channels, and for which purposes, it may be asked who can be reached: those with an address or a consent."""

from __future__ import annotations

from data.campaigns.contact_channel import Frames, contact_channel

ALWAYS = ("E-mail", "Phone", "Post")
CHANNELS = """SELECT name, bool_or(is_asked) AS is_asked FROM (
  SELECT name, channel_code IN (SELECT channel_code FROM consent) AS is_asked FROM channel WHERE channel_code > 0)
GROUP BY name ORDER BY name"""
PURPOSES = """SELECT any_value(trim(purpose) ORDER BY purpose) AS purpose FROM consent
WHERE trim(purpose) <> '' GROUP BY lower(trim(purpose)) ORDER BY purpose"""


def channels_offered(frame: Frames) -> tuple[str, ...]:
    """The channels of the firm of which consents speak, then e-mail, phone and post, then the other channels by which
    customers have an address."""
    asked, others = list[str](), list[str]()
    for name, is_asked in frame(CHANNELS, []).iter_rows():
        if is_asked or contact_channel(frame, name).address:
            (asked if is_asked else others).append(name)
    offered = dict[str, str]()
    for each in (*asked, *ALWAYS, *others):
        offered.setdefault(each.casefold(), each)
    return tuple(offered.values())


def purposes_offered(frame: Frames) -> tuple[str, ...]:
    """The purposes that consents name."""
    return tuple(frame(PURPOSES, [])["purpose"])
