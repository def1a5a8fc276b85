"""A failing test names the questions that it asked."""

from __future__ import annotations

import pytest

FAILS = """
from cubes.ask import answer
from cubes.query import Comparison, Cut, Query

def test_of_something():
    query = Query(("orders",), rows=("city",), cuts=(Cut("year", ("2011",)),), compare=Comparison.YEAR)
    answer.ask(None, query)
"""


def test_what_was_asked_is_told_where_a_test_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILS)
    told = pytester.runpytest_inprocess("-p", "tests.questions_told", "-p", "no:cacheprovider")
    told.assert_outcomes(failed=1)
    told.stdout.fnmatch_lines(
        ["*Asked last*", "explore[?]measures=orders&rows=city&where=year=2011&compare=year"]
    )
