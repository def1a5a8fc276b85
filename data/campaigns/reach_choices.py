"""By which channels, and for which purposes, it may be asked who can be reached: those with an address or a consent."""

from __future__ import annotations

from data.campaigns.contact_channel import Frames, contact_channel

ALWAYS = ("E-mail", "Phone", "Post")
CHANNELS = """SELECT name FROM (
  SELECT name, channel_code IN (SELECT channel_code FROM consent) AS is_asked FROM channel WHERE channel_code > 0)
GROUP BY name ORDER BY bool_or(is_asked) DESC, name"""
PURPOSES = """SELECT any_value(trim(purpose) ORDER BY purpose) AS purpose FROM consent
WHERE trim(purpose) <> '' GROUP BY lower(trim(purpose)) ORDER BY purpose"""


def channels_offered(frame: Frames) -> tuple[str, ...]:
    """E-mail, phone and post, and each channel of the firm by which customers have an address, those first of which
    consents speak."""
    own = [each for each in frame(CHANNELS, [])["name"] if contact_channel(frame, each).address]
    known = {each.casefold() for each in own}
    return (*own, *(each for each in ALWAYS if each.casefold() not in known))


def purposes_offered(frame: Frames) -> tuple[str, ...]:
    """The purposes that consents name."""
    return tuple(frame(PURPOSES, [])["purpose"])
