"""One customer: which records of several systems are one person, and which only look like it."""

from __future__ import annotations

from .matches import Matches, match

__all__ = ["Matches", "match"]
