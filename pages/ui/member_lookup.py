"""Members as pages look them up: periods by the names that the reader's language gives them, and by their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cubes.members import member_search
from cubes.members.member_search import Member
from cubes.model import Level
from data.model.bare_letters import bare
from data.store.warehouse import Warehouse
from pages.ui.style import locales
from pages.ui.style.period_names import called, member_name

ALL = 1_000_000


def find(store: Warehouse, level: Level, names: tuple[str, ...]) -> list[Member]:
    """The member of each id or name, in the order asked, as `member_search.find` has them. Raises BadRequest."""
    return [_named(level, each) for each in member_search.find(store, level, names)]


def search(store: Warehouse, level: Level, text: str = "", limit: int = 100) -> list[Member]:
    """Members whose name holds `text`, as `member_search.search` has them; periods by any name of theirs."""
    return (
        periods(store, level, text)[:limit]
        if level.is_time
        else member_search.search(store, level, text, limit)
    )


def search_levels(
    store: Warehouse, levels: Sequence[Level], text: str = "", limit: int = 50
) -> dict[str, list[Member]]:
    """The same of several levels, by level. Where there are more than `limit`, each gives as many as the others."""
    plain = [each for each in levels if not each.is_time]
    timed = {each.name: search(store, each, text, limit) for each in levels if each.is_time}
    return _fairly(member_search.search_levels(store, plain, text, limit) | timed, limit)


def periods(store: Warehouse, level: Level, text: str) -> list[Member]:
    """The periods of a level that a text may mean, the newest first."""
    wanted = _looked_up(text)
    return [member for member, words in _periods_of(store, level) if any(wanted in each for each in words)]


def _periods_of(store: Warehouse, level: Level) -> list[tuple[Member, tuple[str, ...]]]:
    """All periods of a level, each with what it may be looked up by in the language of this run."""
    key = f"periods:{level.name}:{locales.current().language}"
    if key not in store.beside:
        store.beside[key] = [
            (_named(level, each), tuple({_looked_up(text): None for text in called(level.name, each.id)}))
            for each in member_search.search(store, level, "", ALL)
        ]
    found: list[tuple[Member, tuple[str, ...]]] = store.beside[key]
    return found


def _looked_up(text: str) -> str:
    """A text as names are held against it: nobody types the dots of shortened months."""
    return bare(text.replace(".", ""))


def _named(level: Level, member: Member) -> Member:
    return (
        replace(member, label=member_name(level.name, member.id, member.label)) if level.is_time else member
    )


def _fairly(found: Mapping[str, list[Member]], limit: int) -> dict[str, list[Member]]:
    ranked = [(at, level) for level, members in found.items() for at in range(len(members))]
    kept = [level for _, level in sorted(ranked)[:limit]]
    return {level: members[: kept.count(level)] for level, members in found.items() if level in kept}
