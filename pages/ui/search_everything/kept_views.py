"""What people kept under a name, as entries of the search: found where the operational store knows such a kind."""

from __future__ import annotations

from urllib.parse import parse_qs

from cubes.analysis.seen_statements import seen_audiences
from data import environment
from data.operational import boards, operational_store, statement_kinds, statement_log
from data.store.warehouse import Warehouse
from pages.ui import explore_links
from pages.ui.explore_links import PATH
from pages.ui.search_everything.found_entries import FoundEntry
from pages.ui.seen_sets import seen_sets, set_size

# The kinds that hold a name and an address, whose owner or everybody sees them; what each is called, and its page.
KEPT_KINDS = {"saved_view": ("Saved view", PATH)}
BOARDS, AUDIENCES = "boards", "audiences"


def kept_views(warehouse: Warehouse) -> list[FoundEntry]:
    """What the person of this process may see of it, the newest first."""
    kinds = [each for each in statement_kinds.KINDS if each.name in KEPT_KINDS]
    if not kinds:
        return []
    store = operational_store.of(warehouse)
    told = [each for kind in kinds for each in statement_log.current(store, kind)]
    return [entry for each in reversed(told) if (entry := _entry(each)) is not None]


def _entry(told: statement_log.Statement) -> FoundEntry | None:
    """None for what was deleted, is somebody else's own, or was erased with a person."""
    name, written = told.told.get("name"), told.told.get("address")
    seen = told.told.get("audience") == "shared" or told.said_by == environment.who()
    if not (name and written and seen) or told.told.get("state") == "deleted":
        return None
    label, page = KEPT_KINDS[told.kind]
    path, mark, query = str(written).rpartition("?")
    parameters = parse_qs(query)
    return FoundEntry(str(name), label, path or page, parameters) if parameters or mark else None


def kept_boards(warehouse: Warehouse) -> list[FoundEntry]:
    """The boards that they may see, but for the house's, which is Overview."""
    return [
        FoundEntry(each.name, "Board", BOARDS, {"board": [each.id]})
        for each in boards.boards(operational_store.of(warehouse), environment.who())
    ]


def kept_audiences(warehouse: Warehouse) -> list[FoundEntry]:
    """The audiences whose questions the policy of whoever asks hides nobody of."""
    found = seen_audiences(warehouse)
    return [FoundEntry(each.name, "Audience", AUDIENCES, {"audience": [each.id]}) for each in found]


def kept_sets(warehouse: Warehouse) -> list[FoundEntry]:
    """The named sets that they may see, each leading to its members in Explore."""
    known, profile = explore_links.levels(warehouse.profile), warehouse.profile
    return [
        FoundEntry(
            each.name, f"Set of {set_size(each, known[each.level])}", explore_links.PATH,
            explore_links.of_set(each.level, each.id, profile),
        )
        for each in seen_sets(warehouse)
        if each.level in known
    ]  # fmt: skip
