"""All that can be searched, from where each is known: pages, measures, levels, members, customers, what was kept."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from cubes.catalogue.listed_measures import ListedMeasure, listed_measures
from cubes.members.member_index import SHORTEST, index_of
from cubes.members.member_search import Member
from cubes.model import Level
from data.model.bare_letters import bare
from data.review import customer_finder
from data.store.warehouse import Profile, Warehouse
from pages.ui import explore_links
from pages.ui.acting_person import policy
from pages.ui.member_lookup import periods
from pages.ui.open_pages import open_entries
from pages.ui.search_everything.found_entries import MOST, FoundEntry, best
from pages.ui.search_everything.kept_views import kept_audiences, kept_boards, kept_sets, kept_views
from pages.ui.style import locales
from pages.ui.style.formats import number_text
from pages.ui.style.period_names import called

CUSTOMER = "customer"
KEPT = (kept_views, kept_boards, kept_sets, kept_audiences)


def found(warehouse: Warehouse, text: str) -> dict[str, list[FoundEntry]]:
    """What a text means, at most eight of each kind, the best first."""
    known = catalogued(str(warehouse.path), warehouse.version, locales.current().language, warehouse.profile)
    groups = {name: best(entries, text) for name, entries in {"Pages": pages(), **known}.items()}
    groups["Kept"] = best([each for kept in KEPT for each in kept(warehouse)], text)
    groups["Members"] = members(warehouse, text)
    groups["Customers"] = customers(warehouse, text)
    seen = policy()
    return {name: [each for each in entries if seen.sees(each.path)] for name, entries in groups.items()}


def pages() -> list[FoundEntry]:
    return [FoundEntry(each.title, each.group, each.path) for each in open_entries()]


@st.cache_resource(show_spinner=False, max_entries=4)
def catalogued(path: str, version: str, language: str, _profile: Profile) -> dict[str, list[FoundEntry]]:
    """The measures and levels of a snapshot, which only change with it, in the form of a language."""
    loaded = (each for each in listed_measures(_profile) if each.is_loaded(_profile))
    return {"Measures": [_measure(each, _profile) for each in loaded], "Levels": list(_levels(_profile))}


def _measure(offered: ListedMeasure, profile: Profile) -> FoundEntry:
    measure = offered.measure
    words = f"{offered.written} {measure.doc} {measure.subject} {offered.group}"
    return FoundEntry(
        measure.label,
        f"{offered.group}. {measure.doc}",
        explore_links.PATH,
        explore_links.of_measure(offered, profile),
        words,
    )


def _levels(profile: Profile) -> Iterator[FoundEntry]:
    for name, cube in explore_links.levels(profile).items():
        level = cube.level(name)
        note = f"{cube.dimension(level.dimension).label}, {number_text(profile.known[name])} members"
        yield FoundEntry(
            level.label, note, explore_links.PATH, explore_links.of_level(name, profile), level.name
        )


def members(warehouse: Warehouse, text: str) -> list[FoundEntry]:
    """Members of all levels but customers, who have a page of their own; periods by any name of theirs."""
    profile = warehouse.profile
    cubes = explore_links.levels(profile)
    levels = {name: cube.level(name) for name, cube in cubes.items() if name != CUSTOMER}
    plain = [name for name, level in levels.items() if not level.is_time]
    found = [(each.level, each.member) for each in index_of(warehouse).search(plain, text, MOST)]
    if len(bare(text)) >= SHORTEST:
        timed = (level for level in levels.values() if level.is_time)
        found += [(level.name, each) for level in timed for each in periods(warehouse, level, text)[:MOST]]
    return best((_member(levels[name], each, profile) for name, each in found), text)


def _member(level: Level, member: Member, profile: Profile) -> FoundEntry:
    parameters = explore_links.of_member(level.name, member.id, profile)
    words = " ".join(called(level.name, member.id)).replace(".", "") if level.is_time else ""
    return FoundEntry(member.label, level.label, explore_links.PATH, parameters, words)


def customers(warehouse: Warehouse, text: str) -> list[FoundEntry]:
    """Customers by anything that is known of them, for whom their page is open."""
    found = customer_finder.find(warehouse, text, MOST) if policy().sees(CUSTOMER) else []
    return [FoundEntry(each.name or each.id, each.id, CUSTOMER, {"who": [each.id]}) for each in found]
