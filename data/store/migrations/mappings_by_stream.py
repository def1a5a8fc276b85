"""From release 1 to 2: mappings are kept for each stream, no longer for each source, and so are the keys of records."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator

from data.connection import Connection

OF_SOURCES = "SELECT name, value FROM setting WHERE name LIKE 'mapping:%' AND NOT contains(name, '/')"


def migrate(connection: Connection) -> None:
    """Note under each stream what was noted of its source."""
    for name, value in connection.execute(OF_SOURCES).fetchall():
        for setting, text in _of_streams(name, json.loads(value)):
            connection.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", [setting, text])
        connection.execute("DELETE FROM setting WHERE name = ?", [name])


def _of_streams(name: str, kept: dict[str, str]) -> Iterator[tuple[str, str]]:
    for subject, part in tomllib.loads(kept["toml"]).items():
        if isinstance(part, dict):
            yield f"{name}/{subject}", json.dumps({**kept, "toml": _only(subject, kept["toml"])})
            if part.get("key"):
                yield f"key:{name.removeprefix('mapping:')}/{subject}", " ".join(part["key"])


def _only(subject: str, toml: str) -> str:
    """What a mapping says of one subject: its own lines, and those above all subjects."""
    found, is_told = [], True
    for line in toml.splitlines():
        if line.startswith("["):
            is_told = line.strip("[]").partition(".")[0] == subject
        found += [line] if is_told else []
    return "\n".join(found) + "\n"
