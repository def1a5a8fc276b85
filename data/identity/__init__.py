"""One customer: which records of several systems are one person, and which only look like it."""

from __future__ import annotations

from data.identity.match_records import Matches, match

__all__ = ["Matches", "match"]
