"""SQL text and its parameters, which never meet but for people to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """SQL text with `?` for each parameter."""

    text: str
    parameters: tuple[Any, ...] = ()

    def readable(self) -> str:
        """The same statement with its parameters written in, for people to read and run."""
        parts = self.text.split("?")
        values = [*(_literal(value) for value in self.parameters), ""]
        return "".join(part + value for part, value in zip(parts, values, strict=True))


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_literal(each) for each in value)}]"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value}'"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
