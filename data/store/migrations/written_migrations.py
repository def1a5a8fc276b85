"""The migrations that somebody had to write: from each release to the next, where a declaration cannot tell.

Most releases need none. One that renames a column, or changes what stored values mean, is a file beside this one with a
function that changes the draft of the writer, and an entry here by the release whose warehouses it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from data.connection import Connection
from data.store.migrations import derived_anew, mappings_by_stream, numbers_of_tickets

Migration = Callable[[Connection], None]
MIGRATIONS: Mapping[int, Migration] = {
    1: mappings_by_stream.migrate,
    6: derived_anew.migrate,
    8: numbers_of_tickets.migrate,
}


def run(connection: Connection, release: int, until: int) -> None:
    """Change what a warehouse of `release` holds, step by step, as the releases did `until` this one."""
    for number in range(release, until):
        if number in MIGRATIONS:
            MIGRATIONS[number](connection)
