"""Members looked up in the warehouse by the names that people type and URLs hold; never pasted into SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cubes.members.member_names import names_of
from cubes.members.single_customers import check_single_customers, tells_single_customers
from cubes.model import Level
from data.errors import BadRequest
from data.model.canonical_tables import UNKNOWN
from data.store.member_codes import encoded
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a level. `id` is its path, as URLs hold it; `code` is good within one snapshot."""

    id: str
    code: int
    label: str


def find(warehouse: Warehouse, level: Level, names: tuple[str, ...]) -> list[Member]:
    """The member of each id, as URLs or sources write it, or else of each unambiguous name, in the order asked.

    Raises BadRequest, and NotAllowed for customers where none is shown by themselves.
    """
    _check(warehouse, level)
    known = names_of(warehouse)
    found = [known.find(level.name, name) for name in names]
    if all(found):
        return [Member(name, *each) for name, each in zip(names, found, strict=True) if each]
    by_id = {each.id: each for each in _lookup(warehouse, level, "id IN (SELECT unnest(?))", list(names))}
    return [by_id.get(name) or _by_label(warehouse, level, name) for name in names]


def _by_label(warehouse: Warehouse, level: Level, name: str) -> Member:
    for condition in (f"id = {encoded('?')}", "label = ?", "lower(label) = lower(?)"):
        found = _lookup(warehouse, level, condition, name)
        if len(found) == 1:
            return found[0]
        if found:
            offered = " or ".join(each.id for each in found[:5])
            raise BadRequest(
                f"{level.label} {name!r} is in {len(found)} places.", f"Write {level.name}={offered}."
            )
    raise BadRequest(f"There is no {level.label.lower()} {name!r}.", _nearest(warehouse, level, name))


def _nearest(warehouse: Warehouse, level: Level, name: str) -> str:
    near = warehouse.rows(
        "SELECT label FROM member WHERE level = ?"
        " ORDER BY jaro_winkler_similarity(lower(label), lower(?)) DESC, label LIMIT 3",
        [level.name, name],
    )
    return f"Did you mean {' or '.join(repr(label) for (label,) in near)}?" if near else "There are none."


def _lookup(warehouse: Warehouse, level: Level, condition: str, value: object) -> list[Member]:
    rows = warehouse.rows(
        f"SELECT id, code, label FROM member WHERE level = ? AND {condition} ORDER BY id", [level.name, value]
    )
    return [Member(*row) for row in rows]


def search(warehouse: Warehouse, level: Level, text: str = "", limit: int = 100) -> list[Member]:
    """Members whose name holds `text`, the nearest beginnings first; time newest first. Raises NotAllowed as `find`."""
    _check(warehouse, level)
    order = (
        "code DESC"
        if level.is_time
        else f"label = '{UNKNOWN}', NOT starts_with(lower(label), lower(?)), label, id"
    )
    parameters = [level.name, text] if level.is_time else [level.name, text, text]
    rows = warehouse.rows(
        "SELECT id, code, label FROM member WHERE level = ? AND contains(lower(label), lower(?))"
        f" ORDER BY {order} LIMIT ?",
        [*parameters, limit],
    )
    return [Member(*row) for row in rows]


def search_levels(
    warehouse: Warehouse, levels: Sequence[Level], text: str = "", limit: int = 50
) -> dict[str, list[Member]]:
    """Members of any of these levels whose name holds `text`, by level, of each the nearest as `search` has them.

    Where there are more than `limit`, each level gives as many as the others, as far as it has them. There are no
    customers where none is shown by themselves.
    """
    levels = [each for each in levels if not each.is_customer or tells_single_customers(warehouse.policy)]
    rows = warehouse.rows(
        f"""WITH asked AS (SELECT unnest(?::VARCHAR[]) AS level, unnest(?::BOOLEAN[]) AS is_time)
        SELECT level, id, code, label FROM (
            SELECT level, id, code, label, row_number() OVER (PARTITION BY level ORDER BY
                CASE WHEN is_time THEN -code END, label = '{UNKNOWN}',
                NOT starts_with(lower(label), lower(?)), label, id) AS place
            FROM member JOIN asked USING (level) WHERE contains(lower(label), lower(?)))
        ORDER BY place, level LIMIT ?""",
        [[each.name for each in levels], [each.is_time for each in levels], text, text, limit],
    )
    found = {each.name: [Member(*row[1:]) for row in rows if row[0] == each.name] for each in levels}
    return {level: members for level, members in found.items() if members}


def _check(warehouse: Warehouse, level: Level) -> None:
    """Errors: NotAllowed for customers where none is shown by themselves."""
    if level.is_customer:
        check_single_customers(warehouse.policy, "Names of customers")
