"""What a failing test asked last, told below its traceback as addresses that a browser can open."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import pytest

from cubes.ask import answer
from cubes.query import Query

LAST: deque[Query] = deque(maxlen=3)


def address(query: Query) -> str:
    return f"explore?{urlencode(query.to_parameters(), doseq=True, safe=',=|:.')}"


def noting(ask: Callable[..., Any]) -> Callable[..., Any]:
    """`ask`, which keeps in mind what it was asked."""

    @wraps(ask)
    def asked(warehouse: Any, query: Query, *more: Any, **named: Any) -> Any:
        LAST.append(query)
        return ask(warehouse, query, *more, **named)

    return asked


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, Any, Any]:
    LAST.clear()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if report.failed and LAST:
        report.sections.append(("Asked last", "\n".join(map(address, LAST))))
    return report


answer.ask = noting(answer.ask)  # before the tests and the pages take it by its name
