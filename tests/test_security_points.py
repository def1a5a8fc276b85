"""docs/security.md names a test for each point, or says why there is none; here the tests are looked for."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.serving import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
REASONS = ("Not met: ", "Does not apply: ")


def points() -> list[tuple[str, str]]:
    """Each point with what holds it, of all tables that have such a column."""
    found, held = [], False
    for line in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines():
        row = [each.strip() for each in line.strip("|").split("|")] if line.startswith("|") else []
        held = row[-1] == "Held by" if not held and row else held and bool(row)
        if held and row[-1] != "Held by" and set(row[-1]) != {"-"}:
            found.append((row[0], row[-1]))
    return found


@cache
def defined_in(file: str) -> frozenset[str]:
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


@pytest.mark.parametrize(("point", "held"), points())
def test_a_point_is_held_or_says_why_not(point: str, held: str) -> None:
    named = NAMED.findall(held)
    assert named or held.startswith(REASONS), point
    for file, test in named:
        assert defined_in(file), f"{point}: there is no {file}"
        assert not test or test in defined_in(file), f"{point}: there is no {test} in {file}"


def test_the_chapters_are_all_there() -> None:
    told = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert {int(each) for each in re.findall(r"\bV(\d+)\b", told)} == set(range(1, 18))
    assert len(points()) > 60
