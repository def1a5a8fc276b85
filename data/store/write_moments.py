"""What all writes share, whatever engine they write with: how long one waits for another, and the moments of each."""

from __future__ import annotations

from contextvars import ContextVar

WAIT_SECONDS: ContextVar[float] = ContextVar("wait_seconds", default=60.0)


def step(_name: str) -> None:
    """A moment of a write; tests end the process there."""
