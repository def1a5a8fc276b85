"""One door: what reads the warehouse reads it as the acting person may; nothing goes past it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from data.access import allowed_rows
from data.model.canonical_tables import DIMENSIONS, FACTS
from data.store.warehouse import _tables
from tests.tiny import Line, tiny_warehouse

ROOT = Path(__file__).parents[2]
ROOMS = ("app.py", "pages", "cubes", "mining", "data", "findings")
# Those of data/ that care for the file itself, whoever asks, and let nobody look into it.
OWN_READERS = {"data/people/audit_anchor.py", "data/privacy/forgotten.py", "data/privacy/purge.py",
               "data/recovery/backup.py", "data/recovery/ownership.py"}  # fmt: skip
# They ask whether a policy hides what somebody wrote, and tell nobody what it is.
ASK_WHAT_IS_HIDDEN = {"cubes/analysis/audience_of_policy.py", "cubes/analysis/seen_statements.py"}
# It numbers lines, whoever sees them, and shows none.
NUMBERS_LINES = {"cubes/withholding/fact_lines.py"}
# Reads events sorted by customer, for those alone whose policy cuts no rows and masks nothing that events hold.
SORTED_FOR_THE_UNCUT = {"data/review/time_line.py"}
# Hold the lines once for all, and pass over them with the policy's filters in the question (`allowed_cells`).
PASSES = {"cubes/ask/line_coverage.py", "cubes/ask/line_source.py", "cubes/lines/line_store.py"}
PAGES_DOOR = "pages/ui/session.py"


def files(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    return ((path, tree) for path, tree in every().items() if path.split("/")[0] in rooms)


@cache
def every() -> dict[str, ast.Module]:
    """Each file of the program by its path, read once."""
    places = (ROOT / room for room in ROOMS)
    paths = (path for place in places for path in ([place] if place.suffix else sorted(place.rglob("*.py"))))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def called(tree: ast.Module) -> set[str]:
    """The last part of whatever is called: Warehouse of Warehouse(path), Reader of engine.Reader(path)."""
    calls = (each.func for each in ast.walk(tree) if isinstance(each, ast.Call))
    return {
        each.attr if isinstance(each, ast.Attribute) else each.id
        for each in calls
        if isinstance(each, (ast.Attribute, ast.Name))
    }


def attributes(tree: ast.Module) -> set[str]:
    return {each.attr for each in ast.walk(tree) if isinstance(each, ast.Attribute)}


def test_only_the_store_opens_readers() -> None:
    found = {path for path, tree in files(*ROOMS) if called(tree) & {"Reader", "ViewReader"}}
    assert {path for path in found if not path.startswith("data/store/")} == OWN_READERS


def test_pages_get_their_warehouse_from_one_place() -> None:
    opening = {path for path, tree in files("app.py", "pages") if "Warehouse" in called(tree)}
    assert opening == {PAGES_DOOR}
    engines = {
        path
        for path, tree in files("app.py", "pages", "cubes", "mining")
        for each in ast.walk(tree)
        if isinstance(each, (ast.Import, ast.ImportFrom))
        and (
            "duckdb" in {name.name for name in each.names}
            or "duckdb_engine" in {name.name for name in each.names}
        )
    }
    assert engines == set()


def test_nobody_but_the_engine_and_the_door_goes_around_a_policy() -> None:
    around = {
        path
        for path, tree in files(*ROOMS)
        if {"whole", "_unlimited"} & attributes(tree) and _of_a_store(tree)
    }
    engine = {"cubes/ask/execute_plan.py", "cubes/ask/query_plan.py", "data/store/warehouse.py"}
    assert around <= engine | PASSES | ASK_WHAT_IS_HIDDEN | NUMBERS_LINES | SORTED_FOR_THE_UNCUT
    planned = {path for path, tree in files(*ROOMS) if _reads(tree, "planner", "aggregates")}
    assert planned == set()


def _of_a_store(tree: ast.Module) -> bool:
    return (
        _reads(tree, "warehouse", "whole")
        or _reads(tree, "store", "whole")
        or _reads(tree, "self", "_unlimited")
    )


def _reads(tree: ast.Module, of: str, name: str) -> bool:
    """Whether `<of>.<name>` or `<anything>.<of>.<name>` is read."""
    found = (each for each in ast.walk(tree) if isinstance(each, ast.Attribute) and each.attr == name)
    owners = (each.value for each in found)
    return any(of == getattr(each, "attr", getattr(each, "id", "")) for each in owners)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    store = tiny_warehouse(tmp_path_factory.mktemp("door") / "w.duckdb", [Line()])
    found = set(_tables(store.rows))
    store.close()
    return found


def test_each_table_is_decided_on_once(tables: set[str]) -> None:
    """A new table shows nothing to whom a policy limits until somebody says here what it shows."""
    of_members = {f"{each.name}{end}" for each in DIMENSIONS for end in ("", "_identity", "_record")}
    decided = [
        *allowed_rows.OPEN,
        *allowed_rows.BLANKED,
        *allowed_rows.BY_MEMBER,
        *allowed_rows.WHOLE_FIRM,
        *allowed_rows.NARROWED,
        *(each.name for each in FACTS),
        *((of_members & tables) - allowed_rows.OPEN),
    ]
    assert sorted(decided) == sorted(set(decided)), "one place for each"
    assert tables - set(decided) == set(), "decide what these tables show to whom a policy limits"
